// Package hub fans one stream's access units out to any number of readers. It
// keeps one log of the newest units, and a reader is a position in that log: so
// publishing costs the same for one reader and for a thousand, and nobody can
// block the camera. The log always holds the last GOP, within bounds, so that a
// new reader starts at once. The hub knows no protocol and no decoder;
// streaming publishes into it, decoders and coded viewers read from it.
package hub

import (
	"context"
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

// ErrClosed is what Next returns once the hub is closed.
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

func (s *Stream) signal() {
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}

// Reader is one consumer: a position in the hub's log. It belongs to one
// goroutine and needs no closing.
type Reader struct {
	stream *Stream
	next   uint64            // position of the next unit
	live   uint64            // units before this position were there when the reader (re)started
	seek   bool              // units are passed over until a key unit
	still  *media.AccessUnit // a key unit to hand out first; see NewReader
	lost   uint64            // units passed over since the last one handed out
}

// Item is what a reader gets.
type Item struct {
	Unit *media.AccessUnit

	// Skipped counts the units that this reader lost directly before Unit.
	Skipped uint64

	// CatchingUp says that Unit was already there when the reader started, and
	// newer ones follow at once: decode it, don't show it.
	CatchingUp bool
}

// NewReader returns a reader that starts with the last GOP where the hub holds
// it whole. Of a GOP beyond the bounds it first gets the key unit alone, as one
// to catch up with, and goes on at the next key unit.
func (s *Stream) NewReader() *Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Reader{stream: s, next: s.head(), live: s.head(), seek: true}
	if s.whole {
		r.next, r.seek = s.key, false
	} else {
		r.still = s.keyed
	}
	return r
}

// Next returns the next unit and waits for it. A reader that has fallen behind
// by more than the bound, or whose units are gone, goes on at the newest key
// unit, or at the next one to come. Errors: ctx's, ErrClosed.
func (r *Reader) Next(ctx context.Context) (Item, error) {
	s := r.stream
	if au := r.still; au != nil {
		r.still = nil
		return Item{Unit: au, CatchingUp: true}, nil
	}
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return Item{}, ErrClosed
		}
		r.overtake()
		for r.next < s.head() {
			au := s.log[r.next-s.base]
			r.next++
			if r.seek && !au.Key {
				r.lost++
				continue
			}
			r.seek = false
			// The newest of the units that were there may be shown.
			item := Item{Unit: au, Skipped: r.lost, CatchingUp: r.next < r.live}
			r.lost = 0
			s.mu.Unlock()
			return item, nil
		}
		if s.wake == nil {
			s.wake = make(chan struct{})
		}
		wake := s.wake
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return Item{}, ctx.Err()
		case <-wake:
		}
	}
}

// overtake moves a reader that is too far behind. The hub is locked.
func (r *Reader) overtake() {
	s := r.stream
	tooFar := s.head()-r.next > uint64(s.cfg.MaxLag) && s.keyed != nil && s.key > r.next
	if r.next >= s.base && !tooFar {
		return
	}
	to := s.base
	if s.keyed != nil && s.key >= s.base {
		to = s.key
	}
	r.lost += to - r.next
	r.next, r.live, r.seek = to, s.head(), true
}
