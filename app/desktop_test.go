package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"camwall/internal/desktop"
	"camwall/internal/fault"
)

// TestWindowWithoutADisplay starts nothing and leaves nothing.
func TestWindowWithoutADisplay(t *testing.T) {
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY"} {
		t.Setenv(name, "")
	}
	command := desktopCommand{serverFlags{Data: filepath.Join(t.TempDir(), "data"), Demo: true}}
	err := command.Run(t.Context(), streams{out: io.Discard, err: io.Discard})
	want := fault.NotBuilt
	if desktop.Built {
		want = fault.NoDisplay
	}
	if fault.CodeOf(err) != want || fault.ExitCode(err) != 2 {
		t.Errorf("%v (exit code %d), want a %s", err, fault.ExitCode(err), want)
	}
	if _, err := os.Stat(command.Data); !os.IsNotExist(err) {
		t.Errorf("it made the folder for data: %v", err)
	}
}
