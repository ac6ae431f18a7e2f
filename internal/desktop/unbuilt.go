//go:build !(linux && desktop && production)

package desktop

import (
	"context"

	"camwall/internal/fault"
)

// Built tells whether this build has a window.
const Built = false

func check() error {
	return fault.New(fault.NotBuilt, "this build of Camwall has no window",
		"install libgtk-3-dev and libwebkit2gtk-4.1-dev, run `make build` and start build/bin/camwall, "+
			"or run `camwall serve` and open the page in a browser")
}

func run(context.Context, Config) error { return check() }
