package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
)

// childMode makes this binary the child of a test: see runChild.
const childMode = "CAMWALL_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		os.Exit(runChild(mode, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

// limit is when a test gives up: far above what anything here takes.
const limit = 60 * time.Second

// openStore opens the data in dir until the test ends.
func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func load(t testing.TB, s *Store) *Contents {
	t.Helper()
	c, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func update(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// put keeps a device and its cameras.
func put(t testing.TB, s *Store, d *camera.Device, cameras ...camera.Camera) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		if _, err := tx.PutDevice(*d, 0); err != nil {
			return err
		}
		for _, c := range cameras {
			if _, err := tx.PutCamera(c, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// recorder is a device with everything set.
func recorder() *camera.Device {
	return &camera.Device{
		ID: "nvr", Name: "Recorder", Address: "192.0.2.10:554", ONVIF: "http://192.0.2.10/onvif/device_service",
		Endpoint: "urn:uuid:0a", MAC: "00:00:5e:00:53:01", Recorder: true, Maker: "Acme", Model: "N16", Firmware: "1.2", Serial: "S1",
		Credentials:    camera.Credentials{User: "admin", Password: secret.NewText("p@ss?w#rd/%")},
		MaxConnections: 8, TLS: camera.TLSVerify,
	}
}

// gate is a camera with everything set.
func gate(d *camera.Device) camera.Camera {
	return camera.Camera{
		ID: "gate", Name: "Gate ünder 雨", Number: 7, Text: "north", Device: d, Source: "V1",
		Credentials: camera.Credentials{User: "viewer", Password: secret.NewText("xk7-zebra")},
		Streams: []camera.Stream{
			{
				Name: "main", URL: "rtsp://192.0.2.10:554/1?x=a@b", Profile: "P1", ProfileName: "First",
				Codec: media.H265, Width: 3840, Height: 2160, FPS: 12.5,
			},
			{Name: "sub", ProfileName: "Second"},
		},
		Transport: camera.TransportUDP, TLS: camera.TLSOff, Rotation: 270, UnchangedAfter: 90 * time.Second, Disabled: true, PTZ: true,
	}
}

// plain is a camera with an address and no more.
func plain(d *camera.Device, id camera.ID) camera.Camera {
	return camera.Camera{ID: id, Device: d, Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.10/" + string(id)}}}
}

// wantCode fails unless err is a fault of that code.
func wantCode(t testing.TB, err error, code fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("error is %v with code %q, want %q", err, fault.CodeOf(err), code)
	}
}

// readFolder returns the contents of all files in dir but those that tell who
// uses it. No database in it may be open in this process.
func readFolder(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == lockFile || filepath.Ext(e.Name()) == ".db-shm" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(raw)
	}
	return files
}

func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), limit)
}
