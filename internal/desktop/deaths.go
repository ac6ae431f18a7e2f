package desktop

import "time"

// The rests before a page is loaded anew.
const (
	firstRest = 100 * time.Millisecond
	maxRest   = 10 * time.Second
	goodTime  = time.Minute // a page that lived so long starts from firstRest
)

// deaths spaces the reloads of a page that dies again and again, so that it
// does not take the machine with it.
type deaths struct {
	last time.Time
	rest time.Duration
}

// next counts a death at now and returns the rest before the reload.
func (d *deaths) next(now time.Time) time.Duration {
	if d.last.IsZero() || now.Sub(d.last) >= goodTime {
		d.rest = firstRest
	} else {
		d.rest = min(2*d.rest, maxRest)
	}
	d.last = now
	return d.rest
}
