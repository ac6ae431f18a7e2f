package streaming

import (
	"errors"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// errRemoved is why nobody can join a stream any more.
var errRemoved = errors.New("streaming: the stream was removed")

// freshFor is how much older than the newest unit a frame may be that a new
// rendition begins with.
const freshFor = time.Second

// join adds a viewer to the rendition that want asks for, and starts what is
// needed for it. With cards it is drawn pictures of the state, too.
func (s *stream) join(want Request, cards bool) (*rendition, error) {
	want.Stream = s.name
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.openLocked(); err != nil {
		return nil, err
	}
	r := s.renditions[want]
	if r == nil {
		if n := len(s.renditions); n >= s.svc.cfg.MaxRenditionsPerStream {
			return nil, tooManyRenditions(n, " of this stream")
		}
		if err := s.svc.takeRendition(); err != nil {
			return nil, err
		}
		r = newRendition(s, want)
		s.renditions[want] = r
		s.svc.start(r.run)
		if s.fresh() {
			r.offer(source{frame: s.frame.Ref()})
		}
	}
	r.viewers++
	if cards {
		r.cards++
	}
	s.enterLocked(s.stopDecode == nil)
	return r, nil
}

// joinCoded adds a viewer that takes units as they are: nothing is decoded for
// it.
func (s *stream) joinCoded() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.openLocked(); err != nil {
		return err
	}
	s.enterLocked(true)
	return nil
}

// openLocked tells why nobody can join.
func (s *stream) openLocked() error {
	switch {
	case s.removed:
		return errRemoved
	case s.svc.isClosed():
		return fault.New(fault.Stopping, "the server is stopping", "")
	}
	return nil
}

// enterLocked counts a viewer; blind is one that begins with what the hub holds.
func (s *stream) enterLocked(blind bool) {
	if s.viewers == 0 && s.status.State == camera.Retrying { // nobody watched when it failed
		soon := time.Now().Add(awayDelay(s.status.Reason, 1<<10, true, true))
		if soon.Before(s.status.NextTry) {
			s.status.NextTry = soon
		}
	}
	s.viewers++
	if blind && s.blindLocked() {
		s.askKeyLocked()
	}
	s.startLocked()
	s.wake()
}

// fresh tells whether the newest frame is the camera's newest picture, or nearly:
// not one of before the decoder rested, of another session, or of catching up.
func (s *stream) fresh() bool {
	return s.frame != nil && s.status.State == camera.Live && s.lastUnit.Sub(s.frame.Arrived()) < freshFor
}

// startLocked starts the life of the stream, and the decoding for its renditions,
// where they don't run.
func (s *stream) startLocked() {
	if s.status.State == camera.Disabled {
		return
	}
	if !s.alive {
		s.alive = true
		s.setLocked(camera.Status{State: camera.Connecting})
		s.svc.start(s.live)
	}
	if s.stopDecode == nil && len(s.renditions) > 0 {
		s.startDecodeLocked()
	}
}

// leave takes one viewer off r.
func (s *stream) leave(r *rendition, cards bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exitLocked()
	if cards {
		r.cards--
	}
	if r.viewers--; r.viewers > 0 {
		return
	}
	delete(s.renditions, r.want)
	if len(s.renditions) == 0 {
		s.unrendered = time.Now()
	}
	s.keepSeq(r)
	r.stop()
	s.wake()
}

// leaveCoded takes off a viewer of joinCoded.
func (s *stream) leaveCoded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exitLocked()
	s.wake()
}

func (s *stream) exitLocked() {
	s.viewers--
	if s.viewers == 0 {
		s.unwatched = time.Now()
	}
}

// maxSeqs bounds how many ended renditions are remembered.
const maxSeqs = 64

// keepSeq lets a later rendition of the same request number its pictures on, so
// that who asks for one picture after another can tell them apart.
func (s *stream) keepSeq(r *rendition) {
	if len(s.seqs) >= maxSeqs {
		clear(s.seqs)
	}
	// One more picture may be on its way.
	s.seqs[r.want] = r.latest.Load().Seq + 1
}
