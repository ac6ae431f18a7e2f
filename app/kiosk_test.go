package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/frontend"
	"camwall/internal/desktop"
	"camwall/internal/fault"
	"camwall/internal/kiosk"
	"camwall/internal/lab"
	"camwall/internal/simcam"
)

const lobby = "walls:\n  - name: lobby\n    preset: 4\n    cameras: [s1]\n  - name: vault\n    preset: 1\n    cameras: [s1]\n"

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKioskCommandLine(t *testing.T) {
	t.Setenv("CAMWALL_RUNTIME", lab.Folder(t))
	t.Setenv("CAMWALL_DATA", t.TempDir())
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "GDK_BACKEND"} {
		t.Setenv(name, "")
	}
	file := "--config=" + writeFile(t, "camwall.yaml", lobby)
	for name, c := range map[string]struct {
		args []string
		err  string
	}{
		"no wall":          {nil, "--wall"},
		"odd wall":         {[]string{"--wall", "../cameras"}, "can't name a wall"},
		"no PIN file":      {[]string{"--wall", "lobby", "--pin-file", "/nowhere"}, "/nowhere"},
		"no PIN in it":     {[]string{"--wall", "lobby", "--pin-file", writeFile(t, "pin", "97531x\n")}, "no PIN"},
		"odd key":          {[]string{"--wall", "lobby", "--key", "Q"}, "Ctrl+Alt+Q"},
		"odd server":       {[]string{"--wall", "lobby", "--server", "ftp://u:secret@h"}, "server is not usable"},
		"refused file":     {[]string{"--wall", "lobby", "--config=" + writeFile(t, "camwall.yaml", "listne: x")}, "unknown key"},
		"too little":       {[]string{"--wall", "lobby", "--memory", "5"}, "512 to 16384"},
		"unknown flag":     {[]string{"--wall", "lobby", "--dance"}, "unknown flag"},
		"no such file":     {[]string{"--wall", "lobby", "--config=/nowhere.yaml"}, "/nowhere.yaml"},
		"nothing to show":  {[]string{"--wall", "lobby"}, map[bool]string{true: "display", false: "window"}[desktop.Built]},
		"all cameras":      {[]string{"--wall", "*", "--pin-file", writeFile(t, "pin", "97531\n")}, map[bool]string{true: "display", false: "window"}[desktop.Built]},
		"capital letters":  {[]string{"--wall", "Lobby", "--key", "ctrl+alt+x"}, map[bool]string{true: "display", false: "window"}[desktop.Built]},
		"folder too deep":  {[]string{"--wall", "lobby", "--socket", "/x"}, map[bool]string{true: "display", false: "window"}[desktop.Built]},
		"output and limit": {[]string{"--wall", "lobby", "--output", "HDMI-A-1", "--memory", "512"}, map[bool]string{true: "display", false: "window"}[desktop.Built]},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs strings.Builder
			args := append([]string{"kiosk"}, c.args...)
			if !strings.Contains(strings.Join(args, " "), "--config") {
				args = append(args, file)
			}
			if exit := run(args, &out, &errs); exit != 2 || !strings.Contains(errs.String(), c.err) {
				t.Errorf("exit code %d, it said %s%s; want 2 and %q", exit, &out, &errs, c.err)
			}
			if said := out.String() + errs.String(); strings.Contains(said, "97531") || strings.Contains(said, "secret") {
				t.Errorf("something secret is told: %s", said)
			}
		})
	}
}

func TestWhatHoldsForAKiosk(t *testing.T) {
	t.Setenv("CAMWALL_RUNTIME", "/run/x")
	file := writeFile(t, "camwall.yaml", lobby+`
socket: /run/y/camwall.sock
kiosk: {server: "http://wall.example:8000", key: Ctrl+Alt+K, pin: "97531", memory: 512}
screens:
  - {output: HDMI-A-1, wall: lobby, dim: {from: "21:00", to: "06:30", level: 30}, shift: false}
  - {output: Dell Inc. U2720Q 7X, wall: vault, shift: false}
`)
	c := kioskCommand{serverFlags: serverFlags{Config: file, Data: "/data"}, Wall: "lobby", Output: "HDMI-A-1"}
	s, err := c.settings(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if s.Server != "http://wall.example:8000" || s.Key != "Ctrl+Alt+K" || s.PIN.Reveal() != "97531" || s.Memory != 512<<20 ||
		s.screen.Output != "HDMI-A-1" || s.screen.Shift || s.socket != "/run/y/camwall.sock" || s.dir != "/run/x" || s.data != "/data" {
		t.Errorf("of the file: %+v", s)
	}
	if night := time.Date(2026, 11, 21, 23, 0, 0, 0, time.Local); s.screen.Dim(night) != 30 || s.screen.Dim(night.Add(12*time.Hour)) != 100 {
		t.Errorf("dimmed to %d by night, %d by day", s.screen.Dim(night), s.screen.Dim(night.Add(12*time.Hour)))
	}
	c.Server, c.Key, c.PINFile, c.Memory = "unix:/run/z.sock", "ctrl+shift+f1", writeFile(t, "pin", "1357\n"), 600
	c.Output, c.Display = "DP-1", "Dell Inc. U2720Q 7X"
	if s, err = c.settings(slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if s.Server != "unix:/run/z.sock" || s.Key != "Ctrl+Shift+F1" || s.PIN.Reveal() != "1357" || s.Memory != 600<<20 || s.screen.Wall != "vault" {
		t.Errorf("of the flags: %+v", s)
	}
	c.Output, c.Display = "DP-2", ""
	if s, err = c.settings(slog.New(slog.DiscardHandler)); err != nil || !s.screen.Shift || s.screen.Dim(time.Now()) != 100 {
		t.Errorf("a screen without an entry: %+v, %v", s.screen, err)
	}
}

// lock runs a kiosk of the wall lobby as a window would, until the test ends.
func lock(t *testing.T) (k *kiosk.Kiosk, window *httptest.Server) {
	t.Helper()
	k, err := kiosk.New(kiosk.Config{Wall: "lobby", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = k.Run(ctx) })
	window = httptest.NewServer(k)
	t.Cleanup(func() {
		window.CloseClientConnections()
		window.Close()
		cancel()
		running.Wait()
	})
	return k, window
}

// waitFor waits until something holds.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: never", what)
		}
	}
}

// Pictures of a server come through a kiosk over its Unix socket, and again when
// the server has ended and is back: fresh ones, of the number that was sent.
func TestAKioskShowsAServersPictures(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[0])
	socket := filepath.Join(lab.Folder(t), "camwall.sock")
	flags := serverFlags{Config: writeFile(t, "camwall.yaml", lobby), Camera: named(sim, ""), Socket: socket, Data: t.TempDir()}
	k, window := lock(t)
	remote, err := kiosk.NewRemote("unix:"+socket, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	k.Use(remote)
	waitFor(t, "no server is there", func() bool { return k.State().Code == "no_socket" })
	for range 2 {
		s := serve(t, flags)
		begun := time.Now()
		waitFor(t, "the server is seen", func() bool { return k.State().Ready })
		through := &server{core: s.core, url: window.URL}
		c := dialStream(t, through)
		c.do(`{"type":"watch","tile":1,"camera":"s1","width":320,"height":180,"formats":["jpeg"]}`)
		sentSince(t, begun, sim, c)
		t.Logf("five pictures %v after the server came", time.Since(begun))
		if screens := s.live.Connections(); len(screens) != 1 || screens[0].Remote != "127.0.0.1:0" {
			t.Errorf("the server sees %+v", screens)
		}
		s.Close()
		for err = nil; err == nil; { // what it sent before, then the end
			_, err = c.message()
		}
		waitFor(t, "the server's end is seen", func() bool { return !k.State().Ready })
		if s := k.State(); s.Reason == "" || s.Hint == "" || !s.Begun {
			t.Errorf("told: %+v", s)
		}
		status, _, body := through.get(t, "/wall/lobby", nil)
		if status != http.StatusOK || !strings.Contains(body, "/kiosk/state") {
			t.Errorf("in place of the wall: %d %.100s", status, body)
		}
	}
}

// sentSince reads five pictures of tile 1 that differ, and that the camera has sent
// since a time.
func sentSince(t *testing.T, begun time.Time, sim *simcam.Server, c *wallClient) {
	t.Helper()
	seen := map[uint16]bool{}
	for len(seen) < 5 {
		m, img := c.picture(1)
		n := marked(t, img)
		seen[n] = true
		if sent, ok := sim.SentAt(sim.Streams()[0].Path, n, m.at); !ok || sent.Before(begun) {
			t.Errorf("picture %d was sent at %v, %v; begun at %v", n, sent, ok, begun)
		}
	}
}

// What the page of a wall asks for passes to a real core, and nothing else does.
func TestTheGateBeforeARealCore(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[0])
	core := serve(t, serverFlags{Config: writeFile(t, "camwall.yaml", lobby), Camera: named(sim, "")})
	k, window := lock(t)
	k.Use(kiosk.NewOwn(core.mux))
	waitFor(t, "ready", func() bool { return k.State().Ready })
	s := &server{core: core.core, url: window.URL}
	open := []string{"/", "/wall/lobby", "/kiosk/state", "/api/health", "/api/v1/cameras", "/api/v1/walls", "/api/v1/walls/lobby", "/api/v1/devices?limit=5000"}
	if index, err := fs.ReadFile(frontend.Dist(), "index.html"); err == nil { // where the page is built
		if status, header, body := s.get(t, "/wall/lobby", nil); status != http.StatusOK || body != string(index) || header.Get("Content-Security-Policy") == "" {
			t.Errorf("the wall is not the page: %d %v", status, header)
		}
		open = append(open, "/favicon.svg", "/old.js")
		assets, err := fs.Glob(frontend.Dist(), "assets/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range assets {
			open = append(open, "/"+name)
		}
	}
	for _, path := range open {
		if status, _, body := s.get(t, path, nil); status != http.StatusOK {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
	}
	_, _, body := s.get(t, "/api/v1/walls", nil)
	var walls struct{ Walls []struct{ Name string } }
	if err := json.Unmarshal([]byte(body), &walls); err != nil || len(walls.Walls) != 1 || walls.Walls[0].Name != "lobby" {
		t.Errorf("walls: %s", body)
	}
	_, _, body = s.get(t, "/api/v1/devices", nil)
	if !strings.Contains(body, `"id"`) || strings.Contains(body, "127.0.0.1") || strings.Contains(body, "address") {
		t.Errorf("devices: %s", body)
	}
	for asked := range core.routes(t) {
		method, path, _ := strings.Cut(asked, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, window.URL+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNotFound || !strings.Contains(string(said), "nothing else") {
			t.Errorf("%s: %d %.100s", asked, res.StatusCode, said)
		}
	}
}

// routes are all that the API describes, but for what a kiosk lets through.
func (s *server) routes(t *testing.T) map[string]bool {
	t.Helper()
	_, _, body := s.get(t, "/openapi.json", nil)
	var document struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(body), &document); err != nil || len(document.Paths) < 10 {
		t.Fatalf("%v: %.100s", err, body)
	}
	all := map[string]bool{"GET /docs": true, "GET /openapi.json": true, "GET /metrics": true, "GET /cameras": true, "GET /ws/live": true, "GET /live/s1": true}
	fill := strings.NewReplacer("{id}", "s1", "{name}", "vault", "{$}", "", "{row}", "x")
	for path, methods := range document.Paths {
		for method := range methods {
			all[strings.ToUpper(method)+" "+fill.Replace(path)] = true
		}
	}
	for _, passes := range []string{"GET /api/health", "GET /api/v1/cameras", "GET /api/v1/walls", "GET /api/v1/devices"} {
		delete(all, passes)
	}
	return all
}

func TestWhatAKioskEndsWith(t *testing.T) {
	failed := fault.New(fault.Internal, "the display has gone", "")
	for name, c := range map[string]struct {
		asked bool // to end, before
		cause error
		err   error
		exit  int
	}{
		"left by PIN":                      {false, exitCode(kiosk.ExitLeft), nil, 10},
		"left by PIN, and the window ends": {false, exitCode(kiosk.ExitLeft), failed, 10},
		"left by PIN, canceled":            {false, exitCode(kiosk.ExitLeft), context.Canceled, 10},
		"asked to end":                     {true, nil, nil, 0},
		"asked to end, then left":          {true, exitCode(kiosk.ExitLeft), context.Canceled, 0},
		"failed":                           {false, nil, failed, 1},
		"mended":                           {false, errMended, nil, 1},
	} {
		asked, stop := context.WithCancel(t.Context())
		if c.asked {
			stop()
		}
		ctx, leave := context.WithCancelCause(asked)
		leave(c.cause)
		stop()
		var cli struct {
			End endingCommand `cmd:""`
		}
		cli.End.with = ended(ctx, c.err, slog.New(slog.DiscardHandler))
		var out, said strings.Builder
		s := streams{out: &out, err: &said}
		command, _ := parse(&cli, []string{"end"}, s, "")
		if exit := runCommand(t.Context(), command, s); exit != c.exit || (said.String() != "") != (c.exit == 1) {
			t.Errorf("%s: exit code %d, want %d; it says %s", name, exit, c.exit, &said)
		}
	}
}

// endingCommand ends with an error.
type endingCommand struct{ with error }

func (c *endingCommand) Run() error { return c.with }

// A kiosk whose file is refused says so, with file and line, keeps the PIN that can
// be read, and ends some seconds after the file is mended.
func TestAKioskWithoutAConfiguration(t *testing.T) {
	file := writeFile(t, "camwall.yaml", lobby+"kiosk: {pin: '97531'}\nlistne: x\n")
	t.Setenv("CAMWALL_RUNTIME", "/run/x")
	c := kioskCommand{serverFlags: serverFlags{Config: file, Data: "/data"}, Wall: "lobby"}
	s, err := c.settings(slog.New(slog.DiscardHandler))
	if err != nil || fault.CodeOf(s.refused) != fault.Config || s.PIN.Reveal() != "97531" {
		t.Fatalf("%+v, %v", s, err)
	}
	k, err := kiosk.New(kiosk.Config{Wall: "lobby", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancelCause(t.Context())
		defer leave(nil)
		begun := time.Now()
		var waiting sync.WaitGroup
		waiting.Go(func() { c.waitForMended(ctx, k, s.refused, leave) })
		time.Sleep(time.Minute) // the bubble's
		if s := k.State(); ctx.Err() != nil || !strings.Contains(s.Reason, "camwall.yaml:9: unknown key") || s.Ready {
			t.Errorf("told: %+v, %v", s, context.Cause(ctx))
		}
		if err := os.WriteFile(file, []byte(lobby), 0o600); err != nil {
			t.Fatal(err)
		}
		waiting.Wait()
		if took := time.Since(begun) - time.Minute; !errors.Is(context.Cause(ctx), errMended) || took < mendedFor || took > mendedFor+lookForMended {
			t.Errorf("%v after %v", context.Cause(ctx), took)
		}
	})
}

// The session asks at the kiosk's socket how it is.
func TestTheControlSocket(t *testing.T) {
	dir := lab.Folder(t)
	reloads := make(chan struct{}, 1)
	control := kiosk.NewControl("lobby", "HDMI-A-1", func() { reloads <- struct{}{} })
	log := slog.New(slog.DiscardHandler)
	end, err := serveControl(dir, "HDMI-A-1", control, log)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	path := filepath.Join(dir, "kiosk-HDMI-A-1.sock")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := serveControl(dir, "HDMI-A-1", control, log); fault.CodeOf(err) != fault.Locked || !strings.Contains(err.Error(), "already") {
		t.Errorf("a second one: %v", err)
	}
	ask := socketClient(t, path)
	if res, err := ask.Get("http://kiosk/health"); err != nil || res.StatusCode != http.StatusServiceUnavailable || res.Body.Close() != nil {
		t.Errorf("%v, %v", res, err)
	}
	reporter(control, log)(desktop.Health{Page: "live", Healthy: true})
	if res, err := ask.Get("http://kiosk/health"); err != nil || res.StatusCode != http.StatusOK || res.Body.Close() != nil {
		t.Errorf("%v, %v", res, err)
	}
	if res, err := ask.Post("http://kiosk/reload", "", nil); err != nil || res.StatusCode != http.StatusNoContent || res.Body.Close() != nil {
		t.Errorf("%v, %v", res, err)
	}
	<-reloads
	end()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("left behind: %v", err)
	}
}
