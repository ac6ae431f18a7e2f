package admission

import (
	"math/rand/v2"
	"time"
)

// What a device that serves no more gets.
const (
	busyFirst = 5 * time.Second
	busyLast  = 60 * time.Second
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

// Doubled returns first doubled n-1 times, at most last.
func Doubled(first, last time.Duration, n int) time.Duration {
	for ; n > 1 && first < last; n-- {
		first *= 2
	}
	return min(first, last)
}

// Jittered returns d less up to half of it, so that what failed together does
// not come back together.
func Jittered(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d)/2+1)) //nolint:gosec // no secret hangs on it
}
