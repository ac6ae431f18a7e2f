package device

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestTellsOfItself(t *testing.T) {
	d := oneCamera(t, func(c *Config) {
		c.Manufacturer, c.Model, c.Firmware, c.Serial, c.MAC = "Maker & Sons", "M1", "7.1", "S<1>", "02:00:5e:00:00:01"
	})
	base := "http://" + d.Addr()
	for _, c := range []struct {
		operation, inner string
		want             []string
	}{
		{"GetDeviceInformation", "", []string{"Maker &amp; Sons", ">M1<", ">7.1<", "S&lt;1&gt;", "simcam"}},
		{"GetServices", "<op:IncludeCapability>false</op:IncludeCapability>", []string{
			nsDevice, nsMedia, nsMedia2, nsPTZ, nsImaging, nsEvents, base + devicePath, base + media2Path, base + eventsPath,
		}},
		{"GetCapabilities", "", []string{base + mediaPath, base + ptzPath, "WSPullPointSupport>true"}},
		{"GetHostname", "", []string{"gate"}},
		{"GetNetworkInterfaces", "", []string{"02:00:5e:00:00:01", ">127.0.0.1<"}},
		{"GetScopes", "", []string{"onvif://www.onvif.org/name/Gate%20%3C%22%26", "onvif://www.onvif.org/Profile/Streaming", "/type/ptz"}},
		{"GetServiceCapabilities", "", []string{`UsernameToken="false"`}},
		{"GetEndpointReference", "", []string{strings.TrimPrefix(d.Endpoint(), "urn:uuid:")}},
		{"GetUsers", "", []string{"GetUsersResponse"}},
	} {
		a := must(t, d, nsDevice, c.operation, c.inner)
		for _, want := range c.want {
			if !strings.Contains(a.text, want) {
				t.Errorf("%s lacks %s: %s", c.operation, want, a.text)
			}
		}
		if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "application/soap+xml") {
			t.Errorf("%s has type %s", c.operation, got)
		}
	}
	if got := d.Counters().Requests["device/GetServices"]; got != 1 {
		t.Errorf("GetServices was counted %d times", got)
	}
}

func TestCapabilitiesOfOneCategory(t *testing.T) {
	a := must(t, oneCamera(t, nil), nsDevice, "GetCapabilities", "<op:Category>Media</op:Category>")
	if !strings.Contains(a.text, mediaPath) || strings.Contains(a.text, ptzPath) {
		t.Errorf("only media was asked for: %s", a.text)
	}
}

func TestServicesLeftOut(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.NoMedia2, c.NoPTZ, c.NoImaging, c.NoEvents = true, true, true, true })
	a := must(t, d, nsDevice, "GetServices", "")
	if got := a.values("Namespace"); len(got) != 2 {
		t.Errorf("services %q, want device and media", got)
	}
	for space, operation := range map[string]string{
		nsMedia2: "GetProfiles", nsPTZ: "GetNodes", nsImaging: "GetImagingSettings", nsEvents: "CreatePullPointSubscription",
	} {
		faultWith(t, operation, ask(t, d, space, operation, ""), 500, "ActionNotSupported")
	}
	if a := must(t, d, nsMedia, "GetProfiles", ""); strings.Contains(a.text, "PTZConfiguration") {
		t.Errorf("a profile without PTZ tells of it: %s", a.text)
	}
}

func TestClock(t *testing.T) {
	const offset = -3*time.Hour - 7*time.Minute
	d := oneCamera(t, func(c *Config) { c.ClockOffset = offset })
	told := func() time.Time {
		a := must(t, d, nsDevice, "GetSystemDateAndTime", "")
		utc, _, _ := strings.Cut(a.text, "LocalDateTime")
		v := func(name string) string { return answer{text: utc}.values(name)[0] }
		at, err := time.Parse("2006-1-2 15:4:5", v("Year")+"-"+v("Month")+"-"+v("Day")+" "+v("Hour")+":"+v("Minute")+":"+v("Second"))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if off := time.Until(told()) - offset; off.Abs() > 5*time.Second {
		t.Errorf("the clock is %v from where it should be", off)
	}
	d.SetClockOffset(24 * time.Hour)
	if off := time.Until(told()) - 24*time.Hour; off.Abs() > 5*time.Second {
		t.Errorf("moved, the clock is %v from where it should be", off)
	}
}

func TestWhoIsWho(t *testing.T) {
	d := oneCamera(t, nil)
	other := oneCamera(t, nil)
	if d.Endpoint() == other.Endpoint() || d.cfg.MAC == other.cfg.MAC {
		t.Errorf("two devices are both %s, %s", d.Endpoint(), d.cfg.MAC)
	}
	d.Close()
	same, err := New(Config{Server: d.cfg.Server, Listen: d.Addr(), Channels: d.cfg.Channels})
	if err != nil {
		t.Fatal(err)
	}
	if same.Endpoint() != d.Endpoint() || same.cfg.MAC != d.cfg.MAC {
		t.Errorf("the same device is %s, then %s", d.Endpoint(), same.Endpoint())
	}
	given := oneCamera(t, func(c *Config) { c.UUID, c.UPnPUUID = "1-2", "3-4" })
	if given.Endpoint() != "urn:uuid:1-2" || given.UPnPUUID() != "3-4" {
		t.Errorf("given names are not taken: %s, %s", given.Endpoint(), given.UPnPUUID())
	}
}

func TestWrongConfigs(t *testing.T) {
	server := oneCamera(t, nil).cfg.Server
	for what, cfg := range map[string]Config{
		"no server":  {Channels: []Channel{{Main: "a/main"}}},
		"no channel": {Server: server},
		"no user":    {Server: server, Channels: []Channel{{Main: "a/main"}}, SignIn: SignInToken},
		"no stream":  {Server: server, Channels: []Channel{{Main: "nothing"}}, Listen: "127.0.0.1:0"},
		"no sub":     {Server: server, Channels: []Channel{{Main: "a/main", Sub: "nothing"}}, Listen: "127.0.0.1:0"},
		"no address": {Server: server, Channels: []Channel{{Main: "a/main"}}, Listen: "192.0.2.77:1"},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestAddressesOfADeviceThatListensEverywhere(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.Listen = "0.0.0.0:0" })
	_, port, _ := strings.Cut(strings.TrimPrefix(d.Addr(), "[::]"), ":")
	if got := d.XAddrAt(netip.MustParseAddr("198.51.100.7")); got != "http://198.51.100.7:"+port+devicePath {
		t.Errorf("XAddr %s", got)
	}
	if got := d.DescriptionAt(netip.MustParseAddr("198.51.100.7")); got != "http://198.51.100.7:"+port+descriptionPath {
		t.Errorf("description at %s", got)
	}
	a := post(t, client(), "http://127.0.0.2:"+port+devicePath, envelopeOf("", nsDevice, "GetServices", ""))
	if !strings.Contains(a.text, "http://127.0.0.2:"+port+mediaPath) {
		t.Errorf("asked at 127.0.0.2 it tells %s", a.text)
	}
}

func TestHTTPS(t *testing.T) {
	borrowed := httptest.NewTLSServer(nil)
	defer borrowed.Close()
	d := oneCamera(t, func(c *Config) {
		c.TLS = &tls.Config{Certificates: borrowed.TLS.Certificates, MinVersion: tls.VersionTLS12}
	})
	c := borrowed.Client()
	defer c.CloseIdleConnections()
	a := post(t, c, d.XAddr(), envelopeOf("", nsDevice, "GetServices", ""))
	if !strings.Contains(a.text, "https://"+d.Addr()+mediaPath) {
		t.Errorf("services over https: %s", a.text)
	}
}

func TestPowerOffAndOn(t *testing.T) {
	d := oneCamera(t, nil)
	must(t, d, nsEvents, "CreatePullPointSubscription", "")
	d.PowerOff()
	if _, err := client().Get("http://" + d.Addr() + "/"); err == nil {
		t.Error("switched off, it answers")
	}
	if got := d.cfg.Server.Stream("a/main"); got == nil || d.Counters().Subscriptions != 0 {
		t.Errorf("switched off, it has %d subscriptions", d.Counters().Subscriptions)
	}
	if err := d.PowerOn(); err != nil {
		t.Fatal(err)
	}
	if err := d.PowerOn(); err != nil {
		t.Errorf("switched on twice: %v", err)
	}
	must(t, d, nsDevice, "GetServices", "")
	if err := d.Reboot(within(t), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	must(t, d, nsDevice, "GetServices", "")
}

func TestEndsWithItsServer(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.MotionEvery = time.Hour })
	d.cfg.Server.Close()
	if _, err := client().Get("http://" + d.Addr() + "/"); err == nil {
		t.Error("it answers without its streams")
	}
	d.Close()
}

func TestOtherPages(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.Manufacturer, c.UPnPUUID = "A&B", "1234" })
	for path, want := range map[string]string{
		"/":             "Gate &lt;",
		"/nowhere":      "404",
		descriptionPath: "<deviceType>" + DeviceType + "</deviceType><friendlyName>Gate &lt;",
		devicePath:      "POST",
	} {
		r, _ := http.NewRequestWithContext(within(t), http.MethodGet, "http://"+d.Addr()+path, nil)
		if a := do(t, client(), r); !strings.Contains(a.text, want) {
			t.Errorf("%s: %s", path, a.text)
		}
	}
	r, _ := http.NewRequestWithContext(within(t), http.MethodGet, "http://"+d.Addr()+descriptionPath, nil)
	a := do(t, client(), r)
	for _, want := range []string{"<manufacturer>A&amp;B</manufacturer>", "<modelName>Simulated camera</modelName>", "<UDN>uuid:1234</UDN>", "<presentationURL>http://" + d.Addr() + "/</presentationURL>"} {
		if !strings.Contains(a.text, want) {
			t.Errorf("the description lacks %s: %s", want, a.text)
		}
	}
}

func TestRequestsThatAreNone(t *testing.T) {
	d := oneCamera(t, nil)
	for _, text := range []string{
		"", "hello", "<a/>", envelopeOf("", nsDevice, "GetServices", "")[:200],
		`<s:Envelope xmlns:s="urn:other"><s:Body><a/></s:Body></s:Envelope>`,
		`<s:Envelope xmlns:s="` + nsSOAP12 + `"><s:Body/></s:Envelope>`,
		strings.Repeat("<a>", 100_000),
	} {
		faultWith(t, "a request of no use", post(t, client(), d.XAddr(), text), 400, "WellFormed")
	}
	if got := d.Counters().Requests["unreadable"]; got != 7 {
		t.Errorf("%d were counted, want 7", got)
	}
	faultWith(t, "an operation of no service", ask(t, d, "urn:nothing", "GetServices", ""), 500, "ActionNotSupported")
	// SOAP 1.1 is read, too.
	old := strings.Replace(envelopeOf("", nsDevice, "GetServices", ""), nsSOAP12, nsSOAP11, 1)
	if a := post(t, client(), d.XAddr(), old); a.status != 200 {
		t.Errorf("SOAP 1.1: %d", a.status)
	}
}

func TestAnswersAreTiedToRequests(t *testing.T) {
	d := oneCamera(t, nil)
	a := post(t, client(), d.XAddr(), envelopeOf("<a:MessageID xmlns:a='urn:a'>urn:uuid:7</a:MessageID><a:Action xmlns:a='urn:a'>http://x/GetServicesRequest</a:Action>", nsDevice, "GetServices", ""))
	if !a.has("RelatesTo", "urn:uuid:7") || !a.has("Action", "http://x/GetServicesResponse") {
		t.Errorf("answer %s", a.text)
	}
}

func TestAwait(t *testing.T) {
	d := oneCamera(t, nil)
	done := make(chan error, 1)
	go func() {
		done <- d.Await(within(t), func(c Counters) bool { return c.Requests["media/GetProfiles"] == 2 })
	}()
	must(t, d, nsMedia, "GetProfiles", "")
	must(t, d, nsMedia, "GetProfiles", "")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add(envelopeOf("", nsDevice, "GetServices", "<a b='c'>d</a>"))
	f.Add(envelopeOf("<h/>", nsMedia2, "GetProfiles", "<op:Type>All</op:Type>"))
	f.Add("<?xml version='1.0' encoding='UTF-16'?><a>")
	f.Fuzz(func(t *testing.T, text string) {
		header, operation, err := parseRequest(strings.NewReader(text))
		if err != nil {
			return
		}
		if operation == nil || operation.name.Local == "" {
			t.Errorf("%q has no operation", text)
		}
		header.value("Security", "UsernameToken")
		operation.all("Type")
	})
}

// The streams of a camera whose device was closed alone can still be played.
func TestCloseLeavesTheStreams(t *testing.T) {
	d := oneCamera(t, nil)
	d.Close()
	if status := describe(t, d.cfg.Server.Stream("a/sub").Info().URL); status != "RTSP/1.0 200 OK" {
		t.Errorf("DESCRIBE: %s", status)
	}
}
