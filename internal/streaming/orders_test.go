package streaming

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/rtsp"
	"camwall/internal/simcam"
)

func TestSwitchedOffAndOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		off := func(is bool) { svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Disabled = is })) }
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		off(true)
		p := until(t, v, 2*time.Second, "switched off", func(p *Picture) bool { return p.Status.State == camera.Disabled })
		if p.Live || p.Status.Reason != fault.Disabled || site.playing() != 0 {
			t.Errorf("%s with %d playing", describe(p), site.playing())
		}
		<-time.After(time.Minute)
		if _, n := lastTry(site); n != 1 {
			t.Errorf("%d sessions of what is switched off", n)
		}
		off(false)
		until(t, v, time.Second, "live once it is switched on", live)
		off(true)
		off(false) // before anything noticed
		until(t, v, 2*time.Second, "live", live)

		site.lose(always(fault.Unauthorized))
		until(t, v, 2*time.Second, "refused", func(p *Picture) bool { return p.Status.State == camera.Unauthorized })
		off(true)
		until(t, v, 2*time.Second, "switched off", func(p *Picture) bool { return p.Status.State == camera.Disabled })
		v.Close()
		off(false)
		if s := state(svc, 0).State; s != camera.Idle {
			t.Errorf("%v when nobody watches", s)
		}
		off(true)
		if s := state(svc, 0).State; s != camera.Disabled {
			t.Errorf("%v when it is switched off", s)
		}
	})
}

func TestRemove(t *testing.T) {
	for name, prepare := range map[string]func(*site){
		"live":    func(*site) {},
		"away":    func(s *site) { s.answer = always(fault.ConnRefused) },
		"refused": func(s *site) { s.answer = always(fault.Unauthorized) },
		"slow":    func(s *site) { s.slow = time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc, site := start(t, 2, nil)
				prepare(site)
				var streams []*stream
				streams = append(streams, svc.roster.find("cam1").view.Load().streams...)
				other := watchAs(t, svc, "cam2", tiny)
				v, w := watchAs(t, svc, "cam1", tiny), watchAs(t, svc, "cam1", Request{Stream: "sub", Width: 64, Height: 36, Quality: 75})
				<-time.After(5 * time.Second)
				svc.Remove("CAM1")
				for _, v := range []*Viewer{v, w} {
					wantRemoved(t, v, time.Second)
				}
				synctest.Wait()
				if _, err := svc.Watch("cam1", tiny); fault.CodeOf(err) != fault.NotFound {
					t.Errorf("a removed camera is watched: %v", err)
				}
				for _, st := range streams {
					if _, err := st.hub.NewReader().Next(t.Context()); err == nil || st.lastFrame() != nil || st.alive {
						t.Errorf("stream %s is still there: %v", st.name, err)
					}
				}
				if n := site.playing(); name == "live" && n != 1 {
					t.Errorf("%d sessions play", n)
				}
				if name == "live" {
					until(t, other, 2*time.Second, "the other camera", live)
				}
				// The same id again is another camera.
				svc.Set(edited(t, svc, "cam2", func(c *camera.Camera) { c.ID = "cam1" }))
				wantRemoved(t, v, time.Second)
				v.Close()
				w.Close()
				if name == "live" {
					until(t, watchAs(t, svc, "cam1", tiny), 2*time.Second, "live", live)
				}
			})
		})
	}
}

// wantRemoved takes what was made before until the viewer is told, at most for d.
func wantRemoved(t *testing.T, v *Viewer, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	for {
		_, err := v.Next(ctx)
		if err == nil {
			continue
		}
		if fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), "cam1 was removed") {
			t.Errorf("the viewer was told %v", err)
		}
		return
	}
}

func TestStreamsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		first, sub := watch(t, svc, "cam1"), watchAs(t, svc, "cam1", Request{Stream: "sub", Quality: 75})
		small := watchAs(t, svc, "cam1", Request{Stream: Auto, Width: 160, Height: 90, Quality: 75})
		for v, want := range map[*Viewer]string{first: "main", sub: "sub", small: "sub"} {
			if p := until(t, v, time.Second, "live", live); p.Stream != want {
				t.Errorf("shows %s, want %s", p.Stream, want)
			}
		}
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Streams = c.Streams[:1] }))
		if p := until(t, small, time.Second, "live without sub", func(p *Picture) bool { return p.Live && p.Stream == "main" }); p.Stream != "main" {
			t.Errorf("shows %s", p.Stream)
		}
		_, err := sub.Next(t.Context())
		for err == nil {
			_, err = sub.Next(t.Context())
		}
		if fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), `"sub"`) {
			t.Errorf("who watches sub was told %v", err)
		}
		until(t, first, time.Second, "main goes on", live)
		synctest.Wait()
		if n := site.playing(); n != 1 {
			t.Errorf("%d sessions play", n)
		}

		// A better first stream comes: what is shown stays until it is live.
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) {
			c.Streams = []camera.Stream{{Name: "best", URL: "rtsp://192.0.2.1/best"}, c.Streams[0]}
		}))
		for p := next(t, first, time.Second); p.Stream != "best"; p = next(t, first, time.Second) {
			if !p.Live {
				t.Fatalf("a blind moment: %s", describe(p))
			}
		}
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { slices.Reverse(c.Streams) }))
		until(t, first, time.Second, "main first again", func(p *Picture) bool { return p.Live && p.Stream == "main" })
	})
}

func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 3, nil)
		a, b := watchAs(t, svc, "cam1", tiny), watchAs(t, svc, "cam2", tiny)
		until(t, a, time.Second, "live", live)
		until(t, b, time.Second, "live", live)
		if err := svc.Restart("CAM1"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if url, n := lastTry(site); n != 3 || url != "rtsp://192.0.2.1/cam1/main" || site.playing() != 2 {
			t.Errorf("session %d is at %s, %d play", n, url, site.playing())
		}
		until(t, a, 2*time.Second, "live", live)
		svc.RestartAll()
		synctest.Wait()
		if _, n := lastTry(site); n != 5 || site.playing() != 2 {
			t.Errorf("%d sessions, %d play", n, site.playing())
		}
		// A pause is cut short, but a refused password rests on.
		site.lose(always(fault.NoVideo))
		<-time.After(time.Minute)
		_, before := lastTry(site)
		svc.RestartAll()
		synctest.Wait()
		if _, n := lastTry(site); n != before+2 {
			t.Errorf("%d new sessions", n-before)
		}
		site.lose(always(fault.Unauthorized))
		<-time.After(30 * time.Second)
		_, before = lastTry(site)
		svc.RestartAll()
		<-time.After(10 * time.Second)
		if _, n := lastTry(site); n != before {
			t.Errorf("a refused sign-in was tried %d times more", n-before)
		}
		if err := svc.Restart("nobody"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("an unknown camera: %v", err)
		}
	})
}

// A camera whose connections are opened in another way.
func TestDialContextIsTheCameras(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []camera.ID
		var s *site
		var got rtsp.Config
		svc, s := start(t, 1, func(c *Config) {
			c.DialContext = func(cam *camera.Camera) func(context.Context, string, string) (net.Conn, error) {
				asked = append(asked, cam.ID)
				return func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("dialled") }
			}
			c.newSession = func(cfg rtsp.Config) session { got = cfg; return s.newSession(cfg) }
		})
		until(t, watchAs(t, svc, "cam1", tiny), time.Second, "live", live)
		if _, err := got.DialContext(t.Context(), "tcp", "192.0.2.1:554"); err == nil || err.Error() != "dialled" || len(asked) != 1 {
			t.Errorf("dialling gave %v, asked for %v", err, asked)
		}
		if got.Credentials != right || got.OnPlaying == nil {
			t.Errorf("the session is %+v", got)
		}
	})
}

// With real sessions and a real decoder: who watches goes on with another address
// of another size, and is told when the camera is removed.
func TestARealCameraIsChanged(t *testing.T) {
	first, second := simcam.ClipStream("first", "c", "street-360"), simcam.LiveStream("second", "c", simcam.Live{Width: 320, Height: 184, FPS: 10})
	first.KeyOnPlay = true
	sim := simulate(t, first, second)
	cam := camera.Camera{
		ID: "cam1", Device: &camera.Device{ID: "dev", Address: "127.0.0.1:554"},
		Streams: []camera.Stream{{Name: "main", URL: sim.Streams()[0].URL}},
	}
	svc, _ := start(t, 0, func(c *Config) { c.newSession = nil })
	svc.Set(cam)
	v := watch(t, svc, "cam1")
	shows := func(width int) func(*Picture) bool {
		return func(p *Picture) bool { return p.Live && p.Width == width }
	}
	until(t, v, patience, "the first address", shows(640))
	cam.Streams = []camera.Stream{{Name: "main", URL: sim.Streams()[1].URL}}
	svc.Set(cam)
	until(t, v, patience, "the second address", shows(320))
	if c := sim.Counters(); c.Streams["first"].Plays != 1 || c.Streams["second"].Plays != 1 {
		t.Errorf("the cameras counted %+v", c.Streams)
	}
	svc.Remove("cam1")
	wantRemoved(t, v, patience)
}
