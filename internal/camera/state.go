package camera

import (
	"time"

	"camwall/internal/fault"
)

// State is what a stream does.
type State uint8

// The states. Connecting is the first try after idle, or with another address or
// sign-in than before; a stream that has failed stays retrying, unauthorized or
// busy through its later tries until it is live, so that Since tells when the
// outage began.
const (
	Disabled     State = iota // switched off
	Idle                      // nobody watches
	Connecting                // first try, no picture yet
	Live                      // pictures come
	Silent                    // connected, but no picture came for a while
	Retrying                  // away: will be tried again soon
	Unauthorized              // the device refused the sign-in
	Busy                      // the device serves no more viewers
	stateCount
)

var stateNames = [stateCount]string{
	"disabled", "idle", "connecting", "live", "silent", "retrying", "unauthorized", "busy",
}

// String returns the state's name in lower case.
func (s State) String() string { return stateNames[s] }

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// transitions is the one table: transitions[a] has the states that may follow a.
var transitions = [stateCount][]State{
	Disabled:     {Idle},
	Idle:         {Connecting, Retrying, Unauthorized, Busy, Disabled},
	Connecting:   {Live, Retrying, Unauthorized, Busy, Idle, Disabled},
	Live:         {Silent, Retrying, Unauthorized, Busy, Idle, Connecting, Disabled},
	Silent:       {Live, Retrying, Unauthorized, Busy, Idle, Connecting, Disabled},
	Retrying:     {Live, Unauthorized, Busy, Idle, Connecting, Disabled},
	Unauthorized: {Live, Retrying, Busy, Idle, Connecting, Disabled},
	Busy:         {Live, Retrying, Unauthorized, Idle, Connecting, Disabled},
}

// MayFollow reports whether next is a legal successor of s. A state may always
// follow itself: its reason or next try changed.
func (s State) MayFollow(next State) bool {
	if s == next {
		return true
	}
	for _, t := range transitions[s] {
		if t == next {
			return true
		}
	}
	return false
}

// StateFor returns the state that a session's end with reason leads to.
func StateFor(reason fault.Code) State {
	switch reason {
	case fault.Unauthorized, fault.Forbidden, fault.AccountLocked:
		return Unauthorized
	case fault.Busy:
		return Busy
	default:
		return Retrying
	}
}

// Status is a stream's state with all that explains it.
type Status struct {
	State State

	// Reason is why, for every state but live and connecting; Message says it
	// to people, without secrets, and Hint what they can do.
	Reason  fault.Code
	Message string
	Hint    string

	// Since is when State began.
	Since time.Time

	// NextTry is when the next connection will be tried; zero while one is
	// being tried, or when none will be.
	NextTry time.Time

	// UnchangedSince is when the pictures became identical; zero while the
	// mark is not set.
	UnchangedSince time.Time

	// Behind is by how much the stream lags behind its own best; zero while
	// the mark is not set.
	Behind time.Duration
}

// StatusFor returns the status that a session's end with err leads to, without
// times.
func StatusFor(err *fault.Error) Status {
	return Status{State: StateFor(err.Code), Reason: err.Code, Message: err.Message, Hint: err.Hint}
}

// Unchanged reports whether the mark is set.
func (s Status) Unchanged() bool { return !s.UnchangedSince.IsZero() }
