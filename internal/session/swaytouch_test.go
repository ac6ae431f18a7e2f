package session

import (
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"camwall/internal/screen"
)

// TestTouchPanelsLieOverTheirOutputs: by the name in a screen, else over the only
// output; and once only.
func TestTouchPanelsLieOverTheirOutputs(t *testing.T) {
	t.Parallel()
	inputs := `[{"identifier":"1:1:Keys","name":"Keys","type":"keyboard"},{"identifier":"8746:1:ILITEK_TP","name":"ILITEK TP","type":"touch"},
		{"identifier":"2:7:Pen","name":"Pen","type":"tablet_tool"},{"identifier":"3:3:A\"; exit","name":"x","type":"touch"}]`
	var told atomic.Value
	told.Store(inputs)
	s := played(t, func(kind uint32, _ string) string {
		if kind == ipcInputs {
			return told.Load().(string)
		}
		return `[{"success":true}]`
	})
	left, right := swayOutput{Name: "DP-1", Active: true}, swayOutput{Name: "DP-2", Active: true}
	panel := screen.New("DP-2", "b")
	panel.Touch = "ilitek  tp"
	wishes := map[string]wish{"DP-1": {Screen: screen.New("DP-1", "a")}, "DP-2": {Screen: panel}}
	for _, c := range []struct {
		what    string
		outputs []swayOutput
		want    []string
	}{
		{"two outputs", []swayOutput{left, right}, []string{`input "8746:1:ILITEK_TP" map_to_output "DP-2"`, `input "2:7:Pen" map_to_output "*"`}},
		{"the same again", []swayOutput{left, right}, nil},
		{"one output", []swayOutput{left, {Name: "DP-2"}}, []string{`input "8746:1:ILITEK_TP" map_to_output "DP-1"`, `input "2:7:Pen" map_to_output "DP-1"`}},
		{"none", nil, []string{`input "8746:1:ILITEK_TP" map_to_output "*"`, `input "2:7:Pen" map_to_output "*"`}},
	} {
		got, err := s.touching(t.Context(), c.outputs, wishes)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", c.what, got, err)
		}
		for _, command := range got {
			s.lay(command)
		}
	}
	told.Store(`{}`)
	if _, err := s.touching(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), "sway") {
		t.Errorf("an answer that is none: %v", err)
	}
}

// FuzzPanels: whatever a device calls itself, a command stays one.
func FuzzPanels(f *testing.F) {
	f.Add(`[{"identifier":"1:2:Panel","name":"Panel","type":"touch"}]`)
	f.Add(`[{"identifier":"1:2:\"; exit","type":"touch"}]`)
	f.Fuzz(func(t *testing.T, text string) {
		var inputs []swayInput
		if json.Unmarshal([]byte(text), &inputs) != nil {
			return
		}
		for _, in := range inputs {
			if name, err := screen.CheckTouch(in.Identifier); err == nil && strings.ContainsAny(name, "\"\\\n\x00") {
				t.Fatalf("%q", name)
			}
			if got := panelOutput(in, []swayOutput{{Name: "A", Active: true}}, nil); got != "A" {
				t.Fatalf("over %q", got)
			}
		}
	})
}
