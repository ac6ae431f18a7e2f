package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/fault"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	whole := (&world{}).config()
	for name, change := range map[string]func(*Config){
		"Describe": func(c *Config) { c.Describe = nil }, "Client": func(c *Config) { c.Client = nil }, "DialContext": func(c *Config) { c.DialContext = nil },
	} {
		cfg := whole
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	whole.Ranges = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	if _, err := New(whole); fault.CodeOf(err) != fault.BadRequest {
		t.Errorf("a large range: %v", err)
	}
	if _, err := Find(t.Context(), whole, time.Second, nil); fault.CodeOf(err) != fault.BadRequest {
		t.Errorf("a large range: %v", err)
	}
}

func TestProbeRefuses(t *testing.T) {
	t.Parallel()
	f, err := New((&world{}).config())
	if err != nil {
		t.Fatal(err)
	}
	large, small := netip.MustParsePrefix("198.51.96.0/20"), netip.MustParsePrefix("192.0.2.0/24")
	for _, c := range []struct {
		prefix netip.Prefix
		want   fault.Code
	}{{netip.MustParsePrefix("10.0.0.0/8"), fault.BadRequest}, {large, fault.None}, {small, fault.TooMany}, {large, fault.None}} {
		if got := fault.CodeOf(f.Probe([]netip.Prefix{c.prefix})); got != c.want {
			t.Errorf("%s: %q", c.prefix, got)
		}
	}
	if len(f.again) != 1 {
		t.Error("no search is wanted")
	}
}

func TestProgressSays(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]Progress{
		"Searching on eth0 and wlan0. 6 devices so far, 2 s left.": {Running: true, Interfaces: []string{"eth0", "wlan0"}, Devices: 6, Left: 1100 * time.Millisecond},
		"Searching on eth0. 1 device so far, 0 s left.":            {Running: true, Interfaces: []string{"eth0"}, Devices: 1},
		"Searching on a, b and c. 0 devices so far, 4 s left.":     {Running: true, Interfaces: []string{"a", "b", "c"}, Left: 4 * time.Second},
		"Searching on this machine. 0 devices so far, 0 s left.":   {Running: true},
		"3 devices.": {Devices: 3},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSearchTime(t *testing.T) {
	t.Parallel()
	for text, most := range map[string]time.Duration{"192.0.2.1/32": 6 * time.Second, "192.0.2.0/24": 8 * time.Second, "198.51.96.0/20": 70 * time.Second} {
		if got := SearchTime([]netip.Prefix{netip.MustParsePrefix(text)}); got > most || got < passTime {
			t.Errorf("%s takes %v", text, got)
		}
	}
}

// TestWatch tells a reader each step once, and a slow one the last state.
func TestWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := (&world{refused: "1"}).started(t)
		f.table.hear(match("a", "192.0.2.1", "http://192.0.2.1/"), time.Now(), false)
		ctx, cancel := context.WithCancel(t.Context())
		events := f.Watch(ctx)
		next := func(want EventType, id string) {
			t.Helper()
			if e := <-events; e.Type != want || e.Device.ID != id {
				t.Errorf("%s %s, want %s %s", e.Type, e.Device.ID, want, id)
			}
		}
		next(Advanced, "")
		next(Added, "urn:uuid:a")
		f.table.hear(match("a", "192.0.2.1", "http://192.0.2.1/"), time.Now(), false) // nothing new
		f.table.update("wsd urn:uuid:a", func(r *record) { r.name = "Gate" })
		next(Changed, "urn:uuid:a")
		for i := range 100 { // the reader is slow: steps are lost, the end is not
			f.table.update("wsd urn:uuid:a", func(r *record) { r.name = fmt.Sprint("Gate ", i) })
			synctest.Wait()
		}
		f.table.leave("wsd urn:uuid:a", time.Now())
		f.table.setProblems("x", fault.New(PortTaken, "x", ""))
		for {
			e := <-events
			if e.Type == Changed {
				continue
			}
			if e.Type != Removed || e.Device.ID != "urn:uuid:a" {
				t.Errorf("%s %s", e.Type, e.Device.ID)
			}
			break
		}
		if e := <-events; e.Type != Problem || e.Problem.Code != PortTaken {
			t.Errorf("%s", e.Type)
		}
		cancel()
		if e, open := <-events; open {
			t.Errorf("%s after the end", e.Type)
		}
	})
}

// TestScanIsPaced: connections begin at the rate that is allowed, and so many at
// once, and where nobody is no more are tried.
func TestScanIsPaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		dials, open, most := map[netip.Addr]int{}, 0, 0
		cfg := (&world{}).config()
		cfg.DialContext = func(ctx context.Context, _, address string) (net.Conn, error) {
			at := netip.MustParseAddrPort(address)
			mu.Lock()
			dials[at.Addr()]++
			open++
			most = max(most, open)
			mu.Unlock()
			defer func() { mu.Lock(); open--; mu.Unlock() }()
			if at.Addr() == addr("192.0.2.9") {
				return nil, syscall.EHOSTUNREACH
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		f, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		s := scan{finder: f, slots: make(chan struct{}, dialsAtOnce), state: map[netip.Addr]*hostState{}}
		ranges := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		list, _ := expand(ranges)
		start := time.Now()
		s.ports(t.Context(), list, firstPorts)
		s.wg.Wait()
		s.bury(neighbours{addr("192.0.2.7"): "", addr("192.0.2.8"): "00:00:5e:00:53:01"})
		s.ports(t.Context(), list, rtspPorts)
		s.ports(t.Context(), list, onvifPorts)
		s.wg.Wait()
		if took := time.Since(start); took > probeTime(len(list)) || took < 3*time.Second {
			t.Errorf("it took %v", took)
		}
		if most > dialsAtOnce {
			t.Errorf("%d connections at once", most)
		}
		for host, want := range map[string]int{"192.0.2.7": 2, "192.0.2.8": 12, "192.0.2.200": 12} {
			if got := dials[addr(host)]; got != want {
				t.Errorf("%s was tried %d times", host, got)
			}
		}
		if got := dials[addr("192.0.2.9")]; got > 2 {
			t.Errorf("a machine that is not there was tried %d times", got)
		}
		if problems := s.problems(ranges); len(problems) != 0 {
			t.Errorf("%v", problems)
		}
	})
}

func TestRangeWithoutRoute(t *testing.T) {
	t.Parallel()
	s := scan{state: map[netip.Addr]*hostState{}}
	prefix := netip.MustParsePrefix("203.0.113.0/30")
	s.enter(addr("203.0.113.1"), 80)
	s.enter(addr("203.0.113.2"), 80)
	s.note(addr("203.0.113.1"), &net.OpError{Err: syscall.ENETUNREACH})
	s.note(addr("203.0.113.2"), errors.New("time is over"))
	if got := s.problems([]netip.Prefix{prefix}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	s.note(addr("203.0.113.2"), &net.OpError{Err: syscall.ENETUNREACH})
	if got := s.problems([]netip.Prefix{prefix}); len(got) != 1 || got[0].Message != "there is no route to the range 203.0.113.0/30" {
		t.Errorf("%v", got)
	}
	if s.enter(addr("203.0.113.1"), 554) || !s.isDead(addr("203.0.113.2")) {
		t.Error("it is tried again")
	}
}

func TestLookAround(t *testing.T) {
	t.Parallel()
	s := lookAround([]string{"nothere0", "lo"})
	if len(s.search) != 0 || len(s.problems) != 2 || !s.own[addr("127.0.0.1")] {
		t.Errorf("%+v", s)
	}
	for _, p := range s.problems {
		if p.Message != "interface lo has no multicast route" && p.Message != "there is no interface nothere0" && p.Message != "interface lo is down" || p.Hint == "" {
			t.Errorf("%+v", p)
		}
	}
	same := lookAround(nil)
	if !same.same(&same) || !same.onLink(addr("203.0.113.1")) {
		t.Errorf("%+v", same)
	}
	if s.onLink(addr("203.0.113.1")) || s.hears(1<<20) || !s.hears(0) {
		t.Errorf("%+v hears everybody", s)
	}
}
