package session

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/crashlog"
	"camwall/internal/kiosk"
	"camwall/internal/lab"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("CAMWALL_TEST_SESSION"); dir != "" {
		os.Exit(runAlone(dir))
	}
	goleak.VerifyTestMain(m)
}

// runAlone is a process that is nothing but a session.
func runAlone(dir string) int {
	s, err := New(Config{
		Kiosk: []string{"/usr/bin/python3", filepath.Join("testdata", "kiosk.py")}, Display: Sway, Dir: dir, Wall: "lobby",
		Environ: headless("1"), Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err == nil {
		err = s.Run(context.Background())
	}
	slog.Error("the session has ended", "error", err)
	return 1
}

// headless is the environment of a sway with a number of outputs and no hardware.
func headless(outputs string) []string {
	return append(os.Environ(), "WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_HEADLESS_OUTPUTS="+outputs, "NO_AT_BRIDGE=1")
}

// nobody is the user as whom sway runs in tests that are run by root, whom it
// refuses.
const nobody = 65534

// unprivileged returns true when this process may run sway. Else it runs the same
// test as nobody, in another process, and returns false.
func unprivileged(t *testing.T) bool {
	t.Helper()
	if os.Getuid() != 0 {
		return true
	}
	dir, err := os.MkdirTemp("/tmp", "camwall-session")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "session.test")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, program, self)
	if err := os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "testdata"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o700), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, Setpgid: true, Pdeathsig: syscall.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	return false
}

func copyFile(t *testing.T, to, from string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, 0o755); err != nil {
		t.Fatal(err)
	}
}

// swayWithCables is sway with headless outputs that can be switched off, which
// those of Debian 12 can't by themselves.
func swayWithCables(t *testing.T) []string {
	t.Helper()
	sway := []string{"sway", "--unsupported-gpu"}
	if library := lab.OutputSwitch(t, t.TempDir()); library != "" {
		return append([]string{"env", "LD_PRELOAD=" + library}, sway...)
	}
	return sway
}

// stage is a session that runs on a headless display server.
type stage struct {
	*testing.T
	*Session
	dir    string
	client *Client
	ready  chan struct{}
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // of Run, once ended
	said   *lockedText
}

// lockedText keeps what is logged.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// begin starts a session with a number of outputs, and waits until its display
// answers.
func begin(t *testing.T, outputs string, change func(*Config)) *stage {
	t.Helper()
	s := &stage{T: t, dir: t.TempDir(), ready: make(chan struct{}), ended: make(chan struct{}), said: &lockedText{}}
	var err error
	log := slog.New(slog.NewTextHandler(io.MultiWriter(s.said, t.Output()), &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg := Config{
		Kiosk: []string{"/usr/bin/python3", filepath.Join("testdata", "kiosk.py")}, Display: Sway, Sway: swayWithCables(t), Dir: s.dir, Wall: "lobby",
		Environ: headless(outputs),
		Log:     log, Crashes: crashlog.New(crashlog.Config{Dir: filepath.Join(s.dir, "crashes"), Log: log}),
		OnReady: func() { close(s.ready) },
		times: times{
			look: 500 * time.Millisecond, ask: 200 * time.Millisecond, startLimit: 30 * time.Second, badLimit: 2 * time.Second,
			backoff: 100 * time.Millisecond, maxBackoff: time.Second, good: 5 * time.Minute,
		},
	}
	if change != nil {
		change(&cfg)
	}
	if s.Session, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	s.client = NewClient(s.dir)
	ctx, cancel := context.WithCancel(t.Context())
	s.cancel = cancel
	go func() {
		defer close(s.ended)
		s.err = s.Session.Run(ctx)
	}()
	t.Cleanup(func() {
		s.client.Close()
		cancel()
		<-s.ended
	})
	select {
	case <-s.ready:
	case <-s.ended:
		t.Fatalf("the session ended: %v", s.err)
	case <-time.After(40 * time.Second):
		t.Fatal("the display does not come up")
	}
	return s
}

// await waits until something holds.
func (s *stage) await(limit time.Duration, what string, holds func() bool) time.Duration {
	s.Helper()
	began := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if time.Since(began) > limit {
			s.Fatalf("after %s still not so: %s\n%+v", limit, what, s.all())
		}
		select {
		case <-tick.C:
		case <-s.ended:
			s.Fatalf("the session ended while waiting (%s): %v", what, s.err)
		}
	}
	return time.Since(began)
}

// all asks the session at its socket.
func (s *stage) all() []Screen {
	all, err := s.client.Screens(s.Context())
	if err != nil {
		s.Logf("ask the session: %v", err)
	}
	return all
}

func (s *stage) screen(output string) Screen {
	all := s.all()
	at := slices.IndexFunc(all, func(each Screen) bool { return each.Output == output })
	if at < 0 {
		return Screen{}
	}
	return all[at]
}

// sway gives sway a command, as a cable or a television would.
func (s *stage) sway(commands ...string) {
	s.Helper()
	if err := s.ipc().command(s.Context(), commands...); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) ipc() swayIPC { return swayIPC{filepath.Join(s.dir, "sway.sock")} }

func (s *stage) swayOutput(name string) swayOutput {
	var all []swayOutput
	if err := s.ipc().ask(s.Context(), ipcOutputs, "", &all); err != nil {
		s.Logf("ask sway: %v", err)
	}
	at := slices.IndexFunc(all, func(o swayOutput) bool { return o.Name == name })
	if at < 0 {
		return swayOutput{}
	}
	return all[at]
}

// shown tells whether an output shows its own window, full screen.
func (s *stage) shown(name string) bool {
	var root swayNode
	if err := s.ipc().ask(s.Context(), ipcTree, "", &root); err != nil {
		return false
	}
	at := slices.ContainsFunc(root.windows(swayWindow{}), func(w swayWindow) bool {
		return w.program == kiosk.AppID(name) && w.output == name && w.workspace == name && w.fullscreen
	})
	o := s.swayOutput(name)
	return at && o.Active && o.Workspace == name
}

// alive tells whether a process is there.
func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// tell makes the window of an output do something.
func (s *stage) tell(what, output string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, what+"-"+output), nil, 0o600); err != nil {
		s.Fatal(err)
	}
}
