package desktop

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/problem"
)

// wailsWriter is like Wails' ResponseWriter: no flusher, a pipe of the kernel
// behind it, and 501 when nothing was written.
type wailsWriter struct {
	header http.Header
	status int
	pipe   *os.File
}

func (w *wailsWriter) Header() http.Header { return w.header }

func (w *wailsWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *wailsWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(p)
}

// call is one request on its way, and the page's end of its pipe.
type call struct {
	w    *wailsWriter
	page *os.File
	done chan struct{} // closed when the answer is complete
}

// request sends one through q as Wails does.
func request(t *testing.T, q *requests, method, path string) *call {
	t.Helper()
	page, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &call{w: &wailsWriter{header: http.Header{}, pipe: pipe}, page: page, done: make(chan struct{})}
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = "192.0.2.1:1234"
	go func() {
		defer close(c.done)
		q.ServeHTTP(c.w, r)
		c.w.WriteHeader(http.StatusNotImplemented)
		pipe.Close()
	}()
	t.Cleanup(func() {
		page.Close()
		<-c.done
	})
	return c
}

// body reads the whole answer.
func (c *call) body(t *testing.T) string {
	t.Helper()
	text, err := io.ReadAll(c.page)
	if err != nil {
		t.Fatal(err)
	}
	<-c.done
	return string(text)
}

// record is a log that can be read while others write it.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func serve(handler http.HandlerFunc) (*requests, *record) {
	log := &record{}
	return newRequests(handler, slog.New(slog.NewTextHandler(log, nil))), log
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, method string
		handler      http.HandlerFunc
		status       int
		kind, body   string
		logged       string
	}{
		{
			name: "nothing", handler: func(http.ResponseWriter, *http.Request) {},
			status: 200,
		},
		{
			name: "a status alone", handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
			status: 204,
		},
		{
			name: "a body without a type",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "<!doctype html>")
				_, _ = io.WriteString(w, "<p>")
			},
			status: 200, kind: "text/html; charset=utf-8", body: "<!doctype html><p>",
		},
		{
			name: "a type and a status",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/jpeg")
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusTeapot)
				w.WriteHeader(http.StatusOK)
				_, _ = io.WriteString(w, "x")
			},
			status: 418, kind: "image/jpeg", body: "x",
		},
		{
			name: "the answer to HEAD", method: http.MethodHead,
			handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "text") },
			status:  200, kind: "text/plain; charset=utf-8",
		},
		{
			name: "where from",
			handler: func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, r.RemoteAddr+" "+r.URL.RawQuery)
			},
			status: 200, kind: "text/plain; charset=utf-8", body: "127.0.0.1:0 raw=1",
		},
		{
			name: "a panic", handler: func(http.ResponseWriter, *http.Request) { panic("our fault") },
			status: 500, kind: problem.ContentType, logged: "our fault",
		},
		{
			name: "a panic behind the header",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				panic(errors.New("our fault"))
			},
			status: 200, kind: "text/plain; charset=utf-8", body: "half", logged: "our fault",
		},
		{
			name:    "an answer that breaks off",
			handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			status:  501,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, log := serve(c.handler)
			call := request(t, q, or(c.method, http.MethodGet), "/x?raw=1")
			body := call.body(t)
			if call.w.status != c.status || call.w.header.Get("Content-Type") != c.kind {
				t.Errorf("answered %d %q, want %d %q", call.w.status, call.w.header.Get("Content-Type"), c.status, c.kind)
			}
			if c.body != "" && body != c.body || c.method == http.MethodHead && body != "" {
				t.Errorf("body %q, want %q", body, c.body)
			}
			if got := log.String(); c.logged == "" && got != "" || !strings.Contains(got, c.logged) {
				t.Errorf("logged %q, want %q in it", got, c.logged)
			}
		})
	}
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func TestEachWriteGoesOutAtOnce(t *testing.T) {
	next := make(chan struct{})
	q, _ := serve(func(w http.ResponseWriter, _ *http.Request) {
		piece := []byte("first ")
		_, _ = w.Write(piece)
		copy(piece, "other") // ours again once Write has returned
		<-next
		_, _ = w.Write([]byte("second"))
	})
	call := request(t, q, http.MethodGet, "/")
	piece := make([]byte, 6)
	if _, err := io.ReadFull(call.page, piece); err != nil || string(piece) != "first " {
		t.Errorf("read %q, %v before the next write", piece, err)
	}
	close(next)
	if rest := call.body(t); rest != "second" {
		t.Errorf("read %q, want the second", rest)
	}
}

func TestFlushSendsTheHeader(t *testing.T) {
	q, _ := serve(func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusTeapot)
		if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack: %v, want that it is not supported", err)
		}
	})
	call := request(t, q, http.MethodGet, "/")
	if call.body(t); call.w.status != http.StatusOK {
		t.Errorf("status %d, want that of the flush", call.w.status)
	}
}

// endless writes until its request ends, and tells why the last write failed.
func endless(why chan<- error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		piece := bytes.Repeat([]byte{'x'}, 100_000)
		var last error
		for r.Context().Err() == nil {
			_, last = w.Write(piece)
		}
		if _, err := w.Write(piece); err == nil {
			last = nil // a later write must not succeed
		}
		why <- last
	}
}

func TestPageThatLetsGoEndsTheRequest(t *testing.T) {
	why := make(chan error, 1)
	q, _ := serve(endless(why))
	call := request(t, q, http.MethodGet, "/")
	if _, err := io.ReadFull(call.page, make([]byte, 250_000)); err != nil {
		t.Fatal(err)
	}
	call.page.Close()
	if err := <-why; err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("the write failed with %v, want what the pipe says", err)
	}
	<-call.done
}

func TestCloseEndsAWriteThatNobodyTakes(t *testing.T) {
	why := make(chan error, 1)
	q, _ := serve(endless(why))
	call := request(t, q, http.MethodGet, "/")
	if _, err := io.ReadFull(call.page, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	q.close(time.Minute)
	if err := <-why; !errors.Is(err, context.Canceled) {
		t.Errorf("the write failed with %v, want %v", err, context.Canceled)
	}
	<-call.done
	late := request(t, q, http.MethodGet, "/")
	if late.body(t); late.w.status != http.StatusServiceUnavailable {
		t.Errorf("a request of a closing window got %d, want %d", late.w.status, http.StatusServiceUnavailable)
	}
}

func TestDeadlineEndsAWriteThatNobodyTakes(t *testing.T) {
	why := make(chan error, 1)
	writing := endless(why)
	q, _ := serve(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Error(err)
		}
		writing(w, r)
	})
	call := request(t, q, http.MethodGet, "/")
	if err := <-why; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the write failed with %v, want %v", err, os.ErrDeadlineExceeded)
	}
	<-call.done
}

func TestCloseWaitsForHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, log := serve(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			time.Sleep(300 * time.Millisecond) // of the bubble's clock: a handler that tidies up
		})
		go q.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		synctest.Wait()
		began := time.Now()
		q.close(time.Second)
		if took := time.Since(began); took != 300*time.Millisecond {
			t.Errorf("close took %v, want what the handler took", took)
		}
		if got := log.String(); got != "" {
			t.Errorf("logged %q, want nothing", got)
		}
	})
}

func TestCloseGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		q, log := serve(func(http.ResponseWriter, *http.Request) { <-stuck })
		go q.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		synctest.Wait()
		began := time.Now()
		q.close(time.Second)
		if took := time.Since(began); took != time.Second {
			t.Errorf("close took %v, want its limit", took)
		}
		if !strings.Contains(log.String(), "did not end") {
			t.Errorf("logged %q, want that a request did not end", log.String())
		}
		close(stuck)
	})
}

func TestCloseWithoutRequests(t *testing.T) {
	q, _ := serve(func(http.ResponseWriter, *http.Request) {})
	call := request(t, q, http.MethodGet, "/")
	call.body(t)
	began := time.Now()
	q.close(time.Hour)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("close took %v", took)
	}
}
