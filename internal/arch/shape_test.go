package arch

import (
	"slices"
	"testing"
)

// TestCamwallPackages says of pairs of our packages whether one may import the
// other, and whether its tests may.
func TestCamwallPackages(t *testing.T) {
	t.Parallel()
	cases := []struct {
		from, to    string
		code, tests bool
	}{
		// Down.
		{"internal/hub", "internal/media", true, true},
		{"internal/codec", "internal/framemark", true, true},
		{"internal/streaming", "internal/rtsp", true, true},
		{"internal/liveview", "internal/streaming", true, true},
		{"internal/desktop", "internal/liveview", true, true},
		{"app", "internal/desktop", true, true},
		{"app", "internal/secret", true, true},
		// Up.
		{"internal/media", "internal/camera", false, false},
		{"internal/camera", "internal/config", false, false},
		{"internal/rtsp", "internal/streaming", false, false},
		{"internal/codec", "app", false, false},
		{"internal/compat", "internal/desktop", false, false},
		// Sideways.
		{"internal/media", "internal/fault", false, false},
		{"internal/hub", "internal/codec", false, false},
		{"internal/rtsp", "internal/hub", false, false},
		{"internal/compat", "internal/liveview", false, false},
		{"internal/config", "internal/store", false, false},
		// Beside.
		{"app", "internal/simcam", true, true},
		{"internal/rtsp", "internal/simcam", false, true},
		{"internal/desktop", "internal/simcam/scene", false, true},
		{"internal/simcam", "internal/simcam/scene", true, true},
		{"internal/simcam/clips", "internal/framemark", true, true},
		{"internal/simcam", "internal/rtsp", false, false},
		{"internal/bench", "internal/simcam", true, true},
		{"internal/bench", "internal/streaming", false, false},
		{"app", "frontend", true, true},
		{"frontend", "internal/media", false, false},
		{"app", "internal/arch", false, false},
		{"internal/arch", "internal/fault", false, false},
		// A package's own tests, and packages that nobody knows.
		{"internal/hub", "internal/hub", true, true},
		{"internal/hub", "internal/hub/ring", false, false},
		{"app", "internal/everything", false, false},
	}
	s := Camwall()
	for _, c := range cases {
		from, ok := s.row(c.from)
		if !ok {
			t.Errorf("%s has no row", c.from)
			continue
		}
		if why := s.refusePackage(from, c.from, c.to, false); (why == "") != c.code {
			t.Errorf("%s to %s: %q", c.from, c.to, why)
		}
		if why := s.refusePackage(from, c.from, c.to, true); (why == "") != c.tests {
			t.Errorf("tests of %s to %s: %q", c.from, c.to, why)
		}
	}
}

// TestCamwallLibraries says which of our packages may import a library.
func TestCamwallLibraries(t *testing.T) {
	t.Parallel()
	owners := map[string][]string{
		"C":                                         {"internal/codec", "internal/desktop"},
		"github.com/alecthomas/kong":                {"app"},
		"github.com/asticode/go-astiav":             {"internal/codec"},
		"github.com/bluenviron/gortsplib/v4":        {"internal/rtsp", "internal/simcam"},
		"github.com/bluenviron/gortsplib/v4/pkg/x":  {"internal/rtsp", "internal/simcam"},
		"github.com/bluenviron/mediacommon/v2/pkg":  {"internal/rtsp", "internal/simcam"},
		"github.com/pion/rtp":                       {"internal/rtsp", "internal/simcam"},
		"github.com/wailsapp/wails/v2/pkg/options":  {"internal/desktop"},
		"github.com/coder/websocket":                {"internal/compat", "internal/liveview"},
		"github.com/prometheus/client_golang/x":     {"internal/metrics"},
		"gopkg.in/yaml.v3":                          {"internal/config", "internal/importer"},
		"github.com/danielgtaylor/huma/v2":          {"internal/api"},
		"github.com/use-go/onvif/media":             {"internal/onvif"},
		"modernc.org/sqlite":                        {"internal/store"},
		"golang.org/x/image/font":                   {"internal/placard", "internal/simcam"},
		"golang.org/x/time/rate":                    {"internal/streaming"},
		"go.uber.org/goleak":                        nil,
		"github.com/rogpeppe/go-internal/txtar":     nil,
		"github.com/bluenviron/gortsplibrary":       nil,
		"github.com/gorilla/websocket":              nil,
		"github.com/sirupsen/logrus":                nil,
		"github.com/wailsapp/wailsish/v2/pkg/other": nil,
	}
	s := Camwall()
	for name, want := range owners {
		var got []string
		for _, p := range s.Packages {
			if s.refuseLibrary(p, name, false) == "" {
				got = append(got, p.Path)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: may be imported by %q, want %q", name, got, want)
		}
	}
	for _, p := range s.Packages {
		if why := s.refuseLibrary(p, "go.uber.org/goleak", true); why != "" {
			t.Errorf("tests of %s: %s", p.Path, why)
		}
	}
}

// TestTables: no row is there twice, and all rows speak of packages that have
// one.
func TestTables(t *testing.T) {
	t.Parallel()
	s := Camwall()
	seen := map[string]bool{Everywhere: true, Tests: true}
	for _, p := range s.Packages {
		if seen[p.Path] {
			t.Errorf("%s has two rows", p.Path)
		}
		seen[p.Path] = true
		if p.Layer != Beside && (p.Imports != nil || p.ImportedBy != nil || p.Layer < 0) {
			t.Errorf("%s is on a layer and beside them", p.Path)
		}
	}
	named := s.Programs
	for _, p := range s.Packages {
		named = slices.Concat(named, p.Imports, p.ImportedBy)
	}
	prefixes := map[string]bool{}
	for _, l := range s.Libraries {
		if prefixes[l.Prefix] {
			t.Errorf("%s has two rows", l.Prefix)
		}
		prefixes[l.Prefix] = true
		named = slices.Concat(named, l.In, l.InTests)
	}
	for _, name := range named {
		if !seen[name] {
			t.Errorf("a row names %s, which has none", name)
		}
	}
	for name, reason := range s.LongFunctions {
		if reason == "" {
			t.Errorf("%s is long without a reason", name)
		}
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"The life of a picture":        "the-life-of-a-picture",
		"`camwall demo`: what it does": "camwall-demo-what-it-does",
		"A/B, C & D_e-f":               "ab-c--d_e-f",
		"[Link](there.md) and text":    "link-and-text",
		"鏡頭 2 und Ärger":               "鏡頭-2-und-ärger",
		"0.1.0 - 2026-01-02":           "010---2026-01-02",
	} {
		if got := slug(title); got != want {
			t.Errorf("slug(%q) = %q, want %q", title, got, want)
		}
	}
}
