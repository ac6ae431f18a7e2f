package kiosk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/lab"
)

func remote(t *testing.T, address string) *Remote {
	t.Helper()
	r, err := NewRemote(address, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestAddressesOfServers(t *testing.T) {
	for _, address := range []string{"", "unix:", "x", "ftp://h", "http://", "http://u:secret@h:1", "http://h/path", "http://h?x", "//h", "http://h:x", "unix:/" + strings.Repeat("x", 200), "unix:relative"} {
		if _, err := NewRemote(address, slog.New(slog.DiscardHandler)); fault.CodeOf(err) != fault.Config || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for address, name := range map[string]string{
		"unix:/run/a.sock": "unix:/run/a.sock", "http://h:8000": "http://h:8000", "https://h": "https://h", "http://[::1]:8000/": "http://[::1]:8000",
	} {
		if r := remote(t, address); r.Name() != name {
			t.Errorf("%q is called %q", address, r.Name())
		}
	}
}

func TestOverTheNetwork(t *testing.T) {
	var host string
	s := httptest.NewServer(healthy(func(w http.ResponseWriter, r *http.Request) {
		host = r.Host
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	defer s.Close()
	r := remote(t, s.URL)
	if err := r.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := r.Pass(w, httptest.NewRequest(http.MethodGet, "wails://wails/assets/x.js", nil)); err != nil || w.Body.String() != "/assets/x.js" {
		t.Errorf("%v: %s", err, w.Body)
	}
	if want := strings.TrimPrefix(s.URL, "http://"); host != want {
		t.Errorf("asked as %q, want %q", host, want)
	}
	s.Close()
	if err := r.Probe(t.Context()); fault.CodeOf(err) != fault.ConnRefused || !strings.Contains(err.Error(), "refuses") {
		t.Errorf("a server that has ended: %v", err)
	}
}

func TestServersThatAreNone(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	polite := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "welcome") }))
	defer polite.Close()
	secure := httptest.NewTLSServer(healthy(core))
	defer secure.Close()
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	misled := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMisdirectedRequest) }))
	defer misled.Close()
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close() //nolint:errcheck // a test's
	file := filepath.Join(lab.Folder(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]fault.Code{
		misled.URL: fault.Misdirected,
		other.URL:  "no_server", polite.URL: "no_server", secure.URL: fault.Certificate,
		"http://" + mute.Addr().String(): fault.DialTimeout, "http://camwall.invalid:1": fault.NoSuchHost,
		"unix:" + file: fault.ConnRefused, "unix:" + file + "2": "no_socket", "unix:" + file + "/x": fault.Ended,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		err := remote(t, address).Probe(ctx)
		cancel()
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != want && f.Code != "no_network" || f.Hint == "" || (f.Code == fault.Misdirected) != strings.Contains(f.Hint, "hosts") {
			t.Errorf("%.60s: %v (%s), want %s", address, err, fault.CodeOf(err), want)
		}
	}
}

func TestReasonsInWords(t *testing.T) {
	wire := func(err error) error {
		return &url.Error{Op: "Get", URL: "http://h", Err: &net.OpError{Op: "dial", Err: err}}
	}
	network, local, socket := remote(t, "http://wall.example:8000"), remote(t, "http://localhost:8000"), remote(t, "unix:/run/camwall/camwall.sock")
	for name, c := range map[string]struct {
		of        *Remote
		err       error
		networked bool
		code      fault.Code
		says      string
	}{
		"no cable":              {network, wire(syscall.ENETUNREACH), false, "no_network", "no network address yet"},
		"no name, no address":   {network, wire(&net.DNSError{IsTemporary: true}), false, "no_network", "no network address yet"},
		"no address, itself":    {local, wire(syscall.ECONNREFUSED), false, fault.ConnRefused, "localhost:8000 refuses"},
		"no such name":          {network, wire(&net.DNSError{IsNotFound: true}), true, fault.NoSuchHost, "the server's name wall.example can't be resolved"},
		"no name server":        {network, wire(&net.DNSError{IsTimeout: true}), true, fault.NoSuchHost, "no name server tells where the server wall.example is"},
		"no way":                {network, wire(syscall.EHOSTUNREACH), true, "no_route", "no way to the server wall.example:8000"},
		"refused":               {network, wire(syscall.ECONNREFUSED), true, fault.ConnRefused, "wall.example:8000 refuses"},
		"silent":                {network, context.DeadlineExceeded, true, fault.DialTimeout, "wall.example:8000 does not answer"},
		"broken":                {network, io.EOF, true, fault.Ended, "broke"},
		"unknown authority":     {network, wire(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), true, fault.Certificate, "not trusted"},
		"another name":          {network, wire(x509.HostnameError{}), true, fault.Certificate, "not trusted"},
		"socket, not there":     {socket, wire(fs.ErrNotExist), true, "no_socket", "the server's socket /run/camwall/camwall.sock is not there"},
		"socket, nobody at it":  {socket, wire(syscall.ECONNREFUSED), false, fault.ConnRefused, "nobody listens"},
		"socket, not for us":    {socket, wire(syscall.EACCES), true, "denied", "may not open"},
		"socket, hangs":         {socket, context.DeadlineExceeded, true, fault.DialTimeout, "does not answer"},
		"socket, broken":        {socket, io.EOF, true, fault.Ended, "broke"},
		"one that is said so":   {network, wire(fault.New(fault.Config, "said", "so")), true, fault.Config, "said"},
		"no address, but names": {network, wire(syscall.ECONNREFUSED), false, fault.ConnRefused, "refuses"},
	} {
		code, message, hint := c.of.describe(c.err, c.networked)
		if code != c.code || !strings.Contains(message, c.says) || hint == "" {
			t.Errorf("%s: %s: %s; %s", name, code, message, hint)
		}
	}
}

// An endless answer comes as it is written, and ends on the server when the page
// lets go of it.
func TestAnEndlessAnswer(t *testing.T) {
	left := make(chan error, 1)
	more := make(chan string)
	k := watching(t, newServer(t, healthy(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		for {
			_ = http.NewResponseController(w).Flush()
			select {
			case text := <-more:
				_, _ = io.WriteString(w, text)
			case <-r.Context().Done():
				left <- r.Context().Err()
				return
			}
		}
	})))
	until(t, k, "ready", isReady)
	window := httptest.NewServer(k)
	defer window.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, window.URL+"/stream/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test's
	for _, text := range []string{"first", "second", strings.Repeat("x", 300<<10)} {
		more <- text
		got := make([]byte, len(text))
		if _, err := io.ReadFull(response.Body, got); err != nil || string(got) != text {
			t.Fatalf("%.20s: %v", got, err)
		}
	}
	cancel()
	select {
	case <-left:
	case <-time.After(patience):
		t.Fatal("the server still writes")
	}
}

func TestAnEndlessAnswerOfAServerThatDies(t *testing.T) {
	s := newServer(t, healthy(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	k := watching(t, s)
	until(t, k, "ready", isReady)
	// As in the window, where nobody else ends a request.
	body, writer := io.Pipe()
	var asked sync.WaitGroup
	asked.Go(func() {
		k.ServeHTTP(&piped{header: http.Header{}, Writer: writer}, httptest.NewRequest(http.MethodGet, "/stream/live", nil))
		_ = writer.Close()
	})
	got := make([]byte, len("begun"))
	if _, err := io.ReadFull(body, got); err != nil || string(got) != "begun" {
		t.Fatalf("%s, %v", got, err)
	}
	s.stop()
	if rest, err := io.ReadAll(body); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
	asked.Wait()
	until(t, k, "away", func(s State) bool { return !s.Ready })
}

// A page that died ends its request on the server, too.
func TestAPageThatDied(t *testing.T) {
	left := make(chan struct{})
	k := watching(t, newServer(t, healthy(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "picture"); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	})))
	until(t, k, "ready", isReady)
	body, writer := io.Pipe()
	_ = body.CloseWithError(syscall.EPIPE)
	k.ServeHTTP(&piped{header: http.Header{}, Writer: writer}, httptest.NewRequest(http.MethodGet, "/stream/live", nil))
	select {
	case <-left:
	case <-time.After(patience):
		t.Fatal("the server still writes")
	}
}

// piped is an answer as the window gives it.
type piped struct {
	header http.Header
	io.Writer
	deadlines int
}

func (p *piped) Header() http.Header              { return p.header }
func (p *piped) WriteHeader(int)                  {}
func (p *piped) Flush()                           {}
func (p *piped) SetWriteDeadline(time.Time) error { p.deadlines++; return nil }

func TestEachPieceHasATimeLimit(t *testing.T) {
	k := watching(t, newServer(t, healthy(core)))
	until(t, k, "ready", isReady)
	for _, path := range []string{"/favicon.svg", "/api/v1/cameras"} {
		w := &piped{header: http.Header{}, Writer: io.Discard}
		k.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.deadlines == 0 {
			t.Errorf("%s: a page that takes nothing would hold its request for ever", path)
		}
	}
}
