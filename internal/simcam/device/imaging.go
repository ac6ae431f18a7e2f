package device

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// imaging is how a picture is set: each level from 0 to 100.
type imaging struct {
	levels map[string]float64
	filter string // IrCutFilter
}

// levelNames are the levels in the order of the schema, irCutStates what the
// filter can be.
var (
	levelNames  = []string{"Brightness", "ColorSaturation", "Contrast", "Sharpness"}
	irCutStates = []string{"ON", "OFF", "AUTO"}
)

func defaultImaging() imaging {
	levels := make(map[string]float64)
	for _, name := range levelNames {
		levels[name] = 50
	}
	return imaging{levels: levels, filter: "AUTO"}
}

// imagingOperations is imaging: ONVIF Imaging Service Specification.
func imagingOperations() map[operationName]operation {
	return map[operationName]operation{
		{nsImaging, "GetServiceCapabilities"}: {getImagingServiceCapabilities, false},
		{nsImaging, "GetImagingSettings"}:     {withSource(getImagingSettings), false},
		{nsImaging, "SetImagingSettings"}:     {withSource(setImagingSettings), false},
		{nsImaging, "GetOptions"}:             {withSource(getImagingOptions), false},
	}
}

// withSource finds the video source of a request, and holds it still for the
// answer.
func withSource(answer func(*request, *imaging) (string, *soapFault)) func(*request) (string, *soapFault) {
	return func(q *request) (string, *soapFault) {
		c := q.device.bySource(q.body.value("VideoSourceToken"))
		if c == nil {
			return "", sender("There is no such video source", "ter:InvalidArgVal", "ter:NoSource")
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return answer(q, &c.imaging)
	}
}

func getImagingServiceCapabilities(*request) (string, *soapFault) {
	return `<timg:GetServiceCapabilitiesResponse><timg:Capabilities ImageStabilization="false"/></timg:GetServiceCapabilitiesResponse>`, nil
}

func getImagingSettings(_ *request, i *imaging) (string, *soapFault) {
	var b strings.Builder
	for _, name := range levelNames[:3] {
		fmt.Fprintf(&b, "<tt:%s>%g</tt:%s>", name, i.levels[name], name)
	}
	b.WriteString(tag("tt:IrCutFilter", i.filter))
	fmt.Fprintf(&b, "<tt:Sharpness>%g</tt:Sharpness>", i.levels["Sharpness"])
	return "<timg:GetImagingSettingsResponse><timg:ImagingSettings>" + b.String() + "</timg:ImagingSettings></timg:GetImagingSettingsResponse>", nil
}

func getImagingOptions(*request, *imaging) (string, *soapFault) {
	var b strings.Builder
	level := func(name string) {
		fmt.Fprintf(&b, "<tt:%s><tt:Min>0</tt:Min><tt:Max>100</tt:Max></tt:%s>", name, name)
	}
	for _, name := range levelNames[:3] {
		level(name)
	}
	for _, state := range irCutStates {
		b.WriteString(tag("tt:IrCutFilterModes", state))
	}
	level("Sharpness")
	return "<timg:GetOptionsResponse><timg:ImagingOptions>" + b.String() + "</timg:ImagingOptions></timg:GetOptionsResponse>", nil
}

// setImagingSettings takes all settings that are given, or none of them.
func setImagingSettings(q *request, i *imaging) (string, *soapFault) {
	settings := q.body.get("ImagingSettings")
	if settings == nil {
		return "", sender("The settings are missing", "ter:InvalidArgVal")
	}
	next := make(map[string]float64)
	for _, name := range levelNames {
		text := settings.value(name)
		if text == "" {
			continue
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || !(value >= 0 && value <= 100) {
			return "", sender(name+" is out of bounds", "ter:InvalidArgVal", "ter:SettingsInvalid")
		}
		next[name] = value
	}
	filter := settings.value("IrCutFilter")
	if filter != "" && !slices.Contains(irCutStates, filter) {
		return "", sender("The state of the filter is not known", "ter:InvalidArgVal", "ter:SettingsInvalid")
	}
	for name, value := range next {
		i.levels[name] = value
	}
	if filter != "" {
		i.filter = filter
	}
	return "<timg:SetImagingSettingsResponse/>", nil
}
