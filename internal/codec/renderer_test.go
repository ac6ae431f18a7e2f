package codec

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"camwall/internal/framemark"
)

// render scales one frame with a renderer of its own.
func render(t testing.TB, f *Frame, spec Spec) *image.YCbCr {
	t.Helper()
	r := NewRenderer(spec)
	defer r.Close()
	img, err := r.Scale(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// renderJPEG encodes one frame and decodes it with Go's decoder.
func renderJPEG(t testing.TB, f *Frame, spec Spec) *image.YCbCr {
	t.Helper()
	r := NewRenderer(spec)
	defer r.Close()
	data, err := r.JPEG(f)
	if err != nil {
		t.Fatal(err)
	}
	return parseJPEG(t, data)
}

func parseJPEG(t testing.TB, data []byte) *image.YCbCr {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.YCbCr)
}

// near reports whether a and b differ by at most d.
func near(a, b uint8, d int) bool { return int(a)-int(b) <= d && int(b)-int(a) <= d }

// The bars are 16, 126 and 235 as coded; a JPEG must show 0, 128 and 255,
// whether it was scaled or not.
func TestRangeIsConverted(t *testing.T) {
	f := decodeFrame(t, "bars.h264", 1)
	for _, spec := range []Spec{
		{},
		{Width: 96, Height: 64},
		{Width: 48, Height: 32},
		{Width: 192, Height: 128},
		{Width: 97, Height: 63},
		{Width: 96, Height: 96, Fit: Contain},
		{Width: 64, Height: 64, Fit: Cover},
	} {
		spec.Quality = 95
		img := renderJPEG(t, f, spec)
		width, height := img.Rect.Dx(), img.Rect.Dy()
		for i, want := range []uint8{0, 128, 255} {
			x, y := width*(2*i+1)/6, height/2
			if spec.Fit == Cover {
				x = []int{4, width / 2, width - 4}[i]
			}
			if got := img.YCbCrAt(x, y); !near(got.Y, want, 3) || !near(got.Cb, 128, 2) || !near(got.Cr, 128, 2) {
				t.Errorf("%+v: bar %d is %v, want luma %d", spec, i, got, want)
			}
		}
	}
}

// A full-range stream shows the same picture as a limited one.
func TestFullRangeIsKept(t *testing.T) {
	for _, spec := range []Spec{{}, {Width: 160, Height: 90}} {
		limited, full := render(t, decodeFrame(t, "h264.h264", 0), spec), render(t, decodeFrame(t, "h264-full.h264", 0), spec)
		for name, mean := range map[string]func(*image.YCbCr) float64{
			"luma": func(i *image.YCbCr) float64 { return meanOf(i.Y) },
			"blue": func(i *image.YCbCr) float64 { return meanOf(i.Cb) },
			"red":  func(i *image.YCbCr) float64 { return meanOf(i.Cr) },
		} {
			if a, b := mean(limited), mean(full); a-b > 1 || b-a > 1 {
				t.Errorf("%+v: mean %s %.1f of the limited stream, %.1f of the full one", spec, name, a, b)
			}
		}
	}
}

func meanOf(plane []uint8) float64 {
	sum := 0
	for _, v := range plane {
		sum += int(v)
	}
	return float64(sum) / float64(len(plane))
}

// Every format that cameras send gives about the same picture.
func TestFormatsAgree(t *testing.T) {
	want := render(t, decodeFrame(t, "h264.h264", 2), Spec{Width: 160, Height: 90})
	for _, name := range []string{
		"h264-422-10.h264", "h264-444.h264", "h264-full.h264", "h265.h265", "mjpeg.mjpeg", "mpeg4.m4v", "vp8.ivf", "vp9.ivf",
		"av1.ivf", "h265-grey.h265", "mjpeg-422-odd.mjpeg", "vp8-odd.ivf",
	} {
		got := render(t, decodeFrame(t, name, 2), Spec{Width: 160, Height: 90})
		limit := 4.0
		if d := meanDifference(got.Y, want.Y); d > limit {
			t.Errorf("%s: luma differs by %.1f on average", name, d)
		}
		if name == "h265-grey.h265" {
			for i := range got.Cb {
				if got.Cb[i] != 128 || got.Cr[i] != 128 {
					t.Fatalf("%s: colour in a grey picture", name)
				}
			}
			continue
		}
		if d := meanDifference(got.Cb, want.Cb) + meanDifference(got.Cr, want.Cr); d > 2*limit {
			t.Errorf("%s: chroma differs by %.1f on average", name, d)
		}
	}
}

func meanDifference(a, b []uint8) float64 {
	sum := 0
	for i := range a {
		sum += max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	return float64(sum) / float64(len(a))
}

// The mark is at 30 % to 70 % of the width and 4.4 % to 13.3 % of the height of
// the whole picture, so where it is found tells how the picture was laid out.
func TestFitPlacesThePicture(t *testing.T) {
	for _, test := range []struct {
		clip  string
		spec  Spec
		whole image.Rectangle // where the whole picture lies, partly outside
	}{
		{"h264.h264", Spec{Width: 640, Height: 360}, image.Rect(0, 0, 640, 360)},
		{"h264.h264", Spec{Width: 400, Height: 400}, image.Rect(0, 0, 400, 400)},
		{"h264.h264", Spec{Width: 640, Height: 480, Fit: Contain}, image.Rect(0, 60, 640, 420)},
		{"h264.h264", Spec{Width: 800, Height: 360, Fit: Contain}, image.Rect(80, 0, 720, 360)},
		{"h264.h264", Spec{Width: 640, Height: 480, Fit: Cover}, image.Rect(-107, 0, 747, 480)},
		{"h264.h264", Spec{Width: 640, Height: 352, Fit: Cover}, image.Rect(0, -4, 640, 356)},
		{"h264-wide.h264", Spec{}, image.Rect(0, 0, 320, 180)},
		{"h264-wide.h264", Spec{Width: 480, Height: 360, Fit: Contain}, image.Rect(0, 45, 480, 315)},
		{"h264-wide.h264", Spec{Width: 640, Height: 480, Fit: Cover}, image.Rect(-107, 0, 747, 480)},
		{"h264-wide.h264", Spec{Width: 480, Height: 360}, image.Rect(0, 0, 480, 360)},
		{"mjpeg-422-odd.mjpeg", Spec{}, image.Rect(0, 0, 319, 179)},
		{"mjpeg-422-odd.mjpeg", Spec{Width: 333, Height: 333, Fit: Contain}, image.Rect(0, 73, 333, 259)},
	} {
		const number = 2
		img := render(t, decodeFrame(t, test.clip, number), test.spec)
		if n, ok := framemark.Read(img, test.whole); !ok || n != number {
			t.Errorf("%s %+v: no picture in %v of %v", test.clip, test.spec, test.whole, img.Rect)
		}
		for y := 0; y < img.Rect.Dy(); y++ {
			for x := 0; x < img.Rect.Dx(); x++ {
				p := image.Pt(x, y)
				if !p.In(test.whole.Inset(-2)) && img.YCbCrAt(x, y) != (color.YCbCr{Y: 0, Cb: 128, Cr: 128}) {
					t.Fatalf("%s %+v: %v outside the picture is %v", test.clip, test.spec, p, img.YCbCrAt(x, y))
				}
			}
		}
	}
}

// One renderer gives the same bytes for the same frame, whatever came between.
func TestRenderIsStable(t *testing.T) {
	f, other := decodeFrame(t, "h264.h264", 3), decodeFrame(t, "h264-444.h264", 3)
	r := NewRenderer(Spec{Width: 200, Height: 200, Fit: Contain, Quality: 75})
	defer r.Close()
	var first []byte
	for range 4 {
		data, err := r.JPEG(f)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = bytes.Clone(data)
		}
		if !bytes.Equal(data, first) {
			t.Error("the same frame gave other bytes")
		}
		if _, err := r.JPEG(other); err != nil {
			t.Fatal(err)
		}
	}
}

// JPEG and Scale agree at every small size: nothing beside the picture is read
// or written.
func TestRenderSmallSizes(t *testing.T) {
	f := decodeFrame(t, "h264.h264", 0)
	for _, fit := range []Fit{Fill, Contain, Cover} {
		for width := 1; width <= 40; width += 3 {
			for height := 1; height <= 24; height++ {
				spec := Spec{Width: width, Height: height, Fit: fit, Quality: 100}
				img, viaJPEG := render(t, f, spec), renderJPEG(t, f, spec)
				if img.Rect != viaJPEG.Rect || img.Rect.Dx() != width || img.Rect.Dy() != height {
					t.Fatalf("%+v: %v and %v", spec, img.Rect, viaJPEG.Rect)
				}
				for y := range height {
					for x := range width {
						if !near(img.YCbCrAt(x, y).Y, viaJPEG.YCbCrAt(x, y).Y, 12) {
							t.Fatalf("%+v: (%d,%d) is %v and %v", spec, x, y, img.YCbCrAt(x, y), viaJPEG.YCbCrAt(x, y))
						}
					}
				}
			}
		}
	}
}

// An MJPEG frame of the wanted size is encoded from its own planes.
func TestRenderDirect(t *testing.T) {
	c := loadClip(t, "mjpeg.mjpeg")
	f := decodeFrame(t, "mjpeg.mjpeg", 0)
	got, want := renderJPEG(t, f, Spec{Quality: 95}), parseJPEG(t, c.units[0].Data)
	if got.Rect != want.Rect {
		t.Fatalf("%v, want %v", got.Rect, want.Rect)
	}
	if d := meanDifference(got.Y[:320*180], want.Y[:320*180]); d > 2 {
		t.Errorf("luma differs by %.1f on average", d)
	}
}

func TestRenderRefuses(t *testing.T) {
	f := decodeFrame(t, "h264.h264", 0)
	for _, spec := range []Spec{{Width: -1, Height: 10}, {Width: maxSide + 1, Height: 10}, {Width: 10, Height: 1 << 30}} {
		r := NewRenderer(spec)
		if _, err := r.JPEG(f); err == nil {
			t.Errorf("rendered %+v", spec)
		}
		if _, err := r.Scale(f); err == nil {
			t.Errorf("scaled to %+v", spec)
		}
		r.Close()
	}
	r := NewRenderer(Spec{})
	r.Close()
	r.Close()
	if _, err := r.JPEG(f); !errors.Is(err, errClosed) {
		t.Errorf("rendered after Close: %v", err)
	}
}

func TestRenderQuality(t *testing.T) {
	f := decodeFrame(t, "h264.h264", 0)
	last := 0
	for _, quality := range []int{-5, 20, 50, 75, 95, 300} {
		r := NewRenderer(Spec{Quality: quality})
		data, err := r.JPEG(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) <= last {
			t.Errorf("quality %d: %d bytes, not more than %d", quality, len(data), last)
		}
		last = len(data)
		r.Close()
	}
}

// Decoding and encoding take nothing from Go's heap once the pools are full.
func TestNoAllocations(t *testing.T) {
	for _, name := range []string{"h264.h264", "h265.h265", "mjpeg.mjpeg", "vp8.ivf"} {
		c := loadClip(t, name)
		d := openDecoder(t, c.track)
		r := NewRenderer(Spec{Width: 160, Height: 90, Quality: 75})
		defer r.Close()
		show := func(f *Frame) {
			if _, err := r.JPEG(f); err != nil {
				t.Error(err)
			}
			f.Checksum()
			f.Release()
		}
		i := 0
		turn := func() {
			if err := d.Decode(c.units[i%len(c.units)], show); err != nil {
				t.Error(err)
			}
			i++
		}
		for range 3 * shelfSize {
			turn()
		}
		allocs := testing.AllocsPerRun(100, turn)
		if allocs != 0 {
			t.Errorf("%s: %.1f allocations a picture", name, allocs)
		}
	}
}

// A turned picture has the pixels of the plain one, at their places.
func TestRotation(t *testing.T) {
	f := decodeFrame(t, "h264.h264", 0)
	for _, c := range []struct {
		rotation      int
		width, height int
		at            func(x, y int) (int, int) // of the turned picture, for a plain 160x90
	}{
		{90, 90, 160, func(x, y int) (int, int) { return 89 - y, x }},
		{180, 160, 90, func(x, y int) (int, int) { return 159 - x, 89 - y }},
		{270, 90, 160, func(x, y int) (int, int) { return y, 159 - x }},
	} {
		plain := render(t, f, Spec{Width: 160, Height: 90})
		turned := render(t, f, Spec{Width: c.width, Height: c.height, Rotation: c.rotation})
		if turned.Rect != image.Rect(0, 0, c.width, c.height) {
			t.Fatalf("%d degrees: %v", c.rotation, turned.Rect)
		}
		for y := range 90 {
			for x := range 160 {
				tx, ty := c.at(x, y)
				if turned.Y[turned.YOffset(tx, ty)] != plain.Y[plain.YOffset(x, y)] {
					t.Fatalf("%d degrees: luma of %d,%d is not at %d,%d", c.rotation, x, y, tx, ty)
				}
				if cx, cy := c.at(x&^1, y&^1); turned.Cb[turned.COffset(cx, cy)] != plain.Cb[plain.COffset(x, y)] {
					t.Fatalf("%d degrees: chroma of %d,%d is not at %d,%d", c.rotation, x, y, cx, cy)
				}
			}
		}
		jpeg := renderJPEG(t, f, Spec{Width: c.width + 1, Height: c.height + 1, Quality: 80, Rotation: c.rotation, Fit: Contain})
		if jpeg.Rect != image.Rect(0, 0, c.width+1, c.height+1) {
			t.Errorf("%d degrees, odd size: %v", c.rotation, jpeg.Rect)
		}
	}
	own := renderJPEG(t, f, Spec{Quality: 80, Rotation: 90})
	if w, h := f.DisplaySize(); own.Rect != image.Rect(0, 0, h, w) {
		t.Errorf("own size turned is %v of %dx%d", own.Rect, w, h)
	}
}
