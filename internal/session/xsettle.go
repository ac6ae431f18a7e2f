package session

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"camwall/internal/screen"
)

// probeEvery is after how many looks the displays themselves are asked.
const probeEvery = 15

// look returns the outputs that have a display.
func (x *xorg) look(ctx context.Context) ([]output, error) {
	// Asking the displays themselves may make them flicker: Xorg is told of cables
	// by the kernel, and now and then we make sure.
	how := "--current"
	if x.looks++; x.looks%probeEvery == 1 {
		how = "--query"
	}
	raw, err := x.outputs(ctx, how)
	if err != nil {
		return nil, err
	}
	var all []output
	for _, o := range raw {
		all = append(all, output{Name: kernelName(o.raw), Active: o.active, Lit: !x.dark && !x.black[kernelName(o.raw)], Mode: o.mode, Modes: o.modes})
	}
	return all, nil
}

// outputs returns those that are connected. One that has a display and no place
// has just come: it gets one.
func (x *xorg) outputs(ctx context.Context, how string) ([]xOutput, error) {
	text, err := x.tool(ctx, "xrandr", how)
	if err != nil {
		return nil, err
	}
	var all []xOutput
	for _, o := range parseXrandr(text) {
		if name := kernelName(o.raw); o.connected && connector.MatchString(name) {
			x.raw[name] = o.raw
			all = append(all, o)
		}
	}
	return all, nil
}

// prepare has nothing to do: windows are placed when they are there.
func (x *xorg) prepare(context.Context, string, wish) error { return nil }

// settle puts right what is not as it is wished.
func (x *xorg) settle(ctx context.Context, _ []output, wishes map[string]wish) (bool, error) {
	x.blockKeys(ctx)
	outputs, err := x.outputs(ctx, "--current")
	if err != nil {
		return false, err
	}
	commands := xCorrections(outputs, wishes)
	windows, err := x.tool(ctx, "wmctrl", "-lGx")
	if err != nil {
		return false, err
	}
	commands = append(commands, xPlacing(outputs, parseWmctrl(windows), wishes)...)
	commands = x.tries.next(commands)
	for _, c := range commands {
		x.log.Debug("xorg", "command", c)
		if _, err := x.tool(ctx, strings.Fields(c)...); err != nil {
			if ctx.Err() != nil {
				return false, err
			}
			x.log.Warn("the display refuses what it should do", "command", c, "error", err)
		}
	}
	return len(commands) > 0, x.settlePower(ctx, wishes)
}

// settlePower switches the displays. X has one power for all of them: they are off
// when no screen is to be on. One alone is drawn black.
func (x *xorg) settlePower(ctx context.Context, wishes map[string]wish) error {
	dark := len(wishes) > 0
	for _, w := range wishes {
		dark = dark && !w.Lit
	}
	if dark != x.dark {
		x.run(ctx, "xset dpms force "+map[bool]string{true: "off", false: "on"}[dark])
		x.dark = dark // a display without power management is not asked again
	}
	for name, w := range wishes {
		if black := !w.Lit && !dark; black != x.black[name] {
			x.run(ctx, "xrandr --output "+x.raw[name]+" --brightness "+map[bool]string{true: "0", false: "1"}[black])
			x.black[name] = black
		}
	}
	return ctx.Err()
}

// run runs one command; that it can't is told.
func (x *xorg) run(ctx context.Context, command string) {
	if _, err := x.tool(ctx, strings.Fields(command)...); err != nil && ctx.Err() == nil {
		x.log.Warn("the display refuses what it should do", "command", command, "error", err)
	}
}

// rotations are xrandr's words for how a picture is turned: it turns the picture
// anticlockwise as left. Mirrored ones are missing.
var rotations = map[screen.Transform]string{"normal": "normal", "90": "right", "180": "inverted", "270": "left"}

// xIgnored returns the screens of which Xorg can't do all.
func xIgnored(all []screen.Screen) []string {
	var ignored []string
	for _, s := range all {
		if _, known := rotations[transformOf(s)]; !known || scaleOf(s) != 1 {
			ignored = append(ignored, s.Output)
		}
	}
	return ignored
}

// xCorrections returns the commands that give outputs their mode, turn and place.
func xCorrections(outputs []xOutput, wishes map[string]wish) []string {
	var commands []string
	for _, o := range outputs {
		w, ok := wishes[kernelName(o.raw)]
		if !ok {
			continue
		}
		var args []string
		want := w.Screen.Mode
		if !o.active {
			args = append(args, "--auto")
		}
		if want.IsZero() && len(o.modes) > 0 {
			want = o.modes[0]
			want.MilliHertz = 0
		}
		if best, found := want.Pick(o.modes); found && o.active && !want.Shows(o.mode) {
			args = append(args, "--mode", fmt.Sprintf("%dx%d", best.Width, best.Height), "--rate", strconv.FormatFloat(float64(best.MilliHertz)/1000, 'f', 2, 64))
		}
		turn, known := rotations[transformOf(w.Screen)]
		now := o.rotation
		if now == "" {
			now = "normal"
		}
		if known && o.active && turn != now {
			args = append(args, "--rotate", turn)
		}
		if at := w.Screen.Position; at != nil && o.active && (at.X != o.x || at.Y != o.y) {
			args = append(args, "--pos", fmt.Sprintf("%dx%d", at.X, at.Y))
		}
		if len(args) > 0 {
			commands = append(commands, "xrandr --output "+o.raw+" "+strings.Join(args, " "))
		}
	}
	return commands
}

// xPlacing returns the commands that put every window on its output, full screen.
func xPlacing(outputs []xOutput, windows []xWindow, wishes map[string]wish) []string {
	var commands []string
	for _, o := range outputs {
		w, ok := wishes[kernelName(o.raw)]
		if !ok || !o.active {
			continue
		}
		for _, win := range windows {
			if !win.of(w.Program) || win.x == o.x && win.y == o.y && win.width == o.width && win.height == o.height {
				continue
			}
			commands = append(commands,
				"wmctrl -i -r "+win.id+" -b remove,fullscreen",
				fmt.Sprintf("wmctrl -i -r %s -e 0,%d,%d,%d,%d", win.id, o.x, o.y, o.width, o.height),
				"wmctrl -i -r "+win.id+" -b add,fullscreen")
		}
	}
	return commands
}
