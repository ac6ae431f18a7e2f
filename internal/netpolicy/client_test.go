package netpolicy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"camwall/internal/fault"
)

// answering returns a resolver that asks a server of this test. answer returns
// the address of the nth question for IPv4.
func answering(t *testing.T, answer func(n int) [4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		n := 0
		buf := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m = dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}, Questions: m.Questions}
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: answer(n)},
				}}
				n++
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from) // a lost answer fails the test
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func portOf(t *testing.T, server *httptest.Server) string {
	t.Helper()
	return strconv.Itoa(int(netip.MustParseAddrPort(server.Listener.Addr().String()).Port()))
}

// get asks once, without keeping the connection.
func get(t *testing.T, client *http.Client, address string) error {
	t.Helper()
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

// TestRebinding: a name that was harmless when it was looked at leads to our own
// listener when it is dialled.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	resolver := answering(t, func(n int) [4]byte {
		if n == 0 {
			return [4]byte{192, 0, 2, 10}
		}
		return [4]byte{127, 0, 0, 1}
	})
	first, err := resolver.LookupNetIP(t.Context(), "ip4", "camera.example.")
	if err != nil || len(first) != 1 || first[0] != netip.MustParseAddr("192.0.2.10") {
		t.Fatalf("the first answer is %v, %v", first, err)
	}
	address := "http://camera.example.:" + portOf(t, server) + "/"
	for _, p := range []*Policy{
		New(Config{Resolver: resolver}),
		New(Config{Resolver: resolver, Loopback: true, Own: own(server.Listener.Addr().String())}),
	} {
		err := get(t, p.Client(false), address)
		checkRefusal(t, err, server.Listener.Addr().String())
		if _, ok := errors.AsType[*url.Error](err); !ok {
			t.Errorf("the error came another way: %v", err)
		}
	}
	if asked.Load() != 0 {
		t.Fatal("the server was reached")
	}
	if err := get(t, New(Config{Resolver: resolver}).Client(true), address); err != nil || asked.Load() != 1 {
		t.Errorf("a trusted camera on this machine: %v, asked %d times", err, asked.Load())
	}
}

func TestDialContext(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p := New(Config{})
	conn, err := p.DialContext(true)(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for _, network := range []string{"tcp", "udp"} {
		_, err := p.DialContext(false)(t.Context(), network, listener.Addr().String())
		checkRefusal(t, err, listener.Addr().String())
		if _, ok := errors.AsType[*net.OpError](err); !ok {
			t.Errorf("%s: the error came another way: %v", network, err)
		}
	}
	if _, err := p.DialContext(true)(t.Context(), "unix", "/run/docker.sock"); fault.CodeOf(err) != fault.AddressNotAllowed {
		t.Errorf("a socket of this machine: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var secretAsked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { secretAsked.Add(1) }))
	defer inside.Close()
	var referers atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		if r.Referer() != "" || len(r.Cookies()) > 0 {
			referers.Add(1)
		}
	})
	mux.HandleFunc("/hops/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		if n == 1 {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		http.Redirect(w, r, "/hops/"+strconv.Itoa(n-1)+"?token=x", http.StatusFound)
	})
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.Handle("/inside", http.RedirectHandler(inside.URL, http.StatusTemporaryRedirect))
	mux.Handle("/metadata", http.RedirectHandler("http://169.254.169.254/latest/meta-data/", http.StatusFound))
	mux.Handle("/mapped", http.RedirectHandler("http://[::ffff:a9fe:a9fe]/", http.StatusFound))
	mux.Handle("/file", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	mux.Handle("/gopher", http.RedirectHandler("gopher://192.0.2.1/", http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()

	p := New(Config{Own: own(inside.Listener.Addr().String())})
	for path, want := range map[string]fault.Code{
		"/": fault.None, "/hops/1": fault.None, "/hops/3": fault.None, "/hops/4": fault.Protocol, "/loop": fault.Protocol,
		"/inside": fault.AddressNotAllowed, "/metadata": fault.AddressNotAllowed, "/mapped": fault.AddressNotAllowed,
		"/file": fault.AddressNotAllowed, "/gopher": fault.AddressNotAllowed,
	} {
		if err := get(t, p.Client(true), server.URL+path); fault.CodeOf(err) != want {
			t.Errorf("%s: %v, want code %q", path, err, want)
		}
	}
	if secretAsked.Load() != 0 {
		t.Error("a redirect reached our own listener")
	}
	if referers.Load() != 0 {
		t.Error("a redirect told where it came from, or cookies")
	}
	if err := get(t, p.Client(true), "ftp://192.0.2.1/"); err == nil || !strings.Contains(err.Error(), "unsupported protocol") {
		t.Errorf("ftp: %v", err)
	}
}

// TestNoProxy: a proxy would connect in our place, unchecked.
func TestNoProxy(t *testing.T) {
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	if err := get(t, New(Config{}).Client(false), "http://169.254.169.254/"); fault.CodeOf(err) != fault.AddressNotAllowed {
		t.Errorf("with a proxy: %v", err)
	}
	if asked.Load() != 0 {
		t.Error("the proxy was asked")
	}
}
