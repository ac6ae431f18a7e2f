package liveview

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"camwall/internal/fault"
	"camwall/internal/liveview/wire"
)

// TestHostileCommands: each ends its connection with a word, and no other.
func TestHostileCommands(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	good := dialWall(t, server).hello()
	good.do(`{"type":"watch","tile":1,"camera":"cam0","width":640,"height":360}`)
	good.json("state")
	many := func(n int, command string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(command, i+1)
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	for name, hostile := range map[string]struct {
		commands []string
		code     string
	}{
		"garbage":             {[]string{"\x00\xff{"}, "bad_request"},
		"nothing":             {[]string{""}, "bad_request"},
		"unknown":             {[]string{`{"type":"fly"}`}, "bad_request"},
		"change before watch": {[]string{`{"type":"change","tile":1,"width":640}`}, "bad_request"},
		"unwatch":             {[]string{watchOne, `{"type":"unwatch","tile":1}`, `{"type":"unwatch","tile":1}`}, "bad_request"},
		"restart":             {[]string{`{"type":"restart","tile":7}`}, "bad_request"},
		"report":              {[]string{`{"type":"report","tile":7}`}, "bad_request"},
		"sound":               {[]string{`{"type":"sound","tile":7}`}, "bad_request"},
		"ack of no tile":      {[]string{`{"type":"ack","tiles":[[1,1,1]]}`}, "bad_request"},
		"ack of the future":   {[]string{watchOne, `{"type":"ack","tiles":[[1,4000000000,1]]}`}, "bad_request"},
		"huge size":           {[]string{`{"type":"watch","tile":1,"camera":"cam1","width":100000,"height":360}`}, "bad_request"},
		"endless watches":     {[]string{many(100, `{"type":"watch","tile":%d,"camera":"cam1","width":640,"height":360}`), many(129, `{"type":"watch","tile":%d,"camera":"cam1","width":640,"height":360}`)}, "too_many"},
		"too many at once":    {[]string{many(257, `{"type":"unwatch","tile":%d}`)}, "bad_request"},
		"deep":                {[]string{strings.Repeat("[", 100_000)}, "bad_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w := dialWall(t, server).hello()
			for _, command := range hostile.commands {
				w.do("%s", command)
			}
			if bye := w.json("bye"); bye["code"] != hostile.code || bye["message"] == "" {
				t.Errorf("bye is %v", bye)
			}
			if _, err := w.read(); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("after bye: %v", err)
			}
			// The others go on.
			s.publish("cam0", name)
			if p := good.picture(); p.text != name {
				t.Errorf("another connection shows %+v", p)
			}
			good.ack(1)
			good.sync()
		})
	}
}

// TestHostileFrames: these leave no room for a word.
func TestHostileFrames(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	for name, send := range map[string]func(ws *websocket.Conn) error{
		"binary": func(ws *websocket.Conn) error {
			return ws.Write(t.Context(), websocket.MessageBinary, []byte(watchOne))
		},
		"huge": func(ws *websocket.Conn) error {
			return ws.Write(t.Context(), websocket.MessageText, bytes.Repeat([]byte(" "), wire.MaxCommands+1))
		},
		"endless": func(ws *websocket.Conn) error {
			out, err := ws.Writer(t.Context(), websocket.MessageText)
			for i := 0; err == nil && i < 1<<20; i++ {
				_, err = out.Write(bytes.Repeat([]byte(" "), 4096))
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := dialWall(t, server).hello()
			w.do(watchOne)
			_ = send(w.ws)
			for {
				if _, err := w.read(); err != nil {
					break
				}
			}
		})
	}
	t.Run("raw", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, server, "GET /ws/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
		_, _ = conn.Write([]byte("\x81\x05hello\xff\xff\xff\xff\xff")) // not masked
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("the connection does not end: %v", err)
		}
	})
}

// TestFlood: ten thousand at once are borne, more are not.
func TestFlood(t *testing.T) {
	t.Parallel()
	_, server := serveSet(t, newSet(), Config{})
	w := dialWall(t, server).hello()
	pings := "[" + strings.TrimSuffix(strings.Repeat(`{"type":"resume"},`, 250), ",") + "]"
	ended := make(chan map[string]any, 1)
	go func() { ended <- w.json("bye") }()
	sent := 0
	for len(ended) == 0 && sent < 200_000 {
		if err := w.ws.Write(t.Context(), websocket.MessageText, []byte(pings)); err != nil {
			break
		}
		sent += 250
	}
	if bye := <-ended; bye["code"] != "too_many" || sent < 10_000 {
		t.Errorf("after %d commands: %v", sent, bye)
	}
}

// TestChurn: watching and leaving all the time opens cameras at a bounded rate.
func TestChurn(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	begun := time.Now()
	for i := range 2000 {
		w.do(`[{"type":"watch","tile":%d,"camera":"cam1","width":640,"height":360},{"type":"unwatch","tile":%d}]`, i+1, i+1)
	}
	w.sync()
	s.mu.Lock()
	follows := s.follows
	s.mu.Unlock()
	if most := openBurst + int(time.Since(begun).Seconds()*openRate) + 10; follows > most {
		t.Errorf("%d cameras were opened, %d are borne", follows, most)
	}
	s.until(t, "leaving", func() bool { return s.open() == 0 })
}

// TestQuiet: who sends nothing is gone after ten seconds, on both ways, also with
// half a message on the way; who pings stays.
func TestQuiet(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	quiet := dialWall(t, server).hello()
	stream := openStream(t, server)
	slow := dial(t, server, "GET /ws/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	_, _ = slow.Write([]byte("\x81\xfe\x01\x00\x00\x00\x00\x00{"))
	_ = slow.SetDeadline(time.Now().Add(time.Minute))
	begun := time.Now()
	alive := dialWall(t, server).hello()
	stop := make(chan struct{})
	pinging := make(chan struct{})
	go func() {
		defer close(pinging)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				alive.do(`{"type":"ping","sent":1}`)
			}
		}
	}()
	if bye := quiet.json("bye"); bye["code"] != "ended" || time.Since(begun) < 9*time.Second || time.Since(begun) > 12*time.Second {
		t.Errorf("after %v: %v", time.Since(begun), bye)
	}
	if bye := stream.until("bye", func(m got) bool { return m.fields["type"] == "bye" }); bye.fields["code"] != "ended" {
		t.Errorf("the stream says %v", bye.fields)
	}
	if _, err := io.Copy(io.Discard, slow); err != nil {
		t.Errorf("half a message: %v", err)
	}
	close(stop)
	<-pinging
	alive.sync()
}

// TestNeverReading: one that takes nothing costs the others no picture, and
// neither the end of the server.
func TestNeverReading(t *testing.T) {
	t.Parallel()
	s := newSet()
	h, server := serveSet(t, s, Config{})
	for _, path := range []string{"/ws/live", "/stream/live"} {
		conn := dial(t, server, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
		if path == "/ws/live" {
			for i := range 128 {
				text := fmt.Sprintf(`{"type":"watch","tile":%3d,"camera":"cam1","width":640,"height":360}`, i+1)
				_, _ = conn.Write(append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...))
			}
		}
	}
	s.until(t, "watching", func() bool { return s.open() == 128 })
	w := dialWall(t, server).hello()
	w.do(watchOne)
	w.json("state")
	big := strings.Repeat("x", 300<<10)
	for i := range 100 {
		s.publish("cam1", fmt.Sprint(i, " ", big))
		if p := w.picture(); !strings.HasPrefix(p.text, fmt.Sprint(i, " ")) {
			t.Fatalf("picture %d is %.10q", i, p.text)
		}
		w.ack(1)
	}
	begun := time.Now()
	h.Close()
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("Close took %v", took)
	}
	if bye := w.json("bye"); bye["code"] != "stopping" {
		t.Errorf("bye is %v", bye)
	}
}

// bodyWall is a client of the streamed body.
type bodyWall struct {
	*wall
	res  *http.Response
	id   string
	post func(id, text string) (int, string)
}

func openStream(t testing.TB, server *httptest.Server) *bodyWall {
	t.Helper()
	res := get(t, server.Client(), server.URL+"/stream/live")
	b := &bodyWall{wall: &wall{t: t, seqs: map[uint32]uint32{}}, res: res}
	b.post = func(id, text string) (int, string) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/stream/live/"+id, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	hello := b.next().fields
	b.id, _ = hello["id"].(string)
	if hello["type"] != "hello" || len(b.id) != 26 || res.Header.Get("Content-Type") != "application/octet-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("hello is %v, %v", hello, res.Header)
	}
	return b
}

func (b *bodyWall) next() got {
	b.t.Helper()
	head := make([]byte, 4)
	if _, err := io.ReadFull(b.res.Body, head); err != nil {
		b.t.Fatalf("read: %v", err)
	}
	n := int(head[0])<<24 | int(head[1])<<16 | int(head[2])<<8 | int(head[3])
	data := append(head, make([]byte, n)...)
	if _, err := io.ReadFull(b.res.Body, data[4:]); err != nil {
		b.t.Fatalf("read: %v", err)
	}
	m, err := parseGot(data)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *bodyWall) until(what string, ok func(got) bool) got {
	b.t.Helper()
	for range 10_000 {
		if m := b.next(); ok(m) {
			return m
		}
	}
	b.t.Fatalf("%s: never", what)
	return got{}
}

func TestStreamedBody(t *testing.T) {
	t.Parallel()
	s := newSet()
	h, server := serveSet(t, s, Config{})
	b, other := openStream(t, server), openStream(t, server)
	if b.id == other.id {
		t.Error("two bodies have one id")
	}
	if status, body := b.post(b.id, watchOne); status != http.StatusNoContent || body != "" {
		t.Errorf("a command is answered %d %s", status, body)
	}
	b.until("state", func(m got) bool { return m.fields["type"] == "state" })
	s.publish("cam1", "picture")
	if p := b.until("a picture", func(m got) bool { return m.kind == 1 }); p.text != "picture" {
		t.Errorf("the picture is %+v", p)
	}
	for id, want := range map[string]int{"": 404, strings.Repeat("0", 32): 404, b.id[1:]: 404, b.id + "0": 404} {
		if status, body := b.post(id, watchOne); status != want {
			t.Errorf("with id %q: %d %s", id, status, body)
		}
	}
	if status, body := b.post(b.id, strings.Repeat(" ", wire.MaxCommands+1)); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, "too_large") {
		t.Errorf("a long command is answered %d %s", status, body)
	}
	if status, body := b.post(b.id, `{"type":"ack","tiles":[[1,1,1]]}`); status != http.StatusNoContent {
		t.Errorf("after a long command: %d %s", status, body)
	}
	if status, body := b.post(b.id, `{"type":"fly"}`); status != http.StatusBadRequest || !strings.Contains(body, `"code":"bad_request"`) {
		t.Errorf("a wrong command is answered %d %s", status, body)
	}
	if bye := b.until("bye", func(m got) bool { return m.fields["type"] == "bye" }); bye.fields["code"] != "bad_request" {
		t.Errorf("bye is %v", bye.fields)
	}
	if rest, err := io.ReadAll(b.res.Body); err != nil || len(rest) > 0 {
		t.Errorf("after bye come %d bytes, %v", len(rest), err)
	}
	if status, _ := b.post(b.id, watchOne); status != http.StatusNotFound {
		t.Errorf("after the end a command is answered %d", status)
	}
	s.until(t, "leaving", func() bool { return s.open() == 0 })
	h.Close()
	if bye := other.until("bye", func(m got) bool { return m.fields["type"] == "bye" }); bye.fields["code"] != "stopping" {
		t.Errorf("bye is %v", bye.fields)
	}
}

// TestIDIsForItsCaller: another address can't use it.
func TestIDIsForItsCaller(t *testing.T) {
	t.Parallel()
	h, server := serveSet(t, newSet(), Config{})
	b := openStream(t, server)
	mux := http.NewServeMux()
	h.Register(mux)
	for remote, want := range map[string]int{"127.0.0.1:9": 204, "[::ffff:127.0.0.1]:9": 204, "192.0.2.7:9": 404, "[::1]:9": 404, "": 404} {
		req := httptest.NewRequest(http.MethodPost, "/stream/live/"+b.id, strings.NewReader(`{"type":"pause"}`))
		req.RemoteAddr = remote
		res := httptest.NewRecorder()
		mux.ServeHTTP(res, req)
		if res.Code != want {
			t.Errorf("from %q: %d, want %d", remote, res.Code, want)
		}
	}
	req := httptest.NewRequest(http.MethodPost, "/stream/live/"+b.id, strings.NewReader(`{"type":"pause"}`))
	req.RemoteAddr = "127.0.0.1:9"
	req.Header.Set("X-Forwarded-For", "192.0.2.7")
	res := httptest.NewRecorder()
	if mux.ServeHTTP(res, req); res.Code != http.StatusNotFound {
		t.Errorf("through a proxy: %d", res.Code)
	}
}

// TestStreamThroughAPipe: the window's answers can only write, and have no
// connection.
func TestStreamThroughAPipe(t *testing.T) {
	t.Parallel()
	s := newSet()
	h, _ := serveSet(t, s, Config{})
	mux := http.NewServeMux()
	h.Register(mux)
	out, in := io.Pipe()
	req := httptest.NewRequest(http.MethodGet, "/stream/live", nil)
	req.RemoteAddr = "127.0.0.1:0"
	done := make(chan struct{})
	go func() {
		defer close(done)
		mux.ServeHTTP(&pipeWriter{http.Header{}, in}, req)
		in.Close()
	}()
	b := &bodyWall{wall: &wall{t: t, seqs: map[uint32]uint32{}}, res: &http.Response{Body: out}}
	id := b.next().fields["id"].(string)
	post := httptest.NewRequest(http.MethodPost, "/stream/live/"+id, strings.NewReader(watchOne))
	post.RemoteAddr = "127.0.0.1:0"
	res := httptest.NewRecorder()
	if mux.ServeHTTP(res, post); res.Code != http.StatusNoContent {
		t.Fatalf("a command is answered %d %s", res.Code, res.Body)
	}
	b.until("state", func(m got) bool { return m.fields["type"] == "state" })
	s.publish("cam1", "picture")
	b.until("a picture", func(m got) bool { return m.kind == 1 })
	out.Close() // the page let go
	s.publish("cam1", "nobody")
	<-done
	s.until(t, "leaving", func() bool { return s.open() == 0 })
}

// keeper is a sender that keeps nothing.
type keeper struct{ sent int }

func (k *keeper) send([]byte, time.Time) error { k.sent++; return nil }
func (k *keeper) hurry(time.Duration)          {}
func (k *keeper) gone() bool                   { return false }

// FuzzCommands: whatever comes is carried out or ends the connection, and nothing
// of it is left behind.
func FuzzCommands(f *testing.F) {
	for _, seed := range []string{
		watchOne + "\n" + `{"type":"ack","tiles":[[1,0,0]]}` + "\n" + `{"type":"unwatch","tile":1}` + "\n" + watchOne,
		`[{"type":"pause"},{"type":"resume"},{"type":"budget","bits":1},{"type":"sound","tile":0},{"type":"ping","sent":1}]`,
		watchOne + "\n" + `{"type":"change","tile":1,"formats":["h264"],"fit":"cover"}` + "\n" + `{"type":"restart","tile":1}` + "\n" + `{"type":"report","tile":1}`,
		"{\n[\n\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		s := newSet()
		cfg := Config{Follow: s.follow, Log: slog.New(slog.DiscardHandler)}
		out := &keeper{}
		c, ctx := newConnection(t.Context(), &cfg, out, func(time.Time) float64 { return 1 })
		ended := make(chan error)
		go func() { ended <- c.run(ctx, func() bool { return false }) }()
		var wrong error
		for line := range strings.Lines(script) {
			if wrong = c.take([]byte(line)); wrong != nil {
				if code := fault.CodeOf(wrong); code != fault.BadRequest && code != fault.TooMany {
					t.Errorf("%q ends with %v", line, wrong)
				}
				break
			}
			s.unit("cam1", "unit", true, false)
			s.publish("cam1", "picture")
		}
		c.end(net.ErrClosed)
		if err := <-ended; wrong != nil && fault.CodeOf(err) != fault.CodeOf(wrong) {
			t.Errorf("ended with %v, not %v", err, wrong)
		}
		if c.take([]byte(`{"type":"pause"}`)) == nil || s.open() > 0 || len(c.flow.lanes) > 0 || c.flow.under != 0 {
			t.Errorf("left are %d followers, %d lanes, %d bytes", s.open(), len(c.flow.lanes), c.flow.under)
		}
	})
}
