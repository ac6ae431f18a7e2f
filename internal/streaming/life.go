package streaming

import (
	"context"
	"errors"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/rtsp"
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

// live is the stream's life: connect, run a session, retry politely, until
// nobody has watched for IdleAfter or ctx ends.
func (s *stream) live(ctx context.Context) {
	failures, everLive := 0, false
	for {
		pass := s.admitted(ctx)
		if pass == nil {
			return
		}
		ran := s.connect(ctx, pass, failures > 0)
		everLive = everLive || ran.live > 0
		if ran.live >= goodFor {
			failures = 0
		}
		if ran.err == nil {
			if s.retire(ctx) {
				return
			}
			// Somebody came in the moment of stopping.
			s.set(camera.Status{State: camera.Idle, Reason: fault.Idle})
			s.set(camera.Status{State: camera.Connecting})
			continue
		}
		failures++
		status := statusOf(ran.err)
		if status.State == camera.Retrying {
			s.mu.Lock()
			watched := s.viewers > 0
			s.mu.Unlock()
			status.NextTry = time.Now().Add(awayDelay(ran.err.Code, failures, everLive, watched))
			s.set(status)
			if !s.rest(ctx, status.NextTry, nil) {
				return
			}
		}
		// What the device refused waits at its gate.
	}
}

// admitted waits until the device's gate lets this stream connect. It returns
// nil when the stream has retired instead.
func (s *stream) admitted(ctx context.Context) *pass {
	for {
		v := s.device.admit(time.Now(), s.cam.SignIn())
		if v.pass != nil {
			if err := s.svc.budget.Wait(ctx); err != nil {
				v.pass.done(time.Now(), nil)
				s.retire(ctx)
				return nil
			}
			return v.pass
		}
		if v.status.State != camera.Idle {
			s.set(v.status)
		}
		if !s.rest(ctx, v.status.NextTry, v.changed) {
			return nil
		}
	}
}

// rest waits until a time (zero: no time), until changed is closed, or until a
// person asks. It returns false when the stream has retired instead.
func (s *stream) rest(ctx context.Context, until time.Time, changed <-chan struct{}) bool {
	for {
		if s.retire(ctx) {
			return false
		}
		s.mu.Lock()
		urgent := s.urgent
		s.urgent = false
		if changed == nil {
			until = s.status.NextTry // sooner, when somebody came
		}
		s.mu.Unlock()
		now := time.Now()
		if urgent || !until.IsZero() && !now.Before(until) {
			return true
		}
		idle, _ := s.idleAt()
		timer := newTimer(earliest([]time.Time{idle, until}), now)
		select {
		case <-ctx.Done():
		case <-s.poke:
		case <-timer.C:
		case <-changed:
			timer.Stop()
			return !s.retire(ctx)
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
	wanted, crowded := s.device.crowded()
	if wanted {
		return s.unwatched, nil
	}
	return s.unwatched.Add(s.svc.cfg.IdleAfter), crowded
}

// retire ends the stream's life when nobody has watched for IdleAfter, or ctx
// has ended, and tells whether it did.
func (s *stream) retire(ctx context.Context) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() == nil && s.viewers > 0 {
		return false
	}
	if wanted, _ := s.device.crowded(); ctx.Err() == nil && !wanted && time.Since(s.unwatched) < s.svc.cfg.IdleAfter {
		return false
	}
	s.alive = false
	if s.stopDecode != nil {
		s.stopDecodeLocked()
	}
	s.dropFrameLocked()
	s.hub.Reset()
	s.setLocked(camera.Status{State: camera.Idle, Reason: fault.Idle})
	return true
}

// restAt returns when decoding stops if nobody comes; zero when it does not run
// or must go on. Past that time it is stopped. The last GOP brings a new viewer
// up to date; where it is too long to be kept, the decoder goes on until the
// pull stops.
func (s *stream) restAt(now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.viewers > 0 || s.stopDecode == nil || !s.hub.Keeps() {
		return time.Time{}
	}
	if at := s.unwatched.Add(decodeLinger); now.Before(at) {
		return at
	}
	s.stopDecodeLocked()
	return time.Time{}
}

// run is how a session went: err is nil when we ended it, because nobody
// watches any more; live is for how long pictures came.
type run struct {
	err  *fault.Error
	live time.Duration
}

// connect runs one session to its end.
func (s *stream) connect(ctx context.Context, p *pass, again bool) run {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := &ingest{stream: s}
	sess := s.svc.cfg.newSession(s.sessionConfig(in, p, again))
	s.hub.Reset()
	s.counters.connects.Add(1)
	if again {
		s.counters.reconnects.Add(1)
	}
	s.mu.Lock()
	s.status.NextTry, s.urgent = time.Time{}, false // it is being tried
	s.sess = sess
	s.mu.Unlock()
	done := make(chan error, 1)
	go func() { done <- sess.Run(ctx) }()
	err := s.supervise(ctx, cancel, done)
	info := sess.Info()
	s.device.learn(info)
	out := run{live: in.liveFor()}
	if err != nil {
		out.err = asFault(err)
		s.log.Debug("session ended", "error", err, "transport", info.Transport)
	}
	p.done(time.Now(), out.err)
	return out
}

func (s *stream) sessionConfig(in *ingest, p *pass, again bool) rtsp.Config {
	rc := rtsp.Config{
		URL:         s.def.URL,
		Credentials: s.cam.SignIn(),
		Transport:   s.cam.Transport,
		TLS:         s.cam.TLS,
		DialTimeout: dialFirst,
		OnPlaying:   p.accepted,
		OnTracks:    in.tracks,
		OnUnit:      in.unit,
		Log:         s.log,
	}
	if again {
		rc.DialTimeout = dialAgain
	}
	rc.PreferUDP, rc.Pin = s.device.learned()
	return rc
}

// supervise waits for the session's end, tells when it falls silent, and ends
// it when it stays so, or when nobody has watched for IdleAfter: then it returns
// nil.
func (s *stream) supervise(ctx context.Context, cancel func(), done <-chan error) error {
	for {
		now := time.Now()
		idle, crowded := s.idleAt()
		silent := s.silentAt(now) // may mark the stream, which endAt looks at
		end := s.endAt()
		switch {
		case !idle.IsZero() && !now.Before(idle) || ctx.Err() != nil:
			cancel()
			<-done
			return nil
		case !end.IsZero() && !now.Before(end):
			cancel()
			<-done
			return fault.New(fault.Silence, "the camera stopped sending pictures", "")
		}
		timer := newTimer(earliest([]time.Time{idle, silent, end, s.restAt(now)}), now)
		select {
		case err := <-done:
			timer.Stop()
			if ctx.Err() != nil {
				return nil
			}
			return err
		case <-ctx.Done():
		case <-s.poke:
		case <-crowded:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// earliest returns the first of times that are not zero; zero without any.
func earliest(times []time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// endAt returns when a silent session is given up: packets may still come that
// make no picture, so that the session itself sees no silence. Zero while
// pictures come.
func (s *stream) endAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status.State != camera.Silent {
		return time.Time{}
	}
	return s.lastUnit.Add(max(giveUpAfter, 2*s.silentAfter))
}

// silentAt returns when a live stream will be silent if nothing comes. A stream
// that is already too late is marked.
func (s *stream) silentAt(now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status.State != camera.Live {
		return time.Time{}
	}
	at := s.lastUnit.Add(s.silentAfter)
	if now.Before(at) {
		return at
	}
	s.setLocked(camera.Status{
		State: camera.Silent, Reason: fault.Silence, Since: s.lastUnit,
		Message: "connected, but no pictures come",
	})
	return time.Time{}
}

// ingest takes in what one session delivers, in the session's goroutine.
type ingest struct {
	stream *stream
	pace   pace
	lag    lag
	first  time.Time
	last   time.Time
}

func (in *ingest) tracks(tracks []*media.Track) {
	in.stream.mu.Lock()
	defer in.stream.mu.Unlock()
	for _, t := range tracks {
		if t.Codec.IsVideo() {
			in.stream.track = t
			return
		}
	}
}

func (in *ingest) unit(au *media.AccessUnit) {
	s := in.stream
	s.counters.bytesIn.Add(uint64(len(au.Data)))
	s.counters.packetsLost.Add(uint64(au.Lost))
	if !au.Track.Codec.IsVideo() {
		s.hub.Publish(au)
		return
	}
	s.counters.unitsIn.Add(1)
	in.pace.add(au.Arrived)
	behind := in.lag.add(au.Arrived, au.RTPTime)
	if in.first.IsZero() {
		in.first = au.Arrived
	}
	in.last = au.Arrived
	in.note(au, behind)
	s.hub.Publish(au) // after the state: what is decoded of it is live
}

// note takes a video unit into the stream's state.
func (in *ingest) note(au *media.AccessUnit, behind time.Duration) {
	s := in.stream

	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastUnit, s.silentAfter, s.fps = au.Arrived, in.pace.silentAfter(), in.pace.fps()
	if s.status.State != camera.Live {
		if !s.alive || !s.status.State.MayFollow(camera.Live) {
			return // a unit in the moment of stopping
		}
		s.setLocked(camera.Status{State: camera.Live})
		s.wake() // silence is watched from now on
	}
	s.status.Behind = behind
}

// liveFor returns for how long units came.
func (in *ingest) liveFor() time.Duration {
	if in.first.IsZero() {
		return 0
	}
	return max(in.last.Sub(in.first), 1)
}

// asFault makes what a session ended with readable.
func asFault(err error) *fault.Error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	return &fault.Error{Code: fault.Internal, Message: "the session broke off", Err: err}
}
