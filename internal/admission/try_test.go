package admission

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// asked counts attempts, each of which takes a while and ends with what it says.
type asked struct {
	n, at, most atomic.Int64
	say         func(n int64) error
}

func (a *asked) attempt() error {
	n, at := a.n.Add(1), a.at.Add(1)
	defer a.at.Add(-1)
	a.most.Store(max(a.most.Load(), at))
	<-time.After(50 * time.Millisecond)
	return a.say(n)
}

func saying(err error) *asked { return &asked{say: func(int64) error { return err }} }

// tryAll makes n requests at once.
func tryAll(t *testing.T, d *Device, cred camera.Credentials, n int, a *asked) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = d.Try(t.Context(), cred, a.attempt) })
	}
	all.Wait()
	return errs
}

func wantResting(t *testing.T, err error, until time.Time) {
	t.Helper()
	resting, ok := errors.AsType[*RestingError](err)
	if !ok || !resting.Until.Equal(until) || fault.CodeOf(err) != fault.Unauthorized {
		t.Fatalf("got %v, want that it rests until %v", err, until)
	}
}

func TestARefusalStopsEveryRequestAndConnection(t *testing.T) {
	for name, refusal := range map[string]*fault.Error{
		"unauthorized": refused, "forbidden": fault.New(fault.Forbidden, "403", ""), "locked": fault.New("locked", "locked", ""),
	} {
		synctest.Test(t, func(t *testing.T) {
			d := New(Config{}).Device("dev")
			a := saying(fmt.Errorf("get profiles: %w", refusal))
			begun := time.Now()
			for i, err := range tryAll(t, d, wrong, 20, a) {
				if fault.CodeOf(err) != refusal.Code {
					t.Errorf("%s: request %d got %v", name, i, err)
				}
			}
			if n := a.n.Load(); n != 1 {
				t.Errorf("%s: %d failed sign-ins", name, n)
			}
			rests := begun.Add(50*time.Millisecond + 30*time.Minute)
			wantState(t, d, time.Now(), wrong, camera.Unauthorized, rests)
			<-time.After(29 * time.Minute)
			err := d.Try(t.Context(), wrong, a.attempt)
			if resting, ok := errors.AsType[*RestingError](err); !ok || !resting.Until.Equal(rests) || a.n.Load() != 1 {
				t.Errorf("%s: got %v after %d attempts", name, err, a.n.Load())
			}
			<-time.After(2 * time.Minute)
			if err := d.Try(t.Context(), wrong, a.attempt); !errors.Is(err, refusal) {
				t.Errorf("%s: got %v when it may be tried again", name, err)
			}
			if err := d.Try(t.Context(), right, saying(nil).attempt); err != nil {
				t.Errorf("%s: another credential got %v", name, err)
			}
		})
	}
}

func TestARefusedConnectionStopsRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}).Device("dev")
		p := wantPass(t, d, time.Now(), wrong)
		result := make(chan error)
		a := saying(nil)
		go func() { result <- d.Try(t.Context(), wrong, a.attempt) }()
		synctest.Wait() // it waits for the connection's trial
		p.Done(time.Now(), refused)
		wantResting(t, <-result, time.Now().Add(30*time.Minute))
		if a.n.Load() != 0 {
			t.Error("it was tried beside the connection")
		}
		d.Reopen()
		if err := d.Try(t.Context(), wrong, a.attempt); err != nil {
			t.Errorf("once a person asks: %v", err)
		}
	})
}

func TestAConnectionWaitsForARequestsTrial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}).Device("dev")
		result := make(chan error)
		go func() { result <- d.Try(t.Context(), right, saying(nil).attempt) }()
		synctest.Wait()
		v := d.Admit(time.Now(), right)
		if v.Pass != nil || v.Status.State != camera.Idle {
			t.Fatalf("admitted beside a trial: %+v", v)
		}
		<-v.Changed
		if err := <-result; err != nil {
			t.Fatal(err)
		}
		// Cameras may have other users for ONVIF: connections have a trial of
		// their own, which does not hold up requests.
		wantPass(t, d, time.Now(), right)
		wantState(t, d, time.Now(), right, camera.Idle, time.Time{})
		if err := d.Try(t.Context(), right, saying(nil).attempt); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRequestsGoTogetherOnceTheSignInIsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}).Device("dev")
		a := saying(nil)
		tryAll(t, d, right, 4, a)
		if a.n.Load() != 4 || a.most.Load() != 3 {
			t.Errorf("%d requests, at most %d together; want 1, then 3", a.n.Load(), a.most.Load())
		}
		a = saying(fault.New(fault.DialTimeout, "no answer", "")) // it may come back as another
		tryAll(t, d, right, 3, a)
		a = saying(nil)
		for _, err := range tryAll(t, d, right, 3, a) {
			if err != nil {
				t.Error(err)
			}
		}
		if a.most.Load() > 2 {
			t.Errorf("%d requests together after an outage", a.most.Load())
		}
		<-time.After(trustFor + time.Second)
		a = saying(refused)
		tryAll(t, d, right, 10, a)
		if a.n.Load() != 1 {
			t.Errorf("%d failed sign-ins once trust has ended", a.n.Load())
		}
		wantState(t, d, time.Now(), right, camera.Unauthorized, time.Now().Add(time.Minute))
	})
}

func TestAnErrorOfTheRequestIsNoRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}).Device("dev")
		odd := errors.New("not supported")
		for range 3 {
			if err := d.Try(t.Context(), right, saying(odd).attempt); !errors.Is(err, odd) {
				t.Fatalf("got %v", err)
			}
		}
		if err := d.Try(t.Context(), right, saying(nil).attempt); err != nil {
			t.Fatal(err)
		}
		// A right that this user lacks, while the sign-in is good.
		lacks := fault.New(fault.Forbidden, "the user may not turn it", "")
		if err := d.Try(t.Context(), right, saying(lacks).attempt); !errors.Is(err, lacks) {
			t.Fatalf("got %v", err)
		}
		wantPass(t, d, time.Now(), right)
	})
}

func TestTryHonoursItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}).Device("dev")
		p := wantPass(t, d, time.Now(), right)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a := saying(nil)
		if err := d.Try(ctx, right, a.attempt); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if _, err := d.Enter(ctx, right); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		p.Accepted()
		if err := d.Try(ctx, right, a.attempt); !errors.Is(err, context.DeadlineExceeded) || a.n.Load() != 0 {
			t.Errorf("an ended context got %v after %d attempts", err, a.n.Load())
		}
	})
}

func TestAPanicEndsTheTrial(t *testing.T) {
	d := New(Config{}).Device("dev")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = d.Try(t.Context(), right, func() error { panic("broken") })
	}()
	if err := d.Try(t.Context(), right, func() error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestNoSignInIsASignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}).Device("dev")
		none := camera.Credentials{}
		_ = d.Try(t.Context(), none, saying(refused).attempt)
		wantState(t, d, time.Now(), none, camera.Unauthorized, time.Now().Add(30*time.Minute))
		wantPass(t, d, time.Now(), right)
	})
}

func TestEnter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}).Device("dev")
		p, err := d.Enter(t.Context(), right)
		if err != nil {
			t.Fatal(err)
		}
		entered := make(chan *Pass)
		go func() {
			p, err := d.Enter(t.Context(), right)
			if err != nil {
				t.Error(err)
			}
			entered <- p
		}()
		synctest.Wait()
		p.Accepted()
		second := <-entered
		d.SetMaxConnections(2)
		_, err = d.Enter(t.Context(), right)
		if resting, ok := errors.AsType[*RestingError](err); !ok || !resting.Until.IsZero() || fault.CodeOf(err) != fault.Busy {
			t.Errorf("the third of two got %v", err)
		}
		second.Done(time.Now(), refused)
		_, err = d.Enter(t.Context(), right)
		wantResting(t, err, time.Now().Add(time.Minute))
	})
}

func TestResting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{}).Device("dev")
		if s, _ := d.Resting(time.Now(), wrong); s.State != camera.Idle {
			t.Errorf("an unknown sign-in: %+v", s)
		}
		_ = d.Try(t.Context(), wrong, saying(fault.New("locked", "the account is locked", "wait")).attempt)
		s, changed := d.Resting(time.Now(), wrong)
		if s.State != camera.Unauthorized || s.Reason != "locked" || s.Hint != "wait" || !s.NextTry.Equal(time.Now().Add(30*time.Minute)) {
			t.Errorf("got %+v", s)
		}
		d.Reopen()
		<-changed
		if s, _ := d.Resting(time.Now(), wrong); s.State != camera.Idle {
			t.Errorf("still %+v once a person asked", s)
		}
	})
}

func TestRestingErrorTellsNoSecret(t *testing.T) {
	err := error(&RestingError{refused, t0})
	if !strings.Contains(err.Error(), refused.Message) || !strings.Contains(err.Error(), t0.Format(time.RFC3339)) {
		t.Errorf("it says %q", err)
	}
	if !errors.Is(fmt.Errorf("ask: %w", err), refused) {
		t.Error("what the device said is lost")
	}
}

// memory is what the hooks keep.
type memory struct {
	mu     sync.Mutex
	worked []camera.Credentials
	facts  []string
	known  Memory
	asked  int
}

func (m *memory) config(t *testing.T) Config {
	return Config{
		Worked: func(id, user string, password secret.Text) bool {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.asked++
			return id == "dev" && slices.Contains(m.worked, camera.Credentials{User: user, Password: password})
		},
		Remember: func(id string, f Fact) {
			m.mu.Lock()
			defer m.mu.Unlock()
			text := id + " " + f.Transport + string(f.Pin)
			if f.Worked != nil {
				text += "worked " + f.Worked.Password.Reveal()
				m.worked = append(m.worked, *f.Worked)
			}
			m.facts = append(m.facts, text)
		},
		Known: func(id string) Memory {
			if id != "dev" {
				return Memory{}
			}
			return m.known
		},
	}
}

func (m *memory) wantFacts(t *testing.T, want ...string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	slices.Sort(m.facts)
	slices.Sort(want)
	if !slices.Equal(m.facts, want) {
		t.Errorf("remembered %q, want %q", m.facts, want)
	}
	m.facts = nil
}

func TestWhatIsLearnedIsRemembered(t *testing.T) {
	m := &memory{}
	b := New(m.config(t))
	d := b.Device("dev")
	p := wantPass(t, d, t0, right)
	p.Accepted()
	p.Accepted()
	m.wantFacts(t, "dev worked right")
	d.Learn("tcp", nil)
	d.Learn("udp", []byte("PIN"))
	d.Learn("udp", []byte("ANOTHER"))
	m.wantFacts(t, "dev udp", "dev PIN")
	if udp, pin := d.Learned(); !udp || string(pin) != "PIN" {
		t.Errorf("learned %v, %q", udp, pin)
	}
	d.SetPin(nil)
	d.Learn("", []byte("NEW"))
	m.wantFacts(t, "dev NEW")
	wantPass(t, d, t0, right)
	if m.asked != 1 {
		t.Errorf("asked %d times whether one sign-in worked", m.asked)
	}

	// The next start of the program: a known sign-in rests for a minute.
	m.known = Memory{PreferUDP: true, Pin: []byte("NEW")}
	d = New(m.config(t)).Device("dev")
	if udp, pin := d.Learned(); !udp || string(pin) != "NEW" {
		t.Errorf("remembers %v, %q", udp, pin)
	}
	p = wantPass(t, d, t0, right)
	p.Done(t0, refused)
	wantState(t, d, t0, right, camera.Unauthorized, t0.Add(time.Minute))
	wantPass(t, d, t0, wrong).Done(t0, refused)
	wantState(t, d, t0, wrong, camera.Unauthorized, t0.Add(30*time.Minute))
	m.wantFacts(t)
}

func TestARequestThatWorkedIsRemembered(t *testing.T) {
	m := &memory{}
	d := New(m.config(t)).Device("dev")
	for range 2 {
		if err := d.Try(t.Context(), right, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	m.wantFacts(t, "dev worked right")
}

// Hooks may ask the device itself: nothing is locked.
func TestHooksMayAsk(t *testing.T) {
	var b *Book
	look := func() { b.Device("dev").Crowded() }
	b = New(Config{
		Worked:   func(string, string, secret.Text) bool { look(); return false },
		Remember: func(string, Fact) { look() },
		Known:    func(string) Memory { b.Forget("other"); return Memory{} },
	})
	wantPass(t, b.Device("dev"), t0, right).Accepted()
	b.Device("dev").Learn("udp", []byte("PIN"))
}

func TestBook(t *testing.T) {
	m := &memory{}
	b := New(m.config(t))
	d := b.Device("dev")
	if b.Device("dev") != d || b.Device("other") == d {
		t.Error("devices are not told apart by their ids")
	}
	b.Forget("dev")
	b.Forget("nobody")
	if b.Device("dev") == d {
		t.Error("a forgotten device is still there")
	}

	asked := b.Device("192.0.2.1:80")
	wantPass(t, asked, t0, right).Accepted()
	asked.Learn("udp", []byte("PIN"))
	wantPass(t, asked, t0, wrong).Done(t0, refused)
	m.wantFacts(t, "192.0.2.1:80 worked right", "192.0.2.1:80 udp", "192.0.2.1:80 PIN")
	b.Move("192.0.2.1:80", "gate")
	m.wantFacts(t, "gate worked right", "gate udp", "gate PIN")
	if b.Device("gate") != asked || b.Device("192.0.2.1:80") == asked {
		t.Error("the device was not moved")
	}
	wantState(t, b.Device("gate"), t0, wrong, camera.Unauthorized, t0.Add(30*time.Minute))
	b.Move("gate", "dev") // taken
	b.Move("nobody", "new")
	if b.Device("gate") != asked {
		t.Error("a device was moved over another")
	}
}

func TestSignInsAreBounded(t *testing.T) {
	d := New(Config{}).Device("dev")
	held := wantPass(t, d, t0, right)
	held.Accepted()
	wantPass(t, d, t0, wrong).Done(t0, refused)
	for i := range 10 * maxSignIns {
		cred := camera.Credentials{User: fmt.Sprint(i)}
		p := wantPass(t, d, t0, cred)
		p.Done(t0, refused)
		if n := len(d.signIns); n > maxSignIns {
			t.Fatalf("%d sign-ins are kept", n)
		}
		wantState(t, d, t0, cred, camera.Unauthorized, t0.Add(30*time.Minute))
	}
	if d.signIns[right] == nil {
		t.Error("the one that is in use was forgotten")
	}
	if d.signIns[wrong] != nil {
		t.Error("the oldest was kept")
	}
	// Even when all are in use there are no more.
	d = New(Config{}).Device("dev")
	for i := range maxSignIns + 5 {
		wantPass(t, d, t0, camera.Credentials{User: fmt.Sprint(i)})
	}
	if n := len(d.signIns); n != maxSignIns {
		t.Errorf("%d sign-ins are kept", n)
	}
}

func TestMaxConnectionsMayChange(t *testing.T) {
	d := New(Config{}).Device("dev")
	d.SetMaxConnections(1)
	wantPass(t, d, t0, right).Accepted()
	v := d.Admit(t0, right)
	if v.Pass != nil {
		t.Fatal("the second of one was admitted")
	}
	if crowded, _ := d.Crowded(); !crowded {
		t.Error("nobody makes room")
	}
	d.SetMaxConnections(2)
	select {
	case <-v.Changed:
	default:
		t.Error("who waits was not told")
	}
	wantPass(t, d, t0, right)
	d.SetMaxConnections(0)
	wantPass(t, d, t0, right)
}
