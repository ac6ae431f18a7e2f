package main

import (
	"context"
)

type serveCommand struct {
	serverFlags
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	core, err := newCore(c.serverFlags, []string{"127.0.0.1:8000"}, c.logger(s.err))
	if err != nil {
		return err
	}
	defer core.Close()
	if err := core.listen(s.out); err != nil {
		return err
	}
	core.inventory.Run()
	return core.wait(ctx)
}
