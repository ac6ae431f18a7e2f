package streaming

import (
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/fault"
)

// conf is what a stream is to be. It is immutable, and replaced as a whole.
type conf struct {
	cam    *camera.Camera
	def    *camera.Stream
	device *admission.Device
}

// origin is what an address that was asked for depends on.
type origin struct {
	url, profile, profileName, source, onvif, address string
}

func (c *conf) origin() origin {
	return origin{
		url: c.def.URL, profile: c.def.Profile, profileName: c.def.ProfileName,
		source: c.cam.Source, onvif: c.cam.Device.ONVIF, address: c.cam.Device.Address,
	}
}

// pull is what a session depends on.
type pull struct {
	url       string
	device    *admission.Device
	signIn    camera.Credentials
	transport camera.Transport
	tls       camera.TLSMode
}

func (s *stream) pullLocked() pull {
	c := s.conf.Load()
	return pull{url: s.urlLocked(), device: c.device, signIn: c.cam.SignIn(), transport: c.cam.Transport, tls: c.cam.TLS}
}

// urlLocked returns the address to pull from: the one that was found, else the
// configured one; "" while it has to be asked for.
func (s *stream) urlLocked() string {
	if s.located != "" {
		return s.located
	}
	return s.conf.Load().def.URL
}

func (s *stream) url() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.urlLocked()
}

// become makes c what the stream is to be, and tells its life where that makes a
// difference. One goroutine at a time does so.
func (s *stream) become(c *conf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, was := s.conf.Load(), s.pullLocked()
	s.conf.Store(c)
	if c.origin() != old.origin() {
		s.located = ""
	}
	s.stirLocked() // its rotation may be another
	is := s.pullLocked()
	if is.url != was.url {
		s.track, s.displaySize, s.sess, s.fps = nil, [2]int{}, nil, 0
		s.flow = flow{}
	}
	switch {
	case c.cam.Disabled && !s.alive:
		s.setLocked(camera.Status{State: camera.Disabled, Reason: fault.Disabled})
	case c.cam.Disabled:
		s.wake() // its life ends
	case old.cam.Disabled && !s.alive:
		s.setLocked(camera.Status{State: camera.Idle, Reason: fault.Idle})
		if s.viewers > 0 {
			s.startLocked()
		}
	case old.cam.Disabled, is != was, c.origin() != old.origin() && is.url == "":
		s.anewLocked()
	}
}

// restart ends the session, if there is one, and begins a new one.
func (s *stream) restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.anewLocked()
}

// anewLocked makes the life end its session and connect anew at once; a pull
// that nobody watches ends.
func (s *stream) anewLocked() {
	if !s.alive {
		return
	}
	s.anew = true
	if s.viewers == 0 {
		s.unwatched = time.Time{}
	}
	s.wake()
}

// remove ends the stream for good: its life, its decoder and its renditions. Its
// hub is closed when nothing publishes into it any more.
func (s *stream) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removed = true
	close(s.gone)
	if s.stopDecode != nil {
		s.stopDecodeLocked()
	}
	s.dropFrameLocked()
	if !s.alive {
		s.hub.Close()
		return
	}
	s.wake()
}

func (s *stream) isRemoved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removed
}

// orderedLocked tells whether the life has to end, whoever watches.
func (s *stream) orderedLocked() bool { return s.removed || s.conf.Load().cam.Disabled }
