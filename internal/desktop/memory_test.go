package desktop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRenewalsAreSpaced(t *testing.T) {
	const mib = 1 << 20
	r := renewals{limit: 100 * mib}
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		later time.Duration
		size  int64
		want  bool
	}{
		{0, 100 * mib, false},
		{0, 101 * mib, true}, // the first time at once
		{9 * time.Minute, 150 * mib, false},
		{time.Minute, 150 * mib, true},
		{19 * time.Minute, 150 * mib, false}, // this page needs more than its limit
		{time.Minute, 150 * mib, true},
		{39 * time.Minute, 199 * mib, false},
		{0, 203 * mib, true}, // urgent
		{30 * time.Second, 203 * mib, false},
		{30 * time.Second, 203 * mib, true},
		{3 * time.Hour, 150 * mib, true},
		{2 * time.Hour, 150 * mib, false},
		{2 * time.Hour, 150 * mib, true},
		{9 * time.Minute, 150 * mib, false},
		{time.Minute, 150 * mib, true}, // it was good for so long that all begins again
	} {
		now = now.Add(c.later)
		if got := r.due(now, c.size); got != c.want {
			t.Errorf("look %d, %v later, %d MiB: %v, want %v", i, c.later, c.size/mib, got, c.want)
		}
	}
}

func TestMemoryThatNoPageMayTake(t *testing.T) {
	r := renewals{limit: 1 << 30}
	for size, want := range map[int64]bool{0: false, 1 << 30: false, 5 << 29: false, 5<<29 + 2: true, 1 << 40: true} {
		if got := r.spent(size); got != want {
			t.Errorf("%d MiB: %v", size>>20, got)
		}
	}
}

// stat is a line of /proc/PID/stat.
func stat(pid int, name string, parent, pages int) string {
	return fmt.Sprintf("%d (%s) S %d 1 1 0 -1 4194560 9 0 1 0 3 1 0 0 20 0 1 0 77 4096000 %d 184467 1 1 0\n", pid, name, parent, pages)
}

func TestReadProcesses(t *testing.T) {
	proc := t.TempDir()
	for pid, text := range map[string]string{
		"10":   stat(10, "camwall", 1, 5000),
		"11":   stat(11, "WebKitWebProces", 10, 300),
		"12":   stat(12, "WebKitWebProces", 10, 200),
		"13":   stat(13, "WebKitNetworkPr", 10, 70),
		"14":   stat(14, "WebKitWebProces", 9, 9000), // another window's
		"15":   stat(15, "x) S 10 (", 10, 40),
		"16":   "torn",
		"self": stat(17, "WebKitWebProces", 10, 9000),
	} {
		folder := filepath.Join(proc, pid)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "stat"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(proc, "18"), 0o700); err != nil { // it ended
		t.Fatal(err)
	}
	got, err := readProcesses(proc, 10)
	size := int64(os.Getpagesize())
	if want := (processes{page: 500 * size, network: 70 * size, pages: 2}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if _, err := readProcesses(filepath.Join(proc, "gone"), 10); err == nil {
		t.Error("no error without /proc")
	}
}

func TestNetworkProcessThatIsReplacedIsNoticed(t *testing.T) {
	proc := t.TempDir()
	begins := func(pid int, text string) {
		t.Helper()
		folder := filepath.Join(proc, fmt.Sprint(pid))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "stat"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ends := func(pid int) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(proc, fmt.Sprint(pid))); err != nil {
			t.Fatal(err)
		}
	}
	n := networkWatch{proc: proc, parent: 10}
	looks := func(when string, want bool) {
		t.Helper()
		if got := n.replaced(); got != want {
			t.Errorf("%s: %v", when, got)
		}
	}
	begins(20, stat(20, networkProcess, 9, 1)) // another window's
	looks("none yet", false)
	begins(30, stat(30, networkProcess, 10, 1))
	looks("the first", false)
	looks("the first again", false)
	ends(30)
	looks("it is gone", false)
	begins(31, stat(31, webProcess, 10, 1))
	looks("something else began", false)
	begins(40, stat(40, networkProcess, 10, 1))
	looks("another", true)
	looks("the same", false)
	begins(40, strings.Replace(stat(40, networkProcess, 10, 1), ") S ", ") Z ", 1))
	looks("it died and is not buried", false)
	begins(50, stat(50, networkProcess, 10, 1))
	looks("a third", true)
	begins(50, stat(50, "bash", 10, 1))
	looks("its number is another's", false)
}

func TestReadProcessesOfThisMachine(t *testing.T) {
	// A child whose name is WebKit's.
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "WebKitWebProcess")
	if err := os.Symlink(sleep, name); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(name, "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait() // tells of the signal
	})
	for start := time.Now(); ; {
		got, err := readProcesses("/proc", os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if got.pages == 1 && got.page > 0 && got.page < 100<<20 {
			return
		}
		if time.Since(start) > 30*time.Second {
			t.Fatalf("found %+v", got)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add(stat(11, "WebKitWebProces", 10, 300))
	f.Add(stat(11, ") S 1 (", 10, 300))
	f.Add("1 (x")
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := parseStat([]byte(text))
		if ok && (p.resident < 0 || !strings.Contains(text, "("+p.name+")")) {
			t.Errorf("%q: %+v", text, p)
		}
	})
}
