package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"camwall/internal/camera"
	"camwall/internal/screen"
)

// AllCameras stands in the place of a wall's name for every camera there is.
const AllCameras = "*"

// maxScreens bounds the list.
const maxScreens = 64

// readScreens reads the list of screens, behind the walls.
func (r *reader) readScreens(n *yaml.Node) {
	if n != nil && len(n.Content) > maxScreens {
		r.wrong(n, "one terminal has a few outputs", "screens has %d elements, at most %d are possible", len(n.Content), maxScreens)
		return
	}
	r.elements(n, "screens", r.readScreen)
}

// readScreen reads one element of screens.
func (r *reader) readScreen(n *yaml.Node) {
	s := screen.New("", "")
	before := r.count()
	var at screen.Point
	var atNode, hours *yaml.Node
	ok := r.fields(n, "screens", fields{
		"output":    value(&s.Output, must(screen.CheckOutput)),
		"wall":      value(&s.Wall, wallName),
		"mode":      value(&s.Mode, must(screen.ParseMode)),
		"scale":     value(&s.Scale, must(screen.ParseScale)),
		"touch":     value(&s.Touch, must(screen.CheckTouch)),
		"transform": value(&s.Transform, must(screen.ParseTransform)),
		"position": func(r *reader, where, key string, n *yaml.Node) bool {
			atNode = n
			return value(&at, must(screen.ParsePosition))(r, where, key, n)
		},
		"on": func(r *reader, where, key string, n *yaml.Node) bool {
			hours = n
			return list(&s.Hours, must(screen.ParseHours))(r, where, key, n)
		},
		"dim":   func(r *reader, _, _ string, n *yaml.Node) bool { return r.readNight(&s.Night, n) },
		"shift": value(&s.Shift, truth),
	})
	if s.Output == "" {
		if ok {
			r.wrong(n, "write output: and a connector such as HDMI-A-1, or \"*\" for every output", "screens: output is missing")
		}
		return
	}
	if atNode != nil {
		s.Position = &at
	}
	if err := screen.CheckHours(s.Hours); err != nil {
		r.wrong(hours, "write several days into one: mon-fri 07:00-19:30", "screen %s: on: %s", s.Output, asConfig(err).Message)
	}
	if r.count() > before {
		return
	}
	for i := range r.config.Screens {
		if strings.EqualFold(r.config.Screens[i].Output, s.Output) {
			r.wrong(n, "an output has one entry; capital letters make no difference", "screen %s is there twice", s.Output)
			return
		}
	}
	r.config.Screens = append(r.config.Screens, s)
	r.warnOfWall(n, s)
}

// warnOfWall tells of a wall that the file lacks. It may be one that was made
// while Camwall runs.
func (r *reader) warnOfWall(n *yaml.Node, s screen.Screen) {
	if s.Wall == "" || s.Wall == AllCameras {
		return
	}
	for i := range r.config.Walls {
		if r.config.Walls[i].Name == s.Wall {
			return
		}
	}
	r.config.Warnings = append(r.config.Warnings,
		fmt.Sprintf("%s:%d: screen %s: wall %s is not in this file; it must be one that was made while Camwall runs", r.path, n.Line, s.Output, s.Wall))
}

// readNight reads dim.
func (r *reader) readNight(to *screen.Night, n *yaml.Node) bool {
	const none = -1
	night := screen.Night{From: none, To: none, Level: none}
	ok := r.fields(n, "screens: dim", fields{
		"from":  value(&night.From, must(screen.ParseTime)),
		"to":    value(&night.To, must(screen.ParseTime)),
		"level": value(&night.Level, whole(screen.MinLevel, screen.FullBrightness)),
	})
	if !ok {
		return false
	}
	if night.From == none || night.To == none || night.Level == none {
		r.wrong(n, "write dim: {from: \"21:00\", to: \"06:30\", level: 30}", "screens: dim lacks from, to or level")
		return false
	}
	if err := night.Check(); err != nil {
		r.wrong(n, asConfig(err).Hint, "screens: dim: %s", asConfig(err).Message)
		return false
	}
	*to = night
	return true
}

// wallName reads the name of a wall, or AllCameras.
func wallName(s string) (string, string) {
	if s == AllCameras {
		return s, ""
	}
	id, err := camera.ParseID(s)
	if err != nil {
		return "", "must be the name of a wall, or \"*\" for all cameras"
	}
	return string(id), ""
}

// must turns the parser of a domain into one of values: what it says behind
// ", must" is what would be right.
func must[T any](parse func(string) (T, error)) func(string) (T, string) {
	return func(s string) (T, string) {
		v, err := parse(s)
		if err != nil {
			said := asConfig(err).Message
			return v, said[strings.LastIndex(said, ", must ")+2:]
		}
		return v, ""
	}
}
