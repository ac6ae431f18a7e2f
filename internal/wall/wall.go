// Package wall is the domain of named layouts: a wall with its pages and tiles,
// the rules that they keep, and the usual layouts. It does no I/O and draws
// nothing; package store keeps walls, package api hands them out, and pages and
// windows show them.
package wall

import (
	"regexp"
	"time"

	"camwall/internal/camera"
)

// Limits of a wall.
const (
	MaxGrid       = 16 // columns, and rows
	MaxPages      = 64
	MaxTiles      = 64 // of a page
	MaxCameras    = 64 // of a tile
	MaxTitle      = 100
	MaxText       = 200
	MaxDwell      = 24 * time.Hour
	MinCrop       = 0.05 // of a picture's width, and of its height
	DefaultRotate = 10 * time.Second
)

// AutoStream lets the viewer choose the stream of a tile by its size.
const AutoStream = "auto"

// Wall is a named layout. All its pages have one grid.
type Wall struct {
	// Name names it in every URL: [a-z0-9][a-z0-9_-]{0,62}, like a camera's id.
	Name string `json:"name"`

	// Title is free text for people, at most MaxTitle characters; empty: the name.
	Title string `json:"title"`

	// Columns and Rows are the cells of its grid, 1 to MaxGrid each.
	Columns int `json:"columns"`
	Rows    int `json:"rows"`

	// Pages has 1 to MaxPages elements, shown in turn.
	Pages []Page `json:"pages"`
}

// Page is what is shown at one time.
type Page struct {
	// Title is free text for people; may be empty.
	Title string

	// Dwell is how long it is shown before the next page, up to MaxDwell; 0: it
	// stays until somebody turns it. Encoded in seconds.
	Dwell time.Duration

	// Tiles has at most MaxTiles elements, none over another.
	Tiles []Tile
}

// Tile is a rectangle of whole cells of the grid.
type Tile struct {
	// Column and Row are its upper left cell, from 0; Width and Height are
	// cells, at least 1.
	Column, Row, Width, Height int

	// Cameras are shown in turn, at most MaxCameras; empty: an empty tile.
	Cameras []camera.ID

	// Dwell is how long each of several cameras is shown, up to MaxDwell; 0 is
	// DefaultRotate. Encoded in seconds.
	Dwell time.Duration

	// Stream is the name of the stream to show, main, sub, ...; AutoStream or
	// empty: the one that suits the tile's size.
	Stream string

	// Fit is how the picture fills the tile; empty is Contain.
	Fit Fit

	// Crop is the part of the picture that is shown; zero is the whole. Of
	// several cameras it is the part of each.
	Crop Crop

	// Text is shown in the tile, at most MaxText characters; empty: the camera's.
	Text string

	// Overlay is what is drawn over the picture, and nothing else is; one that is
	// not given is UsualOverlay, which is decided where a tile is read.
	Overlay Overlay
}

// Rotate returns how long each camera of t is shown; 0 when there is nothing to
// change.
func (t *Tile) Rotate() time.Duration {
	switch {
	case len(t.Cameras) < 2:
		return 0
	case t.Dwell == 0:
		return DefaultRotate
	}
	return t.Dwell
}

// Fit is how a picture fills its tile.
type Fit string

// The fits. Contain shows all of the picture, Cover fills the tile and cuts off
// what is over, Fill stretches.
const (
	Contain Fit = "contain"
	Cover   Fit = "cover"
	Fill    Fit = "fill"
)

// Crop is a part of a picture in shares of its width and height, from the upper
// left corner: whatever the size of the stream, it is the same part.
type Crop struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// IsWhole reports whether c is all of the picture.
func (c Crop) IsWhole() bool { return c == Crop{} || c == Crop{Width: 1, Height: 1} }

// Overlay switches what is drawn over a picture.
type Overlay struct {
	Number     bool `json:"number"`
	Name       bool `json:"name"`
	Clock      bool `json:"clock"`
	Statistics bool `json:"statistics"`
}

// UsualOverlay is that of a tile which does not say: number and name.
func UsualOverlay() Overlay { return Overlay{Number: true, Name: true} }

var (
	namePattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	streamPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,15}$`)
)

// WithDefaults returns a copy of w that spells out what it leaves to defaults:
// streams and fits; a crop that is all of the picture is zero. No slice of it is
// shared with w or nil.
func (w Wall) WithDefaults() Wall {
	pages := make([]Page, len(w.Pages))
	for i, p := range w.Pages {
		tiles := make([]Tile, len(p.Tiles))
		for j, t := range p.Tiles {
			t.Cameras = append([]camera.ID{}, t.Cameras...)
			if t.Stream == "" {
				t.Stream = AutoStream
			}
			if t.Fit == "" {
				t.Fit = Contain
			}
			if t.Crop.IsWhole() {
				t.Crop = Crop{}
			}
			tiles[j] = t
		}
		p.Tiles = tiles
		pages[i] = p
	}
	w.Pages = pages
	return w
}
