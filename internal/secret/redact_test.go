package secret

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	cases := []struct{ text, want string }{
		{"", ""},
		{"nothing to hide: a@b.c, 12:30?", "nothing to hide: a@b.c, 12:30?"},
		{"dial rtsp://192.0.2.1:554/x: refused", "dial rtsp://192.0.2.1:554/x: refused"},
		{"dial rtsp://192.0.2.1:554, then ask a@b.c", "dial rtsp://192.0.2.1:554, then ask a@b.c"},
		{"rtsp://u:p@192.0.2.1/x", "rtsp://***@192.0.2.1/x"},
		{"rtsp://u@192.0.2.1/x", "rtsp://***@192.0.2.1/x"},
		{`open "rtsp://u:p@192.0.2.1/x": EOF`, `open "rtsp://***@192.0.2.1/x": EOF`},
		{"rtsp://u:p@192.0.2.1/a rtsps://u:q@192.0.2.2/b", "rtsp://***@192.0.2.1/a rtsps://***@192.0.2.2/b"},
		{"rtsp://u:p@nvr/a,rtsp://u:q@nvr/b", "rtsp://***@nvr/a,rtsp://***@nvr/b"},
		{`rtsp://u:a b"c'd<e>f@192.0.2.1/x`, "rtsp://***@192.0.2.1/x"},
		{"rtsp://u:p@ss/w?r#d@nvr/x", "rtsp://***@nvr/x"},
		{"rtsp://u:12/34@192.0.2.1/x", "rtsp://***@192.0.2.1/x"},
		{"rtsp://u:12 34@192.0.2.1/x", "rtsp://***@192.0.2.1/x"},
		{"rtsp://u:12,34@192.0.2.1/x", "rtsp://***@192.0.2.1/x"},
		{"one rtsp://u:p@\ntwo a@b", "one rtsp://***@\ntwo a@b"},
		{"HTTP://u:p@192.0.2.1/", "HTTP://***@192.0.2.1/"},
		{"http://192.0.2.1/x?user=admin&password=p&a=b", "http://192.0.2.1/x?user=admin&password=***&a=b"},
		{"http://192.0.2.1/x?PWD=p", "http://192.0.2.1/x?PWD=***"},
		{"/user=admin_password=p_channel=1", "/user=admin_password=***"},
		{"/user=admin&password=p&channel=1", "/user=admin&password=***&channel=1"},
		{"http://192.0.2.1/x?password=p@ss&a=b", "http://***&a=b"},
		{"?token=a%20b;c d", "?token=*** d"},
		{"Authorization: Basic dTpw\r\nCSeq: 1", "Authorization: Basic ***\r\nCSeq: 1"},
		{`authorization:Digest username="u", response="f00"`, "authorization:Digest ***"},
		{"DESCRIBE rtsp://nvr/x RTSP/1.0", "DESCRIBE rtsp://nvr/x RTSP/1.0"},
	}
	for _, c := range cases {
		if got := Redact(c.text); got != c.want {
			t.Errorf("Redact(%q) = %q, want %q", c.text, got, c.want)
		}
		if once := Redact(c.text); Redact(once) != once {
			t.Errorf("Redact(%q) changes at the second time: %q", c.text, Redact(once))
		}
	}
}

// TestRedactNetURL: errors of package net/url tell pieces of a password twice,
// and only half of the address.
func TestRedactNetURL(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"pa ss", "one/two", "one?two", "one%zztwo", "one#two", "p@one:w/two#1?%", `one" two\`, "one\": two", "one\x7ftwo", "one[two",
	} {
		raw := "rtsp://admin:" + password + "@192.0.2.1:554/x"
		_, err := url.Parse(raw)
		if err == nil {
			t.Errorf("%q parses", raw)
			continue
		}
		for _, text := range []string{err.Error(), errors.Unwrap(err).Error(), fmt.Sprintf("open camera: %q", err.Error()), fmt.Errorf("describe %s: %w", raw, err).Error()} {
			got := Redact(text)
			for _, piece := range []string{"one", "two", "pa", "ss", "zz", "w/"} {
				if strings.Contains(strings.ReplaceAll(got, "parse", ""), piece) {
					t.Errorf("Redact(%q) = %q tells %q", text, got, piece)
				}
			}
		}
	}
	const text, want = `parse "rtsp://u:p%zz@h/x": invalid URL escape "%zz"`, `parse "***": invalid URL escape "***"`
	if got := Redact(text); got != want {
		t.Errorf("Redact(%q) = %q, want %q", text, got, want)
	}
}

// FuzzRedactWhole: of a sign-in nothing is left, and of the rest nothing is
// lost, whatever the password has in it.
func FuzzRedactWhole(f *testing.F) {
	for _, password := range []string{"hunter2", "p@ss:w/rd#1?%", "12 34", "a@192.0.2.9/b", "p@host.lan secret", "a://b", `"'<>\`, "x y@z", "&pass="} {
		f.Add("john.doe", password)
		f.Add("admin", password)
	}
	f.Fuzz(func(t *testing.T, user, password string) {
		signIn := user + ":" + password
		if strings.ContainsAny(signIn, "\r\n") || nextAddress.MatchString(signIn) || strings.Contains(signIn, "parse ") || strings.Contains(signIn, "invalid ") ||
			beginsWithIP.MatchString(signIn) || queryKey.MatchString(signIn) || headers.MatchString(signIn) {
			return
		}
		for _, host := range []string{"192.0.2.1:554", "nvr", "[2001:db8::1]"} {
			const before, after = "dial ", "/x: refused, next is http://192.0.2.7/y?a=b, mail a@b.c"
			got, want := Redact(before+"rtsp://"+signIn+"@"+host+after), before+"rtsp://***@"+host+after
			if got != want {
				t.Errorf("%q at %s: %q", signIn, host, got)
			}
		}
	})
}

// FuzzRedact: whatever a password has in it, and whatever stands around its
// address, it is not in the text any more.
func FuzzRedact(f *testing.F) {
	for _, password := range []string{"hunter2", "p@ss:w/rd#1?%", "12/34", "12 34", "a b", `"'<>`, "pä✓", "@", "a@192.0.2.9/b", "x://y", "1@2.3 4"} {
		f.Add("dial ", password, ": refused, mail a@b.c")
	}
	f.Fuzz(func(t *testing.T, before, password, after string) {
		if strings.Contains(Mask+"@", password) || strings.ContainsAny(password, "\r\n") || nextAddress.MatchString(password) {
			return
		}
		addresses := []string{"rtsp://admin:%s@192.0.2.1:554/x", "rtsp://admin:%s@nvr/x", "http://192.0.2.1/x?user=a&password=%s"}
		if strings.ContainsAny(password, "& \t\f\v\"'<>") {
			addresses = addresses[:2] // a query has these escaped
		}
		for _, address := range addresses {
			text := func(password string) string { return before + strings.Replace(address, "%s", password, 1) + after }
			got := Redact(text(password))
			// The password may well stand elsewhere: "a" does in "admin".
			if elsewhere := Redact(text("\x01\x02\x03")); strings.Contains(got, password) && !strings.Contains(elsewhere, password) {
				t.Errorf("Redact(%q) = %q", text(password), got)
			}
		}
	})
}
