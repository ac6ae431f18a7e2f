package liveview

import "time"

const (
	// slipsWithin is the time in which the second gap in coded units means that
	// the way is too narrow for them.
	slipsWithin = 10 * time.Second

	// Coded units are tried again after codedPause, and after twice that, up to
	// codedPauseMost, when they didn't fit.
	codedPause     = 30 * time.Second
	codedPauseMost = 10 * time.Minute

	// blindShare is how many bits a second a tile must have before a stream of
	// unknown rate is tried.
	blindShare = 1e6
)

// codedChoice decides whether a tile that accepts coded units gets them, by what
// the way bears.
type codedChoice struct {
	slip  time.Time // when units were left out last
	until time.Time // until when they are not tried
	pause time.Duration
}

// slipped takes note that units had to be left out since the way is too narrow.
func (c *codedChoice) slipped(now time.Time) {
	if !c.slip.IsZero() && now.Sub(c.slip) < slipsWithin {
		c.rest(now)
		return
	}
	c.slip = now
}

// rest lets JPEGs come for a while, from when nothing else was decided.
func (c *codedChoice) rest(now time.Time) {
	if now.Before(c.until) {
		return
	}
	if c.until.IsZero() || now.Sub(c.until) > 2*c.pause { // it went well for long
		c.pause = codedPause
	} else {
		c.pause = min(2*c.pause, codedPauseMost)
	}
	c.until, c.slip = now.Add(c.pause), time.Time{}
}

// allowed decides for a stream of so many bits a second, 0 is unknown, and a
// share of the way, 0 is unbounded. using says that units come now.
func (c *codedChoice) allowed(now time.Time, bits, share float64, using bool) bool {
	switch {
	case now.Before(c.until):
		return false
	case share == 0:
		return true
	case bits == 0:
		return using || share >= blindShare
	case using && bits > share:
		c.rest(now)
		return false
	default:
		return using || bits*1.1 <= share
	}
}
