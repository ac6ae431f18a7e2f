package desktop

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
)

// socketName returns the file name of the socket by which an instance on that
// backend's display is found. Names of one display that differ (":0", ":0.0",
// "unix:0") give the same one.
func socketName(backend string, getenv func(string) string) string {
	var name string
	switch backend {
	case x11:
		name = x11Name(getenv("DISPLAY"))
	case wayland:
		name = getenv("WAYLAND_DISPLAY")
		if dir, file := filepath.Split(name); dir != "" && filepath.Clean(dir) == filepath.Clean(getenv("XDG_RUNTIME_DIR")) {
			name = file
		}
	default:
		backend, name = "gdk", getenv("GDK_BACKEND")
	}
	return "desktop-" + backend + "-" + plainName(strings.TrimPrefix(name, backend+"-")) + ".sock"
}

// x11Name is a display's name without its screen, and without a host that is
// this machine.
func x11Name(name string) string {
	if list, err := x11Endpoints(name); err == nil && list[0].network == "unix" {
		if number, ok := strings.CutPrefix(list[0].address, "@/tmp/.X11-unix/X"); ok {
			return number
		}
		return list[0].address
	}
	if colon := strings.LastIndexByte(name, ':'); colon >= 0 {
		number, _, _ := strings.Cut(name[colon:], ".")
		return name[:colon] + number
	}
	return name
}

// plainName returns name where it makes a good file name, else a short one that
// stands for it alone.
func plainName(name string) string {
	const longest = 32
	plain := name != "" && len(name) <= longest && name[0] != '.' && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
	if plain {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}
