package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
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
