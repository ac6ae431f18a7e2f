package device

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// moveTime is how long ContinuousMove lasts without a time of its own.
const moveTime = 10 * time.Second

// Names of the spaces of PTZ: ONVIF PTZ section 5.7.
const (
	spaces        = "http://www.onvif.org/ver10/tptz/"
	panTiltSpace  = spaces + "PanTiltSpaces/PositionGenericSpace"
	panTiltBy     = spaces + "PanTiltSpaces/TranslationGenericSpace"
	panTiltAt     = spaces + "PanTiltSpaces/VelocityGenericSpace"
	panTiltSpeeds = spaces + "PanTiltSpaces/GenericSpeedSpace"
	zoomSpace     = spaces + "ZoomSpaces/PositionGenericSpace"
	zoomBy        = spaces + "ZoomSpaces/TranslationGenericSpace"
	zoomAt        = spaces + "ZoomSpaces/VelocityGenericSpace"
	zoomSpeeds    = spaces + "ZoomSpaces/ZoomGenericSpeedSpace"
)

// ptzOperations is PTZ: ONVIF PTZ Service Specification.
func ptzOperations() map[operationName]operation {
	return map[operationName]operation{
		{nsPTZ, "GetServiceCapabilities"}:  {getPTZServiceCapabilities, false},
		{nsPTZ, "GetNodes"}:                {getNodes, false},
		{nsPTZ, "GetNode"}:                 {getNode, false},
		{nsPTZ, "GetConfigurations"}:       {getPTZConfigurations, false},
		{nsPTZ, "GetConfiguration"}:        {getPTZConfiguration, false},
		{nsPTZ, "GetConfigurationOptions"}: {getPTZConfigurationOptions, false},
		{nsPTZ, "GetStatus"}:               {withMount(getStatus), false},
		{nsPTZ, "ContinuousMove"}:          {withMount(continuousMove), false},
		{nsPTZ, "RelativeMove"}:            {withMount(relativeMove), false},
		{nsPTZ, "AbsoluteMove"}:            {withMount(absoluteMove), false},
		{nsPTZ, "Stop"}:                    {withMount(stopMove), false},
		{nsPTZ, "GetPresets"}:              {withMount(getPresets), false},
		{nsPTZ, "SetPreset"}:               {withMount(setPreset), false},
		{nsPTZ, "GotoPreset"}:              {withMount(gotoPreset), false},
		{nsPTZ, "RemovePreset"}:            {withMount(removePreset), false},
		{nsPTZ, "GotoHomePosition"}:        {withMount(gotoHome), false},
		{nsPTZ, "SetHomePosition"}:         {withMount(setHome), false},
	}
}

// withMount finds the camera of the request's profile, and holds it still for
// the answer.
func withMount(answer func(*request, *mount, time.Time) (string, *soapFault)) func(*request) (string, *soapFault) {
	return func(q *request) (string, *soapFault) {
		p, ok := q.device.profile(q.body.value("ProfileToken"))
		if !ok {
			return "", noProfile()
		}
		if !p.channel.ptz {
			return "", sender("The profile has no PTZ configuration", "ter:InvalidArgVal", "ter:NoPTZProfile")
		}
		p.channel.mu.Lock()
		defer p.channel.mu.Unlock()
		return answer(q, &p.channel.mount, time.Now())
	}
}

func getPTZServiceCapabilities(*request) (string, *soapFault) {
	return `<tptz:GetServiceCapabilitiesResponse><tptz:Capabilities EFlip="false" Reverse="false" MoveStatus="true" StatusPosition="true"/></tptz:GetServiceCapabilitiesResponse>`, nil
}

func rangeXML(name, uri string, low, high float64, plane bool) string {
	y := ""
	if plane {
		y = fmt.Sprintf("<tt:YRange><tt:Min>%g</tt:Min><tt:Max>%g</tt:Max></tt:YRange>", low, high)
	}
	return fmt.Sprintf("<tt:%s><tt:URI>%s</tt:URI><tt:XRange><tt:Min>%g</tt:Min><tt:Max>%g</tt:Max></tt:XRange>%s</tt:%s>", name, uri, low, high, y, name)
}

func spacesXML() string {
	return rangeXML("AbsolutePanTiltPositionSpace", panTiltSpace, -1, 1, true) +
		rangeXML("AbsoluteZoomPositionSpace", zoomSpace, 0, 1, false) +
		rangeXML("RelativePanTiltTranslationSpace", panTiltBy, -1, 1, true) +
		rangeXML("RelativeZoomTranslationSpace", zoomBy, -1, 1, false) +
		rangeXML("ContinuousPanTiltVelocitySpace", panTiltAt, -1, 1, true) +
		rangeXML("ContinuousZoomVelocitySpace", zoomAt, -1, 1, false) +
		rangeXML("PanTiltSpeedSpace", panTiltSpeeds, 0, 1, false) +
		rangeXML("ZoomSpeedSpace", zoomSpeeds, 0, 1, false)
}

func nodeXML(c *channel) string {
	return fmt.Sprintf(`<tptz:PTZNode token="PTZNode_%d" FixedHomePosition="false"><tt:Name>PTZ %d</tt:Name><tt:SupportedPTZSpaces>%s</tt:SupportedPTZSpaces>`+
		"<tt:MaximumNumberOfPresets>%d</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode>",
		c.number, c.number, spacesXML(), maxPresets)
}

func ptzConfigurationXML(name string, c *channel) string {
	return fmt.Sprintf(`<%s token="PTZConfig_%d"><tt:Name>PTZ %d</tt:Name><tt:UseCount>%d</tt:UseCount><tt:NodeToken>PTZNode_%d</tt:NodeToken>`, name, c.number, c.number, len(c.profiles), c.number) +
		tag("tt:DefaultAbsolutePantTiltPositionSpace", panTiltSpace) + tag("tt:DefaultAbsoluteZoomPositionSpace", zoomSpace) +
		tag("tt:DefaultRelativePanTiltTranslationSpace", panTiltBy) + tag("tt:DefaultRelativeZoomTranslationSpace", zoomBy) +
		tag("tt:DefaultContinuousPanTiltVelocitySpace", panTiltAt) + tag("tt:DefaultContinuousZoomVelocitySpace", zoomAt) +
		tag("tt:DefaultPTZTimeout", formatDuration(moveTime)) + "</" + name + ">"
}

// eachPTZ joins what f makes of all cameras that move.
func (d *Device) eachPTZ(f func(*channel) string) string {
	var b strings.Builder
	for _, c := range d.channels {
		if c.ptz {
			b.WriteString(f(c))
		}
	}
	return b.String()
}

func getNodes(q *request) (string, *soapFault) {
	return "<tptz:GetNodesResponse>" + q.device.eachPTZ(nodeXML) + "</tptz:GetNodesResponse>", nil
}

func getNode(q *request) (string, *soapFault) {
	found := q.device.eachPTZ(func(c *channel) string {
		if q.body.value("NodeToken") != fmt.Sprintf("PTZNode_%d", c.number) {
			return ""
		}
		return nodeXML(c)
	})
	if found == "" {
		return "", sender("There is no such node", "ter:InvalidArgVal", "ter:NoEntity")
	}
	return "<tptz:GetNodeResponse>" + found + "</tptz:GetNodeResponse>", nil
}

func getPTZConfigurations(q *request) (string, *soapFault) {
	all := q.device.eachPTZ(func(c *channel) string { return ptzConfigurationXML("tptz:PTZConfiguration", c) })
	return "<tptz:GetConfigurationsResponse>" + all + "</tptz:GetConfigurationsResponse>", nil
}

func getPTZConfiguration(q *request) (string, *soapFault) {
	found := q.device.eachPTZ(func(c *channel) string {
		if q.body.value("PTZConfigurationToken") != fmt.Sprintf("PTZConfig_%d", c.number) {
			return ""
		}
		return ptzConfigurationXML("tptz:PTZConfiguration", c)
	})
	if found == "" {
		return "", sender("There is no such configuration", "ter:InvalidArgVal", "ter:NoConfig")
	}
	return "<tptz:GetConfigurationResponse>" + found + "</tptz:GetConfigurationResponse>", nil
}

func getPTZConfigurationOptions(*request) (string, *soapFault) {
	return "<tptz:GetConfigurationOptionsResponse><tptz:PTZConfigurationOptions><tt:Spaces>" + spacesXML() +
		"</tt:Spaces><tt:PTZTimeout><tt:Min>PT0.1S</tt:Min><tt:Max>PT60S</tt:Max></tt:PTZTimeout></tptz:PTZConfigurationOptions></tptz:GetConfigurationOptionsResponse>", nil
}

func positionXML(name string, p Position) string {
	return fmt.Sprintf(`<%s><tt:PanTilt x="%g" y="%g" space="%s"/><tt:Zoom x="%g" space="%s"/></%s>`, name, p.Pan, p.Tilt, panTiltSpace, p.Zoom, zoomSpace, name)
}

func getStatus(q *request, m *mount, now time.Time) (string, *soapFault) {
	state := "IDLE"
	if m.moving(now) {
		state = "MOVING"
	}
	return "<tptz:GetStatusResponse><tptz:PTZStatus>" + positionXML("tt:Position", m.position(now)) +
		"<tt:MoveStatus>" + tag("tt:PanTilt", state) + tag("tt:Zoom", state) + "</tt:MoveStatus>" +
		tag("tt:UtcTime", q.device.now().Format(time.RFC3339)) + "</tptz:PTZStatus></tptz:GetStatusResponse>", nil
}

// vector reads pan, tilt and zoom of an element; what it lacks stays as in p.
func vector(n *node, p Position) (Position, *soapFault) {
	if n == nil {
		return p, sender("The vector is missing", "ter:InvalidArgVal")
	}
	for _, axis := range []struct {
		element, attr string
		value         *float64
	}{{"PanTilt", "x", &p.Pan}, {"PanTilt", "y", &p.Tilt}, {"Zoom", "x", &p.Zoom}} {
		from := n.get(axis.element)
		if from == nil {
			continue
		}
		value, err := strconv.ParseFloat(from.attr(axis.attr), 64)
		if err != nil || math.IsNaN(value) {
			return p, sender("The vector is not valid", "ter:InvalidArgVal")
		}
		*axis.value = value
	}
	return p, nil
}

func continuousMove(q *request, m *mount, now time.Time) (string, *soapFault) {
	velocity, fault := vector(q.body.get("Velocity"), Position{})
	if fault != nil {
		return "", fault
	}
	if max(velocity.Pan, velocity.Tilt, velocity.Zoom) > 1 || min(velocity.Pan, velocity.Tilt, velocity.Zoom) < -1 {
		return "", sender("The velocity is out of bounds", "ter:InvalidArgVal", "ter:InvalidVelocity")
	}
	timeout := moveTime
	if text := q.body.value("Timeout"); text != "" {
		var err error
		if timeout, err = parseDuration(text); err != nil {
			return "", sender("The time-out is not a duration", "ter:InvalidArgVal")
		}
	}
	m.run(now, velocity, min(timeout, time.Minute))
	return "<tptz:ContinuousMoveResponse/>", nil
}

func relativeMove(q *request, m *mount, now time.Time) (string, *soapFault) {
	by, fault := vector(q.body.get("Translation"), Position{})
	if fault != nil {
		return "", fault
	}
	m.goTo(now, m.position(now).plus(by, 1).within())
	return "<tptz:RelativeMoveResponse/>", nil
}

func absoluteMove(q *request, m *mount, now time.Time) (string, *soapFault) {
	target, fault := vector(q.body.get("Position"), m.position(now))
	if fault != nil {
		return "", fault
	}
	if !target.valid() {
		return "", sender("The position is out of bounds", "ter:InvalidArgVal", "ter:InvalidPosition")
	}
	m.goTo(now, target)
	return "<tptz:AbsoluteMoveResponse/>", nil
}

// stopMove stops both when neither is named, as the standard has it.
func stopMove(q *request, m *mount, now time.Time) (string, *soapFault) {
	asked := func(name string) bool {
		value := q.body.value(name)
		return value != "false" && value != "0"
	}
	m.stop(now, asked("PanTilt"), asked("Zoom"))
	return "<tptz:StopResponse/>", nil
}

func getPresets(_ *request, m *mount, _ time.Time) (string, *soapFault) {
	var b strings.Builder
	for _, token := range slices.Sorted(maps.Keys(m.presets)) {
		one := m.presets[token]
		b.WriteString(`<tptz:Preset token="` + token + `">` + tag("tt:Name", one.name) + positionXML("tt:PTZPosition", one.at) + "</tptz:Preset>")
	}
	return "<tptz:GetPresetsResponse>" + b.String() + "</tptz:GetPresetsResponse>", nil
}

func noPreset() *soapFault {
	return sender("The requested preset token does not exist", "ter:InvalidArgVal", "ter:NoToken")
}

func setPreset(q *request, m *mount, now time.Time) (string, *soapFault) {
	asked := q.body.value("PresetToken")
	token, ok := m.store(now, asked, q.body.value("PresetName"))
	switch {
	case ok:
		return "<tptz:SetPresetResponse>" + tag("tptz:PresetToken", token) + "</tptz:SetPresetResponse>", nil
	case asked != "":
		return "", noPreset()
	}
	return "", receiver("There is no room for one preset more", "ter:Action", "ter:TooManyPresets")
}

func gotoPreset(q *request, m *mount, now time.Time) (string, *soapFault) {
	one, ok := m.presets[q.body.value("PresetToken")]
	if !ok {
		return "", noPreset()
	}
	m.goTo(now, one.at)
	return "<tptz:GotoPresetResponse/>", nil
}

func removePreset(q *request, m *mount, _ time.Time) (string, *soapFault) {
	token := q.body.value("PresetToken")
	if _, ok := m.presets[token]; !ok {
		return "", noPreset()
	}
	delete(m.presets, token)
	return "<tptz:RemovePresetResponse/>", nil
}

func gotoHome(_ *request, m *mount, now time.Time) (string, *soapFault) {
	m.goTo(now, m.home)
	return "<tptz:GotoHomePositionResponse/>", nil
}

func setHome(_ *request, m *mount, now time.Time) (string, *soapFault) {
	m.home = m.position(now)
	return "<tptz:SetHomePositionResponse/>", nil
}
