package streaming

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/rtsp"
)

// studio is one camera whose streams each do what a role says, on synctest's
// clock.
type studio struct {
	mu    sync.Mutex
	roles map[string]role
	open  map[string]context.CancelFunc
	tries map[string]int
}

// role is what a stream's sessions do, until ctx ends.
type role func(ctx context.Context, cfg rtsp.Config) error

// cast gives a stream another role; a session that is open ends with it.
func (s *studio) cast(stream string, r role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles[stream] = r
	if end := s.open[stream]; end != nil {
		end()
	}
}

func (s *studio) triesOf(stream string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries[stream]
}

func (s *studio) session(cfg rtsp.Config) session {
	return &script{cfg, func(ctx context.Context, cfg rtsp.Config) error {
		stream := cfg.URL[strings.LastIndex(cfg.URL, "/")+1:]
		inner, end := context.WithCancel(ctx)
		defer end()
		s.mu.Lock()
		r := s.roles[stream]
		s.open[stream] = end
		s.tries[stream]++
		s.mu.Unlock()
		err := r(inner, cfg)
		if ctx.Err() == nil && inner.Err() != nil {
			return fault.New(fault.Ended, "the camera closed the connection", "")
		}
		return err
	}}
}

// startStudio returns a service with the one camera cam1.
func startStudio(t *testing.T, main, sub role, change func(*Config)) (*Service, *studio) {
	t.Helper()
	s := &studio{
		roles: map[string]role{"main": main, "sub": sub},
		open:  make(map[string]context.CancelFunc), tries: make(map[string]int),
	}
	svc, _ := start(t, 1, func(c *Config) {
		c.newSession = s.session
		c.Cameras[0].Streams[0].Width, c.Cameras[0].Streams[0].Height = 0, 0
		if change != nil {
			change(c)
		}
	})
	return svc, s
}

// refuses answers with a code.
func refuses(code fault.Code) role {
	return func(context.Context, rtsp.Config) error {
		return fault.New(code, "the camera said "+string(code), "")
	}
}

// hushed is a camera that agrees to play and sends nothing.
func hushed(ctx context.Context, cfg rtsp.Config) error {
	cfg.OnPlaying()
	<-ctx.Done()
	return ctx.Err()
}

// sends plays units at an interval, again and again, each round as one GOP.
func sends(codec media.Codec, interval time.Duration, units ...[]byte) role {
	return func(ctx context.Context, cfg rtsp.Config) error {
		cfg.OnPlaying()
		track := &media.Track{Codec: codec, ClockRate: 90000}
		cfg.OnTracks([]*media.Track{track})
		begun := time.Now()
		for i := 0; ; i++ {
			n := i % len(units)
			cfg.OnUnit(&media.AccessUnit{
				Track: track, Data: units[n], Key: n == 0 || codec == media.MJPEG, Seq: uint64(i + 1),
				Arrived: time.Now(), RTPTime: time.Since(begun),
			})
			if !wait(ctx, interval) {
				return ctx.Err()
			}
		}
	}
}

const tick = 40 * time.Millisecond // between two pictures of most cameras here

// large is an H.264 camera of 640x360, small one of 192x108: their clips' first
// GOPs.
func large() role { return sends(media.H264, tick, clip()[:50]...) }
func small() role { return sends(media.H264, tick, smallClip()...) }

var smallClip = sync.OnceValue(func() [][]byte {
	return unitsOf("../codec/testdata/h264-small.h264", []byte{0, 0, 0, 1, 9})
})

// clipH265 is an H.265 clip of 320x180.
var clipH265 = sync.OnceValue(func() [][]byte {
	return unitsOf("../codec/testdata/h265.h265", []byte{0, 0, 0, 1, 35 << 1, 1})[:25]
})

func unitsOf(file string, delimiter []byte) (units [][]byte) {
	data, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	for _, unit := range bytes.Split(data, delimiter)[1:] {
		units = append(units, append(bytes.Clone(delimiter), unit...))
	}
	return units
}

// jpegs is a camera that sends JPEGs of 320x180.
func jpegs() role { return sends(media.MJPEG, tick, pictures()[:50]...) }

var both = []media.Codec{media.H264, media.H265}

// coded wants units as they are; pixels wants a JPEG of that size.
func coded(codecs ...media.Codec) FollowRequest {
	return FollowRequest{Coded: codecs, JPEG: JPEG{Width: 64, Height: 36, Quality: 75}}
}

func pixels(width, height int) FollowRequest {
	return FollowRequest{
		Stream: Auto, Width: width, Height: height, JPEG: JPEG{Width: width, Height: height, Quality: 75},
	}
}

func follow(t *testing.T, svc *Service, want FollowRequest) *Follower {
	t.Helper()
	f, err := svc.Follow("cam1", want)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// get takes items until one is as wanted, at most for d.
func get(t *testing.T, f *Follower, d time.Duration, what string, ok func(FollowItem) bool) FollowItem {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var told *Shown
	for {
		if err := f.Wait(ctx); err != nil {
			t.Fatalf("%s: not within %v: %v; shown: %+v", what, d, err, told)
		}
		for {
			item, more := f.Take()
			if !more {
				break
			}
			wantOne(t, item)
			if item.State != nil {
				told = item.State
			}
			if ok(item) {
				return item
			}
		}
	}
}

// wantOne checks that an item is exactly one thing.
func wantOne(t *testing.T, item FollowItem) {
	t.Helper()
	n := 0
	for _, is := range []bool{item.State != nil, item.Picture != nil, item.Unit != nil, item.Sound != nil} {
		if is {
			n++
		}
	}
	if n != 1 || item.Source < 1 {
		t.Fatalf("not one thing: %+v", item)
	}
}

func isUnit(i FollowItem) bool    { return i.Unit != nil && !i.CatchingUp }
func isPicture(i FollowItem) bool { return i.Picture != nil && i.Picture.Live }
func isMoving(i FollowItem) bool  { return isUnit(i) || isPicture(i) }

func inState(want camera.State) func(FollowItem) bool {
	return func(i FollowItem) bool { return i.State != nil && i.State.Status.State == want }
}

// none checks that nothing that is shown comes for d.
func none(t *testing.T, f *Follower, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	for f.Wait(ctx) == nil {
		for {
			item, more := f.Take()
			if !more {
				break
			}
			if item.State == nil {
				t.Fatalf("got %+v", item)
			}
		}
	}
}

func infoOf(svc *Service, stream string) StreamInfo {
	for _, st := range svc.Snapshot()[0].Streams {
		if st.Name == stream {
			return st
		}
	}
	return StreamInfo{}
}

func streamOf(svc *Service, name string) *stream {
	for _, st := range svc.roster.find("cam1").view.Load().streams {
		if st.name == name {
			return st
		}
	}
	return nil
}
