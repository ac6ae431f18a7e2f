// Package hub fans one stream's access units out to any number of readers. It
// keeps one log of the newest units, and a reader is a position in that log: so
// publishing costs the same for one reader and for a thousand, and nobody can
// block the camera. The log always holds the last GOP, within bounds, so that a
// new reader starts at once. The hub knows no protocol and no decoder;
// streaming publishes into it, decoders and coded viewers read from it.
package hub

import (
	"errors"
	"slices"
	"sync"
	"time"

	"camwall/internal/media"
)

// Bounds of a hub that Config leaves at zero.
const (
	DefaultMaxBytes = 16 << 20
	DefaultMaxAge   = 15 * time.Second
	DefaultMaxLag   = 64
)

// ErrClosed is what Reader.Next returns once the hub is closed.
var ErrClosed = errors.New("hub: closed")

// Config bounds a hub. Zero values are the defaults.
type Config struct {
	// MaxBytes and MaxAge bound the last GOP that is kept. Of a longer GOP
	// only the key unit is kept for new readers.
	MaxBytes int
	MaxAge   time.Duration

	// MaxLag is how many units a reader may lie behind before it skips to a
	// key unit that is nearer.
	MaxLag int
}

// Stream is the hub of one stream. Its methods may be called from any
// goroutine.
type Stream struct {
	cfg Config

	// mu guards the fields below.
	mu     sync.Mutex
	log    []*media.AccessUnit // units [base, base+len(log))
	base   uint64              // position of log[0]
	key    uint64              // position of the newest key unit
	keyed  *media.AccessUnit   // that key unit; nil until one came since the last Reset
	gop    int                 // bytes from key on
	whole  bool                // the log holds every unit from key on
	fits   bool                // so it did of the GOP before, to its end
	wake   chan struct{}       // closed by the next publish; nil when nobody waits
	closed bool
}

// New returns an empty hub.
func New(cfg Config) *Stream {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	if cfg.MaxAge == 0 {
		cfg.MaxAge = DefaultMaxAge
	}
	if cfg.MaxLag == 0 {
		cfg.MaxLag = DefaultMaxLag
	}
	return &Stream{cfg: cfg}
}

// Publish appends au and never blocks. It must not be called after Close.
func (s *Stream) Publish(au *media.AccessUnit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		panic("hub: publish after close")
	}
	s.log = append(s.log, au)
	if au.Key && au.Track.Codec.IsVideo() {
		s.fits = s.keyed != nil && s.whole
		s.key, s.keyed = s.head()-1, au
		s.gop, s.whole = 0, true
	}
	s.gop += len(au.Data)
	if s.whole && (s.gop > s.cfg.MaxBytes || au.Arrived.Sub(s.keyed.Arrived) > s.cfg.MaxAge) {
		s.whole = false
	}
	s.evict()
	s.signal()
}

// evict drops what neither the last GOP nor a reader within the bounds needs.
func (s *Stream) evict() {
	cut := len(s.log) - min(len(s.log), s.cfg.MaxLag)
	for i, bytes := len(s.log)-1, 0; i > cut; i-- {
		if bytes += len(s.log[i].Data); bytes > s.cfg.MaxBytes {
			cut = i
		}
	}
	if s.whole {
		cut = min(cut, int(s.key-s.base))
	}
	s.log = slices.Delete(s.log, 0, cut)
	s.base += uint64(cut)
}

// Reset forgets all units: the next ones come from a new session and begin with
// a key unit.
func (s *Stream) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = s.head()
	s.log = nil
	s.keyed, s.whole, s.fits, s.gop = nil, false, false, 0
}

// Close ends every reader.
func (s *Stream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.signal()
}

// Whole reports whether the hub holds the last GOP from its key unit on, so
// that a reader that starts now can decode the newest unit.
func (s *Stream) Whole() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.whole
}

// Keeps reports whether the hub is going to hold the last GOP: it does, and it
// did so of the one before to its end.
func (s *Stream) Keeps() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.whole && s.fits
}

// Key returns the newest key unit, or nil.
func (s *Stream) Key() *media.AccessUnit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keyed
}

func (s *Stream) head() uint64 { return s.base + uint64(len(s.log)) }

func (s *Stream) wakeLocked() <-chan struct{} {
	if s.wake == nil {
		s.wake = make(chan struct{})
	}
	return s.wake
}

func (s *Stream) signal() {
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}
