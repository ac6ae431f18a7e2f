package inventory

import (
	"context"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/onvif"
)

// Imaging is how a camera makes its picture; nil is what it does not offer.
type Imaging struct {
	Brightness, Contrast, Saturation, Sharpness *Range

	// NightMode is on, off or auto: whether infrared light is let in. "" is a
	// camera that does not offer it.
	NightMode string
}

// Range is a setting with its limits.
type Range struct{ Value, Min, Max float64 }

// nightModes are the words of ONVIF's IR cut filter: with it there is no
// infrared light.
var nightModes = map[string]string{"on": "OFF", "off": "ON", "auto": "AUTO"}

// Imaging tells how a camera makes its picture.
func (v *Inventory) Imaging(ctx context.Context, id string) (Imaging, error) {
	client, source, err := v.seeing(id)
	if err != nil {
		return Imaging{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	told, err := client.Imaging(ctx, source)
	if err != nil {
		return Imaging{}, err
	}
	out := Imaging{
		Brightness: (*Range)(told.Brightness), Contrast: (*Range)(told.Contrast),
		Saturation: (*Range)(told.Saturation), Sharpness: (*Range)(told.Sharpness),
	}
	for ours, theirs := range nightModes {
		if told.IRCut == theirs {
			out.NightMode = ours
		}
	}
	return out, nil
}

// SetImaging changes how a camera makes its picture, and returns how it does
// then. Of a Range its Value counts; what is nil or "" stays as it is.
func (v *Inventory) SetImaging(ctx context.Context, id string, want Imaging) (Imaging, error) {
	client, source, err := v.seeing(id)
	if err != nil {
		return Imaging{}, err
	}
	change := onvif.ImagingChange{
		Brightness: valueOf(want.Brightness), Contrast: valueOf(want.Contrast),
		Saturation: valueOf(want.Saturation), Sharpness: valueOf(want.Sharpness),
	}
	if want.NightMode != "" {
		var ok bool
		if change.IRCut, ok = nightModes[strings.ToLower(want.NightMode)]; !ok {
			return Imaging{}, fault.Errorf(fault.BadRequest, "night mode is %.20q, must be on, off or auto", want.NightMode)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := client.SetImaging(ctx, source, change); err != nil {
		return Imaging{}, err
	}
	return v.Imaging(ctx, id)
}

// seeing returns the client of a camera's device, and the camera's video source.
func (v *Inventory) seeing(id string) (*onvif.Client, string, error) {
	c, err := v.Camera(id)
	if err != nil {
		return nil, "", err
	}
	if c.Device.ONVIF == "" || c.Source == "" {
		return nil, "", fault.Errorf(fault.BadRequest, "the picture of camera %s can't be set from here", c.ID).
			WithHint("add it by its ONVIF address: addresses of streams alone know no settings")
	}
	client, err := v.linkTo(c.Device.ID)
	return client, c.Source, err
}

func valueOf(r *Range) *float64 {
	if r == nil {
		return nil
	}
	return &r.Value
}
