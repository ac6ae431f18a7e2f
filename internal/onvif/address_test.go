package onvif

import (
	"slices"
	"strings"
	"testing"

	"camwall/internal/fault"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	usual := func(host string) []string {
		return []string{
			"http://" + host + devicePath, "http://" + host + ":8080" + devicePath, "http://" + host + ":8000" + devicePath,
			"http://" + host + ":8899" + devicePath, "http://" + host + ":2020" + devicePath, "https://" + host + devicePath,
		}
	}
	cases := []struct {
		raw  string
		want []string
	}{
		{"192.0.2.10", usual("192.0.2.10")},
		{" Cam.LAN ", usual("cam.lan")},
		{"http://192.0.2.10/", usual("192.0.2.10")},
		{"2001:db8::1", usual("[2001:db8::1]")},
		{"[2001:DB8::1]", usual("[2001:db8::1]")},
		{"fe80::1%eth0", usual("[fe80::1%25eth0]")},
		{"[fe80::1%25eth0]", usual("[fe80::1%25eth0]")},
		{"192.0.2.10:8080", []string{"http://192.0.2.10:8080" + devicePath, "https://192.0.2.10:8080" + devicePath}},
		{"192.0.2.10:443", []string{"https://192.0.2.10" + devicePath, "http://192.0.2.10:443" + devicePath}},
		{"[2001:db8::1]:81", []string{"http://[2001:db8::1]:81" + devicePath, "https://[2001:db8::1]:81" + devicePath}},
		{"http://192.0.2.10:8899", []string{"http://192.0.2.10:8899" + devicePath}},
		{"http://192.0.2.10/onvif/services", []string{"http://192.0.2.10/onvif/services"}},
		{"HTTPS://192.0.2.10/a?b=c#d", []string{"https://192.0.2.10/a?b=c"}},
		{"https://192.0.2.10", []string{"https://192.0.2.10" + devicePath, "https://192.0.2.10:8443" + devicePath}},
		{"192.0.2.10/x y", []string{"http://192.0.2.10/x%20y"}},
	}
	for _, c := range cases {
		got, cred, err := parseAddress(c.raw)
		if c.raw == "192.0.2.10/x y" {
			got = got[:min(1, len(got))]
		}
		if err != nil || !cred.IsZero() || !slices.Equal(got, c.want) {
			t.Errorf("parseAddress(%q) = %q, %v", c.raw, got, err)
		}
	}
}

func TestParseAddressWithSignIn(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"http://admin:p@ss/w?r#d@192.0.2.10:81/onvif/device_service", "admin:p@ss/w?r#d@192.0.2.10:81", "http://admin:p%40ss%2Fw%3Fr%23d@192.0.2.10:81",
	} {
		got, cred, err := parseAddress(raw)
		if err != nil || cred.User != "admin" || cred.Password.Reveal() != "p@ss/w?r#d" || got[0] != "http://192.0.2.10:81"+devicePath {
			t.Errorf("%q: %q, user %q, password %q, %v", raw, got, cred.User, cred.Password.Reveal(), err)
		}
	}
}

func TestBadAddress(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", " ", "http://", "rtsp://192.0.2.1/x", "ftp://192.0.2.1", "192.0.2.1:0", "192.0.2.1:99999", "http://[::1", "a b", "http://a\nb/", "http://u:hunter2@", "::1::2",
	} {
		_, err := New(Config{Address: raw})
		if err == nil {
			t.Fatalf("%q is taken", raw)
		}
		wantCode(t, err, fault.BadRequest)
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error tells the password: %v", err)
		}
	}
}

func TestCorrect(t *testing.T) {
	t.Parallel()
	cases := []struct{ uri, reached, url, other string }{
		{"http://192.0.2.64/onvif/media", "http://192.0.2.64/onvif/device_service", "http://192.0.2.64/onvif/media", ""},
		{"http://192.0.2.64:80/onvif/media", "http://192.0.2.64/d", "http://192.0.2.64/onvif/media", ""},
		{"http://192.0.2.64:8000/m", "http://192.0.2.64/d", "http://192.0.2.64:8000/m", "http://192.0.2.64/m"},
		{"http://127.0.0.1:2020/m", "http://192.0.2.64:2020/d", "http://192.0.2.64:2020/m", ""},
		{"http://127.0.0.1/m", "http://192.0.2.64:2020/d", "http://192.0.2.64:2020/m", "http://192.0.2.64/m"},
		{"http://169.254.1.2/m", "http://cam.lan/d", "http://cam.lan/m", ""},
		{"http://203.0.113.9:8081/m", "http://192.0.2.64:81/d", "http://192.0.2.64:81/m", "http://192.0.2.64:8081/m"},
		{"/onvif/media", "http://192.0.2.64:81/d", "http://192.0.2.64:81/onvif/media", ""},
		{"onvif/media", "http://192.0.2.64:81/d", "http://192.0.2.64:81/onvif/media", ""},
		{"rcp.xml", "http://192.0.2.64:81/d", "http://192.0.2.64:81/rcp.xml", ""},
		{"192.0.2.64:81/m", "http://192.0.2.64:81/d", "http://192.0.2.64:81/m", ""},
		{"//192.0.2.99/m", "http://192.0.2.64/d", "http://192.0.2.64/m", ""},
		{"http:///m", "http://192.0.2.64/d", "http://192.0.2.64/m", ""},
		{"http://admin:x@192.0.2.64/m", "http://192.0.2.64/d", "http://192.0.2.64/m", ""},
		{"https://192.0.2.64/m", "http://192.0.2.64/d", "https://192.0.2.64/m", "http://192.0.2.64/m"},
		{"http://192.0.2.64/m", "https://192.0.2.64:8443/d", "https://192.0.2.64:8443/m", ""},
		{"https://192.0.2.64:444/m", "https://192.0.2.64/d", "https://192.0.2.64:444/m", "https://192.0.2.64/m"},
		{"http://192.168.0.9/m?a=1&amp;b=2", "http://[fe80::1%25eth0]/d", "http://[fe80::1%25eth0]/m?a=1&b=2", ""},
		{"ftp://192.0.2.64/m", "http://192.0.2.64/d", "http://192.0.2.64/m", ""},
	}
	for _, c := range cases {
		got, ok := correct(c.uri, c.reached)
		if !ok || got.url != c.url || got.other != c.other {
			t.Errorf("correct(%q, %q) = %+v, %v; want %q, %q", c.uri, c.reached, got, ok, c.url, c.other)
		}
	}
	for _, uri := range []string{"", "  ", "http://a\x00b/", strings.Repeat("x", 5000)} {
		if got, ok := correct(uri, "http://192.0.2.64/d"); ok {
			t.Errorf("correct(%.20q) = %+v", uri, got)
		}
	}
}

func TestCorrectStream(t *testing.T) {
	t.Parallel()
	const reached = "http://192.0.2.64:81/onvif/device_service"
	for _, c := range [][2]string{
		{"rtsp://192.0.2.64/live", "rtsp://192.0.2.64/live"},
		{"rtsp://10.1.2.3:554/live?x=%zz&y=[1]", "rtsp://192.0.2.64:554/live?x=%zz&y=[1]"},
		{"rtsp://127.0.0.1:10554/tcp/av0_0", "rtsp://192.0.2.64:10554/tcp/av0_0"},
		{"rtsp://admin:p@ss@10.1.2.3/live", "rtsp://192.0.2.64/live"},
		{"rtsp://admin:12/34@10.1.2.3:554/live", "rtsp://192.0.2.64:554/live"},
		{"rtsp://:554/live", "rtsp://192.0.2.64:554/live"},
		{"rtsp:///live", "rtsp://192.0.2.64/live"},
		{"rtsp://10.1.2.3:0/live", "rtsp://192.0.2.64/live"},
		{"rtsp://10.1.2.3:554:554/live", "rtsp://192.0.2.64:554/live"},
		{"RTSP://10.1.2.3/live", "rtsp://192.0.2.64/live"},
		{"10.1.2.3:8554/live", "rtsp://192.0.2.64:8554/live"},
		{"/live", "rtsp://192.0.2.64/live"},
		{"rtsps://10.1.2.3:322/live", "rtsps://192.0.2.64:322/live"},
		{"rtsp://10.1.2.3/a?x=1&amp;amp;y=2", "rtsp://192.0.2.64/a?x=1&amp;y=2"},
		{"rtsp://10.1.2.3/ch 0", "rtsp://192.0.2.64/ch%200"},
		{"rtsp://10.1.2.3/user=admin&password=&channel=1", "rtsp://192.0.2.64/user=admin&password=&channel=1"},
		{"rtsp://[fe80::9]:554/live", "rtsp://192.0.2.64:554/live"},
	} {
		if got, ok := correctStream(c[0], reached); !ok || got != c[1] {
			t.Errorf("correctStream(%q) = %q, %v; want %q", c[0], got, ok, c[1])
		}
	}
	for _, uri := range []string{"", "file:///etc/passwd", "javascript://x/%0a", "rtsp://a\r\nb/"} {
		if got, ok := correctStream(uri, reached); ok {
			t.Errorf("correctStream(%q) = %q", uri, got)
		}
	}
}

// FuzzCorrect: whatever a device announces, the host is the one that was
// reached, and no sign-in or control character is left.
func FuzzCorrect(f *testing.F) {
	for _, seed := range []string{
		"http://192.168.1.2/m", "/m", "m", "//x/y", "rtsp://u:p@h/x", "http://[::1]:99/", "http://a@b@c/d", "http://192.0.2.64:80:80/", "a.b:c/d", "rtsp://:554/live",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		for _, reached := range []string{"http://192.0.2.64:81/d", "https://[fe80::1%25eth0]/d"} {
			host := hostOf(reached)
			if got, ok := correct(uri, reached); ok {
				for _, u := range []string{got.url, got.other} {
					if u != "" && (hostOf(u) != host || strings.ContainsFunc(u, isControl)) {
						t.Errorf("%q became %q", uri, u)
					}
				}
			}
			if got, ok := correctStream(uri, reached); ok && (hostOf(got) != host || strings.ContainsFunc(got, isControl)) {
				t.Errorf("%q became %q", uri, got)
			}
		}
		_, _, _ = parseAddress(uri) // must not panic
	})
}
