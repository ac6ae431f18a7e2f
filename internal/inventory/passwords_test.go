package inventory

import (
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
	"camwall/internal/simcam"
	"camwall/internal/simcam/device"
)

// A camera's own password is for where the device is: who moves the device gives
// it anew, and what was stored goes nowhere.
func TestACamerasOwnPasswordDoesNotFollowItsDevice(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard"}))
	own := admin(rightPassword)
	if _, err := s.EditCamera(t.Context(), "yard", 0, CameraEdit{SignIn: &own}); err != nil {
		t.Fatal(err)
	}
	for _, edit := range []DeviceEdit{
		{Address: ptr("192.0.2.66:554")},
		{ONVIF: ptr("http://192.0.2.66/onvif/device_service")},
		{ONVIF: ptr("http://192.0.2.66/onvif/device_service"), SignIn: &SignIn{}},
	} {
		_, err := s.EditDevice(t.Context(), c.Device.ID, 0, edit)
		refused(t, err, fault.PasswordNeeded, "password")
	}
	other := SignIn{User: "other", Password: secret.NewText("new")}
	if _, err := s.EditDevice(t.Context(), c.Device.ID, 0, DeviceEdit{Address: ptr("192.0.2.66:554"), SignIn: &other}); err != nil {
		t.Fatal(err)
	}
	if got := cam(s, "yard"); got.SignIn() != camera.Credentials(other) || !strings.HasPrefix(got.Streams[0].URL, "rtsp://192.0.2.66:554/") {
		t.Errorf("it signs in as %q at %s", got.SignIn().User, got.Streams[0].URL)
	}
}

func TestADevicesPasswordIsNotLentToOtherPorts(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "gate", URL: "rtsp://user:" + rightPassword + "@192.0.2.1/a"}))
	for _, sub := range []string{"rtsp://192.0.2.1:9999/b", "rtsps://192.0.2.1:554/b"} {
		_, err := s.AddCamera(t.Context(), NewCamera{ID: "two", Streams: map[string]string{"main": "rtsp://192.0.2.1/a2", "sub": sub}})
		refused(t, err, fault.PasswordNeeded, "password")
	}
	if c := firstOf(s.AddCamera(t.Context(), NewCamera{ID: "three", URL: "rtsp://192.0.2.1/c"})); c.SignIn().User != "user" {
		t.Errorf("at its own place it is not used: %+v", c)
	}
	// A camera without a password does not get one by moving there.
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "open", URL: "rtsp://192.0.2.9/a"}))
	_, err := s.EditCamera(t.Context(), "open", 0, CameraEdit{Streams: map[string]string{"main": "rtsp://192.0.2.1/d", "sub": "rtsp://192.0.2.1:9999/d"}})
	refused(t, err, fault.PasswordNeeded, "password")
}

func provisionedRoof(c *Config) {
	d := &camera.Device{ID: "yaml", Address: "192.0.2.9:554", Provisioned: true, Credentials: camera.Credentials{User: "u", Password: secret.NewText("geheim")}}
	c.Devices = []*camera.Device{d}
	c.Cameras = []camera.Camera{{ID: "roof", Name: "Roof", Device: d, Provisioned: true, Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.9/roof"}}}}
}

func TestACameraMovesToADeviceOfTheFile(t *testing.T) {
	t.Parallel()
	s := opened(t, "", provisionedRoof)
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "gate", URL: "rtsp://192.0.2.1/a"}))
	c, err := s.EditCamera(t.Context(), "gate", 0, CameraEdit{Streams: map[string]string{"main": "rtsp://192.0.2.9/gate"}})
	if err != nil || c.Device.ID != "yaml" || c.SignIn().User != "u" {
		t.Fatalf("%+v, %v", c, err)
	}
	if c := cam(s.restarted(nil), "gate"); !c.SignIn().IsZero() {
		t.Error("the sign-in of the file was stored")
	}
}

// What camwall.yaml calls by the id of a stored device is another one when it is
// elsewhere: its password is not for the stored cameras.
func TestAnotherDeviceOfTheSameID(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{ID: "gate", URL: "rtsp://192.0.2.1/a"}))
	id := c.Device.ID
	again := s.restarted(func(cfg *Config) {
		provisionedRoof(cfg)
		cfg.Devices[0].ID = id
	})
	for _, c := range again.Cameras() {
		if strings.Contains(c.Streams[0].URL, "192.0.2.1/") && c.SignIn().Password.Reveal() == "geheim" {
			t.Error("the password of the file is for another host")
		}
	}
	if !strings.Contains(again.log.String(), "gives way") {
		t.Error("nobody is told")
	}
	if c := cam(again.restarted(nil), "gate"); c.Streams[0].URL != "rtsp://192.0.2.1/a" {
		t.Errorf("it is not kept: %+v", c)
	}
}

func TestPasswordsInPathsAreNotShown(t *testing.T) {
	t.Parallel()
	const path = "live/user=admin_password=geheim_channel=1"
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{simcam.ClipStream(path, "cam", "street-360")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	d, err := device.New(device.Config{Server: server, Listen: "127.0.0.1:0", Channels: []device.Channel{{Name: "Park", Main: path}}})
	if err != nil {
		t.Fatal(err)
	}
	s := opened(t, "", nil)
	told, err := s.Describe(t.Context(), Target{Address: d.XAddr()})
	if err != nil || len(told.Profiles) != 1 || strings.Contains(told.Profiles[0].URL, "geheim") {
		t.Fatalf("%+v, %v", told.Profiles, err)
	}
	firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "park"}))
	s.live("park") // with the whole path
}

// What was refused before a device was added is refused by all its services, and
// still when it is added.
func TestOneFailedSignInBeforeAndAfterItIsAdded(t *testing.T) {
	t.Parallel()
	r := recorder(t, 2, nil)
	s := opened(t, "", nil)
	wrong := admin("wrong")
	stream := "rtsp://" + r.Server.Addr() + "/ch1/main"
	_, err := s.Describe(t.Context(), Target{Address: r.XAddr(), SignIn: wrong})
	refused(t, err, fault.Unauthorized, "")
	_, err = s.Test(t.Context(), Test{URL: stream, SignIn: &wrong, Picture: true})
	refused(t, err, fault.Unauthorized, "")
	_, err = s.Test(t.Context(), Test{URL: "rtsp://" + r.Server.Addr(), SignIn: &wrong, Guess: true})
	refused(t, err, fault.Unauthorized, "")
	d, _, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.EditDevice(t.Context(), d.ID, 0, DeviceEdit{SignIn: &wrong}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Refresh(t.Context(), d.ID)
	refused(t, err, fault.Unauthorized, "")
	_, err = s.Test(t.Context(), Test{URL: stream, SignIn: &wrong})
	refused(t, err, fault.Unauthorized, "")
	if c := r.Counters(); c.FailedSignIns != 1 {
		t.Errorf("%d failed sign-ins: %+v", c.FailedSignIns, c.SignIns)
	}
}

// The same with RTSP first.
func TestOneFailedSignInByRTSPFirst(t *testing.T) {
	t.Parallel()
	r := recorder(t, 2, nil)
	s := opened(t, "", nil)
	wrong := admin("wrong")
	_, err := s.Test(t.Context(), Test{URL: "rtsp://" + r.Server.Addr() + "/ch1/main", SignIn: &wrong})
	refused(t, err, fault.Unauthorized, "")
	_, err = s.Describe(t.Context(), Target{Address: r.XAddr(), SignIn: wrong})
	refused(t, err, fault.Unauthorized, "")
	// As a camera of its stream it has the same gate.
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "one", URL: "rtsp://" + r.Server.Addr() + "/ch1/main", SignIn: &wrong}))
	s.state("one", camera.Unauthorized)
	_, err = s.Describe(t.Context(), Target{Address: r.XAddr(), SignIn: wrong})
	refused(t, err, fault.Unauthorized, "")
	if c := r.Counters(); c.FailedSignIns != 1 {
		t.Errorf("%d failed sign-ins: %+v", c.FailedSignIns, c.SignIns)
	}
}

// Behind one address there may be several devices, each with its own password.
func TestTwoDevicesAtOneHostShareNoRefusal(t *testing.T) {
	t.Parallel()
	first := recorder(t, 1, nil)
	second, err := device.NewRecorder(device.RecorderConfig{Channels: 1, User: "admin", Password: "other", SignIn: device.SignInEither})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Close)
	s := opened(t, "", nil)
	_, err = s.Describe(t.Context(), Target{Address: first.XAddr(), SignIn: admin("other")})
	refused(t, err, fault.Unauthorized, "")
	if _, err = s.Describe(t.Context(), Target{Address: second.XAddr(), SignIn: admin("other")}); err != nil {
		t.Errorf("the first one's refusal holds for the second: %v", err)
	}
	for _, r := range []*device.Recorder{first, second} {
		password := rightPassword
		if r == second {
			password = "other"
		}
		if _, _, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(password)}); err != nil {
			t.Error(err)
		}
	}
	if len(s.Devices()) != 2 {
		t.Errorf("devices: %+v", s.Devices())
	}
}

// A client that was refused never tries again; another may, once a person asks.
func TestAfterARefusalAPersonMayTryAgain(t *testing.T) {
	t.Parallel()
	d, _ := single(t, func(c *device.Config) { c.SignIn, c.User, c.Password = device.SignInToken, "admin", rightPassword })
	s := opened(t, "", nil)
	in := admin(rightPassword)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard", SignIn: &in}))
	d.SetFault("", device.FaultNotAuthorized)
	_, err := s.PTZ(t.Context(), "yard")
	refused(t, err, fault.Unauthorized, "")
	d.ClearFaults()
	_, err = s.PTZ(t.Context(), "yard")
	refused(t, err, fault.Unauthorized, "")
	s.cfg.Admission.Device(c.Device.ID).Reopen()
	if _, err := s.PTZ(t.Context(), "yard"); err != nil {
		t.Errorf("it is refused for good: %v", err)
	}
}

// Adding more of a device without a sign-in keeps the one it has.
func TestAddingMoreKeepsWhatIsSetUp(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	in := admin(rightPassword)
	first := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "one", SignIn: &in}))
	if _, err := s.EditDevice(t.Context(), first.Device.ID, 0, DeviceEdit{TLS: ptr(camera.TLSVerify)}); err != nil {
		t.Fatal(err)
	}
	firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "two"}))
	if got := s.Devices(); len(got) != 1 || got[0].Credentials != camera.Credentials(in) || got[0].TLS != camera.TLSVerify {
		t.Errorf("%+v", got)
	}
}

// A password that was tried before a camera is moved is not tried again then.
func TestATriedPasswordIsRememberedWhenACameraMoves(t *testing.T) {
	t.Parallel()
	r := recorder(t, 1, nil)
	s := opened(t, "", nil)
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "gate", URL: "rtsp://192.0.2.1/a"}))
	wrong := admin("wrong")
	stream := "rtsp://" + r.Server.Addr() + "/ch1/main"
	_, err := s.Test(t.Context(), Test{URL: stream, SignIn: &wrong})
	refused(t, err, fault.Unauthorized, "")
	if _, err := s.EditCamera(t.Context(), "gate", 0, CameraEdit{Streams: map[string]string{"main": stream}, SignIn: &wrong}); err != nil {
		t.Fatal(err)
	}
	s.state("gate", camera.Unauthorized)
	if n := r.Counters().FailedSignIns; n != 1 {
		t.Errorf("%d failed sign-ins", n)
	}
}
