package kiosk

import (
	"context"
	"net/http"
)

// Own is a core of this process.
type Own struct {
	handler http.Handler
}

var _ Core = (*Own)(nil)

// NewOwn returns the core that handler is. Its requests come from this machine.
func NewOwn(handler http.Handler) *Own { return &Own{handler} }

// Pass answers by the handler.
func (o *Own) Pass(w http.ResponseWriter, r *http.Request) error {
	r.RemoteAddr = "127.0.0.1:0"
	o.handler.ServeHTTP(w, r)
	return nil
}

// Probe always finds it: it ends with this process.
func (o *Own) Probe(context.Context) error { return nil }

// Name tells that it is this process.
func (o *Own) Name() string { return "this screen" }
