package streaming

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
)

func TestStateComesBeforeTheFirstPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, want := range map[string]FollowRequest{"jpeg": pixels(160, 90), "coded": coded(both...)} {
			svc, _ := startStudio(t, large(), small(), nil)
			f := follow(t, svc, want)
			first := get(t, f, time.Second, "anything", func(FollowItem) bool { return true })
			if first.State == nil || first.Source != 1 {
				t.Errorf("%s: first came %+v", name, first)
			}
			live := inState(camera.Live)(first) // it may be so at the first look
			item := get(t, f, time.Second, "a picture", func(i FollowItem) bool {
				live = live || inState(camera.Live)(i)
				return i.Unit != nil || i.Picture != nil
			})
			if !live {
				t.Errorf("%s: a picture came before the state said that it is live", name)
			}
			if (item.Picture != nil) != (name == "jpeg") {
				t.Errorf("%s: got %+v", name, item)
			}
			f.Close()
			svc.Close()
		}
	})
}

// M-JPEG viewers and followers of one rendition share its pictures; only the
// former are drawn the state.
func TestARenditionIsSharedButItsCards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, large(), small(), nil)
		want := Request{Stream: "main", Width: 160, Height: 90, Quality: 75}
		f := follow(t, svc, FollowRequest{Stream: "main", JPEG: JPEG{Width: 160, Height: 90, Quality: 75}})
		v := watchAs(t, svc, "cam1", want)
		p := until(t, v, time.Second, "live", live)
		same := get(t, f, time.Second, "the picture of the M-JPEG viewer", isPicture).Picture
		for same.Seq < p.Seq {
			same = get(t, f, time.Second, "the picture of the M-JPEG viewer", isPicture).Picture
		}
		for p.Seq < same.Seq {
			p = next(t, v, time.Second)
		}
		if p != same {
			t.Errorf("pictures %d and %d are not one", p.Seq, same.Seq)
		}
		if n := streamOf(svc, "main"); len(n.renditions) != 1 {
			t.Errorf("%d renditions", len(n.renditions))
		}
		studio.cast("main", refuses(fault.ConnRefused))
		get(t, f, time.Second, "the outage", inState(camera.Retrying))
		for range 3 {
			if p := next(t, v, 2*time.Second); p.Live {
				t.Error("a live picture of a camera that is away")
			}
		}
		none(t, f, 2*time.Second)
		v.Close()

		st := streamOf(svc, "main")
		st.mu.Lock()
		r := st.renditions[want]
		st.mu.Unlock()
		before := r.latest.Load().Seq
		<-time.After(5 * time.Second)
		if n := r.latest.Load().Seq; n > before+1 {
			t.Errorf("%d pictures of the state drawn for nobody", n-before)
		}
		// Who comes now is not shown what was live once.
		again := watchAs(t, svc, "cam1", want)
		if p := next(t, again, 1100*time.Millisecond); p.Live {
			t.Error("an old picture as if it were live")
		}
		studio.cast("main", large())
		get(t, f, 3*time.Second, "live again", isPicture)
		until(t, again, 3*time.Second, "live again", live)
	})
}

// A stale picture of a rendition that only followers had is not taken for the
// first live one of it.
func TestWhatWasLiveIsNotCurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, large(), small(), nil)
		want := Request{Stream: "main", Width: 160, Height: 90, Quality: 75}
		f := follow(t, svc, FollowRequest{Stream: "main", JPEG: JPEG{Width: 160, Height: 90, Quality: 75}})
		get(t, f, time.Second, "live", isPicture)
		studio.cast("main", refuses(fault.ConnRefused))
		get(t, f, time.Second, "the outage", inState(camera.Retrying))
		<-time.After(2 * time.Second)
		if r := streamOf(svc, "main").renditions[want]; !r.latest.Load().Live || r.current() != nil {
			t.Error("the state was drawn for nobody, or what was live still counts")
		}
		v := watchAs(t, svc, "cam1", want)
		if p := next(t, v, 1100*time.Millisecond); p.Live || p.Status.State != camera.Retrying {
			t.Errorf("first came %s", describe(p))
		}
	})
}

func TestCodedUnitsComeAsTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil)
		a := follow(t, svc, coded(both...))
		first := get(t, a, time.Second, "a unit", isUnit)
		if !first.Unit.Key || first.Skipped || !bytes.Equal(first.Unit.Data, clip()[0]) {
			t.Errorf("begins with key %v, skipped %v", first.Unit.Key, first.Skipped)
		}
		seq := first.Unit.Seq
		for range 60 {
			item := get(t, a, time.Second, "the next unit", isUnit)
			if seq++; item.Unit.Seq != seq || item.Skipped || item.Source != 1 {
				t.Fatalf("unit %d after %d, skipped %v, source %d", item.Unit.Seq, seq-1, item.Skipped, item.Source)
			}
		}
		// Who comes later catches up with the GOP.
		b := follow(t, svc, coded(media.H264))
		var units []FollowItem
		get(t, b, 10*time.Millisecond, "the newest", func(i FollowItem) bool {
			if i.Unit != nil {
				units = append(units, i)
			}
			return isUnit(i)
		})
		if len(units) != 11 || !units[0].Unit.Key || units[10].Unit.Seq != seq || units[0].Skipped {
			t.Errorf("%d units, from key %v to %d, want 11 up to %d", len(units), units[0].Unit.Key, units[len(units)-1].Unit.Seq, seq)
		}
		for _, u := range units[:len(units)-1] {
			if !u.CatchingUp {
				t.Errorf("unit %d is not one to catch up with", u.Unit.Seq)
			}
		}
		a.Sent(100)
		info := infoOf(svc, "main")
		if info.Counters.Decoded != 0 || info.Counters.Encoded != 0 || info.Viewers != 2 {
			t.Errorf("%d decoded and %d encoded for %d viewers", info.Counters.Decoded, info.Counters.Encoded, info.Viewers)
		}
		if info.Counters.PicturesSent != 1 || info.Counters.BytesSent != 100 {
			t.Errorf("%d pictures, %d bytes sent", info.Counters.PicturesSent, info.Counters.BytesSent)
		}
		if st := streamOf(svc, "main"); st.stopDecode != nil {
			t.Error("a decoder runs")
		}
	})
}

// Decoding stops when only viewers of coded units are left, also where the GOP
// is too long to be kept.
func TestDecodingStopsForCodedViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, gop := range []int{50, 1 << 30} {
			svc, _ := start(t, 1, func(c *Config) { c.newSession = sendGOPs(tick, gop) })
			f := follow(t, svc, coded(media.H264))
			get(t, f, time.Second, "a unit", isUnit)
			v := watchAs(t, svc, "cam1", tiny)
			until(t, v, 2*time.Second, "live", live)
			<-time.After(20 * time.Second)
			if infoOf(svc, "main").Counters.Decoded == 0 {
				t.Fatal("nothing was decoded for the M-JPEG viewer")
			}
			v.Close()
			<-time.After(3 * time.Second)
			before := infoOf(svc, "main").Counters.Decoded
			<-time.After(5 * time.Second)
			if n := infoOf(svc, "main").Counters.Decoded - before; n != 0 {
				t.Errorf("GOPs of %d: %d pictures decoded for nobody", gop, n)
			}
			if gop == 50 {
				until(t, watchAs(t, svc, "cam1", tiny), 100*time.Millisecond, "live, decoded anew", live)
			}
			svc.Close()
		}
	})
}

// The pull goes on while somebody takes coded units, and ends behind the last.
func TestCodedViewersKeepThePull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, large(), small(), nil)
		f := follow(t, svc, coded(media.H264))
		get(t, f, time.Second, "a unit", isUnit)
		<-time.After(time.Minute)
		if state(svc, 0).State != camera.Live || studio.triesOf("main") != 1 || studio.triesOf("sub") != 0 {
			t.Errorf("%v after %d tries", state(svc, 0).State, studio.triesOf("main"))
		}
		f.Close()
		f.Close()
		<-time.After(11 * time.Second)
		if got := state(svc, 0).State; got != camera.Idle {
			t.Errorf("%v after the last viewer", got)
		}
		if err := f.Wait(t.Context()); fault.CodeOf(err) != fault.Stopping {
			t.Errorf("a closed follower waits: %v", err)
		}
		if item, ok := f.Take(); ok {
			t.Errorf("a closed follower gives %+v", item)
		}
	})
}

func TestACodecThatIsNotTakenComesAsJPEG(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, main := range map[string]role{
			"MJPEG": jpegs(), "H265": sends(media.H265, tick, clipH265()...),
		} {
			svc, _ := startStudio(t, main, small(), nil)
			f := follow(t, svc, coded(media.H264))
			var told *Shown
			item := get(t, f, 2*time.Second, "a picture", func(i FollowItem) bool {
				if i.State != nil {
					told = i.State
				}
				if i.Unit != nil {
					t.Fatalf("%s: a unit that is not taken", name)
				}
				return isPicture(i)
			})
			if told.Coded != media.CodecUnknown || told.Why != "codec" || told.Codec.String() != name || told.Rendition != (JPEG{Width: 64, Height: 36, Quality: 75}) {
				t.Errorf("%s: told %+v", name, told)
			}
			if item.Picture.Width != 64 || item.Picture.Height != 36 || item.Source != 2 {
				t.Errorf("%s: %dx%d, source %d", name, item.Picture.Width, item.Picture.Height, item.Source)
			}
			svc.Close()
		}
	})
}

// A camera whose codec is another one after its return.
func TestACameraThatChangesItsCodec(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, large(), small(), nil)
		a, b := follow(t, svc, coded(both...)), follow(t, svc, coded(media.H264))
		get(t, a, time.Second, "a unit", isUnit)
		get(t, b, time.Second, "a unit", isUnit)
		studio.cast("main", sends(media.H265, tick, clipH265()...))
		var told *Shown
		item := get(t, a, 3*time.Second, "H.265", func(i FollowItem) bool {
			if i.State != nil {
				told = i.State
			}
			return i.Source == 2 && isUnit(i)
		})
		if item.Unit.Track.Codec != media.H265 || told.Coded != media.H265 || told.Why != "" || told.Width != 320 {
			t.Errorf("%v, told %+v", item.Unit.Track.Codec, told)
		}
		get(t, b, 3*time.Second, "JPEG of H.265", isPicture)
		studio.cast("main", large())
		item = get(t, b, 3*time.Second, "H.264 again", isUnit)
		if !item.Unit.Key && !item.CatchingUp || item.Source != 3 {
			t.Errorf("key %v, source %d", item.Unit.Key, item.Source)
		}
	})
}

// Who does not take units in time goes on at a key unit, and is told.
func TestASlowFollowerGoesOnAtAKeyUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, large(), small(), nil)
		f := follow(t, svc, coded(media.H264))
		get(t, f, time.Second, "a unit", isUnit) // unit 1 of 50
		<-time.After(time.Second)
		begun := time.Now()
		item := get(t, f, 2*time.Second, "the next GOP", isUnit)
		if !item.Unit.Key || !item.Skipped || item.Unit.Seq != 51 || time.Since(begun) > 1050*time.Millisecond {
			t.Errorf("unit %d after %v, key %v, skipped %v", item.Unit.Seq, time.Since(begun), item.Unit.Key, item.Skipped)
		}
		<-time.After(400 * time.Millisecond) // not so slow
		item = get(t, f, time.Second, "the next unit", isUnit)
		if item.Unit.Seq != 52 || item.Skipped {
			t.Errorf("unit %d, skipped %v", item.Unit.Seq, item.Skipped)
		}
		// After a while without anybody to look, it begins with what is kept.
		for item.Unit.Seq < 60 {
			item = get(t, f, time.Second, "the next unit", isUnit)
		}
		<-time.After(700 * time.Millisecond)
		f.Restart()
		n := 0
		item = get(t, f, 10*time.Millisecond, "the newest unit", func(i FollowItem) bool {
			if i.Unit != nil {
				n++
			}
			return isUnit(i)
		})
		if item.Unit.Seq < 76 || item.Skipped || n < 25 || item.Source != 1 {
			t.Errorf("restarted at unit %d after %d, skipped %v, source %d", item.Unit.Seq, n-1, item.Skipped, item.Source)
		}
	})
}

// The newest unit of a camera with few pictures is older than what a slow viewer
// is spared.
func TestASlowCameraIsShownAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, sends(media.H264, 2*time.Second, clip()[:5]...), small(), nil)
		a := follow(t, svc, coded(media.H264))
		get(t, a, time.Second, "a unit", isUnit)
		<-time.After(3500 * time.Millisecond)
		b := follow(t, svc, coded(media.H264))
		if item := get(t, b, 10*time.Millisecond, "the newest", isUnit); item.Unit.Seq != 2 {
			t.Errorf("unit %d", item.Unit.Seq)
		}
		for seq := uint64(3); seq < 9; seq++ {
			if item := get(t, b, 3*time.Second, "the next", isUnit); item.Unit.Seq != seq || item.Skipped {
				t.Errorf("unit %d, skipped %v, want %d", item.Unit.Seq, item.Skipped, seq)
			}
		}
	})
}

// Who comes while the camera is away gets its last picture, once and as it was.
func TestTheLastPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		isLast := func(i FollowItem) bool { return i.Picture != nil && !i.Picture.Live }
		for name, want := range map[string]FollowRequest{
			"jpeg":  {JPEG: JPEG{Width: 160, Height: 90, Quality: 75}},
			"coded": {Coded: both, JPEG: JPEG{Width: 160, Height: 90, Quality: 75}}, // nothing was decoded
		} {
			svc, studio := startStudio(t, large(), small(), nil)
			first := follow(t, svc, want)
			get(t, first, time.Second, "a picture", isMoving)
			<-time.After(time.Second)
			studio.cast("main", refuses(fault.ConnRefused))
			<-time.After(5 * time.Second)
			f := follow(t, svc, want)
			begun := time.Now()
			item := get(t, f, 100*time.Millisecond, "the last picture", isLast)
			p := item.Picture
			if age := begun.Sub(p.Arrived); age < 5*time.Second || age > 8*time.Second || p.Width != 160 || p.Height != 90 {
				t.Errorf("%s: %dx%d, %v old", name, p.Width, p.Height, age)
			}
			if _, err := jpeg.Decode(bytes.NewReader(p.JPEG)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			none(t, f, 3*time.Second)
			studio.cast("main", large())
			get(t, f, 3*time.Second, "live again", isMoving)
			svc.Close()
		}
	})
}

func TestThereIsNoLastPictureOfALiveCamera(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, studio := startStudio(t, large(), small(), nil)
		f := follow(t, svc, coded(media.H264))
		get(t, f, time.Second, "a unit", isUnit)
		studio.cast("main", refuses(fault.ConnRefused))
		none(t, f, 3*time.Second)
	})
}

func TestAFollowerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			end  func(*Service)
			code fault.Code
		}{
			"camera removed": {func(s *Service) { s.Remove("cam1") }, fault.NotFound},
			"stream removed": {func(s *Service) {
				cam := clone(s.Cameras()[0])
				cam.Streams = cam.Streams[1:]
				s.Set(*cam)
			}, fault.NotFound},
			"service closed": {(*Service).Close, fault.Stopping},
		} {
			for _, want := range []FollowRequest{
				{Stream: "main", JPEG: JPEG{Quality: 75}}, {Stream: "main", Coded: both, JPEG: JPEG{Quality: 75}},
			} {
				svc, _ := startStudio(t, large(), small(), nil)
				f := follow(t, svc, want)
				get(t, f, time.Second, "live", isMoving)
				for { // nothing is there
					if _, more := f.Take(); !more {
						break
					}
				}
				ended := make(chan error)
				go func() {
					for {
						if err := f.Wait(context.Background()); err != nil {
							ended <- err
							return
						}
						for more := true; more; {
							_, more = f.Take()
						}
					}
				}()
				synctest.Wait()
				c.end(svc)
				if err := <-ended; fault.CodeOf(err) != c.code {
					t.Errorf("%s: %v, want %s", name, err, c.code)
				}
				f.Close()
				svc.Close()
			}
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, hushed, hushed, nil)
		f := follow(t, svc, coded(media.H264))
		get(t, f, time.Second, "connecting", inState(camera.Connecting))
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		f.Take() // there might have been a last picture
		if err := f.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestWaitEndsWithItsFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, hushed, hushed, nil)
		f := follow(t, svc, coded(media.H264))
		get(t, f, time.Second, "connecting", inState(camera.Connecting))
		f.Take()
		begun, ended := time.Now(), make(chan error)
		go func() { ended <- f.Wait(context.Background()) }()
		synctest.Wait()
		f.Close()
		if err := <-ended; fault.CodeOf(err) != fault.Stopping || time.Since(begun) > 0 {
			t.Errorf("ended with %v after %v", err, time.Since(begun))
		}
	})
}

func TestFollowRefuses(t *testing.T) {
	svc, _ := start(t, 1, nil)
	for name, c := range map[string]struct {
		id   camera.ID
		want FollowRequest
		code fault.Code
	}{
		"camera":    {"nobody", FollowRequest{}, fault.NotFound},
		"stream":    {"cam1", FollowRequest{Stream: "third"}, fault.NotFound},
		"size":      {"cam1", FollowRequest{Width: 640}, fault.BadRequest},
		"JPEG size": {"cam1", FollowRequest{JPEG: JPEG{Width: -1, Height: 3}}, fault.BadRequest},
	} {
		if _, err := svc.Follow(c.id, c.want); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}
