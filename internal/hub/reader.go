package hub

import (
	"context"
	"time"

	"camwall/internal/media"
)

// kind is which units of a hub a reader gets.
type kind uint8

const (
	everyUnit kind = iota
	onlyVideo
	onlySound
)

func (k kind) takes(au *media.AccessUnit) bool {
	return k == everyUnit || au.Track.Codec.IsVideo() == (k == onlyVideo)
}

// Reader is one consumer: a position in the hub's log. It belongs to one
// goroutine and needs no closing.
type Reader struct {
	stream *Stream
	kind   kind
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

	// There says that Unit was already there when the reader started, or went
	// on after a loss: the reader was not slow to take it.
	There bool
}

// NewReader returns a reader that starts with the last GOP where the hub holds
// it whole. Of a GOP beyond the bounds it first gets the key unit alone, as one
// to catch up with, and goes on at the next key unit.
func (s *Stream) NewReader() *Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.readerLocked(everyUnit)
	if !s.whole {
		r.still = s.keyed
	}
	return r
}

// NewVideoReader returns a reader of video units that starts with the last GOP
// where the hub holds it whole, else at the next key unit.
func (s *Stream) NewVideoReader() *Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.readerLocked(onlyVideo)
}

func (s *Stream) readerLocked(k kind) *Reader {
	r := &Reader{stream: s, kind: k}
	r.startLocked(s.head())
	if s.whole {
		r.startLocked(s.key)
		r.seek = false
	}
	return r
}

// startLocked makes r go on at a position, with the first key unit from there.
func (r *Reader) startLocked(at uint64) {
	s := r.stream
	r.next, r.live, r.seek = at, s.head(), true
	for r.live > at && !r.kind.takes(s.log[r.live-1-s.base]) {
		r.live-- // the newest that it takes may be shown
	}
}

// NewSoundReader returns a reader of the audio units to come.
func (s *Stream) NewSoundReader() *Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Reader{stream: s, kind: onlySound, next: s.head(), live: s.head()}
}

// Next returns the next unit and waits for it. A reader that has fallen behind
// by more than the bound, or whose units are gone, goes on at the newest key
// unit, or at the next one to come. Errors: ctx's, ErrClosed.
func (r *Reader) Next(ctx context.Context) (Item, error) {
	for {
		item, wake, err := r.step()
		if err != nil || item.Unit != nil {
			return item, err
		}
		select {
		case <-ctx.Done():
			return Item{}, ctx.Err()
		case <-wake:
		}
	}
}

// Poll is Next without waiting: false when there is no unit now, and once the
// hub is closed.
func (r *Reader) Poll() (Item, bool) {
	item, _, _ := r.step()
	return item, item.Unit != nil
}

// step returns the next unit, or without one what is closed when there may be.
func (r *Reader) step() (Item, <-chan struct{}, error) {
	if au := r.still; au != nil {
		r.still = nil
		return Item{Unit: au, CatchingUp: true}, nil, nil
	}
	s := r.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Item{}, nil, ErrClosed
	}
	if !r.readyLocked() {
		return Item{}, s.wakeLocked(), nil
	}
	au := s.log[r.next-s.base]
	r.next++
	// The newest of the units that were there may be shown.
	item := Item{Unit: au, Skipped: r.lost, CatchingUp: r.next < r.live, There: r.next <= r.live}
	r.lost = 0
	return item, nil, nil
}

// Ready tells whether there is a unit for Poll.
func (r *Reader) Ready() bool {
	s := r.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed && (r.still != nil || r.readyLocked())
}

// readyLocked moves on to the next unit to hand out and tells whether there is
// one.
func (r *Reader) readyLocked() bool {
	s := r.stream
	r.overtake()
	for ; r.next < s.head(); r.next++ {
		au := s.log[r.next-s.base]
		if !r.kind.takes(au) {
			continue
		}
		if r.seek && !au.Key {
			r.lost++
			continue
		}
		r.seek = false
		return true
	}
	return false
}

// Wake returns what is closed by the next unit that is published, and when the
// hub is closed. Ask for it before Ready or Poll, so as to miss none.
func (r *Reader) Wake() <-chan struct{} {
	s := r.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wakeLocked()
}

// Skip passes over what is there, up to the newest key unit when that is ahead
// and arrived at since or later, else up to the next key unit to come.
func (r *Reader) Skip(since time.Time) {
	s := r.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	to := s.head()
	if s.keyed != nil && s.key >= max(r.next, s.base) && !s.keyed.Arrived.Before(since) {
		to = s.key
	}
	r.still = nil
	r.lost += to - min(r.next, to)
	r.startLocked(to)
}

// overtake moves a reader that is too far behind. The hub is locked.
func (r *Reader) overtake() {
	s := r.stream
	if r.kind == onlySound {
		if r.next < s.base {
			r.lost += s.base - r.next
			r.next = s.base
		}
		return
	}
	tooFar := s.head()-r.next > uint64(s.cfg.MaxLag) && s.keyed != nil && s.key > r.next
	if r.next >= s.base && !tooFar {
		return
	}
	to := s.base
	if s.keyed != nil && s.key >= s.base {
		to = s.key
	}
	r.lost += to - r.next
	r.startLocked(to)
}
