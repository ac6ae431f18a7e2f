package scene

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// letterSize is the height of the text, in canvas units.
const letterSize = 15

type align int

const (
	alignLeft align = iota
	alignRight
)

// lettering writes text on a dark plate, squeezed as the picture is.
type lettering struct {
	face   font.Face
	sx, sy float64
}

func newLettering(sx, sy float64) (lettering, error) {
	parsed, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return lettering{}, fmt.Errorf("parse font: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: letterSize * sy, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return lettering{}, fmt.Errorf("open font: %w", err)
	}
	return lettering{face: face, sx: sx, sy: sy}, nil
}

// write puts text at x (its left or right edge) and y (its lower edge), in
// canvas units.
func (l lettering) write(target *image.RGBA, text string, x, y float64, side align) {
	margin := int(math.Ceil(4 * l.sy))
	wide := font.MeasureString(l.face, text).Ceil() + 2*margin
	high := int(math.Ceil(letterSize*l.sy)) + 2*margin
	plate := image.NewRGBA(image.Rect(0, 0, wide, high))
	fill(plate, plate.Rect, color.RGBA{A: 150})
	writer := font.Drawer{
		Dst: plate, Src: image.White, Face: l.face,
		Dot: fixed.P(margin, high-margin-int(letterSize*l.sy/6)),
	}
	writer.DrawString(text)

	shown := int(math.Round(float64(wide) * l.sx / l.sy))
	left, bottom := int(x*l.sx), int(y*l.sy)
	if side == alignRight {
		left -= shown
	}
	place := image.Rect(left, bottom-high, left+shown, bottom)
	if shown == wide {
		draw.Draw(target, place, plate, image.Point{}, draw.Over)
		return
	}
	xdraw.ApproxBiLinear.Scale(target, place, plate, plate.Rect, draw.Over, nil)
}
