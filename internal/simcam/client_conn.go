package simcam

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// heldMost is how much of a client that gets no answer is read ahead, in bytes:
// keep-alives and reports, for as long as anybody waits.
const heldMost = 64 << 10

// clientListener makes each connection a clientConn.
type clientListener struct{ net.Listener }

// Accept returns the next connection.
func (l clientListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // the listener's own, which its user looks at
	}
	return &clientConn{Conn: conn}, nil
}

// clientConn is a connection that can tell that its client has left while
// nobody reads from it: gortsplib does not read before a request is answered.
type clientConn struct {
	net.Conn
	held []byte // read ahead; of whoever reads
}

// Read returns first what was read ahead.
func (c *clientConn) Read(to []byte) (int, error) {
	if len(c.held) == 0 {
		return c.Conn.Read(to) //nolint:wrapcheck // a reader compares it with io.EOF
	}
	n := copy(to, c.held)
	c.held = c.held[n:]
	return n, nil
}

// clientOf finds the clientConn within TLS, or returns nil.
func clientOf(conn net.Conn) *clientConn {
	for {
		switch is := conn.(type) {
		case *clientConn:
			return is
		case interface{ NetConn() net.Conn }:
			conn = is.NetConn()
		default:
			return nil
		}
	}
}

// await returns true when one of two channels is closed, and false when the
// client has left before, or the time is over. Nobody may read meanwhile.
func (c *clientConn) await(mended, closed <-chan struct{}, over <-chan time.Time) bool {
	left := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		if c.readAhead() {
			close(left)
		}
	})
	stays := false
	select {
	case <-mended:
		stays = true
	case <-closed:
		stays = true
	case <-left:
	case <-over:
	}
	err := c.SetReadDeadline(time.Unix(1, 0)) // ends the reading
	reading.Wait()
	return errors.Join(err, c.SetReadDeadline(time.Time{})) == nil && stays
}

// readAhead keeps what comes, and reports whether the client has left. It ends
// when reading is told to, and when it has kept enough.
func (c *clientConn) readAhead() (left bool) {
	part := make([]byte, 4<<10)
	for len(c.held) < heldMost {
		n, err := c.Conn.Read(part)
		c.held = append(c.held, part[:n]...)
		if err != nil {
			return !errors.Is(err, os.ErrDeadlineExceeded)
		}
	}
	return false
}
