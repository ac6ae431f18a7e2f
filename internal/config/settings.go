package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// maxRangeBits bounds a range that is searched: 4096 addresses.
const maxRangeBits = 12

// Settings are the keys of the file beside devices and cameras. Each has a flag
// or a default; a flag wins.
type Settings struct {
	// Listen are the addresses to serve at. Empty: 127.0.0.1:8000, and none in
	// the window.
	Listen []string

	// CompatListen are more addresses, for the first system's WebSocket.
	CompatListen []string

	// CompatWWW is the folder of an old page's files, absolute or relative to
	// the working directory; empty is none.
	CompatWWW string

	// Hosts are names by which browsers may ask, Origins pages of other servers
	// that may open WebSockets.
	Hosts, Origins []string

	// Open allows addresses beyond this machine.
	Open bool

	// IdleAfter is how long a stream is still pulled after its last viewer.
	IdleAfter time.Duration

	// Interfaces are the names of those on which devices are looked for; empty:
	// all. Ranges are searched address by address.
	Interfaces []string
	Ranges     []netip.Prefix

	Limits Limits
	GOP    GOP

	// Socket is the path of a Unix socket at which a server serves, too; empty is
	// none.
	Socket string

	Kiosk Kiosk
}

// Limits bound what viewers may ask for.
type Limits struct {
	Width, Height       int // of a picture that is asked for, in pixels
	Pixels              int // of a picture that a camera sends: width times height
	Viewers             int // at the same time
	ViewersPerAddress   int // the same of one address, loopback excepted
	Renditions          int // sizes and qualities that are made at the same time
	RenditionsPerStream int
	ConnectsPerSecond   int // new connections to all devices together
}

// GOP bounds the last group of pictures that is kept of each stream.
type GOP struct {
	MaxBytes int
	MaxAge   time.Duration
}

// DefaultSettings returns what holds without a file.
func DefaultSettings() Settings {
	return Settings{
		IdleAfter: 10 * time.Second,
		Limits: Limits{
			Width: 4096, Height: 4096, Pixels: 8192 * 4320, Viewers: 2000, ViewersPerAddress: 64,
			Renditions: 160, RenditionsPerStream: 12, ConnectsPerSecond: 20,
		},
		GOP:   GOP{MaxBytes: 16 << 20, MaxAge: 15 * time.Second},
		Kiosk: defaultKiosk(),
	}
}

// settings returns the keys beside devices and cameras.
func (r *reader) settings() fields {
	s := &r.config.Settings
	return fields{
		"listen":        list(&s.Listen, listenAddress),
		"compat_listen": list(&s.CompatListen, listenAddress),
		"compat_www":    value(&s.CompatWWW, r.folder),
		"hosts":         list(&s.Hosts, hostName),
		"origins":       list(&s.Origins, origin),
		"open":          value(&s.Open, truth),
		"idle_after":    value(&s.IdleAfter, duration(time.Second, 24*time.Hour)),
		"socket":        value(&s.Socket, r.socketPath),
		"kiosk":         r.kiosk,
		"discovery": section("discovery", fields{
			"interfaces": list(&s.Interfaces, interfaceName),
			"ranges":     list(&s.Ranges, addressRange),
		}),
		"limits": section("limits", fields{
			"width":                 value(&s.Limits.Width, whole(16, 16384)),
			"height":                value(&s.Limits.Height, whole(16, 16384)),
			"pixels":                value(&s.Limits.Pixels, whole(1, 1<<28)),
			"viewers":               value(&s.Limits.Viewers, whole(1, 100_000)),
			"viewers_per_address":   value(&s.Limits.ViewersPerAddress, whole(1, 100_000)),
			"renditions":            value(&s.Limits.Renditions, whole(1, 1000)),
			"renditions_per_stream": value(&s.Limits.RenditionsPerStream, whole(1, 1000)),
			"connects_per_second":   value(&s.Limits.ConnectsPerSecond, whole(1, 1000)),
		}),
		"gop": section("gop", fields{
			"max_bytes": value(&s.GOP.MaxBytes, whole(64<<10, 1<<30)),
			"max_age":   value(&s.GOP.MaxAge, duration(time.Second, 10*time.Minute)),
		}),
	}
}

// section is a mapping within the file.
func section(name string, known fields) field {
	return func(r *reader, _, _ string, n *yaml.Node) bool { return r.fields(n, name, known) }
}

// folder takes a path as relative to the file.
func (r *reader) folder(s string) (string, string) {
	if s == "" || filepath.IsAbs(s) {
		return s, ""
	}
	return filepath.Join(filepath.Dir(r.path), s), ""
}

func listenAddress(s string) (string, string) {
	const must = "must be host:port, such as 127.0.0.1:8000 or [::1]:8000"
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", must
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "", must
	}
	return s, ""
}

func interfaceName(s string) (string, string) {
	if s == "" || len(s) > 15 || strings.ContainsAny(s, "/ :") {
		return "", "must be the name of a network interface, such as eth0"
	}
	return s, ""
}

func addressRange(s string) (netip.Prefix, string) {
	p, err := netip.ParsePrefix(s)
	if addr, aerr := netip.ParseAddr(s); aerr == nil {
		p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if err != nil || p.Addr().BitLen()-p.Bits() > maxRangeBits {
		return netip.Prefix{}, "must be an address or a range of at most 4096 of them, such as 192.0.2.0/24"
	}
	return p.Masked(), ""
}

func hostName(s string) (string, string) {
	if s == "" || strings.ContainsAny(s, "/@ ") {
		return "", "must be a name or an address without scheme, port and path"
	}
	return s, ""
}

func origin(s string) (string, string) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", "must be scheme://host or scheme://host:port, such as https://wall.example"
	}
	return s, ""
}

func whole(from, to int) func(string) (int, string) {
	return func(s string) (int, string) {
		n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
		if err != nil || n < from || n > to {
			return 0, fmt.Sprintf("must be a whole number from %d to %d", from, to)
		}
		return n, ""
	}
}

func duration(from, to time.Duration) func(string) (time.Duration, string) {
	return func(s string) (time.Duration, string) {
		d, err := time.ParseDuration(s)
		if err != nil || d < from || d > to {
			return 0, fmt.Sprintf("must be a time with its unit, such as 30s or 5m, from %s to %s", short(from), short(to))
		}
		return d, ""
	}
}

// short writes a time as people do: 24h, not 24h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	if d == 0 {
		s = "0"
	}
	return s
}

func truth(s string) (bool, string) {
	switch s {
	case "true":
		return true, ""
	case "false":
		return false, ""
	}
	return false, "must be true or false"
}
