package streaming

import (
	"context"
	"errors"
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/fault"
)

const (
	dialFirst = 5 * time.Second
	// dialAgain is short, so that a try that began just before a camera came
	// back does not hide its return.
	dialAgain = 1500 * time.Millisecond
	// giveUpAfter is how long a session may bring no picture.
	giveUpAfter = 30 * time.Second
	// decodeLinger spares who asks for single pictures one after another the
	// way through the whole GOP each time.
	decodeLinger = 2 * time.Second
)

// step is what a part of a life leads to.
type step uint8

const (
	onward step = iota
	again       // from the beginning
	over        // the stream has retired
)

// life is what a stream's life knows of its tries. It belongs to one goroutine.
type life struct {
	stream   *stream
	failures int        // in a row
	away     int        // tries in a row that met nobody
	last     fault.Code // why the last session ended
	everLive bool
	search   search
}

// live is the stream's life: connect, run a session, retry politely, until
// nobody has watched for IdleAfter, the stream is switched off or removed, or ctx
// ends.
func (s *stream) live(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &life{stream: s}
	for l.turn(ctx) != over {
	}
}

// turn is one try.
func (l *life) turn(ctx context.Context) step {
	if l.stream.takeAnew() {
		*l = life{stream: l.stream}
	}
	if to := l.find(ctx); to != onward {
		return to
	}
	pass, to := l.stream.admitted(ctx)
	if to != onward {
		return to
	}
	return l.after(ctx, l.stream.connect(ctx, pass, l.failures > 0))
}

// takeAnew tells whether the life is to begin anew, and makes the state say so.
func (s *stream) takeAnew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.anew {
		return false
	}
	s.anew, s.urgent = false, false
	s.setLocked(camera.Status{State: camera.Connecting})
	return true
}

// after draws the conclusions from a session that has ended.
func (l *life) after(ctx context.Context, ran run) step {
	s := l.stream
	l.everLive = l.everLive || ran.live > 0
	if ran.live >= goodFor {
		l.failures = 0
	}
	if ran.err == nil {
		if s.retire(ctx) {
			return over
		}
		// Somebody came in the moment of stopping, or it is to begin anew.
		s.set(camera.Status{State: camera.Connecting})
		return again
	}
	l.failures++
	l.last = ran.err.Code
	if l.away++; !admission.Away(l.last) {
		l.away, l.search.nextAt = 0, 0
	}
	status := camera.StatusFor(ran.err)
	if status.State != camera.Retrying {
		return again // what the device refused waits at its gate
	}
	s.mu.Lock()
	watched := s.viewers > 0
	s.mu.Unlock()
	status.NextTry = time.Now().Add(awayDelay(l.last, l.failures, l.everLive, watched))
	s.set(status)
	return s.rest(ctx, status.NextTry, nil)
}

// admitted waits until the device's gate lets this stream connect.
func (s *stream) admitted(ctx context.Context) (*admission.Pass, step) {
	c := s.conf.Load()
	for {
		v := c.device.Admit(time.Now(), c.cam.SignIn())
		if v.Pass != nil {
			if err := s.svc.budget.Wait(ctx); err != nil {
				v.Pass.Done(time.Now(), nil)
				s.retire(ctx)
				return nil, over
			}
			return v.Pass, onward
		}
		if v.Status.State != camera.Idle {
			s.set(v.Status)
		}
		if to := s.rest(ctx, v.Status.NextTry, v.Changed); to != onward {
			return nil, to
		}
	}
}

// rest waits until a time (zero: no time), until changed is closed, or until a
// person asks: onward. It leads to again when the stream is to begin anew.
func (s *stream) rest(ctx context.Context, until time.Time, changed <-chan struct{}) step {
	for {
		if s.retire(ctx) {
			return over
		}
		s.mu.Lock()
		urgent, anew := s.urgent, s.anew
		s.urgent = false
		if changed == nil {
			until = s.status.NextTry // sooner, when somebody came
		}
		s.mu.Unlock()
		now := time.Now()
		switch {
		case anew:
			return again
		case urgent || !until.IsZero() && !now.Before(until):
			return onward
		}
		idle, _ := s.idleAt()
		timer := newTimer(earliest([]time.Time{idle, until}), now)
		select {
		case <-ctx.Done():
		case <-s.poke:
		case <-timer.C:
		case <-changed:
			timer.Stop()
			if s.retire(ctx) {
				return over
			}
			return onward
		}
		timer.Stop()
	}
}

// newTimer fires at a time; a zero time is in an hour, when it does no harm.
func newTimer(at, now time.Time) *time.Timer {
	if at.IsZero() {
		return time.NewTimer(time.Hour)
	}
	return time.NewTimer(at.Sub(now))
}

// idleAt returns when the stream retires if nobody comes; zero while somebody
// watches. It is at once while another stream waits for a connection to the
// device; crowded is closed when one begins to.
func (s *stream) idleAt() (at time.Time, crowded <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.viewers > 0 {
		return time.Time{}, nil
	}
	wanted, crowded := s.conf.Load().device.Crowded()
	if wanted {
		return s.unwatched, nil
	}
	return s.unwatched.Add(s.svc.cfg.IdleAfter), crowded
}

// retire ends the stream's life when nobody has watched for IdleAfter, when it is
// switched off or removed, or ctx has ended, and tells whether it did.
func (s *stream) retire(ctx context.Context) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() == nil && !s.orderedLocked() {
		if s.viewers > 0 {
			return false
		}
		wanted, _ := s.conf.Load().device.Crowded()
		if !wanted && time.Since(s.unwatched) < s.svc.cfg.IdleAfter {
			return false
		}
	}
	s.alive, s.anew = false, false
	if s.stopDecode != nil {
		s.stopDecodeLocked()
	}
	s.dropFrameLocked()
	s.hub.Reset()
	if s.removed {
		s.hub.Close() // its session has ended
	}
	if s.conf.Load().cam.Disabled {
		s.setLocked(camera.Status{State: camera.Disabled, Reason: fault.Disabled})
	} else {
		s.setLocked(camera.Status{State: camera.Idle, Reason: fault.Idle})
	}
	return true
}

// restAt returns when decoding stops if no rendition comes; zero when it does
// not run or must go on. Past that time it is stopped. The last GOP brings a new
// viewer up to date; where it is too long to be kept, the decoder goes on until
// the pull stops, unless the pull itself goes on for viewers of coded units.
func (s *stream) restAt(now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.renditions) > 0 || s.stopDecode == nil || s.viewers == 0 && !s.hub.Keeps() {
		return time.Time{}
	}
	if at := s.unrendered.Add(decodeLinger); now.Before(at) {
		return at
	}
	s.stopDecodeLocked()
	s.judgeLocked(now)
	return time.Time{}
}

// asFault makes what a session ended with readable.
func asFault(err error) *fault.Error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	return &fault.Error{Code: fault.Internal, Message: "the session broke off", Err: err}
}
