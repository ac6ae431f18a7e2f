package kiosk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"camwall/internal/config"
)

func TestWhatThePageOfAWallMayAsk(t *testing.T) {
	for asked, want := range map[string]way{
		"GET /":                          toNotice,
		"GET /wall/lobby":                toHome,
		"GET /kiosk/state":               toState,
		"POST /kiosk/unlock":             toUnlock,
		"GET /api/v1/walls":              toWalls,
		"GET /api/v1/walls/lobby":        toCore,
		"GET /api/v1/devices":            toDevices,
		"GET /api/v1/cameras":            toCameras,
		"GET /api/health":                toCore,
		"GET /stream/live":               toCore,
		"POST /stream/live/K3JX7Q":       toCommand,
		"GET /favicon.svg":               toCore,
		"GET /old.js":                    toCore,
		"GET /assets/index-C4Rt3JwQ.js":  toAsset,
		"GET /assets/index-BcHLI-1N.css": toAsset,
	} {
		method, path, _ := strings.Cut(asked, " ")
		if got, open := decide(method, path, "lobby"); got != want || !open {
			t.Errorf("%s: %v, %v; want %v", asked, got, open, want)
		}
	}
}

func TestTheGateOfAllCameras(t *testing.T) {
	for asked, want := range map[string]way{"GET /wall/*": toHome, "GET /": toNotice, "GET /api/v1/walls": toWalls} {
		method, path, _ := strings.Cut(asked, " ")
		if got, open := decide(method, path, config.AllCameras); got != want || !open {
			t.Errorf("%s: %v, %v; want %v", asked, got, open, want)
		}
	}
	for _, asked := range append([]string{"GET /wall/lobby", "GET /wall/**", "GET /wall/%2a", "GET /api/v1/walls/*", "GET /*", "GET *"}, closed...) {
		method, path, _ := strings.Cut(asked, " ")
		if to, open := decide(method, path, config.AllCameras); open {
			t.Errorf("%q is open: %v", asked, to)
		}
	}
}

// closed are requests that lead elsewhere, or try to.
var closed = []string{
	"GET /cameras", "GET /statistics", "GET /camera/cam1", "GET /wall/", "GET /wall/other", "GET /wall/lobby/", "GET /wall/lobby2",
	"GET /wall/Lobby", "GET /Wall/lobby", "GET /wall//lobby", "GET //wall/lobby", "GET /wall/./lobby", "GET /wall/../cameras",
	"GET /wall/lobby/../../cameras", "GET /wall/%6cobby", "GET /wall/lobby%2f..%2f..%2fcameras", "GET /%63ameras", "GET /%2e%2e/cameras",
	"GET /wall/lobby;x", "GET /wall/lobby?x", "GET /wall/lobby#x", "GET /wall/lobby ", `GET /wall\lobby`, "GET /..", "GET /.", "GET /./",
	"GET /assets", "GET /assets/", "GET /assets/..", "GET /assets/../cameras", "GET /assets/%2e%2e/cameras", "GET /assets/.hidden",
	"GET /assets/a/b.js", "GET /assets//index.js", "GET /assets/./index.js", "GET /ASSETS/index.js",
	"GET /api", "GET /api/", "GET /api/v1/", "GET /api/v1/devices/recorder", "GET /api/v1/cameras/cam1", "GET /api/v1/cameras/",
	"GET /api/v1/walls/other", "GET /api/v1/walls/", "GET /api/v1/walls/lobby/", "GET /api/v1/system", "GET /api/v1/settings",
	"GET /api/v1/discovery", "GET /api/v1/discovery/events", "GET /api/v1/events", "GET /api/v1/log", "GET /api/health/",
	"POST /api/v1/describe", "POST /api/v1/describe/picture", "POST /api/v1/import", "POST /api/v1/test", "POST /api/v1/cameras",
	"POST /api/v1/cameras/cam1/retry", "POST /api/v1/cameras/cam1/ptz", "PUT /api/v1/walls/lobby", "DELETE /api/v1/walls/lobby",
	"PATCH /api/v1/walls/lobby", "PATCH /api/v1/cameras/cam1", "DELETE /api/v1/cameras/cam1", "POST /api/v1/devices", "POST /api/v1/walls",
	"GET /metrics", "GET /openapi.json", "GET /docs", "GET /docs/", "GET /www/", "GET /camwall.js", "GET /ws/live", "GET /ws/rtsp-proxy",
	"GET /live/cam1", "GET /live/cam1.jpg", "GET /index.html", "GET /favicon.ico", "GET /debug/pprof/", "GET /robots.txt",
	"POST /stream/live", "POST /stream/live/", "POST /stream/live/a/b", "GET /stream/live/K3JX7Q", "PUT /stream/live/K3JX7Q", "GET /stream/live/",
	"HEAD /", "POST /", "HEAD /wall/lobby", "POST /wall/lobby", "OPTIONS /", "OPTIONS *", "CONNECT example.org:443", "TRACE /", "get /", "GET ",
	"POST /kiosk/state", "GET /kiosk/unlock", "GET /kiosk/", "GET /kiosk", "PUT /kiosk/unlock", "GET /kiosk/state/", "GET /window", "GET /health",
	"GET http://127.0.0.1/wall/lobby", "GET file:///etc/passwd", "GET /wall/lobb\u0443", "GET /wall/lobby\x00", "GET", "",
}

func TestNothingElseIsOpen(t *testing.T) {
	for _, asked := range closed {
		method, path, _ := strings.Cut(asked, " ")
		if to, open := decide(method, path, "lobby"); open {
			t.Errorf("%q is open: %v", asked, to)
		}
	}
}

// Whatever is open is one of few paths, however it was written, and a server's
// mux understands it as the gate did.
func FuzzDecide(f *testing.F) {
	for _, asked := range closed {
		method, path, _ := strings.Cut(asked, " ")
		f.Add(method, path)
	}
	f.Add("GET", "/wall/lobby")
	f.Add("GET", "/assets/index.js")
	f.Add("POST", "/stream/live/K3JX7Q")
	f.Fuzz(func(t *testing.T, method, path string) {
		_, open := decide(method, path, "lobby")
		if !open {
			return
		}
		u, err := url.Parse("http://x" + path)
		if err != nil || u.Path != path || u.EscapedPath() != path || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%s %q is open, and means %+v, %v", method, path, u, err)
		}
		if method != http.MethodGet && method != http.MethodPost {
			t.Errorf("%s %q is open", method, path)
		}
		for _, part := range strings.Split(path, "/")[1:] {
			if strings.HasPrefix(part, ".") || part == "" && path != "/" {
				t.Errorf("%q has a step %q", path, part)
			}
		}
		first, rest, _ := strings.Cut(path[1:], "/")
		ok := map[string]bool{
			"": rest == "", "wall": rest == "lobby", "assets": true, "favicon.svg": rest == "", "old.js": rest == "",
			"kiosk": true, "api": true, "stream": true,
		}[first]
		if !ok || strings.Count(path, "/") > 4 {
			t.Errorf("%s %q is open", method, path)
		}
	})
}
