package main

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"camwall/internal/simcam"
)

// throttled passes TCP connections on to a server, and what comes back from it at
// so many bytes a second, one behind the other. It returns its address.
func throttled(t *testing.T, to string, rate int) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	keep := func(c net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		conns = append(conns, c)
	}
	all.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			keep(near)
			far, err := net.Dial("tcp", to)
			if err != nil {
				t.Error(err)
				return
			}
			keep(far)
			_ = far.(*net.TCPConn).SetReadBuffer(16 << 10) // a real way holds little
			_ = near.(*net.TCPConn).SetWriteBuffer(16 << 10)
			all.Go(func() { _, _ = io.Copy(far, near) })
			all.Go(func() { trickle(near, far, rate) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, c := range conns {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return listener.Addr().String()
}

// trickle copies at most rate bytes a second, evenly.
func trickle(to io.Writer, from io.Reader, rate int) {
	piece := make([]byte, 4096)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	const burst = 20 * time.Millisecond
	begun := time.Now()
	for range tick.C {
		for due := begun; time.Since(due) > 0; due = begun {
			n, err := from.Read(piece)
			if err != nil {
				return
			}
			if late := time.Now().Add(-burst); begun.Before(late) { // what was not used is lost
				begun = late
			}
			begun = begun.Add(time.Duration(n) * time.Second / time.Duration(rate))
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
	}
}

// sighting is one picture that came.
type sighting struct {
	at     time.Time
	age    time.Duration // since the camera sent it
	server float64       // ms of it before the server sent it
}

// look watches n simulated cameras for a time and returns what came of each; it
// pings all the while.
func look(t *testing.T, sim *simcam.Server, c *wallClient, n int, formats string, span time.Duration) [][]sighting {
	t.Helper()
	for i := range n {
		c.do(`{"type":"watch","tile":%d,"camera":"s%d","width":640,"height":360,"formats":%s}`, i+1, i+1, formats)
	}
	seen := make([][]sighting, n)
	end := time.Now().Add(span)
	pinged := time.Now()
	for time.Now().Before(end) {
		if time.Since(pinged) > time.Second {
			pinged = time.Now()
			c.do(`{"type":"ping","sent":1}`)
		}
		m := c.next()
		if m.kind != 1 || m.flags&flagCatchingUp != 0 {
			continue
		}
		img := c.image(m)
		if img == nil {
			continue
		}
		sent, ok := sim.SentAt(fmt.Sprintf("wall%d/main", m.tile), marked(t, img), m.at)
		if !ok {
			t.Errorf("tile %d shows a picture that was not sent", m.tile)
			continue
		}
		seen[m.tile-1] = append(seen[m.tile-1], sighting{m.at, m.at.Sub(sent), m.sent - m.arrived})
	}
	return seen
}

// TestASlowWay: nine tiles over 2 Mbit/s are younger than a second and say that
// they are reduced; somebody beside loses nothing.
func TestASlowWay(t *testing.T) {
	for _, formats := range []string{`["jpeg"]`, `["h264","jpeg"]`} {
		for name, budget := range map[string]bool{"throttled": false, "budget": true} {
			t.Run(name+formats, func(t *testing.T) {
				sim := cameras(t, "", simcam.Wall(9)...)
				s := serve(t, serverFlags{Camera: named(sim, "")})
				beside := dialSocket(t, s)
				var got [][]sighting
				var watching sync.WaitGroup
				watching.Go(func() { got = look(t, sim, beside, 1, `["jpeg"]`, 14*time.Second) })
				slow := *s
				if !budget {
					slow.url = "http://" + throttled(t, strings.TrimPrefix(s.url, "http://"), 250_000)
				}
				c := dialSocket(t, &slow)
				if budget {
					c.do(`{"type":"budget","bits":2000000}`)
				}
				begun := time.Now()
				seen := look(t, sim, c, 9, formats, 14*time.Second)
				took := time.Since(begun)
				watching.Wait()
				reduced := 0
				for i, all := range seen {
					if len(all) < 20 {
						t.Errorf("tile %d was sent %d pictures", i+1, len(all))
						continue
					}
					oldest := slices.MaxFunc(all, func(a, b sighting) int { return int(a.age - b.age) })
					if oldest.age > time.Second {
						t.Errorf("tile %d showed a picture of %v after %v, %.0f ms of it in the server", i+1, oldest.age, oldest.at.Sub(begun), oldest.server)
					}
					state := c.states[uint32(i)+1] //nolint:gosec // small
					if state["reduced"] == "link" || state["why"] == "link" {
						reduced++
					}
					if i == 0 {
						t.Logf("%d pictures, the oldest %v; at last %v", len(all), oldest.age, state)
					}
				}
				if reduced < 9 {
					t.Errorf("%d tiles say that the way is slow", reduced)
				}
				if limit := took.Seconds() * 255_000; float64(c.bytes) > limit {
					t.Errorf("%d bytes came, %.0f are allowed", c.bytes, limit)
				}
				if n := len(got[0]); n < 14*10 {
					t.Errorf("who watches beside was sent %d pictures in 14 s", n)
				}
			})
		}
	}
}
