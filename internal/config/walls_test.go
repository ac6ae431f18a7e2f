package config

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/wall"
)

func TestWallsOfPresets(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
walls:
  - name: Lobby
    title: Lobby and yard
    preset: 1+5
    cameras: [gate, 7, DOCK, a, b, c, d]
    dwell: 20s
  - {name: one, preset: 4, cameras: gate, dwell: 20s}
  - {name: empty, preset: 16}
cameras:
  - {id: gate, url: rtsp://h/}
`)
	if len(c.Walls) != 3 || len(c.Warnings) != 0 {
		t.Fatalf("%d walls, warnings %q", len(c.Walls), c.Warnings)
	}
	want := wall.OneAndFive().Wall("lobby", "Lobby and yard", []camera.ID{"gate", "7", "dock", "a", "b", "c", "d"})
	for i := range want.Pages {
		want.Pages[i].Dwell = 20 * time.Second
	}
	if want = want.WithDefaults(); !reflect.DeepEqual(c.Walls[0], want) || len(want.Pages) != 2 {
		t.Errorf("got %+v, want %+v", c.Walls[0], want)
	}
	if want := wall.Even(2).Wall("one", "", []camera.ID{"gate"}).WithDefaults(); !reflect.DeepEqual(c.Walls[1], want) {
		t.Errorf("got %+v, want %+v", c.Walls[1], want)
	}
	if w := c.Walls[2]; len(w.Pages) != 1 || len(w.Pages[0].Tiles) != 16 || len(w.Pages[0].Tiles[0].Cameras) != 0 {
		t.Errorf("got %+v", w)
	}
	for _, p := range wall.Presets() {
		c := mustLoad(t, "walls: [{name: w, preset: "+p.Name+", cameras: [a]}]")
		if !reflect.DeepEqual(c.Walls[0], p.Wall("w", "", []camera.ID{"a"}).WithDefaults()) {
			t.Errorf("%s is %+v", p.Name, c.Walls[0])
		}
	}
}

// TestWallsSpelledOut: every key; times with their unit, or in seconds as the API
// has them.
func TestWallsSpelledOut(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
walls:
  - name: hall
    title: Hall 雨
    columns: 4
    rows: 3
    pages:
      - title: Day
        dwell: 1m30s
        tiles:
          - column: 0
            row: 0
            width: 2
            height: 2
            cameras: [gate, 2]
            dwell: 1.5
            stream: main
            fit: cover
            crop: {x: 0.25, y: 0, width: 0.5, height: 1}
            text: "it's here"
            overlay: [number, clock]
          - {column: 3, row: 2, cameras: 7, overlay: {name: true, statistics: false}, crop: {width: 1, height: 1}}
      - {tiles: []}
      - title: blank
  - {name: flat, columns: 2, rows: 1, dwell: 5, tiles: [{column: 1}]}
`)
	want := []wall.Wall{
		{Name: "hall", Title: "Hall 雨", Columns: 4, Rows: 3, Pages: []wall.Page{
			{Title: "Day", Dwell: 90 * time.Second, Tiles: []wall.Tile{
				{
					Width: 2, Height: 2, Cameras: []camera.ID{"gate", "2"}, Dwell: 1500 * time.Millisecond, Stream: "main", Fit: wall.Cover,
					Crop: wall.Crop{X: 0.25, Width: 0.5, Height: 1}, Text: "it's here", Overlay: wall.Overlay{Number: true, Clock: true},
				},
				{Column: 3, Row: 2, Width: 1, Height: 1, Cameras: []camera.ID{"7"}, Stream: "auto", Fit: wall.Contain, Overlay: wall.Overlay{Name: true}},
			}},
			{Tiles: []wall.Tile{}},
			{Title: "blank", Tiles: []wall.Tile{}},
		}},
		{Name: "flat", Columns: 2, Rows: 1, Pages: []wall.Page{{Dwell: 5 * time.Second, Tiles: []wall.Tile{
			{Column: 1, Width: 1, Height: 1, Cameras: []camera.ID{}, Stream: "auto", Fit: wall.Contain, Overlay: wall.UsualOverlay()},
		}}}},
	}
	if !reflect.DeepEqual(c.Walls, want) {
		t.Errorf("got %+v\nwant %+v", c.Walls, want)
	}
}

// TestOverlays: without the key a tile has number and name, with it what is said,
// and nothing else.
func TestOverlays(t *testing.T) {
	t.Parallel()
	usual := wall.Overlay{Number: true, Name: true}
	for said, want := range map[string]wall.Overlay{
		"{column: 0}":              usual,
		"{overlay: }":              usual,
		"{overlay: null}":          usual,
		"{overlay: []}":            {},
		"{overlay: {}}":            {},
		"{overlay: clock}":         {Clock: true},
		"{overlay: {clock: true}}": {Clock: true},
		"{overlay: {number: false, name: false}}":   {},
		"{overlay: [number, name, clock]}":          {Number: true, Name: true, Clock: true},
		"{overlay: {number: true, name: }}":         {Number: true},
		"{overlay: [statistics, name, statistics]}": {Name: true, Statistics: true},
	} {
		c := mustLoad(t, "walls: [{name: a, columns: 1, rows: 1, tiles: ["+said+"]}]")
		if got := c.Walls[0].Pages[0].Tiles[0].Overlay; got != want {
			t.Errorf("%s is read as %+v, want %+v", said, got, want)
		}
	}
}

// TestDwellIsInMilliseconds: so the database and the API have it.
func TestDwellIsInMilliseconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "1ms": time.Millisecond, "500us": time.Millisecond, "0.0005": time.Millisecond, "1400us": time.Millisecond,
		"0.0014": time.Millisecond, "2.5": 2500 * time.Millisecond, "1m0.0004s": time.Minute, "24h": wall.MaxDwell, "86400": wall.MaxDwell,
	} {
		c := mustLoad(t, "walls: [{name: a, columns: 2, rows: 1, dwell: "+text+", tiles: [{column: 1, cameras: [a, b], dwell: "+text+"}]}]")
		if page := c.Walls[0].Pages[0]; page.Dwell != want || page.Tiles[0].Dwell != want {
			t.Errorf("%s is read as %v and %v, want %v", text, page.Dwell, page.Tiles[0].Dwell, want)
		}
	}
}

func TestWallsSayWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat("a, ", 65), ", ")
	for _, c := range []struct{ text, want, hint string }{
		{"walls:\n  - title: x", `:2: walls: name "" is not usable`, "1 to 63 letters"},
		{"walls:\n  - {name: a b, preset: 1}", `:2: walls: name "a b" is not usable`, ""},
		{"walls:\n  - name: a\n    prest: 1\n    preset: 4", `:3: walls: unknown key "prest"`, `did you mean "preset"?`},
		{"walls: [{name: a, preset: 1}, {name: b, preset: 1},\n {name: A, preset: 4}]", ":2: wall a is there twice", "a name of its own"},
		{"walls:\n  - {name: a, preset: 5}", `:2: wall a: there is no preset "5"`, "1+5, 1+7 and 2+8"},
		{"walls:\n  - {name: a, preset: 4, columns: 2}", ":2: wall a: a preset excludes columns, rows, pages and tiles", "its own grid"},
		{"walls:\n  - {name: a, preset: 4, tiles: []}", ":2: wall a: a preset excludes", ""},
		{"walls:\n  - {name: a, preset: 1, cameras: [" + many + "]}", ":2: wall a: cameras has 65 elements, at most 64 are possible here", "several walls"},
		{"walls:\n  - {name: a, preset: 4, cameras: [gate, b c]}", `:2: wall a: cameras is "b c"`, "such as [gate, 7]"},
		{"walls:\n  - {name: a, preset: 4, cameras: {a: b}}", ":2: wall a: cameras must be one value", ""},
		{"walls:\n  - name: a\n    cameras: [b]\n", ":3: wall a: cameras without a preset", "write preset: and one of"},
		{"walls:\n  - name: a\n", ":2: wall a: a preset, or columns and rows, are missing", "a preset with cameras"},
		{"walls:\n  - {name: a, columns: 4}\n", ":2: wall a: a preset, or columns and rows, are missing", ""},
		{"walls:\n  - {name: a, columns: 4, rows: 4}\n", ":2: wall a: pages are missing", "each with tiles"},
		{"walls:\n  - {name: a, columns: 17, rows: 4, tiles: []}\n", `:2: walls: columns is "17"`, "1 to 16"},
		{"walls:\n  - {name: a, columns: 4, rows: 4, pages: [{}], tiles: []}\n", ":2: wall a: pages exclude tiles and dwell", ""},
		{"walls:\n  - {name: a, columns: 4, rows: 4, pages: [{}], dwell: 3s}\n", ":2: wall a: pages exclude tiles and dwell", ""},
		{"walls:\n  - {name: a, columns: 4, rows: 4, pages: []}\n", ":2: wall a: pages has 0 elements", ""},
		{"walls:\n  - {name: a, columns: 4, rows: 4, pages: {}}\n", ":2: pages must be a list", ""},
		{"walls:\n  - {name: a, columns: 4, rows: 4, pages: [" + strings.Repeat("{}, ", 65) + "]}\n", ":2: wall a: pages has 65 elements", ""},
		{"walls:\n  - {name: a, columns: 4, rows: 4, tiles: [" + strings.Repeat("{}, ", 65) + "]}\n", ":2: wall a: tiles has 65 elements", ""},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    pages:\n      - dwell: -1s\n", `:6: wall a: pages: dwell is "-1s"`, "from 0 to 24h"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    pages:\n      - dwell: 100us\n", `:6: wall a: pages: dwell is "100us"`, "1ms at least"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    pages:\n      - dwell: 0.0004\n", `:6: wall a: pages: dwell is "0.0004"`, "1ms at least"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    pages:\n      - dwell: 1e-12\n", `:6: wall a: pages: dwell is "1e-12"`, "1ms at least"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    pages:\n      - dwell: 1e9\n", `:6: wall a: pages: dwell is "1e9"`, ""},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    pages:\n      - tiles: []\n      - title: " + strings.Repeat("x", 101), ":7: wall a: pages[1].title has more than 100 characters", ""},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - {column: 0}\n      - {width: 2}\n", ":7: wall a: pages[0].tiles[1] lies over tiles[0]", "cells of its own"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - {column: 3, width: 2}\n", ":6: wall a: pages[0].tiles[0].width is 2, must be 1 to 1", ""},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - {colum: 3}\n", `:6: wall a: tiles: unknown key "colum"`, `did you mean "column"?`},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - fit: zoom\n", ":6: wall a: pages[0].tiles[0].fit is \"zoom\"", ""},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - stream: Main\n", ":6: wall a: pages[0].tiles[0].stream is \"Main\"", ""},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - crop: {x: 2}\n", `:6: wall a: crop: x is "2"`, "0 to 1"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - crop: {x: .nan}\n", `:6: wall a: crop: x is ".nan"`, "0 to 1"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - crop: {x: NaN}\n", `:6: wall a: crop: x is "NaN"`, "0 to 1"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - crop: {x: 0.5, width: 0.6, height: 1}\n", ":6: wall a: pages[0].tiles[0].crop goes beyond", ""},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - overlay: [number, clok]\n", `:6: wall a: overlay is "clok"`, "number, name, clock, statistics"},
		{"walls:\n  - name: a\n    columns: 4\n    rows: 4\n    tiles:\n      - overlay: {number: 1}\n", `:6: wall a: overlay: number is "1"`, "true or false"},
		{"walls: 3", ":1: walls must be a list", ""},
		{"walls:\n  - {name: a, preset: 4, title: " + strings.Repeat("x", 101) + "}", ":2: wall a: title has more than 100 characters", ""},
	} {
		_, err := load(t, c.text)
		if fault.CodeOf(err) != fault.Config {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		f := asConfig(err)
		if said := f.Message + "\n" + f.Hint; !strings.Contains(f.Message, "camwall.yaml"+c.want) || !strings.Contains(said, c.hint) {
			t.Errorf("%s\nsays %s, want %s (%s)", c.text, said, c.want, c.hint)
		}
	}
}

// TestWallsDoNotGrow: what refers to itself, or to much, again and again, is told
// at once.
func TestWallsDoNotGrow(t *testing.T) {
	var text strings.Builder
	text.WriteString("walls:\n  - {name: w0, columns: 1, rows: 1, pages: &p [" + strings.Repeat("{title: x}, ", 20_000) + "]}\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "  - {name: v%d, columns: 1, rows: 1, pages: *p}\n", i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := load(t, text.String()); fault.CodeOf(err) != fault.Config {
		t.Errorf("error is %v", err)
	}
	runtime.ReadMemStats(&after)
	// 200 million pages would be tens of gigabytes; other tests run beside.
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 2048 {
		t.Errorf("it took %d MiB", took)
	}
}
