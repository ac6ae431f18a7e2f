package streaming

import (
	"context"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/framemark"
	"camwall/internal/media"
	"camwall/internal/simcam"
)

// screen decodes what a Follower gives, as a viewer does, and reads the frame
// numbers of what it would show.
type screen struct {
	t       *testing.T
	f       *Follower
	decoder *codec.Decoder
	source  int
	told    *Shown
	painted int       // pictures
	last    uint16    // frame number of the newest
	at      time.Time // when that was painted
}

func (s *screen) close() {
	if s.decoder != nil {
		s.decoder.Close()
	}
}

// watch takes items until ok.
func (s *screen) watch(what string, ok func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for !ok() {
		if err := s.f.Wait(ctx); err != nil {
			s.t.Fatalf("%s: %v; shown: %+v", what, err, s.told)
		}
		for item, more := s.f.Take(); more; item, more = s.f.Take() {
			s.take(item)
		}
	}
}

func (s *screen) take(item FollowItem) {
	switch {
	case item.State != nil:
		s.told = item.State
	case item.Picture != nil:
		s.t.Error("a JPEG where units are taken")
	case item.Unit != nil:
		s.decode(item)
	}
}

func (s *screen) decode(item FollowItem) {
	if item.Source != s.source {
		if !item.Unit.Key {
			s.t.Errorf("source %d does not begin with a key unit", item.Source)
		}
		s.close()
		var err error
		if s.decoder, err = codec.NewDecoder(codec.DecoderConfig{Track: item.Unit.Track}); err != nil {
			s.t.Fatal(err)
		}
		s.source = item.Source
	}
	err := s.decoder.Decode(item.Unit, func(f *codec.Frame) {
		defer f.Release()
		if !item.CatchingUp {
			s.paint(f)
		}
	})
	if err != nil {
		s.t.Error(err)
	}
}

func (s *screen) paint(f *codec.Frame) {
	r := codec.NewRenderer(codec.Spec{Width: 320, Height: 180})
	defer r.Close()
	img, err := r.Scale(f)
	if err != nil {
		s.t.Fatal(err)
	}
	n, ok := framemark.Read(img, img.Bounds())
	if !ok {
		s.t.Error("no frame mark: the picture is broken")
	}
	s.last, s.at = n, time.Now()
	s.painted++
}

// With real sessions: units of two streams, each decodable from its first one on,
// and nothing decoded by the server.
func TestARealCameraIsFollowed(t *testing.T) {
	sim := simulate(t, simcam.ClipStream("main", "c", "autumn-720"), simcam.ClipStream("sub", "c", "autumn-480-anamorphic"))
	svc, _ := start(t, 0, func(c *Config) { c.newSession = nil })
	svc.Set(camera.Camera{
		ID: "cam1", Device: &camera.Device{ID: "dev", Address: "127.0.0.1:554"},
		Streams: []camera.Stream{{Name: "main", URL: sim.Streams()[0].URL}, {Name: "sub", URL: sim.Streams()[1].URL}},
	})
	want := func(width, height int) FollowRequest {
		return FollowRequest{Stream: Auto, Width: width, Height: height, Coded: both, JPEG: JPEG{Width: width, Height: height, Quality: 75}}
	}
	f := follow(t, svc, want(640, 360))
	s := &screen{t: t, f: f}
	defer s.close()
	s.watch("the sub stream", func() bool { return s.painted > 20 })
	if s.told.Stream != "sub" || s.told.Width != 853 || s.told.Height != 480 || s.told.ShapeWidth != 853 {
		t.Errorf("told %+v", s.told)
	}
	for _, step := range []struct {
		width, height int
		stream        string
	}{{1280, 720, "main"}, {640, 360, "sub"}, {854, 480, "main"}} {
		if err := f.Change(want(step.width, step.height)); err != nil {
			t.Fatal(err)
		}
		n := 0
		s.watch(step.stream, func() bool {
			if n == 0 && s.told.Stream == step.stream {
				n = s.painted
			}
			return n > 0 && s.painted > n+20
		})
		if s.told.ShapeWidth != 1280 || s.told.ShapeHeight != 720 {
			t.Errorf("the shape is %dx%d", s.told.ShapeWidth, s.told.ShapeHeight)
		}
	}
	sent, ok := sim.SentAt("main", s.last, s.at)
	if age := s.at.Sub(sent); !ok || age > 3*time.Second { // far less where nothing else runs
		t.Errorf("frame %d was painted %v after it was sent", s.last, age)
	}
	f.Restart()
	n := s.painted
	s.watch("the restart", func() bool { return s.painted > n+5 })
	for _, name := range []string{"main", "sub"} {
		if c := infoOf(svc, name).Counters; c.Decoded != 0 || c.Connects != 1 {
			t.Errorf("%s: %d decoded, %d connections", name, c.Decoded, c.Connects)
		}
	}
	since := s.told.Status.Since
	sim.CloseConnections()
	s.watch("the outage", func() bool { // which may be over when somebody looks
		return s.told.Status.State != camera.Live || s.told.Status.Since.After(since)
	})
	n = s.painted
	s.watch("the return", func() bool { return s.painted > n+20 })
	if s.told.Codec != media.H264 || s.told.Status.State != camera.Live {
		t.Errorf("told %+v", s.told)
	}
}
