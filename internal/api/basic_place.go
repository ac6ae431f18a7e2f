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
		shape := a.shapeOf(t)
		boxWidth, boxHeight := boxOf(t, shape, x/y)
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
			shape := float64(s.Width) / float64(s.Height)
			if info.Camera.Rotation%180 != 0 {
				shape = 1 / shape
			}
			return shape
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

// cropBox returns what the stylesheet needs to know of a tile's crop: the crop,
// and the size of its box in the tile.
func (a *API) cropBox(ask *basicAsk, w *wall.Wall, t *wall.Tile) string {
	x, y := ask.tilePixels(w, t)
	width, height := boxOf(t, a.shapeOf(t), x/y)
	return fmt.Sprintf("%.4f,%.4f,%.4f,%.4f,%.4f,%.4f", t.Crop.X, t.Crop.Y, t.Crop.Width, t.Crop.Height, width, height)
}

// cropClasses makes a class k0, k1, ... of each crop that cropBox has told: the
// box gets its size, and the picture lies in it so that the crop fills it. What
// is none is left out.
func cropClasses(crops []string) string {
	var out strings.Builder
	for i, text := range crops[:min(len(crops), wall.MaxTiles)] {
		var n [6]float64
		parts := strings.Split(text, ",")
		usable := len(parts) == len(n)
		for j := range min(len(parts), len(n)) {
			v, err := strconv.ParseFloat(parts[j], 64)
			n[j] = v
			usable = usable && err == nil && v >= 0 && v <= 100
		}
		x, y, width, height, boxWidth, boxHeight := n[0], n[1], n[2], n[3], n[4], n[5]
		if !usable || width < 0.01 || height < 0.01 {
			continue
		}
		fmt.Fprintf(&out, ".k%d .box { width: %s; height: %s; left: %s; top: %s; right: auto; bottom: auto; }\n",
			i, percent(boxWidth), percent(boxHeight), percent((1-boxWidth)/2), percent((1-boxHeight)/2))
		fmt.Fprintf(&out, ".k%d img { width: %s; height: %s; left: %s; top: %s; max-width: none; }\n",
			i, percent(1/width), percent(1/height), percent(0-x/width), percent(0-y/height))
	}
	return out.String()
}

// placeOf returns the classes that say where a tile lies.
func placeOf(w *wall.Wall, t *wall.Tile) string {
	return "x" + share(t.Column, w.Columns) + " y" + share(t.Row, w.Rows) + " w" + share(t.Width, w.Columns) + " h" + share(t.Height, w.Rows)
}

// share names a part of a whole, in lowest terms: 2 of 4 is 1-2.
func share(n, of int) string {
	a, b := n, of
	for b != 0 {
		a, b = b, a%b
	}
	return strconv.Itoa(n/a) + "-" + strconv.Itoa(of/a)
}

// placeClasses makes the classes of every place that a tile of a grid may have.
// The grid is written 4x3; the style of what is none has none.
func placeClasses(grid string) string {
	columns, rows, _ := strings.Cut(grid, "x")
	var out strings.Builder
	for i, of := range []string{columns, rows} {
		n, err := strconv.Atoi(of)
		if err != nil || n < 1 || n > wall.MaxGrid {
			continue
		}
		for k := range n {
			at, size := share(k, n), share(k+1, n)
			fmt.Fprintf(&out, ".%c%s{%s:%s}\n.%c%s{%s:%s}\n", "xy"[i], at, []string{"left", "top"}[i], percent(float64(k)/float64(n)),
				"wh"[i], size, []string{"width", "height"}[i], percent(float64(k+1)/float64(n)))
		}
	}
	return out.String()
}

// percent writes a share as a style has it.
func percent(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e6)/1e4, 'f', -1, 64) + "%"
}
