package liveview

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/media"
	"camwall/internal/streaming"
)

const watchOne = `{"type":"watch","tile":1,"camera":"cam1","width":640,"height":360}`

func TestHello(t *testing.T) {
	t.Parallel()
	_, server := serveSet(t, newSet(), Config{})
	hello := dialWall(t, server).next().fields
	if hello["type"] != "hello" || hello["version"] != 1.0 || hello["server"] != "1.2.3" || hello["page"] != "abcd" || hello["tiles"] != 128.0 {
		t.Errorf("hello is %v", hello)
	}
	if off := math.Abs(hello["now"].(float64) - float64(time.Now().UnixMilli())); off > 5000 {
		t.Errorf("now is %v ms off", off)
	}
	if hello["clock"].(float64) < 0 || hello["id"] != nil {
		t.Errorf("hello is %v", hello)
	}
}

func TestPong(t *testing.T) {
	t.Parallel()
	_, server := serveSet(t, newSet(), Config{})
	w := dialWall(t, server)
	clock := w.next().fields["clock"].(float64)
	w.do(`[{"type":"ping","sent":-12.5e1},{"type":"ping","sent":7}]`)
	if pong := w.json("pong"); pong["sent"] != -125.0 || pong["clock"].(float64) < clock {
		t.Errorf("pong is %v", pong)
	}
	if pong := w.json("pong"); pong["sent"] != 7.0 {
		t.Errorf("pong is %v", pong)
	}
}

// TestWatch: the state comes first, pictures are counted, and the newest is what
// waits.
func TestWatch(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(watchOne)
	state := w.next().fields
	if state["type"] != "state" || state["camera"] != "cam1" || state["source"] != 1.0 || state["format"] != "jpeg" || state["state"] != "live" || state["reduced"] != "" {
		t.Errorf("the state is %v", state)
	}
	if r := state["rendition"].(map[string]any); r["width"] != 640.0 || r["height"] != 360.0 || r["quality"] != 75.0 || r["fps"] != 0.0 {
		t.Errorf("the rendition is %v", r)
	}
	for i := range uint32(3) {
		s.publish("cam1", fmt.Sprint("picture ", i))
		if p := w.picture(); p.text != fmt.Sprint("picture ", i) || p.seq != i+1 || p.tile != 1 || p.source != 1 || p.codec != 1 || p.flags != 1 {
			t.Errorf("picture %d is %+v", i, p)
		}
		w.ack(1)
	}
	w.sync()
	for i := range 2 { // on the way
		s.publish("cam1", fmt.Sprint("late ", i))
		s.until(t, "sending", func() bool { return s.followers[0].sent == 4+i })
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := 2; i < 20; i++ {
		s.publish("cam1", fmt.Sprint("late ", i))
		<-tick.C
	}
	s.mu.Lock()
	if s.followers[0].sent != 5 {
		t.Errorf("%d pictures were sent before the last was acknowledged", s.followers[0].sent)
	}
	s.mu.Unlock()
	w.picture()
	w.picture()
	w.ack(1)
	if p := w.picture(); p.text != "late 19" {
		t.Errorf("after a pause comes %q", p.text)
	}
	w.do(`{"type":"unwatch","tile":1}`)
	s.until(t, "leaving", func() bool { return s.open() == 0 })
	w.do(`[{"type":"ack","tiles":[[1,6,6]]},{"type":"report","tile":1},%s]`, watchOne) // it was under way
	if state := w.json("state"); state["source"] != 2.0 {
		t.Errorf("watched again, the source is %v", state["source"])
	}
	s.publish("cam1", "again")
	if p := w.picture(); p.seq != 7 || p.text != "again" {
		t.Errorf("watched again, the picture is %+v", p)
	}
}

// TestRefused: what is not there is told once, and watched once it is there.
func TestRefusedTile(t *testing.T) {
	t.Parallel()
	s := newSet()
	s.gone["cam9"] = true
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(`[{"type":"watch","tile":1,"camera":"cam9","width":640,"height":360},{"type":"watch","tile":2,"camera":"no such id!","width":640,"height":360}]`)
	for range 2 {
		refused := w.json("refused")
		if refused["status"] != 404.0 || refused["code"] != "not_found" || refused["message"] == "" {
			t.Errorf("refused with %v", refused)
		}
	}
	w.do(`{"type":"change","tile":2,"camera":"cam2"}`)
	if state := w.json("state"); state["tile"] != 2.0 || state["camera"] != "cam2" {
		t.Errorf("another camera is %v", state)
	}
	s.remove("cam2")
	if refused := w.json("refused"); refused["tile"] != 2.0 {
		t.Errorf("a removed camera is %v", refused)
	}
	s.mu.Lock()
	delete(s.gone, "cam9")
	s.mu.Unlock()
	begun := time.Now()
	for {
		w.do(`{"type":"ping","sent":1}`)
		m := w.next()
		if m.fields["type"] == "refused" && m.fields["tile"] == 1.0 {
			t.Fatalf("told again: %v", m.fields)
		}
		if m.fields["type"] == "state" {
			break
		}
		if time.Since(begun) > 30*time.Second {
			t.Fatal("a camera that has come is not watched")
		}
		time.AfterFunc(100*time.Millisecond, s.signalLocked)
		s.wait()
	}
}

// signalLocked wakes who waits for something of the set.
func (s *set) signalLocked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signal()
}

func (s *set) wait() {
	s.mu.Lock()
	changed := s.changed
	s.mu.Unlock()
	<-changed
}

// TestDragging: who changes the size all the time makes few renditions, and gets
// the last.
func TestDragging(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(watchOne)
	w.json("state")
	begun := time.Now()
	for i := range 200 {
		w.do(`{"type":"change","tile":1,"width":%d}`, 320+i*30)
	}
	w.do(`{"type":"change","tile":1,"width":1900,"height":1080,"fps":5,"quality":60}`)
	want := streaming.JPEG{Width: 1920, Height: 1080, Quality: 55, FPS: 5} // of the ladders
	s.until(t, "the last size", func() bool { return s.followers[0].want.JPEG == want })
	if n, most := len(s.followers[0].wants), int(time.Since(begun)/switchPause)+3; n > most {
		t.Errorf("%d requests were made", n)
	}
	f := s.followers[0].want
	if f.Width != 1920 || f.Height != 1080 || f.Stream != "auto" {
		t.Errorf("asked for %+v", f)
	}
}

// TestSmallStream: a picture is not made larger than the stream.
func TestSmallStream(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(`{"type":"watch","tile":1,"camera":"cam1","width":1280,"height":720}`)
	w.json("state")
	s.state("cam1", func(shown *streaming.Shown) { shown.Stream, shown.Width, shown.Height = "sub", 704, 576 })
	s.until(t, "a smaller picture", func() bool { return s.followers[0].want.JPEG.Width == 704 })
	if f := s.followers[0].want; f.Width != 1280 || f.JPEG.Height != 396 {
		t.Errorf("asked for %+v", f)
	}
	s.state("cam1", func(shown *streaming.Shown) {})
	s.until(t, "a larger picture", func() bool { return s.followers[0].want.JPEG.Width == 1280 })
}

// TestCodedUnits: what catches up goes out at once, and a gap is told.
func TestCodedUnits(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(`{"type":"watch","tile":1,"camera":"cam1","width":640,"height":360,"formats":["h265","h264","jpeg"]}`)
	if state := w.json("state"); state["format"] != "h264" || state["rendition"] != nil {
		t.Errorf("the state is %v", state)
	}
	if c := s.followers[0].want.Coded; !slices.Equal(c, []media.Codec{media.H265, media.H264}) {
		t.Errorf("asked for %v", c)
	}
	for i := range 60 { // more than may be under way otherwise
		s.unit("cam1", fmt.Sprint("unit ", i), i == 0, i < 59)
	}
	for i := range uint32(60) {
		want := byte(0)
		if i == 0 {
			want |= 1
		}
		if i < 59 {
			want |= 2
		}
		if p := w.picture(); p.seq != i+1 || p.flags != want || p.codec != 2 || p.text != fmt.Sprint("unit ", i) {
			t.Fatalf("unit %d is %+v", i, p)
		}
	}
	w.ack(1)
	w.do(`{"type":"restart","tile":1}`)
	w.sync()
	if s.followers[0].restarts != 1 {
		t.Errorf("%d restarts", s.followers[0].restarts)
	}
	// Nothing is acknowledged for a while: it goes on at a key unit.
	for range 80 {
		s.unit("cam1", "more", false, false)
	}
	s.until(t, "giving a unit up", func() bool { return s.followers[0].skips > 0 })
	s.mu.Lock()
	sent := s.followers[0].sent
	s.mu.Unlock()
	if sent > 60+40 {
		t.Errorf("%d units were sent and not acknowledged", sent)
	}
	for range sent - 60 {
		if p := w.picture(); p.flags != 0 {
			t.Errorf("before a gap comes %+v", p)
		}
	}
	w.ack(1)
	s.unit("cam1", "not decodable", false, false)
	s.unit("cam1", "more with a key", true, false)
	if p := w.picture(); p.flags != 5 || p.text != "more with a key" {
		t.Errorf("after a gap comes %+v", p)
	}
}

// TestTooNarrowForCoded: where units have to be left out again and again, JPEGs
// come, and it is told why.
func TestTooNarrowForCoded(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(`{"type":"watch","tile":1,"camera":"cam1","width":640,"height":360,"formats":["h264","jpeg"]}`)
	if state := w.json("state"); state["format"] != "h264" || state["why"] != "" {
		t.Errorf("the state is %v", state)
	}
	more := time.NewTicker(10 * time.Millisecond)
	defer more.Stop()
	begun := time.Now()
	for i := 0; ; i++ {
		s.unit("cam1", "unit", i%20 == 0, false)
		<-more.C
		s.mu.Lock()
		coded := len(s.followers[0].want.Coded) > 0
		s.mu.Unlock()
		if !coded {
			break
		}
		if time.Since(begun) > 8*time.Second {
			t.Fatal("units come on")
		}
	}
	state := w.until("JPEGs", func(m got) bool { return m.fields["format"] == "jpeg" }).fields
	if state["why"] != "link" || state["source"] != 2.0 {
		t.Errorf("the state is %v", state)
	}
}

// TestPausing: no pictures come while nobody looks, nothing is decoded for it, and
// states go on.
func TestPausing(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(watchOne)
	s.publishUntil(t, w)
	w.do(`{"type":"pause"}`)
	s.until(t, "rest", func() bool { return len(s.followers[0].want.Coded) == 2 })
	w.sync()
	s.unit("cam1", "key", true, false)
	s.unit("cam1", "unit", false, false)
	s.state("cam1", func(shown *streaming.Shown) {
		shown.Status = camera.Status{State: camera.Retrying, Reason: fault.Ended, Message: "it closed the connection"}
	})
	state := w.until("retrying", func(m got) bool {
		if m.kind == 1 {
			t.Errorf("while nobody looks comes %+v", m)
		}
		return m.fields["state"] == "retrying"
	}).fields
	if state["format"] != "jpeg" || state["reason"] != "ended" {
		t.Errorf("the state is %v", state)
	}
	w.do(`{"type":"resume"}`)
	s.until(t, "looking again", func() bool { return len(s.followers[0].want.Coded) == 0 })
	s.publishUntil(t, w)

	w.do(`{"type":"change","tile":1,"formats":["h264","jpeg"]}`)
	w.until("units", func(m got) bool { return m.fields["format"] == "h264" })
	w.do(`{"type":"pause"}`)
	s.until(t, "rest", func() bool { return len(s.followers[0].want.Coded) == 2 })
	s.unit("cam1", "lost", true, false)
	s.state("cam1", func(shown *streaming.Shown) { shown.Status.Reason = "later" }) // the unit was passed over then
	w.until("the state behind it", func(m got) bool { return m.fields["reason"] == "later" })
	w.do(`{"type":"resume"}`)
	s.until(t, "a restart", func() bool { return s.followers[0].restarts > 0 })
	s.unit("cam1", "not decodable", false, false)
	s.unit("cam1", "key again", true, false)
	if p := w.picture(); p.text != "key again" || p.flags != 5 {
		t.Errorf("after a pause comes %+v", p)
	}
}

// publishUntil shows pictures until one has come.
func (s *set) publishUntil(t testing.TB, w *wall) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.picture()
	}()
	for {
		select {
		case <-done:
			w.ack(1)
			return
		case <-tick.C:
			s.publish("cam1", "picture")
		}
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(`[%s,{"type":"watch","tile":2,"camera":"cam2","width":640,"height":360}]`, watchOne)
	sound := func(id camera.ID, text string) {
		s.each(id, func(f *stageFollower) {
			u := &media.AccessUnit{Track: &media.Track{Codec: media.AAC, SampleRate: 48000, Channels: 2, Extradata: []byte("cfg")}, Data: []byte(text)}
			f.items = append(f.items, streaming.FollowItem{Source: f.source, Sound: u})
		})
	}
	w.do(`{"type":"sound","tile":2}`)
	asked := func(one, two bool) func() bool {
		return func() bool {
			for _, f := range s.followers {
				if f.want.Sound != (one && f.id == "cam1" || two && f.id == "cam2") {
					return false
				}
			}
			return len(s.followers) == 2
		}
	}
	s.until(t, "sound of tile 2", asked(false, true))
	sound("cam1", "not this")
	sound("cam2", "this")
	if m := w.until("sound", func(m got) bool { return m.kind == 3 }); m.tile != 2 || m.codec != 3 || m.text != "this" {
		t.Errorf("sound is %+v", m)
	}
	w.do(`{"type":"sound","tile":1}`)
	s.until(t, "sound of tile 1", asked(true, false))
	w.do(`{"type":"unwatch","tile":1}`)
	w.do(`{"type":"sound","tile":0}`)
	w.sync()
}

// TestReport: who decodes tells since when pictures are the same.
func TestReport(t *testing.T) {
	t.Parallel()
	s := newSet()
	h, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(`{"type":"watch","tile":1,"camera":"cam1","width":640,"height":360,"formats":["h264","jpeg"]}`)
	w.json("state")
	since := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	w.do(`{"type":"report","tile":1,"unchangedSince":%d,"fps":14.5,"delay":31.5}`, since.UnixMilli())
	w.do(`{"type":"report","tile":1,"unchangedSince":%d}`, time.Now().Add(time.Hour).UnixMilli())
	w.do(`{"type":"report","tile":1,"unchangedSince":null,"fps":15,"delay":20}`)
	w.sync()
	s.mu.Lock()
	told := s.followers[0].unchanged
	s.mu.Unlock()
	if len(told) != 3 || !told[0].Equal(since) || told[1].After(time.Now()) || !told[2].IsZero() {
		t.Errorf("told were %v", told)
	}
	all := h.Connections()
	if len(all) != 1 || len(all[0].Tiles) != 1 {
		t.Fatalf("connections are %+v", all)
	}
	if tile := all[0].Tiles[0]; tile.FPS != 15 || tile.Delay != 20*time.Millisecond || tile.Format != "h264" || tile.Camera != "cam1" || tile.Number != 1 {
		t.Errorf("the tile is %+v", tile)
	}
}

// TestStates: what people must know is told at once, numbers now and then, and
// what has not changed not at all.
func TestStates(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(watchOne)
	w.json("state")
	since := time.Now()
	s.each("cam1", func(f *stageFollower) { // all at once: how many are told is a matter of time
		for i := range 50 {
			f.tell(func(shown *streaming.Shown) { shown.Status.Since, shown.FPS = since, 15+float64(i) })
		}
		f.tell(func(shown *streaming.Shown) {
			shown.Status.Since, shown.FPS = since, 7
			shown.Status.UnchangedSince, shown.Status.Behind = since, 2500*time.Millisecond
		})
	})
	count := 0
	state := w.until("marks", func(m got) bool {
		count++
		return m.fields["unchangedSince"] != nil
	}).fields
	if count > 4 || state["behind"] != 2500.0 || state["fps"] != 7.0 || state["unchangedSince"] != float64(since.UnixMilli()) {
		t.Errorf("after %d states: %v", count, state)
	}
	s.state("cam1", func(shown *streaming.Shown) { shown.Status.Since, shown.FPS = since, 7 })
	w.json("state")
	s.state("cam1", func(shown *streaming.Shown) { shown.Status.Since, shown.FPS = since, 8 })
	if state := w.json("state"); state["fps"] != 8.0 { // not told at once, but told
		t.Errorf("the last number is %v", state["fps"])
	}
}

// TestTooManyRenditions: what can't be had now stays as it is, and is asked for
// again.
func TestTooManyRenditions(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(watchOne)
	w.json("state")
	s.mu.Lock()
	s.full = true
	s.mu.Unlock()
	w.do(`[{"type":"change","tile":1,"width":1280,"height":720},{"type":"watch","tile":2,"camera":"cam2","width":640,"height":360}]`)
	if refused := w.json("refused"); refused["tile"] != 2.0 || refused["status"] != 429.0 {
		t.Errorf("refused with %v", refused)
	}
	s.publish("cam1", "still there")
	if p := w.picture(); p.text != "still there" {
		t.Errorf("the picture is %+v", p)
	}
	s.mu.Lock()
	s.full = false
	s.mu.Unlock()
	s.until(t, "the larger one", func() bool { return s.followers[0].want.JPEG.Width == 1280 })
}

// TestViewersAreCounted: a connection is one viewer, whatever it watches.
func TestViewersAreCounted(t *testing.T) {
	t.Parallel()
	door := guard.NewDoor(guard.DoorConfig{MaxViewers: 2})
	_, server := serveSet(t, newSet(), Config{Door: door})
	dialWall(t, server).hello().do(`[%s,{"type":"watch","tile":2,"camera":"cam2","width":640,"height":360}]`, watchOne)
	w := dialWall(t, server).hello()
	for _, path := range []string{"/ws/live", "/stream/live"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if path == "/ws/live" {
			for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} {
				req.Header.Set(name, value)
			}
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: a third viewer is answered %s", path, res.Status)
		}
	}
	_ = w.ws.Close(websocket.StatusNormalClosure, "")
	inside(t, door, 1)
}

// TestNoSocket: what is no WebSocket gets a problem.
func TestNoSocket(t *testing.T) {
	t.Parallel()
	_, server := serveSet(t, newSet(), Config{})
	for method, want := range map[string]int{http.MethodGet: 400, http.MethodHead: 400, http.MethodPost: 405} {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/ws/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != want || method == http.MethodGet && !json.Valid(body) {
			t.Errorf("%s: %s %s", method, res.Status, body)
		}
	}
	_, res, err := websocket.Dial(t.Context(), server.URL+"/ws/live", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"http://evil.example"}}})
	if err == nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign page: %v, %v", res, err)
	}
	if strings.Contains(fmt.Sprint(err), "127.0.0.1:0") {
		t.Error(err)
	}
}
