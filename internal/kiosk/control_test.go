package kiosk

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func askControl(t *testing.T, c *Control, method, path string) (int, Health) {
	t.Helper()
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	var h Health
	if w.Code == http.StatusOK || w.Code == http.StatusServiceUnavailable {
		if err := json.Unmarshal(w.Body.Bytes(), &h); err != nil {
			t.Fatal(err)
		}
	}
	return w.Code, h
}

func TestHealthOfAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewControl("lobby", "HDMI-A-1", func() {})
		if code, h := askControl(t, c, "GET", "/health"); code != http.StatusServiceUnavailable || h.Page != "loading" || !c.Alive() {
			t.Errorf("before the first word: %d %+v, alive %v", code, h, c.Alive())
		}
		time.Sleep(startLimit)
		if c.Alive() {
			t.Error("a window that has not come within a minute is alive")
		}
		c.Report("live", true, 2)
		want := Health{Healthy: true, Wall: "lobby", Output: "HDMI-A-1", PID: os.Getpid(), Page: "live", Renewed: 2}
		if code, h := askControl(t, c, "GET", "/health"); code != http.StatusOK || h != want || !c.Alive() {
			t.Errorf("live: %d %+v, alive %v", code, h, c.Alive())
		}
		time.Sleep(reportLimit - time.Millisecond)
		if code, _ := askControl(t, c, "GET", "/health"); code != http.StatusOK {
			t.Errorf("a little before 10 s: %d", code)
		}
		time.Sleep(time.Millisecond)
		if code, h := askControl(t, c, "GET", "/health"); code != http.StatusServiceUnavailable || h.Healthy || c.Alive() {
			t.Errorf("a main loop that hangs: %d %+v, alive %v", code, h, c.Alive())
		}
		c.Report("frozen", false, 2)
		if code, h := askControl(t, c, "GET", "/health"); code != http.StatusServiceUnavailable || h.Page != "frozen" || c.Alive() {
			t.Errorf("frozen: %d %+v, alive %v", code, h, c.Alive())
		}
	})
}

func TestControlTakesFewRequests(t *testing.T) {
	reloads := 0
	c := NewControl("lobby", "", func() { reloads++ })
	for asked, want := range map[[2]string]int{
		{"POST", "/reload"}: http.StatusNoContent, {"GET", "/reload"}: http.StatusNotFound, {"POST", "/health"}: http.StatusNotFound,
		{"GET", "/"}: http.StatusNotFound, {"POST", "/quit"}: http.StatusNotFound,
	} {
		if code, _ := askControl(t, c, asked[0], asked[1]); code != want {
			t.Errorf("%v: %d, want %d", asked, code, want)
		}
	}
	if reloads != 1 {
		t.Errorf("%d reloads", reloads)
	}
}

func TestNamesOfOutputs(t *testing.T) {
	for output, want := range map[string]string{
		"": "default", "HDMI-A-1": "HDMI-A-1", "eDP_1": "eDP_1", "Dell Inc. U2720Q 7X/1": "Dell_Inc__U2720Q_7X_1", "../../etc": "______etc", "é": "_",
	} {
		if got := ControlSocket("/run/x", output); got != "/run/x/kiosk-"+want+".sock" {
			t.Errorf("%q: %s", output, got)
		}
		if got := AppID(output); got != "camwall-kiosk-"+want {
			t.Errorf("%q: %s", output, got)
		}
	}
}
