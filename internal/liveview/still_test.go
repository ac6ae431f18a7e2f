package liveview

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/problem"
	"camwall/internal/streaming"
)

func TestStillIsLive(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{}, nil)
	s.publish(live, []byte("picture"))
	answer := get(t, server.Client(), server.URL+"/live/Cam1.JPG?size=640x360&fit=contain&stream=auto")
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 || string(body) != "picture" {
		t.Fatalf("answered %s %q, %v", answer.Status, body, err)
	}
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "Content-Length": "7", "Cache-Control": "no-store",
		"X-Camwall-State": "live", "X-Camwall-Size": "640x360", "X-Camwall-Seq": "1",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	s.until(t, "leaving", func(open, sent int) bool { return open == 0 && sent == 1 })
}

// answerStill answers a request for a still picture in a bubble of synctest.
func answerStill(s *stage, query string) (w *httptest.ResponseRecorder, took time.Duration) {
	mux := http.NewServeMux()
	newHandler(s, Config{}).Register(mux)
	w = httptest.NewRecorder()
	began := time.Now()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/live/cam1.jpg"+query, nil))
	return w, time.Since(began)
}

// askStill asks for a still picture in a bubble of synctest.
func askStill(t *testing.T, s *stage) (status int, body problem.Body, retryAfter string, took time.Duration) {
	t.Helper()
	w, took := answerStill(s, "")
	if w.Code != http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
	}
	return w.Code, body, w.Header().Get("Retry-After"), took
}

func TestStillThatDoesNotCome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     camera.Status
		nextTry    time.Duration // from now; 0 is unknown
		code       fault.Code
		retryAfter string
		atOnce     bool
	}{
		"connecting":    {camera.Status{State: camera.Connecting}, 0, fault.PictureTimeout, "5", false},
		"being tried":   {camera.Status{State: camera.Unauthorized, Reason: fault.Unauthorized, Message: "password refused"}, 0, fault.Unauthorized, "5", false},
		"soon":          {camera.Status{State: camera.Retrying, Reason: fault.ConnRefused, Message: "connection refused"}, 2 * time.Second, fault.ConnRefused, "1", false},
		"refused":       {camera.Status{State: camera.Unauthorized, Reason: fault.Unauthorized, Message: "password refused", Hint: "change it"}, 30 * time.Minute, fault.Unauthorized, "1800", true},
		"busy":          {camera.Status{State: camera.Busy, Reason: fault.Busy, Message: "too many viewers"}, 20 * time.Second, fault.Busy, "20", true},
		"disabled":      {camera.Status{State: camera.Disabled, Reason: fault.Disabled, Message: "switched off"}, 0, fault.Disabled, "5", true},
		"broken reason": {camera.Status{State: camera.Disabled, Reason: fault.Internal, Message: "odd"}, 0, fault.PictureTimeout, "5", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage()
				if c.nextTry > 0 {
					c.status.NextTry = time.Now().Add(c.nextTry)
				}
				s.publish(streaming.Picture{Status: c.status}, []byte("card"))
				status, body, retryAfter, took := askStill(t, s)
				if status != 503 || body.Code != c.code || retryAfter != c.retryAfter {
					t.Errorf("answered %d %+v, Retry-After %s", status, body, retryAfter)
				}
				if !strings.Contains(body.Detail, c.status.Message) || !strings.Contains(body.Detail, "cam1") || body.Hint != c.status.Hint {
					t.Errorf("said %+v", body)
				}
				if want := map[bool]time.Duration{true: 0, false: 9 * time.Second}[c.atOnce]; took != want {
					t.Errorf("answered after %v, want %v", took, want)
				}
			})
		})
	}
}

// TestStillThatMayBeDrawn: who takes a drawn picture gets one that says so; a live
// one within 3 s is better.
func TestStillThatMayBeDrawn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status    camera.Status
		nextTry   time.Duration // from now; 0 is unknown
		liveAfter time.Duration // 0 is never
		body      string
		took      time.Duration
	}{
		"refused":       {camera.Status{State: camera.Unauthorized}, 30 * time.Minute, 0, "card", 0},
		"disabled":      {camera.Status{State: camera.Disabled}, 0, 0, "card", 0},
		"connecting":    {camera.Status{State: camera.Connecting}, 0, 0, "card", drawnWait},
		"soon there":    {camera.Status{State: camera.Connecting}, 0, time.Second, "picture", time.Second},
		"too late":      {camera.Status{State: camera.Retrying}, 2 * time.Second, 5 * time.Second, "card", drawnWait},
		"at once there": {camera.Status{State: camera.Live}, 0, time.Nanosecond, "picture", time.Nanosecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage()
				if c.nextTry > 0 {
					c.status.NextTry = time.Now().Add(c.nextTry)
				}
				s.publish(streaming.Picture{Status: c.status}, []byte("card"))
				if c.liveAfter > 0 {
					time.AfterFunc(c.liveAfter, func() { s.publish(live, []byte("picture")) })
				}
				w, took := answerStill(s, "?drawn=1")
				if w.Code != 200 || w.Body.String() != c.body || took != c.took || w.Header().Get("X-Camwall-State") == "" {
					t.Errorf("answered %d %q %v after %v, want %s after %v", w.Code, w.Body, w.Header(), took, c.body, c.took)
				}
				s.until(t, "leaving", func(open, sent int) bool { return open == 0 && sent == 1 })
				time.Sleep(10 * time.Second) // of the bubble
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // nothing at all was drawn
		if w, took := answerStill(newStage(), "?drawn=1"); w.Code != 503 || took != drawnWait {
			t.Errorf("answered %d after %v", w.Code, took)
		}
	})
}

func TestStillWaitsForTheCamera(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		go func() {
			for i := range 3 {
				s.publish(streaming.Picture{Status: camera.Status{State: camera.Connecting}}, fmt.Appendf(nil, "card %d", i))
				time.Sleep(time.Second) // of the bubble
			}
			s.publish(live, []byte("picture"))
		}()
		if status, _, _, took := askStill(t, s); status != 200 || took != 3*time.Second {
			t.Errorf("answered %d after %v, want 200 after 3s", status, took)
		}
	})
}

// TestStillsReaderThatReadsNothing: it is gone after the write deadline.
func TestStillsReaderThatReadsNothing(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serve(t, s, Config{WriteTimeout: 200 * time.Millisecond}, nil)
	s.publish(live, make([]byte, 32<<20)) // more than any buffer
	dial(t, server, "GET /live/cam1.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
	s.until(t, "coming", func(open, _ int) bool { return open == 1 })
	s.until(t, "leaving", func(open, _ int) bool { return open == 0 })
}

// TestStillLeavesNoDeadline: a connection that was served goes on.
func TestStillLeavesNoDeadline(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.publish(live, []byte("picture"))
	mux := http.NewServeMux()
	newHandler(s, Config{}).Register(mux)
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/live/cam1.jpg", nil))
	if n := len(w.write); n != 2 || w.write[0].IsZero() || !w.write[1].IsZero() || w.Body.String() != "picture" {
		t.Errorf("write deadlines are %v, the answer is %q", w.write, w.Body)
	}
}

// deadlines notes the write deadlines that are set.
type deadlines struct {
	*httptest.ResponseRecorder
	write []time.Time
}

func (d *deadlines) SetWriteDeadline(at time.Time) error {
	d.write = append(d.write, at)
	return nil
}

func TestStillWhenNothingComesAtAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if status, body, _, took := askStill(t, newStage()); status != 503 || took != 9*time.Second || body.Code != fault.PictureTimeout {
			t.Errorf("answered %d %+v after %v", status, body, took)
		}
	})
}

func TestStillWhenTheServiceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		s.end()
		if status, body, retryAfter, _ := askStill(t, s); status != 503 || body.Code != fault.Stopping || retryAfter == "" {
			t.Errorf("answered %d %+v", status, body)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newStage()
	door := guard.NewDoor(guard.DoorConfig{MaxViewers: 1})
	_, server := serve(t, s, Config{Door: door}, nil)
	for path, want := range map[string]struct {
		status int
		detail string
		retry  bool
	}{
		"/live/nobody":            {404, "no camera nobody", false},
		"/live/nobody.jpg":        {404, "no camera nobody", false},
		"/live/" + "a%2Fb":        {404, "no camera", false},
		"/live/.jpg":              {404, "no camera", false},
		"/live/cam1?size=0x0":     {400, "size", false},
		"/live/cam1.jpg?q=":       {400, "q is", false},
		"/live/full":              {429, "renditions", true},
		"/live/full.jpg?size=1x1": {400, "size", false},
	} {
		answer := get(t, server.Client(), server.URL+path)
		var body problem.Body
		if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if answer.StatusCode != want.status || !strings.Contains(body.Detail, want.detail) || (answer.Header.Get("Retry-After") != "") != want.retry {
			t.Errorf("%s answered %s %+v %v", path, answer.Status, body, answer.Header)
		}
	}
	answer, err := server.Client().Post(server.URL+"/live/cam1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST answered %s", answer.Status)
	}

	// One viewer is inside: the next is one too many, and the first goes on.
	first := get(t, server.Client(), server.URL+"/live/cam1")
	for _, path := range []string{"/live/cam1", "/live/cam1.jpg"} {
		if answer := get(t, server.Client(), server.URL+path); answer.StatusCode != 429 || answer.Header.Get("Retry-After") != "5" {
			t.Errorf("one too many at %s answered %s", path, answer.Status)
		}
	}
	s.publish(live, []byte("undisturbed"))
	if _, jpeg := pictures(t, first.Header.Get("Content-Type"), first.Body)(); jpeg != "undisturbed" {
		t.Errorf("the first viewer got %q", jpeg)
	}
	first.Body.Close()
	s.publishUntilEmpty(t)
	inside(t, door, 0) // the door is told behind the camera
}
