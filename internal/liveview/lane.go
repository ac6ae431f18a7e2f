package liveview

import (
	"slices"
	"time"

	"camwall/internal/fault"
)

const (
	// ahead is how many pictures of a tile may be under way, on a short way, or
	// those of shownFor: a page paints the newest and passes over the others.
	ahead    = 2
	shownFor = 130 * time.Millisecond

	// codedAhead is the same for coded units: decoders keep some back. They are
	// small, and leaving one out costs all up to the next key unit, so that
	// codedFar may be under way beyond.
	codedAhead = 8
	codedFar   = 500 * time.Millisecond

	// maxAhead is how many pictures may be under way at most, over any way.
	maxAhead = 64

	// slipTold is for how long it is told that units were left out.
	slipTold = 5 * time.Second

	// lostFor is how long a picture may be under way before the way is to blame.
	lostFor = time.Second

	// paintStuck is how long ago the last painting of a tile may be that says
	// something of the screen.
	paintStuck = time.Second
)

// lane is one tile's part of a flow. Its fields are guarded by the flow's mutex.
type lane struct {
	flow *flow
	wake func()

	seq, received, painted uint32   // of pictures: sent, and acknowledged
	parcels                []parcel // that are not painted yet, in order
	unreceived, unpainted  int      // of them, those that count

	asked   int       // bytes that wait for their turn; 0: nothing waits
	granted int       // bytes that may be sent now
	waits   time.Time // since when it waits, or was accounted for
	served  time.Time // when something was last granted
	held    standing  // why, as far as only this lane decides

	closed    bool
	active    bool // pictures are to come
	coded     bool
	thin      bool          // coded units are left out since the way is too narrow
	fps       float64       // that are to come
	paintLag  time.Duration // from receiving to painting, smoothed
	paintedAt time.Time     // when something of it last was

	slipAt time.Time // when coded units were left out, and what for
	slipBy string
	aging  aging
	own    shortest // age of JPEGs that are about to be sent

	stats  stats
	scale  scale
	screen throttle
}

// parcel is one picture that is under way.
type parcel struct {
	seq      uint32
	bytes    int
	at       time.Time
	counts   bool      // towards how far the lane is ahead
	received time.Time // when that was acknowledged; zero before
}

// standing is why a lane can't be granted anything.
type standing uint8

const (
	free    standing = iota
	unsent           // too much of it is on the way
	unshown          // too much of it waits to be painted
)

// ask asks to send about so many bytes, and reports whether they may be sent now.
// Else wake is called when they may. Asking again changes the size alone.
func (l *lane) ask(bytes int) (granted bool) {
	now := time.Now()
	f := l.flow
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.granted > 0 || l.closed {
		return l.granted > 0
	}
	if l.asked == 0 {
		l.waits, l.held = now, free
		f.queue = append(f.queue, l)
	}
	l.asked = max(1, bytes)
	f.pump(now, l)
	return l.granted > 0
}

// grant lets l send what it asked for. The flow is locked.
func (l *lane) grant(now time.Time) {
	granted := l.asked
	l.withdrawLocked(now)
	l.granted, l.served = granted, now
	l.flow.under += granted
}

// withdraw takes back what was asked for or granted and is not to be sent now.
func (l *lane) withdraw() {
	now := time.Now()
	f := l.flow
	f.mu.Lock()
	defer f.mu.Unlock()
	l.withdrawLocked(now)
	f.pump(now, nil)
}

func (l *lane) withdrawLocked(now time.Time) {
	l.account(now)
	l.flow.under -= l.granted
	l.granted = 0
	if l.asked == 0 {
		return
	}
	l.asked = 0
	f := l.flow
	f.queue = slices.DeleteFunc(f.queue, func(q *lane) bool { return q == l })
}

// begin counts a picture that is about to be written, and returns its number. It
// uses up what was granted. counts is false for a unit that is not to be painted.
// Not ok: the lane is closed, and nothing may be written.
func (l *lane) begin(bytes int, counts bool) (seq uint32, ok bool) {
	now := time.Now()
	f := l.flow
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.closed {
		return 0, false
	}
	f.under += bytes - l.granted
	l.granted = 0
	f.budget.spend(bytes, now)
	l.seq++
	l.parcels = append(l.parcels, parcel{seq: l.seq, bytes: bytes, at: now, counts: counts})
	if counts {
		l.unreceived++
		l.unpainted++
		l.stats.sent()
	}
	return l.seq, true
}

// ack takes what the client says of the tile: the highest numbers of pictures
// that it received, and painted or passed over. A number that was not sent, or
// that goes back, is a fault.BadRequest.
func (l *lane) ack(received, painted uint32) error {
	now := time.Now()
	f := l.flow
	f.mu.Lock()
	defer f.mu.Unlock()
	if received > l.seq {
		return fault.Errorf(fault.BadRequest, "picture %d is acknowledged, %d is the newest that was sent", received, l.seq)
	}
	if received < l.received {
		return fault.Errorf(fault.BadRequest, "picture %d is acknowledged after picture %d", received, l.received)
	}
	l.received, l.painted = received, max(l.painted, painted)
	kept := l.parcels[:0]
	var newest time.Time
	shown := 0
	for _, p := range l.parcels {
		if p.seq <= received && p.received.IsZero() {
			p.received = now
			f.under -= p.bytes
			f.pace.came(p.bytes, now)
			newest = p.at
			if p.counts {
				l.unreceived--
			}
		}
		switch {
		case !p.received.IsZero() && !p.counts:
		case p.seq <= painted:
			l.unpainted--
			shown++
			l.paintLag = (l.paintLag*3 + now.Sub(p.received)) / 4
		default:
			kept = append(kept, p)
		}
	}
	l.parcels = kept
	if shown > 0 {
		l.paintedAt = now
		f.screen.took(shown, f.shortestLag(now), now)
	}
	if !newest.IsZero() {
		f.pace.took(now.Sub(newest), now)
	}
	f.pump(now, nil)
	return nil
}

// close takes the lane off its flow, and returns the number of its last picture.
// It may be called twice.
func (l *lane) close() (seq uint32) {
	now := time.Now()
	f := l.flow
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.closed {
		return l.seq
	}
	l.closed = true
	l.withdrawLocked(now)
	for _, p := range l.parcels {
		if p.received.IsZero() {
			f.under -= p.bytes
		}
	}
	l.parcels = nil
	delete(f.lanes, l)
	f.pump(now, nil)
	return l.seq
}

// behind tells whether l may send another picture, as far as only l decides.
func (l *lane) behind() standing {
	most, trip := ahead, l.flow.pace.roundTrip()
	if l.coded {
		most, trip = codedAhead, trip+codedFar
	}
	far := int(l.fps * trip.Seconds())
	if l.unreceived >= min(most+far, maxAhead) {
		return unsent
	}
	if l.unpainted >= min(max(most, int(l.fps*shownFor.Seconds()))+far, maxAhead) {
		return unshown
	}
	return free
}

// account adds the time since l waits to its statistics.
func (l *lane) account(now time.Time) {
	if l.asked == 0 {
		return
	}
	l.stats.waited(now.Sub(l.waits), l.held)
	l.waits = now
}

// hold says why l waits from now on.
func (l *lane) hold(now time.Time, why standing) {
	if why != l.held {
		l.account(now)
		l.held = why
	}
}

// aim sets what a tile of JPEGs wants, and at which rate the camera's pictures
// come; 0 while they don't.
func (l *lane) aim(full target, fps float64) {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	if l.coded {
		l.beginReduced(time.Now())
	}
	l.active, l.coded, l.thin = fps > 0, false, false
	l.scale.aim(full, fps)
	l.fps = l.made().rate(fps)
}

// aimCoded is aim for coded units, of which nothing can be left out.
func (l *lane) aimCoded(fps float64) {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	l.active, l.coded, l.fps = fps > 0, true, fps
}

// made is how pictures are to be made for l.
func (l *lane) made() target { return l.scale.at(min(l.flow.link.part(), l.screen.part())) }

// target returns how pictures are to be made for the tile, and why that is less
// than it wants: link, screen, or empty.
func (l *lane) target() (t target, reduced string) {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	link := &l.flow.link
	switch {
	case !l.coded && l.screen.reduced && !(link.reduced && link.part() <= l.screen.part()):
		reduced = slowScreen
	case l.coded && l.thin, !l.coded && link.reduced:
		reduced = slowLink
	case l.coded && !l.slipAt.IsZero() && time.Since(l.slipAt) < slipTold:
		reduced = l.slipBy
	}
	return l.made(), reduced
}

// narrowed reports whether less comes through than is wanted since the way is
// narrow.
func (l *lane) narrowed() bool {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	return l.thin || l.flow.link.reduced
}

// judge looks whether the screen paints what comes, and wakes the tile when that
// changes what it gets. young is the part of it that may be young enough.
func (l *lane) judge(now time.Time, w window, young float64) {
	wanted := l.fps * w.span.Seconds()
	through, waited := (float64(w.sent)+0.5)/wanted, w.screen.Seconds()/w.span.Seconds()
	switch {
	case young < 1:
		through, waited = min(through, young), 1
	case w.link > w.screen && (l.flow.narrow(now) || l.flow.pace.growing(now)): // nothing is known of the screen
		through = max(through, enough)
	}
	if l.screen.judge(now, through, waited, l.sentPart(), l.scale.low()) {
		l.renew(now)
	}
}

// judgeCoded looks whether units come through, and wakes the tile when that
// changes.
func (l *lane) judgeCoded(now time.Time, w window) {
	wanted := l.fps * w.span.Seconds()
	thin := wanted > 0 && l.flow.narrow(now) && float64(w.sent)+0.5 < wanted*enough && w.link.Seconds() > w.span.Seconds()*held
	if thin != l.thin {
		l.thin = thin
		l.wake()
	}
}

// renew makes l see what is to be sent now.
func (l *lane) renew(now time.Time) {
	l.aging.at = time.Time{} // only what is told of what comes now counts
	l.fps = l.made().rate(l.scale.fps)
	l.stats.clear(now)
	l.wake()
}

// sentPart is which part of what is wanted l is to send.
func (l *lane) sentPart() float64 {
	return l.made().load(l.scale.made) / l.scale.list[0].load(l.scale.made)
}

// slipped takes note that coded units had to be left out, and reports whether
// the way, not the screen, was to blame.
func (l *lane) slipped() (link bool) {
	now := time.Now()
	f := l.flow
	f.mu.Lock()
	defer f.mu.Unlock()
	l.account(now)
	w := l.stats.window()
	l.slipAt, l.slipBy = now, slowScreen
	if w.link > 0 && w.link >= w.screen && (f.narrow(now) || l.lostSight(now)) {
		l.slipBy = slowLink
	}
	return l.slipBy == slowLink
}

// lostSight reports whether nothing was heard of a picture for long.
func (l *lane) lostSight(now time.Time) bool {
	i := slices.IndexFunc(l.parcels, func(p parcel) bool { return p.received.IsZero() })
	return i >= 0 && now.Sub(l.parcels[i].at) > lostFor
}
