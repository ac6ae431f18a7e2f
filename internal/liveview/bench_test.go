package liveview

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// BenchmarkFanOut writes pictures of 28 KiB to viewers on loopback, all of them
// one picture before any gets the next: through the Handler, and by a bare loop
// of the same writes. Its figure is the process' CPU time for one write, the
// reading side included.
func BenchmarkFanOut(b *testing.B) {
	jpeg := bytes.Repeat([]byte("x"), 28<<10)
	for _, viewers := range []int{50, 500} {
		b.Run(fmt.Sprintf("handler/%d", viewers), func(b *testing.B) { fanOut(b, Config{}, viewers, jpeg) })
		b.Run(fmt.Sprintf("bare/%d", viewers), func(b *testing.B) { bareFanOut(b, viewers, jpeg) })
	}
}

// BenchmarkSendBuffer is the cost of a write by the size of the socket buffer.
func BenchmarkSendBuffer(b *testing.B) {
	for _, size := range []int{28 << 10, 250 << 10} {
		jpeg := bytes.Repeat([]byte("x"), size)
		for _, buffer := range []int{64 << 10, 128 << 10, 256 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("picture=%dK/buffer=%dK", size>>10, buffer>>10), func(b *testing.B) {
				fanOut(b, Config{SendBuffer: buffer}, 50, jpeg)
			})
		}
	}
}

func fanOut(b *testing.B, cfg Config, viewers int, jpeg []byte) {
	s := newStage()
	h, server := serve(b, s, cfg, nil)
	var readers sync.WaitGroup
	for range viewers {
		conn := dial(b, server, "GET /live/cam1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
		_ = conn.SetDeadline(time.Time{})
		readers.Go(func() { swallow(conn) })
	}
	s.until(b, "coming", func(open, _ int) bool { return open == viewers })
	pump(b, s, viewers, jpeg)
	h.Close()
	readers.Wait()
}

func bareFanOut(b *testing.B, viewers int, jpeg []byte) {
	s := newStage()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(b.Context())
	var all sync.WaitGroup
	for range viewers {
		near, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		far, err := listener.Accept()
		if err != nil {
			b.Fatal(err)
		}
		all.Go(func() { swallow(near) })
		all.Go(func() {
			defer far.Close()
			v := &stageViewer{stage: s}
			for p, err := v.Next(ctx); err == nil; p, err = v.Next(ctx) {
				if _, err := far.Write(p.Part); err != nil {
					b.Error(err)
				}
				v.Sent(len(p.Part))
			}
		})
	}
	pump(b, s, viewers, jpeg)
	cancel()
	all.Wait()
}

// pump shows one picture after the other, each when all viewers have had the
// last.
func pump(b *testing.B, s *stage, viewers int, jpeg []byte) {
	began := cpuTime(b)
	for i := 0; b.Loop(); i++ {
		s.publish(live, jpeg)
		s.until(b, "sending", func(_, sent int) bool { return sent >= (i+1)*viewers })
	}
	used := cpuTime(b) - began
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N*viewers), "cpu-ns/write")
}

func swallow(conn net.Conn) {
	defer conn.Close()
	_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{conn}, make([]byte, 64<<10))
}

func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkPack is the cost of a picture's headers and its one copy.
func BenchmarkPack(b *testing.B) {
	jpeg := bytes.Repeat([]byte("x"), 28<<10)
	p := live
	p.Made = time.Now()
	p.Arrived = p.Made
	var total atomic.Int64
	b.ReportAllocs()
	for b.Loop() {
		part, _ := Pack(&p, jpeg)
		total.Add(int64(len(part)))
	}
}
