package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"camwall/internal/config"
	"camwall/internal/crashlog"
	"camwall/internal/desktop"
)

type desktopCommand struct {
	serverFlags
}

// Run opens the window on the same page and core that serve has, in this
// process. No port is opened unless --listen is given. Where the display has
// such a window already, that one is shown instead.
func (c *desktopCommand) Run(ctx context.Context, s streams) error {
	log := c.logger(s.err)
	instance, raised, err := desktop.Claim(ctx, os.Getenv, log.Logger)
	if err != nil {
		return err
	}
	if raised {
		_, _ = fmt.Fprintln(s.err, "camwall: runs on this display already; its window is shown, with the flags that it was started with")
		return nil
	}
	defer instance.Close() // the last: until then the data is in use
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
	state := config.StateDir(os.Getenv)
	cfg := desktop.Config{
		Handler: core.mux, Title: "Camwall", Log: log.Logger, Instance: instance,
		Language: desktop.Language(os.Getenv), Version: version,
	}
	if state != "" {
		cfg.StateFile = filepath.Join(state, "window.json")
		cfg.Crashes = crashlog.New(crashlog.Config{Dir: filepath.Join(state, "crashes"), Log: log.Logger})
	}
	forgetSecrets()
	err = desktop.Run(ctx, cfg)
	cancel()
	return cmp.Or(<-failed, err)
}
