package liveview

import (
	"net/url"
	"strings"
	"testing"

	"camwall/internal/codec"
	"camwall/internal/fault"
	"camwall/internal/streaming"
)

func TestParse(t *testing.T) {
	t.Parallel()
	type request = streaming.Request
	for query, want := range map[string]params{
		"":                             {Request: request{Quality: 75}},
		"t=1700000000&_=2&t=3":         {Request: request{Quality: 75}}, // against caches
		"size=640x480":                 {Request: request{Quality: 75, Width: 640, Height: 480}},
		"size=16X16":                   {Request: request{Quality: 75, Width: 16, Height: 16}},
		"size=4096x2160":               {Request: request{Quality: 75, Width: 4096, Height: 2160}},
		"fit=fill":                     {Request: request{Quality: 75}},
		"fit=contain":                  {Request: request{Quality: 75, Fit: codec.Contain}},
		"fit=cover":                    {Request: request{Quality: 75, Fit: codec.Cover}},
		"q=1":                          {Request: request{Quality: 1}},
		"q=100":                        {Request: request{Quality: 100}},
		"fps=0.1":                      {Request: request{Quality: 75, FPS: 0.1}},
		"fps=60":                       {Request: request{Quality: 75, FPS: 60}},
		"fps=12.5":                     {Request: request{Quality: 75, FPS: 12.5}},
		"stream=main":                  {Request: request{Quality: 75, Stream: "main"}},
		"stream=SUB":                   {Request: request{Quality: 75, Stream: "sub"}},
		"stream=auto":                  {Request: request{Quality: 75, Stream: streaming.Auto}},
		"raw=1":                        {Request: request{Quality: 75}, raw: true},
		"raw=0":                        {Request: request{Quality: 75}},
		"drawn=1":                      {Request: request{Quality: 75}, drawn: true},
		"drawn=0":                      {Request: request{Quality: 75}},
		"size=320x240&q=9&fps=5&raw=1": {Request: request{Quality: 9, Width: 320, Height: 240, FPS: 5}, raw: true},
		"si%7ae=640x480":               {Request: request{Quality: 75, Width: 640, Height: 480}},
	} {
		got, err := parse(query, 4096, 2160)
		if err != nil || got != want {
			t.Errorf("parse(%q) = %+v, %v, want %+v", query, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"size": {
			"", "640", "x", "640x", "x480", "0x0", "15x480", "640x15", "4097x480", "640x2161", "640x480x3", "-1x480",
			"+640x480", " 640x480", "640x480 ", "640*480", "99999999999999999999x1", "6e2x480", "640x480\n", "６４０x480", "640%2Cx480",
		},
		"fit":    {"", "Fill", "stretch", "fill,contain", "0"},
		"q":      {"", "0", "101", "-1", "75.0", "+5", "1e1", "0x10", "007 ", "high"},
		"fps":    {"", "0", "0.09", "60.1", "61", "NaN", "Inf", "-Inf", "-1", "+1", "1e1", "0x1p3", ".5", "5.", "1_0", "25fps", "0.12345678"},
		"stream": {"", "-main", "../x", "main sub", "a\x00", strings.Repeat("a", 64)},
		"raw":    {"", "2", "true", "01", "yes"},
		"drawn":  {"", "2", "true", "01", "yes"},
	} {
		for _, value := range values {
			_, err := parse(url.Values{name: {value}}.Encode(), 4096, 2160)
			if fault.CodeOf(err) != fault.BadRequest || !strings.HasPrefix(err.Error(), name+" ") {
				t.Errorf("%s=%q gave %v, want a fault.BadRequest that names it", name, value, err)
			}
		}
		_, err := parse(name+"=1&"+name+"=1", 4096, 2160)
		if fault.CodeOf(err) != fault.BadRequest || !strings.HasPrefix(err.Error(), name+" ") {
			t.Errorf("%s twice gave %v", name, err)
		}
	}
	for _, query := range []string{"size=%zz", "a;b", "%"} {
		if _, err := parse(query, 4096, 2160); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%q gave %v", query, err)
		}
	}
}

// FuzzParse: whatever is accepted is in range, and whatever is not is told.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"size=640x480&fit=cover", "q=75&fps=0.5", "stream=auto&raw=1", "size=1x1&size=2x2", "%", "fps=NaN", "a=b;c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		p, err := parse(query, 4096, 2160)
		if err != nil {
			if fault.CodeOf(err) != fault.BadRequest {
				t.Errorf("%q gave %v", query, err)
			}
			return
		}
		sized := p.Width >= minSide && p.Height >= minSide && p.Width <= 4096 && p.Height <= 2160
		rated := p.FPS >= 0.1 && p.FPS <= 60
		if !sized && (p.Width != 0 || p.Height != 0) || !rated && p.FPS != 0 || p.Quality < 1 || p.Quality > 100 ||
			p.Fit > codec.Cover || len(p.Stream) > 63 {
			t.Errorf("%q was taken as %+v", query, p)
		}
	})
}
