package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// wallTime is how long each figure of the wall is counted, wallLimit how long
// one measurement may take with the browser's start.
const (
	wallTime  = 12 * time.Second
	wallLimit = 2 * time.Minute
)

// wallScene is what a screen shows.
type wallScene struct {
	title         string
	side          int // tiles in a row and in a column
	width, height int // of the window
	hd            bool
	fps           float64 // of each camera
}

func wallScenes() []wallScene {
	return []wallScene{
		{"16 x 640x360, window 1920x1080", 4, 1920, 1080, false, 15},
		{"1 x 1080p25, window 1920x1080", 1, 1920, 1080, true, 25},
		{"4 x 1080p25, window 1920x1080", 2, 1920, 1080, true, 25},
		{"4 x 1080p25, window 3840x2160", 2, 3840, 2160, true, 25},
		{"16 x 640x360, window 3840x2160", 4, 3840, 2160, false, 15},
	}
}

// wallTask is what frontend/tests/bench/wall.ts is asked to measure.
type wallTask struct {
	Address string            `json:"address"`
	Width   int               `json:"width"`
	Height  int               `json:"height"`
	Tiles   int               `json:"tiles"`
	Seconds float64           `json:"seconds"`
	Sent    string            `json:"sent"`
	Paths   map[string]string `json:"paths"` // of streams, by camera
	Server  int               `json:"server"`
}

// wallAnswer is what it found. Ages are milliseconds from the camera's first
// packet of a picture to its being painted, CPU is percent of one core.
type wallAnswer struct {
	WorstRate, MeanRate                                float64
	WorstMedianAge, MedianAge, Age95, Age99            float64
	ServerCPU, BrowserCPU, BrowserMemory, LongestFrame float64
	Formats                                            map[string]int
	Reduced                                            int
}

// measureWall lets a real Chromium show walls, and reads the pictures off its
// canvases.
func (b *bench) measureWall(ctx context.Context) (*result, error) {
	r := &result{
		title: "The wall in a browser",
		how: "Chromium without a graphics card, server and cameras on the one machine. Painted pictures are counted by the frame numbers in what the canvases " +
			"hold, at every animation frame; their age is from the camera's first packet to the canvas. CPU is in percent of one core, of the server and of all " +
			"processes of the browser, counted in a time of its own while nobody reads pictures. H.264 is decoded by the browser (WebCodecs), JPEG by the server. " +
			"\"Reduced\" is how many tiles say so.",
		table: table{head: []string{"wall", "format", "painted fps, worst", "mean", "age p50, ms", "p95, ms", "p99, ms", "server, CPU %", "browser, CPU %", "browser, MB", "reduced"}},
	}
	for _, scene := range wallScenes() {
		for _, format := range []string{"h264", "jpeg"} {
			got, err := b.showWall(ctx, scene, format)
			if err != nil {
				return nil, fmt.Errorf("show %s as %s: %w", scene.title, format, err)
			}
			b.say("%s, %s: %.1f fps at least, age %.0f ms (p95)\n", scene.title, format, got.WorstRate, got.Age95)
			r.table.add(scene.title, formatsOf(got.Formats), fmt.Sprintf("%.1f", got.WorstRate), fmt.Sprintf("%.1f", got.MeanRate),
				fmt.Sprintf("%.0f", got.MedianAge), fmt.Sprintf("%.0f", got.Age95), fmt.Sprintf("%.0f", got.Age99),
				fmt.Sprintf("%.0f", got.ServerCPU), fmt.Sprintf("%.0f", got.BrowserCPU), fmt.Sprintf("%.0f", got.BrowserMemory/1e6), fmt.Sprint(got.Reduced))
			r.aims = append(r.aims, wallAims(scene, format, got)...)
		}
	}
	return r, nil
}

// wallAims holds the first scene to what a small machine has to do, and the
// others to pictures that are not old.
func wallAims(scene wallScene, format string, got wallAnswer) []aim {
	name := scene.title + ", " + format
	if !scene.hd && scene.width < 3840 {
		return []aim{
			{name, fmt.Sprintf("%.1f fps on the slowest tile", got.WorstRate), "14 of 15 fps", got.WorstRate >= 14},
			{name, fmt.Sprintf("age %.0f ms (p95)", got.Age95), "under 250 ms", got.Age95 < 250},
		}
	}
	slow := got.WorstRate < scene.fps*0.9
	return []aim{{
		name, fmt.Sprintf("age %.0f ms (p95), %.1f of %.0f fps, %d of %d tiles reduced", got.Age95, got.WorstRate, scene.fps, got.Reduced, scene.side*scene.side),
		"under 300 ms, and where pictures are missing the tiles say reduced", got.Age95 < 300 && (!slow || got.Reduced > 0),
	}}
}

// formatsOf tells formats and how many tiles have each, the most frequent first.
func formatsOf(formats map[string]int) string {
	var names []string
	for name := range formats {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if formats[a] != formats[b] {
			return formats[b] - formats[a]
		}
		return strings.Compare(a, b)
	})
	var told []string
	for _, name := range names {
		if len(names) == 1 {
			return name
		}
		told = append(told, fmt.Sprintf("%d %s", formats[name], name))
	}
	return strings.Join(told, ", ")
}

// showWall runs cameras, a server and a browser for one scene.
func (b *bench) showWall(ctx context.Context, scene wallScene, format string) (got wallAnswer, err error) {
	cams, rtsp, sent, paths, err := b.wallCameras(ctx, scene)
	if err != nil {
		return got, err
	}
	defer cams.stop()
	var cameras []string
	for id, path := range paths {
		cameras = append(cameras, id+"="+rtsp+"/"+path)
	}
	slices.Sort(cameras)
	p, base, err := b.serve(ctx, cameras...)
	if err != nil {
		return got, err
	}
	defer p.stop()
	if err := putWall(ctx, base, wallJSON(scene.side)); err != nil {
		return got, err
	}
	return b.lookAtWall(ctx, wallTask{
		Address: base + "/wall/bench?format=" + strings.Replace(format, "h264", "auto", 1), Width: scene.width, Height: scene.height,
		Tiles: scene.side * scene.side, Seconds: b.window(wallTime).Seconds(), Sent: sent, Paths: paths, Server: p.pid(),
	})
}

// wallCameras starts the cameras of a scene, and tells the path of each by its id.
func (b *bench) wallCameras(ctx context.Context, scene wallScene) (p *process, rtsp, sent string, paths map[string]string, err error) {
	paths = make(map[string]string)
	var clips []string
	for i := range scene.side * scene.side {
		id := cameraOf(i)
		paths[id] = id
		if !scene.hd {
			paths[id] = id + "/main" // as the demonstration calls them
		}
		clips = append(clips, id+"=street-1080")
	}
	if scene.hd {
		p, rtsp, sent, err = b.cameras(ctx, clips...)
	} else {
		p, rtsp, sent, err = b.demo(ctx, "--wall", fmt.Sprint(len(paths)))
	}
	return p, rtsp, sent, paths, err
}

func cameraOf(i int) string { return fmt.Sprintf("wall%d", i+1) }

// wallJSON is a wall of side x side tiles.
func wallJSON(side int) []byte {
	type tile struct {
		Column  int      `json:"column"`
		Row     int      `json:"row"`
		Width   int      `json:"width"`
		Height  int      `json:"height"`
		Cameras []string `json:"cameras"`
	}
	var tiles []tile
	for i := range side * side {
		tiles = append(tiles, tile{i % side, i / side, 1, 1, []string{cameraOf(i)}})
	}
	text, err := json.Marshal(map[string]any{"columns": side, "rows": side, "pages": []any{map[string]any{"tiles": tiles}}})
	if err != nil {
		panic("bench: a wall has no JSON: " + err.Error())
	}
	return text
}

// putWall makes the wall "bench".
func putWall(ctx context.Context, base string, wall []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, base+"/api/v1/walls/bench", bytes.NewReader(wall))
	if err != nil {
		return fmt.Errorf("make wall: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("make wall: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1000)) // what there is tells enough
		return fmt.Errorf("make wall: %s: %s", answer.Status, text)
	}
	return nil
}

// lookAtWall starts the browser's side of the measurement and reads its answer.
func (b *bench) lookAtWall(ctx context.Context, task wallTask) (got wallAnswer, err error) {
	ctx, cancel := context.WithTimeout(ctx, wallLimit)
	defer cancel()
	text, err := json.Marshal(task)
	if err != nil {
		return got, fmt.Errorf("tell the browser: %w", err)
	}
	cmd := exec.CommandContext(ctx, "node", "tests/run.js", "tests/bench/wall.ts", string(text))
	cmd.Dir = filepath.Join(b.source, "frontend")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return got, fmt.Errorf("look at the wall: %w: %s", err, exit.Stderr)
	}
	if err != nil {
		return got, fmt.Errorf("look at the wall: %w", err)
	}
	return got, readWallAnswer(out, &got)
}

// readWallAnswer reads the last line that the browser's side printed.
func readWallAnswer(out []byte, into *wallAnswer) error {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], into); err != nil {
		return fmt.Errorf("read what the browser saw: %w: %.200q", err, out)
	}
	return nil
}
