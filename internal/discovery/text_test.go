package discovery

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"camwall/internal/fault"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", " a\t b\r\n": "a b", "a\x00\x1b[31mb": "a[31mb", "a\u202eb\u2066": "ab", "\xff\xfeTür": "Tür",
		strings.Repeat("ü", 200): strings.Repeat("ü", maxName),
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q", in, got)
		}
	}
	if got := plain("rtsp://admin:hunter2@192.0.2.1/x"); strings.Contains(got, "hunter2") {
		t.Errorf("%q", got)
	}
}

func TestWebAddress(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://192.0.2.1/x":             "http://192.0.2.1/x 192.0.2.1:80",
		" HTTPS://admin:p@ss@192.0.2.1 ": "https://192.0.2.1 192.0.2.1:443",
		"http://[fe80::1%25eth0]:81/x#f": "http://[fe80::1%25eth0]:81/x [fe80::1%eth0]:81",
		"http://cam.lan:8080/?a=b":       "http://cam.lan:8080/?a=b cam.lan:8080",
	} {
		u, ok := webAddress(raw)
		if !ok || u.String()+" "+hostPort(u) != want {
			t.Errorf("%q: %v", raw, u)
		}
	}
	for _, raw := range []string{"", "x", "http://", "http:///x", "ftp://192.0.2.1/", "http:192.0.2.1", "http://[::1", "http://:80/", "http://a b/", "http://192.0.2.1/" + strings.Repeat("x", 600)} {
		if u, ok := webAddress(raw); ok {
			t.Errorf("%q is taken for %v", raw, u)
		}
	}
}

func TestWithHost(t *testing.T) {
	t.Parallel()
	u, _ := webAddress("http://10.9.8.7:8899/onvif/x")
	for addr, want := range map[string]string{
		"192.0.2.1": "http://192.0.2.1:8899/onvif/x", "2001:db8::1": "http://[2001:db8::1]:8899/onvif/x", "fe80::1%eth0": "http://[fe80::1%25eth0]:8899/onvif/x",
	} {
		if got := withHost(u, netip.MustParseAddr(addr)).String(); got != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
	if u.Hostname() != "10.9.8.7" {
		t.Errorf("the first address became %v", u)
	}
}

func FuzzText(f *testing.F) {
	f.Add("http://admin:hunter2@[fe80::1%25eth0]:80/x?y#z")
	f.Add("\x1b\u202e http://")
	f.Fuzz(func(t *testing.T, s string) {
		clean := plain(s)
		if !utf8.ValidString(clean) || strings.ContainsFunc(clean, unicode.IsControl) {
			t.Errorf("plain(%q) = %q", s, clean)
		}
		if u, ok := webAddress(s); ok {
			again, err := url.Parse(u.String())
			if err != nil || again.User != nil || again.Host == "" {
				t.Errorf("%q became %v", s, u)
			}
		}
	})
}

func TestExpand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"192.0.2.0/24": 254, "192.0.2.77/24": 254, "192.0.2.1/32": 1, "192.0.2.0/31": 2, "192.0.2.0/30": 2, "198.51.96.0/20": 4094,
		"2001:db8::/120": 256, "::1/128": 1, "::ffff:192.0.2.0/120": 254,
	} {
		list, err := expand([]netip.Prefix{netip.MustParsePrefix(text), netip.MustParsePrefix(text)})
		if err != nil || len(list) != want {
			t.Errorf("%s: %d addresses, %v", text, len(list), err)
		}
	}
	list, _ := expand([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/30")})
	if list[0] != netip.MustParseAddr("192.0.2.1") || list[1] != netip.MustParseAddr("192.0.2.2") {
		t.Errorf("%v", list)
	}
	for _, texts := range [][]string{
		{"198.51.0.0/19"},
		{"0.0.0.0/0"},
		{"::/0"},
		{"2001:db8::/64"},
		{"::ffff:0.0.0.0/96"},
		{"::ffff:192.0.2.0/10"},
		{"239.255.255.0/24"},
		{"0.0.0.0/24"},
		{"ff02::/120"},
		{"198.51.96.0/20", "192.0.2.0/24"},
	} {
		var ranges []netip.Prefix
		for _, text := range texts {
			ranges = append(ranges, netip.MustParsePrefix(text))
		}
		if list, err := expand(ranges); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%v: %d addresses, %v", texts, len(list), err)
		}
	}
	if _, err := expand([]netip.Prefix{{}}); fault.CodeOf(err) != fault.BadRequest {
		t.Errorf("no range: %v", err)
	}
}
