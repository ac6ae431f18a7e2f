package discovery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
)

const (
	searchEvery = time.Minute     // searches
	rangesEvery = 5 * time.Minute // searches of whole ranges; what was found there is looked at each time
	sweepEvery  = 10 * time.Second
)

// Finder searches, hears and keeps the list. It is safe for use by many
// goroutines.
type Finder struct {
	cfg   Config
	table *table
	queue *queue
	again chan struct{} // a search is wanted; holds one

	// mu guards the fields below.
	mu         sync.Mutex
	running    bool
	interfaces []string                 // chosen
	wanted     []netip.Prefix           // to be searched once
	asked      map[string]time.Time     // ids of our requests, until when they are answered
	hosts      map[netip.Addr]time.Time // when a host's ports were looked at
	whole      map[netip.Addr]bool      // that was for ONVIF too
	around     surroundings
	conn       *wsd.Conn     // nil: does not run
	ends       time.Time     // of the running search; zero: none runs
	ranged     time.Time     // when the ranges were searched
	passed     chan struct{} // closed when a search is over
}

// New returns a Finder that knows nothing yet. Ranges that can't be searched are
// a fault.BadRequest.
func New(cfg Config) (*Finder, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Finder{
		cfg: cfg, table: newTable(), queue: newQueue(), again: make(chan struct{}, 1), interfaces: cfg.Interfaces,
		asked: map[string]time.Time{}, hosts: map[netip.Addr]time.Time{}, whole: map[netip.Addr]bool{}, passed: make(chan struct{}),
	}, nil
}

// Run listens, searches at once and then every minute, until ctx ends; it
// returns ctx's error. A Finder runs once at a time. It may take 2 s to end when
// it does in the middle of a search.
func (f *Finder) Run(ctx context.Context) error {
	f.mu.Lock()
	if f.running {
		f.mu.Unlock()
		return errors.New("run finder: it runs already")
	}
	f.running = true
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.running, f.ends, f.conn = false, time.Time{}, nil
		f.mu.Unlock()
	}()
	conn, err := wsd.Open(ctx)
	if err != nil {
		return fmt.Errorf("run finder: %w", err)
	}
	f.mu.Lock()
	f.conn = conn
	f.mu.Unlock()
	ears := &ears{finder: f}
	var wg sync.WaitGroup
	wg.Go(func() { f.queue.work(ctx) })
	wg.Go(func() {
		// Its end before that of ctx leaves SSDP and probes.
		if err := conn.Run(ctx, f.answer); err != nil && ctx.Err() == nil {
			f.cfg.Log.Warn("no answers by WS-Discovery", "error", err)
		}
	})
	wg.Go(func() { f.sweep(ctx) })
	for ctx.Err() == nil {
		f.pass(ctx, conn, ears)
		f.rest(ctx)
	}
	ears.close()
	wg.Wait()
	return ctx.Err()
}

// rest waits for the next search.
func (f *Finder) rest(ctx context.Context) {
	timer := time.NewTimer(searchEvery - time.Duration(rand.Int64N(int64(searchEvery/20))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.again:
	case <-ctx.Done():
	}
}

// sweep takes out what no longer holds.
func (f *Finder) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			f.table.expire(now)
			f.forget(now)
		case <-ctx.Done():
			return
		}
	}
}

// forget drops the ids of requests that are answered no more, and the hosts that
// may be looked at again.
func (f *Finder) forget(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, until := range f.asked {
		if now.After(until) {
			delete(f.asked, id)
		}
	}
	for host, at := range f.hosts {
		if now.Sub(at) >= askAgain {
			delete(f.hosts, host)
			delete(f.whole, host)
		}
	}
}

// Search searches again as soon as the search that runs, if one does, is over.
// It does not block.
func (f *Finder) Search() {
	select {
	case f.again <- struct{}{}:
	default:
	}
}

// Choose sets the interfaces for this and later searches; none: every one that
// is up and does multicast.
func (f *Finder) Choose(interfaces []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.interfaces = slices.Clone(interfaces)
}

// Probe searches ranges once, address by address. It does not block. Ranges that
// can't be searched are a fault.BadRequest, and a fault.TooMany when as many wait
// already.
func (f *Finder) Probe(ranges []netip.Prefix) error {
	if _, err := expand(ranges); err != nil {
		return err
	}
	f.mu.Lock()
	all := slices.Concat(f.wanted, ranges)
	if _, err := expand(all); err != nil {
		f.mu.Unlock()
		return fault.New(fault.TooMany, "the ranges that wait to be searched have 4096 addresses already", "try again in a minute")
	}
	f.wanted = all
	f.mu.Unlock()
	f.Search()
	return nil
}

// Clear forgets every device and problem. Those that are there come back with the
// next search or announcement.
func (f *Finder) Clear() {
	f.queue.drop()
	f.mu.Lock()
	clear(f.hosts)
	clear(f.whole)
	f.mu.Unlock()
	f.table.clear()
}

// Snapshot returns what is known now. The slices are the caller's, what is in the
// rows is not.
func (f *Finder) Snapshot() List {
	list, _ := f.table.snapshot()
	return list
}

// Progress is how far a search is.
type Progress struct {
	Running    bool          // a search runs
	Interfaces []string      // on which it searches
	Devices    int           // known so far
	Left       time.Duration // until it ends as far as can be told
}

// Searching tells how far the search is.
func (f *Finder) Searching() Progress {
	list, _ := f.table.snapshot()
	f.mu.Lock()
	defer f.mu.Unlock()
	p := Progress{Running: !f.ends.IsZero(), Interfaces: f.around.names(), Devices: len(list.Devices)}
	if p.Running {
		p.Left = max(0, time.Until(f.ends))
	}
	return p
}

// String says it in a sentence or two.
func (p Progress) String() string {
	devices := fmt.Sprintf("%d devices", p.Devices)
	if p.Devices == 1 {
		devices = "1 device"
	}
	if !p.Running {
		return devices + "."
	}
	where := "this machine"
	if n := len(p.Interfaces); n > 1 {
		where = strings.Join(p.Interfaces[:n-1], ", ") + " and " + p.Interfaces[n-1]
	} else if n == 1 {
		where = p.Interfaces[0]
	}
	return fmt.Sprintf("Searching on %s. %s so far, %d s left.", where, devices, (p.Left+time.Second-1)/time.Second)
}

// Find searches once, for at most d, and returns what it found. It returns
// earlier when everybody who answered has been asked about itself; without
// ranges that takes about 6 s. watch, if it is not nil, is called with the Finder
// before the search begins.
func Find(ctx context.Context, cfg Config, d time.Duration, watch func(*Finder)) (List, error) {
	f, err := New(cfg)
	if err != nil {
		return List{}, err
	}
	if watch != nil {
		watch(f)
	}
	limited, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	passed := f.passed
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		select {
		case <-passed:
		case <-limited.Done():
		}
	})
	err = f.Run(limited)
	wg.Wait()
	if ctx.Err() != nil {
		return f.Snapshot(), ctx.Err()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return f.Snapshot(), err
}
