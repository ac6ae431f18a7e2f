package main

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"camwall/internal/media"
	"camwall/internal/onvif"
	"camwall/internal/simcam"
	"camwall/internal/simcam/device"
)

// gate runs a camera that can be turned, with a clock that is an hour ahead.
func gate(t *testing.T, edit func(*device.Config)) *device.Device {
	t.Helper()
	cameras := cameras(t, "", simcam.ClipStream("gate/main", "gate", "street-360"))
	cfg := device.Config{
		Server: cameras, Listen: "127.0.0.1:0", Name: "Gate", Serial: "S-1", MAC: "02:00:5e:00:00:01", UUID: "00000000-0000-0000-0000-000000000001",
		ClockOffset: time.Hour, Channels: []device.Channel{{Name: "Gate", Main: "gate/main", PTZ: true}},
	}
	if edit != nil {
		edit(&cfg)
	}
	d, err := device.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// steady replaces what differs from run to run.
func steady(text string) string {
	text = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(text, "127.0.0.1:PORT")
	return regexp.MustCompile(`(clockOffsetSeconds": )-?[0-9.]+|1h0m[0-9.]+s|59m5\ds`).ReplaceAllString(text, "${1}OFFSET")
}

func TestONVIF(t *testing.T) {
	d := gate(t, nil)
	s := served(t, serverFlags{})
	s.wants(0, "cameras add "+d.Addr()+" --id gate", "Added camera gate")
	golden(t, "onvif.json", steady(s.wants(0, "onvif --json "+d.Addr()).out))
	golden(t, "onvif.txt", steady(s.wants(0, "onvif "+d.XAddr()).out))
	s.server = ""
	got := s.wants(0, "onvif --json "+d.Addr(), "!no server")
	var o offer
	if err := json.Unmarshal([]byte(got.out), &o); err != nil || len(o.Profiles) == 0 || o.Profiles[0].Use != "" {
		t.Errorf("%v: %s", err, got.out)
	}
	if math.Abs(o.Device.ClockOffset-3600) > 5 {
		t.Errorf("its clock is %g s ahead, want 3600", o.Device.ClockOffset)
	}
	s.wants(0, "onvif --json "+d.Addr()+" --server "+nobody(t), "no server at", "in use is not known", "gate/main")
}

func TestONVIFOfARecorder(t *testing.T) {
	r := recorder(t)
	s := alone(t)
	s.wants(1, "onvif "+r.Addr(), "asks for a user", "--password-file")
	t.Setenv("CAMWALL_PASSWORD", "camwall-16")
	got := s.wants(0, "onvif --user admin "+r.Addr()+" --json", "!camwall-16")
	var o offer
	if err := json.Unmarshal([]byte(got.out), &o); err != nil || len(o.Channels) != 3 || len(o.Channels[2].Profiles) != 2 || len(o.Profiles) != 6 {
		t.Errorf("%v: %s", err, got.out)
	}
	s.wants(0, "onvif --user admin "+r.Addr(), "Channels", "/ch3/sub", "!other users")
	t.Setenv("CAMWALL_PASSWORD", "")
	s.wants(0, "onvif http://admin:camwall-16@"+r.Addr(), "other users of this machine", "!camwall-16")
	failed := r.Server.Counters().FailedSignIns
	s.who = &person{answers: []string{"admin", "mistaken-7", "admin", "camwall-16"}}
	s.wants(1, "onvif "+r.Addr(), "refuses the user name or the password", "!mistaken-7")
	if n := r.Server.Counters().FailedSignIns - failed; n != 1 || len(s.who.answers) != 2 {
		t.Errorf("%d sign-ins failed, and it asked %q", n, s.who.questions)
	}
	s.wants(0, "onvif "+r.Addr(), "/ch1/main")
}

func TestONVIFOfNothing(t *testing.T) {
	s := alone(t)
	s.wants(2, "onvif rtsp://192.0.2.1/x", "ONVIF")
	s.wants(1, "onvif "+strings.TrimPrefix(nobody(t), "http://"), "refuses the connection")
	s.wants(2, "onvif 192.0.2.1 --tls maybe", "tls")
	s.wants(2, "onvif", "url")
}

func TestWhatADeviceOffers(t *testing.T) {
	d := &onvif.Device{
		Manufacturer: "Maker\x1b[0m", Sources: []onvif.VideoSource{{Token: "s1", Name: "One"}},
		Profiles: []onvif.Profile{
			{Token: "a", Source: "s1", Codec: media.MJPEG, FPS: math.NaN(), Quality: math.Inf(1), StreamURI: "rtsp://192.0.2.1/x?password=hidden"},
			{Token: "b", Source: "s2", SourceName: "Two", CodecName: "H266"},
			{Token: "c", Codec: media.MPEG4},
			{Token: "d", Source: "s2", Codec: media.H265},
		},
	}
	o := offerOf(d, func(p *onvif.Profile) string { return p.Token + "!" })
	var words []string
	for _, p := range o.Profiles {
		words = append(words, p.Encoding, p.Use)
	}
	if got := strings.Join(words, " "); got != "JPEG a! H266 b! MPEG4 c! H265 d!" {
		t.Errorf("profiles: %s", got)
	}
	if len(o.Channels) != 2 || o.Channels[1].Name != "Two" || strings.Join(o.Channels[1].Profiles, " ") != "b d" || o.Channels[1].Number != 2 {
		t.Errorf("channels: %+v", o.Channels)
	}
	text, err := json.Marshal(o)
	if err != nil || strings.Contains(string(text), "hidden") || strings.Contains(string(text), `\u001b`) {
		t.Errorf("%s, %v", text, err)
	}
	for address, want := range map[string]string{
		"http://a/x": "a:80", "https://a": "a:443", "http://[2001:db8::1]:8080/": "2001:db8::1:8080", "::": "::",
	} {
		if got := hostPort(address); got != want {
			t.Errorf("%s is at %s, want %s", address, got, want)
		}
	}
}
