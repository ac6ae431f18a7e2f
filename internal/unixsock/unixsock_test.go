package unixsock

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"camwall/internal/fault"
	"camwall/internal/lab"
)

func listen(t *testing.T, path string, mode fs.FileMode) net.Listener {
	t.Helper()
	l, err := Listen(path, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// serve answers every request with who, until the test ends.
func serve(t *testing.T, l net.Listener, who string) {
	t.Helper()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, who+" "+r.Host+r.URL.Path)
	})}
	var done sync.WaitGroup
	done.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		_ = server.Close()
		done.Wait()
	})
}

func ask(t *testing.T, path, url string) string {
	t.Helper()
	transport := Transport(path)
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test's
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestHTTPOverASocket(t *testing.T) {
	path := filepath.Join(lab.Folder(t), "new", "deep", "a.sock")
	serve(t, listen(t, path, 0o660), "first")
	if got := ask(t, path, "http://camwall.invalid/x"); got != "first camwall.invalid/x" {
		t.Errorf("answered %q", got)
	}
	for at, want := range map[string]fs.FileMode{path: 0o660, filepath.Dir(path): 0o700, filepath.Dir(filepath.Dir(path)): 0o700} {
		if info, err := os.Stat(at); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v (%v)", at, info.Mode(), want, err)
		}
	}
}

func TestTheModeHoldsWhateverTheUmask(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o177} {
		for _, mode := range []fs.FileMode{0o600, 0o660, 0o666} {
			path := filepath.Join(lab.Folder(t), "a.sock")
			before := syscall.Umask(umask)
			l, err := Listen(path, mode)
			syscall.Umask(before)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("umask %o: mode %v, want %v (%v)", umask, info.Mode(), mode, err)
			}
			_ = l.Close()
		}
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	dir := lab.Folder(t)
	l := listen(t, filepath.Join(dir, "a.sock"), 0o600)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestAClosedListenerHurtsNoLaterOne(t *testing.T) {
	path := filepath.Join(lab.Folder(t), "a.sock")
	first := listen(t, path, 0o600)
	_ = first.Close()
	serve(t, listen(t, path, 0o600), "second")
	_ = first.Close()
	if got := ask(t, path, "http://x/"); got != "second x/" {
		t.Errorf("answered %q", got)
	}
}

// another starts a process that listens at path.
func another(t *testing.T, path string) (kill func()) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), listenAt+"="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			_ = in.Close()
		})
	}
	t.Cleanup(kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "listening\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return kill
}

func TestOneListenerAtATime(t *testing.T) {
	path := filepath.Join(lab.Folder(t), "a.sock")
	kill := another(t, path)
	if _, err := Listen(path, 0o600); fault.CodeOf(err) != fault.Locked || !strings.Contains(err.Error(), path) {
		t.Errorf("beside another process: %v", err)
	}
	kill()
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("a killed process leaves its socket: %v", err)
	}
	serve(t, listen(t, path, 0o600), "next")
	if got := ask(t, path, "http://x/"); got != "next x/" {
		t.Errorf("behind a killed process: %q", got)
	}
	if _, err := Listen(path, 0o600); fault.CodeOf(err) != fault.Locked {
		t.Errorf("twice in one process: %v", err)
	}
}

// A listener of somebody who knows no lock is respected, too.
func TestAListenerWithoutALockIsLeftAlone(t *testing.T) {
	path := filepath.Join(lab.Folder(t), "a.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, l, "stranger")
	if _, err := Listen(path, 0o600); fault.CodeOf(err) != fault.Locked {
		t.Errorf("%v", err)
	}
	if got := ask(t, path, "http://x/"); got != "stranger x/" {
		t.Errorf("answered %q", got)
	}
}

func TestOfManyStartersOneWins(t *testing.T) {
	dir := lab.Folder(t)
	for round := range 30 {
		path := filepath.Join(dir, "a.sock")
		if round%2 == 0 { // one that nobody listens at
			stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
			if err != nil {
				t.Fatal(err)
			}
			stale.SetUnlinkOnClose(false)
			_ = stale.Close()
		}
		const starters = 8
		results := make(chan net.Listener, starters)
		var all sync.WaitGroup
		for range starters {
			all.Go(func() {
				l, err := Listen(path, 0o600)
				if err != nil && fault.CodeOf(err) != fault.Locked {
					t.Errorf("a loser hears %v", err)
				}
				results <- l
			})
		}
		all.Wait()
		close(results)
		won := 0
		for l := range results {
			if l != nil {
				won++
				if c, err := net.Dial("unix", path); err != nil {
					t.Errorf("the winner does not answer: %v", err)
				} else {
					_ = c.Close()
				}
				_ = l.Close()
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d of %d won", round, won, starters)
		}
	}
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestPathsThatCanNotBe(t *testing.T) {
	dir := lab.Folder(t)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                                     "needs a path",
		"@abstract":                            "no file",
		dir + "/" + strings.Repeat("x", 200):   "107",
		file:                                   "no socket",
		link:                                   "no socket",
		dir:                                    "no socket",
		filepath.Join(file, "a.sock"):          "not a directory",
		"/proc/self/no-such-folder/of/a.sock":  "no such file",
		filepath.Join(dir, "a.sock") + "\x00b": "invalid",
	} {
		l, err := Listen(path, 0o600)
		if l != nil {
			_ = l.Close()
		}
		if fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", path, err, want)
		}
	}
	if kept, err := os.ReadFile(file); err != nil || string(kept) != "kept" {
		t.Errorf("the file in the way: %q, %v", kept, err)
	}
	longest := dir + "/" + strings.Repeat("x", MaxPath-len(dir)-1)
	serve(t, listen(t, longest, 0o600), "long")
	if got := ask(t, longest, "http://x/"); got != "long x/" {
		t.Errorf("at the longest path: %q", got)
	}
}

func TestTransportToNobody(t *testing.T) {
	dir := lab.Folder(t)
	stale := filepath.Join(dir, "a.sock")
	another(t, stale)()
	for path, want := range map[string]error{
		stale:                        syscall.ECONNREFUSED,
		filepath.Join(dir, "b.sock"): fs.ErrNotExist,
	} {
		transport := Transport(path)
		_, err := (&http.Client{Transport: transport}).Get("http://x/")
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	_, err := (&http.Client{Transport: Transport(strings.Repeat("x", 108))}).Get("http://x/")
	if fault.CodeOf(err) != fault.Config {
		t.Errorf("a path that is too long: %v", err)
	}
}

func TestRuntimeDir(t *testing.T) {
	temp := lab.Folder(t)
	own := filepath.Join(temp, "camwall-"+strconv.Itoa(os.Getuid()))
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"ours":             {map[string]string{"CAMWALL_RUNTIME": "/a", "RUNTIME_DIRECTORY": "/b", "XDG_RUNTIME_DIR": "/c"}, "/a"},
		"systemd's":        {map[string]string{"RUNTIME_DIRECTORY": "/b:/b2", "XDG_RUNTIME_DIR": "/c"}, "/b"},
		"the session's":    {map[string]string{"XDG_RUNTIME_DIR": "/c"}, "/c/camwall"},
		"none":             {nil, own},
		"relative: unused": {map[string]string{"RUNTIME_DIRECTORY": "b", "XDG_RUNTIME_DIR": "c"}, own},
	} {
		got, err := runtimeDir(func(k string) string { return c.env[k] }, temp)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if info, err := os.Stat(own); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info, err)
	}
	if dir, err := RuntimeDir(func(string) string { return "/d" }); dir != "/d" || err != nil {
		t.Errorf("%q, %v", dir, err)
	}
}

func TestAFolderOfOthersIsNotUsed(t *testing.T) {
	none := func(string) string { return "" }
	name := "camwall-" + strconv.Itoa(os.Getuid())
	for what, prepare := range map[string]func(at string) error{
		"open to others": func(at string) error { return errors.Join(os.Mkdir(at, 0o700), os.Chmod(at, 0o755)) },
		"a file":         func(at string) error { return os.WriteFile(at, nil, 0o600) },
		"a link":         func(at string) error { return os.Symlink(filepath.Dir(at), at) },
		"no folder":      func(at string) error { return os.Remove(filepath.Dir(at)) },
	} {
		temp := lab.Folder(t)
		if err := prepare(filepath.Join(temp, name)); err != nil {
			t.Fatal(err)
		}
		if dir, err := runtimeDir(none, temp); fault.CodeOf(err) != fault.Config {
			t.Errorf("%s: %q, %v", what, dir, err)
		}
	}
	if os.Getuid() == 0 { // only then can somebody else's be made
		temp := lab.Folder(t)
		at := filepath.Join(temp, name)
		if err := errors.Join(os.Mkdir(at, 0o700), os.Chown(at, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
		if dir, err := runtimeDir(none, temp); fault.CodeOf(err) != fault.Config {
			t.Errorf("another user's: %q, %v", dir, err)
		}
	}
}
