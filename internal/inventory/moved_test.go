package inventory

import (
	"net/netip"
	"testing"

	"camwall/internal/fault"
	"camwall/internal/simcam"
	"camwall/internal/simcam/announce"
	"camwall/internal/simcam/device"
)

// at runs a camera at an address of loopback, always with the same name.
func at(t *testing.T, address string, edit func(*device.Config)) *device.Device {
	t.Helper()
	server, err := simcam.New(simcam.Config{Listen: address + ":0", Streams: []simcam.StreamSpec{
		simcam.ClipStream("yard/main", "cam", "street-360").WithSignIn(simcam.AuthDigest, "admin", rightPassword),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	cfg := device.Config{
		Server: server, Listen: address + ":0", Name: "Yard", Model: "Sim One", Serial: "S-1",
		MAC: "02:00:5e:00:00:07", UUID: "00000000-0000-5000-8000-000000000007",
		SignIn: device.SignInToken, User: "admin", Password: rightPassword,
		Channels: []device.Channel{{Name: "Yard", Main: "yard/main"}},
	}
	if edit != nil {
		edit(&cfg)
	}
	d, err := device.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// moving adds a camera at 127.0.0.1 and announces another elsewhere, where no other
// test is: of two who share a port the later one is asked.
func moving(t *testing.T, elsewhere string, edit func(*device.Config)) (s *stage, old, next *device.Device, c Camera) {
	t.Helper()
	there := netip.MustParseAddr(elsewhere)
	old, next = at(t, "127.0.0.1", nil), at(t, elsewhere, edit)
	responder, err := announce.New(announce.Config{Address: there, NoSSDP: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(responder.Close)
	responder.Add(next)
	s = opened(t, "", func(c *Config) {
		onLoopback(c)
		c.Ranges = []netip.Prefix{netip.PrefixFrom(there, there.BitLen())}
	})
	in := admin(rightPassword)
	c = firstOf(s.AddCamera(t.Context(), NewCamera{Address: old.XAddr(), ID: "yard", SignIn: &in}))
	stored := *c.Device
	stored.Endpoint = old.Endpoint() // as if it had been found
	if _, err := s.save(t.Context(), &stored, nil); err != nil {
		t.Fatal(err)
	}
	return s, old, next, cam(s, "yard")
}

func TestADeviceIsFoundAgainElsewhere(t *testing.T) {
	t.Parallel()
	s, old, next, c := moving(t, "127.0.0.5", nil)
	// While it answers where it was, whoever has its name elsewhere gets nothing.
	url, err := s.Locate(t.Context(), c.Camera, "main", fault.ConnRefused)
	if err != nil || url != c.Streams[0].URL || s.Devices()[0].ONVIF != old.XAddr() {
		t.Fatalf("%s, %v", url, err)
	}
	if n := next.Counters().Requests["media/GetStreamUri"] + next.Counters().Requests["media2/GetStreamUri"]; n != 0 {
		t.Error("the other was asked with the password")
	}
	old.PowerOff()
	url, err = s.Locate(t.Context(), c.Camera, "main", fault.ConnRefused)
	if err != nil || url == c.Streams[0].URL {
		t.Fatalf("%s, %v", url, err)
	}
	got := cam(s, "yard")
	if got.Streams[0].URL != url || got.Device.ONVIF != next.XAddr() || hostPart(got.Device.Address) != "127.0.0.5" || got.Device.Endpoint != old.Endpoint() {
		t.Errorf("moved: %+v on %+v", got, got.Device)
	}
	if got.Name != c.Name || got.Number != c.Number || got.SignIn() != c.SignIn() {
		t.Errorf("it is another: %+v", got)
	}
	s.live("yard")
	again := s.restarted(nil)
	if d := again.Devices()[0]; d.ONVIF != next.XAddr() {
		t.Errorf("not kept: %+v", d)
	}
}

// What only has its name is not it.
func TestAnotherWithItsNameIsNotTaken(t *testing.T) {
	t.Parallel()
	s, old, _, c := moving(t, "127.0.0.6", func(c *device.Config) { c.Serial = "S-2" })
	old.PowerOff()
	url, err := s.Locate(t.Context(), c.Camera, "main", fault.DialTimeout)
	if err != nil || url != c.Streams[0].URL || s.Devices()[0].ONVIF != old.XAddr() {
		t.Errorf("%s, %v, %+v", url, err, s.Devices()[0])
	}
}

// What was reached by HTTPS, or was pinned, gets no password by HTTP.
func TestAPinnedDeviceDoesNotMoveToHTTP(t *testing.T) {
	t.Parallel()
	s, old, next, c := moving(t, "127.0.0.7", nil)
	s.keepPin(t.Context(), c.Device.ID, make([]byte, 32))
	old.PowerOff()
	if url, err := s.Locate(t.Context(), c.Camera, "main", fault.DialTimeout); err != nil || url != c.Streams[0].URL {
		t.Errorf("%s, %v", url, err)
	}
	if n := next.Counters().SignIns["onvif"]; n.OK+n.Failed != 0 {
		t.Errorf("it was asked with the password: %+v", n)
	}
}

// A stream without an address says why its device tells none, try after try.
func TestWhyThereIsNoAddress(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", byProfile(d.XAddr(), "main", ""))
	d.PowerOff()
	for _, last := range []fault.Code{fault.None, fault.ConnRefused, fault.ConnRefused} {
		_, err := s.Locate(t.Context(), cam(s, "yard").Camera, "main", last)
		refused(t, err, fault.ConnRefused, "")
	}
}
