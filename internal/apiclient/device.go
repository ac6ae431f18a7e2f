package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"camwall/internal/fault"
)

// Trouble is what is wrong with a thing.
type Trouble struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Hint    string     `json:"hint"`
}

// Device is one thing with an address: a camera or a recorder.
type Device struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Address        string   `json:"address"` // host:port of RTSP
	ONVIF          string   `json:"onvif"`
	Endpoint       string   `json:"endpoint"`
	MAC            string   `json:"mac"`
	Kind           string   `json:"kind"` // camera or recorder
	Maker          string   `json:"maker"`
	Model          string   `json:"model"`
	Firmware       string   `json:"firmware"`
	Serial         string   `json:"serial"`
	User           string   `json:"user"`
	HasPassword    bool     `json:"hasPassword"`
	MaxConnections int      `json:"maxConnections"` // 0 is no bound
	TLS            string   `json:"tls"`
	Provisioned    bool     `json:"provisioned"`
	Revision       int64    `json:"revision"`
	Cameras        []string `json:"cameras"`
	ClockOffset    float64  `json:"clockOffsetSeconds"`
	Events         bool     `json:"events"`
	Problem        *Trouble `json:"problem"`
}

// NewDevice asks for a device and its cameras.
type NewDevice struct {
	Address string `json:"address"` // of its ONVIF service
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	SignIn
	Sources []string `json:"sources,omitempty"` // none: every one that can play
	Prefix  string   `json:"prefix,omitempty"`  // of its cameras' ids
	TLS     string   `json:"tls,omitempty"`
}

// AddedDevice is a new device with its new cameras.
type AddedDevice struct {
	Device  Device   `json:"device"`
	Cameras []Camera `json:"cameras"`
}

// Target names a device to ask: by Device, an id, or by Address.
type Target struct {
	Device  string `json:"device,omitempty"`
	Address string `json:"address,omitempty"`
	SignIn
	TLS string `json:"tls,omitempty"`
}

// Description is what a device told when it was asked.
type Description struct {
	ID          string    `json:"id"` // "" when it is not configured
	Maker       string    `json:"maker"`
	Model       string    `json:"model"`
	Firmware    string    `json:"firmware"`
	Serial      string    `json:"serial"`
	MAC         string    `json:"mac"`
	Hostname    string    `json:"hostname"`
	Kind        string    `json:"kind"`
	ONVIF       string    `json:"onvif"`
	Address     string    `json:"address"`
	ClockOffset float64   `json:"clockOffsetSeconds"`
	PTZ         bool      `json:"ptz"`
	Events      bool      `json:"events"`
	Channels    []Channel `json:"channels"`
	Profiles    []Profile `json:"profiles"`
	Problems    []Trouble `json:"problems"`
}

// Channel is one video source.
type Channel struct {
	Source string `json:"source"`
	Name   string `json:"name"`
	Number int    `json:"number"`
	Main   string `json:"main"` // "": no stream that can play
	Sub    string `json:"sub"`
	Camera string `json:"camera"` // the camera that it is already
}

// Profile is one stream that a device offers.
type Profile struct {
	Token       string  `json:"token"`
	Name        string  `json:"name"`
	Source      string  `json:"source"`
	Codec       string  `json:"codec"`
	CodecName   string  `json:"codecName"`
	Width       int     `json:"width"`
	Height      int     `json:"height"`
	FPS         float64 `json:"fps"`
	BitRateKbps int     `json:"bitRateKbps"`
	GOP         int     `json:"gop"`
	Quality     float64 `json:"quality"`
	Audio       string  `json:"audio"`
	URL         string  `json:"url"`
	PTZ         bool    `json:"ptz"`
	Use         string  `json:"use"`
}

// Devices returns all devices, sorted by id.
func (c *Client) Devices(ctx context.Context) ([]Device, error) {
	all := []Device{}
	for after := ""; ; {
		var page struct {
			Devices []Device
			Next    *string
		}
		values := url.Values{"limit": {strconv.Itoa(pageSize)}}
		if after != "" {
			values.Set("after", after)
		}
		if err := c.call(ctx, http.MethodGet, "/api/v1/devices?"+values.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Devices...)
		if page.Next == nil || len(page.Devices) == 0 {
			return all, nil
		}
		after = *page.Next
	}
}

func devicePath(id string) string { return "/api/v1/devices/" + url.PathEscape(id) }

// Device returns a device; fault.NotFound for an unknown one.
func (c *Client) Device(ctx context.Context, id string) (d Device, err error) {
	return d, c.call(ctx, http.MethodGet, devicePath(id), nil, &d)
}

// AddDevice adds a device and its cameras in one step.
func (c *Client) AddDevice(ctx context.Context, want NewDevice) (added AddedDevice, err error) {
	return added, c.call(ctx, http.MethodPost, "/api/v1/devices", want, &added)
}

// RefreshDevice describes a device anew and takes over what changed.
func (c *Client) RefreshDevice(ctx context.Context, id string) (d Device, err error) {
	return d, c.call(ctx, http.MethodPost, devicePath(id)+"/refresh", nil, &d)
}

// RemoveDevice removes a device with its cameras.
func (c *Client) RemoveDevice(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, devicePath(id), nil, nil)
}

// Describe asks a device what it offers.
func (c *Client) Describe(ctx context.Context, whom Target) (d Description, err error) {
	return d, c.call(ctx, http.MethodPost, "/api/v1/describe", whom, &d)
}
