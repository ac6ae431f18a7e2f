package desktop

import (
	"image"
	"testing"
)

func TestWindowsComeBackToMonitorsThatAreThere(t *testing.T) {
	left, right := image.Rect(0, 0, 1920, 1040), image.Rect(1920, 0, 3840, 1080)
	small := image.Rect(0, 0, 800, 570)
	window := func(x, y, w, h int) windowState {
		return windowState{X: x, Y: y, Width: w, Height: h, Placed: true, Zoom: 1}
	}
	for name, c := range map[string]struct {
		state    windowState
		monitors []image.Rectangle
		want     windowState
	}{
		"it fits":                      {window(100, 100, 800, 600), []image.Rectangle{left}, window(100, 100, 800, 600)},
		"on the second":                {window(2000, 100, 800, 600), []image.Rectangle{left, right}, window(2000, 100, 800, 600)},
		"across both":                  {window(1000, 0, 2000, 1000), []image.Rectangle{left, right}, window(1000, 0, 2000, 1000)},
		"the second is gone":           {window(2000, 100, 800, 600), []image.Rectangle{left}, window(1120, 100, 800, 600)},
		"above all":                    {window(100, -500, 800, 600), []image.Rectangle{left}, window(100, 0, 800, 600)},
		"far away":                     {window(-9000, 9000, 800, 600), []image.Rectangle{left}, window(0, 440, 800, 600)},
		"most of it on the second":     {window(3500, 300, 800, 600), []image.Rectangle{left, right}, window(3040, 300, 800, 600)},
		"the monitor became small":     {window(300, 300, 1280, 800), []image.Rectangle{small}, window(0, 0, 800, 570)},
		"a monitor less than smallest": {window(0, 0, 1280, 800), []image.Rectangle{image.Rect(0, 0, 200, 100)}, window(0, 0, minWidth, minHeight)},
		"a frame a little outside":     {window(-4, 100, 800, 600), []image.Rectangle{left}, window(-4, 100, 800, 600)},
		"no monitor":                   {window(5000, 5000, 800, 600), nil, window(5000, 5000, 800, 600)},
		"a first start on a small one": {firstState(), []image.Rectangle{small}, windowState{Width: 800, Height: 570, Zoom: 1}},
	} {
		got := fit(c.state, c.monitors)
		if !got.Placed {
			got.X, got.Y = 0, 0
		}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	s := firstState()
	s.Width, s.Height = 1900, 1000
	if got := fit(s, []image.Rectangle{small, left}); got.Width != 1900 || got.Height != 1000 {
		t.Errorf("nobody knows which monitor it gets, and the larger one has room: %+v", got)
	}
	full := window(2000, 100, 800, 600)
	full.Maximized, full.FullScreen, full.Zoom, full.Folder = true, true, 2, "/a"
	if got := fit(full, []image.Rectangle{left}); !got.Maximized || !got.FullScreen || got.Zoom != 2 || got.Folder != "/a" {
		t.Errorf("the rest changed: %+v", got)
	}
}
