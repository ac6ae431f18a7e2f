package codec

/*
#include "shim.h"
*/
import "C"

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/asticode/go-astiav"
)

// Frame is a decoded picture. It is reference-counted: whoever is handed one
// owns one reference and calls Release once; who keeps it longer or hands it to
// another goroutine calls Ref first. Its pixels never change. It may be used
// from any goroutine while a reference is held; use after the last Release
// panics (as long as the frame has not been taken for another picture, which
// happens after 16 more at the earliest).
type Frame struct {
	av    *astiav.Frame
	c     *C.AVFrame // of av
	shelf *shelf
	refs  atomic.Int32

	width, height int
	sarNum        int
	sarDen        int
	stamp         stamp
}

// stamp is what a frame takes over from the access unit that it was coded in.
type stamp struct {
	token      int64
	seq        uint64
	arrived    time.Time
	rtpTime    time.Duration
	cameraTime time.Time
	damaged    bool
}

// Ref adds a reference and returns f.
func (f *Frame) Ref() *Frame {
	if f.refs.Add(1) <= 1 {
		panic("codec: Ref of a released frame")
	}
	return f
}

// Release gives one reference back. After the last one the planes go back to
// the decoder's pool.
func (f *Frame) Release() {
	switch n := f.refs.Add(-1); {
	case n == 0:
		f.av.Unref()
		f.shelf.put(f)
	case n < 0:
		panic("codec: Release of a released frame")
	}
}

// check panics when nobody holds a reference.
func (f *Frame) check() {
	if f.refs.Load() <= 0 {
		panic("codec: use of a released frame")
	}
}

// Width returns the width in pixels as coded, after cropping; at least 1.
func (f *Frame) Width() int { f.check(); return f.width }

// Height returns the height in pixels as coded, after cropping; at least 1.
func (f *Frame) Height() int { f.check(); return f.height }

// DisplaySize returns the size in square pixels: the height as coded, the width
// stretched by the sample aspect ratio. A ratio that is unknown, or narrower
// than 1:4 or wider than 4:1, counts as square.
func (f *Frame) DisplaySize() (width, height int) {
	f.check()
	return displayWidth(f.width, f.sarNum, f.sarDen), f.height
}

// Seq returns the number of the access unit that the frame was coded in.
func (f *Frame) Seq() uint64 { f.check(); return f.stamp.seq }

// Arrived returns when that unit arrived, on our monotonic clock.
func (f *Frame) Arrived() time.Time { f.check(); return f.stamp.arrived }

// RTPTime returns that unit's presentation time.
func (f *Frame) RTPTime() time.Duration { f.check(); return f.stamp.rtpTime }

// CameraTime returns that unit's time on the camera's clock; may be zero.
func (f *Frame) CameraTime() time.Time { f.check(); return f.stamp.cameraTime }

// Damaged says that the picture may show garbage: packets were lost or units
// could not be decoded since the last key unit, or the decoder concealed errors
// in this one. H.265 does not tell the latter, so false is no promise.
func (f *Frame) Damaged() bool { f.check(); return f.stamp.damaged }

// Checksum returns a hash over the visible pixels of all planes, the size and
// the pixel format. Equal pictures have equal checksums; it is not made to
// resist someone who looks for collisions. About 0.1 ms for 1080p.
func (f *Frame) Checksum() uint64 {
	f.check()
	return uint64(C.cw_checksum(f.c))
}

// fill takes over what FFmpeg says about the picture in f.av.
func (f *Frame) fill(s stamp) {
	f.width, f.height = int(f.c.width), int(f.c.height)
	f.sarNum, f.sarDen = int(f.c.sample_aspect_ratio.num), int(f.c.sample_aspect_ratio.den)
	f.stamp = s
	if f.c.decode_error_flags != 0 || f.c.flags&C.AV_FRAME_FLAG_CORRUPT != 0 {
		f.stamp.damaged = true
	}
}

// displayWidth stretches a coded width by a sample aspect ratio.
func displayWidth(width, num, den int) int {
	if num <= 0 || den <= 0 || int64(num) > 4*int64(den) || int64(den) > 4*int64(num) {
		return width
	}
	return max(1, int((int64(width)*int64(num)+int64(den)/2)/int64(den)))
}

// shelfSize is how many empty frames a decoder keeps, and how many pictures
// later one is used again at the earliest, so that a use after Release is told.
const shelfSize = 16

// shelf keeps empty frames for reuse, oldest first. It outlives its decoder
// until the last frame has come back.
type shelf struct {
	mu     sync.Mutex // guards the fields below
	frames [shelfSize]*Frame
	first  int
	count  int
	closed bool
}

// take returns an empty frame without references.
func (s *shelf) take() (*Frame, error) {
	s.mu.Lock()
	if s.count == shelfSize {
		f := s.frames[s.first]
		s.frames[s.first] = nil
		s.first = (s.first + 1) % shelfSize
		s.count--
		s.mu.Unlock()
		return f, nil
	}
	s.mu.Unlock()
	av := astiav.AllocFrame()
	if av == nil {
		return nil, shimError(C.CW_ERR_MEMORY)
	}
	return &Frame{av: av, c: (*C.AVFrame)(av.UnsafePointer()), shelf: s}, nil
}

// put takes an empty frame back, or frees it when there are enough.
func (s *shelf) put(f *Frame) {
	s.mu.Lock()
	if keep := !s.closed && s.count < shelfSize; keep {
		s.frames[(s.first+s.count)%shelfSize] = f
		s.count++
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	f.av.Free()
}

// close frees the empty frames; those in use follow as they come back.
func (s *shelf) close() {
	s.mu.Lock()
	frames := s.frames
	s.frames = [shelfSize]*Frame{}
	s.count, s.closed = 0, true
	s.mu.Unlock()
	for _, f := range frames {
		if f != nil {
			f.av.Free()
		}
	}
}
