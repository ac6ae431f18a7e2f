// Package onvif is a client of ONVIF devices: it finds the device service at an
// address, reads what the device is and which profiles it has, asks for stream
// and snapshot addresses, moves the camera, sets its picture and receives its
// events. It sends a credential only after the device has asked for one, and
// never again once it was refused. Requests are built with use-go/onvif where
// that is right; the rest is ours: signing, digest, limits, and reading answers
// of devices that keep to no schema. It neither finds devices nor keeps them:
// discovery, inventory and streaming call it.
package onvif

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/secret"
)

// Config is what a Client needs.
type Config struct {
	// Address is as people write it: host, host:port, [v6]:port, or an http or
	// https address with or without port and path. The path is
	// /onvif/device_service when there is none. Without port and path the usual
	// ports are tried in turn until one answers ONVIF. A sign-in in it is taken
	// when Credentials is zero.
	Address string

	// Credentials sign in; zero: none.
	Credentials camera.Credentials

	// DialContext opens connections, under the caller's policy; nil: a
	// net.Dialer.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)

	// Pin is the SHA-256 of the certificate that was trusted before; nil: the
	// first one that is seen is trusted.
	Pin []byte

	// TLS is how certificates are checked.
	TLS camera.TLSMode

	// SignIn, if set, runs around every request that carries the credential, and
	// has to call attempt once or return why not. attempt returns a
	// fault.Unauthorized or AccountLocked when the credential was refused, and it calls
	// SignIn for no other request meanwhile. SignIn may be called from several
	// goroutines at once.
	SignIn func(ctx context.Context, attempt func() error) error

	// Timeout of one request; 0 is 5 s.
	Timeout time.Duration

	// Log; nil: nothing is logged.
	Log *slog.Logger
}

const defaultTimeout = 5 * time.Second

// Client speaks to one device. Its methods may be called from several
// goroutines. Their errors are fault.Errors, but for those of a context that
// ended and of Config.SignIn.
type Client struct {
	cfg        Config
	log        *slog.Logger
	candidates []string // addresses of the device service that are tried, best first
	transport  *http.Transport
	sign       *signIn

	// finding lets one goroutine at a time look for the device service.
	finding chan struct{}

	mu sync.Mutex
	// mu guards the fields below.
	pin      []byte // of the certificate seen or given
	device   string // the device service that answered; empty: not found yet
	offset   time.Duration
	timed    bool // offset was told by the device
	services *services
	secure   *bool // Media2 offers RTSP over TLS; nil: not asked yet
}

// New returns a client of the device at cfg.Address; it connects at the first
// use. The error is a fault.BadRequest.
func New(cfg Config) (*Client, error) {
	candidates, cred, err := parseAddress(cfg.Address)
	if err != nil {
		return nil, err
	}
	if cfg.Credentials.IsZero() {
		cfg.Credentials = cred
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.DialContext == nil {
		cfg.DialContext = (&net.Dialer{}).DialContext
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		cfg:        cfg,
		log:        cfg.Log,
		candidates: candidates,
		sign:       newSignIn(cfg.Credentials),
		finding:    make(chan struct{}, 1),
		pin:        cfg.Pin,
	}
	c.transport = c.newTransport()
	return c, nil
}

// Close closes idle connections. Running calls end with their contexts.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Pin returns the SHA-256 of the certificate that was seen, else that of the
// configuration, else nil.
func (c *Client) Pin() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]byte(nil), c.pin...)
}

// ClockOffset returns how far the device's clock is ahead of ours; 0 until it
// is known.
func (c *Client) ClockOffset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Address returns the device service that answered, as an address without
// sign-in; empty before one did.
func (c *Client) Address() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.device
}

// deviceNow returns the device's time.
func (c *Client) deviceNow() time.Time { return time.Now().Add(c.ClockOffset()) }

// shown makes text of the device's, or of an error's, fit to be seen by people:
// one line, bounded, without secrets.
func (c *Client) shown(text string) string {
	return bounded(secret.Redact(c.sign.hide(oneLine(text))), 200)
}
