package scene

import (
	"bytes"
	"image"
	"testing"

	"camwall/internal/framemark"
)

func newScene(t *testing.T, cfg Config) *Scene {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shot draws a moment and keeps the pixels.
func shot(s *Scene, m Moment) []byte { return bytes.Clone(s.Draw(m).Pix) }

// below cuts the part of a picture below the mark and above the labels.
func below(s *Scene, pix []byte) []byte {
	return pix[4*s.cfg.Width*s.cfg.Height/4 : 4*s.cfg.Width*s.cfg.Height*7/8]
}

func TestEveryPictureHasItsMark(t *testing.T) {
	for _, size := range []image.Point{{320, 180}, {320, 184}, {640, 360}, {640, 480}, {1280, 720}} {
		s := newScene(t, Config{Width: size.X, Height: size.Y, Name: "Test", Noise: 3})
		for _, n := range []uint16{0, 1, 1799, 0xffff} {
			picture := s.Draw(Moment{Phase: 0.3, Clock: "12:00:00", Frame: n})
			if got, ok := framemark.Read(picture, image.Rectangle{}); !ok || got != n {
				t.Errorf("%v: mark %d, %v, want %d", size, got, ok, n)
			}
		}
	}
}

func TestLoopIsSeamless(t *testing.T) {
	s := newScene(t, Config{Width: 640, Height: 360, Variant: 1})
	for _, laps := range []int{1, 3, 12} {
		start := shot(s, Moment{Phase: 0, Laps: laps})
		end := shot(s, Moment{Phase: 1, Laps: laps})
		different := 0
		for i := range start {
			if d := int(start[i]) - int(end[i]); d > 8 || d < -8 {
				different++
			}
		}
		if different > 0 {
			t.Errorf("%d laps: %d values differ between the end and the start", laps, different)
		}
	}
}

func TestSomethingMovesInEveryPicture(t *testing.T) {
	s := newScene(t, Config{Width: 640, Height: 360})
	last := shot(s, Moment{})
	for i := 1; i < 100; i++ {
		now := shot(s, Moment{Phase: float64(i) / 100})
		if bytes.Equal(below(s, last), below(s, now)) {
			t.Fatalf("picture %d is the same as the one before", i)
		}
		last = now
	}
}

func TestStillScene(t *testing.T) {
	quiet := newScene(t, Config{Width: 320, Height: 180, Still: true, Name: "Still"})
	if !bytes.Equal(shot(quiet, Moment{Clock: "1", Frame: 1}), shot(quiet, Moment{Phase: 0.5, Clock: "2", Frame: 2})) {
		t.Error("a still scene without noise changes")
	}
	noisy := newScene(t, Config{Width: 320, Height: 180, Still: true, Noise: 2})
	if bytes.Equal(shot(noisy, Moment{}), shot(noisy, Moment{})) {
		t.Error("there is no noise")
	}
}

func TestVariantsDiffer(t *testing.T) {
	seen := map[string]uint64{}
	for variant := range uint64(len(palettes) + 2) {
		s := newScene(t, Config{Width: 160, Height: 90, Variant: variant})
		key := string(shot(s, Moment{}))
		if other, ok := seen[key]; ok {
			t.Errorf("variants %d and %d look the same", other, variant)
		}
		seen[key] = variant
	}
}

func TestSameVariantLooksTheSame(t *testing.T) {
	cfg := Config{Width: 320, Height: 180, Variant: 3, Noise: 2, Name: "Twice"}
	if !bytes.Equal(shot(newScene(t, cfg), Moment{}), shot(newScene(t, cfg), Moment{})) {
		t.Error("two scenes of one Config differ")
	}
}

func TestLabels(t *testing.T) {
	with := newScene(t, Config{Width: 640, Height: 480, Name: "Old Town"})
	without := newScene(t, Config{Width: 640, Height: 480})
	if bytes.Equal(shot(with, Moment{}), shot(without, Moment{})) {
		t.Error("the name is not in the picture")
	}
	if bytes.Equal(shot(without, Moment{Clock: "10:00"}), shot(without, Moment{Clock: "10:01"})) {
		t.Error("the clock is not in the picture")
	}
}

func TestTooSmall(t *testing.T) {
	for _, size := range []image.Point{{0, 0}, {15, 200}, {200, 15}, {-1, -1}} {
		if _, err := New(Config{Width: size.X, Height: size.Y}); err == nil {
			t.Errorf("%v: no error", size)
		}
	}
}

func TestCrossingStaysOnTheRoad(t *testing.T) {
	for travel := -3.0; travel < 3; travel += 0.01 {
		if x := crossing(travel, 0.3); x < -90 || x > canvasW+90 {
			t.Fatalf("after %g laps the car is at %g", travel, x)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	s, err := New(Config{Width: 640, Height: 360, Name: "Bench", Noise: 1.5})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		s.Draw(Moment{Phase: float64(i%60) / 60, Clock: "12:34:56.78", Frame: uint16(i)})
	}
}
