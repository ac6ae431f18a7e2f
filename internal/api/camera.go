package api

import (
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/secret"
	"camwall/internal/streaming"
)

// Camera is a camera with what it does. Its state is that of its stream that
// does most. It has no password.
type Camera struct {
	ID     camera.ID `json:"id" doc:"Names it in every path; stable for life."`
	Name   string    `json:"name"`
	Number int       `json:"number" doc:"Short, unique, kept for life; 0 is none."`
	Text   string    `json:"text" doc:"Shown at the bottom right of its tiles."`
	Status

	Device      string  `json:"device" doc:"The id of the device that it is on."`
	Provisioned bool    `json:"provisioned" doc:"It stands in camwall.yaml or on the command line, and is not edited here."`
	Revision    int64   `json:"revision" doc:"Grows with each change; the ETag."`
	Disabled    bool    `json:"disabled" doc:"It is switched off."`
	PTZ         bool    `json:"ptz" doc:"It can be turned."`
	Rotation    int     `json:"rotation" enum:"0,90,180,270" doc:"Degrees clockwise."`
	Transport   string  `json:"transport" enum:"auto,tcp,udp" doc:"How RTP comes."`
	TLS         string  `json:"tls" enum:"pin,verify,off" doc:"How the certificate of an rtsps address is checked: pin trusts the first one that is seen."`
	User        string  `json:"user" doc:"Whom it is signed in as: its own user, or its device's. Empty: none."`
	HasPassword bool    `json:"hasPassword" doc:"A password is kept for it."`
	Unchanged   float64 `json:"unchangedAfter" doc:"Seconds for which pictures may be identical before it is marked; 0 is for ever."`

	Streams []Stream `json:"streams" nullable:"false" doc:"The best (main) first."`
}

// Stream is one of a camera's streams.
type Stream struct {
	Name      string  `json:"name" doc:"main, sub, or another short word."`
	Codec     string  `json:"codec" doc:"unknown before the first session."`
	Width     int     `json:"width" doc:"Pixels; 0 while unknown."`
	Height    int     `json:"height" doc:"Pixels; 0 while unknown."`
	FPS       float64 `json:"fps" doc:"Pictures a second; 0 while unknown."`
	Transport string  `json:"transport" doc:"Of the last session: tcp or udp; empty before."`
	Viewers   int     `json:"viewers"`
	Status

	URL         string `json:"url" doc:"Its address, without sign-in; empty while the device has to be asked for it."`
	Profile     string `json:"profile" doc:"The token of its ONVIF profile; empty: none, or unknown."`
	ProfileName string `json:"profileName"`
}

// Status is a state with all that explains it.
type Status struct {
	State   string     `json:"state" enum:"disabled,idle,connecting,live,silent,retrying,unauthorized,busy"`
	Reason  fault.Code `json:"reason" doc:"Why, for programs; empty while live or connecting."`
	Message string     `json:"message" doc:"Why, for people."`
	Hint    string     `json:"hint" doc:"What can be done."`
	Since   *moment    `json:"since" doc:"When the state began; null when unknown."`
	NextTry *moment    `json:"nextTry" doc:"When it is tried again; null when that is not known."`
	Marks   Marks      `json:"marks"`
}

// Marks stand beside the state live.
type Marks struct {
	Unchanged bool  `json:"unchanged" doc:"The pictures have been identical for a while."`
	BehindMs  int64 `json:"behindMs" doc:"By how many milliseconds the stream lags; 0 when it does not."`
}

// describe tells a camera and, when it is known, what its streams do.
func describe(c *inventory.Camera, info *streaming.CameraInfo) Camera {
	signIn := c.SignIn()
	out := Camera{
		ID: c.ID, Name: shown(c.Name), Number: c.Number, Text: shown(c.Text),
		Provisioned: c.Provisioned, Revision: c.Revision, Disabled: c.Disabled, PTZ: c.PTZ, Rotation: c.Rotation,
		Transport: c.Transport.String(), TLS: c.TLS.String(), Device: c.Device.ID,
		User: signIn.User, HasPassword: !signIn.Password.IsZero(), Unchanged: seconds(c.UnchangedAfter),
		Streams: make([]Stream, len(c.Streams)),
	}
	best := -1
	for i := range c.Streams {
		def := &c.Streams[i]
		s := streamInfo(info, def.Name)
		if s == nil {
			s = &streaming.StreamInfo{Codec: def.Codec, Width: def.Width, Height: def.Height, FPS: def.FPS, Status: asleep(c.Disabled)}
		}
		out.Streams[i] = Stream{
			Name: def.Name, Codec: s.Codec.String(), Width: s.Width, Height: s.Height,
			FPS: rounded(s.FPS), Transport: s.Transport, Viewers: s.Viewers, Status: status(&s.Status),
			URL: shown(def.URL), Profile: def.Profile, ProfileName: def.ProfileName,
		}
		if rank := activity[s.Status.State]; rank > best {
			best, out.Status = rank, out.Streams[i].Status
		}
	}
	return out
}

// streamInfo returns what a stream does, or nil.
func streamInfo(info *streaming.CameraInfo, name string) *streaming.StreamInfo {
	if info == nil {
		return nil
	}
	for i := range info.Streams {
		if info.Streams[i].Name == name {
			return &info.Streams[i]
		}
	}
	return nil
}

// asleep is the state of what package streaming does not know yet.
func asleep(disabled bool) camera.Status {
	if disabled {
		return camera.Status{State: camera.Disabled, Reason: fault.Disabled}
	}
	return camera.Status{State: camera.Idle, Reason: fault.Idle}
}

// activity orders the states by how much a stream does; a camera shows the most.
var activity = map[camera.State]int{
	camera.Disabled:     0,
	camera.Idle:         1,
	camera.Unauthorized: 2,
	camera.Busy:         3,
	camera.Retrying:     4,
	camera.Silent:       5,
	camera.Connecting:   6,
	camera.Live:         7,
}

func status(s *camera.Status) Status {
	return Status{
		State: s.State.String(), Reason: s.Reason, Message: s.Message, Hint: s.Hint,
		Since: at(s.Since), NextTry: at(s.NextTry),
		Marks: Marks{Unchanged: s.Unchanged(), BehindMs: s.Behind.Milliseconds()},
	}
}

// shown is a text as it may be told: an address without what may be a sign-in,
// which some cameras have in the path or the query, and which people paste into
// names.
func shown(text string) string {
	if mayHaveSignIn(text) {
		return secret.Redact(text)
	}
	return text
}

// signInKeys end the names of what package secret takes away.
var signInKeys = [...]string{"wd", "word", "pass", "token", "secret", "auth", "key"}

// mayHaveSignIn is quick to say no: a list has thousands of addresses, most of
// which have a query and nothing secret in it.
func mayHaveSignIn(text string) bool {
	for i := range len(text) {
		switch text[i] {
		case '@':
			return true
		case '=':
			for _, key := range signInKeys {
				if begin := i - len(key); begin >= 0 && strings.EqualFold(text[begin:i], key) {
					return true
				}
			}
		}
	}
	return false
}
