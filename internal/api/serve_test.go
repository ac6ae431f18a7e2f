package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/fault"
)

// TestPanicWithinAnAnswer: what has begun is cut off, so that nobody takes it for
// the whole, and the server goes on.
func TestPanicWithinAnAnswer(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	a := New(newStage().config(slog.New(slog.NewTextHandler(&log, nil))))
	register(a, withType(eventsType, "Half.", operation("half", http.MethodGet, "/api/v1/half", tagSystem, "Half", "")),
		func(context.Context, *nothing) (*huma.StreamResponse, error) {
			return a.stream(func(_ context.Context, out *eventWriter) {
				_ = out.add("half", 1)
				_ = out.flush()
				panic("broken inside")
			}), nil
		})
	server := httptest.NewServer(a)
	defer server.Close()
	answer, err := server.Client().Get(server.URL + "/api/v1/half")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err == nil || !strings.Contains(string(body), "event: half") {
		t.Errorf("got %q, %v", body, err)
	}
	// In the window there is no such cut, and a panic would end the process.
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/half", nil))
	if w.Code != 200 {
		t.Errorf("answered %d", w.Code)
	}
	if answer, err := server.Client().Get(server.URL + "/api/health"); err != nil || answer.StatusCode != 200 {
		t.Errorf("afterwards: %v, %v", answer, err)
	} else {
		answer.Body.Close()
	}
	server.Close() // waits for whoever logs
	if !strings.Contains(log.String(), "broken inside") || !strings.Contains(log.String(), "stack=") {
		t.Errorf("the log has %s", log.String())
	}
}

// TestRefusals: errors that are no faults, and what becomes of them.
func TestRefusals(t *testing.T) {
	t.Parallel()
	a := New(newStage().config(slog.New(slog.DiscardHandler)))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context //nolint:containedctx // a case of a table
		err    error
		status int
		code   fault.Code
	}{
		{"time ran out", t.Context(), fmt.Errorf("ask: %w", context.DeadlineExceeded), 424, fault.DialTimeout},
		{"all ends", over, fmt.Errorf("ask: %w", context.Canceled), 503, fault.Stopping},
		{"a fault while all ends", over, fault.New(fault.NotFound, "gone", ""), 404, fault.NotFound},
		{"something else", t.Context(), errors.New("torn"), 500, fault.Internal},
		{"too many", t.Context(), fault.New(fault.TooMany, "full", ""), 429, fault.TooMany},
	} {
		r := a.refusal(c.ctx, c.err)
		if r.Status != c.status || r.Code != c.code || r.GetStatus() != c.status || r.ContentType("application/json") != "application/problem+json" {
			t.Errorf("%s: %+v", c.name, r.Problem)
		}
		if retry := r.GetHeaders().Get("Retry-After"); (retry != "") != (c.status == 503 || c.status == 429 || c.status == 424) {
			t.Errorf("%s: Retry-After is %q", c.name, retry)
		}
		if (r.ID != "") != (c.code == fault.Internal) || r.Error() == "" {
			t.Errorf("%s: %+v", c.name, r.Problem)
		}
	}
}

// TestManyViolations: as many as help are told.
func TestManyViolations(t *testing.T) {
	t.Parallel()
	fields := make([]string, 0, 100)
	for i := range 100 {
		fields = append(fields, fmt.Sprintf(`"x%d":1`, i))
	}
	answer, body := newStage().ask(t, "POST", "/api/v1/cameras", "{"+strings.Join(fields, ",")+"}")
	if n := strings.Count(body, `"location"`); answer.StatusCode != 400 || n != 20 || !strings.Contains(body, "and 99 more") {
		t.Errorf("answered %d with %d: %.300s", answer.StatusCode, n, body)
	}
}

// TestSlowBody: a client that does not send what it promised is answered once
// the connection's deadline has passed, and not with an error of ours.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	w := &slow{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("POST", "/api/v1/cameras", io.NopCloser(w))
	_, mux := newStage().mux(slog.New(slog.DiscardHandler))
	mux.ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "within 10s") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

// slow is a connection whose reads end with the deadline that was set.
type slow struct {
	*httptest.ResponseRecorder
	limited bool
}

func (s *slow) SetReadDeadline(at time.Time) error {
	s.limited = !at.IsZero()
	return nil
}

func (s *slow) Read([]byte) (int, error) {
	if !s.limited {
		return 0, errors.New("this read would have no end")
	}
	return 0, &net.OpError{Op: "read", Err: timeout{}}
}

type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

// TestWallsAreNotLost: of many who make the same wall at once, one makes it, and
// the others are told to read it first.
func TestWallsAreNotLost(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, mux := s.mux(slog.New(slog.DiscardHandler))
	const body = `{"columns":1,"rows":1,"pages":[{"tiles":[]}]}`
	var (
		all      sync.WaitGroup
		mu       sync.Mutex
		statuses = map[int]int{}
	)
	for range 20 {
		all.Go(func() {
			answer, _ := ask(t, mux, "PUT", "/api/v1/walls/new", body)
			mu.Lock()
			defer mu.Unlock()
			statuses[answer.StatusCode]++
		})
	}
	all.Wait()
	if statuses[200] != 1 || statuses[428] != 19 {
		t.Errorf("answered %v", statuses)
	}
}

// TestEventWriter: one that can't be written to ends, and events keep their form
// whatever is in them.
func TestEventWriter(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	out := &eventWriter{w: w, control: http.NewResponseController(w)}
	if err := out.flush(); err != nil || w.Flushed {
		t.Errorf("nothing was flushed: %v", err)
	}
	if err := out.add("change", map[string]string{"id": "a\nb\r\n\ndata: x<&>"}); err != nil {
		t.Fatal(err)
	}
	out.comment()
	if err := out.flush(); err != nil || !w.Flushed {
		t.Error(err)
	}
	if want := "event: change\ndata: {\"id\":\"a\\nb\\r\\n\\ndata: x<&>\"}\n\n:\n\n"; w.Body.String() != want {
		t.Errorf("wrote %q, want %q", w.Body, want)
	}
	if err := out.add("odd", func() {}); err == nil {
		t.Error("a function was encoded")
	}
	deaf := &eventWriter{w: unwritable{w}, control: http.NewResponseController(unwritable{w})}
	deaf.comment()
	if err := deaf.flush(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("flush = %v", err)
	}
	deaf.comment()
	var never chan int
	merge(deaf, time.Hour, never, never, nil, nil) // ends although nothing comes: what it has can't be written
}

type unwritable struct{ http.ResponseWriter }

func (unwritable) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestListsInPages reads a long list page by page, as a client does.
func TestListsInPages(t *testing.T) {
	t.Parallel()
	s := crowd(25)
	seen, after := "", ""
	for range 10 {
		_, body := s.ask(t, "GET", "/api/v1/cameras?limit=10"+after, "")
		for _, part := range strings.Split(body, `{"id":"`)[1:] {
			seen += part[:7] + " "
		}
		_, next, more := strings.Cut(strings.TrimSpace(body), `"next":"`)
		if !more {
			break
		}
		after = "&after=" + next[:7]
	}
	var want bytes.Buffer
	for i := range 25 {
		fmt.Fprintf(&want, "cam%04d ", i)
	}
	if seen != want.String() {
		t.Errorf("saw %s, want %s", seen, want.String())
	}
}
