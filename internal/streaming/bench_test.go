package streaming

import (
	"context"
	"encoding/json"
	"log/slog"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/media"
	"camwall/internal/rtsp"
)

func benchService(cams ...camera.Camera) *Service {
	return New(Config{Cameras: cams, Admission: admission.New(admission.Config{}), Log: slog.New(slog.DiscardHandler)})
}

// BenchmarkStart is the part of a start that 1,000 cameras cost here.
func BenchmarkStart(b *testing.B) {
	cams := many(1000)
	for b.Loop() {
		benchService(cams...).Close()
	}
}

// BenchmarkSetOneByOne adds 1,000 cameras in 1,000 steps, with a list after each
// hundred.
func BenchmarkSetOneByOne(b *testing.B) {
	cams := many(1000)
	for b.Loop() {
		svc := benchService()
		for i := range cams {
			svc.Set(cams[i])
			if i%100 == 0 {
				svc.Snapshot()
			}
		}
		svc.Close()
	}
}

func BenchmarkSnapshot(b *testing.B) {
	svc := benchService(many(1000)...)
	defer svc.Close()
	b.ReportAllocs()
	for b.Loop() {
		svc.Snapshot()
	}
}

func BenchmarkSnapshotJSON(b *testing.B) {
	svc := benchService(many(1000)...)
	defer svc.Close()
	for b.Loop() {
		if _, err := json.Marshal(svc.Snapshot()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory tells how many bytes a camera takes that nobody watches.
func BenchmarkMemory(b *testing.B) {
	cams := many(1000)
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for b.Loop() {
		before := used()
		svc := benchService(cams...)
		b.ReportMetric(float64(used()-before)/1000, "B/camera")
		svc.Close()
	}
}

// BenchmarkFollowCoded publishes units of one stream to followers that each take
// them in a goroutine of their own; a round is one unit at all of them.
func BenchmarkFollowCoded(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { benchFollow(b, n) })
	}
}

func benchFollow(b *testing.B, n int) {
	units := make(chan *media.AccessUnit)
	track := &media.Track{Codec: media.H264, ClockRate: 90000, Width: 640, Height: 360}
	svc := New(Config{
		Cameras:   many(1),
		Admission: admission.New(admission.Config{}), Log: slog.New(slog.DiscardHandler),
		newSession: func(cfg rtsp.Config) session {
			return &script{cfg, func(ctx context.Context, cfg rtsp.Config) error {
				cfg.OnPlaying()
				cfg.OnTracks([]*media.Track{track})
				for {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case au := <-units:
						au.Arrived = time.Now()
						cfg.OnUnit(au)
					}
				}
			}}
		},
	})
	defer svc.Close()
	ctx, cancel := context.WithCancel(b.Context())
	var all, taken sync.WaitGroup
	defer all.Wait()
	defer cancel()
	for range n {
		f, err := svc.Follow(svc.Cameras()[0].ID, FollowRequest{Coded: []media.Codec{media.H264}})
		if err != nil {
			b.Fatal(err)
		}
		all.Go(func() {
			defer f.Close()
			for f.Wait(ctx) == nil {
				for item, more := f.Take(); more; item, more = f.Take() {
					if item.Unit != nil {
						taken.Done()
					}
				}
			}
		})
	}
	data := clip()
	seq := 0
	b.ReportAllocs()
	for b.Loop() {
		taken.Add(n)
		seq++
		units <- &media.AccessUnit{
			Track: track, Data: data[(seq-1)%50], Key: seq%50 == 1, Seq: uint64(seq), RTPTime: time.Duration(seq) * time.Second / 25,
		}
		taken.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/follower")
}
