// Package wait waits for a time, or the end of a context, whichever comes first. It
// starts nothing; everybody may use it.
package wait

import (
	"context"
	"time"
)

// For waits for d. It returns false when ctx ended before; a d that is not above 0
// is over at once.
func For(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
