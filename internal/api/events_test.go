package api

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/discovery"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/inventory"
	"camwall/internal/streaming"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// serveStage runs an API of the stage on loopback.
func serveStage(t *testing.T, s *stage, change func(*Config)) (*API, *httptest.Server) {
	t.Helper()
	cfg := s.config(slog.New(slog.DiscardHandler))
	if change != nil {
		change(&cfg)
	}
	a, mux := New(cfg), http.NewServeMux()
	a.Register(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(a.Close)
	return a, server
}

// listener reads events as a browser does.
type listener struct {
	t      *testing.T
	answer *http.Response
	reader *bufio.Reader
}

func listenAt(t *testing.T, server *httptest.Server, path string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(patience, cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		timer.Stop()
		cancel()
		_ = answer.Body.Close()
		transport.CloseIdleConnections()
	})
	return &listener{t, answer, bufio.NewReader(answer.Body)}
}

// next returns the next event; a comment is ":".
func (l *listener) next() (name, data string) {
	l.t.Helper()
	for {
		line, err := l.reader.ReadString('\n')
		if err != nil {
			l.t.Fatalf("no event: %v", err)
		}
		line = strings.TrimSuffix(line, "\n")
		switch field, value, _ := strings.Cut(line, ": "); {
		case line == "" && (name != "" || data != ""):
			return name, data
		case line == ":":
			name = ":"
		case field == "event":
			name = value
		case field == "data":
			data += value
		case field != "retry" && line != "":
			l.t.Fatalf("what is %q", line)
		}
	}
}

func (l *listener) want(name, data string) {
	l.t.Helper()
	if n, d := l.next(); n != name || !strings.Contains(d, data) {
		l.t.Fatalf("got %s %s, want %s %s", n, d, name, data)
	}
}

// gone waits until so many listeners of the stage have left.
func (s *stage) gone(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-s.left:
		case <-time.After(patience):
			t.Fatal("somebody still listens")
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serveStage(t, s, nil)
	l := listenAt(t, server, "/api/v1/events")
	h := l.answer.Header
	if l.answer.StatusCode != 200 || h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" {
		t.Fatalf("answered %s %v", l.answer.Status, h)
	}
	l.want("hello", `{"version":"1.2.3"}`)
	s.states <- streaming.StateChange{Camera: "door", Stream: "sub", Status: camera.Status{
		State: camera.Retrying, Reason: fault.DialTimeout, Message: "no\nanswer", Hint: "look", Since: noon, NextTry: noon.Add(time.Second),
	}}
	l.want("state", `{"camera":"door","stream":"sub","state":"retrying","reason":"dial_timeout","message":"no\nanswer","hint":"look",`+
		`"since":"2026-11-21T01:15:00.123Z","nextTry":"2026-11-21T01:15:01.123Z","marks":{"unchanged":false,"behindMs":0}}`)
	s.changes <- inventory.Change{Kind: inventory.CameraAdded, ID: "new", Device: "nvr"}
	l.want("change", `{"kind":"camera.added","id":"new","device":"nvr"}`)
	s.changes <- inventory.Change{Kind: inventory.WallChanged, ID: "lobby"}
	l.want("change", `{"kind":"wall.changed","id":"lobby"}`)
	s.changes <- inventory.Change{Kind: inventory.Happened, Device: "nvr", Event: &inventory.Event{Camera: "door", Kind: "motion", Topic: "tns1:x", Active: true, At: noon}}
	l.want("happened", `{"device":"nvr","camera":"door","kind":"motion","topic":"tns1:x","active":true,"at":"2026-11-21T01:15:00.123Z","initial":false}`)
	s.changes <- inventory.Change{Kind: inventory.Resync}
	l.want("resync", `{}`)
	_ = l.answer.Body.Close()
	s.gone(t, 2)
}

func TestDiscoveryEvents(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serveStage(t, s, nil)
	go func() {
		s.events <- discovery.Event{Type: discovery.Advanced, Progress: discovery.Progress{Running: true, Interfaces: []string{"eth0"}, Left: time.Second}}
	}()
	l := listenAt(t, server, "/api/v1/discovery/events")
	l.want("snapshot", `{"searching":true,"secondsLeft":2.5,"interfaces":["eth0"],"devices":[{"id":"urn:uuid:1"`)
	l.want("progress", `{"searching":true,"secondsLeft":1,"interfaces":["eth0"]}`)
	known, other := s.found.Devices[0], discovery.Device{ID: "addr:192.0.2.8", Kind: discovery.Router, Name: "rtsp://u:" + kept + "@h"}
	s.events <- discovery.Event{Type: discovery.Added, Device: known} // is in the snapshot
	s.events <- discovery.Event{Type: discovery.Added, Device: other}
	l.want("added", `{"id":"addr:192.0.2.8","kind":"router","name":"rtsp://***@h"`)
	known.Name = "other"
	s.events <- discovery.Event{Type: discovery.Changed, Device: known}
	l.want("changed", `"name":"other"`)
	s.events <- discovery.Event{Type: discovery.Problem, Problem: fault.New("port_taken", "not heard", "end it")}
	l.want("problem", `{"code":"port_taken","message":"not heard","hint":"end it"}`)
	s.events <- discovery.Event{Type: discovery.Removed, Device: known}
	l.want("removed", `{"id":"urn:uuid:1"}`)
}

// TestDiscoveryChangedMeanwhile: a device that is told as new and was in the
// snapshot otherwise has changed.
func TestDiscoveryChangedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serveStage(t, s, nil)
	device := s.found.Devices[0]
	device.Name = "newer"
	go func() { s.events <- discovery.Event{Type: discovery.Added, Device: device} }()
	l := listenAt(t, server, "/api/v1/discovery/events")
	l.want("snapshot", `"name":"Cam"`)
	l.want("changed", `"name":"newer"`)
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serveStage(t, s, func(cfg *Config) { cfg.Heartbeat = 10 * time.Millisecond })
	l := listenAt(t, server, "/api/v1/events")
	l.want("hello", "")
	l.want(":", "")
	l.want(":", "")
}

// TestEventsEndWithTheServer: Close ends who listens, and http.Server's Shutdown
// has nobody to wait for.
func TestEventsEndWithTheServer(t *testing.T) {
	t.Parallel()
	s := newStage()
	a, server := serveStage(t, s, nil)
	l := listenAt(t, server, "/api/v1/events")
	l.want("hello", "")
	a.Close()
	if rest, err := io.ReadAll(l.reader); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v", rest, err)
	}
	s.gone(t, 2)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// TestEventsEndWithTheirSource: a service that ends closes its channel.
func TestEventsEndWithTheirSource(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serveStage(t, s, func(cfg *Config) { cfg.Source = ended{player{s}} })
	l := listenAt(t, server, "/api/v1/events")
	l.want("hello", "")
	if _, err := io.ReadAll(l.reader); err != nil {
		t.Error(err)
	}
}

type ended struct{ player }

func (ended) Changes(context.Context) <-chan streaming.StateChange {
	c := make(chan streaming.StateChange)
	close(c)
	return c
}

func TestTooManyListeners(t *testing.T) {
	t.Parallel()
	s := newStage()
	door := guard.NewDoor(guard.DoorConfig{MaxViewers: 1})
	_, server := serveStage(t, s, func(cfg *Config) { cfg.Door = door })
	first := listenAt(t, server, "/api/v1/events")
	first.want("hello", "")
	second := listenAt(t, server, "/api/v1/discovery/events")
	if body, _ := io.ReadAll(second.reader); second.answer.StatusCode != 429 || second.answer.Header.Get("Retry-After") != "5" || !strings.Contains(string(body), "too_many") {
		t.Errorf("one too many was answered %s %s", second.answer.Status, body)
	}
	_ = first.answer.Body.Close()
	s.gone(t, 2)
	for range 1000 { // the place is free once the handler has returned
		if door.Viewers() == 0 {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Errorf("%d listeners are inside", door.Viewers())
}

// TestSlowListener: one that reads nothing stops, after the deadline of a write,
// nobody but itself; until then others are told at once.
func TestSlowListener(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serveStage(t, s, nil)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	huge := inventory.Change{Kind: inventory.CameraChanged, ID: strings.Repeat("x", 1<<20)}
	for range 20 { // more than all buffers on the way hold: the listener stops to take them
		select {
		case s.changes <- huge:
			continue
		case <-time.After(100 * time.Millisecond):
		}
		break
	}
	_ = conn.Close()
	s.gone(t, 2) // its write ended with the connection
	l := listenAt(t, server, "/api/v1/events")
	l.want("hello", "")
	s.changes <- inventory.Change{Kind: inventory.CameraChanged, ID: "door"}
	l.want("change", `"door"`)
}

// TestBursts: many events are written together, in their order.
func TestBursts(t *testing.T) {
	t.Parallel()
	s := newStage()
	_, server := serveStage(t, s, nil)
	l := listenAt(t, server, "/api/v1/events")
	l.want("hello", "")
	const n = 2000
	go func() {
		for i := range n {
			s.states <- streaming.StateChange{Camera: "door", Stream: strings.Repeat("s", i%7+1)}
		}
	}()
	for i := range n {
		l.want("state", `"stream":"`+strings.Repeat("s", i%7+1)+`"`)
	}
}

// TestHeadOfEvents: HEAD has an end.
func TestHeadOfEvents(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/api/v1/events", "/api/v1/discovery/events"} {
		answer, body := newStage().ask(t, http.MethodHead, path, "")
		if answer.StatusCode != 200 || body != "" || answer.Header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s answered %s %q", path, answer.Status, body)
		}
	}
}
