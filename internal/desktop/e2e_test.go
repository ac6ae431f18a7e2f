//go:build linux && desktop && production

package desktop

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// demoFPS is the least that each tile of the demo wall has to show; the first
// four cameras send 20 pictures a second or more.
const demoFPS = 15

// camwall runs the real program on a display, -1 for none.
func camwall(t testing.TB, display int, args ...string) *program {
	t.Helper()
	cmd := exec.Command(programPath(t), args...)
	cmd.Env = environment(t, display)
	return start(t, cmd)
}

// TestCamwallPaintsFourDemoCameras is the whole path: RTSP, decoder, renditions,
// asset handler, page, pixels.
func TestCamwallPaintsFourDemoCameras(t *testing.T) {
	display := startX(t)
	p := camwall(t, display, "--demo")
	x := dialX(t, display)
	id, at := x.await("Camwall")
	pictures := x.below(at, 3, 4) // of nine places, six with a camera

	if rates := x.fast(pictures, demoFPS); rates != nil {
		t.Errorf("the tiles show %.1f pictures a second, want at least %v", rates, demoFPS)
	}

	x.askToClose(id)
	if code := p.exit(); code != 0 {
		t.Errorf("closing the window ended camwall with %d, want 0", code)
	}
}

// TestCamwallEndsOnSIGTERM with four viewers connected, in the 3 s that a
// service manager waits gladly.
func TestCamwallEndsOnSIGTERM(t *testing.T) {
	display := startX(t)
	p := camwall(t, display, "--demo")
	x := dialX(t, display)
	_, at := x.await("Camwall")
	x.below(at, 3, 1)
	asked := time.Now()
	p.terminate()
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if took := time.Since(asked); took > 3*time.Second {
		t.Errorf("camwall ended after %v", took)
	}
}

// TestCamwallWithoutADisplay says what to do.
func TestCamwallWithoutADisplay(t *testing.T) {
	p := camwall(t, -1, "--demo")
	if code := p.exit(); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	eventually(t, "its words", func() bool {
		return p.errors() == "camwall: there is no display here\nR"+noDisplayHint[1:]+".\n"
	})
}

// TestCamwallStartedTwice shows the window that is there, and says so.
func TestCamwallStartedTwice(t *testing.T) {
	display := startX(t)
	env := environment(t, display)
	twice := func() *program {
		t.Helper()
		cmd := exec.Command(programPath(t), "--demo")
		cmd.Env = env
		return start(t, cmd)
	}
	p := twice()
	dialX(t, display).await("Camwall")
	second := twice()
	if code := second.exit(); code != 0 {
		t.Errorf("the second start ends with %d, want 0", code)
	}
	eventually(t, "its words", func() bool {
		return strings.HasPrefix(second.errors(), "camwall: runs on this display already; ")
	})
	p.terminate()
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}
