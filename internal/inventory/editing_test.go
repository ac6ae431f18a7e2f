package inventory

import (
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

func ptr[T any](v T) *T { return &v }

func TestEditACamera(t *testing.T) {
	t.Parallel()
	_, sim := single(t, nil)
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{ID: "gate", URL: "rtsp://user:" + rightPassword + "@" + sim.Addr() + "/cam1/main"}))
	s.live("gate")
	changes := s.Changes(t.Context())
	next, err := s.EditCamera(t.Context(), "GATE", c.Revision, CameraEdit{
		Name: ptr("Main gate"), Text: ptr("call 7"), Number: ptr(42), Rotation: ptr(90), Transport: ptr(camera.TransportUDP),
	})
	if err != nil {
		t.Fatal(err)
	}
	if next.Name != "Main gate" || next.Number != 42 || next.Revision == c.Revision || next.SignIn().Password.Reveal() != rightPassword {
		t.Errorf("edited: %+v", next)
	}
	if told := heard(t, changes, CameraChanged); told.ID != "gate" {
		t.Errorf("told %+v", told)
	}
	_, err = s.EditCamera(t.Context(), "gate", c.Revision, CameraEdit{Name: ptr("late")})
	refused(t, err, fault.Conflict, "somebody else")
	_, err = s.EditCamera(t.Context(), "nobody", 0, CameraEdit{})
	refused(t, err, fault.NotFound, "")
	// Another path on the same device keeps the sign-in, with and without its mask.
	for _, address := range []string{"rtsp://" + sim.Addr() + "/cam1/sub", "rtsp://user:***@" + sim.Addr() + "/cam1/sub"} {
		next, err = s.EditCamera(t.Context(), "gate", 0, CameraEdit{Streams: map[string]string{"main": address}})
		if err != nil || next.SignIn().Password.Reveal() != rightPassword || !strings.HasSuffix(next.Streams[0].URL, "/cam1/sub") {
			t.Errorf("moved to another path: %+v, %v", next, err)
		}
	}
	s.live("gate")
	again := s.restarted(nil)
	if got := cam(again, "gate"); got.Text != "call 7" || got.Rotation != 90 || got.Transport != camera.TransportUDP || got.Revision != next.Revision {
		t.Errorf("after a restart: %+v", got)
	}
}

func TestAStoredPasswordNeverFollows(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "gate", URL: "rtsp://user:" + rightPassword + "@192.0.2.1/a"}))
	for _, address := range []string{
		"rtsp://192.0.2.2/a", "rtsp://192.0.2.1:8554/a", "rtsps://192.0.2.1:554/a", "rtsp://user:***@192.0.2.2/a", "rtsp://user:***@192.0.2.1.example/a",
	} {
		_, err := s.EditCamera(t.Context(), "gate", 0, CameraEdit{Streams: map[string]string{"main": address}})
		refused(t, err, fault.PasswordNeeded, "password")
		_, err = s.EditCamera(t.Context(), "gate", 0, CameraEdit{Streams: map[string]string{"main": "rtsp://192.0.2.1/a", "sub": address}})
		if err == nil {
			t.Errorf("%s was taken as sub", address)
		}
		_, err = s.Test(t.Context(), Test{URL: address, Camera: "gate"})
		refused(t, err, fault.PasswordNeeded, "password")
	}
	if c := cam(s, "gate"); c.Streams[0].URL != "rtsp://192.0.2.1/a" || len(s.Devices()) != 1 {
		t.Errorf("the camera was changed: %+v", c)
	}
	// Given together with a password it moves, and its old device goes.
	in := SignIn{User: "other", Password: secret.NewText("new")}
	c, err := s.EditCamera(t.Context(), "gate", 0, CameraEdit{Streams: map[string]string{"main": "rtsp://192.0.2.2/a"}, SignIn: &in})
	if err != nil || c.SignIn() != camera.Credentials(in) || c.Device.Address != "192.0.2.2:554" {
		t.Errorf("moved: %+v on %+v, %v", c, c.Device, err)
	}
	if all := s.Devices(); len(all) != 1 || all[0].Address != "192.0.2.2:554" || len(all[0].Cameras) != 1 {
		t.Errorf("devices: %+v", all)
	}
	again := s.restarted(nil)
	if got := cam(again, "gate"); got.SignIn() != camera.Credentials(in) {
		t.Errorf("after a restart it signs in as %q", got.SignIn().User)
	}
}

func TestWhatTheFileNamesIsNotEdited(t *testing.T) {
	t.Parallel()
	d := &camera.Device{ID: "yaml", Address: "192.0.2.9:554", Provisioned: true}
	s := opened(t, "", func(c *Config) {
		c.Devices = []*camera.Device{d}
		c.Cameras = []camera.Camera{{ID: "roof", Name: "Roof", Device: d, Provisioned: true, Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.9/roof"}}}}
	})
	_, err := s.EditCamera(t.Context(), "roof", 0, CameraEdit{Name: ptr("x")})
	refused(t, err, fault.NotEditable, "camwall.yaml")
	refused(t, s.RemoveCamera(t.Context(), "roof", 0), fault.NotEditable, "camwall.yaml")
	_, err = s.EditDevice(t.Context(), "yaml", 0, DeviceEdit{Name: ptr("x")})
	refused(t, err, fault.NotEditable, "camwall.yaml")
	refused(t, s.RemoveDevice(t.Context(), "yaml", 0), fault.NotEditable, "camwall.yaml")
	if c := cam(s, "roof"); c.Name != "Roof" || c.Revision != 0 {
		t.Errorf("it was changed: %+v", c)
	}
}

func TestEditADevice(t *testing.T) {
	t.Parallel()
	r := recorder(t, 2, nil)
	s := opened(t, "", nil)
	d, _, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Name: "NVR"})
	if err != nil {
		t.Fatal(err)
	}
	named, err := s.EditDevice(t.Context(), d.ID, d.Revision, DeviceEdit{Name: ptr("Keller"), MaxConnections: ptr(3)})
	if err != nil || named.Name != "Keller" || named.MaxConnections != 3 || named.Credentials != d.Credentials || len(named.Cameras) != 2 {
		t.Fatalf("%+v, %v", named, err)
	}
	if c := cam(s, "nvr-1"); c.Device.MaxConnections != 3 || c.SignIn().Password.Reveal() != rightPassword {
		t.Errorf("its camera: %+v on %+v", c, c.Device)
	}
	_, err = s.EditDevice(t.Context(), d.ID, d.Revision, DeviceEdit{Name: ptr("late")})
	refused(t, err, fault.Conflict, "somebody else")
	for _, edit := range []DeviceEdit{{Address: ptr("192.0.2.1")}, {ONVIF: ptr("http://192.0.2.1/onvif")}, {ONVIF: ptr("")}} {
		_, err = s.EditDevice(t.Context(), d.ID, 0, edit)
		refused(t, err, fault.PasswordNeeded, "password")
	}
	in := admin(rightPassword)
	for _, edit := range []DeviceEdit{{Address: ptr("user:x@192.0.2.1")}, {ONVIF: ptr("http://u:geheim@192.0.2.1/")}, {Address: ptr("")}, {ONVIF: ptr("::::")}} {
		edit.SignIn = &in
		_, err = s.EditDevice(t.Context(), d.ID, 0, edit)
		refused(t, err, fault.BadRequest, "")
	}
	moved, err := s.EditDevice(t.Context(), d.ID, 0, DeviceEdit{Address: ptr("192.0.2.7:8554"), SignIn: &in})
	if err != nil || moved.Address != "192.0.2.7:8554" {
		t.Fatalf("%+v, %v", moved, err)
	}
	if got := cam(s, "nvr-2").Streams[1].URL; got != "rtsp://192.0.2.7:8554/ch2/sub" {
		t.Errorf("a stream of the moved device is at %s", got)
	}
	changes := s.Changes(t.Context())
	if err := s.RemoveDevice(t.Context(), d.ID, moved.Revision); err != nil {
		t.Fatal(err)
	}
	heard(t, changes, CameraRemoved)
	heard(t, changes, DeviceRemoved)
	if len(s.Devices())+len(s.Cameras())+len(s.player.Snapshot()) != 0 {
		t.Errorf("left: %+v %+v", s.Devices(), s.Cameras())
	}
	if again := s.restarted(nil); len(again.Devices())+len(again.Cameras()) != 0 {
		t.Error("after a restart they are back")
	}
}

func TestRemoveACamera(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	a := firstOf(s.AddCamera(t.Context(), NewCamera{ID: "a", URL: "rtsp://192.0.2.1/a"}))
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "b", URL: "rtsp://192.0.2.1/b"}))
	refused(t, s.RemoveCamera(t.Context(), "a", a.Revision+99), fault.Conflict, "")
	refused(t, s.RemoveCamera(t.Context(), "nobody", 0), fault.NotFound, "")
	if err := s.RemoveCamera(t.Context(), "a", a.Revision); err != nil || len(s.Devices()) != 1 {
		t.Errorf("%v, devices %+v", err, s.Devices())
	}
	if err := s.RemoveCamera(t.Context(), "b", 0); err != nil || len(s.Devices()) != 0 {
		t.Errorf("%v, devices %+v", err, s.Devices())
	}
}

func TestMovedAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, from, to, want string }{
		{"rtsp://192.0.2.1/a?b=1", "192.0.2.1:554", "192.0.2.2:554", "rtsp://192.0.2.2:554/a?b=1"},
		{"rtsp://192.0.2.1:8554/a", "192.0.2.1:554", "192.0.2.2:554", "rtsp://192.0.2.2:8554/a"},
		{"rtsps://192.0.2.1/a", "192.0.2.1:554", "[2001:db8::1]:554", "rtsps://[2001:db8::1]:322/a"},
		{"no address", "192.0.2.1:554", "192.0.2.2:554", "no address"},
	} {
		if got := movedURL(c.raw, c.from, c.to); got != c.want {
			t.Errorf("%s moved to %s is %s, want %s", c.raw, c.to, got, c.want)
		}
	}
}
