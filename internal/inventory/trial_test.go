package inventory

import (
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
	"camwall/internal/simcam"
)

func TestAnAddressIsTried(t *testing.T) {
	t.Parallel()
	_, sim := single(t, nil)
	s := opened(t, "", nil)
	address := "rtsp://" + sim.Addr() + "/cam1/main"
	got, err := s.Test(t.Context(), Test{URL: address})
	if err != nil || len(got.Tracks) == 0 || got.Tracks[0].Codec != media.H264 || got.Width != 1920 || got.Picture != nil || got.Address != address {
		t.Errorf("described: %+v, %v", got, err)
	}
	got, err = s.Test(t.Context(), Test{URL: address, Picture: true, Transport: camera.TransportUDP})
	if err != nil || !strings.HasPrefix(string(got.Picture), "\xff\xd8\xff") || got.Width != 1920 || got.Height != 1080 || got.Transport != "udp" {
		t.Errorf("with a picture: %dx%d by %s, %d bytes, %v", got.Width, got.Height, got.Transport, len(got.Picture), err)
	}
	for _, c := range []struct {
		url  string
		code fault.Code
	}{
		{"rtsp://" + sim.Addr() + "/nothing", fault.StreamNotFound},
		{"rtsp://" + deaf(t) + "/", fault.ConnRefused},
		{"http://192.0.2.1/", fault.BadRequest},
		{"rtsp://224.0.0.1/a", fault.AddressNotAllowed},
		{"rtsp://169.254.169.254/a", fault.AddressNotAllowed},
	} {
		for _, picture := range []bool{false, true} {
			if _, err := s.Test(t.Context(), Test{URL: c.url, Picture: picture}); fault.CodeOf(err) != c.code {
				t.Errorf("%s: %v (%s), want %s", c.url, err, fault.CodeOf(err), c.code)
			}
		}
	}
	if len(s.Cameras())+len(s.Devices()) != 0 {
		t.Error("trying added something")
	}
}

func TestAPasswordIsTriedOnce(t *testing.T) {
	t.Parallel()
	sim, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{
		simcam.ClipStream("stream1", "cam", "street-360").WithSignIn(simcam.AuthDigest, "viewer", rightPassword),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	s := opened(t, "", nil)
	plain := "rtsp://" + sim.Addr() + "/stream1"
	wrong := SignIn{User: "viewer", Password: secret.NewText("wrong")}
	for range 3 {
		_, err := s.Test(t.Context(), Test{URL: plain, SignIn: &wrong, Picture: true})
		refused(t, err, fault.Unauthorized, "")
	}
	_, err = s.Test(t.Context(), Test{URL: "rtsp://" + sim.Addr() + "/", SignIn: &wrong, Guess: true})
	refused(t, err, fault.Unauthorized, "")
	if n := sim.Counters().FailedSignIns; n != 1 {
		t.Errorf("%d failed sign-ins", n)
	}
	raw := "rtsp://viewer:" + rightPassword + "@" + sim.Addr() + "/stream1"
	got, err := s.Test(t.Context(), Test{URL: raw, Picture: true})
	if err != nil || got.Address != plain || len(got.Picture) == 0 {
		t.Errorf("%s, %d bytes, %v", got.Address, len(got.Picture), err)
	}
	// A camera lends its sign-in to its own address only, where it is not asked
	// for anew.
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "gate", URL: raw}))
	if _, err := s.Test(t.Context(), Test{URL: plain, Camera: "gate"}); err != nil {
		t.Error(err)
	}
}

// Without ONVIF the paths of the maker, or of many makers, are tried in order.
func TestPathsAreGuessed(t *testing.T) {
	t.Parallel()
	sim, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{
		simcam.ClipStream("stream1", "cam", "street-360").WithSignIn(simcam.AuthDigest, "viewer", rightPassword),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	s := opened(t, "", nil)
	in := SignIn{User: "viewer", Password: secret.NewText(rightPassword)}
	got, err := s.Test(t.Context(), Test{URL: "rtsp://" + sim.Addr(), SignIn: &in, Guess: true})
	if err != nil || got.Address != "rtsp://"+sim.Addr()+"/stream1" || len(got.Tracks) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if n := sim.Counters().FailedSignIns; n != 0 {
		t.Errorf("%d failed sign-ins", n)
	}
	other, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{simcam.ClipStream("strange/path", "cam", "street-360")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	_, err = s.Test(t.Context(), Test{URL: "rtsp://" + other.Addr() + "/", Guess: true})
	refused(t, err, fault.StreamNotFound, "manual")
}
