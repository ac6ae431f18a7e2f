package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// load writes text into a folder of its own and loads it.
func load(t *testing.T, text string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "camwall.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func TestLoad(t *testing.T) {
	c, err := load(t, `
devices:
  - {id: NVR, address: 192.0.2.10, user: admin, password: 'p@ss:w/rd#1?%', max_connections: 8}
cameras:
  - id: gate
    name: Main gate
    number: 1
    text: "Call 123"
    device: nvr
    streams: {main: /ch1/main, sub: "rtsp://192.0.2.10:554/ch1/sub?x=1"}
  - id: Dock
    url: rtsp://viewer:a@b?c#d/e%@192.0.2.11:8554/live
    transport: udp
    tls: off
    rotation: 90
    unchanged_after: 0
  - {id: yard, url: 'rtsp://192.0.2.11:8554/other', user: viewer, password: 007, disabled: true, unchanged_after: 2m}
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Cameras) != 3 {
		t.Fatalf("%d cameras", len(c.Cameras))
	}
	gate, dock, yard := c.Cameras[0], c.Cameras[1], c.Cameras[2]
	if gate.Name != "Main gate" || gate.Number != 1 || gate.Text != "Call 123" || gate.UnchangedAfter != 30*time.Second {
		t.Errorf("gate: %+v", gate)
	}
	if d := gate.Device; d.ID != "nvr" || d.Address != "192.0.2.10:554" || d.MaxConnections != 8 {
		t.Errorf("device: %+v", d)
	}
	if in := gate.SignIn(); in.User != "admin" || in.Password.Reveal() != "p@ss:w/rd#1?%" {
		t.Errorf("gate signs in as %q %q", in.User, in.Password.Reveal())
	}
	if s := gate.Streams; len(s) != 2 || s[0].Name != "main" || s[0].URL != "rtsp://192.0.2.10:554/ch1/main" ||
		s[1].Name != "sub" || s[1].URL != "rtsp://192.0.2.10:554/ch1/sub?x=1" {
		t.Errorf("streams: %+v", s)
	}
	if in := dock.SignIn(); in.User != "viewer" || in.Password.Reveal() != "a@b?c#d/e%" {
		t.Errorf("dock signs in as %q %q", in.User, in.Password.Reveal())
	}
	if dock.ID != "dock" || dock.Name != "dock" || dock.Transport != camera.TransportUDP || dock.TLS != camera.TLSOff ||
		dock.Rotation != 90 || dock.UnchangedAfter != 0 || dock.Streams[0].URL != "rtsp://192.0.2.11:8554/live" {
		t.Errorf("dock: %+v", dock)
	}
	if dock.Device != yard.Device {
		t.Error("two cameras with one host and port are on two devices")
	}
	if !yard.Disabled || yard.UnchangedAfter != 2*time.Minute || yard.SignIn().Password.Reveal() != "007" {
		t.Errorf("yard: %+v", yard)
	}
}

func TestLoadSaysWhatIsWrongAndWhere(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":       {"cameras:\n  - id: a\n    urll: rtsp://h/s\n", `camwall.yaml:3: camera: unknown key "urll"`},
		"unknown top key":   {"camera: []\n", `camwall.yaml:1: camwall.yaml: unknown key "camera"`},
		"twice a key":       {"cameras:\n  - id: a\n    id: b\n    url: rtsp://h/s\n", `:3: camera: key "id" stands twice`},
		"no id":             {"cameras:\n  - url: rtsp://h/s\n", `:2: camera: camera id "" is not usable`},
		"bad id":            {"cameras: [{id: 'a b', url: rtsp://h/s}]", `:1: camera: camera id "a b" is not usable`},
		"twice an id":       {"cameras:\n - {id: a, url: rtsp://h/s}\n - {id: A, url: rtsp://h/t}\n", `:3: camera a is configured twice`},
		"twice a number":    {"cameras:\n - {id: a, number: 4, url: rtsp://h/s}\n - {id: b, number: 4, url: rtsp://h/t}\n", `:3: cameras a and b both have number 4`},
		"no url":            {"cameras:\n  - id: a\n", `:2: camera a: url or streams is missing`},
		"url and streams":   {"cameras:\n  - {id: a, url: rtsp://h/s, streams: {main: rtsp://h/s}}\n", `:2: camera a: url and streams exclude each other`},
		"http url":          {"cameras:\n  - {id: a, url: http://h/s}\n", `:2: camera a, stream main: "http://h/s" is no rtsp or rtsps address`},
		"no streams":        {"cameras:\n  - {id: a, streams: []}\n", `:2: camera a: streams must be names and addresses`},
		"stream auto":       {"cameras:\n  - {id: a, streams: {auto: rtsp://h/s}}\n", `"auto" can't name a stream`},
		"unknown device":    {"cameras:\n  - {id: a, device: x, url: /s}\n", `:2: camera a: there is no device "x"`},
		"path, no device":   {"cameras:\n  - {id: a, url: /s}\n", `:2: camera a: a path alone needs a device`},
		"other host":        {"devices: [{id: d, address: h1}]\ncameras:\n  - {id: a, device: d, url: rtsp://h2/s}\n", `:3: camera a, stream main: the address is at h2:554, but the camera's device is at h1:554`},
		"twice an address":  {"devices:\n - {id: d, address: h}\n - {id: e, address: 'H:554'}\n", `:3: devices d and e have the same address h:554`},
		"twice a device":    {"devices:\n - {id: d, address: h}\n - {id: D, address: i}\n", `:3: device d is there twice`},
		"no address":        {"devices:\n - {id: d}\n", `:2: device d: address must be host or host:port`},
		"address with path": {"devices:\n - {id: d, address: h/x}\n", `:2: device d: address must be host or host:port`},
		"rotation":          {"cameras:\n  - {id: a, url: rtsp://h/s, rotation: 45}\n", `:2: rotation: "45" is not 0, 90, 180 or 270`},
		"unchanged_after":   {"cameras:\n  - {id: a, url: rtsp://h/s, unchanged_after: -3s}\n", `:2: unchanged_after: "-3s" is not a time`},
		"transport":         {"cameras:\n  - {id: a, url: rtsp://h/s, transport: icmp}\n", `:2: transport: transport is "icmp", must be one of auto, tcp, udp`},
		"tls":               {"cameras:\n  - {id: a, url: rtsp://h/s, tls: maybe}\n", `must be one of pin, verify, off`},
		"number":            {"cameras:\n  - {id: a, url: rtsp://h/s, number: -1}\n", `:2: number: "-1" is not a whole number`},
		"disabled":          {"cameras:\n  - {id: a, url: rtsp://h/s, disabled: perhaps}\n", `:2: disabled: "perhaps" is not true or false`},
		"two sign-ins":      {"cameras:\n  - {id: a, user: u, password: secret1, url: 'rtsp://v:secret2@h/s'}\n", `camera a has two different sign-ins`},
		"two passwords":     {"devices:\n  - {id: a, address: h, password: secret1, password_file: x}\n", `password and password_file exclude each other`},
		"no password file":  {"devices:\n  - {id: a, address: h, password_file: nowhere}\n", `:2: password_file nowhere: no such file or directory`},
		"not a list":        {"cameras: {id: a}\n", `:1: cameras must be a list`},
		"not a mapping":     {"cameras: [7]\n", `:1: camera must be keys and values`},
		"a text is a list":  {"cameras: [{id: [a], url: rtsp://h/s}]\n", `a text is wanted here`},
		"no YAML":           {"cameras:\n  - id: a\n\turl: secret1\n", `camwall.yaml:2: this is no proper YAML`},
		"not closed":        {"cameras: [{id: a, password: 'secret1\n", `this is no proper YAML`},
		"a scalar":          {"secret1", `camwall.yaml must be keys and values`},
		"all that is wrong": {"cameras:\n  - {id: a, rotation: 7, number: x, url: rtsp://h/s}\n  - {id: b}\n", "camwall.yaml:2: rotation: \"7\" is not 0, 90, 180 or 270\ncamwall.yaml:2: number: \"x\" is not a whole number from 1 to 99999\ncamwall.yaml:3: camera b: url or streams is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, c.text)
			if fault.CodeOf(err) != fault.Config {
				t.Fatalf("got %v, want a fault of the configuration", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
}

func TestEmptyFilesAreFine(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "cameras:\n", "cameras: []\ndevices: []\n"} {
		if c, err := load(t, text); err != nil || len(c.Cameras) != 0 {
			t.Errorf("%q: %v, %v", text, c, err)
		}
	}
	if c, err := Load(""); err != nil || len(c.Cameras) != 0 {
		t.Errorf("no file: %v, %v", c, err)
	}
}

func TestAHugeFileIsRefused(t *testing.T) {
	_, err := load(t, "#"+strings.Repeat("x", maxFileBytes)+"\n")
	if err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestPasswordFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("gate.password", " p@ss #1 \n", 0o600)
	write("loose.password", "x", 0o644)
	write("camwall.yaml", `
devices:
  - {id: gate, address: h1, user: u, password_file: gate.password}
  - {id: dock, address: h2, user: u, password_file: `+filepath.Join(dir, "loose.password")+`}
cameras:
  - {id: gate, device: gate, url: /s}
  - {id: dock, device: dock, url: /s}
`, 0o600)
	c, err := Load(filepath.Join(dir, "camwall.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Cameras[0].SignIn().Password.Reveal(); got != " p@ss #1 " {
		t.Errorf("password %q", got)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "loose.password can be read by everybody") {
		t.Errorf("warnings: %q", c.Warnings)
	}
}

func TestParseCameraFlag(t *testing.T) {
	cam, err := ParseCameraFlag("Gate=rtsp://viewer:p@ss:w/rd#1?%@192.0.2.10:8554/a/b?c=d")
	if err != nil {
		t.Fatal(err)
	}
	in := cam.SignIn()
	if cam.ID != "gate" || cam.Streams[0].URL != "rtsp://192.0.2.10:8554/a/b?c=d" || cam.Device.Address != "192.0.2.10:8554" ||
		in.User != "viewer" || in.Password.Reveal() != "p@ss:w/rd#1?%" || cam.UnchangedAfter != DefaultUnchangedAfter {
		t.Errorf("got %+v, signs in as %q %q", cam, in.User, in.Password.Reveal())
	}
	for _, s := range []string{"", "gate", "rtsp://h/s?x=1", "=rtsp://h/s", "gate=", "gate=h/s", "gate=http://u:secret@h/s", "a b=rtsp://h/s"} {
		if _, err := ParseCameraFlag(s); fault.CodeOf(err) != fault.BadRequest || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestAddSharesDevices(t *testing.T) {
	c, err := load(t, "devices: [{id: nvr, address: h, user: u, password: p}]\ncameras: [{id: a, device: nvr, url: /1}]\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"b=rtsp://H:554/2", "c=rtsp://v:w@h/3", "d=rtsp://h:555/4"} {
		cam, err := ParseCameraFlag(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Add(cam); err != nil {
			t.Fatal(err)
		}
	}
	a, b, other := c.Cameras[0], c.Cameras[1], c.Cameras[3]
	if a.Device != b.Device || b.SignIn().User != "u" || c.Cameras[2].SignIn().User != "v" || other.Device == a.Device {
		t.Error("cameras of one host and port must share its device, and its sign-in unless they have one")
	}
	cam, _ := ParseCameraFlag("A=rtsp://x/y")
	if err := c.Add(cam); fault.CodeOf(err) != fault.Config {
		t.Errorf("a second camera a: %v", err)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	env := func(vars ...string) func(string) string {
		return func(name string) string {
			for i := 0; i+1 < len(vars); i += 2 {
				if vars[i] == name {
					return vars[i+1]
				}
			}
			return ""
		}
	}
	make := func(elem ...string) string {
		t.Helper()
		path := filepath.Join(append([]string{dir}, elem...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inHome := make("home", ".config", "camwall", "camwall.yaml")
	inXDG := make("xdg", "camwall", "camwall.yaml")
	named := make("named.yaml")
	home, xdg := filepath.Join(dir, "home"), filepath.Join(dir, "xdg")
	for name, c := range map[string]struct {
		named, want string
		env         func(string) string
	}{
		"named":        {named, named, env("XDG_CONFIG_HOME", xdg, "HOME", home)},
		"xdg":          {"", inXDG, env("XDG_CONFIG_HOME", xdg, "HOME", home)},
		"home":         {"", inHome, env("HOME", home)},
		"relative xdg": {"", inHome, env("XDG_CONFIG_HOME", "xdg", "HOME", home)},
		"nothing":      {"", "", env("HOME", filepath.Join(dir, "nobody"))},
	} {
		if got, err := Find(c.named, c.env); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := Find(filepath.Join(dir, "nowhere.yaml"), env()); fault.CodeOf(err) != fault.Config {
		t.Errorf("a named file that is not there: %v", err)
	}
	for want, env := range map[string]func(string) string{
		"/data/camwall":                env("XDG_DATA_HOME", "/data", "HOME", "/home/x"),
		"/home/x/.local/share/camwall": env("HOME", "/home/x"),
	} {
		if got, err := DataDir("", env); err != nil || got != want {
			t.Errorf("data in %q, %v; want %q", got, err, want)
		}
	}
	if _, err := DataDir("", env()); fault.CodeOf(err) != fault.Config {
		t.Errorf("no home: %v", err)
	}
}

func TestTheExampleIsTrue(t *testing.T) {
	c, err := Load(filepath.Join("..", "..", "docs", "camwall.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Cameras) < 3 {
		t.Errorf("%d cameras", len(c.Cameras))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("cameras:\n  - {id: a, url: rtsp://u:p@h/s, number: 3}\n")
	f.Add("devices: [{id: d, address: h, user: u, password: p}]\ncameras: [{id: a, device: d, streams: {main: /1, sub: /2}}]\n")
	f.Add("a: &a {<<: *a}\n")
	f.Add("cameras: &c [*c]\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse([]byte(text), "camwall.yaml")
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v", c, err)
		}
		if err != nil {
			if fault.CodeOf(err) != fault.Config {
				t.Fatalf("not a fault of the configuration: %v", err)
			}
			return
		}
		for i := range c.Cameras {
			if cam := &c.Cameras[i]; cam.Device == nil || len(cam.Streams) == 0 || cam.ID == "" {
				t.Fatalf("half a camera: %+v", cam)
			}
		}
	})
}
