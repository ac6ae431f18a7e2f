package announce

import (
	"bytes"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Names of WS-Discovery of April 2005, which ONVIF takes.
const (
	nsWSD       = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
	nsAddress   = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	toEverybody = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
	toAsker     = nsAddress + "/role/anonymous"
	types       = "dn:NetworkVideoTransmitter tds:Device"
)

// errNoQuestion is returned for a packet that asks nothing.
var errNoQuestion = errors.New("neither probe nor resolve")

// question is a Probe, or a Resolve when endpoint is not empty.
type question struct {
	id       string
	types    []string // local names; empty is any
	scopes   []string
	exact    bool // scopes are compared as texts
	endpoint string
}

// parseQuestion reads a packet.
func parseQuestion(packet []byte) (question, error) {
	var m struct {
		XMLName xml.Name
		ID      string `xml:"Header>MessageID"`
		Probe   *struct {
			Types  string
			Scopes struct {
				MatchBy string `xml:",attr"`
				Text    string `xml:",chardata"`
			}
		} `xml:"Body>Probe"`
		Resolve *struct {
			Address string `xml:"EndpointReference>Address"`
		} `xml:"Body>Resolve"`
	}
	if err := xml.NewDecoder(bytes.NewReader(packet)).Decode(&m); err != nil {
		return question{}, fmt.Errorf("read packet: %w", err)
	}
	q := question{id: strings.TrimSpace(m.ID)}
	switch {
	case m.XMLName.Local != "Envelope" || q.id == "":
		return question{}, errNoQuestion
	case m.Resolve != nil && strings.TrimSpace(m.Resolve.Address) != "":
		q.endpoint = strings.TrimSpace(m.Resolve.Address)
		return q, nil
	case m.Probe == nil:
		return question{}, errNoQuestion
	}
	for _, name := range strings.Fields(m.Probe.Types) {
		if _, local, ok := strings.Cut(name, ":"); ok {
			name = local
		}
		q.types = append(q.types, name)
	}
	q.scopes = strings.Fields(m.Probe.Scopes.Text)
	q.exact = strings.HasSuffix(m.Probe.Scopes.MatchBy, "/strcmp0")
	return q, nil
}

// asksFor says whether a device is meant.
func (q question) asksFor(d device) bool {
	if q.endpoint != "" {
		return strings.EqualFold(q.endpoint, d.Endpoint())
	}
	for _, name := range q.types {
		if name != "NetworkVideoTransmitter" && name != "Device" {
			return false
		}
	}
	for _, scope := range q.scopes {
		if !q.scopeMatches(scope, d.Scopes()) {
			return false
		}
	}
	return true
}

// scopeMatches compares whole path elements: WS-Discovery section 5.1.
func (q question) scopeMatches(wanted string, scopes []string) bool {
	wanted = strings.TrimSuffix(wanted, "/")
	for _, one := range scopes {
		if one == wanted {
			return true
		}
		if !q.exact && len(one) > len(wanted) && strings.EqualFold(one[:len(wanted)], wanted) && one[len(wanted)] == '/' {
			return true
		}
	}
	return false
}

// takeProbe answers for each device that is meant, in a message of its own, as
// if each were alone.
func (r *Responder) takeProbe(l *link, packet []byte, from *net.UDPAddr, delay time.Duration) {
	q, err := parseQuestion(packet)
	if err != nil {
		return
	}
	for _, d := range r.list() {
		if !q.asksFor(d) {
			continue
		}
		action, match := "ProbeMatches", "ProbeMatch"
		if q.endpoint != "" {
			action, match = "ResolveMatches", "ResolveMatch"
		}
		r.later(l, delay, func() {
			body := "<d:" + action + "><d:" + match + ">" + about(l, d) + "</d:" + match + "></d:" + action + ">"
			r.say(l, r.message(action, toAsker, q.id, body), from)
		})
	}
}

// hello says that a device has come.
func (r *Responder) hello(l *link, d device) {
	if l.multicast && !r.cfg.NoWSDiscovery {
		r.say(l, r.message("Hello", toEverybody, "", "<d:Hello>"+about(l, d)+"</d:Hello>"), group(wsdPort))
	}
}

// bye says that a device goes.
func (r *Responder) bye(l *link, d device) {
	if l.multicast && !r.cfg.NoWSDiscovery {
		r.say(l, r.message("Bye", toEverybody, "", "<d:Bye>"+endpoint(d)+"</d:Bye>"), group(wsdPort))
	}
}

func endpoint(d device) string {
	return "<a:EndpointReference><a:Address>" + esc(d.Endpoint()) + "</a:Address></a:EndpointReference>"
}

// about is what is told of a device.
func about(l *link, d device) string {
	return endpoint(d) + "<d:Types>" + types + "</d:Types><d:Scopes>" + esc(strings.Join(d.Scopes(), " ")) + "</d:Scopes>" +
		"<d:XAddrs>" + esc(d.XAddrAt(l.at)) + "</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>"
}

// message puts a body in its envelope.
func (r *Responder) message(action, to, relatesTo, body string) []byte {
	r.mu.Lock()
	r.number++
	number := r.number
	r.mu.Unlock()
	if relatesTo != "" {
		relatesTo = "<a:RelatesTo>" + esc(relatesTo) + "</a:RelatesTo>"
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>`+
		`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="%s" xmlns:d="%s"`+
		` xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">`+
		`<s:Header><a:MessageID>urn:uuid:%s</a:MessageID>%s<a:To s:mustUnderstand="true">%s</a:To><a:Action s:mustUnderstand="true">%s/%s</a:Action>`+
		`<d:AppSequence InstanceId="%d" MessageNumber="%d"/></s:Header><s:Body>%s</s:Body></s:Envelope>`,
		nsAddress, nsWSD, newUUID(), relatesTo, to, nsWSD, action, r.instance, number, body)
}

// newUUID makes a random one: RFC 9562 section 5.4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// esc writes a text so that it can stand in XML.
func esc(text string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic("announce: writing to memory failed: " + err.Error())
	}
	return b.String()
}
