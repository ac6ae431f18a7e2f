package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"camwall/internal/service"
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
	defer tellService(ctx, core.log, core.places(), core.alive)()
	return core.wait(ctx)
}

// places says where the server serves, for one line.
func (c *core) places() string {
	all := c.addresses()
	if c.settings.Socket != "" {
		all = append(all, "unix:"+c.settings.Socket)
	}
	return "Serves at " + strings.Join(all, ", ")
}

// tellService tells systemd, where it has started us, that we are ready and what we
// do, and feeds its watchdog while alive says so. The returned function tells that
// we end, and waits.
func tellService(ctx context.Context, log *slog.Logger, what string, alive func() bool) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	said := func(err error) {
		if err != nil {
			log.Warn("systemd is not told", "error", err)
		}
	}
	said(service.Ready())
	said(service.Status(what))
	var watching sync.WaitGroup
	watching.Go(func() { service.Watch(ctx, alive) })
	return func() {
		cancel()
		watching.Wait()
		said(service.Stopping())
	}
}

// aliveLimit is how long the core may take to answer itself.
const aliveLimit = 5 * time.Second

// alive reports whether the core answers: the handler, and behind it the inventory
// and the streams. How cameras are means nothing here: a dead one is no reason to
// start anew. A core that hangs never returns, which says it, too.
func (c *core) alive() bool {
	begun := time.Now()
	for _, path := range []string{"/api/health", "/api/v1/cameras?limit=1"} {
		if !c.answers(path) {
			return false
		}
	}
	return time.Since(begun) < aliveLimit
}

// answers reports whether a path is answered with 200.
func (c *core) answers(path string) bool {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		panic("app: our own path: " + err.Error())
	}
	r.RemoteAddr = "127.0.0.1:0"
	w := &statusWriter{header: http.Header{}, status: http.StatusOK}
	c.mux.ServeHTTP(w, r)
	return w.status == http.StatusOK
}

// statusWriter keeps the status of an answer and nothing else.
type statusWriter struct {
	header http.Header
	status int
}

func (w *statusWriter) Header() http.Header         { return w.header }
func (w *statusWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *statusWriter) WriteHeader(status int)      { w.status = status }
