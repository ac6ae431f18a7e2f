package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/fault"
	"camwall/internal/inventory"
)

// PTZ is where a camera looks.
type PTZ struct {
	Position Position `json:"position"`
	Moving   bool     `json:"moving"`
	Presets  []Preset `json:"presets" nullable:"false"`
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

// Vector is a speed or a way, from -1 to 1 an axis; what is missing is 0.
type Vector struct {
	Pan  float64 `json:"pan,omitempty" minimum:"-1" maximum:"1" doc:"Right is positive."`
	Tilt float64 `json:"tilt,omitempty" minimum:"-1" maximum:"1" doc:"Up is positive."`
	Zoom float64 `json:"zoom,omitempty" minimum:"-1" maximum:"1" doc:"In is positive."`
}

// Place is where to look.
type Place struct {
	Pan  float64 `json:"pan,omitempty" minimum:"-1" maximum:"1"`
	Tilt float64 `json:"tilt,omitempty" minimum:"-1" maximum:"1"`
	Zoom float64 `json:"zoom,omitempty" minimum:"0" maximum:"1"`
}

// Move is what a camera is to do: one of them.
type Move struct {
	Continuous *Vector `json:"continuous,omitempty" doc:"Move at this speed until timeoutSeconds have passed, or stop."`
	Timeout    float64 `json:"timeoutSeconds,omitempty" minimum:"0.1" maximum:"10" default:"5" doc:"Of continuous."`
	Relative   *Vector `json:"relative,omitempty" doc:"Move by this much."`
	Absolute   *Place  `json:"absolute,omitempty" doc:"Look there."`
	Preset     string  `json:"preset,omitempty" maxLength:"200" doc:"The token or the name of a preset."`
	Home       bool    `json:"home,omitempty"`
	Stop       bool    `json:"stop,omitempty"`
}

// TransformSchema tells what the fields' rules can't: one kind of move.
func (Move) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return exactlyOne(s, "continuous", "relative", "absolute", "preset", "home", "stop")
}

// NewPreset names a position.
type NewPreset struct {
	Name string `json:"name" minLength:"1" maxLength:"64" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`
}

// PresetPath names a preset of a camera.
type PresetPath struct {
	CameraPath
	Token string `path:"token" minLength:"1" maxLength:"200" doc:"The preset's token."`
}

// Imaging is how a camera makes its picture; null is what it does not offer.
type Imaging struct {
	Brightness *Range `json:"brightness"`
	Contrast   *Range `json:"contrast"`
	Saturation *Range `json:"saturation"`
	Sharpness  *Range `json:"sharpness"`
	NightMode  string `json:"nightMode" enum:",on,off,auto" doc:"Empty: it has none."`
}

// Range is a setting with its limits.
type Range struct {
	Value float64 `json:"value"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
}

// Schema describes it; a setting that is not offered is null.
func (Range) Schema(huma.Registry) *huma.Schema {
	number := func() *huma.Schema { return &huma.Schema{Type: huma.TypeNumber} }
	return &huma.Schema{
		Type: huma.TypeObject, Nullable: true, Description: "A setting with its limits; null: it is not offered.",
		Properties: map[string]*huma.Schema{"value": number(), "min": number(), "max": number()},
		Required:   []string{"value", "min", "max"}, AdditionalProperties: false,
	}
}

// ImagingChange sets how a camera makes its picture; what is missing or null
// stays as it is. Numbers are within the limits that the camera tells.
type ImagingChange struct {
	Brightness *float64 `json:"brightness" required:"false" minimum:"-1000000" maximum:"1000000"`
	Contrast   *float64 `json:"contrast" required:"false" minimum:"-1000000" maximum:"1000000"`
	Saturation *float64 `json:"saturation" required:"false" minimum:"-1000000" maximum:"1000000"`
	Sharpness  *float64 `json:"sharpness" required:"false" minimum:"-1000000" maximum:"1000000"`
	NightMode  *string  `json:"nightMode" required:"false" enum:"on,off,auto"`
}

type ptzOut struct{ Body PTZ }

type presetOut struct {
	Location string `header:"Location" doc:"Where the preset is."`
	Body     Preset
}

type imagingOut struct{ Body Imaging }

func (a *API) registerPTZ() {
	register(a, operation("get-ptz", http.MethodGet, "/api/v1/cameras/{id}/ptz", tagPTZ, "Where a camera looks", ""), a.getPTZ)
	register(a, operation("move-camera", http.MethodPost, "/api/v1/cameras/{id}/ptz", tagPTZ, "Move a camera", ""), a.move)
	register(a, answering(http.StatusCreated, operation("add-preset", http.MethodPost, "/api/v1/cameras/{id}/ptz/presets", tagPTZ,
		"Keep where it looks", "The camera keeps it under that name.")), a.addPreset)
	register(a, operation("remove-preset", http.MethodDelete, "/api/v1/cameras/{id}/ptz/presets/{token}", tagPTZ, "Forget a preset", ""), a.removePreset)
	register(a, operation("set-home", http.MethodPut, "/api/v1/cameras/{id}/ptz/home", tagPTZ, "Make where it looks its home", ""), a.setHome)
	register(a, operation("get-imaging", http.MethodGet, "/api/v1/cameras/{id}/imaging", tagPTZ, "How it makes its picture", ""), a.getImaging)
	register(a, operation("set-imaging", http.MethodPatch, "/api/v1/cameras/{id}/imaging", tagPTZ, "Set how it makes its picture", ""), a.setImaging)
}

func (a *API) getPTZ(ctx context.Context, in *struct{ CameraPath }) (*ptzOut, error) {
	ptz, err := a.cfg.Inventory.PTZ(ctx, in.id())
	if err != nil {
		return nil, err
	}
	out := PTZ{
		Position: Position{fine(ptz.Position.Pan), fine(ptz.Position.Tilt), fine(ptz.Position.Zoom)},
		Moving:   ptz.Moving, Presets: make([]Preset, len(ptz.Presets)),
	}
	for i, p := range ptz.Presets {
		out.Presets[i] = Preset{p.Token, shown(p.Name)}
	}
	return &ptzOut{out}, nil
}

func (a *API) move(ctx context.Context, in *struct {
	CameraPath
	Body Move
},
) (*nothing, error) {
	b := &in.Body
	if count(b.Continuous, b.Relative, b.Absolute, b.Preset, b.Home, b.Stop) != 1 {
		return nil, fault.New(fault.BadRequest, "a move wants exactly one of continuous, relative, absolute, preset, home and stop", "")
	}
	move := inventory.Move{Preset: b.Preset, Home: b.Home, Stop: b.Stop}
	switch {
	case b.Continuous != nil:
		move.Continuous, move.Timeout = (*inventory.Vector)(b.Continuous), duration(b.Timeout)
	case b.Relative != nil:
		move.Relative = (*inventory.Vector)(b.Relative)
	case b.Absolute != nil:
		move.Absolute = (*inventory.Vector)(b.Absolute)
	}
	return nil, a.cfg.Inventory.Move(ctx, in.id(), move)
}

func (a *API) addPreset(ctx context.Context, in *struct {
	CameraPath
	Body NewPreset
},
) (*presetOut, error) {
	p, err := a.cfg.Inventory.SetPreset(ctx, in.id(), in.Body.Name)
	if err != nil {
		return nil, err
	}
	return &presetOut{"/api/v1/cameras/" + in.id() + "/ptz/presets/" + pathSegment(p.Token), Preset{p.Token, shown(p.Name)}}, nil
}

func (a *API) removePreset(ctx context.Context, in *struct{ PresetPath }) (*nothing, error) {
	return nil, a.cfg.Inventory.RemovePreset(ctx, in.id(), in.Token)
}

func (a *API) setHome(ctx context.Context, in *struct{ CameraPath }) (*nothing, error) {
	return nil, a.cfg.Inventory.SetHome(ctx, in.id())
}

func (a *API) getImaging(ctx context.Context, in *struct{ CameraPath }) (*imagingOut, error) {
	return tellImaging(a.cfg.Inventory.Imaging(ctx, in.id()))
}

func (a *API) setImaging(ctx context.Context, in *struct {
	CameraPath
	Body ImagingChange
},
) (*imagingOut, error) {
	b := &in.Body
	if count(b.Brightness, b.Contrast, b.Saturation, b.Sharpness, b.NightMode) == 0 {
		return tellImaging(a.cfg.Inventory.Imaging(ctx, in.id()))
	}
	return tellImaging(a.cfg.Inventory.SetImaging(ctx, in.id(), inventory.Imaging{
		Brightness: wanted(b.Brightness), Contrast: wanted(b.Contrast), Saturation: wanted(b.Saturation),
		Sharpness: wanted(b.Sharpness), NightMode: taken(b.NightMode),
	}))
}

func wanted(value *float64) *inventory.Range {
	if value == nil {
		return nil
	}
	return &inventory.Range{Value: *value}
}

func tellImaging(i inventory.Imaging, err error) (*imagingOut, error) {
	if err != nil {
		return nil, err
	}
	out := Imaging{
		Brightness: limits(i.Brightness), Contrast: limits(i.Contrast), Saturation: limits(i.Saturation),
		Sharpness: limits(i.Sharpness),
	}
	switch i.NightMode {
	case "on", "off", "auto":
		out.NightMode = i.NightMode
	}
	return &imagingOut{out}, nil
}

func limits(r *inventory.Range) *Range {
	if r == nil {
		return nil
	}
	return &Range{fine(r.Value), fine(r.Min), fine(r.Max)}
}
