package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"camwall/internal/fault"
)

// pageSize is how many things of a list are asked for at once.
const pageSize = 1000

// Camera is a camera with what it does.
type Camera struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Number int    `json:"number"` // 0 none
	Text   string `json:"text"`
	Status

	Device      string   `json:"device"`
	Provisioned bool     `json:"provisioned"`
	Revision    int64    `json:"revision"`
	Disabled    bool     `json:"disabled"`
	PTZ         bool     `json:"ptz"`
	Rotation    int      `json:"rotation"`
	Transport   string   `json:"transport"`
	TLS         string   `json:"tls"`
	User        string   `json:"user"`
	HasPassword bool     `json:"hasPassword"`
	Streams     []Stream `json:"streams"`
}

// Stream is one of a camera's streams, main first.
type Stream struct {
	Name      string  `json:"name"`
	Codec     string  `json:"codec"`
	Width     int     `json:"width"` // 0 unknown
	Height    int     `json:"height"`
	FPS       float64 `json:"fps"`
	Transport string  `json:"transport"` // of the last session
	Viewers   int     `json:"viewers"`
	Status

	URL         string `json:"url"` // without sign-in
	Profile     string `json:"profile"`
	ProfileName string `json:"profileName"`
}

// Status is a state with what explains it.
type Status struct {
	State   string     `json:"state"`
	Reason  fault.Code `json:"reason"`
	Message string     `json:"message"`
	Hint    string     `json:"hint"`
	Since   *time.Time `json:"since"`
	NextTry *time.Time `json:"nextTry"`
	Marks   Marks      `json:"marks"`
}

// Marks stand beside the state live.
type Marks struct {
	Unchanged bool  `json:"unchanged"`
	BehindMs  int64 `json:"behindMs"`
}

// NewCamera asks for a camera, by URL or by Address.
type NewCamera struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	URL     string `json:"url,omitempty"`     // of its stream, rtsp or rtsps
	Address string `json:"address,omitempty"` // of its ONVIF service
	Profile string `json:"profile,omitempty"` // with Address: name or token
	SignIn
	Transport string `json:"transport,omitempty"`
	TLS       string `json:"tls,omitempty"`
}

// Cameras returns all cameras whose id, number, name, text or device has query;
// "" is all, in the order of their numbers.
func (c *Client) Cameras(ctx context.Context, query string) ([]Camera, error) {
	all := []Camera{}
	for after := ""; ; {
		var page struct {
			Cameras []Camera
			Next    *string
		}
		values := url.Values{"limit": {strconv.Itoa(pageSize)}}
		if query != "" {
			values.Set("q", query)
		}
		if after != "" {
			values.Set("after", after)
		}
		if err := c.call(ctx, http.MethodGet, "/api/v1/cameras?"+values.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Cameras...)
		if page.Next == nil || len(page.Cameras) == 0 {
			return all, nil
		}
		after = *page.Next
	}
}

func cameraPath(id string) string { return "/api/v1/cameras/" + url.PathEscape(id) }

// Camera returns a camera; fault.NotFound for an unknown one.
func (c *Client) Camera(ctx context.Context, id string) (cam Camera, err error) {
	return cam, c.call(ctx, http.MethodGet, cameraPath(id), nil, &cam)
}

// AddCamera adds a camera.
func (c *Client) AddCamera(ctx context.Context, want NewCamera) (cam Camera, err error) {
	return cam, c.call(ctx, http.MethodPost, "/api/v1/cameras", want, &cam)
}

// RemoveCamera removes a camera.
func (c *Client) RemoveCamera(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, cameraPath(id), nil, nil)
}

// Restart ends the sessions of a camera, "" all, and begins new ones where
// somebody watches.
func (c *Client) Restart(ctx context.Context, id string) error {
	if id == "" {
		return c.call(ctx, http.MethodPost, "/api/v1/cameras/restart", nil, nil)
	}
	return c.call(ctx, http.MethodPost, cameraPath(id)+"/restart", nil, nil)
}
