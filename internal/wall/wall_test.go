package wall

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

func sound() Wall {
	return Wall{
		Name: "hall", Title: "Hall 雨", Columns: 4, Rows: 3,
		Pages: []Page{
			{Title: "Day", Dwell: 90 * time.Second, Tiles: []Tile{
				{
					Width: 2, Height: 2, Cameras: []camera.ID{"gate", "yard"}, Dwell: 1500 * time.Millisecond, Stream: "main", Fit: Cover,
					Text: "here", Overlay: Overlay{Number: true, Clock: true},
				},
				{Column: 2, Row: 0, Width: 2, Height: 1, Cameras: []camera.ID{}, Stream: AutoStream, Fit: Contain},
				{Column: 3, Row: 2, Width: 1, Height: 1, Cameras: []camera.ID{"gate"}, Stream: "sub", Fit: Fill, Crop: Crop{X: 0.1, Y: 0.2, Width: 0.9, Height: 0.05}},
			}},
			{Tiles: []Tile{}},
		},
	}
}

func TestSoundWalls(t *testing.T) {
	t.Parallel()
	if err := sound().Validate(); err != nil {
		t.Error(err)
	}
	least := Wall{Name: "0", Columns: 1, Rows: 1, Pages: []Page{{Tiles: []Tile{{Width: 1, Height: 1}}}}}
	if err := least.Validate(); err != nil {
		t.Error(err)
	}
	most := Wall{Name: strings.Repeat("w", 63), Title: strings.Repeat("雨", MaxTitle), Columns: MaxGrid, Rows: MaxGrid}
	for range MaxPages {
		p := Page{Dwell: MaxDwell}
		for i := range MaxTiles {
			p.Tiles = append(p.Tiles, Tile{Column: i % 8 * 2, Row: i / 8 * 2, Width: 2, Height: 2, Text: strings.Repeat("x", MaxText)})
		}
		most.Pages = append(most.Pages, p)
	}
	if err := most.Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	cases := map[string]func(w *Wall){
		`name ""`:                          func(w *Wall) { w.Name = "" },
		`name "Hall"`:                      func(w *Wall) { w.Name = "Hall" },
		`name "-a"`:                        func(w *Wall) { w.Name = "-a" },
		`name "../x"`:                      func(w *Wall) { w.Name = "../x" },
		`name "www`:                        func(w *Wall) { w.Name = strings.Repeat("w", 64) },
		"title has more":                   func(w *Wall) { w.Title = strings.Repeat("雨", MaxTitle+1) },
		"title is no UTF-8":                func(w *Wall) { w.Title = "\xff" },
		"columns is 0":                     func(w *Wall) { w.Columns = 0 },
		"columns is 17":                    func(w *Wall) { w.Columns = 17 },
		"rows is -1":                       func(w *Wall) { w.Rows = -1 },
		"pages has 0":                      func(w *Wall) { w.Pages = nil },
		"pages has 65":                     func(w *Wall) { w.Pages = make([]Page, 65) },
		"pages[1].title":                   func(w *Wall) { w.Pages[1].Title = strings.Repeat("x", 101) },
		"pages[1].dwell is -1":             func(w *Wall) { w.Pages[1].Dwell = -time.Second },
		"pages[0].dwell is 86401":          func(w *Wall) { w.Pages[0].Dwell = 86401 * time.Second },
		"pages[1].tiles has 65":            func(w *Wall) { w.Pages[1].Tiles = make([]Tile, 65) },
		"pages[0].tiles[1].column is -1":   func(w *Wall) { w.Pages[0].Tiles[1].Column = -1 },
		"pages[0].tiles[1].column is 4":    func(w *Wall) { w.Pages[0].Tiles[1].Column = 4 },
		"pages[0].tiles[1].row is 3":       func(w *Wall) { w.Pages[0].Tiles[1].Row = 3 },
		"pages[0].tiles[0].width is 0":     func(w *Wall) { w.Pages[0].Tiles[0].Width = 0 },
		"pages[0].tiles[1].width is 3":     func(w *Wall) { w.Pages[0].Tiles[1].Width = 3 },
		"pages[0].tiles[2].height is 2":    func(w *Wall) { w.Pages[0].Tiles[2].Height = 2 },
		"pages[0].tiles[0].height is 9223": func(w *Wall) { w.Pages[0].Tiles[0].Height = math.MaxInt },
		"pages[0].tiles[1] lies over tiles[0] at column 1, row 0": func(w *Wall) {
			w.Pages[0].Tiles[1].Column = 1
		},
		"pages[0].tiles[0].cameras has 65":         func(w *Wall) { w.Pages[0].Tiles[0].Cameras = make([]camera.ID, 65) },
		`pages[0].tiles[0].cameras[1] is ""`:       func(w *Wall) { w.Pages[0].Tiles[0].Cameras[1] = "" },
		`pages[0].tiles[0].cameras[0] is "G`:       func(w *Wall) { w.Pages[0].Tiles[0].Cameras[0] = "Gate" },
		"pages[0].tiles[0].dwell is":               func(w *Wall) { w.Pages[0].Tiles[0].Dwell = 25 * time.Hour },
		"pages[0].tiles[0].text has more":          func(w *Wall) { w.Pages[0].Tiles[0].Text = strings.Repeat("x", 201) },
		"pages[0].tiles[0].stream is \"Ma":         func(w *Wall) { w.Pages[0].Tiles[0].Stream = "Main" },
		"pages[0].tiles[0].fit is \"zoom":          func(w *Wall) { w.Pages[0].Tiles[0].Fit = "zoom" },
		"pages[0].tiles[0].crop.x is -0.1":         func(w *Wall) { w.Pages[0].Tiles[0].Crop = Crop{X: -0.1, Width: 1, Height: 1} },
		"pages[0].tiles[0].crop.x is NaN":          func(w *Wall) { w.Pages[0].Tiles[0].Crop = Crop{X: math.NaN(), Width: 1, Height: 1} },
		"pages[0].tiles[0].crop.y is +Inf":         func(w *Wall) { w.Pages[0].Tiles[0].Crop = Crop{Y: math.Inf(1), Width: 1, Height: 1} },
		"pages[0].tiles[0].crop.width is 0,":       func(w *Wall) { w.Pages[0].Tiles[0].Crop = Crop{Height: 1} },
		"pages[0].tiles[0].crop.width is 1.5":      func(w *Wall) { w.Pages[0].Tiles[0].Crop = Crop{Width: 1.5, Height: 1} },
		"pages[0].tiles[0].crop.height is 0.04, m": func(w *Wall) { w.Pages[0].Tiles[0].Crop = Crop{Width: 1, Height: 0.04} },
		"pages[0].tiles[0].crop.height is NaN":     func(w *Wall) { w.Pages[0].Tiles[0].Crop = Crop{Width: 1, Height: math.NaN()} },
		"pages[0].tiles[0].crop goes beyond the picture: y and height add up to 1.1": func(w *Wall) {
			w.Pages[0].Tiles[0].Crop = Crop{Y: 0.5, Width: 1, Height: 0.6}
		},
		"pages[0].tiles[2].crop goes beyond the picture: x": func(w *Wall) { w.Pages[0].Tiles[2].Crop = Crop{X: 1, Width: 0.05, Height: 1} },
	}
	for want, change := range cases {
		w := sound()
		change(&w)
		err := w.Validate()
		if fault.CodeOf(err) != fault.BadRequest || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
}

// TestCrops: parts whose shares are added up from decimals, and what stands for the
// whole.
func TestCrops(t *testing.T) {
	t.Parallel()
	for c, whole := range map[Crop]bool{
		{}: true, {Width: 1, Height: 1}: true, {Width: 1, Height: 0.5}: false,
		{X: 0.7, Y: 0.9, Width: 0.1 + 0.2, Height: 0.1}: false, {X: 0.95, Y: 0.95, Width: 0.05, Height: 0.05}: false,
	} {
		w := sound()
		w.Pages[0].Tiles[0].Crop = c
		if err := w.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		raw, err := json.Marshal(w.Pages[0].Tiles[0])
		if err != nil || c.IsWhole() != whole || strings.Contains(string(raw), "crop") == whole {
			t.Errorf("%+v is encoded as %s: %v", c, raw, err)
		}
		if got := w.WithDefaults().Pages[0].Tiles[0].Crop; whole && got != (Crop{}) || !whole && got != c {
			t.Errorf("%+v became %+v", c, got)
		}
	}
}

func TestWithDefaults(t *testing.T) {
	t.Parallel()
	w := sound()
	w.Pages[0].Tiles[1] = Tile{Column: 2, Width: 2, Height: 1}
	got := w.WithDefaults()
	if !reflect.DeepEqual(got, sound()) {
		t.Errorf("got %+v", got)
	}
	got.Pages[0].Tiles[0].Cameras[0] = "other"
	got.Pages[0].Tiles[0].Text = "other"
	got.Pages[0].Title = "other"
	if w.Pages[0].Tiles[0].Cameras[0] != "gate" || w.Pages[0].Tiles[0].Text != "here" || w.Pages[0].Title != "Day" {
		t.Error("it shares what it copied")
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	two := []camera.ID{"a", "b"}
	for _, c := range []struct {
		tile Tile
		want time.Duration
	}{
		{Tile{}, 0},
		{Tile{Cameras: two[:1], Dwell: time.Second}, 0},
		{Tile{Cameras: two}, DefaultRotate},
		{Tile{Cameras: two, Dwell: time.Second}, time.Second},
	} {
		if got := c.tile.Rotate(); got != c.want {
			t.Errorf("%+v changes each %v, want %v", c.tile, got, c.want)
		}
	}
}

// TestPresets: their names say how many tiles there are, they fill their grid,
// cameras come in order, and each tile has number and name.
func TestPresets(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range Presets() {
		names = append(names, p.Name)
		tiles := p.Tiles()
		var large, small, cells int
		if _, err := fmt.Sscanf(p.Name, "%d+%d", &large, &small); err != nil {
			large = 0
			if _, err := fmt.Sscan(p.Name, &small); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
		}
		for i, tile := range tiles {
			cells += tile.Width * tile.Height
			if isLarge := tile.Width > 1; isLarge != (i < large) {
				t.Errorf("%s: tile %d is %dx%d", p.Name, i, tile.Width, tile.Height)
			}
			if tile.Overlay != UsualOverlay() {
				t.Errorf("%s: tile %d draws %+v", p.Name, i, tile.Overlay)
			}
		}
		if len(tiles) != large+small || cells != p.Columns*p.Rows {
			t.Errorf("%s has %d tiles over %d of %d cells", p.Name, len(tiles), cells, p.Columns*p.Rows)
		}
		var ids []camera.ID
		for i := range len(tiles) + 1 {
			ids = append(ids, camera.ID(fmt.Sprintf("c%d", i)))
		}
		w := p.Wall("hall", "Hall", ids)
		if err := w.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if len(w.Pages) != 2 || w.Pages[1].Tiles[0].Cameras[0] != ids[len(tiles)] || w.Pages[0].Tiles[0].Cameras[0] != "c0" {
			t.Errorf("%s: wall is %+v", p.Name, w)
		}
		if w := p.Wall("hall", "", ids[:len(tiles)]); len(w.Pages) != 1 {
			t.Errorf("%s: %d pages", p.Name, len(w.Pages))
		}
		if w := p.Wall("hall", "", nil); len(w.Pages) != 1 || len(w.Pages[0].Tiles[0].Cameras) != 0 || w.Validate() != nil {
			t.Errorf("%s: an empty wall is %+v", p.Name, w)
		}
		if found, ok := FindPreset(p.Name); !ok || !reflect.DeepEqual(found, p) {
			t.Errorf("%s is not found", p.Name)
		}
	}
	if got := strings.Join(names, " "); got != "1 4 9 16 1+5 1+7 2+8" {
		t.Errorf("presets are %s", got)
	}
	if _, ok := FindPreset("3"); ok {
		t.Error("found what is not there")
	}
	if w := Even(1).Wall("hall", "", make([]camera.ID, 100)); len(w.Pages) != MaxPages {
		t.Errorf("%d pages", len(w.Pages))
	}
}

const golden = `{"name":"hall","title":"Hall 雨","columns":4,"rows":3,"pages":[` +
	`{"title":"Day","dwell":90,"tiles":[` +
	`{"column":0,"row":0,"width":2,"height":2,"cameras":["gate","yard"],"dwell":1.5,"stream":"main","fit":"cover","text":"here",` +
	`"overlay":{"number":true,"name":false,"clock":true,"statistics":false}},` +
	`{"column":2,"row":0,"width":2,"height":1,"cameras":[],"dwell":0,"stream":"auto","fit":"contain","text":"",` +
	`"overlay":{"number":false,"name":false,"clock":false,"statistics":false}},` +
	`{"column":3,"row":2,"width":1,"height":1,"cameras":["gate"],"dwell":0,"stream":"sub","fit":"fill","crop":{"x":0.1,"y":0.2,"width":0.9,"height":0.05},"text":"",` +
	`"overlay":{"number":false,"name":false,"clock":false,"statistics":false}}]},` +
	`{"title":"","dwell":0,"tiles":[]}]}`

func TestJSON(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(sound())
	if err != nil || string(raw) != golden {
		t.Errorf("encoded is %s: %v", raw, err)
	}
	var w Wall
	if err := json.Unmarshal([]byte(golden), &w); err != nil || !reflect.DeepEqual(w, sound()) {
		t.Errorf("decoded is %+v: %v", w, err)
	}
	raw, err = json.Marshal(Wall{Pages: []Page{{Tiles: []Tile{{}}}, {}}})
	if err != nil || strings.Contains(string(raw), "null") {
		t.Errorf("encoded is %s: %v", raw, err)
	}
	for _, bad := range []string{`{"pages":[{"dwell":1e300}]}`, `{"pages":[{"tiles":[{"dwell":-1e10}]}]}`, `{"pages":[{"dwell":"1"}]}`, `{"pages":[{"tiles":[1]}]}`} {
		if err := json.Unmarshal([]byte(bad), &w); err == nil {
			t.Errorf("%s has no error", bad)
		}
	}
}

// TestOverlayThatIsNotGiven: a tile that does not say has number and name; one that
// says has what it says, and nothing else.
func TestOverlayThatIsNotGiven(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]Overlay{
		`{}`:                         {Number: true, Name: true},
		`{"overlay":null}`:           {Number: true, Name: true},
		`{"overlay":{}}`:             {},
		`{"overlay":{"clock":true}}`: {Clock: true},
		`{"overlay":{"number":false,"name":false}}`: {},
		`{"overlay":{"number":true,"name":null}}`:   {Number: true},
	} {
		tile := Tile{Overlay: Overlay{Statistics: true}}
		if err := json.Unmarshal([]byte(said), &tile); err != nil || tile.Overlay != want {
			t.Errorf("%s is %+v, want %+v: %v", said, tile.Overlay, want, err)
		}
		raw, err := json.Marshal(tile)
		var again Tile
		if err != nil || json.Unmarshal(raw, &again) != nil || again.Overlay != want {
			t.Errorf("%s became %s: %v", said, raw, err)
		}
	}
}

// FuzzWall: what is decoded and valid encodes to itself.
func FuzzWall(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`{"name":"a","columns":1,"rows":1,"pages":[{"tiles":[{"width":1,"height":1,"crop":{"x":0.25,"y":0,"width":0.75,"height":1}}]}]}`))
	f.Add([]byte(`{"name":"a","columns":1,"rows":1,"pages":[{"dwell":0.0004,"tiles":[{"width":1,"height":1}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var w Wall
		if json.Unmarshal(raw, &w) != nil || w.Validate() != nil {
			return
		}
		w = w.WithDefaults()
		out, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		var again Wall
		if err := json.Unmarshal(out, &again); err != nil || again.Validate() != nil || !reflect.DeepEqual(again, w) {
			t.Errorf("%s became %+v: %v", raw, again, err)
		}
	})
}
