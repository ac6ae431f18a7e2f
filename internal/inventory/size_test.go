package inventory

import (
	"context"
	"fmt"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/discovery"
	"camwall/internal/store"
)

// filled stores n devices with a camera each, and returns their folder.
func filled(tb testing.TB, s *store.Store, n int) {
	tb.Helper()
	err := s.Update(context.Background(), func(tx *store.Tx) error {
		for i := range n {
			d := camera.Device{
				ID: fmt.Sprintf("d%d", i), Address: fmt.Sprintf("192.0.2.1:%d", 10000+i),
				ONVIF: fmt.Sprintf("http://192.0.2.1:%d/onvif/device_service", 20000+i), Endpoint: fmt.Sprintf("urn:uuid:%d", i),
			}
			if _, err := tx.PutDevice(d, 0); err != nil {
				return err
			}
			c := camera.Camera{ID: camera.ID(fmt.Sprintf("c%d", i)), Name: "x", Number: i + 1, Device: &d, Streams: []camera.Stream{
				{Name: "main", URL: "rtsp://" + d.Address + "/main"}, {Name: "sub", URL: "rtsp://" + d.Address + "/sub"},
			}}
			if _, err := tx.PutCamera(c, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// It is generous: on a machine that does nothing else each takes a twentieth.
func TestAThousandCameras(t *testing.T) {
	s := opened(t, "", nil)
	filled(t, s.cfg.Store, 1000)
	within := func(what string, limit time.Duration, do func()) {
		t.Helper()
		began := time.Now()
		do()
		took := time.Since(began)
		t.Logf("%s: %v", what, took)
		if took > limit {
			t.Errorf("%s took %v", what, took)
		}
	}
	cfg := s.cfg
	var v *Inventory
	within("New", 5*time.Second, func() { v = must(t, firstErr(New(t.Context(), cfg)), nil) })
	defer v.Close()
	within("Cameras", time.Second, func() {
		if n := len(v.Cameras()); n != 1000 {
			t.Errorf("%d cameras", n)
		}
	})
	within("5 AddCamera", 10*time.Second, func() {
		for i := range 5 {
			firstOf(v.AddCamera(t.Context(), NewCamera{URL: fmt.Sprintf("rtsp://192.0.2.9/%d", i)}))
		}
	})
	var list discovery.List
	for i := range 2000 {
		list.Devices = append(list.Devices, discovery.Device{ID: fmt.Sprintf("urn:uuid:%d", i), Endpoint: fmt.Sprintf("urn:uuid:%d", i), XAddrs: []string{"http://198.51.100.1/onvif/device_service"}})
	}
	lists := 0
	within("2000 found devices", time.Second, func() {
		for i := range list.Devices {
			f, _ := v.rows.row(list.Devices[i].ID, func() discovery.List { lists++; return list })
			if got := v.known(&f); (got != "") != (i < 1000) {
				t.Fatalf("row %d is known as %q", i, got)
			}
		}
	})
	if lists > 2 {
		t.Errorf("the list was made %d times", lists)
	}
}

func firstErr(v *Inventory, err error) *Inventory {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWhoAFoundDeviceIs(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	filled(t, s.cfg.Store, 3)
	s = s.restarted(nil)
	for _, c := range []struct {
		f    discovery.Device
		want string
	}{
		{discovery.Device{Endpoint: "urn:uuid:1", XAddrs: []string{"http://192.0.2.1:20002/"}}, "d1"},
		{discovery.Device{XAddrs: []string{"http://198.51.100.1/", "http://192.0.2.1:20002/onvif/device_service"}}, "d2"},
		{discovery.Device{RTSP: []string{"192.0.2.1:10000"}}, "d0"},
		{discovery.Device{XAddrs: []string{"http://192.0.2.1/"}}, ""},
		{discovery.Device{}, ""},
	} {
		if got := s.known(&c.f); got != c.want {
			t.Errorf("%+v is %q, want %q", c.f, got, c.want)
		}
	}
	if err := s.RemoveDevice(t.Context(), "d1", 0); err != nil {
		t.Fatal(err)
	}
	if got := s.known(&discovery.Device{Endpoint: "urn:uuid:1"}); got != "" {
		t.Errorf("a device that was removed is %q", got)
	}
}

func BenchmarkNewOfAThousand(b *testing.B) {
	dir := b.TempDir()
	kept, err := store.Open(context.Background(), store.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer kept.Close()
	filled(b, kept, 1000)
	cfg := benchConfig(kept)
	for b.Loop() {
		v, err := New(context.Background(), cfg)
		if err != nil {
			b.Fatal(err)
		}
		v.Close()
	}
}
