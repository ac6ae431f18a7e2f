//go:build linux && desktop && production

package desktop

import (
	"fmt"
	"image"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"camwall/internal/fault"
)

// leastFPS is what every tile has to show; the source has 25.
const leastFPS = 15

// opened is a child whose page paints.
type opened struct {
	*program
	x        *xclient
	id       uint32
	pictures []image.Rectangle
}

// open starts a child on a display of its own and waits until all tiles paint.
func open(t *testing.T, side int) opened {
	t.Helper()
	display := startX(t)
	p := startChild(t, display, childPlan{Tiles: side * side})
	x := dialX(t, display)
	id, at := x.await(title)
	o := opened{p, x, id, x.below(at, side, side*side)}
	o.awaitPictures()
	return o
}

// below waits until the first count of side x side tiles show pictures in a
// window at that place, below its menu bar, and returns where they are.
func (x *xclient) below(at image.Rectangle, side, count int) []image.Rectangle {
	x.t.Helper()
	var pictures []image.Rectangle
	eventually(x.t, fmt.Sprintf("pictures in %d tiles", count), func() bool {
		const highest, step = 60, 3 // a mark is read a little beside its place, too
		found := 0
		for bar := 0; bar <= highest; bar += step {
			page := at
			page.Min.Y += bar
			there := tiles(page, side)[:count]
			if !slices.ContainsFunc(there, func(r image.Rectangle) bool {
				_, ok := x.mark(r)
				return !ok
			}) {
				if found++; found <= 2 { // not the very edge
					pictures = there
				}
			}
		}
		return found > 0
	})
	return pictures
}

func (o opened) awaitPictures() {
	o.t.Helper()
	for i, r := range o.pictures {
		eventually(o.t, fmt.Sprintf("a picture in tile %d", i), func() bool {
			n, ok := o.x.mark(r)
			return ok && int(n>>tileShift) == i
		})
	}
}

func (o opened) wantRates() {
	o.t.Helper()
	if rates := o.x.fast(o.pictures, leastFPS); rates != nil {
		o.t.Errorf("the tiles show %.1f pictures a second, want at least %d", rates, leastFPS)
	}
}

// fast waits until every picture changes that many times a second; it returns the
// last rates when they never do. A machine that does something else beside us may
// need more than one look.
func (x *xclient) fast(pictures []image.Rectangle, least float64) (slow []float64) {
	x.t.Helper()
	for range 10 {
		slow = x.rates(pictures, 4*time.Second)
		x.t.Logf("%.1f pictures a second", slow)
		if slices.Min(slow) >= least {
			return nil
		}
	}
	return slow
}

func TestWindowPaintsFourStreams(t *testing.T) {
	o := open(t, 2)
	o.wantRates()
	o.x.askToClose(o.id)
	if code := o.exit(); code != 0 {
		t.Errorf("closing the window ended the program with %d, want 0", code)
	}
	if s := o.await("last words", func(s childState) bool { return s.Started > 0 }); s.Active != 0 {
		t.Errorf("%d streams ran on when Run had returned", s.Active)
	}
}

func TestPageThatDiesIsLoadedAnew(t *testing.T) {
	o := open(t, 2)
	web := o.descendant("WebKitWebProcess")
	if err := syscall.Kill(web, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	o.await("a second load", func(s childState) bool { return s.Loads == 2 })
	o.await("the old streams' end", func(s childState) bool { return s.Active == 4 && s.Started == 8 })
	o.wantRates()
}

func TestAbortedFetchEndsTheRequest(t *testing.T) {
	p := startChild(t, startX(t), childPlan{Tiles: 4, Mode: "abort"})
	p.await("the streams' end", func(s childState) bool { return s.Started == 4 && s.Active == 0 })
}

// TestFaultsOfHandlersEndNothingElse holds that WebKit's handlers of signals
// leave Go's in working order.
func TestFaultsOfHandlersEndNothingElse(t *testing.T) {
	p := startChild(t, startX(t), childPlan{Tiles: 1, Mode: "fault"})
	p.await("twenty faults", func(s childState) bool { return s.Faults >= 20 && s.Active == 1 })
	if n := strings.Count(p.errors(), "a request of the page panicked"); n < 10 {
		t.Errorf("the log tells of %d panics, want them all", n)
	}
	p.terminate()
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestContextEndsTheWindow(t *testing.T) {
	o := open(t, 1)
	o.terminate()
	if code := o.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if s := o.await("last words", func(s childState) bool { return s.Started > 0 }); s.Active != 0 {
		t.Errorf("%d streams ran on when Run had returned", s.Active)
	}
}

func TestContextThatIsDoneAlready(t *testing.T) {
	p := startChild(t, startX(t), childPlan{Tiles: 1, Ended: true})
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestNoDisplay(t *testing.T) {
	cookies := filepath.Join(t.TempDir(), "cookies")
	add := exec.Command("xauth", "-f", cookies, "add", ":0", ".", strings.Repeat("5a", 16))
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("make a cookie (Debian's xauth): %v: %s", err, out)
	}
	locked := startX(t, "-auth", cookies)
	for _, c := range []struct {
		name    string
		display int
		more    []string
		says    string
	}{
		{"none", -1, nil, "there is no display here"},
		{"gone", 4711, nil, "the display does not answer"},
		{"refused", locked, []string{"XAUTHORITY=/dev/null"}, "the display refuses us"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := startChild(t, c.display, childPlan{Tiles: 1}, c.more...)
			if code, want := p.exit(), fault.ExitCode(fault.New(fault.NoDisplay, "", "")); code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
			eventually(t, "its words", func() bool { return strings.Contains(p.errors(), c.says) })
		})
	}
}
