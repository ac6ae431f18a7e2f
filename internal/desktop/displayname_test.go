package desktop

import (
	"strings"
	"testing"
)

func TestSocketNames(t *testing.T) {
	const dir = "/run/user/1000"
	name := func(backend, value string) string {
		return socketName(backend, func(variable string) string {
			return map[string]string{"DISPLAY": value, "WAYLAND_DISPLAY": value, "GDK_BACKEND": value, "XDG_RUNTIME_DIR": dir}[variable]
		})
	}
	for backend, values := range map[string]map[string]string{
		x11:     {":0": "desktop-x11-0.sock", ":0.1": "desktop-x11-0.sock", "unix:12": "desktop-x11-12.sock", "unix/:3": "desktop-x11-3.sock"},
		wayland: {"wayland-1": "desktop-wayland-1.sock", dir + "/wayland-1": "desktop-wayland-1.sock", "mine": "desktop-wayland-mine.sock"},
		"":      {"broadway": "desktop-gdk-broadway.sock"},
	} {
		for value, want := range values {
			if got := name(backend, value); got != want {
				t.Errorf("%s %q: %s, want %s", backend, value, got, want)
			}
		}
	}
	seen := map[string]string{}
	for _, c := range [][2]string{
		{x11, ":0"},
		{x11, ":1"},
		{x11, "localhost:0"},
		{x11, "localhost:1"},
		{x11, "other.example:0"},
		{x11, "/tmp/a/b"},
		{x11, "unix:/tmp/a/c"},
		{wayland, "wayland-0"},
		{wayland, "/tmp/wayland-0"},
		{wayland, "../wayland-0"},
		{wayland, ".."},
		{wayland, strings.Repeat("x", 200)},
		{wayland, strings.Repeat("x", 201)},
		{wayland, "a b"},
		{wayland, "a\x00b"},
	} {
		got := name(c[0], c[1])
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %q are both %s", c[1], other, got)
		}
		seen[got] = c[1]
		if len(got) > 60 || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || strings.HasPrefix(got, ".") {
			t.Errorf("%q is the file %q", c[1], got)
		}
	}
	if name(x11, "localhost:10.0") != name(x11, "localhost:10") {
		t.Error("screens of one display have sockets of their own")
	}
}
