package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"camwall/internal/wait"
)

// The work that is compared: quality 4 of ffmpeg's encoder makes pictures of the
// size that quality 75 of libjpeg has. The table shows both.
const (
	compareQuery = "?size=640x360&q=75"
	ffmpegScale  = "scale=640:360"
	ffmpegQ      = "4"
)

// settle is how long a program runs before it is measured: ffmpeg works off the
// pictures that it kept while it looked at the stream.
const settle = 4 * time.Second

// work is what a program did while it was measured.
type work struct {
	cpu, elapsed time.Duration
	parts        int
	bytes        int64
}

// perThousand is the CPU time of 1,000 pictures in seconds.
func (w work) perThousand() float64 { return 1000 * w.cpu.Seconds() / float64(w.parts) }

func (w work) fps() float64 { return float64(w.parts) / w.elapsed.Seconds() }

func (w work) size() float64 { return float64(w.bytes) / float64(w.parts) }

// measureCPU compares the server with ffmpeg's command line doing the same.
func (b *bench) measureCPU(ctx context.Context) (*result, error) {
	cams, rtsp, _, err := b.demo(ctx)
	if err != nil {
		return nil, err
	}
	defer cams.stop()
	url := rtsp + "/cam1/main"
	r := &result{
		title: "CPU beside ffmpeg's command line",
		how: "1080p25 H.264 (4 Mbit/s, over RTSP/TCP) to 640x360 JPEG at full rate, one viewer who reads everything. Pairs alternate; " +
			"CPU is user and system time of the one process, from /proc/PID/stat. ffmpeg is Debian's:\n" +
			"`ffmpeg -threads 1 -rtsp_transport tcp -i URL -threads 1 -vf " + ffmpegScale + " -q:v " + ffmpegQ + " -f mpjpeg -`",
		table: table{head: []string{"pair", "camwall, CPU s per 1,000", "fps", "bytes", "ffmpeg, CPU s per 1,000", "fps", "bytes", "ratio"}},
	}
	var ratios []float64
	for i := range 3 {
		ours, err := b.workOfServer(ctx, url)
		if err != nil {
			return nil, err
		}
		theirs, err := b.workOfFFmpeg(ctx, url)
		if err != nil {
			return nil, err
		}
		ratio := ours.perThousand() / theirs.perThousand()
		ratios = append(ratios, ratio)
		b.say("pair %d: camwall %.2f, ffmpeg %.2f CPU s per 1,000 pictures: %.3f\n", i+1, ours.perThousand(), theirs.perThousand(), ratio)
		r.table.add(fmt.Sprint(i+1), fmt.Sprintf("%.2f", ours.perThousand()), fmt.Sprintf("%.1f", ours.fps()), fmt.Sprintf("%.0f", ours.size()),
			fmt.Sprintf("%.2f", theirs.perThousand()), fmt.Sprintf("%.1f", theirs.fps()), fmt.Sprintf("%.0f", theirs.size()), fmt.Sprintf("%.3f", ratio))
	}
	m := median(ratios)
	r.aims = []aim{{"CPU beside ffmpeg, median of three pairs", fmt.Sprintf("%.3f", m), "at most 0.80", m <= 0.80}}
	return r, nil
}

func (b *bench) workOfServer(ctx context.Context, url string) (work, error) {
	p, base, err := b.serve(ctx, "bench="+url)
	if err != nil {
		return work{}, err
	}
	defer p.stop()
	v, err := watch(ctx, base+"/live/bench"+compareQuery)
	if err != nil {
		return work{}, err
	}
	count := newTally()
	var reading sync.WaitGroup
	reading.Go(func() { count.read(v.r) })
	defer reading.Wait()
	defer v.close()
	return b.work(ctx, p, count)
}

func (b *bench) workOfFFmpeg(ctx context.Context, url string) (work, error) {
	count := newTally()
	p, err := spawn(ctx, count.read, b.ffmpeg, "-nostdin", "-loglevel", "error", "-threads", "1", "-rtsp_transport", "tcp", "-i", url,
		"-threads", "1", "-vf", ffmpegScale, "-q:v", ffmpegQ, "-f", "mpjpeg", "-")
	if err != nil {
		return work{}, err
	}
	defer p.stop()
	return b.work(ctx, p, count)
}

// work waits until p's pictures come steadily, then measures it.
func (b *bench) work(ctx context.Context, p *process, count *tally) (work, error) {
	select {
	case <-count.first:
	case <-time.After(startTime):
		return work{}, fmt.Errorf("wait for the first picture of %s: %s", p.name, p.errors)
	case <-ctx.Done():
		return work{}, ctx.Err()
	}
	if !wait.For(ctx, settle) {
		return work{}, ctx.Err()
	}
	begun, parts, bytes := time.Now(), count.parts.Load(), count.bytes.Load()
	before, err := cpuTime(p.pid())
	if err != nil {
		return work{}, err
	}
	if !wait.For(ctx, b.window(18*time.Second)) {
		return work{}, ctx.Err()
	}
	after, err := cpuTime(p.pid())
	if err != nil {
		return work{}, err
	}
	w := work{after - before, time.Since(begun), int(count.parts.Load() - parts), count.bytes.Load() - bytes}
	if w.parts == 0 {
		return work{}, fmt.Errorf("count pictures of %s: none came: %s", p.name, p.errors)
	}
	return w, nil
}

// tally counts the live pictures of one stream while another goroutine looks.
type tally struct {
	first chan struct{} // closed at the first picture
	parts atomic.Int64
	bytes atomic.Int64
}

func newTally() *tally { return &tally{first: make(chan struct{})} }

// read reads r to its end.
func (t *tally) read(r io.Reader) {
	var c counter
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 && c.feed(buf[:n]) != nil || err != nil {
			return
		}
		if c.parts > 0 && t.parts.Load() == 0 {
			close(t.first)
		}
		t.parts.Store(int64(c.parts))
		t.bytes.Store(c.bytes)
	}
}
