package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"camwall/internal/config"
	"camwall/internal/lab"
	"camwall/internal/session"
	"camwall/internal/wall"
)

// terminal runs a session on an Xvfb, with processes that show nothing in the
// place of its kiosks, and returns the configuration that flags and file made.
func terminal(t *testing.T, c sessionCommand, file string) session.Config {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("CAMWALL_RUNTIME", filepath.Join(dir, "run"))
	path := filepath.Join(dir, "camwall.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Config = path
	made, err := c.settings(cfg)
	if err != nil {
		t.Fatal(err)
	}
	running, ready := made, make(chan struct{})
	running.Kiosk = []string{"sh", "-c", "sleep 1000"}
	running.Display, running.Xorg = session.Xorg, []string{"Xvfb", "-screen", "0", "640x480x24", "-nolisten", "tcp"}
	running.Environ, running.Log = os.Environ(), slog.New(slog.NewTextHandler(t.Output(), nil))
	running.OnReady = func() { close(ready) }
	display, err := session.New(running)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- display.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the session ended with %v", err)
		}
	})
	select {
	case <-ready:
	case <-time.After(40 * time.Second):
		t.Fatal("the display does not come up")
	}
	return made
}

// saidBy runs a command and returns what it prints.
func saidBy(t *testing.T, args ...string) (exit int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	exit = runOn(args, streams{out: &stdout, err: &stderr, said: map[string]bool{}})
	return exit, stdout.String(), stderr.String()
}

// TestScreenCommands asks a session that runs.
func TestScreenCommands(t *testing.T) {
	made := terminal(t, sessionCommand{logFlags: logFlags{LogLevel: slog.LevelWarn, LogFormat: "json"}, Data: "/var/lib/x", Display: "auto"},
		"walls: [{name: lobby, preset: 4}, {name: yard, preset: 1}]\n"+
			"screens: [{output: screen, wall: yard, on: ['00:00-24:00'], dim: {from: '00:00', to: '23:59', level: 40}}, {output: HDMI-A-7}]\n")
	if made.Wall != "lobby" || made.Display != session.Auto || len(made.Screens) != 2 {
		t.Errorf("got %+v", made)
	}
	if want := []string{"kiosk", "--data=/var/lib/x", "--log-format=json", "--log-level=WARN"}; len(made.Kiosk) != 6 ||
		!slices.Equal(slices.Delete(slices.Clone(made.Kiosk[1:]), 1, 2), want) || !strings.HasPrefix(made.Kiosk[2], "--config=/") {
		t.Errorf("a kiosk is started by %q", made.Kiosk)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		exit, out, err := saidBy(t, "screen")
		if exit != 0 || err != "" {
			t.Fatalf("it ends with %d, %s", exit, err)
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if len(lines) == 3 && strings.Contains(lines[2], "well") {
			head, absent, there := strings.Fields(lines[0]), lines[1], strings.Fields(lines[2])
			if head[0] != "OUTPUT" || !strings.HasPrefix(absent, "HDMI-A-7") || !strings.Contains(absent, "lobby") || !strings.Contains(absent, "not connected") ||
				!slices.Equal(there, strings.Fields("screen - yard 640x480 on - 40 % well")) && !slices.Equal(there, strings.Fields("screen - yard 640x480 on - 100 % well")) {
				t.Errorf("it prints\n%s", out)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it prints\n%s", out)
		}
		<-time.After(50 * time.Millisecond)
	}
	for _, c := range []struct {
		args string
		exit int
		want string
	}{
		{"screen off screen", 0, "screen is off until auto."},
		{"screen list", 0, "off until auto"},
		{"screen list --json", 0, `"power": "off"`},
		{"screen on", 0, "HDMI-A-7 is on until auto.\nscreen is on until auto."},
		{"screen auto SCREEN", 0, "screen is on by the schedule."},
		{"screen off DP-3", 1, "The screens are: HDMI-A-7, screen."},
		{"screen dance", 2, "unexpected argument"},
	} {
		exit, out, err := saidBy(t, strings.Fields(c.args)...)
		if exit != c.exit || !strings.Contains(out+err, c.want) {
			t.Errorf("%s ends with %d and prints\n%s%s", c.args, exit, out, err)
		}
	}
}

func TestNoSessionToAsk(t *testing.T) {
	t.Setenv("CAMWALL_RUNTIME", t.TempDir())
	for _, args := range [][]string{{"screen"}, {"screen", "off"}, {"screen", "on", "HDMI-A-1"}} {
		if exit, out, err := saidBy(t, args...); exit != 1 || out != "" || !strings.Contains(err, "no session answers") || !strings.Contains(err, "camwall session") {
			t.Errorf("%q ends with %d: %s%s", args, exit, out, err)
		}
	}
}

// TestSessionsThatDoNotStart: the exit code and the words.
func TestSessionsThatDoNotStart(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CAMWALL_RUNTIME", filepath.Join(dir, "run"))
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("PATH", dir) // no sway, no Xorg
	for _, c := range []struct{ args, want string }{
		{"session --display sway", "Install the package sway"},
		{"session --display xorg", "Install the packages xserver-xorg-core"},
		{"session", "start sway"},
		{"session --wall a/b", "no name of a wall"},
		{"session --display x", "--display must be one of"},
		{"session --config " + dir + "/nowhere", "nowhere"},
		// No reason to stay dark: the display is started all the same.
		{"session --config " + dir + "/nowhere", "start sway"},
		{"session --config " + writeFile(t, "camwall.yaml", "listne: x"), "unknown key"},
		{"session --config " + writeFile(t, "camwall.yaml", "listne: x"), "start sway"},
	} {
		if exit, out, err := saidBy(t, strings.Fields(c.args)...); exit != 2 || out != "" || !strings.Contains(err, c.want) {
			t.Errorf("%s ends with %d: %s%s", c.args, exit, out, err)
		}
	}
}

// TestWhichWall: the flag, then the file's first wall, then all cameras.
func TestWhichWall(t *testing.T) {
	t.Parallel()
	none, two := config.New(), config.New()
	two.Walls = []wall.Wall{wall.Even(1).Wall("hall", "", nil), wall.Even(1).Wall("yard", "", nil)}
	for _, c := range []struct {
		flag string
		cfg  *config.Config
		want string
	}{{"", none, "*"}, {"", two, "hall"}, {"Lobby", two, "lobby"}, {"*", two, "*"}} {
		if got, err := (&sessionCommand{Wall: c.flag}).wall(c.cfg); err != nil || got != c.want {
			t.Errorf("%q is %q, %v; want %q", c.flag, got, err, c.want)
		}
	}
}

// TestWordsOfScreens is a table of what the list says.
func TestWordsOfScreens(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 7, 30, 0, 0, time.Local)
	for _, c := range []struct {
		screen       session.Screen
		mode, power  string
		kiosk, after string
	}{
		{session.Screen{Mode: "1920x1080@60", Connected: true, Wall: "a", On: true, Power: "auto", NextSwitch: &at, PID: 1, Healthy: true, Page: "live"}, "1920x1080@60", "on", "well, live", "on by the schedule until Mon 07:30"},
		{session.Screen{Wall: "a", Power: "off", Until: &at, Restarts: 2}, "not connected", "off until Mon 07:30", "starts again, 2 restarts", "off until Mon 07:30"},
		{session.Screen{Wall: "a", On: true, Power: "on", PID: 1, Page: "frozen", Restarts: 1}, "not connected", "on until auto", "not well, frozen, 1 restart", "on until auto"},
		{session.Screen{Connected: true, Mode: "1x1", Power: "auto"}, "1x1", "", "", " by the schedule"},
	} {
		if mode, power, kiosk, after := screenMode(&c.screen), screenPower(&c.screen), screenKiosk(&c.screen), switched(&c.screen); mode != c.mode || power != c.power || kiosk != c.kiosk || after != c.after {
			t.Errorf("got %q, %q, %q, %q for %+v", mode, power, kiosk, after, c.screen)
		}
	}
}

// aloneSession is a session that is a process of its own, on an Xvfb.
type aloneSession struct {
	cmd     *exec.Cmd
	program string   // a link of its program, which its kiosks are started by
	said    *os.File // what it says
	ended   chan error
}

// startAlone starts one. Its kiosks end at once: this binary has no window.
func startAlone(t *testing.T) *aloneSession {
	t.Helper()
	dir := lab.Folder(t)
	t.Setenv("CAMWALL_RUNTIME", filepath.Join(dir, "run"))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	withXvfb(t, dir)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	beside, err := os.MkdirTemp(filepath.Dir(program), "session") // where it can be linked
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(beside) })
	a := &aloneSession{program: filepath.Join(beside, "camwall"), ended: make(chan error, 1)}
	if err := os.Link(program, a.program); err != nil {
		t.Fatal(err)
	}
	said, saying, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	a.said = said
	// Whatever runs the tests may have been started by nohup, which a session honours.
	a.cmd = exec.CommandContext(t.Context(), "env", "--default-signal=HUP", a.program, "session", "--display=xorg", "--data="+t.TempDir(), "--config="+writeFile(t, "camwall.yaml", ""))
	a.cmd.Env = append(os.Environ(), commandVariable+"=1")
	a.cmd.Stderr = saying
	a.cmd.Cancel = func() error { return a.cmd.Process.Signal(syscall.SIGTERM) } // it has an Xvfb to end
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	saying.Close()
	t.Cleanup(func() { said.Close() })
	go func() { a.ended <- a.cmd.Wait() }()
	return a
}

// exit waits for its end and returns its exit code, -1 for a signal.
func (a *aloneSession) exit(t *testing.T) int {
	t.Helper()
	select {
	case err := <-a.ended:
		if err != nil && a.cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return a.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatal("the session does not end")
		return 0
	}
}

// TestLeftByPIN: the exit code of a session tells that it was left.
func TestLeftByPIN(t *testing.T) {
	a := startAlone(t)
	go func() { _, _ = io.Copy(io.Discard, a.said) }()
	waitFor(t, "a session", func() bool { // else it is itself what comes next
		exit, _, _ := saidBy(t, "screen")
		return exit == 0
	})
	leaves := filepath.Join(t.TempDir(), "leaves")
	if err := os.WriteFile(leaves, []byte("#!/bin/sh\nexit 10\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	if err := os.Rename(leaves, a.program); err != nil {
		t.Fatal(err)
	}
	if code := a.exit(t); code != 10 {
		t.Errorf("it ends with %d", code)
	}
}

// TestAConsoleThatGoes: nobody reads what the session says, which does not end it,
// and then it is asked to end.
func TestAConsoleThatGoes(t *testing.T) {
	a := startAlone(t)
	restarted := func(times string) func() bool {
		return func() bool {
			_, out, _ := saidBy(t, "screen")
			return strings.Contains(out, times+" restart")
		}
	}
	waitFor(t, "a kiosk that is started again", restarted("1"))
	a.said.Close()
	waitFor(t, "the same, which is logged", restarted("3"))
	if err := a.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if code := a.exit(t); code != 0 {
		t.Errorf("it ends with %d", code)
	}
	if _, err := os.Stat(session.SocketPath(os.Getenv("CAMWALL_RUNTIME"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its socket is left: %v", err)
	}
}

// withXvfb puts an Xvfb into a folder as Xorg. It knows the last five of its arguments.
func withXvfb(t *testing.T, dir string) {
	t.Helper()
	script := "#!/bin/bash\nexec Xvfb -screen 0 640x480x24 -nolisten tcp \"${@: -5}\"\n"
	if err := os.WriteFile(filepath.Join(dir, "Xorg"), []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
}

// A file that is refused is no reason for a dark screen: the session starts, and
// ends by itself, to be started anew, once the file is mended.
func TestASessionWithoutAConfiguration(t *testing.T) {
	dir := lab.Folder(t)
	t.Setenv("CAMWALL_RUNTIME", filepath.Join(dir, "run"))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	withXvfb(t, dir)
	file := writeFile(t, "camwall.yaml", "listne: x\nwalls: [{name: yard, preset: 1}]\n")
	ended := make(chan int, 1)
	var said bytes.Buffer
	go func() {
		ended <- runOn([]string{"session", "--display=xorg", "--config=" + file, "--data=" + t.TempDir()}, streams{out: &said, err: &said, said: map[string]bool{}})
	}()
	waitFor(t, "a display", func() bool {
		exit, out, _ := saidBy(t, "screen")
		return exit == 0 && strings.Contains(out, "yard")
	})
	if err := os.WriteFile(file, []byte("walls: [{name: yard, preset: 1}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case exit := <-ended:
		if exit != 1 || !strings.Contains(said.String(), "unknown key") || !strings.Contains(said.String(), "can be read again") {
			t.Errorf("it ends with %d: %s", exit, &said)
		}
	case <-time.After(patience):
		t.Fatal("it goes on with what it had")
	}
}
