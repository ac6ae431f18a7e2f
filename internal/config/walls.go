package config

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"camwall/internal/camera"
	"camwall/internal/wall"
)

// tilePath is how a wall's own check names a page, and a tile of it.
var tilePath = regexp.MustCompile(`^pages\[(\d+)\](?:\.tiles\[(\d+)\])?`)

// wallReader is one wall being read.
type wallReader struct {
	*reader
	wall   wall.Wall
	at     *yaml.Node
	pages  []*yaml.Node   // of wall.Pages
	tiles  [][]*yaml.Node // of their tiles
	preset string

	// cameras and dwell are those of a preset; dwell of a wall of one page, too.
	cameras *yaml.Node
	dwell   time.Duration
}

// readWall reads one element of walls.
func (r *reader) readWall(n *yaml.Node) {
	w := wallReader{reader: r, at: n}
	var name string
	var pages, tiles *yaml.Node
	before := r.count()
	ok := r.fields(n, "walls", fields{
		"name":    text(&name),
		"title":   text(&w.wall.Title),
		"preset":  text(&w.preset),
		"cameras": node(&w.cameras),
		"dwell":   value(&w.dwell, dwell),
		"columns": value(&w.wall.Columns, whole(1, wall.MaxGrid)),
		"rows":    value(&w.wall.Rows, whole(1, wall.MaxGrid)),
		"pages":   node(&pages),
		"tiles":   node(&tiles),
	})
	id, err := camera.ParseID(name)
	if err != nil {
		if ok || name != "" {
			r.wrong(n, "a name has 1 to 63 letters, digits, _ or -, and begins with a letter or digit", "walls: name %.80q is not usable", name)
		}
		return
	}
	w.wall.Name = string(id)
	switch {
	case w.preset != "":
		w.readPreset(pages, tiles)
	case w.cameras != nil:
		w.wrong(w.cameras, "write preset: and one of 1, 4, 9, 16, 1+5, 1+7, 2+8, or the cameras of each tile", "wall %s: cameras without a preset", w.wall.Name)
	default:
		w.readGrid(pages, tiles, ok)
	}
	if r.count() > before {
		return
	}
	if err := w.wall.Validate(); err != nil {
		f := asConfig(err)
		r.wrong(w.place(f.Message), f.Hint, "wall %s: %s", w.wall.Name, f.Message)
		return
	}
	for i := range r.config.Walls {
		if r.config.Walls[i].Name == w.wall.Name {
			r.wrong(n, "give each wall a name of its own; capital letters make no difference", "wall %s is there twice", w.wall.Name)
			return
		}
	}
	r.config.Walls = append(r.config.Walls, w.wall.WithDefaults())
}

// place returns what of the file a message of the wall's own check is about.
func (w *wallReader) place(message string) *yaml.Node {
	m := tilePath.FindStringSubmatch(message)
	if m == nil {
		return w.at
	}
	page, _ := strconv.Atoi(m[1])
	if page >= len(w.pages) {
		return w.at
	}
	if tile, err := strconv.Atoi(m[2]); err == nil && tile < len(w.tiles[page]) {
		return w.tiles[page][tile]
	}
	return w.pages[page]
}

// readPreset makes a wall of a usual layout.
func (w *wallReader) readPreset(pages, tiles *yaml.Node) {
	preset, ok := wall.FindPreset(w.preset)
	if !ok {
		w.wrong(w.at, "there are 1, 4, 9, 16, 1+5, 1+7 and 2+8", "wall %s: there is no preset %.40q", w.wall.Name, w.preset)
		return
	}
	if pages != nil || tiles != nil || w.wall.Columns != 0 || w.wall.Rows != 0 {
		w.wrong(w.at, "a preset has its own grid: leave columns, rows, pages and tiles out, or the preset",
			"wall %s: a preset excludes columns, rows, pages and tiles", w.wall.Name)
		return
	}
	cameras := w.readCameras(w.cameras, wall.MaxPages*len(preset.Tiles()))
	w.wall = preset.Wall(w.wall.Name, w.wall.Title, cameras)
	if len(w.wall.Pages) > 1 {
		for i := range w.wall.Pages {
			w.wall.Pages[i].Dwell = w.dwell
		}
	}
}

// readGrid reads a wall that is spelled out. Tiles without pages are one page.
func (w *wallReader) readGrid(pages, tiles *yaml.Node, ok bool) {
	if w.wall.Columns == 0 || w.wall.Rows == 0 {
		if ok {
			w.wrong(w.at, "write a preset with cameras; or columns, rows and pages with tiles", "wall %s: a preset, or columns and rows, are missing", w.wall.Name)
		}
		return
	}
	switch {
	case pages != nil && (tiles != nil || w.dwell != 0):
		w.wrong(w.at, "write tiles and dwell within each page; or tiles without pages", "wall %s: pages exclude tiles and dwell beside them", w.wall.Name)
	case pages != nil:
		w.some(pages, "pages", wall.MaxPages, w.readPage)
	case tiles != nil:
		w.addPage(w.at, wall.Page{Dwell: w.dwell}, tiles)
	default:
		w.wrong(w.at, "write pages, each with tiles; or tiles alone", "wall %s: pages are missing", w.wall.Name)
	}
}

func (w *wallReader) readPage(n *yaml.Node) {
	var page wall.Page
	var tiles *yaml.Node
	w.fields(n, w.where()+": pages", fields{
		"title": text(&page.Title),
		"dwell": value(&page.Dwell, dwell),
		"tiles": node(&tiles),
	})
	w.addPage(resolve(n), page, tiles)
}

func (w *wallReader) where() string { return "wall " + w.wall.Name }

// addPage adds a page with its tiles.
func (w *wallReader) addPage(at *yaml.Node, page wall.Page, tiles *yaml.Node) {
	w.wall.Pages = append(w.wall.Pages, page)
	w.pages, w.tiles = append(w.pages, at), append(w.tiles, nil)
	w.some(tiles, "tiles", wall.MaxTiles, w.readTile)
}

// some is elements for lists of at most so many.
func (w *wallReader) some(n *yaml.Node, name string, most int, each func(*yaml.Node)) {
	if n != nil && len(n.Content) > most {
		w.wrong(n, "make several walls of it", "%s: %s has %d elements, at most %d are possible", w.where(), name, len(n.Content), most)
		return
	}
	w.elements(n, name, each)
}

// readTile reads a tile of the last page.
func (w *wallReader) readTile(n *yaml.Node) {
	t := wall.Tile{Width: 1, Height: 1}
	var cameras, overlay *yaml.Node
	var fit string
	w.fields(n, w.where()+": tiles", fields{
		"column":  value(&t.Column, whole(0, wall.MaxGrid-1)),
		"row":     value(&t.Row, whole(0, wall.MaxGrid-1)),
		"width":   value(&t.Width, whole(1, wall.MaxGrid)),
		"height":  value(&t.Height, whole(1, wall.MaxGrid)),
		"cameras": node(&cameras),
		"dwell":   value(&t.Dwell, dwell),
		"stream":  text(&t.Stream),
		"fit":     text(&fit),
		"crop": func(r *reader, _, _ string, n *yaml.Node) bool {
			share := func(to *float64) field { return value(to, shareOf) }
			return r.fields(n, w.where()+": crop", fields{
				"x": share(&t.Crop.X), "y": share(&t.Crop.Y), "width": share(&t.Crop.Width), "height": share(&t.Crop.Height),
			})
		},
		"text":    text(&t.Text),
		"overlay": node(&overlay),
	})
	t.Fit = wall.Fit(fit)
	t.Cameras = w.readCameras(cameras, wall.MaxCameras)
	w.readOverlay(overlay, &t.Overlay)
	last := len(w.wall.Pages) - 1
	w.wall.Pages[last].Tiles = append(w.wall.Pages[last].Tiles, t)
	w.tiles[last] = append(w.tiles[last], resolve(n))
}

// readCameras reads ids and numbers, one or a list of at most so many. A number
// stays as it is written: whose it is can be known only when all cameras are.
func (w *wallReader) readCameras(n *yaml.Node, most int) []camera.ID {
	var ids []camera.ID
	if n == nil {
		return ids
	}
	if len(n.Content) > most {
		w.wrong(n, "make several walls of it", "%s: cameras has %d elements, at most %d are possible here", w.where(), len(n.Content), most)
		return ids
	}
	list(&ids, func(s string) (camera.ID, string) {
		id, err := camera.ParseID(s)
		if err != nil {
			return "", "are ids or numbers of cameras, such as [gate, 7]"
		}
		return id, ""
	})(w.reader, w.where(), "cameras", n)
	return ids
}

// readOverlay reads the words of what is drawn over the picture, or each with
// true or false. Who says nothing gets the usual one.
func (w *wallReader) readOverlay(n *yaml.Node, to *wall.Overlay) {
	if n == nil {
		*to = wall.UsualOverlay()
		return
	}
	switches := map[string]*bool{"number": &to.Number, "name": &to.Name, "clock": &to.Clock, "statistics": &to.Statistics}
	if n.Kind == yaml.MappingNode {
		known := fields{}
		for word, on := range switches {
			known[word] = value(on, truth)
		}
		w.fields(n, w.where()+": overlay", known)
		return
	}
	var words []string
	list(&words, func(s string) (string, string) {
		if switches[s] == nil {
			return "", "is a list of number, name, clock, statistics"
		}
		return s, ""
	})(w.reader, w.where(), "overlay", n)
	for _, word := range words {
		*switches[word] = true
	}
}

// dwell reads a time with its unit, or, as the API has it, a number of seconds.
// It is kept in whole milliseconds.
func dwell(s string) (time.Duration, string) {
	exact, must := duration(0, wall.MaxDwell)(s)
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && seconds >= 0 && seconds <= wall.MaxDwell.Seconds() {
		exact, must = time.Duration(math.Ceil(seconds*float64(time.Second))), ""
	}
	d := exact.Round(time.Millisecond)
	if d == 0 && exact > 0 {
		return 0, "must be 0, or a time of 1ms at least, such as 10s"
	}
	return d, must
}

// shareOf reads a share of a picture.
func shareOf(s string) (float64, string) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, "must be a share of the picture, 0 to 1, such as 0.25"
	}
	return v, ""
}
