package inventory

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// gates says whose gate an address passes that is no device of the inventory
// yet. What is known of such a thing is a host, and one ONVIF and one RTSP service
// that people asked there: the first of each kind belong together, so that a
// password that one refused is not tried at the other. A second service of a kind
// at a host is another device's.
type gates struct {
	close func(key string) // drops a gate that is needed no more

	// mu guards the field below.
	mu        sync.Mutex
	strangers []*stranger
}

// stranger is something that is not in the inventory.
type stranger struct {
	key         string // in the admission; no id is like it
	host        string
	onvif, rtsp string // ports; "" is a service that was not asked
}

// anyPort is the port of a service that is looked for.
const anyPort = "?"

// maxStrangers bounds the addresses that are remembered.
const maxStrangers = 1024

// onvif returns the key of the gate of an ONVIF service.
func (g *gates) onvif(address string) string {
	port := portOf(address)
	switch {
	case bare(address):
		port = anyPort
	case port == "" && strings.HasPrefix(address, "https:"):
		port = "443"
	case port == "":
		port = "80"
	}
	return g.find("onvif", hostOf(address), port, func(s *stranger) *string { return &s.onvif })
}

// rtsp returns the key of the gate of an RTSP service at host:port.
func (g *gates) rtsp(address string) string {
	return g.find("rtsp", strings.Trim(hostPart(address), "[]"), portPart(address), func(s *stranger) *string { return &s.rtsp })
}

func (g *gates) find(kind, host, port string, of func(*stranger) *string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var open []*stranger // of whom that service is not known
	for _, s := range g.strangers {
		if s.host != host {
			continue
		}
		switch own := *of(s); {
		case own == "":
			open = append(open, s)
		case own == port, own == anyPort, port == anyPort:
			if own == anyPort {
				*of(s) = port
			}
			return s.key
		}
	}
	if len(open) == 1 {
		*of(open[0]) = port
		return open[0].key
	}
	if len(g.strangers) >= maxStrangers {
		g.close(g.strangers[0].key)
		g.strangers = slices.Delete(g.strangers, 0, 1)
	}
	s := &stranger{key: kind + " " + host + ":" + port, host: host}
	*of(s) = port
	g.strangers = append(g.strangers, s)
	return s.key
}

// has tells whether a key is a stranger's.
func (g *gates) has(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.strangers, func(s *stranger) bool { return s.key == key })
}

// forget drops a key whose gate is a device's now.
func (g *gates) forget(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.strangers = slices.DeleteFunc(g.strangers, func(s *stranger) bool { return s.key == key })
}

// gateAt returns the key of the gate of an ONVIF service that no device is known
// to have: that of the one device of its host whose RTSP alone is known, else a
// stranger's.
func (v *Inventory) gateAt(address, host string) string {
	v.mu.Lock()
	var plain []string
	for id, d := range v.devices {
		if d.ONVIF == "" && strings.Trim(hostPart(d.Address), "[]") == host {
			plain = append(plain, id)
		}
	}
	v.mu.Unlock()
	if len(plain) == 1 {
		return plain[0]
	}
	return v.gates.onvif(address)
}

// atRTSPLocked returns the device whose RTSP service is at an address, or nil:
// the first by id, should there be several. mu is held.
func (v *Inventory) atRTSPLocked(address string) *Device {
	var first *Device
	for _, d := range v.devices {
		if d.Address == address && (first == nil || d.ID < first.ID) {
			first = d
		}
	}
	return first
}

// mayLend refuses that a device's stored password goes to another scheme, host or
// port than those it is used for: a camera without a sign-in of its own takes the
// device's.
func (v *Inventory) mayLend(d *camera.Device, cam *camera.Camera) error {
	if !cam.Credentials.IsZero() || d.Credentials.Password.IsZero() {
		return nil
	}
	v.mu.Lock()
	known := v.devices[d.ID]
	var streams []camera.Stream
	if known != nil {
		for _, id := range known.Cameras {
			if c := v.cameras[id]; id != cam.ID {
				streams = append(streams, c.Streams...)
			}
		}
	}
	v.mu.Unlock()
	if known == nil || known.Credentials != d.Credentials {
		return nil // it is given just now
	}
	used := slices.ContainsFunc(streams, func(s camera.Stream) bool { return s.URL != "" && addressOf(s.URL) == d.Address })
	if !used { // of its own service only the place is known
		streams = append(streams, camera.Stream{URL: "rtsp://" + d.Address})
	}
	if sameOrigins(cam.Streams, streams) {
		return nil
	}
	return fault.New(fault.PasswordNeeded, "the password of this device is stored for another scheme or port, so it is asked for again",
		"give user and password together with the address")
}

// addressOf returns host:port of a stream's address.
func addressOf(raw string) string {
	_, address, _, _ := camera.ParseURL(raw) //nolint:dogsled // "" is none
	return address
}

// bare tells an ONVIF address that is a host alone: its port is looked for.
func bare(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Port() == "" && strings.Trim(u.Path, "/") == "" && u.Scheme == "http"
}
