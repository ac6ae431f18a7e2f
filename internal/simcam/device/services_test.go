package device

import (
	"crypto/md5"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"camwall/internal/simcam"
)

// Digest as it was before RFC 2617, without qop: old clients send it.
func TestOldDigest(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn = SignInDigestMD5 })
	text := envelopeOf("", nsMedia, "GetProfiles", "")
	challenge, err := digest.FindChallenge(post(t, client(), d.XAddr(), text).header)
	if err != nil {
		t.Fatal(err)
	}
	sum := func(parts ...string) string {
		h := md5.Sum([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h[:])
	}
	for password, want := range map[string]int{secretOfTests: 200, "wrong": 401} {
		response := sum(sum("admin", challenge.Realm, password), challenge.Nonce, sum("POST", devicePath))
		r, _ := http.NewRequestWithContext(within(t), http.MethodPost, d.XAddr(), strings.NewReader(text))
		r.Header.Set("Authorization", fmt.Sprintf(`Digest username="admin", realm="%s", nonce="%s", uri="%s", response="%s"`, challenge.Realm, challenge.Nonce, devicePath, response))
		if a := do(t, client(), r); a.status != want {
			t.Errorf("%s: %d, want %d", password, a.status, want)
		}
	}
}

// An algorithm that was not offered is a failed sign-in, and so is Basic.
func TestSignInsThatAreNotOffered(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn = SignInDigestSHA256 })
	text := envelopeOf("", nsMedia, "GetProfiles", "")
	for i, header := range []string{
		`Digest username="admin", realm="simulated device", nonce="x", uri="/onvif/device_service", response="x", algorithm=MD5`,
		`Digest username="admin", realm="simulated device", nonce="x", uri="/onvif/device_service", response="x"`,
		"Basic YWRtaW46eA==", "Digest", "Bearer x",
	} {
		r, _ := http.NewRequestWithContext(within(t), http.MethodPost, d.XAddr(), strings.NewReader(text))
		r.Header.Set("Authorization", header)
		if a := do(t, client(), r); a.status != 401 {
			t.Errorf("%s: %d", header, a.status)
		}
		if got := d.Counters().FailedSignIns; got != i+1 {
			t.Errorf("%s: %d failed sign-ins, want %d", header, got, i+1)
		}
	}
}

func TestSnapshotsAskForTheSignIn(t *testing.T) {
	for _, kind := range []SignIn{SignInToken, SignInDigestMD5, SignInDigestSHA256, SignInDigest, SignInEither} {
		d := oneCamera(t, func(c *Config) { c.SignIn = kind })
		address := "http://" + d.Addr() + "/snapshot/1.jpg?profile=Profile_101"
		var asked []string
		for password, want := range map[string]int{secretOfTests: 200, "wrong": 401} {
			r, _ := http.NewRequestWithContext(within(t), http.MethodGet, address, nil)
			if a := do(t, withDigest("admin", password, &asked), r); a.status != want {
				t.Errorf("way %d, %s: %d, want %d", kind, password, a.status, want)
			}
		}
		if got := d.Counters().SignIns[ServiceSnapshot]; got != (simcam.SignIns{OK: 1, Failed: 1}) {
			t.Errorf("way %d: %+v", kind, got)
		}
		if got := d.cfg.Server.Counters(); got.FailedSignIns != 1 || got.SignIns[ServiceSnapshot].OK != 1 {
			t.Errorf("way %d: the server counts %+v", kind, got.SignIns)
		}
	}
}

// Failures over RTSP lock the account of ONVIF, too.
func TestLockCountsRTSP(t *testing.T) {
	r, err := NewRecorder(RecorderConfig{
		Channels: 1, User: "admin", Password: secretOfTests, SignIn: SignInToken, Edit: func(c *Config) { c.LockAfter = 2 },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	for range 2 {
		describe(t, r.Server.Stream("ch1/main").Info().URL, `Authorization: Digest username="admin", realm="x", nonce="x", uri="x", response="x"`)
	}
	a := signed(t, r.Device, tokenHeader("admin", secretOfTests, nonce(), time.Now()))
	if a.status != 400 || !strings.Contains(a.text, "locked") || !r.Counters().Locked {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// Switched off, a recorder gives no picture; a channel without a signal has
// none afterwards either.
func TestStreamsOfAPowerCut(t *testing.T) {
	r, err := NewRecorder(RecorderConfig{Channels: 2, NoSignal: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	expect := func(when, first, second string) {
		t.Helper()
		for path, want := range map[string]string{"ch1/main": first, "ch2/sub": second} {
			if got := describe(t, r.Server.Stream(path).Info().URL); !strings.Contains(got, want) {
				t.Errorf("%s: %s: %s, want %s", when, path, got, want)
			}
		}
	}
	expect("on", "200", "404")
	r.PowerOff()
	r.PowerOff()
	expect("off", "503", "404")
	if err := r.PowerOn(); err != nil {
		t.Fatal(err)
	}
	expect("on again", "200", "404")
	r.SetSignal(1, true)
	expect("with a signal", "200", "200")
}

// Used nonces are forgotten by a restart, as in real devices.
func TestPowerCutForgetsNonces(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn = SignInToken })
	header := tokenHeader("admin", secretOfTests, nonce(), time.Now())
	for _, want := range []int{200, 400} {
		if a := signed(t, d, header); a.status != want {
			t.Errorf("%d, want %d", a.status, want)
		}
	}
	if err := d.Reboot(within(t), 0); err != nil {
		t.Fatal(err)
	}
	if a := signed(t, d, header); a.status != 200 {
		t.Errorf("after a restart: %d", a.status)
	}
}

func TestPowerOnWithoutItsPort(t *testing.T) {
	d := oneCamera(t, nil)
	d.PowerOff()
	other := oneCamera(t, func(c *Config) { c.Listen = d.Addr() })
	if err := d.PowerOn(); err == nil {
		t.Error("two devices have one port")
	}
	other.Close()
	if err := d.PowerOn(); err != nil {
		t.Error(err)
	}
}

// Streams over TLS are told as such, and only as such.
func TestStreamsOverTLS(t *testing.T) {
	borrowed := httptest.NewTLSServer(nil)
	defer borrowed.Close()
	server, err := simcam.New(simcam.Config{
		Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{simcam.ClipStream("a", "a", "street-360")},
		TLS: &tls.Config{Certificates: borrowed.TLS.Certificates, MinVersion: tls.VersionTLS12},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	d, err := New(Config{Server: server, Listen: "127.0.0.1:0", Channels: []Channel{{Name: "A", Main: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	const token = "<op:ProfileToken>Profile_101</op:ProfileToken>"
	a := must(t, d, nsMedia2, "GetStreamUri", "<op:Protocol>RtspsUnicast</op:Protocol>"+token)
	if got := a.values("Uri"); len(got) != 1 || !strings.HasPrefix(got[0], "rtsps://127.0.0.1:") {
		t.Errorf("stream at %q", got)
	}
	faultWith(t, "in the clear", ask(t, d, nsMedia2, "GetStreamUri", "<op:Protocol>RtspUnicast</op:Protocol>"+token), 400, "InvalidStreamSetup")
}

// The cameras of a recorder move, are set and tell of motion each for itself.
func TestChannelsAreApart(t *testing.T) {
	r, err := NewRecorder(RecorderConfig{Channels: 3, Edit: func(c *Config) { c.Channels[0].PTZ, c.Channels[2].PTZ = true, true }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	if a := must(t, r.Device, nsPTZ, "GetNodes", ""); strings.Count(a.text, "<tptz:PTZNode ") != 2 {
		t.Errorf("nodes %s", a.text)
	}
	must(t, r.Device, nsPTZ, "ContinuousMove", `<op:ProfileToken>Profile_301</op:ProfileToken><op:Velocity><x:PanTilt x="1" y="1"/></op:Velocity>`)
	for channel, want := range []bool{false, false, true} {
		if _, moving := r.Position(channel); moving != want {
			t.Errorf("channel %d: moving %t", channel, moving)
		}
	}
	const settings = "<op:ImagingSettings><x:Contrast>%d</x:Contrast></op:ImagingSettings>"
	source := func(n int) string { return fmt.Sprintf("<op:VideoSourceToken>VideoSource_%d</op:VideoSourceToken>", n) }
	must(t, r.Device, nsImaging, "SetImagingSettings", source(2)+fmt.Sprintf(settings, 7))
	for n, want := range map[int]string{1: "50", 2: "7", 3: "50"} {
		if a := must(t, r.Device, nsImaging, "GetImagingSettings", source(n)); !a.has("Contrast", want) {
			t.Errorf("source %d: %s", n, a.text)
		}
	}
	address := subscribe(t, r.Device, "<op:Filter><n:TopicExpression xmlns:n='urn:n'>"+TopicMotion+"</n:TopicExpression></op:Filter>")
	if i, _ := operations(pull(t, address, "PT5S", 10)); i != 3 {
		t.Errorf("%d states of motion, want 3", i)
	}
	r.RaiseMotion(1, true)
	if a := pull(t, address, "PT5S", 10); !strings.Contains(a.text, `Value="VideoSource_2"`) || strings.Contains(a.text, `Value="VideoSource_1"`) {
		t.Errorf("motion %s", a.text)
	}
}

// Each subscriber has its own messages; one who comes late learns the state.
func TestSubscribersAreApart(t *testing.T) {
	d := oneCamera(t, nil)
	first := subscribe(t, d, "")
	pull(t, first, "PT5S", 10)
	d.RaiseMotion(0, true)
	second := subscribe(t, d, "")
	if i, c := operations(pull(t, second, "PT5S", 10)); i != 2 || c != 0 {
		t.Errorf("the second is told %d states and %d changes", i, c)
	}
	if i, c := operations(pull(t, first, "PT5S", 10)); i != 0 || c != 1 {
		t.Errorf("the first is told %d states and %d changes", i, c)
	}
	d.RaiseInput("1", true)
	d.RaiseInput("7", true)
	for _, address := range []string{first, second} {
		if got := pull(t, address, "PT5S", 10).values("Topic"); !slices.Equal(got, []string{TopicDigitalInput, TopicDigitalInput}) {
			t.Errorf("inputs: %q", got)
		}
	}
	if got := d.Counters().Subscriptions; got != 2 {
		t.Errorf("%d subscriptions", got)
	}
}

func TestScopesAreEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"Gate": "Gate", "Old Town": "Old%20Town", "a/b?c#d%e": "a%2Fb%3Fc%23d%25e", "Tür": "T%C3%BCr", "a-b_c.d~e": "a-b_c.d~e", "": "",
	} {
		if got := scopeEscape(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestScopesFollowTheServices(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.NoMedia2, c.NoPTZ, c.Location = true, true, "Back yard" })
	got := d.Scopes()
	for _, one := range got {
		if strings.HasSuffix(one, "/Profile/T") || strings.HasSuffix(one, "/type/ptz") {
			t.Errorf("it has neither Media2 nor PTZ: %s", one)
		}
	}
	if !slices.Contains(got, "onvif://www.onvif.org/location/Back%20yard") {
		t.Errorf("scopes %q", got)
	}
}
