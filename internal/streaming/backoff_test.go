package streaming

import (
	"testing"
	"time"

	"camwall/internal/fault"
)

func TestAwayDelay(t *testing.T) {
	for name, c := range map[string]struct {
		reason   fault.Code
		failures int
		live     bool
		watched  bool
		max      time.Duration
	}{
		"first":               {fault.Ended, 1, true, true, 200 * time.Millisecond},
		"third":               {fault.ConnRefused, 3, true, true, 800 * time.Millisecond},
		"many":                {fault.DialTimeout, 50, true, true, 2 * time.Second},
		"unwatched":           {fault.DialTimeout, 1, true, false, 10 * time.Second},
		"404 after a restart": {fault.StreamNotFound, 1, true, true, 200 * time.Millisecond},
		"404 from the start":  {fault.StreamNotFound, 1, false, true, 2 * time.Second},
		"no video":            {fault.NoVideo, 9, false, true, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				got := awayDelay(c.reason, c.failures, c.live, c.watched)
				if got > c.max || got < c.max/2 {
					t.Fatalf("waits %v, want %v to %v", got, c.max/2, c.max)
				}
			}
		})
	}
}
