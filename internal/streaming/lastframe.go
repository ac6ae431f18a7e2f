package streaming

import (
	"camwall/internal/codec"
	"camwall/internal/media"
)

// keepFrame makes f the newest decoded picture.
func (s *stream) keepFrame(f *codec.Frame) {
	w, h := f.DisplaySize()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.removed {
		return
	}
	if s.frame != nil {
		s.frame.Release()
	}
	s.frame = f.Ref()
	s.displaySize = [2]int{w, h}
}

// lastFrame returns a reference to the newest decoded picture, or nil.
func (s *stream) lastFrame() *codec.Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frame == nil {
		return nil
	}
	return s.frame.Ref()
}

// dropFrame is for the end of the Service: no frame is kept after it.
func (s *stream) dropFrame() {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropFrameLocked()
}

func (s *stream) dropFrameLocked() {
	if s.frame != nil {
		s.frame.Release()
		s.frame = nil
	}
	s.lastKey, s.kept = nil, nil
}

// keepNewest decodes and keeps the newest key unit where no picture has been
// decoded that is as new: of a camera whose JPEGs are forwarded, or of one that
// is shown as it is coded. Who comes while that is being done waits for it.
func (s *stream) keepNewest() {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	au := s.newestKey()
	if au == nil || s.svc.isClosed() {
		return
	}
	d, err := codec.NewDecoder(codec.DecoderConfig{Track: au.Track, MaxPixels: s.svc.cfg.MaxPixels, Log: s.log})
	if err != nil {
		return
	}
	defer d.Close()
	keep := func(f *codec.Frame) {
		s.keepFrame(f)
		f.Release()
	}
	_ = d.Decode(au, keep) // a broken one leaves what there was
	d.Flush(keep)
}

// newestKey returns the newest key unit that is newer than the newest frame, and
// that it has not returned before; else nil.
func (s *stream) newestKey() *media.AccessUnit {
	s.mu.Lock()
	defer s.mu.Unlock()
	au := s.hub.Key()
	if au == nil {
		au = s.lastKey
	}
	if au == nil || au == s.kept || s.frame != nil && !s.frame.Arrived().Before(au.Arrived) {
		return nil
	}
	s.kept = au
	return au
}

// resetHub forgets the units of the session before, but for what its last
// picture can be made of.
func (s *stream) resetHub() {
	s.mu.Lock()
	if au := s.hub.Key(); au != nil {
		s.lastKey = au
	}
	s.mu.Unlock()
	s.hub.Reset()
}
