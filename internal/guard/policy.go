// Package guard decides which requests are for us: the Host that they name (DNS
// rebinding), the page that sends them (WebSockets and requests that change
// something), whether a proxy passes them on, which addresses may be listened on
// without --open, and how many viewers there may be. Decisions are pure functions of a Policy; Middleware
// applies them to net/http. It answers nothing itself: how a refusal looks is
// its caller's. The window's own handler needs no guard: no network is between.
package guard

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"camwall/internal/fault"
)

// Config says what is ours.
type Config struct {
	// Names are host names and addresses that we answer to besides localhost
	// and the addresses of this machine, such as camwall.example or the
	// address that a router forwards. Without port; matched without case.
	Names []string

	// Origins are pages of others that may open WebSockets and send requests
	// that change something: scheme://host or scheme://host:port.
	Origins []string

	// Ports are the ports that we listen on: pages of one may open WebSockets
	// of another.
	Ports []int

	// Open tells that others than this machine may ask. Without it a request
	// that a proxy passes on is refused: it looks local, and is somebody else's.
	Open bool

	// Interfaces returns the addresses of this machine; nil is
	// net.InterfaceAddrs.
	Interfaces func() ([]net.Addr, error)
}

// Policy is the decisions for one configuration. It is immutable.
type Policy struct {
	open       bool
	names      map[string]bool
	origins    map[origin]bool
	ports      map[string]bool
	interfaces func() ([]net.Addr, error)
}

// New checks cfg; what is wrong is a fault.Config.
func New(cfg Config) (*Policy, error) {
	p := &Policy{
		open:       cfg.Open,
		names:      map[string]bool{"localhost": true},
		origins:    map[origin]bool{},
		ports:      map[string]bool{},
		interfaces: cfg.Interfaces,
	}
	if p.interfaces == nil {
		p.interfaces = net.InterfaceAddrs
	}
	for _, name := range cfg.Names {
		host, port, ok := splitHost(name)
		if !ok && net.ParseIP(name) != nil { // an IPv6 address needs no brackets here
			host, port, ok = splitHost("[" + name + "]")
		}
		if !ok || port != "" {
			return nil, fault.Errorf(fault.Config, "host %q is no host name or address", name).
				WithHint("write it without scheme, port and path, such as camwall.example")
		}
		p.names[host] = true
	}
	for _, entry := range cfg.Origins {
		o, ok := parseOrigin(entry)
		if !ok {
			return nil, fault.Errorf(fault.Config, "origin %q is none", entry).
				WithHint("an origin is scheme://host or scheme://host:port, such as https://wall.example")
		}
		p.origins[o] = true
	}
	for _, port := range cfg.Ports {
		p.ports[strconv.Itoa(port)] = true
	}
	return p, nil
}

// CheckHost returns nil if hostport, a Host header's value, names us: localhost,
// a configured name, or an address of this machine, with any port. local is the
// address that the connection came in on; nil is unknown. Else it returns a
// fault.Misdirected: a page whose name was rebound to our address can't read
// our answers.
func (p *Policy) CheckHost(hostport string, local net.Addr) error {
	host, _, ok := splitHost(hostport)
	if ok && (p.names[host] || p.isAddress(host, local)) {
		return nil
	}
	return fault.Errorf(fault.Misdirected, "%.100q is no name of this server", hostport).
		WithHint("open it by its address, or start it with --host and that name")
}

// isAddress reports whether host is an address literal of this machine.
// Literals can't be rebound, but a Host that is none of ours is not for us.
func (p *Policy) isAddress(host string, local net.Addr) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	if addr.IsLoopback() || addr == ipOf(local) {
		return true
	}
	addrs, err := p.interfaces()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if addr == ipOf(a) {
			return true
		}
	}
	return false
}

// ipOf returns the address of a, IPv4 as such and without zone.
func ipOf(a net.Addr) netip.Addr {
	var ip net.IP
	switch a := a.(type) {
	case *net.TCPAddr:
		ip = a.IP
	case *net.IPNet:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}

// CheckSocket returns nil if a page of that Origin may open a WebSocket at
// hostport: its own origin, the same host on another port of ours, or one of
// Config.Origins. A client that sends no Origin is no browser. Else it returns
// a fault.Origin.
func (p *Policy) CheckSocket(originHeader, hostport string) error {
	if originHeader == "" {
		return nil
	}
	if o, ok := parseOrigin(originHeader); ok {
		host, port := hostOf(hostport, o.scheme)
		same := o.host == host || isLoopback(o.host) && isLoopback(host)
		if p.origins[o] || o.host == host && o.port == port || same && p.ports[o.port] {
			return nil
		}
	}
	return refuseOrigin(originHeader)
}

// CheckChange returns nil if a request that changes something (any method but
// GET, HEAD and OPTIONS) comes from our own page, from Config.Origins or from
// no page at all. site is the value of Sec-Fetch-Site, which browsers send even
// without an Origin. Else it returns a fault.Origin.
func (p *Policy) CheckChange(originHeader, site, hostport string) error {
	if originHeader == "" {
		if site == "" || site == "same-origin" || site == "none" {
			return nil
		}
		return refuseOrigin(site)
	}
	if o, ok := parseOrigin(originHeader); ok {
		host, port := hostOf(hostport, o.scheme)
		if p.origins[o] || o.host == host && o.port == port {
			return nil
		}
	}
	return refuseOrigin(originHeader)
}

// CheckForwarded returns nil if a request with that header comes from who
// connected, or the policy is open. Else it returns a fault.Forwarded.
func (p *Policy) CheckForwarded(h http.Header) error {
	if p.open || !IsForwarded(h) {
		return nil
	}
	return fault.New(fault.Forwarded, "this server is for this machine only, and a proxy passes on somebody else's request",
		"start it with --open if everybody who reaches the proxy may see every camera")
}

// forwarding has the headers by which proxies say that a request is not their
// own (RFC 7239, RFC 9110 section 7.6.3, and what was in use before).
var forwarding = []string{"Forwarded", "Via", "X-Real-Ip"}

// IsForwarded reports whether a proxy says in h that it passes a request on.
// What else it says is not believed.
func IsForwarded(h http.Header) bool {
	for _, name := range forwarding {
		if _, ok := h[name]; ok {
			return true
		}
	}
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

func refuseOrigin(originHeader string) error {
	return fault.Errorf(fault.Origin, "a page of %.100q may not do this", originHeader).
		WithHint("start the server with --origin and the page's scheme, host and port to allow it")
}

// origin is a page's origin (RFC 6454 section 4); host as splitHost returns it,
// port never empty.
type origin struct{ scheme, host, port string }

// parseOrigin takes an Origin header's value or a configured one. Only http and
// https pages have an origin that means something to us.
func parseOrigin(s string) (origin, bool) {
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" ||
		strings.ContainsAny(s, "?#") {
		return origin{}, false
	}
	scheme := strings.ToLower(u.Scheme)
	host, port, ok := splitHost(u.Host)
	if !ok || scheme != "http" && scheme != "https" {
		return origin{}, false
	}
	if port == "" {
		port = defaultPort(scheme)
	}
	return origin{scheme, host, port}, true
}

// hostOf splits a Host header's value; a missing port is the scheme's.
func hostOf(hostport, scheme string) (host, port string) {
	host, port, _ = splitHost(hostport)
	if port == "" {
		port = defaultPort(scheme)
	}
	return host, port
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// splitHost splits host[:port] into its parts, in the one form that is compared:
// names in lower case without a trailing dot, addresses as netip prints them,
// IPv4 as such, without brackets and zone. port is empty when there is none.
func splitHost(hostport string) (host, port string, ok bool) {
	host = hostport
	if rest, bracketed := strings.CutPrefix(hostport, "["); bracketed {
		literal, after, closed := strings.Cut(rest, "]")
		addr, err := netip.ParseAddr(literal)
		if !closed || err != nil || !addr.Is6() {
			return "", "", false
		}
		port, ok = cutPort(after)
		return addr.WithZone("").Unmap().String(), port, ok
	}
	if i := strings.IndexByte(hostport, ':'); i >= 0 {
		host = hostport[:i]
		if port, ok = cutPort(hostport[i:]); !ok {
			return "", "", false
		}
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.String(), port, true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host, port, isName(host)
}

// cutPort takes "", ":" or ":port".
func cutPort(s string) (port string, ok bool) {
	if s == "" || s == ":" {
		return "", true
	}
	n, err := strconv.ParseUint(s[1:], 10, 16)
	if s[0] != ':' || err != nil || n == 0 {
		return "", false
	}
	return strconv.FormatUint(n, 10), true
}

// isName reports whether host has the letters of a host name.
func isName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for i := range len(host) {
		c := host[i]
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-'
		if !letter && (c != '.' || i == 0 || host[i-1] == '.') {
			return false
		}
	}
	return true
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// RequireOpen returns nil if addr (host:port, host may be empty for every
// address) is on loopback or open is set, else a fault.Config: until accounts
// exist, whoever reaches the address sees every camera.
func RequireOpen(addr string, open bool) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fault.Errorf(fault.Config, "listen address %q is none", addr).
			WithHint("an address looks like 127.0.0.1:8000, [::1]:8000 or :8000 for every address of this machine")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fault.Errorf(fault.Config, "listen address %q has no usable port", addr).
			WithHint("a port is a number from 0 to 65535; 0 takes a free one")
	}
	if open || isLoopback(strings.ToLower(host)) {
		return nil
	}
	return fault.Errorf(fault.Config, "listening on %q would show the cameras to everybody who reaches it", addr).
		WithHint("add --open if that is wanted, or listen on 127.0.0.1")
}
