// Package streaming is the life of each stream: it starts a pull when the first
// viewer comes, retries politely while the camera is away, stops some seconds
// after the last viewer has gone, and keeps the state that people are told. One
// pull, one decode, and one encode per rendition serve any number of viewers.
// The packages that speak HTTP and WebSocket watch through it; it knows none of
// them.
package streaming

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/hub"
	"camwall/internal/rtsp"
)

// session is one connection to a camera; rtsp.Session is one.
type session interface {
	Run(ctx context.Context) error
	Info() rtsp.Info
}

// Config is what a Service needs. Zero limits are the defaults.
type Config struct {
	// Cameras are those to begin with; see Set.
	Cameras []camera.Camera

	// Admission says who may connect to a device now; required. Others who
	// sign in at the devices ask the same.
	Admission *admission.Book

	// Pack makes a picture's Part: what goes before and behind jpeg on the
	// wire, and jpeg, in one new buffer; offset is where jpeg begins in it.
	Pack func(p *Picture, jpeg []byte) (part []byte, offset int)

	// IdleAfter is how long a stream is still pulled after its last viewer:
	// 10 s. More makes coming back instant, less spares camera and network.
	IdleAfter time.Duration

	// Hub bounds the last GOP that is kept of each stream.
	Hub hub.Config

	// MaxPixels bounds a decoded picture: 35,389,440, which is 8K.
	MaxPixels int

	// MaxRenditions and MaxRenditionsPerStream bound the encoders: 160 and 12.
	MaxRenditions, MaxRenditionsPerStream int

	// ConnectsPerSecond bounds new connections to all devices together: 20.
	ConnectsPerSecond int

	// DialContext returns what opens connections to a camera; nil, and what is
	// nil, is the network of this machine. See rtsp.Config.DialContext.
	DialContext func(cam *camera.Camera) func(ctx context.Context, network, address string) (net.Conn, error)

	// Locate returns the address of a stream: before a connection when the
	// stream has none, or when the camera said that it has no such path; and,
	// beside the tries, when the camera has been away for some of them. last is
	// why the last session ended. "" is no better one than there is. A
	// *fault.Error, or an *admission.RestingError, becomes the state of a stream
	// that waits for it. It may take as long as ctx. Nil: never.
	Locate func(ctx context.Context, cam camera.Camera, stream string, last fault.Code) (url string, err error)

	// RequestKey asks a camera for a key unit where viewers would have to wait
	// for one, at most once in 2 s and stream. It is called in a goroutine of
	// its own, which Close waits for. Nil: never.
	RequestKey func(id camera.ID, stream string)

	Log *slog.Logger

	newSession func(rtsp.Config) session // nil: rtsp.New; tests give their own
}

func (c *Config) setDefaults() {
	if c.IdleAfter == 0 {
		c.IdleAfter = 10 * time.Second
	}
	if c.MaxRenditions == 0 {
		c.MaxRenditions = 160
	}
	if c.MaxRenditionsPerStream == 0 {
		c.MaxRenditionsPerStream = 12
	}
	if c.ConnectsPerSecond == 0 {
		c.ConnectsPerSecond = 20
	}
	if c.newSession == nil {
		c.newSession = func(rc rtsp.Config) session { return rtsp.New(rc) }
	}
}

// Service holds all cameras. Its methods may be called from any goroutine.
type Service struct {
	cfg    Config
	budget *rate.Limiter // of new connections
	roster roster
	feed   feed

	// start runs a function in a goroutine until Close, which waits for it. It
	// tells false, and runs nothing, once the Service is closed.
	start func(func(context.Context)) bool
	stop  context.CancelFunc
	ends  <-chan struct{} // closed by Close
	wg    sync.WaitGroup

	// mu guards the fields below.
	mu         sync.Mutex
	renditions int
	closed     bool
}

// New returns a Service that watches nothing yet. Its owner closes it.
func New(cfg Config) *Service {
	if cfg.Admission == nil {
		panic("streaming: Config.Admission is missing")
	}
	cfg.setDefaults()
	ctx, stop := context.WithCancel(context.Background())
	s := &Service{
		cfg:    cfg,
		budget: rate.NewLimiter(rate.Limit(cfg.ConnectsPerSecond), cfg.ConnectsPerSecond),
		roster: roster{byID: make(map[camera.ID]*entry, len(cfg.Cameras))},
		stop:   stop,
		ends:   ctx.Done(),
	}
	s.start = func(f func(context.Context)) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.closed { // else Close may be done with waiting
			s.wg.Go(func() { f(ctx) })
		}
		return !s.closed
	}
	s.Set(cfg.Cameras...)
	return s
}

// Close ends every pull, decoder and viewer and waits for them.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.wg.Wait()
	for _, e := range s.roster.all() {
		for _, st := range e.view.Load().streams {
			st.hub.Close()
			st.dropFrame()
		}
	}
}

// Watch starts watching a camera; the Viewer is the caller's to close. Errors:
// fault.NotFound for an unknown camera or stream, fault.BadRequest for a size
// that makes no sense, fault.TooMany when there are too many renditions.
func (s *Service) Watch(id camera.ID, want Request) (*Viewer, error) {
	e, err := s.look(id)
	if err != nil {
		return nil, err
	}
	if err := checkSize(want.Width, want.Height); err != nil {
		return nil, err
	}
	v := &Viewer{svc: s, entry: e, want: want}
	if v.current, err = v.join(); err != nil {
		return nil, err
	}
	v.seen = v.current.stale()
	return v, nil
}

func checkSize(width, height int) error {
	if (width == 0) != (height == 0) || width < 0 || height < 0 {
		return fault.Errorf(fault.BadRequest, "a picture of %dx%d can't be made", width, height)
	}
	return nil
}

// Match finds the stream that an address of one of our cameras names: by
// scheme, host, port, path and query; a sign-in in it is ignored.
func (s *Service) Match(rawURL string) (camera.ID, string, bool) {
	want, ok := matchKey(rawURL)
	if !ok {
		return "", "", false
	}
	for _, e := range s.roster.all() {
		for _, st := range e.view.Load().streams {
			if key, ok := matchKey(st.url()); ok && key == want {
				return e.id, st.name, true
			}
		}
	}
	return "", "", false
}

// takeRendition counts one more rendition, or says that there are too many.
func (s *Service) takeRendition() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fault.New(fault.Stopping, "the server is stopping", "")
	}
	if s.renditions >= s.cfg.MaxRenditions {
		return tooManyRenditions(s.cfg.MaxRenditions, "")
	}
	s.renditions++
	return nil
}

func (s *Service) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *Service) releaseRendition() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renditions--
}

func tooManyRenditions(n int, of string) error {
	return fault.Errorf(fault.TooMany, "%d different sizes and qualities%s are shown already", n, of).
		WithHint("ask for a size that others watch too, or raise the limit of renditions")
}

var _ session = (*rtsp.Session)(nil)
