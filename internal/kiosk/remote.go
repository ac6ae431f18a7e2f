package kiosk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/unixsock"
)

// Limits of the way to a server.
const (
	dialTimeout   = 3 * time.Second
	answerTimeout = 10 * time.Second // until the head of an answer
	silence       = 30 * time.Second // a live connection says something every second
	writeTimeout  = 10 * time.Second // for the page to take a piece
	pieceBytes    = 128 << 10
	maxHealth     = 1 << 10
)

// Remote is a server's core: over a Unix socket of this machine, or over the
// network.
type Remote struct {
	address   string // as Name tells it
	socket    string // "" over the network
	target    *url.URL
	transport *http.Transport
	log       *slog.Logger
	pieces    pieces
}

var _ Core = (*Remote)(nil)

// NewRemote returns the server at unix:/path or http(s)://host:port; anything else
// is a fault.Config. Nothing is asked yet. Close frees its connections.
func NewRemote(address string, log *slog.Logger) (*Remote, error) {
	address, err := config.ParseKioskServer(address)
	if err == nil && address == "" {
		err = fault.New(fault.Config, "the server's address is empty", "write it as unix:/path or http://host:port")
	}
	if err != nil {
		return nil, err
	}
	r := &Remote{address: address, log: log}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		r.socket = path
		r.target = &url.URL{Scheme: "http", Host: "localhost"}
		r.transport = unixsock.Transport(path)
	} else {
		if r.target, err = url.Parse(address); err != nil {
			return nil, fault.Errorf(fault.Config, "the server's address: %w", err) // it was parsed before
		}
		r.transport = &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout: dialTimeout,
			DisableCompression:  true,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     time.Minute,
		}
	}
	r.transport.ResponseHeaderTimeout = answerTimeout
	dial := r.transport.DialContext
	r.transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return impatient{conn}, nil
	}
	return r, nil
}

// Name returns the address.
func (r *Remote) Name() string { return r.address }

// Close closes connections that are not in use; those that are end with their
// requests.
func (r *Remote) Close() { r.transport.CloseIdleConnections() }

// impatient is a connection on which something must come now and then: the page
// of a server that has vanished would wait for ever.
type impatient struct{ net.Conn }

func (c impatient) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Probe asks for the server's health.
func (r *Remote) Probe(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.target.JoinPath("/api/health").String(), nil)
	if err != nil {
		return fmt.Errorf("probe %s: %w", r.address, err)
	}
	response, err := r.transport.RoundTrip(req)
	if err != nil {
		return r.explain(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxHealth))
	if err != nil {
		return r.explain(err)
	}
	if response.StatusCode == http.StatusMisdirectedRequest || response.StatusCode == http.StatusForbidden {
		return fault.Errorf(fault.Misdirected, "%s refuses to be asked by the name %s (HTTP %d)", r.address, r.target.Hostname(), response.StatusCode).
			WithHint("add this name to hosts in the camwall.yaml of the server")
	}
	if response.StatusCode != http.StatusOK || !strings.Contains(string(body), `"status"`) {
		return fault.Errorf("no_server", "%s answers, but not as a Camwall server does (HTTP %d)", r.address, response.StatusCode).
			WithHint(errForeign.Hint)
	}
	return nil
}

// Pass hands a request on and its answer back, as it comes.
func (r *Remote) Pass(w http.ResponseWriter, req *http.Request) (failed error) {
	proxy := httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = r.target.Scheme, r.target.Host, r.target.Host
		},
		Transport:     r.transport,
		FlushInterval: -1,
		BufferPool:    &r.pieces,
		ErrorLog:      slog.NewLogLogger(r.log.Handler(), slog.LevelDebug),
		ErrorHandler:  func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err },
	}
	proxy.ServeHTTP(newPatient(w), req)
	if failed == nil {
		return nil
	}
	if err := req.Context().Err(); err != nil {
		return err
	}
	return r.explain(failed)
}

// pieces are the buffers between server and page.
type pieces struct{ pool sync.Pool }

func (p *pieces) Get() []byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, pieceBytes)
}

func (p *pieces) Put(b []byte) { p.pool.Put(&b) }

// patient gives the page some time for each piece: one that has died would hold
// the request for ever.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	moved   time.Time
}

func newPatient(w http.ResponseWriter) *patient {
	return &patient{ResponseWriter: w, control: http.NewResponseController(w)}
}

func (p *patient) Write(b []byte) (int, error) {
	if now := time.Now(); now.Sub(p.moved) > time.Second {
		_ = p.control.SetWriteDeadline(now.Add(writeTimeout)) // where it is not known, the page's end is
		p.moved = now
	}
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }
