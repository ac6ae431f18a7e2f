// Package compat speaks the protocols of the systems that Camwall replaces, as
// thin adapters: here the WebSocket of "RTSP Over HTTP Solution", and the files
// of an old page. It decodes and paints nothing: pictures come from package
// streaming. Package app gives it paths and listeners.
package compat

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/problem"
	"camwall/internal/streaming"
	"camwall/internal/wait"
)

// Viewer is one client's interest in a camera, as streaming.Viewer has it. It is
// used by one goroutine.
type Viewer interface {
	Next(ctx context.Context) (*streaming.Picture, error)
	Sent(bytes int)
	Close()
}

var _ Viewer = (*streaming.Viewer)(nil)

// Config is what a Handler needs. Fields without a note may be left zero.
type Config struct {
	// Watch starts a Viewer, as streaming.Service.Watch does; required.
	Watch func(id camera.ID, want streaming.Request) (Viewer, error)

	// Match finds the stream that a client's address means, as
	// streaming.Service.Match does; required.
	Match func(rawURL string) (id camera.ID, stream string, ok bool)

	// Refused draws the JPEG that a client gets in place of a camera that it
	// can't have: a title and a sentence; required.
	Refused func(width, height int, title, detail string) ([]byte, error)

	// Door counts the viewers; nil is one with guard's limits.
	Door *guard.Door

	// MaxWidth and MaxHeight bound the resolution; 0 is 4096.
	MaxWidth, MaxHeight int

	// WriteTimeout is how long the write of one picture may take; 0 is 10 s.
	WriteTimeout time.Duration

	// PingEvery is the pause between pings; 0 is 5 s. AnswerWithin is the time
	// that a client has to answer one; 0 is PingEvery.
	PingEvery, AnswerWithin time.Duration

	// FullPause is how long a client that is one too many waits for its
	// refusal: these clients come back after 1 ms. 0 is 3 s.
	FullPause time.Duration

	// Log gets debug lines for each client; required.
	Log *slog.Logger
}

func (c *Config) setDefaults() {
	if c.Door == nil {
		c.Door = guard.NewDoor(guard.DoorConfig{})
	}
	if c.MaxWidth == 0 {
		c.MaxWidth = 4096
	}
	if c.MaxHeight == 0 {
		c.MaxHeight = 4096
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 10 * time.Second
	}
	if c.PingEvery == 0 {
		c.PingEvery = 5 * time.Second
	}
	if c.AnswerWithin == 0 {
		c.AnswerWithin = c.PingEvery
	}
	if c.FullPause == 0 {
		c.FullPause = 3 * time.Second
	}
}

// maxMessage is the longest message taken from a client, in bytes.
const maxMessage = 64 << 10

// Handler answers WebSocket upgrades of any path with the protocol, and all else
// with 404. It is safe for use by many goroutines.
type Handler struct {
	cfg    Config
	refuse func(http.ResponseWriter, error)

	clients sync.WaitGroup

	// mu guards the fields below.
	mu     sync.Mutex
	closed bool
	ends   map[*ending]struct{}
}

var _ http.Handler = (*Handler)(nil)

// ending ends one client.
type ending struct{ cancel context.CancelFunc }

// New returns a Handler; Close ends it.
func New(cfg Config) *Handler {
	cfg.setDefaults()
	return &Handler{cfg: cfg, refuse: problem.Logged(cfg.Log), ends: map[*ending]struct{}{}}
}

// Close ends every client and waits until all are gone. Requests that come
// later are refused.
func (h *Handler) Close() {
	h.mu.Lock()
	h.closed = true
	for e := range h.ends {
		e.cancel()
	}
	h.mu.Unlock()
	h.clients.Wait()
}

// ServeHTTP serves one client until it leaves.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" {
		h.refuse(w, fault.New(fault.NotFound, "here is only the WebSocket of the old protocol",
			"open ws:// with this address, or the page on the main address"))
		return
	}
	ctx, leave, ok := h.enter(r.Context())
	if !ok {
		h.refuse(w, problem.WithRetry(fault.New(fault.Stopping, "the server is stopping", ""), h.cfg.FullPause))
		return
	}
	defer leave()
	out, err := h.cfg.Door.EnterRequest(r)
	if err != nil {
		wait.For(ctx, h.cfg.FullPause)
		h.refuse(w, problem.WithRetry(err, h.cfg.FullPause))
		return
	}
	defer out()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		// Else the library's own check, which knows one origin only.
		InsecureSkipVerify: guard.Checked(r.Context()),
		CompressionMode:    websocket.CompressionDisabled, // JPEG does not shrink
	})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow() //nolint:errcheck // it is gone either way
	conn.SetReadLimit(maxMessage)
	h.talk(ctx, conn, r.RemoteAddr)
}

// enter counts a client. ctx ends with the request or with Close.
func (h *Handler) enter(parent context.Context) (ctx context.Context, leave func(), ok bool) {
	ctx, cancel := context.WithCancel(parent)
	e := &ending{cancel}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		cancel()
		return nil, nil, false
	}
	h.ends[e] = struct{}{}
	h.clients.Add(1)
	return ctx, func() {
		h.mu.Lock()
		delete(h.ends, e)
		h.mu.Unlock()
		cancel()
		h.clients.Done()
	}, true
}
