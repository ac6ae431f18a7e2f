package admission

import (
	"context"
	"errors"
	"fmt"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// trustFor is how long a sign-in counts as good after a request that was
// accepted: requests need not queue meanwhile.
const trustFor = 5 * time.Minute

// RestingError is why something is not tried now: the device refused it before.
type RestingError struct {
	// Fault is what the device said.
	Fault *fault.Error

	// Until is when it will be tried again.
	Until time.Time
}

// Error returns the device's words and the time.
func (e *RestingError) Error() string {
	return fmt.Sprintf("%s (not tried again before %s)", e.Fault.Message, e.Until.Format(time.RFC3339))
}

// Unwrap returns the fault for people.
func (e *RestingError) Unwrap() error { return e.Fault }

// Try makes one request of another service than RTSP (ONVIF, a snapshot) with
// cred. While the credential rests it returns a *RestingError at once, without
// calling attempt. While it is not known to be good there is one attempt at a
// time, RTSP's included; the others wait for its result, or for ctx. What
// attempt returns is returned: nil says that the sign-in was accepted; a refusal
// (fault.Unauthorized, fault.Forbidden, fault.AccountLocked) makes the credential rest for
// everybody, but for a fault.Forbidden while it is known to be good, which is
// about that request alone; any other error tells nothing about the sign-in.
//
// An attempt is one short request: while it is a trial everybody waits for it.
// Calls must not be nested, neither in each other nor in a Pass for the same
// credential: the inner one would wait for the outer one.
func (d *Device) Try(ctx context.Context, cred camera.Credentials, attempt func() error) error {
	d.meet(cred)
	s, trial, err := d.begin(ctx, cred)
	if err != nil {
		return err
	}
	ended := false
	defer func() {
		if !ended { // attempt has panicked
			d.end(s, trial, errPanic)
		}
	}()
	err = attempt()
	ended = true
	d.end(s, trial, err)
	return err
}

// errPanic tells nothing about a sign-in.
var errPanic = errors.New("admission: attempt did not return")

// begin waits until cred may be used; trial says that others wait for it.
func (d *Device) begin(ctx context.Context, cred camera.Credentials) (s *signIn, trial bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		now := time.Now()
		d.mu.Lock()
		s = d.signInLocked(cred)
		changed := d.changed
		switch {
		case now.Before(s.until):
			err = &RestingError{s.last, s.until}
		case s.good(now):
		case s.trial:
			s = nil
		default:
			s.trial, trial = true, true
		}
		d.mu.Unlock()
		if s != nil || err != nil {
			return s, trial, err
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
}

// good reports whether a request may go beside others: a connection holds the
// sign-in, or a request was accepted lately. Connections do not go by requests:
// many cameras have users of their own for ONVIF.
func (s *signIn) good(now time.Time) bool {
	return s.accepted || !s.answered.IsZero() && now.Sub(s.answered) < trustFor
}

// end takes the result of a request.
func (d *Device) end(s *signIn, trial bool, err error) {
	if id, first := d.take(s, trial, err); first {
		d.tell(id, s.cred)
	}
}

// take returns whether the credential has worked for the first time.
func (d *Device) take(s *signIn, trial bool, err error) (id string, first bool) {
	now, code := time.Now(), fault.CodeOf(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	if trial {
		s.trial = false
	}
	switch {
	case err == nil:
		first = !s.worked
		s.answered, s.worked, s.refused = now, true, 0
	case code == fault.Forbidden && s.good(now):
	case refusal(code):
		s.refuse(now, asFault(err))
	case Away(code):
		s.doubt()
	}
	if trial || refusal(code) {
		d.signalLocked()
	}
	return d.id, first
}

// Enter asks for an RTSP connection as Admit does, and waits for another's trial,
// or for ctx. While the credential rests, the device is busy, or there is no room
// it returns a *RestingError; its Until is zero where no time is known.
func (d *Device) Enter(ctx context.Context, cred camera.Credentials) (*Pass, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v := d.Admit(time.Now(), cred)
		if v.Pass != nil {
			return v.Pass, nil
		}
		if v.Status.State != camera.Idle {
			why := fault.New(v.Status.Reason, v.Status.Message, v.Status.Hint)
			return nil, &RestingError{why, v.Status.NextTry}
		}
		select {
		case <-ctx.Done():
		case <-v.Changed:
		}
	}
}

// Away reports whether a code says that nobody was met at the address.
func Away(code fault.Code) bool {
	return code == fault.DialTimeout || code == fault.ConnRefused || code == fault.NoSuchHost
}

// asFault returns the fault in err's chain.
func asFault(err error) *fault.Error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		panic("admission: refusal without a fault")
	}
	return f
}
