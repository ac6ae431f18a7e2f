package streaming

import (
	"math/rand/v2"
	"time"

	"camwall/internal/fault"
)

// The two clocks of retry, and what a device that serves no more gets.
const (
	awayFirst     = 200 * time.Millisecond // a camera that is away, while somebody watches
	awayLast      = 2 * time.Second
	awayUnwatched = 10 * time.Second
	wrongFirst    = 2 * time.Second // it answers, but not with a stream that we can show
	wrongLast     = 30 * time.Second
	busyFirst     = 5 * time.Second
	busyLast      = 60 * time.Second
	goodFor       = time.Minute // a session that lived so long starts the back-off anew
)

var (
	// refusedNew is how long a credential that never worked rests: its device
	// may lock the account.
	refusedNew = []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}

	// refusedKnown is for one that worked before: 401 also means "out of
	// connections" to some cameras.
	refusedKnown = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}
)

// nth returns the n-th step (from 1), or the last one.
func nth(steps []time.Duration, n int) time.Duration { return steps[min(n, len(steps))-1] }

// doubled returns first doubled n-1 times, at most last.
func doubled(first, last time.Duration, n int) time.Duration {
	for ; n > 1 && first < last; n-- {
		first *= 2
	}
	return min(first, last)
}

// jittered returns d less up to half of it, so that what failed together does
// not come back together.
func jittered(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d)/2+1)) //nolint:gosec // no secret hangs on it
}

// awayDelay is the pause before the next try after the n-th failure in a row.
func awayDelay(reason fault.Code, failures int, everLive, watched bool) time.Duration {
	switch reason {
	case fault.NoVideo, fault.UnknownCodec, fault.Certificate, fault.Transport:
		return jittered(doubled(wrongFirst, wrongLast, failures))
	case fault.StreamNotFound:
		if !everLive {
			return jittered(doubled(wrongFirst, wrongLast, failures))
		}
	}
	if !watched {
		return jittered(awayUnwatched)
	}
	return jittered(doubled(awayFirst, awayLast, failures))
}
