package admission

import (
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// Pass is the permission for one connection. Its owner calls Accepted when the
// device has let the session in, which may be more than once, and Done once, at
// its end.
type Pass struct {
	device           *Device
	signIn           *signIn
	trial, busyTrial bool
	in               bool
}

// Accepted tells that the device took the credential and serves the stream.
func (p *Pass) Accepted() {
	if id, first := p.accept(); first {
		p.device.tell(id, p.signIn.cred)
	}
}

// accept returns whether the credential has worked for the first time.
func (p *Pass) accept() (id string, first bool) {
	d, s := p.device, p.signIn
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.in {
		return d.id, false
	}
	p.in = true
	first = !s.worked
	s.accepted, s.worked, s.refused = true, true, 0
	d.busyTimes, d.busyUntil = 0, time.Time{}
	p.endTrials()
	d.signalLocked()
	return d.id, first
}

// Done ends the connection; err is why, nil when we ended it ourselves.
func (p *Pass) Done(now time.Time, err *fault.Error) {
	d, s := p.device, p.signIn
	d.mu.Lock()
	defer d.mu.Unlock()
	d.connections--
	p.endTrials()
	switch {
	case err == nil:
	case refusal(err.Code):
		s.refuse(now, err)
	case camera.StateFor(err.Code) == camera.Busy:
		d.busy = err
		if now.Before(d.busyUntil) {
			break
		}
		d.busyTimes++
		d.busyUntil = now.Add(Jittered(Doubled(busyFirst, busyLast, d.busyTimes)))
	default:
		s.doubt()
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
	d.signalLocked()
}

func (p *Pass) endTrials() {
	if p.trial {
		p.signIn.trial, p.trial = false, false
	}
	if p.busyTrial {
		p.device.busyTrial, p.busyTrial = false, false
	}
}

// refuse counts a refusal and lets the sign-in rest.
func (s *signIn) refuse(now time.Time, err *fault.Error) {
	s.doubt()
	s.last = err
	if now.Before(s.until) {
		return // it was under way beside the one that was counted
	}
	s.refused++
	steps := refusedNew
	if s.worked && err.Code != fault.AccountLocked {
		steps = refusedKnown
	}
	s.until = now.Add(nth(steps, s.refused))
}

// doubt makes the next to come try alone: the device may come back with another
// password.
func (s *signIn) doubt() { s.accepted, s.answered = false, time.Time{} }

// refusal reports whether a code is about the sign-in.
func refusal(code fault.Code) bool {
	return code == fault.Unauthorized || code == fault.Forbidden || code == fault.AccountLocked
}
