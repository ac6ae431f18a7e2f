package main

import (
	"encoding/json"
	"testing"
	"time"

	"camwall/internal/simcam"
)

// fresh checks that a picture of a simulated stream was sent a moment ago, and
// returns its number.
func fresh(t *testing.T, sim *simcam.Server, path string, c *wallClient, tile uint32) uint16 {
	t.Helper()
	m, img := c.picture(tile)
	n := marked(t, img)
	sent, ok := sim.SentAt(path, n, m.at)
	if age := m.at.Sub(sent); !ok || age > time.Second {
		t.Errorf("picture %d was sent %v before it came, %v", n, age, ok)
	}
	if m.arrived <= 0 || m.sent < m.arrived || m.sent-m.arrived > 1000 {
		t.Errorf("picture %d arrived at %v and was sent at %v", n, m.arrived, m.sent)
	}
	return n
}

// Pictures of every format come over both ways, moving and fresh.
func TestTilesShowPictures(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	for name, dial := range transports {
		for _, w := range []struct{ camera, formats, format, path string }{
			{"cam1", `["jpeg"]`, "jpeg", "cam1/sub"},
			{"cam1", `["h264","jpeg"]`, "h264", "cam1/sub"},
			{"cam2", `["h265","h264","jpeg"]`, "h265", "cam2/main"},
			{"cam2", `["h264","jpeg"]`, "jpeg", "cam2/main"},
			{"cam6", `["h264","jpeg"]`, "jpeg", "cam6/main"},
		} {
			t.Run(name+"/"+w.camera+w.formats, func(t *testing.T) {
				c := dial(t, s)
				c.do(`{"type":"watch","tile":3,"camera":%q,"width":600,"height":340,"formats":%s}`, w.camera, w.formats)
				c.state(3, "state", "live")
				seen := map[uint16]bool{}
				for range 11 {
					seen[fresh(t, s.demo, w.path, c, 3)] = true
				}
				if len(seen) < 10 { // one may come again where another format takes over
					t.Errorf("of 11 pictures %d differ", len(seen))
				}
				if state := c.states[3]; state["format"] != w.format || state["camera"] != w.camera || state["reduced"] != "" {
					t.Errorf("the state is %v", state)
				}
			})
		}
	}
}

// Many tiles share one connection, and what they watch in common.
func TestManyTilesOnOneConnection(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	c := dialSocket(t, s)
	const tiles = 12
	for i := range tiles {
		c.do(`{"type":"watch","tile":%d,"camera":"cam%d","width":%d,"height":180}`, i+1, i%6+1, 310+i)
	}
	seen := map[uint32]int{}
	begun := time.Now()
	c.until("ten pictures on each tile", func(m wallMessage) bool {
		if m.kind == 1 && m.flags == flagKey {
			seen[m.tile]++
		}
		for i := range uint32(tiles) {
			if seen[i+1] < 10 {
				return false
			}
		}
		return true
	})
	t.Logf("ten pictures on each of %d tiles in %v", tiles, time.Since(begun))
	for _, info := range s.service.Snapshot() {
		for _, st := range info.Streams {
			if st.Viewers > 2 {
				t.Errorf("%s has %d viewers of %s", info.Camera.ID, st.Viewers, st.Name)
			}
		}
	}
}

// A tile that grows goes over to the main stream, and back, without a gap.
func TestATileGrowsAndShrinks(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	for _, format := range []string{`["jpeg"]`, `["h264","jpeg"]`} {
		t.Run(format, func(t *testing.T) {
			c := dialSocket(t, s)
			c.do(`{"type":"watch","tile":1,"camera":"cam1","width":480,"height":270,"formats":%s}`, format)
			c.state(1, "stream", "sub")
			fresh(t, s.demo, "cam1/sub", c, 1)
			for _, want := range []struct {
				width  int
				stream string
			}{{1920, "main"}, {480, "sub"}, {1600, "main"}} {
				before, _ := c.picture(1)
				c.do(`{"type":"change","tile":1,"width":%d,"height":%d}`, want.width, want.width*9/16)
				c.longest()
				for c.states[1]["stream"] != want.stream {
					c.picture(1)
				}
				m, _ := c.picture(1)
				longest := c.longest()
				if longest > 1000 {
					t.Errorf("%v ms without a picture on the way to %s", longest, want.stream)
				}
				if m.source == before.source || c.states[1]["shape"].([]any)[0] != 1920.0 {
					t.Errorf("source %d came after %d: %v", m.source, before.source, c.states[1])
				}
				t.Logf("%s: at most %.0f ms between two", want.stream, longest)
			}
		})
	}
}

// A camera that goes and comes back is told and shown again on the connection
// that there is.
func TestATilesCameraComesBack(t *testing.T) {
	for _, format := range []string{`["jpeg"]`, `["h264","jpeg"]`} {
		t.Run(format, func(t *testing.T) {
			sim := cameras(t, "", simcam.Demo()[1])
			s := serve(t, serverFlags{Camera: named(sim, "")})
			c := dialSocket(t, s)
			c.do(`{"type":"watch","tile":1,"camera":"s1","width":640,"height":360,"formats":%s}`, format)
			fresh(t, sim, "cam1/sub", c, 1)
			sim.Close()
			begun := time.Now()
			gone := c.state(1, "state", "retrying")
			if d := time.Since(begun); d > time.Second {
				t.Errorf("told after %v", d)
			}
			if gone["reason"] == "" || gone["message"] == "" || gone["since"] == nil || gone["age"] == nil {
				t.Errorf("the state is %v", gone)
			}
			late := dialStream(t, s) // shown the last picture, as such
			late.do(`{"type":"watch","tile":9,"camera":"s1","width":640,"height":360,"formats":%s}`, format)
			if m, _ := late.picture(9); m.flags&flagLast == 0 {
				t.Errorf("who comes now is shown a picture with flags %d, codec %d", m.flags, m.codec)
			}
			sim = cameras(t, sim.Addr(), simcam.Demo()[1])
			begun = time.Now()
			c.state(1, "state", "live")
			fresh(t, sim, "cam1/sub", c, 1)
			if d := time.Since(begun); d > 8*time.Second { // 3 s and one GOP, on a quiet machine
				t.Errorf("shown again after %v", d)
			}
			late.state(9, "state", "live")
			fresh(t, sim, "cam1/sub", late, 9)
		})
	}
}

// What can't be watched is told, and watched once it is there.
func TestATileWaitsForItsCamera(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[1])
	s := serve(t, serverFlags{Camera: named(sim, "")})
	c := dialSocket(t, s)
	c.do(`[{"type":"watch","tile":1,"camera":"nobody","width":640,"height":360},{"type":"watch","tile":2,"camera":"S1","width":640,"height":360}]`)
	refused := c.until("refused", func(m wallMessage) bool { return m.fields["type"] == "refused" }).fields
	if refused["tile"] != 1.0 || refused["status"] != 404.0 || refused["code"] != "not_found" || refused["message"] == "" {
		t.Errorf("refused with %v", refused)
	}
	fresh(t, sim, "cam1/sub", c, 2)
	c.do(`{"type":"change","tile":1,"camera":"s1"}`)
	c.state(1, "state", "live")
	fresh(t, sim, "cam1/sub", c, 1)
}

// The end of the server is told on both ways.
func TestStoppingSaysByeToWalls(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	var clients []*wallClient
	for _, dial := range transports {
		c := dial(t, s)
		c.do(`{"type":"watch","tile":1,"camera":"cam1","width":640,"height":360}`)
		c.picture(1)
		clients = append(clients, c)
	}
	stuck := dialStream(t, s) // takes nothing any more
	stuck.do(`{"type":"watch","tile":1,"camera":"cam1","width":1920,"height":1080}`)
	begun := time.Now()
	s.Close()
	if d := time.Since(begun); d > 3*time.Second {
		t.Errorf("stopping took %v", d)
	}
	for _, c := range clients {
		bye := c.until("bye", func(m wallMessage) bool { return m.fields["type"] == "bye" }).fields
		if bye["code"] != "stopping" || bye["retryAfter"] != 1000.0 {
			t.Errorf("bye is %v", bye)
		}
		if m, err := c.message(); err == nil {
			t.Errorf("after bye came %+v", m)
		}
	}
}

// The API answers at once beside a connection that carries sixteen tiles.
func TestTheAPIStaysQuick(t *testing.T) {
	sim := cameras(t, "", simcam.Wall(16)...)
	s := serve(t, serverFlags{Camera: named(sim, "")})
	c := dialSocket(t, s)
	for i := range 16 {
		c.do(`{"type":"watch","tile":%d,"camera":"s%d","width":640,"height":360,"formats":["h264","jpeg"]}`, i+1, i+1)
	}
	for i := range uint32(16) {
		c.picture(i + 1)
	}
	quickest := patience // of some: the machine may be busy with other things
	for i := range uint32(5) {
		begun := time.Now()
		if status, _, _ := s.get(t, "/api/v1/cameras", nil); status != 200 {
			t.Errorf("answered %d", status)
		}
		quickest = min(quickest, time.Since(begun))
		c.picture(i + 1)
	}
	if quickest > 100*time.Millisecond {
		t.Errorf("the quickest of five requests took %v", quickest)
	}
}

// Which screens there are and what they show is told, with their own account.
func TestScreensAreTold(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	c := dialSocket(t, s)
	c.do(`{"type":"watch","tile":7,"camera":"cam1","width":320,"height":180}`)
	c.state(7, "state", "live")
	c.do(`{"type":"report","tile":7,"fps":24.5,"delay":31}`)
	c.do(`{"type":"ping","sent":1}`)
	c.until("the answer to a ping", func(m wallMessage) bool { return m.fields["type"] == "pong" })
	var got struct {
		Screens []struct {
			Address string
			Paused  bool
			Tiles   []struct {
				Tile                   int
				Camera, Stream, Format string
				FPS, DelayMs           float64
			}
		}
	}
	_, _, body := s.get(t, "/api/v1/screens", nil)
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Screens) != 1 || len(got.Screens[0].Tiles) != 1 || got.Screens[0].Address == "" || got.Screens[0].Paused {
		t.Fatalf("the screens are %+v", got)
	}
	if tile := got.Screens[0].Tiles[0]; tile.Tile != 7 || tile.Camera != "cam1" || tile.Stream != "sub" || tile.Format != "jpeg" || tile.FPS != 24.5 || tile.DelayMs != 31 {
		t.Errorf("the tile is %+v", tile)
	}
}
