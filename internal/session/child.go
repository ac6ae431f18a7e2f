package session

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"camwall/internal/secret"
)

const (
	// endLimit is how long a process may take to end when it is asked to.
	endLimit = 5 * time.Second

	// tailLines is how many of its last lines are kept for a crash report.
	tailLines = 60

	// maxLine bounds a line of a child's; what is longer is cut.
	maxLine = 4096
)

type childConfig struct {
	Name        string
	Command     []string
	Environment []string
	Log         *slog.Logger

	// Group puts it at the head of a process group, which is killed when it has
	// ended: nothing that it has started is left.
	Group bool

	// Files are handed on as file descriptors 3, 4, ...; the caller closes its own.
	Files []*os.File
}

// child is a process that we have started. What it writes goes to the log.
type child struct {
	cfg childConfig
	cmd *exec.Cmd
	log *slog.Logger

	// done is closed when it has ended, and then err is why: nil for exit code 0.
	done chan struct{}
	err  error

	mu   sync.Mutex
	tail []string // its last lines; guarded by mu
}

// startChild starts a process. It is told to end when this process is killed.
func startChild(cfg childConfig) (*child, error) {
	c := &child{cfg: cfg, log: cfg.Log.With("process", cfg.Name), done: make(chan struct{})}
	c.cmd = exec.CommandContext(context.Background(), cfg.Command[0], cfg.Command[1:]...) // end ends it
	c.cmd.Env = cfg.Environment
	c.cmd.ExtraFiles = cfg.Files
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: cfg.Group, Pdeathsig: syscall.SIGTERM}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.cmd.Stdout, c.cmd.Stderr = writer, writer
	started := make(chan error, 1)
	go c.live(started, reader, writer)
	if err := <-started; err != nil {
		<-c.done
		return nil, err
	}
	return c, nil
}

// live is the life of the process. Its thread stays, because the kernel tells a
// child that its parent has died when the thread ends that has started it.
func (c *child) live(started chan<- error, reader, writer *os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.done)
	err := c.cmd.Start()
	writer.Close()
	started <- err
	if err != nil {
		reader.Close()
		return
	}
	var lines sync.WaitGroup
	lines.Go(func() { c.read(reader) })
	c.err = c.cmd.Wait()
	if c.cfg.Group {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // ESRCH: nobody is left
	}
	// Others may hold the pipe: the last lines have this long to come.
	_ = reader.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	lines.Wait()
	_ = reader.SetReadDeadline(time.Time{})
	c.read(&rest{pipe: reader, left: maxRest})
	reader.Close()
}

// maxRest bounds what is read of a pipe that others still write to: as much as a
// pipe holds.
const maxRest = 64 << 10

// rest is what is in a pipe now. On a machine that is very busy the time for the
// last lines may be over before the first of them is read.
type rest struct {
	pipe *os.File
	left int
}

// Read returns io.EOF where the next one would wait.
func (r *rest) Read(p []byte) (n int, err error) {
	conn, err := r.pipe.SyscallConn()
	if err != nil {
		return 0, err
	}
	p = p[:min(len(p), r.left)]
	var failed error
	err = conn.Read(func(fd uintptr) bool {
		n, failed = syscall.Read(int(fd), p)
		return true
	})
	if err != nil || failed != nil || n <= 0 {
		return 0, io.EOF
	}
	r.left -= n
	return n, nil
}

// read takes the process's lines until all that hold the pipe have ended.
func (c *child) read(from io.Reader) {
	r := bufio.NewReaderSize(from, maxLine)
	skip := false // the rest of a line that was too long
	for {
		part, err := r.ReadSlice('\n')
		if len(part) > 0 && !skip {
			c.line(strings.TrimRight(string(part), "\r\n"))
		}
		skip = errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !skip {
			return
		}
	}
}

func (c *child) line(text string) {
	text = secret.Redact(strings.ToValidUTF8(text, "?"))
	if strings.TrimSpace(text) == "" {
		return
	}
	c.log.Info("child", "line", text)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tail = append(c.tail[max(0, len(c.tail)+1-tailLines):], text)
}

// report is the tail of what it has written.
func (c *child) report() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.tail, "\n")
}

// lastLine is the last line that it has written, empty for none.
func (c *child) lastLine() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tail) == 0 {
		return ""
	}
	return c.tail[len(c.tail)-1]
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// end asks the process to end, kills it when it does not in time, and waits.
func (c *child) end(limit time.Duration) {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-c.done:
		return
	case <-late.C:
	}
	if c.cfg.Group {
		_ = syscall.Kill(-c.pid(), syscall.SIGKILL)
	}
	_ = c.cmd.Process.Kill()
	<-c.done
}
