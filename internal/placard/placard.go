// Package placard writes a stream's state onto a picture: what a viewer's
// connection shows while its camera does not send. It draws straight on the
// planes of a full-range YCbCr picture, in Go alone. It knows no state and no
// language: streaming and liveview choose the words.
package placard

import (
	"image"
	"image/color"
)

// Text is what is written.
type Text struct {
	// Title is a few words; wrapped to two lines, shortened with "…".
	Title string

	// Detail is a sentence below; wrapped to three lines. It is left out where
	// it can't be read: in pictures less than 240 pixels wide or 120 high.
	Detail string

	// Glyph stands above the title where there is room.
	Glyph Glyph
}

// The colours of the interface (frontend's tokens text, text-2, warn, bg and
// the hatching).
var (
	inkTitle   = inkOf(color.RGBA{0xE6, 0xE9, 0xEC, 0xFF})
	inkDetail  = inkOf(color.RGBA{0xB4, 0xBC, 0xC4, 0xFF})
	inkQuiet   = inkOf(color.RGBA{0x9A, 0xA4, 0xAD, 0xFF})
	inkWarning = inkOf(color.RGBA{0xF5, 0xB8, 0x3D, 0xFF})
	inkGround  = inkOf(color.RGBA{0x0B, 0x0D, 0x0F, 0xFF})
)

const (
	brightness = 90 // of 256: 35 %
	hatching   = 18 // of 256: 7 %
	neutral    = 128
)

// Blank returns a plain background of w x h pixels, 4:2:0 and full range. A
// side below 1 becomes 1.
func Blank(w, h int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, max(w, 1), max(h, 1)), image.YCbCrSubsampleRatio420)
	fill(img.Y, inkGround.y)
	fill(img.Cb, inkGround.cb)
	fill(img.Cr, inkGround.cr)
	return img
}

// Draw makes dst, full range and of any subsampling, a placard: it is darkened
// to 35 %, loses its colour, is hatched, and t is written in its middle. The
// letters are 5.2 % of the height, but 12 to 40 pixels. Any string will do:
// what is not UTF-8 or not in the font becomes "□". dst must be the caller's
// own; pictures that others read must be copied first.
func Draw(dst *image.YCbCr, t Text) {
	if dst.Rect.Empty() {
		return
	}
	dim(dst)
	newBlock(dst.Rect, t).draw(dst)
}

func fill(plane []uint8, v uint8) {
	for i := range plane {
		plane[i] = v
	}
}

// dim darkens, greys and hatches. The lines run from the lower left to the
// upper right, a thirtieth of the height apart, as the page draws them.
func dim(dst *image.YCbCr) {
	period := min(max(dst.Rect.Dy()/30, 8), 40)
	line := max(period/6, 1)
	for y := dst.Rect.Min.Y; y < dst.Rect.Max.Y; y++ {
		start := dst.YOffset(dst.Rect.Min.X, y)
		row := dst.Y[start : start+dst.Rect.Dx()]
		phase := (y - dst.Rect.Min.Y) % period
		for x := range row {
			v := int(row[x]) * brightness >> 8
			if phase < line {
				v += (int(inkQuiet.y) - v) * hatching >> 8
			}
			row[x] = uint8(v)
			if phase++; phase == period {
				phase = 0
			}
		}
	}
	cell := cellOf(dst)
	for y := dst.Rect.Min.Y; y < dst.Rect.Max.Y; y += cell.Y {
		from, to := dst.COffset(dst.Rect.Min.X, y), dst.COffset(dst.Rect.Max.X-1, y)+1
		fill(dst.Cb[from:to], neutral)
		fill(dst.Cr[from:to], neutral)
	}
}
