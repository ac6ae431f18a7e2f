package wsd

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// OpenGroup returns a Conn that hears what is sent to the groups, once they are
// joined. It shares the port with every other program that shares it, and what
// is sent to this machine's own addresses stays theirs: the IPv4 socket is bound
// to the group itself.
func OpenGroup() (*Conn, error) {
	four, err4 := bind(unix.AF_INET, &unix.SockaddrInet4{Port: Port, Addr: group4.As4()})
	six, err6 := bind(unix.AF_INET6, &unix.SockaddrInet6{Port: Port})
	return pair(four, six, err4, err6)
}

// bind is net.ListenPacket, which would not bind to a group.
func bind(family int, addr unix.Sockaddr) (net.PacketConn, error) {
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), "ws-discovery")
	defer file.Close() // FilePacketConn has its own
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1))
	if family == unix.AF_INET6 {
		err = errors.Join(err, unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1))
	}
	if err != nil {
		return nil, fmt.Errorf("share port %d: %w", Port, err)
	}
	if err := unix.Bind(fd, addr); err != nil {
		return nil, fmt.Errorf("bind port %d: %w", Port, err)
	}
	return net.FilePacketConn(file)
}

// joined tells that a group was joined, now or before.
func joined(err error) error {
	if errors.Is(err, unix.EADDRINUSE) {
		return nil
	}
	return err
}
