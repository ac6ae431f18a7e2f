//go:build linux && desktop && production

package desktop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/crashlog"
	"camwall/internal/fault"
	"camwall/internal/framemark"
)

// childVariable tells the test binary to be the program with the window: GTK
// needs the main thread, and a window ends with its process.
const childVariable = "CAMWALL_TEST_WINDOW"

func TestMain(m *testing.M) {
	if plan := os.Getenv(childVariable); plan != "" {
		os.Exit(child(plan))
	}
	goleak.VerifyTestMain(m)
}

// childPlan is what a child shows.
type childPlan struct {
	Tiles   int
	Mode    string // of the page: "" goes on for ever, "abort", "reload", "fault", "orders", "silent"
	Reloads int
	Ended   bool   // the context is done before GTK's loop runs
	Orders  string // the file with what the page is to do next
	Kiosk   string // the home of a kiosk; "" is an operator's window
	Memory  int64  // Config.MemoryLimit
	Crashes string // the folder of crash reports
	State   string // Config.StateFile
	Speaks  string // Config.Language
	Claims  bool   // the display, as the only one
}

// What the child shows.
const (
	title       = "The child's window"
	sourceFPS   = 25
	tileShift   = 10 // the tile's number stands in the bits above
	sourceCycle = 50 // pictures, then all over
)

func child(encoded string) int {
	var plan childPlan
	if err := json.Unmarshal([]byte(encoded), &plan); err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if plan.Ended {
		stop()
	}
	shown := newStage(plan)
	done := make(chan struct{})
	go func() {
		defer close(done)
		shown.report(ctx)
	}()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	open := Run
	if plan.Ended {
		open = func(ctx context.Context, cfg Config) error { return show(ctx, cfg, x11) }
	}
	cfg := Config{
		Handler: shown, Title: title, Log: log, MemoryLimit: plan.Memory,
		StateFile: plan.State, Language: plan.Speaks, Version: "1.2.3",
		OnReady:  func() { shown.loads.Add(1) },
		OnHealth: func(h Health) { shown.health.Store(&h) },
	}
	if plan.Kiosk != "" {
		cfg.Kiosk = &Kiosk{Program: "camwall-kiosk-test", Home: plan.Kiosk}
	}
	if plan.Crashes != "" {
		cfg.Crashes = crashlog.New(crashlog.Config{Dir: plan.Crashes, Log: log})
	}
	commands := make(chan Command)
	cfg.Commands = commands
	go command(ctx, commands)
	err := claimed(ctx, plan, &cfg, func() error { return open(ctx, cfg) })
	stop()
	<-done
	fmt.Println(shown.state())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return fault.ExitCode(err)
	}
	return 0
}

// command makes commands of signals.
func command(ctx context.Context, commands chan<- Command) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGUSR2)
	for {
		var next Command
		select {
		case <-ctx.Done():
			return
		case s := <-signals:
			next = CommandReload
			if s == syscall.SIGHUP {
				next = CommandRaise
			}
		}
		select {
		case <-ctx.Done():
			return
		case commands <- next:
		}
	}
}

// claimed opens the window as the display's only one, if the plan says so.
func claimed(ctx context.Context, plan childPlan, cfg *Config, open func() error) error {
	if !plan.Claims {
		return open()
	}
	instance, raised, err := Claim(ctx, os.Getenv, cfg.Log)
	if err != nil || raised {
		return err
	}
	defer instance.Close()
	cfg.Instance = instance
	return open()
}

// stage is what the child's page asks for.
type stage struct {
	plan     childPlan
	page     []byte
	pictures [][][]byte // by tile

	loads, started, active, faults atomic.Int64

	health atomic.Pointer[Health]
	told   atomic.Pointer[pageWords]

	// mu guards the field below.
	mu    sync.Mutex
	heard []string // what the page was told by menus, and what came of snapshots
}

// pageWords is what a page that takes orders says.
type pageWords struct {
	Kept   string // over reloads: a mark for each renewal
	Hidden bool
	Zoom   float64
	Height float64 // of the page
	Speaks string
}

// childState is what a child tells of itself, one line of JSON each time.
type childState struct {
	Loads      int64 // of the page
	Started    int64 // streams
	Active     int64 // streams
	Faults     int64 // requests that ended in a fault of memory
	Goroutines int
	Pipes      int // ends of them: one is the page's, one ours
	Health     Health
	Told       pageWords
	Heard      []string
}

func newStage(plan childPlan) *stage {
	page, err := os.ReadFile("testdata/page.html")
	if err != nil {
		panic(err)
	}
	replace := strings.NewReplacer("TILES", strconv.Itoa(plan.Tiles), "MODE", plan.Mode)
	s := &stage{plan: plan, page: []byte(replace.Replace(string(page)))}
	picture := image.NewRGBA(image.Rect(0, 0, 640, 360))
	for tile := range plan.Tiles {
		hue := color.RGBA{uint8(40 * tile), 90, uint8(200 - 20*tile), 255}
		draw.Draw(picture, picture.Rect, image.NewUniform(hue), image.Point{}, draw.Src)
		var cycle [][]byte
		for n := range sourceCycle {
			framemark.Draw(picture, uint16(tile<<tileShift|n))
			var buf bytes.Buffer
			if err := jpeg.Encode(&buf, picture, nil); err != nil {
				panic(err)
			}
			cycle = append(cycle, buf.Bytes())
		}
		s.pictures = append(s.pictures, cycle)
	}
	return s
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/wall/"):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(s.page)
	case r.URL.Path == "/again":
		_ = json.NewEncoder(w).Encode(s.loads.Load() < int64(s.plan.Reloads))
	case r.URL.Path == "/orders":
		s.order(w, r)
	case r.URL.Path == "/heard":
		text, _ := io.ReadAll(r.Body) // what is missing, a test misses
		s.mu.Lock()
		s.heard = append(s.heard, string(text))
		s.mu.Unlock()
	case r.URL.Path == "/fault":
		s.faults.Add(1)
		var nothing *childPlan
		w.WriteHeader(nothing.Tiles)
	case strings.HasPrefix(r.URL.Path, "/live/"):
		tile, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/live/"))
		if err != nil || tile >= len(s.pictures) {
			http.NotFound(w, r)
			return
		}
		s.started.Add(1)
		s.active.Add(1)
		defer s.active.Add(-1)
		s.stream(w, r, s.pictures[tile])
	default:
		http.NotFound(w, r)
	}
}

// order tells the page what to do, once.
func (s *stage) order(w http.ResponseWriter, r *http.Request) {
	var told pageWords
	if err := json.NewDecoder(r.Body).Decode(&told); err != nil {
		panic(err)
	}
	s.told.Store(&told)
	order, err := os.ReadFile(s.plan.Orders)
	if err == nil {
		err = os.Remove(s.plan.Orders)
	}
	if err != nil && !os.IsNotExist(err) {
		panic(err)
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"order": string(order)})
}

// stream writes parts until the request's context ends: not even a failed write
// ends it, so that a test sees the context doing so.
func (s *stage) stream(w http.ResponseWriter, r *http.Request, pictures [][]byte) {
	w.Header().Set("Content-Type", "application/octet-stream")
	tick := time.NewTicker(time.Second / sourceFPS)
	defer tick.Stop()
	for n := 0; ; n++ {
		picture := pictures[n%len(pictures)]
		part := fmt.Appendf(nil, "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(picture), picture)
		_, _ = w.Write(part)
		if err := http.NewResponseController(w).Flush(); err != nil {
			panic(err)
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

func (s *stage) state() string {
	health, told := s.health.Load(), s.told.Load()
	if health == nil {
		health = &Health{}
	}
	if told == nil {
		told = &pageWords{}
	}
	s.mu.Lock()
	heard := slices.Clone(s.heard)
	s.mu.Unlock()
	line, err := json.Marshal(childState{
		Heard:  heard,
		Health: *health, Told: *told,
		Loads: s.loads.Load(), Started: s.started.Load(), Active: s.active.Load(), Faults: s.faults.Load(),
		Goroutines: runtime.NumGoroutine(), Pipes: pipes(),
	})
	if err != nil {
		panic(err)
	}
	return string(line)
}

// pipes counts the ends of pipes that the process has open. WebKit opens other
// files when it likes, such as those about memory.
func pipes() int {
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		panic(err)
	}
	count := 0
	for _, link := range links {
		if file, err := os.Readlink(link); err == nil && strings.HasPrefix(file, "pipe:") {
			count++
		}
	}
	return count
}

// report prints the state ten times a second.
func (s *stage) report(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			fmt.Println(s.state())
		}
	}
}
