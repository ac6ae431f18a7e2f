package onvif

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limit is when a test gives up: far above what anything here takes.
const limit = 20 * time.Second

// network is one in memory: addresses with servers behind them, an address
// that nothing answers at, and refusals everywhere else.
type network struct {
	t *testing.T

	mu sync.Mutex
	// mu guards the fields below.
	accepts map[string]func(net.Conn)
	black   map[string]bool
	dialled []string

	conns sync.WaitGroup
	open  map[net.Conn]bool
}

func newNetwork(t *testing.T) *network {
	n := &network{t: t, accepts: map[string]func(net.Conn){}, black: map[string]bool{}, open: map[net.Conn]bool{}}
	t.Cleanup(n.close)
	return n
}

func (n *network) close() {
	n.mu.Lock()
	for conn := range n.open {
		conn.Close()
	}
	n.mu.Unlock()
	n.conns.Wait()
}

// serve answers connections to addr with accept, which owns them.
func (n *network) serve(addr string, accept func(net.Conn)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.accepts[addr] = accept
}

// web answers requests to addr with handler.
func (n *network) web(addr string, handler http.Handler) {
	n.serve(addr, func(conn net.Conn) { serveHTTP(conn, handler) })
}

// secureWeb is web over TLS.
func (n *network) secureWeb(addr string, certificate tls.Certificate, handler http.Handler) {
	n.serve(addr, func(conn net.Conn) {
		serveHTTP(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}}), handler)
	})
}

// unplug lets addr refuse connections and cuts those that are open.
func (n *network) unplug(addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.accepts, addr)
	for conn := range n.open {
		conn.Close()
	}
}

// swallow lets nothing answer at addr.
func (n *network) swallow(addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.black[addr] = true
}

func (n *network) dials() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.dialled...)
}

func (n *network) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	accept, black := n.accepts[addr], n.black[addr]
	n.dialled = append(n.dialled, addr)
	n.mu.Unlock()
	if black {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
	}
	if accept == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	ours, theirs := net.Pipe()
	n.mu.Lock()
	n.open[theirs] = true
	n.mu.Unlock()
	n.conns.Go(func() {
		accept(theirs)
		theirs.Close()
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.open, theirs)
	})
	return ours, nil
}

// oneConn is a listener for a single connection.
type oneConn struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// serveHTTP serves one connection until it closes.
func serveHTTP(conn net.Conn, handler http.Handler) {
	l := &oneConn{make(chan net.Conn, 1), make(chan struct{})}
	l.conns <- conn
	var once sync.Once
	server := &http.Server{
		Handler:  handler,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed || state == http.StateHijacked {
				once.Do(func() { close(l.done) })
			}
		},
	}
	_ = server.Serve(l) // ends when the connection does
	_ = server.Close()
}

// selfSigned makes a certificate as cameras do.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "camera"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// client makes a client in n; change adjusts its Config.
func (n *network) client(address string, change ...func(*Config)) *Client {
	n.t.Helper()
	cfg := Config{Address: address, DialContext: n.dial}
	for _, c := range change {
		c(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(c.Close)
	return c
}

func withSignIn(user, password string) func(*Config) {
	return func(cfg *Config) {
		cfg.Credentials = camera.Credentials{User: user, Password: secret.NewText(password)}
	}
}

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != code {
		t.Fatalf("error is %v (%s), want %s", err, got, code)
	}
}

func inTime(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

// raw answers each connection with bytes as they are, after it has read a
// request.
func raw(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		drain(conn)
		_, _ = io.WriteString(conn, answer) // the client may have hung up
	}
}

// drain reads a request.
func drain(conn net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		_, _ = io.Copy(io.Discard, r.Body) // the client may have hung up
	}
}

// readThrough copies what is read into w.
func readThrough(body io.ReadCloser, w io.Writer) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(body, w), body}
}

// discard is a ResponseWriter that nobody reads.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) WriteHeader(int)             {}
func (discard) Write(p []byte) (int, error) { return len(p), nil }

func secretText(s string) secret.Text { return secret.NewText(s) }
