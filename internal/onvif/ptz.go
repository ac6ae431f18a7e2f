package onvif

import (
	"context"
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/use-go/onvif/ptz"
	"github.com/use-go/onvif/xsd"
	schema "github.com/use-go/onvif/xsd/onvif"

	"camwall/internal/fault"
)

// The library's PTZSpeed and PTZVector write every axis and an empty space
// attribute; these write what is meant.
type (
	vector struct {
		PanTilt *axes2 `xml:"onvif:PanTilt"`
		Zoom    *axis1 `xml:"onvif:Zoom"`
	}
	axes2 struct {
		X string `xml:"x,attr"`
		Y string `xml:"y,attr"`
	}
	axis1 struct {
		X string `xml:"x,attr"`
	}
	move struct {
		XMLName     xml.Name
		Token       string  `xml:"tptz:ProfileToken"`
		Velocity    *vector `xml:"tptz:Velocity"`
		Position    *vector `xml:"tptz:Position"`
		Translation *vector `xml:"tptz:Translation"`
		Timeout     string  `xml:"tptz:Timeout,omitempty"`
	}
)

func ptzOperation(name string, body any) operation {
	return operation{name: name, service: nsPTZ, body: body}
}

func (c *Client) move(ctx context.Context, name string, m move) error {
	m.XMLName = xml.Name{Local: "tptz:" + name}
	_, err := c.call(ctx, ptzOperation(name, m))
	return err
}

// decimal writes a coordinate without an exponent, which some devices misread.
func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// PTZStatus asks where a profile's camera looks.
func (c *Client) PTZStatus(ctx context.Context, profile string) (PTZStatus, error) {
	response, err := c.call(ctx, ptzOperation("GetStatus", ptz.GetStatus{ProfileToken: schema.ReferenceToken(profile)}))
	if err != nil {
		return PTZStatus{Position: nowhere()}, err
	}
	return c.parsePTZStatus(response), nil
}

func (c *Client) parsePTZStatus(response *node) PTZStatus {
	n := response.find("PTZStatus")
	s := PTZStatus{Position: parsePosition(n.child("Position"))}
	for _, axis := range []string{"MoveStatus/PanTilt", "MoveStatus/Zoom"} {
		word := n.at(axis)
		s.Moving = s.Moving || strings.EqualFold(word.value(""), "MOVING") || strings.EqualFold(word.value("Status"), "MOVING")
	}
	if problem := n.value("Error"); !strings.EqualFold(problem, "NO error") && !strings.EqualFold(problem, "none") {
		s.Problem = c.shown(problem)
	}
	return s
}

func nowhere() Position { return Position{math.NaN(), math.NaN(), math.NaN()} }

func parsePosition(n *node) Position {
	p := nowhere()
	if at := n.child("PanTilt"); at != nil {
		p.Pan, p.Tilt = parseNumber(at.attr("x")), parseNumber(at.attr("y"))
	}
	if at := n.child("Zoom"); at != nil {
		p.Zoom = parseNumber(at.attr("x"))
	}
	return p
}

// ContinuousMove moves until StopMove, or for timeout if that is above 0. A
// velocity of zero stops.
func (c *Client) ContinuousMove(ctx context.Context, profile string, v Velocity, timeout time.Duration) error {
	if !speed(v.Pan) || !speed(v.Tilt) || !speed(v.Zoom) || timeout < 0 {
		return fault.New(fault.BadRequest, "A velocity is a number from -1 to 1.", "")
	}
	if v == (Velocity{}) {
		return c.StopMove(ctx, profile)
	}
	m := move{Token: profile, Velocity: &vector{}}
	if v.Pan != 0 || v.Tilt != 0 {
		m.Velocity.PanTilt = &axes2{decimal(v.Pan), decimal(v.Tilt)}
	}
	if v.Zoom != 0 {
		m.Velocity.Zoom = &axis1{decimal(v.Zoom)}
	}
	if timeout > 0 {
		m.Timeout = duration(timeout)
	}
	return c.move(ctx, "ContinuousMove", m)
}

func speed(f float64) bool { return f >= -1 && f <= 1 } // not NaN either

// duration writes an xsd:duration.
func duration(d time.Duration) string {
	return "PT" + decimal(d.Round(time.Millisecond).Seconds()) + "S"
}

// place returns p without its NaNs.
func (p Position) vector() (*vector, error) {
	v := &vector{}
	if !math.IsNaN(p.Pan) && !math.IsNaN(p.Tilt) {
		v.PanTilt = &axes2{decimal(p.Pan), decimal(p.Tilt)}
	}
	if !math.IsNaN(p.Zoom) {
		v.Zoom = &axis1{decimal(p.Zoom)}
	}
	if *v == (vector{}) || math.IsInf(p.Pan, 0) || math.IsInf(p.Tilt, 0) || math.IsInf(p.Zoom, 0) {
		return nil, fault.New(fault.BadRequest, "A position needs pan and tilt, or zoom, as numbers.", "")
	}
	return v, nil
}

// RelativeMove moves by some way.
func (c *Client) RelativeMove(ctx context.Context, profile string, by Position) error {
	v, err := by.vector()
	if err != nil {
		return err
	}
	return c.move(ctx, "RelativeMove", move{Token: profile, Translation: v})
}

// AbsoluteMove moves to a position.
func (c *Client) AbsoluteMove(ctx context.Context, profile string, to Position) error {
	v, err := to.vector()
	if err != nil {
		return err
	}
	return c.move(ctx, "AbsoluteMove", move{Token: profile, Position: v})
}

// StopMove stops every movement.
func (c *Client) StopMove(ctx context.Context, profile string) error {
	_, err := c.call(ctx, ptzOperation("Stop", ptz.Stop{
		ProfileToken: schema.ReferenceToken(profile), PanTilt: xsd.Boolean(true), Zoom: xsd.Boolean(true),
	}))
	return err
}

// Presets lists the stored positions.
func (c *Client) Presets(ctx context.Context, profile string) ([]Preset, error) {
	response, err := c.call(ctx, ptzOperation("GetPresets", ptz.GetPresets{ProfileToken: schema.ReferenceToken(profile)}))
	if err != nil {
		return nil, err
	}
	return parsePresets(response), nil
}

const maxPresets = 1000

func parsePresets(response *node) []Preset {
	var all []Preset
	for _, n := range response.all("Preset") {
		p := Preset{Token: bounded(n.attr("token"), 500), Name: shortText(n.value("Name")), Position: parsePosition(n.child("PTZPosition"))}
		if p.Token != "" && len(all) < maxPresets {
			all = append(all, p)
		}
	}
	return all
}

// GotoPreset moves to a stored position.
func (c *Client) GotoPreset(ctx context.Context, profile, preset string) error {
	_, err := c.call(ctx, ptzOperation("GotoPreset", struct {
		XMLName xml.Name
		Profile string `xml:"tptz:ProfileToken"`
		Preset  string `xml:"tptz:PresetToken"`
	}{xml.Name{Local: "tptz:GotoPreset"}, profile, preset}))
	return err
}

// SetPreset stores where the camera looks under a new name and returns the
// preset's token.
func (c *Client) SetPreset(ctx context.Context, profile, name string) (string, error) {
	response, err := c.call(ctx, ptzOperation("SetPreset", ptz.SetPreset{
		ProfileToken: schema.ReferenceToken(profile), PresetName: xsd.String(name),
	}))
	if err != nil {
		return "", err
	}
	return bounded(response.value("PresetToken"), 500), nil
}

// RemovePreset forgets a stored position.
func (c *Client) RemovePreset(ctx context.Context, profile, preset string) error {
	_, err := c.call(ctx, ptzOperation("RemovePreset", ptz.RemovePreset{
		ProfileToken: schema.ReferenceToken(profile), PresetToken: schema.ReferenceToken(preset),
	}))
	return err
}

// GotoHome moves to the home position.
func (c *Client) GotoHome(ctx context.Context, profile string) error {
	_, err := c.call(ctx, ptzOperation("GotoHomePosition", withToken("tptz:GotoHomePosition", "tptz:ProfileToken", profile)))
	return err
}

// SetHome makes where the camera looks its home position.
func (c *Client) SetHome(ctx context.Context, profile string) error {
	_, err := c.call(ctx, ptzOperation("SetHomePosition", ptz.SetHomePosition{ProfileToken: schema.ReferenceToken(profile)}))
	return err
}
