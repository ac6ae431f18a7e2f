package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/problem"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	bad := fault.New(fault.BadRequest, "size is 0x0", "WxH")
	for _, c := range []struct {
		name       string
		err        error
		status     int
		code       fault.Code
		detail     string
		hint       string
		retryAfter string
	}{
		{"fault", bad, 400, fault.BadRequest, "size is 0x0", "WxH", ""},
		{"wrapped", fmt.Errorf("watch cam1: %w", bad), 400, fault.BadRequest, "size is 0x0", "WxH", ""},
		{"retry", problem.WithRetry(fault.New(fault.TooMany, "full", ""), 1500*time.Millisecond), 429, fault.TooMany, "full", "", "2"},
		{"retry at once", problem.WithRetry(fault.New(fault.Busy, "busy", ""), -time.Hour), 503, fault.Busy, "busy", "", "1"},
		{"retry below", fmt.Errorf("x: %w", problem.WithRetry(bad, time.Minute)), 400, fault.BadRequest, "size is 0x0", "WxH", "60"},
		{"not a fault", errors.New("rtsp://u:p@h"), 500, fault.Internal, "internal error", "", ""},
		{"internal fault", fault.New(fault.Internal, "table is torn", ""), 500, fault.Internal, "internal error", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			problem.Write(w, c.err)
			var body problem.Body
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			want := problem.Body{
				Type: "about:blank", Title: http.StatusText(c.status), Status: c.status,
				Detail: c.detail, Code: c.code, Hint: c.hint,
			}
			if body != want || w.Code != c.status {
				t.Errorf("answered %d %+v, want %+v", w.Code, body, want)
			}
			if got := w.Header().Get("Retry-After"); got != c.retryAfter {
				t.Errorf("Retry-After is %q, want %q", got, c.retryAfter)
			}
			if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type is %q", got)
			}
		})
	}
}

func TestLoggedGivesTheCauseToTheLogOnly(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	write := problem.Logged(slog.New(slog.NewTextHandler(&log, nil)))

	w := httptest.NewRecorder()
	write(w, errors.New("disk is on fire"))
	var body problem.Body
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if body.ID == "" || !strings.Contains(log.String(), "id="+body.ID) || !strings.Contains(log.String(), "disk is on fire") {
		t.Errorf("id %q and cause are not both in the log: %s", body.ID, log.String())
	}
	if strings.Contains(w.Body.String(), "fire") {
		t.Errorf("the answer tells the cause: %s", w.Body)
	}

	log.Reset()
	write(httptest.NewRecorder(), fault.New(fault.NotFound, "no such camera", ""))
	if log.Len() != 0 {
		t.Errorf("a fault of the client was logged: %s", log.String())
	}
}
