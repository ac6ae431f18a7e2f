// Package simcam is a set of simulated cameras: a real RTSP server that plays
// committed clips and pictures drawn live, with a frame mark in each picture
// and a record of when each was sent, and with faults that can be switched
// while it runs. Tests, the demonstration and benchmarks use it in place of
// cameras. It decodes nothing and knows nothing of the rest of the program.
package simcam

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/auth"

	"camwall/internal/simcam/bell"
)

// Config is what a Server needs.
type Config struct {
	// Listen is "IP:port" of RTSP; port 0 takes a free one.
	Listen string
	// SentListen is "IP:port" of HTTP, where GET /sent tells what was sent
	// when, and POST /fault switches faults; port 0 takes a free one. Empty is
	// none.
	SentListen string
	// Streams are the streams; nil is Demo().
	Streams []StreamSpec
	// Log is where life events go; nil is nowhere.
	Log *slog.Logger
	// TLS makes it RTSPS: RTSP and interleaved RTP in TLS, without UDP.
	TLS *tls.Config
	// SRTP, with TLS, announces the secure profile (RTP/SAVP) and encrypts
	// each packet on its own, over UDP too: ONVIF's way of RTSPS.
	SRTP bool
	// NoUDP leaves out the UDP transport: SETUP over UDP is answered 461.
	NoUDP bool
}

// writeQueuePackets is how many packets wait for a slow client before some are
// lost; a power of two. A key frame of the largest clip takes under a hundred.
const writeQueuePackets = 1024

// Server is a running set of simulated cameras. All methods may be called from
// any goroutine.
type Server struct {
	cfg     Config
	clips   clipShelf
	rtsp    *gortsplib.Server
	address net.Addr
	sentWeb *http.Server
	sentAt  net.Addr
	streams []*Stream
	nonce   string
	ready   chan struct{} // closed when requests may be answered
	closed  chan struct{} // closed by Close
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	closing sync.Once
	changed bell.Bell

	mu        sync.Mutex // guards the fields below
	count     Counters
	conns     map[*gortsplib.ServerConn]*connState
	sessions  map[*gortsplib.ServerSession]*sessionState
	limit     int
	overLimit int
	parts     []func() // that end with the Server
}

// New starts a Server, which listens when New returns. The caller must Close it.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Streams == nil {
		cfg.Streams = Demo()
	}
	nonce, err := auth.GenerateNonce()
	if err != nil {
		return nil, fmt.Errorf("make nonce: %w", err)
	}
	s := &Server{
		cfg: cfg, nonce: nonce, ready: make(chan struct{}), closed: make(chan struct{}), limit: -1,
		conns:    make(map[*gortsplib.ServerConn]*connState),
		sessions: make(map[*gortsplib.ServerSession]*sessionState),
	}
	for _, spec := range cfg.Streams {
		if s.Stream(spec.Path) != nil {
			return nil, fmt.Errorf("stream %s: path used twice", spec.Path)
		}
		stream, err := newStream(s, spec)
		if err != nil {
			return nil, err
		}
		s.streams = append(s.streams, stream)
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	return s, nil
}

// start opens the listeners and lets the streams run. After an error nothing
// is left.
func (s *Server) start() error {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	if err := s.listen(ctx); err != nil {
		cancel()
		return err
	}
	for _, stream := range s.streams {
		if err := stream.start(s.rtsp); err != nil {
			close(s.ready)
			s.Close()
			return err
		}
		stream.setURL(s.urlOf(stream.spec.Path))
	}
	if err := s.listenSent(ctx); err != nil {
		close(s.ready)
		s.Close()
		return err
	}
	close(s.ready)
	for _, stream := range s.streams {
		s.wg.Go(func() { stream.run(ctx) })
	}
	s.cfg.Log.Info("simulated cameras listening", "address", s.Addr(), "streams", len(s.streams))
	return nil
}

// Close ends all connections and waits until everything is still. Another
// Server may then listen on the same port. Close may be called again.
func (s *Server) Close() {
	s.closing.Do(func() {
		close(s.closed)
		s.cancel()
		s.closeParts()
		if s.sentWeb != nil {
			if err := s.sentWeb.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				s.cfg.Log.Warn("close sent listener", "error", err)
			}
		}
		s.wg.Wait()
		s.rtsp.Close()
		for _, stream := range s.streams {
			if stream.served != nil {
				stream.served.Close()
			}
		}
	})
}

// Attach makes something that serves the same cameras, such as their ONVIF
// side, end with the Server: Close calls closePart first, the last attached
// before the others.
func (s *Server) Attach(closePart func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, closePart)
}

func (s *Server) closeParts() {
	s.mu.Lock()
	parts := s.parts
	s.parts = nil
	s.mu.Unlock()
	for _, closePart := range slices.Backward(parts) {
		closePart()
	}
}

// Addr returns "IP:port" of RTSP.
func (s *Server) Addr() string { return s.address.String() }

// SentAddr returns "IP:port" of GET /sent and /fault, or "".
func (s *Server) SentAddr() string {
	if s.sentAt == nil {
		return ""
	}
	return s.sentAt.String()
}

// Streams describes all streams, in the order of the Config.
func (s *Server) Streams() []Info {
	infos := make([]Info, len(s.streams))
	for i, stream := range s.streams {
		infos[i] = stream.Info()
	}
	return infos
}

// Stream returns the stream of a path, with or without the leading slash, or
// nil.
func (s *Server) Stream(path string) *Stream {
	path = strings.TrimPrefix(path, "/")
	for _, stream := range s.streams {
		if stream.spec.Path == path {
			return stream
		}
	}
	return nil
}

// Sent returns what all streams have sent in the last 60 s, sorted by time.
func (s *Server) Sent() []Sent { return s.sentSince(time.Now().Add(-sentFor)) }

func (s *Server) sentSince(from time.Time) []Sent {
	list := []Sent{}
	for _, stream := range s.streams {
		list = append(list, stream.sent.since(from)...)
	}
	slices.SortStableFunc(list, func(a, b Sent) int { return int(a.SentUnixMicros - b.SentUnixMicros) })
	return list
}

// SentAt returns when a stream last sent the picture with a number in its frame
// mark, at or before a time. It is not ok when that was never or too long ago.
func (s *Server) SentAt(path string, frame uint16, before time.Time) (at time.Time, ok bool) {
	stream := s.Stream(path)
	if stream == nil {
		return time.Time{}, false
	}
	return stream.sent.at(frame, before)
}

// LimitSessions lets at most n sessions be set up at a time on the whole
// device; one more is answered with status, usually 453. A negative n ends it.
func (s *Server) LimitSessions(n, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.overLimit = n, status
}

// CloseConnections closes every connection. It does not wait.
func (s *Server) CloseConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := range s.sessions {
		session.Close()
	}
	for conn := range s.conns {
		conn.Close()
	}
}

// clipShelf reads each clip once. New fills it from one goroutine; SetClip uses
// it later.
type clipShelf struct {
	mu    sync.Mutex // guards the field below
	clips map[string]*clip
}

func (b *clipShelf) get(name string) (*clip, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.clips[name]; c != nil {
		return c, nil
	}
	c, err := loadClip(name)
	if err != nil {
		return nil, err
	}
	if b.clips == nil {
		b.clips = make(map[string]*clip)
	}
	b.clips[name] = c
	return c, nil
}
