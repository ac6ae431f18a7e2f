package scene

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// pen draws smooth shapes, given in units of the canvas, on a picture.
type pen struct {
	sx, sy float64 // pixels a canvas unit
	target *image.RGBA
	raster vector.Rasterizer
}

type point struct{ x, y float64 }

func (p *pen) on(target *image.RGBA) { p.target = target }

// polygon fills the closed shape through all points. Parts outside of the
// picture are left away.
func (p *pen) polygon(c color.Color, points ...point) {
	box := p.box(points)
	if box.Empty() {
		return
	}
	p.raster.Reset(box.Dx(), box.Dy())
	for i, at := range points {
		x := clip32(at.x*p.sx-float64(box.Min.X), box.Dx())
		y := clip32(at.y*p.sy-float64(box.Min.Y), box.Dy())
		if i == 0 {
			p.raster.MoveTo(x, y)
			continue
		}
		p.raster.LineTo(x, y)
	}
	p.raster.ClosePath()
	p.raster.DrawOp = draw.Over
	p.raster.Draw(p.target, box, image.NewUniform(c), image.Point{})
}

// box is the pixels that the points touch, inside of the picture.
func (p *pen) box(points []point) image.Rectangle {
	low := point{math.Inf(1), math.Inf(1)}
	high := point{math.Inf(-1), math.Inf(-1)}
	for _, at := range points {
		low = point{min(low.x, at.x*p.sx), min(low.y, at.y*p.sy)}
		high = point{max(high.x, at.x*p.sx), max(high.y, at.y*p.sy)}
	}
	box := image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x)), int(math.Ceil(high.y)))
	return box.Intersect(p.target.Rect)
}

func clip32(v float64, limit int) float32 {
	return float32(max(0, min(float64(limit), v)))
}

func (p *pen) rect(c color.Color, x, y, w, h float64) {
	p.polygon(c, point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

// ellipse fills the ellipse around x, y with half axes rx and ry.
func (p *pen) ellipse(c color.Color, x, y, rx, ry float64) {
	const corners = 28
	var points [corners]point
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		points[i] = point{x + rx*cos, y + ry*sin}
	}
	p.polygon(c, points[:]...)
}

// gradient fills the full width from y0 to y1 with colours from a to b.
func (p *pen) gradient(a, b color.RGBA, y0, y1 float64) {
	from, to := int(y0*p.sy), int(math.Ceil(y1*p.sy))
	for y := max(from, 0); y < min(to, p.target.Rect.Max.Y); y++ {
		share := float64(y-from) / float64(max(to-from-1, 1))
		fill(p.target, image.Rect(0, y, p.target.Rect.Max.X, y+1), mix(a, b, share))
	}
}
