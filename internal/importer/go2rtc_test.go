package importer

import (
	"fmt"
	"strings"
	"testing"
)

// brief writes a result on one line: each camera with what it has, then what was
// left, by its place alone.
func brief(r *Result) string {
	var words []string
	for _, c := range r.Candidates {
		words = append(words, string(c.ID))
		for _, s := range c.Streams {
			words = append(words, s.Name+"="+s.URL+s.Profile)
		}
		if c.ONVIF != "" {
			words = append(words, "onvif="+c.ONVIF)
		}
		if !c.Credentials.IsZero() {
			words = append(words, c.Credentials.User+":"+c.Credentials.Password.Reveal())
		}
		if c.Disabled {
			words = append(words, "off")
		}
	}
	for _, l := range r.Left {
		words = append(words, "left="+l.From)
	}
	return strings.Join(words, " ")
}

// formatCase is a file and what it comes to, as brief writes it.
type formatCase struct{ name, text, want string }

func checkFormat(t *testing.T, format string, cases []formatCase) {
	t.Helper()
	for _, c := range cases {
		r, err := Read("file", strings.NewReader(c.text), environment)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		checkResult(t, r)
		if got := brief(r); got != c.want || r.Format != format {
			t.Errorf("%s: %s\n got %s\nwant %s", c.name, r.Format, got, c.want)
		}
	}
}

func TestGo2RTC(t *testing.T) {
	t.Parallel()
	checkFormat(t, Go2RTC, []formatCase{
		{"one", "streams:\n  a: rtsp://h/1\n", "a main=rtsp://h/1"},
		{"JSON", `{"streams": {"a": ["rtsp://h/1"]}, "log": {"level": "info"}}`, "a main=rtsp://h/1"},
		{"nothing in it", "streams: {}\n", ""},
		{"null", "streams: {a: , b: []}\n", "left=streams.a left=streams.b"},
		{"not a mapping", "streams: [a, b]\n", ""},
		{"second document", "streams: {a: rtsp://h/1}\n---\nstreams: {b: rtsp://h/2}\n", "a main=rtsp://h/1"},
		{"key twice", "streams:\n  a: rtsp://h/1\n  a: rtsp://h/2\n", "a main=rtsp://h/1"},
		{"number as name", "streams: {1: rtsp://h/1, true: rtsp://h/2}\n", "1 main=rtsp://h/1 true main=rtsp://h/2"},
		{"anchor", "x: &x rtsp://h/1\nstreams: {a: *x, b: [*x]}\n", "a main=rtsp://h/1 b main=rtsp://h/1"},
		{"merge", "x: &x {a: rtsp://h/1, b: rtsp://h/2}\nstreams: {<<: *x, b: rtsp://h/3}\n", "b main=rtsp://h/3 a main=rtsp://h/1"},
		{"merges", "x: &x {a: rtsp://h/1}\ny: &y {a: rtsp://h/9, b: rtsp://h/2}\nstreams: {<<: [*x, *y]}\n", "a main=rtsp://h/1 b main=rtsp://h/2"},
		{"unplayable first", "streams: {a: ['exec:x', 'rtsp://h/1']}\n", "a main=rtsp://h/1 left=streams.a[0]"},
		{"ONVIF after RTSP", "streams: {a: ['rtsp://u:p@h/1', 'onvif://u:p@h:2020']}\n", "a main=rtsp://h/1 onvif=http://h:2020 u:p"},
		{"ONVIF before RTSP", "streams: {a: ['onvif://u:p@h:2020', 'rtsp://h/1']}\n", "a main=rtsp://h/1 onvif=http://h:2020 u:p"},
		{"ONVIF elsewhere", "streams: {a: ['rtsp://h/1', 'onvif://i']}\n", "a main=rtsp://h/1 left=streams.a[1]"},
		{"two ONVIF", "streams: {a: ['onvif://h?subtype=1', 'onvif://h?subtype=2']}\n", "a main=1 onvif=http://h left=streams.a[1]"},
		{"made of another", "streams: {a: 'rtsp://h/1', b: 'ffmpeg:a#video=h264'}\n", "a main=rtsp://h/1 left=streams.b"},
		{"own server", "streams: {a: 'rtsp://h/1', b: 'rtsp://localhost:8554/a?video&audio'}\n", "a main=rtsp://h/1 left=streams.b"},
		{
			"own server elsewhere", "rtsp: {listen: '127.0.0.1:5540'}\nstreams: {a: 'rtsp://h/1', b: 'rtsp://[::1]:5540/a', c: 'rtsp://127.0.0.1:8554/a'}\n",
			"a main=rtsp://h/1 c main=rtsp://127.0.0.1:8554/a left=streams.b",
		},
		{"a server of its own", "streams: {b: 'rtsp://localhost:8554/elsewhere'}\n", "b main=rtsp://localhost:8554/elsewhere"},
		{"variable in a list", "streams: {a: ['rtsp://u:${SET}@192.0.2.1/1']}\n", "a main=rtsp://192.0.2.1/1 u:p#w"},
		{"variable as user", "streams: {a: 'rtsp://${SET}@h/1'}\n", "left=streams.a"},
		{"variable in flow", "streams: {a: rtsp://u:${SET}@192.0.2.1/1}\n", "a main=rtsp://192.0.2.1/1 u:p#w"},
		{"own variable", "env: {SET: own}\nstreams: {a: 'rtsp://u:${SET}@192.0.2.1/1'}\n", "a main=rtsp://192.0.2.1/1 u:own"},
		{"variable as name", "streams: {'a${SET}': rtsp://192.0.2.1/1}\n", "a-set main=rtsp://192.0.2.1/1"},
		{"variable in a comment", "# ${NOT_SET}\nstreams: {a: rtsp://192.0.2.1/1}\n", "a main=rtsp://192.0.2.1/1"},
		{"value is no YAML", "streams: {a: 'rtsp://u:${FRIGATE_YARD}@192.0.2.1/1'}\n", "a main=rtsp://192.0.2.1/1 u:pw[]"},
		{"binary tag", "streams: {a: !!binary cnRzcDovL2gvMQ==, b: !x rtsp://h/2}\n", "b main=rtsp://h/2 left=streams.a"},
	})
}

func TestMediaMTX(t *testing.T) {
	t.Parallel()
	checkFormat(t, MediaMTX, []formatCase{
		{"one", "paths:\n  a:\n    source: rtsp://u:p@h:8554/1\n", "a main=rtsp://h:8554/1 u:p"},
		{"nothing in it", "paths:\n  all_others:\n", "left=paths.all_others"},
		{"defaults alone", "pathDefaults: {source: publisher}\n", ""},
		{"old name", "paths: {all: {source: publisher}}\n", "left=paths.all"},
		{
			"default overridden", "pathDefaults: {source: rtsp://h/d}\npaths: {a: {source: publisher}, b: {source: rtsp://h/b}, c: {}}\n",
			"b main=rtsp://h/b c main=rtsp://h/d left=paths.a",
		},
		{"dollar is no variable", "paths: {a: {source: 'rtsp://h/${SET}'}}\n", "a main=rtsp://h/$%7BSET%7D"},
		{"merged", "x: &x {source: rtsp://h/1}\npaths: {a: {<<: *x, record: yes}}\n", "a main=rtsp://h/1"},
		{"main and sub", "paths: {yard/main: {source: rtsp://h/1}, yard/sub: {source: rtsp://h/2}}\n", "yard-main main=rtsp://h/1 sub=rtsp://h/2"},
		{"odd values", "paths: {a: text, b: [1], c: {source: [rtsp://h/1]}}\n", "left=paths.a left=paths.b left=paths.c"},
	})
}

func TestFrigate(t *testing.T) {
	t.Parallel()
	input := func(roles, path string) string { return "{path: '" + path + "', roles: [" + roles + "]}" }
	camera := func(name string, inputs ...string) string {
		return fmt.Sprintf("%s: {ffmpeg: {inputs: [%s]}}", name, strings.Join(inputs, ", "))
	}
	file := func(streams string, cameras ...string) string {
		return "go2rtc: {streams: {" + streams + "}}\ncameras: {" + strings.Join(cameras, ", ") + "}\n"
	}
	main, sub := "rtsp://h/1", "rtsp://h/2"
	checkFormat(t, Frigate, []formatCase{
		{"one input", file("", camera("a", input("detect, record", main))), "a main=rtsp://h/1"},
		{"two inputs", file("", camera("a", input("detect", sub), input("record", main))), "a main=rtsp://h/1 sub=rtsp://h/2"},
		{"record alone", file("", camera("a", input("record", main))), "a main=rtsp://h/1"},
		{"no roles", file("", "a: {ffmpeg: {inputs: [{path: rtsp://h/1}]}}"), "a main=rtsp://h/1"},
		{"role as a word", file("", "a: {ffmpeg: {inputs: [{path: rtsp://h/1, roles: record}, {path: rtsp://h/2, roles: detect}]}}"), "a main=rtsp://h/1 sub=rtsp://h/2"},
		{"same address twice", file("", camera("a", input("detect", main), input("record", main))), "a main=rtsp://h/1"},
		{"sound", file("", camera("a", input("audio", sub), input("record, detect", main))), "a main=rtsp://h/1 left=cameras.a.ffmpeg.inputs[0]"},
		{"old roles", file("", camera("a", input("detect, rtmp, clips", main))), "a main=rtsp://h/1"},
		{"restream", file("a: 'rtsp://u:p@h/1'", camera("a", input("record, detect", "rtsp://127.0.0.1:8554/a"))), "a main=rtsp://h/1 u:p"},
		{
			"restream of a restream", file("a: 'rtsp://h/1', b: 'ffmpeg:a#video=h264'", camera("c", input("record", "rtsp://127.0.0.1:8554/b"))),
			"c main=rtsp://h/1 left=go2rtc.streams.a left=go2rtc.streams.b",
		},
		{"restream's sub", file("a: 'rtsp://h/1', a_sub: 'rtsp://h/2'", camera("a", input("record, detect", "rtsp://127.0.0.1:8554/a"))), "a main=rtsp://h/1 sub=rtsp://h/2"},
		{"better stream of its name", file("a: 'rtsp://h/1'", camera("a", input("detect", sub))), "a main=rtsp://h/1 sub=rtsp://h/2"},
		{"same stream of its name", file("a: 'rtsp://h/2'", camera("a", input("detect", sub))), "a main=rtsp://h/2"},
		{"unknown restream", file("", camera("a", input("record", "rtsp://127.0.0.1:8554/x"))), "a main=rtsp://127.0.0.1:8554/x"},
		{"variable", file("", camera("a", input("record", "rtsp://u:{FRIGATE_RTSP_PASSWORD}@192.0.2.1/1"))), "a main=rtsp://192.0.2.1/1 u:pass: word"},
		{"variable of the file", "environment_vars: {FRIGATE_X: own}\n" + file("", camera("a", input("record", "rtsp://u:{FRIGATE_X}@192.0.2.1/1"))), "a main=rtsp://192.0.2.1/1 u:own"},
		{"environment first", "environment_vars: {FRIGATE_YARD: own}\n" + file("", camera("a", input("record", "rtsp://u:{FRIGATE_YARD}@192.0.2.1/1"))), "a main=rtsp://192.0.2.1/1 u:pw[]"},
		{"off", file("", "a: {enabled: False, ffmpeg: {inputs: [{path: rtsp://h/1, roles: [detect]}]}}"), "a main=rtsp://h/1 off"},
		{"without go2rtc", "cameras: {" + camera("a", input("detect", main)) + "}\nmqtt: {host: h}\n", "a main=rtsp://h/1"},
		{"no inputs", file("", "a: {ffmpeg: {}}", "b: ", "c: 7"), "left=cameras.a left=cameras.b left=cameras.c"},
		{"names stay apart", file("", camera("a", input("detect", main)), camera("a_sub", input("detect", sub))), "a main=rtsp://h/1 a_sub main=rtsp://h/2"},
		{"only go2rtc", "go2rtc: {streams: {a: rtsp://h/1}}\ncameras:\n", "a main=rtsp://h/1"},
	})
}
