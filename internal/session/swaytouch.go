package session

import (
	"context"
	"fmt"
	"slices"

	"camwall/internal/screen"
)

// swayInput is an input device as sway tells it (sway-ipc(7), GET_INPUTS).
type swayInput struct {
	Identifier string `json:"identifier"`
	Name       string `json:"name"`
	Type       string `json:"type"`
}

// wholeLayout is the output of a panel that lies over all of them.
const wholeLayout = "*"

// touching returns the commands that lay each touch panel over its output. By
// itself sway spreads one that is plugged in over all outputs, and does not turn it
// with its picture: fingers would land elsewhere.
func (s *sway) touching(ctx context.Context, outputs []swayOutput, wishes map[string]wish) ([]string, error) {
	var inputs []swayInput
	if err := s.ipc.ask(ctx, ipcInputs, "", &inputs); err != nil {
		return nil, err
	}
	var commands []string
	for _, in := range inputs {
		if in.Type != "touch" && in.Type != "tablet_tool" {
			continue
		}
		if name, err := screen.CheckTouch(in.Identifier); err != nil || name != in.Identifier {
			continue // it could not be written into a command
		}
		over := panelOutput(in, outputs, wishes)
		if s.laid[in.Identifier] != over {
			commands = append(commands, fmt.Sprintf("input %q map_to_output %q", in.Identifier, over))
		}
	}
	return commands, nil
}

// lay takes note that a panel lies over an output, by the command that has done it.
func (s *sway) lay(command string) {
	var identifier, over string
	if n, err := fmt.Sscanf(command, "input %q map_to_output %q", &identifier, &over); n == 2 && err == nil {
		s.laid[identifier] = over
		s.log.Info("touch panel", "name", identifier, "output", over)
	}
}

// panelOutput returns the output that a panel belongs to: the one whose screen
// names it, else the only one that is on.
func panelOutput(in swayInput, outputs []swayOutput, wishes map[string]wish) string {
	active := slices.DeleteFunc(slices.Clone(outputs), func(o swayOutput) bool { return !o.Active })
	for _, o := range active {
		if touch := wishes[o.Name].Screen.Touch; screen.Same(touch, in.Name) || screen.Same(touch, in.Identifier) {
			return o.Name
		}
	}
	if len(active) == 1 {
		return active[0].Name
	}
	return wholeLayout
}
