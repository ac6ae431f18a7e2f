//go:build linux && desktop && production

package desktop

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"camwall/internal/fault"
)

// desk is a display with a window manager, and a child on it that takes orders.
type desk struct {
	*program
	t    testing.TB
	x    *xclient
	id   uint32
	plan childPlan
	env  []string
	at   int // display
}

// newDesk starts a child as planned; its folders are the test's.
func newDesk(t *testing.T, plan childPlan) *desk {
	t.Helper()
	dir := scratch(t)
	plan.Tiles, plan.Mode, plan.Orders = 1, "orders", filepath.Join(dir, "orders")
	d := &desk{t: t, plan: plan, at: startX(t), env: []string{"HOME=" + dir, "CAMWALL_RUNTIME=" + filepath.Join(dir, "run")}}
	startWM(t, d.at)
	d.x = dialX(t, d.at)
	d.open()
	return d
}

func (d *desk) home(name ...string) string {
	_, dir, _ := strings.Cut(d.env[0], "=")
	return filepath.Join(append([]string{dir}, name...)...)
}

// open starts the child, once more when it has ended.
func (d *desk) open() {
	d.t.Helper()
	d.program = startChild(d.t, d.at, d.plan, d.env...)
	d.id, _ = d.x.await(title)
	d.await("the page", func(s childState) bool { return s.Loads > 0 && s.Active > 0 })
	eventually(d.t, "the keyboard", func() bool { return d.x.active(d.id) })
}

// kill ends the child as a power cut does.
func (d *desk) kill() {
	d.t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	d.exit()
	eventually(d.t, "the window's end", func() bool {
		_, _, there := d.x.window(title)
		return !there
	})
}

// order has the page do something.
func (d *desk) order(text string) {
	d.t.Helper()
	if err := os.WriteFile(d.plan.Orders+".new", []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Rename(d.plan.Orders+".new", d.plan.Orders); err != nil {
		d.t.Fatal(err)
	}
}

// hears waits until the page has heard what contains text, so many times.
func (d *desk) hears(text string, times int) {
	d.t.Helper()
	d.await(fmt.Sprintf("%q, %d times", text, times), func(s childState) bool {
		count := 0
		for _, heard := range s.Heard {
			if strings.Contains(heard, text) {
				count++
			}
		}
		return count >= times
	})
}

// kept waits until the file has a state as wanted.
func (d *desk) kept(what string, wanted func(windowState) bool) windowState {
	d.t.Helper()
	var state windowState
	eventually(d.t, what, func() (ok bool) {
		got, err := readState(d.plan.State)
		state = got
		return err == nil && wanted(got)
	})
	return state
}

// place is where the window is now, without its frame.
func (d *desk) place() image.Rectangle {
	d.t.Helper()
	at, err := d.x.place(d.id)
	if err != nil {
		d.t.Fatal(err)
	}
	return at
}

// fills waits until the page alone fills the screen.
func (d *desk) fills() {
	d.t.Helper()
	whole := image.Rectangle{Max: d.x.size}
	eventually(d.t, "a window that fills the screen", func() bool { return d.place() == whole })
	d.await("a page without a menu above it", func(s childState) bool { return int(s.Told.Height) == whole.Dy() })
}

func TestWindowIsRestoredAfterAPowerCut(t *testing.T) {
	d := newDesk(t, childPlan{State: filepath.Join(scratch(t), "state", "window.json")})
	d.x.resize(d.id, image.Rect(90, 70, 90+60, 70+50))
	d.kept("the smallest size", func(s windowState) bool { return s.Width == minWidth && s.Height == minHeight })
	d.x.resize(d.id, image.Rect(90, 70, 90+700, 70+500))
	want := d.kept("the new size", func(s windowState) bool { return s.Width == 700 && s.Height == 500 })
	before := d.place()
	if !want.Placed || want.FullScreen || want.Maximized {
		t.Errorf("kept %+v", want)
	}
	d.kill()
	d.open()
	eventually(t, "the same place", func() bool { return d.place() == before })

	d.x.press(keyF11)
	d.fills()
	full := d.kept("the full screen", func(s windowState) bool { return s.FullScreen })
	if full.Width != 700 || full.Height != 500 {
		t.Errorf("full screen is kept as %+v", full)
	}
	d.kill()
	d.open()
	d.fills()
	d.x.press(keyF11)
	eventually(t, "the size before", func() bool { return d.place() == before })
	d.x.press(keyCtrl, keyQ)
	if code := d.exit(); code != 0 {
		t.Errorf("Ctrl+Q ends it with %d", code)
	}
	d.kept("what was left", func(s windowState) bool { return !s.FullScreen && s.Width == 700 })
}

func TestWindowComesBackToTheMonitorThatIsThere(t *testing.T) {
	path := filepath.Join(scratch(t), "window.json")
	text := `{"x": 5000, "y": -4000, "placed": true, "width": 3000, "height": 2000, "zoom": 1}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, childPlan{State: path})
	screen := image.Rectangle{Max: d.x.size}
	eventually(t, "a window on the screen", func() bool {
		at := d.place()
		return at.In(image.Rect(-2, 0, screen.Max.X+2, screen.Max.Y+40)) && at.Dx() > 1000
	})
}

// TestMenuAndKeys: from the menu bar and by keys, with the bar and without it.
func TestMenuAndKeys(t *testing.T) {
	d := newDesk(t, childPlan{Speaks: "zh-TW"})
	d.await("the page in the window's language", func(s childState) bool { return s.Told.Speaks == d.plan.Speaks })
	below := d.place()
	d.x.press(keyF1)
	d.hears("menu help", 1)
	d.x.press(keyCtrl, keyShift, keyS)
	d.hears("menu snapshot", 1)
	d.x.press(keyF10)
	d.x.press(keyDown)
	d.x.press(keyReturn)
	d.hears("menu snapshot", 2)

	zoomed := func(least, most float64) func(childState) bool {
		return func(s childState) bool { return s.Told.Zoom > least && s.Told.Zoom < most }
	}
	d.await("no zoom", zoomed(0.99, 1.01))
	d.x.press(keyCtrl, keyEqual)
	d.await("a larger page", zoomed(1.05, 1.15))
	d.x.press(keyCtrl, keyShift, keyEqual) // which is Ctrl++
	d.await("a still larger page", zoomed(1.2, 1.3))
	d.x.press(keyCtrl, keyMinus)
	d.await("a smaller page", zoomed(1.05, 1.15))
	d.x.press(keyCtrl, keyZero)
	d.await("a page of its own size", zoomed(0.99, 1.01))

	d.x.press(keyF11)
	d.fills()
	d.x.press(keyF1)
	d.hears("menu help", 2)
	d.x.press(keyF11)
	eventually(t, "the window as before", func() bool { return d.place() == below })
	d.x.press(keyA)
	d.order("full") // the page's own way, which a person must have begun
	d.fills()
	d.x.press(keyF11)
	eventually(t, "the window as before", func() bool { return d.place() == below })
	d.await("no more words", func(s childState) bool { return !slices.Contains(s.Heard, "menu fullscreen") })
	d.x.press(keyCtrl, keyQ)
	if code := d.exit(); code != 0 {
		t.Errorf("Ctrl+Q ends it with %d", code)
	}
}

func TestSnapshotByTheDialog(t *testing.T) {
	d := newDesk(t, childPlan{State: filepath.Join(scratch(t), "window.json")})
	choose := func() uint32 {
		t.Helper()
		id, _ := d.x.await("Save snapshot")
		eventually(t, "the keyboard for the dialog", func() bool { return d.x.active(id) })
		return id
	}
	gone := func() {
		t.Helper()
		eventually(t, "the dialog's end", func() bool {
			_, _, there := d.x.window("Save snapshot")
			return !there
		})
	}
	path := d.home("Front door.jpg")

	d.order("save ../x/Front door.jpg")
	choose()
	d.order("save another.jpg")
	d.hears("saved 429", 1)
	d.x.press(keyReturn)
	d.hears(`saved 200 {"saved":"Front door.jpg"}`, 1)
	gone()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := jpeg.Decode(file); err != nil {
		t.Errorf("what was saved is no picture: %v", err)
	}

	d.order("save large.jpg")
	choose()
	d.x.press(keyReturn)
	d.hears(`{"saved":"large.jpg"}`, 1)
	gone()
	if info, err := os.Stat(d.home("large.jpg")); err != nil || info.Size() < 20<<20 {
		t.Errorf("of a large one %v was saved, %v", info, err)
	}

	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.order("save Front door.jpg")
	choose()
	d.x.press(keyEscape)
	d.hears(`saved 200 {"saved":""}`, 1)
	gone()
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
		t.Errorf("a snapshot that was given up wrote %d bytes, %v", len(text), err)
	}

	d.order("save Front door.jpg")
	id := choose()
	d.x.press(keyReturn)
	eventually(t, "the question whether to replace it", func() bool { return !d.x.active(id) && !d.x.active(d.id) })
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
		t.Errorf("it wrote %d bytes unasked, %v", len(text), err)
	}
	d.terminate()
	if code := d.exit(); code != 0 {
		t.Errorf("asked to end with a dialog open it ends with %d", code)
	}
	if strings.Contains(d.errors(), "internal error") {
		t.Error("the end with a dialog open is an error in the log")
	}
	if s, err := readState(d.plan.State); err != nil || s.Folder != d.home() {
		t.Errorf("the folder kept is %q, %v", s.Folder, err)
	}
}

func TestSecondStartShowsTheFirstWindow(t *testing.T) {
	d := newDesk(t, childPlan{Claims: true})
	d.x.minimize(d.id)
	eventually(t, "a window that was put away", func() bool { return d.x.is(d.id, "_NET_WM_STATE_HIDDEN") })
	second := startChild(t, d.at, d.plan, d.env...)
	if code := second.exit(); code != 0 {
		t.Errorf("the second start ends with %d", code)
	}
	eventually(t, "the first window", func() bool { return d.x.active(d.id) && !d.x.is(d.id, "_NET_WM_STATE_HIDDEN") })

	if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	third := startChild(t, d.at, d.plan, d.env...)
	if code, want := third.exit(), fault.ExitCode(fault.New(fault.Locked, "", "")); code != want {
		t.Errorf("beside one that hangs it ends with %d, want %d", code, want)
	}
	eventually(t, "its words", func() bool { return strings.Contains(third.errors(), "does not answer") })
	d.kill()
	d.open() // whatever the killed one has left
	if second := startChild(t, d.at, d.plan, d.env...); second.exit() != 0 {
		t.Error("a start beside the next one fails")
	}
}

func TestCommands(t *testing.T) {
	d := newDesk(t, childPlan{})
	send := func(s syscall.Signal) {
		t.Helper()
		if err := d.cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	loads := d.await("the page", func(s childState) bool { return s.Active > 0 }).Loads
	send(syscall.SIGUSR2)
	d.await("the page anew", func(s childState) bool { return s.Loads > loads })
	d.x.minimize(d.id)
	eventually(t, "a window that was put away", func() bool { return d.x.is(d.id, "_NET_WM_STATE_HIDDEN") })
	send(syscall.SIGHUP)
	eventually(t, "the window", func() bool { return d.x.active(d.id) && !d.x.is(d.id, "_NET_WM_STATE_HIDDEN") })
}

func TestKioskFillsTheScreenAndStays(t *testing.T) {
	state := filepath.Join(scratch(t), "window.json")
	d := newDesk(t, childPlan{Kiosk: "/", State: state})
	d.fills()
	if got := d.x.class(d.id); got != "camwall-kiosk-test camwall-kiosk-test" {
		t.Errorf("its class is %q", got)
	}
	for range 3 {
		d.x.press(keyAlt, keyF4)
		d.x.askToClose(d.id)
		d.x.press(keyF11)
		d.x.press(keyCtrl, keyQ)
		d.x.press(keyCtrl, keyShift, keyS)
	}
	d.order("save a.jpg")
	d.hears("saved 404", 1)
	d.fills()
	if s := d.await("its words", func(s childState) bool { return len(s.Heard) > 0 }); slices.ContainsFunc(s.Heard, func(text string) bool {
		return strings.HasPrefix(text, "menu")
	}) {
		t.Errorf("keys reached the page: %q", s.Heard)
	}
	d.terminate()
	if code := d.exit(); code != 0 {
		t.Errorf("asked to end it ends with %d", code)
	}
	if _, err := os.Stat(state); !os.IsNotExist(err) {
		t.Errorf("a kiosk keeps a state: %v", err)
	}
}

func TestNothingIsDoneForWhoHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	f := unlessDone(ctx, func() { done++ })
	f()
	cancel()
	f()
	if done != 1 {
		t.Errorf("done %d times", done)
	}
}
