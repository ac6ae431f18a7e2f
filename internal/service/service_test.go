package service

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/lab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// manager is a service manager's socket.
func manager(t *testing.T) (conn *net.UnixConn, path string) {
	t.Helper()
	path = filepath.Join(lab.Folder(t), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	return conn, path
}

func heard(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	message := make([]byte, 4096)
	n, err := conn.Read(message)
	if err != nil {
		t.Fatal(err)
	}
	return string(message[:n])
}

func TestWhatIsTold(t *testing.T) {
	conn, _ := manager(t)
	for want, tell := range map[string]func() error{
		"READY=1":              Ready,
		"STOPPING=1":           Stopping,
		"STATUS=2 cameras":     func() error { return Status("2 cameras") },
		"STATUS=a READY=1 b c": func() error { return Status("a\nREADY=1\r\nb\x00c") },
		"STATUS=":              func() error { return Status("") },
	} {
		if err := tell(); err != nil {
			t.Errorf("%q: %v", want, err)
		}
		if got := heard(t, conn); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	for _, tell := range []func() error{Ready, Stopping, func() error { return Status("x") }} {
		if err := tell(); err != nil {
			t.Errorf("without a service manager: %v", err)
		}
	}
	conn, _ := manager(t)
	_ = conn.Close()
	if err := Ready(); err == nil || !strings.Contains(err.Error(), "service manager") {
		t.Errorf("with a service manager that is gone: %v", err)
	}
}

// watch runs Watch until the test ends or stop is called.
func watch(t *testing.T, healthy func() bool) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { Watch(ctx, healthy) })
	stop = func() {
		cancel()
		done.Wait()
	}
	t.Cleanup(stop)
	return stop
}

func TestTheWatchdogIsFedWhileHealthy(t *testing.T) {
	conn, _ := manager(t)
	t.Setenv("WATCHDOG_USEC", "10000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	var ill atomic.Bool
	asked := make(chan struct{})
	stop := watch(t, func() bool {
		if !ill.Load() {
			return true
		}
		select {
		case asked <- struct{}{}:
		default:
		}
		return false
	})
	// Read beside the test: a socket takes few messages, and the watch waits where it
	// is full.
	told := make(chan string, 1<<16)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(told)
		message := make([]byte, 4096)
		for {
			n, err := conn.Read(message)
			if err != nil {
				return
			}
			told <- string(message[:n])
		}
	})
	// meals returns how often it was fed before it is told this.
	meals := func(mark string) (n int) {
		t.Helper()
		if err := Status(mark); err != nil {
			t.Fatal(err)
		}
		for got := range told {
			switch got {
			case "STATUS=" + mark:
				return n
			case "WATCHDOG=1":
				n++
			default:
				t.Errorf("told %q", got)
			}
		}
		t.Fatal("the socket says nothing more")
		return 0
	}
	fed := func() {
		t.Helper()
		for range 5 {
			if got := <-told; got != "WATCHDOG=1" {
				t.Errorf("told %q", got)
			}
		}
	}
	fed()
	ill.Store(true)
	<-asked // what was fed before has arrived
	meals("ill")
	for range 3 {
		<-asked
	}
	if n := meals("still ill"); n > 0 {
		t.Errorf("an unhealthy process was fed %d times", n)
	}
	ill.Store(false)
	fed()
	stop()
	_ = conn.Close()
	reading.Wait()
}

func TestNothingWatches(t *testing.T) {
	manager(t)
	for _, env := range [][2]string{{"", ""}, {"0", ""}, {"nonsense", ""}, {"10000", "1"}, {"10000", "x"}} {
		t.Setenv("WATCHDOG_USEC", env[0])
		t.Setenv("WATCHDOG_PID", env[1])
		Watch(t.Context(), func() bool {
			t.Errorf("asked for health with %q", env)
			return true
		})
	}
}
