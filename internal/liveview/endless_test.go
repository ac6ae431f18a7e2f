package liveview

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/streaming"
)

var live = streaming.Picture{Live: true, Width: 640, Height: 360}

// pictures reads the parts of a multipart answer; each call returns the next.
func pictures(t testing.TB, contentType string, body io.Reader) func() (*multipart.Part, string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/x-mixed-replace" {
		t.Fatalf("Content-Type is %q: %v", contentType, err)
	}
	r := multipart.NewReader(body, params["boundary"])
	return func() (*multipart.Part, string) {
		t.Helper()
		part, err := r.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		// The length, not the boundary behind: that is how a browser's peer reads too.
		var length int
		if _, err := fmt.Sscan(part.Header.Get("Content-Length"), &length); err != nil {
			t.Fatal(err)
		}
		jpeg := make([]byte, length)
		if _, err := io.ReadFull(part, jpeg); err != nil {
			t.Fatal(err)
		}
		return part, string(jpeg)
	}
}

func get(t testing.TB, client *http.Client, url string) *http.Response {
	t.Helper()
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func TestEndless(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*httptest.Server){
		"HTTP/1.1":          nil,
		"HTTP/1.1 over TLS": func(s *httptest.Server) { s.StartTLS() },
		"HTTP/2": func(s *httptest.Server) {
			s.EnableHTTP2 = true
			s.StartTLS()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage()
			_, server := serve(t, s, Config{}, prepare)
			s.publish(live, []byte("first"))
			answer := get(t, server.Client(), server.URL+"/live/CAM1?size=640x360&t=1")
			if answer.StatusCode != 200 || answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("Date") == "" {
				t.Fatalf("answered %s %v", answer.Status, answer.Header)
			}
			next := pictures(t, answer.Header.Get("Content-Type"), answer.Body)
			part, jpeg := next()
			if jpeg != "first" || part.Header.Get("Content-Type") != "image/jpeg" || part.Header.Get("X-Camwall-State") != "live" {
				t.Errorf("the first part is %q %v", jpeg, part.Header)
			}
			for i := range 5 { // each picture comes whole before the next is made
				text := fmt.Sprintf("picture %d", i)
				s.publish(live, []byte(text))
				if _, jpeg := next(); jpeg != text {
					t.Errorf("got %q, want %q", jpeg, text)
				}
			}
			answer.Body.Close()
			s.until(t, "counting", func(_, sent int) bool { return sent == 6 })
			s.publishUntilEmpty(t)
			if want := (streaming.Request{Width: 640, Height: 360, Quality: 75}); s.asked[0] != want {
				t.Errorf("asked for %+v, want %+v", s.asked[0], want)
			}
		})
	}
}

func TestRawHasTheSameBytes(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{}, nil)
	p := s.publish(live, []byte("picture"))
	for query, kind := range map[string]string{"": "multipart/x-mixed-replace;boundary=frame", "?raw=1": "application/octet-stream"} {
		answer := get(t, server.Client(), server.URL+"/live/cam1"+query)
		if got := answer.Header.Get("Content-Type"); got != kind {
			t.Errorf("%q has Content-Type %q, want %q", query, got, kind)
		}
		got := make([]byte, len(opening)+len(p.Part))
		if _, err := io.ReadFull(answer.Body, got); err != nil || string(got) != opening+string(p.Part) {
			t.Errorf("%q sent %q, %v", query, got, err)
		}
	}
}

func TestOldProtocol(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{}, nil)
	p := s.publish(live, []byte("picture"))
	conn := dial(t, server, "GET /live/cam1 HTTP/1.0\r\n\r\n")
	r := bufio.NewReader(conn)
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(opening)+len(p.Part))
	if _, err := io.ReadFull(answer.Body, got); err != nil || string(got) != opening+string(p.Part) {
		t.Errorf("HTTP/1.0 was sent %q, %v", got, err)
	}
	if len(answer.TransferEncoding) != 0 {
		t.Errorf("HTTP/1.0 was sent %v", answer.TransferEncoding)
	}
	conn.Close()
	s.until(t, "leaving", func(open, _ int) bool { return open == 0 })
}

// pipeWriter is a ResponseWriter like that of the window's asset handler: it can
// only write, and its Write waits for the reader.
type pipeWriter struct {
	header http.Header
	*io.PipeWriter
}

func (w *pipeWriter) Header() http.Header { return w.header }
func (w *pipeWriter) WriteHeader(int)     {}

func TestWriterThatCanOnlyWrite(t *testing.T) {
	t.Parallel()
	s := newStage()
	h := newHandler(s, Config{})
	mux := http.NewServeMux()
	h.Register(mux)
	out, in := io.Pipe()
	w := &pipeWriter{http.Header{}, in}
	done := make(chan struct{})
	go func() {
		defer close(done)
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/live/cam1", nil))
		in.Close()
	}()
	s.publish(live, []byte("old"))
	if head := make([]byte, len(opening)); func() error { _, err := io.ReadFull(out, head); return err }() != nil {
		t.Fatal("nothing was written before the first picture")
	}
	for i := range 3 {
		p := s.publish(live, fmt.Appendf(nil, "picture %d", i))
		for got := ""; !strings.Contains(got, string(p.JPEG)); { // one that was under way comes first
			b := make([]byte, 4096)
			n, err := out.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			got += string(b[:n])
		}
	}
	out.Close() // the page let go: EPIPE on the next write
	s.publish(live, []byte("nobody"))
	<-done
	h.Close()
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{}, nil)
	s.publish(live, []byte("picture"))
	for path, want := range map[string]int{
		"/live/cam1": 200, "/live/cam1?raw=1": 200, "/live/cam1.jpg": 200, "/live/nobody": 404, "/live/cam1?q=0": 400,
	} {
		answer, err := server.Client().Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != want || len(body) != 0 {
			t.Errorf("HEAD %s answered %d with %d bytes, want %d", path, answer.StatusCode, len(body), want)
		}
	}
	s.until(t, "leaving", func(open, _ int) bool { return open == 0 })
}

// TestServersTimeoutsDoNotEndAViewer: both ways of writing outlive them.
func TestServersTimeoutsDoNotEndAViewer(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"1.1", "1.0"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := newStage()
			var conn net.Conn
			serve(t, s, Config{}, func(server *httptest.Server) {
				server.Config.WriteTimeout, server.Config.ReadTimeout = 50*time.Millisecond, 50*time.Millisecond
				// Before the server begins: its time is for the answer, not for who asks.
				conn = dial(t, server, "GET /live/cam1 HTTP/"+protocol+"\r\nHost: localhost\r\n\r\n")
			})
			r := bufio.NewReader(conn)
			pause := time.NewTicker(20 * time.Millisecond)
			defer pause.Stop()
			for i := range 10 {
				p := s.publish(live, fmt.Appendf(nil, "picture %d", i))
				for line := ""; !strings.HasPrefix(line, string(p.JPEG)); {
					var err error
					if line, err = r.ReadString('\n'); err != nil {
						t.Fatalf("ended at picture %d: %v", i, err)
					}
				}
				<-pause.C
			}
		})
	}
}

// TestSlowViewer: one that reads nothing costs the others no picture, and is
// gone after the write deadline.
func TestSlowViewer(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{WriteTimeout: time.Second}, nil)
	dial(t, server, "GET /live/cam1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	s.until(t, "coming", func(open, _ int) bool { return open == 1 })
	answer := get(t, server.Client(), server.URL+"/live/cam1")
	s.until(t, "coming", func(open, _ int) bool { return open == 2 })
	next := pictures(t, answer.Header.Get("Content-Type"), answer.Body)
	big := bytes.Repeat([]byte("x"), 200<<10)
	for i := 0; ; i++ {
		copy(big, fmt.Sprintf("picture %d.", i))
		p := s.publish(live, big)
		if _, jpeg := next(); jpeg != string(p.JPEG) {
			t.Fatalf("the other viewer lost picture %d", i)
		}
		s.mu.Lock()
		open := s.open
		s.mu.Unlock()
		if open == 1 {
			return
		}
		if i > 100_000 {
			t.Fatal("the viewer that reads nothing is still there")
		}
	}
}

// TestSlowViewerGetsTheNewest: old pictures don't queue up for it.
func TestSlowViewerGetsTheNewest(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{SendBuffer: 64 << 10}, nil)
	dialer := net.Dialer{}
	conn, err := dialer.DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /live/cam1 HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	jpeg := bytes.Repeat([]byte("x"), 30<<10)
	// A viewer that takes nothing is sent what the buffers hold, then nothing.
	s.publish(live, jpeg)
	s.until(t, "the first picture", func(_, sent int) bool { return sent == 1 })
	full := func() int {
		for {
			s.mu.Lock()
			before := s.sent
			s.mu.Unlock()
			s.publish(live, jpeg)
			select {
			case <-time.After(200 * time.Millisecond):
				return before
			case <-sentMore(s, before):
			}
		}
	}
	queued := full()
	var newest uint64
	for range 500 {
		newest = s.publish(live, jpeg).Seq
	}
	r := bufio.NewReader(conn)
	last, count := "", 0
	for want := fmt.Sprint(newest); last != want; {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if seq, ok := strings.CutPrefix(line, "X-Camwall-Seq: "); ok {
			last, count = strings.TrimSpace(seq), count+1
		}
	}
	if count > queued+3 {
		t.Errorf("%d pictures came before the newest, %d were in the buffers", count-1, queued)
	}
	if queued > 30 {
		t.Errorf("%d pictures of 30 KiB were in the buffers: that is more than a second", queued)
	}
}

// sentMore is closed when more than n pictures have been sent.
func sentMore(s *stage, n int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent > n {
		done := make(chan struct{})
		close(done)
		return done
	}
	return s.changed
}

// TestVanishedViewer: one that hangs up is noticed though no picture comes.
func TestVanishedViewer(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{}, nil)
	conn := dial(t, server, "GET /live/cam1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	s.until(t, "coming", func(open, _ int) bool { return open == 1 })
	began := time.Now()
	conn.Close()
	s.until(t, "leaving", func(open, _ int) bool { return open == 0 })
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("leaving was noticed after %v", took)
	}
}

// countingSink takes everything, and leaves when it has been looked after often.
type countingSink struct {
	written, looks, patience int
}

func (c *countingSink) write(b []byte, _ time.Time) error {
	c.written += len(b)
	return nil
}

func (c *countingSink) gone() bool {
	c.looks++
	return c.looks > c.patience
}

// TestPatientViewer: a viewer is looked after only while pictures are rare, and
// waiting is no leaving.
func TestPatientViewer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		v, err := s.watch("cam1", streaming.Request{})
		if err != nil {
			t.Fatal(err)
		}
		out := &countingSink{patience: 3}
		began := time.Now()
		go func() {
			for range 100 { // 25 pictures a second: no look
				s.publish(live, []byte("often"))
				time.Sleep(40 * time.Millisecond) // of the bubble
			}
			time.Sleep(7 * time.Second) // noticed after the next picture only
			s.publish(live, []byte("rare"))
			time.Sleep(5 * time.Second) // two looks
			s.publish(live, []byte("rare"))
		}()
		sent, err := feed(t.Context(), v, out)
		if !errors.Is(err, errGone) || sent != 102 || out.looks != 4 {
			t.Errorf("ended with %v after %d pictures and %d looks", err, sent, out.looks)
		}
		if took, want := time.Since(began), 20*time.Second; took != want {
			t.Errorf("ended after %v, want %v", took, want)
		}
	})
}

// TestClose: viewers are gone when it returns, one that reads nothing too, and
// nobody comes after it.
func TestClose(t *testing.T) {
	t.Parallel()
	s := newStage()
	h, server := serve(t, s, Config{}, nil)
	stuck := dial(t, server, "GET /live/cam1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	old := dial(t, server, "GET /live/cam1 HTTP/1.0\r\nHost: localhost\r\n\r\n")
	s.until(t, "coming", func(open, _ int) bool { return open == 2 })
	big := bytes.Repeat([]byte("x"), 16<<20) // more than any buffer
	s.publish(live, big)
	began := time.Now()
	h.Close()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Close took %v", took)
	}
	stuck.Close()
	old.Close()
	s.until(t, "leaving", func(open, _ int) bool { return open == 0 })
	answer := get(t, server.Client(), server.URL+"/live/cam1")
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("after Close answered %s", answer.Status)
	}
	h.Close()
}

// TestServiceEnds: the end of all pictures ends the answer.
func TestServiceEnds(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{}, nil)
	answer := get(t, server.Client(), server.URL+"/live/cam1")
	s.end()
	if _, err := io.ReadAll(answer.Body); err != nil {
		t.Errorf("the answer ended with %v", err)
	}
	s.until(t, "leaving", func(open, _ int) bool { return open == 0 })
}

// TestDrawnPicturesAreSent: a viewer outlives its camera.
func TestDrawnPicturesAreSent(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{}, nil)
	answer := get(t, server.Client(), server.URL+"/live/cam1")
	next := pictures(t, answer.Header.Get("Content-Type"), answer.Body)
	s.publish(streaming.Picture{Status: camera.Status{State: camera.Retrying, Reason: "refused"}}, []byte("card"))
	part, jpeg := next()
	if jpeg != "card" || part.Header.Get("X-Camwall-State") != "retrying" || part.Header.Get("X-Camwall-Reason") != "refused" {
		t.Errorf("got %q %v", jpeg, part.Header)
	}
	s.publish(live, []byte("back"))
	if part, jpeg := next(); jpeg != "back" || part.Header.Get("X-Camwall-State") != "live" {
		t.Errorf("got %q %v", jpeg, part.Header)
	}
}
