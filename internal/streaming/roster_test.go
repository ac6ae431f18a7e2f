package streaming

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/rtsp"
	"camwall/internal/secret"
)

// edited returns a camera of svc with a change.
func edited(t *testing.T, svc *Service, id camera.ID, change func(*camera.Camera)) camera.Camera {
	t.Helper()
	info, err := svc.Info(id)
	if err != nil {
		t.Fatal(err)
	}
	c := *info.Camera
	c.Streams = slices.Clone(c.Streams)
	change(&c)
	return c
}

// lastTry returns the address of the newest session, and how many there were.
func lastTry(s *site) (url string, n int) {
	tries := s.triesSoFar()
	if len(tries) == 0 {
		return "", 0
	}
	return tries[len(tries)-1].url, len(tries)
}

func TestCamerasAreInOrder(t *testing.T) {
	svc, _ := start(t, 3, nil) // without numbers
	dev := &camera.Device{ID: "dev2", Address: "192.0.2.2:554"}
	one := []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.2/1"}}
	svc.Set(
		camera.Camera{ID: "Seven", Number: 7, Device: dev, Streams: one},
		camera.Camera{ID: "two", Number: 2, Device: dev, Streams: one},
		camera.Camera{ID: "other7", Number: 7, Device: dev, Streams: one},
	)
	order := func() string {
		var ids []string
		for i, c := range svc.Cameras() {
			ids = append(ids, string(c.ID))
			if info := svc.Snapshot()[i]; info.Camera != c {
				t.Errorf("the snapshot has %s at place %d", info.Camera.ID, i)
			}
		}
		return strings.Join(ids, " ")
	}
	if got, want := order(), "two seven other7 cam1 cam2 cam3"; got != want {
		t.Errorf("in order %s, want %s", got, want)
	}
	svc.Set(edited(t, svc, "cam2", func(c *camera.Camera) { c.Number = 1 }))
	svc.Remove("seven", "nobody")
	if got, want := order(), "cam2 two other7 cam1 cam3"; got != want {
		t.Errorf("in order %s, want %s", got, want)
	}
	if _, err := svc.Info("seven"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a removed camera: %v", err)
	}
}

// What is given to Set stays the caller's.
func TestSetCopies(t *testing.T) {
	svc, _ := start(t, 0, nil)
	dev := &camera.Device{ID: "dev", Address: "192.0.2.1:554"}
	c := camera.Camera{ID: "gate", Device: dev, Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.1/1"}}}
	svc.Set(c)
	dev.Address, c.Streams[0].URL = "changed", "changed"
	if got := svc.Cameras()[0]; got.Device.Address != "192.0.2.1:554" || got.Streams[0].URL != "rtsp://192.0.2.1/1" {
		t.Errorf("it was changed from outside: %+v", got)
	}
}

func TestAnAddedCameraIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.ID = "added" }))
		until(t, watchAs(t, svc, "ADDED", tiny), time.Second, "live", live)
	})
}

func TestWordsDisturbNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		since := state(svc, 0).Since
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) {
			c.Name, c.Number, c.Text, c.UnchangedAfter, c.PTZ = "Gate", 5, "at the gate", time.Hour, true
			device := *c.Device
			device.Name, device.MaxConnections, device.Firmware = "NVR", 3, "2.0"
			c.Device = &device
			c.Streams[0].Width, c.Streams[0].FPS = 1920, 30
		}))
		<-time.After(5 * time.Second)
		if s := state(svc, 0); s.State != camera.Live || !s.Since.Equal(since) {
			t.Errorf("%v since %v, want live since %v", s.State, s.Since, since)
		}
		if _, n := lastTry(site); n != 1 {
			t.Errorf("%d sessions", n)
		}
		if c := svc.Cameras()[0]; c.Name != "Gate" || c.Number != 5 {
			t.Errorf("the camera is still %+v", c)
		}
	})
}

// What is pulled otherwise is pulled anew at once; viewers stay.
func TestAnotherPullBeginsAtOnce(t *testing.T) {
	changes := map[string]func(*camera.Camera){
		"address":   func(c *camera.Camera) { c.Streams[0].URL = "rtsp://192.0.2.9/new" },
		"sign-in":   func(c *camera.Camera) { c.Credentials = camera.Credentials{User: "x", Password: secret.NewText("y")} },
		"transport": func(c *camera.Camera) { c.Transport = camera.TransportUDP },
		"tls":       func(c *camera.Camera) { c.TLS = camera.TLSVerify },
		"device":    func(c *camera.Camera) { c.Device = &camera.Device{ID: "other", Address: c.Device.Address} },
		"device's sign-in": func(c *camera.Camera) {
			device := *c.Device
			device.Credentials.User = "somebody"
			c.Device = &device
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc, site := start(t, 1, nil)
				v := watchAs(t, svc, "cam1", Request{Width: 64, Height: 36, Quality: 75})
				until(t, v, time.Second, "live", live)
				begun := time.Now()
				site.mu.Lock()
				site.slow = 3 * time.Second
				site.mu.Unlock()
				svc.Set(edited(t, svc, "cam1", change))
				p := until(t, v, 2*time.Second, "connecting", func(p *Picture) bool { return !p.Live })
				if p.Status.State != camera.Connecting || p.Status.Since.Before(begun) || p.Status.Reason != fault.None {
					t.Errorf("the state is %s since %v", describe(p), p.Status.Since.Sub(begun))
				}
				if p.Arrived.IsZero() {
					t.Error("the last picture is gone")
				}
				until(t, v, 3*time.Second, "live again", live)
				if d := time.Since(begun); d > 3500*time.Millisecond {
					t.Errorf("after %v", d)
				}
				if _, n := lastTry(site); n != 2 || site.playing() != 1 {
					t.Errorf("%d sessions, %d play", n, site.playing())
				}
			})
		})
	}
}

func TestAnotherAddressEndsTheWait(t *testing.T) {
	for _, code := range []fault.Code{fault.Unauthorized, fault.Busy, fault.NoVideo, fault.ConnRefused} {
		synctest.Test(t, func(t *testing.T) {
			svc, site := start(t, 1, nil)
			site.lose(func(_ int, cfg rtsp.Config) *fault.Error {
				if cfg.Credentials.User == "better" && cfg.URL == "rtsp://192.0.2.9/new" {
					return nil
				}
				return fault.New(code, "the camera said "+string(code), "")
			})
			v := watchAs(t, svc, "cam1", tiny)
			<-time.After(20 * time.Second)
			svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) {
				c.Device = &camera.Device{ID: "another"}
				c.Credentials.User, c.Streams[0].URL = "better", "rtsp://192.0.2.9/new"
			}))
			synctest.Wait()
			if s := state(svc, 0); s.State != camera.Live {
				t.Errorf("%s: %v once it was corrected", code, s.State)
			}
			until(t, v, 2*time.Second, "live", live)
		})
	}
}

func TestNobodyWatchesWhatIsChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		v.Close()
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Streams[0].URL = "rtsp://192.0.2.9/new" }))
		<-time.After(time.Second)
		if s := state(svc, 0).State; s != camera.Idle || site.playing() != 0 {
			t.Errorf("%v, %d play", s, site.playing())
		}
		until(t, watchAs(t, svc, "cam1", tiny), time.Second, "live", live)
		if url, n := lastTry(site); url != "rtsp://192.0.2.9/new" || n != 2 {
			t.Errorf("session %d is at %s", n, url)
		}
	})
}

func TestRotationTurnsWhatIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		own, sized := watch(t, svc, "cam1"), watchAs(t, svc, "cam1", Request{Width: 64, Height: 36, Quality: 75})
		until(t, own, time.Second, "live", live)
		until(t, sized, time.Second, "live", live)
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Rotation = 90 }))
		until(t, own, time.Second, "turned", func(p *Picture) bool { return p.Live && p.Width == 180 && p.Height == 320 })
		<-time.After(time.Second)
		if p := next(t, sized, time.Second); !p.Live || p.Width != 64 || p.Height != 36 {
			t.Errorf("got %s, %dx%d", describe(p), p.Width, p.Height)
		}
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Rotation = 0 }))
		until(t, own, time.Second, "turned back", func(p *Picture) bool { return p.Live && p.Width == 320 })
		if _, n := lastTry(site); n != 1 {
			t.Errorf("%d sessions for a turn", n)
		}
	})
}

// Cameras change at random while viewers come and go: all ends, nothing leaks,
// and no state follows another that it may not follow.
func TestChangesWhileWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 3, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		done := make(chan struct{})
		for i := range 6 {
			id := camera.ID(fmt.Sprintf("cam%d", i%3+1))
			go func() {
				defer func() { done <- struct{}{} }()
				for ctx.Err() == nil {
					v, err := svc.Watch(id, Request{Width: 32 + 2*i, Height: 18, Quality: 75, Stream: []string{"", Auto, "sub"}[i%3]})
					if err != nil {
						wait(ctx, 100*time.Millisecond)
						continue
					}
					for range 20 + i {
						if _, err := v.Next(ctx); err != nil {
							break
						}
					}
					v.Close()
				}
			}()
		}
		cams := make([]camera.Camera, 3)
		for i, c := range svc.Cameras() {
			cams[i] = *c
		}
		for i := 0; wait(ctx, 73*time.Millisecond); i++ {
			c := cams[i%3]
			c.Streams = slices.Clone(c.Streams)
			switch i / 3 % 7 {
			case 0:
				c.Streams[0].URL += fmt.Sprint(i)
			case 1:
				c.Disabled = true
			case 2:
				svc.Remove(c.ID)
				continue
			case 3:
				c.Streams = c.Streams[:1]
			case 4:
				c.Rotation = 90
			case 5:
				site.lose(always([]fault.Code{fault.Busy, fault.ConnRefused, fault.Ended}[i%3]))
				svc.RestartAll()
			case 6:
				site.lose(nil)
				slices.Reverse(c.Streams)
			}
			svc.Set(c)
		}
		for range 6 {
			<-done
		}
		svc.Remove("cam1", "cam2", "cam3")
		<-time.After(time.Second)
		if n := site.playing(); n != 0 {
			t.Errorf("%d sessions play on", n)
		}
	})
}

func TestSetAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		v := watch(t, svc, "cam1")
		svc.Close()
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Disabled = true }))
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.ID = "late" }))
		if _, err := svc.Watch("late", tiny); fault.CodeOf(err) != fault.Stopping {
			t.Errorf("got %v", err)
		}
		svc.Remove("cam1", "late")
		var err error
		for err == nil {
			_, err = v.Next(t.Context())
		}
		if fault.CodeOf(err) != fault.Stopping && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestMatchFollowsChanges(t *testing.T) {
	svc, _ := start(t, 1, nil)
	svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Streams[0].URL = "rtsp://192.0.2.9/new" }))
	if id, name, ok := svc.Match("rtsp://192.0.2.9/new"); !ok || id != "cam1" || name != "main" {
		t.Errorf("the new address is %s/%s", id, name)
	}
	if _, _, ok := svc.Match("rtsp://192.0.2.1/cam1/main"); ok {
		t.Error("the old address is still there")
	}
	svc.Remove("cam1")
	if _, _, ok := svc.Match("rtsp://192.0.2.9/new"); ok {
		t.Error("a removed camera is found")
	}
}

// many returns n cameras of n/16 recorders with two streams each.
func many(n int) []camera.Camera {
	cams := make([]camera.Camera, n)
	for i := range cams {
		dev := &camera.Device{ID: fmt.Sprintf("nvr%d", i/16), Address: fmt.Sprintf("192.0.2.%d:554", i/16), Credentials: right}
		cams[i] = camera.Camera{
			ID: camera.ID(fmt.Sprintf("nvr%d-%d", i/16, i%16)), Name: "Camera", Number: n - i, Device: dev,
			Streams: []camera.Stream{
				{Name: "main", URL: fmt.Sprintf("rtsp://192.0.2.%d/ch%d/main", i/16, i), Codec: media.H264, Width: 1920, Height: 1080},
				{Name: "sub", URL: fmt.Sprintf("rtsp://192.0.2.%d/ch%d/sub", i/16, i), Codec: media.H264, Width: 640, Height: 360},
			},
		}
	}
	return cams
}

func TestAThousandCameras(t *testing.T) {
	svc, _ := start(t, 0, nil)
	cams := many(1000)
	svc.Set(cams...)
	svc.Set(cams...) // nothing new
	infos := svc.Snapshot()
	if len(infos) != 1000 || infos[0].Camera.Number != 1 || infos[999].Camera.Number != 1000 {
		t.Fatalf("%d cameras in order %d ... %d", len(infos), infos[0].Camera.Number, infos[len(infos)-1].Camera.Number)
	}
}
