package api

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/streaming"
)

// crowd is a stage with n cameras of two streams each.
func crowd(n int) *stage {
	s := newStage()
	device := s.cameras[0].Device
	s.cameras, s.infos = make([]inventory.Camera, n), make([]streaming.CameraInfo, n)
	for i := range s.cameras {
		s.cameras[i] = inventory.Camera{Revision: 1, Camera: camera.Camera{
			ID: camera.ID(fmt.Sprintf("cam%04d", i)), Name: fmt.Sprint("Camera ", i), Number: i + 1, Device: device,
			Streams: []camera.Stream{
				{Name: "main", URL: fmt.Sprintf("rtsp://192.0.2.1:554/cam/realmonitor?channel=%d&subtype=0", i)},
				{Name: "sub", URL: fmt.Sprintf("rtsp://192.0.2.1:554/cam/realmonitor?channel=%d&subtype=1", i)},
			},
		}}
		status := camera.Status{State: camera.Retrying, Reason: fault.DialTimeout, Message: "no answer", Hint: "look", Since: noon, NextTry: noon}
		s.infos[i] = streaming.CameraInfo{Camera: &s.cameras[i].Camera, Streams: []streaming.StreamInfo{
			{Name: "main", Width: 1920, Height: 1080, FPS: 25, Status: status}, {Name: "sub", Width: 640, Height: 360, FPS: 12.5, Status: status},
		}}
	}
	return s
}

func BenchmarkListOfAThousandCameras(b *testing.B) {
	_, mux := crowd(1000).mux(slog.New(slog.DiscardHandler))
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/cameras", nil))
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
		b.SetBytes(int64(w.Body.Len()))
	}
}

func BenchmarkNew(b *testing.B) {
	s := newStage()
	log := slog.New(slog.DiscardHandler)
	for b.Loop() {
		New(s.config(log))
	}
}

// TestAThousandCamerasInTime: the list takes a few milliseconds; the limit has
// room for a machine that is busy.
func TestAThousandCamerasInTime(t *testing.T) {
	t.Parallel()
	_, mux := crowd(1000).mux(slog.New(slog.DiscardHandler))
	best := time.Hour
	for range 10 {
		begin := time.Now()
		answer, _ := ask(t, mux, "GET", "/api/v1/cameras", "")
		if answer.StatusCode != 200 {
			t.Fatal(answer.Status)
		}
		best = min(best, time.Since(begin))
	}
	if best > 50*time.Millisecond && !raced {
		t.Errorf("the list takes %v", best)
	}
}
