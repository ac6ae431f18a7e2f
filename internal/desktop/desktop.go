// Package desktop shows Camwall in a window of its own: Wails with WebKitGTK,
// on the same page as in a browser. It serves nothing itself: page, API and
// pictures come from the http.Handler that it is given, which is called for
// each request of the page without a network between. Only the build with the
// tags desktop, production and webkit2_41 has a window and needs GTK; in the
// other one the same functions say so. Package app calls it.
package desktop

import (
	"context"
	"log/slog"
	"net/http"
)

// Config is what Run needs.
type Config struct {
	// Handler answers everything that the page asks for; required. What its
	// requests and answers are like is told at requests.
	Handler http.Handler

	// Title is the window's; "" is Camwall.
	Title string

	// Log gets what goes wrong with the page, and Wails' own words as debug
	// lines; required.
	Log *slog.Logger

	// OnReady is called each time the page has loaded, from a goroutine of the
	// window's, which it must not block; may be nil.
	OnReady func()
}

// Check tells whether Run could open a window: nil, a fault.NotBuilt when this
// build has none, or a fault.NoDisplay when no display answers. It is quick
// and changes nothing, so that nothing need be started in vain.
func Check() error { return check() }

// Run opens the window and blocks until it is closed or ctx is done, which both
// give nil. Requests have ended when it returns. Its errors are those of Check,
// and a fault.NoDisplay also when the display answers but refuses us.
//
// It is called once in a process, from the main goroutine, which stays tied to
// its thread: that thread is GTK's for good.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Title == "" {
		cfg.Title = "Camwall"
	}
	return run(ctx, cfg)
}
