package api

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
	"camwall/internal/streaming"
)

// wall is a system with a few cameras in given states.
type wall struct {
	infos   []streaming.CameraInfo
	retried []camera.ID
}

func (w *wall) Snapshot() []streaming.CameraInfo { return w.infos }

func (w *wall) Retry(id camera.ID) error {
	for _, info := range w.infos {
		if info.Camera.ID == id {
			w.retried = append(w.retried, id)
			return nil
		}
	}
	return fault.Errorf(fault.NotFound, "there is no camera %q", string(id))
}

func newWall() *wall {
	device := &camera.Device{ID: "nvr", Address: "192.0.2.1:554", Credentials: camera.Credentials{User: "admin", Password: secret.NewText("hunter2")}}
	since := time.Date(2026, 11, 21, 9, 15, 0, 123_456_789, time.FixedZone("", 8*3600))
	stream := func(name string, s camera.Status) streaming.StreamInfo {
		return streaming.StreamInfo{Name: name, Codec: media.H264, Width: 1920, Height: 1080, FPS: 24.998, Status: s, Transport: "tcp", Viewers: 2}
	}
	return &wall{infos: []streaming.CameraInfo{
		{
			Camera: &camera.Camera{
				ID: "door", Name: "門口", Number: 7, Text: "ground floor", Device: device,
				Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.1/secret-path"}},
			},
			Streams: []streaming.StreamInfo{
				stream("main", camera.Status{State: camera.Idle, Reason: fault.Idle, Since: since}),
				stream("sub", camera.Status{State: camera.Live, Since: since, UnchangedSince: since, Behind: 2400 * time.Millisecond}),
			},
		},
		{
			Camera: &camera.Camera{ID: "yard", Name: "yard", Device: device},
			Streams: []streaming.StreamInfo{stream("main", camera.Status{
				State: camera.Unauthorized, Reason: fault.Unauthorized, Message: "password refused", Hint: "change it",
				Since: since, NextTry: since.Add(30 * time.Minute),
			})},
		},
	}}
}

func ask(t *testing.T, source *wall, method, path string) *http.Response {
	t.Helper()
	mux := http.NewServeMux()
	New(Config{Source: source, Log: slog.New(slog.DiscardHandler)}).Register(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Result()
}

func TestHealth(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/api/health", "/api/health/"} {
		answer := ask(t, newWall(), http.MethodGet, path)
		body, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != 200 || strings.TrimSpace(string(body)) != `{"status":"healthy"}` {
			t.Errorf("%s answered %s %s", path, answer.Status, body)
		}
	}
	if answer := ask(t, newWall(), http.MethodGet, "/api/health/x"); answer.StatusCode != 404 {
		t.Errorf("a path below answered %s", answer.Status)
	}
}

func TestCameras(t *testing.T) {
	t.Parallel()
	answer := ask(t, newWall(), http.MethodGet, "/api/v1/cameras")
	body, _ := io.ReadAll(answer.Body)
	want := `{"cameras":[
		{"id":"door","name":"門口","number":7,"text":"ground floor",
		 "state":"live","reason":"","message":"","hint":"","since":"2026-11-21T01:15:00.123Z","nextTry":null,"marks":{"unchanged":true,"behindMs":2400},
		 "streams":[
			{"name":"main","codec":"H264","width":1920,"height":1080,"fps":25,"transport":"tcp","viewers":2,
			 "state":"idle","reason":"idle","message":"","hint":"","since":"2026-11-21T01:15:00.123Z","nextTry":null,"marks":{"unchanged":false,"behindMs":0}},
			{"name":"sub","codec":"H264","width":1920,"height":1080,"fps":25,"transport":"tcp","viewers":2,
			 "state":"live","reason":"","message":"","hint":"","since":"2026-11-21T01:15:00.123Z","nextTry":null,"marks":{"unchanged":true,"behindMs":2400}}]},
		{"id":"yard","name":"yard","number":0,"text":"",
		 "state":"unauthorized","reason":"unauthorized","message":"password refused","hint":"change it",
		 "since":"2026-11-21T01:15:00.123Z","nextTry":"2026-11-21T01:45:00.123Z","marks":{"unchanged":false,"behindMs":0},
		 "streams":[
			{"name":"main","codec":"H264","width":1920,"height":1080,"fps":25,"transport":"tcp","viewers":2,
			 "state":"unauthorized","reason":"unauthorized","message":"password refused","hint":"change it",
			 "since":"2026-11-21T01:15:00.123Z","nextTry":"2026-11-21T01:45:00.123Z","marks":{"unchanged":false,"behindMs":0}}]}]}`
	if got, want := canonical(t, string(body)), canonical(t, want); got != want {
		t.Errorf("answered\n%s, want\n%s", got, want)
	}
	for _, hidden := range []string{"hunter2", "admin", "192.0.2.1", "rtsp", "secret-path"} {
		if strings.Contains(string(body), hidden) {
			t.Errorf("the answer tells %q", hidden)
		}
	}
	if answer.Header.Get("Content-Type") != "application/json" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the headers are %v", answer.Header)
	}
}

func canonical(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNoCamerasIsAnEmptyList(t *testing.T) {
	t.Parallel()
	body, _ := io.ReadAll(ask(t, &wall{}, http.MethodGet, "/api/v1/cameras").Body)
	if strings.TrimSpace(string(body)) != `{"cameras":[]}` {
		t.Errorf("answered %s", body)
	}
}

// TestEveryStateHasAnActivity: a state that is added must be ordered.
func TestEveryStateHasAnActivity(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for s := camera.Disabled; s <= camera.Busy; s++ {
		rank, ok := activity[s]
		if !ok || seen[rank] {
			t.Errorf("%s has no activity of its own", s)
		}
		seen[rank] = true
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	w := newWall()
	for path, want := range map[string]int{
		"/api/v1/cameras/DOOR/retry":   202,
		"/api/v1/cameras/nobody/retry": 404,
		"/api/v1/cameras/%20/retry":    400,
	} {
		if answer := ask(t, w, http.MethodPost, path); answer.StatusCode != want {
			t.Errorf("%s answered %s, want %d", path, answer.Status, want)
		}
	}
	if len(w.retried) != 1 || w.retried[0] != "door" {
		t.Errorf("retried %v", w.retried)
	}
	if answer := ask(t, w, http.MethodGet, "/api/v1/cameras/door/retry"); answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET answered %s", answer.Status)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	built := fstest.MapFS{
		"index.html":               {Data: []byte("<title>Camwall</title>")},
		"favicon.svg":              {Data: []byte("<svg/>")},
		"assets/index-B1x2Y3z4.js": {Data: []byte("wall()")},
		".gitkeep":                 {},
	}
	for _, c := range []struct {
		fs           fstest.MapFS
		method, path string
		status       int
		cache, kind  string
		body         string
	}{
		{built, "GET", "/", 200, "no-cache", "text/html", "<title>Camwall</title>"},
		{built, "HEAD", "/", 200, "no-cache", "text/html", ""},
		{built, "GET", "/?grid=4", 200, "no-cache", "text/html", "<title>Camwall</title>"},
		{built, "GET", "/favicon.svg", 200, "no-cache", "image/svg+xml", "<svg/>"},
		{built, "GET", "/assets/index-B1x2Y3z4.js", 200, "public, max-age=31536000, immutable", "text/javascript", "wall()"},
		{built, "GET", "/assets/index-OLDOLDOL.js", 404, "no-store", "application/problem+json", ""},
		{built, "GET", "/assets/", 404, "no-store", "application/problem+json", ""},
		{built, "GET", "/assets", 404, "no-store", "application/problem+json", ""},
		{built, "GET", "/.gitkeep", 404, "no-store", "application/problem+json", ""},
		{built, "GET", "/nothing", 404, "no-store", "application/problem+json", ""},
		{built, "POST", "/", 405, "", "text/plain", ""},
		{fstest.MapFS{".gitkeep": {}}, "GET", "/", 503, "no-store", "text/plain", "The page has not been built: run `make build`, then start again.\n"},
	} {
		w := httptest.NewRecorder()
		Page(c.fs).ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		h := w.Header()
		if w.Code != c.status || h.Get("Cache-Control") != c.cache || !strings.HasPrefix(h.Get("Content-Type"), c.kind) {
			t.Errorf("%s %s answered %d %v", c.method, c.path, w.Code, h)
		}
		if c.body != "" && w.Body.String() != c.body {
			t.Errorf("%s %s answered %q", c.method, c.path, w.Body)
		}
		if h.Get("Content-Security-Policy") == "" {
			t.Errorf("%s %s has no policy", c.method, c.path)
		}
	}
}
