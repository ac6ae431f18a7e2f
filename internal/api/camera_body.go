package api

import (
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/secret"
)

// NewCamera asks for a camera: by the address of one stream, by those of
// several, or by that of its device.
type NewCamera struct {
	ID     string `json:"id,omitempty" maxLength:"63" pattern:"^([A-Za-z0-9][A-Za-z0-9_-]*)?$" patternDescription:"letters, digits, _ and -, beginning with a letter or digit" doc:"Made from the name when empty."`
	Name   string `json:"name,omitempty" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`
	Number int    `json:"number,omitempty" minimum:"0" maximum:"9999" doc:"0: the lowest that no camera has or had."`
	Text   string `json:"text,omitempty" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters" doc:"Shown at the bottom right of its tiles."`

	URL     string            `json:"url,omitempty" maxLength:"2000" doc:"The rtsp or rtsps address of its one stream, as pasted, sign-in included."`
	Streams map[string]string `json:"streams,omitempty" maxProperties:"8" doc:"The addresses of several streams by name, main among them, as pasted."`
	Address string            `json:"address,omitempty" maxLength:"2000" doc:"That of its ONVIF device service, as people write it: 192.0.2.10, cam.lan:8080 or http://192.0.2.10/onvif/device_service."`
	Profile string            `json:"profile,omitempty" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters" doc:"With address: the name or token of the profile that becomes main. Empty: the best is main, the smallest sub."`

	CameraSettings
}

// CameraSettings are what a new camera and a change of one have in common. What
// is missing stays as it is, or has its default.
type CameraSettings struct {
	User     *string      `json:"user" required:"false" maxLength:"200" doc:"Signs in in place of what the address has."`
	Password *secret.Text `json:"password" required:"false" maxLength:"500" writeOnly:"true" doc:"Is never told again."`

	Transport      *string  `json:"transport" required:"false" enum:"auto,tcp,udp" doc:"auto is TCP first, and UDP when TCP is refused."`
	TLS            *string  `json:"tls" required:"false" enum:"pin,verify,off"`
	Rotation       *int     `json:"rotation" required:"false" enum:"0,90,180,270" doc:"Degrees clockwise."`
	UnchangedAfter *float64 `json:"unchangedAfter" required:"false" minimum:"0" maximum:"86400" doc:"Seconds for which pictures may be identical before it is marked; 0 is for ever."`
	Disabled       *bool    `json:"disabled" required:"false"`
}

// CameraChange changes a camera; what is missing or null stays as it is.
type CameraChange struct {
	Name   *string `json:"name" required:"false" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`
	Number *int    `json:"number" required:"false" minimum:"0" maximum:"9999"`
	Text   *string `json:"text" required:"false" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`

	Streams map[string]string `json:"streams,omitempty" maxProperties:"8" doc:"Replaces all streams. Their kept password stays while scheme, host and port do; for another address it is asked for again."`

	CameraSettings
}

// TransformSchema tells what the fields' rules can't: one way to name the camera.
func (NewCamera) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return exactlyOne(s, "url", "streams", "address")
}

// exactlyOne adds to the description of an object that it wants one of these.
// The check itself is made where the words for people are.
func exactlyOne(s *huma.Schema, names ...string) *huma.Schema {
	var choices []map[string]any
	for _, name := range names {
		choices = append(choices, map[string]any{"required": []string{name}})
	}
	s.Extensions = map[string]any{"oneOf": choices}
	return s
}

// count returns how many of the values are set.
func count(values ...any) (n int) {
	for _, v := range values {
		if r := reflect.ValueOf(v); !r.IsZero() && (r.Kind() != reflect.Map || r.Len() > 0) {
			n++
		}
	}
	return n
}

// wish returns what the inventory is asked for.
func (b *NewCamera) wish() (inventory.NewCamera, error) {
	if count(b.URL, b.Streams, b.Address) != 1 {
		return inventory.NewCamera{}, fault.New(fault.BadRequest, "a camera wants exactly one of url, streams and address",
			"url is the address of its stream, address that of its ONVIF service")
	}
	if b.Profile != "" && b.Address == "" {
		return inventory.NewCamera{}, fault.New(fault.BadRequest, "a profile wants an address", "give the address of the ONVIF service")
	}
	transport, tls, err := b.modes()
	if err != nil {
		return inventory.NewCamera{}, err
	}
	wish := inventory.NewCamera{
		ID: b.ID, Name: b.Name, Number: b.Number, Text: b.Text,
		URL: b.URL, Streams: b.Streams, Address: b.Address, Profile: b.Profile,
		Transport: taken(transport), TLS: taken(tls), Rotation: taken(b.Rotation), Disabled: taken(b.Disabled),
		UnchangedAfter: b.unchangedAfter(),
	}
	if b.User != nil || b.Password != nil {
		wish.SignIn = &inventory.SignIn{User: taken(b.User), Password: taken(b.Password)}
	}
	return wish, nil
}

// edit returns what is to be changed of a camera that signs in as now.
func (b *CameraChange) edit(now camera.Credentials) (inventory.CameraEdit, error) {
	transport, tls, err := b.modes()
	if err != nil {
		return inventory.CameraEdit{}, err
	}
	signIn, err := changedSignIn(b.User, b.Password, now)
	if err != nil {
		return inventory.CameraEdit{}, err
	}
	return inventory.CameraEdit{
		Name: b.Name, Text: b.Text, Number: b.Number, Streams: b.Streams, SignIn: signIn,
		Transport: transport, TLS: tls, Rotation: b.Rotation, UnchangedAfter: b.unchangedAfter(), Disabled: b.Disabled,
	}, nil
}

// changedSignIn returns the sign-in that replaces the one there is; nil: none. An
// empty user without a password removes it. A password alone is for the same
// user; another user wants one.
func changedSignIn(user *string, password *secret.Text, now camera.Credentials) (*inventory.SignIn, error) {
	switch {
	case password != nil:
		signIn := inventory.SignIn{User: now.User, Password: *password}
		if user != nil {
			signIn.User = *user
		}
		return &signIn, nil
	case user == nil || *user == now.User:
		return nil, nil //nolint:nilnil // nil is "stays as it is"
	case *user == "":
		return &inventory.SignIn{}, nil
	}
	return nil, fault.New(fault.BadRequest, "another user wants a password", `give "password", empty when that user has none`)
}

func (b *CameraSettings) unchangedAfter() *time.Duration {
	if b.UnchangedAfter == nil {
		return nil
	}
	d := duration(*b.UnchangedAfter)
	return &d
}

// modes returns transport and TLS; nil when they are not given.
func (b *CameraSettings) modes() (transport *camera.Transport, tls *camera.TLSMode, err error) {
	if b.Transport != nil {
		t, err := camera.ParseTransport(*b.Transport)
		if err != nil {
			return nil, nil, err
		}
		transport = &t
	}
	tls, err = tlsMode(b.TLS)
	return transport, tls, err
}

func tlsMode(word *string) (*camera.TLSMode, error) {
	if word == nil {
		return nil, nil //nolint:nilnil // nil is "not given"
	}
	mode, err := camera.ParseTLSMode(*word)
	return &mode, err
}
