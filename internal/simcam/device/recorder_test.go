package device

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRecorderOfSixteen(t *testing.T) {
	r, err := NewRecorder(RecorderConfig{User: "admin", Password: "one for all", NoSignal: []int{14, 15}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	call := func(space, operation, inner string) answer {
		t.Helper()
		a := post(t, client(), r.XAddr(), envelopeOf(tokenHeader("admin", "one for all", nonce(), time.Now()), space, operation, inner))
		if a.status != 200 {
			t.Fatalf("%s: %d %s", operation, a.status, a.text)
		}
		return a
	}
	if got := strings.Count(call(nsMedia, "GetVideoSources", "").text, "<trt:VideoSources "); got != 16 {
		t.Errorf("%d video sources", got)
	}
	names := call(nsMedia, "GetVideoSourceConfigurations", "").values("Name")
	if len(names) != 16 || names[0] != "Channel 1" || names[15] != "Channel 16" {
		t.Errorf("channels %q", names)
	}
	profiles := call(nsMedia2, "GetProfiles", "<op:Type>All</op:Type>")
	if got := profiles.values("Encoding"); len(got) != 32 || slices.ContainsFunc(got, func(e string) bool { return e != "H264" }) {
		t.Errorf("encodings %q", got)
	}
	if got := profiles.values("Width"); got[0] != "1280" || got[1] != "640" {
		t.Errorf("widths %q", got[:2])
	}
	for channel, want := range map[int]string{1: "401", 14: "401", 15: "404"} {
		uri := call(nsMedia2, "GetStreamUri", fmt.Sprintf("<op:Protocol>RTSP</op:Protocol><op:ProfileToken>Profile_%d02</op:ProfileToken>", channel)).values("Uri")[0]
		if got := describe(t, uri); !strings.Contains(got, want) {
			t.Errorf("channel %d at %s: %s, want %s", channel, uri, got, want)
		}
	}
	if r.Name() != "Recorder" || r.Counters().FailedSignIns != 0 {
		t.Errorf("%s: %+v", r.Name(), r.Counters())
	}
}

func TestRecorderAsConfigured(t *testing.T) {
	r, err := NewRecorder(RecorderConfig{
		Channels: 2, MainClip: "street-360", SubClip: "night-360-smart",
		Edit: func(c *Config) { c.Name, c.UUID = "Shop", "1-2-3" },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	if a := must(t, r.Device, nsMedia, "GetProfiles", ""); !slices.Equal(a.values("FrameRateLimit"), []string{"25", "15", "25", "15"}) {
		t.Errorf("profiles %s", a.text)
	}
	if r.Name() != "Shop" || r.Endpoint() != "urn:uuid:1-2-3" {
		t.Errorf("it is %s, %s", r.Name(), r.Endpoint())
	}
	for _, wrong := range []RecorderConfig{
		{MainClip: "nothing"}, {Listen: "192.0.2.77:1", Channels: 1}, {ListenRTSP: "192.0.2.77:1"},
	} {
		if _, err := NewRecorder(wrong); err == nil {
			t.Errorf("%+v: no error", wrong)
		}
	}
}
