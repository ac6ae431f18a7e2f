package desktop

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"camwall/internal/problem"
)

// named is a handler that tells its name.
func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Answered-By", name) })
}

func TestPathsOfTheWindow(t *testing.T) {
	operator := &ownPaths{life: named("life"), save: named("save"), rest: named("rest")}
	kiosk := &ownPaths{kiosk: true, life: named("life"), rest: named("rest")}
	for _, c := range []struct {
		method, path    string
		operator, kiosk string // who answers; "" is a problem, 404
	}{
		{"GET", "/", "rest", "rest"},
		{"GET", "/windows", "rest", "rest"},
		{"GET", "/wall/window", "rest", "rest"},
		{"POST", "/api/v1/window/save", "rest", "rest"},
		{"POST", "/window/beat", "life", "life"},
		{"POST", "/window/renew", "life", "life"},
		{"POST", "/window/save", "save", ""},
		{"POST", "/window/save/", "", ""},
		{"POST", "/window/", "", ""},
		{"GET", "/window/unknown", "", ""},
		{"GET", "/window/../wall", "", ""},
		{"POST", "/window//save", "", ""},
	} {
		for _, face := range []struct {
			h    http.Handler
			want string
		}{{operator, c.operator}, {kiosk, c.kiosk}} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(c.method, "http://wails/", nil)
			r.URL.Path = c.path
			face.h.ServeHTTP(w, r)
			got := w.Header().Get("Answered-By")
			if got != face.want || (got == "") != (w.Code == http.StatusNotFound && w.Header().Get("Content-Type") == problem.ContentType) {
				t.Errorf("%s %s: %d by %q, want %q: %s", c.method, c.path, w.Code, got, face.want, w.Body)
			}
		}
	}
}

func TestWindowTellsWhatItIs(t *testing.T) {
	for _, kiosk := range []bool{false, true} {
		h := &ownPaths{kiosk: kiosk, life: named("life"), rest: named("rest")}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/window", nil))
		var got identity
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Kiosk != kiosk || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s, %v", w.Body, err)
		}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/window", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
			t.Errorf("POST gives %d %v", w.Code, w.Header())
		}
	}
}
