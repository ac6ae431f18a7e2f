package discovery

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"camwall/internal/discovery/wsd"
)

var messageID = regexp.MustCompile(`MessageID[^>]*>\s*([^<\s]+)\s*<`)

// probeMatch answers the request of an id; the devices' prefixes are not ours.
func probeMatch(relatesTo, action, endpoint, types, scopes, xaddrs string) string {
	body := fmt.Sprintf(`<wsa:EndpointReference><wsa:Address>%s</wsa:Address></wsa:EndpointReference>`+
		`<wsdd:Types>%s</wsdd:Types><wsdd:Scopes>%s</wsdd:Scopes><wsdd:XAddrs>%s</wsdd:XAddrs>`+
		`<wsdd:MetadataVersion>1</wsdd:MetadataVersion>`, endpoint, types, scopes, xaddrs)
	if item, ok := strings.CutSuffix(action, "es"); ok {
		body = "<wsdd:" + item + ">" + body + "</wsdd:" + item + ">"
	}
	return `<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"` +
		` xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:wsdd="http://schemas.xmlsoap.org/ws/2005/04/discovery"` +
		` xmlns:tdn="http://www.onvif.org/ver10/network/wsdl"><SOAP-ENV:Header><wsa:RelatesTo>` + relatesTo + `</wsa:RelatesTo>` +
		`<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/` + action + `</wsa:Action></SOAP-ENV:Header>` +
		`<SOAP-ENV:Body><wsdd:` + action + `>` + body + `</wsdd:` + action + `></SOAP-ENV:Body></SOAP-ENV:Envelope>`
}

// actor is what sends and hears at eth0 of a namespace.
type actor struct {
	addr  netip.Addr
	group *wsd.Conn    // hears requests
	out   *net.UDPConn // sends, and hears what is sent to the address alone
	eth0  *net.Interface
}

func newActor(ctx context.Context, address string) (*actor, error) {
	a := &actor{addr: netip.MustParseAddr(address)}
	var err error
	if a.eth0, err = net.InterfaceByName("eth0"); err != nil {
		return nil, err
	}
	if a.group, err = wsd.OpenGroup(); err != nil {
		return nil, err
	}
	if err := a.group.Join(a.eth0); err != nil {
		return nil, err
	}
	at := &net.UDPAddr{IP: a.addr.AsSlice(), Port: wsd.Port}
	if a.out, err = net.ListenUDP("udp", at); err != nil { // another device of this host has it
		at.Port = 0
		a.out, err = net.ListenUDP("udp", at)
	}
	return a, err
}

// multicast sends to a group; the socket's own address picks the interface.
func (a *actor) multicast(group, text string) {
	to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(group))
	if _, err := a.out.WriteTo([]byte(text), to); err != nil {
		fmt.Fprintln(os.Stderr, "send:", err)
	}
}

// announce sends to the group of the actor's family.
func (a *actor) announce(text string) {
	if a.addr.Is4() {
		a.multicast(wsdGroup, text)
	} else {
		a.multicast("[ff02::c%eth0]:3702", text)
	}
}

const wsdGroup, ssdpGroup = "239.255.255.250:3702", "239.255.255.250:1900"

// serve answers HTTP at a port of the address until ctx ends.
func (a *actor) serve(ctx context.Context, port uint16, handler http.Handler) error {
	listener, err := net.Listen("tcp", netip.AddrPortFrom(a.addr, port).String())
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler}
	context.AfterFunc(ctx, func() { server.Close() })
	go func() { _ = server.Serve(listener) }()
	return nil
}

// playDevice is an ONVIF device: address, endpoint reference, model, port, and
// "closed" if nothing is to listen there. Two of its three addresses never work.
// It says Hello and Bye.
func playDevice(ctx context.Context, args []string) error {
	a, err := newActor(ctx, args[0])
	if err != nil {
		return err
	}
	endpoint, model, port := args[1], args[2], args[3]
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return err
	}
	at := netip.AddrPortFrom(a.addr, uint16(number))
	if len(args) == 4 {
		err = a.serve(ctx, at.Port(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "<Envelope><Model>%s</Model></Envelope>", model)
		}))
	}
	if err != nil {
		return err
	}
	xaddrs := fmt.Sprintf("http://169.254.77.77:%s/onvif/device_service\n http://%s/onvif/device_service http://203.0.113.9:%s/onvif/device_service", port, at, port)
	scopes := "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20gate onvif://www.onvif.org/hardware/" + model +
		" onvif://www.onvif.org/location/country/Nowhere onvif://www.onvif.org/Profile/Streaming"
	a.announce(probeMatch("", "Hello", endpoint, "tdn:NetworkVideoTransmitter", scopes, xaddrs))
	fmt.Println("ready")
	answer := func(request []byte, from netip.AddrPort) {
		if id := messageID.FindSubmatch(request); id != nil && strings.Contains(string(request), "Probe>") && from.Addr().Is4() == a.addr.Is4() {
			a.send(from, probeMatch(string(id[1]), "ProbeMatches", endpoint, "tdn:NetworkVideoTransmitter", scopes, xaddrs))
		}
	}
	go func() {
		for buffer := make([]byte, 8192); ; {
			n, from, err := a.out.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			answer(buffer[:n], from)
		}
	}()
	err = a.group.Run(ctx, func(p wsd.Packet) { answer(p.Data, p.From) })
	a.announce(probeMatch("", "Bye", endpoint, "", "", ""))
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// playHostile answers every search with whatever may hurt: address, and "flood"
// for more devices and noise than anybody can ask.
func playHostile(ctx context.Context, args []string) error {
	a, err := newActor(ctx, args[0])
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "<root><device><friendlyName>")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("endless ", 4096)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:80/", http.StatusFound)
	})
	if err := a.serve(ctx, 80, mux); err != nil {
		return err
	}
	search, err := net.ListenMulticastUDP("udp4", a.eth0, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(ssdpGroup)))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { search.Close() })
	var once sync.Once
	go func() {
		for buffer := make([]byte, 2048); ; {
			n, from, err := search.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			if len(args) == 1 && strings.HasPrefix(string(buffer[:n]), "M-SEARCH") {
				a.answerSearch(from)
			}
		}
	}()
	fmt.Println("ready")
	err = a.group.Run(ctx, func(p wsd.Packet) {
		id := messageID.FindSubmatch(p.Data)
		if id == nil || !p.From.Addr().Is4() || p.From.Addr() == a.addr {
			return
		}
		a.answerProbe(string(id[1]), p.From)
		if len(args) > 1 {
			once.Do(func() { a.flood(ctx, string(id[1]), p.From) })
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (a *actor) send(to netip.AddrPort, text string) {
	_, _ = a.out.WriteToUDPAddrPort([]byte(text), to)
}

// answerProbe answers wrongly in every way that has been seen, and in some more.
func (a *actor) answerProbe(id string, to netip.AddrPort) {
	const types = "tdn:NetworkVideoTransmitter"
	proper := probeMatch(id, "ProbeMatches", "urn:uuid:00000000-0000-4000-8000-0000000000aa", types, "", "")
	for _, text := range []string{
		"", "\x00", "<", "not xml", "<a/>", strings.Repeat("<a>", 20_000), proper[:len(proper)/2],
		strings.ReplaceAll(proper, "</", "<"), `<?xml version="1.0" encoding="UTF-16"?>` + proper,
		probeMatch(id, "ProbeMatches", "", types, "", "http://"+a.addr.String()+"/"),
		probeMatch(id, "ProbeMatches", "urn:uuid:00000000-0000-4000-8000-0000000000ab", types, "", "::: http:// ftp://x/ http://[::1 http://127.0.0.1/onvif/x"),
		probeMatch(id, "ProbeMatches", "urn:uuid:00000000-0000-4000-8000-0000000000ac", types, "onvif://www.onvif.org/name/%00%0a%1b%5b31m%zz", "http://239.1.2.3/onvif"),
		probeMatch(wsd.NewID(), "ProbeMatches", "urn:uuid:00000000-0000-4000-8000-0000000000ff", types, "", "http://"+a.addr.String()+"/onvif/forged"),
		probeMatch(id, "ProbeMatches", "urn:uuid:00000000-0000-4000-8000-0000000000ad", types,
			strings.Repeat("onvif://www.onvif.org/name/"+strings.Repeat("N", 100)+" ", 500), "http://"+a.addr.String()+"/silent"),
	} {
		a.send(to, text[:min(len(text), 65_000)])
	}
}

// flood sends 10,000 random packets and 10,000 devices that are none.
func (a *actor) flood(ctx context.Context, id string, to netip.AddrPort) {
	for i := range 10_000 {
		noise := make([]byte, rand.IntN(1400))
		for j := range noise {
			noise[j] = byte(rand.Uint32())
		}
		a.send(to, string(noise))
		if i%8 == 0 {
			a.send(netip.MustParseAddrPort(wsdGroup), string(noise))
			a.send(netip.MustParseAddrPort(ssdpGroup), "NOTIFY "+string(noise))
		}
		a.send(to, probeMatch(id, "ProbeMatches", wsd.NewID(), "tdn:NetworkVideoTransmitter", "",
			fmt.Sprintf("http://%s/silent?%d", a.addr, i)))
		if i%20 == 0 {
			sleep(ctx, time.Millisecond)
		}
	}
}

// answerSearch points to descriptions that have no end or lead nowhere.
func (a *actor) answerSearch(to netip.AddrPort) {
	for i, path := range []string{"/endless", "/loop", "/silent", "/inside", "/none"} {
		a.send(to, fmt.Sprintf("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=100\r\nEXT:\r\nLOCATION: http://%s%s\r\n"+
			"ST: upnp:rootdevice\r\nUSN: uuid:00000000-0000-4000-8000-00000000010%d::upnp:rootdevice\r\n\r\n", a.addr, path, i))
	}
	for _, text := range []string{
		"", "HTTP", "HTTP/1.1 200 OK\r\nUSN: \r\n\r\n", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 9000),
		"HTTP/1.1 200 OK\r\nUSN: uuid:x\r\nLOCATION: http://127.0.0.1:80/\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
	} {
		a.send(to, text)
	}
}
