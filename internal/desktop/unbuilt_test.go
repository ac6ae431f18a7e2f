//go:build !(linux && desktop && production)

package desktop

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"camwall/internal/fault"
)

func TestBuildWithoutAWindow(t *testing.T) {
	if Built {
		t.Error("this build says that it has a window")
	}
	run := Run(t.Context(), Config{Handler: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)})
	for name, err := range map[string]error{"Check": Check(), "Run": run} {
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.NotBuilt {
			t.Fatalf("%s: %v, want a %s", name, err, fault.NotBuilt)
		}
		for _, word := range []string{"libgtk-3-dev", "libwebkit2gtk-4.1-dev", "make build", "camwall serve"} {
			if !strings.Contains(f.Hint, word) {
				t.Errorf("%s: the hint %q does not name %s", name, f.Hint, word)
			}
		}
	}
}
