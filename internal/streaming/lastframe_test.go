package streaming

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
)

func isLast(i FollowItem) bool { return i.Picture != nil && !i.Picture.Live }

// away returns the service of a camera that was shown coded, and is away.
func away(t *testing.T, want FollowRequest) (*Service, *studio) {
	t.Helper()
	svc, studio := startStudio(t, large(), small(), nil)
	f := follow(t, svc, want)
	get(t, f, time.Second, "a unit", isUnit)
	<-time.After(500 * time.Millisecond)
	studio.cast("main", refuses(fault.ConnRefused))
	get(t, f, time.Second, "the outage", inState(camera.Retrying))
	return svc, studio
}

var lastWanted = FollowRequest{Stream: "main", Coded: both, JPEG: JPEG{Width: 160, Height: 90, Quality: 75}}

// A screen may come with many tiles of one camera at once: whoever comes while
// the last picture is being decoded gets it too.
func TestTheLastPictureIsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := away(t, lastWanted)
		got := make([]bool, 8)
		var wg sync.WaitGroup
		for i := range got {
			f := follow(t, svc, lastWanted)
			wg.Go(func() {
				for more := true; more && !got[i]; {
					var item FollowItem
					item, more = f.Take()
					got[i] = more && isLast(item)
				}
			})
		}
		wg.Wait()
		if slices.Contains(got, false) {
			t.Errorf("some got no last picture: %v", got)
		}
	})
}

// Who comes to a camera that is live, and sees nothing of it before it goes, gets
// its last picture then.
func TestTheLastPictureOfAGOPThatWasTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gop := slices.Concat(clip()[:50], slices.Repeat(clip()[1:50], 20))
		svc, studio := startStudio(t, sends(media.H264, tick, gop...), small(), nil)
		first := follow(t, svc, lastWanted)
		get(t, first, time.Second, "a unit", isUnit)
		units(t, first, 17*time.Second)
		f := follow(t, svc, lastWanted)
		get(t, f, time.Second, "live", inState(camera.Live))
		for item, more := f.Take(); more; item, more = f.Take() {
			if item.State == nil {
				t.Fatalf("got %+v of a GOP that is no longer there", item)
			}
		}
		none(t, f, 2*time.Second)
		studio.cast("main", refuses(fault.ConnRefused))
		get(t, f, time.Second, "the last picture", isLast)
		none(t, f, 3*time.Second)
		studio.cast("main", large())
		get(t, f, 3*time.Second, "live again", isUnit)
	})
}

// Without any picture there is nothing to give, which is looked at now and then.
func TestTheLastPictureThatThereIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, refuses(fault.ConnRefused), small(), nil)
		f := follow(t, svc, lastWanted)
		get(t, f, time.Second, "the outage", inState(camera.Retrying))
		begun, waits := time.Now(), 0
		for time.Since(begun) < 10*time.Second {
			if err := f.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			waits++
			for item, more := f.Take(); more; item, more = f.Take() {
				if item.State == nil {
					t.Fatalf("got %+v", item)
				}
			}
		}
		if waits > 40 {
			t.Errorf("woken %d times in 10 s", waits)
		}
		// One of another of its streams is better than none.
		get(t, follow(t, svc, FollowRequest{Stream: "sub", Coded: both}), 2*time.Second, "a unit", isUnit)
		if p := get(t, f, 2*lookAgain+tick, "a picture", isLast).Picture; p.Stream != "sub" {
			t.Errorf("a picture of %s", p.Stream)
		}
	})
}

// While the last picture is being decoded its Follower can be asked for other
// things, and closed.
func TestTheLastPictureHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := away(t, lastWanted)
		st := streamOf(svc, "main")
		for _, closes := range []bool{false, true} {
			f := follow(t, svc, lastWanted)
			for f.told == nil || f.told.Status.State != camera.Retrying {
				f.Take()
			}
			st.keeping.Lock() // it takes its time
			last := make(chan *Picture, 1)
			go func() {
				item, _ := f.Take()
				last <- item.Picture
			}()
			for free, n := false, 0; !free; n++ {
				if n == 10_000_000 {
					t.Fatal("the Follower is locked")
				}
				runtime.Gosched()
				if f.mu.TryLock() {
					free = !f.soughtAt.IsZero()
					f.mu.Unlock()
				}
			}
			change := lastWanted
			change.Sound = true
			if err := f.Change(change); err != nil {
				t.Error(err)
			}
			f.Sent(1)
			if closes {
				f.Close()
			}
			st.keeping.Unlock()
			if p := <-last; (p == nil) != closes {
				t.Errorf("closed %v: got %s", closes, describe(p))
			}
		}
	})
}
