package desktop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"camwall/internal/fault"
	"camwall/internal/problem"
)

// local is the RemoteAddr of the page's requests: this machine. Wails has an
// address of a test network (RFC 5737), which would count as one strange viewer.
const local = "127.0.0.1:0"

// requests hands what the page asks for to a handler. To that handler it is
// like net/http, which Wails' asset handler is not:
//
//   - the request's context ends when the page has let go of the answer, which
//     shows at a write, when a write is not taken until its deadline, and when
//     the window closes;
//   - Flush and SetWriteDeadline work; Hijack does not;
//   - no answer is an empty 200, and the answer to HEAD has no body;
//   - a panic ends its request alone and is logged.
//
// It is safe for use by many goroutines.
type requests struct {
	handler http.Handler
	log     *slog.Logger

	// mu guards the fields below.
	mu      sync.Mutex
	closed  bool
	running map[*answer]struct{}
	idle    chan struct{} // closed when closed and nothing runs
}

var _ http.Handler = (*requests)(nil)

func newRequests(handler http.Handler, log *slog.Logger) *requests {
	return &requests{
		handler: handler, log: log,
		running: make(map[*answer]struct{}), idle: make(chan struct{}),
	}
}

// ServeHTTP answers one request of the page.
func (q *requests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	a := &answer{w: w, bodyless: r.Method == http.MethodHead, done: ctx.Done(), end: cancel}
	defer a.finish()
	if !q.enter(a) {
		problem.Write(a, fault.New(fault.Ended, "the window is closing", ""))
		return
	}
	defer q.leave(a)
	defer q.recovered(a, r.URL.Path)
	r = r.WithContext(ctx)
	r.RemoteAddr = local
	q.handler.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK) // unless the handler has written one
}

// recovered is deferred around the handler.
func (q *requests) recovered(a *answer, path string) {
	cause := recover()
	if err, ok := cause.(error); cause == nil || ok && errors.Is(err, http.ErrAbortHandler) {
		return
	}
	q.log.LogAttrs(context.Background(), slog.LevelError, "a request of the page panicked",
		slog.String("path", path), slog.String("panic", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	if !a.begun {
		problem.Write(a, errors.New("panic"))
	}
}

func (q *requests) enter(a *answer) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.running[a] = struct{}{}
	}
	return !q.closed
}

func (q *requests) leave(a *answer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.running, a)
	if q.closed && len(q.running) == 0 {
		close(q.idle)
	}
}

// close ends all requests, refuses later ones and waits until the handlers have
// returned, but no longer than limit. It is called once.
func (q *requests) close(limit time.Duration) {
	q.mu.Lock()
	q.closed = true
	left := len(q.running)
	for a := range q.running {
		a.end()
	}
	q.mu.Unlock()
	if left == 0 {
		return
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-q.idle:
	case <-timer.C:
		q.log.LogAttrs(context.Background(), slog.LevelWarn, "requests of the page did not end", slog.Int("atMost", left))
	}
}
