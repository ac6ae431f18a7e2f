package inventory

import (
	"time"

	"camwall/internal/camera"
	"camwall/internal/secret"
)

// SignIn is how a person gives user and password: for a new device, or in place
// of the stored ones. Nil fields of an edit leave what is stored.
type SignIn struct {
	User     string
	Password secret.Text
}

// NewCamera asks for a camera. Exactly one of URL and Streams, or Address with
// or without Profile, is needed.
type NewCamera struct {
	ID     string // made from the name when empty
	Name   string
	Number int // the next free one when 0
	Text   string

	// URL is the one address of its one stream, as pasted, sign-in included.
	URL string

	// Streams are the addresses of several, "main" among them, as pasted.
	Streams map[string]string

	// Address is that of its ONVIF device service, as people write it; Profile
	// the name or token of the profile wanted as main. Empty: the best is main,
	// the smallest sub.
	Address, Profile string

	SignIn    *SignIn // overrides what URL holds
	Transport camera.Transport
	TLS       camera.TLSMode
	Rotation  int
	Disabled  bool

	// UnchangedAfter: nil is the default.
	UnchangedAfter *time.Duration
}

// CameraEdit changes a camera; nil leaves a field as it is.
type CameraEdit struct {
	Name, Text     *string
	Number         *int
	Streams        map[string]string // replaces all streams; as NewCamera.Streams. A masked or missing sign-in keeps the stored one while scheme, host and port stay
	SignIn         *SignIn           // replaces; an empty one removes the camera's own
	Transport      *camera.Transport
	TLS            *camera.TLSMode
	Rotation       *int
	UnchangedAfter *time.Duration
	Disabled       *bool
}
