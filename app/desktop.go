package main

import (
	"cmp"
	"context"

	"camwall/internal/desktop"
)

type desktopCommand struct {
	serverFlags
}

// Run opens the window on the same page and core that serve has, in this
// process. No port is opened unless --listen is given.
func (c *desktopCommand) Run(ctx context.Context, s streams) error {
	log := c.logger(s.err)
	if err := desktop.Check(); err != nil {
		return err
	}
	core, err := newCore(c.serverFlags, nil, log)
	if err != nil {
		return err
	}
	defer core.Close()
	if err := core.listen(s.err); err != nil {
		return err
	}
	core.inventory.Run()
	ctx, cancel := context.WithCancel(ctx)
	failed := make(chan error, 1)
	go func() {
		defer cancel()
		failed <- core.wait(ctx)
	}()
	// The window needs no guard: there is no network between.
	err = desktop.Run(ctx, desktop.Config{Handler: core.mux, Title: "Camwall", Log: log.Logger})
	cancel()
	return cmp.Or(<-failed, err)
}
