package inventory

import (
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/simcam"
	"camwall/internal/simcam/device"
)

// byProfile provisions a camera that is known by its device and profile alone.
func byProfile(xaddr, main, sub string) func(*Config) {
	d := &camera.Device{ID: "enc", Address: "127.0.0.1:554", ONVIF: xaddr, Provisioned: true}
	c := camera.Camera{ID: "yard", Name: "Yard", Device: d, Provisioned: true, Streams: []camera.Stream{{Name: "main", ProfileName: main}}}
	if sub != "" {
		c.Streams = append(c.Streams, camera.Stream{Name: "sub", ProfileName: sub})
	}
	return func(cfg *Config) {
		cfg.Devices, cfg.Cameras = []*camera.Device{d}, []camera.Camera{c}
	}
}

func TestACameraGetsItsStreamAtStart(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{{"main", "sub"}, {"Profile_101", "Profile_102"}, {"", ""}} {
		d, sim := single(t, nil)
		s := opened(t, "", byProfile(d.XAddr(), names[0], names[1]))
		changes := s.Changes(t.Context())
		s.Run()
		heard(t, changes, CameraChanged)
		c := cam(s, "yard")
		if len(c.Streams) != 2 || c.Streams[0].URL != "rtsp://"+sim.Addr()+"/cam1/main" || c.Streams[1].URL != "rtsp://"+sim.Addr()+"/cam1/sub" {
			t.Errorf("%q: streams %+v", names, c.Streams)
		}
		s.live("yard")
	}
}

func TestACameraIsLocatedWhenSomebodyWatches(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	d.PowerOff()
	s := opened(t, "", byProfile(d.XAddr(), "main", ""))
	s.Run()
	s.state("yard", camera.Retrying)
	if err := d.PowerOn(); err != nil {
		t.Fatal(err)
	}
	s.live("yard")
}

func TestAnUnknownProfileNamesThoseThereAre(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", byProfile(d.XAddr(), "third", ""))
	_, err := s.Locate(t.Context(), cam(s, "yard").Camera, "main", fault.None)
	refused(t, err, fault.StreamNotFound, "it has main, sub")
	s.state("yard", camera.Retrying)
	s.Run()
	s.until("the log names it", func() bool { return strings.Contains(s.log.String(), "camera without stream") })
}

// A camera's stream is found again when the device calls it otherwise, and after
// the device has come back at another address.
func TestChangedProfilesAreTakenOver(t *testing.T) {
	t.Parallel()
	d, sim := single(t, nil)
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard"}))
	// As if it had been added before a new firmware moved its stream.
	stale := c.Camera
	stale.Streams = []camera.Stream{{Name: "main", URL: "rtsp://" + sim.Addr() + "/old", Profile: "gone", ProfileName: "main"}, c.Streams[1]}
	if _, err := s.save(t.Context(), nil, []camera.Camera{stale}); err != nil {
		t.Fatal(err)
	}
	s.asked.forget(c.Device.ID)
	s.live("yard")
	if got := cam(s, "yard").Streams[0]; got.URL != c.Streams[0].URL || got.Profile != c.Streams[0].Profile {
		t.Errorf("the stream is %+v", got)
	}
	if again := s.restarted(nil); cam(again, "yard").Streams[0].URL != c.Streams[0].URL {
		t.Error("it was not kept")
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard"}))
	stale := *c.Device
	stale.Firmware, stale.Model = "old", "old"
	if _, err := s.save(t.Context(), &stale, nil); err != nil {
		t.Fatal(err)
	}
	got, err := s.Refresh(t.Context(), c.Device.ID)
	if err != nil || got.Model != "Sim One" || got.Firmware != "1.0.0" {
		t.Errorf("%+v, %v", got, err)
	}
	revision := got.Revision
	if got, err = s.Refresh(t.Context(), c.Device.ID); err != nil || got.Revision != revision {
		t.Errorf("nothing changed, and yet it was written: %+v, %v", got, err)
	}
	d.PowerOff()
	_, err = s.Refresh(t.Context(), c.Device.ID)
	refused(t, err, fault.ConnRefused, "")
	if got := s.Devices()[0]; got.Problem == nil {
		t.Error("no problem is kept")
	}
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "plain", URL: "rtsp://192.0.2.1/a"}))
	_, err = s.Refresh(t.Context(), "192-0-2-1")
	refused(t, err, fault.BadRequest, "no ONVIF address")
}

func TestProfilesInTheirPlaces(t *testing.T) {
	t.Parallel()
	r := recorder(t, 2, nil)
	s := opened(t, "", nil)
	told, err := s.ask(t.Context(), must(t, resolved(s, r), nil), 0)
	if err != nil {
		t.Fatal(err)
	}
	channels := channelsOf(told.device)
	for _, c := range []struct {
		own  int
		s    camera.Stream
		want string
	}{
		{-1, camera.Stream{Name: "main"}, "/ch1/main"},
		{1, camera.Stream{Name: "sub"}, "/ch2/sub"},
		{1, camera.Stream{Name: "main", Profile: "gone", ProfileName: "gone"}, "/ch2/main"},
		{1, camera.Stream{Name: "main", Profile: "Profile_201"}, "/ch2/main"},
		{-1, camera.Stream{Name: "main", ProfileName: "Profile_202"}, "/ch2/sub"},
		{0, camera.Stream{Name: "third", Profile: "gone"}, ""},
		{-1, camera.Stream{Name: "main", ProfileName: "gone"}, ""},
	} {
		if p, _ := profileOf(channels, c.own, c.s); !strings.HasSuffix(p.StreamURI, c.want) || c.want == "" && p.Token != "" {
			t.Errorf("%+v of %d is %s, want %s", c.s, c.own, p.StreamURI, c.want)
		}
	}
}

func resolved(s *stage, r *device.Recorder) asking {
	a, err := s.resolve(Target{Address: r.XAddr(), SignIn: admin(rightPassword)})
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// A key frame is asked for where viewers would have to wait for one.
func TestAKeyFrameOnDemand(t *testing.T) {
	t.Parallel()
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: simcam.Demo()[6:7]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	path := server.Streams()[0].Path
	d, err := device.New(device.Config{Server: server, Listen: "127.0.0.1:0", Channels: []device.Channel{{Name: "Park", Main: path}}})
	if err != nil {
		t.Fatal(err)
	}
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "park"}))
	s.RequestKey(c.ID, "main")
	if err := d.Await(t.Context(), func(c device.Counters) bool {
		return c.Requests["media/SetSynchronizationPoint"]+c.Requests["media2/SetSynchronizationPoint"] == 1
	}); err != nil {
		t.Fatal(err)
	}
	s.RequestKey("nobody", "main") // asks nobody
}
