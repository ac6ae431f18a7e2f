package placard

import (
	"image"
	"math"
)

// Glyph is a sign above the title.
type Glyph uint8

// The glyphs.
const (
	None  Glyph = iota
	Off         // a camera, struck through: no picture, offline, switched off
	Key         // a password is missing or refused
	Busy        // the device serves no more viewers
	Clock       // waiting
)

// glyphSide is the side of the square that strokes are drawn in.
const glyphSide = 24

// stroke is a line from (x1, y1) to (x2, y2), or with a radius a circle around
// (x1, y1).
type stroke struct{ x1, y1, x2, y2, radius float64 }

// strokes holds each glyph's lines.
var strokes = [...][]stroke{
	None: nil,
	Off: {
		{2.5, 6.5, 15, 6.5, 0},
		{15, 6.5, 15, 17.5, 0},
		{15, 17.5, 2.5, 17.5, 0},
		{2.5, 17.5, 2.5, 6.5, 0},
		{15, 11, 21.5, 7.5, 0},
		{21.5, 7.5, 21.5, 16.5, 0},
		{21.5, 16.5, 15, 13, 0},
		{2.5, 2.5, 21, 21.5, 0},
	},
	Key:   {{8, 16, 0, 0, 4.5}, {11.2, 12.8, 20.5, 3.5, 0}, {16.5, 7.5, 19.5, 10.5, 0}, {13.5, 10.5, 15.5, 12.5, 0}},
	Busy:  {{12, 12, 0, 0, 9}, {7.5, 12, 16.5, 12, 0}},
	Clock: {{12, 12, 0, 0, 9}, {12, 12, 12, 6.5, 0}, {12, 12, 16, 14, 0}},
}

// distance returns how far a point is from the stroke's middle.
func (s stroke) distance(x, y float64) float64 {
	if s.radius > 0 {
		return math.Abs(math.Hypot(x-s.x1, y-s.y1) - s.radius)
	}
	dx, dy := s.x2-s.x1, s.y2-s.y1
	along := ((x-s.x1)*dx + (y-s.y1)*dy) / (dx*dx + dy*dy)
	along = min(max(along, 0), 1)
	return math.Hypot(x-s.x1-along*dx, y-s.y1-along*dy)
}

// ink returns the glyph's colour: what asks for somebody is amber.
func (g Glyph) ink() ink {
	if g == Key || g == Busy {
		return inkWarning
	}
	return inkQuiet
}

// mask draws the glyph into a square at a point, with smooth edges.
func (g Glyph) mask(at image.Point, side int) *image.Alpha {
	m := image.NewAlpha(image.Rectangle{Min: at, Max: at.Add(image.Pt(side, side))})
	if int(g) >= len(strokes) {
		return m
	}
	scale := glyphSide / float64(side)
	half := max(0.9, 0.6*scale)
	for y := range side {
		for x := range side {
			nearest := math.Inf(1)
			for _, s := range strokes[g] {
				nearest = min(nearest, s.distance((float64(x)+0.5)*scale, (float64(y)+0.5)*scale))
			}
			cover := (half-nearest)/scale + 0.5
			m.Pix[y*m.Stride+x] = uint8(255 * min(max(cover, 0), 1))
		}
	}
	return m
}
