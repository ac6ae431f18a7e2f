package announce

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Names of UPnP Device Architecture 1.1 section 1.
const (
	rootDevice = "upnp:rootdevice"
	deviceType = "urn:schemas-upnp-org:device:NetworkCamera:1"
	serverName = "Linux/6 UPnP/1.1 Camwall-simcam/1.0"
	// maxSearchDelay bounds how long an answer waits, whatever a search allows.
	maxSearchDelay = time.Second
)

// search is an M-SEARCH.
type search struct {
	target string
	most   time.Duration // to answer within
}

// parseSearch reads a packet; not ok for what is no search.
func parseSearch(packet []byte) (s search, ok bool) {
	if !bytes.HasPrefix(packet, []byte("M-SEARCH ")) {
		return s, false
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(packet)))
	if err != nil || r.Header.Get("MAN") != `"ssdp:discover"` || r.Header.Get("ST") == "" {
		return s, false
	}
	seconds, err := strconv.Atoi(strings.TrimSpace(r.Header.Get("MX")))
	if err != nil || seconds < 0 {
		seconds = 1
	}
	return search{target: r.Header.Get("ST"), most: time.Duration(min(seconds, 120)) * time.Second}, true
}

// names are what a device is announced as: type and unique name.
func names(d device) [][2]string {
	id := "uuid:" + d.UPnPUUID()
	return [][2]string{{rootDevice, id + "::" + rootDevice}, {id, id}, {deviceType, id + "::" + deviceType}}
}

// takeSearch answers for each device and name that is meant.
func (r *Responder) takeSearch(l *link, packet []byte, from *net.UDPAddr) {
	s, ok := parseSearch(packet)
	if !ok {
		return
	}
	most := min(r.cfg.ReplyDelay, maxSearchDelay, s.most*4/5)
	for _, d := range r.list() {
		for _, name := range names(d) {
			if s.target != "ssdp:all" && s.target != name[0] {
				continue
			}
			r.later(l, most, func() {
				r.say(l, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=%d\r\nDATE: %s\r\nEXT:\r\nLOCATION: %s\r\nSERVER: %s\r\nST: %s\r\nUSN: %s\r\n\r\n",
					int(r.cfg.MaxAge.Seconds()), time.Now().UTC().Format(http.TimeFormat), d.DescriptionAt(l.at), serverName, name[0], name[1]), from)
			})
		}
	}
}

// alive says that a device is there.
func (r *Responder) alive(l *link, d device) {
	if l.ssdp == nil {
		return
	}
	for _, name := range names(d) {
		r.say(l, fmt.Appendf(nil, "NOTIFY * HTTP/1.1\r\nHOST: %s\r\nCACHE-CONTROL: max-age=%d\r\nLOCATION: %s\r\nNT: %s\r\nNTS: ssdp:alive\r\nSERVER: %s\r\nUSN: %s\r\n\r\n",
			group(ssdpPort), int(r.cfg.MaxAge.Seconds()), d.DescriptionAt(l.at), name[0], serverName, name[1]), group(ssdpPort))
	}
}

// byebye says that a device goes.
func (r *Responder) byebye(l *link, d device) {
	if l.ssdp == nil {
		return
	}
	for _, name := range names(d) {
		r.say(l, fmt.Appendf(nil, "NOTIFY * HTTP/1.1\r\nHOST: %s\r\nNT: %s\r\nNTS: ssdp:byebye\r\nUSN: %s\r\n\r\n",
			group(ssdpPort), name[0], name[1]), group(ssdpPort))
	}
}
