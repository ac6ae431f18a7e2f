package inventory

import (
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/simcam/device"
)

func TestTurning(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard"}))
	ctx := t.Context()
	if err := s.Move(ctx, "yard", Move{Absolute: &Vector{Pan: 0.5, Tilt: -0.5, Zoom: 0.25}}); err != nil {
		t.Fatal(err)
	}
	s.until("at its place", func() bool {
		at, moving := d.Position(0)
		return !moving && at == (device.Position{Pan: 0.5, Tilt: -0.5, Zoom: 0.25})
	})
	p := must(t, first(s.PTZ(ctx, "yard")), nil)
	if !p.Known || p.Position != (Vector{0.5, -0.5, 0.25}) || p.Moving {
		t.Errorf("it looks at %+v", p)
	}
	preset := must(t, first(s.SetPreset(ctx, "yard", "Door")), nil)
	if err := s.SetHome(ctx, "yard"); err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]Move{"preset by name": {Preset: "Door"}, "preset by token": {Preset: preset.Token}, "home": {Home: true}} {
		if err := s.Move(ctx, "yard", Move{Relative: &Vector{Pan: 0.1}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Move(ctx, "yard", m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.until(name, func() bool { at, moving := d.Position(0); return !moving && at.Pan == 0.5 })
	}
	if p := must(t, first(s.PTZ(ctx, "yard")), nil); len(p.Presets) != 1 || p.Presets[0] != (Preset{preset.Token, "Door"}) {
		t.Errorf("presets: %+v", p.Presets)
	}
	if err := s.RemovePreset(ctx, "yard", preset.Token); err != nil {
		t.Fatal(err)
	}
	refused(t, s.Move(ctx, "yard", Move{Preset: "Door"}), fault.NotFound, "no preset")
}

func first[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A move that nobody stops ends by itself.
func TestAMoveEnds(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard"}))
	if err := s.Move(t.Context(), "yard", Move{Continuous: &Vector{Pan: 0.1}, Timeout: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	s.until("moving", func() bool { at, _ := d.Position(0); return at.Pan > 0 })
	s.until("at rest", func() bool { _, moving := d.Position(0); return !moving })
	if err := s.Move(t.Context(), "yard", Move{Continuous: &Vector{Pan: -1}, Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if err := s.Move(t.Context(), "yard", Move{Stop: true}); err != nil {
		t.Fatal(err)
	}
	s.until("stopped", func() bool { _, moving := d.Position(0); return !moving })
}

func TestWhatCantBeTurned(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	firstOf(s.AddCamera(t.Context(), NewCamera{ID: "plain", URL: "rtsp://192.0.2.1/a"}))
	refused(t, s.Move(t.Context(), "plain", Move{Stop: true}), fault.BadRequest, "can't be turned")
	refused(t, s.Move(t.Context(), "nobody", Move{Stop: true}), fault.NotFound, "")
	refused(t, s.Move(t.Context(), "plain", Move{}), fault.BadRequest, "give one of")
	refused(t, s.Move(t.Context(), "plain", Move{Stop: true, Home: true}), fault.BadRequest, "give one of")
	_, err := s.PTZ(t.Context(), "plain")
	refused(t, err, fault.BadRequest, "")
	_, err = s.SetPreset(t.Context(), "plain", "x")
	refused(t, err, fault.BadRequest, "")
	refused(t, s.RemovePreset(t.Context(), "plain", "x"), fault.BadRequest, "")
	refused(t, s.SetHome(t.Context(), "plain"), fault.BadRequest, "")
	_, err = s.Imaging(t.Context(), "plain")
	refused(t, err, fault.BadRequest, "can't be set")
	d, _ := single(t, func(c *device.Config) { c.NoPTZ = true; c.NoImaging = true })
	firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "fixed"}))
	refused(t, s.Move(t.Context(), "fixed", Move{Stop: true}), fault.NotSupported, "")
	_, err = s.Imaging(t.Context(), "fixed")
	refused(t, err, fault.NotSupported, "")
}

func TestImaging(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard"}))
	before := must(t, first(s.Imaging(t.Context(), "yard")), nil)
	if before.Brightness == nil || before.Brightness.Max <= before.Brightness.Min || before.NightMode == "" {
		t.Fatalf("imaging: %+v", before)
	}
	wanted := before.Brightness.Max
	after := must(t, first(s.SetImaging(t.Context(), "yard", Imaging{Brightness: &Range{Value: wanted}, NightMode: "on"})), nil)
	if after.Brightness.Value != wanted || after.NightMode != "on" || *after.Contrast != *before.Contrast {
		t.Errorf("imaging: %+v", after)
	}
	_, err := s.SetImaging(t.Context(), "yard", Imaging{NightMode: "sometimes"})
	refused(t, err, fault.BadRequest, "on, off or auto")
}
