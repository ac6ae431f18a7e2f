package discovery

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
)

const (
	dialTime     = time.Second
	dialsASecond = 800
	dialsAtOnce  = 800                   // a second's worth: addresses where nobody is take that long
	maxLate      = 50 * time.Millisecond // what a pause that was too long is made up for
	probesASlot  = 5                     // WS-Discovery packets in place of one connection
	maxPage      = 16 << 10
)

// The ports where cameras have their services, the usual ones first.
var (
	rtspPorts  = []uint16{554, 8554}
	onvifPorts = []uint16{80, 8080, 8000, 8899, 8999, 85, 2020, 5000, 443, 8443}
	firstPorts = []uint16{80, 554} // where an address that is alive is told from one that is not
)

// probeTime is how long a search of so many addresses may take.
func probeTime(addresses int) time.Duration {
	if addresses == 0 {
		return 0
	}
	dials := addresses * (len(rtspPorts) + len(onvifPorts))
	return time.Duration(dials)*time.Second/dialsASecond + dialTime + bannerTime
}

// pacer lets so many start in a second.
type pacer struct {
	// mu guards the field below.
	mu   sync.Mutex
	next time.Time
}

// wait waits for a start; false means that ctx has ended.
func (p *pacer) wait(ctx context.Context) bool {
	p.mu.Lock()
	now := time.Now()
	if late := now.Add(-maxLate); p.next.Before(late) {
		p.next = late
	}
	pause := p.next.Sub(now)
	p.next = p.next.Add(time.Second / dialsASecond)
	p.mu.Unlock()
	return sleep(ctx, pause)
}

// sleep waits; false means that ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// probe looks for services: on this machine, where they were found before, and
// in ranges.
func (f *Finder) probe(ctx context.Context, conn *wsd.Conn, ranges []netip.Prefix) {
	known := f.table.probed()
	for _, addr := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} {
		_ = conn.Unicast(addr, wsd.Probe(f.newID(), wsd.Transmitter)) // nobody there is no news
		for _, port := range append(rtspPorts, onvifPorts...) {
			known = add(known, netip.AddrPortFrom(addr, port))
		}
	}
	scan := scan{finder: f, slots: make(chan struct{}, dialsAtOnce), state: map[netip.Addr]*hostState{}}
	for _, at := range known {
		scan.look(ctx, at)
	}
	list, _ := expand(ranges) // was checked before
	scan.ports(ctx, list, firstPorts)
	scan.wg.Wait()
	scan.bury(readNeighbours())
	scan.ask(ctx, conn, list)
	for _, ports := range [][]uint16{rtspPorts, onvifPorts} {
		scan.ports(ctx, list, ports)
	}
	scan.wg.Wait()
	if len(list) > 0 {
		f.table.setProblems("ranges", scan.problems(ranges)...)
	}
}

// scan is one search through addresses.
type scan struct {
	finder *Finder
	pacer  pacer
	slots  chan struct{}
	wg     sync.WaitGroup

	// mu guards the field below.
	mu    sync.Mutex
	state map[netip.Addr]*hostState
}

// hostState is what is known of an address that is searched.
type hostState struct {
	tried   map[uint16]bool
	alive   bool // accepted or refused a connection
	noRoute bool
	dead    bool
}

// ask sends a WS-Discovery probe to each address where somebody may be: it passes
// where multicast does not. What the kernel can't deliver it keeps for seconds,
// and then the socket has no room for other requests; so the dead are left out.
func (s *scan) ask(ctx context.Context, conn *wsd.Conn, list []netip.Addr) {
	if len(list) == 0 {
		return
	}
	request := wsd.Probe(s.finder.newID(), wsd.Transmitter)
	for i, addr := range list {
		if s.isDead(addr) {
			continue
		}
		if i%probesASlot == 0 && !s.pacer.wait(ctx) {
			return
		}
		_ = conn.Unicast(addr, request) // what can't be sent is told by the connections
	}
}

// ports tries ports at every address, port by port.
func (s *scan) ports(ctx context.Context, list []netip.Addr, ports []uint16) {
	for _, port := range ports {
		for _, addr := range list {
			if s.enter(addr, port) {
				s.look(ctx, netip.AddrPortFrom(addr, port))
			}
		}
	}
}

// enter notes that a port is tried, unless it was or nobody is there.
func (s *scan) enter(addr netip.Addr, port uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.state[addr]
	if h == nil {
		h = &hostState{tried: map[uint16]bool{}}
		s.state[addr] = h
	}
	if h.dead || h.tried[port] {
		return false
	}
	h.tried[port] = true
	return true
}

// look tries one place when it is its turn.
func (s *scan) look(ctx context.Context, at netip.AddrPort) {
	if !s.pacer.wait(ctx) {
		return
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	s.wg.Go(func() {
		defer func() { <-s.slots }()
		s.note(at.Addr(), s.finder.look(ctx, at, false))
	})
}

// note keeps what a try says about its address.
func (s *scan) note(addr netip.Addr, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.state[addr]
	if h == nil {
		return
	}
	switch {
	case err == nil, errors.Is(err, syscall.ECONNREFUSED):
		h.alive = true
	case errors.Is(err, syscall.ENETUNREACH):
		h.noRoute = true
		h.dead = !h.alive
	case errors.Is(err, syscall.EHOSTUNREACH):
		h.dead = !h.alive
	}
}

// bury takes out the addresses that no machine has: the kernel asked for them and
// got no answer.
func (s *scan) bury(known neighbours) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for addr, h := range s.state {
		if mac, asked := known[addr]; asked && mac == "" && !h.alive {
			h.dead = true
		}
	}
}

func (s *scan) isDead(addr netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.state[addr]
	return h != nil && h.dead
}

// problems tells which ranges could not be searched at all.
func (s *scan) problems(ranges []netip.Prefix) []*fault.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*fault.Error
	for _, prefix := range ranges {
		tried, away := 0, 0
		for addr, h := range s.state {
			if prefix.Contains(addr) {
				tried++
				if h.noRoute && !h.alive {
					away++
				}
			}
		}
		if tried > 0 && away == tried {
			list = append(list, noRoute(prefix))
		}
	}
	return list
}
