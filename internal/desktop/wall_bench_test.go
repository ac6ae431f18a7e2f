//go:build linux && desktop && production

package desktop

import (
	"encoding/json"
	"fmt"
	"image"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// streetFPS is how many pictures a second the simulated cameras of a wall send.
const streetFPS = 15

// streets runs side x side simulated cameras for a display's program.
type streets struct {
	side int
	sent string // where it is told what was sent when
	yaml string // of camwall.yaml
}

func startStreets(t testing.TB, side int) *streets {
	t.Helper()
	cameras := camwall(t, -1, "demo", "--wall", strconv.Itoa(side*side), "--listen", "127.0.0.1:0")
	s := &streets{side: side}
	eventually(t, "the addresses of the cameras", func() bool {
		_, after, ok := strings.Cut(cameras.errors(), `url=http://`)
		s.sent, _, _ = strings.Cut("http://"+after, "/sent")
		return ok && strings.Contains(cameras.output(), fmt.Sprintf("/wall%d/main", side*side))
	})
	var yaml strings.Builder
	yaml.WriteString("cameras:\n")
	for line := range strings.Lines(cameras.output()) {
		address, _, _ := strings.Cut(line, " ")
		if _, path, ok := strings.Cut(address, "/wall"); ok {
			id, _, _ := strings.Cut(path, "/")
			fmt.Fprintf(&yaml, "  - {id: wall%s, url: %q}\n", id, address)
		}
	}
	s.yaml = yaml.String()
	return s
}

// config writes camwall.yaml of these cameras.
func (s *streets) config(t testing.TB) string {
	t.Helper()
	path := scratch(t) + "/camwall.yaml"
	if err := os.WriteFile(path, []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ages returns how old each picture was when it was seen, sorted.
func (s *streets) ages(t testing.TB, seen [][]sighting) (ages []time.Duration) {
	t.Helper()
	for tile, list := range seen {
		answer, err := http.Get(fmt.Sprintf("%s/sent?path=wall%d/main", s.sent, tile+1))
		if err != nil {
			t.Fatal(err)
		}
		var sent []struct {
			Frame          uint16 `json:"frame"`
			SentUnixMicros int64  `json:"sentUnixMicros"`
		}
		err = json.NewDecoder(answer.Body).Decode(&sent)
		answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range list {
			for _, picture := range slices.Backward(sent) {
				if age := one.at.Sub(time.UnixMicro(picture.SentUnixMicros)); picture.Frame == one.n && age >= 0 {
					ages = append(ages, age)
					break
				}
			}
		}
	}
	slices.Sort(ages)
	return ages
}

// TestCamwallPaintsSixteenCameras in the window, each with its own stream.
func TestCamwallPaintsSixteenCameras(t *testing.T) {
	s := startStreets(t, 4)
	display := startX(t)
	camwall(t, display, "--config", s.config(t))
	x := dialX(t, display)
	pictures := s.shown(x)
	var rates []float64
	for range 10 { // a machine that builds something beside us may need more than one look
		rates = x.rates(pictures, 4*time.Second)
		t.Logf("%.1f pictures a second", rates)
		if slices.Min(rates) >= streetFPS-1 {
			return
		}
	}
	t.Errorf("the tiles show %.1f pictures a second, want at least %d", rates, streetFPS-1)
}

// shown waits until every camera is on the screen and returns where.
func (s *streets) shown(x *xclient) []image.Rectangle {
	x.t.Helper()
	var pictures []image.Rectangle
	eventually(x.t, "a picture in every tile", func() bool {
		for menu := 0; menu <= 60; menu += 5 { // high, above the page
			pictures = tiles(image.Rectangle{Min: image.Pt(0, menu), Max: x.size}, s.side)
			if !slices.ContainsFunc(pictures, func(r image.Rectangle) bool {
				_, ok := x.mark(r)
				return !ok
			}) {
				return true
			}
		}
		return false
	})
	return pictures
}

// BenchmarkWall shows walls in our window, in Chromium and in a kiosk under sway, on
// screens without a graphics card, and reads each off its screen: how many pictures
// the worst tile shows, how old they are, and what all processes cost but the cameras
// and the X server. Each runs once, whatever b.N.
func BenchmarkWall(b *testing.B) {
	for _, side := range []int{1, 2, 3, 4} {
		s := startStreets(b, side)
		b.Run(fmt.Sprintf("tiles=%d/in=window", side*side), func(b *testing.B) {
			display := startX(b)
			program := camwall(b, display, "--config", s.config(b))
			x := dialX(b, display)
			s.measure(b, x, s.shown(x), program)
		})
		b.Run(fmt.Sprintf("tiles=%d/in=chromium", side*side), func(b *testing.B) {
			display := startX(b)
			server := camwall(b, -1, "serve", "--config", s.config(b), "--listen", "127.0.0.1:0")
			var url string
			eventually(b, "the server's address", func() bool {
				_, after, ok := strings.Cut(server.errors()+server.output(), "open ")
				url, _, _ = strings.Cut(after, "\n")
				return ok
			})
			cmd := exec.Command("chromium", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--user-data-dir="+scratch(b), "--kiosk", "--window-position=0,0", "--window-size=1280,800", url)
			cmd.Env = environment(b, display)
			browser := start(b, cmd)
			x := dialX(b, display)
			s.measure(b, x, s.shown(x), server, browser)
		})
		b.Run(fmt.Sprintf("tiles=%d/in=kiosk", side*side), func(b *testing.B) {
			term := newTerminal(b)
			config := term.write("camwall.yaml", s.kiosk(term))
			server, _ := term.serve(config)
			session := term.session(config, 1)
			term.moves(leftScreen, side)
			s.measure(b, swayScreen{b, term.display()}, tiles(kioskScreen, side), server, session)
		})
	}
}

// kioskScreen is what the screen of a terminal shows, in pixels.
var kioskScreen = image.Rect(0, 0, 1920, 1080)

// kiosk is camwall.yaml of a terminal with one screen.
func (s *streets) kiosk(term *terminal) string {
	var ids []string
	for i := range s.side * s.side {
		ids = append(ids, fmt.Sprintf("wall%d", i+1))
	}
	return s.yaml + fmt.Sprintf(`walls:
  - {name: all, preset: "%d", cameras: [%s]}
kiosk: {server: "unix:%s"}
screens:
  - {output: %s, wall: all, mode: %dx%d}
`, s.side*s.side, strings.Join(ids, ", "), term.path("run/camwall.sock"), leftScreen, kioskScreen.Max.X, kioskScreen.Max.Y)
}

// measure reports what the pictures on a screen show and cost.
func (s *streets) measure(b *testing.B, screen watcher, pictures []image.Rectangle, programs ...*program) {
	screen.watch(pictures, 5*time.Second) // the first seconds are those of starting
	for b.Loop() {
		before, start := ticks(b, programs), time.Now()
		<-time.After(10 * time.Second) // while nobody looks, which costs a compositor, too
		cpu := float64(ticks(b, programs)-before) / time.Since(start).Seconds()
		seen, took := screen.watch(pictures, 15*time.Second)
		worst := len(seen[0])
		for _, list := range seen {
			worst = min(worst, len(list))
		}
		ages := s.ages(b, seen)
		b.ReportMetric(float64(worst)/took.Seconds(), "fps-worst")
		b.ReportMetric(float64(ages[len(ages)/2].Milliseconds()), "age-p50-ms")
		b.ReportMetric(float64(ages[len(ages)*95/100].Milliseconds()), "age-p95-ms")
		b.ReportMetric(cpu, "cpu-%") // a tick is a hundredth of a second
		b.ReportMetric(0, "ns/op")
	}
}

// watcher sees which pictures a screen begins to show.
type watcher interface {
	watch(pictures []image.Rectangle, length time.Duration) (seen [][]sighting, took time.Duration)
}

// ticks is the time that programs and what they have started have used, in
// hundredths of a second (proc(5), utime and stime).
func ticks(t testing.TB, programs []*program) (sum int) {
	t.Helper()
	for _, p := range programs {
		pids := slices.Collect(maps.Keys(descendants(t, p.cmd.Process.Pid)))
		for _, pid := range append(pids, p.cmd.Process.Pid) {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err != nil {
				continue // it ended meanwhile
			}
			fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
			for _, field := range fields[11:13] {
				n, err := strconv.Atoi(field)
				if err != nil {
					t.Fatal(err)
				}
				sum += n
			}
		}
	}
	return sum
}
