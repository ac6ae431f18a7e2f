package discovery

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
	"camwall/internal/lab"
)

// running starts a Finder in a world; end waits for its end.
func running(t *testing.T, cfg Config) (f *Finder, end func()) {
	t.Helper()
	f, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := f.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return f, func() {
		cancel()
		wg.Wait()
	}
}

// until waits for an event that fits.
func until(t *testing.T, events <-chan Event, what string, fits func(Event) bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		select {
		case e := <-events:
			if fits(e) {
				return
			}
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func problem(code fault.Code) func(Event) bool {
	return func(e Event) bool { return e.Type == Problem && e.Problem.Code == code }
}

func began(e Event) bool { return e.Type == Advanced && e.Progress.Running }
func ended(e Event) bool { return e.Type == Advanced && !e.Progress.Running }

// TestNetworkComesAndGoes begins without a network; one comes, another is chosen,
// and goes.
func TestNetworkComesAndGoes(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t, 2*time.Minute) {
		return
	}
	w := &world{refused: ""}
	f, end := running(t, w.config())
	defer end()
	events := f.Watch(t.Context())
	until(t, events, "no interface", problem(NoInterface))
	if err := f.Run(t.Context()); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a second time: %v", err)
	}
	until(t, events, "the end", ended)

	lab.Interface(t, "cable0", "192.0.2.1/24")
	f.Search()
	until(t, events, "a search on cable0", func(e Event) bool { return began(e) && slices.Contains(e.Progress.Interfaces, "cable0") })
	until(t, events, "the end", ended)
	if problems := f.Snapshot().Problems; len(problems) != 0 {
		t.Errorf("problems: %v", problems)
	}

	lab.Interface(t, "radio0", "198.51.100.1/24")
	lab.Run(t, "ip", "link", "set", "cable0", "down")
	f.Choose([]string{"radio0", "cable0"})
	f.Search()
	until(t, events, "a search on radio0", func(e Event) bool { return began(e) && slices.Equal(e.Progress.Interfaces, []string{"radio0"}) })
	until(t, events, "cable0 down", func(e Event) bool { return problem(NoInterface)(e) && e.Problem.Message == "interface cable0 is down" })
	lab.Run(t, "ip", "link", "del", "radio0") // in the middle of the search
	until(t, events, "the end", ended)
}

// TestHearsBetweenSearches hears Hello of a device when no search runs, forgets
// it when told to, and hears nobody on an interface that was not chosen.
func TestHearsBetweenSearches(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t, 2*time.Minute) {
		return
	}
	lab.Interface(t, "one", "192.0.2.1/24")
	lab.Interface(t, "two", "198.51.100.1/24")
	cfg := (&world{}).config()
	cfg.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }
	cfg.Interfaces = []string{"one"}
	f, end := running(t, cfg)
	defer end()
	events := f.Watch(t.Context())
	until(t, events, "the beginning", began)
	until(t, events, "the end", ended)

	conn, err := wsd.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	say := func(on, action, endpoint string) {
		t.Helper()
		ifi, err := net.InterfaceByName(on)
		if err != nil {
			t.Fatal(err)
		}
		text := probeMatch("", action, endpoint, "x:NetworkVideoTransmitter", "", "http://192.0.2.1:9/onvif/x")
		if err := conn.Multicast(ifi, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	has := func(what EventType, id string) func(Event) bool {
		return func(e Event) bool { return e.Type == what && e.Device.ID == id }
	}
	const other = "urn:uuid:bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	say("two", "Hello", other)
	say("one", "Hello", deviceID)
	until(t, events, "Hello", has(Added, deviceID))
	if rows := f.Snapshot().Devices; len(rows) != 1 || rows[0].Addresses[0] != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("%s", show(rows))
	}
	f.Clear()
	until(t, events, "nothing", has(Removed, deviceID))
	say("one", "Hello", deviceID)
	until(t, events, "Hello", has(Added, deviceID))
	say("one", "Bye", deviceID)
	until(t, events, "Bye", has(Removed, deviceID))
}

// TestPortsTaken tells who can't be heard, and searches all the same.
func TestPortsTaken(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t, 2*time.Minute) {
		return
	}
	lab.Interface(t, "one", "192.0.2.1/24")
	for _, network := range []string{"udp4", "udp6"} {
		for _, port := range []int{wsd.Port, ssdpPort} {
			taken, err := net.ListenUDP(network, &net.UDPAddr{Port: port})
			if err != nil {
				t.Fatal(err)
			}
			defer taken.Close()
		}
	}
	f, end := running(t, (&world{}).config())
	defer end()
	events := f.Watch(t.Context())
	seen := map[string]bool{}
	until(t, events, "the problems", func(e Event) bool {
		if e.Type == Problem {
			seen[e.Problem.Message[:len("port 1900")]] = true
		}
		return seen["port 1900"] && seen["port 3702"]
	})
	until(t, events, "the end", ended)
}

func TestPick(t *testing.T) {
	t.Parallel()
	const up, multicast, loopback = net.FlagUp, net.FlagMulticast, net.FlagLoopback
	address := []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}
	for name, c := range map[string]struct {
		flags   net.Flags
		addrs   []netip.Prefix
		auto    string // what is said when nobody chose it; "search": it is searched
		chosen  string
		hintHas string
	}{
		"proper":              {up | multicast, address, "search", "search", ""},
		"down":                {multicast, address, "", "interface x is down", ""},
		"without address":     {up | multicast, nil, "", "interface x has no multicast route", ""},
		"without multicast":   {up, address, "interface x has no multicast route", "interface x has no multicast route", "192.0.2.0/24"},
		"loopback":            {up | loopback, address, "", "interface x has no multicast route", ""},
		"IPv6 alone":          {up | multicast, []netip.Prefix{netip.MustParsePrefix("fe80::1/64")}, "search", "search", ""},
		"down, without reach": {0, nil, "", "interface x is down", ""},
	} {
		for chosen, want := range map[bool]string{false: c.auto, true: c.chosen} {
			s := surroundings{chosen: chosen, prefixes: map[string][]netip.Prefix{"x": c.addrs}}
			s.pick(net.Interface{Name: "x", Index: 3, Flags: c.flags})
			got := ""
			if len(s.search) > 0 {
				got = "search"
			} else if len(s.problems) > 0 {
				got = s.problems[0].Message
				if !strings.Contains(s.problems[0].Hint, c.hintHas) {
					t.Errorf("%s: hint %q", name, s.problems[0].Hint)
				}
			}
			if got != want {
				t.Errorf("%s, chosen %v: %q, want %q", name, chosen, got, want)
			}
			if want == "search" && (!s.hears(3) || s.hears(4) || len(s.four()) != len(c.addrs)-strings.Count(name, "IPv6")) {
				t.Errorf("%s: hears 3 %v, 4 %v; IPv4 on %v", name, s.hears(3), s.hears(4), s.four())
			}
		}
	}
}

func TestOnLink(t *testing.T) {
	t.Parallel()
	s := surroundings{
		chosen: true, search: []net.Interface{{Name: "x"}},
		prefixes: map[string][]netip.Prefix{"x": {netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("fe80::1/64")}, "y": {netip.MustParsePrefix("198.51.100.1/24")}},
	}
	for text, want := range map[string]bool{"192.0.2.77": true, "198.51.100.2": false, "fe80::2%x": true, "203.0.113.1": false} {
		if got := s.onLink(addr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if !s.onLink(netip.Addr{}) {
		t.Error("who is not known is not heard")
	}
}
