package kiosk

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/lab"
	"camwall/internal/secret"
	"camwall/internal/unixsock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds how long a test waits for what must come.
const patience = 20 * time.Second

// server is a core's at a Unix socket, which can be ended and started.
type server struct {
	t       *testing.T
	path    string
	handler http.Handler
	http    *http.Server
	serving sync.WaitGroup
}

// healthy answers as a core does, and the rest by next.
func healthy(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/health" {
			_, _ = w.Write([]byte(`{"status":"healthy"}`))
			return
		}
		next(w, r)
	})
}

func newServer(t *testing.T, handler http.Handler) *server {
	t.Helper()
	s := &server{t: t, path: filepath.Join(lab.Folder(t), "s.sock"), handler: handler}
	t.Cleanup(s.stop)
	s.start()
	return s
}

func (s *server) start() {
	s.t.Helper()
	l, err := unixsock.Listen(s.path, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	s.serve(l)
}

func (s *server) serve(l net.Listener) {
	s.http = &http.Server{Handler: s.handler}
	s.serving.Go(func() { _ = s.http.Serve(l) })
}

// stop ends it, connections and all.
func (s *server) stop() {
	_ = s.http.Close()
	s.serving.Wait()
}

// locked runs a kiosk of the wall lobby until the test ends.
func locked(t *testing.T, change func(*Config)) *Kiosk {
	t.Helper()
	cfg := Config{
		Wall: "lobby", Output: "HDMI-A-1", Key: "Ctrl+Alt+Q", PIN: secret.NewText("2468"), Version: "1.2.3", Shift: true,
		Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&cfg)
	}
	k, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	ctx, cancel := contextOf(t)
	running.Go(func() { _ = k.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return k
}

// watching is a kiosk of a server at a socket.
func watching(t *testing.T, s *server) *Kiosk {
	t.Helper()
	k := locked(t, nil)
	r, err := NewRemote("unix:"+s.path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	k.Use(r)
	return k
}

func get(k http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// stateOf asks as the page does.
func stateOf(t *testing.T, k http.Handler) State {
	t.Helper()
	w := get(k, "/kiosk/state")
	var s State
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return s
}

// until waits until the state is as wanted.
func until(t *testing.T, k http.Handler, what string, ok func(State) bool) State {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for {
		s := stateOf(t, k)
		if ok(s) {
			return s
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: never; it is %+v", what, s)
		}
	}
}

func isReady(s State) bool { return s.Ready }

func code(want string) func(State) bool {
	return func(s State) bool { return !s.Ready && s.Code == want }
}

func isNotice(w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusOK && strings.Contains(w.Body.String(), "/kiosk/state") &&
		strings.HasPrefix(w.Header().Get("Content-Type"), "text/html")
}
