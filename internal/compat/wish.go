package compat

import (
	"context"
	"encoding/json"
	"sync"
)

// wish is what a client wants to see.
type wish struct {
	url           string
	width, height int // 0, 0 is the source's size
}

// message is what a client sends.
type message struct {
	Act        string    `json:"act"`
	URL        string    `json:"url"`
	Resolution []float64 `json:"resolution"`
}

// read applies a client's message to what it wanted before, nil for nothing
// yet. What is no message of the protocol changes nothing: ok is false.
func read(data []byte, before *wish, maxWidth, maxHeight int) (after wish, ok bool) {
	var m message
	if json.Unmarshal(data, &m) != nil {
		return wish{}, false
	}
	switch {
	case m.Act == "open" && m.URL != "":
		after.url = m.URL
	case m.Act == "resize" && before != nil:
		after.url = before.url
	default:
		return wish{}, false
	}
	after.width, after.height = clamp(m.Resolution, maxWidth, maxHeight)
	return after, true
}

// minSide is the smallest side of a picture in pixels.
const minSide = 16

// clamp brings a resolution inside the limits; what is none is the source's.
func clamp(resolution []float64, maxWidth, maxHeight int) (width, height int) {
	if len(resolution) != 2 || resolution[0] < 1 || resolution[1] < 1 {
		return 0, 0
	}
	side := func(wanted float64, limit int) int { return int(min(max(wanted, minSide), float64(limit))) }
	return side(resolution[0], maxWidth), side(resolution[1], maxHeight)
}

// slot holds the newest wish of a client: one goroutine puts, one takes.
type slot struct {
	filled chan struct{} // has one element while there is a wish to take

	// mu guards the fields below.
	mu     sync.Mutex
	newest wish
	stop   context.CancelFunc // ends what was made of the wish before; may be nil
}

func newSlot() *slot { return &slot{filled: make(chan struct{}, 1)} }

// put replaces the wish and ends what is done for the one before.
func (s *slot) put(w wish) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newest = w
	if s.stop != nil {
		s.stop()
	}
	select {
	case s.filled <- struct{}{}:
	default:
	}
}

// take waits for a wish. stale ends when a newer one is there, or with ctx; the
// caller calls done.
func (s *slot) take(ctx context.Context) (w wish, stale context.Context, done context.CancelFunc, err error) {
	select {
	case <-ctx.Done():
		return wish{}, nil, nil, ctx.Err()
	case <-s.filled:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stale, s.stop = context.WithCancel(ctx)
	return s.newest, stale, s.stop, nil
}
