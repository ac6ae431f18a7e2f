package wall

import (
	"encoding/json"
	"math"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// pageJSON and tileJSON are how pages and tiles are encoded: dwell in seconds.
type pageJSON struct {
	Title string  `json:"title"`
	Dwell float64 `json:"dwell"`
	Tiles []Tile  `json:"tiles"`
}

type tileJSON struct {
	Column  int         `json:"column"`
	Row     int         `json:"row"`
	Width   int         `json:"width"`
	Height  int         `json:"height"`
	Cameras []camera.ID `json:"cameras"`
	Dwell   float64     `json:"dwell"`
	Stream  string      `json:"stream"`
	Fit     Fit         `json:"fit"`
	Crop    *Crop       `json:"crop,omitempty"` // nil: the whole picture
	Text    string      `json:"text"`
	Overlay *Overlay    `json:"overlay"` // nil: UsualOverlay
}

// MarshalJSON writes dwell in seconds and lists that are never null.
func (p Page) MarshalJSON() ([]byte, error) {
	tiles := p.Tiles
	if tiles == nil {
		tiles = []Tile{}
	}
	return json.Marshal(pageJSON{p.Title, p.Dwell.Seconds(), tiles})
}

// UnmarshalJSON is the reverse of MarshalJSON. A dwell that no duration holds is
// a fault.BadRequest.
func (p *Page) UnmarshalJSON(b []byte) error {
	var j pageJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	d, err := seconds(j.Dwell)
	*p = Page{j.Title, d, j.Tiles}
	return err
}

// MarshalJSON writes dwell in seconds, lists that are never null, and a crop only
// when there is one.
func (t Tile) MarshalJSON() ([]byte, error) {
	cameras := t.Cameras
	if cameras == nil {
		cameras = []camera.ID{}
	}
	j := tileJSON{
		Column: t.Column, Row: t.Row, Width: t.Width, Height: t.Height,
		Cameras: cameras, Dwell: t.Dwell.Seconds(), Stream: t.Stream, Fit: t.Fit, Text: t.Text, Overlay: &t.Overlay,
	}
	if !t.Crop.IsWhole() {
		j.Crop = &t.Crop
	}
	return json.Marshal(j)
}

// UnmarshalJSON is the reverse of MarshalJSON. An overlay that is missing or null
// becomes UsualOverlay. A dwell that no duration holds is a fault.BadRequest.
func (t *Tile) UnmarshalJSON(b []byte) error {
	var j tileJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	d, err := seconds(j.Dwell)
	*t = Tile{
		Column: j.Column, Row: j.Row, Width: j.Width, Height: j.Height,
		Cameras: j.Cameras, Dwell: d, Stream: j.Stream, Fit: j.Fit, Text: j.Text, Overlay: UsualOverlay(),
	}
	if j.Overlay != nil {
		t.Overlay = *j.Overlay
	}
	if j.Crop != nil {
		t.Crop = *j.Crop
	}
	return err
}

// seconds returns a duration in whole milliseconds.
func seconds(s float64) (time.Duration, error) {
	if math.Abs(s) > 1e9 {
		return 0, fault.Errorf(fault.BadRequest, "dwell is %g s, must be 0 to %g", s, MaxDwell.Seconds())
	}
	return time.Duration(math.Round(s*1000)) * time.Millisecond, nil
}
