package api

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"camwall/internal/camera"
	"camwall/internal/secret"
)

var nan = math.NaN()

func TestHealth(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/api/health", "/api/health/"} {
		answer, body := newStage().ask(t, http.MethodGet, path, "")
		if answer.StatusCode != 200 || strings.TrimSpace(body) != `{"status":"healthy"}` {
			t.Errorf("%s answered %s %s", path, answer.Status, body)
		}
	}
	if answer, _ := newStage().ask(t, http.MethodGet, "/api/health/x", ""); answer.StatusCode != 404 {
		t.Errorf("a path below answered %s", answer.Status)
	}
}

func TestCameras(t *testing.T) {
	t.Parallel()
	answer, body := newStage().ask(t, http.MethodGet, "/api/v1/cameras", "")
	want := `{"next":null,"cameras":[
		{"id":"door","name":"門口","number":7,"text":"ground floor",
		 "state":"live","reason":"","message":"","hint":"","since":"2026-11-21T01:15:00.123Z","nextTry":null,"marks":{"unchanged":true,"behindMs":2400},
		 "device":"nvr","provisioned":false,"revision":3,"disabled":false,"ptz":true,"rotation":0,"transport":"auto","tls":"pin",
		 "user":"admin","hasPassword":true,"unchangedAfter":30,
		 "streams":[
			{"name":"main","codec":"H264","width":1920,"height":1080,"fps":25,"transport":"tcp","viewers":2,
			 "state":"idle","reason":"idle","message":"","hint":"","since":"2026-11-21T01:15:00.123Z","nextTry":null,"marks":{"unchanged":false,"behindMs":0},
			 "url":"rtsp://192.0.2.1/main","profile":"P1","profileName":"mainStream"},
			{"name":"sub","codec":"H264","width":1920,"height":1080,"fps":25,"transport":"tcp","viewers":2,
			 "state":"live","reason":"","message":"","hint":"","since":"2026-11-21T01:15:00.123Z","nextTry":null,"marks":{"unchanged":true,"behindMs":2400},
			 "url":"rtsp://192.0.2.1/user=admin&password=***&ch=1","profile":"","profileName":""}]},
		{"id":"yard","name":"yard","number":0,"text":"",
		 "state":"idle","reason":"idle","message":"","hint":"","since":null,"nextTry":null,"marks":{"unchanged":false,"behindMs":0},
		 "device":"file","provisioned":true,"revision":0,"disabled":false,"ptz":false,"rotation":90,"transport":"udp","tls":"pin",
		 "user":"","hasPassword":false,"unchangedAfter":0,
		 "streams":[
			{"name":"main","codec":"H265","width":640,"height":360,"fps":0,"transport":"","viewers":0,
			 "state":"idle","reason":"idle","message":"","hint":"","since":null,"nextTry":null,"marks":{"unchanged":false,"behindMs":0},
			 "url":"rtsp://192.0.2.2/a","profile":"","profileName":""}]}]}`
	if got, want := canonical(t, body), canonical(t, want); got != want {
		t.Errorf("answered\n%s, want\n%s", got, want)
	}
	if strings.Contains(body, kept) {
		t.Error("the answer tells a password")
	}
	h := answer.Header
	if h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the headers are %v", h)
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
	s := newStage()
	s.cameras, s.infos = nil, nil
	if _, body := s.ask(t, http.MethodGet, "/api/v1/cameras", ""); strings.TrimSpace(body) != `{"cameras":[],"next":null}` {
		t.Errorf("answered %s", body)
	}
}

// TestShown: what package secret would take away is never passed over.
func TestShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"rtsp://u:p@192.0.2.1/x", "rtsp://192.0.2.1/user=a&password=p&ch=1", "rtsp://192.0.2.1/user=a_PASSWORD=p", "http://h/?passwd=p", "http://h/x;pwd=p",
		"http://h/?a=1&Pass=p", "http://h/?token=p", "http://h/?a&secret=p", "http://h/_auth=p", "http://h/?KEY=p", "see rtsp://u:p@h/", "",
		"rtsp://192.0.2.1/cam/realmonitor?channel=1&subtype=0", "=", "a=b", "key=", "門=口@",
	} {
		if got, want := shown(text), secret.Redact(text); got != want {
			t.Errorf("shown(%q) = %q, want %q", text, got, want)
		}
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

func TestPage(t *testing.T) {
	t.Parallel()
	built := fstest.MapFS{
		"index.html":               {Data: []byte("<title>Camwall</title>")},
		"favicon.svg":              {Data: []byte("<svg/>")},
		"camwall.js":               {Data: []byte("camwall()")},
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
		{built, "GET", "/cameras", 200, "no-cache", "text/html", "<title>Camwall</title>"},
		{built, "GET", "/wall/lobby", 200, "no-cache", "text/html", "<title>Camwall</title>"},
		{built, "GET", "/camera/door", 200, "no-cache", "text/html", "<title>Camwall</title>"},
		{built, "GET", "/statistics", 200, "no-cache", "text/html", "<title>Camwall</title>"},
		{built, "GET", "/camwall.js", 200, "no-cache", "text/javascript", "camwall()"},
		{built, "GET", "/camerasx", 404, "no-store", "application/problem+json", ""},
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
		if shared := h.Get("Cross-Origin-Resource-Policy") == "cross-origin" && h.Get("Access-Control-Allow-Origin") == "*"; shared != (c.path == "/camwall.js") {
			t.Errorf("%s %s: %v", c.method, c.path, h)
		}
		if tag := h.Get("ETag"); (tag != "") != (c.status == 200 && c.cache == "no-cache") {
			t.Errorf("%s %s has ETag %s", c.method, c.path, tag)
		}
	}
}

// TestPageIsSentOnce: what a browser has is not sent again until it is another.
func TestPageIsSentOnce(t *testing.T) {
	t.Parallel()
	ask := func(content, path, tag string) *httptest.ResponseRecorder {
		files := fstest.MapFS{"index.html": {Data: []byte(content)}, "camwall.js": {Data: []byte(content)}}
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		Page(files).ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"/", "/wall/lobby", "/camwall.js"} {
		tag := ask("one", path, "").Header().Get("ETag")
		if w := ask("one", path, tag); w.Code != 304 || w.Body.Len() > 0 || w.Header().Get("ETag") != tag || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: the same is answered %d %v", path, w.Code, w.Header())
		}
		if w := ask("two", path, tag); w.Code != 200 || w.Body.String() != "two" || w.Header().Get("ETag") == tag {
			t.Errorf("%s: another is answered %d %v", path, w.Code, w.Header())
		}
	}
}
