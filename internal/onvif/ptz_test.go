package onvif

import (
	"context"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
)

// ptzDevice is a plainDevice that can be turned and set.
func ptzDevice(t *testing.T, n *network) (*simulated, *Client) {
	s := plainDevice(t)
	s.auth = "both"
	plain := s.answer
	answers := map[string]string{
		"tptz.GetStatus": `<x:PTZStatus><tt:Position><tt:PanTilt x="-0.25" y="0,5" space="s"/><tt:Zoom x="0.1"/></tt:Position>` +
			`<tt:MoveStatus><tt:PanTilt>MOVING</tt:PanTilt><tt:Zoom>IDLE</tt:Zoom></tt:MoveStatus><tt:Error>NO error</tt:Error></x:PTZStatus>`,
		"tptz.GetPresets": `<x:Preset token="1"><tt:Name>Gate</tt:Name><tt:PTZPosition><tt:Zoom x="0.5"/></tt:PTZPosition></x:Preset>` +
			`<x:Preset token="2"/><x:Preset><tt:Name>no token</tt:Name></x:Preset>`,
		"tptz.SetPreset": `<x:PresetToken>7</x:PresetToken>`, "tptz.ContinuousMove": "", "tptz.RelativeMove": "", "tptz.AbsoluteMove": "", "tptz.Stop": "",
		"tptz.GotoPreset": "", "tptz.RemovePreset": "", "tptz.GotoHomePosition": "", "tptz.SetHomePosition": "", "timg.SetImagingSettings": "",
		"timg.GetImagingSettings": `<x:ImagingSettings><tt:Brightness>50</tt:Brightness><tt:ColorSaturation>40.5</tt:ColorSaturation><tt:IrCutFilter>Auto</tt:IrCutFilter></x:ImagingSettings>`,
		"timg.GetOptions": `<x:ImagingOptions><tt:Brightness><tt:Min>0</tt:Min><tt:Max>100</tt:Max></tt:Brightness>` +
			`<tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>auto</tt:IrCutFilterModes></x:ImagingOptions>`,
	}
	s.answer = func(op, token string, r *http.Request) (int, string, []byte) {
		body, ok := answers[op]
		if !ok {
			return plain(op, token, r)
		}
		name := op[strings.IndexByte(op, '.')+1:]
		return 200, "application/soap+xml", soap("<x:" + name + `Response xmlns:x="urn:x">` + body + "</x:" + name + "Response>")
	}
	n.web(home, s)
	return s, n.client("192.0.2.64", withSignIn(s.user, s.password))
}

func TestMoves(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	cases := []struct {
		name string
		op   string
		do   func(c *Client, ctx context.Context) error
		want []string
		not  []string
	}{
		{"continuous", "tptz.ContinuousMove", func(c *Client, ctx context.Context) error {
			return c.ContinuousMove(ctx, "m&1", Velocity{Pan: 0.5, Tilt: -1}, 1500*time.Millisecond)
		}, []string{"<tptz:ProfileToken>m&amp;1</tptz:ProfileToken>", `<tptz:Velocity><onvif:PanTilt x="0.5" y="-1"/></tptz:Velocity>`, "<tptz:Timeout>PT1.5S<"}, []string{"Zoom", "space"}},
		{"zoom", "tptz.ContinuousMove", func(c *Client, ctx context.Context) error {
			return c.ContinuousMove(ctx, "m", Velocity{Zoom: 1e-7}, 0)
		}, []string{`<onvif:Zoom x="0.0000001"/>`}, []string{"PanTilt", "Timeout"}},
		{"no velocity", "tptz.Stop", func(c *Client, ctx context.Context) error {
			return c.ContinuousMove(ctx, "m", Velocity{}, 0)
		}, []string{"<tptz:PanTilt>true<", "<tptz:Zoom>true<"}, nil},
		{"stop", "tptz.Stop", func(c *Client, ctx context.Context) error { return c.StopMove(ctx, "m") }, []string{"<tptz:PanTilt>true<"}, nil},
		{"relative", "tptz.RelativeMove", func(c *Client, ctx context.Context) error {
			return c.RelativeMove(ctx, "m", Position{0.1, 0, nan})
		}, []string{`<tptz:Translation><onvif:PanTilt x="0.1" y="0"/></tptz:Translation>`}, []string{"Zoom", "Speed"}},
		{"absolute", "tptz.AbsoluteMove", func(c *Client, ctx context.Context) error {
			return c.AbsoluteMove(ctx, "m", Position{nan, nan, 0.75})
		}, []string{`<tptz:Position><onvif:Zoom x="0.75"/></tptz:Position>`}, []string{"PanTilt"}},
		{"preset", "tptz.GotoPreset", func(c *Client, ctx context.Context) error {
			return c.GotoPreset(ctx, "m", "1")
		}, []string{"<tptz:PresetToken>1<"}, []string{"Speed"}},
		{"set preset", "tptz.SetPreset", func(c *Client, ctx context.Context) error {
			token, err := c.SetPreset(ctx, "m", "Tor <Ost>")
			if token != "7" {
				t.Errorf("token is %q", token)
			}
			return err
		}, []string{"<tptz:PresetName>Tor &lt;Ost&gt;<"}, []string{"PresetToken"}},
		{"remove preset", "tptz.RemovePreset", func(c *Client, ctx context.Context) error {
			return c.RemovePreset(ctx, "m", "1")
		}, []string{"<tptz:PresetToken>1<"}, nil},
		{"go home", "tptz.GotoHomePosition", func(c *Client, ctx context.Context) error { return c.GotoHome(ctx, "m") }, []string{"<tptz:ProfileToken>m<"}, []string{"Speed"}},
		{"set home", "tptz.SetHomePosition", func(c *Client, ctx context.Context) error { return c.SetHome(ctx, "m") }, []string{"<tptz:ProfileToken>m<"}, nil},
		{"imaging", "timg.SetImagingSettings", func(c *Client, ctx context.Context) error {
			bright, sharp := 55.5, 0.0
			return c.SetImaging(ctx, "v", ImagingChange{Brightness: &bright, Sharpness: &sharp, IRCut: "OFF"})
		}, []string{"<timg:VideoSourceToken>v<", "<onvif:Brightness>55.5<", "<onvif:IrCutFilter>OFF</onvif:IrCutFilter><onvif:Sharpness>0<"}, []string{"Contrast", "Exposure"}},
		{"key frame", "trt.SetSynchronizationPoint", func(c *Client, ctx context.Context) error {
			return c.SetSynchronizationPoint(ctx, "m")
		}, []string{"<trt:ProfileToken>m<"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, client := ptzDevice(t, newNetwork(t))
			if err := c.do(client, inTime(t)); err != nil {
				t.Fatal(err)
			}
			body := s.bodyOf(c.op)
			for _, want := range c.want {
				if !strings.Contains(body, want) {
					t.Errorf("%s is missing in %s", want, body)
				}
			}
			for _, not := range c.not {
				if strings.Contains(body[strings.Index(body, "Body>"):], not) {
					t.Errorf("%s is in %s", not, body)
				}
			}
			if s.count(c.op) > 2 {
				t.Errorf("sent %d times", s.count(c.op))
			}
		})
	}
}

func TestBadMoves(t *testing.T) {
	t.Parallel()
	s, c := ptzDevice(t, newNetwork(t))
	nan, inf := math.NaN(), math.Inf(1)
	for _, err := range []error{
		c.ContinuousMove(inTime(t), "m", Velocity{Pan: 1.1}, 0), c.ContinuousMove(inTime(t), "m", Velocity{Tilt: nan}, 0),
		c.ContinuousMove(inTime(t), "m", Velocity{Pan: 1}, -1), c.RelativeMove(inTime(t), "m", Position{nan, nan, nan}),
		c.AbsoluteMove(inTime(t), "m", Position{inf, 0, 0}), c.AbsoluteMove(inTime(t), "m", Position{0, nan, nan}),
		c.SetImaging(inTime(t), "v", ImagingChange{Contrast: &inf}), c.SetImaging(inTime(t), "v", ImagingChange{IRCut: "NEVER"}),
	} {
		wantCode(t, err, fault.BadRequest)
	}
	if len(s.asked) > 0 {
		t.Errorf("asked for %q", s.asked)
	}
}

func TestPTZAnswers(t *testing.T) {
	t.Parallel()
	_, c := ptzDevice(t, newNetwork(t))
	status, err := c.PTZStatus(inTime(t), "m")
	if err != nil || status.Position != (Position{-0.25, 0.5, 0.1}) || !status.Moving || status.Problem != "" {
		t.Errorf("%+v, %v", status, err)
	}
	presets, err := c.Presets(inTime(t), "m")
	if err != nil || len(presets) != 2 || presets[0].Name != "Gate" || presets[0].Position.Zoom != 0.5 || !math.IsNaN(presets[0].Position.Pan) || presets[1].Token != "2" {
		t.Errorf("%+v, %v", presets, err)
	}
	picture, err := c.Imaging(inTime(t), "v")
	if err != nil || *picture.Brightness != (Range{50, 0, 100}) || *picture.Saturation != (Range{40.5, 0, 0}) || picture.Contrast != nil || picture.Sharpness != nil {
		t.Errorf("%+v, %v", picture, err)
	}
	if picture.IRCut != "AUTO" || strings.Join(picture.IRCutModes, " ") != "ON AUTO" {
		t.Errorf("filter is %s of %q", picture.IRCut, picture.IRCutModes)
	}
	bare := c.parsePTZStatus(parseXML([]byte(`<r><PTZStatus><MoveStatus><PanTilt><Status>MOVING</Status></PanTilt></MoveStatus><Error>motor</Error></PTZStatus></r>`)))
	if !math.IsNaN(bare.Position.Pan) || !bare.Moving || bare.Problem != "motor" {
		t.Errorf("%+v", bare)
	}
}

func TestNoPTZ(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := plainDevice(t)
	plain := s.answer
	s.answer = func(op, token string, r *http.Request) (int, string, []byte) {
		if op == "tds.GetServices" {
			return 200, "text/xml", soap("<GetServicesResponse>" + serviceText(nsMedia, at64+"media") + "</GetServicesResponse>")
		}
		return plain(op, token, r)
	}
	n.web(home, s)
	c := n.client("192.0.2.64")
	wantCode(t, c.GotoHome(inTime(t), "m"), fault.NotSupported)
	_, err := c.Imaging(inTime(t), "v")
	wantCode(t, err, fault.NotSupported)
	wantCode(t, c.Events(inTime(t), func(Event) {}), fault.NotSupported)
}
