package placard

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// scene is a bright picture with colour, light and dark parts.
func scene(rect image.Rectangle, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	img := image.NewYCbCr(rect, ratio)
	w, h := rect.Dx(), rect.Dy()
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		for x := rect.Min.X; x < rect.Max.X; x++ {
			dx, dy := x-rect.Min.X, y-rect.Min.Y
			v := 90 + 140*dy/h
			if dx*5/w%2 == 1 && dy > h/4 {
				v = 30 + 200*dx/w
			}
			img.Y[img.YOffset(x, y)] = uint8(v)
			i := img.COffset(x, y)
			img.Cb[i], img.Cr[i] = uint8(60+140*dx/w), uint8(200-140*dy/h)
		}
	}
	return img
}

// examples are what the golden files show.
var examples = []struct {
	name string
	w, h int
	text Text
}{
	{"tiny", 160, 90, Text{"Offline since 14:02", "No answer from 192.168.1.37. Next try in 2 s.", Off}},
	{"tiny-long", 160, 90, Text{"The camera serves no more viewers at all (453)", "Next try 14:05.", Busy}},
	{"tall", 120, 400, Text{"Password refused", "Next try 14:32, so that the camera does not lock.", Key}},
	{"small", 320, 180, Text{"Password refused", "Next try 14:32, so that the camera does not lock.", Key}},
	{"usual", 640, 360, Text{"Offline since 14:02", "No answer from 192.168.1.37. Next try in 2 s.", Off}},
	{"busy", 640, 480, Text{"The camera serves no more viewers (453)", "Next try 14:05.", Busy}},
	{"clock", 641, 361, Text{"Connecting…", "", Clock}},
	{"long", 640, 360, Text{
		"A title that is far longer than anybody would ever want to read on a picture of a camera, and goes on",
		strings.Repeat("Words of a sentence that somebody wrote without an end. ", 12), Off,
	}},
	{"foreign", 480, 270, Text{"入口 Ångström Кремль", "Kein Bild seit 14:02 – nächster Versuch in 2 s \xff\x00", Clock}},
	{"main", 1920, 1080, Text{"No picture for 14 s", "The camera answers, but sends nothing.", Clock}},
}

// rgba shows a picture as the screen would.
func rgba(img *image.YCbCr) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			out.Set(x, y, img.YCbCrAt(x, y))
		}
	}
	return out
}

func TestGolden(t *testing.T) {
	for _, example := range examples {
		t.Run(example.name, func(t *testing.T) {
			img := scene(image.Rect(0, 0, example.w, example.h), image.YCbCrSubsampleRatio420)
			Draw(img, example.text)
			compareGolden(t, example.name, rgba(img))
		})
	}
	t.Run("blank", func(t *testing.T) {
		img := Blank(640, 360)
		Draw(img, Text{"Connecting…", "rtsp://192.168.1.37/", Clock})
		compareGolden(t, "blank", rgba(img))
	})
}

// compareGolden allows the last bit: processors round floats differently.
func compareGolden(t *testing.T, name string, got *image.RGBA) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	if *update {
		var data bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&data, got); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != got.Bounds() {
		t.Fatalf("%v, want %v", got.Bounds(), want.Bounds())
	}
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			a, b := got.RGBAAt(x, y), color.RGBAModel.Convert(want.At(x, y)).(color.RGBA)
			if math.Abs(float64(a.R)-float64(b.R)) > 4 || math.Abs(float64(a.G)-float64(b.G)) > 4 || math.Abs(float64(a.B)-float64(b.B)) > 4 {
				t.Fatalf("(%d,%d) is %v, want %v", x, y, a, b)
			}
		}
	}
}

func TestBlank(t *testing.T) {
	for _, size := range []image.Point{{640, 360}, {1, 1}, {0, -3}, {33, 7}} {
		img := Blank(size.X, size.Y)
		if img.Rect.Dx() != max(size.X, 1) || img.Rect.Dy() != max(size.Y, 1) || img.SubsampleRatio != image.YCbCrSubsampleRatio420 {
			t.Errorf("Blank(%v) is %v %v", size, img.Rect, img.SubsampleRatio)
		}
		r, g, b, _ := img.At(img.Rect.Dx()-1, img.Rect.Dy()-1).RGBA()
		for i, c := range []uint32{r, g, b} {
			if want := []int{0x0B, 0x0D, 0x0F}[i]; math.Abs(float64(int(c>>8)-want)) > 2 {
				t.Errorf("Blank(%v) has colour %x %x %x", size, r>>8, g>>8, b>>8)
			}
		}
	}
}

// Without words a picture is grey, 35 % bright but for the lines, and those are
// a little lighter.
func TestDim(t *testing.T) {
	before, after := scene(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio420), scene(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio420)
	Draw(after, Text{})
	lines := 0
	for i, v := range before.Y {
		dark := int(v) * 35 / 100
		switch d := int(after.Y[i]) - dark; {
		case d >= -1 && d <= 1:
		case d > 1 && d < 14:
			lines++
		default:
			t.Fatalf("luma %d became %d", v, after.Y[i])
		}
	}
	if share := float64(lines) / float64(len(before.Y)); share < 0.05 || share > 0.3 {
		t.Errorf("%.0f %% of the picture are lines", share*100)
	}
	for i := range after.Cb {
		if after.Cb[i] != 128 || after.Cr[i] != 128 {
			t.Fatal("colour is left")
		}
	}
}

// Letters are as high as told and stay in the middle, at any size, ratio and
// origin; nothing outside the rectangle is touched.
func TestDrawStaysInside(t *testing.T) {
	ratios := []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440,
		image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	}
	for _, ratio := range ratios {
		for _, r := range []image.Rectangle{
			image.Rect(0, 0, 1, 1), image.Rect(0, 0, 2, 2), image.Rect(0, 0, 9, 200), image.Rect(0, 0, 300, 9), image.Rect(0, 0, 33, 31),
			image.Rect(8, 16, 168, 106), image.Rect(3, 5, 130, 98), image.Rect(-8, -4, 250, 130),
		} {
			whole := scene(r.Inset(-8), ratio)
			before := append([]uint8(nil), whole.Y...)
			Draw(whole.SubImage(r).(*image.YCbCr), Text{"Offline since 14:02", "Next try in 2 s.", Off})
			changed := 0
			for y := whole.Rect.Min.Y; y < whole.Rect.Max.Y; y++ {
				for x := whole.Rect.Min.X; x < whole.Rect.Max.X; x++ {
					i := whole.YOffset(x, y)
					if whole.Y[i] == before[i] {
						continue
					}
					changed++
					if !image.Pt(x, y).In(r) {
						t.Fatalf("%v %v: touched %d,%d", ratio, r, x, y)
					}
				}
			}
			if changed == 0 {
				t.Errorf("%v %v: nothing drawn", ratio, r)
			}
		}
	}
}

func TestDrawEmpty(t *testing.T) {
	Draw(&image.YCbCr{}, Text{Title: "nothing to draw on"})
}

// The letters' height follows the picture's between its limits.
func TestLetterHeight(t *testing.T) {
	for _, test := range []struct{ height, want int }{{90, 12}, {230, 12}, {360, 18}, {720, 37}, {1080, 40}, {4096, 40}} {
		if b := newBlock(image.Rect(0, 0, 640, test.height), Text{Title: "x"}); b.letter != test.want {
			t.Errorf("%d pixels high: letters of %d, want %d", test.height, b.letter, test.want)
		}
	}
}

// Every line fits; what does not fit is shortened and says so; no word is lost
// before that.
func TestLinesFit(t *testing.T) {
	title := "Ein Wort Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft zu viel"
	for _, w := range []int{20, 60, 160, 240, 320, 640, 1920} {
		for _, h := range []int{14, 40, 90, 180, 360, 1080} {
			b := newBlock(image.Rect(0, 0, w, h), Text{title, title, Key})
			for _, s := range []*setting{b.title, b.detail} {
				for _, line := range s.lines {
					if s.measure(line) > b.width && len([]rune(strings.TrimSuffix(line, ellipsis))) > 1 {
						t.Errorf("%dx%d: %q has %d pixels of %d", w, h, line, s.measure(line), b.width)
					}
				}
			}
			if len(b.title.lines) == 0 || h >= 40 && b.height() > h {
				t.Errorf("%dx%d: %d lines, %d pixels high", w, h, len(b.title.lines), b.height())
			}
			whole := strings.Join(strings.Fields(strings.Join(b.title.lines, "")), "") == strings.ReplaceAll(title, " ", "")
			shortened := strings.HasSuffix(b.title.lines[len(b.title.lines)-1], ellipsis)
			if whole == shortened && !strings.ContainsRune(strings.Join(b.title.lines, ""), ' ') {
				t.Errorf("%dx%d: %q", w, h, b.title.lines)
			}
		}
	}
}

func TestUnknownLetters(t *testing.T) {
	b := newBlock(image.Rect(0, 0, 640, 360), Text{Title: "a\x00b\t入\xffé\n… "})
	if got := strings.Join(b.title.lines, "|"); got != "ab □□é …" {
		t.Errorf("%q", got)
	}
}

// Each glyph is a picture of its own.
func TestGlyphsDiffer(t *testing.T) {
	seen := map[string]Glyph{}
	for g := None; g <= Clock; g++ {
		pix := string(g.mask(image.Point{}, 32).Pix)
		if other, double := seen[pix]; double {
			t.Errorf("glyphs %d and %d look the same", g, other)
		}
		seen[pix] = g
	}
	if m := Glyph(99).mask(image.Point{}, 16); bytes.ContainsFunc(m.Pix, func(r rune) bool { return r != 0 }) {
		t.Error("an unknown glyph draws something")
	}
}

func FuzzDraw(f *testing.F) {
	f.Add("Offline since 14:02", "Next try in 2 s.", uint16(160), uint16(90), uint8(1))
	f.Add("\xff\xfe\x00", "\u202e\u0301\U0010FFFF", uint16(1), uint16(1), uint8(200))
	f.Add(strings.Repeat("x", 999), strings.Repeat(" ", 99), uint16(300), uint16(300), uint8(4))
	f.Fuzz(func(t *testing.T, title, detail string, w, h uint16, glyph uint8) {
		img := Blank(int(w%700), int(h%500))
		Draw(img, Text{title, detail, Glyph(glyph)})
	})
}

func BenchmarkDraw(b *testing.B) {
	for _, size := range []image.Point{{640, 360}, {1920, 1080}} {
		b.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(b *testing.B) {
			img := Blank(size.X, size.Y)
			b.ReportAllocs()
			for range b.N {
				Draw(img, Text{"Offline since 14:02", "No answer from 192.168.1.37. Next try in 2 s.", Off})
			}
		})
	}
}
