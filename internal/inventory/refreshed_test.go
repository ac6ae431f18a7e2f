package inventory

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/onvif"
	"camwall/internal/simcam/device"
)

// nvr is what a recorder of n channels tells: every channel calls its profiles
// main and sub. source and token name them.
func nvr(n int, source, token string) *onvif.Device {
	d := &onvif.Device{Address: "http://192.0.2.10/onvif/device_service"}
	for i := 1; i <= n; i++ {
		s := fmt.Sprintf(source, i)
		d.Sources = append(d.Sources, onvif.VideoSource{Token: s})
		for j, name := range []string{"main", "sub"} {
			d.Profiles = append(d.Profiles, onvif.Profile{
				Token: fmt.Sprintf(token, i, j), Name: name, Source: s, Codec: media.H264, Width: 1920 >> j, Height: 1080 >> j,
				StreamURI: fmt.Sprintf("rtsp://192.0.2.10/ch%d/%s", i, name),
			})
		}
	}
	return d
}

// third is a camera of the third channel as it was added.
func third() camera.Camera {
	return camera.Camera{
		ID: "third", Name: "Third", Number: 3, Source: "V3", Device: &camera.Device{ID: "nvr", Address: "192.0.2.10:554"},
		Streams: []camera.Stream{
			{Name: "main", URL: "rtsp://192.0.2.10/ch3/main", Profile: "P30", ProfileName: "main"},
			{Name: "sub", URL: "rtsp://192.0.2.10/ch3/sub", Profile: "P31", ProfileName: "sub"},
		},
	}
}

func TestACameraNeverTakesAnotherChannel(t *testing.T) {
	t.Parallel()
	const main, sub = "rtsp://192.0.2.10/ch3/main", "rtsp://192.0.2.10/ch3/sub"
	for name, c := range map[string]struct {
		edit func(*camera.Camera)
		told *onvif.Device
		want []string
	}{
		"as it was":            {nil, nvr(4, "V%d", "P%d%d"), []string{main, sub}},
		"tokens changed":       {nil, nvr(4, "V%d", "New%d-%d"), []string{main, sub}},
		"sources changed":      {nil, nvr(4, "Source-%d", "P%d%d"), []string{main, sub}},
		"both changed":         {nil, nvr(4, "Source-%d", "New%d-%d"), []string{main, sub}},
		"its channel has gone": {nil, nvr(2, "V%d", "P%d%d"), []string{main, sub}},
		"gone, others renamed": {nil, nvr(2, "Source-%d", "New%d-%d"), []string{main, sub}},
		"by name and source":   {func(c *camera.Camera) { c.Streams[0].Profile, c.Streams[0].URL = "", "" }, nvr(4, "V%d", "P%d%d"), []string{main, sub}},
		"source never known":   {func(c *camera.Camera) { c.Source, c.Streams[0].Profile = "", "gone" }, nvr(4, "V%d", "P%d%d"), []string{main, sub}},
		"nothing to tell it by": {func(c *camera.Camera) {
			c.Source = ""
			c.Streams = c.Streams[:1]
			c.Streams[0].Profile = "gone"
			c.Streams[0].URL = "rtsp://192.0.2.10/old"
		}, nvr(4, "V%d", "P%d%d"), []string{"rtsp://192.0.2.10/old"}},
	} {
		cam := third()
		if c.edit != nil {
			c.edit(&cam)
		}
		got, _ := refreshed(cam, c.told)
		var urls []string
		for _, s := range got.Streams {
			urls = append(urls, s.URL)
		}
		if !slices.Equal(urls, c.want) {
			t.Errorf("%s: %v", name, urls)
		}
		if got.Name != "Third" || got.Number != 3 || got.ID != "third" {
			t.Errorf("%s: name or number changed: %+v", name, got)
		}
	}
}

func TestWhatADeviceLost(t *testing.T) {
	t.Parallel()
	told := nvr(4, "V%d", "P%d%d")
	told.Profiles = slices.DeleteFunc(told.Profiles, func(p onvif.Profile) bool { return p.Token == "P31" })
	got, changed := refreshed(third(), told)
	if !changed || len(got.Streams) != 1 || got.Streams[0].Name != "main" {
		t.Errorf("without its sub: %+v", got.Streams)
	}
	named := third()
	named.Provisioned = true
	if got, _ := refreshed(named, told); len(got.Streams) != 2 {
		t.Errorf("what camwall.yaml names is taken away: %+v", got.Streams)
	}
	told.Problems = []*fault.Error{fault.New(fault.Protocol, "something was not read", "")}
	if got, _ := refreshed(third(), told); len(got.Streams) != 2 {
		t.Errorf("what was not read is no loss: %+v", got.Streams)
	}
	byAddress := third()
	byAddress.Source = ""
	for i := range byAddress.Streams {
		byAddress.Streams[i].Profile, byAddress.Streams[i].ProfileName = "", ""
		byAddress.Streams[i].URL += "?own"
	}
	if got, changed := refreshed(byAddress, nvr(1, "V%d", "P%d%d")); changed || got.Streams[0].URL != "rtsp://192.0.2.10/ch3/main?own" {
		t.Errorf("given by its address alone: %+v", got.Streams)
	}
}

// Behind a router a person puts the RTSP address elsewhere; it stays there.
func TestAPlaceThatAPersonGaveStays(t *testing.T) {
	t.Parallel()
	cam := third()
	cam.Device = &camera.Device{ID: "nvr", Address: "198.51.100.1:5543"}
	got, _ := refreshed(cam, nvr(4, "V%d", "P%d%d"))
	if got.Streams[0].URL != "rtsp://198.51.100.1:5543/ch3/main" {
		t.Errorf("it is at %s", got.Streams[0].URL)
	}
	told := nvr(1, "V%d", "P%d%d")
	told.Profiles[0].StreamURI = "rtsp://192.0.2.10:5554/a"
	if d := renewed(camera.Device{Address: "192.0.2.10:554"}, told); d.Address != "192.0.2.10:5554" {
		t.Errorf("its new port is not taken over: %s", d.Address)
	}
	if d := renewed(*cam.Device, told); d.Address != "198.51.100.1:5543" {
		t.Errorf("taken away: %s", d.Address)
	}
}

// What an old address told is not for the device where it is now, nor for its new
// password.
func TestADeviceThatIsEditedWhileItIsAsked(t *testing.T) {
	t.Parallel()
	r := recorder(t, 2, nil)
	s := opened(t, "", nil)
	d, _, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Name: "nvr"})
	if err != nil {
		t.Fatal(err)
	}
	a := s.askingOf(&d.Device)
	told, err := s.ask(t.Context(), a, 0)
	if err != nil {
		t.Fatal(err)
	}
	other := admin("other")
	if _, err := s.EditDevice(t.Context(), d.ID, 0, DeviceEdit{Address: ptr("192.0.2.7:554"), ONVIF: ptr("http://192.0.2.7/onvif/device_service"), SignIn: &other}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.takeOver(t.Context(), a, told); !errors.Is(err, errEdited) {
		t.Errorf("it is taken over: %v", err)
	}
	if got := cam(s, "nvr-1").Streams[0].URL; got != "rtsp://192.0.2.7:554/ch1/main" {
		t.Errorf("the stream is at %s", got)
	}
	if err := s.RemoveDevice(t.Context(), d.ID, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.takeOver(t.Context(), a, told); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("of a device that is gone: %v", err)
	}
	if a := s.askingOf(&camera.Device{ID: "gone", Address: "192.0.2.1:554", ONVIF: "http://192.0.2.1/"}); !a.cred.IsZero() {
		t.Error("a sign-in for nobody")
	}
}

func TestTwoPeopleAddOneDevice(t *testing.T) {
	t.Parallel()
	r := recorder(t, 4, nil)
	s := opened(t, "", nil)
	channels := describe(t, s, r).Channels
	var wg sync.WaitGroup
	for _, c := range channels {
		wg.Go(func() {
			if _, _, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Sources: []string{c.Source}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all := s.Devices(); len(all) != 1 || len(all[0].Cameras) != 4 {
		t.Errorf("devices: %+v", all)
	}
}

// Everything at once: nothing races, waits for itself, or panics.
func TestAllAtOnce(t *testing.T) {
	t.Parallel()
	d, _ := single(t, func(c *device.Config) { c.SignIn, c.User, c.Password = device.SignInToken, "admin", rightPassword })
	s := opened(t, "", nil)
	s.Run()
	_ = s.Changes(t.Context())
	in := admin(rightPassword)
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := range 4 {
				id := fmt.Sprintf("c%d-%d", n, i)
				c, err := s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: id, SignIn: &in})
				if err != nil {
					t.Error(err)
					continue
				}
				// Each of these may meet a device that another has just removed.
				_, _ = s.Refresh(t.Context(), c.Device.ID)
				_, _ = s.EditCamera(t.Context(), id, 0, CameraEdit{Name: ptr("x")})
				_, _ = s.Describe(t.Context(), Target{Device: c.Device.ID})
				_, _ = s.PTZ(t.Context(), id)
				_, _ = s.EditDevice(t.Context(), c.Device.ID, 0, DeviceEdit{Name: ptr(id)})
				if i == 3 {
					_ = s.RemoveDevice(t.Context(), c.Device.ID, 0)
				}
			}
		})
	}
	wg.Wait()
	if n := d.Counters().FailedSignIns; n != 0 {
		t.Errorf("%d failed sign-ins", n)
	}
}

// A device that is away is asked by one for all its streams.
func TestManyWhoAskAreAnsweredTogether(t *testing.T) {
	t.Parallel()
	r := recorder(t, 4, nil)
	s := opened(t, "", nil)
	d, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword)})
	if err != nil {
		t.Fatal(err)
	}
	s.asked.forget(d.ID)
	before := r.Counters().Requests["media2/GetProfiles"]
	var wg sync.WaitGroup
	for _, c := range cams {
		for _, stream := range []string{"main", "sub"} {
			wg.Go(func() {
				if url, err := s.Locate(t.Context(), c.Camera, stream, fault.StreamNotFound); err != nil || url == "" {
					t.Errorf("%s/%s: %q, %v", c.ID, stream, url, err)
				}
			})
		}
	}
	wg.Wait()
	if n := r.Counters().Requests["media2/GetProfiles"] - before; n != 1 {
		t.Errorf("profiles were asked for %d times", n)
	}
}
