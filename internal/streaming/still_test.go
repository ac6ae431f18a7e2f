package streaming

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"net"
	"testing"
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
	"camwall/internal/simcam"
)

// patience bounds how long a test waits for what must come.
const patience = 20 * time.Second

// simulate runs simulated cameras.
func simulate(t *testing.T, streams ...simcam.StreamSpec) *simcam.Server {
	t.Helper()
	s, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: streams})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newDevice(t *testing.T) *admission.Device {
	t.Helper()
	return admission.New(admission.Config{}).Device("new")
}

func limited(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestStill(t *testing.T) {
	clipSpec := simcam.ClipStream("clip", "c", "street-360")
	clipSpec.KeyOnPlay, clipSpec.Audio = true, true
	s := simulate(t, clipSpec, simcam.LiveStream("wide", "w", simcam.Live{Width: 1600, Height: 400, FPS: 5}),
		simcam.LiveStream("small", "s", simcam.Live{Width: 160, Height: 96, FPS: 5}))
	want := []struct {
		codec                 media.Codec
		width, height, jw, jh int
		tracks                int
	}{{media.H264, 640, 360, 320, 180, 2}, {media.MJPEG, 1600, 400, 320, 80, 1}, {media.MJPEG, 160, 96, 160, 96, 1}}
	for i, info := range s.Streams() {
		d := newDevice(t)
		seen, err := Still(limited(t, patience), StillConfig{URL: info.URL, Device: d, Width: 320, Height: 200})
		if err != nil {
			t.Fatalf("%s: %v", info.Path, err)
		}
		w := want[i]
		if len(seen.Tracks) != w.tracks || seen.Tracks[0].Codec != w.codec || seen.Width != w.width || seen.Height != w.height || seen.Transport != "tcp" {
			t.Errorf("%s: saw %+v, %dx%d over %q", info.Path, seen.Tracks, seen.Width, seen.Height, seen.Transport)
		}
		img, err := jpeg.Decode(bytes.NewReader(seen.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != w.jw || b.Dy() != w.jh {
			t.Errorf("%s: a picture of %v, want %dx%d", info.Path, b, w.jw, w.jh)
		}
		if v := d.Admit(time.Now(), camera.Credentials{}); v.Pass == nil {
			t.Errorf("%s: the gate is left at %+v", info.Path, v.Status)
		}
	}
}

func TestExamine(t *testing.T) {
	spec := simcam.ClipStream("clip", "c", "street-360")
	spec.Audio = true
	s := simulate(t, spec, simcam.StreamSpec{Path: "sound", Camera: "s", Audio: true})
	seen, err := Examine(limited(t, patience), StillConfig{URL: s.Streams()[0].URL, Device: newDevice(t)})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.Tracks) != 2 || seen.Tracks[0].Codec != media.H264 || seen.Tracks[1].Codec != media.PCMU ||
		seen.Width != 640 || seen.Height != 360 || seen.JPEG != nil || seen.Transport != "" {
		t.Errorf("saw %+v", seen)
	}
	if _, err := Examine(limited(t, patience), StillConfig{URL: s.Streams()[1].URL, Device: newDevice(t)}); fault.CodeOf(err) != fault.NoVideo {
		t.Errorf("sound alone: %v", err)
	}
}

// looks is both ways to look at an address.
var looks = map[string]func(context.Context, StillConfig) (*Seen, error){"still": Still, "examine": Examine}

func TestLookFails(t *testing.T) {
	s := simulate(t, simcam.ClipStream("clip", "c", "street-360"))
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, look := range looks {
		for url, code := range map[string]fault.Code{
			s.Streams()[0].URL + "x":                     fault.StreamNotFound,
			"rtsp://" + closed.Addr().String() + "/clip": fault.ConnRefused,
			"http://192.0.2.1/":                          fault.BadRequest,
		} {
			seen, err := look(limited(t, patience), StillConfig{URL: url, Device: newDevice(t)})
			if fault.CodeOf(err) != code || seen != nil {
				t.Errorf("%s of %s: %+v, %v; want %s", name, url, seen, err, code)
			}
		}
	}
}

// A wrong password reaches the camera once, whoever looks how often.
func TestLooksShareTheGate(t *testing.T) {
	s := simulate(t, simcam.ClipStream("clip", "c", "street-360").WithSignIn(simcam.AuthDigest, "viewer", "right"))
	d := newDevice(t)
	wrong := camera.Credentials{User: "viewer", Password: secret.NewText("wrong")}
	for i := range 3 {
		for name, look := range looks {
			_, err := look(limited(t, patience), StillConfig{URL: s.Streams()[0].URL, Credentials: wrong, Device: d})
			if fault.CodeOf(err) != fault.Unauthorized {
				t.Errorf("%s: %v", name, err)
			}
			if _, resting := errors.AsType[*admission.RestingError](err); i > 0 && !resting {
				t.Errorf("%s: tried again: %v", name, err)
			}
		}
	}
	err := d.Try(t.Context(), wrong, func() error { t.Error("a request is tried"); return nil })
	if fault.CodeOf(err) != fault.Unauthorized {
		t.Errorf("a request got %v", err)
	}
	if n := s.Counters().FailedSignIns; n != 1 {
		t.Errorf("%d failed sign-ins", n)
	}
	for name, look := range looks {
		if _, err := look(limited(t, patience), StillConfig{URL: s.Streams()[0].URL, Credentials: right, Device: d}); err != nil {
			t.Errorf("%s with the right password: %v", name, err)
		}
	}
}

// What answers nothing is given up when the time is over, and leaves nothing.
func TestLookHasALimit(t *testing.T) {
	hung, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hung.Close()
	url := "rtsp://" + hung.Addr().String() + "/clip"
	codes := map[string]fault.Code{"still": fault.PictureTimeout, "examine": fault.DialTimeout}
	for name, look := range looks {
		d := newDevice(t)
		begun := time.Now()
		_, err := look(limited(t, 200*time.Millisecond), StillConfig{URL: url, Device: d})
		if fault.CodeOf(err) != codes[name] || time.Since(begun) > 5*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(begun))
		}
		if v := d.Admit(time.Now(), camera.Credentials{}); v.Pass == nil {
			t.Errorf("%s: the gate is left at %+v", name, v.Status)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := look(ctx, StillConfig{URL: url, Device: d}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s when it was cancelled: %v", name, err)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, c := range [][6]int{
		{1920, 1080, 640, 360, 640, 360},
		{2560, 1920, 640, 360, 480, 360},
		{100, 50, 640, 360, 100, 50},
		{1080, 1920, 640, 360, 203, 360},
		{10000, 1, 640, 360, 640, 1},
		{641, 360, 640, 360, 640, 359},
	} {
		if w, h := within(c[0], c[1], c[2], c[3]); w != c[4] || h != c[5] {
			t.Errorf("%dx%d within %dx%d is %dx%d", c[0], c[1], c[2], c[3], w, h)
		}
	}
}
