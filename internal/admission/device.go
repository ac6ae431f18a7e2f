package admission

import (
	"bytes"
	"log/slog"
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// Device is the gate of one device. Its methods may be called from any
// goroutine.
type Device struct {
	book *Book

	// mu guards the fields below.
	mu             sync.Mutex
	id             string
	maxConnections int // 0 is no bound
	connections    int
	busyUntil      time.Time
	busyTimes      int          // refusals in a row
	busy           *fault.Error // the last of them
	busyTrial      bool         // somebody tries while it is busy
	signIns        map[camera.Credentials]*signIn
	used           uint64        // counts the uses of signIns, to tell the oldest
	preferUDP      bool          // what worked the last time
	pin            []byte        // SHA-256 of the certificate that was trusted first
	changed        chan struct{} // closed and replaced when the gate may have opened
	waiting        bool          // somebody wants a connection and there is no room
	crowd          chan struct{} // closed while waiting
}

// signIn is the state of one credential at one device.
type signIn struct {
	cred     camera.Credentials
	used     uint64       // when it was asked for last
	accepted bool         // a connection was accepted with it, and none has failed since
	answered time.Time    // a request was accepted with it then; zero: none since one failed
	worked   bool         // it was accepted at some time
	trial    bool         // somebody tries it
	refused  int          // refusals in a row
	until    time.Time    // it rests until then
	last     *fault.Error // the newest refusal
}

// maxSignIns bounds the sign-ins that are kept of a device.
const maxSignIns = 64

func newDevice(b *Book, id string) *Device {
	return &Device{
		book:    b,
		id:      id,
		signIns: make(map[camera.Credentials]*signIn),
		changed: make(chan struct{}),
		crowd:   make(chan struct{}),
	}
}

// Verdict is the gate's answer. With a Pass, the caller may connect. Else Status
// explains why not (its State is Idle when it just has to wait for somebody
// else's trial), and the caller asks again when Changed is closed or
// Status.NextTry has come.
type Verdict struct {
	Pass    *Pass
	Status  camera.Status
	Changed <-chan struct{}
}

// Admit asks for an RTSP connection with cred at now.
func (d *Device) Admit(now time.Time, cred camera.Credentials) Verdict {
	d.meet(cred)
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.signInLocked(cred)
	no := Verdict{Changed: d.changed, Status: camera.Status{State: camera.Idle}}
	switch {
	case now.Before(s.until):
		no.Status = s.status()
	case now.Before(d.busyUntil):
		d.crowdLocked()
		no.Status = camera.StatusFor(d.busy)
		no.Status.NextTry = d.busyUntil
	case d.maxConnections > 0 && d.connections >= d.maxConnections:
		d.crowdLocked()
		no.Status = camera.StatusFor(fault.Errorf(fault.Busy, "all %d connections that this device may have are in use", d.maxConnections).
			WithHint("raise max_connections of the device, or watch fewer of its streams"))
	case !s.accepted && s.trial, d.busyTimes > 0 && d.busyTrial:
		// Somebody else is trying; the result is ours.
	default:
		p := &Pass{device: d, signIn: s, trial: !s.accepted, busyTrial: d.busyTimes > 0}
		s.trial = s.trial || p.trial
		d.busyTrial = d.busyTrial || p.busyTrial
		d.connections++
		if d.waiting {
			d.waiting, d.crowd = false, make(chan struct{}) // others that wait say so again
		}
		return Verdict{Pass: p}
	}
	return no
}

// Resting tells whether cred was refused and is not tried now: the State is Idle
// when it may be, else Unauthorized with the time of the next try. changed is
// closed when that may be sooner.
func (d *Device) Resting(now time.Time, cred camera.Credentials) (status camera.Status, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.signIns[cred]; s != nil && now.Before(s.until) {
		return s.status(), d.changed
	}
	return camera.Status{State: camera.Idle}, d.changed
}

// status is that of a sign-in that rests.
func (s *signIn) status() camera.Status {
	status := camera.StatusFor(s.last)
	status.State, status.NextTry = camera.Unauthorized, s.until
	return status
}

// meet asks whether a sign-in that is new here worked at some time.
func (d *Device) meet(cred camera.Credentials) {
	d.mu.Lock()
	id, known := d.id, d.signIns[cred] != nil
	d.mu.Unlock()
	if known {
		return
	}
	worked := d.book.cfg.Worked(id, cred.User, cred.Password)
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.signInLocked(cred)
	s.worked = s.worked || worked
}

// signInLocked returns the state of cred, and makes it.
func (d *Device) signInLocked(cred camera.Credentials) *signIn {
	s := d.signIns[cred]
	if s == nil {
		if len(d.signIns) >= maxSignIns {
			d.dropOldestLocked()
		}
		s = &signIn{cred: cred}
		d.signIns[cred] = s
	}
	d.used++
	s.used = d.used
	return s
}

// dropOldestLocked forgets the sign-in that was asked for the longest ago, of
// those that nobody tries or holds.
func (d *Device) dropOldestLocked() {
	var oldest *signIn
	for _, s := range d.signIns {
		switch {
		case oldest == nil, s.held() != oldest.held() && oldest.held(), s.held() == oldest.held() && s.used < oldest.used:
			oldest = s
		}
	}
	delete(d.signIns, oldest.cred)
}

func (s *signIn) held() bool { return s.trial || s.accepted }

// crowdLocked lets pulls that nobody watches make room.
func (d *Device) crowdLocked() {
	if !d.waiting && d.connections > 0 {
		d.waiting = true
		close(d.crowd)
	}
}

// Crowded tells whether somebody waits for room, and when that begins.
func (d *Device) Crowded() (now bool, begins <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting, d.crowd
}

// Reopen lets everybody ask again, because a person asks: sign-ins that rest are
// tried at once, and so is a device that is busy.
func (d *Device) Reopen() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busyUntil = time.Time{}
	for _, s := range d.signIns {
		s.until = time.Time{}
	}
	d.signalLocked()
}

// SetMaxConnections bounds our RTSP connections to the device; 0 is no bound.
// Those that there are already stay.
func (d *Device) SetMaxConnections(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.maxConnections != n {
		d.maxConnections = n
		d.signalLocked()
	}
}

// Changed is closed when the gate may have opened since the call.
func (d *Device) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

func (d *Device) signalLocked() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// Learned returns what the last sessions found out about the device.
func (d *Device) Learned() (preferUDP bool, pin []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.preferUDP, d.pin
}

// Learn takes what a session found out: the transport that was set up, "" when
// none was, and the pin of the certificate that was met, nil for none. The first
// pin is kept.
func (d *Device) Learn(transport string, pin []byte) {
	var news []Fact
	d.mu.Lock()
	id := d.id
	if transport != "" && d.preferUDP != (transport == "udp") {
		d.preferUDP = !d.preferUDP
		news = append(news, Fact{Transport: transport})
	}
	if d.pin == nil && pin != nil {
		d.pin = bytes.Clone(pin)
		news = append(news, Fact{Pin: d.pin})
	}
	d.mu.Unlock()
	for _, f := range news {
		d.book.cfg.Remember(id, f)
	}
}

// SetPin replaces the pin, because a person trusts another certificate; nil is
// the next one that is met. Remember is not told.
func (d *Device) SetPin(pin []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pin = bytes.Clone(pin)
}

// rename gives d an id and returns what has been learned so far.
func (d *Device) rename(id string) (facts []Fact) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.id = id
	for cred, s := range d.signIns {
		if s.worked {
			facts = append(facts, Fact{Worked: &cred})
		}
	}
	if d.pin != nil {
		facts = append(facts, Fact{Pin: d.pin})
	}
	if d.preferUDP {
		facts = append(facts, Fact{Transport: "udp"})
	}
	return facts
}

// tell reports a sign-in that worked for the first time; d is not locked.
func (d *Device) tell(id string, cred camera.Credentials) {
	d.book.cfg.Log.Debug("sign-in accepted", slog.String("device", id))
	d.book.cfg.Remember(id, Fact{Worked: &cred})
}
