// Package rtsp pulls one stream from one camera: a Session dials, signs in,
// sets up the first video and the first audio track, and hands on whole access
// units with their times until the first error, which it tells as a fault for
// people. It tries the other transport when one is refused, but never retries
// anything else: when to try again is the business of package streaming, its
// only caller.
package rtsp

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
)

// The limits that stand where Config has none.
const (
	defaultDialTimeout    = 5 * time.Second
	defaultPictureTimeout = 10 * time.Second
	defaultSilenceTimeout = 15 * time.Second
)

// Config says what to pull and how.
type Config struct {
	// URL is an rtsp or rtsps address without a sign-in; one that has a
	// sign-in is used without it.
	URL string

	// Credentials sign in when the camera asks; at most one authenticated
	// request is sent while it refuses them.
	Credentials camera.Credentials

	// Transport: Auto is TCP first, and UDP when TCP is refused (461); UDP is
	// UDP first, and TCP when UDP is refused; TCP is TCP alone.
	Transport camera.Transport

	// PreferUDP lets Auto begin with UDP, because it worked the last time. It
	// then falls back to TCP also when nothing arrives within 3 s.
	PreferUDP bool

	// TLS is how the certificate of an rtsps address is checked.
	TLS camera.TLSMode

	// Pin is the SHA-256 of the leaf certificate that TLSPin trusts; nil
	// trusts the one that is met.
	Pin []byte

	// DialTimeout bounds the time until the camera has given its first
	// answer; 0 is 5 s. PictureTimeout bounds what follows until the first
	// packet of the video track; 0 is 10 s. SilenceTimeout is how long no
	// packet of the video track may come after that; 0 is 15 s.
	DialTimeout, PictureTimeout, SilenceTimeout time.Duration

	// DialContext opens connections; nil is net.Dialer's. What it returns must
	// have a *net.TCPAddr for its remote address. A *fault.Error that it
	// returns is what Run returns.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

	// OnPlaying is told when the camera has agreed to play: the sign-in is good
	// and there was room. The first unit may come much later. May be nil.
	OnPlaying func()

	// OnTracks is told all tracks once before the first unit, and again when
	// the parameters of one have changed. The slice is the receiver's. May be
	// nil.
	OnTracks func([]*media.Track)

	// OnUnit is told every unit, in order of arrival, one call at a time. The
	// first one is a key unit of the video track. It must not block: the
	// camera's data wait meanwhile. May be nil.
	OnUnit func(*media.AccessUnit)

	// Log may be nil.
	Log *slog.Logger
}

// Session is one pull of one stream.
type Session struct {
	cfg  Config
	url  *url.URL
	host string // host:port of the configured address

	bytes, lost, skipped atomic.Uint64

	mu   sync.Mutex // guards info
	info Info
}

// Info is what a session has learnt.
type Info struct {
	// Transport is "tcp" or "udp" once a transport was set up, else "".
	Transport string

	// Pin is the SHA-256 of the leaf certificate that was met, also of one
	// that was refused; nil without TLS.
	Pin []byte

	// SignedIn says that the camera accepted the credentials, or asked for
	// none, and described the stream.
	SignedIn bool

	// Server is the camera's Server header.
	Server string

	// LostPackets counts the RTP packets missing from the tracks' sequences,
	// SkippedUnits the video units dropped before the first key unit, and
	// Bytes the RTP packets' sizes.
	LostPackets, SkippedUnits, Bytes uint64
}

// New returns a Session that has not begun.
func New(cfg Config) *Session {
	orDefault(&cfg.DialTimeout, defaultDialTimeout)
	orDefault(&cfg.PictureTimeout, defaultPictureTimeout)
	orDefault(&cfg.SilenceTimeout, defaultSilenceTimeout)
	if cfg.DialContext == nil {
		cfg.DialContext = (&net.Dialer{}).DialContext
	}
	if cfg.OnPlaying == nil {
		cfg.OnPlaying = func() {}
	}
	if cfg.OnTracks == nil {
		cfg.OnTracks = func([]*media.Track) {}
	}
	if cfg.OnUnit == nil {
		cfg.OnUnit = func(*media.AccessUnit) {}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Session{cfg: cfg}
}

func orDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// Run pulls until the first error and returns it: ctx.Err() when ctx ended it,
// else a *fault.Error with one of the codes from Unauthorized to Protocol,
// fault.BadRequest for an address that can't be used, or what DialContext
// returned. It is never nil. When Run returns, all its goroutines have ended
// and all its sockets are closed; a cancelled ctx ends it within half a second
// even when the camera hangs. Run is called once.
func (s *Session) Run(ctx context.Context) error {
	err := s.parse()
	if err != nil {
		return err
	}

	order := s.transports()
	for i, transport := range order {
		fallback := i+1 < len(order)
		err = s.connect(ctx, transport, fallback)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if refused := (*transportError)(nil); !fallback || !errors.As(err, &refused) {
			break
		}
		s.cfg.Log.Debug("change transport", "from", transport.String(), "err", err)
	}
	return problem(err, s.url.Scheme)
}

// parse takes the configured address apart.
func (s *Session) parse() error {
	clean, address, _, err := camera.ParseURL(s.cfg.URL)
	if err != nil {
		return err
	}
	if s.url, err = url.Parse(clean); err != nil {
		return fault.New(fault.BadRequest, "The address of the stream can't be used.", "")
	}
	s.url.Fragment, s.url.RawFragment = "", ""
	s.host = address
	return nil
}

// transports returns what to try, in order.
func (s *Session) transports() []camera.Transport {
	switch {
	case s.cfg.Transport == camera.TransportTCP:
		return []camera.Transport{camera.TransportTCP}
	case s.cfg.Transport == camera.TransportUDP || s.cfg.PreferUDP:
		return []camera.Transport{camera.TransportUDP, camera.TransportTCP}
	default:
		return []camera.Transport{camera.TransportTCP, camera.TransportUDP}
	}
}

// Info returns what is known so far. It is cheap and may be called at any
// time from any goroutine.
func (s *Session) Info() Info {
	s.mu.Lock()
	info := s.info
	s.mu.Unlock()
	info.LostPackets, info.SkippedUnits, info.Bytes = s.lost.Load(), s.skipped.Load(), s.bytes.Load()
	return info
}

func (s *Session) learn(set func(*Info)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set(&s.info)
}
