package wsd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// Port is where devices listen, and the groups that they join.
const Port = 3702

var (
	group4 = netip.MustParseAddr("239.255.255.250")
	group6 = netip.MustParseAddr("ff02::c")
)

// maxPacket is the most that UDP carries.
const maxPacket = 64 << 10

// Conn is an IPv4 and an IPv6 socket, of which one may be missing. It is safe for
// use by many goroutines.
type Conn struct {
	four *ipv4.PacketConn
	six  *ipv6.PacketConn
}

// Packet is what a Conn has read.
type Packet struct {
	From      netip.AddrPort // unmapped
	Interface int            // index of the interface on which it came; 0 unknown
	Data      []byte         // only valid until the handler returns
}

// Open returns a Conn on free ports, for requests and their answers.
func Open(ctx context.Context) (*Conn, error) {
	var lc net.ListenConfig
	four, err4 := lc.ListenPacket(ctx, "udp4", "0.0.0.0:0")
	six, err6 := lc.ListenPacket(ctx, "udp6", "[::]:0")
	return pair(four, six, err4, err6)
}

// pair makes a Conn of the sockets that there are; having none is an error.
func pair(four, six net.PacketConn, err4, err6 error) (*Conn, error) {
	if err4 != nil && err6 != nil {
		return nil, fmt.Errorf("open sockets: %w", errors.Join(err4, err6))
	}
	c := &Conn{}
	// That the interface is not told, or that the kernel's buffer stays small, is
	// no reason to do without the socket.
	if err4 == nil {
		enlarge(four)
		c.four = ipv4.NewPacketConn(four)
		_ = c.four.SetControlMessage(ipv4.FlagInterface, true)
	}
	if err6 == nil {
		enlarge(six)
		c.six = ipv6.NewPacketConn(six)
		_ = c.six.SetControlMessage(ipv6.FlagInterface, true)
	}
	return c, nil
}

func enlarge(conn net.PacketConn) {
	if udp, ok := conn.(*net.UDPConn); ok {
		_ = udp.SetReadBuffer(1 << 20)
		_ = udp.SetWriteBuffer(1 << 20)
	}
}

// Join joins the groups on an interface; to be there already is no error. The
// error is that of IPv4 and IPv6 when neither could be joined.
func (c *Conn) Join(ifi *net.Interface) error {
	err4, err6 := net.ErrClosed, net.ErrClosed
	if c.four != nil {
		err4 = joined(c.four.JoinGroup(ifi, &net.UDPAddr{IP: group4.AsSlice()}))
	}
	if c.six != nil {
		err6 = joined(c.six.JoinGroup(ifi, &net.UDPAddr{IP: group6.AsSlice()}))
	}
	if err4 != nil && err6 != nil {
		return fmt.Errorf("join groups on %s: %w", ifi.Name, errors.Join(err4, err6))
	}
	return nil
}

// Multicast sends a request to both groups on an interface. The error is that of
// both when neither could be sent; then nobody there was asked.
func (c *Conn) Multicast(ifi *net.Interface, request []byte) error {
	err4, err6 := net.ErrClosed, net.ErrClosed
	if c.four != nil {
		_, err4 = c.four.WriteTo(request, &ipv4.ControlMessage{IfIndex: ifi.Index},
			&net.UDPAddr{IP: group4.AsSlice(), Port: Port})
	}
	if c.six != nil {
		_, err6 = c.six.WriteTo(request, &ipv6.ControlMessage{IfIndex: ifi.Index},
			&net.UDPAddr{IP: group6.AsSlice(), Port: Port, Zone: ifi.Name})
	}
	if err4 != nil && err6 != nil {
		return fmt.Errorf("send on %s: %w", ifi.Name, errors.Join(err4, err6))
	}
	return nil
}

// Unicast sends a request to one address.
func (c *Conn) Unicast(to netip.Addr, request []byte) error {
	addr := net.UDPAddrFromAddrPort(netip.AddrPortFrom(to.Unmap(), Port))
	err := net.ErrClosed
	switch {
	case to.Unmap().Is4() && c.four != nil:
		_, err = c.four.WriteTo(request, nil, addr)
	case to.Is6() && c.six != nil:
		_, err = c.six.WriteTo(request, nil, addr)
	}
	if err != nil {
		return fmt.Errorf("send to %s: %w", to, err)
	}
	return nil
}

// Run reads packets and hands them on, one at a time for each family, until ctx
// ends or the Conn is closed. It closes the Conn.
func (c *Conn) Run(ctx context.Context, handle func(Packet)) error {
	stop := context.AfterFunc(ctx, c.Close)
	defer stop()
	defer c.Close()
	var err4, err6 error
	var wg sync.WaitGroup
	if c.four != nil {
		wg.Go(func() {
			err4 = receive(func(b []byte) (n, index int, from net.Addr, err error) {
				n, cm, from, err := c.four.ReadFrom(b)
				if cm != nil {
					index = cm.IfIndex
				}
				return n, index, from, err
			}, handle)
		})
	}
	if c.six != nil {
		wg.Go(func() {
			err6 = receive(func(b []byte) (n, index int, from net.Addr, err error) {
				n, cm, from, err := c.six.ReadFrom(b)
				if cm != nil {
					index = cm.IfIndex
				}
				return n, index, from, err
			}, handle)
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(err4, err6)
}

// receive reads until the socket is closed. An error that does not go away ends
// it too.
func receive(read func([]byte) (n, index int, from net.Addr, err error), handle func(Packet)) error {
	buffer := make([]byte, maxPacket)
	for failures := 0; ; {
		n, index, from, err := read(buffer)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			if failures++; failures == 100 {
				return fmt.Errorf("read packets: %w", err)
			}
			continue
		}
		failures = 0
		if udp, ok := from.(*net.UDPAddr); ok {
			addr := udp.AddrPort()
			handle(Packet{netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), index, buffer[:n]})
		}
	}
}

// Close closes the sockets. Run returns then.
func (c *Conn) Close() {
	if c.four != nil {
		_ = c.four.Close() // nothing is lost with it
	}
	if c.six != nil {
		_ = c.six.Close()
	}
}
