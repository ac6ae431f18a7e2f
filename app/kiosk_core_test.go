package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/kiosk"
	"camwall/internal/lab"
	"camwall/internal/simcam"
)

// choosing is a search for a core.
type choosing struct {
	*coreChoice
	kiosk  *kiosk.Kiosk
	window *server
	starts int // of a core of its own
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

// choose runs one until the test ends; dir has the sockets, flags are those of a
// core of its own.
func choose(t *testing.T, dir, named string, flags serverFlags) *choosing {
	t.Helper()
	return chooseBy(t, dir, named, flags, askSocket)
}

// chooseBy is choose with what asks at sockets.
func chooseBy(t *testing.T, dir, named string, flags serverFlags, ask func(context.Context, string) error) *choosing {
	t.Helper()
	k, window := lock(t)
	c := &choosing{kiosk: k, window: &server{url: window.URL}}
	if flags.Data == "" {
		flags.Data = t.TempDir()
	}
	c.coreChoice = &coreChoice{
		to: k, named: named, servers: []string{filepath.Join(dir, "server.sock")}, own: filepath.Join(dir, ownSocket), log: slog.New(slog.DiscardHandler), ask: ask,
		start: func() (*core, error) {
			c.starts++
			made, err := kioskCore(flags, logFlags{LogLevel: slog.LevelError}.logger(io.Discard))
			if err != nil {
				return nil, err
			}
			if err := made.listen(io.Discard); err != nil {
				made.Close()
				return nil, err
			}
			made.inventory.Run()
			return made, nil
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	c.cancel = cancel
	c.ended.Go(func() { c.run(ctx) })
	t.Cleanup(c.stop)
	return c
}

func (c *choosing) stop() {
	c.cancel()
	c.ended.Wait()
}

func (c *choosing) from(t *testing.T, server string) {
	t.Helper()
	waitFor(t, "pictures of "+server, func() bool {
		s := c.kiosk.State()
		return s.Ready && s.Server == server
	})
}

// Two kiosks without a server have one core between them; when the one that has
// it ends, the other goes on by itself, and a server that comes serves both.
func TestOneCoreForManyKiosks(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[0])
	dir := lab.Folder(t)
	flags := serverFlags{Config: writeFile(t, "camwall.yaml", lobby), Camera: named(sim, "")}
	begun := time.Now()
	first := choose(t, dir, "", flags)
	first.from(t, "this screen")
	second := choose(t, dir, "", flags)
	second.from(t, "unix:"+second.own)
	for _, k := range []*choosing{first, second} {
		c := dialStream(t, k.window)
		c.do(`{"type":"watch","tile":1,"camera":"s1","width":320,"height":180,"formats":["jpeg"]}`)
		sentSince(t, begun, sim, c)
	}
	if n := sim.Counters().Playing; n != 1 {
		t.Errorf("the camera plays %d times for two screens", n)
	}
	first.stop()
	second.from(t, "this screen")
	if first.starts != 1 || second.starts != 1 {
		t.Errorf("cores were started %d and %d times", first.starts, second.starts)
	}
	flags.Socket, flags.Data = filepath.Join(dir, "server.sock"), t.TempDir()
	serve(t, flags)
	second.from(t, "unix:"+flags.Socket)
	third := choose(t, dir, "", serverFlags{})
	third.from(t, "unix:"+flags.Socket)
	if third.starts != 0 {
		t.Error("a core beside a server's")
	}
}

// A server that is named, or was found once, stays the one that is shown.
func TestAServerStays(t *testing.T) {
	dir := lab.Folder(t)
	flags := serverFlags{Socket: filepath.Join(dir, "server.sock")}
	s := serve(t, flags)
	for _, name := range []string{"", "unix:" + flags.Socket} {
		c := choose(t, dir, name, serverFlags{})
		c.from(t, "unix:"+flags.Socket)
		s.Close()
		waitFor(t, "its end is seen", func() bool { return c.kiosk.State().Code == "no_socket" })
		s = serve(t, flags)
		c.from(t, "unix:"+flags.Socket)
		if c.starts != 0 {
			t.Error("a core of its own was started")
		}
		c.stop()
	}
}

// A server that was killed is given time to come back.
func TestAServerThatIsAboutToComeBack(t *testing.T) {
	dir := lab.Folder(t)
	path := filepath.Join(dir, "server.sock")
	killed, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	killed.SetUnlinkOnClose(false)
	_ = killed.Close()
	c := choose(t, dir, "", serverFlags{})
	waitFor(t, "the reason", func() bool { return strings.Contains(c.kiosk.State().Reason, "does not answer yet") })
	serve(t, serverFlags{Socket: path})
	c.from(t, "unix:"+path)
	if c.starts != 0 {
		t.Error("a core of its own was started")
	}
}

// Ports of the file are a server's, and so is the right to change what is kept: a
// kiosk's own core stands in the way of neither.
func TestAServerBesideAKiosksOwnCore(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // a test's
	data, dir := t.TempDir(), lab.Folder(t)
	file := writeFile(t, "camwall.yaml", lobby+"listen: "+taken.Addr().String()+"\ncompat_listen: "+taken.Addr().String()+"\nsocket: "+dir+"/server.sock\n")
	c := choose(t, dir, "", serverFlags{Config: file, Data: data})
	c.from(t, "this screen")
	s := serve(t, serverFlags{Data: data})
	added, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.url+"/api/v1/walls/mine", strings.NewReader(`{"columns":1,"rows":1,"pages":[{"tiles":[]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	added.Header.Set("Content-Type", "application/json")
	added.Header.Set("If-None-Match", "*")
	res, err := client().Do(added)
	if err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode/100 != 2 {
		t.Errorf("a wall is added to the server: %d %s", res.StatusCode, said)
	}
}

// A server that is there and not for this user is no reason for a core beside it.
func TestAServerThatIsNotForUs(t *testing.T) {
	dir := lab.Folder(t)
	var refused atomic.Bool
	refused.Store(true)
	c := chooseBy(t, dir, "", serverFlags{}, func(ctx context.Context, path string) error {
		if refused.Load() && filepath.Base(path) == "server.sock" {
			return fault.New(kiosk.Denied, "this user may not open the server's socket", "")
		}
		return askSocket(ctx, path)
	})
	waitFor(t, "the reason", func() bool { return c.kiosk.State().Code == string(kiosk.Denied) })
	serve(t, serverFlags{Socket: filepath.Join(dir, "server.sock")})
	refused.Store(false)
	c.from(t, "unix:"+filepath.Join(dir, "server.sock"))
	if c.starts != 0 {
		t.Error("a core of its own was started beside it")
	}
}

func TestACoreThatCanNotStartSaysWhy(t *testing.T) {
	c := choose(t, lab.Folder(t), "", serverFlags{Config: "/nowhere.yaml"})
	waitFor(t, "the reason", func() bool { return strings.Contains(c.kiosk.State().Reason, "/nowhere.yaml") })
	c = choose(t, lab.Folder(t), "ftp://x", serverFlags{})
	waitFor(t, "the reason", func() bool { return c.kiosk.State().Code == string(fault.Config) })
}

func TestServerSockets(t *testing.T) {
	for configured, want := range map[string]string{
		"": "[" + systemSocket + "]", systemSocket: "[" + systemSocket + "]", "/x": "[/x " + systemSocket + "]",
	} {
		if got := fmt.Sprint(serverSockets(configured)); got != want {
			t.Errorf("%q: %s", configured, got)
		}
	}
}
