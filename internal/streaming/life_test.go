package streaming

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/rtsp"
)

func TestAStreamRunsWhileItIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		if got := state(svc, 0).State; got != camera.Idle {
			t.Fatalf("%v before anybody watches", got)
		}
		a, b := watchAs(t, svc, "cam1", tiny), watchAs(t, svc, "CAM1", tiny)
		until(t, a, time.Second, "a live picture", live)
		until(t, b, time.Second, "a live picture", live)
		if n := len(site.triesSoFar()); n != 1 {
			t.Fatalf("%d pulls for two viewers", n)
		}
		a.Close()
		<-time.After(time.Minute)
		if site.playing() != 1 {
			t.Fatal("the pull stopped although somebody watches")
		}
		b.Close()
		<-time.After(9 * time.Second)
		if site.playing() != 1 {
			t.Fatal("the pull stopped before the pause was over")
		}
		<-time.After(2 * time.Second)
		if site.playing() != 0 || state(svc, 0).State != camera.Idle {
			t.Fatalf("%d pulls, %v after the pause", site.playing(), state(svc, 0).State)
		}
		until(t, watchAs(t, svc, "cam1", tiny), time.Second, "a live picture after the pause", live)
	})
}

func TestComingBackInThePauseIsInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		v := watch(t, svc, "cam1")
		until(t, v, time.Second, "a live picture", live)
		v.Close()
		<-time.After(5 * time.Second)
		if svc.Snapshot()[0].Streams[0].Status.State != camera.Live {
			t.Fatal("not live in the pause")
		}
		until(t, watch(t, svc, "cam1"), 100*time.Millisecond, "a live picture at once", live)
		if n := len(site.triesSoFar()); n != 1 {
			t.Fatalf("%d pulls", n)
		}
	})
}

func TestACameraThatIsAwayIsTriedPolitely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "a live picture", live)
		lost := time.Now()
		site.lose(always(fault.ConnRefused))
		p := until(t, v, 2*time.Second, "a picture that says so", func(p *Picture) bool {
			return !p.Live && p.Status.State == camera.Retrying
		})
		if p.Status.Reason != fault.Ended && p.Status.Reason != fault.ConnRefused {
			t.Errorf("reason %q", p.Status.Reason)
		}
		<-time.After(10 * time.Minute)
		tries := site.triesSoFar()
		if per := float64(len(tries)) / 600; per < 0.4 || per > 1.1 {
			t.Errorf("%.2f tries a second", per)
		}
		if since := state(svc, 0).Since; since.Sub(lost) > time.Second {
			t.Errorf("offline since %v after the loss", since.Sub(lost))
		}
		back := time.Now()
		site.lose(nil)
		until(t, v, 3*time.Second, "a live picture after the return", live)
		if d := time.Since(back); d > 3*time.Second {
			t.Errorf("seen %v after its return", d)
		}
	})
}

func TestNobodyIsTriedForWhenNobodyWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		site.lose(always(fault.DialTimeout))
		v := watchAs(t, svc, "cam1", tiny)
		<-time.After(5 * time.Second)
		v.Close()
		<-time.After(20 * time.Second)
		n := len(site.triesSoFar())
		<-time.After(time.Hour)
		if m := len(site.triesSoFar()); m != n {
			t.Fatalf("%d tries with nobody watching", m-n)
		}
		if got := state(svc, 0).State; got != camera.Idle {
			t.Fatalf("%v, want idle", got)
		}
	})
}

func TestAWrongPasswordIsTriedOnceForSixteenStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 16, nil)
		site.lose(always(fault.Unauthorized))
		site.slow = 50 * time.Millisecond
		var viewers []*Viewer
		for _, info := range svc.Snapshot() {
			viewers = append(viewers, watchAs(t, svc, info.Camera.ID, tiny))
		}
		<-time.After(29 * time.Minute)
		if n := len(site.triesSoFar()); n != 1 {
			t.Fatalf("%d failed sign-ins, want 1", n)
		}
		for i, v := range viewers {
			p := next(t, v, 2*time.Second)
			if p.Live || p.Status.State != camera.Unauthorized || p.Status.NextTry.IsZero() {
				t.Fatalf("camera %d: %s", i+1, describe(p))
			}
		}
		<-time.After(2 * time.Minute)
		if n := len(site.triesSoFar()); n != 2 {
			t.Fatalf("%d failed sign-ins after half an hour, want 2", n)
		}
		site.lose(nil)
		if err := svc.Retry("cam7"); err != nil {
			t.Fatal(err)
		}
		for _, v := range viewers {
			until(t, v, 5*time.Second, "live once a person asked", live)
		}
	})
}

func TestARefusalOfAKnownSignInIsTriedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "a live picture", live)
		site.lose(always(fault.Unauthorized))
		<-time.After(50 * time.Second)
		if n := len(site.triesSoFar()); n != 2 {
			t.Fatalf("%d tries, want the first and one refused", n)
		}
		site.lose(nil)
		until(t, v, 20*time.Second, "live after a minute", live)
	})
}

func TestABusyDeviceKeepsWhatPlays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 4, nil)
		site.answer = func(int, rtsp.Config) *fault.Error {
			if site.playing() >= 2 {
				return fault.New(fault.Busy, "453", "")
			}
			return nil
		}
		var viewers []*Viewer
		for _, info := range svc.Snapshot() {
			viewers = append(viewers, watchAs(t, svc, info.Camera.ID, tiny))
			<-time.After(time.Second)
		}
		<-time.After(10 * time.Minute)
		if n := len(site.triesSoFar()); n > 30 {
			t.Errorf("%d tries in ten minutes at a busy device", n)
		}
		for i := range 2 {
			until(t, viewers[i], time.Second, "the first two play on", live)
		}
		for i := 2; i < 4; i++ {
			p := next(t, viewers[i], 2*time.Second)
			if p.Live || p.Status.State != camera.Busy {
				t.Fatalf("camera %d: %s", i+1, describe(p))
			}
		}
		viewers[0].Close()
		<-time.After(11 * time.Second) // its pull has ended: there is room for one
		if n := site.playing(); n != 2 {
			t.Fatalf("%d streams play, want 2", n)
		}
	})
}

func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		v := watch(t, svc, "cam1")
		until(t, v, time.Second, "a live picture", live)
		<-time.After(10 * time.Second)
		site.setPaused(true)
		paused := time.Now()
		p := until(t, v, 4*time.Second, "silent", func(p *Picture) bool { return !p.Live })
		if p.Status.State != camera.Silent || p.Status.Reason != fault.Silence {
			t.Fatalf("got %s", describe(p))
		}
		if d := time.Since(paused); d < 2900*time.Millisecond || d > 3200*time.Millisecond {
			t.Errorf("silent after %v, want 3 s", d)
		}
		if d := paused.Sub(p.Status.Since).Abs(); d > 100*time.Millisecond {
			t.Errorf("silent since %v, want the last picture", d)
		}
		if p.Arrived.IsZero() {
			t.Error("the drawn picture does not know how old it is")
		}
		site.setPaused(false)
		until(t, v, time.Second, "live again", live)
	})
}

func TestAnOutageIsToldEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		site.slow = time.Hour
		v := watch(t, svc, "cam1")
		begun := time.Now()
		for i := range 10 {
			p := next(t, v, 2*time.Second)
			if p.Live || p.Status.State != camera.Connecting || p.Width != 640 || p.Height != 360 {
				t.Fatalf("picture %d: %s, %dx%d", i, describe(p), p.Width, p.Height)
			}
		}
		if d := time.Since(begun); d < 9*time.Second || d > 11*time.Second {
			t.Errorf("10 drawn pictures in %v", d)
		}
	})
}

func TestUnchangedPicturesAreMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		site.frame = func(int) []byte { return picture(5) }
		v := watch(t, svc, "cam1")
		p := until(t, v, 32*time.Second, "unchanged", func(p *Picture) bool { return p.Status.Unchanged() })
		if !p.Live {
			t.Error("unchanged is a mark, not a state")
		}
		site.mu.Lock()
		site.frame = nil
		site.mu.Unlock()
		until(t, v, time.Second, "changing again", func(p *Picture) bool { return p.Live && !p.Status.Unchanged() })
	})
}

// A camera that plays but has sent no key unit yet keeps nobody out.
func TestSiblingsNeedNotWaitForAKeyUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *site
		svc, s := start(t, 2, func(c *Config) {
			c.newSession = func(cfg rtsp.Config) session {
				if cfg.URL != "rtsp://192.0.2.1/cam1/main" {
					return s.newSession(cfg)
				}
				return &script{cfg, func(ctx context.Context, cfg rtsp.Config) error {
					cfg.OnPlaying()
					<-ctx.Done()
					return ctx.Err()
				}}
			}
		})
		watchAs(t, svc, "cam1", tiny)
		<-time.After(time.Second)
		until(t, watchAs(t, svc, "cam2", tiny), time.Second, "live", live)
	})
}

// Channels of a recorder that play and send nothing do not hold up a good one.
func TestDeadChannelsHoldUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *site
		svc, s := start(t, 9, func(c *Config) {
			c.newSession = func(cfg rtsp.Config) session {
				if cfg.URL == "rtsp://192.0.2.1/cam9/main" {
					return s.newSession(cfg)
				}
				return &script{cfg, func(ctx context.Context, cfg rtsp.Config) error {
					cfg.OnPlaying()
					if !wait(ctx, 10*time.Second) {
						return ctx.Err()
					}
					return fault.New(fault.PictureTimeout, "no picture came", "")
				}}
			}
		})
		for i := range 8 {
			watchAs(t, svc, svc.Cameras()[i].ID, tiny)
		}
		<-time.After(time.Second)
		until(t, watchAs(t, svc, "cam9", tiny), 5*time.Second, "live", live)
	})
}

// A viewer who comes in the long pause of an unwatched failure does not wait for
// its end.
func TestAViewerShortensTheUnwatchedPause(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			svc, site := start(t, 1, nil)
			site.lose(always(fault.ConnRefused))
			a := watchAs(t, svc, "cam1", tiny)
			<-time.After(20 * time.Second)
			a.Close()
			<-time.After(3 * time.Second) // the next failure is an unwatched one
			v := watchAs(t, svc, "cam1", tiny)
			site.lose(nil)
			until(t, v, 3*time.Second, "live", live)
		})
	}
}

// Packets that make no picture keep a session open; the stream is tried anew.
func TestSilenceIsNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "a live picture", live)
		site.setPaused(true)
		<-time.After(40 * time.Second)
		if n := len(site.triesSoFar()); n != 2 {
			t.Errorf("%d tries after 40 s of silence, want a second one", n)
		}
		site.setPaused(false)
		until(t, v, 2*time.Second, "live again", live)
	})
}

// A pull that nobody watches makes room for one that somebody waits for.
func TestIdlePullsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 2, func(c *Config) { c.Cameras[0].Device.MaxConnections = 1 })
		a := watchAs(t, svc, "cam1", tiny)
		until(t, a, time.Second, "a live picture", live)
		a.Close()
		b := watchAs(t, svc, "cam2", tiny)
		until(t, b, time.Second, "a live picture of the other camera", live)
		// Whoever is watched keeps what it has.
		c := watchAs(t, svc, "cam1", tiny)
		<-time.After(time.Minute)
		if p := next(t, c, 2*time.Second); p.Live || p.Status.State != camera.Busy {
			t.Errorf("the third got %s", describe(p))
		}
		until(t, b, 2*time.Second, "a live picture still", live)
	})
}

func TestAClosedServiceTakesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		watch(t, svc, "cam1")
		<-time.After(time.Second)
		svc.Close()
		if _, err := svc.Watch("cam1", Request{Quality: 75}); fault.CodeOf(err) != fault.Stopping {
			t.Errorf("got %v", err)
		}
	})
}

func TestADisabledCameraIsNotTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, func(c *Config) { c.Cameras[0].Disabled = true })
		p := next(t, watch(t, svc, "cam1"), 2*time.Second)
		if p.Live || p.Status.State != camera.Disabled || len(site.triesSoFar()) != 0 {
			t.Fatalf("got %s after %d tries", describe(p), len(site.triesSoFar()))
		}
	})
}

func TestCloseEndsViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 2, nil)
		v := watch(t, svc, "cam1")
		until(t, v, time.Second, "a live picture", live)
		svc.Close()
		for {
			_, err := v.Next(t.Context())
			if err == nil {
				continue // the last picture that was made
			}
			if fault.CodeOf(err) != fault.Stopping {
				t.Fatalf("got %v", err)
			}
			break
		}
		if _, err := svc.Watch("cam2", Request{Quality: 75}); err == nil {
			t.Fatal("a closed service takes viewers")
		}
	})
}

func TestWatchRefuses(t *testing.T) {
	svc, _ := start(t, 1, func(c *Config) { c.MaxRenditionsPerStream = 2 })
	for name, c := range map[string]struct {
		id   camera.ID
		want Request
		code fault.Code
	}{
		"unknown camera": {"cam9", Request{Quality: 75}, fault.NotFound},
		"unknown stream": {"cam1", Request{Stream: "third", Quality: 75}, fault.NotFound},
		"half a size":    {"cam1", Request{Width: 100, Quality: 75}, fault.BadRequest},
	} {
		if _, err := svc.Watch(c.id, c.want); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	for i := range 3 {
		v, err := svc.Watch("cam1", Request{Width: 100 + i, Height: 100, Quality: 75})
		if i < 2 && err != nil {
			t.Fatal(err)
		}
		if i == 2 && fault.CodeOf(err) != fault.TooMany {
			t.Fatalf("the third rendition of two: %v", err)
		}
		if err == nil {
			defer v.Close()
		}
	}
	if err := svc.Retry("nobody"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("retry of an unknown camera: %v", err)
	}
}
