package session

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"camwall/internal/screen"
)

// swayOutput is an output as sway tells it (sway-ipc(7), GET_OUTPUTS).
type swayOutput struct {
	Name      string     `json:"name"`
	Make      string     `json:"make"`
	Model     string     `json:"model"`
	Serial    string     `json:"serial"`
	Active    bool       `json:"active"`
	DPMS      *bool      `json:"dpms"`
	Power     *bool      `json:"power"` // since 1.8
	Scale     float64    `json:"scale"`
	Transform string     `json:"transform"`
	Workspace string     `json:"current_workspace"`
	Mode      swayMode   `json:"current_mode"`
	Modes     []swayMode `json:"modes"`
	Rect      struct {
		X int `json:"x"`
		Y int `json:"y"`
	} `json:"rect"`
}

type swayMode struct {
	Width   int `json:"width"`
	Height  int `json:"height"`
	Refresh int `json:"refresh"` // mHz
}

func (m swayMode) mode() screen.Mode {
	return screen.Mode{Width: m.Width, Height: m.Height, MilliHertz: m.Refresh}
}

// lit tells whether its power is on.
func (o *swayOutput) lit() bool {
	switch {
	case o.Power != nil:
		return *o.Power
	case o.DPMS != nil:
		return *o.DPMS
	}
	return true
}

// powerWord is the command for the power, which has changed its name.
func (o *swayOutput) powerWord() string {
	if o.Power != nil {
		return "power"
	}
	return "dpms"
}

// scaleGrain is what sway may make of a scale: it keeps 32 bits of it, or 120ths.
const scaleGrain = 0.01

// swayNode is a node of sway's tree (sway-ipc(7), GET_TREE).
type swayNode struct {
	ID         int64      `json:"id"`
	Kind       string     `json:"type"`
	Name       string     `json:"name"`
	AppID      string     `json:"app_id"`
	Fullscreen int        `json:"fullscreen_mode"`
	Nodes      []swayNode `json:"nodes"`
	Floating   []swayNode `json:"floating_nodes"`
}

// swayWindow is a window and where it is.
type swayWindow struct {
	id         int64
	program    string // app id
	workspace  string
	output     string
	fullscreen bool
}

// windows returns all windows of a tree.
func (n *swayNode) windows(at swayWindow) []swayWindow {
	switch n.Kind {
	case "output":
		at.output = n.Name
	case "workspace":
		at.workspace = n.Name
	}
	var all []swayWindow
	if n.AppID != "" {
		at := at
		at.id, at.program, at.fullscreen = n.ID, n.AppID, n.Fullscreen != 0
		all = append(all, at)
	}
	for i := range n.Nodes {
		all = append(all, n.Nodes[i].windows(at)...)
	}
	for i := range n.Floating {
		all = append(all, n.Floating[i].windows(at)...)
	}
	return all
}

// look returns the outputs that sway has.
func (s *sway) look(ctx context.Context) ([]output, error) {
	raw, err := s.outputs(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]output, len(raw))
	for i := range raw {
		o := &raw[i]
		all[i] = output{
			Name: o.Name, Display: strings.Join(strings.Fields(o.Make+" "+o.Model+" "+o.Serial), " "), Serial: o.Serial,
			Active: o.Active, Lit: o.lit(), Mode: o.Mode.mode(),
		}
		for _, m := range o.Modes {
			all[i].Modes = append(all[i].Modes, m.mode())
		}
	}
	return all, nil
}

func (s *sway) outputs(ctx context.Context) ([]swayOutput, error) {
	var all []swayOutput
	if err := s.ipc.ask(ctx, ipcOutputs, "", &all); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(o swayOutput) bool { return !connector.MatchString(o.Name) }), nil
}

// prepare makes an output's workspace and the rules for its window, before that
// comes: it appears where it belongs, full screen.
func (s *sway) prepare(ctx context.Context, output string, w wish) error {
	if s.prepared[output] {
		return nil
	}
	window := `[app_id="^` + w.Program + `$"]`
	err := s.ipc.command(ctx,
		fmt.Sprintf("workspace %q output %q", output, output),
		fmt.Sprintf("assign %s workspace %q", window, output),
		fmt.Sprintf("for_window %s border none", window),
		fmt.Sprintf("for_window %s fullscreen enable", window),
		fmt.Sprintf("for_window %s inhibit_idle open", window),
		fmt.Sprintf("workspace %q", output), // it is seen from the first moment on
	)
	if err == nil {
		s.prepared[output] = true
	}
	return err
}

// settle puts right what is not as it is wished.
func (s *sway) settle(ctx context.Context, _ []output, wishes map[string]wish) (bool, error) {
	outputs, err := s.outputs(ctx)
	if err != nil {
		return false, err
	}
	var commands []string
	for i := range outputs {
		o := &outputs[i]
		if w, ok := wishes[o.Name]; ok && o.Active {
			commands = append(commands, s.corrections(o, w)...)
		}
	}
	placing, err := s.placing(ctx, outputs, wishes)
	if err != nil {
		return false, err
	}
	touching, err := s.touching(ctx, outputs, wishes)
	if err != nil {
		return false, err
	}
	commands = slices.Concat(commands, placing, touching)
	commands = s.tries.next(commands)
	for _, c := range commands {
		s.log.Debug("sway", "command", c)
		if err := s.ipc.command(ctx, c); err != nil {
			if ctx.Err() != nil {
				return false, err
			}
			s.log.Warn("the display refuses what it should do", "command", c, "error", err)
			continue
		}
		s.lay(c)
	}
	return len(commands) > 0, nil
}

// corrections returns the commands that give an output its mode, scale, place and
// power.
func (s *sway) corrections(o *swayOutput, w wish) []string {
	var wrong []string
	if mode := s.modeFor(o, w.Screen.Mode); mode != "" {
		wrong = append(wrong, mode)
	}
	if scale := scaleOf(w.Screen); math.Abs(scale-o.Scale) > scaleGrain {
		wrong = append(wrong, "scale "+strconv.FormatFloat(scale, 'f', -1, 64))
	}
	if turn := transformOf(w.Screen); string(turn) != o.Transform {
		wrong = append(wrong, "transform "+string(turn))
	}
	if at := w.Screen.Position; at != nil && (at.X != o.Rect.X || at.Y != o.Rect.Y) {
		wrong = append(wrong, fmt.Sprintf("position %d %d", at.X, at.Y))
	}
	if o.lit() != w.Lit {
		wrong = append(wrong, o.powerWord()+" "+map[bool]string{true: "on", false: "off"}[w.Lit])
	}
	for i, c := range wrong {
		wrong[i] = fmt.Sprintf("output %q %s", o.Name, c)
	}
	return wrong
}

// modeFor returns the command for a mode; empty when the output has it.
func (s *sway) modeFor(o *swayOutput, want screen.Mode) string {
	now := o.Mode.mode()
	known := make([]screen.Mode, len(o.Modes))
	for i, m := range o.Modes {
		known[i] = m.mode()
	}
	if want.IsZero() {
		want = s.nativeMode(o.Name, known)
		if want.IsZero() {
			return ""
		}
	}
	best, ok := want.Pick(known)
	switch {
	case want.MilliHertz == 0 && want.Shows(now), !ok && want.Shows(now), ok && best == now:
		return ""
	case ok:
		return "mode " + best.String() + "Hz"
	}
	if len(known) == 0 { // an output that is in no display: any will do
		return "mode " + hertz(want)
	}
	return "mode --custom " + hertz(want)
}

// hertz writes a mode for sway, with a rate.
func hertz(m screen.Mode) string {
	if m.MilliHertz == 0 {
		m.MilliHertz = 60000
	}
	return m.String() + "Hz"
}

// nativeMode returns the size of a display's native mode, from what the kernel
// knows now: a display that tells its modes late, after sway has asked, is known
// to sway by the few that every display has. Zero when it is unknown.
func (s *sway) nativeMode(name string, known []screen.Mode) screen.Mode {
	for _, line := range s.native(name) {
		m, err := screen.ParseMode(line)
		if err != nil {
			continue // interlaced
		}
		return m
	}
	if len(known) > 0 {
		return screen.Mode{Width: known[0].Width, Height: known[0].Height}
	}
	return screen.Mode{}
}

// nativeModes returns the sizes that the kernel knows of a connector's display,
// the native one first (DRM's sysfs).
func nativeModes(name string) []string {
	files, err := filepath.Glob("/sys/class/drm/card*-" + name + "/modes")
	if err != nil {
		return nil
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			if lines := strings.Fields(string(text)); len(lines) > 0 {
				return lines
			}
		}
	}
	return nil
}

func scaleOf(s screen.Screen) float64 {
	if s.Scale == 0 {
		return 1
	}
	return s.Scale
}

func transformOf(s screen.Screen) screen.Transform {
	if s.Transform == "" {
		return screen.Normal
	}
	return s.Transform
}

// placing returns the commands that bring every window to its output, full
// screen, and every output to its workspace.
func (s *sway) placing(ctx context.Context, outputs []swayOutput, wishes map[string]wish) ([]string, error) {
	var root swayNode
	if err := s.ipc.ask(ctx, ipcTree, "", &root); err != nil {
		return nil, err
	}
	windows := root.windows(swayWindow{})
	var commands []string
	for i := range outputs {
		o := &outputs[i]
		w, ok := wishes[o.Name]
		at := slices.IndexFunc(windows, func(each swayWindow) bool { return each.program == w.Program })
		if !ok || !o.Active || at < 0 {
			continue
		}
		window := windows[at]
		con := fmt.Sprintf("[con_id=%d] ", window.id)
		if window.workspace != o.Name {
			commands = append(commands, con+fmt.Sprintf("move container to workspace %q", o.Name))
		}
		if window.output != o.Name {
			commands = append(commands, con+fmt.Sprintf("move workspace to output %q", o.Name))
		}
		if !window.fullscreen {
			commands = append(commands, con+"fullscreen enable")
		}
		if o.Workspace != o.Name {
			commands = append(commands, fmt.Sprintf("workspace %q", o.Name))
		}
	}
	return commands, nil
}
