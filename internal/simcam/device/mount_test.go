package device

import (
	"math"
	"testing"
	"time"
)

func near(a, b Position) bool {
	const hair = 1e-6
	return math.Abs(a.Pan-b.Pan) < hair && math.Abs(a.Tilt-b.Tilt) < hair && math.Abs(a.Zoom-b.Zoom) < hair
}

func TestMountRunsAndStopsByItself(t *testing.T) {
	m, now := newMount(), time.Now()
	m.run(now, Position{Pan: 1, Tilt: -0.5, Zoom: 0.4}, 2*time.Second)
	for _, c := range []struct {
		after  time.Duration
		want   Position
		moving bool
	}{
		{0, Position{}, true},
		{time.Second, Position{0.5, -0.25, 0.1}, true},
		{2 * time.Second, Position{1, -0.5, 0.2}, false},
		{time.Hour, Position{1, -0.5, 0.2}, false},
	} {
		at := now.Add(c.after)
		if got := m.position(at); !near(got, c.want) || m.moving(at) != c.moving {
			t.Errorf("after %v: %+v, moving %t", c.after, got, m.moving(at))
		}
	}
	// It goes on from there, and no further than it can.
	m.run(now.Add(time.Hour), Position{Pan: 1, Tilt: -1}, time.Minute)
	if got := m.position(now.Add(2 * time.Hour)); !near(got, Position{1, -1, 0.2}) {
		t.Errorf("at the end of its way: %+v", got)
	}
}

func TestMountStopsOneAxis(t *testing.T) {
	m, now := newMount(), time.Now()
	m.run(now, Position{Pan: 1, Zoom: 1}, 10*time.Second)
	m.stop(now.Add(time.Second), true, false)
	if got := m.position(now.Add(2 * time.Second)); !near(got, Position{0.5, 0, 0.5}) {
		t.Errorf("pan stopped: %+v", got)
	}
	m.stop(now.Add(2*time.Second), true, true)
	if got := m.position(now.Add(time.Hour)); !near(got, Position{0.5, 0, 0.5}) || m.moving(now.Add(3*time.Second)) {
		t.Errorf("stopped: %+v", got)
	}
	m.stop(now.Add(time.Hour), true, true)
	if got := m.position(now.Add(time.Hour)); !near(got, Position{0.5, 0, 0.5}) {
		t.Errorf("stopped at rest: %+v", got)
	}
}

func TestMountGoesToAPlace(t *testing.T) {
	m, now := newMount(), time.Now()
	target := Position{-0.3, 0.1, 0.9}
	m.goTo(now, target)
	half := m.position(now.Add(1800 * time.Millisecond))
	if !near(half, Position{-0.15, 0.05, 0.45}) || !m.moving(now.Add(time.Second)) {
		t.Errorf("half way: %+v", half)
	}
	if got := m.position(now.Add(time.Minute)); got != target || m.moving(now.Add(time.Minute)) {
		t.Errorf("there: %+v", got)
	}
	m.goTo(now.Add(time.Minute), target)
	if got := m.position(now.Add(time.Minute)); got != target || m.moving(now.Add(time.Minute)) {
		t.Errorf("where it was: %+v", got)
	}
}

func TestMountRemembers(t *testing.T) {
	m, now := newMount(), time.Now()
	for range maxPresets {
		if _, ok := m.store(now, "", ""); !ok {
			t.Fatal("no room")
		}
	}
	if token, ok := m.store(now, "", "one more"); ok {
		t.Errorf("one more than fits is %s", token)
	}
	m.goTo(now, Position{Pan: 1})
	if token, ok := m.store(now.Add(time.Minute), "7", "Door"); !ok || token != "7" || m.presets["7"] != (preset{"Door", Position{Pan: 1}}) {
		t.Errorf("set again: %s %+v", token, m.presets["7"])
	}
	if _, ok := m.store(now, "x", ""); ok {
		t.Error("an unknown preset was set")
	}
	if m.presets["1"].name != "Preset 1" {
		t.Errorf("a preset without a name is called %q", m.presets["1"].name)
	}
}
