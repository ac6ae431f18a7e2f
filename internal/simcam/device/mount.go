package device

import (
	"fmt"
	"math"
	"time"
)

// How fast a camera moves at speed 1: the whole range of pan and tilt (2) and
// of zoom (1) in 4 s.
const (
	panSpeed  = 0.5 // a second
	zoomSpeed = 0.25
)

// maxPresets is how many places a camera remembers.
const maxPresets = 64

// Position is where a camera looks: Pan (right) and Tilt (up) from -1 to 1,
// Zoom from 0 to 1.
type Position struct{ Pan, Tilt, Zoom float64 }

func (p Position) plus(q Position, factor float64) Position {
	return Position{p.Pan + q.Pan*factor, p.Tilt + q.Tilt*factor, p.Zoom + q.Zoom*factor}
}

// within moves p to the nearest place that the camera can reach.
func (p Position) within() Position {
	return Position{max(-1, min(1, p.Pan)), max(-1, min(1, p.Tilt)), max(0, min(1, p.Zoom))}
}

// valid says whether p can be reached.
func (p Position) valid() bool { return p == p.within() }

// mount is what moves a camera: from somewhere, at a speed, for a time. It
// keeps no goroutine: where it is follows from the time.
type mount struct {
	from       Position
	speed      Position // a second, for each axis
	start, end time.Time
	target     *Position // of a move to a place: exact at its end
	home       Position
	presets    map[string]preset
	next       int // number of the next preset
}

type preset struct {
	name string
	at   Position
}

func newMount() mount { return mount{presets: make(map[string]preset), next: 1} }

// position is where the camera looks at a moment.
func (m *mount) position(now time.Time) Position {
	if m.target != nil && !now.Before(m.end) {
		return *m.target
	}
	if now.After(m.end) {
		now = m.end
	}
	return m.from.plus(m.speed, max(0, now.Sub(m.start).Seconds())).within()
}

// moving says whether it moves at a moment.
func (m *mount) moving(now time.Time) bool { return now.Before(m.end) && m.speed != Position{} }

// run moves at a velocity, -1 to 1 for each axis, for some time.
func (m *mount) run(now time.Time, velocity Position, timeout time.Duration) {
	m.from, m.start, m.end, m.target = m.position(now), now, now.Add(timeout), nil
	m.speed = Position{velocity.Pan * panSpeed, velocity.Tilt * panSpeed, velocity.Zoom * zoomSpeed}
}

// goTo moves to a place at full speed.
func (m *mount) goTo(now time.Time, target Position) {
	here := m.position(now)
	way := target.plus(here, -1)
	seconds := max(math.Abs(way.Pan)/panSpeed, math.Abs(way.Tilt)/panSpeed, math.Abs(way.Zoom)/zoomSpeed)
	m.from, m.start, m.target = here, now, &target
	m.end = now.Add(time.Duration(seconds * float64(time.Second)))
	m.speed = Position{}
	if seconds > 0 {
		m.speed = Position{}.plus(way, 1/seconds)
	}
}

// stop ends moves of the axes named.
func (m *mount) stop(now time.Time, panTilt, zoom bool) {
	speed, end := m.speed, m.end
	if !m.moving(now) {
		return
	}
	m.from, m.start, m.target = m.position(now), now, nil
	if panTilt {
		speed.Pan, speed.Tilt = 0, 0
	}
	if zoom {
		speed.Zoom = 0
	}
	m.speed, m.end = speed, end
}

// store remembers where the camera looks under a token, or a new one when it
// is empty; not ok without room or with an unknown token.
func (m *mount) store(now time.Time, token, name string) (string, bool) {
	if token == "" {
		if len(m.presets) == maxPresets {
			return "", false
		}
		token = fmt.Sprint(m.next)
		m.next++
	} else if _, known := m.presets[token]; !known {
		return "", false
	}
	if name == "" {
		name = "Preset " + token
	}
	m.presets[token] = preset{name: name, at: m.position(now)}
	return token, true
}

// Position returns where the camera of a channel, counted from 0, looks now,
// and whether it moves.
func (d *Device) Position(channel int) (at Position, moving bool) {
	c := d.channels[channel]
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return c.mount.position(now), c.mount.moving(now)
}
