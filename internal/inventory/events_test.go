package inventory

import (
	"context"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/simcam/device"
)

// event waits for one of a camera that is on.
func event(t *testing.T, changes <-chan Change, kind string, active bool) Change {
	t.Helper()
	for {
		c := heard(t, changes, Happened)
		if c.Event.Kind == kind && c.Event.Active == active && !c.Event.Initial {
			return c
		}
	}
}

func TestEventsAreToldWhileSomebodyListens(t *testing.T) {
	t.Parallel()
	r := recorder(t, 3, func(c *device.Config) { c.ClockOffset = 3 * time.Hour })
	s := opened(t, "", nil)
	d, _, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Name: "NVR"})
	if err != nil {
		t.Fatal(err)
	}
	s.Run()
	if n := r.Counters().Subscriptions; n != 0 {
		t.Fatalf("%d subscriptions, and nobody listens", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	changes := s.Changes(ctx)
	subscribed := func(c device.Counters) bool { return c.Subscriptions == 1 && c.Requests["events/PullMessages"] > 0 }
	if err := r.Await(t.Context(), subscribed); err != nil {
		t.Fatal(err)
	}
	r.RaiseMotion(1, true)
	c := event(t, changes, "motion", true)
	if c.Device != d.ID || c.Event.Camera != "nvr-2" || time.Since(c.Event.At).Abs() > 10*time.Second {
		t.Errorf("told %+v %+v", c, c.Event)
	}
	r.RaiseMotion(1, false)
	event(t, changes, "motion", false)
	// It comes back after the device has forgotten the subscription.
	r.RestartEvents()
	if err := r.Await(t.Context(), func(c device.Counters) bool {
		return c.Requests["events/CreatePullPointSubscription"] >= 2 && subscribed(c)
	}); err != nil {
		t.Fatal(err)
	}
	r.RaiseMotion(2, true)
	if c := event(t, changes, "motion", true); c.Event.Camera != "nvr-3" {
		t.Errorf("told %+v", c.Event)
	}
	cancel()
}

func TestWhoseEvents(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard"}))
	s.Run()
	changes := s.Changes(t.Context())
	if err := d.Await(t.Context(), func(c device.Counters) bool { return c.Requests["events/PullMessages"] > 0 }); err != nil {
		t.Fatal(err)
	}
	d.RaiseInput("DigitalInput_1", true)
	// Of a device with one camera everything is that camera's.
	if got := event(t, changes, "digitalInput", true); got.Event.Camera != camera.ID("yard") || got.Device != c.Device.ID {
		t.Errorf("told %+v", got.Event)
	}
}

// Who is added while somebody listens is followed at once, and so is who is
// edited.
func TestWhoComesIsFollowedAtOnce(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	s.Run()
	changes := s.Changes(t.Context())
	r := recorder(t, 2, nil)
	d, _, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Name: "NVR"})
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), lingerEvents/3)
	defer cancel()
	if err := r.Await(soon, func(c device.Counters) bool { return c.Requests["events/PullMessages"] > 0 }); err != nil {
		t.Fatal(err)
	}
	// With a wrong password nobody follows it, with the right one again at once.
	wrong, right := admin("wrong"), admin(rightPassword)
	if _, err := s.EditDevice(t.Context(), d.ID, 0, DeviceEdit{SignIn: &wrong}); err != nil {
		t.Fatal(err)
	}
	if err := r.Await(soon, func(c device.Counters) bool { return c.FailedSignIns == 1 && c.Subscriptions == 0 }); err != nil {
		t.Fatalf("%v: %+v", err, r.Counters())
	}
	if _, err := s.EditDevice(t.Context(), d.ID, 0, DeviceEdit{SignIn: &right}); err != nil {
		t.Fatal(err)
	}
	if err := r.Await(soon, func(c device.Counters) bool { return c.Subscriptions == 1 }); err != nil {
		t.Fatal(err)
	}
	r.RaiseMotion(1, true)
	if c := event(t, changes, "motion", true); c.Event.Camera != "nvr-2" {
		t.Errorf("told %+v", c.Event)
	}
	if err := s.RemoveDevice(t.Context(), d.ID, 0); err != nil {
		t.Fatal(err)
	}
	if err := r.Await(soon, func(c device.Counters) bool { return c.Subscriptions == 0 }); err != nil {
		t.Fatalf("a device that is gone is followed: %v", err)
	}
	if n := r.Counters().FailedSignIns; n != 1 {
		t.Errorf("%d failed sign-ins", n)
	}
}
