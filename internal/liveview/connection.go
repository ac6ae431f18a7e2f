package liveview

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"camwall/internal/fault"
	"camwall/internal/liveview/wire"
	"camwall/internal/problem"
)

const (
	// maxTiles is how many tiles a connection may watch at once.
	maxTiles = 128

	// quietLimit is how long a client may send no command.
	quietLimit = 10 * time.Second

	// A client may send commandRate commands a second, averaged over
	// commandSpan.
	commandRate = 2000
	commandSpan = 5 * time.Second

	// acksTogether is how many tiles in an acknowledgement count as a command.
	acksTogether = 16

	// A client may begin openRate tiles a second once it has begun openBurst;
	// more have to wait.
	openRate  = 64
	openBurst = 128

	// farewell is how long the last words may take.
	farewell = 500 * time.Millisecond

	// beat is how often a connection is looked after.
	beat = 500 * time.Millisecond

	// maxLeft is how many tiles that are not watched any more are remembered.
	maxLeft = 1024
)

// connection is one live connection: the tiles that it watches, and the one way
// to its client.
type connection struct {
	cfg     *Config
	id      string // of a body; "" for a socket
	remote  string
	visitor visitor
	began   time.Time
	clock   func(time.Time) float64
	flow    *flow
	opens   limiter
	begun   chan struct{} // closed when it has said hello

	// end ends it; the first cause counts.
	end context.CancelCauseFunc

	// start runs a function in a goroutine that run waits for. Its context ends
	// with the connection, or with cancel.
	start func(func(context.Context)) (cancel func())
	parts sync.WaitGroup

	// writing guards the two fields below, and makes messages whole.
	writing sync.Mutex
	out     sender
	buffer  []byte

	// mu guards the fields below. Commands are carried out under it, one message
	// after the other.
	mu       sync.Mutex
	over     bool
	tiles    map[uint32]*tile
	left     map[uint32]trace // tiles that were watched
	leftList []uint32         // the same, the oldest first
	paused   bool
	sound    uint32
	heard    time.Time // when the last command came
	flood    limiter
}

// trace is what is kept of a tile that is not watched any more: acknowledgements
// of it may be under way, and its number may be used again.
type trace struct {
	seq    uint32
	source uint8
}

// newConnection returns a connection that sends through out. run has to follow.
func newConnection(ctx context.Context, cfg *Config, out sender, clock func(time.Time) float64) (*connection, context.Context) {
	now := time.Now()
	ctx, end := context.WithCancelCause(ctx)
	c := &connection{
		cfg: cfg, out: out, clock: clock, flow: newFlow(now), began: now, end: end, heard: now, begun: make(chan struct{}),
		opens: limiter{rate: openRate, burst: openBurst}, flood: limiter{rate: commandRate, burst: commandRate * commandSpan.Seconds()},
		tiles: map[uint32]*tile{}, left: map[uint32]trace{},
	}
	c.start = func(part func(context.Context)) func() {
		ctx, cancel := context.WithCancel(ctx)
		c.parts.Go(func() {
			defer cancel()
			part(ctx)
		})
		return cancel
	}
	return c, ctx
}

// run serves the client until ctx ends, or end is called; then it says why, and
// returns when all its tiles have ended. stopping tells that the server ends.
func (c *connection) run(ctx context.Context, stopping func() bool) (why error) {
	c.begin()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			c.flow.tick()
			if err := c.check(time.Now()); err != nil {
				c.end(err)
			}
		}
	}
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.out.hurry(farewell)
	c.flow.close()
	c.parts.Wait()
	why = context.Cause(ctx)
	if stopping() {
		why = fault.New(fault.Stopping, "the server is stopping", "")
	}
	c.bye(why)
	c.end(nil) // frees what ctx holds
	c.cfg.Log.LogAttrs(ctx, slog.LevelDebug, "live connection ended", slog.String("remote", c.remote),
		slog.Duration("after", time.Since(c.began)), slog.Any("why", why))
	return why
}

// begin says hello.
func (c *connection) begin() {
	now := time.Now()
	c.send(wire.Hello{
		Type: "hello", Version: wire.Version, Server: c.cfg.Version, Page: c.cfg.Page,
		Now: wire.Millis{Time: now}, Clock: c.clock(now), Tiles: maxTiles, ID: c.id,
	})
	close(c.begun)
}

// check returns why the connection has to end.
func (c *connection) check(now time.Time) error {
	c.mu.Lock()
	quiet := now.Sub(c.heard)
	c.mu.Unlock()
	switch {
	case quiet > quietLimit:
		return errQuiet
	case c.out.gone():
		return errGone
	}
	return nil
}

// errQuiet is why a connection ends whose client has gone without a word.
var errQuiet = fault.New(fault.Ended, "no command came for 10 seconds", "send a ping each second")

// retryStopping is when a client should come back to a server that stops.
const retryStopping = time.Second

// bye says why the connection ends, where the client can be told.
func (c *connection) bye(why error) {
	code := fault.CodeOf(why)
	if code == fault.None || code == fault.Internal {
		return // the client's or the network's own doing
	}
	bye := wire.Bye{Type: "bye", Code: code, Message: problem.Describe(why).Detail}
	switch code {
	case fault.Stopping:
		bye.RetryAfter = retryStopping.Milliseconds()
	case fault.TooMany, fault.BadRequest:
		bye.RetryAfter = retryFull.Milliseconds()
	}
	c.send(bye)
}

// send sends one JSON message.
func (c *connection) send(message any) {
	n := c.write(func(b []byte, _ time.Time) []byte { return wire.AppendJSON(b, message) })
	c.flow.spend(n)
}

// maxBuffer is the largest buffer that is kept between two messages.
const maxBuffer = 1 << 20

// write sends one message that fill appends when its turn has come, and returns
// its length. A failure ends the connection.
func (c *connection) write(fill func(b []byte, now time.Time) []byte) int {
	c.writing.Lock()
	defer c.writing.Unlock()
	now := time.Now()
	c.buffer = fill(c.buffer[:0], now)
	n := len(c.buffer)
	if err := c.out.send(c.buffer, now); err != nil {
		c.end(err)
	}
	if cap(c.buffer) > maxBuffer {
		c.buffer = nil
	}
	return n
}

// limiter lets through so many a second, and burst at once.
type limiter struct {
	rate, burst float64

	// mu guards the fields below.
	mu   sync.Mutex
	over float64 // how many came beyond the rate
	asOf time.Time
}

// take counts n and returns how long they have to wait.
func (l *limiter) take(n int, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.asOf.IsZero() {
		l.over = max(0, l.over-l.rate*now.Sub(l.asOf).Seconds())
	}
	l.asOf = now
	l.over += float64(n)
	return time.Duration(max(0, l.over-l.burst) / l.rate * float64(time.Second))
}
