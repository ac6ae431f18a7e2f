package discovery

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"camwall/internal/fault"
)

// The bounds of the table.
const (
	maxRecords   = 2000 // so there are never more rows
	maxPerSender = 128  // records that one address may cause
)

// How long a record stays, and how often its device is asked about itself.
const (
	missesToLeave  = 3 // searches without an answer
	defaultMaxAge  = 30 * time.Minute
	shortestMaxAge = time.Minute
	longestMaxAge  = 24 * time.Hour
	ghostTime      = 5 * time.Second // how long answers are too old after a good-bye
	askAgain       = 5 * time.Minute
	askTroubled    = 45 * time.Second // while it has a problem
)

// table holds the records and makes the list of them. It is safe for use by many
// goroutines.
type table struct {
	// arp tells the MAC addresses of this machine's networks.
	arp func() neighbours

	// mu guards the fields below.
	mu       sync.Mutex
	records  map[string]*record
	senders  map[netip.Addr]int   // records by origin
	gone     map[string]time.Time // who said good-bye, by key
	ignored  bool                 // some found no room
	problems map[string][]*fault.Error
	own      map[netip.Addr]bool // this machine's addresses
	changed  chan struct{}       // closed at every change
	list     *List               // nil: to be made anew
}

func newTable() *table {
	return &table{
		arp: readNeighbours, records: map[string]*record{}, senders: map[netip.Addr]int{}, gone: map[string]time.Time{},
		problems: map[string][]*fault.Error{}, changed: make(chan struct{}),
	}
}

// notify tells that the list has changed. mu is held.
func (t *table) notify() {
	t.list = nil
	close(t.changed)
	t.changed = make(chan struct{})
}

// hear takes in what was just heard; anew means that what the device announced
// before no longer counts. It reports whether the device is to be asked about
// itself, and counts it as asked then.
func (t *table) hear(n record, now time.Time, anew bool) (ask bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.notify()
	if at, left := t.gone[n.key]; left && n.answered && now.Sub(at) < ghostTime {
		return false // it was said before the good-bye, and was longer on its way
	}
	delete(t.gone, n.key)
	r, known := t.records[n.key]
	if known {
		if r.merge(n, now, anew) {
			r.asked = time.Time{}
		}
	} else {
		if len(t.records) >= maxRecords || t.senders[n.sender] >= maxPerSender {
			t.ignored = true
			return false
		}
		r = &n
		r.first, r.last, r.lately, r.origin = now, now, n.announced, n.sender
		t.records[n.key] = r
		t.senders[r.origin]++
	}
	again := askAgain
	if r.problem != nil {
		again = askTroubled
	}
	if ask = r.asked.IsZero() || now.Sub(r.asked) >= again; ask {
		r.asked = now
	}
	return ask
}

// get returns a copy of a record.
func (t *table) get(key string) (r record, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.records[key]
	if ok {
		r = *known
	}
	return r, ok
}

// update changes a record that is still there.
func (t *table) update(key string, change func(*record)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, ok := t.records[key]; ok {
		change(r)
		t.notify()
	}
}

// remove forgets a record. mu is held.
func (t *table) remove(r *record) {
	delete(t.records, r.key)
	if t.senders[r.origin]--; t.senders[r.origin] == 0 {
		delete(t.senders, r.origin)
	}
}

// leave takes out a device that says good-bye, and what probes found at its
// addresses; probes find it again if it is still there.
func (t *table) leave(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.gone) < maxRecords {
		t.gone[key] = now
	}
	r, ok := t.records[key]
	if !ok {
		return
	}
	t.remove(r)
	places := r.places()
	for _, other := range t.records {
		if other.way == byService && slices.Contains(places, other.places()[0]) {
			t.remove(other)
		}
	}
	inhabited := t.addresses(byService)
	for _, other := range t.records {
		if addr := other.rtsp.Addr(); other.way == byRTSP && slices.Contains(r.addrs(), addr) && !inhabited[addr] {
			t.remove(other)
		}
	}
	t.notify()
}

// addresses returns where devices are that were found by ways up to last. mu is
// held.
func (t *table) addresses(last way) map[netip.Addr]bool {
	set := map[netip.Addr]bool{}
	for _, r := range t.records {
		if r.way <= last {
			for _, addr := range r.addrs() {
				set[addr] = true
			}
		}
	}
	return set
}

// endPass counts who did not answer the search that began at start, and takes
// out those who have gone.
func (t *table) endPass(start, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.records {
		r.settle()
		if r.last.Before(start) && (r.answered || r.way != bySSDP) {
			if r.missed++; r.missed >= missesToLeave {
				t.remove(r)
			}
		}
	}
	t.drop(now)
}

// expire takes out the devices whose announcement no longer holds.
func (t *table) expire(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(now)
}

// drop is expire. mu is held.
func (t *table) drop(now time.Time) {
	for _, r := range t.records {
		if !r.expires.IsZero() && now.After(r.expires) {
			t.remove(r)
		}
	}
	maps.DeleteFunc(t.gone, func(_ string, at time.Time) bool { return now.Sub(at) >= ghostTime })
	pointed := t.addresses(bySSDP)
	for _, r := range t.records {
		if r.followUp && !slices.ContainsFunc(r.addrs(), func(a netip.Addr) bool { return pointed[a] }) {
			t.remove(r)
		}
	}
	t.notify()
}

// clear forgets everything.
func (t *table) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.records)
	clear(t.senders)
	clear(t.gone)
	clear(t.problems)
	t.ignored = false
	t.notify()
}

// poke tells that something beside the list has changed.
func (t *table) poke() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notify()
}

// touch notes that what a probe found is still there; false means that it is to
// be asked about itself again.
func (t *table) touch(key string, now time.Time, followUp bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, ok := t.records[key]
	if !ok || now.Sub(r.asked) >= askAgain {
		return false
	}
	r.last, r.missed, r.followUp = now, 0, r.followUp && followUp
	t.notify()
	return true
}

// setProblems replaces the problems of one part of the search.
func (t *table) setProblems(part string, list ...*fault.Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(list) == 0 && len(t.problems[part]) == 0 {
		return
	}
	t.problems[part] = list
	t.notify()
}

// setOwn tells the table which addresses are this machine's.
func (t *table) setOwn(own map[netip.Addr]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own = own
}

// isOwn tells an address of this machine.
func (t *table) isOwn(addr netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return addr.IsLoopback() || t.own[addr.WithZone("")]
}

// probed returns where probes have found services, to look there again.
func (t *table) probed() []netip.AddrPort {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []netip.AddrPort
	for _, r := range t.records {
		switch r.way {
		case byService:
			list = add(list, r.places()[0])
		case byRTSP:
			list = add(list, r.rtsp)
		}
	}
	return list
}

// next returns what is closed when the list has changed.
func (t *table) next() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

// snapshot returns the list, and what is closed when it has changed.
func (t *table) snapshot() (List, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.list == nil {
		records := make([]*record, 0, len(t.records))
		for _, r := range t.records {
			records = append(records, r)
		}
		list := List{Devices: merge(records, t.own, t.arp())}
		parts := make([]string, 0, len(t.problems))
		for part := range t.problems {
			parts = append(parts, part)
		}
		slices.Sort(parts)
		for _, part := range parts {
			list.Problems = append(list.Problems, t.problems[part]...)
		}
		if t.ignored {
			list.Problems = append(list.Problems, tooMany)
		}
		t.list = &list
	}
	return List{slices.Clone(t.list.Devices), slices.Clone(t.list.Problems)}, t.changed
}
