package liveview

import (
	"math"
	"sync"
	"time"
)

// flow decides which tile of a connection may send its next picture, and when:
// tiles take turns, what is under way stays below what the way carries in a
// moment, and no tile gets further ahead of its screen than a few pictures. It
// does no I/O. Its methods may be called from any goroutine.
type flow struct {
	// mu guards the fields below, and every lane.
	mu     sync.Mutex
	lanes  map[*lane]struct{}
	queue  []*lane // that wait for their turn
	under  int     // bytes that were granted or sent, and not received yet
	pace   pace
	screen screenPace
	link   throttle // of all lanes together
	budget budget
	idle   time.Time   // since when no JPEGs come; zero while some do
	later  *time.Timer // for the budget; nil when nothing waits for it
	resting,
	closed bool
}

// newFlow returns a flow of a way of which nothing is known yet.
func newFlow(now time.Time) *flow {
	return &flow{lanes: map[*lane]struct{}{}, pace: newPace(now)}
}

// close ends what still runs: nothing is granted any more.
func (f *flow) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.later != nil {
		f.later.Stop()
	}
}

// lane adds one tile, whose pictures are numbered on from seq. wake is called
// when it is granted what it asked for, and when its target has changed; it must
// not wait.
func (f *flow) lane(seq uint32, wake func()) *lane {
	l := &lane{flow: f, wake: wake, seq: seq, received: seq, painted: seq, screen: throttle{bold: true}}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lanes[l] = struct{}{}
	return l
}

// setBudget bounds what is sent, in bits a second; 0 is no bound.
func (f *flow) setBudget(bits float64) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.budget.set(bits/8, now)
	f.pump(now, nil)
}

// rest grants nothing until it is called with false.
func (f *flow) rest(resting bool) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.resting == resting {
		return
	}
	f.resting = resting
	for l := range f.lanes { // what was not sent meanwhile says nothing about the way
		l.waits = now
		l.stats.clear(now)
	}
	f.pump(now, nil)
}

// spend takes bytes from the budget that nobody asks for: states and sound.
func (f *flow) spend(bytes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.budget.spend(bytes, time.Now())
}

// pump grants what can be granted: the lane that was granted something longest ago
// comes first. A lane that is too far ahead is passed over; one whose picture is
// too large for now is waited for. asking learns by itself, and is not woken. f is
// locked.
func (f *flow) pump(now time.Time, asking *lane) {
	if f.closed || f.resting {
		return
	}
	for {
		l := f.next(now)
		if l == nil {
			return
		}
		if wait := f.budget.wait(now); wait > 0 {
			f.pumpIn(wait)
			return
		}
		if f.under > 0 && f.under+l.asked > f.pace.most {
			f.pace.limited = true
			return
		}
		l.grant(now)
		if l != asking {
			l.wake()
		}
	}
}

// next returns whose turn it is; nil: nobody waits who may send.
func (f *flow) next(now time.Time) (next *lane) {
	busy := f.screenBusy(now)
	for _, l := range f.queue {
		why := l.behind()
		if why == free && busy {
			why, f.screen.limited = unshown, true
		}
		l.hold(now, why)
		if why == free && (next == nil || l.served.Before(next.served)) {
			next = l
		}
	}
	return next
}

// screenBusy reports whether as many pictures wait to be painted as may.
func (f *flow) screenBusy(now time.Time) bool {
	if f.screen.most == 0 {
		return false
	}
	waiting := 0
	for l := range f.lanes {
		if now.Sub(l.paintedAt) < paintStuck {
			waiting += l.unpainted
		}
	}
	return float64(waiting) >= f.screen.most
}

// shortestLag is how soon the tile is painted that is painted soonest.
func (f *flow) shortestLag(now time.Time) time.Duration {
	shortest := time.Duration(math.MaxInt64)
	for l := range f.lanes {
		if now.Sub(l.paintedAt) < paintStuck {
			shortest = min(shortest, l.paintLag)
		}
	}
	return shortest
}

func (f *flow) pumpIn(wait time.Duration) {
	if f.later != nil {
		f.later.Reset(wait)
		return
	}
	f.later = time.AfterFunc(wait, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.pump(time.Now(), nil)
	})
}

// tick is called twice a second: it looks whether tiles get what they were asked
// for, and wakes those whose target has changed.
func (f *flow) tick() {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.resting {
		return
	}
	starved := f.judge(now)
	f.pace.tick(now, starved)
	f.pump(now, nil)
}

// judge looks what went through lately, of each lane and of all together, and
// reports whether tiles wait for the way for a good part of the time. f is locked.
func (f *flow) judge(now time.Time) (starved bool) {
	var wanted, full, part, link, low float64
	var sent, n int
	idle := true
	young, youngOnWay := f.old(now)
	for l := range f.lanes {
		idle = idle && (l.coded || l.fps == 0)
		l.account(now)
		l.stats.next(now)
		w := l.stats.window()
		if w.span < settle-statsSlot/2 {
			continue
		}
		starved = starved || w.link > w.span/3
		switch {
		case l.coded:
			l.judgeCoded(now, w)
			continue
		case l.fps == 0:
			continue
		}
		l.judge(now, w, young(l))
		if w.screen > w.link {
			continue
		}
		load := l.scale.list[0].load(l.scale.made)
		wanted, sent, n = wanted+l.fps*w.span.Seconds(), sent+w.sent, n+1
		low = max(low, l.scale.low())
		full, part, link = full+load, part+load*l.sentPart(), link+w.link.Seconds()/w.span.Seconds()
	}
	f.forget(now, idle)
	if f.pace.growing(now) {
		return false
	}
	if !f.narrow(now) && !f.link.reduced || n == 0 {
		return starved
	}
	through, waited := (float64(sent)+0.5)/wanted, link/float64(n)
	if youngOnWay < 1 {
		through, waited = min(through, youngOnWay), 1
	}
	if !f.link.judge(now, through, waited, part/full, low) {
		return starved
	}
	for l := range f.lanes {
		if !l.coded {
			l.renew(now)
		}
	}
	return starved
}

// forget ends what is left out since the way is narrow once no JPEGs have come
// for a while: nothing else would show that it is wide again. f is locked.
func (f *flow) forget(now time.Time, idle bool) {
	switch {
	case !idle:
		f.idle = time.Time{}
	case f.idle.IsZero():
		f.idle = now
	case now.Sub(f.idle) >= settle:
		f.link = throttle{}
	}
}

// narrow reports whether the way, or the budget, holds up what waits. f is
// locked.
func (f *flow) narrow(now time.Time) bool { return f.budget.rate > 0 || f.pace.queue(now) }

// share returns how many bits a second each tile may have, as far as the way is
// known to be narrow; 0 is not known.
func (f *flow) share() float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	bytes := f.pace.capacity(time.Now())
	if f.budget.rate > 0 && (bytes == 0 || f.budget.rate < bytes) {
		bytes = f.budget.rate
	}
	n := 0
	for l := range f.lanes {
		if l.active {
			n++
		}
	}
	return bytes * 8 / float64(max(1, n))
}

// budget is a bound of bytes a second: what was sent beyond it has to be waited
// for.
type budget struct {
	rate   float64 // 0 is no bound
	have   float64 // bytes that may be sent now; below 0 something is owed
	filled time.Time
}

// budgetBurst is for how long nothing may have been sent to be sent at once.
const budgetBurst = 100 * time.Millisecond

func (b *budget) set(rate float64, now time.Time) {
	*b = budget{rate: rate, filled: now}
}

func (b *budget) fill(now time.Time) {
	b.have = min(b.rate*budgetBurst.Seconds(), b.have+b.rate*now.Sub(b.filled).Seconds())
	b.filled = now
}

func (b *budget) spend(bytes int, now time.Time) {
	if b.rate > 0 {
		b.fill(now)
		b.have -= float64(bytes)
	}
}

// wait is how long nothing may be sent.
func (b *budget) wait(now time.Time) time.Duration {
	if b.rate <= 0 {
		return 0
	}
	b.fill(now)
	if b.have >= 0 {
		return 0
	}
	// Not longer, lest a bound of nearly nothing overflows.
	return time.Duration(min(-b.have/b.rate, time.Hour.Seconds())*float64(time.Second)) + time.Millisecond
}
