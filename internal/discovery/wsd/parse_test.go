package wsd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
)

const (
	someID   = "urn:uuid:11111111-2222-4333-8444-555555555555"
	endpoint = "urn:uuid:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
)

// answers are packets in the manner of real devices.
var answers = map[string]string{
	"gSOAP": `<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">
<SOAP-ENV:Header><wsa:MessageID>urn:uuid:99999999-2222-4333-8444-555555555555</wsa:MessageID><wsa:RelatesTo>urn:uuid:11111111-2222-4333-8444-555555555555</wsa:RelatesTo></SOAP-ENV:Header>
<SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee</wsa:Address></wsa:EndpointReference>
<d:Types>dn:NetworkVideoTransmitter
 tds:Device</d:Types><d:Scopes>onvif://www.onvif.org/name/A  onvif://www.onvif.org/Profile/T</d:Scopes>
<d:XAddrs>http://192.0.2.5/onvif/device_service	http://[2001:db8::5]/onvif/device_service
https://192.0.2.5/onvif/device_service</d:XAddrs><d:MetadataVersion>10</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`,
	"default namespace, uuid: in upper case": `<Envelope><Header><RelatesTo>uuid:11111111-2222-4333-8444-555555555555</RelatesTo></Header><Body><ProbeMatches><ProbeMatch>
<EndpointReference><Address>uuid:AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE</Address></EndpointReference><Types>NetworkVideoTransmitter Device</Types>
<Scopes>onvif://www.onvif.org/name/A onvif://www.onvif.org/Profile/T</Scopes>
<XAddrs>http://192.0.2.5/onvif/device_service http://[2001:db8::5]/onvif/device_service https://192.0.2.5/onvif/device_service</XAddrs></ProbeMatch></ProbeMatches></Body></Envelope>`,
	"vendor namespace that is no URI, order turned round, broken end": `<?xml version="1.0" encoding="utf-16"?><env:Envelope xmlns:env="x" xmlns:v="vendor thing"><env:Header><a:RelatesTo RelationshipType="x">  11111111-2222-4333-8444-555555555555
</a:RelatesTo></env:Header><env:Body><d:ProbeMatches><d:ProbeMatch><d:XAddrs>http://192.0.2.5/onvif/device_service http://[2001:db8::5]/onvif/device_service https://192.0.2.5/onvif/device_service</d:XAddrs><d:Scopes MatchBy="x">onvif://www.onvif.org/name/A onvif://www.onvif.org/Profile/T</d:Scopes><d:Types>a:NetworkVideoTransmitter b:Device</d:Types><v:Thing v:a=b>&nbsp;</v:Thing>
<a:EndpointReference><a:Address>AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee</a:Address></a:EndpointReference></d:ProbeMatch></d:Pro`,
}

func TestParse(t *testing.T) {
	t.Parallel()
	want := Message{Action: ProbeMatch, RelatesTo: someID, Targets: []Target{{
		Endpoint: endpoint, Types: []string{"NetworkVideoTransmitter", "Device"},
		Scopes: []string{"onvif://www.onvif.org/name/A", "onvif://www.onvif.org/Profile/T"},
		XAddrs: []string{"http://192.0.2.5/onvif/device_service", "http://[2001:db8::5]/onvif/device_service", "https://192.0.2.5/onvif/device_service"},
	}}}
	for name, packet := range answers {
		for encoding, text := range map[string][]byte{
			"UTF-8": []byte(packet), "marked UTF-8": []byte("\xef\xbb\xbf" + packet),
			"UTF-16": utf16Text(packet, binary.LittleEndian), "big UTF-16": utf16Text(packet, binary.BigEndian),
			"more behind it": []byte(packet + "\x00\x00<a>"),
		} {
			got, err := Parse(text)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: %+v, %v", name, encoding, got, err)
			}
		}
	}
}

func utf16Text(s string, order binary.AppendByteOrder) []byte {
	b := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

func TestParseAnnouncements(t *testing.T) {
	t.Parallel()
	body := `<a:EndpointReference><a:Address>` + endpoint + `</a:Address></a:EndpointReference>`
	for _, action := range []Action{Hello, Bye} {
		text := fmt.Sprintf(`<s:Envelope><s:Header/><s:Body><d:%s>%s</d:%s></s:Body></s:Envelope>`, action, body, action)
		got, err := Parse([]byte(text))
		if err != nil || got.Action != action || len(got.Targets) != 1 || got.Targets[0].Endpoint != endpoint || got.RelatesTo != "" {
			t.Errorf("%s: %+v, %v", action, got, err)
		}
	}
}

func TestParseSeveralMatches(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString(`<Envelope><Body><ProbeMatches>`)
	for i := range 2 * maxTargets {
		fmt.Fprintf(&text, `<ProbeMatch><EndpointReference><Address>urn:x:%d</Address></EndpointReference><XAddrs>%s</XAddrs></ProbeMatch>`,
			i, strings.Repeat("http://192.0.2.1/ ", 2*maxXAddrs))
	}
	got, err := Parse([]byte(text.String()))
	if err != nil || len(got.Targets) != maxTargets || len(got.Targets[0].XAddrs) != maxXAddrs || got.Targets[3].Endpoint != "urn:x:3" {
		t.Errorf("%d targets, %v", len(got.Targets), err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing": "", "zeros": strings.Repeat("\x00", 100), "text": "hello", "an end": "</a>", "cut off": "<Envelope><Body", "deep": strings.Repeat("<a>", 50_000),
		"no endpoint reference": `<Envelope><Body><ProbeMatches><ProbeMatch><XAddrs>http://192.0.2.1/</XAddrs></ProbeMatch></ProbeMatches></Body></Envelope>`,
		"no body":               `<ProbeMatches><ProbeMatch><EndpointReference><Address>urn:x:1</Address></EndpointReference></ProbeMatch></ProbeMatches>`,
		"too long":              `<Envelope><Body><Hello><EndpointReference><Address>` + strings.Repeat("x", 600) + `</Address></EndpointReference></Hello></Body></Envelope>`,
	} {
		if got, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := Parse(Probe(NewID(), Transmitter)); !errors.Is(err, ErrIgnored) {
		t.Errorf("somebody's probe: %v", err)
	}
}

// FuzzParse: nothing stalls or passes the bounds.
func FuzzParse(f *testing.F) {
	for _, packet := range answers {
		f.Add([]byte(packet))
		f.Add([]byte(packet[:len(packet)/2]))
	}
	f.Add(Probe(someID, Device))
	f.Add([]byte("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"))
	f.Add([]byte("\xff\xfe<\x00a\x00"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		m, err := Parse(packet)
		if err != nil {
			return
		}
		if len(m.Targets) == 0 || len(m.Targets) > maxTargets {
			t.Fatalf("%d targets", len(m.Targets))
		}
		for _, target := range m.Targets {
			if target.Endpoint == "" || len(target.Endpoint) > maxText+len("urn:uuid:") || len(target.XAddrs) > maxXAddrs ||
				len(target.Types) > maxItems || len(target.Scopes) > maxItems {
				t.Fatalf("target %+v", target)
			}
			if again := UUID(target.Endpoint); again != target.Endpoint {
				t.Fatalf("%q is %q the second time", target.Endpoint, again)
			}
			ReadScopes(target.Scopes)
		}
	})
}

func TestUUID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "  ": "", "uuid:": "", "urn:uuid:": "", endpoint: endpoint, " " + strings.ToUpper(endpoint) + "\n": endpoint,
		"uuid:x": "urn:uuid:x", "{AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE}": endpoint, "http://Example/Device": "http://Example/Device",
		"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeeg": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeeg", "urn:Other:A": "urn:Other:A",
	} {
		if got := UUID(in); got != want {
			t.Errorf("UUID(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
	a, b := NewID(), NewID()
	if a == b || UUID(a) != a || len(a) != len(someID) || a[len("urn:uuid:")+14] != '4' {
		t.Errorf("ids %s and %s", a, b)
	}
}

func TestReadScopes(t *testing.T) {
	t.Parallel()
	got := ReadScopes([]string{
		"http://example.com/name/other", "onvif://www.onvif.org", "onvif://www.onvif.org/name", "onvif://www.onvif.org/Name/Front%20gate%2FEast",
		"ONVIF://www.onvif.org/hardware/100%", "onvif://www.onvif.org/location/country/Nowhere", "onvif://www.onvif.org/location/city/Town",
		"onvif://www.onvif.org/location/country/Nowhere", "onvif://www.onvif.org/Profile/Streaming", "onvif://www.onvif.org/Profile/T", "onvif://www.onvif.org/type/video_encoder",
	})
	want := Scopes{
		ONVIF: true, Name: "Front gate/East", Hardware: "100%", Location: "Nowhere, Town",
		Profiles: []string{"Streaming", "T"}, Types: []string{"video_encoder"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if s := ReadScopes([]string{"http://example.com"}); s.ONVIF {
		t.Error("any scope is taken for one of ONVIF")
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	probe := string(Probe(someID, Transmitter))
	for _, part := range []string{">" + someID + "<", "<d:Types>dn:NetworkVideoTransmitter</d:Types>", "/discovery/Probe<"} {
		if !strings.Contains(probe, part) {
			t.Errorf("no %s in %s", part, probe)
		}
	}
	if any := string(Probe(someID, "")); strings.Contains(any, "Types>") {
		t.Errorf("a type in %s", any)
	}
	resolve := string(Resolve(someID, "urn:x:<&>"))
	if !strings.Contains(resolve, "<a:Address>urn:x:&lt;&amp;&gt;</a:Address>") || !strings.Contains(resolve, "/discovery/Resolve<") {
		t.Error(resolve)
	}
}
