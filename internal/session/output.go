package session

import (
	"context"
	"regexp"

	"camwall/internal/screen"
)

// output is one that a display server knows now.
type output struct {
	// Name is its connector as the kernel calls it: HDMI-A-1.
	Name string

	// Display is the make, model and serial number of what is connected, with
	// blanks between; empty when unknown.
	Display string

	// Serial is the number alone, as the display server tells it.
	Serial string

	// Active: it shows something, or would if Lit.
	Active bool

	// Lit: its power is on.
	Lit bool

	Mode  screen.Mode   // now
	Modes []screen.Mode // that the display has; may be empty
}

// wish is what an output should be.
type wish struct {
	Screen screen.Screen
	Lit    bool

	// Program is the app id of the one window that belongs on it.
	Program string
}

// display is a display server that runs. All but changed and ended are called by
// one goroutine.
type display interface {
	// environment is what its clients need, as NAME=value.
	environment() []string

	// look returns the outputs that are there.
	look(ctx context.Context) ([]output, error)

	// prepare makes the place for a window that is about to come. An error that is
	// errRefused leaves it to settle.
	prepare(ctx context.Context, output string, w wish) error

	// settle puts right what is not as it is wished, by the name of the output,
	// and tells whether anything was not.
	settle(ctx context.Context, outputs []output, wishes map[string]wish) (bool, error)

	// changed has a value when something may have changed.
	changed() <-chan struct{}

	// ended is closed when the server has ended.
	ended() <-chan struct{}

	// close ends it and all that it has started, and waits.
	close()
}

// connector is a name that can stand in commands and in names of files.
var connector = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$`)
