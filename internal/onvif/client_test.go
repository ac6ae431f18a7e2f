package onvif

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"camwall/internal/fault"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	s.auth = "both"
	s.public = map[string]bool{"tds.GetServices": true}
	s.header = http.Header{"Server": {"gSOAP/2.8"}}
	n.web(home, s)
	c := n.client("192.0.2.64", withSignIn("admin", "x"))
	p, err := c.Probe(inTime(t))
	if err != nil || !p.ONVIF || !p.ClockKnown || p.Manufacturer != "" || p.Server != "gSOAP/2.8" || p.Services[nsMedia] != at64+"media" || p.Address != at64+"device_service" {
		t.Errorf("%+v, %v", p, err)
	}
	if attempts, _ := s.counts(); attempts > 0 {
		t.Error("a probe signed in")
	}
	s.auth = ""
	if p, err := n.client("192.0.2.64").Probe(inTime(t)); err != nil || p.Manufacturer != "Acme" || p.Model != "One" {
		t.Errorf("%+v, %v", p, err)
	}
	n.web("192.0.2.65:80", http.NotFoundHandler())
	if p, err := n.client("192.0.2.65").Probe(inTime(t)); err != nil || p.ONVIF || p.Address != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.web(home, plainDevice(t))
	d, err := n.client("192.0.2.64").Describe(inTime(t))
	if err != nil {
		t.Fatal(err)
	}
	if d.Hostname != "gate" || strings.Join(d.MACs, "") != "00:00:5e:00:53:64" || !d.HasPTZ || !d.HasEvents || !d.HasImaging || len(d.Problems) > 0 ||
		d.Serial != "7" || d.Firmware != "1.0" || d.HardwareID != "H" || len(d.Sources) != 1 || d.Sources[0] != (VideoSource{Token: "v", Name: "Gate", FPS: 25}) {
		t.Errorf("%+v", d)
	}
}

// TestManyProfiles: however many a device lists, there is a limit.
func TestManyProfiles(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	plain := s.answer
	s.answer = func(op, token string, r *http.Request) (int, string, []byte) {
		if op != "trt.GetProfiles" {
			return plain(op, token, r)
		}
		var b strings.Builder
		for i := range 1000 {
			b.WriteString(strings.ReplaceAll(plainAnswers["trt.GetProfiles"], `token="main"`, `token="p`+strings.Repeat("i", i%600)+`"`))
		}
		return 200, "text/xml", soap("<GetProfilesResponse>" + strings.ReplaceAll(b.String(), "x:", "") + "</GetProfilesResponse>")
	}
	n.web(home, s)
	d, err := n.client("192.0.2.64").Describe(inTime(t))
	if err != nil || len(d.Profiles) != maxProfiles || s.count("trt.GetStreamUri") != maxProfiles {
		t.Errorf("%d profiles, %d addresses, %v", len(d.Profiles), s.count("trt.GetStreamUri"), err)
	}
	if got := s.count("trt.GetSnapshotUri"); got != maxProfiles {
		t.Errorf("%d snapshots", got)
	}
}

// TestOneProblem: what fails for every profile is told once, and a device
// without snapshots is asked for few.
func TestOneProblem(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	plain := s.answer
	s.answer = func(op, token string, r *http.Request) (int, string, []byte) {
		switch op {
		case "trt.GetProfiles":
			one := strings.ReplaceAll(plainAnswers[op], "x:", "")
			return 200, "text/xml", soap("<GetProfilesResponse>" + one + strings.ReplaceAll(one, "main", "b") + strings.ReplaceAll(one, "main", "c") + strings.ReplaceAll(one, "main", "d") + "</GetProfilesResponse>")
		case "trt.GetStreamUri":
			return 200, "text/xml", soap("<GetStreamUriResponse><MediaUri><Uri>file:///x</Uri></MediaUri></GetStreamUriResponse>")
		case "trt.GetSnapshotUri":
			return 500, "text/xml", soapFaultOf("ActionNotSupported", "no")
		}
		return plain(op, token, r)
	}
	n.web(home, s)
	d, err := n.client("192.0.2.64").Describe(inTime(t))
	if err != nil || len(d.Profiles) != 4 || len(d.Problems) != 1 || d.Problems[0].Code != fault.Protocol {
		t.Fatalf("%+v, %v", d, err)
	}
	if got := s.count("trt.GetSnapshotUri"); got > describers {
		t.Errorf("asked for %d snapshots", got)
	}
}

// TestBehindRouter: the device announces its address and port behind a router;
// at that port of the router, there is another camera.
func TestBehindRouter(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	ours, other := plainDevice(t), plainDevice(t)
	ours.auth, other.auth = "both", "both"
	n.web("203.0.113.9:8081", ours)
	n.web("203.0.113.9:80", other)
	c := n.client("203.0.113.9:8081", withSignIn(ours.user, ours.password))
	d, err := c.Describe(inTime(t))
	if err != nil || len(d.Profiles) != 1 || d.Profiles[0].StreamURI != "rtsp://203.0.113.9/main" {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, _, err := c.Snapshot(inTime(t), d.Profiles[0]); err != nil {
		t.Error(err)
	}
	if len(other.asked) > 0 {
		t.Errorf("asked the other camera for %q", other.asked)
	}
}

// TestAnnouncedPort: the host is wrong, but the port is right.
func TestAnnouncedPort(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	only := func(media bool) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if media == strings.HasSuffix(r.URL.Path, "device_service") {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			s.ServeHTTP(w, r)
		})
	}
	n.web("192.0.2.99:8000", only(false))
	n.web("192.0.2.99:80", only(true))
	if all, err := n.client("192.0.2.99:8000").Profiles(inTime(t)); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestStreamTransports(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	n.web(home, s)
	c := n.client("192.0.2.64")
	for _, transport := range []Transport{TCP, UDP, HTTP} {
		uri, err := c.StreamURI(inTime(t), Profile{Token: "main"}, transport)
		if err != nil || uri != "rtsp://192.0.2.64/main" {
			t.Errorf("%d: %s, %v", transport, uri, err)
		}
	}
	_, err := c.StreamURI(inTime(t), Profile{Token: "main"}, TLS)
	wantCode(t, err, fault.NotSupported)
	_, err = c.StreamURI(inTime(t), Profile{Token: "main", Media2: true}, TLS)
	wantCode(t, err, fault.NotSupported)
	_, err = c.StreamURI(inTime(t), Profile{Token: "main"}, 9)
	wantCode(t, err, fault.BadRequest)
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	multipart := "--x\r\nContent-Type: image/jpeg\r\n\r\n" + jpegText + "\r\n--x\r\nContent-Type: image/jpeg\r\n\r\nmore"
	for _, c := range []struct {
		what   string
		status int
		kind   string
		body   string
		code   fault.Code
	}{
		{"jpeg", 200, "image/jpeg", jpegText, ""},
		{"no type", 200, "", jpegText, ""},
		{"stream", 200, "multipart/x-mixed-replace; boundary=x", multipart, ""},
		{"page", 200, "text/html", "<html>sign in</html>", fault.Protocol},
		{"half", 200, "image/jpeg", "\xff\xd8\xff\xe0 half", fault.Protocol},
		{"empty", 200, "image/jpeg", "", fault.Protocol},
		{"missing", 404, "", "", fault.NotSupported},
		{"forbidden", 403, "", "", fault.Forbidden},
		{"busy", 503, "", "", fault.Busy},
		{"crash", 500, "", "", fault.Protocol},
		{"endless", 200, "image/jpeg", jpegText + strings.Repeat("x", maxSnapshot), fault.Protocol},
		{"bad parts", 200, "multipart/mixed; boundary=y", "", fault.Protocol},
	} {
		n := newNetwork(t)
		s := plainDevice(t)
		s.public = map[string]bool{}
		n.web(home, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/snap" {
				s.ServeHTTP(w, r)
				return
			}
			if c.kind != "" {
				w.Header().Set("Content-Type", c.kind)
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body) // the client may have hung up
		}))
		client := n.client("192.0.2.64", withSignIn("admin", "x"))
		picture, kind, err := client.Snapshot(inTime(t), Profile{Token: "main"})
		if fault.CodeOf(err) != c.code || err == nil && (string(picture) != jpegText || kind != "image/jpeg") {
			t.Errorf("%s: %d bytes of %s, %v", c.what, len(picture), kind, err)
		}
	}
}

// TestSnapshotElsewhere: the picture is fetched from the device's own host
// only, whatever the profile says.
func TestSnapshotElsewhere(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	s.auth = "digest"
	n.web(home, s)
	c := n.client("192.0.2.64", withSignIn(s.user, s.password))
	picture, _, err := c.Snapshot(inTime(t), Profile{Token: "main", SnapshotURI: "http://198.51.100.1/snap"})
	if err != nil || string(picture) != jpegText {
		t.Errorf("%d bytes, %v", len(picture), err)
	}
	for _, addr := range n.dials() {
		if !strings.HasPrefix(addr, "192.0.2.64:") {
			t.Errorf("connected to %s", addr)
		}
	}
	_, _, err = c.Snapshot(inTime(t), Profile{SnapshotURI: "http://a\x00b"})
	wantCode(t, err, fault.BadRequest)
}

// TestSnapshotUser: some devices have users for the web apart from those for
// ONVIF. Then the picture is refused once, and all else goes on.
func TestSnapshotUser(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	s.auth, s.denied = "both", map[string]bool{"GET /snap": true}
	n.web(home, s)
	c := n.client("192.0.2.64", withSignIn(s.user, s.password))
	d, err := c.Describe(inTime(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, _, err := c.Snapshot(inTime(t), d.Profiles[0])
		wantCode(t, err, fault.Forbidden)
	}
	if _, refused := s.counts(); refused > 2 {
		t.Errorf("%d sign-ins refused", refused)
	}
	if _, err := c.Profiles(inTime(t)); err != nil {
		t.Error(err)
	}
}

// TestRouter: a web server that asks for a password in the clear, before
// anything speaks ONVIF, does not get it.
func TestRouter(t *testing.T) {
	t.Parallel()
	for challenge, found := range map[string]bool{`Basic realm="router"`: false, `Digest realm="cam", nonce="n"`: true} {
		n := newNetwork(t)
		signed := 0
		n.web(home, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				signed++
			}
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
		}))
		c := n.client("192.0.2.64", withSignIn("admin", "x"))
		p, err := c.Probe(inTime(t))
		if err != nil || p.ONVIF != found || signed > 0 {
			t.Errorf("%s: %+v, %v, %d sign-ins", challenge, p, err, signed)
		}
		_, err = c.Describe(inTime(t))
		if want := map[bool]fault.Code{true: fault.Unauthorized, false: fault.NotONVIF}[found]; fault.CodeOf(err) != want {
			t.Errorf("%s: %v", challenge, err)
		}
		if found && signed != 1 || !found && signed > 0 {
			t.Errorf("%s: %d sign-ins", challenge, signed)
		}
	}
}

// TestZone: a link-local address keeps its interface wherever it is written.
func TestZone(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.web("[fe80::64%eth0]:80", plainDevice(t))
	d, err := n.client("fe80::64%eth0").Describe(inTime(t))
	if err != nil || d.Profiles[0].StreamURI != "rtsp://[fe80::64%25eth0]/main" || d.Services[nsMedia] != "http://[fe80::64%25eth0]/onvif/media" {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestSharedClient: a client has one look at a device, however many ask.
func TestSharedClient(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	s.auth = "digest"
	n.web(home, s)
	c := n.client("192.0.2.64", withSignIn(s.user, s.password))
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if d, err := c.Describe(inTime(t)); err != nil || len(d.Profiles) != 1 {
				t.Errorf("%+v, %v", d, err)
			}
			_, _, _ = c.Pin(), c.ClockOffset(), c.Address()
		})
	}
	all.Wait()
	if got := s.count("tds.GetSystemDateAndTime"); got != 1 {
		t.Errorf("asked for the time %d times", got)
	}
	if _, refused := s.counts(); refused > 0 {
		t.Errorf("%d sign-ins refused", refused)
	}
}
