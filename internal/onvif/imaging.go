package onvif

import (
	"context"
	"encoding/xml"
	"math"
	"strings"

	imaging "github.com/use-go/onvif/Imaging"
	schema "github.com/use-go/onvif/xsd/onvif"

	"camwall/internal/fault"
)

// Imaging reads how a video source's picture is set, and within which limits.
func (c *Client) Imaging(ctx context.Context, source string) (Imaging, error) {
	settings, err := c.call(ctx, operation{
		name: "GetImagingSettings", service: nsImaging,
		body: imaging.GetImagingSettings{VideoSourceToken: schema.ReferenceToken(source)},
	})
	if err != nil {
		return Imaging{}, err
	}
	options, err := c.call(ctx, operation{
		name: "GetOptions", service: nsImaging,
		body: imaging.GetOptions{VideoSourceToken: schema.ReferenceToken(source)},
	})
	if isFinal(err) {
		return Imaging{}, err
	}
	return parseImaging(settings, options), nil
}

// parseImaging reads the answers to GetImagingSettings and GetOptions; the
// second may be nil.
func parseImaging(settings, options *node) Imaging {
	set, limits := settings.find("ImagingSettings"), options.find("ImagingOptions")
	read := func(name string) *Range {
		n := set.child(name)
		if n == nil {
			return nil
		}
		limit := limits.child(name)
		return &Range{Value: n.number(""), Min: limit.number("Min"), Max: limit.number("Max")}
	}
	i := Imaging{
		Brightness: read("Brightness"), Contrast: read("Contrast"),
		Saturation: read("ColorSaturation"), Sharpness: read("Sharpness"),
		IRCut: strings.ToUpper(shortText(set.value("IrCutFilter"))),
	}
	for _, n := range limits.all("IrCutFilterModes") {
		if mode := strings.ToUpper(shortText(n.value(""))); mode != "" && len(i.IRCutModes) < 8 {
			i.IRCutModes = append(i.IRCutModes, mode)
		}
	}
	return i
}

// imagingSettings has the order of tt:ImagingSettings20. The library's struct
// would set everything else to zero.
type imagingSettings struct {
	Brightness string `xml:"onvif:Brightness,omitempty"`
	Saturation string `xml:"onvif:ColorSaturation,omitempty"`
	Contrast   string `xml:"onvif:Contrast,omitempty"`
	IRCut      string `xml:"onvif:IrCutFilter,omitempty"`
	Sharpness  string `xml:"onvif:Sharpness,omitempty"`
}

// SetImaging changes a video source's picture.
func (c *Client) SetImaging(ctx context.Context, source string, change ImagingChange) error {
	for _, f := range []*float64{change.Brightness, change.Contrast, change.Saturation, change.Sharpness} {
		if f != nil && (math.IsNaN(*f) || math.IsInf(*f, 0)) {
			return fault.New(fault.BadRequest, "A setting of the picture is a number.", "")
		}
	}
	switch change.IRCut {
	case "", "ON", "OFF", "AUTO":
	default:
		return fault.New(fault.BadRequest, "The infrared filter is ON, OFF or AUTO.", "")
	}
	write := func(f *float64) string {
		if f == nil {
			return ""
		}
		return decimal(*f)
	}
	_, err := c.call(ctx, operation{name: "SetImagingSettings", service: nsImaging, body: struct {
		XMLName  xml.Name
		Source   string          `xml:"timg:VideoSourceToken"`
		Settings imagingSettings `xml:"timg:ImagingSettings"`
		Keep     bool            `xml:"timg:ForcePersistence"`
	}{
		xml.Name{Local: "timg:SetImagingSettings"}, source, imagingSettings{
			write(change.Brightness), write(change.Saturation), write(change.Contrast), change.IRCut, write(change.Sharpness),
		}, true,
	}})
	return err
}
