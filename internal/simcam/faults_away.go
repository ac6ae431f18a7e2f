package simcam

import (
	"fmt"
	"time"

	"github.com/bluenviron/gortsplib/v4"
)

// reach is how a stream answers requests at all.
type reach int

const (
	answering reach = iota
	reachGone       // connections end unanswered
	reachCut        // nothing is answered
)

// longestWait is how long a client may wait for an answer that does not come:
// longer than any waits that is still there.
const longestWait = 30 * time.Second

// SetGone ends every connection that has set the stream up, and every later one
// that asks for it, without an answer: as a camera that starts anew.
func (s *Stream) SetGone(on bool) {
	s.setReach(on, reachGone)
	if on {
		s.CloseConnections()
	}
}

// SetCutOff sends nothing and answers no request for the stream, while all
// connections stay open: as a camera whose cable was pulled. A connection ends
// when its client does, or has waited 30 s for an answer.
func (s *Stream) SetCutOff(on bool) { s.setReach(on, reachCut) }

func (s *Stream) setReach(on bool, to reach) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !on {
		to = answering
	}
	s.faults.reach = to
	s.signalLocked()
}

// signalLocked lets requests go on that wait for the end of a fault. It needs mu.
func (s *Stream) signalLocked() {
	close(s.mended)
	s.mended = make(chan struct{})
}

// waitForReach returns when the stream answers requests again, or ends the
// connection of one that gets no answer and returns false.
func (s *Stream) waitForReach(conn *gortsplib.ServerConn) bool {
	patience := time.NewTimer(longestWait)
	defer patience.Stop()
	for {
		s.mu.Lock()
		is, mended := s.faults.reach, s.mended
		s.mu.Unlock()
		if is == answering {
			return true
		}
		client := clientOf(conn.NetConn())
		if is == reachCut && client != nil && client.await(mended, s.server.closed, patience.C) {
			select {
			case <-s.server.closed:
				return false
			default:
				continue
			}
		}
		if err := conn.NetConn().Close(); err != nil {
			s.log.Debug("close connection", "path", s.spec.Path, "error", err)
		}
		return false
	}
}

// SetPassword changes who may play, as somebody who signs in at the camera's own
// page does. Sessions that play are left alone. The stream must have a sign-in.
func (s *Stream) SetPassword(user, password string) error {
	if s.spec.Auth == AuthNone || user == "" {
		return fmt.Errorf("stream %s: a password needs a stream with a sign-in, and a user", s.spec.Path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.info.User, s.info.Password = user, password
	return nil
}
