package liveview

import "time"

const (
	// oldAge is from which age on what is painted is too old, the way aside and what
	// pictures take from the camera to the way, so that what people see stays below
	// 300 ms: slow screens show it a frame or two after it is painted. oldUnits is the
	// same of coded units, which are worth more patience, and oldOnWay where the way
	// is known to be too narrow: there fewer pictures make them young only up to a
	// point.
	oldAge   = 150 * time.Millisecond
	oldUnits = 300 * time.Millisecond
	oldOnWay = 400 * time.Millisecond

	// oldReports is how many reports in a row have to tell of too old pictures, and
	// oldUnitReports of too old coded units.
	oldReports     = 2
	oldUnitReports = 3

	// The part of them that is tried then is smaller the older they are, within
	// leastPart and mostPart, which is just not enough; and afterCoded for a tile
	// that got coded units.
	leastPart  = 0.3
	mostPart   = enough - 0.001
	afterCoded = 0.4

	// agedOver is how far back a viewer's report of ages reaches.
	agedOver = 3 * time.Second
)

// aging is what a viewer tells of how old a tile's pictures are when it paints them.
type aging struct {
	reports int       // in a row that told of too old ones
	at      time.Time // when there were enough of them last; zero: there are not
	by      string    // slowLink or slowScreen
	part    float64   // of the pictures that may be young enough
}

// aged takes how old the pictures are that the viewer paints, as it reports every
// two seconds. Too old once is a hitch, or the first seconds of a stream; more that
// is on trial has no such credit.
func (l *lane) aged(age time.Duration) {
	now := time.Now()
	f := l.flow
	f.mu.Lock()
	defer f.mu.Unlock()
	by, limit, reports, t := slowScreen, oldAge, oldReports, &l.screen
	switch {
	case l.linkToBlame(now):
		by, t = slowLink, &f.link
		if f.link.reduced || f.budget.rate > 0 {
			limit = oldOnWay
		}
	case l.coded:
		limit, reports = oldUnits, oldUnitReports
	}
	if !l.coded && now.Sub(t.changed) < agedOver { // of pictures from before, too
		return
	}
	limit += f.pace.base()
	if !l.coded {
		limit += l.own.value()
	}
	if age <= limit {
		l.aging = aging{}
		return
	}
	l.aging = aging{
		reports: min(l.aging.reports+1, oldUnitReports), by: by,
		part: max(leastPart, min(mostPart, float64(limit)/float64(age))),
	}
	if l.aging.reports < reports && (l.coded || t.raised.IsZero()) {
		return
	}
	l.aging.at = now
	if l.coded && by == slowScreen {
		l.slipAt, l.slipBy = now, slowScreen
	}
}

// sending tells how old a JPEG is that is about to be sent: a decoder that puts
// pictures in order holds some back, which is no screen's fault.
func (l *lane) sending(age time.Duration) {
	now := time.Now()
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	l.own.add(age, now)
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

// beginReduced lets the first JPEGs be few of a tile whose screen did not bear the
// coded stream. The flow is locked.
func (l *lane) beginReduced(now time.Time) {
	if l.slipBy == slowScreen && now.Sub(l.slipAt) < slipTold && l.screen.cut == 0 {
		l.screen.cut, l.screen.reduced, l.screen.changed = 1-afterCoded, true, now
		l.aging = aging{}
	}
}

// lates adds up which tiles of JPEGs paint too old pictures for one sake.
type lates struct {
	n    int
	part float64 // of all of them
}

func (s *lates) add(l *lane, now time.Time, by string) {
	if l.tooOld(now, by) {
		s.n++
		s.part += l.aging.part
	}
}

// of returns the part that may be young enough if that is so of several of n tiles,
// and of more than an eighth; else 1.
func (s *lates) of(n int) float64 {
	if s.n < 2 && n > 1 || 8*s.n <= n {
		return 1
	}
	return s.part / float64(s.n)
}

// old tells which part of a tile's JPEGs may be young enough when it is painted; 1
// is all. When several tiles are late, those count that get as much as others, since
// all share a screen and a machine; else each is late by itself. link is the part
// of all when several are late for the way's sake. The flow is locked.
func (f *flow) old(now time.Time) (screen func(*lane) float64, link float64) {
	var n int
	var sent float64
	var screens, links lates
	for l := range f.lanes {
		if l.coded || l.fps == 0 {
			continue
		}
		n++
		sent += l.sentPart()
		screens.add(l, now, slowScreen)
		links.add(l, now, slowLink)
	}
	part, mean := screens.of(n), sent/float64(max(1, n))
	return func(l *lane) float64 {
		switch {
		case part < 1 && l.sentPart() >= mean*0.99:
			return part
		case part == 1 && l.tooOld(now, slowScreen):
			return l.aging.part
		}
		return 1
	}, links.of(n)
}
