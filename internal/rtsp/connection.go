package rtsp

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"camwall/internal/camera"
)

const (
	// grace is how long a connection may take to say good-bye.
	grace = 200 * time.Millisecond

	// udpPatience is how long UDP may bring nothing before TCP is tried.
	udpPatience = 3 * time.Second

	// udpReadBuffer is the kernel's buffer wanted for a UDP socket: the burst
	// of a large key unit must fit. The kernel may grant less.
	udpReadBuffer = 2 << 20

	maxDials = 4 // of one connection, redirects included
)

// connection is one RTSP connection of a session, over one transport.
type connection struct {
	s         *Session
	transport camera.Transport
	fallback  bool // another transport can be tried
	client    *gortsplib.Client
	watch     *watchdog

	// The fields below are used by the client's goroutine, and by the
	// session's between two calls of the client.
	signIn      signIn
	server      string
	answered    bool // a response has come
	optionsAsks bool // OPTIONS was answered 401
	method      base.Method
	dials       int
	dialled     string // host:port of the last dial

	mu     sync.Mutex // guards the fields below
	conn   net.Conn   // below TLS
	closed bool
}

// connect runs one connection until its first error, which is never nil.
func (s *Session) connect(ctx context.Context, transport camera.Transport, fallback bool) error {
	return s.converse(ctx, transport, fallback, func(c *connection) error {
		if err := c.play(); err != nil {
			return err
		}
		return c.client.Wait()
	})
}

// converse opens one connection, and closes it when talk returns.
func (s *Session) converse(ctx context.Context, transport camera.Transport, fallback bool, talk func(*connection) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := &connection{s: s, transport: transport, fallback: fallback}
	c.signIn.cred = s.cfg.Credentials
	c.watch = newWatchdog(cancel)
	defer c.watch.stop()
	c.watch.expect(s.cfg.DialTimeout, errDialTimeout)

	c.client = c.newClient(ctx)
	if err := c.client.Start2(); err != nil {
		return fmt.Errorf("start client: %w", err)
	}
	closer := sync.WaitGroup{}
	closer.Go(func() {
		<-ctx.Done()
		c.close()
	})
	err := talk(c)
	if cause := context.Cause(ctx); cause != nil {
		err = cause // the client's error only says that it was closed
	}
	cancel(nil)
	closer.Wait()
	return err
}

// close ends the client. A hung peer holds it up no longer than grace: the
// socket is closed under the good-bye then.
func (c *connection) close() {
	timer := time.AfterFunc(grace, c.closeSocket)
	c.client.Close()
	timer.Stop()
	c.closeSocket()
}

func (c *connection) closeSocket() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.conn != nil {
		c.conn.Close()
	}
}

func (c *connection) newClient(ctx context.Context) *gortsplib.Client {
	transport := gortsplib.TransportTCP
	if c.transport == camera.TransportUDP {
		transport = gortsplib.TransportUDP
	}
	// The watchdog is what limits time: the client's own limits come later.
	limit := c.s.cfg.DialTimeout + c.s.cfg.PictureTimeout + c.s.cfg.SilenceTimeout + 5*time.Second
	return &gortsplib.Client{
		Scheme:                c.s.url.Scheme,
		Host:                  c.s.url.Host,
		Transport:             &transport,
		ReadTimeout:           limit,
		InitialUDPReadTimeout: limit,
		WriteTimeout:          c.s.cfg.SilenceTimeout,
		UserAgent:             "Camwall",
		TLSConfig:             c.s.tlsConfig(),
		DialContext:           c.dial,
		ListenPacket: func(network, address string) (net.PacketConn, error) {
			return listenPacket(ctx, network, address)
		},
		OnRequest:         c.onRequest,
		OnResponse:        c.onResponse,
		OnServerRequest:   c.onServerRequest,
		OnTransportSwitch: func(error) {},
		OnPacketsLost:     func(uint64) {},
		OnDecodeError: func(err error) {
			c.s.cfg.Log.Debug("drop packet", "err", err)
		},
	}
}

// dial opens the connection, and opens it anew for a redirect.
func (c *connection) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.dials++
	if c.dials > maxDials {
		return nil, &dialError{errTooManyRedirects}
	}
	c.dialled = address
	conn, err := c.s.cfg.DialContext(ctx, network, address)
	if err != nil {
		return nil, &dialError{err}
	}
	if _, ok := conn.RemoteAddr().(*net.TCPAddr); !ok {
		conn.Close()
		return nil, &dialError{fmt.Errorf("remote address is a %T", conn.RemoteAddr())}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		conn.Close()
		return nil, &dialError{net.ErrClosed}
	}
	c.conn = conn
	return conn, nil
}

func listenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if udp, ok := conn.(*net.UDPConn); ok {
		udp.SetReadBuffer(udpReadBuffer) //nolint:errcheck // what the kernel grants
	}
	return conn, nil
}

func (c *connection) onRequest(req *base.Request) {
	c.method = req.Method
	if c.dialled == c.s.host { // credentials do not follow a redirect
		c.signIn.authorize(req, c.optionsAsks)
	}
}

func (c *connection) onResponse(res *base.Response) {
	if !c.answered {
		c.answered = true
		c.watch.expect(c.s.cfg.PictureTimeout, errPictureTimeout)
	}
	if server := res.Header["Server"]; len(server) > 0 && server[0] != c.server {
		c.server = server[0]
		c.s.learn(func(i *Info) { i.Server = server[0] })
	}
	c.signIn.observe(res)
	switch {
	case c.method == base.Options && res.StatusCode == base.StatusUnauthorized:
		c.optionsAsks = true
	case c.method == base.Options && noOptions(res.StatusCode):
		res.StatusCode = base.StatusOK // it is not needed, but the client insists
	case c.method == base.Describe && res.StatusCode == base.StatusOK:
		res.Body = mendSDP(res.Body)
	}
}

// noOptions reports whether a status says that a server has no OPTIONS.
func noOptions(status base.StatusCode) bool {
	switch status {
	case base.StatusNotFound, base.StatusMethodNotAllowed, base.StatusNotImplemented, base.StatusOptionNotSupported:
		return true
	}
	return false
}

// onServerRequest lets the client answer 200 to what a camera may tell in
// mid-stream; it would end the session for anything but OPTIONS.
func (c *connection) onServerRequest(req *base.Request) {
	switch req.Method {
	case base.GetParameter, base.SetParameter, base.Announce:
		req.Method = base.Options
	}
}
