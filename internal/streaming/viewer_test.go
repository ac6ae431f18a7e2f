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
	"camwall/internal/framemark"
)

func number(t *testing.T, p *Picture) uint16 {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds(); got != image.Rect(0, 0, p.Width, p.Height) {
		t.Fatalf("JPEG of %v in a picture of %dx%d", got, p.Width, p.Height)
	}
	n, ok := framemark.Read(img, img.Bounds())
	if !ok {
		t.Fatal("no frame mark in the picture")
	}
	return n
}

func TestPicturesAreTheCamerasOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		for _, want := range []Request{
			{Quality: 75}, // forwarded as it came
			{Width: 320, Height: 180, Quality: 75},
			{Width: 640, Height: 480, Quality: 75},
			{Width: 160, Height: 90, Quality: 60, Fit: codec.Cover},
		} {
			v, err := svc.Watch("cam1", want)
			if err != nil {
				t.Fatal(err)
			}
			p := until(t, v, 2*time.Second, "live", live)
			if want.Width > 0 && (p.Width != want.Width || p.Height != want.Height) {
				t.Errorf("asked for %dx%d, got %dx%d", want.Width, want.Height, p.Width, p.Height)
			}
			if want.Fit == codec.Fill && want.Width != 160 {
				first := number(t, p)
				if again := number(t, next(t, v, time.Second)); again == first {
					t.Errorf("picture %d twice", again)
				}
			}
			if !bytes.HasSuffix(p.Part, p.JPEG) || !bytes.HasPrefix(p.Part, []byte("head")) {
				t.Error("the part does not hold head and picture")
			}
			v.Close()
		}
	})
}

func TestJPEGsOfTheRightSizeAreForwarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		v := watch(t, svc, "cam1")
		until(t, v, time.Second, "live", live)
		<-time.After(10 * time.Second)
		if c := svc.Snapshot()[0].Streams[0].Counters; c.Encoded != 0 || c.Decoded != 0 {
			t.Errorf("%d decoded, %d encoded; want the camera's own", c.Decoded, c.Encoded)
		}
	})
}

// Single pictures in a row are served by one decoder; it stops soon after.
func TestStillsInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		last := uint64(0)
		still := func() {
			v := watchAs(t, svc, "cam1", Request{Width: 160, Height: 90, Quality: 75})
			p := until(t, v, 500*time.Millisecond, "live", live)
			if p.Seq <= last {
				t.Errorf("a later picture has number %d after %d", p.Seq, last)
			}
			last = p.Seq
			v.Close()
		}
		begun := time.Now()
		for range 20 {
			still()
			<-time.After(500 * time.Millisecond)
		}
		units := uint64(time.Since(begun) / (40 * time.Millisecond))
		if n := svc.Snapshot()[0].Streams[0].Counters.Decoded; n > units+5 {
			t.Errorf("%d pictures decoded of %d", n, units)
		}
		<-time.After(3 * time.Second)
		before := svc.Snapshot()[0].Streams[0].Counters
		<-time.After(3 * time.Second)
		after := svc.Snapshot()[0].Streams[0].Counters
		if after.Decoded != before.Decoded || after.UnitsIn == before.UnitsIn {
			t.Errorf("%d decoded, %d received with nobody watching", after.Decoded-before.Decoded, after.UnitsIn-before.UnitsIn)
		}
	})
}

func TestRenditionsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		want := Request{Width: 160, Height: 90, Quality: 75}
		var parts []*byte
		for range 20 {
			v, err := svc.Watch("cam1", want)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			parts = append(parts, &until(t, v, time.Second, "live", live).Part[0])
		}
		if parts[18] != parts[19] {
			t.Error("two viewers of one rendition got different buffers")
		}
		before := svc.Snapshot()[0].Streams[0].Counters
		<-time.After(10 * time.Second)
		after := svc.Snapshot()[0].Streams[0].Counters
		if n := after.Encoded - before.Encoded; n > 251 {
			t.Errorf("%d pictures encoded in 10 s for 20 viewers of 25 fps", n)
		}
	})
}

func TestTheRateIsAnUpperBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		for fps, want := range map[float64][2]int{0.5: {9, 11}, 5: {98, 102}, 12.5: {246, 254}, 60: {498, 502}} {
			v, err := svc.Watch("cam1", Request{Width: 160, Height: 90, Quality: 75, FPS: fps})
			if err != nil {
				t.Fatal(err)
			}
			until(t, v, 3*time.Second, "live", live)
			n := 0
			for end := time.Now().Add(20 * time.Second); time.Now().Before(end); n++ {
				next(t, v, 3*time.Second)
			}
			if n < want[0] || n > want[1] {
				t.Errorf("%v fps of 25: %d pictures in 20 s, want %v", fps, n, want)
			}
			v.Close()
		}
	})
}

func TestASlowViewerGetsTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := start(t, 1, nil)
		v := watch(t, svc, "cam1")
		first := until(t, v, time.Second, "live", live)
		<-time.After(20 * time.Second)
		p := next(t, v, time.Second)
		if age := time.Since(p.Arrived); age > 50*time.Millisecond {
			t.Errorf("the newest picture is %v old", age)
		}
		if d := svc.Snapshot()[0].Streams[0].Counters.Dropped; d != p.Seq-first.Seq-1 {
			t.Errorf("%d dropped, want %d", d, p.Seq-first.Seq-1)
		}
	})
}

func TestAutoTakesTheSmallestThatFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, site := start(t, 1, nil)
		small, err := svc.Watch("cam1", Request{Stream: Auto, Width: 160, Height: 90, Quality: 75})
		if err != nil {
			t.Fatal(err)
		}
		defer small.Close()
		if p := until(t, small, time.Second, "live", live); p.Stream != "sub" {
			t.Errorf("a small picture comes from %s", p.Stream)
		}
		// The fake sub is 320x180: too small for this one, as is found out once
		// it plays. Until then it is shown.
		large, err := svc.Watch("cam1", Request{Stream: Auto, Width: 640, Height: 360, Quality: 75})
		if err != nil {
			t.Fatal(err)
		}
		defer large.Close()
		p := until(t, large, time.Second, "live", live)
		last := p.Arrived
		for p.Stream != "main" {
			p = next(t, large, 500*time.Millisecond)
			if !p.Live || p.Arrived.Sub(last) > 200*time.Millisecond {
				t.Fatalf("a blind moment on the way up: %s", describe(p))
			}
			last = p.Arrived
		}
		if len(site.triesSoFar()) != 2 {
			t.Errorf("%d pulls, want main and sub", len(site.triesSoFar()))
		}
	})
}

func TestMatch(t *testing.T) {
	svc, _ := start(t, 2, nil)
	for raw, want := range map[string]string{
		"rtsp://192.0.2.1/cam2/sub":                 "cam2/sub",
		"rtsp://192.0.2.1:554/cam1/main":            "cam1/main",
		"RTSP://someone:else@192.0.2.1/cam1/main":   "cam1/main",
		"rtsp://a:p@ss?w#rd@192.0.2.1:554/cam1/sub": "cam1/sub",
		"rtsp://192.0.2.1:8554/cam1/main":           "",
		"rtsps://192.0.2.1:554/cam1/main":           "",
		"rtsp://192.0.2.1/cam1/main?x=1":            "",
		"rtsp://192.0.2.2/cam1/main":                "",
		"rtsp://192.0.2.1@192.0.2.9/cam1/main":      "",
		"http://192.0.2.1/cam1/main":                "",
		"":                                          "",
	} {
		id, stream, ok := svc.Match(raw)
		got := ""
		if ok {
			got = camera.Describe(id, stream)
		}
		if got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 4, 0, 0, time.UTC)
	for want, status := range map[string]camera.Status{
		"Connecting…|": {State: camera.Connecting},
		"No picture for 4 s|Connected, but silent.":                          {State: camera.Silent, Since: now.Add(-4 * time.Second), Message: "connected, but silent"},
		"Offline since 14:02|No answer. Next try in 2 s.":                    {State: camera.Retrying, Since: now.Add(-2 * time.Minute), Message: "no answer", NextTry: now.Add(2 * time.Second)},
		"Offline since 2026-11-20 14:04|Next try now.":                       {State: camera.Retrying, Since: now.AddDate(0, 0, -1)},
		"Password refused|Next try 14:34, so that the camera does not lock.": {State: camera.Unauthorized, NextTry: now.Add(30 * time.Minute)},
		"The camera serves no more viewers|Full (453). Next try in 30 s.":    {State: camera.Busy, Message: "full (453)", NextTry: now.Add(30 * time.Second)},
		"Switched off|": {State: camera.Disabled},
	} {
		got := words(status, now)
		if got.Title+"|"+got.Detail != want {
			t.Errorf("got %q, want %q", got.Title+"|"+got.Detail, want)
		}
	}
}
