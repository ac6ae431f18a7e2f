package kiosk

import (
	"net/http"
	"strings"

	"camwall/internal/problem"
)

// afresh is what a page runs in place of a script that it can't have: its server
// has gone, or is another version's since the page was loaded. It begins anew,
// with the notice, which leads back to the wall.
const afresh = "setTimeout(() => location.replace('/'), 1000)\n"

// asset hands on a file of the page.
func (k *Kiosk) asset(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, ".js") {
		if err := k.pass(w, r); err != nil {
			problem.Write(w, err)
		}
		return
	}
	s := &script{ResponseWriter: w}
	if err := k.pass(s, r); err != nil {
		s.WriteHeader(http.StatusBadGateway)
	}
}

// script replaces every answer but a good one by afresh: one that is no script is
// not run.
type script struct {
	http.ResponseWriter
	begun, replaced bool
}

var _ interface{ Unwrap() http.ResponseWriter } = (*script)(nil)

// Unwrap lets an http.ResponseController reach what is below.
func (s *script) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// WriteHeader sends the header, or the script.
func (s *script) WriteHeader(status int) {
	if s.begun {
		return
	}
	s.begun, s.replaced = true, status != http.StatusOK
	if !s.replaced {
		s.ResponseWriter.WriteHeader(status)
		return
	}
	header := s.Header()
	clear(header)
	header.Set("Content-Type", "text/javascript; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	s.ResponseWriter.WriteHeader(http.StatusOK)
	_, _ = s.ResponseWriter.Write([]byte(afresh))
}

// Write writes a good answer's body, and nothing of others.
func (s *script) Write(p []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	if s.replaced {
		return len(p), nil
	}
	return s.ResponseWriter.Write(p)
}
