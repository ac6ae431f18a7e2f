package netpolicy

import (
	"net"
	"net/netip"
	"slices"
)

// unspecified is "this network": Linux connects it to the machine itself.
var unspecified = netip.MustParsePrefix("0.0.0.0/8")

// metadata are services that hand a machine's credentials to whoever asks from
// it. 169.254.0.0/16 as a whole is not refused: cameras without DHCP are there.
var metadata = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"), // nearly all clouds
	netip.MustParseAddr("fd00:ec2::254"),   // AWS over IPv6
	netip.MustParseAddr("169.254.170.2"),   // AWS, containers
	netip.MustParseAddr("169.254.170.23"),  // AWS, pods
	netip.MustParseAddr("fd00:ec2::23"),    // the same over IPv6
	netip.MustParseAddr("fd20:ce::254"),    // Google over IPv6
	netip.MustParseAddr("100.100.100.200"), // Alibaba
	netip.MustParseAddr("168.63.129.16"),   // Azure
	netip.MustParseAddr("192.0.0.192"),     // Oracle, classic
	netip.MustParseAddr("169.254.0.23"),    // Tencent
	netip.MustParseAddr("169.254.42.42"),   // Scaleway
	netip.MustParseAddr("fd00:42::42"),     // the same over IPv6
}

// never says what an address is that nobody may connect to; "" for others.
func never(addr netip.Addr) string {
	switch {
	case addr.IsUnspecified() || unspecified.Contains(addr):
		return "an unspecified address"
	case addr.IsMulticast():
		return "a multicast address"
	case addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "the broadcast address"
	case slices.Contains(metadata, addr):
		return "a cloud's metadata service"
	}
	return ""
}

// embedding is a range of IPv6 whose addresses stand for IPv4 ones. The four
// octets begin at an index; those of Teredo clients are inverted.
type embedding struct {
	prefix   netip.Prefix
	at       int
	inverted bool
}

var embeddings = []embedding{
	{netip.MustParsePrefix("::ffff:0:0/96"), 12, false},   // mapped, RFC 4291 section 2.5.5.2
	{netip.MustParsePrefix("::/96"), 12, false},           // compatible, RFC 4291 section 2.5.5.1
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12, false}, // translated, RFC 2765 section 2.1
	{netip.MustParsePrefix("64:ff9b::/96"), 12, false},    // NAT64, RFC 6052 section 2.1
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12, false},  // NAT64 of a site, RFC 8215
	{netip.MustParsePrefix("2002::/16"), 2, false},        // 6to4, RFC 3056 section 2
	{netip.MustParsePrefix("2001::/32"), 12, true},        // Teredo client, RFC 4380 section 4
}

// formsOf returns addr without zone, and the IPv4 address that it stands for.
func formsOf(addr netip.Addr) []netip.Addr {
	addr = addr.WithZone("")
	forms := []netip.Addr{addr}
	if addr.Is4() || addr.IsUnspecified() || addr == netip.IPv6Loopback() {
		return forms
	}
	octets := addr.As16()
	for _, e := range embeddings {
		// Prefix.Contains tells a mapped address from an IPv6 one.
		if netip.PrefixFrom(netip.AddrFrom16(octets), e.prefix.Bits()).Masked() != e.prefix {
			continue
		}
		v4 := [4]byte(octets[e.at : e.at+4])
		if e.inverted {
			for i := range v4 {
				v4[i] = ^v4[i]
			}
		}
		forms = append(forms, netip.AddrFrom4(v4))
	}
	return forms
}

// machine is the addresses of this machine besides loopback.
type machine map[netip.Addr]bool

func (p *Policy) machine() (machine, error) {
	addrs, err := p.cfg.Interfaces()
	if err != nil {
		return nil, err
	}
	m := make(machine, len(addrs))
	for _, a := range addrs {
		var ip net.IP
		switch a := a.(type) {
		case *net.IPNet:
			ip = a.IP
		case *net.IPAddr:
			ip = a.IP
		}
		if addr, ok := netip.AddrFromSlice(ip); ok {
			m[addr.Unmap()] = true
		}
	}
	return m, nil
}

// has reports whether an address leads to this machine.
func (m machine) has(addr netip.Addr) bool { return addr.IsLoopback() || m[addr] }

// listens reports whether one of our listeners is at that address.
func (m machine) listens(to netip.AddrPort, own []netip.AddrPort) bool {
	return slices.ContainsFunc(own, func(l netip.AddrPort) bool {
		if l.Port() != to.Port() {
			return false
		}
		at := l.Addr().WithZone("").Unmap()
		return at == to.Addr() || at.IsUnspecified() && m.has(to.Addr())
	})
}
