package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"camwall/internal/camera"
	"camwall/internal/inventory"
	"camwall/internal/wall"
)

// basicNow is what the script of a basic page is told when it asks. Its members
// are no part of the API: both sides are of one version.
type basicNow struct {
	Revision string      `json:"revision"`
	Again    float64     `json:"again"` // seconds
	Tiles    []basicTold `json:"tiles"` // those with a camera, as they stand in the page
}

// basicTold is what is said of a tile's camera.
type basicTold struct {
	ID     camera.ID `json:"id"`
	Number string    `json:"number"` // empty: there is none, or it is not to be shown
	Name   string    `json:"name"`   // the same
	Alt    string    `json:"alt"`    // names the picture where nothing beside it does
	Text   string    `json:"text"`
	basicState
}

// name sets what names a camera, as the tile wants it.
func (told *basicTold) name(c *inventory.Camera, o wall.Overlay) {
	told.ID, told.Alt = c.ID, shown(c.Name)
	number := ""
	if c.Number != 0 {
		number = strconv.Itoa(c.Number)
		told.Alt = number + " " + told.Alt
	}
	if o.Number {
		told.Number = number
	}
	if o.Name {
		told.Name, told.Alt = shown(c.Name), ""
	}
}

// now returns what is told of a page.
func (view *basicView) now() basicNow {
	now := basicNow{Revision: view.Revision, Again: view.Again, Tiles: []basicTold{}}
	for i := range view.Tiles {
		if view.Tiles[i].Picture != nil {
			now.Tiles = append(now.Tiles, view.Tiles[i].basicTold)
		}
	}
	return now
}

// revision is another one when the page has to be loaded anew: when anything has
// changed that basicNow does not tell, and when the server has started again,
// since endless pictures have ended then.
func (view *basicView) revision(started time.Time) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %q %q %q %q %q %v\n", started.UnixNano(), view.Lang, view.Title, view.Message, view.Rules, view.Links, view.dwell)
	for i := range view.Tiles {
		t := &view.Tiles[i]
		if t.Picture != nil {
			fmt.Fprintf(sum, "%q %q\n", t.Place, t.Picture.rest)
		} else {
			fmt.Fprintf(sum, "%q %q\n", t.Place, t.Text)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// basicBytes is the most that a page has together with its style and script, in
// bytes: 30 KB, less what the icon's headers may have.
const basicBytes = 29_900

// basicSparing is what a page leaves out to be small enough. What is missing in
// its tiles the script fills in.
type basicSparing struct {
	letters int  // of a text
	links   int  // to other pages
	tiles   bool // nothing is said in them, and they lead nowhere
}

// basicSparings begins with what no page that people make has to leave out.
func basicSparings() []basicSparing {
	return []basicSparing{
		{letters: 200, links: 1000},
		{letters: 60, links: 200},
		{letters: 30, links: 100},
		{letters: 15, links: 60},
		{letters: 15, links: 30, tiles: true},
	}
}

// render writes the page, as much of it as there is room for.
func (b *basicPages) render(view *basicView) ([]byte, error) {
	var out bytes.Buffer
	for i, sparing := range basicSparings() {
		out.Reset()
		if err := b.template.ExecuteTemplate(&out, "page.html", view.spare(sparing, i > 0)); err != nil {
			return nil, err
		}
		if out.Len()+len(b.style)+len(b.script)+len(view.Rules) <= basicBytes {
			break
		}
	}
	return out.Bytes(), nil
}

// spare returns the page without what is to be left out. When that is much, the
// script asks for it at once.
func (view *basicView) spare(to basicSparing, much bool) *basicView {
	out := *view
	out.Again = basicHasten.Seconds() // until then cameras have been connected
	if much {
		out.Again = 0
	}
	out.Title = cut(view.Title, to.letters)
	out.Links = nil
	for _, link := range view.Links[:min(len(view.Links), to.links)] {
		link.Text = cut(link.Text, to.letters)
		out.Links = append(out.Links, link)
	}
	out.Tiles = nil
	for _, t := range view.Tiles {
		if t.Picture != nil && to.tiles {
			picture := *t.Picture
			picture.Href = ""
			t.Picture, t.basicTold = &picture, basicTold{}
		}
		for _, text := range []*string{&t.Name, &t.Alt, &t.Text, &t.State, &t.Why} {
			*text = cut(*text, to.letters)
		}
		out.Tiles = append(out.Tiles, t)
	}
	return &out
}

// cut returns a text with so many letters at most.
func cut(text string, letters int) string {
	if runes := []rune(text); len(runes) > letters {
		return string(runes[:letters-1]) + "…"
	}
	return text
}
