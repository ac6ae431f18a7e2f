// Package secret keeps passwords out of everything that is shown: a string type
// that prints as stars, the splitting of pasted addresses into an address
// without sign-in and the sign-in, the redaction of text, and a log handler
// that redacts all that passes through it.
package secret

import (
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Mask stands wherever a secret would.
const Mask = "***"

// Text is a secret string. It prints, logs and encodes as Mask; only Reveal
// gives it away. The zero value is "no secret" and prints as nothing.
type Text struct{ value string }

// NewText keeps s as a secret.
func NewText(s string) Text { return Text{s} }

// Reveal returns the secret itself.
func (t Text) Reveal() string { return t.value }

// IsZero reports whether there is no secret.
func (t Text) IsZero() bool { return t.value == "" }

// String returns Mask, or nothing for the zero value.
func (t Text) String() string {
	if t.value == "" {
		return ""
	}
	return Mask
}

// GoString keeps %#v from telling.
func (t Text) GoString() string { return strconv.Quote(t.String()) }

// LogValue keeps slog from telling.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText writes Mask: JSON and YAML never hold the secret.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText takes the text as it is, whatever characters it has.
func (t *Text) UnmarshalText(b []byte) error {
	t.value = string(b)
	return nil
}

// SplitURL takes an address as people paste it, scheme://user:password@host/...
// with any character in the password, also those that RFC 3986 section 3.2.1
// wants escaped (@ / ? # %), and returns the address without the sign-in, and
// the sign-in. Valid percent escapes in the sign-in are decoded. found is false
// when the address has none. Text without a scheme is returned as it is.
func SplitURL(raw string) (clean, user string, password Text, found bool) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw, "", Text{}, false
	}
	at := signInEnd(rest)
	if at < 0 {
		return raw, "", Text{}, false
	}
	user, pass, _ := strings.Cut(rest[:at], ":")
	return scheme + "://" + rest[at+1:], unescape(user), Text{unescape(pass)}, true
}

// signInEnd returns the index of the @ that ends the sign-in of an address
// without its scheme, or -1.
func signInEnd(rest string) int {
	authority := rest[:endOfAuthority(rest)]
	if first := strings.LastIndexByte(authority, '@'); first >= 0 {
		host := authority[first+1:]
		later := lastHostAt(rest)
		if later > first && !looksComplete(host) {
			return later
		}
		return first
	}
	if plausibleHost(authority) {
		return -1
	}
	return lastHostAt(rest)
}

// lastHostAt returns the index of the last @ in rest that a host follows.
func lastHostAt(rest string) int {
	for at := strings.LastIndexByte(rest, '@'); at >= 0; at = strings.LastIndexByte(rest[:at], '@') {
		after := rest[at+1:]
		if plausibleHost(after[:endOfAuthority(after)]) {
			return at
		}
	}
	return -1
}

func endOfAuthority(s string) int {
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		return i
	}
	return len(s)
}

// looksComplete tells a host that somebody meant as one (dots, a port, an IPv6
// literal, localhost) from the tail of a password that has an @.
func looksComplete(host string) bool {
	return plausibleHost(host) && (strings.ContainsAny(host, ".:[") || host == "localhost")
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

func plausibleHost(hostport string) bool {
	host := hostport
	if h, p, err := net.SplitHostPort(hostport); err == nil {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return false
		}
		host = h
	}
	host = strings.Trim(host, "[]")
	return net.ParseIP(host) != nil || hostName.MatchString(host)
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

var (
	signIn      = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>]*@`)
	queryValues = regexp.MustCompile(`(?i)([?&](?:password|passwd|pwd|pass|token|secret|auth|key)=)[^&\s"'<>]+`)
	headers     = regexp.MustCompile(`(?i)(authorization:\s*(?:basic|digest|bearer)\s+)[^\r\n]+`)
)

// Redact replaces in text the sign-in of every address, the values of query
// parameters that name a password or a token, and Authorization headers.
func Redact(text string) string {
	if !strings.ContainsAny(text, "@?&:") {
		return text
	}
	text = signIn.ReplaceAllString(text, "${1}"+Mask+"@")
	text = queryValues.ReplaceAllString(text, "${1}"+Mask)
	return headers.ReplaceAllString(text, "${1}"+Mask)
}
