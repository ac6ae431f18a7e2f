package liveview

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/streaming"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a camera whose pictures come when the test says so.
type stage struct {
	// mu guards the fields below.
	mu      sync.Mutex
	latest  *streaming.Picture
	newer   chan struct{}
	seq     uint64
	asked   []streaming.Request
	open    int
	changed chan struct{} // closed and replaced when open or sent changes
	sent    int           // pictures
	bytes   int
	ended   bool
}

func newStage() *stage {
	return &stage{newer: make(chan struct{}), changed: make(chan struct{})}
}

// watch is the Config.Watch of a system with the one camera "cam1".
func (s *stage) watch(id camera.ID, want streaming.Request) (Viewer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case id == "full":
		return nil, fault.New(fault.TooMany, "all 8 renditions are in use", "")
	case id != "cam1":
		return nil, fault.New(fault.NotFound, "there is no camera "+string(id), "")
	}
	s.asked = append(s.asked, want)
	s.open++
	s.signal()
	return &stageViewer{stage: s}, nil
}

// publish shows p to every viewer; the rest of its fields is filled in.
func (s *stage) publish(p streaming.Picture, jpeg []byte) *streaming.Picture {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	p.Seq = s.seq
	if p.Stream == "" {
		p.Stream = "main"
	}
	if p.Live {
		p.Status.State = camera.Live
	}
	var offset int
	p.Part, offset = Pack(&p, jpeg)
	p.JPEG = p.Part[offset : offset+len(jpeg)]
	s.latest = &p
	close(s.newer)
	s.newer = make(chan struct{})
	return &p
}

// end makes every Next fail, as a Service that has ended does.
func (s *stage) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	close(s.newer)
	s.newer = make(chan struct{})
}

func (s *stage) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// until waits for a condition of open viewers and sent pictures.
func (s *stage) until(t testing.TB, what string, ok func(open, sent int) bool) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		open, sent, changed := s.open, s.sent, s.changed
		s.mu.Unlock()
		if ok(open, sent) {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%s did not happen: %d viewers, %d pictures sent", what, open, sent)
		}
	}
}

// publishUntilEmpty shows pictures until writing them has shown that nobody is
// there any more.
func (s *stage) publishUntilEmpty(t testing.TB) {
	t.Helper()
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for range 500 {
		s.mu.Lock()
		open := s.open
		s.mu.Unlock()
		if open == 0 {
			return
		}
		s.publish(streaming.Picture{Live: true}, []byte("is anybody there?"))
		<-pause.C
	}
	t.Fatal("a viewer that has left is still counted")
}

// inside waits until so many viewers are behind a door.
func inside(t testing.TB, door *guard.Door, viewers int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for door.Viewers() != viewers {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d viewers are inside, want %d", door.Viewers(), viewers)
		}
	}
}

type stageViewer struct {
	stage *stage
	seen  uint64
}

func (v *stageViewer) Next(ctx context.Context) (*streaming.Picture, error) {
	for {
		v.stage.mu.Lock()
		p, newer, ended := v.stage.latest, v.stage.newer, v.stage.ended
		v.stage.mu.Unlock()
		if ended {
			return nil, fault.New(fault.Stopping, "the server is stopping", "")
		}
		if p != nil && p.Seq > v.seen {
			v.seen = p.Seq
			return p, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-newer:
		}
	}
}

func (v *stageViewer) Sent(n int) {
	v.stage.mu.Lock()
	defer v.stage.mu.Unlock()
	v.stage.sent++
	v.stage.bytes += n
	v.stage.signal()
}

func (v *stageViewer) Close() {
	v.stage.mu.Lock()
	defer v.stage.mu.Unlock()
	v.stage.open--
	v.stage.signal()
}

// serve starts a server of s with cfg; both end with the test.
func serve(t testing.TB, s *stage, cfg Config, prepare func(*httptest.Server)) (*Handler, *httptest.Server) {
	t.Helper()
	h := newHandler(s, cfg)
	mux := http.NewServeMux()
	h.Register(mux)
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if prepare != nil {
		prepare(server)
	}
	if server.URL == "" {
		server.Start()
	}
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	return h, server
}

func newHandler(s *stage, cfg Config) *Handler {
	cfg.Watch, cfg.Log = s.watch, slog.New(slog.DiscardHandler)
	return New(cfg)
}

// dial opens a connection of its own and sends a request on it.
func dial(t testing.TB, server *httptest.Server, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	return conn
}
