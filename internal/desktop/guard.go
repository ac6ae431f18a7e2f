//go:build linux && desktop && production

package desktop

// #cgo !webkit2_41 pkg-config: gtk+-3.0 webkit2gtk-4.0
// #cgo webkit2_41 pkg-config: gtk+-3.0 webkit2gtk-4.1
// #include <gtk/gtk.h>
// #include "guard.h"
import "C"

import (
	"context"
	"net/http"
	"runtime/cgo"
	"sync"
	"time"
)

// guard keeps the window going (guard.h) and the page in it. Above all it loads
// the page anew when its process has died or hangs: WebKit does nothing then,
// and the last picture would stand there and look alive.
type guard struct {
	*healer // answers what the page tells of itself

	kiosk  *Kiosk
	handle cgo.Handle
	end    context.CancelFunc
	work   sync.WaitGroup
}

var _ http.Handler = (*guard)(nil)

// newGuard returns a guard that starts with GTK's loop, after initGTK and before
// the window.
func newGuard(cfg guardConfig) *guard {
	ctx, cancel := context.WithCancel(context.Background())
	g := &guard{kiosk: cfg.Kiosk, end: cancel}
	g.healer = newHealer(cfg, func() { C.camwall_poke() }, func() { C.camwall_nudge() }, func() { C.camwall_uncover() })
	g.handle = cgo.NewHandle(g)
	C.camwall_guard(C.uintptr_t(g.handle), cfg.Kiosk != nil)
	g.work.Go(func() { g.run(ctx, cfg.Crashes) })
	if cfg.Kiosk != nil {
		g.work.Go(func() { stayAwake(ctx, cfg.Log) })
	}
	return g
}

// release is called on GTK's thread when its loop has ended.
func (g *guard) release() {
	C.camwall_guard_release()
	g.end()
	g.work.Wait()
	g.handle.Delete()
}

// reload loads the page anew. A page that hangs is the judge's.
func (g *guard) reload() { C.camwall_reload() }

func guardOf(handle C.uintptr_t) *guard { return cgo.Handle(handle).Value().(*guard) }

// The functions below are what guard.c calls, on GTK's thread.

//export camwallLoopTurns
func camwallLoopTurns(handle C.uintptr_t) C.int { return C.int(guardOf(handle).tick(time.Now())) }

//export camwallPageDied
func camwallPageDied(handle C.uintptr_t, reason C.int) C.uint {
	return C.uint(guardOf(handle).died(time.Now(), endReason(reason)).Milliseconds())
}

//export camwallLoadFailed
func camwallLoadFailed(handle C.uintptr_t, cause *C.char) C.uint {
	return C.uint(guardOf(handle).failed(time.Now(), C.GoString(cause)).Milliseconds())
}

//export camwallPageLoading
func camwallPageLoading(handle C.uintptr_t, committed C.int) { guardOf(handle).loading(committed != 0) }

//export camwallScreenAsked
func camwallScreenAsked(handle C.uintptr_t, ticks C.int) { guardOf(handle).probed(int(ticks)) }

// initGTK connects to the display; false when that fails. Wails' own call of it
// does nothing more, but panics when it fails. The calling thread becomes GTK's.
func initGTK() bool { return C.gtk_init_check(nil, nil) != 0 }

// quitGTK ends GTK's loop, now or as soon as it runs, after initGTK.
// gtk_main_quit called by others is lost before the loop runs.
func quitGTK() { C.camwall_quit() }
