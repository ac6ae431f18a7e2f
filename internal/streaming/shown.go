package streaming

import (
	"bytes"
	"math"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
)

const (
	tellEvery   = 500 * time.Millisecond // of what is measured
	fpsNoise    = 0.1                    // changes that are not worth telling
	bitsNoise   = 0.2
	behindNoise = 250 * time.Millisecond
)

// news tells whether what is shown has to be told, and what it is.
func (f *Follower) news() (is Shown, due bool) {
	is = f.shown()
	was := f.told
	if was == nil {
		return is, true
	}
	measured := is
	measured.FPS, measured.BitsPerSecond, measured.LastArrived = was.FPS, was.BitsPerSecond, was.LastArrived
	if (is.Status.Behind == 0) == (was.Status.Behind == 0) {
		measured.Status.Behind = was.Status.Behind
	}
	if measured != *was {
		return is, true
	}
	return is, time.Since(f.toldAt) >= tellEvery && (differ(is.FPS, was.FPS, fpsNoise) ||
		differ(is.BitsPerSecond, was.BitsPerSecond, bitsNoise) ||
		(is.Status.Behind-was.Status.Behind).Abs() > behindNoise)
}

// differ tells whether two measured values differ by more than noise.
func differ(a, b, noise float64) bool { return math.Abs(a-b) > noise*max(a, b) }

// shown says what is shown now.
func (f *Follower) shown() Shown {
	l, s := f.now, f.now.stream
	is := Shown{Stream: s.name}
	is.Width, is.Height = s.size()
	is.ShapeWidth, is.ShapeHeight = f.view.streams[0].size()
	if is.ShapeWidth == 0 {
		is.ShapeWidth, is.ShapeHeight = is.Width, is.Height
	}
	s.mu.Lock()
	cam := s.conf.Load().cam
	is.Codec, is.Status, is.LastArrived = s.codecLocked(), s.status, s.lastUnit
	is.FPS, is.BitsPerSecond = s.flow.rates()
	if is.FPS < 1 {
		is.FPS = s.fps // so few that the usual interval tells more
	}
	s.mu.Unlock()
	is.Rotation, is.UnchangedAfter = cam.Rotation, cam.UnchangedAfter
	if l.coded {
		is.Coded = l.codec
		return is
	}
	is.Rendition = JPEG{Width: l.want.Width, Height: l.want.Height, Quality: l.want.Quality, FPS: l.want.FPS}
	if len(f.want.Coded) > 0 {
		is.Why = "codec"
	}
	if trouble := l.made.trouble.Load(); trouble != nil && is.Status.State == camera.Live {
		is.Status = *trouble
	}
	return is
}

// lastDue tells whether the camera's last picture is to be looked for: nothing
// was given so far, and nothing live comes.
func (f *Follower) lastDue() bool {
	return !f.begun && !f.now.live() && time.Since(f.soughtAt) >= lookAgain
}

// takeLast returns the camera's last picture, or nil where there is none now.
// The lock is given up while it is made.
func (f *Follower) takeLast() (p *Picture) {
	source, streams, as := f.source, f.view.streams, f.want.JPEG
	f.soughtAt = time.Now()
	func() {
		f.mu.Unlock()
		defer f.mu.Lock()
		p = lastPicture(streams, as)
	}()
	switch {
	case p == nil, f.closed, f.now.live():
		return nil
	case f.source != source: // which has to be told first
		f.soughtAt = time.Time{}
		return nil
	}
	p.Status, _ = f.now.stream.watch()
	f.begun = true
	return p
}

// lastPicture makes a JPEG of the newest picture that was decoded of one of a
// camera's streams, or can be; nil without one.
func lastPicture(streams []*stream, j JPEG) *Picture {
	var of *stream
	var frame *codec.Frame
	for _, st := range streams {
		st.keepNewest()
		last := st.lastFrame()
		if last == nil {
			continue
		}
		if frame != nil && !last.Arrived().After(frame.Arrived()) {
			last.Release()
			continue
		}
		if frame != nil {
			frame.Release()
		}
		of, frame = st, last
	}
	if frame == nil {
		return nil
	}
	defer frame.Release()
	r := codec.NewRenderer(codec.Spec{
		Width: j.Width, Height: j.Height, Quality: j.Quality, Rotation: of.conf.Load().cam.Rotation,
	})
	defer r.Close()
	jpeg, err := r.JPEG(frame)
	if err != nil {
		of.log.Warn("encode last picture", "error", err)
		return nil
	}
	p := &Picture{JPEG: bytes.Clone(jpeg), Arrived: frame.Arrived(), Made: time.Now(), Stream: of.name}
	if w, h, err := codec.JPEGSize(p.JPEG); err == nil {
		p.Width, p.Height = w, h
	}
	return p
}
