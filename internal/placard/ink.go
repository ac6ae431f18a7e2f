package placard

import (
	"image"
	"image/color"
)

// ink is a colour as planes hold it.
type ink struct{ y, cb, cr uint8 }

func inkOf(c color.RGBA) ink {
	y, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
	return ink{y, cb, cr}
}

// cellOf returns how many pixels share one chroma sample, across and down.
func cellOf(img *image.YCbCr) image.Point {
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		return image.Pt(2, 2)
	case image.YCbCrSubsampleRatio422:
		return image.Pt(2, 1)
	case image.YCbCrSubsampleRatio440:
		return image.Pt(1, 2)
	case image.YCbCrSubsampleRatio411:
		return image.Pt(4, 1)
	case image.YCbCrSubsampleRatio410:
		return image.Pt(4, 2)
	default:
		return image.Pt(1, 1)
	}
}

// paint lays c over dst as thick as mask says. A chroma sample takes the mean
// of the mask over its pixels.
func paint(dst *image.YCbCr, mask *image.Alpha, c ink) {
	r := mask.Rect.Intersect(dst.Rect)
	if r.Empty() {
		return
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := dst.Y[dst.YOffset(r.Min.X, y):]
		alpha := mask.Pix[mask.PixOffset(r.Min.X, y):]
		for x := range r.Dx() {
			if alpha[x] != 0 {
				row[x] = blend(row[x], c.y, int(alpha[x]))
			}
		}
	}
	cell := cellOf(dst)
	for y := down(r.Min.Y, cell.Y); y < r.Max.Y; y += cell.Y {
		for x := down(r.Min.X, cell.X); x < r.Max.X; x += cell.X {
			at := image.Rect(x, y, x+cell.X, y+cell.Y)
			alpha := mean(mask, at)
			if alpha == 0 {
				continue
			}
			// A cell at the edge may begin outside.
			inside := at.Intersect(dst.Rect).Min
			i := dst.COffset(inside.X, inside.Y)
			dst.Cb[i], dst.Cr[i] = blend(dst.Cb[i], c.cb, alpha), blend(dst.Cr[i], c.cr, alpha)
		}
	}
}

// down rounds v down to a multiple of step, a power of two.
func down(v, step int) int { return v &^ (step - 1) }

// mean returns the mean of mask over r; outside it is 0.
func mean(mask *image.Alpha, r image.Rectangle) int {
	sum := 0
	inside := r.Intersect(mask.Rect)
	for y := inside.Min.Y; y < inside.Max.Y; y++ {
		for x := inside.Min.X; x < inside.Max.X; x++ {
			sum += int(mask.Pix[mask.PixOffset(x, y)])
		}
	}
	return sum / (r.Dx() * r.Dy())
}

// blend goes alpha/255 of the way from a to b.
func blend(a, b uint8, alpha int) uint8 {
	return uint8(int(a) + ((int(b)-int(a))*alpha+127)/255)
}

// shade darkens r of dst to a half, softly over the given number of pixels
// inside its edge, so that text is read on any picture.
func shade(dst *image.YCbCr, r image.Rectangle, soft int) {
	inside := r.Intersect(dst.Rect)
	for y := inside.Min.Y; y < inside.Max.Y; y++ {
		vertical := min(y-r.Min.Y+1, r.Max.Y-y, soft)
		row := dst.Y[dst.YOffset(inside.Min.X, y):]
		for i := range inside.Dx() {
			x := inside.Min.X + i
			depth := vertical * min(x-r.Min.X+1, r.Max.X-x, soft)
			row[i] -= uint8(int(row[i]) * depth / (2 * soft * soft))
		}
	}
}
