//go:build linux && desktop && production

package desktop

// #cgo !webkit2_41 pkg-config: gtk+-3.0 webkit2gtk-4.0
// #cgo webkit2_41 pkg-config: gtk+-3.0 webkit2gtk-4.1
// #include <gtk/gtk.h>
// #include "guard.h"
import "C"

import (
	"context"
	"log/slog"
	"runtime/cgo"
	"time"
)

// guard keeps the window going (guard.h). Above all it loads the page anew when
// its process has died: WebKit does nothing then, and the last picture would
// stand there and look alive.
type guard struct {
	log    *slog.Logger
	handle cgo.Handle
	deaths deaths // of GTK's thread
}

// newGuard returns a guard that starts with GTK's loop.
func newGuard(log *slog.Logger) *guard {
	g := &guard{log: log}
	g.handle = cgo.NewHandle(g)
	C.camwall_guard(C.uintptr_t(g.handle), minWidth, minHeight)
	return g
}

// release is called when GTK's loop has ended.
func (g *guard) release() { g.handle.Delete() }

// camwallPageDied is what camwall_guard calls, on GTK's thread. reason is a
// WebKitWebProcessTerminationReason: 0 crashed, 1 out of memory, 2 by our wish.
//
//export camwallPageDied
func camwallPageDied(handle C.uintptr_t, reason C.int) C.uint {
	g := cgo.Handle(handle).Value().(*guard)
	rest := g.deaths.next(time.Now())
	g.log.LogAttrs(context.Background(), slog.LevelWarn, "the page's process died, loading the page anew",
		slog.Int("reason", int(reason)), slog.Duration("in", rest))
	return C.uint(rest.Milliseconds())
}

// initGTK connects to the display; false when that fails. Wails' own call of it
// does nothing more, but panics when it fails. The calling thread becomes GTK's.
func initGTK() bool { return C.gtk_init_check(nil, nil) != 0 }

// quitGTK ends GTK's loop, now or as soon as it runs, after initGTK.
// gtk_main_quit called by others is lost before the loop runs.
func quitGTK() { C.camwall_quit() }
