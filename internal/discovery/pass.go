package discovery

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"camwall/internal/discovery/ssdp"
	"camwall/internal/discovery/wsd"
)

// A search by multicast: three waves over 4 s, and time for the answers to the
// last one.
const (
	waves      = 3
	waveEvery  = 1800 * time.Millisecond
	waveJitter = 300 * time.Millisecond
	lastWait   = 1300 * time.Millisecond
	passTime   = (waves-1)*waveEvery + lastWait
	answerTime = 30 * time.Second // how long an answer to a request is taken
	ssdpRounds = 2
	ssdpWait   = 2 * time.Second
	askTime    = 6 * time.Second // for questions that are open when the rest is done
)

// SearchTime returns how long a search of ranges takes, besides that it always
// asks by multicast: about 6 s.
func SearchTime(ranges []netip.Prefix) time.Duration {
	list, _ := expand(ranges)
	return max(passTime, probeTime(len(list))) + time.Second
}

// pass searches once, on every way, and returns when everybody who answered has
// been asked about itself or has had the time for it.
func (f *Finder) pass(ctx context.Context, conn *wsd.Conn, ears *ears) {
	start := time.Now()
	around, ranges := f.beginPass(start)
	f.table.setOwn(around.own)
	ears.listen(ctx, around)
	var wg sync.WaitGroup
	wg.Go(func() { f.waves(ctx, conn, around) })
	wg.Go(func() { f.searchSSDP(ctx, around) })
	wg.Go(func() { f.probe(ctx, conn, ranges) })
	wg.Wait()
	limited, cancel := context.WithTimeout(ctx, askTime)
	f.queue.idle(limited)
	cancel()
	if ctx.Err() != nil {
		return
	}
	f.table.endPass(start, time.Now())
	f.mu.Lock()
	f.ends = time.Time{}
	close(f.passed)
	f.passed = make(chan struct{})
	f.mu.Unlock()
	f.table.poke()
}

// beginPass finds out where to search.
func (f *Finder) beginPass(now time.Time) (surroundings, []netip.Prefix) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.around = lookAround(f.interfaces)
	ranges := f.wanted
	f.wanted = nil
	if now.Sub(f.ranged) >= rangesEvery {
		f.ranged = now
		ranges = append(ranges, f.cfg.Ranges...)
	}
	f.ends = now.Add(SearchTime(ranges))
	f.table.poke()
	return f.around, ranges
}

// waves asks on every interface, several times.
func (f *Finder) waves(ctx context.Context, conn *wsd.Conn, around surroundings) {
	problems := around.problems
	for wave := range waves {
		pause := waveEvery - rand.N(waveJitter)
		if wave == 0 {
			pause = rand.N(waveJitter)
		}
		if !sleep(ctx, pause) {
			return
		}
		for _, kind := range []string{wsd.Transmitter, wsd.Device, ""} {
			request := wsd.Probe(f.newID(), kind)
			for _, ifi := range around.search {
				err := conn.Multicast(&ifi, request)
				if err != nil && wave == 0 && kind == wsd.Transmitter {
					f.cfg.Log.Debug("search not sent", "interface", ifi.Name, "error", err)
					problems = append(problems, noMulticast(ifi, around.prefixes[ifi.Name]))
				}
			}
		}
		if wave == 0 {
			f.table.setProblems("interfaces", problems...)
		}
	}
	sleep(ctx, lastWait)
}

// newID returns the id of a request, whose answers are taken for a while.
func (f *Finder) newID() string {
	id := wsd.NewID()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[id] = time.Now().Add(answerTime)
	return id
}

// isOurs tells whether id is that of a request of ours, not long ago.
func (f *Finder) isOurs(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	until, ok := f.asked[id]
	return ok && time.Now().Before(until)
}

// searchSSDP asks for every device over SSDP, twice. go-ssdp tells the answers
// when the time is over.
func (f *Finder) searchSSDP(ctx context.Context, around surroundings) {
	interfaces := around.four()
	if len(interfaces) == 0 {
		return
	}
	if !around.chosen {
		interfaces = nil
	}
	for range ssdpRounds {
		if ctx.Err() != nil {
			return
		}
		answers, err := ssdp.Search(interfaces, ssdpWait)
		if err != nil {
			f.cfg.Log.Debug("search not sent", "error", err)
			return
		}
		for _, m := range answers {
			f.heardSSDP(m)
		}
	}
}
