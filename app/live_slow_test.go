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
	at  time.Time
	age time.Duration // since the camera sent it
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
		seen[m.tile-1] = append(seen[m.tile-1], sighting{m.at, m.at.Sub(sent)})
	}
	return seen
}

func oldest(all []sighting) (age time.Duration) {
	for _, one := range all {
		age = max(age, one.age)
	}
	return age
}

// TestASlowWay: nine tiles over 2 Mbit/s are younger than a second and say that
// they are reduced; somebody beside loses nothing.
func TestASlowWay(t *testing.T) {
	for name, w := range map[string]struct {
		budget  bool
		formats string
	}{"throttled": {false, `["h264","jpeg"]`}, "budget": {true, `["jpeg"]`}} {
		t.Run(name, func(t *testing.T) {
			sim := cameras(t, "", simcam.Wall(9)...)
			s := serve(t, serverFlags{Camera: named(sim, "")})
			beside := dialSocket(t, s)
			alone := look(t, sim, beside, 1, `["jpeg"]`, 3*time.Second)
			var got [][]sighting
			var watching sync.WaitGroup
			watching.Go(func() { got = look(t, sim, beside, 1, `["jpeg"]`, 10*time.Second) })
			slow := *s
			if !w.budget {
				slow.url = "http://" + throttled(t, strings.TrimPrefix(s.url, "http://"), 250_000)
			}
			c := dialSocket(t, &slow)
			if w.budget {
				c.do(`{"type":"budget","bits":2000000}`)
			}
			begun := time.Now()
			seen := look(t, sim, c, 9, w.formats, 10*time.Second)
			took := time.Since(begun)
			watching.Wait()
			limit := time.Second + 2*oldest(got[0]) // what this machine itself is late by
			for i, all := range seen {
				if age := oldest(all); len(all) < 5 || age > limit {
					t.Errorf("tile %d was sent %d pictures, the oldest of %v", i+1, len(all), age)
				}
				if !c.slow[uint32(i)+1] { //nolint:gosec // small
					t.Errorf("tile %d does not say that the way is slow: %v", i+1, c.states[uint32(i)+1]) //nolint:gosec // small
				}
			}
			t.Logf("%d pictures on the first tile, the oldest of %v; at last %v", len(seen[0]), oldest(seen[0]), c.states[1]["rendition"])
			if limit := took.Seconds() * 255_000; float64(c.bytes) > limit {
				t.Errorf("%d bytes came, %.0f are allowed", c.bytes, limit)
			}
			if with, without := float64(len(got[0]))/10, float64(len(alone[0]))/3; with < without/2 {
				t.Errorf("who watches beside is sent %.1f pictures a second, %.1f before: %v", with, without, beside.states[1])
			}
		})
	}
}
