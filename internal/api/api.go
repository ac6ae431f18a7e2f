// Package api answers the JSON requests of pages and programs and serves the
// page itself: cameras and devices with their states, the search for devices,
// walls, settings, the log, and server-sent events. Its operations stand in one
// OpenAPI description, which decides what a request may look like. It decides
// nothing else: it decodes a request, asks packages inventory and streaming, and
// encodes the answer. Package app registers it.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/camera"
	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/logtail"
	"camwall/internal/problem"
	"camwall/internal/streaming"
)

// source is what is played; streaming.Service is one.
type source interface {
	// Snapshot returns what the streams of every camera do, Info those of one;
	// fault.NotFound for an unknown camera.
	Snapshot() []streaming.CameraInfo
	Info(id camera.ID) (streaming.CameraInfo, error)

	// Retry connects now, because a person asks; fault.NotFound for an unknown
	// camera.
	Retry(id camera.ID) error

	// Restart ends the sessions of a camera and connects anew where somebody
	// watches; fault.NotFound for an unknown camera.
	Restart(id camera.ID) error

	// RestartAll is Restart for every camera.
	RestartAll()

	// Changes returns the states of streams as they change, until ctx ends; then
	// the channel is closed. Who reads slowly gets the newest state of each
	// stream.
	Changes(ctx context.Context) <-chan streaming.StateChange
}

var _ source = (*streaming.Service)(nil)

// tail is the end of the log; logtail.Ring is one.
type tail interface {
	// Tail returns the newest records of at least that level, the newest last.
	Tail(n int, level slog.Level) []logtail.Record
}

var _ tail = (*logtail.Ring)(nil)

// Config is what an API needs. Fields without a note are required.
type Config struct {
	Source    source
	Inventory stock

	// Tail has what was logged, redacted.
	Tail tail

	// Settings are those that hold until the server starts anew.
	Settings config.Settings

	Version string
	Started time.Time

	// Listening returns the addresses that browsers can open, such as
	// http://127.0.0.1:8000; nil is none.
	Listening func() []string

	// Screens returns the live connections, the oldest first; nil is none.
	Screens func() []Screen

	// Door counts those who listen to events; nil is one of the API's own, with
	// guard's limits.
	Door *guard.Door

	// Heartbeat is the time between comments in a stream of events; 0 is 15 s.
	Heartbeat time.Duration

	Log *slog.Logger
}

// API is the JSON interface. It is safe for use by many goroutines.
type API struct {
	cfg         Config
	mux         *http.ServeMux // of the operations alone
	huma        huma.API
	description []byte // OpenAPI, JSON
	refuse      func(http.ResponseWriter, error)

	// changing is held while what there is is looked at and replaced.
	changing sync.Mutex

	// mu guards the fields below.
	mu     sync.Mutex
	closed bool
	ends   map[*request]struct{}
}

// request is one request that is being answered.
type request struct{ end context.CancelFunc }

// New returns an API; Close ends it.
func New(cfg Config) *API {
	if cfg.Door == nil {
		cfg.Door = guard.NewDoor(guard.DoorConfig{})
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	a := &API{
		cfg: cfg, mux: http.NewServeMux(), refuse: problem.Logged(cfg.Log),
		ends: map[*request]struct{}{},
	}
	a.describe()
	return a
}

// Register adds the API's paths to mux. What others register below /api/ comes
// before it.
func (a *API) Register(mux *http.ServeMux) {
	mux.HandleFunc("/api/", a.serve)
	mux.HandleFunc("GET /openapi.json", a.openAPI)
	mux.Handle("GET /docs", docs())
	mux.Handle("GET /docs/", docs())
}

// Close ends every request, streams of events too. Later ones are refused. The
// goroutines are those of the HTTP server, which waits for them.
func (a *API) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	for r := range a.ends {
		r.end()
	}
}

// retryLater is when a client that was turned away may come again.
const retryLater = 5 * time.Second

// enter counts a request. ctx ends with the request or with Close.
func (a *API) enter(parent context.Context) (ctx context.Context, leave func(), err error) {
	ctx, cancel := context.WithCancel(parent)
	r := &request{cancel}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		cancel()
		return nil, nil, problem.WithRetry(stopping(), retryLater)
	}
	a.ends[r] = struct{}{}
	return ctx, func() {
		a.mu.Lock()
		delete(a.ends, r)
		a.mu.Unlock()
		cancel()
	}, nil
}

func stopping() *fault.Error { return fault.New(fault.Stopping, "the server is stopping", "") }
