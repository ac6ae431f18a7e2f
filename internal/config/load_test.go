package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// load writes text into a folder of its own and loads it. In errors and warnings
// the folder is left out.
func load(t *testing.T, text string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "camwall.yaml")
	write(t, path, text, 0o600)
	return Load(path)
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func mustLoad(t *testing.T, text string) *Config {
	t.Helper()
	c, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoad(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
cameras:
  - id: gate
    name: Main gate
    number: 1
    text: "Call 123"
    device: nvr
    streams: {sub: "rtsp://192.0.2.10:554/ch1/sub?x=1", main: /ch1/main, third: "rtsps://192.0.2.10/ch1/third"}
  - id: Dock
    url: rtsp://viewer:a@b?c#d/e%@192.0.2.11:8554/live
    transport: udp
    tls: off
    rotation: 90
    unchanged_after: 0
  - {id: yard, url: 'rtsp://192.0.2.11:8554/other', user: viewer, password: 007, disabled: true, unchanged_after: 2m}
  - {id: roof, url: 'rtsp://192.0.2.10/ch2'}
devices:
  - {id: NVR, address: 192.0.2.10, user: admin, password: 'p@ss:w/rd#1?%', max_connections: 8}
`)
	if len(c.Cameras) != 4 || len(c.Warnings) != 0 {
		t.Fatalf("%d cameras, warnings %q", len(c.Cameras), c.Warnings)
	}
	gate, dock, yard, roof := c.Cameras[0], c.Cameras[1], c.Cameras[2], c.Cameras[3]
	if gate.Name != "Main gate" || gate.Number != 1 || gate.Text != "Call 123" || gate.UnchangedAfter != 30*time.Second || gate.TLS != camera.TLSPin {
		t.Errorf("gate: %+v", gate)
	}
	if d := gate.Device; d.ID != "nvr" || d.Address != "192.0.2.10:554" || d.MaxConnections != 8 || d != roof.Device {
		t.Errorf("device: %+v, roof's: %+v", d, roof.Device)
	}
	if in := gate.SignIn(); in.User != "admin" || in.Password.Reveal() != "p@ss:w/rd#1?%" || in != roof.SignIn() {
		t.Errorf("gate signs in as %q %q", in.User, in.Password.Reveal())
	}
	want := []camera.Stream{
		{Name: "main", URL: "rtsp://192.0.2.10:554/ch1/main"},
		{Name: "sub", URL: "rtsp://192.0.2.10:554/ch1/sub?x=1"},
		{Name: "third", URL: "rtsps://192.0.2.10/ch1/third"},
	}
	if !slices.Equal(gate.Streams, want) {
		t.Errorf("streams: %+v", gate.Streams)
	}
	if in := dock.SignIn(); in.User != "viewer" || in.Password.Reveal() != "a@b?c#d/e%" {
		t.Errorf("dock signs in as %q %q", in.User, in.Password.Reveal())
	}
	if dock.ID != "dock" || dock.Name != "dock" || dock.Transport != camera.TransportUDP || dock.TLS != camera.TLSOff ||
		dock.Rotation != 90 || dock.UnchangedAfter != 0 || dock.Streams[0].URL != "rtsp://192.0.2.11:8554/live" {
		t.Errorf("dock: %+v", dock)
	}
	if dock.Device != yard.Device || dock.Device.ID != "192-0-2-11-8554" {
		t.Errorf("two cameras with one host and port are on the devices %+v and %+v", dock.Device, yard.Device)
	}
	if !yard.Disabled || yard.UnchangedAfter != 2*time.Minute || yard.SignIn().Password.Reveal() != "007" {
		t.Errorf("yard: %+v", yard)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
listen: [127.0.0.1:8000, "[::1]:8000"]
compat_listen: 127.0.0.1:9000
compat_www: old/page
hosts: [wall.example]
origins: [https://wall.example, "http://192.0.2.7:8080"]
open: true
idle_after: 1m30s
limits: {width: 1920, height: 1080, pixels: 8_294_400, viewers: 10, viewers_per_address: 2, renditions: 3, renditions_per_stream: 1, connects_per_second: 5}
gop:
  max_bytes: 1048576
  max_age: 5s
`)
	got := c.Settings
	if rel, err := filepath.Rel(filepath.Dir(c.Path), got.CompatWWW); err != nil || rel != filepath.Join("old", "page") {
		t.Errorf("compat_www is %q", got.CompatWWW)
	}
	if !slices.Equal(got.Listen, []string{"127.0.0.1:8000", "[::1]:8000"}) || !slices.Equal(got.CompatListen, []string{"127.0.0.1:9000"}) ||
		!slices.Equal(got.Hosts, []string{"wall.example"}) || !slices.Equal(got.Origins, []string{"https://wall.example", "http://192.0.2.7:8080"}) {
		t.Errorf("lists: %+v", got)
	}
	if !got.Open || got.IdleAfter != 90*time.Second || got.GOP != (GOP{MaxBytes: 1 << 20, MaxAge: 5 * time.Second}) {
		t.Errorf("settings: %+v", got)
	}
	if want := (Limits{1920, 1080, 8_294_400, 10, 2, 3, 1, 5}); got.Limits != want {
		t.Errorf("limits are %+v, want %+v", got.Limits, want)
	}

	part := mustLoad(t, "limits: {viewers: 10}\n").Settings
	defaults := DefaultSettings()
	defaults.Limits.Viewers = 10
	if part.Limits != defaults.Limits || part.GOP != defaults.GOP || part.IdleAfter != defaults.IdleAfter || part.Open || part.Listen != nil {
		t.Errorf("one setting changed others: %+v", part)
	}
}

func TestAnchorsAndMerges(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
devices:
  - &base {id: a, address: h1, user: u, password: p, max_connections: 4}
  - {<<: *base, id: b, address: h2}
  - {id: c, <<: [{address: h3}, *base]}
cameras:
  - &first {id: one, device: a, url: &path /live, rotation: 90}
  - <<: *first
    id: two
    device: b
  - {id: three, device: c, url: *path}
`)
	if len(c.Cameras) != 3 {
		t.Fatalf("%d cameras", len(c.Cameras))
	}
	for i, want := range []string{"rtsp://h1:554/live", "rtsp://h2:554/live", "rtsp://h3:554/live"} {
		cam := c.Cameras[i]
		if cam.Streams[0].URL != want || cam.SignIn().User != "u" || cam.Device.MaxConnections != 4 {
			t.Errorf("camera %d: %+v at %+v", i, cam, cam.Device)
		}
	}
	if c.Cameras[1].Rotation != 90 || c.Cameras[2].Rotation != 0 {
		t.Error("merged keys are lost, or reach too far")
	}
}

// TestBombs: what grows without end when it is written out is read once. Each
// would take longer than any test may run.
func TestBombs(t *testing.T) {
	t.Parallel()
	var merges strings.Builder
	merges.WriteString("x0: &x0 {id: a, url: rtsp://h/x}\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&merges, "x%d: &x%d {<<: [*x%d, *x%d]}\n", i, i, i-1, i-1)
	}
	r := newReader("camwall.yaml")
	if err := r.read([]byte(merges.String() + "cameras: [*x59]\n")); err == nil || r.count() != 60 { // x0 to x59 are no keys
		t.Errorf("merges of merges: %v", err)
	}
	for _, text := range []string{"cameras: &c [*c]\n", "cameras: &c [{<<: *c}]\n", "cameras: [&c {<<: *c, id: a, url: rtsp://h/}]\n", "limits: &l {<<: [*l, *l]}\n"} {
		_ = newReader("camwall.yaml").read([]byte(text)) // comes back
	}
	many := strings.Repeat("- *c\n", 20_000)
	if err := newReader("camwall.yaml").read([]byte("cameras:\n- &c {id: a, url: rtsp://h/}\n" + many)); err == nil {
		t.Error("a camera may be there many times")
	}
}

func TestEmptyFilesAreFine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "---\n", "cameras:\n", "cameras: []\ndevices: []\n", "\ufeffcameras:\r\n", "limits:\n", "null"} {
		c, err := load(t, text)
		if err != nil || len(c.Cameras) != 0 || c.Settings.Limits != DefaultSettings().Limits || c.Path == "" {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
	if c, err := Load(""); err != nil || len(c.Cameras) != 0 || c.Path != "" {
		t.Errorf("no file: %v, %v", c, err)
	}
}

func TestFilesThatCantBeRead(t *testing.T) {
	t.Parallel()
	_, err := load(t, "#"+strings.Repeat("x", maxFileBytes)+"\n")
	if fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("a huge file: %v", err)
	}
	if _, err := Load(t.TempDir()); fault.CodeOf(err) != fault.Config {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "nowhere")); fault.CodeOf(err) != fault.Config {
		t.Errorf("no file: %v", err)
	}
}

func TestPasswordFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "secrets", "gate"), " p@ss #1 \r\n", 0o600)
	write(t, filepath.Join(dir, "loose"), "x", 0o644)
	path := filepath.Join(dir, "camwall.yaml")
	write(t, path, `
devices:
  - {id: gate, address: h1, user: u, password_file: secrets/gate}
cameras:
  - {id: gate, device: gate, url: /s}
  - {id: dock, url: rtsp://h2/s, user: v, password_file: `+filepath.Join(dir, "loose")+`}
`, 0o644)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Cameras[0].SignIn().Password.Reveal(); got != " p@ss #1 " {
		t.Errorf("password %q", got)
	}
	if got := c.Cameras[1].SignIn(); got.User != "v" || got.Password.Reveal() != "x" {
		t.Errorf("dock signs in as %q %q", got.User, got.Password.Reveal())
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "camwall.yaml:6: ") || !strings.Contains(c.Warnings[0], "loose can be read by everybody") {
		t.Errorf("warnings: %q", c.Warnings)
	}
}

func TestBadPasswordFiles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "it is empty",
		"\n":                             "it is empty",
		"hunter2\nhunter3\n":             "more than one line",
		strings.Repeat("hunter2", 1<<10): "too large",
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "secret"), text, 0o600)
		write(t, filepath.Join(dir, "camwall.yaml"), "devices: [{id: d, address: h, password_file: secret}]", 0o600)
		_, err := Load(filepath.Join(dir, "camwall.yaml"))
		if fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("a file with %d bytes: %v, want %q", len(text), err, want)
		}
	}
	if _, err := load(t, "devices: [{id: d, address: h, password_file: /dev/zero}]"); err == nil || !strings.Contains(err.Error(), "it is no file") {
		t.Errorf("a device as a password file: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	const secretive = "devices: [{id: d, address: h, user: u, password: p}]\n"
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"readable by everybody": {secretive, 0o644, "has passwords and can be read by everybody"},
		"for its owner alone":   {secretive, 0o640, ""},
		"in an address":         {"cameras: [{id: a, url: 'rtsp://u:p@h/x'}]\n", 0o604, "has passwords and can be read by everybody"},
		"no password":           {"cameras: [{id: a, url: 'rtsp://h/x'}]\n", 0o644, ""},
		"# in a password":       {"devices:\n- id: d\n  address: h\n  password: abc #def\n", 0o600, "camwall.yaml:4: what stands behind # is no part of the password"},
		"# in quotes":           {"devices:\n- id: d\n  address: h\n  password: 'abc #def' # mine\n", 0o600, ""},
	} {
		path := filepath.Join(t.TempDir(), "camwall.yaml")
		write(t, path, c.text, c.mode)
		got, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if all := strings.Join(got.Warnings, "\n"); (c.want == "") != (all == "") || !strings.Contains(all, c.want) || strings.Contains(all, "def") {
			t.Errorf("%s: warnings %q, want %q", name, got.Warnings, c.want)
		}
	}
}

// TestTheExampleIsTrue: what docs/ shows can be loaded, every key of it, and the
// values that it calls defaults are.
func TestTheExampleIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "camwall.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "nvr.password"), "p\n", 0o600)
	write(t, filepath.Join(dir, "camwall.yaml"), string(text), 0o600)
	c, err := Load(filepath.Join(dir, "camwall.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Cameras) < 3 || len(c.Warnings) != 0 {
		t.Errorf("%d cameras, warnings %q", len(c.Cameras), c.Warnings)
	}
	defaults := DefaultSettings()
	if c.Settings.Limits != defaults.Limits || c.Settings.GOP != defaults.GOP || c.Settings.IdleAfter != defaults.IdleAfter {
		t.Errorf("its settings are not the defaults: %+v", c.Settings)
	}
	manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range allKeys() {
		if !strings.Contains(string(text), key+":") {
			t.Errorf("the example lacks the key %s", key)
		}
		if !strings.Contains(string(manual), "`"+key+"`") {
			t.Errorf("docs/configuration.md lacks the key %s", key)
		}
	}
}

func TestCamerasKnownByTheirProfiles(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
devices:
  - {id: enc, name: Encoder, onvif: 'HTTPS://Enc.Example/onvif/device_service', user: admin, password: x, tls: verify}
  - {id: both, address: '192.0.2.5:8554', onvif: 192.0.2.5:85}
  - {id: spare, address: 192.0.2.200}
cameras:
  - {id: a, device: enc, profile: MainStream, sub_profile: SubStream}
  - {id: b, device: both}
  - {id: c, address: 'http://viewer:p@ss@192.0.2.7:8899', profile: Profile_1}
  - {id: d, address: 192.0.2.7:8899}
discovery: {interfaces: eth0, ranges: [192.0.2.77/24, 198.51.100.3]}
`)
	a, b, cam, d := c.Cameras[0], c.Cameras[1], c.Cameras[2], c.Cameras[3]
	if got := a.Streams; len(got) != 2 || got[0] != (camera.Stream{Name: "main", ProfileName: "MainStream"}) || got[1].ProfileName != "SubStream" {
		t.Errorf("streams of a: %+v", got)
	}
	if got := a.Device; got.ONVIF != "https://enc.example/onvif/device_service" || got.Address != "enc.example:554" || got.Name != "Encoder" || got.TLS != camera.TLSVerify || !got.Provisioned {
		t.Errorf("device of a: %+v", got)
	}
	if b.Device.Address != "192.0.2.5:8554" || b.Device.ONVIF != "http://192.0.2.5:85" || len(b.Streams) != 1 || b.Streams[0].ProfileName != "" || !b.Provisioned {
		t.Errorf("b: %+v on %+v", b, b.Device)
	}
	if in := cam.SignIn(); cam.Device.ONVIF != "http://192.0.2.7:8899" || in.User != "viewer" || in.Password.Reveal() != "p@ss" || d.Device != cam.Device {
		t.Errorf("c: %+v on %+v", cam, cam.Device)
	}
	var ids []string
	for _, device := range c.Devices() {
		ids = append(ids, device.ID)
	}
	if got := strings.Join(ids, " "); got != "192-0-2-7-554 both enc spare" {
		t.Errorf("devices: %s", got)
	}
	if got := fmt.Sprint(c.Settings.Interfaces, c.Settings.Ranges); got != "[eth0] [192.0.2.0/24 198.51.100.3/32]" {
		t.Errorf("discovery: %s", got)
	}
}

func TestProfilesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"cameras: [{id: a, profile: x}]":                                                          "no device to ask",
		"cameras: [{id: a, profile: x, url: 'rtsp://192.0.2.1/'}]":                                "exclude address and profile",
		"cameras: [{id: a, address: 192.0.2.1, streams: {main: 'rtsp://192.0.2.1/'}}]":            "exclude address and profile",
		"cameras: [{id: a, address: 'no address'}]":                                               "is no address of an ONVIF device",
		"devices: [{id: d, onvif: 192.0.2.1}]\ncameras: [{id: a, device: d, address: 192.0.2.1}]": "address and device exclude",
		"devices: [{id: d, onvif: 'http://u:geheim@192.0.2.1'}]":                                  "onvif is no address",
		"devices: [{id: d}]": "address is missing",
		"devices: [{id: d, address: 192.0.2.1}]\ncameras: [{id: a, device: d, profile: x}]": "no device to ask",
		"discovery: {ranges: [192.0.0.0/16]}":                                               "ranges is \"192.0.0.0/16\"",
		"discovery: {ranges: [everywhere]}":                                                 "ranges is \"everywhere\"",
		"discovery: {interfaces: [this is no name]}":                                        "interfaces is \"this is no name\"",
	} {
		_, err := load(t, text)
		if fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s\ngives %v, want %s", text, err, want)
		}
	}
}
