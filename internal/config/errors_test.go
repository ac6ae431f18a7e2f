package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"camwall/internal/fault"
)

// allKeys returns every key of the file: those that the hint for a hopeless one
// lists.
func allKeys() []string {
	var keys []string
	for _, text := range []string{
		"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1", "limits: {qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}", "gop: {qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}",
		"discovery: {qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}", "kiosk: {qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}",
		"screens: [{qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}]", "screens: [{output: a, dim: {qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}}]",
		"devices: [{qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}]", "cameras: [{qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}]",
		"walls: [{qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}]", "walls: [{name: a, columns: 1, rows: 1, pages: [{qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}]}]",
		"walls: [{name: a, columns: 1, rows: 1, tiles: [{qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}]}]",
		"walls: [{name: a, columns: 1, rows: 1, tiles: [{crop: {qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}}]}]",
		"walls: [{name: a, columns: 1, rows: 1, tiles: [{overlay: {qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1}}]}]",
	} {
		r := newReader("camwall.yaml")
		_ = r.read([]byte(text))
		_, list, _ := strings.Cut(r.problems[0].Hint, "the keys here are ")
		keys = append(keys, strings.Split(list, ", ")...)
	}
	return keys
}

func TestAllKeys(t *testing.T) {
	t.Parallel()
	if keys := allKeys(); len(keys) != 16+8+2+2+5+10+3+9+18+9+3+11+4+4 {
		t.Errorf("%d keys: %q", len(keys), keys)
	}
}

func TestLoadSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	const unchanged = "a time with its unit, such as 30s or 5m, from 0 to 24h"
	for _, c := range []struct{ name, text, want, hint string }{
		{"unknown key", "cameras:\n  - id: a\n    urll: rtsp://h/s\n    url: rtsp://h/s", `:3: cameras: unknown key "urll"`, `did you mean "url"?`},
		{"unknown top key", "camera: []", `:1: unknown key "camera"`, `did you mean "cameras"?`},
		{"key of a section", "\nlimits: {viewer: 3}", `:2: limits: unknown key "viewer"`, `did you mean "viewers"?`},
		{"nothing like a key", "gop: {colour: red}", `:1: gop: unknown key "colour"`, "the keys here are max_age, max_bytes"},
		{"key twice", "cameras:\n  - id: a\n    id: b\n    url: rtsp://h/s", `:3: cameras: key "id" is there twice`, "keep one"},
		{"key that is a list", "cameras: [{[a]: b, id: c, url: rtsp://h/}]", ":1: cameras: a key is one word", ""},
		{"no id", "cameras:\n  - url: rtsp://h/s", `:2: cameras: id "" is not usable`, "an id has 1 to 63 letters"},
		{"bad id", "cameras: [{id: 'a b', url: rtsp://h/s}]", `:1: cameras: id "a b" is not usable`, "an id has 1 to 63 letters"},
		{"id twice", "cameras:\n - {id: a, url: rtsp://h/s}\n - {id: A, url: rtsp://h/t}", `:3: camera a is there twice`, "an id of its own"},
		{"number twice", "cameras:\n - {id: a, number: 4, url: rtsp://h/s}\n - {id: b, number: 4, url: rtsp://h/t}", `:3: cameras a and b both have number 4`, "a number of its own"},
		{"no url", "cameras:\n  - id: a", `:2: camera a: url or streams is missing`, "write url: rtsp://"},
		{"empty url", "cameras:\n  - id: a\n    url:", `:2: camera a: url or streams is missing`, "write url: rtsp://"},
		{"url and streams", "cameras:\n  - {id: a, url: rtsp://h/s, streams: {main: rtsp://h/s}}", `:2: camera a: url and streams exclude each other`, "write url: rtsp://"},
		{"http url", "cameras:\n  - id: a\n    url: http://h/s", `:3: camera a: "http://h/s" is no rtsp or rtsps address`, "an address looks like"},
		{"no streams", "cameras:\n  - {id: a, streams: {}}", `:2: camera a: streams is empty`, "write url: rtsp://"},
		{"list of streams", "cameras:\n  - {id: a, streams: [rtsp://h/s]}", `:2: streams: keys and values are wanted here`, ""},
		{"stream auto", "cameras:\n  - {id: a, streams: {auto: rtsp://h/s}}", `:2: camera a: "auto" can't name a stream`, "auto is taken"},
		{"stream in capitals", "cameras:\n  - {id: a, streams: {Main: rtsp://h/s}}", `:2: camera a: "Main" can't name a stream`, "small letters"},
		{"stream twice", "cameras:\n  - {id: a, streams: {main: rtsp://h/s, main: rtsp://h/t}}", `:2: streams: key "main" is there twice`, "keep one"},
		{"unknown device", "cameras:\n  - {id: a, device: x, url: /s}", `:2: camera a: there is no device "x"`, "devices"},
		{"path without device", "cameras:\n  - {id: a, url: /s}", `:2: camera a: main is a path alone, and no device is named`, "name its device"},
		{"other host", "devices: [{id: d, address: h1}]\ncameras:\n  - {id: a, device: d, url: rtsp://h2/s}", `:3: camera a: main is at h2, but the camera is at h1`, "one host"},
		{"two hosts", "cameras:\n - {id: a, streams: {main: rtsp://h1/s, sub: rtsp://h2/s}}", `:2: camera a: sub is at h2, but the camera is at h1`, "one host"},
		{"address twice", "devices:\n - {id: d, address: h}\n - {id: e, address: 'H:554'}", `:3: devices d and e have the same address h:554`, "one entry"},
		{"device twice", "devices:\n - {id: d, address: h}\n - {id: D, address: i}", `:3: device d is there twice`, "an id of its own"},
		{"device without id", "devices:\n - address: h", `:2: devices: id "" is not usable`, "use letters"},
		{"no address", "devices:\n - {id: d}", `:2: device d: address is missing or not usable`, "192.0.2.10:554"},
		{"address with path", "devices:\n - {id: d, address: h/x}", `:2: device d: address is missing or not usable`, "192.0.2.10:554"},
		{"address with scheme", "devices:\n - {id: d, address: 'rtsp://h'}", `:2: device d: address is missing or not usable`, "host:port"},
		{"max_connections", "devices:\n - {id: d, address: h, max_connections: -1}", `:2: devices: max_connections is "-1"`, "a whole number from 0 to 1000"},
		{"rotation", "cameras:\n  - id: a\n    url: rtsp://h/s\n    rotation: 45", `:4: cameras: rotation is "45"`, "rotation must be 0, 90, 180 or 270"},
		{"negative time", "cameras:\n  - {id: a, url: rtsp://h/s, unchanged_after: -3s}", `:2: cameras: unchanged_after is "-3s"`, unchanged},
		{"time without unit", "cameras:\n  - {id: a, url: rtsp://h/s, unchanged_after: 30}", `:2: cameras: unchanged_after is "30"`, unchanged},
		{"transport", "cameras:\n  - {id: a, url: rtsp://h/s, transport: icmp}", `:2: cameras: transport is "icmp"`, "transport must be one of auto, tcp, udp"},
		{"tls", "cameras:\n  - {id: a, url: rtsp://h/s, tls: maybe}", `:2: cameras: tls is "maybe"`, "tls must be one of pin, verify, off"},
		{"number", "cameras:\n  - {id: a, url: rtsp://h/s, number: 0}", `:2: cameras: number is "0"`, "a whole number from 1 to 9999"},
		{"disabled", "cameras:\n  - {id: a, url: rtsp://h/s, disabled: perhaps}", `:2: cameras: disabled is "perhaps"`, "true or false"},
		{"name of two lines", "cameras:\n  - {id: a, url: rtsp://h/s, name: \"a\\nb\"}", `:2: cameras: name must be a text of one line`, ""},
		{"text that is a list", "cameras: [{id: [a], url: rtsp://h/s}]", `:1: cameras: id must be a text of one line`, ""},
		{"number that is a list", "cameras: [{id: a, number: [1], url: rtsp://h/s}]", `:1: cameras: number must be one value`, ""},
		{"two sign-ins", "cameras:\n  - {id: a, user: u, password: hunter1, url: 'rtsp://v:hunter2@h/s'}", `:2: camera a has two different sign-ins`, "once"},
		{"two in streams", "cameras:\n  - {id: a, streams: {main: 'rtsp://v:hunter1@h/s', sub: 'rtsp://v:hunter2@h/s'}}", `:2: camera a has two different sign-ins`, "once"},
		{"two passwords", "devices:\n  - {id: a, address: h, password: hunter2, password_file: x}", `:2: devices: password and password_file exclude each other`, "keep one"},
		{"no password file", "devices:\n  - {id: a, address: h, password_file: nowhere}", `:2: devices: read password_file nowhere: no such file or directory`, "name a file"},
		{"password that is a list", "devices:\n  - {id: a, address: h, password: [hunter2]}", `:2: devices: password must be a text of one line`, ""},
		{"cameras as a mapping", "cameras: {id: a}", `:1: cameras must be a list`, "begins with -"},
		{"camera as a number", "cameras: [7]", `:1: cameras: keys and values are wanted here`, ""},
		{"file as a text", "hunter2", `:1: keys and values are wanted here`, ""},
		{"merge of a text", "cameras: [{<<: hunter2, id: a, url: rtsp://h/}]", `:1: cameras: keys and values are wanted here`, ""},
		{"listen", "listen: 8000", `:1: listen is "8000"`, "listen must be host:port"},
		{"listen, port", "listen: [127.0.0.1:1, 127.0.0.1:70000]", `:1: listen is "127.0.0.1:70000"`, "listen must be host:port"},
		{"hosts", "hosts: [http://wall.example]", `:1: hosts is "http://wall.example"`, "hosts must be a name"},
		{"origins", "origins: [wall.example]", `:1: origins is "wall.example"`, "origins must be scheme://host"},
		{"open", "open: maybe", `:1: open is "maybe"`, "true or false"},
		{"idle_after", "idle_after: 0", `:1: idle_after is "0"`, "from 1s to 24h"},
		{"limits", "limits: {viewers: many}", `:1: limits: viewers is "many"`, "a whole number from 1 to 100000"},
		{"gop", "gop: 3", `:1: gop: keys and values are wanted here`, ""},
		{"gop, bytes", "gop: {max_bytes: 16 MiB}", `:1: gop: max_bytes is "16 MiB"`, "a whole number from 65536 to 1073741824"},
		{"two documents", "cameras: []\n---\ncameras: []", `there is a second document`, "---"},
		{"tab", "cameras:\n  - id: a\n\turl: hunter2", `:3: this is no proper YAML`, "not tabs"},
		{"open quote", "cameras: [{id: a, password: 'hunter2", `this is no proper YAML`, "not closed"},
		{"unquoted *", "devices:\n - id: d\n   password: *hunter2", `:3: this is no proper YAML`, "begins with *"},
		{"unquoted !", "devices:\n - id: d\n   password: !hunter2!x y", `this is no proper YAML`, "begins with !"},
		{"wrong indentation", "cameras:\n  - id: a\n   url: rtsp://h/", `:1: this is no proper YAML`, "indentation from this line on"},
		{"no text", "cameras: []\n# \x01", `:2: this is no proper YAML`, "UTF-8"},
		{"unquoted @", "devices:\n - id: d\n   password: @hunter2", `:3: this is no proper YAML`, "begins with @"},
		{"unquoted :", "devices:\n - id: d\n   password: hunter2: x", `:3: this is no proper YAML`, "colon"},
	} {
		path := filepath.Join(t.TempDir(), "camwall.yaml")
		write(t, path, c.text+"\n", 0o600)
		_, err := Load(path)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.Config {
			t.Errorf("%s: got %v, want a fault of the configuration", c.name, err)
			continue
		}
		if f.Message != path+c.want && !(c.want[0] != ':' && strings.HasPrefix(f.Message, path) && strings.HasSuffix(f.Message, c.want)) {
			t.Errorf("%s: got  %s\nwant %s", c.name, f.Message, path+c.want)
		}
		if !strings.Contains(f.Hint, c.hint) || f.Hint == "" {
			t.Errorf("%s: the hint is %q, want %q", c.name, f.Hint, c.hint)
		}
		if all := fmt.Sprintf("%v %q %v", f.Message, f.Hint, f.Err); strings.Contains(all, "hunter") && c.name != "file as a text" {
			t.Errorf("%s: the error tells a password: %s", c.name, all)
		}
	}
}

// TestAllProblemsAreTold: each on its line, in one error.
func TestAllProblemsAreTold(t *testing.T) {
	t.Parallel()
	_, err := load(t, "cameras:\n  - {id: a, rotation: 7, number: x, url: rtsp://h/s}\n  - {id: b}\n  - {id: c, device: d, url: /s}\ndevices:\n  - {id: d, addrezs: h}\n")
	if err == nil {
		t.Fatal("it was loaded")
	}
	want := []string{
		`camwall.yaml:6: devices: unknown key "addrezs" (did you mean "address"?)`,
		`camwall.yaml:6: device d: address is missing or not usable (write host or host:port, such as 192.0.2.10:554)`,
		`camwall.yaml:2: cameras: rotation is "7" (rotation must be 0, 90, 180 or 270)`,
		`camwall.yaml:2: cameras: number is "x" (number must be a whole number from 1 to 9999)`,
		`camwall.yaml:3: camera b: url or streams is missing (write url: rtsp://..., or streams: {main: rtsp://..., sub: rtsp://...})`,
		`camwall.yaml:4: camera c: there is no device "d" (write the id of an element of devices, or leave device out)`,
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got\n%v", err)
	}
	for i, line := range lines {
		if !strings.HasSuffix(line, "/"+want[i]) {
			t.Errorf("line %d is\n%s, want\n%s", i, line, want[i])
		}
	}
}

func TestManyProblemsAreCounted(t *testing.T) {
	t.Parallel()
	_, err := load(t, "cameras:\n"+strings.Repeat("  - {id: a, url: rtsp://h/x}\n", 500))
	if err == nil || !strings.HasSuffix(err.Error(), "\nand 479 more") || strings.Count(err.Error(), "\n") != maxProblems {
		t.Errorf("got %v", err)
	}
}
