package inventory

import (
	"fmt"
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
	"camwall/internal/simcam/device"
)

func TestARecorderIsTakenInOneStep(t *testing.T) {
	t.Parallel()
	r := recorder(t, 16, nil)
	s := opened(t, "", nil)
	changes := s.Changes(t.Context())
	d, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Name: "Warehouse"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "Warehouse" || !d.Recorder || d.ONVIF != r.XAddr() || d.Address != r.Server.Addr() || len(d.Cameras) != 16 || d.MAC == "" || !d.Events {
		t.Errorf("device: %+v", d)
	}
	if len(cams) != 16 {
		t.Fatalf("%d cameras", len(cams))
	}
	third := cams[2]
	if third.ID != "warehouse-3" || third.Name != "Channel 3" || third.Number != 3 || len(third.Streams) != 2 {
		t.Errorf("third: %+v", third)
	}
	for i, name := range []string{"main", "sub"} {
		st := third.Streams[i]
		if st.Name != name || st.URL != "rtsp://"+r.Server.Addr()+"/ch3/"+name || st.Profile == "" || st.Width == 0 || !st.Codec.IsVideo() {
			t.Errorf("%s: %+v", name, st)
		}
	}
	heard(t, changes, DeviceAdded)
	heard(t, changes, CameraAdded)
	for _, c := range cams {
		s.live(string(c.ID))
	}
	if n := r.Counters().FailedSignIns; n != 0 {
		t.Errorf("%d failed sign-ins", n)
	}
	// All of it is there after a restart.
	again := s.restarted(nil)
	if got := again.Cameras(); len(got) != 16 || got[15].Name != "Channel 16" || got[15].SignIn().Password.Reveal() != rightPassword {
		t.Errorf("after a restart there are %d cameras: %+v", len(got), got)
	}
	again.live("warehouse-7")
}

func TestAWrongPasswordIsOneFailedSignIn(t *testing.T) {
	t.Parallel()
	for _, way := range []device.SignIn{device.SignInToken, device.SignInDigestMD5, device.SignInDigestSHA256, device.SignInDigest, device.SignInEither} {
		r, err := device.NewRecorder(device.RecorderConfig{User: "admin", Password: rightPassword, SignIn: way})
		if err != nil {
			t.Fatal(err)
		}
		s := opened(t, "", nil)
		wrong := Target{Address: r.XAddr(), SignIn: admin("wrong")}
		_, err = s.Describe(t.Context(), wrong)
		refused(t, err, fault.Unauthorized, "password")
		for range 3 { // whatever is asked then, by whatever service
			_, err = s.Describe(t.Context(), wrong)
			refused(t, err, fault.Unauthorized, "")
			_, err = s.ChannelPicture(t.Context(), wrong, "VideoSource_1")
			refused(t, err, fault.Unauthorized, "")
			_, _, err = s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin("wrong")})
			refused(t, err, fault.Unauthorized, "")
		}
		if c := r.Counters(); c.FailedSignIns != 1 {
			t.Errorf("sign-in %d: %d failed sign-ins: %+v", way, c.FailedSignIns, c.SignIns)
		}
		if len(s.Devices()) != 0 || len(s.Cameras()) != 0 {
			t.Error("something was added")
		}
		_, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword)})
		if err != nil || len(cams) != 16 {
			t.Errorf("with the right password: %d cameras, %v", len(cams), err)
		}
		s.close()
		r.Close()
	}
}

// Sixteen streams and ONVIF share what became of a password that was changed.
func TestAPasswordThatWasChangedIsTriedOnce(t *testing.T) {
	t.Parallel()
	r := recorder(t, 4, nil)
	s := opened(t, "", nil)
	d, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword)})
	if err != nil {
		t.Fatal(err)
	}
	wrong := admin("changed")
	if _, err := s.EditDevice(t.Context(), d.ID, d.Revision, DeviceEdit{SignIn: &wrong}); err != nil {
		t.Fatal(err)
	}
	before := r.Counters().FailedSignIns
	_, err = s.Refresh(t.Context(), d.ID)
	refused(t, err, fault.Unauthorized, "")
	for _, c := range cams {
		s.state(string(c.ID), camera.Unauthorized)
	}
	if n := r.Counters().FailedSignIns - before; n != 1 {
		t.Errorf("%d failed sign-ins: %+v", n, r.Counters().SignIns)
	}
	if got := must(t, s.Devices()[0], nil); got.Problem == nil || got.Problem.Code != fault.Unauthorized {
		t.Errorf("the device's problem is %v", got.Problem)
	}
	right := admin(rightPassword)
	if _, err := s.EditDevice(t.Context(), d.ID, 0, DeviceEdit{SignIn: &right}); err != nil {
		t.Fatal(err)
	}
	s.live(string(cams[3].ID))
}

func TestChosenChannels(t *testing.T) {
	t.Parallel()
	r := recorder(t, 4, nil)
	s := opened(t, "", nil)
	described := must(t, describe(t, s, r), nil)
	if len(described.Channels) != 4 || len(described.Profiles) != 8 || described.ID != "" || described.Model != "Simulated recorder" {
		t.Fatalf("described: %+v", described)
	}
	second, fourth := described.Channels[1].Source, described.Channels[3].Source
	_, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Sources: []string{fourth, second}, Prefix: "Lager Süd"})
	if err != nil || len(cams) != 2 || cams[0].ID != "lager-s-d-2" || cams[1].ID != "lager-s-d-4" {
		t.Fatalf("%v, %v", cams, err)
	}
	described = describe(t, s, r)
	if described.ID == "" || described.Channels[1].Camera != "lager-s-d-2" || described.Channels[0].Camera != "" {
		t.Errorf("described again: %+v", described.Channels)
	}
	if use := described.Profiles[2].Use; use != "lager-s-d-2/main" {
		t.Errorf("the third profile is in use as %q", use)
	}
	_, _, err = s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Sources: []string{second}})
	refused(t, err, fault.BadRequest, "a camera already")
	_, _, err = s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Sources: []string{"none"}})
	refused(t, err, fault.NotFound, "no video source")
	// The rest joins the device that is there, with the sign-in that it has.
	_, err = s.Describe(t.Context(), Target{Address: strings.Replace(r.XAddr(), "http:", "https:", 1)})
	if err == nil {
		t.Error("the stored sign-in followed to another scheme")
	}
	d, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr()})
	if err != nil || len(cams) != 2 || len(d.Cameras) != 4 || len(s.Devices()) != 1 {
		t.Errorf("%d more cameras on %+v, %v", len(cams), d, err)
	}
}

func describe(t *testing.T, s *stage, r *device.Recorder) Description {
	t.Helper()
	d, err := s.Describe(t.Context(), Target{Address: r.XAddr(), SignIn: admin(rightPassword)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPicturesOfChannels(t *testing.T) {
	t.Parallel()
	r := recorder(t, 3, nil)
	s := opened(t, "", nil)
	target := Target{Address: r.XAddr(), SignIn: admin(rightPassword)}
	for _, c := range describe(t, s, r).Channels {
		jpeg, err := s.ChannelPicture(t.Context(), target, c.Source)
		if err != nil || !strings.HasPrefix(string(jpeg), "\xff\xd8\xff") {
			t.Errorf("channel %d: %d bytes, %v", c.Number, len(jpeg), err)
		}
	}
	if n := r.Counters().Requests["media2/GetProfiles"]; n > 1 {
		t.Errorf("profiles were asked for %d times for three pictures", n)
	}
	r.SetFault("snapshot", device.FaultHTML)
	jpeg, err := s.ChannelPicture(t.Context(), target, describe(t, s, r).Channels[0].Source)
	if err != nil || !strings.HasPrefix(string(jpeg), "\xff\xd8\xff") {
		t.Errorf("of the stream: %d bytes, %v", len(jpeg), err)
	}
	_, err = s.ChannelPicture(t.Context(), target, "none")
	refused(t, err, fault.NotFound, "")
}

func TestACameraByItsAddress(t *testing.T) {
	t.Parallel()
	_, sim := single(t, nil)
	s := opened(t, "", nil)
	raw := "rtsp://user:p@ss?w#rd@" + sim.Addr() + "/cam1/main"
	c := must(t, firstOf(s.AddCamera(t.Context(), NewCamera{Name: "Main Gate", URL: raw, Text: " ground floor "})), nil)
	if c.ID != "main-gate" || c.Number != 1 || c.Text != "ground floor" || c.Streams[0].URL != "rtsp://"+sim.Addr()+"/cam1/main" {
		t.Errorf("camera: %+v", c)
	}
	if in := c.SignIn(); in.User != "user" || in.Password.Reveal() != "p@ss?w#rd" {
		t.Errorf("it signs in as %q, %q", in.User, in.Password.Reveal())
	}
	s.live("main-gate")
	second := must(t, firstOf(s.AddCamera(t.Context(), NewCamera{Streams: map[string]string{
		"sub": "rtsp://" + sim.Addr() + "/cam1/sub", "main": "rtsp://" + sim.Addr() + "/cam1/main",
	}})), nil)
	if second.Device.ID != c.Device.ID || second.SignIn() != c.SignIn() || second.Number != 2 || second.Streams[0].Name != "main" {
		t.Errorf("second: %+v on %+v", second, second.Device)
	}
	if len(s.Devices()) != 1 {
		t.Errorf("devices: %+v", s.Devices())
	}
}

func firstOf(c Camera, err error) Camera {
	if err != nil {
		panic(err)
	}
	return c
}

func TestCamerasThatCantBeAdded(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "gate", Number: 7, URL: "rtsp://192.0.2.1/a"}))
	for name, c := range map[string]struct {
		want NewCamera
		says string
	}{
		"nothing":       {NewCamera{}, "address is missing"},
		"two ways":      {NewCamera{URL: "rtsp://192.0.2.1/a", Address: "192.0.2.1"}, "one of"},
		"no rtsp":       {NewCamera{URL: "http://192.0.2.1/"}, "no rtsp"},
		"id taken":      {NewCamera{ID: "GATE", URL: "rtsp://192.0.2.1/b"}, "already"},
		"id unusable":   {NewCamera{ID: "a b", URL: "rtsp://192.0.2.1/b"}, "not usable"},
		"number taken":  {NewCamera{Number: 7, URL: "rtsp://192.0.2.1/b"}, "number 7"},
		"stream name":   {NewCamera{Streams: map[string]string{"auto": "rtsp://192.0.2.1/b"}}, "can't name a stream"},
		"two hosts":     {NewCamera{Streams: map[string]string{"main": "rtsp://192.0.2.1/b", "sub": "rtsp://192.0.2.2/b"}}, "one host"},
		"two sign-ins":  {NewCamera{Streams: map[string]string{"main": "rtsp://a:geheim@192.0.2.1/b", "sub": "rtsp://b:geheim@192.0.2.1/b"}}, "two different sign-ins"},
		"onvif address": {NewCamera{Address: "no address"}, "no address of an ONVIF"},
	} {
		_, err := s.AddCamera(t.Context(), c.want)
		if f := asFault(err); f == nil || f.Code != fault.BadRequest || !strings.Contains(f.Message, c.says) || strings.Contains(f.Message+f.Hint, "geheim") {
			t.Errorf("%s: %v, want %s", name, err, c.says)
		}
	}
	if len(s.Cameras()) != 1 {
		t.Errorf("%d cameras", len(s.Cameras()))
	}
	for _, address := range []string{"rtsp://0.0.0.0/a", "rtsp://169.254.169.254/a", "rtsp://[ff02::1]/a", "rtsp://[::ffff:169.254.169.254]/a"} {
		_, err := s.AddCamera(t.Context(), NewCamera{URL: address})
		refused(t, err, fault.AddressNotAllowed, "")
		_, err = s.EditCamera(t.Context(), "gate", 0, CameraEdit{Streams: map[string]string{"main": address}})
		refused(t, err, fault.AddressNotAllowed, "")
	}
	_, err := s.AddCamera(t.Context(), NewCamera{Address: deaf(t)})
	refused(t, err, fault.ConnRefused, "")
}

func TestACameraByItsProfile(t *testing.T) {
	t.Parallel()
	d, sim := single(t, nil)
	s := opened(t, "", nil)
	_, err := s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), Profile: "none"})
	refused(t, err, fault.StreamNotFound, "it has main, sub")
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), Profile: "sub", ID: "small"}))
	if len(c.Streams) != 1 || c.Streams[0].Name != "main" || c.Streams[0].URL != "rtsp://"+sim.Addr()+"/cam1/sub" || !c.PTZ {
		t.Errorf("by profile: %+v", c.Camera)
	}
	whole := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr()}))
	if len(whole.Streams) != 2 || whole.Name != "Yard" || whole.Device.ID != c.Device.ID {
		t.Errorf("without: %+v", whole.Camera)
	}
	r := recorder(t, 2, nil)
	in := admin(rightPassword)
	_, err = s.AddCamera(t.Context(), NewCamera{Address: r.XAddr(), SignIn: &in})
	refused(t, err, fault.BadRequest, "2 channels")
}

func TestNumbersAreForLife(t *testing.T) {
	t.Parallel()
	provisioned := func(c *Config) {
		d := &camera.Device{ID: "yaml", Address: "192.0.2.9:554", Provisioned: true, Credentials: camera.Credentials{User: "u", Password: secret.NewText("geheim")}}
		c.Devices = []*camera.Device{d}
		c.Cameras = []camera.Camera{{ID: "roof", Name: "Roof", Number: 2, Device: d, Provisioned: true, Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.9/roof"}}}}
	}
	s := opened(t, "", provisioned)
	var numbers []int
	for i := range 3 {
		numbers = append(numbers, firstOf(s.AddCamera(t.Context(), NewCamera{URL: fmt.Sprintf("rtsp://192.0.2.1/%d", i), ID: fmt.Sprintf("c%d", i)})).Number)
	}
	if fmt.Sprint(numbers) != "[1 3 4]" {
		t.Errorf("numbers %v", numbers)
	}
	if err := s.RemoveCamera(t.Context(), "c2", 0); err != nil {
		t.Fatal(err)
	}
	if n := firstOf(s.AddCamera(t.Context(), NewCamera{URL: "rtsp://192.0.2.1/9"})).Number; n != 5 {
		t.Errorf("a number that was given is given again: %d", n)
	}
	// A camera on a device of the file uses its sign-in, which is not copied.
	own := firstOf(s.AddCamera(t.Context(), NewCamera{URL: "rtsp://192.0.2.9/other", ID: "other"}))
	if own.SignIn().Password.Reveal() != "geheim" || own.Device.ID != "yaml" {
		t.Errorf("on a device of the file: %+v", own)
	}
	without := s.restarted(nil)
	if c := must(t, cam(without, "other"), nil); !c.SignIn().IsZero() || c.Device.Address != "192.0.2.9:554" {
		t.Errorf("without the file: %+v on %+v", c, c.Device)
	}
	with := without.restarted(provisioned)
	if c := cam(with, "other"); c.SignIn().Password.Reveal() != "geheim" {
		t.Errorf("with the file again: %+v", c)
	}
}

func cam(s *stage, id string) Camera {
	c, err := s.Camera(id)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// Who was added by the address of a stream, and is then described with the same
// sign-in, is one device.
func TestADeviceThatWasKnownByItsStream(t *testing.T) {
	t.Parallel()
	r := recorder(t, 2, nil)
	s := opened(t, "", nil)
	in := admin(rightPassword)
	first := firstOf(s.AddCamera(t.Context(), NewCamera{ID: "one", URL: "rtsp://" + r.Server.Addr() + "/ch1/main", SignIn: &in}))
	d, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: in, Name: "NVR"})
	if err != nil || d.ID != first.Device.ID || len(s.Devices()) != 1 || len(cams) != 1 || cams[0].ID != "nvr-2" || d.ONVIF != r.XAddr() {
		t.Fatalf("%+v, %v, %v", d, cams, err)
	}
	if c := cam(s, "one"); c.Device.ONVIF != r.XAddr() || c.SignIn() != first.SignIn() {
		t.Errorf("its camera: %+v on %+v", c, c.Device)
	}
	// With another sign-in it stays apart: what is stored is not overwritten.
	other := recorder(t, 1, nil)
	own := SignIn{User: "viewer", Password: secret.NewText("x")}
	plain := firstOf(s.AddCamera(t.Context(), NewCamera{ID: "two", URL: "rtsp://" + other.Server.Addr() + "/else", SignIn: &own}))
	if _, _, err := s.AddDevice(t.Context(), NewDevice{Address: other.XAddr(), SignIn: in}); err != nil {
		t.Fatal(err)
	}
	if c := cam(s, "two"); c.SignIn() != camera.Credentials(own) || c.Device.ID != plain.Device.ID || len(s.Devices()) != 3 {
		t.Errorf("%+v on %+v", c, c.Device)
	}
}
