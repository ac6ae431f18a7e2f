package liveview

import (
	"errors"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// tune prepares a TCP connection for pictures: a send buffer that does not hold
// seconds of old ones, and an early end when the network takes nothing any more
// (TCP_USER_TIMEOUT, RFC 5482). Other connections, and a kernel that refuses,
// are left as they are: the write deadline holds for all.
func tune(conn net.Conn, sendBuffer int, vanish time.Duration) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	_ = tcp.SetWriteBuffer(sendBuffer)
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(vanish.Milliseconds()))
	})
}

// hungUp reports whether the other end of a TCP connection has closed it. It
// neither waits nor takes bytes away.
func hungUp(conn net.Conn) bool {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return true
	}
	var one [1]byte
	var n int
	var peek error
	err = raw.Control(func(fd uintptr) {
		n, _, peek = unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	if err != nil {
		return true
	}
	if peek != nil {
		return !errors.Is(peek, unix.EAGAIN) && !errors.Is(peek, unix.EINTR)
	}
	return n == 0
}
