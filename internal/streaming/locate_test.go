package streaming

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/rtsp"
)

// finder is who knows the addresses of streams.
type finder struct {
	mu    sync.Mutex
	calls []fault.Code // the reasons of the calls
	at    []time.Time
	slow  time.Duration
	say   func(n int) (string, error)
}

func (f *finder) locate(ctx context.Context, cam camera.Camera, stream string, last fault.Code) (string, error) {
	f.mu.Lock()
	f.calls, f.at = append(f.calls, last), append(f.at, time.Now())
	n, slow, say := len(f.calls), f.slow, f.say
	f.mu.Unlock()
	if cam.ID != "cam1" || stream != "main" {
		return "", errors.New("asked for " + camera.Describe(cam.ID, stream))
	}
	if !wait(ctx, slow) {
		return "", ctx.Err()
	}
	return say(n)
}

func (f *finder) set(say func(n int) (string, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say = say
}

func (f *finder) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.calls)
}

func told(url string, err error) func(int) (string, error) {
	return func(int) (string, error) { return url, err }
}

const foundURL = "rtsp://192.0.2.7/found"

// located starts a service of one camera whose main stream has that address.
func located(t *testing.T, url string, f *finder) (*Service, *site) {
	return start(t, 1, func(c *Config) {
		c.Cameras[0].Streams[0].URL = url
		if f != nil {
			c.Locate = f.locate
		}
	})
}

func TestAMissingAddressIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &finder{slow: 3 * time.Second, say: told(foundURL, nil)}
		svc, site := located(t, "", f)
		v := watchAs(t, svc, "cam1", tiny)
		if p := next(t, v, 2*time.Second); p.Status.State != camera.Connecting {
			t.Errorf("while it is asked for: %s", describe(p))
		}
		until(t, v, 4*time.Second, "live", live)
		if url, n := lastTry(site); url != foundURL || n != 1 {
			t.Errorf("session %d is at %s", n, url)
		}
		// It is kept, for the next session and for who knows the address.
		site.lose(nil)
		<-time.After(5 * time.Second)
		until(t, v, 2*time.Second, "live", live)
		if f.count() != 1 {
			t.Errorf("asked %d times", f.count())
		}
		if id, _, ok := svc.Match(foundURL); !ok || id != "cam1" {
			t.Errorf("the address that was found is %q", id)
		}
		// Somebody writes down what was found: nothing changes.
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Streams[0].URL = foundURL }))
		<-time.After(time.Second)
		if _, n := lastTry(site); n != 2 || state(svc, 0).State != camera.Live {
			t.Errorf("%d sessions, %v", n, state(svc, 0).State)
		}
	})
}

func TestAnotherProfileIsAskedForAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &finder{say: func(n int) (string, error) { return foundURL + string(rune('0'+n)), nil }}
		svc, site := located(t, "", f)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Streams[0].ProfileName = "third" }))
		synctest.Wait()
		if url, n := lastTry(site); url != foundURL+"2" || n != 2 {
			t.Errorf("session %d is at %s", n, url)
		}
	})
}

func TestWithoutAnAddressItSaysSo(t *testing.T) {
	for name, f := range map[string]*finder{
		"nobody to ask": nil, "nothing found": {say: told("", nil)},
	} {
		synctest.Test(t, func(t *testing.T) {
			svc, site := located(t, "", f)
			v := watchAs(t, svc, "cam1", tiny)
			<-time.After(5 * time.Minute)
			s := state(svc, 0)
			if s.State != camera.Retrying || s.Reason != fault.Config || s.Hint == "" || s.NextTry.IsZero() {
				t.Errorf("%s: %+v", name, s)
			}
			if f != nil && (f.count() < 8 || f.count() > 25) {
				t.Errorf("%s: asked %d times in 5 minutes", name, f.count())
			}
			if _, n := lastTry(site); n != 0 {
				t.Errorf("%s: %d sessions", name, n)
			}
			svc.Set(edited(t, svc, "cam1", func(c *camera.Camera) { c.Streams[0].URL = foundURL }))
			until(t, v, 2*time.Second, "live at last", live)
		})
	}
}

func TestWhyNothingWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &finder{say: told("", fault.New(fault.NotFound, `there is no profile "big"`, "its profiles are a, b"))}
		svc, site := located(t, "", f)
		v := watchAs(t, svc, "cam1", tiny)
		p := until(t, v, 2*time.Second, "a reason", func(p *Picture) bool { return p.Status.State == camera.Retrying })
		if p.Status.Reason != fault.NotFound || p.Status.Hint != "its profiles are a, b" {
			t.Errorf("got %+v", p.Status)
		}
		f.set(told("", errors.New("secret details")))
		<-time.After(10 * time.Second)
		if s := state(svc, 0); s.Reason != fault.Internal || s.Message == "secret details" {
			t.Errorf("got %+v", s)
		}
		f.set(told(foundURL, nil))
		if err := svc.Retry("cam1"); err != nil {
			t.Fatal(err)
		}
		until(t, v, 2*time.Second, "live when a person asks", live)
		if len(site.triesSoFar()) != 1 {
			t.Errorf("%d sessions", len(site.triesSoFar()))
		}
	})
}

// The search signs in too: what it was refused rests for everybody, and the
// stream waits at the same gate.
func TestARefusedSearchRests(t *testing.T) {
	for name, cred := range map[string]camera.Credentials{"the stream's sign-in": right, "another": {User: "onvif"}} {
		synctest.Test(t, func(t *testing.T) {
			f := &finder{}
			var book *admission.Book
			failed := 0
			refuse := true
			svc, site := start(t, 1, func(c *Config) {
				c.Cameras[0].Streams[0].URL = ""
				book = c.Admission
				c.Locate = f.locate
			})
			f.set(func(int) (url string, err error) {
				err = book.Device("dev").Try(t.Context(), cred, func() error {
					if refuse {
						failed++
						return fault.New(fault.Unauthorized, "refused", "")
					}
					return nil
				})
				return foundURL, err
			})
			v := watchAs(t, svc, "cam1", tiny)
			<-time.After(20 * time.Minute)
			s := state(svc, 0)
			if failed != 1 || s.State != camera.Unauthorized || s.Reason != fault.Unauthorized {
				t.Errorf("%s: %d failed sign-ins, %+v", name, failed, s)
			}
			if rests := time.Until(s.NextTry); rests < 9*time.Minute || rests > 11*time.Minute {
				t.Errorf("%s: next try in %v", name, rests)
			}
			refuse = false
			book.Device("dev").Reopen()
			until(t, v, 2*time.Second, "live when the gate opens", live)
			if len(site.triesSoFar()) != 1 {
				t.Errorf("%s: %d sessions", name, len(site.triesSoFar()))
			}
		})
	}
}

func TestAPathThatIsGoneIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &finder{say: told("", nil)}
		svc, site := located(t, "rtsp://192.0.2.1/old", f)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		site.lose(func(_ int, cfg rtsp.Config) *fault.Error {
			if cfg.URL == foundURL {
				return nil
			}
			return fault.New(fault.StreamNotFound, "no such path", "")
		})
		<-time.After(time.Minute)
		if n := f.count(); n < 3 || n > 7 {
			t.Errorf("asked %d times in a minute", n)
		}
		if s := state(svc, 0); s.Reason != fault.StreamNotFound {
			t.Errorf("got %+v", s)
		}
		f.set(told(foundURL, nil))
		until(t, v, 15*time.Second, "live at the new path", live)
	})
}

// A camera that is away is tried on while another address is looked for.
func TestAnAwayCameraIsLookedForBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &finder{slow: 19 * time.Second, say: told("", fault.New(fault.DialTimeout, "no answer", ""))}
		svc, site := located(t, "rtsp://192.0.2.1/old", f)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		site.lose(always(fault.ConnRefused))
		<-time.After(10 * time.Minute)
		if n := f.count(); n < 4 || n > 12 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		tries := site.triesSoFar()
		if per := float64(len(tries)) / 600; per < 0.4 {
			t.Errorf("%.2f tries a second beside it", per)
		}
		if s := state(svc, 0); s.Reason != fault.ConnRefused {
			t.Errorf("the search's result is told: %+v", s)
		}
		site.lose(nil) // back where it was
		until(t, v, 3*time.Second, "live", live)

		before := f.count()
		f.set(told(foundURL, nil))
		site.lose(func(_ int, cfg rtsp.Config) *fault.Error {
			if cfg.URL == foundURL {
				return nil
			}
			return fault.New(fault.DialTimeout, "no answer", "")
		})
		until(t, v, 30*time.Second, "live where it has moved to", live)
		if url, _ := lastTry(site); url != foundURL || f.count() != before+1 {
			t.Errorf("found at %s after %d questions", url, f.count()-before)
		}
	})
}

// Who was found elsewhere too late stays where it is.
func TestALateAnswerMovesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &finder{slow: 15 * time.Second, say: told(foundURL, nil)}
		svc, site := located(t, "rtsp://192.0.2.1/old", f)
		v := watchAs(t, svc, "cam1", tiny)
		site.lose(always(fault.ConnRefused))
		<-time.After(5 * time.Second)
		site.lose(nil)
		until(t, v, 3*time.Second, "live", live)
		<-time.After(time.Minute)
		if id, _, ok := svc.Match("rtsp://192.0.2.1/old"); !ok || id != "cam1" || f.count() != 1 {
			t.Errorf("it was moved after %d questions", f.count())
		}
	})
}

func TestASearchEndsWhenNobodyNeedsIt(t *testing.T) {
	for name, change := range map[string]func(*Service){
		"removed":      func(s *Service) { s.Remove("cam1") },
		"switched off": func(s *Service) { c := *s.Cameras()[0]; c.Disabled = true; s.Set(c) },
		"corrected": func(s *Service) {
			c := *s.Cameras()[0]
			c.Streams = []camera.Stream{{Name: "main", URL: foundURL}}
			s.Set(c)
		},
		"closed": func(s *Service) { s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &finder{slow: time.Hour, say: told("", nil)}
				svc, site := located(t, "", f)
				st := svc.roster.find("cam1").view.Load().streams[0]
				watchAs(t, svc, "cam1", tiny)
				synctest.Wait()
				change(svc)
				synctest.Wait()
				st.mu.Lock()
				alive := st.alive
				st.mu.Unlock()
				if corrected := name == "corrected"; alive != corrected || corrected != (len(site.triesSoFar()) == 1) {
					t.Errorf("alive %v, %d sessions", alive, len(site.triesSoFar()))
				}
			})
		})
	}
}

func TestASearchHasALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &finder{slow: time.Hour, say: told("", nil)}
		svc, _ := located(t, "", f)
		watchAs(t, svc, "cam1", tiny)
		<-time.After(lookTimeout + time.Second)
		if s := state(svc, 0); s.State != camera.Retrying || s.Reason != fault.DialTimeout {
			t.Errorf("got %+v", s)
		}
	})
}
