package streaming

import (
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/media"
)

// units takes what comes for d.
func units(t *testing.T, f *Follower, d time.Duration) (all []FollowItem) {
	t.Helper()
	end := time.Now().Add(d)
	get(t, f, d+time.Second, "any unit", func(i FollowItem) bool {
		if i.Unit != nil {
			all = append(all, i)
		}
		return !time.Now().Before(end)
	})
	return all
}

// Who passed over units of a GOP that goes on for long catches up with it.
func TestAHiccupDoesNotFreezeALongGOP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{first: true}
		svc := startSmart(t, cam)
		f := follow(t, svc, FollowRequest{Stream: "main", Coded: both})
		get(t, f, time.Second, "a unit", isUnit)
		for round := range 3 {
			seq := units(t, f, 2*time.Second)[0].Unit.Seq
			<-time.After(700 * time.Millisecond)
			begun := time.Now()
			var caught []FollowItem
			item := get(t, f, 1500*time.Millisecond, "a unit after a hiccup", func(i FollowItem) bool {
				if i.Unit != nil {
					caught = append(caught, i)
				}
				return isUnit(i)
			})
			first := caught[0]
			if !first.Unit.Key || !first.Skipped || !first.CatchingUp || item.Skipped || item.Source != 1 {
				t.Errorf("round %d: goes on with key %v, skipped %v, catching up %v", round, first.Unit.Key, first.Skipped, first.CatchingUp)
			}
			if item.Unit.Seq <= seq || time.Since(item.Unit.Arrived) > tick || uint64(len(caught)) != item.Unit.Seq {
				t.Errorf("round %d: unit %d after %d, %v old", round, item.Unit.Seq, len(caught), time.Since(item.Unit.Arrived))
			}
			if d := time.Since(begun); d < keyPatience {
				t.Errorf("round %d: after %v: a key unit may come by itself", round, d)
			}
		}
		if n := len(units(t, f, 2*time.Second)); n < 50 {
			t.Errorf("then %d units in 2 s", n)
		}
		wantAsked(t, cam, 0)
	})
}

// Where the GOP is too long to be kept, a key unit is asked for.
func TestAHiccupAsksForAKeyUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{first: true}
		svc := startSmart(t, cam)
		f := follow(t, svc, FollowRequest{Stream: "main", Coded: both})
		get(t, f, time.Second, "a unit", isUnit)
		units(t, f, 20*time.Second)
		wantAsked(t, cam, 0)
		<-time.After(700 * time.Millisecond)
		item := get(t, f, 1500*time.Millisecond, "a unit after a hiccup", isUnit)
		if !item.Unit.Key || !item.Skipped || item.CatchingUp {
			t.Errorf("goes on with key %v, skipped %v, catching up %v", item.Unit.Key, item.Skipped, item.CatchingUp)
		}
		wantAsked(t, cam, 1)
		units(t, f, 20*time.Second)
		wantAsked(t, cam, 1)

		cam.mu.Lock()
		cam.deaf = true
		cam.mu.Unlock()
		<-time.After(700 * time.Millisecond)
		none(t, f, 5500*time.Millisecond)
		wantAsked(t, cam, 4) // at 1, 3, 5 s
	})
}

// A unit that the viewer gave up is as one that was passed over.
func TestWhoSkipsGoesOnAtAKeyUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{first: true}
		svc := startSmart(t, cam)
		f := follow(t, svc, FollowRequest{Stream: "main", Coded: both})
		get(t, f, time.Second, "a unit", isUnit)
		units(t, f, 3*time.Second)
		f.Skip()
		none(t, f, 900*time.Millisecond)
		item := get(t, f, 600*time.Millisecond, "a unit", func(i FollowItem) bool { return i.Unit != nil })
		if !item.Unit.Key || !item.Skipped || !item.CatchingUp {
			t.Errorf("goes on with key %v, skipped %v, catching up %v", item.Unit.Key, item.Skipped, item.CatchingUp)
		}
		f.Close()
		f.Skip()
	})
}

// A camera with few pictures misses nothing.
func TestASlowCameraIsNotTakenForFrozen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, sends(media.H264, 3*time.Second, clip()[:40]...), small(), nil)
		f := follow(t, svc, FollowRequest{Stream: "main", Coded: both})
		get(t, f, time.Second, "a unit", isUnit)
		all := units(t, f, time.Minute)
		for i, item := range all {
			if item.Unit.Seq != uint64(i+2) || item.Skipped || item.CatchingUp {
				t.Fatalf("unit %d as number %d, skipped %v, catching up %v", item.Unit.Seq, i+2, item.Skipped, item.CatchingUp)
			}
		}
		if len(all) < 19 {
			t.Errorf("%d units", len(all))
		}
	})
}
