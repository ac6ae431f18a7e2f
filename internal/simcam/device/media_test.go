package device

import (
	"bufio"
	"bytes"
	"fmt"
	"image/jpeg"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/pion/rtp"

	"camwall/internal/framemark"
	"camwall/internal/simcam"
)

// describe sends DESCRIBE by hand and returns the first line of the answer.
func describe(t *testing.T, address string, headers ...string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", u.Host, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "DESCRIBE %s RTSP/1.0\r\nCSeq: 1\r\n%s\r\n", address, strings.Join(append(headers, ""), "\r\n"))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func TestProfilesOfMedia1(t *testing.T) {
	d := oneCamera(t, nil)
	a := must(t, d, nsMedia, "GetProfiles", "")
	if got := a.values("Encoding"); !slices.Equal(got, []string{"H264", "H264"}) {
		t.Errorf("encodings %q: Media1 can't say H265", got)
	}
	if got := a.values("Width"); !slices.Equal(got, []string{"1280", "640"}) {
		t.Errorf("widths %q", got)
	}
	for element, want := range map[string]string{"FrameRateLimit": "25", "SourceToken": "VideoSource_1", "NodeToken": "PTZNode_1"} {
		if got := a.values(element); len(got) != 2 || got[0] != want {
			t.Errorf("%s %q, want twice %s", element, got, want)
		}
	}
	if got := a.values("GovLength"); got[1] != "50" {
		t.Errorf("the sub stream has a key frame every %q pictures", got)
	}
	if !strings.Contains(a.text, `token="Profile_101"`) || !a.has("Name", "main") || !a.has("Name", "Gate &lt;&#34;&amp;") {
		t.Errorf("profiles %s", a.text)
	}
	one := must(t, d, nsMedia, "GetProfile", "<op:ProfileToken>Profile_102</op:ProfileToken>")
	if !one.has("Width", "640") || one.has("Width", "1280") {
		t.Errorf("profile %s", one.text)
	}
	faultWith(t, "no such profile", ask(t, d, nsMedia, "GetProfile", "<op:ProfileToken>x</op:ProfileToken>"), 400, "NoProfile")
	hidden := oneCamera(t, func(c *Config) { c.HideH265 = true })
	if got := must(t, hidden, nsMedia, "GetProfiles", "").values("Width"); !slices.Equal(got, []string{"640"}) {
		t.Errorf("hidden, H.265 leaves widths %q", got)
	}
}

func TestProfilesOfMedia2(t *testing.T) {
	d := oneCamera(t, nil)
	a := must(t, d, nsMedia2, "GetProfiles", "<op:Type>All</op:Type>")
	if got := a.values("Encoding"); !slices.Equal(got, []string{"H265", "H264"}) {
		t.Errorf("encodings %q", got)
	}
	if !strings.Contains(a.text, `GovLength="50"`) || len(a.values("NodeToken")) != 2 || len(a.values("SourceToken")) != 2 {
		t.Errorf("profiles %s", a.text)
	}
	bare := must(t, d, nsMedia2, "GetProfiles", "")
	if len(bare.values("Encoding")) != 0 || len(bare.values("Configurations")) != 0 || !strings.Contains(bare.text, "Profile_102") {
		t.Errorf("types were not asked for: %s", bare.text)
	}
	some := must(t, d, nsMedia2, "GetProfiles", "<op:Token>Profile_102</op:Token><op:Type>VideoSource</op:Type><op:Type>PTZ</op:Type>")
	if len(some.values("Encoding")) != 0 || len(some.values("SourceToken")) != 1 || len(some.values("NodeToken")) != 1 {
		t.Errorf("one profile without its encoder: %s", some.text)
	}
	faultWith(t, "no such profile", ask(t, d, nsMedia2, "GetProfiles", "<op:Token>x</op:Token>"), 400, "NoProfile")
	encoders := must(t, d, nsMedia2, "GetVideoEncoderConfigurations", "<op:ProfileToken>Profile_101</op:ProfileToken>")
	if got := encoders.values("Encoding"); !slices.Equal(got, []string{"H265"}) {
		t.Errorf("the encoder of one profile: %q", got)
	}
}

func TestOtherMedia(t *testing.T) {
	d := oneCamera(t, func(c *Config) {
		c.Channels = append(c.Channels, Channel{Name: "Yard", Main: "b"})
	})
	if got := must(t, d, nsMedia, "GetVideoSources", "").values("Framerate"); !slices.Equal(got, []string{"25", "5"}) {
		t.Errorf("rates of sources %q", got)
	}
	a := must(t, d, nsMedia, "GetVideoSourceConfigurations", "")
	if !a.has("Name", "Yard") || !a.has("SourceToken", "VideoSource_2") {
		t.Errorf("sources %s", a.text)
	}
	if a := must(t, d, nsMedia2, "GetVideoSourceConfigurations", ""); !a.has("Name", "Yard") {
		t.Errorf("sources %s", a.text)
	}
	if got := must(t, d, nsMedia, "GetVideoEncoderConfigurations", "").values("Encoding"); !slices.Equal(got, []string{"H264", "H264", "JPEG"}) {
		t.Errorf("encodings %q", got)
	}
	one := must(t, d, nsMedia, "GetVideoEncoderConfiguration", "<op:ConfigurationToken>VideoEncoder_Profile_201</op:ConfigurationToken>")
	if !one.has("Encoding", "JPEG") || !one.has("Width", "320") {
		t.Errorf("encoder %s", one.text)
	}
	faultWith(t, "no encoder", ask(t, d, nsMedia, "GetVideoEncoderConfiguration", ""), 400, "NoConfig")
	if a := must(t, d, nsMedia, "GetProfiles", ""); !a.has("Name", "Yard main") {
		t.Errorf("profiles of several channels: %s", a.text)
	}
	for _, space := range []string{nsMedia, nsMedia2} {
		must(t, d, space, "GetServiceCapabilities", "")
	}
}

func TestSoundIsTold(t *testing.T) {
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{{Path: "a", Camera: "a", Clip: "street-360", Audio: true}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	d, err := New(Config{Server: server, Listen: "127.0.0.1:0", Channels: []Channel{{Name: "A", Main: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	if a := must(t, d, nsMedia, "GetProfiles", ""); !a.has("Encoding", "G711") {
		t.Errorf("Media1: %s", a.text)
	}
	if a := must(t, d, nsMedia2, "GetProfiles", "<op:Type>AudioEncoder</op:Type>"); !a.has("Encoding", "PCMU") || a.has("Encoding", "H264") {
		t.Errorf("Media2: %s", a.text)
	}
}

const setup = "<op:StreamSetup><x:Stream>RTP-Unicast</x:Stream><x:Transport><x:Protocol>%s</x:Protocol></x:Transport></op:StreamSetup><op:ProfileToken>%s</op:ProfileToken>"

func TestStreamURIs(t *testing.T) {
	d := oneCamera(t, nil)
	want := d.cfg.Server.Stream("a/sub").Info().URL
	for _, protocol := range []string{"UDP", "TCP", "RTSP"} {
		if a := must(t, d, nsMedia, "GetStreamUri", fmt.Sprintf(setup, protocol, "Profile_102")); !a.has("Uri", want) {
			t.Errorf("%s: %s", protocol, a.text)
		}
	}
	for _, protocol := range []string{"RtspUnicast", "RTSP"} {
		if a := must(t, d, nsMedia2, "GetStreamUri", "<op:Protocol>"+protocol+"</op:Protocol><op:ProfileToken>Profile_102</op:ProfileToken>"); !a.has("Uri", want) {
			t.Errorf("%s: %s", protocol, a.text)
		}
	}
	if got := describe(t, want); got != "RTSP/1.0 200 OK" {
		t.Errorf("DESCRIBE %s: %s", want, got)
	}
	faultWith(t, "HTTP", ask(t, d, nsMedia, "GetStreamUri", fmt.Sprintf(setup, "HTTP", "Profile_102")), 400, "InvalidStreamSetup")
	faultWith(t, "no setup", ask(t, d, nsMedia, "GetStreamUri", "<op:ProfileToken>Profile_102</op:ProfileToken>"), 400, "InvalidStreamSetup")
	faultWith(t, "no profile", ask(t, d, nsMedia, "GetStreamUri", fmt.Sprintf(setup, "TCP", "x")), 400, "NoProfile")
	for _, protocol := range []string{"RtspsUnicast", "RtspOverHttp", "RtspMulticast", ""} {
		faultWith(t, protocol, ask(t, d, nsMedia2, "GetStreamUri", "<op:Protocol>"+protocol+"</op:Protocol><op:ProfileToken>Profile_102</op:ProfileToken>"), 400, "InvalidStreamSetup")
	}
	faultWith(t, "no profile", ask(t, d, nsMedia2, "GetStreamUri", ""), 400, "NoProfile")
}

func TestSnapshots(t *testing.T) {
	d := oneCamera(t, nil)
	var addresses []string
	for _, space := range []string{nsMedia, nsMedia2} {
		addresses = append(addresses, must(t, d, space, "GetSnapshotUri", "<op:ProfileToken>Profile_101</op:ProfileToken>").values("Uri")...)
		faultWith(t, "no profile", ask(t, d, space, "GetSnapshotUri", ""), 400, "NoProfile")
	}
	if len(addresses) != 2 || addresses[0] != addresses[1] {
		t.Fatalf("addresses %q", addresses)
	}
	get := func(address string) answer {
		r, _ := http.NewRequestWithContext(within(t), http.MethodGet, address, nil)
		return do(t, client(), r)
	}
	a := get(addresses[0])
	picture, err := jpeg.Decode(bytes.NewReader([]byte(a.text)))
	if err != nil {
		t.Fatalf("%v: %s", err, a.header)
	}
	if n, ok := framemark.Read(picture, picture.Bounds()); !ok || n != 1 {
		t.Errorf("the first picture is number %d, %t", n, ok)
	}
	if got := get("http://" + d.Addr() + "/snapshot/9.jpg"); got.status != 404 {
		t.Errorf("a channel that does not exist: %d", got.status)
	}
	d.SetSignal(0, false)
	if got := get(addresses[0]); got.status != 404 {
		t.Errorf("without a signal: %d", got.status)
	}
	if got := describe(t, d.cfg.Server.Stream("a/main").Info().URL); !strings.Contains(got, "404") {
		t.Errorf("without a signal: %s", got)
	}
	d.SetSignal(0, true)
	if got := describe(t, d.cfg.Server.Stream("a/main").Info().URL); !strings.Contains(got, "200") {
		t.Errorf("with a signal again: %s", got)
	}
}

// A camera that sends a key frame every two minutes sends one when it is asked.
func TestSynchronizationPoint(t *testing.T) {
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{simcam.ClipStream("a", "a", "night-360-smart")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	d, err := New(Config{Server: server, Listen: "127.0.0.1:0", Channels: []Channel{{Name: "A", Main: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	keys := playKeys(t, server.Stream("a").Info().URL)
	for _, space := range []string{nsMedia, nsMedia2} {
		for len(keys) > 0 {
			<-keys
		}
		must(t, d, space, "SetSynchronizationPoint", "<op:ProfileToken>Profile_101</op:ProfileToken>")
		select {
		case <-keys:
		case <-within(t).Done():
			t.Fatalf("%s: no key frame came", space)
		}
		faultWith(t, "no profile", ask(t, d, space, "SetSynchronizationPoint", ""), 400, "NoProfile")
	}
}

// playKeys plays a stream of H.264 and tells of each key frame.
func playKeys(t *testing.T, address string) <-chan struct{} {
	t.Helper()
	u, err := base.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	tcp := gortsplib.TransportTCP
	c := gortsplib.Client{Scheme: u.Scheme, Host: u.Host, Transport: &tcp}
	if err := c.Start2(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	desc, _, err := c.Describe(u)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetupAll(desc.BaseURL, desc.Medias); err != nil {
		t.Fatal(err)
	}
	decoder, err := desc.Medias[0].Formats[0].(*format.H264).CreateDecoder()
	if err != nil {
		t.Fatal(err)
	}
	keys := make(chan struct{}, 100)
	c.OnPacketRTPAny(func(_ *description.Media, _ format.Format, packet *rtp.Packet) {
		unit, err := decoder.Decode(packet)
		if err == nil && slices.ContainsFunc(unit, func(nalu []byte) bool { return nalu[0]&0x1f == 5 }) {
			keys <- struct{}{}
		}
	})
	if _, err := c.Play(nil); err != nil {
		t.Fatal(err)
	}
	return keys
}
