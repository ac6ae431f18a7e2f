package kiosk

import "strings"

// way is where a request goes.
type way int

const (
	toNotice way = iota + 1
	toHome
	toState
	toUnlock
	toWalls
	toDevices
	toCameras
	toCommand
	toAsset
	toCore
)

// exact has the paths that are open, beside those of the wall and below a
// folder.
var exact = map[string]way{
	"GET /":               toNotice,
	"GET /kiosk/state":    toState,
	"POST /kiosk/unlock":  toUnlock,
	"GET /api/v1/walls":   toWalls,
	"GET /api/v1/devices": toDevices, // names alone
	"GET /api/v1/cameras": toCameras,
	"GET /api/health":     toCore,
	"GET /stream/live":    toCore,
	"GET /favicon.svg":    toCore,
	"GET /old.js":         toCore,
}

// below has the folders of which one name more is open.
var below = map[string]way{
	"GET /assets/":       toAsset,
	"POST /stream/live/": toCommand,
}

// decide says where a request of the page of a wall goes; path is as it was
// written, escapes and all. What is not known is closed: there is nothing that a
// page of ours would have to escape.
func decide(method, path, wall string) (to way, open bool) {
	asked := method + " " + path
	if asked == "GET /wall/"+wall {
		return toHome, true
	}
	if !plain(path) {
		return 0, false
	}
	if to, open = exact[asked]; open {
		return to, true
	}
	if asked == "GET /api/v1/walls/"+wall {
		return toCore, true
	}
	slash := strings.LastIndexByte(asked, '/') + 1
	to, open = below[asked[:slash]]
	return to, open && slash < len(asked)
}

// plain reports whether a path means what it looks like: letters, digits and a
// few signs, no empty step, none that is or begins with a dot.
func plain(path string) bool {
	for _, c := range []byte(path) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '/' && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return strings.HasPrefix(path, "/") && !strings.Contains(path, "//") && !strings.Contains(path, "/.")
}
