package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"camwall/internal/simcam"
)

func TestAConsoleOfAScript(t *testing.T) {
	s := served(t, serverFlags{Camera: []string{"gate=rtsp://192.0.2.10/main"}})
	s.in = strings.Join([]string{
		"# a comment", "", "host", "CCTV stream", "cctv info gate", "cctv proxy reset", "cctv proxy reset gate", "cctv list", "cctv clear",
		"cctv dance", "cctv get", "cctv proxy set", "cctv discovery maybe", "nonsense", `open "quote`, "cameras info other", "cameras list --json",
		"cameras list", "version", "exit", "host never",
	}, "\n")
	got := s.wants(0, "console", "Name  ", "No stream is pulled", "rtsp://192.0.2.10/main", "all cameras", "camera gate begin anew",
		"Nothing has been searched for", "Forgot", `no cctv "dance"`, "it is cctv get URL", "it is cctv proxy reset", "it is cctv discovery",
		"unexpected argument nonsense", "help tells what there is", "is not closed", `"other"`, "FFmpeg", "!never", "!"+prompt)
	if n := strings.Count(got.out, `"cameras"`); n != 1 {
		t.Errorf("%d lists in JSON: %s", n, got.out)
	}
}

func TestAConsoleWithoutServer(t *testing.T) {
	s := alone(t)
	s.in = "cameras add rtsp://u@192.0.2.10/main --id gate\ncameras list\ncctv stream\ncctv onvif\ncameras remove gate\ncameras list"
	got := s.wants(0, "console", "Added camera gate", "not running", "no server runs", "No device with ONVIF", "Removed camera gate", "No camera.")
	if n := strings.Count(got.err, "reading configuration and store"); n != 1 {
		t.Errorf("it says %d times that there is no server: %s", n, got.err)
	}
}

func TestTheConsolesFlagsAreThoseOfItsCommands(t *testing.T) {
	s := served(t, serverFlags{Camera: []string{"gate=rtsp://192.0.2.10/main"}})
	at := s.server
	s.server = ""
	s.in = "cameras list\ncameras list --server " + nobody(t)
	s.wants(0, "console --server "+at, "gate", "no server at", "!reading configuration")
	s.in = "cameras list"
	t.Setenv("CAMWALL_SERVER", nobody(t))
	s.wants(0, "console --server "+at, "gate", "!no server at")
	s.in = strings.Repeat("x", maxLine+1)
	s.wants(2, "console", "read commands")
}

func TestTheConsolesHelp(t *testing.T) {
	s := alone(t)
	s.in = "help\ncctv\n?\ndiscover --help"
	got := s.wants(0, "console", "--range", "Turn a camera")
	for _, old := range oldWords {
		if n := strings.Count(got.out, "cctv "+old.words); n != 3 {
			t.Errorf("cctv %s is told %d times", old.words, n)
		}
	}
	for _, word := range []string{"discover", "onvif", "cameras", "devices", "ptz", "restart-streams", "import", "host", "backup", "restore", "version", "help", "exit"} {
		if !regexp.MustCompile(`(?m)^` + word + ` +[A-Z]`).MatchString(got.out) {
			t.Errorf("%s is not told: %s", word, got.out)
		}
	}
}

func TestTheConsoleSearches(t *testing.T) {
	devices := findable(t)
	s := alone(t)
	s.in = "cctv discovery on\ncctv discovery on\ncctv search\ncctv list\ncctv clear\ncctv list\ncctv discovery\ncctv discovery off\ncctv list"
	s.wants(0, "console --interface lo --range 127.0.83.7", "Listens for devices", "cctv list tells which.", devices[0].XAddr(), devices[1].XAddr(),
		"Forgot", "Does not listen", "Nothing has been searched for")
	s.wants(2, "console --range x", "range")
}

func TestTheConsoleAsksDevices(t *testing.T) {
	r := recorder(t)
	s := served(t, serverFlags{})
	s.wants(0, "cameras add "+r.Addr()+" --id nvr --user admin --channel 2 --password-file "+secretFile(t, "camwall-16"))
	s.in = "cctv onvif\ncctv get " + r.Addr() + " admin camwall-16\ncctv get " + r.Addr()
	s.wants(0, "console", "nvr: Camwall Simulated recorder", "nvr-2/main", "/ch3/sub", "Channels", "asks for a user", "!other users of this machine", "!camwall-16")
}

func TestTheConsoleAsksWhatWasFound(t *testing.T) {
	devices := findable(t)
	s := alone(t)
	s.in = "cctv search\ncctv onvif"
	s.wants(0, "console --interface lo --range 127.0.83.7", devices[0].XAddr()+", found", "/a/main", "/b/main")
}

func TestStreamsThatArePulled(t *testing.T) {
	cameras := cameras(t, "", simcam.ClipStream("gate/main", "gate", "street-360"))
	flags := serverFlags{Camera: []string{"gate=" + cameras.Streams()[0].URL}}
	s := alone(t)
	flags.Config, flags.Data = os.Getenv("CAMWALL_CONFIG"), os.Getenv("CAMWALL_DATA")
	running := serve(t, flags)
	s.server = running.url
	running.view(t, "/live/gate").until("live", isLive)
	s.in = "cctv stream"
	s.wants(0, "console", "CAMERA", "gate    main    1", "live", "tcp", "H264", "640x360")
	s.wants(0, "cameras list", "live")
}

func TestCtrlCEndsWhatRuns(t *testing.T) {
	findable(t)
	var errs bytes.Buffer
	interrupted := &lineCounter{want: "Bridge", seen: sync.OnceFunc(func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Error(err)
		}
	})}
	c := &console{s: streams{out: interrupted, err: &errs, said: map[string]bool{}}}
	// The signal is heard while a command runs, and discover tells what it finds.
	leave, stopped := c.line(t.Context(), "discover --watch --interface lo --range 127.0.83.7 --timeout "+patience.String())
	if leave || !stopped {
		t.Errorf("leave %v, stopped %v: %s%s", leave, stopped, &interrupted.text, &errs)
	}
	if leave, stopped = c.line(t.Context(), "host"); leave || stopped {
		t.Errorf("the next command: leave %v, stopped %v", leave, stopped)
	}
}

func TestAConsoleAtATerminal(t *testing.T) {
	s := served(t, serverFlags{Camera: []string{"gate=rtsp://192.0.2.10/main"}})
	var out, shown bytes.Buffer
	editor := editorOn(strings.NewReader("came\tli\t\rgarbage\x03cctv get 127.0.0.1:1 u hidden\r\x1b[A\x03cctv info \t\rquit\rhost\r"), &shown)
	on := streams{out: &out, err: &shown, ask: editor, server: s.server}
	if err := (&consoleCommand{}).Run(t.Context(), on); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"gate", "rtsp://192.0.2.10/main"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("it printed %s, want %s", &out, text)
		}
	}
	if strings.Contains(out.String(), "INTERFACE") || !strings.Contains(shown.String(), prompt) {
		t.Errorf("it went on: %s%s", &out, &shown)
	}
	kept := editor.term.History.(*history)
	if want := "cctv get 127.0.0.1:1 u"; kept.Len() != 4 || kept.At(2) != want {
		t.Errorf("it keeps %q", kept.lines)
	}
	if err := (&consoleCommand{}).Run(t.Context(), streams{out: &out, err: &shown, ask: editor}); err != nil {
		t.Errorf("at the end of the keys: %v", err)
	}
}

func TestHistoryKeepsNoPassword(t *testing.T) {
	for line, want := range map[string]string{
		"":                               "",
		" cameras  list ":                "cameras  list",
		"cctv get 192.0.2.1":             "cctv get 192.0.2.1",
		"cctv get 192.0.2.1 u":           "cctv get 192.0.2.1 u",
		"cctv get 192.0.2.1 u hidden":    "cctv get 192.0.2.1 u",
		`CCTV GET 192.0.2.1 u "hi dden"`: "CCTV GET 192.0.2.1 u",
		"onvif 192.0.2.1 --user u --password hidden --json":          "onvif 192.0.2.1 --user u --json",
		"onvif --password=hidden 192.0.2.1":                          "onvif 192.0.2.1",
		"cameras add rtsp://u:hidden@192.0.2.1/x --name 'Main gate'": `cameras add rtsp://192.0.2.1/x --name "Main gate"`,
		"cameras add rtsp://u:hid@den@192.0.2.1/x":                   "cameras add rtsp://192.0.2.1/x",
		"onvif u:hidden@192.0.2.1":                                   "onvif 192.0.2.1",
		"onvif u:hidden@":                                            "onvif ***",
		"cameras list a@b":                                           "cameras list b",
		`cameras add "rtsp://u:hidden`:                               "",
		"onvif 192.0.2.1 --password":                                 "onvif 192.0.2.1",
	} {
		if got := withoutPasswords(line); got != want || strings.Contains(got, "hidden") {
			t.Errorf("%q is kept as %q, want %q", line, got, want)
		}
	}
	h := &history{}
	for _, line := range []string{"a", "a", "", "b"} {
		h.Add(line)
	}
	if h.Len() != 2 || h.At(0) != "b" || h.At(1) != "a" {
		t.Errorf("it keeps %q", h.lines)
	}
	for i := range 2 * maxHistory {
		h.Add(strings.Repeat("x", i%7))
	}
	if h.Len() != maxHistory {
		t.Errorf("it keeps %d lines", h.Len())
	}
}

func TestCompletion(t *testing.T) {
	s := served(t, serverFlags{Camera: []string{"gate=rtsp://192.0.2.10/main", "garden=rtsp://192.0.2.11/main"}})
	var shown bytes.Buffer
	c := &console{s: streams{out: io.Discard, err: io.Discard, server: s.server}, editor: editorOn(strings.NewReader(""), &shown)}
	for line, want := range map[string]string{
		"dis":                     "discover ",
		"de":                      "devices ",
		"r":                       "restore|restart-streams", // either: they differ behind rest
		"cameras i":               "cameras info ",
		"cameras info g":          "cameras info ga",
		"cameras info GAT":        "cameras info gate ",
		"cameras info gate ":      "cameras info gate ",
		"cameras list --j":        "cameras list --json ",
		"ptz gate le":             "ptz gate left ",
		"ptz gard":                "ptz garden ",
		"cctv sea":                "cctv search ",
		"cctv info gate":          "cctv info gate ",
		"cctv proxy ":             "cctv proxy reset ",
		"cctv proxy reset gar":    "cctv proxy reset garden ",
		"cctv discovery of":       "cctv discovery off ",
		"cctv get 1":              "cctv get 1",
		"devices info 192-0-2-11": "devices info 192-0-2-11-554 ",
		"restart-streams ga":      "restart-streams ga",
		"h":                       "h",
		"nonsense x":              "nonsense x",
	} {
		got, pos, ok := c.complete(t.Context(), line, len(line), '\t')
		if want == "restore|restart-streams" {
			want = "rest"
		}
		if !ok || got != want || pos != len(want) {
			t.Errorf("%q becomes %q at %d, want %q", line, got, pos, want)
		}
	}
	if !strings.Contains(shown.String(), "help  host") && !strings.Contains(shown.String(), "host  help") {
		t.Errorf("the choices are not shown: %q", shown.String())
	}
	if got, pos, _ := c.complete(t.Context(), "cam list", 3, '\t'); got != "cameras list" || pos != 8 {
		t.Errorf("in the middle: %q at %d", got, pos)
	}
	if _, _, ok := c.complete(t.Context(), "cam", 3, 'x'); ok {
		t.Error("another key completes")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.names = knownNames{}
	if ids := c.idsOf(ctx, false); len(ids) != 0 {
		t.Errorf("ids out of nowhere: %q", ids)
	}
}
