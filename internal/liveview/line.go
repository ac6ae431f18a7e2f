package liveview

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// sender takes the messages of a live connection, one at a time.
type sender interface {
	// send sends one whole message.
	send(message []byte, now time.Time) error

	// hurry lets what is being sent, and all later messages together, take no
	// longer than limit. It may be called beside send.
	hurry(limit time.Duration)

	// gone reports whether the other end is known to have left. It never waits.
	gone() bool
}

// line is a network connection of our own with a deadline for its writes.
type line struct {
	conn net.Conn

	// mu guards the fields below.
	mu       sync.Mutex
	deadline deadline
	hurried  bool
}

func newLine(conn net.Conn, limit time.Duration) *line {
	return &line{conn: conn, deadline: deadline{limit: limit}}
}

// extend gives a write that begins now its time.
func (l *line) extend(now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	to, due := l.deadline.due(now)
	if !due || l.hurried {
		return nil
	}
	return l.conn.SetWriteDeadline(to)
}

func (l *line) hurry(limit time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.hurried {
		l.hurried = true
		_ = l.conn.SetDeadline(time.Now().Add(limit)) // reading too: nobody waits for more
	}
}

func (l *line) gone() bool { return hungUp(l.conn) }

// body sends messages one behind the other.
type body struct{ *line }

func (b body) send(message []byte, now time.Time) error {
	if err := b.extend(now); err != nil {
		return err
	}
	_, err := b.conn.Write(message)
	return err
}

// socket sends messages as those of a WebSocket.
type socket struct {
	*line
	ws *websocket.Conn
}

func (s socket) send(message []byte, now time.Time) error {
	if err := s.extend(now); err != nil {
		return err
	}
	// The line's deadline bounds it; a context would cost a timer each.
	return s.ws.Write(context.Background(), websocket.MessageBinary, message)
}

// gone is for the one who reads to find out.
func (s socket) gone() bool { return false }

// plain sends through net/http or the window, where no connection is to be had.
type plain struct{ answer }

func (p *plain) send(message []byte, now time.Time) error { return p.write(message, now) }

// hurry can do nothing: the answer belongs to who is writing.
func (p *plain) hurry(time.Duration) {}
