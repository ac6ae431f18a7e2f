package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"camwall/internal/apiclient"
	"camwall/internal/fault"
)

type ptzCommand struct {
	askingFlags
	ID     string        `arg:"" help:"The camera's id."`
	Action string        `arg:"" help:"left, right, up, down, in, out, stop, home, goto PRESET, presets, save NAME or status."`
	Value  string        `arg:"" optional:"" help:"The preset of goto, by name or token, or the name of save."`
	For    time.Duration `default:"1s" help:"How long it moves: 0.1s to 10s." placeholder:"TIME"`
	Speed  float64       `default:"0.5" help:"How fast: up to 1." placeholder:"N"`
	JSON   bool          `name:"json" help:"Print JSON (status, presets)."`
}

// directions are the ways that a camera turns.
var directions = map[string]apiclient.Position{
	"left": {Pan: -1}, "right": {Pan: 1}, "up": {Tilt: 1}, "down": {Tilt: -1}, "in": {Zoom: 1}, "out": {Zoom: -1},
}

// Run turns a camera, or tells where it looks.
func (c *ptzCommand) Run(ctx context.Context, s streams) error {
	action := strings.ToLower(c.Action)
	if wants := action == "goto" || action == "save"; wants != (c.Value != "") {
		if wants {
			return fault.Errorf(fault.BadRequest, "%s wants a name", action).WithHint("camwall ptz " + c.ID + " presets lists those that there are")
		}
		return fault.Errorf(fault.BadRequest, "%.20q takes nothing behind it", action).WithHint("goto and save do")
	}
	if action == "status" || action == "presets" {
		return c.with(ctx, s, func(b *backend) error { return c.tell(ctx, s, b, action) })
	}
	if action == "save" {
		return c.with(ctx, s, func(b *backend) error {
			p, err := b.AddPreset(ctx, c.ID, c.Value)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "Kept where it looks as %s (%s).\n", clean(p.Name), clean(p.Token))
			return err
		})
	}
	move, err := c.move(action)
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(b *backend) error { return b.Move(ctx, c.ID, move) })
}

func (c *ptzCommand) move(action string) (apiclient.Move, error) {
	switch action {
	case "stop":
		return apiclient.Move{Stop: true}, nil
	case "home":
		return apiclient.Move{Home: true}, nil
	case "goto":
		return apiclient.Move{Preset: c.Value}, nil
	}
	way, ok := directions[action]
	switch {
	case !ok:
		return apiclient.Move{}, fault.Errorf(fault.BadRequest, "%.20q is nothing that a camera does", c.Action).
			WithHint("left, right, up, down, in, out, stop, home, goto PRESET, presets, save NAME or status")
	case c.Speed <= 0 || c.Speed > 1:
		return apiclient.Move{}, fault.New(fault.BadRequest, "--speed is not above 0 and up to 1", "for example --speed 0.5")
	case c.For < 100*time.Millisecond || c.For > 10*time.Second:
		return apiclient.Move{}, fault.New(fault.BadRequest, "--for is not from 0.1s to 10s", "for example --for 1s")
	}
	return apiclient.Move{
		Continuous: &apiclient.Position{Pan: way.Pan * c.Speed, Tilt: way.Tilt * c.Speed, Zoom: way.Zoom * c.Speed},
		Timeout:    c.For.Seconds(),
	}, nil
}

// tell prints where a camera looks, or which positions it keeps.
func (c *ptzCommand) tell(ctx context.Context, s streams, b *backend, action string) error {
	ptz, err := b.PTZ(ctx, c.ID)
	switch {
	case err != nil:
		return err
	case c.JSON && action == "status":
		return printJSON(s.out, ptz)
	case c.JSON:
		return printJSON(s.out, struct {
			Presets []apiclient.Preset `json:"presets"`
		}{ptz.Presets})
	case action == "status":
		p := ptz.Position
		return facts(s.out, "Pan", fmt.Sprint(p.Pan), "Tilt", fmt.Sprint(p.Tilt), "Zoom", fmt.Sprint(p.Zoom),
			"Moving", yes(ptz.Moving, "yes"), "Presets", yes(len(ptz.Presets) > 0, fmt.Sprint(len(ptz.Presets))))
	case len(ptz.Presets) == 0:
		_, err := fmt.Fprintln(s.out, "No preset.")
		return err
	}
	t := newTable(s.out, "PRESET", "NAME")
	for _, p := range ptz.Presets {
		t.row(p.Token, p.Name)
	}
	return t.flush()
}
