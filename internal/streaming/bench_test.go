package streaming

import (
	"encoding/json"
	"log/slog"
	"runtime"
	"testing"

	"camwall/internal/admission"
	"camwall/internal/camera"
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
