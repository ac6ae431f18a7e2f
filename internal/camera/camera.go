// Package camera is the domain of what is watched: devices, cameras and their
// streams, the rules for their ids and addresses, and the states of a stream
// with the one table of legal transitions. It does no I/O.
package camera

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
)

// ID names a camera in every URL: [a-z0-9][a-z0-9_-]{0,62}, matched without
// case and stable for life.
type ID string

var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// ParseID returns s in lower case as an ID, or a fault.BadRequest.
func ParseID(s string) (ID, error) {
	if !idPattern.MatchString(s) {
		return "", fault.Errorf(fault.BadRequest, "camera id %.80q is not usable", s).
			WithHint("an id has 1 to 63 letters, digits, _ or -, and begins with a letter or digit")
	}
	return ID(strings.ToLower(s)), nil
}

// Credentials sign in at a device. The zero value is "none".
type Credentials struct {
	User     string
	Password secret.Text
}

// IsZero reports whether there are no credentials.
func (c Credentials) IsZero() bool { return c.User == "" && c.Password.IsZero() }

// Device is one thing with an address: a camera, a recorder, an encoder. The
// zero value of every field but ID and Address is "unknown".
type Device struct {
	// ID names it; like a camera's id.
	ID string

	// Name is free text for people.
	Name string

	// Address is host:port of its RTSP service, the host in lower case.
	Address string

	// ONVIF is the address of its ONVIF device service, http://host:port/path;
	// empty: it has none, or none is known.
	ONVIF string

	// Endpoint is its WS-Discovery endpoint reference (or its UPnP UUID), and
	// MAC its hardware address in lower case with colons: by them it is found
	// again at another address.
	Endpoint, MAC string

	// Recorder tells a recorder, whose cameras are its channels.
	Recorder bool

	Maker, Model, Firmware, Serial string

	// Credentials are those of every camera on it without its own.
	Credentials Credentials

	// MaxConnections bounds our RTSP connections to it; 0 is no bound.
	MaxConnections int

	// TLS is how the certificate of its HTTPS is checked.
	TLS TLSMode

	// Provisioned is set for what camwall.yaml or the command line names: it is
	// shown, but not edited elsewhere.
	Provisioned bool
}

// Title is what people call d: its name, else its model, else its address.
func (d *Device) Title() string {
	return cmp.Or(d.Name, strings.TrimSpace(d.Maker+" "+d.Model), d.Address)
}

// Transport is how RTP comes from a camera.
type Transport uint8

// The transports. Auto is TCP first, UDP when TCP is refused, and back.
const (
	TransportAuto Transport = iota
	TransportTCP
	TransportUDP
)

var transportNames = [...]string{"auto", "tcp", "udp"}

// String returns the word that configuration uses.
func (t Transport) String() string { return transportNames[t] }

// ParseTransport is the reverse of String; "" is auto.
func ParseTransport(s string) (Transport, error) {
	return parseWord[Transport]("transport", s, transportNames[:])
}

// TLSMode is how the certificate of an rtsps address is checked.
type TLSMode uint8

// The modes. Pin trusts the first certificate that is seen and then no other.
const (
	TLSPin TLSMode = iota
	TLSVerify
	TLSOff
)

var tlsModeNames = [...]string{"pin", "verify", "off"}

// String returns the word that configuration uses.
func (m TLSMode) String() string { return tlsModeNames[m] }

// ParseTLSMode is the reverse of String; "" is pin.
func ParseTLSMode(s string) (TLSMode, error) {
	return parseWord[TLSMode]("tls", s, tlsModeNames[:])
}

func parseWord[T ~uint8](what, s string, words []string) (T, error) {
	if s == "" {
		return 0, nil
	}
	for i, w := range words {
		if s == w {
			return T(i), nil
		}
	}
	return 0, fault.Errorf(fault.BadRequest, "%s is %q, must be one of %s", what, s, strings.Join(words, ", "))
}

// Camera is one picture source of a device.
type Camera struct {
	ID     ID
	Name   string // free text; the id when empty in the configuration
	Number int    // short, unique, kept for life; 0 is none
	Text   string // free text shown at the bottom right of its tiles

	// Device is where it is; never nil.
	Device *Device

	// Source is the token of its ONVIF video source; empty is unknown.
	Source string

	// Credentials are its own; zero: those of the device.
	Credentials Credentials

	// Streams has at least one element, the best (main) first.
	Streams []Stream

	Transport Transport
	TLS       TLSMode

	// Rotation turns the picture clockwise: 0, 90, 180 or 270 degrees.
	Rotation int

	// UnchangedAfter is how long decoded pictures may be identical before the
	// stream is marked unchanged; 0 switches the mark off.
	UnchangedAfter time.Duration

	// Disabled switches it off.
	Disabled bool

	// PTZ tells that it can be turned.
	PTZ bool

	// Provisioned is as in Device.
	Provisioned bool
}

// SignIn returns the credentials that c signs in with.
func (c *Camera) SignIn() Credentials {
	if c.Credentials.IsZero() {
		return c.Device.Credentials
	}
	return c.Credentials
}

// Stream returns the stream of that name, or nil.
func (c *Camera) Stream(name string) *Stream {
	for i := range c.Streams {
		if c.Streams[i].Name == name {
			return &c.Streams[i]
		}
	}
	return nil
}

// Stream is one coded stream of a camera.
type Stream struct {
	// Name is main, sub, or another short word, unique within the camera.
	Name string

	// URL is its rtsp or rtsps address, never with a sign-in in it. It is empty
	// while it has to be asked for: then ProfileName, or the camera's Source
	// and the stream's place among its streams, tell which profile it is.
	URL string

	// Profile is the token of its ONVIF profile, ProfileName the profile's name;
	// empty: none, or unknown.
	Profile, ProfileName string

	// Codec, Width, Height and FPS are what is known without connecting; zero
	// is unknown.
	Codec         media.Codec
	Width, Height int
	FPS           float64
}

// ParseURL checks a pasted rtsp or rtsps address and splits it: the address
// without sign-in and with a lower-case host, its host:port (554 and 322 are
// the default ports, RFC 2326 section 3.2 and RFC 7826 section 4.2), and the
// sign-in that it had. The error is a fault.BadRequest that does not tell the
// sign-in.
func ParseURL(raw string) (clean, address string, cred Credentials, err error) {
	raw = strings.TrimSpace(raw)
	clean, user, password, _ := secret.SplitURL(raw)
	u, perr := url.Parse(clean)
	if perr != nil || u.Hostname() == "" || u.User != nil {
		return "", "", Credentials{}, badAddress(raw, "is no address of a stream")
	}
	port := u.Port()
	switch {
	case u.Scheme != "rtsp" && u.Scheme != "rtsps":
		return "", "", Credentials{}, badAddress(raw, "is no rtsp or rtsps address")
	case port == "" && u.Scheme == "rtsp":
		port = "554"
	case port == "":
		port = "322"
	}
	if n, perr := strconv.Atoi(port); perr != nil || n < 1 || n > 65535 {
		return "", "", Credentials{}, badAddress(raw, "has a port that does not exist")
	}
	host := strings.ToLower(u.Hostname())
	address = net.JoinHostPort(host, port)
	_, ipErr := netip.ParseAddr(host)
	if strings.ContainsAny(host, ":[]") && ipErr != nil || strings.Count(u.Host, ":") > 1 && u.Host[0] != '[' {
		return "", "", Credentials{}, badAddress(raw, "is no address of a stream")
	}
	u.Host = strings.TrimSuffix(strings.ToLower(u.Host), ":")
	return u.String(), address, Credentials{User: user, Password: password}, nil
}

// ParseONVIF checks the address of an ONVIF device service as people write it,
// host, host:port or http(s)://host:port/path, and splits it: the address
// without sign-in, with a scheme and a lower-case host, its host, and the sign-in
// that it had. A missing port or path stays missing: the client looks for it.
// The error is a fault.BadRequest that does not tell the sign-in.
func ParseONVIF(raw string) (clean, host string, cred Credentials, err error) {
	raw = strings.TrimSpace(raw)
	full := raw
	if addr, perr := netip.ParseAddr(raw); perr == nil && addr.Is6() {
		full = "[" + strings.ReplaceAll(raw, "%", "%25") + "]"
	}
	if !strings.Contains(full, "://") {
		full = "http://" + full
	}
	clean, user, password, _ := secret.SplitURL(full)
	u, perr := url.Parse(clean)
	refused := func() (string, string, Credentials, error) {
		bad := badAddress(raw, "is no address of an ONVIF device")
		return "", "", Credentials{}, bad.WithHint("write host, host:port or http://192.0.2.10/onvif/device_service")
	}
	if perr != nil || u.User != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return refused()
	}
	host = strings.ToLower(u.Hostname())
	if _, ipErr := netip.ParseAddr(host); ipErr != nil && !hostPattern.MatchString(host) {
		return refused()
	}
	if port := u.Port(); port != "" {
		if n, perr := strconv.Atoi(port); perr != nil || n < 1 || n > 65535 {
			return refused()
		}
	}
	u.Host, u.Fragment = strings.TrimSuffix(strings.ToLower(u.Host), ":"), ""
	return strings.TrimSuffix(u.String(), "/"), host, Credentials{User: user, Password: password}, nil
}

var hostPattern = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?$`)

// badAddress quotes an address without what is, or may be meant as, a sign-in.
func badAddress(raw, what string) *fault.Error {
	scheme, rest, ok := strings.Cut(raw, "://")
	if scheme += "://"; !ok {
		scheme, rest = "", raw
	}
	if strings.Contains(rest, "@") {
		rest = secret.Mask // what is behind the @ may be the password's, too
	} else if host, port, ok := strings.Cut(rest, ":"); ok && !startsWithPort(port) && !strings.HasPrefix(host, "[") {
		rest = host + ":" + secret.Mask // user:password without the host
	}
	return fault.Errorf(fault.BadRequest, "%.200q %s", secret.Redact(scheme+rest), what).
		WithHint("an address looks like rtsp://192.0.2.10:554/stream1")
}

var portPattern = regexp.MustCompile(`^[0-9]+([/?#]|$)`)

func startsWithPort(s string) bool { return portPattern.MatchString(s) }

// Describe names a stream for logs and people: "cam1/main".
func Describe(id ID, stream string) string { return fmt.Sprintf("%s/%s", id, stream) }
