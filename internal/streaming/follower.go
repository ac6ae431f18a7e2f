package streaming

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"camwall/internal/camera"
)

const (
	followMaxAge = 500 * time.Millisecond // of coded units, where nothing else is wanted
	lookAgain    = time.Second            // at what changes by time alone
)

// Follower is one live tile's interest in one camera. Wait and Take belong to
// one goroutine; the other methods may be called from any.
type Follower struct {
	svc   *Service
	entry *entry
	poke  chan struct{} // something was asked for

	// mu guards the fields below. It is outside of a stream's lock.
	mu      sync.Mutex
	view    *view // that now and next were chosen from
	want    FollowRequest
	now     *line
	next    *line     // what is wanted, until its first live picture; nil when now is that
	standIn bool      // now takes the place of next, which has trouble
	refused error     // why the last other line could not be joined; nil else
	blocked time.Time // until then no other is tried
	source  int
	told    *Shown // nil: nothing of this source
	toldAt  time.Time
	begun   bool // a picture was given: a live one, or the last one
	closed  bool

	soughtAt time.Time // when the last picture was looked for
}

// Follow starts following a camera; the Follower is the caller's to close. Errors
// are those of Watch.
func (s *Service) Follow(id camera.ID, want FollowRequest) (*Follower, error) {
	e, err := s.look(id)
	if err != nil {
		return nil, err
	}
	if err := want.check(); err != nil {
		return nil, err
	}
	f := &Follower{svc: s, entry: e, want: want, source: 1, poke: make(chan struct{}, 1)}
	for {
		f.view = e.view.Load()
		st, err := f.view.choose(want.Stream, want.Width, want.Height)
		if err != nil {
			return nil, err
		}
		if f.now, err = f.join(f.goal(st)); err == nil {
			return f, nil
		}
		if !errors.Is(err, errRemoved) { // else there is a newer view
			return nil, err
		}
	}
}

func (w *FollowRequest) check() error {
	if err := checkSize(w.Width, w.Height); err != nil {
		return err
	}
	w.Coded = slices.Clone(w.Coded)
	if w.MaxAge == 0 {
		w.MaxAge = followMaxAge
	}
	return checkSize(w.JPEG.Width, w.JPEG.Height)
}

// Change makes want what is followed. What is shown goes on until the first live
// picture of another stream, rendition or format. Errors are those of Watch; then
// all stays as it was.
func (f *Follower) Change(want FollowRequest) error {
	if err := want.check(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	old := f.want
	f.want, f.refused, f.blocked = want, nil, time.Time{}
	err := f.settle()
	if err == nil {
		err = f.refused
	}
	if err != nil {
		f.want = old
		return err
	}
	f.now.listen(want.Sound)
	if f.next != nil {
		f.next.listen(want.Sound)
	}
	f.wake()
	return nil
}

func (f *Follower) wake() {
	select {
	case f.poke <- struct{}{}:
	default:
	}
}

// Restart begins with a key unit again, from the last GOP that is kept: the
// viewer's decoder lost its way, or nobody took units for a while.
func (f *Follower) Restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || !f.now.coded {
		return
	}
	f.now.restart()
	f.now.stream.askKeyIfBlind()
	f.wake()
}

// Skip passes over coded units up to a key unit: the viewer gave one up, and can
// do nothing with those behind it.
func (f *Follower) Skip() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || !f.now.coded {
		return
	}
	f.now.skip(time.Now().Add(-f.want.MaxAge))
	f.wake()
}

// Wait waits until Take may have something. Errors: ctx's, fault.NotFound once
// the camera, or the stream that was asked for, is removed, fault.Stopping once
// the Service is closed.
func (f *Follower) Wait(ctx context.Context) error {
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	for {
		w, err := f.look()
		if err != nil || w.ready {
			return err
		}
		timer.Reset(lookAgain)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.svc.ends:
		case <-f.poke:
		case <-w.view:
		case <-w.now.stream:
		case <-w.now.picture:
		case <-w.now.unit:
		case <-w.next.stream:
		case <-w.next.picture:
		case <-w.next.unit:
		case <-timer.C:
		}
	}
}

// waiting is what Wait waits for; ready: it need not.
type waiting struct {
	ready     bool
	view      <-chan struct{}
	now, next signals
}

// look brings everything up to date, and tells whether there is something for
// Take, or when there may be.
func (f *Follower) look() (waiting, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		now, next := f.now, f.next
		// What is closed from here on is not missed.
		w := waiting{view: f.view.changed, now: now.signals()}
		if next != nil {
			w.next = next.signals()
		}
		if err := f.settle(); err != nil {
			return w, err
		}
		if f.now != now || f.next != next {
			continue
		}
		f.lookLong()
		_, due := f.news()
		w.ready = due || f.now.ready() || f.lastDue()
		return w, nil
	}
}

// lookLong looks after lines that wait for a key unit.
func (f *Follower) lookLong() {
	for _, l := range []*line{f.now, f.next} {
		if l != nil && l.coded {
			l.unfreeze()
		}
	}
}

// Take returns what is next, and does not wait: a change of state first, then
// sound, then the newest JPEG or the next coded unit. False: there is nothing.
func (f *Follower) Take() (FollowItem, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.settle() == nil {
		item := FollowItem{Source: f.source}
		if shown, due := f.news(); due {
			told := shown // so that only what is told is allocated
			f.told, f.toldAt, item.State = &told, time.Now(), &told
			return item, true
		}
		if item.Sound = f.now.takeSound(f.want.MaxAge); item.Sound != nil {
			return item, true
		}
		if !f.lastDue() {
			ok := f.takeMoving(&item)
			f.begun = f.begun || ok
			return item, ok
		}
		if item.Picture = f.takeLast(); item.Picture != nil {
			return item, true
		}
		// All may have changed while it was looked for.
	}
	return FollowItem{}, false
}

// takeMoving makes the newest JPEG or the next coded unit the item.
func (f *Follower) takeMoving(item *FollowItem) bool {
	if !f.now.coded {
		item.Picture = f.now.takePicture()
		return item.Picture != nil
	}
	unit, ok := f.now.takeUnit(f.want.MaxAge)
	item.Unit, item.CatchingUp, item.Skipped = unit.Unit, unit.CatchingUp, unit.Skipped > 0
	return ok
}

// Sent counts one picture or unit of n bytes that was written to the viewer.
func (f *Follower) Sent(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.stream.sent(n)
}

// Unchanged takes a report of a viewer that decodes coded units: since when its
// pictures are identical; zero: they change. It has to be repeated, and counts
// for 10 s.
func (f *Follower) Unchanged(since time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed && f.now.coded {
		f.now.stream.report(f, since)
	}
}

// Close ends the interest, and Wait with fault.Stopping. It may be called twice.
func (f *Follower) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	f.closed = true
	f.drop(f.now)
	f.drop(f.next)
	f.wake()
}
