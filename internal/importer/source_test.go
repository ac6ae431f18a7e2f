package importer

import (
	"fmt"
	"strings"
	"testing"

	"camwall/internal/fault"
)

func TestParseSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, url, onvif, profile, user, password, why string }{
		{raw: "rtsp://192.0.2.1/x", url: "rtsp://192.0.2.1/x"},
		{raw: " RTSP://Cam.LAN/x ", url: "rtsp://cam.lan/x"},
		{raw: "rtsp://u:p@192.0.2.1/x#backchannel=0", url: "rtsp://192.0.2.1/x", user: "u", password: "p"},
		{raw: "rtsp://u:p@192.0.2.1/x#timeout=30#media=video", url: "rtsp://192.0.2.1/x", user: "u", password: "p"},
		{raw: "rtsp://u:p#w@192.0.2.1/x#backchannel=0", url: "rtsp://192.0.2.1/x", user: "u", password: "p#w"},
		{raw: "rtsp://u:p%23w@192.0.2.1/x", url: "rtsp://192.0.2.1/x", user: "u", password: "p#w"},
		{raw: "rtsp://u:p@ss/w?rd@192.0.2.1/x?a=b&c=d#else=1", url: "rtsp://192.0.2.1/x?a=b&c=d", user: "u", password: "p@ss/w?rd"},
		{raw: "rtsps://192.0.2.1:7441/x?enableSrtp", url: "rtsps://192.0.2.1:7441/x"},
		{raw: "rtspx://192.0.2.1:7441/x?a=b&enableSrtp=true", url: "rtsps://192.0.2.1:7441/x?a=b"},
		{raw: "ffmpeg:rtsp://u:p@192.0.2.1/x#video=copy#audio=opus", url: "rtsp://192.0.2.1/x", user: "u", password: "p"},
		{raw: "ffmpeg:rtsp://192.0.2.1/x", url: "rtsp://192.0.2.1/x"},
		{raw: "onvif://u:p@192.0.2.1", onvif: "http://192.0.2.1", user: "u", password: "p"},
		{raw: "onvif://u:p?q@192.0.2.1:8000/onvif/device_service?subtype=000&snapshot", onvif: "http://192.0.2.1:8000/onvif/device_service", profile: "000", user: "u", password: "p?q"},

		{raw: "rtsp://192.0.2.1/x#media=audio", why: soundOnly},
		{raw: "ffmpeg:rtsp://192.0.2.1/x#audio=aac", why: soundOnly},
		{raw: "rtsp://192.0.2.1/x#transport=ws://192.0.2.1/x", why: "is RTSP inside of a WebSocket"},
		{raw: "ffmpeg:http://192.0.2.1/x", why: "is HTTP, not RTSP"},
		{raw: "ffmpeg:ffmpeg:ffmpeg:x", why: "is a file or another stream, read by FFmpeg"},
		{raw: "ffmpeg:virtual?video", why: "is a test picture"},
		{raw: "exec:anything", why: "is a program that runs"},
		{raw: "dvrip://192.0.2.1", why: programs["dvrip"]},
		{raw: "rtsp://192.0.2.1:99999/x", why: "has a port that does not exist"},
		{raw: "rtsp://u:10?x@bad host/x", why: ambiguous},
		{raw: "onvif://u:1//u@S//@bad host", why: ambiguous},
		{raw: "rtsp://", why: "is no address of a stream"},
		{raw: "onvif://", why: "is no address of an ONVIF device"},
		{raw: "onvif://h?%zz;", why: "is no address of an ONVIF device"},
		{raw: "strange://192.0.2.1", why: "is no address of RTSP or ONVIF"},
		{raw: "192.0.2.1", why: "is no address"},
		{raw: "", why: "is no address"},
	} {
		s, why := parseSource(c.raw)
		if s.url != c.url || s.onvif != c.onvif || s.profile != c.profile || s.cred.User != c.user || s.cred.Password.Reveal() != c.password || why != c.why {
			t.Errorf("%q: %+v with %q, %q", c.raw, s, s.cred.Password.Reveal(), why)
		}
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	v := &variables{env: func(name string) (string, bool) { return "<" + name + ">", name != "NONE" && name != "FRIGATE_NONE" }}
	for _, c := range []struct{ text, want, missing string }{
		{"plain", "plain", ""},
		{"${A}-${B:x}", "<A>-<B>", ""},
		{"${NONE:x:y}", "x:y", ""},
		{"${NONE:}", "", ""},
		{"${NONE}", "", "NONE"},
		{"$A {A} ${}", "$A {A} ${}", ""},
		{"\ue0007\ue001", "\ue0007\ue001", ""}, // no mark of ours
	} {
		protected := v.protect(c.text)
		if back := v.restore(protected); back != c.text {
			t.Errorf("%q was restored to %q", c.text, back)
		}
		if strings.ContainsAny(protected, "{}") && strings.Contains(c.text, "${A}") {
			t.Errorf("%q is protected as %q", c.text, protected)
		}
		if got, missing := v.expand(protected); got != c.want || missing != c.missing {
			t.Errorf("%q is %q, missing %q", c.text, got, missing)
		}
	}
	for _, c := range []struct{ text, want, missing string }{
		{"{FRIGATE_A}{{x}}", "<FRIGATE_A>{x}", ""},
		{"{OTHER} {FRIGATE_A!r}", "{OTHER} {FRIGATE_A!r}", ""},
		{"{FRIGATE_NONE}", "", "FRIGATE_NONE"},
	} {
		if got, missing := v.expandBraces(c.text); got != c.want || missing != c.missing {
			t.Errorf("%q is %q, missing %q", c.text, got, missing)
		}
	}
	own := &variables{env: func(string) (string, bool) { return "outer", true }, own: map[string]string{"A": "own"}}
	if got, _ := own.lookup("A"); got != "outer" {
		t.Errorf("the environment comes first, but got %q", got)
	}
	own.ownFirst = true
	if got, _ := own.lookup("A"); got != "own" {
		t.Errorf("the file's own comes first, but got %q", got)
	}
}

func TestVariableNames(t *testing.T) {
	t.Parallel()
	text := "streams: {a: '${B:x} ${A} ${A} ${:z} $C {D}', b: '{FRIGATE_E} {{x}} {FRIGATE_E}'}"
	if got := strings.Join(Variables(text), " "); got != "A B FRIGATE_E" {
		t.Errorf("got %q", got)
	}
	if got := Variables("streams: {a: rtsp://h/1}"); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// TestNoEnvironment: a file from elsewhere gets none of our variables.
func TestNoEnvironment(t *testing.T) {
	t.Setenv("CAMWALL_TEST_SECRET", "hunter2")
	r, err := read("streams: {a: 'rtsp://u:${CAMWALL_TEST_SECRET}@192.0.2.1/x'}\n")
	if err != nil || len(r.Candidates) != 0 || len(r.Left) != 1 || !strings.Contains(r.Left[0].Why, "CAMWALL_TEST_SECRET") {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestSubs: which streams belong to one camera.
func TestSubs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		streams string
		want    string // cameras, with the number of their streams
	}{
		{"{cam: rtsp://h/1, cam_sub: rtsp://h/2}", "cam:2"},
		{"{cam-sub: rtsp://h/2, cam: rtsp://h/1}", "cam:2"},
		{"{cam: rtsp://h/1, cam_low: rtsp://h:8554/2}", "cam:2"},
		{"{cam: rtsp://u:p@h/1, cam_sub: rtsp://h/2}", "cam:2"},
		{"{Cam 1: rtsp://h/1, cam_1.sub: rtsp://h/2}", "cam-1:2"},
		{"{cam_main: rtsp://h/1, cam_sub: rtsp://h/2}", "cam_main:2"},
		{"{cam: rtsp://h/1, cam_main: rtsp://h/0, cam_sub: rtsp://h/2}", "cam:2 cam_main:1"},
		{"{cam: rtsp://h/1, cam_sub: rtsp://h/2, cam_low: rtsp://h/3}", "cam:2 cam_low:1"},
		{"{cam: rtsp://h/1, cam_sub: rtsp://i/2}", "cam:1 cam_sub:1"},
		{"{cam: rtsp://u:p@h/1, cam_sub: rtsp://u:q@h/2}", "cam:1 cam_sub:1"},
		{"{cam: rtsp://h/1, cam_sub: 'onvif://h?subtype=b'}", "cam:1 cam_sub:1"},
		{"{cam: 'onvif://h?subtype=a', cam_sub: 'onvif://h?subtype=b'}", "cam:2"},
		{"{cam: onvif://h, cam_sub: onvif://h}", "cam:0 cam_sub:0"},
		{"{cam_sub: rtsp://h/2}", "cam_sub:1"},
		{"{cam1: rtsp://h/1, cam2: rtsp://h/2}", "cam1:1 cam2:1"},
		{"{sub: rtsp://h/1, _sub: rtsp://h/2}", "sub:1 sub-2:1"},
		{"{a_sub_sub: rtsp://h/3, a_sub: rtsp://h/2, a: rtsp://h/1}", "a_sub:2 a:1"},
	} {
		r, err := read("streams: " + c.streams)
		if err != nil {
			t.Errorf("%s: %v", c.streams, err)
			continue
		}
		checkResult(t, r)
		var got []string
		for _, cand := range r.Candidates {
			got = append(got, fmt.Sprintf("%s:%d", cand.ID, len(cand.Streams)))
		}
		if s := strings.Join(got, " "); s != c.want || len(r.Left) != 0 {
			t.Errorf("%s: %s, want %s; left %v", c.streams, s, c.want, r.Left)
		}
	}
}

var seeds = []string{
	"streams:\n  a: rtsp://u:p@192.0.2.1/x\n  a_sub: [onvif://h?subtype=1, 'ffmpeg:a#video=copy']\n",
	"cameras: {a: {ffmpeg: {inputs: [{path: 'rtsp://127.0.0.1:8554/b', roles: [record]}]}}}\ngo2rtc: {streams: {b: 'rtsp://{FRIGATE_X}@h/x'}}\n",
	"paths: {a: {source: rtsp://h/x}, '~b': , c: {source: publisher}}\npathDefaults: {rtspTransport: udp}\n",
	"a: &a {<<: *a}\nstreams: *a\n", "streams: {a: &b [*b]}\n", "streams: ${X}\n", "\ue0000\ue001: 1\nstreams: {a: '${A:rtsp://h/x}'}\n",
	"#EXTM3U\n#EXTINF:-1 a=\"b,c\",Name\nrtsp://u:p@h/x\n", "rtsp://h/1\nrtsp://h/2\n",
	"id;name;url\na;b;rtsp://h/x\n", "\"a,rtsp://h/x\n,\"\"\n", "\xff\xfea\x00,\x00", "sep=,\na,rtsp://h/x", "cameras: [1]\n",
}

func FuzzRead(f *testing.F) {
	for _, seed := range seeds {
		f.Add("file", seed)
		f.Add("file.yaml", seed)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		r, err := Read(name, strings.NewReader(text), func(string) (string, bool) { return "v", true })
		if err != nil {
			if fault.CodeOf(err) != fault.BadRequest {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		checkResult(t, r)
	})
}

// FuzzPasswordsStaySecret: whatever a file has in the place of a password, what
// people are told does not repeat it.
func FuzzPasswordsStaySecret(f *testing.F) {
	for _, password := range []string{"hunter2", "p@ss:w/rd#1?%", "'hunter2", "*hunter2", "hun ter2", "[hunter2", "a{b}c{d", "${hunter2"} {
		f.Add(password)
	}
	f.Fuzz(func(t *testing.T, password string) {
		if len(password) < 6 || strings.ContainsAny(password, "\r\n,;\t|\u0085\u2028\u2029${}\"") {
			return // taken for something else
		}
		for _, form := range []string{
			"streams:\n  a: rtsp://u:%s@bad host/x\n  b: http://u:%s@192.0.2.1/x\n  c: [exec:x %s, onvif://u:%s@bad host]\n",
			"streams:\n  a: \"%s\"\n  b: [[%s]]\n  c: ffmpeg:%s\n",
			"cameras:\n  a:\n    ffmpeg:\n      inputs:\n        - path: rtmp://u:%s@h/x\n    onvif: {host: h, user: u, password: \"%s\"}\n",
			"paths:\n  a: {source: \"rtsp://u:%s@bad host/x\"}\n",
			"#EXTM3U\nrtsp://u:%s@bad host/x\nhttp://u:%s@192.0.2.1/\n%s\n",
			"name,url,user,password\na,rtsp://192.0.2.1/x,u,%s\nb,http://u:%s@192.0.2.1/,u,%s\n",
		} {
			said, without := told(form, password), told(form, "xxxxxx")
			if strings.Contains(said, password) && !strings.Contains(without, password) {
				t.Errorf("%q in %q: %s", password, form, said)
			}
		}
	})
}

// told returns all that a person is shown of a file with that password in it,
// but for names.
func told(form, password string) string {
	r, err := read(strings.ReplaceAll(form, "%s", password))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, c := range r.Candidates {
		fmt.Fprintln(&b, c.From, c.Notes, c.ONVIF, c.Credentials)
		for _, s := range c.Streams {
			fmt.Fprintln(&b, s.URL)
		}
	}
	fmt.Fprintln(&b, r.Left)
	return b.String()
}
