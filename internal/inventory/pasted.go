package inventory

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/config"
	"camwall/internal/fault"
)

// deviceFor returns the device whose RTSP service is at an address, or a new one
// with a sign-in.
func (v *Inventory) deviceFor(address string, cred camera.Credentials) (d camera.Device, isNew bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if known := v.atRTSPLocked(address); known != nil {
		return known.Device, false
	}
	id := unused(cmp.Or(idOf(strings.TrimSuffix(address, ":554")), "device"), func(id string) bool { return v.devices[id] != nil })
	return camera.Device{ID: id, Address: address, Credentials: cred}, true
}

// pasted is what somebody gave as the addresses of a camera.
type pasted struct {
	streams []camera.Stream
	address string // host:port of the first
	cred    camera.Credentials
	named   bool // the addresses had a sign-in in them
}

// parse is parseStreams with the addresses that may not be connected to refused
// at once; what a name stands for shows when it is dialled.
func (v *Inventory) parse(raw map[string]string) (pasted, error) {
	p, err := parseStreams(raw)
	if err != nil {
		return p, err
	}
	for _, s := range p.streams {
		_, address, _, err := camera.ParseURL(s.URL)
		if err != nil {
			return p, err
		}
		if at, perr := netip.ParseAddrPort(address); perr == nil {
			if err := v.cfg.Policy.Check(at, false); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// parseStreams splits the addresses of streams; main comes first.
func parseStreams(raw map[string]string) (pasted, error) {
	var p pasted
	names := slices.SortedFunc(maps.Keys(raw), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	for _, name := range names {
		if !config.IsStreamName(name) {
			return p, fault.Errorf(fault.BadRequest, "%.80q can't name a stream", name).
				WithHint("main, sub, or another word of up to 16 small letters, digits, _ and -; auto is taken")
		}
		clean, address, cred, err := camera.ParseURL(raw[name])
		if err != nil {
			return p, err
		}
		p.address = cmp.Or(p.address, address)
		if hostPart(address) != hostPart(p.address) {
			return p, fault.New(fault.BadRequest, "the streams of a camera are at one host", "make two cameras of it, or correct the address")
		}
		if !cred.IsZero() {
			if p.named && cred != p.cred {
				return p, fault.New(fault.BadRequest, "the addresses have two different sign-ins", "write user and password once")
			}
			p.cred, p.named = cred, true
		}
		p.streams = append(p.streams, camera.Stream{Name: name, URL: clean})
	}
	return p, nil
}

func rank(stream string) int {
	switch stream {
	case "main":
		return 0
	case "sub":
		return 1
	}
	return 2
}

func hostPart(address string) string {
	return address[:strings.LastIndexByte(address, ':')]
}

func portPart(address string) string {
	return address[strings.LastIndexByte(address, ':')+1:]
}
