package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"camwall/internal/simcam"
	"camwall/internal/simcam/device"
)

// send asks the API and reads the answer into into, which may be nil. It returns
// the status and the whole answer.
func (s *server) send(t *testing.T, method, path string, body, into any) (status int, text string) {
	t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(all, into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, all)
		}
	}
	return answer.StatusCode, string(all)
}

// A recorder with a wrong password sees one failed sign-in over ONVIF, RTSP and
// snapshots together, whatever is asked; with the right one its sixteen cameras
// are on the wall in one step, and live.
func TestARecorderByTheAPI(t *testing.T) {
	const right = "p@ss?w#rd/1%"
	r, err := device.NewRecorder(device.RecorderConfig{User: "admin", Password: right, SignIn: device.SignInEither})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	s := serve(t, serverFlags{})
	signIn := func(password string) map[string]any {
		return map[string]any{"address": r.XAddr(), "user": "admin", "password": password, "source": "VideoSource_1"}
	}
	without := func(body map[string]any) map[string]any { delete(body, "source"); return body }
	for range 2 {
		for path, body := range map[string]map[string]any{
			"/api/v1/describe":         without(signIn("wrong")),
			"/api/v1/describe/picture": signIn("wrong"),
			"/api/v1/devices":          without(signIn("wrong")),
		} {
			var problem struct{ Code, Detail, Hint string }
			if status, text := s.send(t, http.MethodPost, path, body, &problem); status != http.StatusFailedDependency || problem.Code != "unauthorized" || problem.Hint == "" {
				t.Errorf("%s answered %d %s", path, status, text)
			}
		}
	}
	if c := r.Counters(); c.FailedSignIns != 1 {
		t.Errorf("%d failed sign-ins: %+v", c.FailedSignIns, c.SignIns)
	}
	var added struct {
		Device  struct{ ID string }
		Cameras []struct {
			ID     string
			Number int
		}
	}
	body := without(signIn(right))
	body["name"] = "Warehouse"
	if status, text := s.send(t, http.MethodPost, "/api/v1/devices", body, &added); status != http.StatusCreated || len(added.Cameras) != 16 {
		t.Fatalf("answered %d %s", status, text)
	}
	for _, c := range added.Cameras {
		s.view(t, "/live/"+c.ID+"?size=64x36").until("live", isLive)
	}
	if c := r.Counters(); c.FailedSignIns != 1 {
		t.Errorf("%d failed sign-ins in the end: %+v", c.FailedSignIns, c.SignIns)
	}
	_, all := s.send(t, http.MethodGet, "/api/v1/cameras", nil, nil)
	if text := all + s.log.String(); strings.Contains(text, right) || strings.Contains(text, "wrong\"") {
		t.Error("a password is told")
	}
}

// What was added is there after a restart, and so is what became of its password.
func TestWhatWasAddedIsKept(t *testing.T) {
	r, err := device.NewRecorder(device.RecorderConfig{Channels: 2, User: "admin", Password: "right"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	data := t.TempDir()
	s := serve(t, serverFlags{Data: data})
	if status, text := s.send(t, http.MethodPost, "/api/v1/devices", map[string]any{
		"address": r.XAddr(), "user": "admin", "password": "right", "name": "NVR",
	}, nil); status != http.StatusCreated {
		t.Fatalf("answered %d %s", status, text)
	}
	s.view(t, "/live/nvr-1?size=64x36").until("live", isLive)
	second := serve(t, serverFlags{Data: data}) // beside the first
	if status, text := second.send(t, http.MethodDelete, "/api/v1/cameras/nvr-1", nil, nil); status == http.StatusNoContent || !strings.Contains(text, "data_in_use") && !strings.Contains(text, "read") {
		t.Errorf("beside another server it answered %d %s", status, text)
	}
	second.view(t, "/live/nvr-2?size=64x36").until("live", isLive)
	second.Close()
	s.Close()
	third := serve(t, serverFlags{Data: data})
	third.view(t, "/live/nvr-1?size=64x36").until("live", isLive)
	if status, text := third.send(t, http.MethodDelete, "/api/v1/cameras/nvr-1", nil, nil); status != http.StatusNoContent {
		t.Errorf("answered %d %s", status, text)
	}
}

// Events tell what changes as it happens.
func TestEventsOfTheAPI(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got strings.Builder
	wanted := []string{"event: hello", "camera.added", `"state":"live"`}
	piece := make([]byte, 4096)
	for begun := false; ; {
		n, err := answer.Body.Read(piece)
		got.Write(piece[:n])
		if err != nil {
			t.Fatalf("the events ended: %v after %s", err, got.String())
		}
		if !begun {
			begun = true
			if status, text := s.send(t, http.MethodPost, "/api/v1/cameras", map[string]any{"url": "rtsp://192.0.2.1/x", "name": "New"}, nil); status != http.StatusCreated {
				t.Fatalf("answered %d %s", status, text)
			}
			s.view(t, "/live/cam1?size=64x36").until("live", isLive)
		}
		all := true
		for _, w := range wanted {
			all = all && strings.Contains(got.String(), w)
		}
		if all {
			return
		}
	}
}

// Who asks through a proxy is not on this machine.
func TestALocalProxyIsNotLocal(t *testing.T) {
	s := serve(t, serverFlags{})
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"} {
		status, _, body := s.get(t, "/api/v1/cameras", func(r *http.Request) { r.Header.Set(header, "203.0.113.7") })
		if status != http.StatusForbidden || !strings.Contains(body, "forwarded") {
			t.Errorf("with %s it answered %d %s", header, status, body)
		}
	}
	for name, c := range map[string]struct {
		headers map[string]string
		want    int
	}{
		"another name":   {map[string]string{"Host": "evil.example"}, http.StatusMisdirectedRequest},
		"a foreign page": {map[string]string{"Origin": "http://evil.example"}, http.StatusForbidden},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/discovery/search", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range c.headers {
			if k == "Host" {
				r.Host = v
			}
			r.Header.Set(k, v)
		}
		answer, err := client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.want {
			t.Errorf("%s: answered %s", name, answer.Status)
		}
	}
}

// A folder in which nothing can be written is no reason to show nothing.
func TestDataThatCantBeWritten(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[1])
	// Nobody, root neither, makes a folder there.
	s := serve(t, serverFlags{Data: "/proc/camwall", Camera: named(sim, "")})
	s.view(t, "/live/s1?size=64x36").until("live", isLive)
	if status, text := s.send(t, http.MethodPost, "/api/v1/cameras", map[string]any{"url": "rtsp://192.0.2.1/a"}, nil); status < 400 || !strings.Contains(text, "hint") {
		t.Errorf("a change was answered %d %s", status, text)
	}
}
