package main

import (
	"fmt"
	"io"
	"net"
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
	number uint16        // of the camera
}

// look watches n simulated cameras until enough says so, and returns what came of
// each; it pings all the while.
func look(t *testing.T, sim *simcam.Server, c *wallClient, n int, formats string, enough func([][]sighting) bool) [][]sighting {
	t.Helper()
	for i := range n {
		c.do(`{"type":"watch","tile":%d,"camera":"s%d","width":640,"height":360,"formats":%s}`, i+1, i+1, formats)
	}
	seen := make([][]sighting, n)
	pinged := time.Now()
	for !enough(seen) {
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
		number := marked(t, img)
		sent, ok := sim.SentAt(fmt.Sprintf("wall%d/main", m.tile), number, m.at)
		if !ok {
			t.Errorf("tile %d shows a picture that was not sent", m.tile)
			continue
		}
		seen[m.tile-1] = append(seen[m.tile-1], sighting{m.at, m.at.Sub(sent), number})
	}
	return seen
}

// rate returns how many a second came.
func rate(all []sighting) float64 {
	return float64(len(all)-1) / all[len(all)-1].at.Sub(all[0].at).Seconds()
}

// portion returns which part of the camera's pictures came after at.
func portion(all []sighting, at time.Time) float64 {
	came, sent := 0, 0
	for i, one := range all {
		if i == 0 || !one.at.After(at) {
			continue
		}
		came, sent = came+1, sent+1
		if last := all[i-1].number; one.number > last { // a clip begins again at its end
			sent += int(one.number-last) - 1
		}
	}
	return float64(came) / float64(max(1, sent))
}

// spanOfAll is for look: that long from when something of every tile came. It goes
// by when pictures came: to decode them all may take longer.
func spanOfAll(span time.Duration) func([][]sighting) bool {
	return func(seen [][]sighting) bool {
		var begun time.Time
		for _, all := range seen {
			if len(all) == 0 {
				return false
			}
			if at := all[0].at; at.After(begun) {
				begun = at
			}
		}
		return newest(seen).Sub(begun) > span
	}
}

// newest returns when the last of all pictures came.
func newest(seen [][]sighting) (at time.Time) {
	for _, all := range seen {
		if last := all[len(all)-1].at; last.After(at) {
			at = last
		}
	}
	return at
}

func oldest(all []sighting) (age time.Duration) {
	for _, one := range all {
		age = max(age, one.age)
	}
	return age
}

// TestASlowWay: nine tiles over 2 Mbit/s are younger than a second, and who is sent
// less than the camera has says that it is reduced; somebody beside loses nothing.
func TestASlowWay(t *testing.T) {
	for name, w := range map[string]struct {
		budget  bool
		formats string
	}{"throttled": {false, `["h264","jpeg"]`}, "budget": {true, `["jpeg"]`}} {
		t.Run(name, func(t *testing.T) {
			sim := cameras(t, "", simcam.Wall(9)...)
			s := serve(t, serverFlags{Camera: named(sim, "")})
			beside := dialSocket(t, s)
			alone := look(t, sim, beside, 1, `["jpeg"]`, spanOfAll(3*time.Second))
			var got [][]sighting
			var watching sync.WaitGroup
			done := make(chan struct{})
			watching.Go(func() {
				got = look(t, sim, beside, 1, `["jpeg"]`, func([][]sighting) bool {
					select {
					case <-done:
						return true
					default:
						return false
					}
				})
			})
			slow := *s
			if !w.budget {
				slow.url = "http://" + throttled(t, strings.TrimPrefix(s.url, "http://"), 250_000)
			}
			c := dialSocket(t, &slow)
			if w.budget {
				c.do(`{"type":"budget","bits":2000000}`)
			}
			const span = 10 * time.Second
			begun := time.Now()
			seen := look(t, sim, c, 9, w.formats, spanOfAll(span))
			close(done)
			watching.Wait()
			ended := newest(seen)
			took := ended.Sub(begun)
			limit := time.Second + 2*oldest(got[0]) // what this machine itself is late by
			for i, all := range seen {
				if age := oldest(all); len(all) < 5 || age > limit {
					t.Errorf("tile %d was sent %d pictures, the oldest of %v", i+1, len(all), age)
				}
				tile := uint32(i) + 1 //nolint:gosec // small
				// Where the others had to leave coded units, one tile may have room for
				// all that its camera sends.
				if came := portion(all, ended.Add(-span)); !c.slow[tile] && (w.budget || came < 0.9) {
					t.Errorf("tile %d was sent %.2f of the pictures and does not say that the way is slow: %v", tile, came, c.states[tile])
				}
			}
			t.Logf("%d pictures on the first tile, the oldest of %v; at last %v", len(seen[0]), oldest(seen[0]), c.states[1]["rendition"])
			if limit := took.Seconds() * 255_000; float64(c.bytes) > limit {
				t.Errorf("%d bytes came, %.0f are allowed", c.bytes, limit)
			}
			if with, without := rate(got[0]), rate(alone[0]); with < without/2 {
				t.Errorf("who watches beside is sent %.1f pictures a second, %.1f before: %v", with, without, beside.states[1])
			}
		})
	}
}
