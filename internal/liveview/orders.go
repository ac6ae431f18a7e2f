package liveview

import (
	"time"

	"camwall/internal/fault"
	"camwall/internal/liveview/wire"
	"camwall/internal/problem"
)

// errOver is what a command gets that comes after the end.
var errOver = fault.New(fault.NotFound, "this live connection has ended", "open a new one")

// take carries out one message of the client. What can't be carried out ends the
// connection, and is returned.
func (c *connection) take(data []byte) error {
	commands, err := wire.ReadCommands(data)
	if err == nil {
		err = c.doAll(commands)
	}
	for i := 0; err == nil && i < len(commands); i++ {
		if ping, ok := commands[i].(wire.Ping); ok { // may have to wait, so nothing is locked
			c.send(wire.Pong{Type: "pong", Sent: ping.Sent, Clock: c.clock(time.Now())})
		}
	}
	if err != nil {
		c.end(err)
	}
	return err
}

// doAll carries out commands but pings.
func (c *connection) doAll(commands []wire.Command) error {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return errOver
	}
	c.heard = now
	if c.flood.take(weight(commands), now) > 0 {
		return problem.WithRetry(fault.Errorf(fault.TooMany, "more than %d commands a second came", commandRate), retryFull)
	}
	for _, command := range commands {
		if err := c.do(command); err != nil {
			return err
		}
	}
	return nil
}

// weight is how many commands those count as: an acknowledgement of many tiles is
// more work than a command.
func weight(commands []wire.Command) int {
	n := max(1, len(commands))
	for _, command := range commands {
		if ack, ok := command.(wire.Ack); ok {
			n += len(ack.Tiles) / acksTogether
		}
	}
	return n
}

// do carries out one command; c is locked.
func (c *connection) do(command wire.Command) error {
	switch command := command.(type) {
	case wire.Watch:
		return c.watch(command)
	case wire.Ack:
		return c.ack(command)
	case wire.Pause:
		c.rest(true)
	case wire.Resume:
		c.rest(false)
	case wire.Budget:
		c.flow.setBudget(command.Bits)
	case wire.Listen:
		return c.listen(command.Tile)
	case wire.Change:
		return c.with(command.Tile, func(t *tile) { t.wishFor(command.Apply) })
	case wire.Unwatch:
		return c.with(command.Tile, c.unwatch)
	case wire.Restart:
		return c.with(command.Tile, (*tile).restart)
	case wire.Report:
		if _, left := c.left[command.Tile]; left && c.tiles[command.Tile] == nil {
			return nil
		}
		return c.with(command.Tile, func(t *tile) { t.report(command) })
	}
	return nil
}

// with does something with a tile that is watched.
func (c *connection) with(number uint32, do func(*tile)) error {
	t := c.tiles[number]
	if t == nil {
		return fault.Errorf(fault.BadRequest, "tile %d is not watched", number)
	}
	do(t)
	return nil
}

// watch begins a tile, or gives one that is watched another wish.
func (c *connection) watch(command wire.Watch) error {
	if t := c.tiles[command.Tile]; t != nil {
		t.wishFor(func(wire.Wish) wire.Wish { return command.Wish })
		return nil
	}
	if len(c.tiles) >= maxTiles {
		return fault.Errorf(fault.TooMany, "more than %d tiles are watched on one connection", maxTiles)
	}
	was := c.left[command.Tile]
	t := newTile(c, command.Tile, command.Wish, was)
	t.rest(c.paused)
	c.tiles[command.Tile] = t
	t.cancel = c.start(t.run)
	return nil
}

// unwatch ends a tile. Its goroutine ends by itself.
func (c *connection) unwatch(t *tile) {
	delete(c.tiles, t.number)
	if c.sound == t.number {
		c.sound = 0
	}
	t.cancel()
	if _, known := c.left[t.number]; !known {
		c.leftList = append(c.leftList, t.number)
		if len(c.leftList) > maxLeft {
			delete(c.left, c.leftList[0])
			c.leftList = c.leftList[1:]
		}
	}
	c.left[t.number] = trace{seq: t.lane.close(), source: t.lastSource()}
}

// ack takes acknowledgements. Those of a tile that is not watched any more were
// under way, and say nothing.
func (c *connection) ack(command wire.Ack) error {
	for _, a := range command.Tiles {
		t := c.tiles[a.Tile]
		if t == nil {
			if was, left := c.left[a.Tile]; left && a.Received <= was.seq {
				continue
			}
			return fault.Errorf(fault.BadRequest, "tile %d is not watched", a.Tile)
		}
		if err := t.lane.ack(a.Received, a.Painted); err != nil {
			return err
		}
	}
	return nil
}

// rest stops pictures, or lets them go on.
func (c *connection) rest(resting bool) {
	if c.paused == resting {
		return
	}
	c.paused = resting
	c.flow.rest(resting)
	for _, t := range c.tiles {
		t.rest(resting)
	}
}

// listen moves the sound to a tile; 0 is none.
func (c *connection) listen(number uint32) error {
	if number != 0 && c.tiles[number] == nil {
		return fault.Errorf(fault.BadRequest, "tile %d is not watched", number)
	}
	c.sound = number
	for _, t := range c.tiles {
		t.listen(t.number == number)
	}
	return nil
}
