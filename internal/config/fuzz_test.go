package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/screen"
)

// whole checks what holds of every configuration that was accepted.
func checkWhole(t *testing.T, c *Config) {
	t.Helper()
	ids := make(map[camera.ID]bool)
	devices := make(map[string]*camera.Device)
	for i := range c.Cameras {
		cam := &c.Cameras[i]
		if cam.Device == nil || len(cam.Streams) == 0 || ids[cam.ID] || cam.UnchangedAfter < 0 || cam.Rotation%90 != 0 {
			t.Fatalf("half a camera: %+v", cam)
		}
		ids[cam.ID] = true
		if known := devices[cam.Device.Address]; known != nil && known != cam.Device {
			t.Fatalf("two devices at %s", cam.Device.Address)
		}
		devices[cam.Device.Address] = cam.Device
		for _, s := range cam.Streams {
			if clean, _, cred, err := camera.ParseURL(s.URL); err != nil || !cred.IsZero() || clean != s.URL {
				t.Fatalf("%q became %q with %v, %v", s.URL, clean, cred, err)
			}
		}
	}
	walls := make(map[string]bool)
	for i := range c.Walls {
		w := &c.Walls[i]
		if err := w.Validate(); err != nil || walls[w.Name] {
			t.Fatalf("half a wall: %+v: %v", w, err)
		}
		walls[w.Name] = true
	}
	outputs := make(map[string]bool)
	for i := range c.Screens {
		s := &c.Screens[i]
		if clean, err := screen.CheckOutput(s.Output); err != nil || clean != s.Output || outputs[strings.ToLower(s.Output)] || s.Night.Check() != nil {
			t.Fatalf("half a screen: %+v: %v", s, err)
		}
		outputs[strings.ToLower(s.Output)] = true
	}
}

func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"screens: [{output: a, wall: w, mode: 1x1@60, on: [mon 07:00-06:00], dim: {from: 1:00, to: 2:00, level: 50}, position: '1,2', scale: 2, transform: flipped}]\n",
		"kiosk: {key: Ctrl+Q, pin: '1234', server: 'unix:/x', memory: 300}\nsocket: x\n",
		"walls:\n  - {name: w, preset: 1+5, cameras: [a, 7], dwell: 20s}\n", "walls: [{name: w, preset: 1, cameras: 7}]\n",
		"walls: [{name: w, columns: 2, rows: 1, pages: [{title: t, dwell: 1.5, tiles: [&t {width: 2, crop: {x: .25, width: .5, height: 1}, overlay: [name]}]}]}]\n",
		"walls: [{name: w, columns: 1, rows: 1, tiles: [{cameras: [a], overlay: {clock: true}, fit: cover, stream: sub, text: x, crop: {x: .nan}}]}]\n",
		"cameras:\n  - {id: a, url: rtsp://u:p@h/s, number: 3, rotation: 90, unchanged_after: 1m}\n",
		"devices: [{id: d, address: h, user: u, password: p}]\ncameras: [{id: a, device: d, streams: {main: /1, sub: /2}}]\n",
		"a: &a {<<: *a}\n", "cameras: &c [*c]\n", "cameras: [&a {<<: [*a, *a]}]\n", "? [a]\n: b\n", "limits: {viewers: 3}\ngop: {max_age: 3s}\n",
		"listen: ['[::1]:1']\nhosts: a\norigins: https://a\n", "!!binary aGk=: 1\n", "--- 1\n--- 2\n", "devices: [{id: d, address: fe80::1%eth0}]\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "password_file") || strings.Contains(text, "pin_file") {
			return // no files of this machine
		}
		r := newReader("camwall.yaml")
		if err := r.read([]byte(text)); err == nil {
			checkWhole(t, r.config)
		} else if fault.CodeOf(err) != fault.Config || !strings.HasPrefix(err.Error(), "camwall.yaml") {
			t.Fatalf("not a fault of the configuration: %v", err)
		}
	})
}

// FuzzPasswordsStaySecret: whatever a file has in the place of a password, and
// whatever is wrong there, no error and no warning repeats it.
func FuzzPasswordsStaySecret(f *testing.F) {
	for _, password := range []string{"hunter2", "p@ss:w/rd#1?%", "'hunter2", "*hunter2", "&hunter2 x", "[hunter2", "!hunter2", "hunter2: x", "|hunter2", "\"hunter2\\q\"", "12/34567"} {
		f.Add(password)
	}
	f.Fuzz(func(t *testing.T, password string) {
		if len(password) < 6 || strings.ContainsAny(password, "\r\n,{}[]:\u0085\u2028\u2029") {
			return // YAML takes what follows for another key or line
		}
		for _, form := range []string{
			"devices:\n- id: d\n  address: h\n  user: u\n  password: %s\n  oops: 1\n",
			"cameras:\n- id: c\n  url: rtsp://u:%s@bad host/x\n",
			"cameras:\n- id: c\n  url: http://u:%s@192.0.2.1/x\n",
			"cameras:\n- id: c\n  url: rtsp://u:%s@192.0.2.1/x\n  user: v\n  rotation: 1\n",
		} {
			r, other := newReader("camwall.yaml"), newReader("camwall.yaml")
			said := told(r, fmt.Sprintf(form, password))
			if strings.Contains(said, password) && !strings.Contains(told(other, fmt.Sprintf(form, "\"\"")), password) {
				t.Errorf("%q in %q: %s", password, form, said)
			}
		}
	})
}

// told returns all that reading a text makes a person see.
func told(r *reader, text string) string {
	err := r.read([]byte(text))
	all := append(r.config.Warnings, fmt.Sprint(err))
	if f, ok := errors.AsType[*fault.Error](err); ok {
		all = append(all, f.Hint, fmt.Sprint(f.Err))
	}
	return strings.Join(all, "\n")
}

func FuzzParseCameraFlag(f *testing.F) {
	for _, seed := range []struct{ before, password, after string }{
		{"gate=rtsp://u:", "hunter2", "@192.0.2.1/x"}, {"rtsp://u:", "hunter2", "@h/x?a=b"}, {"gate=http://u:", "hun ter2", "@h"}, {"gate=u:", "hunter2", "@h"},
	} {
		f.Add(seed.before, seed.password, seed.after)
	}
	f.Fuzz(func(t *testing.T, before, password, after string) {
		cam, err := ParseCameraFlag(before + password + after)
		if err == nil {
			c := New()
			if err := c.Add(cam); err != nil {
				t.Fatal(err)
			}
			checkWhole(t, c)
		} else if fault.CodeOf(err) != fault.Config {
			t.Fatalf("not a fault of the configuration: %v", err)
		}
		if strings.ContainsAny(password, "@:/?#= \t") {
			return // parts of it may be taken for something else
		}
		for _, form := range []string{"gate=http://u:%s@192.0.2.1/x", "gate=rtsp://u:%s@bad host/x", "gate=u:%s@h", "rtsp://u:%s@h/x?a=b", "gate rtsp://u:%s@h/x", "gate=rtsp://u:%s@h:0/x"} {
			_, err := ParseCameraFlag(fmt.Sprintf(form, password))
			_, without := ParseCameraFlag(fmt.Sprintf(form, "x"))
			if err == nil || without == nil {
				continue
			}
			if strings.Contains(err.Error(), password) && !strings.Contains(without.Error(), password) {
				t.Errorf("%q in %q: %v", password, form, err)
			}
		}
	})
}
