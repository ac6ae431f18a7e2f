package session

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestDisplaysThatMove: the kiosk of a display whose connector has another name
// for a minute is ended; that of a display that is merely off, or that may be
// another of its kind, is not.
func TestDisplaysThatMove(t *testing.T) {
	t.Parallel()
	const serial = "HX7H2"
	of := func(name, serial string) output {
		return output{Name: name, Display: strings.TrimSpace("Maker Model " + serial), Serial: serial}
	}
	for name, c := range map[string]struct {
		before, later []output // DP-5 is there before, DP-8 later
		gone          time.Duration
		moves         bool
	}{
		"moved":                 {[]output{of("DP-5", serial)}, []output{of("DP-8", serial)}, movedAfter, true},
		"told otherwise":        {[]output{of("DP-5", serial)}, []output{{Name: "DP-8", Display: "maker  model hx7h2"}}, movedAfter, true},
		"a moment ago":          {[]output{of("DP-5", serial)}, []output{of("DP-8", serial)}, movedAfter - time.Second, false},
		"another":               {[]output{of("DP-5", serial)}, []output{of("DP-8", "HX7H3")}, time.Hour, false},
		"off":                   {[]output{of("DP-5", serial)}, nil, time.Hour, false},
		"still there":           {[]output{of("DP-5", serial)}, []output{of("DP-5", serial), of("DP-8", serial)}, time.Hour, false},
		"one of two":            {[]output{of("DP-5", serial), of("DP-8", serial)}, []output{of("DP-8", serial)}, time.Hour, false},
		"two, and a third name": {[]output{of("DP-5", serial), of("DP-6", serial)}, []output{of("DP-8", serial)}, time.Hour, false},
		"no serial":             {[]output{of("DP-5", "")}, []output{of("DP-8", "")}, time.Hour, false},
		"unknown":               {[]output{of("DP-5", "Unknown")}, []output{of("DP-8", "Unknown")}, time.Hour, false},
		"zero":                  {[]output{of("DP-5", "0x00000000")}, []output{of("DP-8", "0x00000000")}, time.Hour, false},
		"ones":                  {[]output{of("DP-5", "0x01010101")}, []output{of("DP-8", "0x01010101")}, time.Hour, false},
		"nothing known":         {[]output{{Name: "DP-5"}}, []output{{Name: "DP-8"}}, time.Hour, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := quiet(t)
			ended := []string{}
			show := func(all []output) {
				s.wishes(all)
				for _, o := range all {
					if s.kiosks[o.Name] == nil {
						s.kiosks[o.Name] = newKeeper(kioskConfig{Output: o.Name})
						s.kiosks[o.Name].end = func() { ended = append(ended, o.Name) }
					}
				}
				s.endMoved()
			}
			show(c.before)
			show(c.later)
			time.Sleep(c.gone)
			show(c.later)
			_, known := s.known["DP-5"]
			if got := slices.Equal(ended, []string{"DP-5"}); got != c.moves || len(ended) > 1 || known == c.moves {
				t.Errorf("%s: ended are %q, kiosks %q", name, ended, slices.Collect(maps.Keys(s.kiosks)))
			}
			if c.moves {
				ended = nil
				show(c.before) // and back again: there is no kiosk, so it gets one
				if s.kiosks["DP-5"] == nil || len(ended) != 0 {
					t.Errorf("%s: back again it has no kiosk, or ended are %q", name, ended)
				}
			}
		})
	}
}
