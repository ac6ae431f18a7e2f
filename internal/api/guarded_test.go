package api

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"camwall/internal/guard"
	"camwall/internal/problem"
)

// guarded is the API as app serves it.
func guarded(t *testing.T, s *stage, open bool) http.Handler {
	t.Helper()
	policy, err := guard.New(guard.Config{
		Names: []string{"camwall.example"}, Origins: []string{"https://wall.example"}, Ports: []int{8000}, Open: open,
		Interfaces: func() ([]net.Addr, error) {
			return []net.Addr{&net.IPNet{IP: net.IPv4(192, 0, 2, 10), Mask: net.CIDRMask(24, 32)}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	_, mux := s.mux(log)
	return policy.Middleware(mux, problem.Logged(log))
}

// TestGuarded sends what strangers send to every operation: pages whose name was
// rebound to us, pages of other origins, proxies on this machine. None gets
// further than the guard, and none gets a CORS header.
func TestGuarded(t *testing.T) {
	t.Parallel()
	s := newStage()
	local, open := guarded(t, s, false), guarded(t, s, true)
	all := append(readDocument(t, s).operations(), op{method: "GET", path: "/openapi.json"}, op{method: "GET", path: "/docs"})
	for _, o := range all {
		path := strings.NewReplacer("{id}", "door", "{name}", "lobby", "{token}", "1").Replace(o.path)
		changes := o.method != http.MethodGet
		method := o.method
		if o.isStream() {
			method = http.MethodHead
		}
		for _, c := range []struct {
			name    string
			handler http.Handler
			host    string
			header  []string
			status  int // 0: it passes
		}{
			{"ours", local, "localhost:8000", nil, 0},
			{"our page", local, "localhost:8000", []string{"Origin", "http://localhost:8000", "Sec-Fetch-Site", "same-origin"}, 0},
			{"an allowed page", local, "localhost:8000", []string{"Origin", "https://wall.example"}, 0},
			{"rebound", local, "evil.example:8000", []string{"Origin", "http://evil.example:8000"}, 421},
			{"rebound without origin", local, "evil.example", nil, 421},
			{"foreign page", local, "localhost:8000", []string{"Origin", "http://evil.example"}, 403},
			{"another server here", local, "localhost:8000", []string{"Origin", "http://localhost:3000"}, 403},
			{"file", local, "localhost:8000", []string{"Origin", "null"}, 403},
			{"foreign form", local, "localhost:8000", []string{"Sec-Fetch-Site", "cross-site"}, 403},
			{"proxy", local, "localhost:8000", []string{"X-Forwarded-For", "192.0.2.60"}, -403},
			{"proxy that says it is here", local, "localhost:8000", []string{"Forwarded", "for=127.0.0.1;host=localhost"}, -403},
			{"proxy of an open server", open, "localhost:8000", []string{"X-Forwarded-For", "192.0.2.60", "Via", "1.1 proxy"}, 0},
			{"rebound through a proxy of an open server", open, "evil.example", []string{"X-Forwarded-Host", "localhost"}, 421},
		} {
			answer, body := ask(t, c.handler, method, path, "", append(c.header, "Host", c.host)...)
			refused := answer.StatusCode == 421 || answer.StatusCode == 403
			want := c.status
			if c.status == 403 && !changes {
				want = 0 // who asks, reads nothing: there are no CORS headers
			}
			if want < 0 {
				want = -want
			}
			if refused != (want != 0) || refused && answer.StatusCode != want {
				t.Errorf("%s: %s %s answered %d %.200s", c.name, method, path, answer.StatusCode, body)
			}
			for name := range answer.Header {
				if strings.HasPrefix(name, "Access-Control") {
					t.Errorf("%s: %s %s has %s", c.name, method, path, name)
				}
			}
		}
	}
	for _, asked := range strings.Split(s.asked(), "; ") {
		if strings.Contains(asked, "evil") {
			t.Errorf("a stranger reached the inventory: %s", asked)
		}
	}
}

// TestLocalReverseProxy runs a real one: what it passes on is refused without
// --open, though it connects from loopback.
func TestLocalReverseProxy(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{false, true} {
		server := httptest.NewServer(guarded(t, newStage(), open))
		defer server.Close()
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out, err := http.NewRequestWithContext(r.Context(), r.Method, server.URL+r.URL.RequestURI(), r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			out.Header.Set("X-Forwarded-For", "192.0.2.60")
			out.Header.Set("X-Forwarded-Proto", "https")
			answer, err := server.Client().Do(out)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			w.WriteHeader(answer.StatusCode)
			_, _ = io.Copy(w, answer.Body)
		}))
		defer proxy.Close()
		answer, err := proxy.Client().Get(proxy.URL + "/api/v1/cameras")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if want := map[bool]int{false: 403, true: 200}[open]; answer.StatusCode != want {
			t.Errorf("open %v: answered %s %s", open, answer.Status, body)
		}
		if !open && (!strings.Contains(string(body), `"code":"forwarded"`) || !strings.Contains(string(body), "--open")) {
			t.Errorf("said %s", body)
		}
	}
}

// TestOnTheWire sends what a client library would not.
func TestOnTheWire(t *testing.T) {
	t.Parallel()
	s := newStage()
	server := httptest.NewServer(guarded(t, s, false))
	defer server.Close()
	const body = `{"url":"rtsp://192.0.2.3/"}`
	chunked := fmt.Sprintf("POST /api/v1/cameras HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"+
		"Trailer: If-Match, X-Forwarded-For\r\n\r\n%x\r\n%s\r\n0\r\nIf-Match: \"9\"\r\nX-Forwarded-For: 192.0.2.1\r\nOrigin: http://evil.example\r\n\r\n", len(body), body)
	for request, want := range map[string]string{
		chunked: "201", // trailers decide nothing
		"GET /api/v1//cameras HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":                                                                                    "307",
		"TRACE /api/v1/cameras HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":                                                                                   "405",
		"GET /api/v1/cameras/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":                                                                                 "400",
		"POST /api/v1/cameras HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat(" ", 70000):                              "413",
		"POST /api/v1/cameras HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x08\x00\x00":                 "400",
		"POST /api/v1/cameras/door/retry HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc":                                                                                         "202",
		"DELETE /api/v1/cameras/door HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nIf-Match: \"3\"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}": "204",
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, request)
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if _, after, _ := strings.Cut(string(answer), " "); !strings.HasPrefix(after, want) {
			t.Errorf("%.200q was answered %.300q, want %s", request, answer, want)
		}
	}
}

// TestDocs: the page and its files ask no other host, and have nothing that the
// policy of the page would stop.
func TestDocs(t *testing.T) {
	t.Parallel()
	s := newStage()
	foreign := regexp.MustCompile(`https?://|//[a-z]+\.[a-z]`)
	for path, kind := range map[string]string{
		"/docs": "text/html", "/docs/": "text/html", "/docs/docs.js": "text/javascript", "/docs/docs.css": "text/css",
	} {
		answer, body := s.ask(t, "GET", path, "")
		if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), kind) {
			t.Errorf("%s answered %s %v", path, answer.Status, answer.Header)
		}
		if !strings.HasPrefix(answer.Header.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s has no policy", path)
		}
		if found := foreign.FindString(body); found != "" {
			t.Errorf("%s asks %s", path, found)
		}
		if kind == "text/html" && (strings.Contains(body, "style=") || strings.Contains(body, "onclick") || strings.Contains(body, "<script>")) {
			t.Errorf("%s has what its policy stops", path)
		}
		if strings.Contains(body, "innerHTML") {
			t.Errorf("%s writes HTML of texts", path)
		}
	}
	for path, want := range map[string]int{"/docs/nothing": 404, "/docs/docs.html": 404, "/docs/../docs.go": 307} {
		if answer, _ := s.ask(t, "GET", path, ""); answer.StatusCode != want {
			t.Errorf("%s answered %s", path, answer.Status)
		}
	}
	answer, body := s.ask(t, "GET", "/openapi.json", "")
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil || answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the description is %s, %v", answer.Header.Get("Content-Type"), err)
	}
}
