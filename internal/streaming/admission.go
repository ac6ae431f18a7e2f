package streaming

import (
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/rtsp"
)

// device is what all streams of one device share: how many connections we have
// to it, whether it said that it serves no more, and the state of each sign-in.
// Its gate decides who may connect now, so that sixteen streams with one wrong
// password make one failed sign-in, and a device that is busy sees one try.
type device struct {
	maxConnections int // 0 is no bound

	// mu guards the fields below.
	mu          sync.Mutex
	connections int
	busyUntil   time.Time
	busyTimes   int          // refusals in a row
	busy        *fault.Error // the last of them
	busyTrial   bool         // somebody tries while it is busy
	signIns     map[signInKey]*signIn
	preferUDP   bool          // what worked the last time
	pin         []byte        // SHA-256 of the certificate that was trusted first
	changed     chan struct{} // closed and replaced when the gate may have opened
	waiting     bool          // somebody wants a connection and there is no room
	crowd       chan struct{} // closed while waiting
}

type signInKey struct{ user, password string }

// signIn is the state of one credential at one device.
type signIn struct {
	accepted bool      // it was accepted, and no session has failed since
	worked   bool      // it was accepted at some time
	trial    bool      // somebody tries it
	refused  int       // refusals in a row
	until    time.Time // it rests until then
	last     *fault.Error
}

func newDevice(maxConnections int) *device {
	return &device{
		maxConnections: maxConnections,
		signIns:        make(map[signInKey]*signIn),
		changed:        make(chan struct{}),
		crowd:          make(chan struct{}),
	}
}

// verdict is the gate's answer. With a pass, the caller may connect. Else
// status explains why not (its State is Idle when it just has to wait for a
// sibling's trial), and the caller asks again when changed is closed or
// status.NextTry has come.
type verdict struct {
	pass    *pass
	status  camera.Status
	changed <-chan struct{}
}

// admit asks for a connection with cred at now.
func (d *device) admit(now time.Time, cred camera.Credentials) verdict {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := signInKey{cred.User, cred.Password.Reveal()}
	s := d.signIns[key]
	if s == nil {
		s = &signIn{}
		d.signIns[key] = s
	}
	no := verdict{changed: d.changed, status: camera.Status{State: camera.Idle}}
	switch {
	case now.Before(s.until):
		no.status = statusOf(s.last)
		no.status.NextTry = s.until
	case now.Before(d.busyUntil):
		d.crowdLocked()
		no.status = statusOf(d.busy)
		no.status.NextTry = d.busyUntil
	case d.maxConnections > 0 && d.connections >= d.maxConnections:
		d.crowdLocked()
		no.status = statusOf(fault.Errorf(fault.Busy, "all %d connections that this device may have are in use", d.maxConnections).
			WithHint("raise max_connections of the device, or watch fewer of its streams"))
	case !s.accepted && s.trial, d.busyTimes > 0 && d.busyTrial:
		// A sibling is trying; its result is ours.
	default:
		p := &pass{device: d, signIn: s, trial: !s.accepted, busyTrial: d.busyTimes > 0}
		s.trial = s.trial || p.trial
		d.busyTrial = d.busyTrial || p.busyTrial
		d.connections++
		if d.waiting {
			d.waiting, d.crowd = false, make(chan struct{}) // others that wait say so again
		}
		return verdict{pass: p}
	}
	return no
}

// crowdLocked lets pulls that nobody watches make room.
func (d *device) crowdLocked() {
	if !d.waiting && d.connections > 0 {
		d.waiting = true
		close(d.crowd)
	}
}

// crowded tells whether somebody waits for room, and when that begins.
func (d *device) crowded() (now bool, begins <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting, d.crowd
}

// reopen lets everybody ask again; credentials that rest are tried at once.
func (d *device) reopen() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busyUntil = time.Time{}
	for _, s := range d.signIns {
		s.until = time.Time{}
	}
	d.signal()
}

func (d *device) signal() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// pass is the permission for one connection. Its owner calls accepted when the
// device has let the session in, which may be more than once, and done once, at
// its end.
type pass struct {
	device           *device
	signIn           *signIn
	trial, busyTrial bool
	in               bool
}

// accepted tells that the device took the credential and serves the stream.
func (p *pass) accepted() {
	d := p.device
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.in {
		return
	}
	p.in = true
	p.signIn.accepted, p.signIn.worked, p.signIn.refused = true, true, 0
	d.busyTimes, d.busyUntil = 0, time.Time{}
	p.endTrials()
	d.signal()
}

// done ends the connection; err is why, nil when we ended it ourselves.
func (p *pass) done(now time.Time, err *fault.Error) {
	d, s := p.device, p.signIn
	d.mu.Lock()
	defer d.mu.Unlock()
	d.connections--
	p.endTrials()
	switch {
	case err == nil:
	case camera.StateFor(err.Code) == camera.Unauthorized:
		s.accepted, s.last = false, err
		if now.Before(s.until) {
			break // it was under way beside the one that was counted
		}
		s.refused++
		if s.worked {
			s.until = now.Add(nth(refusedKnown, s.refused))
		} else {
			s.until = now.Add(nth(refusedNew, s.refused))
		}
	case camera.StateFor(err.Code) == camera.Busy:
		d.busy = err
		if now.Before(d.busyUntil) {
			break
		}
		d.busyTimes++
		d.busyUntil = now.Add(jittered(doubled(busyFirst, busyLast, d.busyTimes)))
	default:
		// It may come back with another password: one tries first.
		s.accepted = false
	}
	if p.in {
		d.busyUntil = time.Time{} // one of our connections is free again
	}
	if d.connections == 0 {
		// Nothing holds any more what was accepted: the next to come is one.
		for _, s := range d.signIns {
			s.accepted = false
		}
	}
	d.signal()
}

func (p *pass) endTrials() {
	if p.trial {
		p.signIn.trial, p.trial = false, false
	}
	if p.busyTrial {
		p.device.busyTrial, p.busyTrial = false, false
	}
}

// learned returns what the last sessions found out about the device.
func (d *device) learned() (preferUDP bool, pin []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.preferUDP, d.pin
}

// learn takes what a session found out.
func (d *device) learn(info rtsp.Info) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if info.Transport != "" {
		d.preferUDP = info.Transport == "udp"
	}
	if d.pin == nil {
		d.pin = info.Pin
	}
}

// statusOf is the status that err leads to, without times.
func statusOf(err *fault.Error) camera.Status {
	return camera.Status{State: camera.StateFor(err.Code), Reason: err.Code, Message: err.Message, Hint: err.Hint}
}
