package streaming

import (
	"context"
	"math"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/rtsp"
)

// anamorphic is the simulated camera's stream of 640x480 that is shown as 853x480.
func anamorphic(t *testing.T) role {
	t.Helper()
	data, err := os.ReadFile("../simcam/clips/autumn-480-anamorphic.h264")
	if err != nil {
		t.Fatal(err)
	}
	return sends(media.H264, tick, data)
}

// The shape is the camera's, whatever is shown, and is known without decoding.
func TestTheShapeIsTheCameras(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			main, sub  role
			configured [2]int // of main
			rotation   int
			shape      [2]int
		}{
			"main as configured":        {large(), small(), [2]int{1600, 1200}, 0, [2]int{1600, 1200}},
			"turned":                    {large(), small(), [2]int{1600, 1200}, 90, [2]int{1200, 1600}},
			"main unknown":              {refuses(fault.ConnRefused), small(), [2]int{}, 0, [2]int{192, 108}},
			"pixels that aren't square": {refuses(fault.ConnRefused), anamorphic(t), [2]int{}, 0, [2]int{853, 480}},
			"nothing is known":          {hushed, hushed, [2]int{}, 0, [2]int{}},
		} {
			svc, _ := startStudio(t, c.main, c.sub, func(cfg *Config) {
				cam := &cfg.Cameras[0]
				cam.Rotation = c.rotation
				cam.Streams[0].Width, cam.Streams[0].Height = c.configured[0], c.configured[1]
			})
			f := follow(t, svc, FollowRequest{Stream: "sub", Coded: both})
			want := camera.Live
			if name == "nothing is known" {
				want = camera.Connecting
			}
			told := get(t, f, time.Second, name, inState(want)).State
			if got := [2]int{told.ShapeWidth, told.ShapeHeight}; got != c.shape || told.Rotation != c.rotation {
				t.Errorf("%s: %v, turned by %d, want %v", name, got, told.Rotation, c.shape)
			}
			svc.Close()
		}
	})
}

// Once main has played, the sub stream is shown in its shape.
func TestTheShapeIsLearned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, anamorphic(t), small(), nil)
		sub := follow(t, svc, FollowRequest{Stream: "sub", Coded: both})
		get(t, sub, time.Second, "the sub stream", isUnit)
		main := follow(t, svc, FollowRequest{Coded: both})
		get(t, main, time.Second, "main", isUnit)
		main.Close()
		told := get(t, sub, time.Second, "another shape", func(i FollowItem) bool { return i.State != nil }).State
		if told.ShapeWidth != 853 || told.ShapeHeight != 480 || told.Width != 192 {
			t.Errorf("told %+v", told)
		}
		if infoOf(svc, "main").Counters.Decoded != 0 {
			t.Error("something was decoded")
		}
	})
}

func TestRatesAreMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, sends(media.H264, tick, clip()[0], make([]byte, 1000), make([]byte, 1000)), small(), nil)
		f := follow(t, svc, coded(both...))
		bytes := float64(len(clip()[0])+2000) / 3
		near := func(want float64) func(FollowItem) bool {
			return func(i FollowItem) bool {
				return i.State != nil && math.Abs(i.State.BitsPerSecond-8*25*want) < 0.15*8*25*want && math.Abs(i.State.FPS-25) < 1.5
			}
		}
		get(t, f, 5*time.Second, "the rate", near(bytes))
		studio.cast("main", sends(media.H264, tick, clip()[0]))
		get(t, f, 10*time.Second, "another rate", near(float64(len(clip()[0]))))
	})
}

// What is measured is told when it has changed by more than noise, and at most
// twice a second.
func TestNumbersDoNotFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil)
		f := follow(t, svc, coded(both...))
		count := func(d time.Duration) (n int) {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			for f.Wait(ctx) == nil {
				for {
					item, more := f.Take()
					if !more {
						break
					}
					if item.State != nil {
						n++
					}
				}
			}
			return n
		}
		if n := count(10 * time.Second); n > 12 {
			t.Errorf("%d states in the first 10 s", n)
		}
		if n := count(time.Minute); n > 3 {
			t.Errorf("%d states in a minute in which nothing happened", n)
		}
	})
}

// JPEGs that can't be made are no secret to who is not drawn states.
func TestWhatCanNotBeDecodedIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		garbage := make([]byte, 500)
		garbage[3] = 1
		svc, studio := startStudio(t, sends(media.H264, tick, garbage), small(), nil)
		f := follow(t, svc, FollowRequest{JPEG: JPEG{Width: 64, Height: 36, Quality: 75}})
		told := get(t, f, 6*time.Second, "the reason", func(i FollowItem) bool { return i.State != nil && i.State.Status.Reason == fault.Undecodable }).State
		if told.Status.Message == "" || told.Status.Since.IsZero() {
			t.Errorf("told %+v", told.Status)
		}
		studio.cast("main", large())
		get(t, f, 3*time.Second, "a picture", isPicture)
		get(t, f, 3*time.Second, "a picture, and no trouble", func(i FollowItem) bool { return isPicture(i) && f.told.Status.Reason == "" })
	})
}

// The words of each outage come in time, to who takes JPEGs and to who takes
// units.
func TestOutagesAreToldInTime(t *testing.T) {
	for name, want := range map[string]FollowRequest{
		"jpeg": {JPEG: JPEG{Width: 64, Height: 36, Quality: 75}}, "coded": coded(both...),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc, studio := startStudio(t, large(), small(), nil)
				f := follow(t, svc, want)
				told := func(what string, within time.Duration, state camera.State) *Shown {
					begun := time.Now()
					s := get(t, f, time.Minute, what, inState(state)).State
					if d := time.Since(begun); d > within {
						t.Errorf("%s: told after %v, want %v", what, d, within)
					}
					return s
				}
				gop := 50 * tick
				told("live", time.Second, camera.Live)
				get(t, f, time.Second, "a picture", isMoving)

				studio.cast("main", refuses(fault.ConnRefused))
				told("ended", time.Second, camera.Retrying)
				<-time.After(20 * time.Second)
				studio.cast("main", large())
				begun := time.Now()
				get(t, f, time.Minute, "live again", isMoving)
				if d := time.Since(begun); d > 3*time.Second+gop {
					t.Errorf("live %v after its return", d)
				}

				stalls := make(chan struct{})
				studio.cast("main", func(ctx context.Context, cfg rtsp.Config) error {
					inner, cancel := context.WithCancel(ctx)
					go func() {
						<-stalls
						cancel()
					}()
					_ = large()(inner, cfg)
					<-ctx.Done()
					return ctx.Err()
				})
				get(t, f, 5*time.Second, "live", func(i FollowItem) bool { return isMoving(i) && f.told.Status.State == camera.Live })
				close(stalls)
				if s := told("silent", 4*time.Second, camera.Silent); s.Status.Reason != fault.Silence {
					t.Errorf("told %+v", s.Status)
				}

				studio.cast("main", refuses(fault.Unauthorized))
				told("refused", 3*time.Second, camera.Unauthorized)
				studio.cast("main", large())
				cam := clone(svc.Cameras()[0])
				cam.Device.Credentials.User = "another"
				svc.Set(*cam)
				begun = time.Now()
				get(t, f, time.Minute, "live with the new sign-in", isMoving)
				if d := time.Since(begun); d > 3*time.Second {
					t.Errorf("live %v after the new sign-in", d)
				}
			})
		})
	}
}

// late is a camera whose pictures come later and later from a moment on, up to
// by 2 s.
func late(from <-chan struct{}) role {
	return func(ctx context.Context, cfg rtsp.Config) error {
		cfg.OnPlaying()
		track := &media.Track{Codec: media.H264, ClockRate: 90000}
		cfg.OnTracks([]*media.Track{track})
		var rtp time.Duration
		stalled := false
		for i := 0; ; i++ {
			n := i % 50
			cfg.OnUnit(&media.AccessUnit{
				Track: track, Data: clip()[n], Key: n == 0, Seq: uint64(i + 1), Arrived: time.Now(), RTPTime: rtp,
			})
			rtp += tick
			pause := tick
			select {
			case <-from:
				if !stalled {
					stalled, pause = true, 2*time.Second+tick // what was sent meanwhile is in the network
				}
			default:
			}
			if !wait(ctx, pause) {
				return ctx.Err()
			}
		}
	}
}

func TestABacklogIsToldInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := make(chan struct{})
		svc, _ := startStudio(t, late(from), small(), nil)
		f := follow(t, svc, coded(both...))
		get(t, f, 2*time.Second, "live", isUnit)
		none := time.Now().Add(time.Minute)
		get(t, f, 2*time.Minute, "a minute without a mark", func(i FollowItem) bool {
			if i.State != nil && i.State.Status.Behind != 0 {
				t.Errorf("%v behind", i.State.Status.Behind)
			}
			return time.Now().After(none)
		})
		close(from)
		begun := time.Now()
		told := get(t, f, time.Minute, "behind", func(i FollowItem) bool { return i.State != nil && i.State.Status.Behind > 0 }).State
		if d := time.Since(begun) - 2*time.Second; d > 3*time.Second { // it is behind from the end of the pause on
			t.Errorf("told %v after it was 2 s behind", d)
		}
		if b := told.Status.Behind; b < 1500*time.Millisecond || b > 2500*time.Millisecond {
			t.Errorf("told %v", b)
		}
	})
}

func TestFlow(t *testing.T) {
	for fps, size := range map[int]int{1: 50_000, 5: 10_000, 25: 2000, 120: 500} {
		var f flow
		at := t0
		if units, bits := f.rates(); units != 0 || bits != 0 {
			t.Error("rates of nothing")
		}
		for range 20 * fps {
			f.add(at, size)
			at = at.Add(time.Second / time.Duration(fps))
		}
		units, bits := f.rates()
		if math.Abs(units-float64(fps)) > 0.05*float64(fps)+0.26 || math.Abs(bits-units*8*float64(size)) > 1 {
			t.Errorf("%d fps: %v a second, %v bits", fps, units, bits)
		}
		at = at.Add(time.Hour) // what was long ago does not count
		f.add(at, size)
		if units, bits := f.rates(); units != 0 || bits != 0 {
			t.Errorf("%d fps: %v a second, %v bits after an hour", fps, units, bits)
		}
		f.add(at.Add(-time.Minute), size) // and a clock that goes back does no harm
	}
}

func TestLastPictureIsTheNewestOfAllStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, large(), small(), nil)
		main := follow(t, svc, FollowRequest{Coded: both})
		get(t, main, time.Second, "main", isUnit)
		studio.cast("main", refuses(fault.ConnRefused))
		<-time.After(time.Second)
		sub := watchAs(t, svc, "cam1", Request{Stream: "sub", Quality: 75})
		until(t, sub, time.Second, "sub", live)
		<-time.After(time.Second)
		studio.cast("sub", refuses(fault.ConnRefused))
		<-time.After(time.Second)
		f := follow(t, svc, FollowRequest{JPEG: JPEG{Width: 96, Height: 54, Quality: 75}})
		p := get(t, f, time.Second, "the last picture", func(i FollowItem) bool { return i.Picture != nil }).Picture
		if w, h, err := codec.JPEGSize(p.JPEG); err != nil || w != 96 || h != 54 || p.Live || p.Stream != "sub" {
			t.Errorf("%dx%d of %s, live %v, %v", w, h, p.Stream, p.Live, err)
		}
	})
}
