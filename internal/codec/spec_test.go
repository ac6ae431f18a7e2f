package codec

import (
	"testing"

	"camwall/internal/fault"
)

func TestParseFit(t *testing.T) {
	for _, f := range []Fit{Fill, Contain, Cover} {
		if got, err := ParseFit(f.String()); err != nil || got != f {
			t.Errorf("ParseFit(%q) = %v, %v", f, got, err)
		}
	}
	for _, s := range []string{"", "Fill", "stretch", "cover "} {
		if _, err := ParseFit(s); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("ParseFit(%q): %v", s, err)
		}
	}
	if s := Fit(9).String(); s != "Fit(9)" {
		t.Errorf("an unknown fit is %q", s)
	}
}

// Whatever the sizes: source and destination lie inside, offsets are even, fill
// uses all of both, contain all of the source, cover all of the destination.
func TestLayOutStaysInside(t *testing.T) {
	sizes := []int{1, 2, 3, 7, 64, 177, 360, 1080, 4096}
	for _, sw := range sizes {
		for _, sh := range sizes {
			for _, w := range sizes {
				for _, h := range sizes {
					for _, sar := range [][2]int{{0, 1}, {4, 3}, {8, 9}, {4, 1}} {
						for _, fit := range []Fit{Fill, Contain, Cover} {
							checkLayOut(t, Spec{Width: w, Height: h, Fit: fit}, shape{sw, sh, sar[0], sar[1]})
						}
					}
				}
			}
		}
	}
}

func checkLayOut(t *testing.T, spec Spec, s shape) {
	t.Helper()
	p, err := layOut(spec, s)
	if err != nil {
		t.Fatal(err)
	}
	inside := func(a area, width, height int) bool {
		return a.x >= 0 && a.y >= 0 && a.width >= 1 && a.height >= 1 && a.x+a.width <= width && a.y+a.height <= height &&
			a.x%2 == 0 && a.y%2 == 0
	}
	wholeSource := p.src == area{0, 0, s.width, s.height}
	wholePicture := p.dst == area{0, 0, spec.Width, spec.Height}
	if !inside(p.src, s.width, s.height) || !inside(p.dst, spec.Width, spec.Height) ||
		p.width != spec.Width || p.height != spec.Height ||
		spec.Fit != Cover && !wholeSource || spec.Fit != Contain && !wholePicture {
		t.Fatalf("%+v of %+v: %+v", spec, s, p)
	}
}

func TestLayOutKeepsTheAspect(t *testing.T) {
	for _, test := range []struct {
		spec Spec
		of   shape
		want plan
	}{
		{Spec{}, shape{1920, 1080, 1, 1}, plan{area{0, 0, 1920, 1080}, area{0, 0, 1920, 1080}, 1920, 1080}},
		{Spec{}, shape{704, 576, 12, 11}, plan{area{0, 0, 704, 576}, area{0, 0, 768, 576}, 768, 576}},
		{Spec{Width: 640}, shape{704, 576, 12, 11}, plan{area{0, 0, 704, 576}, area{0, 0, 768, 576}, 768, 576}},
		{
			Spec{Width: 640, Height: 480, Fit: Contain},
			shape{1920, 1080, 0, 1},
			plan{area{0, 0, 1920, 1080}, area{0, 60, 640, 360}, 640, 480},
		},
		{
			Spec{Width: 640, Height: 360, Fit: Contain},
			shape{720, 576, 16, 15},
			plan{area{0, 0, 720, 576}, area{80, 0, 480, 360}, 640, 360},
		},
		{
			Spec{Width: 480, Height: 360, Fit: Cover},
			shape{1920, 1080, 1, 1},
			plan{area{240, 0, 1440, 1080}, area{0, 0, 480, 360}, 480, 360},
		},
		{
			Spec{Width: 640, Height: 360, Fit: Cover},
			shape{720, 576, 16, 15},
			plan{area{0, 72, 720, 432}, area{0, 0, 640, 360}, 640, 360},
		},
	} {
		if got, err := layOut(test.spec, test.of); err != nil || got != test.want {
			t.Errorf("%+v of %+v:\n got %+v, %v\nwant %+v", test.spec, test.of, got, err, test.want)
		}
	}
}
