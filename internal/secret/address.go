package secret

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// SplitURL takes an address as people paste it, scheme://user:password@host/...
// with any character in the password, also those that RFC 3986 section 3.2.1
// wants escaped (@ / ? # %), and returns the address without the sign-in, and
// the sign-in. Valid percent escapes in the sign-in are decoded. found is false
// when the address has none. Text without a scheme is returned as it is.
//
// Raw text can mean two things. A host with dots, a colon or brackets right
// behind the first part with an @ ends the sign-in; a bare word there does so
// only if no later @ has a host behind it. So a password with @ and / in it, in
// that order, wants escapes when a dot lies between them.
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
	return scheme + "://" + rest[at+1:], unescape(user), NewText(unescape(pass)), true
}

// signInEnd returns the index of the @ that ends the sign-in of an address
// without its scheme, or -1.
func signInEnd(rest string) int {
	authority := rest[:endOfAuthority(rest)]
	later := lastHostAt(rest)
	first := strings.LastIndexByte(authority, '@')
	if first >= 0 {
		if later > first && !looksComplete(authority[first+1:]) {
			return later
		}
		return first
	}
	if later < 0 || !plausibleHost(authority) {
		return later
	}
	// What stands before the first / ? or # may be a host and its port, or a
	// user and a password that begins with a number: admin:12/34@192.0.2.1.
	target := rest[later+1:]
	word, port, _ := strings.Cut(authority, ":")
	if port != "" && !completeName(word) && looksComplete(target[:endOfAuthority(target)]) {
		return later
	}
	return -1
}

// lastHostAt returns the index of the last @ in rest that a host follows, or -1.
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
func looksComplete(hostport string) bool {
	return plausibleHost(hostport) && (strings.Contains(hostport, ":") || completeName(hostport))
}

// completeName is looksComplete for a host without port.
func completeName(host string) bool {
	return strings.ContainsAny(host, ".[") || strings.EqualFold(host, "localhost")
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
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.Contains(host, ":") {
		_, err := netip.ParseAddr(unescape(host))
		return err == nil
	}
	return hostName.MatchString(host)
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
