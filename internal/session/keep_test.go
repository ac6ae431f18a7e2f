package session

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"camwall/internal/screen"
)

// TestPowersAreKept: what a person has said holds over a restart of the session, as
// long as it would have.
func TestPowersAreKept(t *testing.T) {
	t.Parallel()
	day := screen.New("HDMI-A-1", "hall")
	day.Hours = []screen.Hours{parsed(screen.ParseHours("07:00-19:00"))}
	always := screen.New("HDMI-A-2", "hall")
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local)
	first := quiet(t, day, always)
	first.cfg.Now = func() time.Time { return now }
	for _, name := range []string{"HDMI-A-1", "HDMI-A-2"} {
		if _, err := first.Switch(name, PowerOff); err != nil {
			t.Fatal(err)
		}
	}
	next := func() *Session {
		s := quiet(t, day, always)
		s.cfg.Dir, s.cfg.Now = first.cfg.Dir, first.cfg.Now
		s.recall()
		return s
	}
	all := next().Screens()
	if one := all[0]; one.On || one.Power != PowerOff || one.Until == nil || one.Until.Hour() != 19 {
		t.Errorf("got %+v", one)
	}
	if two := all[1]; two.On || two.Power != PowerOff || two.Until != nil {
		t.Errorf("got %+v", two)
	}
	if info, err := os.Stat(powerPath(first.cfg.Dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	started := quiet(t, day, always)
	started.cfg.Dir, started.cfg.Now = first.cfg.Dir, first.cfg.Now
	started.cfg.Display, started.cfg.Sway = Sway, []string{filepath.Join(t.TempDir(), "nowhere")}
	if err := started.Run(t.Context()); err == nil || started.Screens()[1].Power != PowerOff {
		t.Errorf("a session that starts without a display: %v, and %+v", err, started.Screens())
	}
	now = now.Add(20 * time.Hour) // the schedule has switched meanwhile
	if all = next().Screens(); !all[0].On || all[0].Power != PowerAuto || all[1].On {
		t.Errorf("next day: %+v", all)
	}
	if _, err := next().Switch("HDMI-A-2", PowerAuto); err != nil {
		t.Fatal(err)
	}
	if all = next().Screens(); !all[1].On || all[1].Power != PowerAuto {
		t.Errorf("automatic: %+v", all)
	}
}

// TestPowersThatCantBeKept: a session works without, and says so.
func TestPowersThatCantBeKept(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON": "{", "another value": `[1]`, "another power": `{"a": {"power": "dim"}}`, "another time": `{"a": {"power": "on", "until": "soon"}}`, "huge": strings.Repeat(" ", maxKept+1),
	} {
		s := quiet(t, screen.New("a", "b"))
		said := &lockedText{}
		s.cfg.Log = slog.New(slog.NewTextHandler(said, nil))
		if err := os.WriteFile(powerPath(s.cfg.Dir), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.recall()
		if got := s.Screens(); len(got) != 1 || !got[0].On || !strings.Contains(said.String(), "forgotten") {
			t.Errorf("%s: %+v, and the log says %s", name, got, said)
		}
	}
	s := quiet(t, screen.New("a", "b"))
	said := &lockedText{}
	s.cfg.Log = slog.New(slog.NewTextHandler(said, nil))
	s.recall()
	if said.String() != "" {
		t.Errorf("the first start says %s", said)
	}
	if err := os.MkdirAll(powerPath(s.cfg.Dir)+".new/x", 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Switch("a", PowerOff); err != nil || got.On || !strings.Contains(said.String(), "not kept") {
		t.Errorf("%+v, %v, and the log says %s", got, err, said)
	}
}

// FuzzPowers: whatever stands in the file, only on and off come out.
func FuzzPowers(f *testing.F) {
	f.Add([]byte(`{"HDMI-A-1": {"power": "off", "until": "2026-11-24T07:00:00Z"}, "b": {"power": "auto"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := parsePowers(text)
		for name, h := range found {
			if err != nil || h.power != PowerOn && h.power != PowerOff {
				t.Errorf("%q: %+v, %v", name, h, err)
			}
		}
	})
}
