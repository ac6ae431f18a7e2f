package streaming

import (
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

var (
	t0      = time.Unix(1_800_000_000, 0)
	right   = camera.Credentials{User: "viewer", Password: secret.NewText("right")}
	wrong   = camera.Credentials{User: "viewer", Password: secret.NewText("wrong")}
	refused = fault.New(fault.Unauthorized, "the camera refused user and password", "")
	gone    = fault.New(fault.Ended, "the camera closed the connection", "")
	full    = fault.New(fault.Busy, "453", "")
)

func wantPass(t *testing.T, d *device, at time.Time, cred camera.Credentials) *pass {
	t.Helper()
	v := d.admit(at, cred)
	if v.pass == nil {
		t.Fatalf("not admitted: %+v", v.status)
	}
	return v.pass
}

func wantState(t *testing.T, d *device, at time.Time, cred camera.Credentials, state camera.State, next time.Time) {
	t.Helper()
	v := d.admit(at, cred)
	if v.pass != nil {
		t.Fatalf("admitted, want %v", state)
	}
	if v.status.State != state || !v.status.NextTry.Equal(next) {
		t.Fatalf("got %v, next try %v; want %v, %v", v.status.State, v.status.NextTry, state, next)
	}
}

func TestANewSignInIsTriedOnce(t *testing.T) {
	d := newDevice(0)
	first := wantPass(t, d, t0, wrong)
	wantState(t, d, t0, wrong, camera.Idle, time.Time{}) // waits for its sibling
	first.done(t0, refused)
	at := t0
	for _, rest := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 4 * time.Hour} {
		wantState(t, d, at, wrong, camera.Unauthorized, at.Add(rest))
		wantState(t, d, at.Add(rest-1), wrong, camera.Unauthorized, at.Add(rest))
		at = at.Add(rest)
		wantPass(t, d, at, wrong).done(at, refused)
	}
	// Another credential is another sign-in.
	wantPass(t, d, t0, right)
}

func TestASignInThatWorkedRestsShorter(t *testing.T) {
	d := newDevice(0)
	at := t0
	p := wantPass(t, d, at, right)
	p.accepted()
	p.done(at, gone)
	for _, rest := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		wantPass(t, d, at, right).done(at, refused)
		wantState(t, d, at, right, camera.Unauthorized, at.Add(rest))
		at = at.Add(rest)
	}
	p = wantPass(t, d, at, right)
	p.accepted() // and after a success it begins anew
	p.done(at, refused)
	wantState(t, d, at, right, camera.Unauthorized, at.Add(time.Minute))
}

func TestSiblingsFollowOnceASignInIsAccepted(t *testing.T) {
	d := newDevice(0)
	first := wantPass(t, d, t0, right)
	v := d.admit(t0, right)
	if v.pass != nil {
		t.Fatal("a sibling was admitted before the sign-in was known to be good")
	}
	first.accepted()
	select {
	case <-v.changed:
	default:
		t.Fatal("the waiting sibling was not told")
	}
	second, third := wantPass(t, d, t0, right), wantPass(t, d, t0, right)
	// All lose the device: it may come back with another password.
	for _, p := range []*pass{first, second, third} {
		p.done(t0, gone)
	}
	wantPass(t, d, t0, right)
	wantState(t, d, t0, right, camera.Idle, time.Time{})
}

func TestASignInIsDoubtedWhenNothingHoldsItAnyMore(t *testing.T) {
	d := newDevice(0)
	p := wantPass(t, d, t0, right)
	p.accepted()
	p.done(t0, nil) // ended by ourselves
	wantPass(t, d, t0, right)
	wantState(t, d, t0, right, camera.Idle, time.Time{})
}

func TestABusyDeviceSeesOneTry(t *testing.T) {
	d := newDevice(0)
	playing := wantPass(t, d, t0, right)
	playing.accepted()
	wantPass(t, d, t0, right).done(t0, full)
	v := d.admit(t0, right)
	if v.status.State != camera.Busy || v.status.Message != full.Message {
		t.Fatalf("got %v, %q; want busy, and what the device said", v.status.State, v.status.Message)
	}
	if rest := v.status.NextTry.Sub(t0); rest < busyFirst/2 || rest > busyFirst {
		t.Fatalf("rests for %v, want up to %v", rest, busyFirst)
	}
	at := t0.Add(busyFirst)
	trial := wantPass(t, d, at, right)
	wantState(t, d, at, right, camera.Idle, time.Time{}) // one try at a time
	trial.done(at, full)
	if rest := d.admit(at, right).status.NextTry.Sub(at); rest < busyFirst || rest > 2*busyFirst {
		t.Fatalf("rests for %v after the second refusal, want up to %v", rest, 2*busyFirst)
	}
	// One of our own connections ends: there is room at once.
	playing.done(at, nil)
	p := wantPass(t, d, at, right)
	p.accepted()
	wantPass(t, d, at, right)
}

// Refusals of tries that were under way together count as one.
func TestRefusalsTogetherCountOnce(t *testing.T) {
	for name, c := range map[string]struct {
		err  *fault.Error
		rest time.Duration
	}{"refused": {refused, time.Minute}, "busy": {full, busyFirst}} {
		d := newDevice(0)
		wantPass(t, d, t0, right).accepted()
		var passes []*pass
		for range 8 {
			passes = append(passes, wantPass(t, d, t0, right))
		}
		for _, p := range passes {
			p.done(t0, c.err)
		}
		if rest := d.admit(t0, right).status.NextTry.Sub(t0); rest > c.rest || rest < c.rest/2 {
			t.Errorf("%s: rests for %v, want %v", name, rest, c.rest)
		}
	}
}

func TestMaxConnections(t *testing.T) {
	d := newDevice(2)
	a := wantPass(t, d, t0, right)
	a.accepted()
	wantPass(t, d, t0, right).accepted()
	v := d.admit(t0, right)
	if v.pass != nil || v.status.State != camera.Busy || v.status.Reason != fault.Busy || v.status.Hint == "" {
		t.Fatalf("the third connection of two got %+v", v.status)
	}
	a.done(t0, nil)
	select {
	case <-v.changed:
	default:
		t.Fatal("nobody was told that there is room")
	}
	wantPass(t, d, t0, right)
}

func TestReopenTriesAtOnce(t *testing.T) {
	d := newDevice(0)
	wantPass(t, d, t0, wrong).done(t0, refused)
	d.reopen()
	wantPass(t, d, t0, wrong)
}

func TestAwayDelay(t *testing.T) {
	for name, c := range map[string]struct {
		reason   fault.Code
		failures int
		live     bool
		watched  bool
		max      time.Duration
	}{
		"first":               {fault.Ended, 1, true, true, 200 * time.Millisecond},
		"third":               {fault.ConnRefused, 3, true, true, 800 * time.Millisecond},
		"many":                {fault.DialTimeout, 50, true, true, 2 * time.Second},
		"unwatched":           {fault.DialTimeout, 1, true, false, 10 * time.Second},
		"404 after a restart": {fault.StreamNotFound, 1, true, true, 200 * time.Millisecond},
		"404 from the start":  {fault.StreamNotFound, 1, false, true, 2 * time.Second},
		"no video":            {fault.NoVideo, 9, false, true, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				got := awayDelay(c.reason, c.failures, c.live, c.watched)
				if got > c.max || got < c.max/2 {
					t.Fatalf("waits %v, want %v to %v", got, c.max/2, c.max)
				}
			}
		})
	}
}
