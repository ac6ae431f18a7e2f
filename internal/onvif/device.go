package onvif

import (
	"log/slog"
	"time"

	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
)

// Device is what a device tells about itself. What it did not tell is zero.
type Device struct {
	// Address is the device service that answered.
	Address string

	Manufacturer, Model, Firmware, Serial, HardwareID, Hostname string

	// MACs are in lower case with colons, without doubles.
	MACs []string

	// Services are addresses by namespace, on the host that was reached.
	Services map[string]string

	// ClockOffset is how far its clock is ahead of ours.
	ClockOffset time.Duration

	Sources  []VideoSource
	Profiles []Profile

	HasPTZ, HasEvents, HasImaging bool

	// Problems says what could not be read.
	Problems []*fault.Error
}

// VideoSource is a sensor of a camera, or a channel of a recorder.
type VideoSource struct {
	Token, Name   string
	Width, Height int
	FPS           float64
}

// Profile is one stream that a device offers. Zero numbers are unknown.
type Profile struct {
	Token, Name string

	// Source is the token of its video source, SourceName the name of that
	// source's configuration.
	Source, SourceName string

	// Codec is CodecUnknown when CodecName, the device's word, is none of ours.
	Codec     media.Codec
	CodecName string

	Width, Height int
	FPS           float64
	BitRateKbps   int
	GOP           int // frames
	Quality       float64

	// Audio is the coding as the device tells it; empty: none.
	Audio string

	// PTZ tells that the profile can be moved.
	PTZ bool

	// Media2 tells that the profile was read from the Media2 service, media1
	// that (also) the Media service has it.
	Media2 bool
	media1 bool

	// StreamURI is its RTSP address over TCP or UDP, SecureURI the one over TLS
	// where the device offers that, SnapshotURI that of a JPEG. None has a
	// sign-in, but some cameras want a password in the path or the query: show
	// them redacted only, as String does.
	StreamURI, SecureURI, SnapshotURI string

	// snapshotElse is where the JPEG is if not at SnapshotURI; mostly empty.
	snapshotElse string
}

// String describes p for people, without secrets.
func (p Profile) String() string {
	return p.Token + " " + p.Name + " " + p.CodecName + " " + secret.Redact(p.StreamURI)
}

// LogValue keeps logs free of what an address may hold.
func (p Profile) LogValue() slog.Value {
	return slog.GroupValue(slog.String("token", p.Token), slog.String("name", p.Name),
		slog.String("codec", p.CodecName), slog.String("uri", secret.Redact(p.StreamURI)))
}

// Transport is how the media of a stream address is carried.
type Transport uint8

// The transports.
const (
	TCP  Transport = iota // RTSP, interleaved
	UDP                   // RTP over UDP
	TLS                   // rtsps
	HTTP                  // RTSP in HTTP
)

// Probe is what a device tells everyone.
type Probe struct {
	// Address is the device service that answered; empty when nothing that
	// speaks ONVIF did.
	Address string

	// ONVIF tells that it speaks ONVIF.
	ONVIF bool

	// ClockOffset is how far its clock is ahead of ours; ClockKnown is false
	// when it did not tell.
	ClockOffset time.Duration
	ClockKnown  bool

	// Manufacturer and Model are empty for devices that tell them only to those
	// who sign in.
	Manufacturer, Model string

	// Services are addresses by namespace.
	Services map[string]string

	// Server is the name of its web server, as told.
	Server string
}

// Velocity is how fast to move, each -1 to 1: right, up and towards the
// telephoto end are positive. Zero is no move.
type Velocity struct{ Pan, Tilt, Zoom float64 }

// Position is where to move: absolute from -1 to 1 (zoom 0 to 1), or by how
// much. NaN leaves pan and tilt (both) or zoom as they are.
type Position struct{ Pan, Tilt, Zoom float64 }

// PTZStatus is where a camera looks.
type PTZStatus struct {
	// Position is NaN where the device does not tell.
	Position Position

	// Moving tells that it moves; false also where it does not tell.
	Moving bool

	// Problem is the device's own word for what is wrong; mostly empty.
	Problem string
}

// Preset is a stored position.
type Preset struct {
	Token, Name string
	Position    Position // NaN where it is not told
}

// Range is a setting with its limits; Max is not above Min where the device
// does not tell them.
type Range struct{ Value, Min, Max float64 }

// Imaging is how a source's picture is set. What a device lacks is nil or
// empty.
type Imaging struct {
	Brightness, Contrast, Saturation, Sharpness *Range

	// IRCut is ON, OFF or AUTO, IRCutModes which of these there are.
	IRCut      string
	IRCutModes []string
}

// ImagingChange is what to set; nil and empty stay as they are.
type ImagingChange struct {
	Brightness, Contrast, Saturation, Sharpness *float64
	IRCut                                       string
}

// EventKind sorts events.
type EventKind string

// The kinds.
const (
	Motion       EventKind = "motion"
	DigitalInput EventKind = "digitalInput"
	Tamper       EventKind = "tamper"
	Other        EventKind = "other"
)

// Event is one message of a device.
type Event struct {
	Kind EventKind

	// Topic has no prefixes: VideoSource/MotionAlarm.
	Topic string

	// Source says where, Data what; both by the names of the device. Neither is
	// nil.
	Source, Data map[string]string

	// Active tells that the motion, input or tampering is on.
	Active bool

	// At is when it happened, by the device's clock corrected to ours; Received
	// where the device tells no time.
	At, Received time.Time

	// Initial tells of a state as it was when we began to listen.
	Initial bool
}
