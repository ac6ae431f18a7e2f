package api

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
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
// and without, in case an endless picture has ended.
const (
	plainStills  = 5 * time.Second
	plainEndless = time.Minute
)

// basicView is what the template shows.
type basicView struct {
	Lang, Title  string
	Words        *basicWords
	Stylesheet   string
	Refresh      string // content of the meta element that goes on to another page
	PlainRefresh string // the same where there is no script
	Fitting      bool   // the script may ask for pictures of the screen's size
	Message      string
	Tiles        []basicTile
	Links        []basicLink
}

type basicTile struct {
	Place   string // classes of where it lies
	Crop    string // class of its crop
	Dwell   float64
	Still   bool
	Cameras []basicCamera
	Text    string
}

type basicCamera struct {
	Name, Label  string
	Number       int
	Source, Href string
	Shown        bool
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
	var links []basicLink
	for _, other := range a.cfg.Inventory.Walls() {
		links = append(links, basicLink{Text: cmp.Or(shown(other.Title), other.Name), Href: ask.to("/wall/"+other.Name, 0)})
	}
	links = append(links, basicLink{Text: ask.words.Full, Href: "/"})
	view := a.basicWall(ask, &w, "/", now, links)
	if len(ids) == 0 {
		view.Tiles, view.PlainRefresh, view.Message = nil, "", ask.words.None
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
	var crops []string
	page := &w.Pages[index]
	stills, rotates := stillTiles(page), time.Duration(math.MaxInt64)
	for i := range page.Tiles {
		t := &page.Tiles[i]
		tile := a.basicTile(ask, w, t, stills[i], now)
		if !t.Crop.IsWhole() && len(tile.Cameras) > 0 {
			tile.Crop = "k" + strconv.Itoa(len(crops))
			crops = append(crops, a.cropBox(&ask, w, t))
		}
		if len(tile.Cameras) > 1 {
			rotates = min(rotates, t.Rotate())
		}
		view.Tiles = append(view.Tiles, tile)
	}
	view.Stylesheet = fmt.Sprintf("/basic.css?grid=%dx%d", w.Columns, w.Rows)
	if len(crops) > 0 {
		view.Stylesheet += "&" + url.Values{"crop": crops}.Encode()
	}
	plain := plainEndless
	if slices.Contains(stills, true) {
		plain = plainStills
	}
	view.turn(&ask, w, place, index, left, min(plain, rotates))
	return view
}

// turn sets when another page comes: left is how long this one stays, 0 for ever,
// plain how long where there is no script. The first refresh of a page counts,
// so that without a script that of plain does.
func (view *basicView) turn(ask *basicAsk, w *wall.Wall, place string, index int, left, plain time.Duration) {
	next := ""
	if left > 0 && len(w.Pages) > 1 {
		if ask.page > 0 || !turnsAlone(w) {
			next = "; url=" + ask.to(place, (index+1)%len(w.Pages)+1)
		}
		view.Refresh = strconv.Itoa(wholeSeconds(left)) + next
		plain = min(plain, left)
	}
	if next == "" { // else it would begin anew, and never come to the next page
		view.PlainRefresh = strconv.Itoa(wholeSeconds(plain))
	}
}

func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// turnsAlone reports whether each page of a wall goes on to the next by itself.
func turnsAlone(w *wall.Wall) bool {
	return len(w.Pages) == 1 || !slices.ContainsFunc(w.Pages, func(p wall.Page) bool { return p.Dwell == 0 })
}

// pageAt returns the page to show, from 0, and how long; 0 is for ever. Where all
// pages turn by themselves and none is asked for, the clock tells: so all screens
// show the same.
func pageAt(w *wall.Wall, asked int, now time.Time) (index int, left time.Duration) {
	if asked > 0 || !turnsAlone(w) {
		index = min(max(asked, 1), len(w.Pages)) - 1
		return index, w.Pages[index].Dwell
	}
	var whole time.Duration
	for _, p := range w.Pages {
		whole += p.Dwell
	}
	if whole < time.Millisecond || len(w.Pages) == 1 { // the clock is read in milliseconds
		return 0, 0
	}
	at := time.Duration(now.UnixMilli()%whole.Milliseconds()) * time.Millisecond
	for at >= w.Pages[index].Dwell {
		at -= w.Pages[index].Dwell
		index++
	}
	return index, w.Pages[index].Dwell - at
}

// pageLinks leads to the pages before and after one.
func pageLinks(ask *basicAsk, w *wall.Wall, place string, index int) []basicLink {
	n := len(w.Pages)
	if n < 2 {
		return nil
	}
	return []basicLink{
		{Text: ask.words.Before, Href: ask.to(place, (index+n-1)%n+1), Rel: "prev"},
		{Text: ask.words.page(index+1, n)},
		{Text: ask.words.After, Href: ask.to(place, (index+1)%n+1), Rel: "next"},
	}
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
	out := basicTile{Place: placeOf(w, t), Dwell: t.Rotate().Seconds(), Still: still, Text: shown(t.Text)}
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
	for i := range cameras {
		c := &cameras[i]
		one := basicCamera{Name: shown(c.Name), Number: c.Number, Href: ask.to("/camera/"+string(c.ID), 0), Shown: i == at}
		one.Label = one.Name
		if c.Number != 0 {
			one.Label = strconv.Itoa(c.Number) + " " + one.Name
		}
		one.Source = sourceOf(c.ID, t, width, height, still)
		out.Cameras = append(out.Cameras, one)
	}
	if out.Text == "" {
		out.Text = shown(cameras[at].Text)
	}
	return out
}

// sourceOf is the address of a tile's pictures.
func sourceOf(id camera.ID, t *wall.Tile, width, height int, still bool) string {
	query := fmt.Sprintf("?size=%dx%d&fit=%s&stream=%s", width, height, cmp.Or(string(t.Fit), string(wall.Contain)), cmp.Or(t.Stream, wall.AutoStream))
	if !t.Crop.IsWhole() {
		query = fmt.Sprintf("?size=%dx%d&stream=%s", width, height, cmp.Or(t.Stream, wall.AutoStream))
	}
	if still {
		return "/live/" + string(id) + ".jpg" + query + "&drawn=1"
	}
	return "/live/" + string(id) + query + "&fps=12"
}
