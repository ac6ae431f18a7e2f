package inventory

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/netpolicy"
	"camwall/internal/secret"
	"camwall/internal/simcam"
	"camwall/internal/simcam/device"
	"camwall/internal/store"
	"camwall/internal/streaming"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds how long a test waits for what must come.
const patience = 20 * time.Second

// stage is an inventory on a store and a streaming service of its own.
type stage struct {
	*Inventory
	t      *testing.T
	cfg    Config
	dir    string
	player *streaming.Service
	log    *guarded
}

// guarded is a log that many write and a test reads.
type guarded struct {
	mu   sync.Mutex // guards the field below
	text bytes.Buffer
}

func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.Write(p)
}

func (g *guarded) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.String()
}

// opened starts an inventory on the data of dir; "" is a folder of its own.
func opened(t *testing.T, dir string, edit func(*Config)) *stage {
	t.Helper()
	if dir == "" {
		dir = t.TempDir()
	}
	s := &stage{t: t, dir: dir, log: &guarded{}}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	kept, err := store.Open(t.Context(), store.Config{Dir: dir, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	book := admission.New(admission.Config{Log: log})
	policy := netpolicy.New(netpolicy.Config{Loopback: true})
	s.player = streaming.New(streaming.Config{
		Admission: book, Log: log,
		Pack: func(_ *streaming.Picture, jpeg []byte) ([]byte, int) { return bytes.Clone(jpeg), 0 },
		Locate: func(ctx context.Context, cam camera.Camera, stream string, last fault.Code) (string, error) {
			return s.Locate(ctx, cam, stream, last)
		},
		RequestKey: func(id camera.ID, stream string) { s.RequestKey(id, stream) },
	})
	s.cfg = Config{Store: kept, Player: s.player, Admission: book, Policy: policy, Log: log}
	if edit != nil {
		edit(&s.cfg)
	}
	if s.Inventory, err = New(t.Context(), s.cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// close ends everything; it may be called again.
func (s *stage) close() {
	if s.Inventory == nil {
		return
	}
	s.player.Close()
	s.Inventory.Close()
	if err := s.cfg.Store.Close(); err != nil {
		s.t.Error(err)
	}
	if s.t.Failed() {
		s.t.Logf("the log:\n%s", s.log)
	}
	s.Inventory = nil
}

// restarted ends s and starts another on its data.
func (s *stage) restarted(edit func(*Config)) *stage {
	s.t.Helper()
	s.close()
	return opened(s.t, s.dir, edit)
}

const rightPassword = "p@ss?w#rd/1%"

// recorder runs a simulated recorder of n channels with one sign-in.
func recorder(t *testing.T, n int, edit func(*device.Config)) *device.Recorder {
	t.Helper()
	r, err := device.NewRecorder(device.RecorderConfig{
		Channels: n, MainClip: "autumn-720", SubClip: "street-360",
		User: "admin", Password: rightPassword, SignIn: device.SignInEither, Edit: edit,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// single runs a simulated camera with main and sub, without a sign-in unless
// edit gives it one.
func single(t *testing.T, edit func(*device.Config)) (*device.Device, *simcam.Server) {
	t.Helper()
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: simcam.Demo()[:2]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	cfg := device.Config{
		Server: server, Listen: "127.0.0.1:0", Name: "Yard", Model: "Sim One",
		Channels: []device.Channel{{Name: "Yard", Main: "cam1/main", Sub: "cam1/sub", PTZ: true}},
	}
	if edit != nil {
		edit(&cfg)
	}
	d, err := device.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d, server
}

func admin(password string) SignIn {
	return SignIn{User: "admin", Password: secret.NewText(password)}
}

// must returns what a call without an error returned.
func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// refused checks that err is of a code and says something.
func refused(t *testing.T, err error, code fault.Code, says string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("got %v (%s), want %s", err, fault.CodeOf(err), code)
	}
	f := asFault(err)
	if !strings.Contains(f.Message+" / "+f.Hint, says) {
		t.Errorf("it says %q (%q), want %q in it", f.Message, f.Hint, says)
	}
	if strings.Contains(f.Message+f.Hint, rightPassword) {
		t.Errorf("it tells the password: %q (%q)", f.Message, f.Hint)
	}
}

// live watches a camera until a picture of it is live.
func (s *stage) live(id string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	v, err := s.player.Watch(camera.ID(id), streaming.Request{Width: 64, Height: 36, Quality: 50})
	if err != nil {
		s.t.Fatal(err)
	}
	defer v.Close()
	last := ""
	for {
		p, err := v.Next(ctx)
		if err != nil {
			s.t.Fatalf("camera %s does not get live: %v; last %s", id, err, last)
		}
		if p.Status.State == camera.Live {
			return
		}
		last = fmt.Sprintf("%s %s %s", p.Status.State, p.Status.Reason, p.Status.Message)
	}
}

// heard waits for a change of a kind.
func heard(t *testing.T, changes <-chan Change, kind ChangeKind) Change {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case c := <-changes:
			if c.Kind == kind {
				return c
			}
		case <-limit:
			t.Fatalf("%s was not told", kind)
		}
	}
}

// deaf is an address of loopback that answers nothing.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// state watches a camera until it is in a state.
func (s *stage) state(id string, want camera.State) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	v, err := s.player.Watch(camera.ID(id), streaming.Request{Width: 64, Height: 36, Quality: 50})
	if err != nil {
		s.t.Fatal(err)
	}
	defer v.Close()
	for {
		p, err := v.Next(ctx)
		if err != nil {
			s.t.Fatalf("camera %s does not get %s: %v", id, want, err)
		}
		if p.Status.State == want {
			return
		}
	}
}

// until waits for a condition that nothing tells of.
func (s *stage) until(what string, is func() bool) {
	s.t.Helper()
	limit := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit:
			s.t.Fatalf("not %s", what)
		}
	}
}

// benchConfig is what an inventory needs whose cameras nobody watches.
func benchConfig(kept *store.Store) Config {
	log := slog.New(slog.DiscardHandler)
	book := admission.New(admission.Config{Log: log})
	return Config{
		Store: kept, Player: streaming.New(streaming.Config{Admission: book, Log: log}), Admission: book,
		Policy: netpolicy.New(netpolicy.Config{Loopback: true}), Log: log,
	}
}
