package screen

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"camwall/internal/fault"
)

// Mode is a resolution. The zero value is the display's native one.
type Mode struct {
	Width, Height int // pixels

	// MilliHertz is the refresh rate, 59940 for 59.94 Hz; 0: any.
	MilliHertz int
}

var modePattern = regexp.MustCompile(`^([0-9]{1,5})[xX]([0-9]{1,5})(?:@([0-9]{1,4}(?:\.[0-9]{1,3})?)(?:[hH][zZ])?)?$`)

// ParseMode reads 1920x1080, 1920x1080@60 or 1920x1080@59.94, with Hz behind the
// rate or without. The error is a fault.BadRequest.
func ParseMode(s string) (Mode, error) {
	m := modePattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return Mode{}, badMode(s)
	}
	mode := Mode{}
	mode.Width, _ = strconv.Atoi(m[1]) // digits alone
	mode.Height, _ = strconv.Atoi(m[2])
	if m[3] != "" {
		hertz, _ := strconv.ParseFloat(m[3], 64)
		mode.MilliHertz = int(math.Round(hertz * 1000))
		if mode.MilliHertz < 1000 || hertz > maxRefresh {
			return Mode{}, badMode(s)
		}
	}
	if mode.Width < 64 || mode.Height < 64 || mode.Width > maxPixels || mode.Height > maxPixels {
		return Mode{}, badMode(s)
	}
	return mode, nil
}

func badMode(s string) error {
	return fault.Errorf(fault.BadRequest, "mode is %.40q, must be WIDTHxHEIGHT or WIDTHxHEIGHT@HERTZ, such as 1920x1080@60", s)
}

// IsZero reports whether m is the native mode.
func (m Mode) IsZero() bool { return m == Mode{} }

// String writes m as ParseMode reads it; nothing for the native mode.
func (m Mode) String() string {
	if m.IsZero() {
		return ""
	}
	s := fmt.Sprintf("%dx%d", m.Width, m.Height)
	if m.MilliHertz != 0 {
		s += "@" + strconv.FormatFloat(float64(m.MilliHertz)/1000, 'f', -1, 64)
	}
	return s
}

// nearEnough is how far a display's rate may be from the one that is wished:
// 59.94 Hz are called 60.
const nearEnough = 1000 // mHz

// Pick returns the one of a display's modes that is meant by m: of its size, and
// with the nearest rate; without a rate the fastest. It returns false when the
// display has none.
func (m Mode) Pick(modes []Mode) (best Mode, ok bool) {
	for _, each := range modes {
		if each.Width != m.Width || each.Height != m.Height || m.MilliHertz != 0 && distance(each, m) > nearEnough {
			continue
		}
		switch {
		case !ok,
			m.MilliHertz == 0 && each.MilliHertz > best.MilliHertz,
			m.MilliHertz != 0 && distance(each, m) < distance(best, m):
			best, ok = each, true
		}
	}
	return best, ok
}

func distance(a, b Mode) int {
	d := a.MilliHertz - b.MilliHertz
	return max(d, -d)
}

// Shows tells whether a display that runs in mode now shows what is meant by m.
func (m Mode) Shows(now Mode) bool {
	if m.IsZero() {
		return true
	}
	_, ok := m.Pick([]Mode{now})
	return ok
}

// Transform is how a picture is turned, clockwise, and flipped.
type Transform string

// Normal is a picture that is not turned.
const Normal Transform = "normal"

// transforms are all, with the words of a display server.
var transforms = map[string]Transform{
	"0": Normal, "normal": Normal, "90": "90", "180": "180", "270": "270",
	"flipped": "flipped", "flipped-90": "flipped-90", "flipped-180": "flipped-180", "flipped-270": "flipped-270",
}

// ParseTransform reads 0, 90, 180, 270, flipped, flipped-90, flipped-180 or
// flipped-270. The error is a fault.BadRequest.
func ParseTransform(s string) (Transform, error) {
	if t, ok := transforms[s]; ok {
		return t, nil
	}
	return "", fault.Errorf(fault.BadRequest, "transform is %.40q, must be 0, 90, 180 or 270, or flipped, flipped-90, flipped-180 or flipped-270", s)
}

// Sideways tells that width and height change places.
func (t Transform) Sideways() bool {
	return t == "90" || t == "270" || t == "flipped-90" || t == "flipped-270"
}

// ParsePosition reads X,Y. The error is a fault.BadRequest.
func ParsePosition(s string) (Point, error) {
	left, top, ok := strings.Cut(s, ",")
	x, errX := strconv.Atoi(strings.TrimSpace(left))
	y, errY := strconv.Atoi(strings.TrimSpace(top))
	if !ok || errX != nil || errY != nil || x < 0 || y < 0 || x > 4*maxPixels || y > 4*maxPixels {
		return Point{}, fault.Errorf(fault.BadRequest, "position is %.40q, must be X,Y in pixels, such as 1920,0", s)
	}
	return Point{x, y}, nil
}

// ParseScale reads a factor of 0.5 to 4. The error is a fault.BadRequest.
func ParseScale(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= minScale && f <= maxScale) {
		return 0, fault.Errorf(fault.BadRequest, "scale is %.40q, must be a factor from 0.5 to 4, such as 1.5", s)
	}
	return f, nil
}
