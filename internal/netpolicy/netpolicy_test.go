package netpolicy

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"camwall/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// interfaces are those of a machine with two networks.
func interfaces() ([]net.Addr, error) {
	return []net.Addr{
		&net.IPNet{IP: net.IPv4(127, 0, 0, 1), Mask: net.CIDRMask(8, 32)},
		&net.IPNet{IP: net.IPv4(192, 0, 2, 5), Mask: net.CIDRMask(24, 32)},
		&net.IPNet{IP: net.ParseIP("2001:db8::5"), Mask: net.CIDRMask(64, 128)},
		&net.IPNet{IP: net.ParseIP("fe80::5"), Mask: net.CIDRMask(64, 128)},
		&net.IPAddr{IP: net.IPv4(198, 51, 100, 5)},
		&net.UnixAddr{Name: "no address"},
	}, nil
}

func own(list ...string) func() []netip.AddrPort {
	return func() []netip.AddrPort {
		var all []netip.AddrPort
		for _, s := range list {
			all = append(all, netip.MustParseAddrPort(s))
		}
		return all
	}
}

// Whom an address is open to.
const (
	nobody  = iota
	trusted // cameras of file and command line
	all
)

var addresses = []struct {
	to   string
	open int
}{
	{"192.0.2.10:80", all},
	{"203.0.113.9:554", all},
	{"10.1.2.3:8899", all},
	{"[2001:db8::10]:80", all},
	{"[fe80::10%eth0]:80", all},
	{"[fd00::10]:80", all},
	{"169.254.7.9:80", all}, // a camera without DHCP
	{"[::ffff:192.0.2.10]:80", all},
	{"[64:ff9b::c000:20a]:80", all}, // 192.0.2.10
	{"[2002:c000:20a::1]:80", all},

	{"127.0.0.1:8554", trusted},
	{"127.9.9.9:8554", trusted},
	{"[::1]:8554", trusted},
	{"[::ffff:127.0.0.1]:8554", trusted},
	{"[::127.0.0.1]:8554", trusted},
	{"[64:ff9b::7f00:1]:8554", trusted},
	{"[2002:7f00:1::]:8554", trusted},
	{"192.0.2.5:8554", trusted}, // this machine by another name
	{"198.51.100.5:8554", trusted},
	{"[2001:db8::5]:8554", trusted},
	{"[fe80::5%eth0]:8554", trusted},
	{"[::ffff:192.0.2.5]:8554", trusted},
	{"[64:ff9b::c000:205]:8554", trusted},

	{"0.0.0.0:80", nobody},
	{"0.1.2.3:80", nobody},
	{"[::]:80", nobody},
	{"[::ffff:0.0.0.0]:80", nobody},
	{"[64:ff9b::]:80", nobody},
	{"255.255.255.255:80", nobody},
	{"[::ffff:255.255.255.255]:80", nobody},
	{"224.0.0.1:80", nobody},
	{"239.255.255.250:1900", nobody},
	{"[ff02::c]:80", nobody},
	{"[ff02::c%eth0]:80", nobody},
	{"[::ffff:239.255.255.250]:1900", nobody},
	{"[64:ff9b::efff:fffa]:1900", nobody},
	{"169.254.169.254:80", nobody},
	{"169.254.169.254:8080", nobody},
	{"[::ffff:169.254.169.254]:80", nobody},
	{"[::169.254.169.254]:80", nobody},
	{"[::ffff:0:a9fe:a9fe]:80", nobody},
	{"[64:ff9b::a9fe:a9fe]:80", nobody},
	{"[64:ff9b:1::a9fe:a9fe]:80", nobody},
	{"[64:ff9b:1:ffff::a9fe:a9fe]:80", nobody},
	{"[2002:a9fe:a9fe::]:80", nobody},
	{"[2002:a9fe:a9fe:1234::99]:80", nobody},
	{"[2001:0:c000:201:0:ffff:5601:5601]:80", nobody}, // Teredo inverts the client
	{"[fd00:ec2::254]:80", nobody},
	{"[fd00:ec2::254%eth0]:80", nobody},
	{"[fd20:ce::254]:80", nobody},
	{"169.254.170.2:80", nobody},
	{"100.100.100.200:80", nobody},
	{"[::ffff:100.100.100.200]:80", nobody},
	{"168.63.129.16:80", nobody},
	{"[64:ff9b::a83f:8110]:80", nobody},
	{"192.0.0.192:80", nobody},

	// We listen on every address at 8000, on one at 8001, on loopback at 8002.
	{"127.0.0.1:8000", nobody},
	{"127.0.0.7:8000", nobody},
	{"[::1]:8000", nobody},
	{"192.0.2.5:8000", nobody},
	{"[2001:db8::5]:8000", nobody},
	{"[fe80::5%eth1]:8000", nobody},
	{"[::ffff:192.0.2.5]:8000", nobody},
	{"[64:ff9b::c000:205]:8000", nobody},
	{"192.0.2.10:8000", all},
	{"192.0.2.5:8001", nobody},
	{"[::ffff:192.0.2.5]:8001", nobody},
	{"127.0.0.1:8001", trusted},
	{"127.0.0.1:8002", nobody},
	{"[::ffff:127.0.0.1]:8002", nobody},
	{"127.0.0.2:8002", trusted},
	{"192.0.2.5:8002", trusted},
}

func TestCheck(t *testing.T) {
	t.Parallel()
	listeners := own("[::]:8000", "192.0.2.5:8001", "127.0.0.1:8002")
	open := New(Config{Own: listeners, Interfaces: interfaces})
	local := New(Config{Own: listeners, Interfaces: interfaces, Loopback: true})
	for _, a := range addresses {
		to := netip.MustParseAddrPort(a.to)
		for _, c := range []struct {
			name    string
			err     error
			allowed bool
		}{
			{"anybody", open.Check(to, false), a.open == all},
			{"trusted", open.Check(to, true), a.open >= trusted},
			{"anybody while we listen on loopback only", local.Check(to, false), a.open >= trusted},
			{"trusted while we listen on loopback only", local.Check(to, true), a.open >= trusted},
		} {
			if (c.err == nil) != c.allowed {
				t.Errorf("%s for %s: %v, want allowed %v", a.to, c.name, c.err, c.allowed)
			}
			if c.err != nil {
				checkRefusal(t, c.err, to.String())
			}
		}
	}
}

// checkRefusal checks what a person is told.
func checkRefusal(t *testing.T, err error, address string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.AddressNotAllowed || !strings.Contains(f.Message, address) || f.Hint == "" {
		t.Errorf("refused by %#v, want a fault.AddressNotAllowed with a hint that names %s", err, address)
	}
}

func TestCheckUnreadable(t *testing.T) {
	t.Parallel()
	if err := New(Config{}).Check(netip.AddrPort{}, true); fault.CodeOf(err) != fault.AddressNotAllowed {
		t.Errorf("no address at all: %v", err)
	}
	broken := errors.New("no netlink")
	p := New(Config{Interfaces: func() ([]net.Addr, error) { return nil, broken }})
	err := p.Check(netip.MustParseAddrPort("192.0.2.10:80"), false)
	if fault.CodeOf(err) != fault.AddressNotAllowed || !errors.Is(err, broken) {
		t.Errorf("what can't be checked must be refused: %v", err)
	}
}

// TestThisMachine: without a list the addresses are those of the machine itself.
func TestThisMachine(t *testing.T) {
	t.Parallel()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	p := New(Config{Own: own("0.0.0.0:8000")})
	for _, a := range addrs {
		addr, ok := netip.AddrFromSlice(a.(*net.IPNet).IP)
		if !ok {
			t.Fatalf("interface address %v", a)
		}
		addr = addr.Unmap()
		if err := p.Check(netip.AddrPortFrom(addr, 8000), true); fault.CodeOf(err) != fault.AddressNotAllowed {
			t.Errorf("our listener at %s: %v", addr, err)
		}
		if err := p.Check(netip.AddrPortFrom(addr, 8554), false); fault.CodeOf(err) != fault.AddressNotAllowed {
			t.Errorf("this machine at %s: %v", addr, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, a := range addresses {
		f.Add(netip.MustParseAddrPort(a.to).Addr().AsSlice())
	}
	p := New(Config{Loopback: true, Interfaces: interfaces})
	f.Fuzz(func(t *testing.T, octets []byte) {
		addr, ok := netip.AddrFromSlice(octets)
		if !ok || p.Check(netip.AddrPortFrom(addr, 80), true) != nil {
			return
		}
		if plain := addr.Unmap(); plain.IsMulticast() || plain.IsUnspecified() || never(plain) != "" {
			t.Errorf("%s is allowed", addr)
		}
		if addr.Is4() && p.Check(netip.AddrPortFrom(netip.AddrFrom16(addr.As16()), 80), true) != nil {
			t.Errorf("%s is allowed, but not when it is mapped", addr)
		}
	})
}
