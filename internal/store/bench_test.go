package store

import (
	"fmt"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/media"
)

// many puts n devices with a camera of two streams each.
func many(b *testing.B, s *Store, n int) {
	b.Helper()
	update(b, s, func(tx *Tx) error {
		for i := range n {
			d := recorder()
			d.ID, d.Address = fmt.Sprintf("d%d", i), fmt.Sprintf("192.0.2.%d:554", i%256)
			if _, err := tx.PutDevice(*d, AsNew); err != nil {
				return err
			}
			c := gate(d)
			c.ID, c.Number = camera.ID(fmt.Sprintf("c%d", i)), i+1
			c.Streams = []camera.Stream{
				{Name: "main", URL: "rtsp://192.0.2.1/main", Codec: media.H265, Width: 3840, Height: 2160, FPS: 25},
				{Name: "sub", URL: "rtsp://192.0.2.1/sub", Codec: media.H264, Width: 640, Height: 360, FPS: 10},
			}
			if _, err := tx.PutCamera(c, AsNew); err != nil {
				return err
			}
		}
		return nil
	})
}

func BenchmarkLoad1000(b *testing.B) {
	s := openStore(b, b.TempDir())
	many(b, s, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if c := load(b, s); len(c.Cameras) != 1000 {
			b.Fatalf("%d cameras", len(c.Cameras))
		}
	}
}

func BenchmarkOpen1000(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(b.Context(), Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	many(b, s, 1000)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(b.Context(), Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutCamera(b *testing.B) {
	s := openStore(b, b.TempDir())
	many(b, s, 1000)
	d := recorder()
	d.ID = "d1"
	c := plain(d, "c1")
	for b.Loop() {
		update(b, s, func(tx *Tx) error {
			_, err := tx.PutCamera(c, 0)
			return err
		})
	}
}
