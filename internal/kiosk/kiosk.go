// Package kiosk stands between the page of a locked window and a core, which is
// a server's or one of this process: it lets the page of one wall ask for what
// that page needs and for nothing else, shows a notice with host name, addresses
// and reason whenever the core is away, and knows the PIN that leads out. It
// opens no window, starts no core and decides nothing about screens. Package app
// calls it, and joins it with package desktop.
package kiosk

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/problem"
	"camwall/internal/screen"
	"camwall/internal/secret"
	"camwall/internal/wall"
)

// How often a core is asked whether it is there.
const (
	probeEvery   = 2 * time.Second        // while it answers
	firstRetry   = 500 * time.Millisecond // while it does not, doubling
	slowestRetry = time.Second            // soon enough for people, and little for a network
	probeTimeout = 3 * time.Second
)

// Core is what has cameras and the page. Its methods are called from many
// goroutines.
type Core interface {
	// Pass answers a request. With an error nothing was written; it is a
	// *fault.Error that people read, or what the request's context ended with.
	Pass(w http.ResponseWriter, r *http.Request) error

	// Probe returns nil when it answers, else a *fault.Error: why not, in words of
	// people. A fault.DialTimeout once is not believed.
	Probe(ctx context.Context) error

	// Name is what people know it by, without secrets: unix:/run/camwall.sock.
	Name() string
}

// Config is what New needs.
type Config struct {
	Wall   string // the one wall, or config.AllCameras; required
	Output string // which screen it is; may be empty

	Key     string      // opens the PIN pad, as package config has it; empty: nothing but hands do
	PIN     secret.Text // zero: there is no way out
	Version string

	// Dim is the brightness at a time, in percent; nil is full brightness.
	Dim func(now time.Time) int

	// Shift tells the page to move what is drawn over the pictures a little.
	Shift bool

	// OnLeave and OnReload are what the PIN leads to. They must not block; nil does
	// nothing.
	OnLeave, OnReload func()

	// Log gets what happens to the core, and wrong PINs without their digits;
	// required.
	Log *slog.Logger

	clockSet func() bool   // nil: the machine's own clock
	host     func() string // nil: the machine's
	networks func() []string
}

// Kiosk answers what a locked window asks for. It is safe for use by many
// goroutines.
type Kiosk struct {
	cfg    Config
	tries  tries
	notice page
	nudged chan struct{} // holds one when the core is to be asked now

	// mu guards the fields below.
	mu    sync.Mutex
	core  Core // nil before Use
	ready bool
	begun bool  // it was ready once
	why   error // a *fault.Error; nil: nothing is known yet
	since time.Time
	doubt bool // the last try found no answer in time
	fails int  // how often a core failed

	noWall *fault.Error // why the core that is ready gives no page of the wall; nil: it does
}

var _ http.Handler = (*Kiosk)(nil)

// New returns a Kiosk without a core; Use gives it one and Run looks after it. A
// wall that can't be one is a fault.Config.
func New(cfg Config) (*Kiosk, error) {
	if err := checkWall(cfg.Wall); err != nil {
		return nil, err
	}
	if cfg.Dim == nil {
		cfg.Dim = func(time.Time) int { return screen.FullBrightness }
	}
	if cfg.clockSet == nil {
		cfg.clockSet = clockSet
	}
	if cfg.host == nil {
		cfg.host = hostName
	}
	if cfg.networks == nil {
		cfg.networks = addresses
	}
	return &Kiosk{
		cfg: cfg, tries: tries{pin: cfg.PIN}, notice: newPage(), nudged: make(chan struct{}, 1), since: time.Now(),
	}, nil
}

// checkWall returns nil for what can name a wall.
func checkWall(name string) error {
	w := wall.Wall{Name: name, Columns: 1, Rows: 1, Pages: []wall.Page{{}}}
	err := w.Validate()
	if name == config.AllCameras || err == nil {
		return nil
	}
	bad := fault.Errorf(fault.Config, "%w", err)
	if f := asFault(err); f != nil {
		bad = bad.WithHint(f.Hint + "; * is all cameras")
	}
	return bad
}

// Home is the path of the wall: with "/" the only one that can be shown.
func (k *Kiosk) Home() string { return "/wall/" + k.cfg.Wall }

// Use takes a core in place of the one before; nil is none.
func (k *Kiosk) Use(core Core) {
	k.mu.Lock()
	k.core, k.doubt, k.noWall = core, false, nil
	if k.ready {
		k.ready, k.since = false, time.Now()
	}
	k.why = nil
	k.mu.Unlock()
	k.nudge()
}

// Say tells why there is no core; a *fault.Error. It holds until Use.
func (k *Kiosk) Say(why error) { k.heard(nil, why) }

// Run asks the core whether it is there until ctx ends.
func (k *Kiosk) Run(ctx context.Context) error {
	retry := firstRetry
	for {
		wait := probeEvery
		if core := k.current(); core != nil && !k.probe(ctx, core) {
			wait, retry = retry, min(2*retry, slowestRetry)
		} else {
			retry = firstRetry
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-k.nudged:
			timer.Stop()
		case <-timer.C:
		}
	}
}

func (k *Kiosk) probe(ctx context.Context, core Core) (there bool) {
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	k.mu.Lock()
	fails := k.fails
	k.mu.Unlock()
	err := core.Probe(limited)
	k.mu.Lock()
	defer k.mu.Unlock()
	if ctx.Err() == nil && (err != nil || fails == k.fails) { // it was well before it failed
		k.take(core, err)
	}
	return err == nil
}

// heard takes what a core was found to be.
func (k *Kiosk) heard(core Core, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.take(core, err)
}

// take takes what was last known of a core; one that is not used any more says
// nothing. k is locked.
func (k *Kiosk) take(core Core, err error) {
	if core != k.core {
		return
	}
	if err != nil {
		k.fails++
	}
	if fault.CodeOf(err) == fault.DialTimeout && k.ready && !k.doubt {
		k.doubt = true // a machine that is busy
		return
	}
	k.doubt = false
	attrs := []slog.Attr{slog.String("server", nameOf(core))}
	switch {
	case err == nil && !k.ready:
		k.cfg.Log.LogAttrs(context.Background(), slog.LevelInfo, "the server answers", attrs...)
		k.ready, k.begun, k.since, k.why, k.noWall = true, true, time.Now(), nil, nil
	case err != nil:
		if k.ready || k.why == nil || k.why.Error() != err.Error() {
			k.cfg.Log.LogAttrs(context.Background(), slog.LevelWarn, "no connection to the server", append(attrs, slog.Any("reason", err))...)
		}
		if k.ready {
			k.ready, k.since = false, time.Now()
		}
		k.why = err
	}
}

func nameOf(core Core) string {
	if core == nil {
		return ""
	}
	return core.Name()
}

func (k *Kiosk) current() Core {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.core
}

func (k *Kiosk) nudge() {
	select {
	case k.nudged <- struct{}{}:
	default:
	}
}

// errStarting is why nothing is shown while nothing is known.
var errStarting = fault.New("starting", "the screen is starting", "")

// errElsewhere answers what leads away from the wall.
var errElsewhere = fault.New(fault.NotFound, "this screen shows its wall and nothing else", "")

// ServeHTTP answers the window.
func (k *Kiosk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	way, ok := decide(r.Method, r.URL.EscapedPath(), k.cfg.Wall)
	if !ok {
		k.cfg.Log.LogAttrs(r.Context(), slog.LevelDebug, "a request was refused", slog.String("method", r.Method), slog.String("path", r.URL.Path))
		problem.Write(w, errElsewhere)
		return
	}
	switch way {
	case toNotice:
		k.notice.ServeHTTP(w, r)
	case toState:
		k.serveState(w)
	case toUnlock:
		k.unlock(w, r)
	case toHome:
		k.home(w, r)
	case toWalls:
		k.reduced(w, r, reduction{list: "walls", by: "name", keep: func(name string) bool { return name == k.cfg.Wall }})
	case toDevices:
		k.devices(w, r)
	case toCameras:
		k.cameras(w, r)
	case toAsset:
		k.asset(w, request(r))
	case toCommand:
		k.command(w, r)
	case toCore:
		if err := k.pass(w, request(r)); err != nil {
			problem.Write(w, err)
		}
	}
}

// pass hands a request on. With an error nothing was written.
func (k *Kiosk) pass(w http.ResponseWriter, r *http.Request) error {
	k.mu.Lock()
	core, ready, why := k.core, k.ready, k.why
	k.mu.Unlock()
	if !ready {
		k.nudge()
		if why == nil {
			why = errStarting
		}
		return why
	}
	err := core.Pass(w, r)
	if err == nil || r.Context().Err() != nil {
		return err
	}
	k.heard(core, err)
	k.nudge()
	return err
}

// request returns r as it is handed on: what the page sends and a core needs.
func request(r *http.Request) *http.Request {
	out := r.Clone(r.Context())
	out.Header = http.Header{}
	for _, name := range []string{"Accept", "Accept-Language", "Content-Type", "If-None-Match", "If-Modified-Since"} {
		if values, ok := r.Header[name]; ok {
			out.Header[name] = values
		}
	}
	kept := out.URL.Query()
	for name := range kept {
		if !strings.HasPrefix(r.URL.Path, "/api/v1/") || name != "after" && name != "limit" {
			kept.Del(name)
		}
	}
	out.URL.RawQuery = kept.Encode()
	if r.Method == http.MethodGet {
		out.Body, out.ContentLength, out.TransferEncoding = http.NoBody, 0, nil
	}
	return out
}

// home answers with the page of the wall, or with the notice: never with an
// error that is only white.
func (k *Kiosk) home(w http.ResponseWriter, r *http.Request) {
	ask := request(r)
	ask.Header.Del("If-None-Match")
	ask.Header.Del("If-Modified-Since")
	got := newRecorder()
	if err := k.pass(got, ask); err != nil {
		k.notice.ServeHTTP(w, r)
		return
	}
	why := got.flaw()
	k.mu.Lock()
	k.noWall = why
	k.mu.Unlock()
	if why != nil {
		k.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, "the server gives no page of the wall", slog.Any("reason", why))
		k.notice.ServeHTTP(w, r)
		return
	}
	got.replay(w)
}
