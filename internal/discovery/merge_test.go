package discovery

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"camwall/internal/discovery/ssdp"
	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
	"camwall/internal/makers"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// answering is an ONVIF device that told its XAddrs, of which the first works.
func answering(id, sender string, xaddrs ...string) *record {
	r := wsdRecord(wsd.Target{Endpoint: "urn:uuid:" + id, Types: []string{"NetworkVideoTransmitter"}, XAddrs: xaddrs}, addr(sender))
	r.tried, r.reached = true, r.announced[0]
	r.reachedAt, _ = hostAddr(r.reached)
	return &r
}

func announcing(id, location string, types ...string) *record {
	r := ssdpRecord(ssdp.Message{ID: "urn:uuid:" + id, Location: location, Type: strings.Join(types, " ")})
	return &r
}

func serving(at string, d Description) *record {
	place := netip.MustParseAddrPort(at)
	u := serviceURL(place)
	d.ONVIF = true
	return &record{
		way: byService, key: serviceKey(place), sender: place.Addr(), announced: []*url.URL{u}, kind: Camera, onvif: true,
		reached: u, reachedAt: place.Addr(), tried: true, description: d,
	}
}

func streaming(at string, words ...string) *record {
	place := netip.MustParseAddrPort(at)
	return &record{way: byRTSP, key: rtspKey(place), sender: place.Addr(), rtsp: place, kind: Other, banner: makers.Banner{RTSPRealm: strings.Join(words, " ")}}
}

func following(r *record) *record {
	r.followUp = true
	return r
}

// show tells a row in one line: kind, id, ways, addresses, problem.
func show(list []Device) string {
	var lines []string
	for _, d := range list {
		line := fmt.Sprintf("%s %s %s", d.Kind, d.ID, strings.Join(d.FoundBy, "+"))
		if len(d.RTSP) > 0 {
			line += " " + strings.Join(d.RTSP, "+")
		}
		if d.Problem != nil {
			line += " !" + string(d.Problem.Code)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

const onvifAt = "/onvif/device_service"

func TestMerge(t *testing.T) {
	t.Parallel()
	unreached := func() *record {
		r := answering("a", "192.0.2.1", "http://203.0.113.1"+onvifAt)
		r.reached, r.reachedAt, r.problem = nil, netip.Addr{}, unreachable
		return r
	}
	for name, c := range map[string]struct {
		records []*record
		want    string
	}{
		"nothing": {nil, ""},
		"one device, three ways": {
			[]*record{
				answering("a", "192.0.2.1", "http://192.0.2.1"+onvifAt), announcing("b", "http://192.0.2.1:49152/d.xml"), serving("192.0.2.1:80", Description{}),
				streaming("192.0.2.1:554"), announcing("a", "http://192.0.2.1:1/x"),
			},
			"camera urn:uuid:a ws-discovery+ssdp+probe 192.0.2.1:554",
		},
		"the same UUID at different addresses": {
			[]*record{answering("a", "192.0.2.1", "http://192.0.2.1/x"), announcing("a", "http://198.51.100.1/")}, "camera urn:uuid:a ws-discovery+ssdp",
		},
		"services of one device on two ports": {
			[]*record{answering("a", "192.0.2.1", "http://192.0.2.1"+onvifAt), serving("192.0.2.1:80", Description{}), serving("192.0.2.1:8080", Description{})},
			"camera urn:uuid:a ws-discovery+probe",
		},
		"two devices on one host": {
			[]*record{
				answering("a", "192.0.2.1", "http://192.0.2.1:81"+onvifAt), answering("b", "192.0.2.1", "http://192.0.2.1:82"+onvifAt),
				serving("192.0.2.1:82", Description{}), announcing("c", "http://192.0.2.1:81/d.xml"), streaming("192.0.2.1:554"),
			},
			"camera urn:uuid:a ws-discovery+ssdp+probe 192.0.2.1:554\ncamera urn:uuid:b ws-discovery+probe 192.0.2.1:554",
		},
		"two devices on one host, and SSDP of which is not known": {
			[]*record{
				answering("a", "192.0.2.1", "http://192.0.2.1:81"+onvifAt), answering("b", "192.0.2.1", "http://192.0.2.1:82"+onvifAt),
				announcing("c", "http://192.0.2.1:99/d.xml", "urn:x:NetworkCamera:1"),
			},
			"camera urn:uuid:a ws-discovery\ncamera urn:uuid:b ws-discovery\ncamera urn:uuid:c ssdp",
		},
		"probes alone, one device": {
			[]*record{serving("192.0.2.1:80", Description{Hardware: "M"}), serving("192.0.2.1:8080", Description{Hardware: "M"})}, "camera addr:192.0.2.1:80 probe",
		},
		"probes alone, two devices": {
			[]*record{serving("192.0.2.1:80", Description{Hardware: "M"}), serving("192.0.2.1:8080", Description{Hardware: "N"})},
			"camera addr:192.0.2.1:80 probe\ncamera addr:192.0.2.1:8080 probe",
		},
		"this machine's loopback": {
			[]*record{serving("127.0.0.1:80", Description{}), serving("[::1]:80", Description{}), streaming("127.0.0.1:554"), streaming("[::1]:554")},
			"camera addr:127.0.0.1:80 probe 127.0.0.1:554+[::1]:554",
		},
		"this machine by multicast and loopback": {
			[]*record{answering("a", "192.0.2.99", "http://192.0.2.99:8899"+onvifAt), serving("127.0.0.1:8899", Description{})}, "camera urn:uuid:a ws-discovery+probe",
		},
		"SSDP of every kind": {
			[]*record{
				announcing("a", "http://192.0.2.1/", "urn:x:device:MediaServer:1"), announcing("b", "http://192.0.2.2/", "urn:x:device:InternetGatewayDevice:1"),
				announcing("c", "http://192.0.2.3/", "urn:x:device:DigitalSecurityCamera:1"), announcing("d", "http://192.0.2.4/", "upnp:rootdevice"),
			},
			"camera urn:uuid:c ssdp\nmediaServer urn:uuid:a ssdp\nrouter urn:uuid:b ssdp\nother urn:uuid:d ssdp",
		},
		"SSDP whose host answers ONVIF": {
			[]*record{announcing("a", "http://192.0.2.1/", "upnp:rootdevice"), following(serving("192.0.2.1:80", Description{})), following(streaming("192.0.2.1:554"))},
			"camera urn:uuid:a ssdp 192.0.2.1:554",
		},
		"two SSDP devices of one host": {
			[]*record{announcing("a", "http://192.0.2.1/", "x"), announcing("b", "http://192.0.2.1:81/", "x")}, "other urn:uuid:a ssdp\nother urn:uuid:b ssdp",
		},
		"what only follows is no row": {[]*record{following(serving("192.0.2.1:80", Description{})), following(streaming("192.0.2.2:554"))}, ""},
		"RTSP alone":                  {[]*record{streaming("192.0.2.1:8554"), streaming("192.0.2.1:554")}, "maybe addr:192.0.2.1 probe 192.0.2.1:554+192.0.2.1:8554"},
		"a maker without ONVIF":       {[]*record{streaming("192.0.2.1:554", "Login to 3A00000PAA00000")}, "maybe addr:192.0.2.1 probe 192.0.2.1:554 !without_onvif"},
		"a maker with ONVIF":          {[]*record{streaming("192.0.2.1:554", "Hikvision"), serving("192.0.2.1:80", Description{})}, "camera addr:192.0.2.1:80 probe 192.0.2.1:554"},
		"not reachable":               {[]*record{unreached()}, "camera urn:uuid:a ws-discovery !unreachable"},
		"reached by a probe":          {[]*record{unreached(), serving("192.0.2.1:80", Description{})}, "camera urn:uuid:a ws-discovery+probe"},
		"clock": {
			[]*record{serving("192.0.2.1:80", Description{ClockOffset: -3 * time.Hour})}, "camera addr:192.0.2.1:80 probe !clock",
		},
		"its own problem": {
			[]*record{serving("192.0.2.1:80", Description{ClockOffset: time.Hour, Problem: fault.New(fault.Unauthorized, "refused the password", "")})},
			"camera addr:192.0.2.1:80 probe !unauthorized",
		},
		"recorder": {
			[]*record{answering("a", "192.0.2.1", "http://192.0.2.1"+onvifAt), serving("192.0.2.1:80", Description{Recorder: true})}, "recorder urn:uuid:a ws-discovery+probe",
		},
		"an address that two announce": {
			[]*record{
				answering("a", "192.0.2.1", "http://192.0.2.1"+onvifAt, "http://10.0.0.9"+onvifAt), answering("b", "192.0.2.2", "http://192.0.2.2"+onvifAt, "http://10.0.0.9"+onvifAt),
				serving("10.0.0.9:80", Description{}),
			},
			"camera addr:10.0.0.9:80 probe\ncamera urn:uuid:a ws-discovery\ncamera urn:uuid:b ws-discovery",
		},
	} {
		own := map[netip.Addr]bool{addr("192.0.2.99"): true}
		if got := show(merge(c.records, own, nil)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
		slices.Reverse(c.records)
		if got := show(merge(c.records, own, nil)); got != c.want {
			t.Errorf("%s, turned round:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestRowTellsEverything(t *testing.T) {
	t.Parallel()
	first, last := time.Unix(1000, 0), time.Unix(2000, 0)
	camera := answering("0000-00005e005301", "192.0.2.1", "http://192.0.2.1"+onvifAt, "http://169.254.1.1"+onvifAt, "http://192.0.2.1"+onvifAt)
	camera.name, camera.scopes, camera.place, camera.first, camera.last = "Gate", []string{"onvif://www.onvif.org/name/Gate"}, "Yard", last, last
	camera.description = Description{ONVIF: true, Maker: "Hikvision", Hardware: "M1", ClockOffset: time.Second}
	page := announcing("b", "http://192.0.2.1:49152/d.xml")
	page.take(ssdp.Description{Name: "Other", Model: "M", Number: "2", Web: "index.html", Base: "http://admin:pw@192.0.2.1/"}, page.announced[0])
	page.first, page.last = first, first
	rows := merge([]*record{camera, page}, nil, neighbours{addr("169.254.1.1"): "00:00:5e:00:53:99"})
	if len(rows) != 1 {
		t.Fatal(show(rows))
	}
	d := rows[0]
	want := Device{
		ID: "urn:uuid:0000-00005e005301", Kind: Camera, Name: "Gate", Hardware: "M1", Maker: "Hikvision", Location: "Yard",
		Addresses: []netip.Addr{addr("192.0.2.1"), addr("169.254.1.1")}, XAddrs: []string{"http://192.0.2.1" + onvifAt, "http://169.254.1.1" + onvifAt},
		Web: "http://192.0.2.1/index.html", MAC: "00:00:5e:00:53:99", Endpoint: "urn:uuid:0000-00005e005301", Scopes: camera.scopes,
		FoundBy: []string{ByWSDiscovery, BySSDP}, ClockOffset: time.Second, FirstSeen: first, LastSeen: last,
	}
	if differ(d, want) || d.LastSeen != last {
		t.Errorf("got  %+v\nwant %+v", d, want)
	}
	if rows := merge([]*record{camera}, nil, nil); rows[0].MAC != "00:00:5e:00:53:01" {
		t.Errorf("MAC of the maker's UUID: %q", rows[0].MAC)
	}
}

func TestWSDRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		target wsd.Target
		kind   Kind
		onvif  bool
	}{
		"transmitter": {wsd.Target{Types: []string{"NetworkVideoTransmitter"}}, Camera, true},
		"storage":     {wsd.Target{Types: []string{"Device", "NetworkVideoStorage"}}, Recorder, true},
		"NVR":         {wsd.Target{Types: []string{"Device"}, Scopes: []string{"onvif://www.onvif.org/type/Network_Video_Recorder"}}, Recorder, true},
		"computer":    {wsd.Target{Types: []string{"Device", "Computer"}, XAddrs: []string{"http://192.0.2.1:5357/x"}}, Other, false},
		"path":        {wsd.Target{XAddrs: []string{"http://192.0.2.1/ONVIF/services"}}, Camera, true},
		"nothing":     {wsd.Target{}, Other, false},
	} {
		if r := wsdRecord(c.target, addr("192.0.2.1")); r.kind != c.kind || r.onvif != c.onvif {
			t.Errorf("%s: %s %v", name, r.kind, r.onvif)
		}
	}
}

// FuzzRecords: whatever devices say, the rows hold to their bounds.
func FuzzRecords(f *testing.F) {
	f.Add("urn:uuid:a", "NetworkVideoTransmitter", "onvif://www.onvif.org/name/x", "http://192.0.2.1/ http://127.0.0.1/ x", "http://192.0.2.1:1/")
	f.Add("\x00", "\x1b", "onvif://www.onvif.org/location/%00", "http://[fe80::1%25eth0]/ http://224.0.0.1/", "http://user:pw@0.0.0.0/")
	f.Fuzz(func(t *testing.T, id, kind, scope, xaddrs, location string) {
		w := wsdRecord(wsd.Target{Endpoint: id, Types: []string{kind}, Scopes: []string{scope}, XAddrs: strings.Fields(xaddrs)}, addr("192.0.2.7"))
		again := w
		again.merge(w, time.Now(), false)
		s := ssdpRecord(ssdp.Message{ID: "urn:uuid:s", Type: kind, Location: location, Server: scope})
		for _, d := range merge([]*record{&again, &s}, nil, nil) {
			if len(d.Addresses) == 0 || len(d.Addresses) > maxURLs || len(d.XAddrs) > maxURLs || len([]rune(d.Name)) > 4*maxName {
				t.Errorf("%+v", d)
			}
			for _, a := range d.Addresses {
				if d.Endpoint == id && (a.IsLoopback() || a.IsUnspecified() || a.IsMulticast()) && id != "" {
					t.Errorf("another machine at %v", a)
				}
			}
		}
	})
}

func TestDiagnoses(t *testing.T) {
	t.Parallel()
	for offset, want := range map[time.Duration]string{
		3 * time.Hour: "clock 3 h off: compensated", -90 * time.Second: "clock 2 min off: compensated", 30 * 24 * time.Hour: "clock 30 days off: compensated",
		time.Hour - time.Second: "clock 1 h off: compensated", -20 * 365 * 24 * time.Hour: "clock 20 years off: compensated",
	} {
		if got := clockOff(offset).Message; got != want {
			t.Errorf("%v: %q", offset, got)
		}
	}
	if got := searchRange([]netip.Prefix{netip.MustParsePrefix("2001:db8::1/64"), netip.MustParsePrefix("10.0.0.1/8"), netip.MustParsePrefix("192.0.2.9/24")}); !strings.HasSuffix(got, " 192.0.2.0/24") {
		t.Error(got)
	}
}

func TestARecorderByItsName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, hardware string
		onvif          bool
		want           Kind
	}{
		{"Recorder", "", true, Recorder},
		{"Store", "DS-7616NXI-NVR", true, Recorder},
		{"XVR 5108", "", true, Recorder},
		{"NVR4216", "NVR4216-16P", true, Recorder},
		{"Canvrasse", "IPC-HFW2431", true, Camera},
		{"Recorder", "", false, Other},
	} {
		if got := kindOf([]*record{{name: c.name, hardware: c.hardware, onvif: c.onvif}}); got != c.want {
			t.Errorf("%+v is %s", c, got)
		}
	}
}
