package discovery

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"camwall/internal/discovery/ssdp"
	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
	"camwall/internal/makers"
)

// way is how a record came about.
type way uint8

const (
	byWSD way = iota
	bySSDP
	byService // a probe found an ONVIF device service
	byRTSP    // a probe found an RTSP service
)

const (
	maxURLs  = 16 // addresses of a record
	maxTypes = 16
	maxItems = 64 // scopes
)

// record is one device as one way of finding knows it. What its slices and
// pointers point to is never changed.
type record struct {
	way way
	key string // unique
	id  string // "urn:uuid:..."; "" for probes

	sender    netip.Addr // who told; invalid unknown
	origin    netip.Addr // the first sender
	announced []*url.URL // XAddrs, LOCATION or the probed service
	lately    []*url.URL // those of them that were told since the pass began

	types, scopes                     []string
	name, hardware, maker, place, web string
	banner                            makers.Banner
	kind                              Kind
	onvif                             bool // tells or proved to be an ONVIF device
	rtsp                              netip.AddrPort
	followUp                          bool // found because another record pointed to the host
	reached                           *url.URL
	reachedAt                         netip.Addr
	tried                             bool // whether its addresses answer was tried
	description                       Description
	problem                           *fault.Error
	first, last, expires, asked       time.Time
	answered                          bool // has answered a search at least once
	missed                            int  // searches since it answered
}

// wsdRecord makes a record of what a device says over WS-Discovery.
func wsdRecord(t wsd.Target, sender netip.Addr) record {
	scopes := wsd.ReadScopes(t.Scopes)
	r := record{
		way: byWSD, key: "wsd " + t.Endpoint, id: t.Endpoint, sender: sender, types: t.Types, kind: Other,
		name: plain(scopes.Name), hardware: plain(scopes.Hardware), place: plain(scopes.Location),
	}
	for _, raw := range t.XAddrs {
		if u, ok := webAddress(raw); ok {
			r.announce(u)
			r.onvif = r.onvif || strings.Contains(strings.ToLower(u.Path), "onvif")
		}
	}
	for _, scope := range t.Scopes {
		if scope = plain(scope); len(r.scopes) < maxItems {
			r.scopes = append(r.scopes, scope)
		}
	}
	video := func(kind string) bool { return strings.HasPrefix(kind, "NetworkVideo") }
	r.onvif = r.onvif || scopes.ONVIF || slices.ContainsFunc(t.Types, video) ||
		len(t.Types) == 1 && t.Types[0] == "Device"
	if r.onvif {
		r.kind = Camera
	}
	for _, kind := range slices.Concat(t.Types, scopes.Types) {
		kind = strings.ToLower(kind)
		if r.onvif && (strings.Contains(kind, "recorder") || strings.Contains(kind, "networkvideostor") || kind == "nvr") {
			r.kind = Recorder
		}
	}
	return r
}

// ssdpRecord makes a record of what a device says over SSDP.
func ssdpRecord(m ssdp.Message) record {
	r := record{way: bySSDP, key: "ssdp " + m.ID, id: m.ID, sender: m.From, types: []string{plain(m.Type)}, answered: m.Answer}
	if u, ok := webAddress(m.Location); ok {
		r.announce(u)
		// go-ssdp does not tell who answered; nobody answers from loopback.
		if addr, ok := hostAddr(u); ok && !r.sender.IsValid() && !everywhere(addr) {
			r.sender = addr
		}
	}
	r.kind = upnpKind(r.types)
	r.banner.HTTPServer = plain(m.Server)
	return r
}

// upnpKind tells what a device is by its types.
func upnpKind(types []string) Kind {
	is := func(words ...string) bool {
		return slices.ContainsFunc(types, func(kind string) bool {
			kind = strings.ToLower(kind)
			return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(kind, word) })
		})
	}
	switch {
	case is("networkcamera", "digitalsecuritycamera"):
		return Camera
	case is("internetgatewaydevice", "wandevice", "wanconnectiondevice"):
		return Router
	case is("mediaserver", "mediarenderer"):
		return MediaServer
	}
	return Other
}

// announce keeps an address that is not there yet.
func (r *record) announce(u *url.URL) {
	if len(r.announced) < maxURLs && !slices.ContainsFunc(r.announced, func(v *url.URL) bool { return v.String() == u.String() }) {
		r.announced = append(r.announced[:len(r.announced):len(r.announced)], u)
	}
}

// merge takes over what the device says now; anew means that it no longer stands
// for what it said before. It reports whether there is more to ask.
func (r *record) merge(n record, now time.Time, anew bool) (more bool) {
	known := len(r.announced)
	if anew && len(n.announced) > 0 && !slices.EqualFunc(r.announced, n.announced, sameURL) {
		r.announced, known = n.announced, -1
	}
	for _, u := range n.announced {
		r.announce(u)
	}
	later := record{announced: r.lately}
	for _, u := range n.announced {
		later.announce(u)
	}
	r.lately = later.announced
	// Many answer over IPv4 and IPv6; their link-local address is the lesser one.
	if n.sender.IsValid() && (!n.sender.IsLinkLocalUnicast() || !r.sender.IsValid() || r.sender.IsLinkLocalUnicast()) {
		r.sender = n.sender
	}
	switch {
	case r.way == bySSDP:
		if all := add(slices.Clip(r.types), n.types...); len(all) <= maxTypes {
			r.types = all
		}
		if kind := upnpKind(r.types); kind != Other {
			r.kind = kind
		}
	case len(n.types) > 0:
		r.types, r.kind, r.onvif = n.types, n.kind, n.onvif
	}
	if len(n.scopes) > 0 {
		r.scopes, r.name, r.hardware, r.place = n.scopes, n.name, n.hardware, n.place
	}
	r.last, r.missed, r.followUp = now, 0, r.followUp && n.followUp
	if r.way >= byService {
		r.description, r.banner = n.description, n.banner
	}
	r.answered = r.answered || n.answered
	if n.expires.After(now) {
		r.expires = n.expires
	}
	return len(r.announced) != known
}

func sameURL(a, b *url.URL) bool { return a.String() == b.String() }

// settle ends a pass: addresses that were not told during it are forgotten, if
// others were.
func (r *record) settle() {
	if len(r.lately) > 0 && (r.reached == nil || slices.ContainsFunc(r.lately, func(u *url.URL) bool { return u.Host == r.reached.Host })) {
		r.announced = r.lately
	}
	r.lately = nil
}

// addrs returns where the device is as far as is known, what was reached first.
func (r *record) addrs() []netip.Addr {
	var list []netip.Addr
	if r.reachedAt.IsValid() {
		list = append(list, r.reachedAt)
	}
	if r.rtsp.IsValid() {
		list = add(list, r.rtsp.Addr())
	}
	if r.sender.IsValid() {
		list = add(list, r.sender)
	}
	for _, u := range r.announced {
		if addr, ok := hostAddr(u); ok && (!everywhere(addr) || r.sender.IsLoopback()) {
			list = add(list, addr)
		}
	}
	return list
}

// places returns host and port of every service of the device: those that were
// reached, or when none was, those that it announces, also at the sender's
// address.
func (r *record) places() []netip.AddrPort {
	var list []netip.AddrPort
	take := func(u *url.URL, addr netip.Addr) {
		if at, err := netip.ParseAddrPort(hostPort(withHost(u, addr))); err == nil {
			list = add(list, at)
		}
	}
	if r.reached != nil && r.reachedAt.IsValid() {
		take(r.reached, r.reachedAt)
	}
	for _, u := range r.announced {
		if addr, ok := hostAddr(u); ok && (!everywhere(addr) || r.sender.IsLoopback()) {
			take(u, addr)
		}
		if r.sender.IsValid() {
			take(u, r.sender)
		}
	}
	return list
}
