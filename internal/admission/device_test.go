package admission

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

func wantPass(t *testing.T, d *Device, at time.Time, cred camera.Credentials) *Pass {
	t.Helper()
	v := d.Admit(at, cred)
	if v.Pass == nil {
		t.Fatalf("not admitted: %+v", v.Status)
	}
	return v.Pass
}

func wantState(t *testing.T, d *Device, at time.Time, cred camera.Credentials, state camera.State, next time.Time) {
	t.Helper()
	v := d.Admit(at, cred)
	if v.Pass != nil {
		t.Fatalf("admitted, want %v", state)
	}
	if v.Status.State != state || !v.Status.NextTry.Equal(next) {
		t.Fatalf("got %v, next try %v; want %v, %v", v.Status.State, v.Status.NextTry, state, next)
	}
}

func TestANewSignInIsTriedOnce(t *testing.T) {
	d := New(Config{}).Device("dev")
	first := wantPass(t, d, t0, wrong)
	wantState(t, d, t0, wrong, camera.Idle, time.Time{}) // waits for its sibling
	first.Done(t0, refused)
	at := t0
	for _, rest := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 4 * time.Hour} {
		wantState(t, d, at, wrong, camera.Unauthorized, at.Add(rest))
		wantState(t, d, at.Add(rest-1), wrong, camera.Unauthorized, at.Add(rest))
		at = at.Add(rest)
		wantPass(t, d, at, wrong).Done(at, refused)
	}
	// Another credential is another sign-in.
	wantPass(t, d, t0, right)
}

func TestASignInThatWorkedRestsShorter(t *testing.T) {
	d := New(Config{}).Device("dev")
	at := t0
	p := wantPass(t, d, at, right)
	p.Accepted()
	p.Done(at, gone)
	for _, rest := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		wantPass(t, d, at, right).Done(at, refused)
		wantState(t, d, at, right, camera.Unauthorized, at.Add(rest))
		at = at.Add(rest)
	}
	p = wantPass(t, d, at, right)
	p.Accepted() // and after a success it begins anew
	p.Done(at, refused)
	wantState(t, d, at, right, camera.Unauthorized, at.Add(time.Minute))
}

func TestSiblingsFollowOnceASignInIsAccepted(t *testing.T) {
	d := New(Config{}).Device("dev")
	first := wantPass(t, d, t0, right)
	v := d.Admit(t0, right)
	if v.Pass != nil {
		t.Fatal("a sibling was admitted before the sign-in was known to be good")
	}
	first.Accepted()
	select {
	case <-v.Changed:
	default:
		t.Fatal("the waiting sibling was not told")
	}
	second, third := wantPass(t, d, t0, right), wantPass(t, d, t0, right)
	// All lose the device: it may come back with another password.
	for _, p := range []*Pass{first, second, third} {
		p.Done(t0, gone)
	}
	wantPass(t, d, t0, right)
	wantState(t, d, t0, right, camera.Idle, time.Time{})
}

func TestASignInIsDoubtedWhenNothingHoldsItAnyMore(t *testing.T) {
	d := New(Config{}).Device("dev")
	p := wantPass(t, d, t0, right)
	p.Accepted()
	p.Done(t0, nil) // ended by ourselves
	wantPass(t, d, t0, right)
	wantState(t, d, t0, right, camera.Idle, time.Time{})
}

func TestABusyDeviceSeesOneTry(t *testing.T) {
	d := New(Config{}).Device("dev")
	playing := wantPass(t, d, t0, right)
	playing.Accepted()
	wantPass(t, d, t0, right).Done(t0, full)
	v := d.Admit(t0, right)
	if v.Status.State != camera.Busy || v.Status.Message != full.Message {
		t.Fatalf("got %v, %q; want busy, and what the device said", v.Status.State, v.Status.Message)
	}
	if rest := v.Status.NextTry.Sub(t0); rest < busyFirst/2 || rest > busyFirst {
		t.Fatalf("rests for %v, want up to %v", rest, busyFirst)
	}
	at := t0.Add(busyFirst)
	trial := wantPass(t, d, at, right)
	wantState(t, d, at, right, camera.Idle, time.Time{}) // one try at a time
	trial.Done(at, full)
	if rest := d.Admit(at, right).Status.NextTry.Sub(at); rest < busyFirst || rest > 2*busyFirst {
		t.Fatalf("rests for %v after the second refusal, want up to %v", rest, 2*busyFirst)
	}
	// One of our own connections ends: there is room at once.
	playing.Done(at, nil)
	p := wantPass(t, d, at, right)
	p.Accepted()
	wantPass(t, d, at, right)
}

// Refusals of tries that were under way together count as one.
func TestRefusalsTogetherCountOnce(t *testing.T) {
	for name, c := range map[string]struct {
		err  *fault.Error
		rest time.Duration
	}{"refused": {refused, time.Minute}, "busy": {full, busyFirst}} {
		d := New(Config{}).Device("dev")
		wantPass(t, d, t0, right).Accepted()
		var passes []*Pass
		for range 8 {
			passes = append(passes, wantPass(t, d, t0, right))
		}
		for _, p := range passes {
			p.Done(t0, c.err)
		}
		if rest := d.Admit(t0, right).Status.NextTry.Sub(t0); rest > c.rest || rest < c.rest/2 {
			t.Errorf("%s: rests for %v, want %v", name, rest, c.rest)
		}
	}
}

func TestMaxConnections(t *testing.T) {
	d := New(Config{}).Device("dev")
	d.SetMaxConnections(2)
	a := wantPass(t, d, t0, right)
	a.Accepted()
	wantPass(t, d, t0, right).Accepted()
	v := d.Admit(t0, right)
	if v.Pass != nil || v.Status.State != camera.Busy || v.Status.Reason != fault.Busy || v.Status.Hint == "" {
		t.Fatalf("the third connection of two got %+v", v.Status)
	}
	a.Done(t0, nil)
	select {
	case <-v.Changed:
	default:
		t.Fatal("nobody was told that there is room")
	}
	wantPass(t, d, t0, right)
}

func TestReopenTriesAtOnce(t *testing.T) {
	d := New(Config{}).Device("dev")
	wantPass(t, d, t0, wrong).Done(t0, refused)
	d.Reopen()
	wantPass(t, d, t0, wrong)
}
