package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/framemark"
	"camwall/internal/simcam"
)

// commandVariable makes this test a camwall: its arguments are a command's.
const commandVariable = "CAMWALL_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	// What a command keeps without --data goes with the tests.
	data, err := os.MkdirTemp("", "camwall-test-")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		if err := os.Setenv(name, data); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(exit int) {
		_ = os.RemoveAll(data)
		os.Exit(exit)
	}))
}

// patience bounds how long a test waits for what must come.
const patience = 20 * time.Second

// cameras runs simulated cameras at an address; "" is a free one.
func cameras(t *testing.T, listen string, streams ...simcam.StreamSpec) *simcam.Server {
	t.Helper()
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	s, err := simcam.New(simcam.Config{Listen: listen, Streams: streams})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// named returns one flag ID=URL for each stream of s: s1, s2, ...; sign-in in
// it when the stream has one and with is empty, else with.
func named(s *simcam.Server, with string) []string {
	var flags []string
	for i, info := range s.Streams() {
		signIn := with
		if signIn == "" && info.User != "" {
			signIn = info.User + ":" + info.Password + "@"
		}
		flags = append(flags, fmt.Sprintf("s%d=%s", i+1, strings.Replace(info.URL, "://", "://"+signIn, 1)))
	}
	return flags
}

// server is a running core with what it logged.
type server struct {
	*core
	url string
	log *guarded
}

// serve runs a core with flags on a free port of loopback.
func serve(t *testing.T, flags serverFlags) *server {
	t.Helper()
	if flags.Config == "" {
		flags.Config = filepath.Join(t.TempDir(), "camwall.yaml")
		if err := os.WriteFile(flags.Config, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if flags.Data == "" {
		flags.Data = t.TempDir()
	}
	logged := new(guarded)
	log := logFlags{LogLevel: slog.LevelDebug}.logger(logged)
	c, err := newCore(flags, []string{"127.0.0.1:0"}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if t.Failed() {
			t.Logf("the server's log:\n%s", logged)
		}
	})
	var said bytes.Buffer
	if err := c.listen(&said); err != nil {
		t.Fatal(err)
	}
	c.inventory.Run()
	_, url, _ := strings.Cut(strings.TrimSpace(said.String()), "open ")
	return &server{core: c, url: strings.TrimSuffix(url, "/"), log: logged}
}

// client reads answers without keeping connections.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// part is one picture as it came over the wire.
type part struct {
	header textproto.MIMEHeader
	jpeg   []byte
	at     time.Time
}

func (p part) state() string { return p.header.Get("X-Camwall-State") }

// number returns the frame number that the picture carries.
func (p part) number(t *testing.T) uint16 {
	t.Helper()
	img := p.image(t)
	n, ok := framemark.Read(img, img.Bounds())
	if !ok {
		t.Fatalf("no frame mark in a picture that is %s", p.state())
	}
	return n
}

func (p part) image(t *testing.T) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(p.jpeg))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// viewer reads M-JPEG as an outside client does: it knows multipart, and nothing
// of ours.
type viewer struct {
	t      *testing.T
	body   io.ReadCloser
	reader *bufio.Reader
	cancel context.CancelFunc
}

func (s *server) view(t *testing.T, path string) *viewer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		t.Fatalf("%s: %s: %s", path, res.Status, body)
	}
	v := &viewer{t: t, body: res.Body, reader: bufio.NewReaderSize(res.Body, 64<<10), cancel: cancel}
	t.Cleanup(v.close)
	return v
}

func (v *viewer) close() {
	v.cancel()
	_ = v.body.Close()
}

// next reads one part: RFC 2046 section 5.1, each with a Content-Length.
func (v *viewer) next() part {
	v.t.Helper()
	line, err := v.reader.ReadString('\n')
	for err == nil && strings.TrimSpace(line) == "" {
		line, err = v.reader.ReadString('\n')
	}
	if err != nil || strings.TrimSpace(line) != "--frame" {
		v.t.Fatalf("want a boundary, got %q, %v", line, err)
	}
	header, err := textproto.NewReader(v.reader).ReadMIMEHeader()
	if err != nil {
		v.t.Fatalf("part header: %v", err)
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil || header.Get("Content-Type") != "image/jpeg" {
		v.t.Fatalf("part header: %v", header)
	}
	jpeg := make([]byte, length)
	if _, err := io.ReadFull(v.reader, jpeg); err != nil {
		v.t.Fatalf("picture: %v", err)
	}
	return part{header: header, jpeg: jpeg, at: time.Now()}
}

// until reads parts until one is as wanted.
func (v *viewer) until(what string, ok func(part) bool) part {
	v.t.Helper()
	limit := time.AfterFunc(patience, v.cancel)
	defer limit.Stop()
	for {
		p := v.next()
		if ok(p) {
			return p
		}
		if v.t.Context().Err() != nil {
			v.t.Fatalf("%s: never", what)
		}
	}
}

func isLive(p part) bool { return p.state() == "live" }

// is wants a state, and a reason unless that is empty.
func is(state, reason string) func(part) bool {
	return func(p part) bool {
		return p.state() == state && (reason == "" || p.header.Get("X-Camwall-Reason") == reason)
	}
}

// get returns an answer's status and body.
func (s *server) get(t *testing.T, path string, change func(*http.Request)) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	res, err := client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// guarded is a buffer that several goroutines write and read.
type guarded struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.buf.Write(p)
}

func (g *guarded) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.buf.String()
}
