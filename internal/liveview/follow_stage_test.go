package liveview

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/streaming"
)

// set is cameras whose units and pictures come when the test says so, followed as
// streaming.Follower does it: "cam1" and all whose names begin with "cam".
type set struct {
	// mu guards the fields below.
	mu        sync.Mutex
	gone      map[camera.ID]bool
	full      bool // no more renditions
	followers []*stageFollower
	changed   chan struct{} // closed and replaced when something of it changes
	follows   int
}

func newSet() *set { return &set{gone: map[camera.ID]bool{}, changed: make(chan struct{})} }

func (s *set) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// stageFollower holds what was put into it.
type stageFollower struct {
	set *set
	id  camera.ID

	// The fields below are guarded by the set's mutex.
	want      streaming.FollowRequest
	wants     []streaming.FollowRequest // each that was
	source    int
	items     []streaming.FollowItem // states, units and sounds
	picture   *streaming.FollowItem  // the newest
	err       error
	restarts  int
	skips     int
	unchanged []time.Time
	sent      int
	closed    bool
}

var _ Follower = (*stageFollower)(nil)

func (s *set) follow(id camera.ID, want streaming.FollowRequest) (Follower, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.follows++
	s.signal()
	switch {
	case !strings.HasPrefix(string(id), "cam") || s.gone[id]:
		return nil, fault.New(fault.NotFound, "there is no camera "+string(id), "look at the list")
	case s.full:
		return nil, fault.New(fault.TooMany, "all renditions are shown already", "")
	}
	f := &stageFollower{set: s, id: id, want: want, wants: []streaming.FollowRequest{want}}
	s.followers = append(s.followers, f)
	f.show(shownAs(want))
	return f, nil
}

// shownAs is how a camera of H.264 and 15 fps shows what is wanted.
func shownAs(want streaming.FollowRequest) *streaming.Shown {
	shown := &streaming.Shown{
		Stream: "main", Codec: media.H264, Width: 1920, Height: 1080, FPS: 15, BitsPerSecond: 400e3,
		ShapeWidth: 1920, ShapeHeight: 1080, Rendition: want.JPEG,
		Status: camera.Status{State: camera.Live, Since: time.Now()}, LastArrived: time.Now(),
	}
	if slices.Contains(want.Coded, media.H264) {
		shown.Coded = media.H264
	}
	return shown
}

// show puts a state, of a new source; the set is locked.
func (f *stageFollower) show(shown *streaming.Shown) {
	f.source++
	f.items = append(f.items, streaming.FollowItem{Source: f.source, State: shown})
	f.set.signal()
}

func (f *stageFollower) Change(want streaming.FollowRequest) error {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	if f.set.full {
		return fault.New(fault.TooMany, "all renditions are shown already", "")
	}
	f.want, f.wants = want, append(f.wants, want)
	f.show(shownAs(want))
	return nil
}

func (f *stageFollower) Restart() {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	f.restarts++
	f.set.signal()
}

func (f *stageFollower) Skip() {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	f.skips++
	f.set.signal()
}

func (f *stageFollower) Wait(ctx context.Context) error {
	for {
		f.set.mu.Lock()
		ready, err, changed := len(f.items) > 0 || f.picture != nil, f.err, f.set.changed
		f.set.mu.Unlock()
		if err != nil || ready {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

func (f *stageFollower) Take() (streaming.FollowItem, bool) {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	if len(f.items) > 0 {
		item := f.items[0]
		f.items = f.items[1:]
		f.set.signal()
		return item, true
	}
	if item := f.picture; item != nil {
		f.picture = nil
		return *item, true
	}
	return streaming.FollowItem{}, false
}

func (f *stageFollower) Sent(int) {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	f.sent++
	f.set.signal()
}

func (f *stageFollower) Unchanged(since time.Time) {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	f.unchanged = append(f.unchanged, since)
	f.set.signal()
}

func (f *stageFollower) Close() {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	f.closed = true
	f.set.followers = slices.DeleteFunc(f.set.followers, func(o *stageFollower) bool { return o == f })
	f.set.signal()
}

// each does something with every follower of a camera that is open.
func (s *set) each(id camera.ID, do func(f *stageFollower)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.followers {
		if f.id == id {
			do(f)
		}
	}
	s.signal()
}

// publish shows a JPEG of a camera.
func (s *set) publish(id camera.ID, jpeg string) {
	s.each(id, func(f *stageFollower) {
		if len(f.want.Coded) == 0 {
			f.picture = &streaming.FollowItem{Source: f.source, Picture: &streaming.Picture{
				JPEG: []byte(jpeg), Live: true, Arrived: time.Now(), Width: f.want.JPEG.Width, Height: f.want.JPEG.Height,
			}}
		}
	})
}

// unit shows a coded unit.
func (s *set) unit(id camera.ID, data string, key, catchingUp bool) {
	s.each(id, func(f *stageFollower) {
		if len(f.want.Coded) > 0 {
			u := &media.AccessUnit{Track: &media.Track{Codec: media.H264}, Data: []byte(data), Key: key, Arrived: time.Now()}
			f.items = append(f.items, streaming.FollowItem{Source: f.source, Unit: u, CatchingUp: catchingUp})
		}
	})
}

// state changes what a camera shows, of the same source.
func (s *set) state(id camera.ID, change func(*streaming.Shown)) {
	s.each(id, func(f *stageFollower) { f.tell(change) })
}

// tell puts a changed state, of the same source; the set is locked.
func (f *stageFollower) tell(change func(*streaming.Shown)) {
	shown := shownAs(f.want)
	change(shown)
	f.items = append(f.items, streaming.FollowItem{Source: f.source, State: shown})
}

// remove takes a camera away.
func (s *set) remove(id camera.ID) {
	s.each(id, func(f *stageFollower) { f.err = fault.New(fault.NotFound, "camera "+string(id)+" was removed", "") })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone[id] = true
}

// until waits for a condition.
func (s *set) until(t testing.TB, what string, ok func() bool) {
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

// open is how many followers there are.
func (s *set) open() int { return len(s.followers) }

// serveSet starts a server of s.
func serveSet(t testing.TB, s *set, cfg Config) (*Handler, *httptest.Server) {
	t.Helper()
	cfg.Follow, cfg.Version, cfg.Page = s.follow, "1.2.3", "abcd"
	return serve(t, newStage(), cfg, nil)
}

// wall is a client of a live socket.
type wall struct {
	t    testing.TB
	ws   *websocket.Conn
	seqs map[uint32]uint32
}

// got is one message of the server.
type got struct {
	kind                 byte
	codec, flags, source byte
	tile, seq            uint32
	text                 string // of a picture or a sound
	fields               map[string]any
}

func dialWall(t testing.TB, server *httptest.Server) *wall {
	t.Helper()
	ws, answer, err := websocket.Dial(t.Context(), server.URL+"/ws/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("the socket has extensions %q", got)
	}
	ws.SetReadLimit(64 << 20)
	w := &wall{t: t, ws: ws, seqs: map[uint32]uint32{}}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return w
}

// hello reads the first message.
func (w *wall) hello() *wall {
	w.t.Helper()
	if m := w.next(); m.fields["type"] != "hello" {
		w.t.Fatalf("the first message is %+v", m)
	}
	return w
}

func (w *wall) do(format string, args ...any) {
	w.t.Helper()
	if err := w.ws.Write(w.t.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...)); err != nil {
		w.t.Fatalf("command: %v", err)
	}
}

func (w *wall) read() (got, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	_, data, err := w.ws.Read(ctx)
	if err != nil {
		return got{}, err
	}
	return parseGot(data)
}

func parseGot(data []byte) (got, error) {
	if len(data) < 5 || int(binary.BigEndian.Uint32(data)) != len(data)-4 {
		return got{}, fmt.Errorf("a message of %d bytes begins with % x", len(data), data[:min(8, len(data))])
	}
	m := got{kind: data[4]}
	switch m.kind {
	case 1:
		m.codec, m.flags, m.source = data[5], data[6], data[7]
		m.tile, m.seq, m.text = binary.BigEndian.Uint32(data[8:]), binary.BigEndian.Uint32(data[12:]), string(data[36:])
	case 2:
		if err := json.Unmarshal(data[5:], &m.fields); err != nil {
			return got{}, err
		}
	case 3:
		m.codec, m.tile = data[5], binary.BigEndian.Uint32(data[8:])
		m.text = string(data[34+binary.BigEndian.Uint16(data[32:]):])
	}
	return m, nil
}

func (w *wall) next() got {
	w.t.Helper()
	m, err := w.read()
	if err != nil {
		w.t.Fatalf("read: %v", err)
	}
	if m.kind == 1 {
		w.seqs[m.tile] = m.seq
	}
	return m
}

// ack acknowledges all that came of a tile.
func (w *wall) ack(tile uint32) {
	w.t.Helper()
	w.do(`{"type":"ack","tiles":[[%d,%d,%d]]}`, tile, w.seqs[tile], w.seqs[tile])
}

// until reads until a message is as wanted.
func (w *wall) until(what string, ok func(got) bool) got {
	w.t.Helper()
	for range 10_000 {
		if m := w.next(); ok(m) {
			return m
		}
	}
	w.t.Fatalf("%s: never", what)
	return got{}
}

// json reads until a JSON message of a type.
func (w *wall) json(kind string) map[string]any {
	w.t.Helper()
	return w.until(kind, func(m got) bool { return m.fields["type"] == kind }).fields
}

// picture reads until a picture.
func (w *wall) picture() got {
	w.t.Helper()
	return w.until("a picture", func(m got) bool { return m.kind == 1 })
}

// sync returns when all commands so far were carried out.
func (w *wall) sync() {
	w.t.Helper()
	w.do(`{"type":"ping","sent":4711}`)
	w.json("pong")
}
