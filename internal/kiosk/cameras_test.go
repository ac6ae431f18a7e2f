package kiosk

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/config"
	"camwall/internal/liveview/wire"
)

// say posts commands as the page does.
func say(k http.Handler, commands string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/stream/live/ABC", strings.NewReader(commands)))
	return w
}

// hearing is a kiosk of a core that keeps what it is told on live connections.
func hearing(t *testing.T, wall string) (k *Kiosk, heard func() []string) {
	t.Helper()
	var told []string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			core(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		told = append(told, string(body))
		w.WriteHeader(http.StatusNoContent)
	})
	k = locked(t, func(c *Config) { c.Wall = wall })
	k.Use(NewOwn(handler))
	until(t, k, "ready", isReady)
	return k, func() []string { return told }
}

func TestTheLiveConnectionReachesTheCamerasOfTheWall(t *testing.T) {
	k, heard := hearing(t, "lobby")
	open := []string{
		`{"type":"ping","sent":1}`, `[]`, `[{"type":"ack","tiles":[[1,2,3]]}]`, `{"type":"watch","tile":1,"camera":"door"}`,
		`[{"type":"watch","tile":1,"camera":"YARD"},{"type":"change","tile":2,"camera":"hall"}]`, ` {"type":"watch","camera":null}`,
	}
	for _, commands := range open {
		if w := say(k, commands); w.Code != http.StatusNoContent {
			t.Errorf("%s: %d %s", commands, w.Code, w.Body)
		}
	}
	if !slices.Equal(heard(), open) {
		t.Errorf("heard %q", heard())
	}
	before := len(heard())
	const none = `"(not on this wall)"`
	for commands, want := range map[string]string{
		`{"type":"watch","tile":1,"camera":"vault"}`:                            `[{"camera":` + none + `,"tile":1,"type":"watch"}]`,
		`[{"type":"watch","camera":"door"},{"type":"change","camera":"vault"}]`: `[{"camera":"door","type":"watch"},{"camera":` + none + `,"type":"change"}]`,
		`{"type":"watch","tile":1,"camera":"door","Camera":"vault"}`:            `[{"Camera":` + none + `,"camera":"door","tile":1,"type":"watch"}]`,
		`{"type":"watch","tile":1,"\u0063amera":"vault"}`:                       `[{"camera":` + none + `,"tile":1,"type":"watch"}]`,
		`{"type":"watch","tile":1,"camera":"door","camera":"vault"}`:            `[{"camera":` + none + `,"tile":1,"type":"watch"}]`,
		`{"type":"watch","tile":1,"camera":["vault"]}`:                          `[{"camera":` + none + `,"tile":1,"type":"watch"}]`,
		`{"type":"watch","camera":""}`:                                          `[{"camera":` + none + `,"type":"watch"}]`,
	} {
		if w := say(k, commands); w.Code != http.StatusNoContent {
			t.Errorf("%s: %d %s", commands, w.Code, w.Body)
		}
		if all := heard(); all[len(all)-1] != want {
			t.Errorf("%s becomes %s, want %s", commands, all[len(all)-1], want)
		}
	}
	if _, err := camera.ParseID(strings.Trim(none, `"`)); err == nil {
		t.Error("a camera may be called so")
	}
	before += 7
	for commands, want := range map[string]int{
		`{"type":"watch","camera":"door"}]`:     http.StatusBadRequest,
		`[[{"type":"watch","camera":"vault"}]]`: http.StatusBadRequest,
		`"vault"`:                               http.StatusBadRequest,
		``:                                      http.StatusBadRequest,
		strings.Repeat(" ", wire.MaxCommands) + `{"type":"watch","camera":"vault"}`: http.StatusRequestEntityTooLarge,
	} {
		if w := say(k, commands); w.Code != want || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.80s: %d %s, want %d", commands, w.Code, w.Body, want)
		}
	}
	if len(heard()) != before {
		t.Errorf("heard %q", heard()[before:])
	}
}

func TestAKioskOfAllCamerasReachesAll(t *testing.T) {
	k, heard := hearing(t, config.AllCameras)
	if w := say(k, `{"type":"watch","camera":"vault"}`); w.Code != http.StatusNoContent || len(heard()) != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for path, want := range map[string]string{"/api/v1/cameras": "vault", "/api/v1/devices": "safe"} {
		if got := get(k, path).Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestAWallThatIsNotThereHasNoCameras(t *testing.T) {
	for status, want := range map[int]int{http.StatusNotFound: http.StatusOK, http.StatusServiceUnavailable: http.StatusServiceUnavailable} {
		k := locked(t, nil)
		k.Use(NewOwn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/api/v1/walls/") {
				w.WriteHeader(status)
				return
			}
			core(w, r)
		})))
		until(t, k, "ready", isReady)
		if w := say(k, `{"type":"watch","camera":"door"}`); w.Code != want {
			t.Errorf("%d: %d %s", status, w.Code, w.Body)
		}
		if w := get(k, "/api/v1/cameras"); w.Code != want || want == http.StatusOK && w.Body.String() != `{"cameras":[],"next":null}` {
			t.Errorf("%d: %d %s", status, w.Code, w.Body)
		}
	}
}

// FuzzAllowed: whatever the page says, the core hears of no camera beyond the wall.
func FuzzAllowed(f *testing.F) {
	f.Add([]byte(`[{"type":"watch","camera":"door"},{"camera":null}]`))
	f.Add([]byte(` {"type":"watch","tile":1,"CAMERA":"x","camera":"vault","width":640,"height":360} `))
	f.Add([]byte(`[`))
	k, err := New(Config{Wall: "lobby", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	k.Use(NewOwn(http.HandlerFunc(core)))
	k.ready = true
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := k.allowed(httptest.NewRequest(http.MethodPost, "/", nil), body)
		if err != nil {
			return
		}
		commands, err := wire.ReadCommands(out)
		if err != nil {
			return // the core refuses it
		}
		for _, c := range commands {
			var id string
			switch c := c.(type) {
			case wire.Watch:
				id = c.Wish.Camera
			case wire.Change:
				id = c.Apply(wire.Wish{}).Camera
			}
			if _, err := camera.ParseID(id); err == nil && !slices.Contains([]string{"door", "yard", "hall"}, strings.ToLower(id)) {
				t.Fatalf("%q would be watched: %q", id, out)
			}
		}
	})
}
