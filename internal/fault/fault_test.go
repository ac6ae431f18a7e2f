package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
)

func TestOutcomes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		code         Code
		status, exit int
	}{
		{Internal, 500, 1},
		{BadRequest, 400, 2},
		{NotFound, 404, 1},
		{TooMany, 429, 1},
		{Misdirected, 421, 1},
		{Origin, 403, 1},
		{Config, 500, 2},
		{NoDisplay, 500, 2},
		{NotBuilt, 501, 2},
		{NotEditable, 409, 1},
		{Conflict, 412, 1},
		{Storage, 507, 1},
		{Locked, 503, 1},
		{AddressNotAllowed, 403, 1},
		{PasswordNeeded, 409, 1},
		{Stopping, 503, 1},
		{AccountLocked, 503, 1},
		{NotSupported, 503, 1},
		{NotONVIF, 503, 1},
		{Forwarded, 403, 1},
		{Method, 405, 1},
		{TooLarge, 413, 1},
		{MediaType, 415, 1},
		{Precondition, 428, 1},
		// A camera's trouble is an outage, never the asker's fault.
		{Unauthorized, 503, 1},
		{Forbidden, 503, 1},
		{StreamNotFound, 503, 1},
		{Busy, 503, 1},
		{Transport, 503, 1},
		{NoVideo, 503, 1},
		{UnknownCodec, 503, 1},
		{DialTimeout, 503, 1},
		{ConnRefused, 503, 1},
		{NoSuchHost, 503, 1},
		{Certificate, 503, 1},
		{PictureTimeout, 503, 1},
		{Silence, 503, 1},
		{Ended, 503, 1},
		{Protocol, 503, 1},
		{Undecodable, 503, 1},
		{Idle, 503, 1},
		{Disabled, 503, 1},
		{"a code of tomorrow", 503, 1},
	}
	seen := map[Code]bool{None: true}
	for _, c := range cases {
		seen[c.code] = true
		for _, err := range []error{New(c.code, "it broke", ""), fmt.Errorf("open camera: %w", New(c.code, "it broke", ""))} {
			if Status(err) != c.status || ExitCode(err) != c.exit || CodeOf(err) != c.code {
				t.Errorf("%q: status %d, exit code %d, code %q; want %d, %d", c.code,
					Status(err), ExitCode(err), CodeOf(err), c.status, c.exit)
			}
		}
		if http.StatusText(c.status) == "" {
			t.Errorf("%q: %d is no HTTP status", c.code, c.status)
		}
	}
	for code := range outcomes {
		if !seen[code] {
			t.Errorf("code %q is in no case of this test", code)
		}
	}
}

func TestNoErrorAndForeignErrors(t *testing.T) {
	t.Parallel()
	if CodeOf(nil) != None || Status(nil) != http.StatusOK || ExitCode(nil) != 0 {
		t.Errorf("nil: code %q, status %d, exit code %d", CodeOf(nil), Status(nil), ExitCode(nil))
	}
	for _, err := range []error{io.EOF, context.Canceled, fmt.Errorf("read: %w", io.ErrUnexpectedEOF)} {
		if CodeOf(err) != Internal || Status(err) != http.StatusInternalServerError || ExitCode(err) != 1 {
			t.Errorf("%v: code %q, status %d, exit code %d", err, CodeOf(err), Status(err), ExitCode(err))
		}
	}
}

func TestErrorfKeepsItsCause(t *testing.T) {
	t.Parallel()
	err := Errorf(DialTimeout, "dial %s: %w", "192.0.2.1", context.DeadlineExceeded)
	if got := err.Error(); got != "dial 192.0.2.1: context deadline exceeded" {
		t.Errorf("message is %q", got)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the cause is lost")
	}
	if Errorf(NotFound, "no camera %q", "x").Unwrap() != nil {
		t.Error("there is a cause where none was given")
	}

	wrapped := fmt.Errorf("start: %w", fmt.Errorf("pull: %w", err))
	var found *Error
	if !errors.As(wrapped, &found) || found != err {
		t.Errorf("errors.As found %v", found)
	}
	if !errors.Is(wrapped, context.DeadlineExceeded) {
		t.Error("errors.Is does not see through the fault")
	}
}

// TestOutermostCode: whoever wraps a fault in another says what it means here.
func TestOutermostCode(t *testing.T) {
	t.Parallel()
	inner := New(Unauthorized, "the camera refused the password", "")
	outer := Errorf(Config, "camera gate: %w", inner)
	if CodeOf(outer) != Config {
		t.Errorf("code is %q", CodeOf(outer))
	}
	if !errors.Is(outer, inner) {
		t.Error("the inner fault is lost")
	}
	joined := errors.Join(io.EOF, inner)
	if CodeOf(joined) != Unauthorized {
		t.Errorf("code of joined errors is %q", CodeOf(joined))
	}
}

func TestWithHintCopies(t *testing.T) {
	t.Parallel()
	plain := Errorf(Busy, "it is busy: %w", io.EOF)
	hinted := plain.WithHint("close another viewer")
	if plain.Hint != "" {
		t.Error("the original got the hint, too")
	}
	if hinted.Hint != "close another viewer" || hinted.Code != Busy || hinted.Message != plain.Message || !errors.Is(hinted, io.EOF) {
		t.Errorf("the copy is %+v", hinted)
	}
}
