package discovery

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"camwall/internal/makers"
)

func TestReadBanner(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]banner{
		"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Some Server/1.0\r\n\r\nServer: no":                                   {Server: "Some Server/1.0"},
		"RTSP/1.0 401 Unauthorized\nwww-authenticate: Digest nonce=\"x\", realm=\"IP Camera(123)\", qop=\"a\"\n\n":  {Realm: "IP Camera(123)"},
		"\r\nRTSP/2.0 200 OK\r\nWWW-Authenticate: Basic realm=plain, x\r\nWWW-Authenticate: Digest realm=\"b\"\r\n": {Realm: "plain"},
		"RTSP/1.0 200 OK": {},
	} {
		if got, ok := readBanner(strings.NewReader(text)); !ok || got != want {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", strings.Repeat("\x00", 10_000), strings.Repeat("\n", 10_000)} {
		if got, ok := readBanner(strings.NewReader(text)); ok {
			t.Errorf("%.20q: %+v", text, got)
		}
	}
}

func FuzzReadBanner(f *testing.F) {
	f.Add("RTSP/1.0 401 Unauthorized\r\nServer: x\r\nWWW-Authenticate: Digest realm=\"y\"\r\n\r\n")
	f.Add("RTSP/1.0 200 OK\r\nwww-authenticate: realm=\"\xffa\x00")
	f.Add("HTTP/1.1 200 OK\r\n\r\n<html><title>x")
	f.Fuzz(func(t *testing.T, text string) {
		b, ok := readBanner(strings.NewReader(text))
		for _, s := range []string{b.Server, b.Realm, title(text)} {
			if strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("%q", s)
			}
		}
		if !ok && b != (banner{}) {
			t.Errorf("%+v of what is no RTSP", b)
		}
	})
}

// TestAskRTSPEnds leaves a service that says nothing.
func TestAskRTSPEnds(t *testing.T) {
	t.Parallel()
	here, there := net.Pipe()
	defer there.Close()
	go func() { _, _ = there.Read(make([]byte, 1000)) }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if b, ok := askRTSP(ctx, here, "192.0.2.1:554"); ok {
		t.Errorf("%+v", b)
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{"": "", "<title>": "", "<html><TITLE> NVR\n5</title>": "NVR 5", "<title>x": "x"} {
		if got := title(page); got != want {
			t.Errorf("%q: %q", page, got)
		}
	}
}

func TestWithoutONVIF(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, name, begins string }{
		{"hikvision", "Hikvision", "a Hikvision without ONVIF: switch it on in "},
		{"axis", "Axis", "an Axis without ONVIF: add an ONVIF account "},
		{"nobody", "Nobody", "a Nobody without ONVIF: use its RTSP paths"},
	} {
		p := withoutONVIF(makers.Maker{ID: c.id, Name: c.name})
		if !strings.HasPrefix(p.Message, c.begins) || !strings.HasSuffix(p.Message, "use its RTSP paths") || p.Hint == "" || p.Code != WithoutONVIF {
			t.Errorf("%+v", p)
		}
	}
}

func TestNeighbours(t *testing.T) {
	t.Parallel()
	const table = `IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         00:00:5E:00:53:01     *        eth0
192.0.2.2        0x1         0x0         00:00:00:00:00:00     *        eth0
192.0.2.3        0x1         0x2         xx
nonsense         0x1         0x2         00:00:5e:00:53:01     *        eth0
192.0.2.4        0x1         0x2         80:00:5e:00:53:01:02:03     *  eth0
`
	got := parseNeighbours(strings.NewReader(table))
	for addr, want := range map[string]string{"192.0.2.1": "00:00:5e:00:53:01", "192.0.2.2": "", "192.0.2.4": ""} {
		if mac, ok := got[netip.MustParseAddr(addr)]; !ok || mac != want {
			t.Errorf("%s: %q, %v", addr, mac, ok)
		}
	}
	if len(got) != 3 {
		t.Errorf("%v", got)
	}
	readNeighbours() // whatever this machine has
}

func TestMAC(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "x": "", "urn:uuid:00000000-0000-4000-8000-00005E005301": "00:00:5e:00:53:01", "urn:uuid:upnp-basicdevice-1_0-00005e005301": "00:00:5e:00:53:01",
		"urn:uuid:00000000-0000-4000-8000-010000000000": "", "urn:uuid:00000000-0000-4000-8000-000000000000": "", "urn:uuid:0000000000004000800000005e005301": "",
		"urn:uuid:00000000-0000-4000-8000-0000zz005301": "",
	} {
		if got := nodeMAC(in); got != want {
			t.Errorf("nodeMAC(%q) = %q", in, got)
		}
	}
	for in, want := range map[string]string{"00-00-5E-00-53-01 ": "00:00:5e:00:53:01", "0000.5e00.5301": "00:00:5e:00:53:01", "": "", "x": ""} {
		if got := plainMAC(in); got != want {
			t.Errorf("plainMAC(%q) = %q", in, got)
		}
	}
}
