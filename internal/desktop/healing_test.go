//go:build linux && desktop && production

package desktop

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ordered is a window whose page takes orders.
type ordered struct {
	opened
	plan childPlan
}

// openOrdered starts a child whose page takes orders.
func openOrdered(t *testing.T, plan childPlan) ordered {
	t.Helper()
	plan.Mode, plan.Kiosk = "orders", "/wall/test" // without a menu bar above the page
	plan.Orders = filepath.Join(t.TempDir(), "orders")
	plan.Crashes = filepath.Join(t.TempDir(), "crashes")
	if plan.Tiles == 0 {
		plan.Tiles = 4
	}
	display := startX(t)
	p := startChild(t, display, plan)
	x := dialX(t, display)
	id, at := x.await(title)
	o := ordered{opened{p, x, id, tiles(at, 2)}, plan}
	o.awaitPictures()
	o.await("a live page", func(s childState) bool { return s.Health.Page == pageLive })
	return o
}

// order has the page do something.
func (o ordered) order(what string) {
	o.t.Helper()
	draft := o.plan.Orders + ".draft"
	if err := os.WriteFile(draft, []byte(what), 0o600); err != nil {
		o.t.Fatal(err)
	}
	if err := os.Rename(draft, o.plan.Orders); err != nil {
		o.t.Fatal(err)
	}
	eventually(o.t, "the page to take its order", func() bool {
		_, err := os.Stat(o.plan.Orders)
		return os.IsNotExist(err)
	})
}

// reports are the names of the crash reports, without their times.
func (o ordered) reports() string {
	o.t.Helper()
	entries, err := os.ReadDir(o.plan.Crashes)
	if err != nil && !os.IsNotExist(err) {
		o.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		_, name, _ := strings.Cut(e.Name(), "-")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// moves waits until pictures change, and returns how long that took.
func (o opened) moves() time.Duration {
	o.t.Helper()
	start := time.Now()
	for i, r := range o.pictures {
		var first uint16
		begun := false
		eventually(o.t, fmt.Sprintf("moving pictures in tile %d", i), func() bool {
			n, ok := o.x.mark(r)
			if !ok {
				return false
			}
			if !begun {
				first, begun = n, true
			}
			return n != first
		})
	}
	return time.Since(start)
}

// gap watches the screen until a second after the child's state is as wanted, and
// returns the longest time for which a tile showed no picture at all.
func (o opened) gap(wanted func(childState) bool) (longest time.Duration) {
	o.t.Helper()
	seen := make([]time.Time, len(o.pictures))
	var since time.Time
	for i := range seen {
		seen[i] = time.Now()
	}
	eventually(o.t, "the state to watch for", func() bool {
		for i, r := range o.pictures {
			if _, ok := o.x.mark(r); ok {
				longest = max(longest, time.Since(seen[i]))
				seen[i] = time.Now()
			}
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if since.IsZero() && wanted(o.state) {
			since = time.Now()
		}
		return !since.IsZero() && time.Since(since) > time.Second
	})
	return longest
}

// killHelper kills the process of WebKit's that has that name.
func killHelper(t *testing.T, p *program, name string) error {
	t.Helper()
	return syscall.Kill(p.descendant(name), syscall.SIGKILL)
}

// healLimit is when a page whose thread is blocked has to paint again.
const healLimit = 20 * time.Second

func TestBlockedPageIsLoadedAnew(t *testing.T) {
	o := openOrdered(t, childPlan{})
	blocked := time.Now()
	o.order("block")
	o.await("a second load", func(s childState) bool { return s.Loads == 2 })
	o.moves()
	if took := time.Since(blocked); took > healLimit {
		t.Errorf("pictures again after %v, want %v", took, healLimit)
	} else {
		t.Logf("pictures again after %v", took)
	}
	s := o.await("health", func(s childState) bool { return s.Health.Page == pageLive && s.Health.Renewed > 0 })
	if !s.Health.Healthy || s.Health.Renewed != 1 {
		t.Errorf("health %+v", s.Health)
	}
	o.order("nothing")
	eventually(t, "a crash report", func() bool { return o.reports() == "page-frozen.txt" })
	o.wantRates()
}

func TestStoppedPageProcessIsReplaced(t *testing.T) {
	o := openOrdered(t, childPlan{})
	if err := syscall.Kill(o.descendant("WebKitWebProcess"), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	stopped := time.Now()
	o.await("a second load", func(s childState) bool { return s.Loads == 2 })
	o.moves()
	if took := time.Since(stopped); took > healLimit {
		t.Errorf("pictures again after %v, want %v", took, healLimit)
	}
}

// TestPageThatStopsPaintingIsLoadedAnew: its timers run and it beats, but says
// that no animation frame comes, while the display takes pictures.
func TestPageThatStopsPaintingIsLoadedAnew(t *testing.T) {
	o := openOrdered(t, childPlan{})
	o.order("still")
	o.await("a second load", func(s childState) bool { return s.Loads == 2 })
	o.moves()
	if !strings.Contains(o.errors(), "it stopped painting") {
		t.Error("the log does not tell why")
	}
}

// TestPageThatGrowsIsRenewed with what it has kept, and without a gap.
func TestPageThatGrowsIsRenewed(t *testing.T) {
	// Without the last frame over the new page it is half a second; a machine that does
	// something else beside us may need more than one try.
	const least = 100 * time.Millisecond
	var gaps []time.Duration
	for len(gaps) < 3 && !slices.ContainsFunc(gaps, func(gap time.Duration) bool { return gap <= least }) {
		gaps = append(gaps, renewal(t))
	}
	if slices.Min(gaps) > least {
		t.Errorf("the screen showed no picture for %v", gaps)
	}
}

// renewal lets a page grow and returns for how long no picture was to be seen when it
// was renewed.
func renewal(t *testing.T) time.Duration {
	t.Helper()
	o := openOrdered(t, childPlan{Memory: 400 << 20})
	o.order("grow")
	gap := o.gap(func(s childState) bool { return s.Loads >= 2 && s.Health.Page == pageLive })
	t.Logf("no picture for %v", gap)
	s := o.await("what it kept", func(s childState) bool { return s.Told.Kept != "" && s.Health.Page == pageLive })
	if s.Told.Kept != "x" || s.Health.Renewed != 1 || !s.Health.Healthy {
		t.Errorf("the next page knows %q; health %+v", s.Told.Kept, s.Health)
	}
	o.moves()
	if got := o.reports(); got != "" || !strings.Contains(o.errors(), "the page is renewed") {
		t.Errorf("what was planned is told as %q", got)
	}
	return gap
}
