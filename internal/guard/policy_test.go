package guard

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"camwall/internal/fault"
)

// newPolicy is a machine with two addresses on the network and two listeners.
func newPolicy(t testing.TB) *Policy {
	t.Helper()
	p, err := New(Config{
		Names:   []string{"Camwall.Example.", "203.0.113.7", "2001:db8::7"},
		Origins: []string{"https://Wall.example", "http://tools.example:8080"},
		Ports:   []int{8000, 8001},
		Interfaces: func() ([]net.Addr, error) {
			return []net.Addr{
				&net.IPNet{IP: net.IPv4(192, 0, 2, 10), Mask: net.CIDRMask(24, 32)},
				&net.IPNet{IP: net.ParseIP("fe80::10"), Mask: net.CIDRMask(64, 128)},
				&net.UnixAddr{Name: "odd"},
			}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	local := &net.TCPAddr{IP: net.IPv4(198, 51, 100, 4), Port: 8000}
	for host, want := range map[string]bool{
		"localhost":                  true,
		"localhost:8000":             true,
		"LocalHost.:1":               true,
		"127.0.0.1":                  true,
		"127.0.0.1:8000":             true,
		"127.9.9.9:80":               true,
		"[::1]":                      true,
		"[::1]:8000":                 true,
		"[0:0:0:0:0:0:0:1]:8000":     true,
		"[::ffff:127.0.0.1]:8000":    true,
		"192.0.2.10:8000":            true, // of an interface
		"[fe80::10]:8000":            true,
		"[fe80::10%25eth0]:8000":     true,
		"[fe80::10%eth0]":            true,
		"198.51.100.4":               true, // of the connection
		"[::ffff:198.51.100.4]:8000": true,
		"camwall.example":            true, // configured
		"CAMWALL.example.:443":       true,
		"203.0.113.7:8000":           true,
		"[2001:db8::7]":              true,
		"localhost:":                 true, // RFC 3986 section 3.2.3 allows an empty port

		"":                         false,
		".":                        false,
		":8000":                    false,
		"evil.example":             false, // rebound to our address
		"evil.example:8000":        false,
		"camwall.example.evil":     false,
		"evilcamwall.example":      false,
		"camwall.example..":        false,
		"localhost.evil.example":   false,
		"x.localhost":              false,
		"0.0.0.0:8000":             false,
		"[::]:8000":                false,
		"192.0.2.11":               false,
		"::1":                      false,
		"[::1":                     false,
		"[::1]x":                   false,
		"[localhost]":              false,
		"[127.0.0.1]":              false,
		"127.1":                    false,
		"2130706433":               false,
		"0x7f.0.0.1":               false,
		"127.0.0.1:0":              false,
		"127.0.0.1:65536":          false,
		"127.0.0.1:-1":             false,
		"127.0.0.1:8000:8000":      false,
		"localhost:http":           false,
		"user@localhost":           false,
		"localhost/":               false,
		"localhost evil.example":   false,
		"localhost,evil.example":   false,
		"local\x00host":            false,
		strings.Repeat("a.", 5000): false,
	} {
		err := p.CheckHost(host, local)
		if (err == nil) != want {
			t.Errorf("CheckHost(%.60q) = %v, want allowed %v", host, err, want)
		}
		if err != nil && fault.Status(err) != 421 {
			t.Errorf("CheckHost(%.60q) has status %d, want 421", host, fault.Status(err))
		}
	}
}

func TestCheckHostWithoutInterfaces(t *testing.T) {
	t.Parallel()
	p, err := New(Config{Interfaces: func() ([]net.Addr, error) { return nil, errors.New("no netlink") }})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.CheckHost("192.0.2.10", nil); fault.CodeOf(err) != fault.Misdirected {
		t.Errorf("an address that can't be looked up gave %v", err)
	}
	if err := p.CheckHost("127.0.0.1", nil); err != nil {
		t.Errorf("loopback gave %v", err)
	}
}

func TestRealInterfaces(t *testing.T) {
	t.Parallel()
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		hostport := net.JoinHostPort(ipOf(a).String(), "8000")
		if err := p.CheckHost(hostport, nil); err != nil {
			t.Errorf("our own address %s gave %v", hostport, err)
		}
	}
}

func TestCheckSocket(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	for _, c := range []struct {
		origin, host string
		want         bool
	}{
		{"", "127.0.0.1:8001", true}, // no browser
		{"http://127.0.0.1:8001", "127.0.0.1:8001", true},
		{"http://127.0.0.1:8000", "127.0.0.1:8001", true}, // page and socket on two ports of ours
		{"http://localhost:8000", "127.0.0.1:8001", true},
		{"http://[::1]:8000", "localhost:8001", true},
		{"HTTP://Camwall.Example:8000", "camwall.example.:8001", true},
		{"http://camwall.example", "camwall.example", true},
		{"http://camwall.example:80", "camwall.example", true},
		{"https://camwall.example", "camwall.example", true}, // behind a TLS proxy
		{"https://wall.example", "127.0.0.1:8001", true},
		{"https://wall.example:443", "127.0.0.1:8001", true},
		{"http://tools.example:8080", "127.0.0.1:8001", true},
		{"http://camwall.example:1234", "camwall.example:1234", true}, // a forwarded port

		{"null", "127.0.0.1:8001", false},
		{"http://127.0.0.1:9000", "127.0.0.1:8001", false}, // another server on this machine
		{"http://localhost:9000", "127.0.0.1:8001", false},
		{"http://127.0.0.1", "127.0.0.1:8001", false},
		{"http://evil.example:8000", "127.0.0.1:8001", false},
		{"http://192.0.2.10:8000", "127.0.0.1:8001", false},
		{"http://wall.example", "127.0.0.1:8001", false}, // another scheme
		{"https://wall.example:444", "127.0.0.1:8001", false},
		{"https://sub.wall.example", "127.0.0.1:8001", false},
		{"https://wall.example/", "127.0.0.1:8001", false},
		{"https://u@wall.example", "127.0.0.1:8001", false},
		{"https://wall.example?", "127.0.0.1:8001", false},
		{"https://wall.example#", "127.0.0.1:8001", false},
		{"http://127.0.0.1:8001,http://127.0.0.1:8001", "127.0.0.1:8001", false},
		{"ws://127.0.0.1:8001", "127.0.0.1:8001", false},
		{"file://", "127.0.0.1:8001", false},
		{"wails://wails", "127.0.0.1:8001", false},
		{"http:127.0.0.1:8001", "127.0.0.1:8001", false},
		{"%", "127.0.0.1:8001", false},
	} {
		err := p.CheckSocket(c.origin, c.host)
		if (err == nil) != c.want {
			t.Errorf("CheckSocket(%q, %q) = %v, want allowed %v", c.origin, c.host, err, c.want)
		}
		if err != nil && fault.CodeOf(err) != fault.Origin {
			t.Errorf("CheckSocket(%q) has code %q", c.origin, fault.CodeOf(err))
		}
	}
}

func TestCheckChange(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	for _, c := range []struct {
		origin, site string
		want         bool
	}{
		{"", "", true}, // curl
		{"", "none", true},
		{"", "same-origin", true},
		{"http://127.0.0.1:8000", "", true},
		{"http://127.0.0.1:8000", "same-origin", true},
		{"https://wall.example", "cross-site", true},

		{"", "same-site", false},
		{"", "cross-site", false},
		{"null", "", false},
		{"http://127.0.0.1:8001", "same-site", false}, // an old page may look, not act
		{"http://evil.example", "", false},
		{"http://evil.example", "same-origin", false},
	} {
		if err := p.CheckChange(c.origin, c.site, "127.0.0.1:8000"); (err == nil) != c.want {
			t.Errorf("CheckChange(%q, %q) = %v, want allowed %v", c.origin, c.site, err, c.want)
		}
	}
}

func TestNewRefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	for _, cfg := range []Config{
		{Names: []string{"http://camwall.example"}},
		{Names: []string{"camwall.example:8000"}},
		{Names: []string{""}},
		{Origins: []string{"wall.example"}},
		{Origins: []string{"https://wall.example/page"}},
		{Origins: []string{"*"}},
		{Origins: []string{"null"}},
	} {
		if _, err := New(cfg); fault.CodeOf(err) != fault.Config {
			t.Errorf("New(%+v) = %v, want a fault.Config", cfg, err)
		}
	}
}

func TestRequireOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		addr string
		open bool
		want bool
	}{
		{"127.0.0.1:8000", false, true},
		{"127.0.0.2:0", false, true},
		{"[::1]:8000", false, true},
		{"localhost:8000", false, true},
		{"LOCALHOST:8000", false, true},
		{":8000", false, false},
		{"0.0.0.0:8000", false, false},
		{"[::]:8000", false, false},
		{"192.0.2.10:8000", false, false},
		{"camwall.example:8000", false, false},
		{":8000", true, true},
		{"192.0.2.10:8000", true, true},
		{"8000", true, false},
		{"127.0.0.1", false, false},
		{"127.0.0.1:http", false, false},
		{"127.0.0.1:70000", true, false},
	} {
		err := RequireOpen(c.addr, c.open)
		if (err == nil) != c.want {
			t.Errorf("RequireOpen(%q, %v) = %v, want allowed %v", c.addr, c.open, err, c.want)
		}
		var f *fault.Error
		if err != nil && (!errors.As(err, &f) || f.Code != fault.Config || f.Hint == "") {
			t.Errorf("RequireOpen(%q, %v) = %#v, want a fault.Config with a hint", c.addr, c.open, err)
		}
	}
}

// FuzzCheckHost: whatever is let through is a name or an address of ours.
func FuzzCheckHost(f *testing.F) {
	for _, s := range []string{"localhost:8000", "[::1]:1", "127.0.0.1", "camwall.example.", "[fe80::10%25a]", "a:b:c", "[::ffff:1.2.3.4]"} {
		f.Add(s)
	}
	p := newPolicy(f)
	ours := map[string]bool{"localhost": true, "camwall.example": true, "203.0.113.7": true, "2001:db8::7": true, "192.0.2.10": true, "fe80::10": true}
	f.Fuzz(func(t *testing.T, hostport string) {
		if p.CheckHost(hostport, nil) != nil {
			return
		}
		// A second reading of the same bytes, by other means.
		u := url.URL{Host: strings.ReplaceAll(hostport, "%25", "%")}
		name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
		name, _, _ = strings.Cut(name, "%")
		if addr, err := netip.ParseAddr(name); err == nil {
			if addr = addr.Unmap(); addr.IsLoopback() {
				return
			}
			name = addr.String()
		}
		if !ours[name] {
			t.Errorf("%q was let through as %q", hostport, name)
		}
	})
}

// FuzzCheckSocket: a page that is let through has our host or a configured one.
func FuzzCheckSocket(f *testing.F) {
	for _, s := range []string{"http://127.0.0.1:8000", "https://wall.example", "null", "http://[::1]:8001", "http://a@localhost:8000", "//localhost"} {
		f.Add(s)
	}
	p := newPolicy(f)
	f.Fuzz(func(t *testing.T, from string) {
		if from == "" || p.CheckSocket(from, "127.0.0.1:8001") != nil {
			return
		}
		u, err := url.Parse(from)
		if err != nil {
			t.Fatalf("%q was let through and is no URL", from)
		}
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		addr, _ := netip.ParseAddr(host)
		if host != "localhost" && host != "wall.example" && host != "tools.example" && !addr.Unmap().IsLoopback() {
			t.Errorf("%q was let through", from)
		}
	})
}
