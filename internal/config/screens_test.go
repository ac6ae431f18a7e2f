package config

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"camwall/internal/fault"
	"camwall/internal/screen"
)

func parsed[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestScreens(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
screens:
  - output: HDMI-A-1
    wall: Lobby
    mode: 1920x1080@59.94
    scale: 1.5
    touch: " ILITEK TP "
    transform: 90
    position: 1920, 0
    on: ["mon-fri 07:00-19:30", "sat,sun 09:00-17:00"]
    dim: {from: "21:00", to: "06:30", level: 30}
    shift: false
  - {output: Some Make  Model 0x1, wall: "*", on: 22:00-06:00, transform: 0}
  - {output: "*"}
walls:
  - {name: lobby, preset: 4}
`)
	want := []screen.Screen{
		{
			Output: "HDMI-A-1", Wall: "lobby", Mode: screen.Mode{Width: 1920, Height: 1080, MilliHertz: 59940}, Scale: 1.5, Transform: "90", Touch: "ILITEK TP",
			Position: &screen.Point{X: 1920},
			Hours:    []screen.Hours{parsed(screen.ParseHours("mon-fri 07:00-19:30")), parsed(screen.ParseHours("sat,sun 09:00-17:00"))},
			Night:    screen.Night{From: 21 * 60, To: 6*60 + 30, Level: 30},
		},
		{Output: "Some Make  Model 0x1", Wall: AllCameras, Scale: 1, Transform: screen.Normal, Hours: []screen.Hours{parsed(screen.ParseHours("22:00-06:00"))}, Shift: true},
		screen.New("*", ""),
	}
	if !reflect.DeepEqual(c.Screens, want) {
		t.Errorf("got %+v\nwant %+v", c.Screens, want)
	}
	if len(c.Warnings) != 0 {
		t.Errorf("warnings %q", c.Warnings)
	}
	if c := mustLoad(t, "screens: [{output: DP-1, wall: hall}]"); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "camwall.yaml:1: screen DP-1: wall hall is not in this file") {
		t.Errorf("warnings %q", c.Warnings)
	}
	if c := mustLoad(t, "socket: run/camwall.sock\nscreens:\n"); len(c.Screens) != 0 || !strings.HasSuffix(c.Settings.Socket, "/run/camwall.sock") || c.Settings.Socket[0] != '/' {
		t.Errorf("got %+v, %q", c.Screens, c.Settings.Socket)
	}
}

func TestKiosk(t *testing.T) {
	t.Parallel()
	if got := mustLoad(t, "").Settings.Kiosk; got != (Kiosk{Key: "Ctrl+Alt+Q", Memory: 1 << 30}) {
		t.Errorf("without a file: %+v", got)
	}
	got := mustLoad(t, "kiosk: {server: 'unix:/run//camwall.sock', key: alt + ctrl+f4, pin: '0012', memory: 512}\nsocket: /run/x.sock").Settings
	if k := got.Kiosk; k.Server != "unix:/run/camwall.sock" || k.Key != "Ctrl+Alt+F4" || k.PIN.Reveal() != "0012" || k.Memory != 512<<20 || got.Socket != "/run/x.sock" {
		t.Errorf("got %+v", got)
	}
	dir := t.TempDir()
	write(t, dir+"/pin", "123456\n", 0o600)
	write(t, dir+"/camwall.yaml", "kiosk: {pin_file: pin}", 0o644)
	c, err := Load(dir + "/camwall.yaml")
	if err != nil || c.Settings.Kiosk.PIN.Reveal() != "123456" || len(c.Warnings) != 0 {
		t.Errorf("from a file: %+v, %v", c, err)
	}
	write(t, dir+"/camwall.yaml", "kiosk: {pin: '2468'}", 0o644)
	if c, err = Load(dir + "/camwall.yaml"); err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "can be read by everybody") {
		t.Errorf("a PIN that everybody can read: %v, %v", c.Warnings, err)
	}
	for _, path := range []string{dir + "/pin", dir + "/nowhere", dir} {
		pin, err := ReadPIN(path)
		if want := path == dir+"/pin"; want != (err == nil) || want != (pin.Reveal() == "123456") || !want && fault.CodeOf(err) != fault.Config {
			t.Errorf("%s: %v, %v", path, pin, err)
		}
	}
	write(t, dir+"/pin", "12 34\n", 0o600)
	if pin, err := ReadPIN(dir + "/pin"); fault.CodeOf(err) != fault.Config || strings.Contains(err.Error(), "12 34") || !pin.IsZero() {
		t.Errorf("no PIN: %v, %v", pin, err)
	}
}

func TestKioskKeys(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Ctrl+Alt+Q": "Ctrl+Alt+Q", "q+ctrl": "", "shift+CONTROL+x": "Ctrl+Shift+X", "meta+Escape": "", "strg+Escape": "Ctrl+Escape", "alt+f12": "Alt+F12", "Alt+F13": "", "Q": "", "": "",
		"+": "", "Ctrl+": "", "Ctrl+Ctrl+Q": "", "Shift+Q": "", "Ctrl+ä": "", "Ctrl+Alt": "", "super+1": "", "Ctrl+Alt+QQ": "",
	} {
		got, err := ParseKioskKey(text)
		if got != want || (err == nil) != (want != "") || err != nil && fault.CodeOf(err) != fault.Config {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestKioskServers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "unix:/run/camwall/camwall.sock": "unix:/run/camwall/camwall.sock", "http://192.0.2.7:8000/": "http://192.0.2.7:8000", "https://wall.example": "https://wall.example",
		"unix:camwall.sock": "-", "unix:": "-", "192.0.2.7:8000": "-", "http://u:hunter2@h": "-", "http://h/path": "-", "rtsp://h": "-", "http://h?x=hunter2": "-", "unix:/" + strings.Repeat("x", 107): "-",
		"http://u:hunter2@h:bad port/": "-",
	} {
		got, err := ParseKioskServer(text)
		if want == "-" {
			if fault.CodeOf(err) != fault.Config || strings.Contains(err.Error(), "u:hunter2") {
				t.Errorf("%q is %q, %v", text, got, err)
			}
		} else if got != want || err != nil {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestScreensSayWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want, hint string }{
		{"screens:\n  - wall: a", ":2: screens: output is missing", `write output:`},
		{"screens: {output: a}", ":1: screens must be a list", ""},
		{"screens:\n  - {output: a, wal: b}", `:2: screens: unknown key "wal"`, `did you mean "wall"?`},
		{"screens:\n  - output: a\n    wall: b c", `:3: screens: wall is "b c"`, "the name of a wall"},
		{"screens:\n  - output: 'a\"b'", `:2: screens: output is "a\"b"`, "a connector such as"},
		{"screens:\n  - {output: a, mode: 1080p}", `:2: screens: mode is "1080p"`, "mode must be WIDTHxHEIGHT"},
		{"screens:\n  - {output: a, scale: 9}", `:2: screens: scale is "9"`, "from 0.5 to 4"},
		{"screens:\n  - {output: a, transform: 45}", `:2: screens: transform is "45"`, "0, 90, 180 or 270"},
		{"screens:\n  - {output: a, touch: 'a\"b'}", `:2: screens: touch is "a\"b"`, "the name of a touch panel"},
		{"screens:\n  - {output: a, position: 3}", `:2: screens: position is "3"`, "X,Y"},
		{"screens:\n  - {output: a, on: ['mon, tue 07:00-08:00']}", `:2: screens: on is "mon, tue 07:00-08:00"`, "on must be days and a span"},
		{"screens:\n  - output: a\n    on:\n      - 07:00-08:00\n      - 25:00-26:00", `:5: screens: on is "25:00-26:00"`, "such as mon-fri"},
		{"screens:\n  - {output: a, on: [" + strings.Repeat("mon, ", 65) + "]}", `:2: screen a: on: there are 65 spans`, "several days"},
		{"screens:\n  - {output: a, dim: {from: '21:00', to: '06:00'}}", `:2: screens: dim lacks from, to or level`, "write dim:"},
		{"screens:\n  - {output: a, dim: {from: '21:00', to: '21:00', level: 30}}", `:2: screens: dim: from and to are the same`, ""},
		{"screens:\n  - {output: a, dim: {from: '24:00', to: '21:00', level: 30}}", `:2: screens: dim: from is "24:00"`, "a time of day"},
		{"screens:\n  - {output: a, dim: {from: '22:00', to: '21:00', level: 4}}", `:2: screens: dim: level is "4"`, "5 to 100"},
		{"screens:\n  - {output: a, shift: 2}", `:2: screens: shift is "2"`, "true or false"},
		{"screens:\n  - {output: HDMI-A-1}\n  - {output: hdmi-a-1}", ":3: screen hdmi-a-1 is there twice", "one entry"},
		{"screens: [" + strings.Repeat("{}, ", 65) + "]", ":1: screens has 65 elements", ""},
		{"kiosk: {pin: 123}", ":1: kiosk: the PIN is not usable", "4 to 12 digits"},
		{"kiosk:\n  pin: hunter2", ":2: kiosk: the PIN is not usable", "4 to 12 digits"},
		{"kiosk:\n  pin: '1234'\n  pin_file: x", ":3: kiosk: pin and pin_file exclude each other", "keep one"},
		{"kiosk:\n  pin_file: x", ":2: kiosk: read pin_file x: no such file", "holds the pin"},
		{"kiosk: {user: x}", `:1: kiosk: unknown key "user"`, "the keys here are"},
		{"kiosk: {memory: 1}", `:1: kiosk: memory is "1"`, "512 to 16384"},
		{"kiosk: {key: Q}", `:1: kiosk: key is "Q"`, "such as Ctrl+Alt+Q"},
		{"kiosk: {server: 'http://u:hunter2@h'}", ":1: kiosk: server has a sign-in in it", "without user"},
		{"kiosk: {server: h}", `:1: kiosk: server is "h"`, "unix:/path"},
		{"kiosk: 3", ":1: kiosk: keys and values", ""},
		{"socket: " + strings.Repeat("x", 200), ":1: socket is", "at most 107 bytes"},
		{"socket: [a]", ":1: socket must be one value", ""},
	} {
		_, err := load(t, c.text)
		if fault.CodeOf(err) != fault.Config {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		f := asConfig(err)
		if said := f.Message + "\n" + f.Hint; !strings.Contains(f.Message, "camwall.yaml"+c.want) || !strings.Contains(said, c.hint) || strings.Contains(said, "hunter") {
			t.Errorf("%s\nsays %s, want %s (%s)", c.text, said, c.want, c.hint)
		}
	}
}

// TestThePINStaysSecret: no error and no warning repeats what stands in its place.
func TestThePINStaysSecret(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"kiosk: {pin: '86421975', oops: 1}", "kiosk: {pin: '86421975', memory: 1}", "kiosk: {pin: 8642197586421975}", "kiosk:\n  pin: 86421975 #comment\n", "kiosk: {pin: [86421975]}"} {
		r := newReader("camwall.yaml")
		if said := told(r, text); strings.Contains(said, "86421975") {
			t.Errorf("%s\ntells %s", text, said)
		}
	}
}

// Screens and kiosks need no password of a camera; a PIN they do.
func TestLoadScreens(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "camwall.yaml")
	const text = "cameras: [{id: gate, url: 'rtsp://192.0.2.1/s', user: u, password_file: of-the-server}]\n" +
		"devices: [{id: nvr, address: 192.0.2.9, user: u, password_file: of-the-server}]\n" +
		"kiosk: {pin: '97531', key: Alt+F9}\nscreens: [{output: DP-1, wall: yard}]\n"
	write(t, path, text, 0o600)
	if _, err := Load(path); fault.CodeOf(err) != fault.Config || strings.Count(err.Error(), "of-the-server") != 2 {
		t.Errorf("a server reads the passwords: %v", err)
	}
	whole := func(c *Config) bool {
		return c.Settings.Kiosk.PIN.Reveal() == "97531" && c.Settings.Kiosk.Key == "Alt+F9" && len(c.Screens) == 1 && c.Screens[0].Wall == "yard"
	}
	if c, err := LoadScreens(path); err != nil || !whole(c) || len(c.Cameras) != 1 {
		t.Errorf("got %+v, %v", c, err)
	}
	write(t, path, text+"listne: x\n", 0o600)
	if c, err := LoadScreens(path); fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), "camwall.yaml:5: unknown key") || !whole(c) {
		t.Errorf("what can be read holds: %+v, %v", c, err)
	}
	write(t, path, "kiosk: {pin_file: nowhere}\n", 0o600)
	if c, err := LoadScreens(path); err == nil || !strings.Contains(err.Error(), "pin_file") || !c.Settings.Kiosk.PIN.IsZero() {
		t.Errorf("a PIN that can't be read: %+v, %v", c, err)
	}
	for _, broken := range []string{path + "x", filepath.Dir(path)} {
		if c, err := LoadScreens(broken); fault.CodeOf(err) != fault.Config || c.Settings.Kiosk != defaultKiosk() {
			t.Errorf("%s: %+v, %v", broken, c, err)
		}
	}
}

func TestMemoryOfAKiosk(t *testing.T) {
	t.Parallel()
	for mib, want := range map[int]int64{512: 512 << 20, 16384: 16 << 30, 511: 0, 16385: 0, -1: 0} {
		if got, err := ParseKioskMemory(mib); got != want || (err == nil) != (want > 0) {
			t.Errorf("%d MiB: %d, %v", mib, got, err)
		}
	}
}
