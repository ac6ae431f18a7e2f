package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"camwall/internal/fault"
	"camwall/internal/simcam"
)

// TestDemoStreams: what each flag adds stands behind the others.
func TestDemoStreams(t *testing.T) {
	t.Parallel()
	plain := len(simcam.Demo())
	for _, c := range []struct {
		demo demoCommand
		more []string
	}{
		{demoCommand{}, nil},
		{demoCommand{Wall: 2}, []string{"wall1/main", "wall2/main"}},
		{demoCommand{Sound: true, Special: true}, []string{"sound1/main", "sound2/main", "still/main", "still/sub", "slow/main"}},
	} {
		specs, err := c.demo.streams()
		if err != nil {
			t.Fatal(err)
		}
		var more []string
		for _, spec := range specs[plain:] {
			more = append(more, spec.Path)
		}
		if strings.Join(more, " ") != strings.Join(c.more, " ") {
			t.Errorf("%+v adds %v, want %v", c.demo, more, c.more)
		}
	}
	for _, n := range []int{-1, 65} {
		if _, err := (&demoCommand{Wall: n}).streams(); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("--wall %d: %v", n, err)
		}
	}
}

// TestDemoSwitchesFaults: /fault is where the log says, for cameras that were
// added too; only the demonstration's own are ONVIF devices.
func TestDemoSwitchesFaults(t *testing.T) {
	_, log := demo(t, demoCommand{Listen: "127.0.0.1:0", Wall: 2, Sound: true, Special: true})
	found := regexp.MustCompile(`url=(http://127\.0\.0\.1:\d+/fault)`).FindStringSubmatch(log)
	if found == nil {
		t.Fatalf("where /fault is is not told: %s", log)
	}
	if devices := strings.Count(log, `msg="ONVIF device"`); devices != 6 {
		t.Errorf("%d devices, want 6: %s", devices, log)
	}
	answer, err := client().Post(found[1], "application/json", strings.NewReader(`{"path":"wall2","fault":"frozen"}`))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close() //nolint:errcheck // a test's
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("answered %d", answer.StatusCode)
	}
	answer, err = client().Get(found[1])
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // a test's
	var list []simcam.StreamFaults
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	frozen := ""
	for _, s := range list {
		for _, f := range s.Faults {
			frozen += s.Path + " " + f.Fault + "\n"
		}
	}
	if frozen != "wall2/main frozen\n" {
		t.Errorf("faults are %q", frozen)
	}
}

// TestDemoTiles: a demonstration of so many cameras that are alike.
func TestDemoTiles(t *testing.T) {
	s := serve(t, serverFlags{Demo: true, DemoTiles: 16})
	all := s.inventory.Cameras()
	if len(all) != 16 || all[0].ID != "wall1" || all[15].ID != "wall16" {
		t.Fatalf("%d cameras, from %s", len(all), all[0].ID)
	}
	s.view(t, "/live/wall16?size=64x36").until("live", isLive)
	for _, n := range []int{-1, 65} {
		if _, err := demoStreams(n); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%d tiles: %v", n, err)
		}
	}
}
