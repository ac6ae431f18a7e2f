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
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

// Limits of a request's body.
const (
	maxBody       = 64 << 10
	maxImportBody = 4 << 20
	bodyTime      = 10 * time.Second
)

// methods are those that an operation may have.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// serve answers a path below /api/: that of an operation, or a problem.
func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	if _, pattern := a.mux.Handler(r); pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	var allowed []string
	for _, method := range methods {
		other := &http.Request{Method: method, Host: r.Host, URL: r.URL}
		if _, pattern := a.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		a.refuse(w, fault.Errorf(fault.NotFound, "there is no path %s", quoted(r.URL.Path)).WithHint("GET /docs tells which there are"))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	a.refuse(w, fault.Errorf(fault.Method, "%.20q is no method of this path", r.Method).
		WithHint("it has "+strings.Join(allowed, ", ")))
}

var _ huma.Adapter = (*API)(nil)

// Handle answers requests of op by handler. Package huma calls it.
func (a *API) Handle(op *huma.Operation, handler func(huma.Context)) {
	a.mux.HandleFunc(op.Method+" "+op.Path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		ctx, leave, err := a.enter(r.Context())
		if err != nil {
			a.refuse(w, err)
			return
		}
		defer leave()
		e := &exchange{original: humago.NewContext(op, r, w), ctx: ctx}
		if op.RequestBody != nil {
			if e.body, err = readBody(w, r, op.MaxBodyBytes-1); err != nil {
				a.refuse(w, err)
				return
			}
		}
		defer a.survive(w, r, e)
		handler(e)
	})
}

// ServeHTTP answers the request of an operation.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.serve(w, r) }

// readBody reads all that a client sends, within limits. The connection keeps no
// deadline: one would end the request's context later.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime)) // the window has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		_ = control.SetReadDeadline(time.Time{})
		return body, nil
	}
	var netErr net.Error
	switch _, tooLarge := errors.AsType[*http.MaxBytesError](err); {
	case tooLarge:
		return nil, fault.Errorf(fault.TooLarge, "the body has more than %d bytes", limit)
	case errors.As(err, &netErr) && netErr.Timeout():
		return nil, fault.Errorf(fault.BadRequest, "the body did not come within %v", bodyTime)
	}
	return nil, fault.New(fault.BadRequest, "the body did not come whole", "")
}

// survive answers for a handler that panicked: nobody else is to suffer.
func (a *API) survive(w http.ResponseWriter, r *http.Request, e *exchange) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // it is passed as it is
		panic(p)
	}
	err := fmt.Errorf("panic: %v", p)
	if !e.answered {
		a.cfg.Log.LogAttrs(e.ctx, slog.LevelError, "an operation panicked", slog.String("path", r.URL.Path), slog.String("stack", string(debug.Stack())))
		a.refuse(w, err)
		return
	}
	a.cfg.Log.LogAttrs(e.ctx, slog.LevelError, "an operation panicked within its answer",
		slog.String("path", r.URL.Path), slog.Any("error", err), slog.String("stack", string(debug.Stack())))
	if r.Context().Value(http.ServerContextKey) != nil {
		panic(http.ErrAbortHandler) // the client must not take half an answer for a whole one
	}
}

// original is what exchange changes a part of.
type original = huma.Context

// exchange is a request and its answer as package huma sees them.
type exchange struct {
	original
	ctx      context.Context //nolint:containedctx // huma's interface wants it here
	body     []byte
	answered bool
}

// Unwrap is for humago.Unwrap.
func (e *exchange) Unwrap() huma.Context { return e.original }

// Context ends with the request or with the API.
func (e *exchange) Context() context.Context { return e.ctx }

// BodyReader returns what has been read already.
func (e *exchange) BodyReader() io.Reader { return bytes.NewReader(e.body) }

// SetReadDeadline does nothing: there is nothing left to read.
func (e *exchange) SetReadDeadline(time.Time) error { return nil }

// Header hides Accept: there is JSON and nothing else.
func (e *exchange) Header(name string) string {
	if name == "Accept" {
		return ""
	}
	return e.original.Header(name)
}

// SetStatus begins the answer. What huma calls 422 is one kind with what it
// calls 400.
func (e *exchange) SetStatus(status int) {
	e.answered = true
	e.original.SetStatus(validationStatus(status))
}

// quoted is a path for a message.
func quoted(path string) string {
	const most = 100
	path = secret.Redact(path)
	if runes := []rune(path); len(runes) > most {
		path = string(runes[:most]) + "..."
	}
	return fmt.Sprintf("%q", path)
}
