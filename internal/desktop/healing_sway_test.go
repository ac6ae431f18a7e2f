//go:build linux && desktop && production

package desktop

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// compositor is a sway of the test's own with one screen in memory, without a
// session of ours.
type compositor struct {
	t      *testing.T
	run    string // XDG_RUNTIME_DIR
	socket string
}

func startSway(t *testing.T) *compositor {
	t.Helper()
	dir := scratch(t)
	c := &compositor{t: t, run: filepath.Join(dir, "run")}
	c.socket = filepath.Join(c.run, "sway.sock")
	config := filepath.Join(dir, "config")
	if err := os.Mkdir(c.run, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("output * mode 1280x720\nxwayland disable\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sway", "-c", config)
	cmd.Env = append(environment(t, -1), "HOME="+dir, "XDG_RUNTIME_DIR="+c.run, "SWAYSOCK="+c.socket,
		"WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1")
	if os.Getuid() == 0 { // which sway refuses
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		for _, path := range []string{dir, c.run} {
			if err := os.Chown(path, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	start(t, cmd)
	eventually(t, "sway (build/packages.sh ensure test)", func() bool {
		return exec.Command("swaymsg", "-s", c.socket, "-t", "get_version").Run() == nil
	})
	return c
}

// message tells sway something.
func (c *compositor) message(args ...string) string {
	c.t.Helper()
	answer, err := exec.Command("swaymsg", append([]string{"-s", c.socket, "-r"}, args...)...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("swaymsg %q: %v: %s", args, err, answer)
	}
	return string(bytes.TrimSpace(answer))
}

// child starts a child on its screen whose page takes orders.
func (c *compositor) child(plan childPlan) ordered {
	c.t.Helper()
	plan.Tiles, plan.Mode, plan.Kiosk = 4, "orders", "/wall/test"
	plan.Orders = filepath.Join(c.t.TempDir(), "orders")
	displays, err := filepath.Glob(filepath.Join(c.run, "wayland-?"))
	if err != nil || len(displays) == 0 {
		c.t.Fatalf("no display: %v", err)
	}
	p := startChild(c.t, -1, plan, "XDG_RUNTIME_DIR="+c.run, "WAYLAND_DISPLAY="+displays[0], "XDG_SESSION_TYPE=wayland")
	o := ordered{opened{program: p}, plan}
	o.await("a live page", func(s childState) bool { return s.Health.Page == pageLive })
	return o
}

// asked is how often the screen was asked whether it takes pictures, and what it
// said last.
func (o ordered) asked() (times, ticks int) {
	for line := range strings.Lines(o.errors()) {
		if _, after, ok := strings.Cut(line, "asked the screen\" ticks="); ok {
			times++
			_, _ = fmt.Sscan(after, &ticks)
		}
	}
	return times, ticks
}

// TestPageOutOfSightIsNotEnded: the page tells that it paints nothing, which is
// its fault only once its screen takes pictures. (sway can't switch off the only
// screen that it keeps in memory; a window on a workspace that is not shown is as
// much out of its sight.)
func TestPageOutOfSightIsNotEnded(t *testing.T) {
	c := startSway(t)
	o := c.child(childPlan{})
	c.message("workspace 2")
	o.order("still")
	eventually(t, "the screen to be asked", func() bool {
		times, _ := o.asked()
		return times > 0
	})
	if _, ticks := o.asked(); ticks >= screenTicks {
		t.Errorf("a screen that shows something else asked for %d pictures", ticks)
	}
	s := o.await("health", func(s childState) bool { return s.Health.Page == pageLive })
	if s.Loads != 1 || s.Health.Renewed != 0 {
		t.Errorf("the page was ended: %+v", s)
	}
	c.message("workspace 1")
	o.await("a second load", func(s childState) bool { return s.Loads == 2 })
	times, ticks := o.asked()
	t.Logf("asked %d times; in the end the screen asked for %d pictures", times, ticks)
}
