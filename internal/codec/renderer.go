package codec

/*
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"image"
	"unsafe"

	"github.com/asticode/go-astiav"
)

// Renderer makes pictures of one Spec from frames of any size and format. All
// its methods are for one goroutine at a time. It holds C memory: Close it.
type Renderer struct {
	spec   Spec
	scaler *C.cw_scaler
	closed bool

	made  bool // whether the fields below are set
	shape shape
	// format and colorRange are the frame's, which the scaler was made for.
	format     C.int
	colorRange C.enum_AVColorRange
	plan       plan
	buffer     []byte // where JPEG writes
}

// NewRenderer returns a renderer for spec. A spec that can't be rendered is an
// error of JPEG and Scale.
func NewRenderer(spec Spec) *Renderer {
	spec.Quality = min(max(spec.Quality, 1), 100)
	// swscale would warn on standard error about full-range formats.
	astiav.SetLogLevel(astiav.LogLevelQuiet)
	return &Renderer{spec: spec}
}

// JPEG returns f as a full-range 4:2:0 JPEG file (JFIF) of the spec's size and
// quality. The bytes are valid until the next call.
func (r *Renderer) JPEG(f *Frame) ([]byte, error) {
	if err := r.draw(f); err != nil {
		return nil, err
	}
	width, height := r.spec.turned(r.plan.width, r.plan.height)
	if bound := int(C.cw_jpeg_bound(C.int(width), C.int(height))); len(r.buffer) < bound {
		r.buffer = make([]byte, bound)
	}
	n := C.cw_scaler_jpeg(r.scaler, C.int(r.spec.Quality), (*C.uint8_t)(unsafe.SliceData(r.buffer)), C.size_t(len(r.buffer)))
	if n < 0 {
		return nil, fmt.Errorf("encode JPEG of %dx%d: %w", width, height, shimError(C.int(n)))
	}
	return r.buffer[:n:n], nil
}

// Scale returns f as full-range 4:2:0 planes of the spec's size, in Go memory
// that is the caller's: new at every call.
func (r *Renderer) Scale(f *Frame) (*image.YCbCr, error) {
	if err := r.draw(f); err != nil {
		return nil, err
	}
	width, height := r.spec.turned(r.plan.width, r.plan.height)
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	C.cw_scaler_copy(r.scaler, (*C.uint8_t)(&img.Y[0]), (*C.uint8_t)(&img.Cb[0]), (*C.uint8_t)(&img.Cr[0]))
	return img, nil
}

// draw scales f into the scaler's planes, which it makes anew when f is of
// another size, shape, format or range than the frame before: cameras change
// them in mid-stream, and a stale scaler reads beyond the planes.
func (r *Renderer) draw(f *Frame) error {
	f.check()
	if r.closed {
		return fmt.Errorf("render frame: %w", errClosed)
	}
	s := shape{width: f.width, height: f.height, sarNum: f.sarNum, sarDen: f.sarDen}
	if !r.made || r.shape != s || r.format != f.c.format || r.colorRange != f.c.color_range {
		if err := r.make(f, s); err != nil {
			r.made = false
			return err
		}
	}
	if ret := C.cw_scale(r.scaler, f.c); ret < 0 {
		return fmt.Errorf("scale %dx%d: %w", f.width, f.height, shimError(ret))
	}
	return nil
}

// make prepares for frames like f.
func (r *Renderer) make(f *Frame, s shape) error {
	p, err := layOut(r.spec, s)
	if err != nil {
		return err
	}
	if r.scaler == nil {
		if r.scaler = C.cw_scaler_new(); r.scaler == nil {
			return fmt.Errorf("make scaler: %w", shimError(C.CW_ERR_MEMORY))
		}
	}
	cplan := C.cw_plan{
		src_x: C.int(p.src.x), src_y: C.int(p.src.y), src_w: C.int(p.src.width), src_h: C.int(p.src.height),
		dst_x: C.int(p.dst.x), dst_y: C.int(p.dst.y), dst_w: C.int(p.dst.width), dst_h: C.int(p.dst.height),
		out_w: C.int(p.width), out_h: C.int(p.height), rotation: C.int(r.spec.Rotation),
	}
	if ret := C.cw_scaler_setup(r.scaler, f.c, &cplan); ret < 0 {
		return fmt.Errorf("make scaler from %dx%d to %dx%d: %w", s.width, s.height, p.width, p.height, shimError(ret))
	}
	r.made, r.shape, r.plan = true, s, p
	r.format, r.colorRange = f.c.format, f.c.color_range
	return nil
}

// Close frees the renderer's memory. A second Close does nothing.
func (r *Renderer) Close() {
	r.closed, r.made, r.buffer = true, false, nil
	C.cw_scaler_free(r.scaler)
	r.scaler = nil
}
