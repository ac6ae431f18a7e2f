//go:build linux && desktop && production

package desktop

// #include <stdint.h>
import "C"

import (
	"context"
	"log/slog"
)

// camwallMayShow is what locks.c asks, on GTK's thread.
//
//export camwallMayShow
func camwallMayShow(handle C.uintptr_t, uri *C.char, byHand C.int) C.int {
	g, address := guardOf(handle), C.GoString(uri)
	answer := mayShow(g.kiosk, address, byHand != 0)
	if answer == refused {
		g.log.LogAttrs(context.Background(), slog.LevelDebug, "the page may not go there", slog.String("address", address))
	}
	return C.int(answer)
}

// camwallNotHandedOn is called when no browser took an address, on GTK's thread.
//
//export camwallNotHandedOn
func camwallNotHandedOn(handle C.uintptr_t, cause *C.char) {
	guardOf(handle).log.LogAttrs(context.Background(), slog.LevelWarn, "no browser opens this address",
		slog.String("cause", C.GoString(cause)))
}
