//go:build linux && desktop && production

package desktop

import (
	"bufio"
	"image"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"camwall/internal/framemark"
)

// patience is when a test gives up: far above what anything here takes.
const patience = 60 * time.Second

// startX runs an X server of the test's own, without a window manager, and
// returns the number of its display.
func startX(t testing.TB, options ...string) (display int) {
	t.Helper()
	told, tell, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	args := []string{"-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"}
	server := exec.Command("Xvfb", append(args, options...)...)
	server.ExtraFiles = []*os.File{tell}
	err = server.Start()
	tell.Close()
	if err != nil {
		t.Fatalf("start Xvfb (build/packages.sh ensure test): %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // tells of the signal
	})
	if err := told.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(told).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb names no display: %v", err)
	}
	if display, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		t.Fatal(err)
	}
	return display
}

// eventually waits until done says so.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for start := time.Now(); !done(); <-look.C {
		if time.Since(start) > patience {
			t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}

// await waits for the window with that title and returns it and where it is.
func (x *xclient) await(title string) (id uint32, at image.Rectangle) {
	x.t.Helper()
	eventually(x.t, "the window "+strconv.Quote(title), func() (ok bool) {
		id, at, ok = x.window(title)
		return ok
	})
	return id, at
}

// mark reads the number of the picture that fills r of the screen.
func (x *xclient) mark(r image.Rectangle) (n uint16, ok bool) {
	x.t.Helper()
	return framemark.Read(x.grab(framemark.Bounds(r)), r)
}

// sighting is a picture that a tile began to show.
type sighting struct {
	n  uint16
	at time.Time
}

// watch looks at the pictures for about length and returns the new ones of each.
// One that was among the last few is not new: a picture that goes back and forth
// is not live.
func (x *xclient) watch(pictures []image.Rectangle, length time.Duration) (seen [][]sighting, took time.Duration) {
	x.t.Helper()
	const few = 20 // less than the shortest loop of a source
	seen = make([][]sighting, len(pictures))
	look := time.NewTicker(10 * time.Millisecond) // four times in a picture of 25 fps
	defer look.Stop()
	start := time.Now()
	for now := start; now.Sub(start) < length; now = <-look.C {
		for i, r := range pictures {
			n, ok := x.mark(r)
			last := seen[i][max(0, len(seen[i])-few):]
			if ok && !slices.ContainsFunc(last, func(s sighting) bool { return s.n == n }) {
				seen[i] = append(seen[i], sighting{n, time.Now()})
			}
		}
	}
	return seen, time.Since(start)
}

// rates watches the pictures for about length and returns how many new ones each
// showed a second.
func (x *xclient) rates(pictures []image.Rectangle, length time.Duration) []float64 {
	x.t.Helper()
	seen, took := x.watch(pictures, length)
	rates := make([]float64, len(seen))
	for i, list := range seen {
		rates[i] = float64(len(list)) / took.Seconds()
	}
	return rates
}

// tiles returns where a page that fills at has the pictures of side x side
// tiles: each the largest 16:9 box in the middle of its tile. Gaps of 2 pixels
// between tiles, as our page has, shift them by less than a mark is read with.
func tiles(at image.Rectangle, side int) []image.Rectangle {
	var pictures []image.Rectangle
	width, height := float64(at.Dx())/float64(side), float64(at.Dy())/float64(side)
	for i := range side * side {
		left := float64(at.Min.X) + float64(i%side)*width
		top := float64(at.Min.Y) + float64(i/side)*height
		wide := min(width, height*16/9)
		high := wide * 9 / 16
		from := image.Pt(int(left+(width-wide)/2+0.5), int(top+(height-high)/2+0.5))
		pictures = append(pictures, image.Rectangle{Min: from, Max: from.Add(image.Pt(int(wide+0.5), int(high+0.5)))})
	}
	return pictures
}
