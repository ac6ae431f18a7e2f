package liveview

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"camwall/internal/liveview/wire"
)

// BenchmarkLive sends pictures of 28 KiB to live sockets on loopback: each picture
// is one for every tile, and the next comes when all have it and say so. Its
// figure is the process' CPU time for one picture of one tile, the reading side
// included.
func BenchmarkLive(b *testing.B) {
	for _, n := range []struct{ connections, tiles int }{{1, 1}, {1, 16}, {100, 1}, {100, 4}} {
		b.Run(fmt.Sprintf("connections=%d/tiles=%d", n.connections, n.tiles), func(b *testing.B) {
			liveTiles(b, n.connections, n.tiles)
		})
	}
}

func liveTiles(b *testing.B, connections, tiles int) {
	s := newSet()
	_, server := serveSet(b, s, Config{})
	ctx, cancel := context.WithCancel(b.Context())
	var readers sync.WaitGroup
	for range connections {
		w := dialWall(b, server).hello()
		for i := range tiles {
			w.do(`{"type":"watch","tile":%d,"camera":"cam1","width":640,"height":360}`, i+1)
		}
		readers.Go(func() { acknowledge(ctx, w.ws) })
	}
	s.until(b, "watching", func() bool { return s.open() == connections*tiles })
	picture := strings.Repeat("x", 28<<10)
	sent := func(n int) func() bool {
		return func() bool {
			for _, f := range s.followers {
				if f.sent < n {
					return false
				}
			}
			return true
		}
	}
	began := cpuTime(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.publish("cam1", picture)
		s.until(b, "sending", sent(i+1))
	}
	used := cpuTime(b) - began
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N*connections*tiles), "cpu-ns/picture")
	cancel()
	readers.Wait()
}

// acknowledge reads pictures and acknowledges each at once.
func acknowledge(ctx context.Context, ws *websocket.Conn) {
	for {
		_, data, err := ws.Read(ctx)
		if err != nil {
			return
		}
		m, err := parseGot(data)
		if err != nil || m.kind != 1 {
			continue
		}
		ack := fmt.Sprintf(`{"type":"ack","tiles":[[%d,%d,%d]]}`, m.tile, m.seq, m.seq)
		if ws.Write(ctx, websocket.MessageText, []byte(ack)) != nil {
			return
		}
	}
}

// BenchmarkAppendPicture is the cost of a picture's head and its one copy.
func BenchmarkAppendPicture(b *testing.B) {
	p := wire.Picture{Codec: wire.CodecJPEG, Tile: 1, Data: make([]byte, 28<<10)}
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		p.Seq++
		buffer = wire.AppendPicture(buffer[:0], &p)
	}
}

// BenchmarkTurns is the cost of a picture in the flow of 128 tiles that all wait.
func BenchmarkTurns(b *testing.B) {
	f := newFlow(time.Now())
	defer f.close()
	var lanes []*lane
	for range maxTiles {
		lanes = append(lanes, f.lane(0, func() {}))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l := lanes[i%maxTiles]
		if !l.ask(28 << 10) {
			b.Fatal("it may not be sent")
		}
		seq, _ := l.begin(28<<10, true)
		if err := l.ack(seq, seq); err != nil {
			b.Fatal(err)
		}
	}
}
