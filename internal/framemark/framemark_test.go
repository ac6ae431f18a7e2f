package framemark

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"
)

// numbers covers each bit alone, all of them, and alternating ones.
func numbers() []uint16 {
	list := []uint16{0, 0xffff, 0xaaaa, 0x5555, 0x1234, 1799, 99}
	for bit := range Bits {
		list = append(list, 1<<bit)
	}
	return list
}

// fillNoise fills with a pattern as harsh as a street in noise.
func fillNoise(plane []byte) {
	random := rand.New(rand.NewPCG(1, 2))
	for at := 0; at < len(plane); at += 8 {
		var eight [8]byte
		binary.LittleEndian.PutUint64(eight[:], random.Uint64())
		copy(plane[at:], eight[:])
	}
}

func busy(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	fillNoise(img.Pix)
	return img
}

func yCbCr(w, h int, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
	for _, plane := range [][]byte{img.Y, img.Cb, img.Cr} {
		fillNoise(plane)
	}
	return img
}

// averaged scales by the mean of all source pixels under each pixel.
func averaged(source *image.Gray, size image.Point) *image.Gray {
	small := image.NewGray(image.Rectangle{Max: size})
	from := source.Rect.Size()
	for y := range size.Y {
		for x := range size.X {
			var sum, count int
			for sy := y * from.Y / size.Y; sy <= ((y+1)*from.Y-1)/size.Y; sy++ {
				for sx := x * from.X / size.X; sx <= ((x+1)*from.X-1)/size.X; sx++ {
					sum += int(source.Pix[sy*source.Stride+sx])
					count++
				}
			}
			small.Pix[y*small.Stride+x] = uint8(sum / count)
		}
	}
	return small
}

func throughJPEG(t testing.TB, img image.Image, quality int) image.Image {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	back, err := jpeg.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestGeometry(t *testing.T) {
	for _, c := range []struct{ w, h, cellW, cellH int }{
		{320, 180, 8, 8}, {640, 360, 16, 16}, {1280, 720, 32, 32}, {1920, 1080, 48, 48}, {640, 480, 16, 21},
	} {
		first := cell(image.Rect(0, 0, c.w, c.h), 0, 0)
		if first.Dx() != c.cellW || first.Dy() != c.cellH && first.Dy() != c.cellH+1 {
			t.Errorf("%dx%d: cell is %v, want %dx%d", c.w, c.h, first, c.cellW, c.cellH)
		}
		if want := 12 * c.cellW; first.Min.X != want {
			t.Errorf("%dx%d: mark starts at %d, want %d", c.w, c.h, first.Min.X, want)
		}
	}
	if got, want := Bounds(image.Rect(0, 0, 320, 180)), image.Rect(96, 8, 224, 24); got != want {
		t.Errorf("Bounds at 320x180 = %v, want %v", got, want)
	}
	if got, want := Bounds(image.Rect(10, 20, 650, 380)), image.Rect(202, 36, 458, 68); got != want {
		t.Errorf("Bounds of a moved picture = %v, want %v", got, want)
	}
}

func TestPaintedLevels(t *testing.T) {
	img := yCbCr(320, 180, image.YCbCrSubsampleRatio420)
	DrawYCbCr(img, 0x8000)
	for _, c := range []struct {
		x, y int
		want uint8
	}{{96, 8, White}, {103, 15, White}, {96, 16, Black}, {104, 8, Black}, {104, 23, White}, {223, 23, White}} {
		if got := img.Y[img.YOffset(c.x, c.y)]; got != c.want {
			t.Errorf("luma at %d,%d = %d, want %d", c.x, c.y, got, c.want)
		}
		if at := img.COffset(c.x, c.y); img.Cb[at] != 128 || img.Cr[at] != 128 {
			t.Errorf("chroma at %d,%d is not neutral", c.x, c.y)
		}
	}
	grey := image.NewGray(image.Rect(0, 0, 320, 180))
	Draw(grey, 0x8000)
	if got := grey.GrayAt(96, 8).Y; got != White {
		t.Errorf("grey at the first bit = %d, want %d", got, White)
	}
}

func TestRoundTripThroughJPEG(t *testing.T) {
	sizes := []image.Point{{320, 180}, {640, 360}, {640, 480}, {352, 288}, {1280, 720}, {1920, 1080}, {333, 187}}
	for _, size := range sizes {
		img := busy(size.X, size.Y)
		for _, n := range numbers() {
			Draw(img, n)
			if got, ok := Read(img, img.Bounds()); !ok || got != n {
				t.Fatalf("%v: read %d, %v as painted, want %d", size, got, ok, n)
			}
			if size.X > 320 && n != 0xaaaa {
				continue // the large pictures are slow to encode and easy to read
			}
			if got, ok := Read(throughJPEG(t, img, 50), image.Rectangle{}); !ok || got != n {
				t.Fatalf("%v: read %d, %v after JPEG, want %d", size, got, ok, n)
			}
		}
	}
}

func TestRoundTripPlanes(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio444,
	} {
		img := yCbCr(320, 180, ratio)
		for _, n := range numbers() {
			DrawYCbCr(img, n)
			if got, ok := Read(throughJPEG(t, img, 75), img.Bounds()); !ok || got != n {
				t.Errorf("%v: read %d, %v, want %d", ratio, got, ok, n)
			}
		}
	}
}

func TestReadAfterScaling(t *testing.T) {
	source := image.NewGray(image.Rect(0, 0, 1280, 720))
	fillNoise(source.Pix)
	for _, n := range []uint16{0, 77, 0xa5c3} {
		Draw(source, n)
		for _, size := range []image.Point{{640, 360}, {320, 180}, {320, 240}, {500, 281}, {160, 90}} {
			small := averaged(source, size)
			if got, ok := Read(throughJPEG(t, small, 60), small.Bounds()); !ok || got != n {
				t.Errorf("%v: read %d, %v, want %d", size, got, ok, n)
			}
		}
	}
}

func TestReadPartOfAScreen(t *testing.T) {
	screen := busy(1280, 800)
	tile := image.Rect(640, 400, 1280, 760)
	picture := busy(640, 360)
	Draw(picture, 4242)
	draw.Draw(screen, tile, picture, image.Point{}, draw.Src)
	if got, ok := Read(screen, tile); !ok || got != 4242 {
		t.Errorf("read %d, %v, want 4242", got, ok)
	}
	if _, ok := Read(screen, image.Rect(0, 0, 640, 360)); ok {
		t.Error("read a mark where there is none")
	}
	if _, ok := Read(screen, image.Rect(1000, 700, 3000, 2000)); ok {
		t.Error("read a mark beyond the edge of the screen")
	}
}

func TestReadOtherKindsOfPicture(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 320, 180))
	Draw(picture, 31337)
	var buf bytes.Buffer
	if err := png.Encode(&buf, picture); err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range []image.Image{picture, back} {
		if got, ok := Read(img, img.Bounds()); !ok || got != 31337 {
			t.Errorf("%T: read %d, %v, want 31337", img, got, ok)
		}
	}
}

func TestContrast(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 320, 180))
	Draw(img, 500)
	if _, contrast := Measure(img, img.Bounds()); contrast != White-Black {
		t.Errorf("contrast as painted = %d, want %d", contrast, White-Black)
	}
	for _, c := range []struct {
		percent int
		ok      bool
	}{{100, true}, {60, true}, {30, true}, {25, false}, {10, false}, {0, false}} {
		dark := image.NewGray(img.Rect)
		for i, v := range img.Pix {
			dark.Pix[i] = uint8(int(v) * c.percent / 100)
		}
		if n, ok := Read(dark, dark.Rect); ok != c.ok || ok && n != 500 {
			t.Errorf("darkened to %d %%: read %d, %v, want ok %v", c.percent, n, ok, c.ok)
		}
	}
}

func TestReadRefusesDamage(t *testing.T) {
	whole := image.NewGray(image.Rect(0, 0, 640, 360))
	for bit := range Bits {
		Draw(whole, 0x0f0f)
		c := cell(whole.Rect, bit, bit%2)
		middle := image.NewUniform(color.Gray{Y: 128})
		draw.Draw(whole, c.Union(cell(whole.Rect, bit, 1-bit%2)), middle, image.Point{}, draw.Src)
		if n, ok := Read(whole, whole.Rect); ok {
			t.Errorf("bit %d grey: still read %d", bit, n)
		}
	}
	for _, size := range []image.Point{{0, 0}, {1, 1}, {20, 10}, {39, 22}} {
		tiny := image.NewGray(image.Rectangle{Max: size})
		Draw(tiny, 3)
		if n, ok := Read(tiny, tiny.Rect); ok && n != 3 {
			t.Errorf("%v: read %d, want 3 or nothing", size, n)
		}
	}
	if _, ok := Read(busy(640, 360), image.Rectangle{}); ok {
		t.Error("read a mark in noise")
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(uint16(0), 320, 180, 75)
	f.Add(uint16(0xffff), 640, 480, 50)
	f.Add(uint16(0x8001), 1280, 720, 90)
	f.Fuzz(func(t *testing.T, n uint16, w, h, quality int) {
		// What the mark promises: 160x90 and up, quality 50 and up.
		w, h, quality = 160+int(uint(w)%700), 90+int(uint(h)%500), 50+int(uint(quality)%51)
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		Draw(img, n)
		if got, ok := Read(throughJPEG(t, img, quality), img.Bounds()); !ok || got != n {
			t.Errorf("%dx%d q%d: read %d, %v, want %d", w, h, quality, got, ok, n)
		}
	})
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add(0, 0, 320, 180)
	f.Add(-5, 7, 9999, 3)
	img := busy(64, 36)
	f.Fuzz(func(_ *testing.T, x0, y0, x1, y1 int) {
		Read(img, image.Rect(x0, y0, x1, y1))
	})
}
