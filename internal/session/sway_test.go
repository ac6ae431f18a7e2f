package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/kiosk"
	"camwall/internal/screen"
)

// backLimit is how long a wall may take to be back.
const backLimit = 5 * time.Second

func parsed[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestTwoOutputsTwoWalls: each window on its own output, whatever happens to them,
// and no process is started anew for it.
func TestTwoOutputsTwoWalls(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	lobby, yard := screen.New("HEADLESS-1", "lobby"), screen.New("headless headless", "yard")
	lobby.Mode = parsed(screen.ParseMode("1920x1080@60"))
	yard.Transform, yard.Scale = "90", 1.5
	yard.Output = "HEADLESS-2"
	s := begin(t, "2", func(c *Config) { c.Screens = []screen.Screen{lobby, yard} })
	one, two := "HEADLESS-1", "HEADLESS-2"
	s.await(20*time.Second, "both walls are shown", func() bool { return s.shown(one) && s.shown(two) })
	s.await(backLimit, "both kiosks are well", func() bool { return s.screen(one).Healthy && s.screen(two).Page == "live" })
	if a, b := s.screen(one), s.screen(two); a.Wall != "lobby" || b.Wall != "yard" || a.PID == b.PID || a.Mode != "1920x1080@60" {
		t.Errorf("got %+v and %+v", a, b)
	}
	if o := s.swayOutput(two); o.Transform != "90" || o.Scale != 1.5 {
		t.Errorf("%s is turned by %s and scaled by %g", two, o.Transform, o.Scale)
	}
	pids := []int{s.screen(one).PID, s.screen(two).PID}
	for turn := range 5 {
		gone, stays := one, two
		if turn%2 == 1 {
			gone, stays = two, one
		}
		s.sway("output " + gone + " disable")
		s.await(backLimit, "the output is off", func() bool { return !s.swayOutput(gone).Active })
		s.await(backLimit, "the other still shows its own", func() bool { return s.shown(stays) })
		s.sway("output " + gone + " enable")
		took := s.await(backLimit, "the wall is back", func() bool { return s.shown(gone) && s.shown(stays) })
		t.Logf("%s is back after %s", gone, took)
	}
	s.sway("output * disable")
	s.await(backLimit, "all are off", func() bool { return !s.swayOutput(one).Active && !s.swayOutput(two).Active })
	s.sway("output "+two+" enable", "output "+one+" enable")
	s.await(backLimit, "both are back", func() bool { return s.shown(one) && s.shown(two) })

	s.sway("output "+one+" mode 800x600@60Hz", "output "+two+" transform normal", `[app_id="`+kiosk.AppID(one)+`"] fullscreen disable`)
	s.await(backLimit, "mode, turn and full screen are back", func() bool {
		return s.screen(one).Mode == "1920x1080@60" && s.swayOutput(two).Transform == "90" && s.shown(one)
	})
	s.sway(`[app_id="` + kiosk.AppID(one) + `"] move container to workspace ` + two)
	s.await(backLimit, "the window is back at its own", func() bool { return s.shown(one) && s.shown(two) })
	s.sway(`input "8746:1:ILITEK_ILITEK-TP" map_to_output "`+one+`"`, `input "2:7:Pen" map_to_output "*"`) // nothing has it here, sway takes it
	s.sway("workspace elsewhere")
	s.await(backLimit, "the workspaces are back", func() bool { return s.shown(one) && s.shown(two) })
	if now := []int{s.screen(one).PID, s.screen(two).PID}; !slices.Equal(now, pids) || s.screen(one).Restarts+s.screen(two).Restarts != 0 {
		t.Errorf("the processes are %v, they were %v", now, pids)
	}
}

// TestNoMonitorAtStart: outputs come late, one without an entry stays dark.
func TestNoMonitorAtStart(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	s := begin(t, "0", func(c *Config) { c.Screens = []screen.Screen{screen.New("HEADLESS-1", "")} })
	s.await(backLimit, "the screen that is not there is told of", func() bool {
		all := s.all()
		return len(all) == 1 && !all[0].Connected && all[0].PID == 0 && all[0].Wall == "lobby"
	})
	s.sway("create_output")
	s.await(20*time.Second, "the wall is shown", func() bool { return s.shown("HEADLESS-1") })
	s.sway("create_output")
	s.await(backLimit, "the second output is known", func() bool { return s.screen("HEADLESS-2").Connected })
	if second := s.screen("HEADLESS-2"); second.PID != 0 || second.On || second.Wall != "" {
		t.Errorf("an output without an entry: %+v", second)
	}
	if said := s.said.String(); strings.Count(said, "it stays dark") != 1 {
		t.Errorf("the log tells %d times of the output without an entry", strings.Count(said, "it stays dark"))
	}
	if !s.Healthy() || !s.shown("HEADLESS-1") {
		t.Error("the first output has suffered")
	}
}

// TestCardThatCanNotDraw: a sway that ends before it answers is tried again without
// the graphics processor, and the kiosks draw without it, too.
func TestCardThatCanNotDraw(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	s := begin(t, "1", func(c *Config) {
		tried, script := filepath.Join(c.Dir, "tried"), filepath.Join(c.Dir, "sway")
		text := "#!/bin/sh\n[ -e " + tried + " ] || { : > " + tried + "; exit 1; }\n[ \"$WLR_RENDERER\" = pixman ] && exec sway --unsupported-gpu \"$@\"\n"
		if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		c.Sway = []string{script}
		c.Screens = []screen.Screen{screen.New("HEADLESS-1", "")}
	})
	s.await(20*time.Second, "the wall is shown", func() bool { return s.shown("HEADLESS-1") })
	if said := s.said.String(); strings.Count(said, "trying again without the graphics processor") != 1 {
		t.Errorf("the log says %s", said)
	}
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", s.screen("HEADLESS-1").PID))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(strings.Split(string(environment), "\x00"), "CAMWALL_GPU=never") {
		t.Error("the kiosk is not told")
	}
}

// TestKiosksAreKeptRunning: one that is killed or not well is started again, alone;
// one that is left ends the session.
func TestKiosksAreKeptRunning(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	s := begin(t, "2", nil)
	one, two := "HEADLESS-1", "HEADLESS-2"
	well := func() bool { return s.shown(one) && s.screen(one).Healthy && s.shown(two) && s.screen(two).Healthy }
	s.await(20*time.Second, "both walls are shown", well)
	first, other := s.screen(one).PID, s.screen(two).PID
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.await(20*time.Second, "a new kiosk is there", func() bool { return s.screen(one).PID != first && well() })
	reports := func() int {
		files, _ := filepath.Glob(filepath.Join(s.dir, "crashes", "*-kiosk.txt"))
		return len(files)
	}
	if reports() != 1 {
		t.Errorf("%d reports of a crash", reports())
	}
	second := s.screen(one).PID
	s.tell("sick", one)
	s.await(20*time.Second, "the kiosk that is not well is gone", func() bool { return !alive(second) })
	if err := os.Remove(filepath.Join(s.dir, "sick-"+one)); err != nil {
		t.Fatal(err)
	}
	s.await(20*time.Second, "a kiosk that is well is there", well)
	if now := s.screen(one); now.Restarts < 2 || s.screen(two).PID != other || s.screen(two).Restarts != 0 {
		t.Errorf("got %+v, and %+v that was %d", now, s.screen(two), other)
	}
	asked, restarts, crashes := s.screen(one).PID, s.screen(one).Restarts, reports()
	if err := syscall.Kill(asked, syscall.SIGTERM); err != nil { // nobody has given a PIN
		t.Fatal(err)
	}
	s.await(20*time.Second, "the kiosk that was asked to end is there again", func() bool { return s.screen(one).PID != asked && well() })
	if now := s.screen(one); now.Restarts != restarts+1 || s.screen(two).PID != other || reports() != crashes {
		t.Errorf("asked to end: %+v; %d reports, there were %d", now, reports(), crashes)
	}
	last := s.screen(one).PID
	s.tell("leave", two)
	<-s.ended
	if s.err != nil || alive(other) || alive(last) {
		t.Errorf("a kiosk that is left ends the session with %v", s.err)
	}
}

// TestOfAnOutputThatIsOffNothingIsAsked: what nobody sees paints nothing, and is
// not started anew for it.
func TestOfAnOutputThatIsOffNothingIsAsked(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	s := begin(t, "1", nil)
	one := "HEADLESS-1"
	s.await(20*time.Second, "the wall is shown", func() bool { return s.shown(one) && s.screen(one).Healthy })
	pid := s.screen(one).PID
	if _, err := s.client.Switch(t.Context(), one, PowerOff); err != nil {
		t.Fatal(err)
	}
	s.await(backLimit, "it is off", func() bool { return !(parsed(s.lit(one))) && !s.kiosk(one).isSeen() })
	s.tell("sick", one)
	s.await(backLimit, "it says that it is not well", func() bool { return s.screen(one).Page == "frozen" })
	<-time.After(2 * s.cfg.times.badLimit)
	if got := s.screen(one); got.PID != pid || !got.Healthy {
		t.Errorf("off, it is %+v", got)
	}
	if _, err := s.client.Switch(t.Context(), one, PowerAuto); err != nil {
		t.Fatal(err)
	}
	s.await(20*time.Second, "it is on and started anew, being unwell", func() bool { return parsed(s.lit(one)) && s.screen(one).PID != pid })
}

// lit asks sway whether an output's power is on.
func (s *stage) lit(name string) (bool, error) {
	o := s.swayOutput(name)
	return o.lit(), nil
}

// TestSwayKilled: the session ends with an error, and nothing of it is left.
func TestSwayKilled(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	s := begin(t, "1", nil)
	s.await(20*time.Second, "the wall is shown", func() bool { return s.shown("HEADLESS-1") })
	kiosk := s.screen("HEADLESS-1").PID
	if err := syscall.Kill(swayPID(t, s.dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if fault.CodeOf(s.err) != fault.NoDisplay || alive(kiosk) {
		t.Errorf("it ends with %v; the kiosk lives: %v", s.err, alive(kiosk))
	}
}

// TestEndIsOrderly: SIGTERM to the session ends all, without an error of its own.
func TestEndIsOrderly(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	s := begin(t, "1", func(c *Config) { c.Environ = append(c.Environ, secretSetting) })
	s.await(20*time.Second, "the wall is shown", func() bool { return s.shown("HEADLESS-1") })
	kiosk, sway := s.screen("HEADLESS-1").PID, swayPID(t, s.dir)
	if knows(t, sway, secretSetting) || !knows(t, kiosk, secretSetting) {
		t.Error("sway has our settings, or the kiosk has not")
	}
	s.cancel()
	<-s.ended
	if !errors.Is(s.err, context.Canceled) || alive(kiosk) || alive(sway) {
		t.Errorf("it ends with %v; kiosk %v, sway %v", s.err, alive(kiosk), alive(sway))
	}
	if left, err := os.Stat(SocketPath(s.dir)); err == nil {
		t.Errorf("%s is left", left.Name())
	}
}

// secretSetting is one of ours that only kiosks need.
const secretSetting = "CAMWALL_CAMERA=gate=rtsp://u:hunter2@192.0.2.1/"

// knows tells whether a variable is in the environment of a process.
func knows(t *testing.T, pid int, entry string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(strings.Split(string(text), "\x00"), entry)
}

// TestSessionKilled: what a session that is killed has started ends, and the next
// one comes up where it was, five times.
func TestSessionKilled(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	dir := t.TempDir()
	c := NewClient(dir)
	defer c.Close()
	for range 5 {
		cmd := exec.Command(parsed(os.Executable()))
		cmd.Env = append(os.Environ(), "CAMWALL_TEST_SESSION="+dir)
		cmd.Stderr = t.Output()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kiosk := 0
		until(t, "its kiosk runs", func() bool {
			all, err := c.Screens(t.Context())
			if err == nil && len(all) == 1 {
				kiosk = all[0].PID
			}
			return kiosk != 0 && os.Getpid() != kiosk
		})
		sway := swayPID(t, dir)
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		until(t, "sway and the kiosk have ended", func() bool { return !runs(sway) && !runs(kiosk) })
	}
}

// until waits until something holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("it never was so: %s", what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// swayPID returns the process that has the session's configuration.
func swayPID(t *testing.T, dir string) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && strings.HasPrefix(string(line), "sway\x00") && strings.Contains(string(line), filepath.Join(dir, "sway.conf")) {
			return number(strings.Split(file, "/")[2])
		}
	}
	t.Fatal("no sway runs")
	return 0
}

// number is a number that has digits alone.
func number(text string) int { return parsed(strconv.Atoi(text)) }

// TestPowerByScheduleAndCommand reads the power off sway.
func TestPowerByScheduleAndCommand(t *testing.T) {
	if !unprivileged(t) {
		return
	}
	var now atomic.Pointer[time.Time]
	set := func(hour int) {
		at := time.Date(2026, 11, 23, hour, 0, 0, 0, time.Local)
		now.Store(&at)
	}
	set(12)
	day := screen.New(screen.Any, "lobby")
	day.Hours = []screen.Hours{parsed(screen.ParseHours("mon-fri 07:00-19:00"))}
	s := begin(t, "1", func(c *Config) {
		c.Screens = []screen.Screen{day}
		c.Now = func() time.Time { return *now.Load() }
	})
	one := "HEADLESS-1"
	is := func(on bool) func() bool {
		return func() bool { o := s.swayOutput(one); return o.lit() == on }
	}
	s.await(20*time.Second, "the wall is shown", func() bool { return s.shown(one) })
	if !is(true)() {
		t.Error("it is off at noon")
	}
	set(20)
	s.await(backLimit, "it goes off in the evening", is(false))
	s.sway("output " + one + " dpms on")
	s.await(backLimit, "it goes off again", is(false))
	s.sway("output "+one+" disable", "output "+one+" enable")
	s.await(backLimit, "it is off when it comes back", func() bool { return s.swayOutput(one).Active && is(false)() })
	got, err := s.client.Switch(t.Context(), one, PowerOn)
	if err != nil || !got.On || got.Power != PowerOn || got.Until == nil || got.Until.Hour() != 7 || got.Until.Day() != 24 {
		t.Errorf("switched on: %+v, %v", got, err)
	}
	s.await(backLimit, "it is on by command", is(true))
	got, err = s.client.Switch(t.Context(), "headless headless", PowerOff) // by its display
	if err != nil || got.On || got.Output != one {
		t.Errorf("switched off: %+v, %v", got, err)
	}
	s.await(backLimit, "it is off by command", is(false))
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.Local)
	now.Store(&at)
	s.await(backLimit, "the schedule has ended the command", is(true))
	if got := s.screen(one); got.Power != PowerAuto || got.NextSwitch == nil || got.NextSwitch.Hour() != 19 {
		t.Errorf("next day: %+v", got)
	}
	if !s.shown(one) || s.screen(one).Restarts != 0 {
		t.Errorf("the wall has suffered: %+v", s.screen(one))
	}
}
