package announce

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/koron/go-ssdp"
)

// quickly is how long answers wait in tests.
const quickly = 10 * time.Millisecond

var onTheCable = Config{Address: netip.MustParseAddr("198.51.100.1"), ReplyDelay: quickly}

// probe asks by WS-Discovery, with prefixes of its own.
func probe(id, inner string) string {
	return fmt.Sprintf(`<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="%s" xmlns:p="%s" xmlns:n="http://www.onvif.org/ver10/network/wsdl">`+
		"<e:Header><w:MessageID>%s</w:MessageID><w:To>%s</w:To><w:Action>%s/Probe</w:Action></e:Header><e:Body>%s</e:Body></e:Envelope>",
		nsAddress, nsWSD, id, toEverybody, nsWSD, inner)
}

const anyCamera = "<p:Probe><p:Types>n:NetworkVideoTransmitter</p:Types></p:Probe>"

// matches is an answer of WS-Discovery as a client reads it.
type matches struct {
	Action    string      `xml:"Header>Action"`
	MessageID string      `xml:"Header>MessageID"`
	RelatesTo string      `xml:"Header>RelatesTo"`
	Probe     []described `xml:"Body>ProbeMatches>ProbeMatch"`
	Resolve   []described `xml:"Body>ResolveMatches>ResolveMatch"`
	Hello     []described `xml:"Body>Hello"`
	Bye       []described `xml:"Body>Bye"`
}

type described struct {
	Address string `xml:"EndpointReference>Address"`
	Types   string
	Scopes  string
	XAddrs  string
}

func readMatches(t *testing.T, text string) matches {
	t.Helper()
	var m matches
	if err := xml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return m
}

func TestProbesByMulticast(t *testing.T) {
	here, there := joined(t)
	r := here.responder(t, onTheCable)
	r.Add(&camera{"1", 81})
	r.Add(&camera{"2", 82})
	a := there.asker(t, "far", "198.51.100.2")
	a.ask(t, probe("urn:uuid:question", anyCamera), group(wsdPort))
	var found, ids []string
	for range 2 {
		text, from := a.next(t)
		m := readMatches(t, text)
		if m.RelatesTo != "urn:uuid:question" || !strings.HasSuffix(m.Action, "/ProbeMatches") || len(m.Probe) != 1 || from.Addr() != onTheCable.Address {
			t.Fatalf("from %s: %s", from, text)
		}
		one := m.Probe[0]
		found, ids = append(found, one.Address+" "+one.XAddrs), append(ids, m.MessageID)
		if !strings.Contains(one.Types, "NetworkVideoTransmitter") || !strings.Contains(one.Scopes, "name/Gate%20") {
			t.Errorf("it is %+v", one)
		}
	}
	slices.Sort(found)
	if want := []string{"urn:uuid:1 http://198.51.100.1:81/onvif/device_service", "urn:uuid:2 http://198.51.100.1:82/onvif/device_service"}; !slices.Equal(found, want) {
		t.Errorf("found %q", found)
	}
	if ids[0] == ids[1] {
		t.Errorf("both answers are %s", ids[0])
	}
	a.ask(t, probe("urn:uuid:who", "<p:Resolve><w:EndpointReference><w:Address>urn:uuid:2</w:Address></w:EndpointReference></p:Resolve>"), group(wsdPort))
	text, _ := a.next(t)
	if m := readMatches(t, text); m.RelatesTo != "urn:uuid:who" || len(m.Resolve) != 1 || m.Resolve[0].Address != "urn:uuid:2" || m.Resolve[0].XAddrs == "" {
		t.Errorf("resolved: %s", text)
	}
	for what, question := range map[string]string{
		"a printer":     "<p:Probe><p:Types>n:Printer</p:Types></p:Probe>",
		"another scope": "<p:Probe><p:Scopes>onvif://www.onvif.org/name/Other</p:Scopes></p:Probe>",
		"another one":   "<p:Resolve><w:EndpointReference><w:Address>urn:uuid:3</w:Address></w:EndpointReference></p:Resolve>",
		"nothing":       "",
	} {
		a.ask(t, probe("urn:uuid:x", question), group(wsdPort))
		a.quiet(t, what)
	}
}

func TestHelloAndBye(t *testing.T) {
	here, there := joined(t)
	heard, notified := there.listener(t, "far", wsdPort), there.listener(t, "far", ssdpPort)
	r := here.responder(t, onTheCable)
	c := &camera{"1", 81}
	r.Add(c)
	text, _ := heard.next(t)
	if m := readMatches(t, text); len(m.Hello) != 1 || m.Hello[0].Address != "urn:uuid:1" || m.Hello[0].XAddrs != "http://198.51.100.1:81/onvif/device_service" {
		t.Errorf("hello: %s", text)
	}
	for _, name := range names(c) {
		text, _ := notified.next(t)
		for _, want := range []string{"NOTIFY * HTTP/1.1\r\n", "NT: " + name[0] + "\r\n", "USN: " + name[1] + "\r\n", "NTS: ssdp:alive\r\n", "LOCATION: http://198.51.100.1:81/description.xml\r\n", "CACHE-CONTROL: max-age=1800\r\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("alive lacks %q: %s", want, text)
			}
		}
	}
	r.Remove(c)
	r.Remove(c)
	text, _ = heard.next(t)
	if m := readMatches(t, text); len(m.Bye) != 1 || m.Bye[0].Address != "urn:uuid:1" {
		t.Errorf("bye: %s", text)
	}
	for range names(c) {
		if text, _ := notified.next(t); !strings.Contains(text, "NTS: ssdp:byebye\r\n") {
			t.Errorf("byebye: %s", text)
		}
	}
	r.Add(&camera{"2", 82})
	heard.next(t)
	r.Close()
	text, _ = heard.next(t)
	if m := readMatches(t, text); len(m.Bye) != 1 || m.Bye[0].Address != "urn:uuid:2" {
		t.Errorf("at the end: %s", text)
	}
	r.Close()
}

func TestAnnouncesAgain(t *testing.T) {
	here, there := joined(t)
	notified := there.listener(t, "far", ssdpPort)
	cfg := onTheCable
	cfg.MaxAge = 60 * time.Millisecond
	here.responder(t, cfg).Add(&camera{"1", 81})
	for range 7 { // three each time
		notified.next(t)
	}
}

// An independent client finds the devices.
func TestSearches(t *testing.T) {
	here, there := joined(t)
	r := here.responder(t, onTheCable)
	r.Add(&camera{"1", 81})
	var found []ssdp.Service
	there.run(t, func() (err error) {
		found, err = ssdp.Search(deviceType, 1, "198.51.100.2:0")
		return err
	})
	if len(found) != 1 || found[0].USN != "uuid:1::"+deviceType || found[0].Location != "http://198.51.100.1:81/description.xml" || found[0].MaxAge() != 1800 {
		t.Errorf("found %+v", found)
	}
	a := there.asker(t, "far", "198.51.100.2")
	search := func(target string) { a.ask(t, searchFor(target), group(ssdpPort)) }
	for target, want := range map[string]int{"ssdp:all": 3, rootDevice: 1, "uuid:1": 1, deviceType: 1} {
		search(target)
		for range want {
			if text, from := a.next(t); !strings.HasPrefix(text, "HTTP/1.1 200 OK\r\n") || from.Addr() != onTheCable.Address {
				t.Errorf("%s: %s", target, text)
			}
		}
		a.quiet(t, target)
	}
	for _, target := range []string{"uuid:2", "urn:schemas-upnp-org:device:MediaServer:1"} {
		search(target)
		a.quiet(t, target)
	}
}

func searchFor(target string) string {
	return "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: " + target + "\r\n\r\n"
}

func TestOnlyItsOwnInterface(t *testing.T) {
	ns := newNamespace(t)
	for face, address := range map[string]string{"one": "198.51.100.1/24", "two": "203.0.113.1/24"} {
		ns.ip(t, "link", "add", face, "type", "veth", "peer", "name", face+"end")
		ns.ip(t, "addr", "add", address, "dev", face)
		ns.ip(t, "link", "set", face, "up")
		ns.ip(t, "link", "set", face+"end", "up")
	}
	r := ns.responder(t, onTheCable)
	r.Add(&camera{"1", 81})
	// Another program has joined on the other interface.
	ns.listener(t, "two", wsdPort)
	ns.listener(t, "two", ssdpPort)
	one, two := ns.asker(t, "one", "198.51.100.1"), ns.asker(t, "two", "203.0.113.1")
	two.ask(t, probe("urn:uuid:x", anyCamera), group(wsdPort))
	two.ask(t, searchFor("ssdp:all"), group(ssdpPort))
	two.quiet(t, "asked on the other interface")
	one.ask(t, probe("urn:uuid:x", anyCamera), group(wsdPort))
	one.next(t)
	one.ask(t, searchFor(rootDevice), group(ssdpPort))
	one.next(t)
	// All interfaces.
	all := ns.responder(t, Config{Address: netip.IPv4Unspecified(), ReplyDelay: quickly})
	all.Add(&camera{"2", 82})
	two.ask(t, probe("urn:uuid:x", anyCamera), group(wsdPort))
	text, _ := two.next(t)
	if m := readMatches(t, text); len(m.Probe) != 1 || m.Probe[0].XAddrs != "http://203.0.113.1:82/onvif/device_service" {
		t.Errorf("on all interfaces: %s", text)
	}
	if len(all.links) != 2 {
		t.Errorf("%d interfaces, want 2", len(all.links))
	}
}

// loopback starts a Responder that only hears unicast.
func loopback(t *testing.T, address string) (*Responder, *asker) {
	t.Helper()
	r, err := New(Config{Address: netip.MustParseAddr(address)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return r, &asker{conn}
}

func TestUnicastProbes(t *testing.T) {
	r, a := loopback(t, "127.73.0.1")
	r.Add(&camera{"1", 81})
	to := r.Unicast()
	if len(to) != 1 || to[0].String() != "127.73.0.1:3702" {
		t.Fatalf("heard at %v", to)
	}
	// A finder that has the port for all addresses does not take it away.
	finder, err := listenShared(netip.IPv4Unspecified(), wsdPort)
	if err != nil {
		t.Fatal(err)
	}
	defer finder.Close()
	a.ask(t, probe("urn:uuid:x", "<p:Probe/>"), net.UDPAddrFromAddrPort(to[0]))
	text, from := a.next(t)
	if m := readMatches(t, text); len(m.Probe) != 1 || m.Probe[0].XAddrs != "http://127.73.0.1:81/onvif/device_service" || from != to[0] {
		t.Errorf("from %s: %s", from, text)
	}
}

// Whatever comes, it goes on answering, and holds few answers back.
func TestOddPackets(t *testing.T) {
	r, a := loopback(t, "127.73.0.2")
	for i := range 20 {
		r.Add(&camera{fmt.Sprint(i), 81})
	}
	to := net.UDPAddrFromAddrPort(r.Unicast()[0])
	random := rand.NewChaCha8([32]byte{1})
	for range 3000 {
		packet := make([]byte, random.Uint64()%600)
		_, _ = random.Read(packet)
		a.ask(t, string(packet), to)
	}
	a.ask(t, strings.Repeat("<a>", 20_000), to)
	a.ask(t, probe("urn:uuid:x", "<p:Probe><p:Types>"+strings.Repeat("a:b ", 15_000)+"</p:Types></p:Probe>"), to)
	a.ask(t, "", to)
	for ctx := within(t); ctx.Err() == nil; {
		a.ask(t, probe("urn:uuid:last", "<p:Resolve><w:EndpointReference><w:Address>URN:UUID:7</w:Address></w:EndpointReference></p:Resolve>"), to)
		if text, _, err := a.read(200 * time.Millisecond); err == nil {
			if m := readMatches(t, text); m.RelatesTo != "urn:uuid:last" {
				t.Errorf("answer %s", text)
			}
			return
		}
	}
	t.Error("no answer any more")
}

func TestAnswersAreBounded(t *testing.T) {
	r := &Responder{cfg: Config{}}
	l := &link{closed: make(chan struct{})}
	var mu sync.Mutex
	answered := 0
	for range 3 * maxPending {
		r.later(l, time.Hour, func() { mu.Lock(); answered++; mu.Unlock() })
	}
	r.mu.Lock()
	pending := r.pending
	r.mu.Unlock()
	if pending > maxPending || pending == 0 {
		t.Errorf("%d answers wait, want at most %d", pending, maxPending)
	}
	close(l.closed)
	r.wg.Wait()
	if r.pending != 0 || answered > maxPending {
		t.Errorf("%d wait and %d were sent at the end", r.pending, answered)
	}
}

func TestWhatIsLeftOutIsSaid(t *testing.T) {
	var said bytes.Buffer
	r, err := New(Config{Address: netip.MustParseAddr("127.73.0.3"), Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if !strings.Contains(said.String(), "no multicast here") {
		t.Errorf("it said %s", &said)
	}
	if _, err := New(Config{Address: netip.MustParseAddr("192.0.2.201")}); err == nil {
		t.Error("an address that no interface has: no error")
	}
	if _, err := New(Config{Address: netip.MustParseAddr("127.73.0.3"), NoWSDiscovery: true}); err == nil {
		t.Error("nothing to answer: no error")
	}
	six, err := New(Config{Address: netip.IPv6Loopback()})
	if err != nil {
		t.Fatal(err)
	}
	defer six.Close()
	if got := six.Unicast(); len(got) != 1 || got[0].String() != "[::1]:3702" {
		t.Errorf("IPv6 is heard at %v", got)
	}
}

func TestScopes(t *testing.T) {
	c := &camera{"1", 81}
	for _, x := range []struct {
		scopes, by string
		want       bool
	}{
		{"", "", true},
		{"onvif://www.onvif.org/location", "", true},
		{"onvif://www.onvif.org/location/country/", "", true},
		{"ONVIF://www.onvif.org/location/country", "", true},
		{"onvif://www.onvif.org/loc", "", false},
		{"onvif://www.onvif.org/location onvif://www.onvif.org/name/x", "", false},
		{"onvif://www.onvif.org/location", nsWSD + "/strcmp0", false},
		{"onvif://www.onvif.org/location/country/nowhere", nsWSD + "/strcmp0", true},
	} {
		q, err := parseQuestion([]byte(probe("urn:uuid:x", fmt.Sprintf(`<p:Probe><p:Scopes MatchBy="%s">%s</p:Scopes></p:Probe>`, x.by, x.scopes))))
		if err != nil || q.asksFor(c) != x.want {
			t.Errorf("%q by %q: %t, %v", x.scopes, x.by, !x.want, err)
		}
	}
}

func TestParseSearch(t *testing.T) {
	for text, want := range map[string]search{
		searchFor("a"): {"a", time.Second},
		strings.Replace(searchFor("a"), "MX: 1", "MX: 5", 1):                   {"a", 5 * time.Second},
		strings.Replace(searchFor("a"), "MX: 1", "MX: x", 1):                   {"a", time.Second},
		strings.Replace(searchFor("a"), "MX: 1", "MX: 99999999", 1):            {"a", 2 * time.Minute},
		strings.Replace(searchFor("a"), "MAN: \"ssdp:discover\"", "MAN: x", 1): {},
		strings.Replace(searchFor("a"), "ST: a\r\n", "", 1):                    {},
		strings.Replace(searchFor("a"), "M-SEARCH", "NOTIFY", 1):               {},
		"M-SEARCH": {}, "": {}, "M-SEARCH * HTTP/1.1\r\n": {},
	} {
		if got, ok := parseSearch([]byte(text)); got != want || ok != (want.target != "") {
			t.Errorf("%q: %+v, %t", text, got, ok)
		}
	}
}

func FuzzParseQuestion(f *testing.F) {
	f.Add([]byte(probe("urn:uuid:x", anyCamera)))
	f.Add([]byte(probe("urn:uuid:x", "<p:Resolve><w:EndpointReference><w:Address>urn:uuid:2</w:Address></w:EndpointReference></p:Resolve>")))
	f.Add([]byte("<?xml version='1.0' encoding='UTF-16'?><Envelope>"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		q, err := parseQuestion(packet)
		if err == nil && q.id == "" {
			t.Errorf("%q has no id", packet)
		}
		q.asksFor(&camera{"1", 81})
	})
}

func FuzzParseSearch(f *testing.F) {
	f.Add([]byte(searchFor("ssdp:all")))
	f.Add([]byte("M-SEARCH * HTTP/1.1\r\nMX: -1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		if s, ok := parseSearch(packet); ok && (s.target == "" || s.most < 0) {
			t.Errorf("%q: %+v", packet, s)
		}
	})
}
