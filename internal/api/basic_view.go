package api

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/inventory"
	"camwall/internal/wall"
)

// basicEndless is how many endless pictures the basic page has at most: browsers
// have six connections to a host, and one must be left for all else. Beyond it
// pictures are stills that take turns, but for the largest tiles.
const (
	basicEndless = 5
	basicLarge   = 3
)

// How often the basic page is loaded anew where there is no script: with stills,
// and without, since endless pictures then begin anew.
const (
	plainStills  = 5 * time.Second
	plainEndless = 10 * time.Second
)

// How often the script asks what is new, while all is well and at most.
const (
	basicAsks   = 3 * time.Second
	basicHasten = time.Second
)

// basicView is what the template shows.
type basicView struct {
	Lang, Title string
	Words       *basicWords
	Style       string  // address of Rules; empty: none
	Rules       string  // of the style, of this page alone
	Ask         string  // where the script asks what is new
	Again       float64 // seconds until it asks
	Revision    string
	Kept        string  // query of links
	Refresh     string  // content of the meta element where there is no script
	Next        string  // the page that comes after Left seconds; empty: none, or the clock tells
	Left        float64 //
	Fitting     bool    // the script may ask for pictures of the screen's size
	Message     string
	Tiles       []basicTile
	Links       []basicLink

	dwell time.Duration // of the page
}

// basicTile is a tile. What is told of its camera changes while the page stays.
type basicTile struct {
	Place   string // classes of where it lies, and of its crop
	Picture *basicPicture
	basicTold
}

// basicPicture is how a tile gets its pictures; nil: it has no camera.
type basicPicture struct {
	Source, Href string
	rest         string // of Source, behind the camera
}

type basicLink struct{ Text, Href, Rel string }

// basicView makes the page of a place at a time. The error is a fault.NotFound.
func (a *API) basicView(ask basicAsk, name string, now time.Time) (basicView, error) {
	kind, id, _ := strings.Cut(name, "/")
	switch kind {
	case "wall":
		w, err := a.cfg.Inventory.Wall(id)
		if err != nil {
			return basicView{}, err
		}
		return a.basicWall(ask, &w.Wall, "/wall/"+w.Name, now, nil), nil
	case "camera":
		c, err := a.cfg.Inventory.Camera(id)
		if err != nil {
			return basicView{}, err
		}
		w := wall.Even(1).Wall("camera", shown(c.Name), []camera.ID{c.ID})
		return a.basicWall(ask, &w, "/camera/"+string(c.ID), now, []basicLink{{Text: ask.words.All, Href: ask.to("/", 0)}}), nil
	}
	return a.basicOverview(ask, now), nil
}

// basicOverview is all cameras, and the ways to walls.
func (a *API) basicOverview(ask basicAsk, now time.Time) basicView {
	var ids []camera.ID
	for _, c := range a.cfg.Inventory.Cameras() {
		if !c.Disabled {
			ids = append(ids, c.ID)
		}
	}
	w := evenWall(cmp.Or(shown(a.cfg.Inventory.Settings().SiteName), ask.words.All), ids)
	links := []basicLink{{Text: ask.words.Full, Href: "/"}}
	for _, other := range a.cfg.Inventory.Walls() {
		links = append(links, basicLink{Text: cmp.Or(shown(other.Title), other.Name), Href: ask.to("/wall/"+other.Name, 0)})
	}
	view := a.basicWall(ask, &w, "/", now, links)
	if len(ids) == 0 {
		view.Tiles, view.Message = nil, ask.words.None
	}
	return view
}

// evenWall shows cameras side by side, at most 4 x 4 on each of its pages.
func evenWall(title string, ids []camera.ID) wall.Wall {
	side := 1
	for side < 4 && side*side < len(ids) {
		side++
	}
	w := wall.Even(side).Wall("all", title, ids)
	if rows := (len(ids) + side - 1) / side; rows > 0 && rows < side {
		w.Rows = rows
		w.Pages[0].Tiles = w.Pages[0].Tiles[:rows*side]
	}
	return w
}

// basicWall shows a page of a wall. links are shown below it, after those to its
// other pages.
func (a *API) basicWall(ask basicAsk, w *wall.Wall, place string, now time.Time, links []basicLink) basicView {
	view := basicView{
		Lang: ask.words.Lang, Words: ask.words, Title: cmp.Or(shown(w.Title), w.Name), Fitting: !ask.fitted,
	}
	index, left := pageAt(w, ask.page, now)
	if turn := pageLinks(&ask, w, place, index); len(links) > 0 || !turnsAlone(w) {
		view.Links = append(turn, links...)
	}
	if len(view.Links) > 0 {
		ask.height -= 40
	}
	page := &w.Pages[index]
	view.dwell = page.Dwell
	stills, turns := stillTiles(page), time.Duration(math.MaxInt64)
	var rules basicRules
	for i := range page.Tiles {
		t := &page.Tiles[i]
		tile := a.basicTile(ask, w, t, stills[i], now)
		tile.Place = rules.place(w, t)
		if !t.Crop.IsWhole() && tile.Picture != nil {
			width, height := a.cropBox(&ask, w, t)
			tile.Place += " " + rules.crop(t.Crop, width, height)
		}
		view.Tiles = append(view.Tiles, tile)
		turns = min(turns, untilTurn(t.Rotate(), now))
	}
	view.Style, view.Rules = ask.other("css").to(place, index+1), rules.text.String()
	plain := plainEndless
	if slices.Contains(stills, true) {
		plain = plainStills
	}
	view.turn(&ask, w, place, index, left, plain, turns)
	if slices.ContainsFunc(view.Tiles, func(t basicTile) bool { return t.Kind != "" }) {
		view.Again = basicHasten.Seconds() // it will soon be different
	}
	return view
}

// stillTiles tells which tiles of a page show stills.
func stillTiles(p *wall.Page) []bool {
	stills := make([]bool, len(p.Tiles))
	used, smallest := 0, math.MaxInt
	for _, t := range p.Tiles {
		if len(t.Cameras) > 0 {
			used, smallest = used+1, min(smallest, t.Width*t.Height)
		}
	}
	large := 0
	for i, t := range p.Tiles {
		isLarge := len(t.Cameras) > 0 && t.Width*t.Height > smallest && large < basicLarge
		if isLarge {
			large++
		}
		stills[i] = used > basicEndless && len(t.Cameras) > 0 && !isLarge
	}
	return stills
}

// basicTile shows a tile.
func (a *API) basicTile(ask basicAsk, w *wall.Wall, t *wall.Tile, still bool, now time.Time) basicTile {
	out := basicTile{basicTold: basicTold{Text: shown(t.Text)}}
	var cameras []inventory.Camera
	for _, id := range t.Cameras {
		if c, err := a.cfg.Inventory.Camera(string(id)); err == nil {
			cameras = append(cameras, c)
		}
	}
	if len(cameras) == 0 {
		if len(t.Cameras) > 0 {
			out.Text = ask.words.missing("camera", string(t.Cameras[0]))
		}
		return out
	}
	at := 0
	if dwell := t.Rotate(); dwell > 0 && len(cameras) > 1 {
		at = int(now.UnixMilli() / max(1, dwell.Milliseconds()) % int64(len(cameras)))
	}
	width, height := a.tileSize(&ask, w, t)
	c := &cameras[at]
	out.Picture = &basicPicture{Href: ask.to("/camera/"+string(c.ID), 0), rest: restOf(t, width, height, still)}
	out.Picture.Source = "/live/" + string(c.ID) + out.Picture.rest
	out.Text = cmp.Or(out.Text, shown(c.Text))
	out.name(c, t.Overlay)
	out.basicState = a.basicState(ask.words, c, cmp.Or(t.Stream, wall.AutoStream), width, height, now)
	if x, y := ask.tilePixels(w, t); x < basicWhyWidth || y < basicWhyHeight {
		out.Why = ""
	}
	return out
}

// From this size of a tile on more than a state can be read, in pixels.
const basicWhyWidth, basicWhyHeight = 240, 120

// restOf is the address of a tile's pictures, from behind their camera on.
func restOf(t *wall.Tile, width, height int, still bool) string {
	rest := fmt.Sprintf("?size=%dx%d", width, height)
	if t.Crop.IsWhole() {
		rest += "&fit=" + cmp.Or(string(t.Fit), string(wall.Contain))
	}
	rest += "&stream=" + cmp.Or(t.Stream, wall.AutoStream)
	if still {
		return ".jpg" + rest + "&drawn=1"
	}
	return rest + "&fps=12"
}
