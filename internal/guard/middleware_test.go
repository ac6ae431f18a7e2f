package guard

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"camwall/internal/fault"
)

func refuse(w http.ResponseWriter, err error) { http.Error(w, err.Error(), fault.Status(err)) }

func TestMiddleware(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	reached := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Checked(r.Context()) {
			t.Error("a request that was let through is not marked")
		}
		w.WriteHeader(http.StatusNoContent)
	})
	h := p.Middleware(reached, refuse)
	for _, c := range []struct {
		name, method, proto, host string
		headers                   []string // name, value, ...
		want                      int
	}{
		{"ours", "GET", "HTTP/1.1", "127.0.0.1:8000", nil, 204},
		{"rebound", "GET", "HTTP/1.1", "evil.example:8000", nil, 421},
		{"empty host", "GET", "HTTP/1.1", "", nil, 421},
		{"no host in 1.0", "GET", "HTTP/1.0", "", nil, 204},
		{"rebound in 1.0", "GET", "HTTP/1.0", "evil.example", nil, 421},
		{"another page's picture", "GET", "HTTP/1.1", "localhost", []string{"Origin", "http://evil.example"}, 204},
		{"socket without origin", "GET", "HTTP/1.1", "localhost:8001", []string{"Upgrade", "websocket"}, 204},
		{"socket of our page", "GET", "HTTP/1.1", "localhost:8001", []string{"Upgrade", "WebSocket", "Origin", "http://localhost:8000"}, 204},
		{"socket of a foreign page", "GET", "HTTP/1.1", "localhost:8001", []string{"Upgrade", "h2c, WEBSOCKET", "Origin", "http://evil.example"}, 403},
		{"two origins", "GET", "HTTP/1.1", "localhost:8001", []string{"Upgrade", "websocket", "Origin", "http://localhost:8001", "Origin", "http://evil.example"}, 403},
		{"change by curl", "POST", "HTTP/1.1", "localhost", nil, 204},
		{"change by our page", "POST", "HTTP/1.1", "localhost:8000", []string{"Origin", "http://localhost:8000"}, 204},
		{"change by a foreign page", "POST", "HTTP/1.1", "localhost", []string{"Origin", "http://evil.example"}, 403},
		{"change by a foreign form", "DELETE", "HTTP/1.1", "localhost", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"question before a change", "OPTIONS", "HTTP/1.1", "localhost", []string{"Origin", "http://evil.example"}, 204},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, "/live/cam1", nil)
			r.Host, r.Proto = c.host, c.proto
			r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(c.proto)
			for i := 0; i < len(c.headers); i += 2 {
				r.Header.Add(c.headers[i], c.headers[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("answered %d %s, want %d", w.Code, w.Body, c.want)
			}
		})
	}
}

func TestMiddlewareKnowsTheConnectionsAddress(t *testing.T) {
	t.Parallel()
	p, err := New(Config{Interfaces: func() ([]net.Addr, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = "192.0.2.77:8000"
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 77)}))
	w := httptest.NewRecorder()
	p.Middleware(http.NotFoundHandler(), refuse).ServeHTTP(w, r)
	if w.Code != http.StatusNotFound {
		t.Errorf("the connection's own address answered %d", w.Code)
	}
}

// TestMiddlewareOnTheWire sends what a client library would not.
func TestMiddlewareOnTheWire(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(p.Middleware(ok, refuse))
	defer server.Close()
	for request, want := range map[string]string{
		"GET / HTTP/1.0\r\n\r\n": "204",
		"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":                    "204",
		"GET / HTTP/1.1\r\nConnection: close\r\n\r\n":                                       "400",
		"GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n":                              "421",
		"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n": "421",
		"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n":                   "400",
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, request)
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.HasPrefix(string(answer), "HTTP/1.0 "+want) && !strings.HasPrefix(string(answer), "HTTP/1.1 "+want) {
			t.Errorf("%q was answered %.60q, want %s", request, answer, want)
		}
	}
}

// TestForwarded: what a proxy passes on is not local, whoever connects.
func TestForwarded(t *testing.T) {
	t.Parallel()
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, open := range []bool{false, true} {
		p, err := New(Config{Open: open})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			header    string
			forwarded bool
		}{
			{"Forwarded: for=192.0.2.60", true},
			{"X-Forwarded-For: 127.0.0.1", true},
			{"x-forwarded-for:", true},
			{"X-Forwarded-Host: localhost", true},
			{"X-Forwarded-Proto: https", true},
			{"X-Forwarded-Port: 443", true},
			{"X-Real-IP: 127.0.0.1", true},
			{"VIA: 1.1 proxy", true},
			{"X-Other: 1", false},
			{"Connection: Forwarded", false},
		} {
			for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "DELETE"} {
				text := method + " /api/v1/cameras HTTP/1.1\r\nHost: localhost\r\n" + c.header + "\r\n\r\n"
				r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
				if err != nil {
					t.Fatal(err)
				}
				want := 204
				if c.forwarded && !open {
					want = 403
				}
				w := httptest.NewRecorder()
				p.Middleware(ok, refuse).ServeHTTP(w, r)
				if w.Code != want {
					t.Errorf("%s with %q, open %v: answered %d, want %d", method, c.header, open, w.Code, want)
				}
			}
		}
	}
	// A trailer comes behind the body: it is no header, and decides nothing.
	text := "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-For, Origin\r\n\r\n" +
		"0\r\nX-Forwarded-For: 192.0.2.1\r\nOrigin: http://evil.example\r\n\r\n"
	server := httptest.NewServer(newPolicy(t).Middleware(ok, refuse))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		t.Errorf("a request with trailers was answered %s", answer.Status)
	}
}

func TestCheckForwardedSaysWhatToDo(t *testing.T) {
	t.Parallel()
	err := newPolicy(t).CheckForwarded(http.Header{"Via": {"1.1 proxy"}})
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Forwarded || fault.Status(err) != 403 || !strings.Contains(f.Hint, "--open") {
		t.Errorf("CheckForwarded = %#v", err)
	}
}

func TestPageHeaders(t *testing.T) {
	t.Parallel()
	for host, sockets := range map[string]string{
		"camwall.example":       " ws://camwall.example wss://camwall.example",
		"Wall.example:8000":     " ws://wall.example:8000 wss://wall.example:8000",
		"192.0.2.10:8000":       " ws://192.0.2.10:8000 wss://192.0.2.10:8000",
		"[2001:db8::1]:8000":    "",
		"x; script-src *":       "",
		"a b":                   "",
		"evil.example' *:8000":  "",
		"evil.example,x":        "",
		"":                      "",
		"wall.example:8000;a=b": "",
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		PageHeaders(http.NotFoundHandler()).ServeHTTP(w, r)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'" + sockets +
				"; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
			"Permissions-Policy":     "fullscreen=(self), screen-wake-lock=(self), autoplay=(self), camera=(), microphone=(), geolocation=()",
			"X-Content-Type-Options": "nosniff",
			"Referrer-Policy":        "no-referrer",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%q: %s is %q, want %q", host, name, got, want)
			}
		}
	}
}

// from is a request of an address.
func from(remote string) *http.Request {
	return &http.Request{RemoteAddr: remote, Header: http.Header{}}
}

func TestDoor(t *testing.T) {
	t.Parallel()
	d := NewDoor(DoorConfig{MaxViewers: 6, MaxPerAddress: 2})
	enter := func(remote string) func() {
		t.Helper()
		leave, err := d.EnterRequest(from(remote))
		if err != nil {
			t.Fatalf("Enter(%q): %v", remote, err)
		}
		return leave
	}
	refused := func(remote string) {
		t.Helper()
		if _, err := d.EnterRequest(from(remote)); fault.CodeOf(err) != fault.TooMany {
			t.Fatalf("Enter(%q) = %v, want a fault.TooMany", remote, err)
		}
	}
	enter("192.0.2.1:1000")
	first := enter("[::ffff:192.0.2.1]:1001") // the same address
	refused("192.0.2.1:1002")
	for range 3 {
		enter("127.0.0.1:1000") // no limit but that of all
	}
	enter("192.0.2.2:1000")
	refused("192.0.2.3:1000")
	refused("[::1]:1000")
	first()
	enter("192.0.2.1:1003")
	refused("192.0.2.1:1004")
	if d.Viewers() != 6 {
		t.Errorf("%d viewers inside, want 6", d.Viewers())
	}
}

// TestDoorBehindAProxy: those whom a proxy on this machine speaks for have a
// limit, and take nothing from those who are really here.
func TestDoorBehindAProxy(t *testing.T) {
	t.Parallel()
	d := NewDoor(DoorConfig{MaxViewers: 6, MaxPerAddress: 2})
	request := func(remote, header string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		if header != "" {
			r.Header.Set(header, "192.0.2.60")
		}
		return r
	}
	var leave func()
	for range 2 {
		var err error
		if leave, err = d.EnterRequest(request("127.0.0.1:1000", "X-Forwarded-For")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.EnterRequest(request("127.0.0.1:1001", "Forwarded")); fault.CodeOf(err) != fault.TooMany {
		t.Errorf("a third one behind the proxy: %v", err)
	}
	for range 3 {
		if _, err := d.EnterRequest(request("127.0.0.1:1000", "")); err != nil {
			t.Errorf("one who is here: %v", err)
		}
	}
	leave()
	if _, err := d.EnterRequest(request("[::ffff:127.0.0.1]:1002", "Via")); err != nil {
		t.Errorf("after one left: %v", err)
	}
}

func TestDoorDefaults(t *testing.T) {
	t.Parallel()
	d := NewDoor(DoorConfig{})
	for range DefaultMaxPerAddress {
		if _, err := d.EnterRequest(from("what is this")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.EnterRequest(from("nor this")); fault.CodeOf(err) != fault.TooMany {
		t.Errorf("addresses that can't be read have no limit: %v", err)
	}
	leave, err := d.EnterRequest(from("192.0.2.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	leave()
	if len(d.per) != 1 {
		t.Errorf("the door remembers who left: %v", d.per)
	}
}
