package camera

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	good := map[string]ID{
		"cam1": "cam1", "Gate": "gate", "0": "0", "front_door-2": "front_door-2",
		strings.Repeat("A", 63): ID(strings.Repeat("a", 63)),
	}
	for in, want := range good {
		if got, err := ParseID(in); err != nil || got != want {
			t.Errorf("ParseID(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-a", "_a", "a b", "a/b", "a.b", "käse", "a\n", "cam1\x00", "../etc", strings.Repeat("a", 64), "\u212Aelvin"} {
		if got, err := ParseID(in); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("ParseID(%q) = %q, %v; want a fault.BadRequest", in, got, err)
		}
	}
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	cases := []struct {
		raw, clean, address, user, password string
	}{
		{"rtsp://192.0.2.1/stream1", "rtsp://192.0.2.1/stream1", "192.0.2.1:554", "", ""},
		{"rtsps://192.0.2.1/stream1", "rtsps://192.0.2.1/stream1", "192.0.2.1:322", "", ""},
		{"  RTSP://Cam.LAN:8554/Live \n", "rtsp://cam.lan:8554/Live", "cam.lan:8554", "", ""},
		{"rtsp://192.0.2.1", "rtsp://192.0.2.1", "192.0.2.1:554", "", ""},
		{"rtsp://192.0.2.1:/x", "rtsp://192.0.2.1/x", "192.0.2.1:554", "", ""},
		{"rtsp://[2001:DB8::1]:8554/x", "rtsp://[2001:db8::1]:8554/x", "[2001:db8::1]:8554", "", ""},
		{"rtsp://[::1]/x", "rtsp://[::1]/x", "[::1]:554", "", ""},
		{"rtsp://[fe80::1%25eth0]/x", "rtsp://[fe80::1%25eth0]/x", "[fe80::1%eth0]:554", "", ""},
		{"rtsp://admin:p@ss?w#rd@192.0.2.1/cam/realmonitor?channel=1&subtype=0", "rtsp://192.0.2.1/cam/realmonitor?channel=1&subtype=0", "192.0.2.1:554", "admin", "p@ss?w#rd"},
		{"rtsp://admin:p%40ss@192.0.2.1:554/x", "rtsp://192.0.2.1:554/x", "192.0.2.1:554", "admin", "p@ss"},
		{"rtsp://admin@192.0.2.1/x", "rtsp://192.0.2.1/x", "192.0.2.1:554", "admin", ""},
		{"rtsp://u:p@[2001:db8::1]/x", "rtsp://[2001:db8::1]/x", "[2001:db8::1]:554", "u", "p"},
		{"rtsp://192.0.2.1/user=admin_password=_channel=1_stream=0.sdp?real_stream", "rtsp://192.0.2.1/user=admin_password=_channel=1_stream=0.sdp?real_stream", "192.0.2.1:554", "", ""},
		{"rtsp://192.0.2.1/with space", "rtsp://192.0.2.1/with%20space", "192.0.2.1:554", "", ""},
		{"rtsp://192.0.2.1/%2e%2e/a%2Fb", "rtsp://192.0.2.1/%2e%2e/a%2Fb", "192.0.2.1:554", "", ""},
	}
	for _, c := range cases {
		clean, address, cred, err := ParseURL(c.raw)
		if err != nil || clean != c.clean || address != c.address || cred.User != c.user || cred.Password.Reveal() != c.password {
			t.Errorf("ParseURL(%q) = %q, %q, user %q, password %q, %v", c.raw, clean, address, cred.User, cred.Password.Reveal(), err)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "192.0.2.1", "http://192.0.2.1/x", "rtsp:///x", "rtsp://", "rtsp:192.0.2.1", "rtsp://:554/x", "rtsp://%zz/",
		"rtsp://192.0.2.1:0/x", "rtsp://192.0.2.1:65536/x", "rtsp://192.0.2.1:99999999999999999999/x", "rtsp://[::1/x", "rtsp://a b/x", "rtsp://h\x7f/", "rtsp://]0", "rtsp://000:0:", "rtsp://[nvr]/x",
		// Each of these has the password hunter2 and a mistake.
		"admin:hunter2@192.0.2.1/x", "http://admin:hunter2@192.0.2.1/x", "rtsp:/admin:hunter2@192.0.2.1/x", "rtsp://admin:hunter2@/x",
		"rtsp://admin:hunter2", "rtsp://admin:hunter2/x", "rtsp://admin:hunter2@192.0.2.1:port/x", "rtsp://admin:hunter2@bad host/x",
		"rtsp://admin:hunter2@192.0.2.1:99999/x", "rtsp://admin:my hunter2@bad host/x", `rtsp://admin:"hunter2@%zz/x`, "rtsp//admin:hunter2@192.0.2.1",
		"http://192.0.2.1/x?user=admin&password=hunter2", "admin:hunter2", "rtsp://admin:p@ss hunter2", "rtsp://admin:p@ss:hunter2/x", "admin:p@ss/hunter2",
	} {
		clean, _, _, err := ParseURL(raw)
		if fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("ParseURL(%q) = %q, %v; want a fault.BadRequest", raw, clean, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("ParseURL(%q) tells the password: %v", raw, err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, raw := range []string{"rtsp://admin:p@ss?w#rd@192.0.2.1/x?a=b", "rtsps://[::1%25lo]:322/", "rtsp://u:%41@h:1/", "rtsp://a:1/2@b.c/"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		clean, address, cred, err := ParseURL(raw)
		if err != nil {
			if fault.CodeOf(err) != fault.BadRequest {
				t.Fatalf("ParseURL(%q): %v", raw, err)
			}
			return
		}
		u, err := url.Parse(clean)
		if err != nil || u.User != nil || (u.Scheme != "rtsp" && u.Scheme != "rtsps") || u.Hostname() == "" {
			t.Fatalf("ParseURL(%q) gave the address %q: %v", raw, clean, err)
		}
		if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
			t.Fatalf("ParseURL(%q) gave the host and port %q: %v", raw, address, err)
		}
		again, sameAddress, _, err := ParseURL(withSignIn(clean, cred))
		if err != nil || again != clean || sameAddress != address {
			t.Fatalf("ParseURL(%q) gave %q at %q, which parses as %q at %q: %v", raw, clean, address, again, sameAddress, err)
		}
	})
}

// withSignIn puts an escaped sign-in into an address, so that no @ behind it is
// taken for its end.
func withSignIn(clean string, cred Credentials) string {
	scheme, rest, _ := strings.Cut(clean, "://")
	if strings.Contains(rest, "@") {
		return clean
	}
	return scheme + "://" + escapeAll(cred.User) + ":" + escapeAll(cred.Password.Reveal()) + "@" + rest
}

func escapeAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[s[i]>>4], hex[s[i]&15]})
	}
	return b.String()
}

func TestWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]Transport{"": TransportAuto, "auto": TransportAuto, "tcp": TransportTCP, "udp": TransportUDP} {
		if got, err := ParseTransport(word); err != nil || got != want || (word != "" && got.String() != word) {
			t.Errorf("ParseTransport(%q) = %v, %v", word, got, err)
		}
	}
	for word, want := range map[string]TLSMode{"": TLSPin, "pin": TLSPin, "verify": TLSVerify, "off": TLSOff} {
		if got, err := ParseTLSMode(word); err != nil || got != want || (word != "" && got.String() != word) {
			t.Errorf("ParseTLSMode(%q) = %v, %v", word, got, err)
		}
	}
	for _, word := range []string{"TCP", "sctp", " tcp"} {
		if _, err := ParseTransport(word); fault.CodeOf(err) != fault.BadRequest || !strings.Contains(err.Error(), "auto, tcp, udp") {
			t.Errorf("ParseTransport(%q): %v", word, err)
		}
		if _, err := ParseTLSMode(word); fault.CodeOf(err) != fault.BadRequest || !strings.Contains(err.Error(), "pin, verify, off") {
			t.Errorf("ParseTLSMode(%q): %v", word, err)
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	devices := Credentials{User: "admin", Password: secret.NewText("device")}
	own := Credentials{User: "viewer", Password: secret.NewText("own")}
	cam := Camera{Device: &Device{Credentials: devices}}
	if cam.SignIn() != devices {
		t.Errorf("without its own it signs in as %v", cam.SignIn())
	}
	cam.Credentials = own
	if cam.SignIn() != own {
		t.Errorf("with its own it signs in as %v", cam.SignIn())
	}
	cam.Credentials = Credentials{User: "viewer"}
	if cam.SignIn().User != "viewer" || !cam.SignIn().Password.IsZero() {
		t.Errorf("a user without password signs in as %v", cam.SignIn())
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	cam := Camera{ID: "gate", Streams: []Stream{{Name: "main"}, {Name: "sub"}}}
	s := cam.Stream("sub")
	if s != &cam.Streams[1] {
		t.Errorf("found %v", s)
	}
	if cam.Stream("Sub") != nil || cam.Stream("") != nil {
		t.Error("found a stream that is not there")
	}
	if got := Describe(cam.ID, s.Name); got != "gate/sub" {
		t.Errorf("it is called %q", got)
	}
}

func TestParseONVIF(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]struct{ clean, host, user, password string }{
		"192.0.2.10":         {"http://192.0.2.10", "192.0.2.10", "", ""},
		" Cam.Example:8080 ": {"http://cam.example:8080", "cam.example", "", ""},
		"https://192.0.2.10/onvif/device_service":  {"https://192.0.2.10/onvif/device_service", "192.0.2.10", "", ""},
		"http://admin:p@ss?w#rd@192.0.2.10:85/x/":  {"http://192.0.2.10:85/x", "192.0.2.10", "admin", "p@ss?w#rd"},
		"admin:secret@192.0.2.10":                  {"http://192.0.2.10", "192.0.2.10", "admin", "secret"},
		"2001:db8::7":                              {"http://[2001:db8::7]", "2001:db8::7", "", ""},
		"http://[2001:DB8::7]:80/":                 {"http://[2001:db8::7]:80", "2001:db8::7", "", ""},
		"http://192.0.2.10/onvif/device_service#a": {"http://192.0.2.10/onvif/device_service", "192.0.2.10", "", ""},
	} {
		clean, host, cred, err := ParseONVIF(raw)
		if err != nil || clean != want.clean || host != want.host || cred.User != want.user || cred.Password.Reveal() != want.password {
			t.Errorf("%q is %q, %q, %q, %v", raw, clean, host, cred.User, err)
		}
	}
	for _, raw := range []string{"", "http://", "rtsp://192.0.2.10", "192.0.2.10:0", "192.0.2.10:99999", "http://a b/", "ftp://user:geheim@192.0.2.1", "exa mple", "-x"} {
		if _, _, _, err := ParseONVIF(raw); fault.CodeOf(err) != fault.BadRequest || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q gives %v", raw, err)
		}
	}
}
