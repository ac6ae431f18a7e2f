package device

import (
	"strings"
	"testing"
	"time"
)

const profileToken = "<op:ProfileToken>Profile_102</op:ProfileToken>"

func TestPTZIsDescribed(t *testing.T) {
	d := oneCamera(t, nil)
	for operation, c := range map[string]struct{ inner, want string }{
		"GetServiceCapabilities":  {"", "MoveStatus"},
		"GetNodes":                {"", "ContinuousPanTiltVelocitySpace"},
		"GetNode":                 {"<op:NodeToken>PTZNode_1</op:NodeToken>", "HomeSupported>true"},
		"GetConfigurations":       {"", "DefaultPTZTimeout>PT10S<"},
		"GetConfiguration":        {"<op:PTZConfigurationToken>PTZConfig_1</op:PTZConfigurationToken>", "PTZNode_1"},
		"GetConfigurationOptions": {"", "PTZTimeout"},
	} {
		if a := must(t, d, nsPTZ, operation, c.inner); !strings.Contains(a.text, c.want) {
			t.Errorf("%s lacks %s: %s", operation, c.want, a.text)
		}
	}
	faultWith(t, "no node", ask(t, d, nsPTZ, "GetNode", ""), 400, "NoEntity")
	faultWith(t, "no configuration", ask(t, d, nsPTZ, "GetConfiguration", ""), 400, "NoConfig")
}

func TestContinuousMove(t *testing.T) {
	d := oneCamera(t, nil)
	must(t, d, nsPTZ, "ContinuousMove", profileToken+`<op:Velocity><x:PanTilt x="-1" y="0.5"/></op:Velocity><op:Timeout>PT0.2S</op:Timeout>`)
	if _, moving := d.Position(0); !moving {
		t.Error("it does not move")
	}
	if a := must(t, d, nsPTZ, "GetStatus", profileToken); !a.has("PanTilt", "MOVING") && !a.has("PanTilt", "IDLE") {
		t.Errorf("status %s", a.text)
	}
	ctx := within(t)
	for moving := true; moving && ctx.Err() == nil; {
		_, moving = d.Position(0)
	}
	at, _ := d.Position(0)
	if !near(at, Position{Pan: -0.1, Tilt: 0.05}) {
		t.Errorf("after 0.2 s it looks at %+v", at)
	}
	if a := must(t, d, nsPTZ, "GetStatus", profileToken); !a.has("PanTilt", "IDLE") || !strings.Contains(a.text, `x="-0.1`) {
		t.Errorf("status %s", a.text)
	}
	must(t, d, nsPTZ, "ContinuousMove", profileToken+`<op:Velocity><x:Zoom x="1"/></op:Velocity>`)
	must(t, d, nsPTZ, "Stop", profileToken+"<op:PanTilt>true</op:PanTilt><op:Zoom>false</op:Zoom>")
	if _, moving := d.Position(0); !moving {
		t.Error("zoom was not to be stopped")
	}
	must(t, d, nsPTZ, "Stop", profileToken)
	if _, moving := d.Position(0); moving {
		t.Error("it moves on")
	}
}

// arrived waits for a camera to be at rest.
func arrived(t *testing.T, d *Device) Position {
	t.Helper()
	ctx := within(t)
	for {
		at, moving := d.Position(0)
		if !moving {
			return at
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("it never arrives")
		}
	}
}

func TestMovesPresetsAndHome(t *testing.T) {
	d := oneCamera(t, nil)
	must(t, d, nsPTZ, "AbsoluteMove", profileToken+`<op:Position><x:PanTilt x="0.1" y="-0.1"/></op:Position>`)
	if at := arrived(t, d); !near(at, Position{0.1, -0.1, 0}) {
		t.Errorf("absolute: %+v", at)
	}
	must(t, d, nsPTZ, "SetHomePosition", profileToken)
	must(t, d, nsPTZ, "RelativeMove", profileToken+`<op:Translation><x:PanTilt x="0.05" y="0"/><x:Zoom x="0.05"/></op:Translation>`)
	if at := arrived(t, d); !near(at, Position{0.15, -0.1, 0.05}) {
		t.Errorf("relative: %+v", at)
	}
	token := must(t, d, nsPTZ, "SetPreset", profileToken+"<op:PresetName>Door &amp; gate</op:PresetName>").values("PresetToken")
	must(t, d, nsPTZ, "GotoHomePosition", profileToken)
	if at := arrived(t, d); !near(at, Position{0.1, -0.1, 0}) {
		t.Errorf("home: %+v", at)
	}
	preset := profileToken + "<op:PresetToken>" + token[0] + "</op:PresetToken>"
	must(t, d, nsPTZ, "GotoPreset", preset)
	if at := arrived(t, d); !near(at, Position{0.15, -0.1, 0.05}) {
		t.Errorf("preset: %+v", at)
	}
	if a := must(t, d, nsPTZ, "GetPresets", profileToken); !a.has("Name", "Door &amp; gate") || !strings.Contains(a.text, `token="`+token[0]+`"`) {
		t.Errorf("presets %s", a.text)
	}
	must(t, d, nsPTZ, "RemovePreset", preset)
	if a := must(t, d, nsPTZ, "GetPresets", profileToken); strings.Contains(a.text, "Door") {
		t.Errorf("presets %s", a.text)
	}
	for _, operation := range []string{"GotoPreset", "RemovePreset", "SetPreset"} {
		faultWith(t, operation, ask(t, d, nsPTZ, operation, preset), 400, "NoToken")
	}
	for range maxPresets {
		must(t, d, nsPTZ, "SetPreset", profileToken)
	}
	faultWith(t, "one preset more", ask(t, d, nsPTZ, "SetPreset", profileToken), 500, "TooManyPresets")
}

func TestMovesThatAreRefused(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.Channels = append(c.Channels, Channel{Name: "Fixed", Main: "b"}) })
	for _, c := range []struct{ operation, inner, subcode string }{
		{"ContinuousMove", profileToken, "InvalidArgVal"},
		{"ContinuousMove", profileToken + `<op:Velocity><x:PanTilt x="2" y="0"/></op:Velocity>`, "InvalidVelocity"},
		{"ContinuousMove", profileToken + `<op:Velocity><x:PanTilt x="a" y="0"/></op:Velocity>`, "InvalidArgVal"},
		{"ContinuousMove", profileToken + `<op:Velocity><x:PanTilt x="NaN" y="0"/></op:Velocity>`, "InvalidArgVal"},
		{"ContinuousMove", profileToken + `<op:Velocity><x:Zoom x="1"/></op:Velocity><op:Timeout>soon</op:Timeout>`, "InvalidArgVal"},
		{"AbsoluteMove", profileToken + `<op:Position><x:Zoom x="-1"/></op:Position>`, "InvalidPosition"},
		{"AbsoluteMove", profileToken, "InvalidArgVal"},
		{"RelativeMove", profileToken, "InvalidArgVal"},
		{"GetStatus", "", "NoProfile"},
		{"GetStatus", "<op:ProfileToken>Profile_201</op:ProfileToken>", "NoPTZProfile"},
	} {
		faultWith(t, c.operation+c.inner, ask(t, d, nsPTZ, c.operation, c.inner), 400, c.subcode)
	}
	if at, moving := d.Position(0); moving || at != (Position{}) {
		t.Errorf("it moved to %+v", at)
	}
}

func TestImaging(t *testing.T) {
	d := oneCamera(t, nil)
	const source = "<op:VideoSourceToken>VideoSource_1</op:VideoSourceToken>"
	must(t, d, nsImaging, "GetServiceCapabilities", "")
	a := must(t, d, nsImaging, "GetImagingSettings", source)
	if !a.has("Brightness", "50") || !a.has("Sharpness", "50") || !a.has("IrCutFilter", "AUTO") {
		t.Errorf("settings %s", a.text)
	}
	if a := must(t, d, nsImaging, "GetOptions", source); len(a.values("Max")) != 4 || len(a.values("IrCutFilterModes")) != 3 {
		t.Errorf("options %s", a.text)
	}
	must(t, d, nsImaging, "SetImagingSettings", source+"<op:ImagingSettings><x:Brightness>71.5</x:Brightness><x:IrCutFilter>OFF</x:IrCutFilter></op:ImagingSettings>")
	a = must(t, d, nsImaging, "GetImagingSettings", source)
	if !a.has("Brightness", "71.5") || !a.has("Contrast", "50") || !a.has("IrCutFilter", "OFF") {
		t.Errorf("settings %s", a.text)
	}
	for _, wrong := range []string{"<x:Contrast>101</x:Contrast>", "<x:Contrast>NaN</x:Contrast>", "<x:Brightness>1</x:Brightness><x:IrCutFilter>MAYBE</x:IrCutFilter>"} {
		faultWith(t, wrong, ask(t, d, nsImaging, "SetImagingSettings", source+"<op:ImagingSettings>"+wrong+"</op:ImagingSettings>"), 400, "SettingsInvalid")
	}
	if a := must(t, d, nsImaging, "GetImagingSettings", source); !a.has("Brightness", "71.5") {
		t.Errorf("a refused setting was taken: %s", a.text)
	}
	faultWith(t, "no settings", ask(t, d, nsImaging, "SetImagingSettings", source), 400, "InvalidArgVal")
	faultWith(t, "no source", ask(t, d, nsImaging, "GetOptions", ""), 400, "NoSource")
}
