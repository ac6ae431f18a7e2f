package streaming

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/rtsp"
)

// moving checks that a follower shows moving pictures without a blind moment
// until ok, at most for d.
func moving(t *testing.T, f *Follower, d time.Duration, what string, ok func(FollowItem, *Shown) bool) FollowItem {
	t.Helper()
	var told *Shown
	last := time.Now()
	return get(t, f, d, what, func(i FollowItem) bool {
		if i.State != nil {
			told = i.State
		}
		if isMoving(i) {
			if gap := time.Since(last); gap > 3*tick {
				t.Fatalf("%s: nothing was shown for %v", what, gap)
			}
			last = time.Now()
		}
		return isMoving(i) && ok(i, told)
	})
}

func of(stream string) func(FollowItem, *Shown) bool {
	return func(_ FollowItem, told *Shown) bool { return told != nil && told.Stream == stream }
}

// slow makes a stream's connection take so long.
func slow(d time.Duration, r role) role {
	return func(ctx context.Context, cfg rtsp.Config) error {
		if !wait(ctx, d) {
			return ctx.Err()
		}
		return r(ctx, cfg)
	}
}

// The stream follows the size, up and down, and what is shown goes on until the
// other stream is there.
func TestTheStreamFollowsTheSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, codecs := range map[string][]media.Codec{"jpeg": nil, "coded": both} {
			svc, studio := startStudio(t, slow(time.Second, large()), slow(time.Second, small()), nil)
			grid, big := pixels(160, 90), pixels(640, 360)
			grid.Coded, big.Coded = codecs, codecs
			f := follow(t, svc, grid)
			get(t, f, 3*time.Second, "the small stream", isMoving)
			source := 1
			for range 3 {
				for _, step := range []struct {
					want   FollowRequest
					stream string
				}{{big, "main"}, {grid, "sub"}} {
					if err := f.Change(step.want); err != nil {
						t.Fatal(err)
					}
					source++
					item := moving(t, f, 3*time.Second, name+" of "+step.stream, of(step.stream))
					if item.Source != source {
						t.Errorf("%s: source %d, want %d", name, item.Source, source)
					}
					if p := item.Picture; p != nil && (p.Stream != step.stream || p.Width != step.want.Width) {
						t.Errorf("%d wide of %s", p.Width, p.Stream)
					}
					moving(t, f, time.Second, "and on", func(FollowItem, *Shown) bool { return true })
				}
			}
			if n, m := studio.triesOf("main"), studio.triesOf("sub"); n != 1 || m != 1 {
				t.Errorf("%s: %d and %d tries", name, n, m)
			}
			<-time.After(15 * time.Second)
			if a, b := infoOf(svc, "main").Viewers, infoOf(svc, "sub").Viewers; a != 0 || b != 1 {
				t.Errorf("%s: %d viewers of main, %d of sub", name, a, b)
			}
			svc.Close()
		}
	})
}

// Who is busy while the other stream comes is shown it when it looks, not at its
// next key unit.
func TestASwitchWaitsForWhoIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil)
		grid, big := pixels(160, 90), pixels(640, 360)
		grid.Coded, big.Coded = both, both
		f := follow(t, svc, grid)
		get(t, f, time.Second, "the small stream", isMoving)
		if err := f.Change(big); err != nil {
			t.Fatal(err)
		}
		<-time.After(1500 * time.Millisecond) // of a GOP of 2 s
		item := get(t, f, 10*time.Millisecond, "the large stream", func(i FollowItem) bool { return isUnit(i) && i.Source == 2 })
		if age := time.Since(item.Unit.Arrived); age > tick {
			t.Errorf("the unit to show is %v old", age)
		}
	})
}

// Sizes are found out when streams play: a sub stream that is too small is left.
func TestTheStreamThatTurnsOutTooSmallIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, slow(time.Second, large()), small(), nil)
		want := pixels(640, 360)
		want.Coded = both
		f := follow(t, svc, want)
		get(t, f, time.Second, "the sub stream for now", isUnit)
		moving(t, f, 3*time.Second, "main", of("main"))
	})
}

// The size of JPEGs changes without a new source.
func TestAnotherSizeIsTheSameSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil)
		f := follow(t, svc, FollowRequest{Stream: "main", JPEG: JPEG{Width: 160, Height: 90, Quality: 75}})
		get(t, f, time.Second, "live", isPicture)
		for _, j := range []JPEG{
			{Width: 320, Height: 180, Quality: 75}, {Width: 320, Height: 180, Quality: 40}, {Width: 320, Height: 180, Quality: 40, FPS: 5},
		} {
			if err := f.Change(FollowRequest{Stream: "main", JPEG: j}); err != nil {
				t.Fatal(err)
			}
			item := moving(t, f, time.Second, "the new rendition", func(_ FollowItem, told *Shown) bool { return told != nil && told.Rendition == j })
			if item.Source != 1 || item.Picture.Width != 320 {
				t.Errorf("source %d, %d wide", item.Source, item.Picture.Width)
			}
		}
		if st := streamOf(svc, "main"); len(st.renditions) != 1 {
			t.Errorf("%d renditions are left", len(st.renditions))
		}
	})
}

// JPEG and coded pictures take each other's place on one stream.
func TestTheFormatChangesWithoutABlindMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil)
		f := follow(t, svc, coded(both...))
		get(t, f, time.Second, "a unit", isUnit)
		for source := 2; source < 6; source++ {
			want := coded(both...)
			if source%2 == 0 {
				want.Coded = nil
			}
			if err := f.Change(want); err != nil {
				t.Fatal(err)
			}
			item := moving(t, f, time.Second, "the other format", func(i FollowItem, _ *Shown) bool { return (i.Picture != nil) == (source%2 == 0) })
			if item.Source != source {
				t.Errorf("source %d, want %d", item.Source, source)
			}
		}
	})
}

// A stream that fails does not replace one that is live; one that is not live is
// replaced at once.
func TestWhatFailsReplacesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, code := range []fault.Code{fault.ConnRefused, fault.StreamNotFound, fault.Busy} {
			svc, studio := startStudio(t, refuses(code), small(), nil)
			f := follow(t, svc, FollowRequest{Stream: "sub", Coded: both})
			get(t, f, time.Second, "sub", isUnit)
			if err := f.Change(FollowRequest{Stream: "main", Coded: both}); err != nil {
				t.Fatal(err)
			}
			end := time.Now().Add(20 * time.Second)
			moving(t, f, 30*time.Second, "sub goes on", func(i FollowItem, told *Shown) bool {
				return time.Now().After(end)
			})
			if f.source != 1 {
				t.Errorf("%s: source %d", code, f.source)
			}
			studio.cast("sub", refuses(code))
			told := get(t, f, time.Second, "the state of main", func(i FollowItem) bool { return i.State != nil && i.State.Stream == "main" })
			if told.State.Status.Reason != code || told.Source != 2 {
				t.Errorf("%s: source %d, %+v", code, told.Source, told.State.Status)
			}
			svc.Close()
		}
	})
}

// Where the camera is there but not with the stream of the right size, another
// one stands in until that works.
func TestAnotherStreamStandsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, refuses(fault.StreamNotFound), small(), func(c *Config) {
			c.Cameras[0].Streams[0].Width, c.Cameras[0].Streams[0].Height = 640, 360
		})
		want := FollowRequest{Stream: Auto, Coded: both}
		f := follow(t, svc, want)
		get(t, f, time.Second, "sub", isUnit)
		if told := f.told; told.Stream != "sub" || f.next == nil {
			t.Errorf("shown: %+v", told)
		}
		studio.cast("main", large())
		moving(t, f, 40*time.Second, "main works", of("main"))
		if f.next != nil || f.standIn {
			t.Error("something still stands in")
		}

		// Neither works: the one that is wanted says why.
		studio.cast("sub", refuses(fault.NoVideo))
		studio.cast("main", refuses(fault.StreamNotFound))
		<-time.After(20 * time.Second)
		told := get(t, f, 5*time.Second, "a state", func(i FollowItem) bool { return i.State != nil && i.State.Status.State == camera.Retrying })
		if told.State.Stream != "main" {
			t.Errorf("told of %s: %+v", told.State.Stream, told.State.Status)
		}
		// A stream that is asked for by name stays.
		studio.cast("sub", small())
		named := follow(t, svc, FollowRequest{Stream: "main", Coded: both})
		get(t, named, time.Second, "the camera's last picture", func(i FollowItem) bool { return i.Picture != nil && !i.Picture.Live })
		none(t, named, 10*time.Second)
	})
}

// A camera that is away is not tried on all its streams; but one that somebody
// sees anyway stands in.
func TestALiveStreamStandsInForOneThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, refuses(fault.DialTimeout), refuses(fault.DialTimeout), func(c *Config) {
			c.Cameras[0].Streams[0].Width, c.Cameras[0].Streams[0].Height = 640, 360
		})
		f := follow(t, svc, FollowRequest{Stream: Auto, Coded: both})
		none(t, f, 10*time.Second)
		if n := studio.triesOf("sub"); n != 0 {
			t.Errorf("%d tries of the other stream", n)
		}
		other := follow(t, svc, FollowRequest{Stream: "sub", Coded: both})
		studio.cast("sub", small())
		get(t, other, 3*time.Second, "sub", isUnit)
		get(t, f, 3*time.Second, "sub stands in", isUnit)
		studio.cast("sub", refuses(fault.DialTimeout))
		get(t, f, 3*time.Second, "main's state", func(i FollowItem) bool { return i.State != nil && i.State.Stream == "main" })
		if f.next != nil || infoOf(svc, "sub").Viewers != 1 {
			t.Errorf("%d viewers of sub", infoOf(svc, "sub").Viewers)
		}
	})
}

// A blind follower of units has a key unit asked for.
func TestAFollowerOfALongGOP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{first: true}
		svc := startSmart(t, cam)
		a := follow(t, svc, FollowRequest{Stream: "main", Coded: both})
		get(t, a, time.Second, "a unit", isUnit)
		<-time.After(30 * time.Second)
		wantAsked(t, cam, 0)
		v := watchAs(t, svc, "cam1", tiny) // a decoder is of no use for units
		until(t, v, 2*time.Second, "live", live)
		wantAsked(t, cam, 1)
		<-time.After(30 * time.Second)
		b := follow(t, svc, FollowRequest{Stream: "main", Coded: both})
		item := get(t, b, time.Second, "a unit", isUnit)
		if !item.Unit.Key || item.Skipped {
			t.Errorf("key %v, skipped %v", item.Unit.Key, item.Skipped)
		}
		wantAsked(t, cam, 2)
		<-time.After(30 * time.Second)
		b.Restart()
		item = get(t, b, time.Second, "a unit after the restart", isUnit)
		if !item.Unit.Key {
			t.Error("not a key unit")
		}
		wantAsked(t, cam, 3)
		cam.mu.Lock()
		cam.deaf = true
		cam.mu.Unlock()
		<-time.After(30 * time.Second)
		c := follow(t, svc, FollowRequest{Stream: "main", Coded: both})
		none(t, c, 5*time.Second)
		wantAsked(t, cam, 6) // it goes on
	})
}

func TestALimitKeepsWhatIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), func(c *Config) { c.MaxRenditionsPerStream = 2 })
		f := follow(t, svc, pixels(160, 90))
		get(t, f, time.Second, "live", isPicture)
		other := watchAs(t, svc, "cam1", Request{Stream: "sub", Width: 32, Height: 18, Quality: 75})
		if err := f.Change(pixels(180, 102)); fault.CodeOf(err) != fault.TooMany {
			t.Errorf("changed: %v", err)
		}
		if _, err := svc.Follow("cam1", pixels(180, 102)); fault.CodeOf(err) != fault.TooMany {
			t.Errorf("followed: %v", err)
		}
		moving(t, f, time.Second, "what was shown", func(i FollowItem, _ *Shown) bool { return i.Picture.Width == 160 })
		other.Close()
		if err := f.Change(pixels(180, 102)); err != nil {
			t.Errorf("changed: %v", err)
		}
		moving(t, f, 2*time.Second, "the new size", func(i FollowItem, _ *Shown) bool { return i.Picture.Width == 180 })
		if err := f.Change(FollowRequest{Stream: "third"}); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("changed to a stream that is not there: %v", err)
		}
		moving(t, f, time.Second, "what was shown", func(i FollowItem, _ *Shown) bool { return i.Picture.Width == 180 })
	})
}

// What changes of a camera is followed: its address, its rotation, its switch.
func TestAnEditedCameraIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, large(), small(), nil)
		a, b := follow(t, svc, coded(both...)), follow(t, svc, FollowRequest{JPEG: JPEG{Quality: 75}})
		get(t, a, time.Second, "a unit", isUnit)
		get(t, b, time.Second, "a picture", isPicture)
		edit := func(change func(*camera.Camera)) {
			cam := clone(svc.Cameras()[0])
			change(cam)
			svc.Set(*cam)
		}
		edit(func(c *camera.Camera) { c.Rotation = 90 })
		told := get(t, a, time.Second, "turned", func(i FollowItem) bool { return i.State != nil }).State
		if told.Rotation != 90 || told.Width != 360 || told.ShapeWidth != 360 || told.ShapeHeight != 640 {
			t.Errorf("told %+v", told)
		}
		get(t, b, time.Second, "a turned picture", func(i FollowItem) bool { return isPicture(i) && i.Picture.Width == 360 })

		edit(func(c *camera.Camera) { c.Disabled = true })
		get(t, a, time.Second, "switched off", inState(camera.Disabled))
		get(t, b, time.Second, "switched off", inState(camera.Disabled))
		none(t, a, 3*time.Second)
		edit(func(c *camera.Camera) { c.Disabled = false })
		get(t, a, time.Second, "on again", isUnit)
		get(t, b, time.Second, "on again", isPicture)

		tries := studio.triesOf("main")
		edit(func(c *camera.Camera) { c.Streams[0].URL = "rtsp://192.0.2.9/other/main" })
		get(t, a, time.Second, "the new address", func(i FollowItem) bool { return isUnit(i) && i.Unit.Seq == 1 })
		get(t, b, time.Second, "the new address", isPicture)
		if n := studio.triesOf("main"); n != tries+1 {
			t.Errorf("%d tries", n-tries)
		}
		edit(func(c *camera.Camera) { c.Streams = c.Streams[1:] }) // main is gone, the first is now sub
		get(t, a, time.Second, "the other stream", func(i FollowItem) bool { return isUnit(i) && i.Source == 2 })
		get(t, b, time.Second, "the other stream", func(i FollowItem) bool { return isPicture(i) && i.Picture.Stream == "sub" })
	})
}
