package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"camwall/internal/config"
	"camwall/internal/discovery"
	"camwall/internal/inventory"
	"camwall/internal/streaming"
)

// listen hands on what comes from in until ctx ends, and tells left.
func listen[T any](ctx context.Context, s *stage, in <-chan T) <-chan T {
	out := make(chan T)
	go func() {
		defer func() { s.left <- struct{}{} }()
		defer close(out)
		for {
			select {
			case v := <-in:
				select {
				case out <- v:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (s *stage) Changes(ctx context.Context) <-chan inventory.Change {
	return listen(ctx, s, s.changes)
}

func (s *stage) WatchFound(ctx context.Context) <-chan discovery.Event {
	return listen(ctx, s, s.events)
}

// player is the stage as what plays cameras: both have a Changes.
type player struct{ *stage }

func (p player) Changes(ctx context.Context) <-chan streaming.StateChange {
	return listen(ctx, p.stage, p.states)
}

// config is what an API of the stage has.
func (s *stage) config(log *slog.Logger) Config {
	settings := config.DefaultSettings()
	settings.Listen, settings.Hosts = []string{"127.0.0.1:8000"}, []string{"camwall.example"}
	return Config{
		Source: player{s}, Inventory: s, Tail: s, Settings: settings, Version: "1.2.3", Started: noon,
		Listening: func() []string { return []string{"http://127.0.0.1:8000"} }, Log: log,
	}
}

func (s *stage) mux(log *slog.Logger) (*API, *http.ServeMux) {
	a, mux := New(s.config(log)), http.NewServeMux()
	a.Register(mux)
	return a, mux
}

// ask sends a request; body is JSON unless it is empty. headers are names and
// values in turn.
func (s *stage) ask(t testing.TB, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	_, mux := s.mux(slog.New(slog.DiscardHandler))
	return ask(t, mux, method, path, body, headers...)
}

func ask(t testing.TB, h http.Handler, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	answer := w.Result()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}
