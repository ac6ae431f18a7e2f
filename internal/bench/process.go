package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startTime bounds how long a child may take to say that it is ready.
const startTime = 15 * time.Second

// process is a running child. Whoever started it must stop it.
type process struct {
	name   string
	cmd    *exec.Cmd
	lines  chan string // of standard output; closed at its end; nil when another reads it
	errors *tail
	cancel context.CancelFunc
	ended  chan struct{}
}

// spawn starts a program whose standard output consume reads to its end. The
// child gets no CAMWALL_ variables of ours, and ends with this process.
func spawn(ctx context.Context, consume func(io.Reader), name string, args ...string) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &process{name: name, errors: &tail{}, cancel: cancel, ended: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, name, args...)
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 5 * time.Second
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "CAMWALL_") {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	p.cmd.Stderr = p.errors
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(p.ended)
		consume(out)
		_ = p.cmd.Wait() // how it ended is told by who misses its output
	}()
	return p, nil
}

// spawnLines is spawn for a program that tells things by the line.
func spawnLines(ctx context.Context, name string, args ...string) (*process, error) {
	lines := make(chan string, 64)
	p, err := spawn(ctx, func(r io.Reader) {
		defer close(lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}, name, args...)
	if err != nil {
		return nil, err
	}
	p.lines = lines
	return p, nil
}

// line returns what follows prefix on the next line that begins with it.
func (p *process) line(ctx context.Context, prefix string, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return "", fmt.Errorf("%s ended: %s", p.name, p.errors)
			}
			if rest, found := strings.CutPrefix(line, prefix); found {
				return rest, nil
			}
		case <-ctx.Done():
			return "", fmt.Errorf("wait for %q of %s: %w: %s", prefix, p.name, ctx.Err(), p.errors)
		}
	}
}

// stop ends the child and waits for it.
func (p *process) stop() {
	p.cancel()
	<-p.ended
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// tail keeps the last kilobytes that were written to it.
type tail struct {
	mu   sync.Mutex // guards the field below
	text []byte
}

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	const kept = 2048
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-kept):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

// serve starts the server under test with cameras, each ID=URL, and returns its
// base address.
func (b *bench) serve(ctx context.Context, cameras ...string) (p *process, base string, err error) {
	data, err := os.MkdirTemp(b.data, "data-") // several run side by side
	if err != nil {
		return nil, "", fmt.Errorf("make folder for a server's data: %w", err)
	}
	args := []string{"serve", "--config", b.config, "--data", data, "--listen", "127.0.0.1:0", "--log-level", "error"}
	for _, c := range cameras {
		args = append(args, "--camera", c)
	}
	p, err = spawnLines(ctx, b.server, args...)
	if err != nil {
		return nil, "", err
	}
	base, err = p.line(ctx, "Camwall: open ", startTime)
	if err != nil {
		p.stop()
		return nil, "", err
	}
	return p, strings.TrimSuffix(base, "/"), nil
}

// demo starts `camwall demo`, with some flags more, and returns the addresses of
// RTSP and of /sent.
func (b *bench) demo(ctx context.Context, flags ...string) (p *process, rtsp, sent string, err error) {
	port, err := freePair(ctx)
	if err != nil {
		return nil, "", "", err
	}
	rtsp = "127.0.0.1:" + strconv.Itoa(port)
	sent = "http://127.0.0.1:" + strconv.Itoa(port+1) + "/sent"
	p, err = spawnLines(ctx, b.server, append([]string{"demo", "--listen", rtsp, "--log-level", "error"}, flags...)...)
	if err != nil {
		return nil, "", "", err
	}
	if _, err := p.line(ctx, "rtsp://", startTime); err != nil {
		p.stop()
		return nil, "", "", err
	}
	return p, "rtsp://" + rtsp, sent, nil
}

// freePair finds a port of loopback that is free, and the one above it too.
func freePair(ctx context.Context) (int, error) {
	var opener net.ListenConfig
	var last error
	for range 20 {
		first, err := opener.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("find free ports: %w", err)
		}
		port := first.Addr().(*net.TCPAddr).Port
		second, err := opener.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+1)))
		first.Close()
		if err == nil {
			second.Close()
			return port, nil
		}
		last = err
	}
	return 0, fmt.Errorf("find two free ports in a row: %w", last)
}
