package secret

import (
	"strings"
	"testing"
)

func TestSplitURL(t *testing.T) {
	t.Parallel()
	cases := []struct{ raw, clean, user, password string }{
		{"rtsp://u:p@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "p"},
		{"rtsp://u:p@192.0.2.1:554/x", "rtsp://192.0.2.1:554/x", "u", "p"},
		{"rtsp://u:p@nvr/x", "rtsp://nvr/x", "u", "p"},
		{"rtsp://u:p@localhost:8554/x", "rtsp://localhost:8554/x", "u", "p"},
		{"rtsp://u:p@[2001:db8::1]/x", "rtsp://[2001:db8::1]/x", "u", "p"},
		{"rtsp://u:p@[2001:db8::1]:8554/x", "rtsp://[2001:db8::1]:8554/x", "u", "p"},
		{"rtsp://u:p@ss@[::1]/x", "rtsp://[::1]/x", "u", "p@ss"},
		{"rtsp://u:p/w@[fe80::1%25eth0]/x", "rtsp://[fe80::1%25eth0]/x", "u", "p/w"},
		{"rtsp://u@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", ""},
		{"rtsp://u:@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", ""},
		{"rtsp://:p@192.0.2.1/x", "rtsp://192.0.2.1/x", "", "p"},
		{"rtsp://@192.0.2.1/x", "rtsp://192.0.2.1/x", "", ""},
		{"rtsp://u:p@192.0.2.1", "rtsp://192.0.2.1", "u", "p"},
		{"rtsp://u:p@192.0.2.1?a=b", "rtsp://192.0.2.1?a=b", "u", "p"},

		{"rtsp://u:a:b@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a:b"},
		{"rtsp://u:a@b@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a@b"},
		{"rtsp://u:a/b@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a/b"},
		{"rtsp://u:a?b@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a?b"},
		{"rtsp://u:a#b@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a#b"},
		{"rtsp://u:a&b=c+d@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a&b=c+d"},
		{"rtsp://u:a b@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a b"},
		{`rtsp://u:a"b'c@192.0.2.1/x`, "rtsp://192.0.2.1/x", "u", `a"b'c`},
		{"rtsp://u:pässwörd✓@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "pässwörd✓"},
		{"rtsp://u:a\\b|c^d`e{f}g<h>@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a\\b|c^d`e{f}g<h>"},
		{"rtsp://user:p@ss?w#rd@host/x", "rtsp://host/x", "user", "p@ss?w#rd"},
		{"rtsp://user:p@ss/w@host/x", "rtsp://host/x", "user", "p@ss/w"},
		{"rtsp://user:a://b@192.0.2.1/x", "rtsp://192.0.2.1/x", "user", "a://b"},
		{"rtsp://admin:12/34@192.0.2.1/x", "rtsp://192.0.2.1/x", "admin", "12/34"},
		{"rtsp://admin:12?34@cam.lan:8554/x", "rtsp://cam.lan:8554/x", "admin", "12?34"},
		{"rtsp://me@example.com:p@192.0.2.1/x", "rtsp://192.0.2.1/x", "me@example.com", "p"},
		{"rtsp://me@example.com:p/w@192.0.2.1/x", "rtsp://192.0.2.1/x", "me@example.com", "p/w"},

		{"rtsp://u:p%40ss@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "p@ss"},
		{"rtsp://u%3Aser:%25%2F%3f%23@192.0.2.1/x", "rtsp://192.0.2.1/x", "u:ser", "%/?#"},
		{"rtsp://u:100%@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "100%"},
		{"rtsp://u:50%zz@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "50%zz"},
		{"rtsp://u:a+b%20c@192.0.2.1/x", "rtsp://192.0.2.1/x", "u", "a+b c"},

		// What has an @ behind its host keeps it.
		{"rtsp://u:p@10.0.0.1/cam?x=a@b.c", "rtsp://10.0.0.1/cam?x=a@b.c", "u", "p"},
		{"rtsp://u:p@nvr:554/cam@home", "rtsp://nvr:554/cam@home", "u", "p"},
	}
	for _, c := range cases {
		clean, user, password, found := SplitURL(c.raw)
		if clean != c.clean || user != c.user || password.Reveal() != c.password || !found {
			t.Errorf("SplitURL(%q) = %q, user %q, password %q, %v; want %q, %q, %q", c.raw,
				clean, user, password.Reveal(), found, c.clean, c.user, c.password)
		}
	}
}

func TestSplitURLWithoutSignIn(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "192.0.2.1", "u:p@192.0.2.1", "rtsp://", "rtsp://192.0.2.1/x", "rtsp://192.0.2.1:554/x", "rtsp://[::1]/x", "rtsp://nvr", "rtsp://nvr:554/x",
		"rtsp://192.0.2.1/cam@home", "rtsp://192.0.2.1:554/cam@home.lan", "rtsp://192.0.2.1?mail=a@b.c", "rtsp://nvr/x?mail=a@b.c", "rtsp://nvr:554/cam@home",
		"rtsp://localhost:8554/cam@192.0.2.1", "rtsp://[::1]:8554/cam@192.0.2.1",
	} {
		clean, user, password, found := SplitURL(raw)
		if clean != raw || user != "" || !password.IsZero() || found {
			t.Errorf("SplitURL(%q) = %q, user %q, password %q, %v", raw, clean, user, password.Reveal(), found)
		}
	}
}

func escaped(s string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		b.Write([]byte{'%', hex[s[i]>>4], hex[s[i]&15]})
	}
	return b.String()
}

// FuzzSplitURL: a sign-in comes out as it went in, escaped whatever it is, raw
// unless it can mean two things.
func FuzzSplitURL(f *testing.F) {
	for _, seed := range []struct{ user, password string }{
		{"admin", "p@ss:w/rd#1?%"}, {"admin", "12/34"}, {"admin", "50%41"}, {"", "x"}, {"a:b", "@"}, {"admin", "pä ss\"'"}, {"me@example.com", "1"},
	} {
		f.Add(seed.user, seed.password)
	}
	f.Fuzz(func(t *testing.T, user, password string) {
		for _, place := range []string{"192.0.2.1/x?channel=1", "nvr", "[2001:db8::1]:8554/live"} {
			clean, u, p, found := SplitURL("rtsp://" + escaped(user) + ":" + escaped(password) + "@" + place)
			if clean != "rtsp://"+place || u != user || p.Reveal() != password || !found {
				t.Errorf("escaped, %q:%q at %s became %q:%q and %q", user, password, place, u, p.Reveal(), clean)
			}
		}
		SplitURL(user + "://" + password)
		if strings.ContainsAny(user, ":@/?#.[%") || strings.EqualFold(user, "localhost") || strings.Contains(password, "%") ||
			strings.Contains(password, "@") && strings.ContainsAny(password, "/?#") {
			return
		}
		const place = "192.0.2.1:554/x?channel=1"
		clean, u, p, found := SplitURL("rtsp://" + user + ":" + password + "@" + place)
		if clean != "rtsp://"+place || u != user || p.Reveal() != password || !found {
			t.Errorf("raw, %q:%q became %q:%q and %q", user, password, u, p.Reveal(), clean)
		}
	})
}
