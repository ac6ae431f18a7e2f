package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"camwall/internal/desktop"
)

func TestCommandsThatEndAtOnce(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "camwall.yaml")
	if err := os.WriteFile(broken, []byte("cameras:\n  - {id: a, urll: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "camwall.yaml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()      //nolint:errcheck // a test's
	const file = "--config=" // with a path behind it
	for name, c := range map[string]struct {
		args     []string
		exit     int
		out, err string // each a part of what is printed
	}{
		"version":             {[]string{"version"}, 0, "FFmpeg 7.1", ""},
		"help":                {[]string{"--help"}, 0, "Serve the cameras", ""},
		"help of a command":   {[]string{"serve", "--help"}, 0, "--compat-listen", ""},
		"unknown command":     {[]string{"dance"}, 2, "", `"camwall --help"`},
		"unknown flag":        {[]string{"serve", "--dance"}, 2, "", "unknown flag --dance"},
		"camera without URL":  {[]string{"serve", file + empty, "--camera", "gate"}, 2, "", "ID=URL"},
		"camera of no use":    {[]string{"serve", file + empty, "--camera", "gate=http://u:secret@h/x"}, 2, "", "rtsp"},
		"twice a camera":      {[]string{"serve", file + empty, "--camera", "a=rtsp://h/1", "--camera", "A=rtsp://h/2"}, 2, "", "twice"},
		"open without saying": {[]string{"serve", file + empty, "--listen", "0.0.0.0:0"}, 2, "", "--open"},
		"compat without it":   {[]string{"serve", file + empty, "--compat-listen", "[::]:0"}, 2, "", "--open"},
		"address taken":       {[]string{"serve", file + empty, "--listen", taken.Addr().String()}, 2, "", "address already in use"},
		"no such file":        {[]string{"serve", file + "/nowhere/camwall.yaml"}, 2, "", "/nowhere/camwall.yaml"},
		"broken file":         {[]string{"serve", file + broken}, 2, "", `camwall.yaml:2`},
		"no such folder":      {[]string{"serve", file + empty, "--compat-www", "/nowhere"}, 2, "", "--compat-www"},
		"odd origin":          {[]string{"serve", file + empty, "--listen", "127.0.0.1:0", "--origin", "x"}, 2, "", "origin"},
		"log level":           {[]string{"serve", "--log-level", "loud"}, 2, "", "log-level"},
		"demo, no address":    {[]string{"demo", "--listen", "nowhere"}, 2, "", "IP:PORT"},
		"demo, last port":     {[]string{"demo", "--listen", "127.0.0.1:65535"}, 2, "", "IP:PORT"},
		"demo, address taken": {[]string{"demo", "--listen", taken.Addr().String()}, 2, "", "127.0.0.1:9554"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if exit := run(c.args, &out, &errs); exit != c.exit {
				t.Errorf("exit code %d, want %d; it said %s%s", exit, c.exit, &out, &errs)
			}
			if !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) {
				t.Errorf("it said %q and %q, want %q and %q", &out, &errs, c.out, c.err)
			}
			if strings.Contains(out.String()+errs.String(), "secret") {
				t.Errorf("a password is told: %s%s", &out, &errs)
			}
		})
	}
}

func TestTheWindowNeedsItsBuild(t *testing.T) {
	if desktop.Built {
		t.Fatal("this test is of the server's build")
	}
	var out, errs bytes.Buffer
	if exit := run([]string{"desktop"}, &out, &errs); exit != 2 || !strings.Contains(errs.String(), "window") {
		t.Errorf("exit code %d: %s%s", exit, &out, &errs)
	}
}

func TestSettingsFromTheEnvironment(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "camwall.yaml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CAMWALL_CONFIG", empty)
	t.Setenv("CAMWALL_CAMERA", "a=rtsp://u:p,1;2@h/1\nb=rtsp://h/2\n")
	t.Setenv("CAMWALL_LISTEN", "0.0.0.0:0")
	var out, errs bytes.Buffer
	if exit := run([]string{"serve"}, &out, &errs); exit != 2 || !strings.Contains(errs.String(), "0.0.0.0:0") {
		t.Errorf("an address from the environment: exit code %d: %s", exit, &errs)
	}
	errs.Reset()
	t.Setenv("CAMWALL_CAMERA", "a=rtsp://h/1\nA=rtsp://h/2\n")
	if exit := run([]string{"serve", "--listen", "127.0.0.1:0"}, &out, &errs); exit != 2 || !strings.Contains(errs.String(), "twice") {
		t.Errorf("cameras from the environment, one a line: exit code %d: %s", exit, &errs)
	}
	errs.Reset()
	t.Setenv("CAMWALL_CONFIG", "/nowhere.yaml")
	if exit := run([]string{"serve"}, &out, &errs); exit != 2 || !strings.Contains(errs.String(), "/nowhere.yaml") {
		t.Errorf("a file from the environment: exit code %d: %s", exit, &errs)
	}
}

func TestDemoAddresses(t *testing.T) {
	for listen, want := range map[string][2]string{
		"127.0.0.1":      {"127.0.0.1:8554", "127.0.0.1:8555"},
		"127.0.0.1:9000": {"127.0.0.1:9000", "127.0.0.1:9001"},
		"127.0.0.1:0":    {"127.0.0.1:0", "127.0.0.1:0"},
		"::1":            {"[::1]:8554", "[::1]:8555"},
		"[::1]:9000":     {"[::1]:9000", "[::1]:9001"},
	} {
		rtsp, sent, err := demoAddresses(listen)
		if err != nil || rtsp != want[0] || sent != want[1] {
			t.Errorf("%s: %s, %s, %v; want %v", listen, rtsp, sent, err, want)
		}
	}
}

func TestDemoPorts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // a test's
	port := taken.Addr().(*net.TCPAddr).Port
	log := slog.New(slog.DiscardHandler)
	p := newDemoPorts(fmt.Sprintf("127.0.0.1:%d", port-2), log)
	if got := p.next(); got != "127.0.0.1:0" {
		t.Errorf("in place of a port that is taken: %s", got)
	}
	if got := p.port; int(got) != port+1 {
		t.Errorf("it goes on at %d", got)
	}
	for _, rtsp := range []string{"127.0.0.1:0", "[::1]:65534"} {
		if _, got, _ := net.SplitHostPort(newDemoPorts(rtsp, log).next()); got != "0" {
			t.Errorf("above %s is port %s", rtsp, got)
		}
	}
}

// demo runs the command until the test ends, and returns what it says.
func demo(t *testing.T, c demoCommand) (out, log string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var said bytes.Buffer
	logged := new(guarded)
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- c.Run(ctx, streams{out: writer, err: logged})
		writer.Close() //nolint:errcheck // it never fails
	}()
	t.Cleanup(func() {
		cancel()
		go io.Copy(io.Discard, reader) //nolint:errcheck // to its end
		if err := <-ended; err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	})
	want := 8
	if c.Recorder {
		want += 32
	}
	lines := bufio.NewScanner(reader)
	for range want {
		if !lines.Scan() {
			t.Fatalf("%d lines are too few: %s; %s", want, &said, logged)
		}
		fmt.Fprintln(&said, lines.Text())
	}
	return said.String(), logged.String()
}

// postSOAP asks an ONVIF device, without a sign-in.
func postSOAP(t *testing.T, address, body string) (status int, text string) {
	t.Helper()
	text = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>` + body + "</s:Body></s:Envelope>"
	response, err := client().Post(address, "application/soap+xml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test's
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

func TestDemoHasONVIFDevices(t *testing.T) {
	out, log := demo(t, demoCommand{Listen: "127.0.0.1:0", Recorder: true})
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) != 5 || !strings.HasPrefix(fields[0], "rtsp://127.0.0.1:") {
			t.Errorf("not a line of a stream: %s", line)
		}
	}
	if !strings.Contains(out, "/ch16/sub admin:camwall-16 H264 640x360 25\n") {
		t.Errorf("the recorder's streams are not told: %s", out)
	}
	if !regexp.MustCompile(`url=http://127\.0\.0\.1:\d+/sent`).MatchString(log) {
		t.Errorf("where /sent is is not told: %s", log)
	}
	found := regexp.MustCompile(`msg="ONVIF device" name="?([^"\n]*?)"? address=(\S+)`).FindAllStringSubmatch(log, -1)
	if len(found) != 7 {
		t.Fatalf("%d devices, want 7: %s", len(found), log)
	}
	const ver10 = "http://www.onvif.org/ver10/"
	for _, one := range found {
		status, text := postSOAP(t, one[2], `<GetServices xmlns="`+ver10+`device/wsdl"/>`)
		if status != 200 || !strings.Contains(text, ver10+"media/wsdl") {
			t.Errorf("%s: %d %s", one[1], status, text)
		}
		want := 200
		if one[1] == "School Yard" || one[1] == "Recorder" {
			want = 401
		}
		if status, text := postSOAP(t, one[2], `<GetProfiles xmlns="`+ver10+`media/wsdl"/>`); status != want {
			t.Errorf("%s: %d, want %d: %s", one[1], status, want, text)
		}
	}
	if strings.Contains(log, "p@ss") || strings.Contains(log, "camwall-16") {
		t.Errorf("a password is in the log: %s", log)
	}
}

func TestServedDemoHasONVIFDevices(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	found := regexp.MustCompile(`http://127\.0\.0\.1:\d+/onvif/device_service`).FindAllString(s.log.String(), -1)
	if len(found) < 6 {
		t.Fatalf("devices %q: %s", found, s.log)
	}
	if status, text := postSOAP(t, found[0], `<GetHostname xmlns="http://www.onvif.org/ver10/device/wsdl"/>`); status != 200 || !strings.Contains(text, "market-street") {
		t.Errorf("%d %s", status, text)
	}
}
