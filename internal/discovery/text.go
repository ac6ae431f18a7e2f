package discovery

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"camwall/internal/secret"
)

const (
	maxName    = 128 // characters of a name
	maxAddress = 512 // bytes of an address
)

// plain makes text of the network fit for a list: one line, no control or
// direction characters, at most maxName characters.
func plain(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case unicode.Is(unicode.C, c):
			return -1
		}
		return c
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxName {
		if runes := []rune(s); len(runes) > maxName {
			s = strings.TrimSpace(string(runes[:maxName]))
		}
	}
	return secret.Redact(s)
}

// webAddress reads an http or https address of the network and returns it
// without sign-in and fragment.
func webAddress(raw string) (*url.URL, bool) {
	if len(raw) > maxAddress {
		return nil, false
	}
	clean, _, _, _ := secret.SplitURL(strings.TrimSpace(raw))
	u, err := url.Parse(clean)
	if err != nil || u.Host == "" || u.Opaque != "" || u.Hostname() == "" {
		return nil, false
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, false
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u, true
}

// hostPort returns what to dial for u.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// hostAddr returns the address that u has for a host; ok is false for a name.
func hostAddr(u *url.URL) (addr netip.Addr, ok bool) {
	addr, err := netip.ParseAddr(u.Hostname())
	return addr.Unmap(), err == nil
}

// withHost returns u at another address, with its port.
func withHost(u *url.URL, addr netip.Addr) *url.URL {
	moved := *u
	host := addr.String()
	if addr.Is6() {
		host = "[" + host + "]"
	}
	moved.Host = host
	if port := u.Port(); port != "" {
		moved.Host += ":" + port
	}
	return &moved
}

// everywhere tells an address that means this machine to whoever reads it.
func everywhere(addr netip.Addr) bool {
	return addr.IsLoopback() || addr.IsUnspecified() || addr.IsMulticast()
}

// add appends what list does not have yet.
func add[T comparable](list []T, more ...T) []T {
	for _, item := range more {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}
