package streaming

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/fault"
	"camwall/internal/framemark"
	"camwall/internal/media"
)

func TestANewRenditionNeverBeginsWithAnOldFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		own := watch(t, svc, "cam1")
		until(t, own, time.Second, "live", live)
		small := watchAs(t, svc, "cam1", Request{Width: 160, Height: 90, Quality: 75})
		until(t, small, time.Second, "live", live)
		small.Close()
		<-time.After(time.Hour)
		v := watchAs(t, svc, "cam1", Request{Width: 176, Height: 90, Quality: 75})
		p := until(t, v, time.Second, "live", live)
		if age := p.Made.Sub(p.Arrived); age > time.Second {
			t.Errorf("live picture is %v old", age)
		}
	})
}

func TestNoOldFrameOnceDecodingHasRested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, func(c *Config) { c.IdleAfter = 10 * time.Minute })
		a := watchAs(t, svc, "cam1", Request{Width: 160, Height: 90, Quality: 75})
		until(t, a, time.Second, "live", live)
		a.Close()
		<-time.After(9 * time.Minute)
		watchAs(t, svc, "cam1", Request{Width: 176, Height: 90, Quality: 75})
		v := watchAs(t, svc, "cam1", Request{Width: 192, Height: 90, Quality: 75})
		p := until(t, v, time.Second, "live", live)
		if age := p.Made.Sub(p.Arrived); age > time.Second {
			t.Errorf("live picture is %v old", age)
		}
	})
}

// Who joins a silent stream is not shown its last picture as live.
func TestASilentStreamShowsNothingAsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		a := watchAs(t, svc, "cam1", Request{Width: 160, Height: 90, Quality: 75})
		until(t, a, time.Second, "live", live)
		<-time.After(2 * time.Second)
		a.Close()
		<-time.After(3 * time.Second)
		site.setPaused(true)
		<-time.After(5 * time.Second)
		if s := state(svc, 0).State; s != camera.Silent {
			t.Fatal(s)
		}
		v := watchAs(t, svc, "cam1", Request{Width: 176, Height: 90, Quality: 75})
		p := next(t, v, 2*time.Second)
		if p.Live {
			t.Errorf("live %v but state %v, age %v", p.Live, p.Status.State, p.Made.Sub(p.Arrived))
		}
	})
}

func TestUnchangedInTwoSizes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		site.frame = func(int) []byte { return picture(5) }
		v := watch(t, svc, "cam1")
		watchAs(t, svc, "cam1", Request{Width: 160, Height: 90, Quality: 75})
		until(t, v, 2*time.Minute, "unchanged", func(p *Picture) bool { return p.Status.Unchanged() })
	})
}

func TestEachOutageShowsItsOwnLastPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		v := watch(t, svc, "cam1")
		until(t, v, time.Second, "live", live)
		<-time.After(5 * time.Second)
		for range 2 {
			site.lose(always(fault.ConnRefused))
			p := until(t, v, 3*time.Second, "card", func(p *Picture) bool { return !p.Live })
			if age := p.Made.Sub(p.Arrived); age > 5*time.Second {
				t.Errorf("last picture on the card is %v old", age)
			}
			site.lose(nil)
			<-time.After(time.Hour)
			until(t, v, 3*time.Second, "live", live)
		}
	})
}

// GOPs that grow longer leave a slow viewer no gap.
func TestKeyUnitsAloneWhileTheyComeOftenEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, func(c *Config) { c.newSession = sendGOPs(40*time.Millisecond, 10, 100) })
		v := watchAs(t, svc, "cam1", Request{Width: 64, Height: 36, Quality: 75, FPS: 1})
		until(t, v, time.Second, "live", live)
		last := time.Now()
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
			p := next(t, v, 10*time.Second)
			if !p.Live {
				t.Errorf("card: %v %v", p.Status.Reason, p.Status.Message)
			}
			if d := time.Since(last); d > 1500*time.Millisecond {
				t.Errorf("pause of %v at 1 fps", d)
			}
			last = time.Now()
		}
	})
}

// passedReferences is the least by which a picture may differ from each of the
// clip's to be none of them, in points of 14,400.
const passedReferences = 300

// clipPictures are the pictures of the clip's first GOP.
func clipPictures(t *testing.T) []image.Image {
	t.Helper()
	track := &media.Track{Codec: media.H264}
	decoder, err := codec.NewDecoder(codec.DecoderConfig{Track: track})
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	renderer := codec.NewRenderer(codec.Spec{Quality: 90})
	defer renderer.Close()
	var all []image.Image
	for i, unit := range clip()[:50] {
		au := &media.AccessUnit{Track: track, Data: unit, Key: i == 0, Seq: uint64(i + 1)}
		err := decoder.Decode(au, func(f *codec.Frame) {
			defer f.Release()
			data, err := renderer.JPEG(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, parse(t, data))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func parse(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// differences counts the points of a grid at which two pictures differ.
func differences(a, b image.Image) (n int) {
	for y := 0; y < 360; y += 4 {
		for x := 0; x < 640; x += 4 {
			r1, _, _, _ := a.At(x, y).RGBA()
			r2, _, _, _ := b.At(x, y).RGBA()
			if e := int(r1>>8) - int(r2>>8); e > 24 || e < -24 {
				n++
			}
		}
	}
	return n
}

// A full-rate viewer who joins a stream of which only key units were decoded
// gets pictures that the camera sent, not what is made without references.
func TestPassedReferencesAreDecodedAfterAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, func(c *Config) { c.newSession = sendGOPs(40*time.Millisecond, 50) })
		slow := watchAs(t, svc, "cam1", Request{Width: 64, Height: 36, Quality: 75, FPS: 0.4})
		until(t, slow, time.Second, "live", live)
		<-time.After(7*time.Second + 10*time.Millisecond) // in the middle of a GOP
		v := watchAs(t, svc, "cam1", Request{Width: 640, Height: 360, Quality: 90})
		sent := clipPictures(t)
		for range 10 {
			img := parse(t, until(t, v, time.Second, "live", live).JPEG)
			best := 1 << 30
			for _, s := range sent {
				best = min(best, differences(img, s))
			}
			if _, ok := framemark.Read(img, img.Bounds()); !ok || best > passedReferences {
				t.Errorf("a picture that the camera never sent: differs from the nearest in %d points", best)
			}
		}
	})
}

// A viewer who comes back while the pull goes on is not blind until the next key
// unit, although the GOP has outgrown the log meanwhile.
func TestComingBackWithinALongGOP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, func(c *Config) { c.newSession = sendGOPs(200*time.Millisecond, 1<<30) })
		a := watchAs(t, svc, "cam1", Request{Width: 64, Height: 36, Quality: 75})
		until(t, a, time.Second, "live", live)
		<-time.After(9 * time.Second)
		a.Close()
		<-time.After(8 * time.Second)
		b := watchAs(t, svc, "cam1", Request{Width: 80, Height: 36, Quality: 75})
		until(t, b, time.Second, "live", live)
	})
}

// TestOverdueWhileCatchingUp: a decoder that never catches up still shows
// something, unless it is old.
func TestOverdueWhileCatchingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &decoding{shown: time.Now()}
		at := func(after, age time.Duration) bool {
			<-time.After(after)
			return d.overdue(time.Now().Add(-age))
		}
		if at(900*time.Millisecond, 0) {
			t.Error("a frame is shown before the second is over")
		}
		if !at(200*time.Millisecond, 1500*time.Millisecond) {
			t.Error("nothing is shown for more than a second")
		}
		if at(0, 3*time.Second) {
			t.Error("a frame of 3 s ago is shown as live")
		}
	})
}
