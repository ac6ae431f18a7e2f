// Package codec turns access units into frames and frames into pictures: it
// decodes with FFmpeg (go-astiav) and libjpeg-turbo, scales with swscale and
// encodes JPEG straight from the planes. It is the one package with cgo in the
// media path and the only one that knows FFmpeg. It knows no camera, no
// protocol and no goroutine of its own: streaming owns a Decoder per stream and
// a Renderer per rendition, and api and liveview see only bytes.
//
// The trouble that shaped it: packets are padded here because go-astiav's are
// not, max_pixels is always set, every frame is compared with what its scaler
// was made for, and FFmpeg's log callback is never installed.
package codec

/*
#cgo CFLAGS: -std=c11 -O3 -Wall -Wextra
#cgo pkg-config: libavcodec libavutil libswscale libturbojpeg
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
)

// avcodecMajor is libavcodec's major version in FFmpeg 7.1, whose structures
// this package was compiled against.
const avcodecMajor = 61

// ErrDamaged is in the chain of every error about data that can't be decoded.
var ErrDamaged = errors.New("damaged data")

// errClosed is a use after Close.
var errClosed = errors.New("closed")

// Version returns the version of the linked FFmpeg, such as "7.1.5".
func Version() string { return C.GoString(C.av_version_info()) }

// checkVersion refuses an FFmpeg other than the one that was compiled against:
// with shared libraries they can differ.
func checkVersion() error {
	if major := uint(C.avcodec_version()) >> 16; major != avcodecMajor {
		return fmt.Errorf("use FFmpeg %s: has libavcodec %d, want %d (FFmpeg 7.1)", Version(), major, avcodecMajor)
	}
	return nil
}

// shimErrors holds what the negative results of the C half mean.
var shimErrors = map[C.int]error{
	C.CW_ERR_TOO_LARGE: fmt.Errorf("picture larger than max_pixels: %w", ErrDamaged),
	C.CW_ERR_NOT_YUV:   errors.New("neither YUV nor grey"),
	C.CW_ERR_JPEG:      fmt.Errorf("libjpeg-turbo: %w", ErrDamaged),
	C.CW_ERR_MEMORY:    errors.New("out of memory"),
	C.CW_ERR_SCALE:     errors.New("swscale can't convert it"),
}

// shimError returns the error of a negative result of the C half.
func shimError(code C.int) error {
	if err, ok := shimErrors[code]; ok {
		return err
	}
	return fmt.Errorf("unknown result %d", int(code))
}
