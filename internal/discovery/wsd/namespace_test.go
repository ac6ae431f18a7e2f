package wsd

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"camwall/internal/lab"
)

// TestGroups sends on one interface after the other, without any route, and hears
// on both: over IPv4 and IPv6, and who sent it where.
func TestGroups(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t, time.Minute) {
		return
	}
	one, two := lab.Interface(t, "one", "192.0.2.1/24"), lab.Interface(t, "two", "198.51.100.1/24")
	group, err := OpenGroup()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range []*net.Interface{one, two, one} { // once more is no error
		if err := group.Join(ifi); err != nil {
			t.Fatal(err)
		}
	}
	packets := make(chan Packet, 16)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := group.Run(ctx, func(p Packet) { packets <- Packet{p.From, p.Interface, append([]byte(nil), p.Data...)} }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	conn, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, c := range []struct {
		ifi    *net.Interface
		source string
	}{{one, "192.0.2.1"}, {two, "198.51.100.1"}} {
		if err := conn.Multicast(c.ifi, []byte(c.ifi.Name)); err != nil {
			t.Fatal(err)
		}
		families := map[bool]bool{}
		for range 2 {
			p := <-packets
			from := p.From.Addr()
			families[from.Is4()] = true
			if string(p.Data) != c.ifi.Name || p.Interface != c.ifi.Index || from.Is4() && from.String() != c.source ||
				from.Is6() && (!strings.HasPrefix(from.String(), "fe80:") || from.Zone() != c.ifi.Name) {
				t.Errorf("%q from %v on interface %d, want %+v", p.Data, p.From, p.Interface, c.ifi)
			}
		}
		if len(families) != 2 {
			t.Error("only one family was heard")
		}
	}
	cancel()
	wg.Wait()
}

// TestPortTaken: a program that shares its port with nobody leaves the other
// family.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t, time.Minute) {
		return
	}
	lab.Interface(t, "one", "192.0.2.1/24")
	four, err := net.ListenUDP("udp4", &net.UDPAddr{Port: Port})
	if err != nil {
		t.Fatal(err)
	}
	defer four.Close()
	group, err := OpenGroup()
	if err != nil || group.four != nil || group.six == nil {
		t.Fatalf("%+v, %v", group, err)
	}
	group.Close()
	six, err := net.ListenUDP("udp6", &net.UDPAddr{Port: Port})
	if err != nil {
		t.Fatal(err)
	}
	defer six.Close()
	if group, err := OpenGroup(); err == nil {
		group.Close()
		t.Error("a port that is taken was bound")
	}
}
