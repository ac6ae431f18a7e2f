package config

import (
	"cmp"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// share returns the one Device of d's address: d itself if there is none yet,
// with an id that no other device has.
func (c *Config) share(d *camera.Device) *camera.Device {
	if known := c.devices[d.Address]; known != nil {
		return known
	}
	base := d.ID
	for n := 2; c.ids[d.ID]; n++ {
		d.ID = base + "-" + strconv.Itoa(n)
	}
	c.devices[d.Address] = d
	c.ids[d.ID] = true
	return d
}

// newDevice returns a Device for an address that no configured device has. Its
// id is the address in the letters of an id: 192-0-2-10-554.
func newDevice(address string) *camera.Device {
	id := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_':
			return c
		case c == '[' || c == ']':
			return -1
		}
		return '-'
	}, address)
	const longest = 59 // leaves room to make it unique
	id = strings.TrimLeft(id, "-_")
	return &camera.Device{ID: id[max(0, len(id)-longest):], Address: address, Provisioned: true}
}

// device reads one element of devices.
func (r *reader) device(n *yaml.Node) {
	d := &camera.Device{Provisioned: true}
	var id, address, service string
	cred := signIn{reader: r, where: "devices"}
	ok := r.fields(n, "devices", cred.with(fields{
		"id":              text(&id),
		"name":            text(&d.Name),
		"address":         text(&address),
		"onvif":           text(&service),
		"tls":             value(&d.TLS, word(camera.ParseTLSMode)),
		"max_connections": value(&d.MaxConnections, whole(0, 1000)),
	}))
	parsed, err := camera.ParseID(id)
	if err != nil {
		if ok || id != "" {
			r.wrong(n, "use letters, digits, _ and -", "devices: id %.80q is not usable", id)
		}
		return
	}
	d.ID = string(parsed)
	if service != "" {
		clean, host, own, err := camera.ParseONVIF(service)
		if err != nil || !own.IsZero() {
			r.wrong(n, "write it without user and password, such as http://192.0.2.10/onvif/device_service", "device %s: onvif is no address of an ONVIF device", d.ID)
			return
		}
		d.ONVIF = clean
		address = cmp.Or(address, host)
	}
	if d.Address, ok = parseAddress(address); !ok {
		r.wrong(n, "write host or host:port, such as 192.0.2.10:554", "device %s: address is missing or not usable", d.ID)
		return
	}
	d.Credentials = cred.read()
	switch other := r.config.devices[d.Address]; {
	case r.config.ids[d.ID]:
		r.wrong(n, "give each device an id of its own", "device %s is there twice", d.ID)
	case other != nil:
		r.wrong(n, "one device has one entry, whatever the number of its cameras",
			"devices %s and %s have the same address %s", other.ID, d.ID, d.Address)
	default:
		r.named[d.ID] = r.config.share(d)
	}
}

// parseAddress reads host or host:port; 554 is the default (RFC 2326 section
// 3.2). An IPv6 address alone needs no brackets.
func parseAddress(s string) (address string, ok bool) {
	if _, err := netip.ParseAddr(s); err == nil && strings.Contains(s, ":") {
		s = "[" + s + "]"
	}
	if s == "" || strings.ContainsAny(s, "/?#@ ") {
		return "", false
	}
	_, address, _, err := camera.ParseURL("rtsp://" + strings.ReplaceAll(s, "%", "%25") + "/")
	return address, err == nil
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// ParseCameraFlag reads ID=URL as the command line has it. The URL may hold user
// and password, raw. The error is a fault.Config that does not tell them.
func ParseCameraFlag(s string) (camera.Camera, error) {
	name, address, ok := strings.Cut(s, "=")
	name = strings.TrimSpace(name)
	if !ok || strings.ContainsAny(name, ":/@") {
		return camera.Camera{}, fault.New(fault.Config, "--camera wants ID=URL",
			"for example --camera gate=rtsp://user:password@192.0.2.10/stream1")
	}
	id, err := camera.ParseID(name)
	if err != nil {
		return camera.Camera{}, asConfig(err)
	}
	clean, at, cred, err := camera.ParseURL(address)
	if err != nil {
		f := asConfig(err)
		f.Message = "camera " + string(id) + ": " + f.Message
		return camera.Camera{}, f
	}
	return camera.Camera{
		ID: id, Name: string(id), Credentials: cred, UnchangedAfter: DefaultUnchangedAfter,
		Device:      newDevice(at),
		Streams:     []camera.Stream{{Name: mainStream, URL: clean}},
		Provisioned: true,
	}, nil
}
