// Package problem writes errors as HTTP answers: application/problem+json
// (RFC 9457) with the code and hint of package fault. It decides nothing: the
// status comes from fault's table. Everything that answers over HTTP calls it.
package problem

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"camwall/internal/fault"
)

// ContentType is that of every problem.
const ContentType = "application/problem+json"

// Body is the JSON of a problem.
type Body struct {
	Type   string     `json:"type"` // always about:blank: Code tells problems apart
	Title  string     `json:"title"`
	Status int        `json:"status"`
	Detail string     `json:"detail"`
	Code   fault.Code `json:"code"`
	Hint   string     `json:"hint,omitempty"`

	// ID is set for internal errors only: the log has it beside the cause.
	ID string `json:"id,omitempty"`
}

// retryError is an error that knows when to come back.
type retryError struct {
	error
	after time.Duration
}

func (e retryError) Unwrap() error { return e.error }

// WithRetry returns err with the time after which the client may try again: it
// becomes the answer's Retry-After, in whole seconds and at least 1.
func WithRetry(err error, after time.Duration) error { return retryError{err, after} }

// Write answers with err: its status, message, code and hint, and Retry-After
// when WithRetry told one. An error without a fault.Error is shown as an
// internal error and nothing else. Nothing may have been written to w before.
func Write(w http.ResponseWriter, err error) { write(w, err, "") }

// Logged returns a Write that gives internal errors an id and logs their cause
// beside it. The log must redact (secret.NewHandler).
func Logged(log *slog.Logger) func(http.ResponseWriter, error) {
	return func(w http.ResponseWriter, err error) {
		var id string
		if fault.CodeOf(err) == fault.Internal {
			id = rand.Text()[:10]
			log.LogAttrs(context.Background(), slog.LevelError, "answered with an internal error",
				slog.String("id", id), slog.Any("error", err))
		}
		write(w, err, id)
	}
}

func write(w http.ResponseWriter, err error, id string) {
	body := Describe(err)
	body.ID = id
	encoded, merr := json.Marshal(body)
	if merr != nil {
		panic("problem: a body of strings does not encode: " + merr.Error())
	}
	header := w.Header()
	header.Set("Content-Type", ContentType)
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Length", strconv.Itoa(len(encoded)))
	if retry, ok := errors.AsType[retryError](err); ok {
		header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(retry.after.Seconds())))))
	}
	w.WriteHeader(body.Status)
	_, _ = w.Write(encoded) // the client may be gone, and nobody else wants to know
}

// Describe returns what Write says about err.
func Describe(err error) Body {
	status := fault.Status(err)
	body := Body{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: fault.CodeOf(err)}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Code != fault.Internal {
		body.Detail, body.Hint = e.Message, e.Hint
	} else {
		body.Detail = "internal error"
	}
	return body
}
