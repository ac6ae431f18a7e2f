package compat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"camwall/internal/guard"
)

func TestProtocol(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/ws/rtsp-proxy", "/any/path?at=all"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newStage()
			_, server := serve(t, s, Config{})
			p := dial(t, server, path, http.Header{"Origin": {"http://127.0.0.1:8000"}})
			p.say(`{"act":"open","url":"rtsp://u:p@camera/cam1","resolution":[640,480]}`)
			p.expect("cam1/sub 640x480 q75 #1 ")
			s.next()
			p.expect("cam1/sub 640x480 q75 #2 ")
			p.say(`{"act":"resize","resolution":[320,240]}`)
			p.expect("cam1/sub 320x240 q75 #2 ")
			p.say(`{"act":"open","url":"rtsp://camera/cam2","resolution":[0,0]}`)
			p.expect("cam2/sub 0x0 ")
			p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
			p.expect("cam1/sub 0x0 ")
			if err := p.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
				t.Error(err)
			}
			s.until(t, "leaving", func() bool { return s.open == 0 })
			if s.most != 1 {
				t.Errorf("one client had %d viewers at a time", s.most)
			}
		})
	}
}

// TestChunks: pictures of every length around the chunk's come whole.
func TestChunks(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{})
	p := dial(t, server, "/", nil)
	p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	p.expect("cam1")
	first := len("data:image/jpeg;base64,") + base64Length(len("cam1/sub 0x0 q75 #2 "))
	for _, characters := range []int{first, chunk - 4, chunk, chunk + 4, 2 * chunk, 3*chunk + 100} {
		padding := strings.Repeat("x", max(0, (characters-first)/4*3))
		s.change(func() {
			s.padding = padding
			s.number++
		})
		if got := p.expect("cam1"); !strings.HasSuffix(got, padding) || len(got) < len(padding) {
			t.Errorf("a picture of %d characters came as %d bytes", characters, len(got))
		}
	}
}

func base64Length(n int) int { return (n + 2) / 3 * 4 }

// TestRefusedIsDrawn: neither an unknown url nor a limit closes the socket.
func TestRefusedIsDrawn(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{})
	p := dial(t, server, "/", nil)
	began := time.Now() // who hears late hears two cards at once
	p.say(`{"act":"open","url":"rtsp://elsewhere/cam1","resolution":[320,200]}`)
	card := "card 320x200 No such camera: "
	p.expect(card)
	p.expect(card)
	if gap := time.Since(began); gap < cardPause {
		t.Errorf("two drawn pictures come within %v", gap)
	}
	s.change(func() { s.full = true })
	p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	p.expect("card 640x360 Too many viewers: all renditions are in use")
	s.change(func() { s.full = false })
	p.expect("cam1/sub 0x0 ") // by itself, when there is room again
}

func TestRefusalThatCannotBeDrawnEnds(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{Refused: func(int, int, string, string) ([]byte, error) {
		return nil, errors.New("no ink")
	}})
	p := dial(t, server, "/", nil)
	p.say(`{"act":"open","url":"rtsp://elsewhere/"}`)
	if _, _, err := p.conn.Read(t.Context()); err == nil {
		t.Error("the socket stays open with nothing to show")
	}
}

// TestOddMessagesAreIgnored: none of them ends the connection or the picture.
func TestOddMessagesAreIgnored(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{})
	p := dial(t, server, "/", nil)
	for _, text := range []string{
		"", "{", "null", "[]", `"open"`, "1", `{"act":"close"}`, `{"act":"open"}`, `{"act":"open","url":7}`,
		`{"act":"resize","resolution":[1,2]}`, `{"act":"open","url":"rtsp://camera/cam1","resolution":"640x480"}`,
		"\xff\xfe", strings.Repeat("[", 10_000), strings.Repeat("x", maxMessage-10),
	} {
		p.say(text)
	}
	if err := p.conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"act":"open","url":"rtsp://camera/cam2"}`)); err != nil {
		t.Fatal(err)
	}
	p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	if got := p.picture(); !strings.HasPrefix(got, "cam1") {
		t.Errorf("the first picture is %q", got)
	}
	if s.opened != 1 {
		t.Errorf("%d viewers were opened", s.opened)
	}
}

func TestMessageTooLongEndsThatClient(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{})
	other := dial(t, server, "/", nil)
	other.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	other.expect("cam1")
	p := dial(t, server, "/", nil)
	p.say(strings.Repeat("x", maxMessage+1))
	if _, _, err := p.conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("ended with %v", err)
	}
	s.next()
	other.expect("cam1/sub 0x0 q75 #2 ")
}

// TestSwitchesAreRationed: a flood of resizes makes few viewers, and the last wins.
func TestSwitchesAreRationed(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{})
	p := dial(t, server, "/", nil)
	p.say(`{"act":"open","url":"rtsp://camera/cam1","resolution":[100,100]}`)
	p.expect("cam1")
	began := time.Now()
	for range 100 {
		p.say(`{"act":"resize","resolution":[200,200]}`)
		p.say(`{"act":"resize","resolution":[300,300]}`)
	}
	p.say(`{"act":"resize","resolution":[640,480]}`)
	p.expect("cam1/sub 640x480 ")
	s.mu.Lock()
	opened := s.opened
	s.mu.Unlock()
	if most := int(time.Since(began)/switchPause) + 3; opened > most {
		t.Errorf("%d viewers were opened in %v", opened, time.Since(began))
	}
}

// TestSlowClient: one that reads nothing is gone after the write deadline, and
// costs another no picture.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{WriteTimeout: 2 * time.Second}) // more than a busy machine lets fast wait
	slow := dial(t, server, "/", nil)
	slow.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	slow.expect("cam1")
	fast := dial(t, server, "/", nil)
	fast.say(`{"act":"open","url":"rtsp://camera/cam2"}`)
	fast.expect("cam2")
	s.change(func() { s.padding = strings.Repeat("x", 200<<10) })
	for range 10_000 {
		s.next()
		fast.expect("cam2")
		s.mu.Lock()
		open := s.open
		s.mu.Unlock()
		if open == 1 {
			return
		}
	}
	t.Error("a client that reads nothing is still there")
}

// TestVanishedClient: no picture is needed to notice that nobody answers.
func TestVanishedClient(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{PingEvery: 50 * time.Millisecond})
	p := dial(t, server, "/", nil)
	p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	p.expect("cam1") // and reads no more: its library answers pings while it reads only
	s.until(t, "leaving", func() bool { return s.open == 0 && s.opened == 1 })
}

func TestAnsweredPingsKeepTheClient(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{PingEvery: 20 * time.Millisecond, AnswerWithin: 30 * time.Second})
	pings := make(chan struct{})
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), &websocket.DialOptions{
		OnPingReceived: func(context.Context, []byte) bool {
			pings <- struct{}{}
			return true
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &player{t, conn}
	reading := conn.CloseRead(t.Context())
	for range 10 {
		select {
		case <-pings:
		case <-reading.Done():
			t.Fatal("a client that answers was closed")
		}
	}
	go func() {
		for range pings { //nolint:revive // those that were under way
		}
	}()
	_ = p.conn.CloseNow()
	<-reading.Done()
	close(pings)
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := newStage()
	h, server := serve(t, s, Config{})
	p := dial(t, server, "/", nil)
	p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	p.expect("cam1")
	idle := dial(t, server, "/", nil)
	began := time.Now()
	h.Close()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Close took %v", took)
	}
	for _, c := range []*player{p, idle} {
		if _, _, err := c.conn.Read(t.Context()); err == nil {
			t.Error("a client outlived Close")
		}
	}
	_, answer, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("after Close: %v", err)
	}
}

func TestServiceEnds(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{})
	p := dial(t, server, "/", nil)
	p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	p.expect("cam1")
	s.change(func() { s.ended = true })
	if _, _, err := p.conn.Read(t.Context()); err == nil {
		t.Error("the client outlived the pictures")
	}
}

// A camera that is removed leaves its clients connected, with a picture that says
// so: closing makes them come back at once.
func TestACameraIsRemoved(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{})
	p := dial(t, server, "/", nil)
	p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	p.expect("cam1")
	s.change(func() { s.removed = true })
	p.expect("card 640x360 No such camera")
	p.expect("card 640x360 No such camera")
	s.mu.Lock()
	opened := s.opened
	s.mu.Unlock()
	if opened != 1 {
		t.Errorf("it was watched %d times", opened)
	}
	s.change(func() { s.removed = false })
	p.say(`{"act":"open","url":"rtsp://camera/cam2"}`)
	p.expect("cam2")
}

// TestFull: one too many waits for its refusal, and nobody else does.
func TestFull(t *testing.T) {
	t.Parallel()
	s := newStage()
	door := guard.NewDoor(guard.DoorConfig{MaxViewers: 1})
	_, server := serve(t, s, Config{Door: door, FullPause: 100 * time.Millisecond})
	p := dial(t, server, "/", nil)
	p.say(`{"act":"open","url":"rtsp://camera/cam1"}`)
	p.expect("cam1")
	began := time.Now()
	_, answer, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err == nil || answer.StatusCode != 429 || answer.Header.Get("Retry-After") == "" {
		t.Fatalf("one too many got %v", err)
	}
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("the refusal came after %v", took)
	}
	s.next()
	p.expect("cam1/sub 0x0 q75 #2 ")
	_ = p.conn.CloseNow()
	s.until(t, "leaving", func() bool { return s.open == 0 })
}

func TestOthersThanSockets(t *testing.T) {
	t.Parallel()
	_, server := serve(t, newStage(), Config{})
	for _, c := range []struct {
		header http.Header
		status int
		text   string
	}{
		{nil, 404, "only the WebSocket"},
		{http.Header{"Upgrade": {"h2c"}}, 426, "WebSocket"},
		{http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}, 400, "WebSocket"},
		{http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Origin": {"http://evil.example"}}, 403, "page"},
		{http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Origin": {"http://127.0.0.1:9000"}}, 403, "page"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.header != nil {
			r.Header = c.header
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != c.status || !strings.Contains(string(body), c.text) {
			t.Errorf("%v answered %s %s, want %d", c.header, answer.Status, body, c.status)
		}
	}
}

// TestUnguarded: without the middleware the library's own check of origins holds.
func TestUnguarded(t *testing.T) {
	t.Parallel()
	s := newStage()
	h, guarded := serve(t, s, Config{})
	guarded.Config.Handler = h
	_, answer, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(guarded.URL, "http"),
		&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"http://127.0.0.1:8000"}}})
	if err == nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another port got %v", err)
	}
}
