package streaming

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// heard takes changes of cam1's main stream until one has that state.
func heard(t *testing.T, changes <-chan StateChange, want camera.State) StateChange {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case c, ok := <-changes:
			if !ok {
				t.Fatalf("it ended before %v", want)
			}
			if c.Camera == "cam1" && c.Stream == "main" && c.Status.State == want {
				return c
			}
		case <-timeout:
			t.Fatalf("%v was not told", want)
		}
	}
}

func TestChangesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		site.slow = time.Second // what is over at once need not be told
		changes := svc.Changes(t.Context())
		v := watchAs(t, svc, "cam1", tiny)
		heard(t, changes, camera.Connecting)
		heard(t, changes, camera.Live)
		site.lose(always(fault.ConnRefused))
		first := heard(t, changes, camera.Retrying)
		if first.Status.Message == "" || first.Status.NextTry.IsZero() {
			t.Errorf("told %+v", first.Status)
		}
		again := heard(t, changes, camera.Retrying)
		for again.Status.Reason != fault.ConnRefused || again.Status.NextTry.Equal(first.Status.NextTry) {
			again = heard(t, changes, camera.Retrying) // each next try
		}
		site.lose(nil)
		heard(t, changes, camera.Live)
		site.setPaused(true)
		heard(t, changes, camera.Silent)
		site.setPaused(false)
		heard(t, changes, camera.Live)
		v.Close()
		heard(t, changes, camera.Idle)
	})
}

func TestMarksAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		changes := svc.Changes(t.Context())
		site.frame = func(int) []byte { return picture(5) }
		watch(t, svc, "cam1")
		for !heard(t, changes, camera.Live).Status.Unchanged() {
		}
		site.mu.Lock()
		site.frame = nil
		site.mu.Unlock()
		for heard(t, changes, camera.Live).Status.Unchanged() {
		}
	})
}

// A listener that reads nothing holds up nobody, and hears of each stream once.
func TestASlowListenerHearsTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 2, nil)
		changes := svc.Changes(t.Context())
		v, w := watchAs(t, svc, "cam1", tiny), watchAs(t, svc, "cam2", tiny)
		until(t, v, time.Second, "live", live)
		until(t, w, time.Second, "live", live)
		site.lose(always(fault.ConnRefused))
		<-time.After(time.Hour)
		site.lose(nil)
		until(t, v, 5*time.Second, "live", live)
		<-time.After(5 * time.Second)
		told := map[camera.ID][]camera.State{}
		for {
			select {
			case c := <-changes:
				told[c.Camera] = append(told[c.Camera], c.Status.State)
				continue
			case <-time.After(time.Second):
			}
			break
		}
		// One may have been on its way for an hour.
		for id, states := range told {
			if len(states) > 2 || states[len(states)-1] != camera.Live {
				t.Errorf("%s was told as %v", id, states)
			}
		}
		if len(told) != 2 {
			t.Errorf("told of %d cameras", len(told))
		}
	})
}

func TestChangesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		ctx, cancel := context.WithCancel(t.Context())
		gone, stays := svc.Changes(ctx), svc.Changes(t.Context())
		cancel()
		if c, ok := <-gone; ok {
			t.Errorf("told %+v", c)
		}
		watchAs(t, svc, "cam1", tiny)
		heard(t, stays, camera.Live)
		svc.Remove("cam1")
		synctest.Wait()
		select {
		case c := <-stays:
			if c.Status.State != camera.Live {
				t.Errorf("a removed camera is told as %v", c.Status.State)
			}
		default:
		}
		svc.Close()
		for range stays {
		}
		if _, ok := <-svc.Changes(t.Context()); ok {
			t.Error("a closed service tells something")
		}
		if n := len(svc.feed.listeners); n != 0 {
			t.Errorf("%d listeners are kept", n)
		}
	})
}
