package codec

/*
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"image"
	"unsafe"
)

// subsampling holds the chroma's powers of two by ratio.
var subsampling = map[image.YCbCrSubsampleRatio][2]int{
	image.YCbCrSubsampleRatio444: {0, 0},
	image.YCbCrSubsampleRatio440: {0, 1},
	image.YCbCrSubsampleRatio422: {1, 0},
	image.YCbCrSubsampleRatio420: {1, 1},
	image.YCbCrSubsampleRatio411: {2, 0},
}

// EncodeJPEG returns img, whose planes are full range, as a JPEG file. quality
// is libjpeg's, 1 to 100; values outside are brought inside. The bytes are the
// caller's. It may be called from any goroutine.
func EncodeJPEG(img *image.YCbCr, quality int) ([]byte, error) {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	if width < 1 || height < 1 || width > maxSide || height > maxSide {
		return nil, fmt.Errorf("encode JPEG of %dx%d: sides must be 1 to %d", width, height, maxSide)
	}
	shift, known := subsampling[img.SubsampleRatio]
	if !known || img.Rect.Min.X%4 != 0 || img.Rect.Min.Y%4 != 0 {
		return nil, fmt.Errorf("encode JPEG of %v at %v: not supported", img.SubsampleRatio, img.Rect.Min)
	}
	// The C half reads whole rows, so the planes must hold what the rectangle says.
	luma, chroma := img.Y[img.YOffset(img.Rect.Min.X, img.Rect.Min.Y):], img.COffset(img.Rect.Min.X, img.Rect.Min.Y)
	chromaWidth, chromaHeight := (width+1<<shift[0]-1)>>shift[0], (height+1<<shift[1]-1)>>shift[1]
	need := (chromaHeight-1)*img.CStride + chromaWidth
	if img.YStride < width || len(luma) < (height-1)*img.YStride+width || img.CStride < chromaWidth ||
		len(img.Cb)-chroma < need || len(img.Cr)-chroma < need {
		return nil, fmt.Errorf("encode JPEG of %dx%d: planes are too small", width, height)
	}
	buffer := make([]byte, max(int(C.cw_jpeg_bound(C.int(width), C.int(height))), 3*(width+16)*(height+16)+2048)*2)
	n := C.cw_jpeg_write((*C.uint8_t)(&luma[0]), C.int(img.YStride), (*C.uint8_t)(&img.Cb[chroma]), (*C.uint8_t)(&img.Cr[chroma]),
		C.int(img.CStride), C.int(width), C.int(height), C.int(shift[0]), C.int(shift[1]), C.int(min(max(quality, 1), 100)),
		(*C.uint8_t)(unsafe.SliceData(buffer)), C.size_t(len(buffer)))
	if n < 0 {
		return nil, fmt.Errorf("encode JPEG of %dx%d: %w", width, height, shimError(C.int(n)))
	}
	return append([]byte(nil), buffer[:n]...), nil
}
