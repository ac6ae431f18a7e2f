package streaming

import (
	"context"
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/rtsp"
)

// run is how a session went: err is nil when we ended it, because nobody
// watches any more, or because the stream is to begin anew; live is for how long
// pictures came.
type run struct {
	err  *fault.Error
	live time.Duration
}

// connect runs one session to its end.
func (s *stream) connect(ctx context.Context, p *admission.Pass, again bool) run {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := &ingest{stream: s, pass: p}
	s.mu.Lock()
	if s.anew {
		s.mu.Unlock()
		p.Done(time.Now(), nil)
		return run{}
	}
	c := s.conf.Load()
	sess := s.svc.cfg.newSession(s.sessionConfig(in, c, again))
	s.status.NextTry, s.urgent = time.Time{}, false // it is being tried
	s.sess = sess
	s.stirLocked()
	s.mu.Unlock()
	s.resetHub()
	s.counters.connects.Add(1)
	if again {
		s.counters.reconnects.Add(1)
	}
	done := make(chan error, 1)
	go func() { done <- sess.Run(ctx) }()
	err := s.supervise(ctx, cancel, in, done)
	info := sess.Info()
	c.device.Learn(info.Transport, info.Pin)
	out := run{live: in.liveFor()}
	if err != nil {
		out.err = asFault(err)
		s.log.Debug("session ended", "error", err, "transport", info.Transport)
	}
	p.Done(time.Now(), out.err)
	return out
}

// sessionConfig says what to pull; s is locked.
func (s *stream) sessionConfig(in *ingest, c *conf, again bool) rtsp.Config {
	rc := rtsp.Config{
		URL:         s.urlLocked(),
		Credentials: c.cam.SignIn(),
		Transport:   c.cam.Transport,
		TLS:         c.cam.TLS,
		DialTimeout: dialFirst,
		OnPlaying:   in.plays,
		OnTracks:    in.tracks,
		OnUnit:      in.unit,
		Log:         s.log,
	}
	if again {
		rc.DialTimeout = dialAgain
	}
	if s.svc.cfg.DialContext != nil {
		rc.DialContext = s.svc.cfg.DialContext(c.cam)
	}
	rc.PreferUDP, rc.Pin = c.device.Learned()
	return rc
}

// supervise waits for the session's end, tells when it falls silent, and ends it
// when it stays so. It also ends it, and returns nil, when nobody has watched for
// IdleAfter, and when the stream is switched off, removed or to begin anew.
func (s *stream) supervise(ctx context.Context, cancel func(), in *ingest, done <-chan error) error {
	for {
		now := time.Now()
		idle, crowded := s.idleAt()
		silent := s.silentAt(now) // may mark the stream, which endAt looks at
		end := s.endAt()
		switch {
		case !idle.IsZero() && !now.Before(idle), ctx.Err() != nil, s.ordered():
			cancel()
			<-done
			return nil
		case !end.IsZero() && !now.Before(end):
			cancel()
			<-done
			return fault.New(fault.Silence, "the camera stopped sending pictures", "")
		}
		timer := newTimer(earliest([]time.Time{idle, silent, end, s.restAt(now), s.keyAt(in, now)}), now)
		select {
		case err := <-done:
			timer.Stop()
			if ctx.Err() != nil || s.ordered() {
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

// ordered tells whether the session has to end.
func (s *stream) ordered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.anew || s.orderedLocked()
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
