package apiclient

import (
	"context"
	"net/http"
)

// PTZ is where a camera looks.
type PTZ struct {
	Position Position `json:"position"`
	Moving   bool     `json:"moving"`
	Presets  []Preset `json:"presets"`
}

// Position is pan and tilt from -1 to 1, and zoom from 0 to 1.
type Position struct {
	Pan  float64 `json:"pan"`
	Tilt float64 `json:"tilt"`
	Zoom float64 `json:"zoom"`
}

// Preset is a position that a camera keeps.
type Preset struct {
	Token string `json:"token"`
	Name  string `json:"name"`
}

// Move is what a camera is to do: one of them.
type Move struct {
	Continuous *Position `json:"continuous,omitempty"`     // a speed
	Timeout    float64   `json:"timeoutSeconds,omitempty"` // of Continuous
	Preset     string    `json:"preset,omitempty"`         // token or name
	Home       bool      `json:"home,omitempty"`
	Stop       bool      `json:"stop,omitempty"`
}

// PTZ tells where a camera looks and which positions it keeps.
func (c *Client) PTZ(ctx context.Context, id string) (ptz PTZ, err error) {
	return ptz, c.call(ctx, http.MethodGet, cameraPath(id)+"/ptz", nil, &ptz)
}

// Move turns a camera.
func (c *Client) Move(ctx context.Context, id string, m Move) error {
	return c.call(ctx, http.MethodPost, cameraPath(id)+"/ptz", m, nil)
}

// AddPreset keeps where a camera looks now under a name.
func (c *Client) AddPreset(ctx context.Context, id, name string) (p Preset, err error) {
	body := struct {
		Name string `json:"name"`
	}{name}
	return p, c.call(ctx, http.MethodPost, cameraPath(id)+"/ptz/presets", body, &p)
}
