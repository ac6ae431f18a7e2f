package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"time"

	"camwall/internal/fault"
	"camwall/internal/kiosk"
	"camwall/internal/unixsock"
	"camwall/internal/wait"
)

const (
	// systemSocket is where the package's server serves.
	systemSocket = "/run/camwall/camwall.sock"

	// ownSocket is where the kiosk whose core is its own serves the other kiosks of
	// this user, so that no stream is pulled twice.
	ownSocket = "core.sock"
)

// Times of the search for a core.
const (
	lookAgain  = 300 * time.Millisecond
	lookLimit  = time.Second      // for one answer
	bootLimit  = 15 * time.Second // for a server whose socket is there, and that does not answer
	goneAfter  = 3 * time.Second  // another kiosk's core that does not answer for so long is gone
	startAgain = 5 * time.Second  // when no core of our own could be started

	lookForServer = 3 * time.Second // while the core is our own
)

// serverSockets returns where a server of this machine may serve.
func serverSockets(configured string) []string {
	if configured == "" || configured == systemSocket {
		return []string{systemSocket}
	}
	return []string{configured, systemSocket}
}

// errBooting is why there are no pictures while a server is about to come back.
var errBooting = fault.New(fault.ConnRefused, "the server of this machine does not answer yet",
	"if it does not come within 15 s, this screen goes on by itself; systemctl status camwall-server tells more")

// coreChoice finds the core for a kiosk: the one that is named, a server of this
// machine, another kiosk's, or one of this process.
type coreChoice struct {
	to      *kiosk.Kiosk
	named   string   // "": look for one
	servers []string // sockets of servers
	own     string   // socket of a kiosk's own core
	start   func() (*core, error)
	log     *slog.Logger

	// ask returns nil when a core answers at a socket, else why not (askSocket).
	ask func(ctx context.Context, path string) error
}

// kioskCore is newCore for a kiosk. Ports and sockets of the file are a server's,
// as is the right to change what is kept: one that comes later finds both free.
func kioskCore(flags serverFlags, log journal) (*core, error) {
	cfg, err := configured(flags, log.Logger)
	if err != nil {
		return nil, err
	}
	cfg.Settings.Listen, cfg.Settings.CompatListen, cfg.Settings.Socket = flags.Listen, flags.CompatListen, ""
	return makeCore(cfg, flags, true, log)
}

// run looks for a core, and keeps to it until ctx ends. A server that was found
// once stays ours: while it is away the screen says so. Another kiosk's core, and
// our own, make way for a server; the former is also replaced when it has gone.
func (c *coreChoice) run(ctx context.Context) {
	if c.named != "" {
		c.stay(ctx, c.named, nil)
		return
	}
	begun := time.Now()
	for ctx.Err() == nil {
		path, found, denied := c.answering(ctx)
		switch {
		case found && path != c.own:
			c.stay(ctx, "unix:"+path, nil)
		case found:
			c.stay(ctx, "unix:"+path, c.gone)
		case denied != nil: // a core of our own would pull each stream once more
			c.to.Say(denied)
			wait.For(ctx, lookLimit)
		case time.Since(begun) < bootLimit && slices.ContainsFunc(c.servers, present):
			c.to.Say(errBooting)
			wait.For(ctx, lookAgain)
		default:
			c.ownCore(ctx)
		}
	}
}

// present reports whether a server has left its socket there: it is about to come
// back.
func present(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// answering returns the socket at which a core answers now; where none does, denied
// is the fault of a server's that this user may not open.
func (c *coreChoice) answering(ctx context.Context) (path string, found bool, denied error) {
	for _, path := range append(slices.Clone(c.servers), c.own) {
		err := c.ask(ctx, path)
		if err == nil {
			return path, true, nil
		}
		if path != c.own && fault.CodeOf(err) == kiosk.Denied {
			denied = err
		}
	}
	return "", false, denied
}

func (c *coreChoice) serverAnswers(ctx context.Context) bool {
	return slices.ContainsFunc(c.servers, func(path string) bool { return c.ask(ctx, path) == nil })
}

// askSocket returns nil when a core answers at a socket, else why it does not.
func askSocket(ctx context.Context, path string) error {
	remote, err := kiosk.NewRemote("unix:"+path, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer remote.Close()
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	return remote.Probe(ctx)
}

// stay uses the core at an address until ctx ends, or until gone returns; nil
// never does.
func (c *coreChoice) stay(ctx context.Context, address string, gone func(context.Context, kiosk.Core)) {
	remote, err := kiosk.NewRemote(address, c.log)
	if err != nil {
		c.to.Say(err)
		<-ctx.Done()
		return
	}
	defer remote.Close()
	c.log.Info("pictures come from a server", "server", remote.Name())
	c.to.Use(remote)
	if gone == nil {
		<-ctx.Done()
		return
	}
	gone(ctx, remote)
}

// gone returns when a core has not answered for a while, or a server does.
func (c *coreChoice) gone(ctx context.Context, core kiosk.Core) {
	heard := time.Now()
	for wait.For(ctx, lookLimit) && time.Since(heard) < goneAfter && !c.serverAnswers(ctx) {
		limited, cancel := context.WithTimeout(ctx, lookLimit)
		if core.Probe(limited) == nil {
			heard = time.Now()
		}
		cancel()
	}
}

// ownCore runs a core of this process until ctx ends or a server answers; others
// on this machine may use it meanwhile. It returns soon when another kiosk does
// the same, or when it can't be.
func (c *coreChoice) ownCore(ctx context.Context) {
	socket, err := unixsock.Listen(c.own, 0o600)
	if fault.CodeOf(err) == fault.Locked {
		wait.For(ctx, lookAgain) // it is about to answer
		return
	}
	if err != nil {
		c.log.Warn("other screens can't use this one's pictures", "error", err)
	}
	core, err := c.start()
	if err != nil {
		if socket != nil {
			_ = socket.Close()
		}
		c.failed(ctx, err)
		return
	}
	if socket != nil {
		core.serve(socket, ofThisMachine(core.mux))
	}
	c.log.Info("pictures come from this process")
	c.to.Use(kiosk.NewOwn(core.mux))
	err = c.keep(ctx, core)
	c.to.Use(nil)
	core.Close()
	if err != nil {
		c.failed(ctx, err)
	}
}

// failed tells why there are no pictures, and waits a little.
func (c *coreChoice) failed(ctx context.Context, err error) {
	c.log.Error("no pictures", "error", err)
	c.to.Use(nil)
	c.to.Say(err)
	wait.For(ctx, startAgain)
}

// keep returns when ctx ends, when a server answers, or with what the core has
// failed with.
func (c *coreChoice) keep(ctx context.Context, core *core) error {
	for {
		limited, cancel := context.WithTimeout(ctx, lookForServer)
		err := core.wait(limited)
		cancel()
		if err != nil || ctx.Err() != nil || c.serverAnswers(ctx) {
			return err
		}
	}
}
