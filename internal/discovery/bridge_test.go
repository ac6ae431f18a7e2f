package discovery

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
	"time"
)

const (
	cameraID = "urn:uuid:12345678-1234-4234-8234-00005e005301"
	serverID = "urn:uuid:4d696e69-444c-164e-9d41-00005e005302"
)

// byEndpoint returns the rows of an endpoint.
func byEndpoint(list List, endpoint string) []Device {
	return slices.DeleteFunc(slices.Clone(list.Devices), func(d Device) bool { return d.Endpoint != endpoint })
}

// TestBridge finds a WS-Discovery device and an SSDP device of two other hosts,
// once each, while a third host answers with everything but sense.
func TestBridge(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	seeker := n.Join("a", "192.0.2.1/24")
	n.play(n.Join("b", "192.0.2.2/24"), "device", "192.0.2.2", cameraID, "GATE-1", "80").line()
	server := n.minidlna(n.Join("c", "192.0.2.3/24"), serverID[len("urn:uuid:"):])
	defer server.interrupt()
	n.play(n.Join("d", "192.0.2.4/24"), "hostile", "192.0.2.4").line()
	n.play(n.Join("e", "192.0.2.5/24"), "hostile", "192.0.2.5", "flood").line()

	f := n.find(seeker)
	t.Logf("%d rows in %v with %d MB", len(f.List.Devices), f.Took, f.Bytes>>20)
	if f.Took > time.Minute { // 8 s on a quiet machine
		t.Errorf("it took %v", f.Took)
	}
	if f.Bytes > 200<<20 {
		t.Errorf("it needed %d MB", f.Bytes>>20)
	}
	cameras := byEndpoint(f.List, cameraID)
	if len(cameras) != 1 {
		t.Fatalf("the camera has %d rows: %+v", len(cameras), cameras)
	}
	at := netip.MustParseAddr("192.0.2.2")
	c := cameras[0]
	if c.ID != cameraID || c.Kind != Camera || c.Name != "Front gate" || c.Hardware != "GATE-1" || c.Location != "Nowhere" ||
		!slices.Equal(c.FoundBy, []string{ByWSDiscovery}) || c.Addresses[0] != at || c.XAddrs[0] != "http://192.0.2.2:80/onvif/device_service" ||
		len(c.XAddrs) != 3 || c.Problem != nil || c.MAC == "" {
		t.Errorf("camera: %+v, problem %+v", c, c.Problem)
	}
	servers := byEndpoint(f.List, serverID)
	if len(servers) != 1 {
		t.Fatalf("the media server has %d rows: %+v", len(servers), f.List.Devices)
	}
	if s := servers[0]; s.Kind != MediaServer || s.Name != "Films" || !slices.Equal(s.FoundBy, []string{BySSDP}) ||
		s.Addresses[0] != netip.MustParseAddr("192.0.2.3") || s.Problem != nil {
		t.Errorf("media server: %+v, problem %+v", s, s.Problem)
	}
	if len(byEndpoint(f.List, "urn:uuid:00000000-0000-4000-8000-0000000000ff")) != 0 {
		t.Error("an answer to somebody else's request was taken")
	}
	hostile := []netip.Addr{netip.MustParseAddr("192.0.2.4"), netip.MustParseAddr("192.0.2.5")}
	for _, d := range f.List.Devices {
		if at := d.Addresses[0]; !at.IsLoopback() && !slices.Contains(hostile, at) && d.Endpoint != cameraID && d.Endpoint != serverID {
			t.Errorf("nobody is at %v: %+v", at, d)
		}
	}
	if rows := len(f.List.Devices); rows > maxPerSender+40 {
		t.Errorf("there are %d rows", rows)
	}
	if !slices.ContainsFunc(f.List.Devices, func(d Device) bool {
		return slices.Contains(hostile, d.Addresses[0]) && slices.Contains(d.FoundBy, BySSDP)
	}) {
		t.Errorf("a device whose description has no end has no row in\n%s", show(f.List.Devices))
	}
}

// TestComingAndLeaving hears a device that comes and leaves between searches, and
// one that was there.
func TestComingAndLeaving(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	seeker := n.Join("a", "192.0.2.1/24")
	first, second := n.Join("b", "192.0.2.2/24"), n.Join("c", "192.0.2.3/24")
	server := n.minidlna(first, serverID[len("urn:uuid:"):])
	watch := n.play(seeker, "watch")
	until := func(what EventType, endpoint string) {
		t.Helper()
		for {
			var e Event
			if err := json.Unmarshal(watch.line(), &e); err != nil {
				t.Fatal(err)
			}
			if e.Type == what && (endpoint == "" || e.Device.Endpoint == endpoint) {
				return
			}
		}
	}
	until(Added, serverID)
	camera := n.play(second, "device", "192.0.2.3", cameraID, "GATE-1", "8899")
	until(Added, cameraID)
	camera.end()
	until(Removed, cameraID)
	server.interrupt()
	until(Removed, serverID)
}

// TestRangeBehindRouter finds a device where multicast does not pass.
func TestRangeBehindRouter(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	seeker := n.Join("a", "192.0.2.1/24")
	device := n.Join("b", "198.51.100.2/24", "203.0.113.2/24")
	n.Run(seeker, "ip", "link", "set", "eth0", "multicast", "off")
	n.Run(seeker, "ip", "route", "add", "198.51.100.0/24", "dev", "eth0")
	n.Run(device, "ip", "route", "add", "192.0.2.0/24", "dev", "eth0")
	n.play(device, "device", "198.51.100.2", cameraID, "GATE-2", "8899").line()

	f := n.find(seeker, "-r", "198.51.100.0/24")
	t.Logf("a /24 took %v", f.Took)
	rows := byEndpoint(f.List, cameraID)
	if len(rows) != 1 || !slices.Equal(rows[0].FoundBy, []string{ByWSDiscovery, ByProbe}) || len(f.List.Devices) != 1 {
		t.Errorf("found %+v", f.List.Devices)
	}
	if f.Took > time.Minute { // 8 s on a quiet machine
		t.Errorf("it took %v", f.Took)
	}
	problems := f.List.Problems
	if len(problems) != 1 || problems[0].Message != "interface eth0 has no multicast route" ||
		problems[0].Hint != "search its range of addresses in place of it: 192.0.2.0/24" {
		t.Errorf("problems: %+v", problems)
	}
}

// TestRows finds two devices of one host, one over IPv6 alone, and one that
// answers but can't be reached.
func TestRows(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	seeker := n.Join("a", "192.0.2.1/24", "2001:db8::1/64")
	host := n.Join("b", "192.0.2.2/24")
	const second, six, closed = "urn:uuid:12345678-1234-4234-8234-00005e005304", "urn:uuid:12345678-1234-4234-8234-00005e005306",
		"urn:uuid:12345678-1234-4234-8234-00005e005307"
	n.play(host, "device", "192.0.2.2", cameraID, "GATE-3", "8000").line()
	n.play(host, "device", "192.0.2.2", second, "GATE-4", "8080").line()
	n.play(n.Join("c", "2001:db8::2/64"), "device", "2001:db8::2", six, "GATE-6", "80").line()
	n.play(n.Join("d", "192.0.2.4/24"), "device", "192.0.2.4", closed, "GATE-7", "8000", "closed").line()

	f := n.find(seeker, "-i", "eth0", "-i", "eth9", "-r", "192.0.2.2/32")
	row := func(endpoint string) Device {
		t.Helper()
		rows := byEndpoint(f.List, endpoint)
		if len(rows) != 1 {
			t.Fatalf("%s has %d rows in %+v", endpoint, len(rows), f.List.Devices)
		}
		return rows[0]
	}
	all := []string{ByWSDiscovery, ByProbe}
	if d := row(cameraID); d.XAddrs[0] != "http://192.0.2.2:8000/onvif/device_service" || !slices.Equal(d.FoundBy, all) || d.Problem != nil {
		t.Errorf("first device of a host: %+v", d)
	}
	if d := row(second); d.XAddrs[0] != "http://192.0.2.2:8080/onvif/device_service" || !slices.Equal(d.FoundBy, all) || d.Problem != nil {
		t.Errorf("second device of a host: %+v", d)
	}
	if d := row(six); d.Addresses[0] != netip.MustParseAddr("2001:db8::2") || d.Problem != nil {
		t.Errorf("device over IPv6: %+v", d)
	}
	if d := row(closed); d.Problem == nil || d.Problem.Message != "answered, but its address is not reachable from here" || d.Kind != Camera {
		t.Errorf("device that can't be reached: %+v", d)
	}
	if len(f.List.Devices) != 4 {
		t.Errorf("there are %d rows: %+v", len(f.List.Devices), f.List.Devices)
	}
	if len(f.List.Problems) != 1 || f.List.Problems[0].Message != "there is no interface eth9" {
		t.Errorf("problems: %+v", f.List.Problems)
	}
}
