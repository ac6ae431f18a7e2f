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
	// lookTimeout bounds one search for a stream's address.
	lookTimeout = 20 * time.Second

	// lookPause is between two searches because of a path that does not exist:
	// a camera that starts has none of its paths for a while.
	lookPause = 10 * time.Second

	// awayTries is after how many tries in a row that met nobody an address is
	// searched for, beside the tries: the camera may have another one now. It
	// doubles from search to search.
	awayTries = 3
)

// search is what a life knows of its searches for an address.
type search struct {
	begun  time.Time     // when the last one that was waited for began
	nextAt int           // after how many tries without an answer the next one is due; 0 is awayTries
	ended  chan struct{} // closed when the one beside the tries has ended; nil before
	from   string        // the address that this one wants to replace
}

// find sees to it that there is an address to connect to, and asks for another
// one where the last was of no use. It waits for the answer, but not where the
// camera is away: it may come back where it was at any moment.
func (l *life) find(ctx context.Context) step {
	s := l.stream
	url := s.url()
	none := url == ""
	locate := s.svc.cfg.Locate
	switch {
	case none && locate == nil:
		return l.lost(ctx, fault.New(fault.Config, "the stream has no address", "enter its rtsp address, or that of the camera's ONVIF service"))
	case locate == nil:
		return onward
	case none:
	case l.last == fault.StreamNotFound && time.Since(l.search.begun) >= lookPause:
	case l.away >= max(awayTries, l.search.nextAt):
		l.searchBeside(ctx, url)
		return onward
	default:
		return onward
	}
	return l.searchNow(ctx)
}

// searchNow asks and waits for the answer.
func (l *life) searchNow(ctx context.Context) step {
	s := l.stream
	c := s.conf.Load()
	status, changed := c.device.Resting(time.Now(), c.cam.SignIn())
	if status.State != camera.Idle {
		s.set(status)
		if to := s.rest(ctx, status.NextTry, changed); to == over {
			return over
		}
		return again
	}
	l.search.begun = time.Now()
	s.mu.Lock()
	s.status.NextTry, s.urgent = time.Time{}, false // it is being tried
	s.stirLocked()
	s.mu.Unlock()
	url, to, err := s.locate(ctx, c, l.last)
	switch {
	case to != onward:
		return to
	case err != nil:
		return l.unfound(ctx, c, err)
	case !s.found(c, url):
		return l.lost(ctx, fault.New(fault.Config, "the stream has no address", "enter its rtsp address"))
	}
	return onward
}

// unfound says what the search ended with, and rests.
func (l *life) unfound(ctx context.Context, c *conf, err error) step {
	resting, ok := errors.AsType[*admission.RestingError](err)
	if !ok || resting.Until.IsZero() {
		return l.lost(ctx, asFault(err))
	}
	// A sign-in rests that is not the stream's own.
	changed := c.device.Changed()
	status := camera.StatusFor(resting.Fault)
	status.State, status.NextTry = camera.Unauthorized, resting.Until
	l.stream.set(status)
	if l.stream.rest(ctx, status.NextTry, changed) == over {
		return over
	}
	return again
}

// lost says why there is no address, and rests.
func (l *life) lost(ctx context.Context, why *fault.Error) step {
	s := l.stream
	l.failures++
	l.last = why.Code
	status := camera.StatusFor(why)
	status.NextTry = time.Now().Add(wrongDelay(l.failures))
	s.set(status)
	if s.rest(ctx, status.NextTry, nil) == over {
		return over
	}
	return again
}

// locate asks for the stream's address. It gives up when nobody waits for it any
// more.
func (s *stream) locate(ctx context.Context, c *conf, last fault.Code) (url string, to step, err error) {
	if err := s.svc.budget.Wait(ctx); err != nil {
		s.retire(ctx)
		return "", over, nil
	}
	limited, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		url, err = s.svc.cfg.Locate(limited, *c.cam, s.name, last)
	}()
	for {
		select {
		case <-done:
			if errors.Is(err, context.DeadlineExceeded) {
				err = fault.New(fault.DialTimeout, "the camera does not tell the stream's address", "")
			}
			return url, onward, err
		case <-s.poke:
		}
		if s.ordered() {
			cancel()
			<-done
			if s.retire(ctx) {
				return "", over, nil
			}
			return "", again, nil
		}
	}
}

// found takes an address that was found for c, "" for none better, and tells
// whether there is one.
func (s *stream) found(c *conf, url string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if url != "" && s.conf.Load().origin() == c.origin() {
		s.located = url
	}
	return s.urlLocked() != ""
}

// searchBeside asks for another address while the tries go on.
func (l *life) searchBeside(ctx context.Context, from string) {
	if l.search.ended != nil {
		select {
		case <-l.search.ended:
		default:
			return
		}
		if l.search.from != from { // it has found one, which is tried first
			l.away, l.search = 0, search{}
			return
		}
	}
	ended, s, last := make(chan struct{}), l.stream, l.last
	l.search.nextAt, l.search.ended, l.search.from = 2*l.away, ended, from
	c := s.conf.Load()
	s.svc.start(func(context.Context) {
		defer close(ended)
		ctx, cancel := context.WithTimeout(ctx, lookTimeout)
		defer cancel()
		url, err := s.svc.cfg.Locate(ctx, *c.cam, s.name, last)
		if err != nil {
			s.log.Debug("no other address found", "error", err)
			return
		}
		s.moved(c, url)
	})
}

// moved takes an address that was found beside the tries, unless the camera is
// back where it was.
func (s *stream) moved(c *conf, url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state := s.status.State; url == "" || url == s.urlLocked() || state == camera.Live || state == camera.Silent || s.conf.Load().origin() != c.origin() {
		return
	}
	s.located, s.urgent = url, true
	s.wake()
}
