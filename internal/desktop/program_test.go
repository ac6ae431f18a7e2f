//go:build linux && desktop && production

package desktop

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is a process with a window.
type program struct {
	t      testing.TB
	cmd    *exec.Cmd
	exited chan error // holds how it ended

	// mu guards the fields below.
	mu     sync.Mutex
	state  childState
	stdout strings.Builder
	stderr strings.Builder
}

// environment is that of a session on display, with a home of its own; -1 is
// none.
func environment(t testing.TB, display int, more ...string) []string {
	t.Helper()
	var env []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		switch name {
		case "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_SESSION_TYPE", "GDK_BACKEND":
		default:
			env = append(env, pair)
		}
	}
	home := scratch(t)
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"} {
		env = append(env, name+"="+home)
	}
	if display >= 0 {
		env = append(env, fmt.Sprintf("DISPLAY=:%d", display))
	}
	return append(env, more...)
}

// scratch is a folder that goes with the test. WebKit's processes may write into it
// for a moment after their program has ended, which t.TempDir takes for a failure.
func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "camwall-window-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		eventually(t, "an empty folder", func() bool { return os.RemoveAll(dir) == nil })
	})
	return dir
}

// start runs a program; it is killed with the test when it has not ended.
func start(t testing.TB, cmd *exec.Cmd) *program {
	t.Helper()
	p := &program{t: t, cmd: cmd, exited: make(chan error, 1)}
	out, outWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, errsWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = outWrite, errsWrite
	err = cmd.Start()
	outWrite.Close()
	errsWrite.Close()
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	readers.Go(func() { p.readStates(out) })
	readers.Go(func() { p.readErrors(errs) })
	go func() { p.exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.exited
		out.Close() // a child of the program may still hold the other end
		errs.Close()
		readers.Wait()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", cmd.Path, p.errors())
		}
	})
	return p
}

// startChild runs this test binary as the program with the window.
func startChild(t testing.TB, display int, plan childPlan, more ...string) *program {
	t.Helper()
	encoded, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = environment(t, display, append(more, childVariable+"="+string(encoded))...)
	return start(t, cmd)
}

func (p *program) readStates(from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var state childState
		err := json.Unmarshal(lines.Bytes(), &state)
		p.mu.Lock()
		if err == nil {
			p.state = state
		} else {
			fmt.Fprintln(&p.stdout, lines.Text())
		}
		p.mu.Unlock()
	}
}

func (p *program) readErrors(from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		p.mu.Lock()
		fmt.Fprintln(&p.stderr, lines.Text())
		p.mu.Unlock()
	}
}

// output is what the program has written that is no state.
func (p *program) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stdout.String()
}

func (p *program) errors() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// await waits until the child's state is as wanted.
func (p *program) await(what string, wanted func(childState) bool) childState {
	p.t.Helper()
	var state childState
	eventually(p.t, what, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		state = p.state
		return wanted(state)
	})
	return state
}

// exit waits for the end of the program and returns its exit code.
func (p *program) exit() int {
	p.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-p.exited:
		p.exited <- err
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return exit.ExitCode()
		}
		if err != nil {
			p.t.Fatal(err)
		}
		return 0
	case <-timer.C:
		p.t.Fatal("the program did not end")
		return -1
	}
}

// descendant returns the process of that name that the program has started.
func (p *program) descendant(name string) int {
	p.t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it ended meanwhile
		}
		pid, rest, _ := strings.Cut(string(text), " (")
		comm, rest, _ := strings.Cut(rest, ") ")
		fields := strings.Fields(rest)
		if len(fields) < 2 || !strings.HasPrefix(name, comm) || fields[1] != strconv.Itoa(p.cmd.Process.Pid) {
			continue
		}
		number, err := strconv.Atoi(pid)
		if err != nil {
			p.t.Fatal(err)
		}
		return number
	}
	p.t.Fatalf("no %s runs", name)
	return 0
}

// terminate asks the program to end.
func (p *program) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
}
