package desktop

import "time"

// The rests before a page is loaded anew.
const (
	firstRest = 100 * time.Millisecond
	liveRest  = time.Second // at most for a page that was live
	maxRest   = 10 * time.Second
	goodTime  = time.Minute // a page that lived so long starts from firstRest
)

// deaths spaces the reloads of a page that dies again and again, so that it
// does not take the machine with it. One that comes to life each time is worth
// more haste than one that dies of being loaded.
type deaths struct {
	last time.Time
	rest time.Duration
}

// next counts a death at now of a page that was live or not, and returns the
// rest before the reload.
func (d *deaths) next(now time.Time, live bool) time.Duration {
	if d.last.IsZero() || now.Sub(d.last) >= goodTime {
		d.rest = firstRest
	} else {
		d.rest = min(2*d.rest, maxRest)
	}
	if live {
		d.rest = min(d.rest, liveRest)
	}
	d.last = now
	return d.rest
}
