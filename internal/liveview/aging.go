package liveview

import "time"

const (
	// oldAge is from which age on what is painted is too old, the way aside, so that
	// what people see stays below 300 ms: painting ends before a screen shows it.
	// oldOnWay is the same where pictures wait for the way.
	oldAge   = 230 * time.Millisecond
	oldOnWay = 2 * oldAge

	// oldReports is how many reports in a row have to tell of too old pictures, and
	// tooOldPart the part of them that is tried then.
	oldReports = 3
	tooOldPart = 0.5

	// agedOver is how far back a viewer's report of ages reaches.
	agedOver = 3 * time.Second
)

// aging is what a viewer tells of how old a tile's pictures are when it paints them.
type aging struct {
	reports int       // in a row that told of too old ones
	at      time.Time // when there were enough of them last; zero: there are not
	by      string    // slowLink or slowScreen
}

// aged takes how old the pictures are that the viewer paints, as it reports every
// two seconds. Three times too old in a row is too old: the first seconds of a stream
// are those of catching up. More that is on trial has no such credit.
func (l *lane) aged(age time.Duration) {
	now := time.Now()
	f := l.flow
	f.mu.Lock()
	defer f.mu.Unlock()
	by, limit, t := slowScreen, oldAge, &l.screen
	if l.linkToBlame(now) {
		by, limit, t = slowLink, oldOnWay, &f.link
	}
	if !l.coded && now.Sub(t.changed) < agedOver { // of pictures from before, too
		return
	}
	if age <= limit+f.pace.base() {
		l.aging = aging{}
		return
	}
	l.aging = aging{reports: min(l.aging.reports+1, oldReports), by: by}
	if l.aging.reports < oldReports && (l.coded || t.raised.IsZero()) {
		return
	}
	l.aging.at = now
	if l.coded && by == slowScreen {
		l.slipAt, l.slipBy = now, slowScreen
	}
}

// linkToBlame reports whether pictures are late for the way's sake: they say nothing
// about the screen then.
func (l *lane) linkToBlame(now time.Time) bool {
	return l.flow.narrow(now) || !l.coded && l.flow.link.reduced
}

// tooOld reports whether what is painted was too old when it was last told, and
// for whose sake.
func (l *lane) tooOld(now time.Time, by string) bool {
	return l.aging.by == by && now.Sub(l.aging.at) < slipTold
}

// lessens takes note that fewer pictures are tried: only what is told of those
// counts.
func (l *lane) lessens() { l.aging.at = time.Time{} }

// beginReduced lets the first JPEGs be few of a tile whose screen did not bear the
// coded stream. The flow is locked.
func (l *lane) beginReduced(now time.Time) {
	if l.slipBy == slowScreen && now.Sub(l.slipAt) < slipTold && l.screen.cut == 0 {
		l.screen.cut, l.screen.reduced, l.screen.changed = 1-tooOldPart, true, now
		l.aging = aging{}
	}
}

// old tells which tiles of JPEGs paint too old pictures: all that have more than
// others when most do, since all share a screen and a machine; else each by itself.
// link says that most do for the way's sake. The flow is locked.
func (f *flow) old(now time.Time) (screen func(*lane) bool, link bool) {
	var n, screens, links int
	var parts float64
	for l := range f.lanes {
		if l.coded || l.fps == 0 {
			continue
		}
		n++
		parts += l.sentPart()
		if l.tooOld(now, slowScreen) {
			screens++
		}
		if l.tooOld(now, slowLink) {
			links++
		}
	}
	if 2*screens <= n {
		return func(l *lane) bool { return l.tooOld(now, slowScreen) }, 2*links > n
	}
	return func(l *lane) bool { return l.sentPart() >= parts/float64(n)*0.99 }, 2*links > n
}
