package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"camwall/internal/simcam"
)

// Every stream of the simulated cameras is shown, moving and fresh: what is
// painted was sent a moment ago.
func TestEveryDemoStreamIsShown(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	for _, info := range s.demo.Streams() {
		t.Run(strings.ReplaceAll(info.Path, "/", "-"), func(t *testing.T) {
			v := s.view(t, fmt.Sprintf("/live/%s?size=640x360&stream=%s", info.Camera, info.Role))
			v.until("live", isLive)
			var shown [12]part
			for i := range shown { // looked at later: that may take longer than a picture is shown
				shown[i] = v.next()
			}
			last := -1
			for _, p := range shown {
				n := p.number(t)
				if int(n) == last {
					t.Errorf("picture %d twice", n)
				}
				last = int(n)
				sent, ok := s.demo.SentAt(info.Path, n, p.at)
				if !ok || p.at.Sub(sent) > 2*time.Second {
					t.Errorf("picture %d was sent %v before it was shown", n, p.at.Sub(sent))
				}
			}
		})
	}
}

func TestPictureParameters(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[0])
	s := serve(t, serverFlags{Camera: named(sim, "")})
	for query, want := range map[string]string{
		"":                                "1920x1080",
		"?size=333x217":                   "333x217",
		"?size=640x480&fit=contain":       "640x480",
		"?size=320x180&q=1&fps=5":         "320x180",
		"?size=16x16&fit=cover&_=1234567": "16x16",
	} {
		status, header, body := s.get(t, "/live/S1.jpg"+query, nil)
		if status != http.StatusOK || header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %s", query, status, body)
		}
		size := part{jpeg: []byte(body)}.image(t).Bounds().Size()
		if got := fmt.Sprintf("%dx%d", size.X, size.Y); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{"size=0x0", "size=5000x5000", "size=x", "q=0", "q=101", "fps=0", "fps=61", "fit=no", "raw=2"} {
		status, header, body := s.get(t, "/live/s1?"+query, nil)
		name, _, _ := strings.Cut(query, "=")
		if status != http.StatusBadRequest || !strings.Contains(body, name) || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
	for _, path := range []string{"/live/nobody", "/live/nobody.jpg", "/live/s1?stream=third"} {
		if status, _, body := s.get(t, path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// A camera that goes and comes back on the same address is shown again by
// itself, on the connection that the viewer has.
func TestACameraComesBack(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[0])
	s := serve(t, serverFlags{Camera: named(sim, "")})
	v := s.view(t, "/live/s1?size=320x180")
	v.until("live", isLive)
	var took []time.Duration
	for range 2 {
		sim.Close()
		gone := v.until("offline", is("retrying", ""))
		if gone.header.Get("X-Camwall-Age") == "" || gone.image(t).Bounds().Dx() != 320 {
			t.Errorf("the drawn picture has no age, or another size: %v", gone.header)
		}
		for range 3 {
			v.next() // one a second
		}
		sim = cameras(t, sim.Addr(), simcam.Demo()[0])
		back := time.Now()
		p := v.until("live again", isLive)
		took = append(took, p.at.Sub(back))
	}
	if slices.Min(took) > 5*time.Second { // 3 s and one GOP
		t.Errorf("live again %v after its return", took)
	}
}

func TestAViewerThatReadsNothingHurtsNobody(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[0])
	s := serve(t, serverFlags{Camera: named(sim, "")})
	stuck, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close() //nolint:errcheck // a test's
	host := strings.TrimPrefix(s.url, "http://")
	if _, err := fmt.Fprintf(stuck, "GET /live/s1?size=1280x720 HTTP/1.1\r\nHost: %s\r\n\r\n", host); err != nil {
		t.Fatal(err)
	}
	v := s.view(t, "/live/s1?size=1280x720")
	v.until("live", isLive)
	before := s.service.Snapshot()[0].Streams[0].Counters.Encoded
	for range 100 {
		v.next()
	}
	made := s.service.Snapshot()[0].Streams[0].Counters.Encoded - before
	if made > 110 {
		t.Errorf("got 100 of %d pictures beside a viewer that reads nothing", made)
	}
}

func TestStoppingTakesViewersAlong(t *testing.T) {
	s := serve(t, serverFlags{Demo: true, CompatListen: []string{"127.0.0.1:0"}})
	for _, path := range []string{"/live/cam1?size=320x180", "/live/cam2?size=320x180&raw=1", "/live/cam5"} {
		s.view(t, path).until("live", isLive)
	}
	begun := time.Now()
	s.Close()
	if d := time.Since(begun); d > 3*time.Second {
		t.Errorf("stopping took %v", d)
	}
}

func TestGuards(t *testing.T) {
	s := serve(t, serverFlags{Demo: true, Host: []string{"wall.example"}})
	for host, want := range map[string]int{
		"evil.example": http.StatusMisdirectedRequest, "wall.example": http.StatusOK, "localhost:99": http.StatusOK, "127.0.0.1": http.StatusOK,
	} {
		for _, path := range []string{"/", "/api/health", "/api/v1/cameras", "/metrics", "/live/cam1.jpg?size=64x36"} {
			status, _, body := s.get(t, path, func(r *http.Request) { r.Host = host })
			if status != want {
				t.Errorf("%s%s: %d, want %d: %.200s", host, path, status, want, body)
			}
		}
	}
	for _, path := range []string{"/api/health", "/api/health/"} {
		if _, _, body := s.get(t, path, nil); strings.TrimSpace(body) != `{"status":"healthy"}` {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestNoPasswordLeavesTheServer(t *testing.T) {
	const password = "p@ss:w/rd#1?%&secret"
	specs := []simcam.StreamSpec{simcam.Demo()[0].WithSignIn(simcam.AuthDigest, "viewer", password)}
	sim := cameras(t, "", specs...)
	s := serve(t, serverFlags{Camera: append(named(sim, ""), "wrong=rtsp://viewer:other-secret@"+sim.Addr()+"/nothing", "dead=rtsp://u:dead-secret@127.0.0.1:1/x")})
	s.view(t, "/live/s1?size=64x36").until("live", isLive)
	s.view(t, "/live/dead?size=64x36").until("offline", is("retrying", "refused"))
	var all strings.Builder
	for _, path := range []string{"/api/v1/cameras", "/metrics", "/live/dead.jpg", "/"} {
		_, header, body := s.get(t, path, nil)
		fmt.Fprintln(&all, header, body)
	}
	s.Close()
	all.WriteString(s.log.String())
	for _, part := range []string{"secret", "w/rd", "p@ss", "p%40ss"} {
		if i := strings.Index(all.String(), part); i >= 0 {
			t.Errorf("%q is told: ...%.200s", part, all.String()[max(0, i-100):])
		}
	}
}

func TestConfiguredByFile(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[:2]...)
	dir := t.TempDir()
	path := filepath.Join(dir, "camwall.yaml")
	text := fmt.Sprintf(`
devices: [{id: dev, address: '%s'}]
cameras:
  - {id: gate, name: Gate, number: 7, device: dev, rotation: 90, streams: {main: /cam1/main, sub: /cam1/sub}}
`, sim.Addr())
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, serverFlags{Config: path})
	v := s.view(t, "/live/gate?stream=sub")
	p := v.until("live", isLive)
	if size := p.image(t).Bounds().Size(); size.X != 360 || size.Y != 640 {
		t.Errorf("a picture of 640x360 turned by 90 degrees is %v", size)
	}
	_, _, body := s.get(t, "/api/v1/cameras", nil)
	if !strings.Contains(body, `"name":"Gate","number":7`) {
		t.Errorf("cameras: %s", body)
	}
}

func TestDemoCamerasGiveWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "camwall.yaml")
	if err := os.WriteFile(path, []byte("cameras: [{id: cam1, number: 2, url: 'rtsp://127.0.0.1:1/x'}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, serverFlags{Config: path, Demo: true})
	_, _, body := s.get(t, "/api/v1/cameras", nil)
	for _, want := range []string{`{"id":"cam1","name":"cam1","number":2,`, `{"id":"demo-cam1","name":"Market Street","number":1,`, `{"id":"cam2","name":"Harbour Gate","number":0,`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}

// Many come and go; nothing is left of them.
func TestViewersComeAndGo(t *testing.T) {
	s := serve(t, serverFlags{Demo: true})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 6 {
				v := s.view(t, fmt.Sprintf("/live/cam%d?size=%dx90", (i+j)%6+1, 160+i%2))
				v.until("live", isLive)
				v.close()
			}
		})
	}
	wg.Wait()
	limit := time.After(patience)
	for {
		total := 0
		for _, info := range s.service.Snapshot() {
			for _, st := range info.Streams {
				total += st.Viewers
			}
		}
		if total == 0 {
			return
		}
		select {
		case <-limit:
			t.Fatalf("%d viewers are left", total)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
