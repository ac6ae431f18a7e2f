package desktop

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

func TestParseXset(t *testing.T) {
	text := func(saver, dpms string) string {
		return "Keyboard Control:\n  auto repeat:  on    key click percent:  0\nScreen Saver:\n" + saver +
			"Colors:\n  default colormap:  0x20\nDPMS (Display Power Management Signaling):\n" + dpms
	}
	on := "  prefer blanking:  yes    allow exposures:  yes\n  timeout:  600    cycle:  300\n"
	off := "  prefer blanking:  no    allow exposures:  yes\n  timeout:  0    cycle:  600\n"
	for _, c := range []struct {
		text string
		want blanking
		args string
	}{
		{text(on, "  Standby: 600    Suspend: 600    Off: 600\n  DPMS is Enabled\n  Monitor is On\n"), blanking{600, 300, true, true}, "s 600 300 s blank"},
		{text(off, "  DPMS is Disabled\n"), blanking{0, 600, false, false}, "s 0 600 s noblank"},
		{text(on, "  Server does not have the DPMS Extension\n"), blanking{600, 300, true, false}, "s 600 300 s blank"},
	} {
		got, err := parseXset(c.text)
		if err != nil || got != c.want || strings.Join(got.arguments(), " ") != c.args {
			t.Errorf("%s\n%+v, %v, %v", c.text, got, err, got.arguments())
		}
	}
	for _, text := range []string{"", "xset: unable to open display", "timeout: soon", "timeout:  -1"} {
		if got, err := parseXset(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func FuzzParseXset(f *testing.F) {
	f.Add("  timeout:  600    cycle:  300\n  DPMS is Enabled")
	f.Fuzz(func(t *testing.T, text string) {
		if b, err := parseXset(text); err == nil && (b.timeout < 0 || b.cycle < 0) {
			t.Errorf("%q: %+v", text, b)
		}
	})
}

// TestKeepLit on a real X server.
func TestKeepLit(t *testing.T) {
	startXFor(t)
	shows := func() blanking {
		t.Helper()
		text, err := xset(t.Context(), "q")
		if err != nil {
			t.Fatal(err)
		}
		b, err := parseXset(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if _, err := xset(t.Context(), "s", "300", "60", "s", "blank"); err != nil {
		t.Fatal(err)
	}
	before := shows()
	ctx, cancel := context.WithCancel(t.Context())
	restore, err := keepLit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if b := shows(); b.timeout != 0 || b.blank || b.dpms {
		t.Errorf("held off, it is %+v", b)
	}
	cancel()
	restore()
	if after := shows(); after != before || after.timeout != 300 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestKeepLitWithoutADisplay(t *testing.T) {
	t.Setenv("DISPLAY", ":4711")
	if _, err := keepLit(t.Context()); err == nil {
		t.Error("no error")
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := keepLit(t.Context()); err == nil {
		t.Error("no error without xset")
	}
}

// startXFor runs an X server that DISPLAY names until the test ends.
func startXFor(t *testing.T) {
	t.Helper()
	told, tell, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{tell}
	err = server.Start()
	tell.Close()
	if err != nil {
		t.Fatalf("start Xvfb (build/packages.sh ensure test): %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // tells of the signal
	})
	line, err := bufio.NewReader(told).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb names no display: %v", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(line))
}

// logind is the part of it that is asked for locks: it refuses what is in refuses.
type logind struct {
	refuses string
	asked   chan []string
	lock    dbus.UnixFD // what it gives away
}

func (l *logind) Inhibit(what, who, why, mode string) (dbus.UnixFD, *dbus.Error) {
	l.asked <- []string{what, who, mode}
	if what == l.refuses {
		return 0, dbus.NewError("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", nil)
	}
	return l.lock, nil
}

// startBus runs a bus of the test's own and returns how to connect to it.
func startBus(t *testing.T) func(...dbus.ConnOption) (*dbus.Conn, error) {
	t.Helper()
	address := "unix:path=" + filepath.Join(t.TempDir(), "bus")
	bus := exec.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1", "--address="+address)
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Start(); err != nil {
		t.Fatalf("start dbus-daemon (build/packages.sh ensure test): %v", err)
	}
	t.Cleanup(func() {
		_ = bus.Process.Kill()
		_ = bus.Wait() // tells of the signal
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the bus does not answer: %v", err)
	}
	return func(options ...dbus.ConnOption) (*dbus.Conn, error) { return dbus.Connect(address, options...) }
}

func TestInhibit(t *testing.T) {
	for _, c := range []struct {
		name, refuses string
		want          [][]string
	}{
		{"both", "", [][]string{{"idle:sleep", "Camwall", "block"}}},
		{"only idling", "idle:sleep", [][]string{{"idle:sleep", "Camwall", "block"}, {"idle", "Camwall", "block"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			connect := startBus(t)
			conn, err := connect()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			held, lock, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer held.Close()
			l := &logind{refuses: c.refuses, asked: make(chan []string, 4), lock: dbus.UnixFD(lock.Fd())}
			if err := conn.Export(l, "/org/freedesktop/login1", "org.freedesktop.login1.Manager"); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.RequestName("org.freedesktop.login1", 0); err != nil {
				t.Fatal(err)
			}
			release, err := inhibit(t.Context(), connect)
			if err != nil {
				t.Fatal(err)
			}
			var asked [][]string
			for range len(l.asked) {
				asked = append(asked, <-l.asked)
			}
			if !reflect.DeepEqual(asked, c.want) {
				t.Errorf("asked %q, want %q", asked, c.want)
			}
			lock.Close()
			if err := held.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if _, err := held.Read(make([]byte, 1)); !os.IsTimeout(err) {
				t.Errorf("the lock is not held: %v", err)
			}
			if err := held.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			release()
			if _, err := held.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
				t.Errorf("the lock is held after its release: %v", err)
			}
		})
	}
}

// hungBus is a bus that takes connections and says nothing.
func hungBus(t *testing.T) (address string, connected <-chan struct{}) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan struct{}, 4)
	var conns []net.Conn
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns = append(conns, conn)
			taken <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-ended
		for _, conn := range conns {
			conn.Close()
		}
	})
	return "unix:path=" + path, taken
}

// TestBusThatHangs holds up neither the screen nor the end.
func TestBusThatHangs(t *testing.T) {
	startXFor(t)
	if _, err := xset(t.Context(), "s", "300", "60"); err != nil {
		t.Fatal(err)
	}
	address, connected := hungBus(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	t.Setenv("CAMWALL_SESSION", "")
	t.Setenv("GDK_BACKEND", "")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stayAwake(ctx, slog.New(slog.DiscardHandler))
	}()
	<-connected
	for lit := false; !lit; {
		text, err := xset(t.Context(), "q")
		if err != nil {
			t.Fatal(err)
		}
		b, err := parseXset(text)
		lit = err == nil && b.timeout == 0
	}
	cancel()
	<-ended
}

func TestBusThatHangsIsGivenUp(t *testing.T) {
	address, _ := hungBus(t)
	_, err := inhibit(t.Context(), func(options ...dbus.ConnOption) (*dbus.Conn, error) { return dbus.Connect(address, options...) })
	if err == nil {
		t.Error("no error")
	}
}

func TestMayLight(t *testing.T) {
	for _, c := range []struct {
		display, backend, session string
		want                      bool
	}{
		{":0", "", "", true}, {":0", "x11", "", true}, {":0", wayland, "", false}, {"", "", "", false}, {":0", "", "1", false},
	} {
		env := map[string]string{"DISPLAY": c.display, "GDK_BACKEND": c.backend, "CAMWALL_SESSION": c.session}
		if got := mayLight(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestInhibitWithoutLogind(t *testing.T) {
	if _, err := inhibit(t.Context(), startBus(t)); err == nil {
		t.Error("no error on a bus without logind")
	}
	nowhere := func(options ...dbus.ConnOption) (*dbus.Conn, error) {
		return dbus.Connect("unix:path="+filepath.Join(t.TempDir(), "gone"), options...)
	}
	if _, err := inhibit(t.Context(), nowhere); err == nil {
		t.Error("no error without a bus")
	}
}
