package streaming

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/fault"
	"camwall/internal/framemark"
	"camwall/internal/media"
	"camwall/internal/rtsp"
	"camwall/internal/secret"
)

var (
	t0    = time.Unix(1_800_000_000, 0)
	right = camera.Credentials{User: "viewer", Password: secret.NewText("right")}
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a network of cameras whose sessions follow a script, on synctest's
// clock. Its cameras send JPEGs, so that pictures are real.
type site struct {
	t *testing.T

	mu    sync.Mutex
	tries []try
	open  map[*fakeSession]bool
	// answer says how a session goes; nil plays.
	answer func(n int, cfg rtsp.Config) *fault.Error
	// frame returns picture number i of a session; nil is numbered pictures.
	frame func(i int) []byte
	// paused cameras stay connected and send nothing.
	paused bool
	// slow is how long a connection takes.
	slow time.Duration
}

type try struct {
	at  time.Time
	url string
}

type fakeSession struct {
	site *site
	cfg  rtsp.Config
	drop chan struct{}
}

func (s *site) newSession(cfg rtsp.Config) session {
	return &fakeSession{site: s, cfg: cfg, drop: make(chan struct{})}
}

func (f *fakeSession) Info() rtsp.Info { return rtsp.Info{Transport: "tcp"} }

// Run answers as the site says, then sends 25 pictures a second until the
// camera is lost or ctx ends.
func (f *fakeSession) Run(ctx context.Context) error {
	s := f.site
	s.mu.Lock()
	s.tries = append(s.tries, try{time.Now(), f.cfg.URL})
	n, answer, slow := len(s.tries), s.answer, s.slow
	s.mu.Unlock()
	if !wait(ctx, slow) {
		return ctx.Err()
	}
	if answer != nil {
		if err := answer(n, f.cfg); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.open[f] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.open, f)
		s.mu.Unlock()
	}()
	f.cfg.OnPlaying()
	track := &media.Track{Codec: media.MJPEG, ClockRate: 90000, Width: 320, Height: 180}
	f.cfg.OnTracks([]*media.Track{track})
	begun := time.Now()
	for i := 1; ; i++ {
		select {
		case <-f.drop:
			return fault.New(fault.Ended, "the camera closed the connection", "")
		default:
		}
		s.mu.Lock()
		paused, frame := s.paused, s.frame
		s.mu.Unlock()
		if !paused {
			if frame == nil {
				frame = picture
			}
			f.cfg.OnUnit(&media.AccessUnit{
				Track: track, Data: frame(i), Key: true, Seq: uint64(i),
				Arrived: time.Now(), RTPTime: time.Since(begun),
			})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.drop:
		case <-time.After(40 * time.Millisecond):
		}
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// pictures holds the JPEGs of the fake cameras, made once: numbers 0 to 99.
var pictures = sync.OnceValue(func() [][]byte {
	all := make([][]byte, 100)
	for i := range all {
		img := image.NewYCbCr(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio420)
		for j := range img.Y {
			img.Y[j] = 120
		}
		for j := range img.Cb {
			img.Cb[j], img.Cr[j] = 128, 128
		}
		framemark.DrawYCbCr(img, uint16(i))
		jpeg, err := codec.EncodeJPEG(img, 80)
		if err != nil {
			panic(err)
		}
		all[i] = jpeg
	}
	return all
})

func picture(i int) []byte { return pictures()[i%100] }

// lose closes every session, and lets later ones be answered so.
func (s *site) lose(answer func(n int, cfg rtsp.Config) *fault.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
	for f := range s.open {
		close(f.drop)
	}
}

func (s *site) setPaused(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = paused
}

func (s *site) triesSoFar() []try {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]try(nil), s.tries...)
}

func (s *site) playing() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// always answers every session with one code.
func always(code fault.Code) func(int, rtsp.Config) *fault.Error {
	return func(int, rtsp.Config) *fault.Error { return fault.New(code, "the camera said "+string(code), "") }
}

// start returns a service of n cameras on one device, cam1 to camN, each with
// main and sub, and the site behind it.
func start(t *testing.T, n int, change func(*Config)) (*Service, *site) {
	t.Helper()
	s := &site{t: t, open: make(map[*fakeSession]bool)}
	d := &camera.Device{ID: "dev", Address: "192.0.2.1:554", Credentials: right}
	var cameras []camera.Camera
	for i := range n {
		id := fmt.Sprintf("cam%d", i+1)
		cameras = append(cameras, camera.Camera{
			ID: camera.ID(id), Name: id, Device: d, UnchangedAfter: 30 * time.Second,
			Streams: []camera.Stream{
				{Name: "main", URL: "rtsp://192.0.2.1/" + id + "/main", Width: 640, Height: 360},
				{Name: "sub", URL: "rtsp://192.0.2.1/" + id + "/sub"},
			},
		})
	}
	cfg := Config{
		Cameras:   cameras,
		Admission: admission.New(admission.Config{}),
		Pack: func(_ *Picture, jpeg []byte) ([]byte, int) {
			return append([]byte("head"), jpeg...), 4
		},
		Log:        slog.New(slog.DiscardHandler),
		newSession: s.newSession,
	}
	if change != nil {
		change(&cfg)
	}
	svc := New(cfg)
	t.Cleanup(svc.Close)
	return svc, s
}

// watch joins a camera's own-size rendition.
func watch(t *testing.T, svc *Service, id camera.ID) *Viewer {
	t.Helper()
	return watchAs(t, svc, id, Request{Quality: 75})
}

// tiny is cheap to draw, for tests that last long on synctest's clock.
var tiny = Request{Width: 32, Height: 18, Quality: 75, FPS: 1}

func watchAs(t *testing.T, svc *Service, id camera.ID, want Request) *Viewer {
	t.Helper()
	v, err := svc.Watch(id, want)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// next waits for a viewer's next picture, at most for d.
func next(t *testing.T, v *Viewer, d time.Duration) *Picture {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	p, err := v.Next(ctx)
	if err != nil {
		t.Fatalf("no picture within %v: %v", d, err)
	}
	return p
}

// until takes pictures until one is as wanted, at most for d.
func until(t *testing.T, v *Viewer, d time.Duration, what string, ok func(*Picture) bool) *Picture {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var last *Picture
	for {
		p, err := v.Next(ctx)
		if err != nil {
			t.Fatalf("%s: not within %v; last picture: %+v", what, d, describe(last))
		}
		if ok(p) {
			return p
		}
		last = p
	}
}

func describe(p *Picture) string {
	if p == nil {
		return "none"
	}
	return fmt.Sprintf("seq %d, live %v, %v, %s", p.Seq, p.Live, p.Status.State, p.Status.Message)
}

func live(p *Picture) bool { return p.Live }

func state(svc *Service, i int) camera.Status { return svc.Snapshot()[i].Streams[0].Status }

// script is a session that does what a function says.
type script struct {
	cfg rtsp.Config
	run func(ctx context.Context, cfg rtsp.Config) error
}

func (f *script) Info() rtsp.Info               { return rtsp.Info{Transport: "tcp", SignedIn: true} }
func (f *script) Run(ctx context.Context) error { return f.run(ctx, f.cfg) }

// clip is the units of an H.264 clip of two GOPs of 50, key first, each behind
// an access unit delimiter.
var clip = sync.OnceValue(func() [][]byte {
	data, err := os.ReadFile("../simcam/clips/street-360.h264")
	if err != nil {
		panic(err)
	}
	delimiter := []byte{0, 0, 0, 1, 9}
	var units [][]byte
	for len(data) > 0 {
		end := bytes.Index(data[1:], delimiter) + 1
		if end == 0 {
			end = len(data)
		}
		units = append(units, data[:end])
		data = data[end:]
	}
	return units
})

// sendGOPs plays H.264 with GOPs of the given lengths in units; the last is
// repeated. A GOP longer than the clip's goes on with its later units again.
func sendGOPs(interval time.Duration, lengths ...int) func(rtsp.Config) session {
	play := func(ctx context.Context, cfg rtsp.Config) error {
		cfg.OnPlaying()
		track := &media.Track{Codec: media.H264, ClockRate: 90000, Width: 640, Height: 360}
		cfg.OnTracks([]*media.Track{track})
		begun := time.Now()
		for g, seq := 0, uint64(0); ; g++ {
			for i := range lengths[min(g, len(lengths)-1)] {
				seq++
				unit := clip()[0]
				if i > 0 {
					unit = clip()[1+(i-1)%49]
				}
				cfg.OnUnit(&media.AccessUnit{
					Track: track, Data: unit, Key: i == 0, Seq: seq, Arrived: time.Now(), RTPTime: time.Since(begun),
				})
				if !wait(ctx, interval) {
					return ctx.Err()
				}
			}
		}
	}
	return func(cfg rtsp.Config) session { return &script{cfg, play} }
}
