package kiosk

import (
	"net/http"
	"time"

	"camwall/internal/fault"
)

// State is what GET /kiosk/state tells.
type State struct {
	Home   string `json:"home"`
	Wall   string `json:"wall"`
	Output string `json:"output"`
	Server string `json:"server"` // whom the pictures come from

	Host      string   `json:"host"`
	Addresses []string `json:"addresses"`

	Ready bool  `json:"ready"`
	Begun bool  `json:"begun"` // it was ready once
	Since int64 `json:"since"` // milliseconds that Ready is as it is

	// Code, Reason and Hint say why it is not ready, or, when it is, why the wall
	// is not shown all the same; Code is stable, and "starting" while nothing is
	// known.
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Hint   string `json:"hint"`

	ClockSet bool   `json:"clockSet"` // times of day can be told
	Key      string `json:"key"`
	PIN      bool   `json:"pin"` // there is one
	Dim      int    `json:"dim"` // percent
	Shift    bool   `json:"shift"`
	Version  string `json:"version"`
}

// State returns how things are.
func (k *Kiosk) State() State {
	s := State{
		Home: k.Home(), Wall: k.cfg.Wall, Output: k.cfg.Output, Host: k.cfg.host(), Addresses: k.cfg.networks(),
		ClockSet: k.cfg.clockSet(), Key: k.cfg.Key, PIN: !k.cfg.PIN.IsZero(),
		Dim: k.cfg.Dim(time.Now()), Shift: k.cfg.Shift, Version: k.cfg.Version,
	}
	if s.Addresses == nil {
		s.Addresses = []string{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s.Server, s.Ready, s.Begun, s.Since = nameOf(k.core), k.ready, k.begun, time.Since(k.since).Milliseconds()
	if k.ready {
		if k.noWall != nil {
			s.Code, s.Reason, s.Hint = string(k.noWall.Code), k.noWall.Message, k.noWall.Hint
		}
		return s
	}
	why := k.why
	if why == nil {
		s.Code = string(errStarting.Code)
		return s
	}
	s.Code, s.Reason = string(fault.CodeOf(why)), "internal error"
	if f := asFault(why); f != nil {
		s.Reason, s.Hint = f.Message, f.Hint
	}
	return s
}

func (k *Kiosk) serveState(w http.ResponseWriter) {
	reply(w, k.State())
}
