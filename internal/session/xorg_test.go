package session

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/screen"
)

// onX starts a session whose Xorg is an Xvfb.
func onX(t *testing.T, change func(*Config)) *stage {
	t.Helper()
	return begin(t, "", func(c *Config) {
		c.Display, c.Xorg = Xorg, []string{"Xvfb", "-screen", "0", "1280x720x24", "-nolisten", "tcp"}
		if change != nil {
			change(c)
		}
	})
}

// xWindows asks the session's X server for its windows.
func (s *stage) xWindows() []xWindow {
	return parseWmctrl(s.xTool("wmctrl", "-lGx"))
}

// xDisplay is how the session's kiosk reaches its display; nil before it runs.
func (s *stage) xDisplay() []string {
	k := s.kiosk("screen")
	if k == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(k.cfg.Environment), func(entry string) bool {
		return !strings.HasPrefix(entry, "DISPLAY=:") && !strings.HasPrefix(entry, "XAUTHORITY=")
	})
}

func (s *stage) xTool(command ...string) string {
	out, err := runTool(s.T, s.xDisplay(), command...)
	if err != nil {
		s.Logf("%s: %v", command, err)
	}
	return out
}

// runTool runs a command of X's as another process of this user would.
func runTool(t *testing.T, environ []string, command ...string) (string, error) {
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, environ...)
	out, err := cmd.Output()
	return string(out), err
}

// placed tells whether the kiosk's window fills the screen.
func (s *stage) placed() bool {
	return slices.ContainsFunc(s.xWindows(), func(w xWindow) bool {
		return w.of("camwall-kiosk-screen") && w.x == 0 && w.y == 0 && w.width == 1280 && w.height == 720
	})
}

// TestXorg: the same session without sway.
func TestXorg(t *testing.T) {
	s := onX(t, nil)
	s.await(20*time.Second, "the wall is shown", func() bool { return s.xDisplay() != nil && s.placed() })
	s.await(backLimit, "the kiosk is well", func() bool { return s.screen("screen").Healthy && s.screen("screen").Page == "live" })
	first := s.screen("screen")
	if first.Wall != "lobby" || !first.Connected || !first.On || first.Restarts != 0 {
		t.Errorf("got %+v", first)
	}
	id := s.xWindows()[0].id
	// It may be back before anybody has seen it elsewhere: the log tells.
	placing := func() int { return strings.Count(s.said.String(), "wmctrl -i -r "+id+" -e 0,0,0,1280,720") }
	before := placing()
	s.xTool("wmctrl", "-i", "-r", id, "-b", "remove,fullscreen")
	s.xTool("wmctrl", "-i", "-r", id, "-e", "0,40,40,300,200")
	s.await(backLimit, "the window is back", func() bool { return placing() > before && s.placed() })
	if q := s.xTool("xset", "q"); !strings.Contains(q, "timeout:  0") || !strings.Contains(q, "prefer blanking:  no") {
		t.Errorf("the screen may be blanked: %s", q)
	}
	if s.screen("screen").PID != first.PID {
		t.Error("the kiosk was started anew")
	}
	if info, err := os.Stat(filepath.Join(s.dir, "xauthority")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the cookie's file: %v, %v", info, err)
	}
	if _, err := runTool(t, append(s.xDisplay(), "XAUTHORITY=/dev/null"), "xset", "q"); err == nil {
		t.Error("who has no cookie may ask the display")
	}
	if _, err := s.client.Switch(t.Context(), "screen", PowerOff); err != nil {
		t.Fatal(err)
	}
	s.await(backLimit, "it is off", func() bool { return !s.screen("screen").On && !s.kiosk("screen").isSeen() })
	s.tell("leave", "screen")
	<-s.ended
	if s.err != nil || alive(first.PID) {
		t.Errorf("it ends with %v; the kiosk lives: %v", s.err, alive(first.PID))
	}
}

// TestXorgKilled: the session ends with an error, and nothing of it is left.
func TestXorgKilled(t *testing.T) {
	s := onX(t, nil)
	s.await(20*time.Second, "the wall is shown", func() bool { return s.xDisplay() != nil && s.placed() })
	kiosk := s.screen("screen").PID
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && strings.HasPrefix(string(line), "openbox\x00") && strings.Contains(string(line), s.dir) {
			if err := syscall.Kill(number(strings.Split(file, "/")[2]), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	<-s.ended
	if fault.CodeOf(s.err) != fault.NoDisplay || alive(kiosk) {
		t.Errorf("it ends with %v; the kiosk lives: %v", s.err, alive(kiosk))
	}
}

// TestAutoFallsBack: where sway does not come up, Xorg does; where neither does,
// the error is sway's.
func TestAutoFallsBack(t *testing.T) {
	s := onX(t, func(c *Config) {
		c.Display, c.Sway = Auto, []string{"sh", "-c", "echo no seat >&2; exit 1"}
	})
	s.await(20*time.Second, "the wall is shown", func() bool { return s.xDisplay() != nil && s.placed() })
	if said := s.said.String(); strings.Count(said, "no seat") < 2 || !strings.Contains(said, "Xorg is tried") {
		t.Error("sway was not tried twice")
	}
	broken, err := New(Config{
		Kiosk: []string{"true"}, Dir: t.TempDir(), Wall: "lobby", Environ: os.Environ(), Log: s.cfg.Log,
		Sway: []string{filepath.Join(t.TempDir(), "nowhere")}, Xorg: []string{"sh", "-c", "exit 1", "sh"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Run(t.Context()); fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("it ends with %v", err)
	}
}

// TestKeysOfNewKeyboards: the keys that lead to another terminal are taken away
// again when a keyboard comes, and now and then.
func TestKeysOfNewKeyboards(t *testing.T) {
	x, err := startXorg(t.Context(), Config{
		Xorg: []string{"Xvfb", "-screen", "0", "640x480x24", "-nolisten", "tcp"}, Dir: t.TempDir(), Environ: append(os.Environ(), secretSetting), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer x.close()
	for _, pid := range []int{x.server.pid(), x.manager.pid()} {
		if knows(t, pid, secretSetting) {
			t.Errorf("%d has our settings", pid)
		}
	}
	blocked := func() bool {
		said, err := x.tool(t.Context(), "setxkbmap", "-query")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(said, "srvrkeys:none")
	}
	if !blocked() {
		t.Fatal("they are not taken away at the start")
	}
	until(t, "the window manager is there", func() bool {
		_, err := x.tool(t.Context(), "wmctrl", "-lGx")
		return err == nil
	})
	devices := "event0 "
	x.inputs = func() string { return devices }
	turn := func() {
		if _, err := x.settle(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range keyTurns {
		turn()
	}
	free := func() {
		if _, err := x.tool(t.Context(), "setxkbmap", "-option", ""); err != nil || blocked() {
			t.Fatalf("they can't be given back: %v", err)
		}
	}
	free()
	devices += "event1 "
	turn()
	if !blocked() {
		t.Error("a keyboard has come, and they are not taken away")
	}
	turn()
	turn()
	free()
	for range probeEvery {
		turn()
	}
	if !blocked() {
		t.Error("they are not taken away now and then")
	}
}

// TestKeyWatch is a table of looks.
func TestKeyWatch(t *testing.T) {
	t.Parallel()
	var k keyWatch
	var due []int
	for look := range 3 * probeEvery {
		devices := "a"
		if look >= 20 {
			devices = "a b"
		}
		if k.due(devices) {
			due = append(due, look)
		}
	}
	if want := []int{0, 1, 2, 15, 20, 21, 22, 30}; !slices.Equal(due, want) {
		t.Errorf("due at %v, want %v", due, want)
	}
	names, err := filepath.Glob("/sys/class/input/*")
	if got := strings.Fields(inputDevices()); err != nil || len(got) != len(names) {
		t.Errorf("got %q, there are %q, %v", got, names, err)
	}
}

// TestWhatXorgIgnores is told at the start.
func TestWhatXorgIgnores(t *testing.T) {
	said := &lockedText{}
	mirrored, scaled, turned := screen.New("HDMI-A-1", "a"), screen.New("HDMI-A-2", "a"), screen.New("HDMI-A-3", "a")
	mirrored.Transform, scaled.Scale, turned.Transform = "flipped-90", 1.5, "90"
	cfg := Config{
		Xorg: []string{"Xvfb", "-screen", "0", "640x480x24", "-nolisten", "tcp"}, Dir: t.TempDir(), Environ: os.Environ(), Log: slog.New(slog.NewTextHandler(said, nil)),
		Screens: []screen.Screen{mirrored, scaled, turned, {Output: "HDMI-A-4"}},
	}
	x, err := startXorg(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	x.close()
	if !strings.Contains(said.String(), `outputs="HDMI-A-1, HDMI-A-2"`) {
		t.Errorf("the log says %s", said)
	}
	if ignored := xIgnored(cfg.Screens[2:]); len(ignored) != 0 {
		t.Errorf("ignored are %q", ignored)
	}
}

func TestXrandr(t *testing.T) {
	t.Parallel()
	got := parseXrandr(`Screen 0: minimum 320 x 200, current 3000 x 1920, maximum 16384 x 16384
HDMI-1 connected primary 1920x1080+0+0 (normal left inverted right x axis y axis) 510mm x 287mm
   1920x1080     60.00*+  50.00    59.94
   1280x720      60.00    50.00
HDMI-2 connected 1080x1920+1920+0 left (normal left inverted right x axis y axis) 0mm x 0mm
   1024x768      60.00
   1920x1080     59.94* + 30.00
DP-1 connected (normal left inverted right x axis y axis)
   3840x2160     60.00 +  30.00
VGA-1 disconnected (normal left inverted right x axis y axis)
`)
	if len(got) != 4 {
		t.Fatalf("got %+v", got)
	}
	one, two, three, four := got[0], got[1], got[2], got[3]
	if !one.connected || !one.active || one.width != 1920 || one.rotation != "" || one.mode.String() != "1920x1080@60" || len(one.modes) != 5 {
		t.Errorf("got %+v", one)
	}
	if two.x != 1920 || two.height != 1920 || two.rotation != "left" || two.mode.String() != "1920x1080@59.94" {
		t.Errorf("got %+v", two)
	}
	if three.active || !three.connected || three.modes[0].String() != "3840x2160@60" || four.connected {
		t.Errorf("got %+v and %+v", three, four)
	}
	for raw, want := range map[string]string{"HDMI-1": "HDMI-A-1", "HDMI-A-1": "HDMI-A-1", "DP-2": "DP-2", "HDMI-x": "HDMI-x", "eDP-1": "eDP-1"} {
		if name := kernelName(raw); name != want {
			t.Errorf("%s is called %s", raw, name)
		}
	}

	turned := screen.New("HDMI-A-1", "a")
	turned.Transform, turned.Position = "270", &screen.Point{X: 10}
	small := screen.New("HDMI-A-2", "b")
	small.Mode = parsed(screen.ParseMode("1024x768"))
	commands := xCorrections(got[:3], map[string]wish{"HDMI-A-1": {Screen: turned}, "HDMI-A-2": {Screen: small}, "DP-1": {Screen: screen.New("DP-1", "c")}})
	want := []string{
		"xrandr --output HDMI-1 --rotate left --pos 10x0", "xrandr --output HDMI-2 --mode 1024x768 --rate 60.00 --rotate normal", "xrandr --output DP-1 --auto",
	}
	if !slices.Equal(commands, want) {
		t.Errorf("got %q", commands)
	}
}

func TestWindowsOfX(t *testing.T) {
	t.Parallel()
	got := parseWmctrl(`0x00600007  0 0    0    1280 720  camwall-kiosk-HDMI-A-1.Camwall-kiosk-HDMI-A-1  host Camwall
0x00800007 -1 5    6    10   20   camwall.Camwall-kiosk-HDMI-A-2  N/A  two words
0x00900007  0 5    6    10   x    a.A  host Camwall
0x00900008  0 5    6    10   20   camwall-kiosk-HDMI-A-11.Two  host Camwall
nonsense
`)
	if len(got) != 3 || got[0] != (xWindow{"0x00600007", 0, 0, 1280, 720, "camwall-kiosk-HDMI-A-1.Camwall-kiosk-HDMI-A-1"}) {
		t.Fatalf("got %+v", got)
	}
	for i, program := range []string{"camwall-kiosk-HDMI-A-1", "camwall-kiosk-HDMI-A-2", "camwall-kiosk-HDMI-A-11"} {
		for j := range got {
			if got[j].of(program) != (i == j) {
				t.Errorf("%s and %+v: %v", program, got[j], i != j)
			}
		}
	}
	outputs := []xOutput{{raw: "HDMI-1", connected: true, active: true, x: 100, width: 1280, height: 720}}
	wishes := map[string]wish{"HDMI-A-1": {Program: "camwall-kiosk-HDMI-A-1"}}
	if commands := xPlacing(outputs, got, wishes); len(commands) != 3 || commands[1] != "wmctrl -i -r 0x00600007 -e 0,100,0,1280,720" {
		t.Errorf("got %q", commands)
	}
	outputs[0].x = 0
	if commands := xPlacing(outputs, got, wishes); len(commands) != 0 {
		t.Errorf("a window at its place is moved: %q", commands)
	}
}

// FuzzXTools: whatever xrandr and wmctrl print, what becomes a command is one of
// ours.
func FuzzXTools(f *testing.F) {
	f.Add("HDMI-1 connected 1x1+0+0\n   640x480  60.00*+\n")
	f.Add("0x1 0 0 0 1 1 camwall-kiosk-A.Camwall-kiosk-A h t\n")
	f.Fuzz(func(t *testing.T, text string) {
		outputs, windows := parseXrandr(text), parseWmctrl(text)
		for _, o := range outputs {
			if strings.ContainsAny(o.raw, " \t\n") || o.width < 0 || o.x < 0 {
				t.Errorf("%+v", o)
			}
		}
		for _, c := range xPlacing(outputs, windows, map[string]wish{"A": {Program: "camwall-kiosk-A"}}) {
			if strings.ContainsAny(c, "\n") || !strings.HasPrefix(c, "wmctrl -i -r 0x") {
				t.Errorf("%q", c)
			}
		}
	})
}
