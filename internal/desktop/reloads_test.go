//go:build linux && desktop && production

package desktop

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// How much more the last third of many reloads may take than the second: five
// percent and 4 MB.
const (
	growthPercent = 5
	growthBytes   = 4 << 20
)

// reloads is how often a page is loaded in tests of reloads: CAMWALL_RELOADS, else
// few. Memory settles only after hundreds.
func reloads(t *testing.T) (n int64, many bool) {
	t.Helper()
	text := os.Getenv("CAMWALL_RELOADS")
	if text == "" {
		return 20, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 20 {
		t.Fatalf("CAMWALL_RELOADS=%s is no number above 19", text)
	}
	return n, n >= 300
}

// memoryOf is what programs and all that they have started take, in bytes: what
// several share counts once (proc_pid_smaps_rollup, Pss).
func memoryOf(t *testing.T, p *program) (sum int64) {
	t.Helper()
	pids := []int{p.cmd.Process.Pid}
	for pid := range descendants(t, p.cmd.Process.Pid) {
		pids = append(pids, pid)
	}
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // it ended meanwhile
		}
		_, rest, _ := strings.Cut(string(text), "\nPss:")
		number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if kib, err := strconv.ParseInt(number, 10, 64); err == nil {
			sum += kib << 10
		}
	}
	return sum
}

// third is the middle of what was measured from one third of the reloads to the
// next.
func third(memory map[int64]int64, from, to int64) int64 {
	var list []int64
	for load, size := range memory {
		if load > from && load <= to {
			list = append(list, size)
		}
	}
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

func TestReloadsLeaveNothingBehind(t *testing.T) {
	n, many := reloads(t)
	p := startChild(t, startX(t), childPlan{Tiles: 4, Mode: "reload", Reloads: int(n), Kiosk: "/wall/test"})
	settled := func(loads int64) func(childState) bool {
		return func(s childState) bool { return s.Loads >= loads && s.Active == 4 && s.Started == 4*s.Loads }
	}
	first := p.await("the third load", settled(3))
	memory := make(map[int64]int64)
	for next := int64(4); next < n; next += max(1, n/200) {
		s := p.await(fmt.Sprintf("load %d", next), func(s childState) bool { return s.Loads >= next })
		if many {
			memory[s.Loads] = memoryOf(t, p)
		}
	}
	last := p.await("the last load", settled(n))
	t.Logf("after 3 loads %+v, after %d %+v", first, n, last)
	// The slack is one stream coming and one going.
	if last.Goroutines > first.Goroutines+8 || last.Pipes > first.Pipes+8 {
		t.Errorf("grew from %+v to %+v", first, last)
	}
	if !many {
		return
	}
	second, third := third(memory, n/3, 2*n/3), third(memory, 2*n/3, n)
	t.Logf("memory of all processes: %.1f MB, then %.1f MB", float64(second)/1e6, float64(third)/1e6)
	if third > second+second*growthPercent/100+growthBytes {
		t.Errorf("memory grew from %d to %d bytes in the last third of %d reloads", second, third, n)
	}
}

// TestReloadTakesThePlaceOfTheOneToCome: by hand while a page that died rests.
func TestReloadTakesThePlaceOfTheOneToCome(t *testing.T) {
	o := openOrdered(t, childPlan{})
	const deaths = 5 // the last one rests for a second
	for i := range int64(deaths) {
		o.await("a live page", func(s childState) bool { return s.Loads == i+1 && s.Active == 4 })
		if err := killHelper(t, o.program, "WebKitWebProcess"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "word of the death", func() bool { return strings.Count(o.errors(), "the page's process died") == int(i)+1 })
	}
	if err := o.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	s := o.await("a page that stays", func(s childState) bool {
		return s.Loads > deaths && s.Health.Page == pageLive && time.Since(s.Health.Since) > 3*liveRest
	})
	if s.Loads != deaths+1 {
		t.Errorf("loaded %d times for %d deaths", s.Loads-1, deaths)
	}
}

// TestRenewalsLeaveNothingBehind: the page's process is killed again and again.
func TestRenewalsLeaveNothingBehind(t *testing.T) {
	const times = 6
	o := openOrdered(t, childPlan{})
	var first, last childState
	for i := range int64(times) {
		if err := killHelper(t, o.program, "WebKitWebProcess"); err != nil {
			t.Fatal(err)
		}
		last = o.await("another page", func(s childState) bool {
			return s.Loads == i+2 && s.Active == 4 && s.Started == 4*s.Loads && s.Health.Page == pageLive
		})
		if i == 1 {
			first = last
		}
	}
	if last.Goroutines > first.Goroutines+8 || last.Pipes > first.Pipes+8 {
		t.Errorf("grew from %+v to %+v", first, last)
	}
	start := time.Now()
	o.moves()
	t.Logf("moves after %v", time.Since(start))
}
