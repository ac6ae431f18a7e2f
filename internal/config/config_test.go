package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(elem ...string) string { return filepath.Join(append([]string{dir}, elem...)...) }
	inHome := at("home", ".config", "camwall", "camwall.yaml")
	inXDG := at("xdg", "camwall", "camwall.yaml")
	inSystem := at("etc", "camwall", "camwall.yaml")
	for _, path := range []string{inHome, inXDG, inSystem, at("named.yaml")} {
		write(t, path, "", 0o600)
	}
	write(t, at("blocked"), "", 0o600)
	if err := os.MkdirAll(at("folder", "camwall", "camwall.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		named, system, want string
		vars                map[string]string
	}{
		"named":          {at("named.yaml"), at("etc"), at("named.yaml"), map[string]string{"XDG_CONFIG_HOME": at("xdg")}},
		"XDG":            {"", at("etc"), inXDG, map[string]string{"XDG_CONFIG_HOME": at("xdg"), "HOME": at("home")}},
		"home":           {"", at("etc"), inHome, map[string]string{"HOME": at("home")}},
		"relative XDG":   {"", at("etc"), inHome, map[string]string{"XDG_CONFIG_HOME": "xdg", "HOME": at("home")}},
		"system":         {"", at("etc"), inSystem, map[string]string{"HOME": at("nobody")}},
		"empty XDG":      {"", at("etc"), inSystem, map[string]string{"XDG_CONFIG_HOME": at("nobody"), "HOME": at("home")}},
		"no environment": {"", at("etc"), inSystem, nil},
		"nothing":        {"", at("nobody"), "", map[string]string{"HOME": at("nobody")}},
	} {
		if got, warning, err := find(c.named, environment(c.vars), c.system, present); err != nil || got != c.want || warning != "" {
			t.Errorf("%s: %q, %q, %v; want %q", name, got, warning, err, c.want)
		}
	}
	if _, _, err := Find(at("nowhere.yaml"), environment(nil)); fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Errorf("a named file that is not there: %v", err)
	}
	if _, _, err := Find(dir, environment(nil)); fault.CodeOf(err) != fault.Config {
		t.Errorf("a folder: %v", err)
	}
	for _, broken := range []string{at("folder"), at("blocked")} {
		if got, _, err := find("", environment(map[string]string{"XDG_CONFIG_HOME": broken}), at("etc"), present); fault.CodeOf(err) != fault.Config {
			t.Errorf("%s was passed over for %q, %v", broken, got, err)
		}
	}
}

// Where a server is installed, its file is for its group alone: another user's
// window starts without one. A file of one's own, or one that is named, is another
// matter.
func TestTheSystemsFileOfOthers(t *testing.T) {
	t.Parallel()
	denied := func(path string) error {
		if strings.Contains(path, "secret") {
			return unreadable(path, &os.PathError{Op: "stat", Path: path, Err: syscall.EACCES})
		}
		return present(path)
	}
	path, warning, err := find("", environment(nil), "/secret", denied)
	if err != nil || path != "" || !strings.Contains(warning, "/secret/camwall/camwall.yaml") {
		t.Errorf("the system's: %q, %q, %v", path, warning, err)
	}
	if _, _, err := find("", environment(map[string]string{"XDG_CONFIG_HOME": "/secret"}), "/etc", denied); fault.CodeOf(err) != fault.Config {
		t.Errorf("one's own: %v", err)
	}
	if _, _, err := find("/secret/x.yaml", environment(nil), "/etc", denied); fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("a named one: %v", err)
	}
	closed := filepath.Join(t.TempDir(), "closed.yaml")
	write(t, closed, "", 0)
	if err := present(closed); os.Getuid() != 0 && !errors.Is(err, os.ErrPermission) {
		t.Errorf("one that is there, and can't be opened: %v", err)
	}
}

func TestDataDir(t *testing.T) {
	t.Parallel()
	for want, vars := range map[string]map[string]string{
		"/data/camwall":                {"XDG_DATA_HOME": "/data", "HOME": "/home/x"},
		"/home/x/.local/share/camwall": {"HOME": "/home/x"},
		"/home/y/.local/share/camwall": {"XDG_DATA_HOME": "data", "HOME": "/home/y"},
	} {
		if got, err := DataDir("", environment(vars)); err != nil || got != want {
			t.Errorf("data in %q, %v; want %q", got, err, want)
		}
	}
	if got, err := DataDir("here", environment(nil)); err != nil || got != "here" {
		t.Errorf("a named folder is %q, %v", got, err)
	}
	if _, err := DataDir("", environment(nil)); fault.CodeOf(err) != fault.Config {
		t.Errorf("no home: %v", err)
	}
}

func TestStateDir(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ state, home, want string }{
		{"/state", "/home/user", "/state/camwall"},
		{"", "/home/user", "/home/user/.local/state/camwall"},
		{"relative", "/home/user", "/home/user/.local/state/camwall"},
		{"", "", ""},
		{"", "relative", ""},
	} {
		getenv := func(name string) string {
			return map[string]string{"XDG_STATE_HOME": c.state, "HOME": c.home}[name]
		}
		if got := StateDir(getenv); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.state, c.home, got, c.want)
		}
	}
}

func TestParseCameraFlag(t *testing.T) {
	t.Parallel()
	cam, err := ParseCameraFlag(" Gate=rtsp://viewer:p@ss:w/rd#1?%@192.0.2.10:8554/a/b?c=d ")
	if err != nil {
		t.Fatal(err)
	}
	in := cam.SignIn()
	if cam.ID != "gate" || cam.Name != "gate" || cam.Streams[0] != (camera.Stream{Name: "main", URL: "rtsp://192.0.2.10:8554/a/b?c=d"}) ||
		cam.Device.Address != "192.0.2.10:8554" || in.User != "viewer" || in.Password.Reveal() != "p@ss:w/rd#1?%" || cam.UnchangedAfter != DefaultUnchangedAfter {
		t.Errorf("got %+v, signs in as %q %q", cam, in.User, in.Password.Reveal())
	}
	for _, s := range []string{
		"", "gate", "rtsp://h/s?x=1", "rtsp://u:hunter2@h/s?x=1", "u:hunter2@h/s?x=1", "=rtsp://h/s", "gate=", "gate=h/s", "gate=http://u:hunter2@h/s",
		"a b=rtsp://h/s", "gate=u:hunter2@h/s", "gate=rtsp://u:hunter2@h:0/s", "gate==rtsp://h/s",
	} {
		if cam, err := ParseCameraFlag(s); fault.CodeOf(err) != fault.Config || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %+v, %v", s, cam, err)
		}
	}
}

func add(t *testing.T, c *Config, flags ...string) {
	t.Helper()
	for _, s := range flags {
		cam, err := ParseCameraFlag(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Add(cam); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAddSharesDevices(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "devices: [{id: nvr, address: h, user: u, password: p}]\ncameras: [{id: a, device: nvr, url: /1}]\n")
	add(t, c, "b=rtsp://H:554/2", "c=rtsp://v:w@h/3", "d=rtsp://h:555/4", "e=rtsps://h:555/5", "f=rtsp://[::1]/6")
	of := func(i int) *camera.Device { return c.Cameras[i].Device }
	if of(0) != of(1) || of(0) != of(2) || of(0) == of(3) || of(3) != of(4) || of(3) == of(5) {
		t.Error("cameras of one host and port, and no others, must share a device")
	}
	if c.Cameras[1].SignIn().User != "u" || c.Cameras[2].SignIn().User != "v" {
		t.Error("a camera has its device's sign-in unless it has its own")
	}
	for i, want := range []string{"nvr", "nvr", "nvr", "h-555", "h-555", "1-554"} {
		if of(i).ID != want {
			t.Errorf("device %d is called %q, want %q", i, of(i).ID, want)
		}
	}
}

func TestDeviceIDsAreUnique(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "devices: [{id: a-b-554, address: other}]\n")
	long := strings.Repeat("x", 70)
	add(t, c, "one=rtsp://a.b/1", "two=rtsp://a-b/1", "three=rtsp://"+long+".lan/", "four=rtsp://y"+long+".lan/")
	seen := map[string]bool{"a-b-554": true}
	for _, cam := range c.Cameras {
		if id := cam.Device.ID; seen[id] {
			t.Errorf("two devices are called %q", id)
		} else if _, err := camera.ParseID(id); err != nil {
			t.Error(err)
		}
		seen[cam.Device.ID] = true
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	c := New()
	device := &camera.Device{ID: "demo", Address: "127.0.0.1:1"}
	streams := []camera.Stream{{Name: "main", URL: "rtsp://127.0.0.1:1/x"}}
	if err := c.Add(camera.Camera{ID: "Demo", Number: 1, Device: device, Streams: streams}); err != nil {
		t.Fatal(err)
	}
	if c.Cameras[0].ID != "demo" || c.Cameras[0].Device != device {
		t.Errorf("added as %+v", c.Cameras[0])
	}
	for name, cam := range map[string]camera.Camera{
		"id twice":     {ID: "dEMO", Device: device, Streams: streams},
		"number twice": {ID: "b", Number: 1, Device: device, Streams: streams},
		"no device":    {ID: "b", Streams: streams},
		"no stream":    {ID: "b", Device: device},
		"bad id":       {ID: "b c", Device: device, Streams: streams},
	} {
		if err := c.Add(cam); fault.CodeOf(err) != fault.Config {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(c.Cameras) != 1 {
		t.Errorf("%d cameras", len(c.Cameras))
	}
}
