package desktop

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"camwall/internal/fault"
)

// listen answers on a socket until the test ends.
func listen(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// session is an environment.
type session map[string]string

func (s session) getenv(name string) string { return s[name] }

func TestFindDisplay(t *testing.T) {
	folder := t.TempDir()
	listen(t, "unix", filepath.Join(folder, "wayland-7"))
	listen(t, "unix", filepath.Join(folder, "x"))
	xSocket := "unix:" + filepath.Join(folder, "x")
	for _, c := range []struct {
		name string
		env  session
		want string // backend
		says string // the fault's message, "" for none
	}{
		{"no variables", session{}, "", "there is no display here"},
		{"only a session type", session{"XDG_SESSION_TYPE": "wayland"}, "", "there is no display here"},
		{"X", session{"DISPLAY": xSocket}, x11, ""},
		{"X that is gone", session{"DISPLAY": "unix:" + filepath.Join(folder, "gone")}, "", "the display does not answer"},
		{"X with a name that is none", session{"DISPLAY": "nonsense"}, "", "the display does not answer"},
		{"Wayland", session{"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": folder}, wayland, ""},
		{"Wayland by its path", session{"WAYLAND_DISPLAY": filepath.Join(folder, "wayland-7")}, wayland, ""},
		{"Wayland that is gone", session{"WAYLAND_DISPLAY": "wayland-8", "XDG_RUNTIME_DIR": folder}, "", "the display does not answer"},
		{"Wayland without its folder", session{"WAYLAND_DISPLAY": "wayland-7"}, "", "the display does not answer"},
		{
			"both without a type",
			session{"DISPLAY": xSocket, "WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": folder},
			x11, "",
		},
		{
			"both in a Wayland session",
			session{"DISPLAY": xSocket, "WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": folder, "XDG_SESSION_TYPE": "wayland"},
			wayland, "",
		},
		{
			"the other one answers",
			session{"DISPLAY": xSocket, "WAYLAND_DISPLAY": "wayland-8", "XDG_RUNTIME_DIR": folder, "XDG_SESSION_TYPE": "wayland"},
			x11, "",
		},
		{
			"X wanted, Wayland there",
			session{"GDK_BACKEND": "x11", "WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": folder},
			"", "there is no display here",
		},
		{
			"any wanted",
			session{"GDK_BACKEND": "x11,*", "WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": folder},
			wayland, "",
		},
		{"another backend wanted", session{"GDK_BACKEND": "broadway"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := findDisplay(t.Context(), c.env.getenv)
			if c.says == "" {
				if err != nil || got != c.want {
					t.Fatalf("found %q, %v, want %q", got, err, c.want)
				}
				return
			}
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Code != fault.NoDisplay || !strings.HasPrefix(f.Message, c.says) {
				t.Fatalf("error %v, want a %s: %s", err, fault.NoDisplay, c.says)
			}
			if !strings.Contains(f.Hint, "camwall serve") || !strings.Contains(f.Hint, "xvfb-run") {
				t.Errorf("hint %q does not say what to do", f.Hint)
			}
		})
	}
}

func TestFindDisplayOverTCP(t *testing.T) {
	// A display that is reached by TCP has a port from 6000 on.
	var l net.Listener
	var number int
	for number = range 100 {
		var err error
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", x11BasePort+100+number)); err == nil {
			break
		}
	}
	if l == nil {
		t.Fatal("no free port between 6100 and 6199")
	}
	env := session{"DISPLAY": fmt.Sprintf("127.0.0.1:%d.0", 100+number)}
	if got, err := findDisplay(t.Context(), env.getenv); err != nil || got != x11 {
		t.Errorf("found %q, %v, want %s", got, err, x11)
	}
	l.Close()
	if _, err := findDisplay(t.Context(), env.getenv); fault.CodeOf(err) != fault.NoDisplay {
		t.Errorf("error %v when it is gone, want %s", err, fault.NoDisplay)
	}
}

func TestX11Endpoints(t *testing.T) {
	here := func(n string) []endpoint {
		return []endpoint{{"unix", "@/tmp/.X11-unix/X" + n}, {"unix", "/tmp/.X11-unix/X" + n}}
	}
	for name, want := range map[string][]endpoint{
		":0":               here("0"),
		":10.1":            here("10"),
		"unix:3":           here("3"),
		"unix/:3":          here("3"),
		"localhost:10.0":   {{"tcp", "localhost:6010"}},
		"tcp/screen:1":     {{"tcp", "screen:6001"}},
		"[::1]:2":          {{"tcp", "[::1]:6002"}},
		"::1:2":            {{"tcp", "[::1]:6002"}},
		"/run/x":           {{"unix", "/run/x"}},
		"/private/x:0":     {{"unix", "/private/x:0"}, {"unix", "/private/x"}},
		"":                 nil,
		"screen":           nil,
		":":                nil,
		":x":               nil,
		":-1":              nil,
		":59536":           nil,
		":999999999999999": nil,
	} {
		got, err := x11Endpoints(name)
		if !reflect.DeepEqual(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %v, %v, want %v", name, got, err, want)
		}
	}
}

func FuzzX11Endpoints(f *testing.F) {
	f.Add(":0")
	f.Add("unix:/tmp/x:0")
	f.Fuzz(func(t *testing.T, name string) {
		list, err := x11Endpoints(name)
		if (err == nil) != (len(list) > 0) {
			t.Errorf("%q: %v, %v", name, list, err)
		}
	})
}
