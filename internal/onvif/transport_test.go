package onvif

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

func TestUnreachable(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.swallow("192.0.2.1:81")
	n.web("192.0.2.2:80", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html><body>It works</body></html>") // the client may have hung up
	}))
	n.web("192.0.2.3:80", http.NotFoundHandler())
	n.web("192.0.2.4:80", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	n.serve("192.0.2.5:80", raw("SSH-2.0-OpenSSH\r\n"))
	n.serve("192.0.2.6:80", func(conn net.Conn) { drain(conn) })
	n.web("192.0.2.7:80", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="x"`)
		w.WriteHeader(401)
	}))
	for address, code := range map[string]fault.Code{
		"http://192.0.2.1:81": fault.DialTimeout,
		"192.0.2.9:81":        fault.ConnRefused,
		"http://192.0.2.2":    fault.NotONVIF,
		"http://192.0.2.3:80": fault.NotONVIF,
		"http://192.0.2.4:80": fault.NotONVIF,
		"http://192.0.2.5:80": fault.Protocol,
		"http://192.0.2.6:80": fault.Ended,
		"http://192.0.2.7:80": fault.NotONVIF,
	} {
		c := n.client(address, withSignIn("admin", "x"), func(cfg *Config) {
			if cfg.Timeout = limit; code == fault.DialTimeout { // what answers has all the time
				cfg.Timeout = 300 * time.Millisecond
			}
		})
		_, err := c.Describe(inTime(t))
		if fault.CodeOf(err) != code {
			t.Errorf("%s: %v (%s), want %s", address, err, fault.CodeOf(err), code)
		}
		if c.Address() != "" {
			t.Errorf("%s: found at %s", address, c.Address())
		}
	}
	resolver := n.client("cam.invalid", func(cfg *Config) {
		cfg.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Name: "cam.invalid", IsNotFound: true}}
		}
	})
	_, err := resolver.Probe(inTime(t))
	wantCode(t, err, fault.NoSuchHost)
	policy := fault.New(fault.Forbidden, "not there", "")
	denied := n.client("192.0.2.1", func(cfg *Config) {
		cfg.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, policy }
	})
	_, err = denied.Probe(inTime(t))
	wantCode(t, err, fault.Forbidden)
}

// TestPorts: the usual ports are tried until one speaks ONVIF, and no further.
func TestPorts(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.web("192.0.2.64:80", http.NotFoundHandler())
	n.web("192.0.2.64:8000", plainDevice(t))
	c := n.client("192.0.2.64")
	if _, err := c.Profiles(inTime(t)); err != nil {
		t.Fatal(err)
	}
	if c.Address() != "http://192.0.2.64:8000"+devicePath {
		t.Errorf("found at %s", c.Address())
	}
	for _, addr := range n.dials() {
		if addr == "192.0.2.64:8899" || addr == "192.0.2.64:2020" || addr == "192.0.2.64:443" {
			t.Errorf("tried %s, too", addr)
		}
	}
}

// TestHostile: answers that never end, are too long or lead astray.
func TestHostile(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.web("192.0.2.1:80", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := bytes.Repeat([]byte("<a>"), 10000)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	n.web("192.0.2.2:80", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
	}))
	n.web("192.0.2.3:80", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://192.0.2.66/onvif", http.StatusFound)
	}))
	var strayed atomic.Int32
	n.web("192.0.2.66:80", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	n.serve("192.0.2.4:80", raw("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("y", 80<<10)+"\r\n\r\n"))
	n.serve("192.0.2.5:80", func(conn net.Conn) { // one byte now and then
		drain(conn)
		for _, b := range []byte("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("<", 1000)) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			<-time.After(100 * time.Millisecond)
		}
	})
	bomb := new(bytes.Buffer)
	packed := gzip.NewWriter(bomb)
	_, _ = packed.Write(make([]byte, 16<<20)) // a Buffer takes everything
	_ = packed.Close()
	n.web("192.0.2.6:80", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}))
	for address, code := range map[string]fault.Code{
		"192.0.2.1": fault.Protocol, "192.0.2.2": fault.NotONVIF, "192.0.2.3": fault.NotONVIF,
		"192.0.2.4": fault.Protocol, "192.0.2.5": fault.DialTimeout, "192.0.2.6": fault.Protocol,
	} {
		began := time.Now()
		c := n.client("http://"+address+devicePath, withSignIn("admin", "x"), func(cfg *Config) {
			if cfg.Timeout = limit; code == fault.DialTimeout { // the others end by themselves
				cfg.Timeout = 2 * time.Second
			}
		})
		_, err := c.Describe(inTime(t))
		if fault.CodeOf(err) != code {
			t.Errorf("%s: %v (%s), want %s", address, err, fault.CodeOf(err), code)
		}
		if took := time.Since(began); took > limit*3/4 {
			t.Errorf("%s took %v", address, took)
		}
	}
	if strayed.Load() > 0 {
		t.Error("went to another host")
	}
}

// TestRedirect: the same host may send us elsewhere; what it moved by 302 is
// still asked for by POST.
func TestRedirect(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 307, 308} {
		n := newNetwork(t)
		s := plainDevice(t)
		s.auth = "digest"
		n.web(home, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://192.0.2.64:8080"+r.URL.Path)
			w.WriteHeader(status)
		}))
		n.web("192.0.2.64:8080", s)
		c := n.client("192.0.2.64", withSignIn(s.user, s.password))
		if _, err := c.Describe(inTime(t)); err != nil {
			t.Fatalf("%d: %v", status, err)
		}
		if c.Address() != "http://192.0.2.64:8080"+devicePath {
			t.Errorf("%d: at %s", status, c.Address())
		}
		if _, refused := s.counts(); refused > 0 {
			t.Errorf("%d: %d sign-ins refused", status, refused)
		}
	}
}

func TestRedirectTarget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, location, want string
		status               int
		bad                  bool
	}{
		{"http://192.0.2.1/a", "/b", "http://192.0.2.1/b", 302, false},
		{"http://192.0.2.1/a", "https://192.0.2.1/b", "https://192.0.2.1/b", 301, false},
		{"http://192.0.2.1/a", "http://192.0.2.1", "http://192.0.2.1/", 301, false},
		{"https://192.0.2.1/a", "http://192.0.2.1/b", "", 301, true},
		{"http://192.0.2.1/a", "http://192.0.2.2/b", "", 301, true},
		{"http://192.0.2.1/a", "file://192.0.2.1/b", "", 301, true},
		{"http://192.0.2.1/a", "", "", 301, false},
		{"http://192.0.2.1/a", "/b", "", 200, false},
	} {
		got, err := redirect(&reply{url: c.from, status: c.status, header: http.Header{"Location": {c.location}}}, c.from)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%s to %q: %q, %v", c.from, c.location, got, err)
		}
	}
}

// TestOldHTTP: HTTP/1.0 without lengths, lengths that lie, devices that
// compress unasked or hang up on a kept connection.
func TestOldHTTP(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	clock := string(clockAnswer(time.Now()))
	n.serve("192.0.2.1:80", raw("HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n"+clock))
	n.serve("192.0.2.2:80", raw(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(clock)+500, clock)))
	packed := new(bytes.Buffer)
	z := gzip.NewWriter(packed)
	_, _ = io.WriteString(z, clock) // a Buffer takes everything
	_ = z.Close()
	n.serve("192.0.2.3:80", raw(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", packed.Len(), packed)))
	for _, address := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		p, err := n.client(address + devicePath).Probe(inTime(t))
		if err != nil || !p.ONVIF || !p.ClockKnown {
			t.Errorf("%s: %+v, %v", address, p, err)
		}
	}
}

// TestHangUp: a device that closes kept connections without a word is asked
// again, signed anew.
func TestHangUp(t *testing.T) {
	t.Parallel()
	s := plainDevice(t)
	s.auth = "both"
	type served struct{} // requests of a connection, whether or not the client keeps each
	var hungUp atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(served{}).(*atomic.Int32).Add(1) == 2 {
			hungUp.Add(1)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				conn.Close()
			}
			return
		}
		s.ServeHTTP(w, r)
	}))
	server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, served{}, new(atomic.Int32))
	}
	server.Start()
	defer server.Close()
	c, err := New(Config{Address: server.URL, Credentials: camera.Credentials{User: s.user, Password: secretText(s.password)}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d, err := c.Describe(inTime(t))
	if err != nil || len(d.Profiles) != 1 || hungUp.Load() == 0 {
		t.Fatalf("%+v, %v after %d ends", d, err, hungUp.Load())
	}
	if _, refused := s.counts(); refused > 0 {
		t.Errorf("%d sign-ins refused", refused)
	}
}

func TestPin(t *testing.T) {
	t.Parallel()
	first, second := selfSigned(t), selfSigned(t)
	pin := sha256.Sum256(first.Certificate[0])
	n := newNetwork(t)
	secure := func(certificate tls.Certificate) {
		n.unplug("192.0.2.64:443")
		n.secureWeb("192.0.2.64:443", certificate, plainDevice(t))
	}
	secure(first)
	c := n.client("https://192.0.2.64")
	d, err := c.Describe(inTime(t))
	if err != nil || len(d.Profiles) != 1 || !bytes.Equal(c.Pin(), pin[:]) {
		t.Fatalf("%+v, %v, pin %x", d, err, c.Pin())
	}
	if got := d.Services[nsMedia]; got != "https://192.0.2.64/onvif/media" {
		t.Errorf("media over %s", got)
	}
	secure(second)
	_, err = c.Profiles(inTime(t))
	wantCode(t, err, fault.Certificate)
	_, err = n.client("https://192.0.2.64"+devicePath, func(cfg *Config) { cfg.Pin = pin[:] }).Probe(inTime(t))
	wantCode(t, err, fault.Certificate)
	_, err = n.client("https://192.0.2.64"+devicePath, func(cfg *Config) { cfg.TLS = camera.TLSVerify }).Probe(inTime(t))
	wantCode(t, err, fault.Certificate)
	off := n.client("https://192.0.2.64"+devicePath, func(cfg *Config) { cfg.TLS, cfg.Pin = camera.TLSOff, pin[:] })
	if p, err := off.Probe(inTime(t)); err != nil || !p.ONVIF {
		t.Errorf("%+v, %v", p, err)
	}
	n.web("192.0.2.65:443", plainDevice(t))
	_, err = n.client("https://192.0.2.65:443").Probe(inTime(t))
	wantCode(t, err, fault.Protocol)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.swallow(home)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := n.client("192.0.2.64").Describe(ctx)
	if err == nil || fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("error is %v", err)
	}
}
