package streaming

import (
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
)

// reporter repeats a follower's report each second until its end.
func reporter(t *testing.T, f *Follower, since time.Time) (end func()) {
	t.Helper()
	stop, ended := make(chan struct{}), make(chan struct{})
	f.Unchanged(since)
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
				f.Unchanged(since)
			}
		}
	}()
	return func() { close(stop); <-ended }
}

func marked(svc *Service) bool {
	synctest.Wait()
	return infoOf(svc, "main").Status.Unchanged()
}

// Who decodes says that pictures don't change; the camera's patience is 30 s.
func TestReportsSetTheMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil)
		f := follow(t, svc, coded(both...))
		get(t, f, time.Second, "a unit", isUnit)
		since := time.Now()
		end := reporter(t, f, since)
		<-time.After(29 * time.Second)
		if marked(svc) {
			t.Error("marked before the time")
		}
		told := get(t, f, 2*time.Second, "the mark", func(i FollowItem) bool { return i.State != nil && i.State.Status.Unchanged() }).State
		if d := told.Status.UnchangedSince.Sub(since); d.Abs() > time.Second || time.Since(since) > 31*time.Second {
			t.Errorf("since %v too late, told after %v", d, time.Since(since))
		}
		end()
		f.Unchanged(time.Time{})
		get(t, f, 100*time.Millisecond, "no mark", func(i FollowItem) bool { return i.State != nil && !i.State.Status.Unchanged() })
	})
}

func TestAReportDoesNotStick(t *testing.T) {
	for name, end := range map[string]func(*Service, *studio, *Follower){
		"it closes":     func(_ *Service, _ *studio, f *Follower) { f.Close() },
		"it falls mute": func(*Service, *studio, *Follower) { <-time.After(11 * time.Second) },
		"it takes JPEGs": func(_ *Service, _ *studio, f *Follower) {
			change(f, FollowRequest{JPEG: JPEG{Width: 64, Height: 36, Quality: 75}})
		},
		"it goes to sub": func(_ *Service, _ *studio, f *Follower) { change(f, FollowRequest{Stream: "sub", Coded: both}) },
		"reconnected":    func(_ *Service, s *studio, _ *Follower) { s.cast("main", large()); <-time.After(3 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc, studio := startStudio(t, large(), small(), nil)
				keep := follow(t, svc, coded(both...)) // reports nothing
				f := follow(t, svc, coded(both...))
				get(t, f, time.Second, "a unit", isUnit)
				stop := reporter(t, f, time.Now())
				<-time.After(31 * time.Second)
				if !marked(svc) {
					t.Fatal("not marked")
				}
				if name == "it falls mute" {
					stop()
				}
				end(svc, studio, f)
				none := time.Now().Add(2 * time.Second)
				for time.Now().Before(none) { // the follower that changes has to go over
					f.Take()
					<-time.After(tick)
				}
				if marked(svc) {
					t.Error("the mark sticks")
				}
				if name != "it falls mute" {
					stop()
				}
				get(t, keep, 3*time.Second, "live", isUnit)
			})
		})
	}
}

func change(f *Follower, want FollowRequest) {
	if err := f.Change(want); err != nil {
		panic(err)
	}
}

// One viewer that sees pictures change outweighs others.
func TestReportsHaveToAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil)
		a, b := follow(t, svc, coded(both...)), follow(t, svc, coded(both...))
		get(t, a, time.Second, "a unit", isUnit)
		live := time.Now()
		<-time.After(40 * time.Second)
		endA := reporter(t, a, live.Add(-time.Hour)) // before the session
		if !marked(svc) || infoOf(svc, "main").Status.UnchangedSince.Before(live.Add(-time.Second)) {
			t.Errorf("marked since %v before it was live", live.Sub(infoOf(svc, "main").Status.UnchangedSince))
		}
		endB := reporter(t, b, time.Time{})
		if marked(svc) {
			t.Error("marked although pictures change for one")
		}
		endB()
		<-time.After(12 * time.Second)
		if !marked(svc) {
			t.Error("who is mute counts")
		}
		b.Unchanged(time.Now().Add(time.Hour)) // nonsense
		if marked(svc) {
			t.Error("marked by a time to come")
		}
		endA()
	})
}

// While the server decodes, what it sees counts; a mark goes on until it sees a
// change.
func TestTheServersOwnViewCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil) // pictures change
		f := follow(t, svc, coded(both...))
		get(t, f, time.Second, "a unit", isUnit)
		end := reporter(t, f, time.Now())
		<-time.After(31 * time.Second)
		if !marked(svc) {
			t.Fatal("not marked")
		}
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		<-time.After(2 * time.Second)
		if marked(svc) {
			t.Error("marked although the server sees pictures change")
		}
		v.Close()
		<-time.After(4 * time.Second)
		if !marked(svc) { // the server looks no more
			t.Error("the report does not count again")
		}
		end()
	})
	synctest.Test(t, func(t *testing.T) {
		still := sends(1, tick, clip()[0]) // H.264, always the same picture
		svc, _ := startStudio(t, still, small(), nil)
		f := follow(t, svc, coded(both...))
		get(t, f, time.Second, "a unit", isUnit)
		begun := time.Now()
		end := reporter(t, f, begun)
		<-time.After(31 * time.Second)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		for range 50 {
			<-time.After(100 * time.Millisecond)
			if !marked(svc) {
				t.Fatal("the mark is lost although nothing changes")
			}
		}
		if since := infoOf(svc, "main").Status.UnchangedSince; since.Sub(begun).Abs() > time.Second {
			t.Errorf("since %v later", since.Sub(begun))
		}
		end()
		f.Close()
		<-time.After(40 * time.Second)
		if !marked(svc) {
			t.Error("the server does not see it itself")
		}
	})
}

func TestNoMarkWhereItIsSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), func(c *Config) { c.Cameras[0].UnchangedAfter = 0 })
		f := follow(t, svc, coded(both...))
		get(t, f, time.Second, "live", inState(camera.Live))
		end := reporter(t, f, time.Now())
		<-time.After(2 * time.Minute)
		if marked(svc) {
			t.Error("marked")
		}
		end()
	})
}
