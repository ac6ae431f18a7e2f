package compat

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/streaming"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a system whose cameras show a picture of their name, size and number
// whenever the test says so.
type stage struct {
	// mu guards the fields below.
	mu      sync.Mutex
	number  uint64
	newer   chan struct{}
	open    int
	opened  int
	most    int // viewers at one time
	full    bool
	ended   bool
	removed bool // all cameras
	changed chan struct{}
	sent    int
	padding string // behind each picture's text
}

func newStage() *stage {
	return &stage{newer: make(chan struct{}), changed: make(chan struct{}), number: 1}
}

// match knows rtsp://camera/cam1 and /cam2, with or without sign-in.
func (s *stage) match(rawURL string) (camera.ID, string, bool) {
	_, address, _ := strings.Cut(rawURL, "://")
	if _, rest, found := strings.Cut(address, "@"); found {
		address = rest
	}
	name, ok := strings.CutPrefix(address, "camera/")
	s.mu.Lock()
	defer s.mu.Unlock()
	return camera.ID(name), "sub", ok && (name == "cam1" || name == "cam2") && !s.removed
}

func (s *stage) watch(id camera.ID, want streaming.Request) (Viewer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return nil, fault.New(fault.TooMany, "all renditions are in use", "")
	}
	s.open++
	s.opened++
	s.most = max(s.most, s.open)
	s.signal()
	return &stageViewer{stage: s, id: id, want: want}, nil
}

func (s *stage) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// change does something to the stage and wakes all who wait on it.
func (s *stage) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.newer)
	s.newer = make(chan struct{})
	s.signal()
}

func (s *stage) next() { s.change(func() { s.number++ }) }

// until waits for a condition, which is asked with the stage locked.
func (s *stage) until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		done, changed := ok(), s.changed
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%s did not happen", what)
		}
	}
}

type stageViewer struct {
	stage *stage
	id    camera.ID
	want  streaming.Request
	seen  uint64
}

func (v *stageViewer) Next(ctx context.Context) (*streaming.Picture, error) {
	for {
		v.stage.mu.Lock()
		number, newer, ended, padding := v.stage.number, v.stage.newer, v.stage.ended, v.stage.padding
		removed := v.stage.removed
		v.stage.mu.Unlock()
		if removed {
			return nil, fault.New(fault.NotFound, "the camera was removed", "")
		}
		if ended {
			return nil, fault.New(fault.Stopping, "the server is stopping", "")
		}
		if number > v.seen {
			v.seen = number
			text := fmt.Sprintf("%s/%s %dx%d q%d #%d %s", v.id, v.want.Stream, v.want.Width, v.want.Height, v.want.Quality, number, padding)
			return &streaming.Picture{JPEG: []byte(text)}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-newer:
		}
	}
}

func (v *stageViewer) Sent(int) { v.stage.change(func() { v.stage.sent++ }) }
func (v *stageViewer) Close()   { v.stage.change(func() { v.stage.open-- }) }

// refused draws the refusals of these tests.
func refused(width, height int, title, detail string) ([]byte, error) {
	return fmt.Appendf(nil, "card %dx%d %s: %s", width, height, title, detail), nil
}

// serve starts a server of s with cfg; both end with the test.
func serve(t testing.TB, s *stage, cfg Config) (*Handler, *httptest.Server) {
	t.Helper()
	cfg.Watch, cfg.Match, cfg.Log = s.watch, s.match, slog.New(slog.DiscardHandler)
	if cfg.Refused == nil {
		cfg.Refused = refused
	}
	h := New(cfg)
	policy, err := guard.New(guard.Config{Ports: []int{8000}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(policy.Middleware(h, func(w http.ResponseWriter, err error) {
		http.Error(w, err.Error(), fault.Status(err))
	}))
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	return h, server
}

// player is a client like the old page's: it knows nothing but the protocol.
type player struct {
	t    testing.TB
	conn *websocket.Conn
}

func dial(t testing.TB, server *httptest.Server, path string, header http.Header) *player {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http")+path, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &player{t, conn}
}

func (p *player) say(text string) {
	p.t.Helper()
	if err := p.conn.Write(p.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *player) hear() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	kind, data, err := p.conn.Read(ctx)
	if err != nil || kind != websocket.MessageText {
		p.t.Fatalf("heard %v, %v", kind, err)
	}
	return string(data)
}

// picture puts the chunks of one picture together, as strictly as can be.
func (p *player) picture() string {
	p.t.Helper()
	var count int
	if head := p.hear(); func() bool { n, err := fmt.Sscanf(head, "::%d::", &count); return n != 1 || err != nil }() || head != fmt.Sprintf("::%d::", count) {
		p.t.Fatalf("a picture begins with %.40q", head)
	}
	var all strings.Builder
	for i := 1; i <= count; i++ {
		text, ok := strings.CutPrefix(p.hear(), fmt.Sprintf("~%d~", i))
		if !ok || len(text) > 32*1024 || i < count && len(text) != 32*1024 || text == "" {
			p.t.Fatalf("chunk %d of %d has %d characters", i, count, len(text))
		}
		all.WriteString(text)
	}
	encoded, ok := strings.CutPrefix(all.String(), "data:image/jpeg;base64,")
	jpeg, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil {
		p.t.Fatalf("the picture is %.60q, %v", all.String(), err)
	}
	return string(jpeg)
}

// expect skips pictures until one begins with text.
func (p *player) expect(text string) string {
	p.t.Helper()
	var last string
	for range 50 {
		if last = p.picture(); strings.HasPrefix(last, text) {
			return last
		}
	}
	p.t.Fatalf("no picture begins with %q, the last is %.80q", text, last)
	return ""
}
