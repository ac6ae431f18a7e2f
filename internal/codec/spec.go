package codec

import (
	"fmt"

	"camwall/internal/fault"
)

// Fit says how a picture of one shape goes into a rectangle of another.
type Fit uint8

// The ways to fit. The zero value is Fill.
const (
	Fill    Fit = iota // stretched to exactly the rectangle
	Contain            // whole and undistorted, black at two sides
	Cover              // undistorted, cut at two sides
)

// fitNames holds, by Fit, the word that people use.
var fitNames = [...]string{Fill: "fill", Contain: "contain", Cover: "cover"}

// String returns the word of ParseFit.
func (f Fit) String() string {
	if int(f) < len(fitNames) {
		return fitNames[f]
	}
	return fmt.Sprintf("Fit(%d)", uint8(f))
}

// ParseFit reads "fill", "contain" or "cover"; anything else is a
// fault.BadRequest.
func ParseFit(s string) (Fit, error) {
	for f, name := range fitNames {
		if s == name {
			return Fit(f), nil
		}
	}
	return Fill, fault.Errorf(fault.BadRequest, "fit is %q; it must be fill, contain or cover", s)
}

// Spec is what a Renderer makes of every frame.
type Spec struct {
	// Width and Height are the picture's size in pixels, 1 to 16384 each. If
	// either is 0, the frame's display size is taken and Fit has no meaning.
	Width, Height int

	Fit Fit

	// Quality is libjpeg's, 1 to 100; values outside are brought inside. Only
	// JPEG uses it.
	Quality int

	// Rotation turns the picture clockwise: 0, 90, 180 or 270 degrees. Width,
	// Height and Fit are those of the turned picture.
	Rotation int
}

// turned returns a size as it is after, or before, the rotation.
func (s Spec) turned(width, height int) (int, int) {
	if s.Rotation == 90 || s.Rotation == 270 {
		return height, width
	}
	return width, height
}

// maxSide is the largest picture side in pixels.
const maxSide = 16384

// shape is what of a frame decides how it is laid out.
type shape struct {
	width, height  int
	sarNum, sarDen int
}

// area is a rectangle in pixels.
type area struct{ x, y, width, height int }

// plan says which part of a frame goes where in a picture of the given size;
// what is left is black. It does not know of the rotation, which comes last.
type plan struct {
	src, dst      area
	width, height int
}

// layOut makes the plan for frames of one shape.
func layOut(spec Spec, s shape) (plan, error) {
	shownWidth := displayWidth(s.width, s.sarNum, s.sarDen)
	width, height := spec.turned(spec.Width, spec.Height)
	if width == 0 || height == 0 {
		width, height = shownWidth, s.height
	}
	if width < 1 || height < 1 || width > maxSide || height > maxSide {
		return plan{}, fmt.Errorf("render %dx%d: sides must be 1 to %d", width, height, maxSide)
	}
	p := plan{src: area{0, 0, s.width, s.height}, dst: area{0, 0, width, height}, width: width, height: height}
	// Aspects are compared as products: shown width / height against width / height.
	shown, wanted := shownWidth*height, width*s.height
	switch spec.Fit {
	case Contain:
		if shown > wanted {
			p.dst.height = inner(height, wanted, shown)
		} else {
			p.dst.width = inner(width, shown, wanted)
		}
		p.dst.x = (width - p.dst.width) / 2 &^ 1
		p.dst.y = (height - p.dst.height) / 2 &^ 1
	case Cover:
		if shown > wanted {
			p.src.width = inner(s.width, wanted, shown)
		} else {
			p.src.height = inner(s.height, shown, wanted)
		}
		p.src.x = (s.width - p.src.width) / 2 &^ 1
		p.src.y = (s.height - p.src.height) / 2 &^ 1
	}
	return p, nil
}

// inner returns side*num/den rounded to an even number, at least 1; the side
// itself when that is all of it.
func inner(side, num, den int) int {
	n := (side*num + den/2) / den
	if n >= side {
		return side
	}
	return max(1, min(side, (n+1)&^1))
}
