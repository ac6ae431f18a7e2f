package rtsp

import (
	"context"
	"errors"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/simcam"
)

func describe(t *testing.T, cfg Config) ([]*media.Track, Info, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	s := New(cfg)
	tracks, err := s.Describe(ctx)
	return tracks, s.Info(), err
}

func TestDescribeTellsTheTracks(t *testing.T) {
	server := simulate(t, simcam.Config{})
	for _, info := range server.Streams() {
		tracks, learned, err := describe(t, Config{URL: info.URL, Credentials: credentials(info.User, info.Password)})
		if err != nil {
			t.Fatalf("%s: %v", info.Path, err)
		}
		video := tracks[0]
		if video.Codec.String() != info.Codec || video.ClockRate != 90000 {
			t.Errorf("%s: the track is %+v", info.Path, video)
		}
		if sets := video.Codec == media.H264 || video.Codec == media.H265; sets && (video.Width != info.Width || video.Height != info.Height) {
			t.Errorf("%s: %dx%d, want %dx%d", info.Path, video.Width, video.Height, info.Width, info.Height)
		}
		if c := server.Counters().Streams[info.Path]; c.Describes == 0 || c.Setups != 0 {
			t.Errorf("%s: the camera counted %+v", info.Path, c)
		}
		if !learned.SignedIn || learned.Transport != "" {
			t.Errorf("%s: learned %+v", info.Path, learned)
		}
	}
}

func TestDescribeFails(t *testing.T) {
	spec := clip().WithSignIn(simcam.AuthDigest, "viewer", "right")
	server := simulate(t, simcam.Config{Streams: []simcam.StreamSpec{spec, {Path: "odd", Camera: "odd", UnknownCodec: true}}})
	url := server.Streams()[0].URL
	for name, c := range map[string]struct {
		url  string
		cred camera.Credentials
		code fault.Code
	}{
		"wrong password": {url, credentials("viewer", "wrong"), fault.Unauthorized},
		"no sign-in":     {url, camera.Credentials{}, fault.Unauthorized},
		"other path":     {url + "/none", credentials("viewer", "right"), fault.StreamNotFound},
		"unknown codec":  {server.Streams()[1].URL, camera.Credentials{}, fault.UnknownCodec},
		"no address":     {"rtsp://", camera.Credentials{}, fault.BadRequest},
	} {
		tracks, _, err := describe(t, Config{URL: c.url, Credentials: c.cred})
		if fault.CodeOf(err) != c.code || tracks != nil {
			t.Errorf("%s: %v, %v", name, tracks, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	if _, err := New(Config{URL: url}).Describe(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("when the time is over: %v", err)
	}
}
