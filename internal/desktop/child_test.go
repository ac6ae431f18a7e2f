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
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

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
	Mode    string // of the page: "" goes on for ever, "abort", "reload", "fault"
	Reloads int
	Ended   bool // the context is done before GTK's loop runs
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
	err := open(ctx, Config{Handler: shown, Title: title, Log: log, OnReady: func() { shown.loads.Add(1) }})
	stop()
	<-done
	fmt.Println(shown.state())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return fault.ExitCode(err)
	}
	return 0
}

// stage is what the child's page asks for.
type stage struct {
	plan     childPlan
	page     []byte
	pictures [][][]byte // by tile

	loads, started, active, faults atomic.Int64
}

// childState is what a child tells of itself, one line of JSON each time.
type childState struct {
	Loads      int64 // of the page
	Started    int64 // streams
	Active     int64 // streams
	Faults     int64 // requests that ended in a fault of memory
	Goroutines int
	Pipes      int // ends of them: one is the page's, one ours
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
	case r.URL.Path == "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(s.page)
	case r.URL.Path == "/again":
		_ = json.NewEncoder(w).Encode(s.loads.Load() < int64(s.plan.Reloads))
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
	line, err := json.Marshal(childState{
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
