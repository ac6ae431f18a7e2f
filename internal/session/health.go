package session

import (
	"sync"
	"time"
)

const (
	// displayLimit is how long the display server may not answer.
	displayLimit = 30 * time.Second

	// kioskLimit is how long no kiosk may be well.
	kioskLimit = 2 * time.Minute
)

// health is when the session last did its work.
type health struct {
	mu   sync.Mutex
	last time.Time // when the display last answered; guarded by mu
}

// turned notes that the display has answered and is as it should be.
func (h *health) turned() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = time.Now()
}

// silent is how long the display has not answered. It begins with the first call.
func (h *health) silent() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last.IsZero() {
		h.last = time.Now()
	}
	return time.Since(h.last)
}

// Healthy tells whether systemd should leave the session as it is: its loop
// turns, the display server answers, and not every kiosk has been unwell for two
// minutes. One that is, beside others that are well, is not worth their pictures:
// it is restarted alone.
func (s *Session) Healthy() bool {
	if s.health.silent() > displayLimit {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kiosks) == 0 {
		return true
	}
	for _, k := range s.kiosks {
		if k.badFor() < kioskLimit {
			return true
		}
	}
	return false
}
