package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/fault"
	"camwall/internal/problem"
	"camwall/internal/secret"
)

// Problem is how every error looks (RFC 9457).
type Problem struct {
	Type   string     `json:"type" doc:"Always about:blank: the code tells problems apart."`
	Title  string     `json:"title" doc:"The words of the status."`
	Status int        `json:"status" minimum:"400" maximum:"599"`
	Detail string     `json:"detail" doc:"What happened, for people."`
	Code   fault.Code `json:"code" doc:"What happened, for programs."`
	Hint   string     `json:"hint,omitempty" doc:"What can be done."`
	ID     string     `json:"id,omitempty" doc:"Of an internal error: the log has it beside the cause."`

	Errors []Violation `json:"errors,omitempty" nullable:"false" doc:"What is wrong with the request, field by field."`
}

// Violation is what is wrong with one field.
type Violation struct {
	Location string `json:"location" doc:"Where, such as body.name."`
	Message  string `json:"message" doc:"What is wrong."`
}

// refusal is a Problem on its way through package huma.
type refusal struct {
	Problem
	headers http.Header
}

var (
	_ huma.StatusError       = (*refusal)(nil)
	_ huma.ContentTypeFilter = (*refusal)(nil)
	_ huma.HeadersError      = (*refusal)(nil)
)

// Error returns the detail.
func (r *refusal) Error() string { return r.Detail }

// GetStatus returns the HTTP status.
func (r *refusal) GetStatus() int { return r.Status }

// ContentType returns that of problems.
func (r *refusal) ContentType(string) string { return problem.ContentType }

// GetHeaders returns what stands beside the problem.
func (r *refusal) GetHeaders() http.Header { return r.headers }

// refusal makes an answer of err. What is no fault is told in the log alone.
func (a *API) refusal(ctx context.Context, err error) *refusal {
	if fault.CodeOf(err) == fault.Internal && ctx.Err() != nil {
		err = stopping() // or the client has gone, and nobody reads it
	} else if fault.CodeOf(err) == fault.Internal && errors.Is(err, context.DeadlineExceeded) {
		err = fault.Errorf(fault.DialTimeout, "the device did not answer in time: %w", err)
	}
	body := problem.Describe(err)
	if body.Status == http.StatusServiceUnavailable && body.Code != fault.Stopping {
		// The device's outage is not ours: RFC 4918 section 11.4.
		body.Status, body.Title = http.StatusFailedDependency, http.StatusText(http.StatusFailedDependency)
	}
	r := &refusal{headers: http.Header{}, Problem: Problem{
		Type: body.Type, Title: body.Title, Status: body.Status, Detail: secret.Redact(body.Detail), Code: body.Code, Hint: body.Hint,
	}}
	if body.Code == fault.Internal {
		r.ID = rand.Text()[:10]
		a.cfg.Log.LogAttrs(ctx, slog.LevelError, "answered with an internal error",
			slog.String("id", r.ID), slog.Any("error", err))
	}
	if body.Status == http.StatusTooManyRequests || body.Status == http.StatusServiceUnavailable || body.Status == http.StatusFailedDependency {
		r.headers.Set("Retry-After", strconv.Itoa(int(retryLater.Seconds())))
	}
	return r
}

// validationStatus is what huma's status for a request is called by us.
func validationStatus(status int) int {
	if status == http.StatusUnprocessableEntity {
		return http.StatusBadRequest
	}
	return status
}

// maxViolations is how many are told.
const maxViolations = 20

// asProblem makes Problems of huma's own errors, without the values that they
// quote: they may be secret.
func (a *API) asProblem(ctx huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	status := validationStatus(model.Status)
	p := &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: model.Detail, Code: fault.BadRequest, Hint: "GET /docs tells what " + ctx.Operation().OperationID + " wants",
	}
	if status == http.StatusUnsupportedMediaType {
		p.Code, p.Detail, p.Hint = fault.MediaType, "the body is not JSON", "send it with Content-Type: application/json"
		return p, nil
	}
	for i, d := range model.Errors {
		if i == maxViolations {
			break
		}
		p.Errors = append(p.Errors, Violation{location(d.Location), message(d.Message)})
	}
	if len(p.Errors) > 0 {
		p.Detail = p.Errors[0].Location + ": " + p.Errors[0].Message
		if more := len(model.Errors) - 1; more > 0 {
			p.Detail += fmt.Sprintf(", and %d more", more)
		}
	}
	return p, nil
}

// fieldPath is a location whose parts may be told: names of fields and what looks
// like one. Anything else was sent by the client, and may be a secret in the
// wrong place.
var fieldPath = regexp.MustCompile(`^(?:body|path|query|header)(?:\.[A-Za-z][A-Za-z0-9_-]{0,39}|\[[0-9]{1,9}\])*$`)

// location returns as much of an error's place as may be told.
func location(s string) string {
	for !fieldPath.MatchString(s) {
		cut := strings.LastIndexAny(s, ".[")
		if cut < 0 {
			return "body"
		}
		s = s[:cut]
	}
	return s
}

// message returns huma's words, bounded.
func message(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return secret.Redact(s)
}

// decode reads a body. Its errors name no value.
func decode(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("is not UTF-8")
	}
	err := json.Unmarshal(data, v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("is no JSON from byte %d on", syntax.Offset)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("has a value that does not fit at byte %d", kind.Offset)
	}
	if err != nil {
		return errors.New("can't be read")
	}
	return nil
}
