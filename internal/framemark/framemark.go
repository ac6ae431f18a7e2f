// Package framemark draws a frame number into a picture as blocks that a
// machine can read, and reads it back from any picture that was decoded,
// scaled or coded again on the way. It knows nothing of cameras, codecs or
// time. Simulated cameras draw the mark; tests and benchmarks read it, to say
// which picture they hold and, with the time it was sent, how old it is.
//
// The geometry is relative to the picture, so that it survives scaling. The
// picture is a grid of cells, each W/40 wide and H/22.5 high: 8x8 pixels at
// 320x180, 16x16 at 640x360, 48x48 at 1920x1080. The mark covers the columns
// 12 to 27 and the rows 1 and 2. Row 1 holds the 16 bits of the number, the
// most significant on the left, white for 1 and black for 0. Row 2 is the
// check row: every bit of row 1 inverted.
package framemark

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Layout of the mark in the grid of cells, and the levels of its cells.
const (
	Columns = 40.0 // cells across the picture
	Rows    = 22.5 // cells down the picture

	FirstColumn = 12 // cell at the left of the mark
	FirstRow    = 1  // cell at the top of the mark
	Bits        = 16 // of a frame number: columns of the mark

	White = 235 // luma of a cell for 1
	Black = 16  // luma of a cell for 0

	// MinContrast is the smallest difference of luma, in levels of 0 to 255,
	// between the darkest white and the brightest black cell that Read accepts.
	MinContrast = 60
)

// neutral is the chroma of a grey pixel.
const neutral = 128

// Draw paints the mark for n over img, in place. On a *image.YCbCr it sets the
// planes: luma White and Black, chroma neutral. On every other picture it
// paints the grey of that level. A picture so small that a cell has no pixel
// gets a mark that Read refuses. Draw must not run beside another user of img.
func Draw(img draw.Image, n uint16) {
	grey := func(r image.Rectangle, level uint8) {
		draw.Draw(img, r, image.NewUniform(color.Gray{Y: level}), image.Point{}, draw.Src)
	}
	paint(img.Bounds(), n, grey)
}

// DrawYCbCr is Draw for the planes of img. *image.YCbCr has no Set method and
// so is no draw.Image.
func DrawYCbCr(img *image.YCbCr, n uint16) {
	paint(img.Bounds(), n, func(r image.Rectangle, level uint8) {
		fillYCbCr(img, r, level)
	})
}

// Read returns the frame number of the picture that fills r of img. It is not
// ok when there is no mark, when the mark is damaged, or when its contrast is
// below MinContrast. An empty r stands for the whole of img.
func Read(img image.Image, r image.Rectangle) (n uint16, ok bool) {
	n, contrast := Measure(img, r)
	return n, contrast >= MinContrast
}

// Measure is Read that also tells how clear the mark is: the smallest
// difference of luma between any white and any black cell of the mark, in
// levels of 0 to 255. It is 0, and n is meaningless, when there is no mark.
// A picture shown as it was sent has about 219 to 255; one that was darkened
// to 40 % has about 100.
func Measure(img image.Image, r image.Rectangle) (n uint16, contrast int) {
	if r.Empty() {
		r = img.Bounds()
	}
	luma := sampler(img)
	darkestWhite, brightestBlack := 255, 0
	for bit := range Bits {
		upper, okUpper := sampleCell(luma, img.Bounds(), cell(r, bit, 0))
		lower, okLower := sampleCell(luma, img.Bounds(), cell(r, bit, 1))
		if !okUpper || !okLower {
			return 0, 0
		}
		n <<= 1
		if upper > lower {
			n |= 1
		}
		darkestWhite = min(darkestWhite, max(upper, lower))
		brightestBlack = max(brightestBlack, min(upper, lower))
	}
	return n, max(darkestWhite-brightestBlack, 0)
}

// Bounds returns the part of the picture r that the mark covers.
func Bounds(r image.Rectangle) image.Rectangle {
	return cell(r, 0, 0).Union(cell(r, Bits-1, 1))
}

func paint(r image.Rectangle, n uint16, fill func(image.Rectangle, uint8)) {
	for bit := range Bits {
		upper, lower := uint8(Black), uint8(White)
		if n&(1<<(Bits-1-bit)) != 0 {
			upper, lower = lower, upper
		}
		fill(cell(r, bit, 0), upper)
		fill(cell(r, bit, 1), lower)
	}
}

// cell returns the pixels of one cell of the mark in the picture r: bit counts
// columns from the left, row is 0 or 1.
func cell(r image.Rectangle, bit, row int) image.Rectangle {
	x := func(column int) int {
		return r.Min.X + int(math.Round(float64(column)*float64(r.Dx())/Columns))
	}
	y := func(row int) int {
		return r.Min.Y + int(math.Round(float64(row)*float64(r.Dy())/Rows))
	}
	return image.Rect(x(FirstColumn+bit), y(FirstRow+row), x(FirstColumn+bit+1), y(FirstRow+row+1))
}

func fillYCbCr(img *image.YCbCr, r image.Rectangle, level uint8) {
	r = r.Intersect(img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.Y[img.YOffset(x, y)] = level
			c := img.COffset(x, y)
			img.Cb[c], img.Cr[c] = neutral, neutral
		}
	}
}

// sampler returns the function that reads the luma of one pixel of img.
func sampler(img image.Image) func(x, y int) int {
	switch p := img.(type) {
	case *image.YCbCr:
		return func(x, y int) int { return int(p.Y[p.YOffset(x, y)]) }
	case *image.Gray:
		return func(x, y int) int { return int(p.Pix[p.PixOffset(x, y)]) }
	case *image.RGBA:
		return func(x, y int) int {
			pix := p.Pix[p.PixOffset(x, y):]
			return (19595*int(pix[0]) + 38470*int(pix[1]) + 7471*int(pix[2]) + 1<<15) >> 16
		}
	}
	return func(x, y int) int {
		return int(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
	}
}

// sampleCell averages up to 3x3 pixels of the middle half of c, where scaling
// and coding blur least. It is not ok when c reaches out of the picture.
func sampleCell(luma func(x, y int) int, within, c image.Rectangle) (level int, ok bool) {
	if c.Empty() || !c.In(within) {
		return 0, false
	}
	var sum, count int
	for _, y := range samplePoints(c.Min.Y, c.Max.Y) {
		for _, x := range samplePoints(c.Min.X, c.Max.X) {
			sum += luma(x, y)
			count++
		}
	}
	return (sum + count/2) / count, true
}

// samplePoints returns three places in the middle half of [low, high); narrow
// ranges give the same place more than once.
func samplePoints(low, high int) [3]int {
	middle, reach := (low+high-1)/2, (high-low)/4
	return [3]int{middle - reach/2, middle, min(middle+(reach+1)/2, high-1)}
}
