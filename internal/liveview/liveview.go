// Package liveview serves cameras' pictures over HTTP: GET /live/{id} is endless
// M-JPEG, GET /live/{id}.jpg one live picture, and GET /ws/live or GET
// /stream/live any number of tiles on one connection, with flow control by
// acknowledgement (docs/live-protocol.md). It decodes and paints nothing:
// pictures come ready to be written from package streaming, and every viewer of
// a rendition gets the same bytes with one write each. Package app registers it.
package liveview

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/problem"
	"camwall/internal/streaming"
)

// Viewer is one client's interest in a camera, as streaming.Viewer has it. It is
// used by one goroutine.
type Viewer interface {
	// Next waits for a picture newer than the last; while the camera is not
	// live one is drawn each second. Its error is ctx's or says that all ends.
	Next(ctx context.Context) (*streaming.Picture, error)

	// Sent counts one picture of that many bytes.
	Sent(bytes int)

	Close()
}

var _ Viewer = (*streaming.Viewer)(nil)

// Config is what a Handler needs. Fields without a note may be left zero.
type Config struct {
	// Watch starts a Viewer, as streaming.Service.Watch does; required.
	Watch func(id camera.ID, want streaming.Request) (Viewer, error)

	// Follow starts a Follower, as streaming.Service.Follow does; nil: there
	// are no live connections of tiles.
	Follow func(id camera.ID, want streaming.FollowRequest) (Follower, error)

	// Version is the server's, and Page changes when the page does: live
	// connections tell their clients.
	Version, Page string

	// Door counts the viewers; nil is one with guard's limits.
	Door *guard.Door

	// MaxWidth and MaxHeight bound the size parameter; 0 is 4096.
	MaxWidth, MaxHeight int

	// WriteTimeout is how long the write of one picture may take; 0 is 10 s.
	WriteTimeout time.Duration

	// VanishTimeout is how long the network may acknowledge nothing that was
	// written before the viewer counts as gone; 0 is 5 s.
	VanishTimeout time.Duration

	// SendBuffer is the size of a viewer's socket buffer in bytes: more carries
	// larger pictures in one go over long ways, and more old pictures to a slow
	// viewer; 0 is 128 KiB.
	SendBuffer int

	// StillWait is how long a still picture is waited for; 0 is 9 s.
	StillWait time.Duration

	// Log gets one debug line for each viewer; required.
	Log *slog.Logger
}

func (c *Config) setDefaults() {
	if c.Door == nil {
		c.Door = guard.NewDoor(guard.DoorConfig{})
	}
	for _, d := range []struct {
		field *int
		value int
	}{{&c.MaxWidth, 4096}, {&c.MaxHeight, 4096}, {&c.SendBuffer, 128 << 10}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&c.WriteTimeout, 10 * time.Second}, {&c.VanishTimeout, 5 * time.Second}, {&c.StillWait, 9 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
}

// retryFull is when a client that was too many may try again.
const retryFull = 5 * time.Second

// Handler serves the pictures. It is safe for use by many goroutines.
type Handler struct {
	cfg    Config
	refuse func(http.ResponseWriter, error)

	started  time.Time      // when the clock of live connections began
	hijacked sync.WaitGroup // viewers that http.Server.Shutdown knows nothing of

	// mu guards the fields below.
	mu          sync.Mutex
	closed      bool
	ends        map[*viewing]struct{}
	connections map[*connection]struct{}
}

// viewing is one request that is being served.
type viewing struct{ end context.CancelFunc }

// New returns a Handler; Close ends it.
func New(cfg Config) *Handler {
	cfg.setDefaults()
	return &Handler{
		cfg: cfg, refuse: problem.Logged(cfg.Log), started: time.Now(),
		ends: map[*viewing]struct{}{}, connections: map[*connection]struct{}{},
	}
}

// Register adds the Handler's paths to mux.
func (h *Handler) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /live/{id}", h.serve)
	if h.cfg.Follow != nil {
		mux.HandleFunc("GET /ws/live", h.socket)
		mux.HandleFunc("GET /stream/live", h.stream)
		mux.HandleFunc("POST /stream/live/{id}", h.command)
	}
}

// Close ends every viewer and waits for those whose connection is our own: they
// are gone when it returns. Live connections say why. Requests that come later
// are refused.
func (h *Handler) Close() {
	h.mu.Lock()
	h.closed = true
	for v := range h.ends {
		v.end()
	}
	h.mu.Unlock()
	h.hijacked.Wait()
}

// serve answers both paths: a pattern of ServeMux can't end in ".jpg".
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) {
	name, still := cutSuffixFold(r.PathValue("id"), ".jpg")
	id, err := camera.ParseID(name)
	if err != nil {
		h.refuse(w, fault.Errorf(fault.NotFound, "there is no camera %.80q", name))
		return
	}
	want, err := parse(r.URL.RawQuery, h.cfg.MaxWidth, h.cfg.MaxHeight)
	if err != nil {
		h.refuse(w, err)
		return
	}
	ctx, leave, err := h.enter(r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	defer leave()
	v, err := h.cfg.Watch(id, want.Request)
	if err != nil {
		h.refuse(w, retryLater(err))
		return
	}
	defer v.Close()
	if still {
		h.still(ctx, w, id, v, want.drawn)
		return
	}
	h.endless(ctx, w, r, want.raw, v)
}

// enter counts a viewer. ctx ends with the request or with Close.
func (h *Handler) enter(r *http.Request) (ctx context.Context, leave func(), err error) {
	out, err := h.cfg.Door.EnterRequest(r)
	if err != nil {
		return nil, nil, retryLater(err)
	}
	ctx, cancel := context.WithCancel(r.Context())
	v := &viewing{cancel}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		cancel()
		out()
		return nil, nil, problem.WithRetry(fault.New(fault.Stopping, "the server is stopping", ""), retryFull)
	}
	h.ends[v] = struct{}{}
	return ctx, func() {
		h.mu.Lock()
		delete(h.ends, v)
		h.mu.Unlock()
		cancel()
		out()
	}, nil
}

// takeOver counts a connection that is ours from now on; false once closed.
func (h *Handler) takeOver() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.hijacked.Add(1)
	}
	return !h.closed
}

// retryLater adds Retry-After to what is a matter of time.
func retryLater(err error) error {
	if status := fault.Status(err); status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		return problem.WithRetry(err, retryFull)
	}
	return err
}

// cutSuffixFold is strings.CutSuffix without case, for an ASCII suffix.
func cutSuffixFold(s, suffix string) (string, bool) {
	if cut := len(s) - len(suffix); cut >= 0 && strings.EqualFold(s[cut:], suffix) {
		return s[:cut], true
	}
	return s, false
}

// clock returns what the server's clock shows at a time, in milliseconds; 0 for
// the zero time.
func (h *Handler) clock(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Sub(h.started)) / float64(time.Millisecond)
}
