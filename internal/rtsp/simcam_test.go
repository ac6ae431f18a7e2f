package rtsp

import (
	"testing"
	"time"

	"camwall/internal/simcam"
)

func simulate(t *testing.T, cfg simcam.Config) *simcam.Server {
	t.Helper()
	cfg.Listen = "127.0.0.1:0"
	server, err := simcam.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// clip is a small stream that begins with its key unit at each PLAY.
func clip() simcam.StreamSpec {
	spec := simcam.ClipStream("a", "a", "street-360")
	spec.KeyOnPlay = true
	return spec
}

// TestDemoStreams pulls every stream of the demonstration: H.264 with and
// without B-frames, H.265, MJPEG, sign-in.
func TestDemoStreams(t *testing.T) {
	server := simulate(t, simcam.Config{})
	for _, info := range server.Streams() {
		t.Run(info.Path, func(t *testing.T) {
			t.Parallel()
			p := start(t, Config{URL: info.URL, Credentials: credentials(info.User, info.Password)})
			units := p.take(10, nil)
			track := units[0].Track
			if track.Codec.String() != info.Codec || track.Width != info.Width || track.Height != info.Height {
				t.Errorf("track is %+v, want %+v", track, info)
			}
			last := units[len(units)-1]
			if last.Seq != 10 || last.Lost != 0 || last.RTPTime <= 0 || time.Since(last.Arrived) > limit {
				t.Errorf("last unit is %+v", last)
			}
		})
	}
}
