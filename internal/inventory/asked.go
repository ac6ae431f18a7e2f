package inventory

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"camwall/internal/fault"
	"camwall/internal/onvif"
)

// memory is what devices told lately, so that sixteen pictures of one recorder
// don't describe it sixteen times.
type memory struct {
	// mu guards the field below.
	mu      sync.Mutex
	told    map[[sha256.Size]byte]*told
	flights map[[sha256.Size]byte]*flight
}

// flight is a question that is asked just now; who has the same one waits for it.
type flight struct {
	done chan struct{}
	told *told // nil: err
	err  error
}

// join returns the flight of a question. Who leads has to ask and to land it.
func (m *memory) join(a asking) (f *flight, leads bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := m.flights[a.key()]; f != nil {
		return f, false
	}
	if m.flights == nil {
		m.flights = make(map[[sha256.Size]byte]*flight)
	}
	f = &flight{done: make(chan struct{})}
	m.flights[a.key()] = f
	return f, true
}

func (m *memory) land(a asking, f *flight) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.flights, a.key())
	close(f.done)
}

type told struct {
	id     string
	client *onvif.Client
	device *onvif.Device
	at     time.Time
}

const (
	rememberFor = 2 * time.Minute
	lately      = 5 * time.Second // for who has a reason to ask anew
	maxTold     = 16
)

// key tells askings apart, without keeping their passwords.
func (a asking) key() [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join([]string{a.id, a.address, a.tls.String(), a.cred.User, a.cred.Password.Reveal()}, "\x00")))
}

func (m *memory) get(a asking, within time.Duration) *told {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.told[a.key()]
	if t == nil || time.Since(t.at) > within {
		return nil
	}
	return t
}

// put keeps t in place of the oldest, whose client is closed.
func (m *memory) put(a asking, t *told) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.told == nil {
		m.told = make(map[[sha256.Size]byte]*told)
	}
	if old := m.told[a.key()]; old != nil {
		old.client.Close()
	}
	m.told[a.key()] = t
	for len(m.told) > maxTold {
		var oldest [sha256.Size]byte
		for k, o := range m.told {
			if was := m.told[oldest]; was == nil || o.at.Before(was.at) {
				oldest = k
			}
		}
		m.told[oldest].client.Close()
		delete(m.told, oldest)
	}
}

func (m *memory) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, t := range m.told {
		if t.id == id {
			t.client.Close()
			delete(m.told, k)
		}
	}
}

func (m *memory) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.told {
		t.client.Close()
	}
	clear(m.told)
}

// ask describes a device, or returns what it told within a time; 0 asks anew.
func (v *Inventory) ask(ctx context.Context, a asking, within time.Duration) (*told, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	for {
		if t := v.asked.get(a, within); within > 0 && t != nil {
			return t, nil
		}
		f, leads := v.asked.join(a)
		if leads {
			f.told, f.err = v.askNow(ctx, a)
			v.asked.land(a, f)
			return f.told, f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, asTimeout(ctx.Err())
		}
		if f.err == nil || !errors.Is(f.err, context.Canceled) {
			return f.told, f.err
		}
		// Who led has lost interest.
	}
}

// asTimeout says to people that a device did not answer.
func asTimeout(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return asFault(err)
	}
	return err
}

func (v *Inventory) askNow(ctx context.Context, a asking) (*told, error) {
	client, err := v.dial(a)
	if err != nil {
		return nil, err
	}
	device, err := client.Describe(ctx)
	if err != nil {
		client.Close()
		return nil, err
	}
	t := &told{id: a.id, client: client, device: device, at: time.Now()}
	v.asked.put(a, t)
	if a.known {
		v.keepPin(ctx, a.id, client.Pin())
		v.noteTold(a, device)
	}
	return t, nil
}

// noteTold keeps what is known of a device only while we run. What somebody else's
// sign-in found out is not the device's trouble, nor its end.
func (v *Inventory) noteTold(a asking, told *onvif.Device) {
	v.mu.Lock()
	d := v.devices[a.id]
	if d == nil {
		v.mu.Unlock()
		return
	}
	d.ClockOffset, d.Events = told.ClockOffset, told.HasEvents
	changed := false
	if v.currentLocked(a) {
		var problem *fault.Error
		if i := slices.IndexFunc(told.Problems, func(f *fault.Error) bool { return f != nil }); i >= 0 {
			problem = told.Problems[i]
		}
		changed = fault.CodeOf(asError(problem)) != fault.CodeOf(asError(d.Problem))
		d.Problem = problem
	}
	v.mu.Unlock()
	if changed {
		v.feed.tell(Change{Kind: DeviceChanged, ID: a.id})
	}
}

// noteProblem keeps why a device of the inventory could not be asked with its own
// sign-in.
func (v *Inventory) noteProblem(a asking, err error) {
	if errors.Is(err, context.Canceled) {
		return // who asked has gone
	}
	v.mu.Lock()
	d := v.devices[a.id]
	changed := a.known && d != nil && v.currentLocked(a)
	if changed {
		was := d.Problem
		d.Problem = asFault(err)
		changed = fault.CodeOf(asError(was)) != d.Problem.Code
	}
	v.mu.Unlock()
	if changed {
		v.feed.tell(Change{Kind: DeviceChanged, ID: a.id})
	}
}

// asError makes no fault no error.
func asError(f *fault.Error) error {
	if f == nil {
		return nil
	}
	return f
}
