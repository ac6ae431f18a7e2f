//go:build linux && desktop && production

package desktop

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"camwall/internal/unixsock"
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
	if many {
		checkGrowth(t, memory, n)
	}
}

// checkGrowth compares the memory of the last third of n reloads with that of the
// second.
func checkGrowth(t *testing.T, memory map[int64]int64, n int64) {
	t.Helper()
	second, third := third(memory, n/3, 2*n/3), third(memory, 2*n/3, n)
	t.Logf("memory of all processes: %.1f MB, then %.1f MB", float64(second)/1e6, float64(third)/1e6)
	if third > second+second*growthPercent/100+growthBytes {
		t.Errorf("memory grew from %d to %d bytes in the last third of %d reloads", second, third, n)
	}
}

// TestReloadsOfAWall: the page of a kiosk in a session, with its server, is loaded
// again and again.
func TestReloadsOfAWall(t *testing.T) {
	t.Setenv("CAMWALL_LOG_LEVEL", "debug") // tells live connections
	n, many := reloads(t)
	term := newTerminal(t)
	_, _, cameras := term.cameras("127.0.0.1:0", 4)
	config := term.write("camwall.yaml", "cameras:\n"+cameras+`
walls:
  - {name: lobby, preset: "4", cameras: [wall1, wall2, wall3, wall4]}
kiosk:
  server: unix:`+term.path("run/camwall.sock")+`
screens:
  - {output: `+leftScreen+`, wall: lobby}
`)
	server, url := term.serve(config)
	session := term.session(config, 1)
	term.moves(leftScreen, 2)

	control := http.Client{Transport: unixsock.Transport(term.path("run/kiosk-" + leftScreen + ".sock")), Timeout: patience}
	defer control.CloseIdleConnections()
	watched := regexp.MustCompile(`(?m)^camwall_stream_viewers\{.*\} 1$`)
	ended := strings.Count(server.errors(), "live connection ended")
	memory := make(map[int64]int64)
	for i := range n {
		answer, err := control.Post("http://localhost/reload", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != http.StatusNoContent {
			t.Fatalf("reload %d: %s", i, answer.Status)
		}
		eventually(t, "the end of the page before", func() bool {
			return strings.Count(server.errors(), "live connection ended") > ended+int(i)
		})
		eventually(t, "four viewers", func() bool { return len(watched.FindAllString(body(t, url+"/metrics"), -1)) == 4 })
		if many && i%5 == 0 {
			memory[i+1] = memoryOf(t, session) + memoryOf(t, server)
		}
	}
	term.moves(leftScreen, 2)
	if got := strings.Count(server.errors(), "live connection ended") - ended; got != int(n) {
		t.Errorf("%d pages ended in %d reloads", got, n)
	}
	if many {
		checkGrowth(t, memory, n)
	}
}

// body returns what a server answers.
func body(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
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
