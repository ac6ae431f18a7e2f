package session

import (
	"time"

	"camwall/internal/fault"
	"camwall/internal/screen"
)

// Power is what a person has said about a screen.
type Power string

// Auto follows the schedule; on and off hold until auto, or until the schedule
// changes next.
const (
	PowerAuto Power = "auto"
	PowerOn   Power = "on"
	PowerOff  Power = "off"
)

// ParsePower reads on, off or auto. The error is a fault.BadRequest.
func ParsePower(s string) (Power, error) {
	switch p := Power(s); p {
	case PowerAuto, PowerOn, PowerOff:
		return p, nil
	}
	return "", fault.Errorf(fault.BadRequest, "power is %.40q, must be on, off or auto", s)
}

// held is a power that a person has chosen.
type held struct {
	power Power
	until time.Time // zero: for ever
}

// powers are those that hold, by output. An output keeps its own while it is gone.
type powers map[string]held

// set keeps what a person has said.
func (p powers) set(output string, power Power, entry screen.Screen, now time.Time) {
	if power == PowerAuto {
		delete(p, output)
		return
	}
	p[output] = held{power, entry.NextSwitch(now)}
}

// of returns what holds at a time, and until when.
func (p powers) of(output string, now time.Time) held {
	h, ok := p[output]
	if ok && !h.until.IsZero() && !now.Before(h.until) {
		delete(p, output)
		ok = false
	}
	if !ok {
		return held{power: PowerAuto}
	}
	return h
}

// earliest is before every clock that is right. A machine without a battery may
// start in 1970.
func earliest() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// lit tells whether a screen should be on. By a clock that can't be right no screen
// is switched off.
func (p powers) lit(output string, entry screen.Screen, now time.Time) bool {
	if h := p.of(output, now); h.power != PowerAuto {
		return h.power == PowerOn
	}
	return now.Before(earliest()) || entry.On(now)
}
