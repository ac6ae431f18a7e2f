package inventory

import (
	"context"
	"math"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/onvif"
)

// Move is what a PTZ camera is to do: one of its fields is set.
type Move struct {
	// Continuous moves at a speed from -1 to 1 an axis until Timeout, at most
	// 10 s, or Stop.
	Continuous *Vector
	Timeout    time.Duration

	Relative *Vector // from -1 to 1
	Absolute *Vector // from -1 to 1, zoom from 0 to 1

	Preset string // token or name
	Home   bool
	Stop   bool
}

// Vector is pan, tilt and zoom in ONVIF's generic spaces.
type Vector struct{ Pan, Tilt, Zoom float64 }

// PTZ is where a camera looks.
type PTZ struct {
	Position Vector
	Known    bool // the camera tells its position
	Moving   bool
	Presets  []Preset
}

// Preset is a position that a camera keeps.
type Preset struct{ Token, Name string }

// moveFor is how long a continuous move lasts that names no time, and the
// longest: a key or a connection that is lost must not turn a camera for good.
const (
	moveFor    = time.Second
	longestFor = 10 * time.Second
)

// turning is a camera that can be turned: its client, and its profile's token.
func (v *Inventory) turning(id string) (*onvif.Client, string, error) {
	c, err := v.Camera(id)
	if err != nil {
		return nil, "", err
	}
	client, profile, err := v.profileClient(c.Camera, "")
	if err == nil && profile != "" {
		return client, profile, nil
	}
	if err != nil {
		return nil, "", err
	}
	return nil, "", fault.Errorf(fault.BadRequest, "camera %s can't be turned from here", c.ID).
		WithHint("add it by its ONVIF address: addresses of streams alone know no PTZ")
}

// profileClient returns the client of a camera's device and the profile of one
// of its streams, the first when stream is ""; "" when it has none.
func (v *Inventory) profileClient(c camera.Camera, stream string) (*onvif.Client, string, error) {
	if c.Device.ONVIF == "" || len(c.Streams) == 0 {
		return nil, "", nil
	}
	profile := c.Streams[0].Profile
	if s := c.Stream(stream); s != nil {
		profile = s.Profile
	}
	if profile == "" {
		return nil, "", nil
	}
	client, err := v.linkTo(c.Device.ID)
	return client, profile, err
}

// PTZ tells where a camera looks and which positions it keeps.
func (v *Inventory) PTZ(ctx context.Context, id string) (PTZ, error) {
	client, profile, err := v.turning(id)
	if err != nil {
		return PTZ{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	status, err := client.PTZStatus(ctx, profile)
	if err != nil {
		return PTZ{}, err
	}
	presets, err := client.Presets(ctx, profile)
	if err != nil {
		return PTZ{}, err
	}
	out := PTZ{Moving: status.Moving, Presets: []Preset{}}
	if at := status.Position; !math.IsNaN(at.Pan + at.Tilt + at.Zoom) {
		out.Position, out.Known = Vector(at), true
	}
	for _, p := range presets {
		out.Presets = append(out.Presets, Preset{Token: p.Token, Name: p.Name})
	}
	return out, nil
}

// Move turns a camera.
func (v *Inventory) Move(ctx context.Context, id string, m Move) error {
	if m.count() != 1 {
		return fault.New(fault.BadRequest, "give one of continuous, relative, absolute, preset, home and stop", "")
	}
	client, profile, err := v.turning(id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	switch {
	case m.Continuous != nil:
		d := m.Timeout
		if d <= 0 {
			d = moveFor
		}
		return client.ContinuousMove(ctx, profile, onvif.Velocity(*m.Continuous), min(d, longestFor))
	case m.Relative != nil:
		return client.RelativeMove(ctx, profile, onvif.Position(*m.Relative))
	case m.Absolute != nil:
		return client.AbsoluteMove(ctx, profile, onvif.Position(*m.Absolute))
	case m.Preset != "":
		return v.gotoPreset(ctx, client, profile, m.Preset)
	case m.Home:
		return client.GotoHome(ctx, profile)
	}
	return client.StopMove(ctx, profile)
}

func (m *Move) count() int {
	n := 0
	for _, given := range []bool{m.Continuous != nil, m.Relative != nil, m.Absolute != nil, m.Preset != "", m.Home, m.Stop} {
		if given {
			n++
		}
	}
	return n
}

// gotoPreset takes a token, or a name when no token is like it.
func (v *Inventory) gotoPreset(ctx context.Context, client *onvif.Client, profile, wanted string) error {
	presets, err := client.Presets(ctx, profile)
	if err != nil {
		return err
	}
	for _, same := range []func(onvif.Preset) bool{
		func(p onvif.Preset) bool { return p.Token == wanted },
		func(p onvif.Preset) bool { return p.Name == wanted },
	} {
		for _, p := range presets {
			if same(p) {
				return client.GotoPreset(ctx, profile, p.Token)
			}
		}
	}
	return fault.Errorf(fault.NotFound, "the camera has no preset %.80q", wanted)
}

// SetPreset keeps where a camera looks now under a name.
func (v *Inventory) SetPreset(ctx context.Context, id, name string) (Preset, error) {
	client, profile, err := v.turning(id)
	if err != nil {
		return Preset{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	token, err := client.SetPreset(ctx, profile, name)
	return Preset{Token: token, Name: name}, err
}

// RemovePreset forgets a position.
func (v *Inventory) RemovePreset(ctx context.Context, id, token string) error {
	client, profile, err := v.turning(id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return client.RemovePreset(ctx, profile, token)
}

// SetHome makes where a camera looks now its home.
func (v *Inventory) SetHome(ctx context.Context, id string) error {
	client, profile, err := v.turning(id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return client.SetHome(ctx, profile)
}

// RequestKey asks a camera for a key frame, without waiting for it. The
// streaming service calls it, at most once per 2 s and stream.
func (v *Inventory) RequestKey(id camera.ID, stream string) {
	c, err := v.Camera(string(id))
	if err != nil || c.Device.ONVIF == "" {
		return
	}
	v.start(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, keyTime)
		defer cancel()
		client, profile, err := v.profileClient(c.Camera, stream)
		if err != nil || profile == "" {
			return
		}
		if err := client.SetSynchronizationPoint(ctx, profile); err != nil {
			v.log.Debug("no key frame on demand", "camera", string(id), "stream", stream, "error", err)
		}
	})
}

// keyTime is how long a key frame that was asked for is worth waiting for.
const keyTime = 3 * time.Second
