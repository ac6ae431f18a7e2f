package wsd

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
)

// TestConn asks a device on the loopback interface, which answers with a packet
// as large as there can be.
func TestConn(t *testing.T) {
	t.Parallel()
	device, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 77), Port: Port})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	large := bytes.Repeat([]byte("x"), 65_000)
	go func() {
		buffer := make([]byte, 100)
		if _, from, err := device.ReadFromUDPAddrPort(buffer); err == nil {
			_, _ = device.WriteToUDPAddrPort(large, from)
		}
	}()
	conn, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	var got Packet
	go func() {
		done <- conn.Run(ctx, func(p Packet) {
			got = Packet{p.From, p.Interface, bytes.Clone(p.Data)}
			cancel()
		})
	}()
	if err := conn.Unicast(netip.MustParseAddr("::ffff:127.0.0.77"), []byte("?")); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got.From != netip.MustParseAddrPort("127.0.0.77:3702") || !bytes.Equal(got.Data, large) || got.Interface == 0 {
		t.Errorf("%d bytes from %v on %d", len(got.Data), got.From, got.Interface)
	}
	if err := conn.Unicast(netip.MustParseAddr("127.0.0.1"), []byte("?")); err == nil {
		t.Error("a closed socket sends")
	}
}

// TestOpenGroupShares opens the port of the groups twice, beside a device of this
// machine that has the same port.
func TestOpenGroupShares(t *testing.T) {
	t.Parallel()
	device, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 78), Port: Port})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	for range 2 {
		conn, err := OpenGroup()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if conn.four == nil {
			t.Error("no IPv4 socket")
		}
	}
}

func TestRunEndsWithClose(t *testing.T) {
	t.Parallel()
	conn, err := OpenGroup()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := conn.Run(t.Context(), func(Packet) { t.Error("a packet of a closed socket") }); err != nil {
		t.Error(err)
	}
}

func TestNoInterface(t *testing.T) {
	t.Parallel()
	conn, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	gone := &net.Interface{Index: 1 << 20, Name: "gone0"}
	if err := conn.Multicast(gone, []byte("?")); err == nil {
		t.Error("sent on an interface that is not there")
	}
	if err := conn.Join(gone); err == nil {
		t.Error("joined on an interface that is not there")
	}
}
