//go:build linux && desktop && production

package desktop

import (
	"image"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	backLimit = 5 * time.Second // from a kill to moving pictures in every tile
	inARow    = 10
)

// healed is the real program with four cameras on its wall.
type healed struct {
	*program
	x        *xclient
	pictures []image.Rectangle
	opened   time.Duration // from the start to moving pictures: what this machine can do now
}

func openHealed(t *testing.T) healed {
	t.Helper()
	s := startStreets(t, 2)
	display := startX(t)
	start := time.Now()
	p := camwall(t, display, "--config", s.config(t))
	x := dialX(t, display)
	h := healed{program: p, x: x, pictures: s.shown(x)}
	h.awaitMoves()
	h.opened = time.Since(start)
	return h
}

// helper returns the process of WebKit's that has that name; 0 for none. One that
// was killed counts until it is gone.
func (h healed) helper(name string) int {
	h.t.Helper()
	for pid, args := range descendants(h.t, h.cmd.Process.Pid) {
		if len(args) > 0 && filepath.Base(args[0]) == name {
			return pid
		}
	}
	return 0
}

// awaitMoves waits until every tile shows a few pictures one after the other:
// one alone may have been on its way to the screen.
func (h healed) awaitMoves() {
	h.t.Helper()
	const few = 4
	last, changes := make([]int, len(h.pictures)), make([]int, len(h.pictures))
	for i := range last {
		last[i] = -1
	}
	eventually(h.t, "moving pictures in every tile", func() bool {
		all := true
		for i, r := range h.pictures {
			if n, ok := h.x.mark(r); ok && int(n) != last[i] {
				last[i] = int(n)
				changes[i]++
			}
			all = all && changes[i] >= few
		}
		return all
	})
}

// kill kills helpers in that order and waits until all tiles move again.
func (h healed) kill(names ...string) (took time.Duration) {
	h.t.Helper()
	pids := make([]int, len(names))
	for i, name := range names {
		if pids[i] = h.helper(name); pids[i] == 0 {
			h.t.Fatalf("no %s runs", name)
		}
	}
	start := time.Now()
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			h.t.Fatal(err)
		}
	}
	for i, name := range names {
		eventually(h.t, "another "+name, func() bool {
			pid := h.helper(name)
			return pid != 0 && pid != pids[i]
		})
	}
	h.awaitMoves()
	return time.Since(start)
}

// settle waits until pictures have moved for a second.
func (h healed) settle() {
	h.t.Helper()
	for start := time.Now(); time.Since(start) < time.Second; {
		h.awaitMoves()
	}
}

// TestCamwallSurvivesItsHelpers is killed processes of WebKit's, each ten times
// in a row: pictures are back within 5 s, or as soon as after a start where this
// machine is too slow for that.
func TestCamwallSurvivesItsHelpers(t *testing.T) {
	const web, network = "WebKitWebProcess", "WebKitNetworkProcess"
	for _, names := range [][]string{{web}, {network}, {web, network}, {network, web}} {
		t.Run(strings.Join(names, " and "), func(t *testing.T) {
			h := openHealed(t)
			var took []time.Duration
			for range inARow {
				took = append(took, h.kill(names...).Round(10*time.Millisecond))
				h.settle()
			}
			limit := max(backLimit, h.opened)
			t.Logf("pictures again after %v; %v after the start", took, h.opened)
			for i, d := range took {
				if d > limit {
					t.Errorf("kill %d: pictures again after %v, want %v", i+1, d, limit)
				}
			}
		})
	}
}
