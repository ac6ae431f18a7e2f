package api

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"camwall/internal/wall"
)

// basicLadder are the widths of pictures on the basic page, so that screens of
// about one size share them.
func basicLadder() []int { return []int{320, 480, 640, 960, 1280, 1920, 2560, 3840} }

// maxPictureSide is as much as may be asked for.
const maxPictureSide = 4096

// tileSize returns the size of the picture to ask for: that of the tile, its
// width from the ladder. Of a crop the whole picture is asked for.
func (a *API) tileSize(ask *basicAsk, w *wall.Wall, t *wall.Tile) (width, height int) {
	x, y := ask.tilePixels(w, t)
	if !t.Crop.IsWhole() {
		boxWidth, boxHeight := a.cropBox(ask, w, t)
		x = x * boxWidth / t.Crop.Width
		y = y * boxHeight / t.Crop.Height
	}
	least := x
	for _, step := range basicLadder() {
		x = float64(step)
		if x >= 0.9*least {
			break
		}
	}
	y *= x / least
	if most := max(x, y); most > maxPictureSide {
		x, y = x*maxPictureSide/most, y*maxPictureSide/most
	}
	even := func(v float64) int { return max(16, int(math.Round(v/2))*2) }
	return even(x), even(y)
}

// tilePixels returns the size of a tile on the screen.
func (ask *basicAsk) tilePixels(w *wall.Wall, t *wall.Tile) (width, height float64) {
	return float64(ask.width*t.Width) / float64(w.Columns), float64(ask.height*t.Height) / float64(w.Rows)
}

// shapeOf returns width to height of the pictures of a tile's first camera; 16:9
// while that is unknown.
func (a *API) shapeOf(t *wall.Tile) float64 {
	info, err := a.cfg.Source.Info(t.Cameras[0])
	if err != nil {
		return 16.0 / 9
	}
	for _, s := range info.Streams {
		if s.Width > 0 && s.Height > 0 {
			return float64(s.Width) / float64(s.Height) // turned, if the camera is
		}
	}
	return 16.0 / 9
}

// boxOf returns the size of a crop's box as shares of its tile, whose shape is
// given: within it, over it, or just it, by the tile's fit.
func boxOf(t *wall.Tile, picture, tile float64) (width, height float64) {
	crop := picture * t.Crop.Width / t.Crop.Height
	wider := crop > tile
	switch {
	case t.Fit == wall.Fill:
		return 1, 1
	case wider == (t.Fit != wall.Cover):
		return 1, tile / crop
	}
	return crop / tile, 1
}

// cropBox returns the size of a crop's box in shares of its tile.
func (a *API) cropBox(ask *basicAsk, w *wall.Wall, t *wall.Tile) (width, height float64) {
	x, y := ask.tilePixels(w, t)
	return boxOf(t, a.shapeOf(t), x/y)
}

// basicRules are the rules of the style of one page: those of the places that its
// tiles have, each once.
type basicRules struct {
	text  strings.Builder
	there map[string]bool
	crops int
}

// place returns the classes that say where a tile lies.
func (rules *basicRules) place(w *wall.Wall, t *wall.Tile) string {
	return rules.side("x", "left", t.Column, w.Columns) + " " + rules.side("y", "top", t.Row, w.Rows) + " " +
		rules.side("w", "width", t.Width, w.Columns) + " " + rules.side("h", "height", t.Height, w.Rows)
}

// side returns the class of n cells of a grid.
func (rules *basicRules) side(letter, property string, n, of int) string {
	class := letter + strconv.Itoa(n)
	if !rules.there[class] {
		if rules.there == nil {
			rules.there = map[string]bool{}
		}
		rules.there[class] = true
		fmt.Fprintf(&rules.text, ".%s{%s:%s}\n", class, property, percent(float64(n)/float64(of)))
	}
	return class
}

// crop returns the class of a crop, whose box has a size in shares of its tile:
// the picture lies in the box so that the crop fills it.
func (rules *basicRules) crop(c wall.Crop, width, height float64) string {
	class := "k" + strconv.Itoa(rules.crops)
	rules.crops++
	if width != 1 {
		fmt.Fprintf(&rules.text, ".%s i{width:%s;left:%s}\n", class, percent(width), percent((1-width)/2))
	}
	if height != 1 {
		fmt.Fprintf(&rules.text, ".%s i{height:%s;top:%s}\n", class, percent(height), percent((1-height)/2))
	}
	fmt.Fprintf(&rules.text, ".%s img{width:%s;height:%s;left:%s;top:%s}\n", class,
		percent(1/c.Width), percent(1/c.Height), percent(0-c.X/c.Width), percent(0-c.Y/c.Height))
	return class
}

// percent writes a share as a style has it, to a fraction of a pixel.
func percent(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e4)/1e2, 'f', -1, 64) + "%"
}
