package onvif

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

const devicePath = "/onvif/device_service"

// usualPorts are those of device services, the most frequent first.
var usualPorts = []string{"80", "8080", "8000", "8899", "2020", "443"}

// parseAddress returns the addresses of the device service that may be meant,
// best first, and the sign-in that stood in raw. The error is a
// fault.BadRequest without it.
func parseAddress(raw string) (candidates []string, cred camera.Credentials, err error) {
	scheme, rest := splitScheme(strings.TrimSpace(raw))
	clean, user, password, _ := secret.SplitURL(schemeOr(scheme, "http") + "://" + rest)
	cred = camera.Credentials{User: user, Password: password}
	_, rest = splitScheme(clean)
	authority, path := splitAuthority(rest)
	host, port, ok := splitHost(authority)
	if !ok || scheme != "" && scheme != "http" && scheme != "https" || strings.ContainsFunc(path, isControl) {
		return nil, camera.Credentials{}, fault.New(fault.BadRequest, "This is no address of an ONVIF device.",
			"An address looks like 192.0.2.10, 192.0.2.10:8080 or http://192.0.2.10/onvif/device_service.")
	}
	path, _, _ = strings.Cut(path, "#")
	whole := path != "" && path != "/"
	if !whole {
		path = devicePath
	} else if path[0] != '/' {
		path = "/" + path
	}
	for _, c := range origins(scheme, host, port, whole) {
		candidates = append(candidates, c+strings.ReplaceAll(path, " ", "%20"))
	}
	return candidates, cred, nil
}

// origins returns scheme://host:port in the order to try them. whole tells that
// a path was given: then the address is meant as it is.
func origins(scheme, host, port string, whole bool) []string {
	origin := func(scheme, port string) string { return scheme + "://" + joinHost(scheme, host, port) }
	switch {
	case scheme != "" && (port != "" || whole):
		return []string{origin(scheme, port)}
	case scheme == "https":
		return []string{origin(scheme, "443"), origin(scheme, "8443")}
	case port == "443" || port == "8443":
		return []string{origin("https", port), origin("http", port)}
	case port != "":
		return []string{origin("http", port), origin("https", port)}
	}
	var all []string
	for _, p := range usualPorts {
		if p == "443" {
			all = append(all, origin("https", p))
		} else {
			all = append(all, origin("http", p))
		}
	}
	return all
}

var schemePattern = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)

// splitScheme cuts scheme:// off; scheme is in lower case, empty when there is
// none.
func splitScheme(s string) (scheme, rest string) {
	if m := schemePattern.FindStringSubmatch(s); m != nil {
		return strings.ToLower(m[1]), s[len(m[0]):]
	}
	return "", strings.TrimPrefix(s, "//")
}

func schemeOr(scheme, other string) string {
	if scheme == "" {
		return other
	}
	return scheme
}

// splitAuthority cuts host:port from what follows it.
func splitAuthority(s string) (authority, path string) {
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

// splitHost splits host:port. The host is in lower case and without brackets,
// a zone included; port may be empty. A port that does not exist is an error.
func splitHost(authority string) (host, port string, ok bool) {
	authority = strings.ReplaceAll(authority, "%25", "%")
	if _, err := netip.ParseAddr(authority); err == nil {
		return strings.ToLower(authority), "", true
	}
	if h, p, err := net.SplitHostPort(authority); err == nil {
		if host, port = h, p; !validPort(port) && port != "" {
			return "", "", false
		}
	} else {
		host = authority
		if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
			host = host[1 : len(host)-1]
		}
	}
	if strings.ContainsAny(host, ":%") {
		_, err := netip.ParseAddr(host)
		return lowerHost(host), port, err == nil
	}
	return strings.ToLower(host), port, hostPattern.MatchString(host)
}

// lowerHost spares the zone: interfaces have capitals.
func lowerHost(host string) string {
	address, zone, found := strings.Cut(host, "%")
	if !found {
		return strings.ToLower(address)
	}
	return strings.ToLower(address) + "%" + zone
}

func validPort(port string) bool {
	n, err := strconv.Atoi(port)
	return err == nil && n > 0 && n < 65536
}

var schemePorts = map[string]string{"http": "80", "https": "443"}

// joinHost writes host:port as it stands in an address: brackets, an escaped
// zone, and no port where it is the scheme's own.
func joinHost(scheme, host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + strings.Replace(host, "%", "%25", 1) + "]"
	}
	if port == "" || port == schemePorts[scheme] {
		return host
	}
	return host + ":" + port
}

// target is where a service of the device is: at url, or else at other, which
// is empty when url can only be right.
type target struct{ url, other string }

// place is an address taken apart.
type place struct{ scheme, host, port, path string }

func parsePlace(raw string) (place, bool) {
	scheme, rest := splitScheme(raw)
	authority, path := splitAuthority(rest)
	host, port, ok := splitHost(authority)
	return place{scheme, host, port, path}, ok
}

func (p place) String() string {
	return p.scheme + "://" + joinHost(p.scheme, p.host, p.port) + p.path
}

// wholePort returns the port, also where it is the scheme's own.
func (p place) wholePort() string {
	if p.port == "" {
		return schemePorts[p.scheme]
	}
	return p.port
}

// correct returns where the service is that a device at reached announces as
// uri: always on the host that was reached, and never without TLS when that was
// reached by TLS. Devices announce other interfaces of theirs, 127.0.0.1,
// addresses behind a router, and paths alone. When the host is wrong, the port
// that was reached goes first: behind a router, the announced one may be another
// camera's.
func correct(uri, reached string) (target, bool) {
	base, ok := parsePlace(reached)
	if !ok {
		return target{}, false
	}
	told, ok := announced(uri, base.scheme)
	if !ok {
		return target{}, false
	}
	onReached := place{base.scheme, base.host, base.port, told.path}
	sameHost, pathOnly := told.host == base.host, told.host == ""
	told.host = base.host
	switch {
	case pathOnly,
		told.scheme != "http" && told.scheme != "https",
		base.scheme == "https" && told.scheme == "http",
		told.scheme == base.scheme && told.wholePort() == base.wholePort():
		return target{url: onReached.String()}, true
	case sameHost:
		return target{url: told.String(), other: onReached.String()}, true
	default:
		return target{url: onReached.String(), other: told.String()}, true
	}
}

// correctStream is correct for addresses of streams: scheme, port and every
// byte of the path stay, the host is the one that was reached, a sign-in goes.
// ok is false when uri is no address of a stream.
func correctStream(uri, reached string) (fixed string, ok bool) {
	base, ok := parsePlace(reached)
	if !ok {
		return "", false
	}
	told, ok := announced(uri, "rtsp")
	if !ok || !slices.Contains([]string{"rtsp", "rtsps", "http", "https"}, told.scheme) {
		return "", false
	}
	told.host = base.host
	return told.String(), true
}

// announced takes apart what a device calls an address. Its host is empty for a
// path alone, its port when that can't be one.
func announced(uri, scheme string) (place, bool) {
	uri = strings.ReplaceAll(strings.TrimSpace(uri), "&amp;", "&") // escaped twice by several makers
	uri = strings.ReplaceAll(uri, " ", "%20")
	if uri == "" || len(uri) > 4096 || strings.ContainsFunc(uri, isControl) {
		return place{}, false
	}
	if uri[0] == '/' && !strings.HasPrefix(uri, "//") {
		return place{scheme: scheme, path: uri}, true
	}
	told, rest := splitScheme(uri)
	clean, _, _, found := secret.SplitURL(schemeOr(told, scheme) + "://" + rest)
	if found {
		_, rest = splitScheme(clean)
	}
	authority, path := splitAuthority(rest)
	p := place{scheme: schemeOr(told, scheme), path: path}
	if strings.Contains(authority, "@") {
		return place{}, false
	}
	host, port, ok := splitHost(authority)
	if told == "" && !(ok && (port != "" || isIP(host) || strings.Contains(host, ".") && strings.HasPrefix(path, "/"))) {
		return place{scheme: scheme, path: "/" + uri}, true // onvif/media, rcp.xml
	}
	if !ok {
		// rtsp://:554/live, rtsp://192.0.2.1:0/live, rtsp://192.0.2.1:554:554/live:
		// the host is replaced anyhow.
		host, port = "unknown", authority[strings.LastIndexByte(authority, ':')+1:]
		if !validPort(port) {
			port = ""
		}
	}
	p.host, p.port = host, port
	return p, true
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// hostOf returns the host of an address that we made.
func hostOf(address string) string {
	p, _ := parsePlace(address)
	return p.host
}

// originOf returns scheme://host:port, always with the port.
func originOf(address string) string {
	p, _ := parsePlace(address)
	return p.scheme + "://" + net.JoinHostPort(p.host, p.wholePort())
}

// requestURI returns path and query, as a digest signs them.
func requestURI(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "/"
	}
	return u.RequestURI()
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
