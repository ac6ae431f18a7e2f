package simcam

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
	"time"

	"camwall/internal/framemark"
)

// testTime is the now of tests that need none.
var testTime = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func nextPiece(t *testing.T, src source, frozen bool) piece {
	t.Helper()
	made, err := src.next(testTime, frozen)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func newTestClipSource(t *testing.T, name string, parameters ParameterSets) *clipSource {
	t.Helper()
	c, err := loadClip(name)
	if err != nil {
		t.Fatal(err)
	}
	return newClipSource(c, parameters)
}

func decodeJPEG(t *testing.T, data []byte) image.Image {
	t.Helper()
	picture, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestClipSourceLoops(t *testing.T) {
	src := newTestClipSource(t, "street-360", ParametersBoth)
	for i := range 250 {
		made := nextPiece(t, src, false)
		if int(made.frame) != i%100 || made.key != (i%50 == 0) || made.lag != 0 {
			t.Fatalf("piece %d: frame %d, key %v, lag %d", i, made.frame, made.key, made.lag)
		}
	}
}

// TestReorderedLag holds that pictures are sent after they were taken, each at
// a time of its own.
func TestReorderedLag(t *testing.T) {
	src := newTestClipSource(t, "morning-720-b", ParametersBoth)
	taken := map[int]bool{}
	for tick := range 300 {
		made := nextPiece(t, src, false)
		if made.lag < 0 {
			t.Fatalf("tick %d is sent %d ticks before it was taken", tick, -made.lag)
		}
		at := tick - made.lag
		if taken[at] {
			t.Fatalf("two pictures were taken at tick %d", at)
		}
		taken[at] = true
	}
}

func TestClipSourceFreezes(t *testing.T) {
	for _, name := range []string{"street-360", "morning-720-b", "dusk-720-h265"} {
		src := newTestClipSource(t, name, ParametersBoth)
		for range 60 {
			nextPiece(t, src, false)
		}
		made := nextPiece(t, src, true)
		for !made.key {
			made = nextPiece(t, src, true) // until the pictures under way are out
		}
		for range 5 {
			again := nextPiece(t, src, true)
			if again.frame != 50 || again.lag != made.lag || &again.nalus[0][0] != &made.nalus[0][0] {
				t.Fatalf("%s: frozen picture is %d, then %d", name, made.frame, again.frame)
			}
		}
		if after := nextPiece(t, src, false); after.key {
			t.Errorf("%s: still the key frame after the frost", name)
		}
	}
}

func TestClipSourceToKey(t *testing.T) {
	src := newTestClipSource(t, "street-360", ParametersBoth)
	src.skip(60)
	src.toKey(false)
	if made := nextPiece(t, src, false); made.frame != 0 {
		t.Errorf("the nearest key frame after 60 is %d, want 0", made.frame)
	}
	src.toKey(false)
	if made := nextPiece(t, src, false); made.frame != 50 {
		t.Errorf("the nearest key frame after 1 is %d, want 50", made.frame)
	}
	src.toKey(true)
	if made := nextPiece(t, src, false); made.frame != 0 {
		t.Errorf("the start is %d, want 0", made.frame)
	}
}

func TestParameterSetsInBand(t *testing.T) {
	for _, name := range []string{"street-360", "dusk-720-h265"} {
		with := nextPiece(t, newTestClipSource(t, name, ParametersBoth), false)
		without := nextPiece(t, newTestClipSource(t, name, ParametersOutOfBand), false)
		if len(with.nalus) < 3 || len(without.nalus) != 1 {
			t.Errorf("%s: %d NAL units with, %d without parameter sets", name, len(with.nalus), len(without.nalus))
		}
	}
}

func TestLiveSource(t *testing.T) {
	src, err := newLiveSource("Test", Live{Width: 320, Height: 184, FPS: 10, Noise: 2})
	if err != nil {
		t.Fatal(err)
	}
	src.skip(65530)
	var last piece
	for i := range 10 {
		made := nextPiece(t, src, false)
		want := uint16(65530 + i)
		if got, ok := framemark.Read(decodeJPEG(t, made.data), image.Rectangle{}); !ok || got != want || made.frame != want {
			t.Fatalf("picture %d: mark %d (%v), frame %d, want %d", i, got, ok, made.frame, want)
		}
		if bytes.Equal(made.data, last.data) {
			t.Fatal("two pictures are the same")
		}
		last = made
	}
	for range 3 {
		if made := nextPiece(t, src, true); !bytes.Equal(made.data, last.data) {
			t.Fatal("a frozen picture differs")
		}
	}
	if made := nextPiece(t, src, false); made.frame != 7 {
		t.Errorf("after three frozen pictures the number is %d, want 7", made.frame)
	}
}

func TestStillSourceOnlyHasNoise(t *testing.T) {
	spec := StillNoisy("a", "a")
	src, err := newLiveSource("", *spec.Live)
	if err != nil {
		t.Fatal(err)
	}
	first, second := nextPiece(t, src, false), nextPiece(t, src, false)
	if bytes.Equal(first.data, second.data) {
		t.Fatal("there is no noise")
	}
	a, b := decodeJPEG(t, first.data).(*image.YCbCr), decodeJPEG(t, second.data).(*image.YCbCr)
	most := 0
	for i := range a.Y {
		most = max(most, int(a.Y[i])-int(b.Y[i]))
	}
	if most > 60 {
		t.Errorf("some pixel differs by %d levels: more than noise", most)
	}
	for _, picture := range []image.Image{a, b} {
		if n, ok := framemark.Read(picture, image.Rectangle{}); !ok || n != 0 {
			t.Errorf("the mark is %d, %v, want 0", n, ok)
		}
	}
}

func TestTone(t *testing.T) {
	src := &toneSource{}
	loud := map[byte]bool{}
	for range 10 {
		made := nextPiece(t, src, false)
		if len(made.data) != tonePerPacket {
			t.Fatalf("%d samples, want %d", len(made.data), tonePerPacket)
		}
		for _, sample := range made.data {
			loud[sample] = true
		}
	}
	if len(loud) < 20 {
		t.Errorf("only %d levels: no tone", len(loud))
	}
	// ITU-T G.711 table 2a: the ends of the scale and silence.
	for sample, want := range map[int]byte{0: 0xff, 32767: 0x80, -32768: 0x00, 1000: 0xce, -1000: 0x4e} {
		if got := muLaw(sample); got != want {
			t.Errorf("muLaw(%d) = %#x, want %#x", sample, got, want)
		}
	}
}
