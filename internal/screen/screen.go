// Package screen is the domain of a terminal's screens: which output shows which
// wall, in which mode and place, at which hours, and how bright at night. All of
// it is decided by values and a given time: it does no I/O and knows no display
// server. Package config reads screens, package session drives outputs by them,
// and kiosks ask how bright to be.
package screen

import (
	"strings"
	"time"

	"camwall/internal/fault"
)

// Any is the output of an entry for every output without one of its own.
const Any = "*"

// FullBrightness is what Dim returns outside the hours of dimming, in percent.
const FullBrightness = 100

// Limits of a screen.
const (
	maxOutput  = 200
	minScale   = 0.5
	maxScale   = 4
	MinLevel   = 5 // percent; a screen that is darker is taken for a broken one
	maxHours   = 64
	maxPixels  = 16384 // width, and height
	maxRefresh = 1000  // Hz
)

// Screen is what an output shows, and how. Its zero value, with an output and a
// wall, is a screen in its native mode that is always on; New returns it with the
// defaults.
type Screen struct {
	// Output is a connector, such as HDMI-A-1, the display's make, model and
	// serial number with blanks between them, or Any.
	Output string

	// Wall is the wall's name in small letters; empty: the terminal's default.
	Wall string

	// Mode is its resolution; zero: the display's native one.
	Mode Mode

	// Scale is pixels of the display for each of the page, 0.5 to 4; 0 is 1.
	Scale float64

	// Transform is how the picture is turned, for a display that hangs on its
	// side; empty is Normal.
	Transform Transform

	// Touch is the name of the touch panel over it; empty: of a terminal with one
	// output every panel is.
	Touch string

	// Position is the place of the output's upper left corner among the others;
	// nil: beside them.
	Position *Point

	// Hours are when it is on; empty: always.
	Hours []Hours

	// Night is when it is dimmed; zero: never.
	Night Night

	// Shift moves what is drawn over the pictures by 2 pixels every 5 minutes, so
	// that it does not burn in.
	Shift bool
}

// Point is a place on the plane of all outputs, in pixels, from its upper left.
type Point struct{ X, Y int }

// New returns a screen with the defaults.
func New(output, wall string) Screen {
	return Screen{Output: output, Wall: wall, Scale: 1, Transform: Normal, Shift: true}
}

// Find returns the entry for an output: that of its connector, else that of its
// display (make, model and serial number, with one blank between them; empty when
// unknown), else that of Any. Capital letters make no difference, nor does a
// serial number that is called Unknown.
func Find(all []Screen, connector, display string) (Screen, bool) {
	for _, name := range []string{connector, display, Any} {
		for _, s := range all {
			if Same(s.Output, name) {
				return s, true
			}
		}
	}
	return Screen{}, false
}

// Same tells whether two names are of one output. An empty one is of none.
func Same(a, b string) bool { return plain(a) != "" && plain(a) == plain(b) }

// plain is the name of an output as names are compared.
func plain(name string) string {
	return strings.TrimSuffix(strings.ToLower(strings.Join(strings.Fields(name), " ")), " unknown")
}

// CanBeRight tells whether a clock may be right: one that shows a time before this
// program was written was never set. Hours mean nothing by such a clock. That a
// clock is not synchronised means nothing: many terminals never reach a server of
// time, and have a clock with a battery.
func CanBeRight(now time.Time) bool { return now.Year() >= 2026 }

// On tells whether the screen is on at a time, in that time's zone. By a clock that
// can't be right it is.
func (s Screen) On(now time.Time) bool {
	if len(s.Hours) == 0 || !CanBeRight(now) {
		return true
	}
	for _, h := range s.Hours {
		if h.holds(now) {
			return true
		}
	}
	return false
}

// Dim returns how bright the screen is at a time, in that time's zone, in percent;
// by a clock that can't be right it is FullBrightness.
func (s Screen) Dim(now time.Time) int {
	if s.Night.IsZero() || !CanBeRight(now) || !s.Night.hours().holds(now) {
		return FullBrightness
	}
	return s.Night.Level
}

// NextChange returns when On or Dim change next; zero if they never do.
func (s Screen) NextChange(now time.Time) time.Time {
	on, dim := s.On(now), s.Dim(now)
	return s.next(now, func(t time.Time) bool { return s.On(t) != on || s.Dim(t) != dim })
}

// NextSwitch returns when On changes next; zero if it never does.
func (s Screen) NextSwitch(now time.Time) time.Time {
	on := s.On(now)
	return s.next(now, func(t time.Time) bool { return s.On(t) != on })
}

// next returns the first bound of a span after now that is a change; zero for
// none.
func (s Screen) next(now time.Time, change func(time.Time) bool) time.Time {
	all := s.Hours
	if !s.Night.IsZero() {
		all = append([]Hours{s.Night.hours()}, all...)
	}
	var first time.Time
	for _, h := range all {
		for _, t := range h.bounds(now) {
			if t.After(now) && (first.IsZero() || t.Before(first)) && change(t) {
				first = t
			}
		}
	}
	return first
}

// CheckOutput returns s without blanks around it, or a fault.BadRequest. What it
// returns can be written between quotes in a display server's configuration.
func CheckOutput(s string) (string, error) {
	s = strings.TrimSpace(s)
	if !quotable(s) {
		return "", fault.Errorf(fault.BadRequest, "output is %.80q, must be a connector such as HDMI-A-1, a make, model and serial number, or *", s)
	}
	return s, nil
}

// CheckTouch is CheckOutput for the name of a touch panel.
func CheckTouch(s string) (string, error) {
	s = strings.TrimSpace(s)
	if !quotable(s) {
		return "", fault.Errorf(fault.BadRequest, "touch is %.80q, must be the name of a touch panel, as the log of the session tells it", s)
	}
	return s, nil
}

// quotable reports whether a name can be written between quotes in a display
// server's configuration.
func quotable(s string) bool {
	return s != "" && len(s) <= maxOutput && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '"' || r == '\\' || r == '\uFFFD'
	})
}
