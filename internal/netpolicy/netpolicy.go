// Package netpolicy decides which addresses our own requests may reach: ONVIF,
// descriptions that devices announce, RTSP. A Policy is a pure decision, and a
// dialer that asks it about each address it is about to connect to, which is
// after DNS and after each redirect. It knows no protocol and keeps nothing;
// whoever connects to an address that somebody else named uses its dialer.
package netpolicy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"camwall/internal/fault"
)

// dialTimeout bounds a connection, DNS included, unless the context is shorter.
const dialTimeout = 10 * time.Second

// Config says what is ours.
type Config struct {
	// Loopback allows addresses of this machine to everybody: we listen on
	// loopback only, so whoever asks is on this machine anyway.
	Loopback bool

	// Own returns our own listeners; one with an unspecified address is at
	// every address of this machine. Nil is none. It is called at each check.
	Own func() []netip.AddrPort

	// Interfaces returns the addresses of this machine; nil is
	// net.InterfaceAddrs. It is called at each check.
	Interfaces func() ([]net.Addr, error)

	// Resolver resolves names for the dialer; nil is the system's.
	Resolver *net.Resolver
}

// Policy decides by one configuration. It is safe for use by many goroutines.
type Policy struct{ cfg Config }

// New returns a Policy.
func New(cfg Config) *Policy {
	if cfg.Own == nil {
		cfg.Own = func() []netip.AddrPort { return nil }
	}
	if cfg.Interfaces == nil {
		cfg.Interfaces = net.InterfaceAddrs
	}
	return &Policy{cfg}
}

// Check returns nil if a connection to that address is allowed. trusted is for
// cameras that the configuration file or the command line names: they may be on
// this machine. Multicast, broadcast, unspecified and cloud metadata addresses
// and our own listeners are refused to all, also when an IPv6 address stands for
// an IPv4 one of those. The error is a fault.AddressNotAllowed.
func (p *Policy) Check(to netip.AddrPort, trusted bool) error {
	if !to.IsValid() {
		return refuse(to, "no address")
	}
	forms := formsOf(to.Addr())
	for _, addr := range forms {
		if what := never(addr); what != "" {
			return refuse(to, what)
		}
	}
	m, err := p.machine()
	if err != nil {
		return fault.Errorf(fault.AddressNotAllowed, "%s is not connected to, because the addresses of this machine can't be read: %w", to, err).
			WithHint("try again; the system's log may say what is wrong with its network")
	}
	for _, addr := range forms {
		if m.listens(netip.AddrPortFrom(addr, to.Port()), p.cfg.Own()) {
			return refuse(to, "an address of Camwall itself")
		}
	}
	if trusted || p.cfg.Loopback {
		return nil
	}
	for _, addr := range forms {
		if m.has(addr) {
			return refuse(to, "an address of this machine").
				WithHint("write a camera on this machine into camwall.yaml, or name it with --camera")
		}
	}
	return nil
}

// DialContext returns a dialer for tcp and udp that checks each address it is
// about to connect to. The refusal is in the chain of the error that it returns;
// of a name with several addresses those that are allowed are tried.
func (p *Policy) DialContext(trusted bool) func(ctx context.Context, network, addr string) (net.Conn, error) {
	dialer := net.Dialer{
		Timeout:  dialTimeout,
		Resolver: p.cfg.Resolver,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			return p.checkDial(network, address, trusted)
		},
	}
	return dialer.DialContext
}

// checkDial checks what package net is about to connect to.
func (p *Policy) checkDial(network, address string, trusted bool) error {
	if !strings.HasPrefix(network, "tcp") && !strings.HasPrefix(network, "udp") {
		return fault.Errorf(fault.AddressNotAllowed, "a connection over %s is not allowed", network).
			WithHint("cameras are reached over TCP and UDP")
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read address to dial: %w", err)
	}
	return p.Check(to, trusted)
}

func refuse(to netip.AddrPort, what string) *fault.Error {
	return fault.Errorf(fault.AddressNotAllowed, "%s may not be connected to: it is %s", to, what).
		WithHint("name the address of a camera or recorder on your network")
}
