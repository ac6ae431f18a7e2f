package codec

import (
	"errors"
	"image"
	"os"
	"testing"
)

// gradient fills a picture with values that tell where they are.
func gradient(rect image.Rectangle, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	img := image.NewYCbCr(rect, ratio)
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		for x := rect.Min.X; x < rect.Max.X; x++ {
			img.Y[img.YOffset(x, y)] = uint8(40 + x + y)
			img.Cb[img.COffset(x, y)] = uint8(90 + x)
			img.Cr[img.COffset(x, y)] = uint8(90 + y)
		}
	}
	return img
}

func TestEncodeJPEG(t *testing.T) {
	for ratio := range subsampling {
		for _, rect := range []image.Rectangle{
			image.Rect(0, 0, 64, 48), image.Rect(0, 0, 1, 1), image.Rect(0, 0, 33, 17), image.Rect(0, 0, 47, 2), image.Rect(4, 8, 41, 33),
		} {
			img := gradient(rect, ratio)
			data, err := EncodeJPEG(img, 100)
			if err != nil {
				t.Fatalf("%v %v: %v", ratio, rect, err)
			}
			got := parseJPEG(t, data)
			if got.Rect.Size() != rect.Size() {
				t.Fatalf("%v %v: decoded as %v", ratio, rect, got.Rect)
			}
			for y := range rect.Dy() {
				for x := range rect.Dx() {
					if a, b := got.YCbCrAt(x, y), img.YCbCrAt(rect.Min.X+x, rect.Min.Y+y); !near(a.Y, b.Y, 3) || !near(a.Cb, b.Cb, 4) || !near(a.Cr, b.Cr, 4) {
						t.Fatalf("%v %v: (%d,%d) is %v, want %v", ratio, rect, x, y, a, b)
					}
				}
			}
		}
	}
}

// A part of a larger picture is encoded without its surroundings.
func TestEncodeJPEGOfPart(t *testing.T) {
	whole := gradient(image.Rect(0, 0, 80, 60), image.YCbCrSubsampleRatio420)
	part := whole.SubImage(image.Rect(16, 8, 49, 31)).(*image.YCbCr)
	data, err := EncodeJPEG(part, 100)
	if err != nil {
		t.Fatal(err)
	}
	got := parseJPEG(t, data)
	if a, b := got.YCbCrAt(32, 22).Y, whole.YCbCrAt(48, 30).Y; got.Rect.Dx() != 33 || !near(a, b, 3) {
		t.Errorf("%v: last pixel %d, want %d", got.Rect, a, b)
	}
}

func TestEncodeJPEGRefuses(t *testing.T) {
	short := gradient(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio420)
	short.Cr = short.Cr[:100]
	narrow := gradient(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio420)
	narrow.CStride = 8
	for name, img := range map[string]*image.YCbCr{
		"empty":    {},
		"4:1:0":    image.NewYCbCr(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio410),
		"odd part": gradient(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio420).SubImage(image.Rect(3, 3, 9, 9)).(*image.YCbCr),
		"short":    short,
		"narrow":   narrow,
	} {
		if _, err := EncodeJPEG(img, 75); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

func TestJPEGSize(t *testing.T) {
	for name, want := range map[string]image.Point{"mjpeg.mjpeg": {X: 320, Y: 180}, "mjpeg-422-odd.mjpeg": {X: 319, Y: 179}} {
		unit := loadClip(t, name).units[0].Data
		if w, h, err := JPEGSize(unit); err != nil || w != want.X || h != want.Y {
			t.Errorf("%s: %dx%d, %v", name, w, h, err)
		}
	}
	header := []byte{0xFF, 0xD8, 0xFF, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC2, 0, 11, 8, 0x12, 0x34, 0x56, 0x78, 1, 1, 0x11, 0}
	if w, h, err := JPEGSize(header); err != nil || w != 0x5678 || h != 0x1234 {
		t.Errorf("progressive with a fill byte: %dx%d, %v", w, h, err)
	}
	for end := range header {
		if _, _, err := JPEGSize(header[:end]); !errors.Is(err, ErrDamaged) {
			t.Errorf("first %d bytes: %v", end, err)
		}
	}
	for name, data := range map[string][]byte{
		"not a marker":    {0xFF, 0xD8, 1, 2, 3, 4, 5, 6},
		"scan first":      {0xFF, 0xD8, 0xFF, 0xDA, 0, 4, 1, 2},
		"end first":       {0xFF, 0xD8, 0xFF, 0xD9, 0, 0},
		"zero width":      {0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 9, 0, 0, 1, 1, 0x11, 0},
		"short header":    {0xFF, 0xD8, 0xFF, 0xC0, 0, 5, 8, 0, 9},
		"length too low":  {0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 9, 9},
		"length too high": {0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 9, 9},
	} {
		if w, h, err := JPEGSize(data); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %dx%d, %v", name, w, h, err)
		}
	}
}

func FuzzJPEGSize(f *testing.F) {
	data, err := os.ReadFile("testdata/mjpeg-422-odd.mjpeg")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[:1200])
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xD0, 0xFF, 0x01, 0xFF, 0xFF, 0xC1, 0, 8, 8, 0, 1, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, err := JPEGSize(data)
		if (err == nil) != (w > 0 && h > 0) || w > 0xFFFF || h > 0xFFFF {
			t.Errorf("%dx%d, %v", w, h, err)
		}
	})
}
