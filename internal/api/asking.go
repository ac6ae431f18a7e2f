package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/camera"
	"camwall/internal/inventory"
	"camwall/internal/media"
	"camwall/internal/secret"
)

// Asked names a device to ask.
type Asked struct {
	Device   string      `json:"device,omitempty" maxLength:"63" pattern:"^([A-Za-z0-9][A-Za-z0-9_-]*)?$" patternDescription:"an id" doc:"The id of a device that is known; it is asked with its own sign-in unless another is given."`
	Address  string      `json:"address,omitempty" maxLength:"2000" doc:"The address of an ONVIF device service, as people write it."`
	User     string      `json:"user,omitempty" maxLength:"200"`
	Password secret.Text `json:"password,omitempty" maxLength:"500" writeOnly:"true"`
	TLS      string      `json:"tls,omitempty" enum:"pin,verify,off" default:"pin"`
}

// TransformSchema tells what the fields' rules can't: one way to name the device.
func (Asked) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return exactlyOne(s, "device", "address")
}

// AskedPicture names a video source of a device to ask.
type AskedPicture struct {
	Asked
	Source string `json:"source" minLength:"1" maxLength:"200" doc:"The token of the video source."`
}

// TransformSchema is that of Asked.
func (AskedPicture) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return Asked{}.TransformSchema(r, s)
}

// Description is what a device told when it was asked.
type Description struct {
	ID          string     `json:"id" doc:"Of the device when it is known; else empty."`
	Maker       string     `json:"maker"`
	Model       string     `json:"model"`
	Firmware    string     `json:"firmware"`
	Serial      string     `json:"serial"`
	MAC         string     `json:"mac"`
	Hostname    string     `json:"hostname"`
	Kind        string     `json:"kind" enum:"camera,recorder"`
	ONVIF       string     `json:"onvif" doc:"The address of its device service."`
	Address     string     `json:"address" doc:"host:port of its RTSP service."`
	ClockOffset float64    `json:"clockOffsetSeconds" doc:"How far its clock is ahead of ours."`
	PTZ         bool       `json:"ptz"`
	Events      bool       `json:"events"`
	Channels    []Channel  `json:"channels" nullable:"false"`
	Profiles    []Profile  `json:"profiles" nullable:"false"`
	Problems    []*Trouble `json:"problems" nullable:"false" doc:"What could not be read."`
}

// Channel is one video source of a described device.
type Channel struct {
	Source string    `json:"source" doc:"Its token."`
	Name   string    `json:"name"`
	Number int       `json:"number" doc:"1, 2, ... in the device's order."`
	Main   string    `json:"main" doc:"The profile that a camera of it would have; empty: none can play."`
	Sub    string    `json:"sub"`
	Camera camera.ID `json:"camera" doc:"The id of the camera that it is already; else empty."`
}

// Profile is one profile of a described device.
type Profile struct {
	Token       string  `json:"token"`
	Name        string  `json:"name"`
	Source      string  `json:"source"`
	Codec       string  `json:"codec"`
	CodecName   string  `json:"codecName" doc:"As the device calls it."`
	Width       int     `json:"width"`
	Height      int     `json:"height"`
	FPS         float64 `json:"fps"`
	BitRateKbps int     `json:"bitRateKbps"`
	GOP         int     `json:"gop" doc:"Pictures from key picture to key picture; 0 is unknown."`
	Quality     float64 `json:"quality" doc:"On the device's own scale."`
	Audio       string  `json:"audio"`
	URL         string  `json:"url" doc:"Without sign-in."`
	PTZ         bool    `json:"ptz"`
	Use         string  `json:"use" doc:"The camera and stream that it is in use for, gate/main; else empty."`
}

// StreamTest asks for a stream's address to be tried.
type StreamTest struct {
	URL      string       `json:"url" minLength:"1" maxLength:"2000" doc:"As pasted, sign-in included. Without a path the paths of the device's maker are tried."`
	User     *string      `json:"user" required:"false" maxLength:"200"`
	Password *secret.Text `json:"password" required:"false" maxLength:"500" writeOnly:"true"`
	Camera   string       `json:"camera,omitempty" maxLength:"63" pattern:"^([A-Za-z0-9][A-Za-z0-9_-]*)?$" patternDescription:"an id" doc:"Lends its kept sign-in, which never goes to another host."`
	Guess    bool         `json:"guess,omitempty" doc:"Try the paths of the device's maker."`
	Picture  bool         `json:"picture,omitempty" doc:"Decode one picture."`
	TLS      string       `json:"tls,omitempty" enum:"pin,verify,off" default:"pin"`
}

// StreamTestResult is what an address gave.
type StreamTestResult struct {
	Tracks    []Track `json:"tracks" nullable:"false"`
	Transport string  `json:"transport" doc:"Of the picture; empty without one."`
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	Address   string  `json:"address" doc:"The one that worked, without sign-in."`
	Maker     string  `json:"maker"`
	Picture   []byte  `json:"picture" nullable:"true" doc:"JPEG in base64, at most 640x360; null without one."`
}

// Track is one elementary stream.
type Track struct {
	Kind       string  `json:"kind" enum:"video,audio,other"`
	Codec      string  `json:"codec"`
	Width      int     `json:"width" doc:"0 while unknown."`
	Height     int     `json:"height"`
	FPS        float64 `json:"fps" doc:"0 when it is not told."`
	SampleRate int     `json:"sampleRate" doc:"Hz; 0 for video."`
	Channels   int     `json:"channels"`
}

type descriptionOut struct{ Body Description }

type pictureOut struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Body        []byte
}

type testOut struct{ Body StreamTestResult }

func (a *API) registerAsking() {
	register(a, operation("describe", http.MethodPost, "/api/v1/describe", tagDevices,
		"Ask a device what it offers", "Changes nothing, here or there."), a.describeTarget)
	register(a, withType(jpegType, "The picture.", operation("describe-picture", http.MethodPost, "/api/v1/describe/picture", tagDevices,
		"A picture of one video source", "Its snapshot, else a still of its stream.")), a.channelPicture)
	register(a, operation("test-stream", http.MethodPost, "/api/v1/test", tagDevices,
		"Try the address of a stream", "Asks for its description, and decodes a picture when one is wanted. Why it does not play is the problem's code: unauthorized, stream_not_found, ..."), a.testStream)
}

func (a *API) describeTarget(ctx context.Context, in *struct{ Body Asked }) (*descriptionOut, error) {
	b := &in.Body
	whom, err := target(b.Device, b.Address, b.User, b.Password, b.TLS)
	if err != nil {
		return nil, err
	}
	d, err := a.cfg.Inventory.Describe(ctx, whom)
	if err != nil {
		return nil, err
	}
	return &descriptionOut{tellDescription(&d)}, nil
}

func tellDescription(d *inventory.Description) Description {
	out := Description{
		ID: d.ID, Maker: d.Maker, Model: d.Model, Firmware: d.Firmware, Serial: d.Serial, MAC: d.MAC,
		Hostname: d.Hostname, Kind: kindOf(d.Recorder), ONVIF: shown(d.ONVIF), Address: d.Address,
		ClockOffset: seconds(d.ClockOffset), PTZ: d.PTZ, Events: d.Events,
		Channels: make([]Channel, len(d.Channels)), Profiles: make([]Profile, len(d.Profiles)), Problems: troubles(d.Problems),
	}
	for i, c := range d.Channels {
		out.Channels[i] = Channel{c.Source, c.Name, c.Number, c.Main, c.Sub, c.Camera}
	}
	for i, p := range d.Profiles {
		out.Profiles[i] = Profile{
			Token: p.Token, Name: p.Name, Source: p.Source, Codec: p.Codec.String(), CodecName: p.CodecName,
			Width: p.Width, Height: p.Height, FPS: rounded(p.FPS), BitRateKbps: p.BitRateKbps, GOP: p.GOP,
			Quality: rounded(p.Quality), Audio: p.Audio, URL: shown(p.URL), PTZ: p.PTZ, Use: p.Use,
		}
	}
	return out
}

func (a *API) channelPicture(ctx context.Context, in *struct{ Body AskedPicture }) (*pictureOut, error) {
	b := &in.Body
	whom, err := target(b.Device, b.Address, b.User, b.Password, b.TLS)
	if err != nil {
		return nil, err
	}
	jpeg, err := a.cfg.Inventory.ChannelPicture(ctx, whom, b.Source)
	if err != nil {
		return nil, err
	}
	return &pictureOut{jpegType, jpeg}, nil
}

func (a *API) testStream(ctx context.Context, in *struct{ Body StreamTest }) (*testOut, error) {
	b := &in.Body
	tls, err := camera.ParseTLSMode(b.TLS)
	if err != nil {
		return nil, err
	}
	test := inventory.Test{URL: b.URL, Camera: strings.ToLower(b.Camera), Guess: b.Guess, Picture: b.Picture, TLS: tls}
	if b.User != nil || b.Password != nil {
		test.SignIn = &inventory.SignIn{User: taken(b.User), Password: taken(b.Password)}
	}
	r, err := a.cfg.Inventory.Test(ctx, test)
	if err != nil {
		return nil, err
	}
	out := StreamTestResult{
		Tracks: make([]Track, len(r.Tracks)), Transport: r.Transport, Width: r.Width, Height: r.Height,
		Address: shown(r.Address), Maker: r.Maker, Picture: r.Picture,
	}
	for i, t := range r.Tracks {
		out.Tracks[i] = Track{kindOfTrack(t.Codec), t.Codec.String(), t.Width, t.Height, rounded(t.FPS), t.SampleRate, t.Channels}
	}
	return &testOut{out}, nil
}

func kindOfTrack(c media.Codec) string {
	switch {
	case c.IsVideo():
		return "video"
	case c.IsAudio():
		return "audio"
	}
	return "other"
}
