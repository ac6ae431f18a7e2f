package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/lab"
	"camwall/internal/unixsock"
)

// socketClient asks at a Unix socket.
func socketClient(t *testing.T, path string) *http.Client {
	t.Helper()
	transport := unixsock.Transport(path)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestServingAtASocket(t *testing.T) {
	socket := filepath.Join(lab.Folder(t), "new", "camwall.sock")
	s := serve(t, serverFlags{Demo: true, Socket: socket})
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Fatalf("%v, %v", info, err)
	}
	ask := socketClient(t, socket)
	for _, host := range []string{"localhost", "camwall", "evil.example"} { // nobody can be sent here by a name
		res, err := ask.Get("http://" + host + "/api/health")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || strings.TrimSpace(string(body)) != `{"status":"healthy"}` {
			t.Errorf("%s: %d %s", host, res.StatusCode, body)
		}
	}
	through := &server{core: s.core, url: s.url}
	if status, _, _ := through.get(t, "/api/health", func(r *http.Request) { r.Host = "evil.example" }); status != http.StatusMisdirectedRequest {
		t.Errorf("over the network the guard stands as before: %d", status)
	}
	s.Close()
	if left, err := os.ReadDir(filepath.Dir(socket)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestTheFirstLineTellsTheSocket(t *testing.T) {
	socket := filepath.Join(lab.Folder(t), "a.sock")
	for listen, want := range map[string]string{"": "Camwall: open unix:" + socket + "\n", "127.0.0.1:0": "/ and unix:" + socket + "\n"} {
		flags := serverFlags{Config: writeFile(t, "camwall.yaml", "socket: "+socket+"\n"), Data: t.TempDir()}
		if listen != "" {
			flags.Listen = []string{listen}
		}
		c, err := newCore(flags, nil, logFlags{}.logger(io.Discard))
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		err = c.listen(&said)
		c.Close()
		if err != nil || !strings.HasPrefix(said.String(), "Camwall: open ") || !strings.HasSuffix(said.String(), want) || strings.Count(said.String(), "\n") != 1 {
			t.Errorf("%q: %v, %q, want %q", listen, err, &said, want)
		}
	}
}

func TestASocketThatIsTaken(t *testing.T) {
	socket := filepath.Join(lab.Folder(t), "a.sock")
	serve(t, serverFlags{Socket: socket})
	c, err := newCore(serverFlags{Socket: socket, Data: t.TempDir()}, []string{"127.0.0.1:0"}, logFlags{}.logger(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.listen(io.Discard); fault.CodeOf(err) != fault.Locked || len(c.servers) != 0 {
		t.Errorf("%v, %d servers", err, len(c.servers))
	}
	var errs bytes.Buffer
	empty := "--config=" + writeFile(t, "camwall.yaml", "")
	if exit := run([]string{"serve", empty, "--listen=127.0.0.1:0", "--socket", "/tmp/" + strings.Repeat("x", 120)}, io.Discard, &errs); exit != 2 || !strings.Contains(errs.String(), "107") {
		t.Errorf("a path that is too long: %d %s", exit, &errs)
	}
}

// systemd hears when the server is ready, that it lives, and that it ends.
func TestSystemdIsTold(t *testing.T) {
	path := filepath.Join(lab.Folder(t), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close() //nolint:errcheck // a test's
	if err := manager.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "50000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := serveCommand{serverFlags{Config: writeFile(t, "camwall.yaml", ""), Data: t.TempDir(), Listen: []string{"127.0.0.1:0"}}}
	var running sync.WaitGroup
	running.Go(func() {
		if err := c.Run(ctx, streams{out: io.Discard, err: io.Discard}); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	heard := func() string {
		message := make([]byte, 256)
		n, err := manager.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(message[:n])
	}
	if got := heard(); got != "READY=1" {
		t.Errorf("first %q", got)
	}
	if got := heard(); !strings.HasPrefix(got, "STATUS=Serves at http://127.0.0.1:") {
		t.Errorf("then %q", got)
	}
	for range 3 {
		if got := heard(); got != "WATCHDOG=1" {
			t.Errorf("then %q", got)
		}
	}
	cancel()
	for got := heard(); got != "STOPPING=1"; got = heard() {
		if got != "WATCHDOG=1" {
			t.Errorf("at the end %q", got)
		}
	}
}

// A core lives as long as it answers, whatever its cameras do.
func TestACoreIsAlive(t *testing.T) {
	s := serve(t, serverFlags{Camera: []string{"gone=rtsp://127.0.0.1:1/x"}})
	if !s.alive() {
		t.Error("a core whose camera is away is not alive")
	}
	s.Close()
	if s.alive() {
		t.Error("a core that has ended is alive")
	}
}
