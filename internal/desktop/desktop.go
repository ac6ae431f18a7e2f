// Package desktop shows Camwall in a window of its own: Wails with WebKitGTK,
// on the same page as in a browser. It serves nothing itself but the window's
// own paths below /window: page, API and pictures come from the http.Handler
// that it is given, which is called for each request of the page without a
// network between. It looks after the page as long as the window is open, and a
// kiosk's window lets nobody out. Only the build with the tags desktop,
// production and webkit2_41 has a window and needs GTK; in the other one the
// same functions say so. Package app calls it.
package desktop

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"camwall/internal/crashlog"
)

// Config is what Run needs.
type Config struct {
	// Handler answers everything that the page asks for, but for the window's
	// own paths; required. What its requests and answers are like is told at
	// requests.
	Handler http.Handler

	// Title is the window's; "" is Camwall.
	Title string

	// Log gets what goes wrong with the page, and Wails' own words as debug
	// lines; required.
	Log *slog.Logger

	// OnReady is called each time the page has loaded, from a goroutine of the
	// window's, which it must not block; may be nil.
	OnReady func()

	// Kiosk locks the window; nil is an operator's window.
	Kiosk *Kiosk

	// Version is told in the operator's menu; "" is not.
	Version string

	// StateFile is where size and place are kept, and the folder of the last
	// snapshot; "" keeps them nowhere. A kiosk's window never writes it.
	StateFile string

	// Language is that of menu and dialogs, and what the page is told to speak: a
	// BCP 47 tag. "" is English, and the page's choice.
	Language string

	// MemoryLimit is what the page's process may take, in bytes, before it is
	// renewed; 0 is 1 GiB.
	MemoryLimit int64

	// Crashes keeps reports of pages that died; may be nil.
	Crashes *crashlog.Log

	// Commands are carried out one after the other once the window is open; may
	// be nil.
	Commands <-chan Command

	// Instance is what Claim gave: the window is raised when a second start asks
	// for it. May be nil.
	Instance *Instance

	// OnHealth is called every 2 s on GTK's thread while its loop turns, and
	// must not block; may be nil.
	OnHealth func(Health)
}

// Kiosk is what makes a window a kiosk's: full screen, undecorated, without
// menu. Only the end of Run's context closes it.
type Kiosk struct {
	// Program is the window's name for the display: the app id of Wayland, the
	// class of X11.
	Program string

	// Home is the path that, beside "/", is the only one to be shown.
	Home string
}

// Health is how page and window are.
type Health struct {
	// Page is loading, live, frozen, dead or renewing.
	Page string

	// Healthy tells that nobody need end this process: the page lives, or is
	// being mended for less than a minute.
	Healthy bool

	// Since is when Page began.
	Since time.Time

	// Renewed counts how often the page's process was ended or died.
	Renewed int
}

// Command is what a window can be told from outside the page.
type Command int

// The commands.
const (
	CommandRaise  Command = iota + 1 // show the window above all others, with the keyboard
	CommandReload                    // load the page anew
)

// Check tells whether Run could open a window: nil, a fault.NotBuilt when this
// build has none, or a fault.NoDisplay when no display answers. It is quick
// and changes nothing, so that nothing need be started in vain.
func Check() error { return check() }

// Run opens the window and blocks until it is closed or ctx is done, which both
// give nil; a kiosk's window can't be closed. Requests have ended when it
// returns. Its errors are those of Check, and a fault.NoDisplay also when the
// display answers but refuses us.
//
// It is called once in a process, from the main goroutine, which stays tied to
// its thread: that thread is GTK's for good.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Title == "" {
		cfg.Title = "Camwall"
	}
	return run(ctx, cfg)
}
