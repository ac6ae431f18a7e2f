package api

import (
	"context"
	"net/http"
	"time"
)

// Screen is a live connection as Config.Screens tells it: a wall, or another page
// that watches cameras.
type Screen struct {
	Remote string // its address
	Since  time.Time
	Paused bool // nobody looks
	Tiles  []ScreenTile
}

// ScreenTile is what a tile of a screen shows. FPS and Delay are the screen's own
// account; 0 is unknown.
type ScreenTile struct {
	Tile                                 uint32
	Camera, Stream, Format, Why, Reduced string
	FPS                                  float64
	Delay                                time.Duration
}

// ScreenList is every live connection.
type ScreenList struct {
	Screens []ScreenBody `json:"screens" nullable:"false" doc:"The oldest first."`
}

// ScreenBody is one of them.
type ScreenBody struct {
	Address string           `json:"address" doc:"Of the client, with its port."`
	Since   *moment          `json:"since"`
	Paused  bool             `json:"paused" doc:"Nobody looks: no pictures are sent."`
	Tiles   []ScreenTileBody `json:"tiles" nullable:"false"`
}

// ScreenTileBody is what one of its tiles shows.
type ScreenTileBody struct {
	Tile    uint32  `json:"tile"`
	Camera  string  `json:"camera"`
	Stream  string  `json:"stream"`
	Format  string  `json:"format" doc:"jpeg, h264 or h265; empty while nothing is shown."`
	Why     string  `json:"why" doc:"Why nothing better is sent: codec or link."`
	Reduced string  `json:"reduced" doc:"Why less is sent than was asked for: link or screen."`
	FPS     float64 `json:"fps" doc:"Painted pictures a second, as the screen tells."`
	Delay   float64 `json:"delayMs" doc:"From arrival to paint, of the slowest of twenty pictures, as the screen tells."`
}

type screensOut struct{ Body ScreenList }

func (a *API) registerScreens() {
	register(a, operation("list-screens", http.MethodGet, "/api/v1/screens", tagSystem, "Screens",
		"Every live connection, and what each of its tiles shows."), a.listScreens)
}

func (a *API) listScreens(context.Context, *nothing) (*screensOut, error) {
	list := []ScreenBody{}
	if a.cfg.Screens != nil {
		for _, s := range a.cfg.Screens() {
			body := ScreenBody{Address: s.Remote, Since: at(s.Since), Paused: s.Paused, Tiles: make([]ScreenTileBody, len(s.Tiles))}
			for i, t := range s.Tiles {
				body.Tiles[i] = ScreenTileBody{
					Tile: t.Tile, Camera: t.Camera, Stream: t.Stream, Format: t.Format, Why: t.Why, Reduced: t.Reduced,
					FPS: t.FPS, Delay: float64(t.Delay.Milliseconds()),
				}
			}
			list = append(list, body)
		}
	}
	return &screensOut{ScreenList{list}}, nil
}
