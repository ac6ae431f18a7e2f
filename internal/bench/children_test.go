package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"io"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"camwall/internal/framemark"
)

// child runs one of the benchmark's children in this process and returns its
// first line and a function that ends it.
func child(t *testing.T, run func(context.Context, []string, io.Writer) error, args ...string) (line string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, w)
		w.CloseWithError(io.EOF)
		ended <- err
	}()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	buf := make([]byte, 256)
	n, err := r.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(buf[:n])), stop
}

// TestCrowdAtFanout lets a crowd watch the bare fan-out.
func TestCrowdAtFanout(t *testing.T) {
	t.Parallel()
	line, stop := child(t, runFanout, "-bytes", "20000", "-fps", "50")
	defer stop()
	url, found := strings.CutPrefix(line, "listening ")
	if !found {
		t.Fatalf("the fan-out says %q", line)
	}
	var out bytes.Buffer
	if err := runCrowd(t.Context(), []string{"-url", url, "-viewers", "20", "-for", "1s"}, &out); err != nil {
		t.Fatal(err)
	}
	text, found := strings.CutPrefix(out.String(), "counting\n")
	var got crowdResult
	if err := json.Unmarshal([]byte(text), &got); err != nil || !found {
		t.Fatalf("the crowd says %q: %v", out.String(), err)
	}
	if got.Viewers != 20 || got.Left != 0 || got.NotLive != 0 || got.Bytes != 20000 {
		t.Errorf("%+v", got)
	}
	// What lay there when the counting began is counted, too: more, where the machine was busy.
	if got.MinFPS <= 0 || got.MinFPS > got.MidFPS || got.MidFPS > 90 {
		t.Errorf("of 50 fps the worst got %.1f, the one in the middle %.1f", got.MinFPS, got.MidFPS)
	}
}

// TestCrowdIsLeft watches a fan-out that ends meanwhile.
func TestCrowdIsLeft(t *testing.T) {
	t.Parallel()
	line, stop := child(t, runFanout, "-bytes", "1000")
	c, err := newCrowd(strings.TrimPrefix(line, "listening "), 3)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	got, err := c.count(t.Context(), 200*time.Millisecond)
	for limit := time.Now().Add(crowdLimit); err == nil && got.Left < 3 && time.Now().Before(limit); { // it need not be seen at once
		got, err = c.count(t.Context(), 200*time.Millisecond)
	}
	if err != nil || got.Left != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCrowdRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://localhost:80/", "http://127.0.0.1/", "::"} {
		if err := runCrowd(t.Context(), []string{"-url", url}, io.Discard); err == nil {
			t.Errorf("%s was watched", url)
		}
	}
}

func TestCameras(t *testing.T) {
	t.Parallel()
	line, stop := child(t, runCameras, "a=overcast-360-gop10", "b=night-360-smart!")
	defer stop()
	rtsp, sent, found := strings.Cut(line, " ")
	if !found || !strings.HasPrefix(rtsp, "rtsp://127.0.0.1:") {
		t.Fatalf("the cameras say %q", line)
	}
	log, err := sentLog(t.Context(), sent+"?path=b")
	if err != nil || len(log) != 0 {
		t.Errorf("nobody plays it, and it sent %d pictures, %v", len(log), err)
	}
	if _, err := sentLog(t.Context(), sent+"?path=c"); err == nil {
		t.Error("a camera that is not there has sent something")
	}
	if err := runCameras(t.Context(), []string{"a"}, io.Discard); err == nil {
		t.Error("a camera without a clip was made")
	}
}

// TestCompare draws numbers into pictures and finds out when they were sent.
func TestCompare(t *testing.T) {
	t.Parallel()
	shot := func(n uint16, age string, at int64) picture {
		img := image.NewYCbCr(image.Rect(0, 0, 640, 360), image.YCbCrSubsampleRatio420)
		framemark.DrawYCbCr(img, n)
		var coded bytes.Buffer
		if err := jpeg.Encode(&coded, img, nil); err != nil {
			t.Fatal(err)
		}
		return picture{header: textproto.MIMEHeader{ageHeader: {age}}, jpeg: coded.Bytes(), at: time.UnixMicro(at)}
	}
	got := compare([]picture{
		shot(3, "4", 1_009_000),
		shot(4, "", 1_050_000),  // tells no age
		shot(5, "1", 1_060_000), // was never sent
		{jpeg: []byte("no picture")},
	}, []sentPicture{{"c", 3, 1_000_000}, {"c", 4, 1_040_000}})
	if got.unread != 3 || !slices.Equal(got.onTheWay, []time.Duration{9 * time.Millisecond}) ||
		!slices.Equal(got.added, []time.Duration{5 * time.Millisecond}) {
		t.Errorf("%+v", got)
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	p, err := spawnLines(t.Context(), "sh", "-c", "echo one; echo trouble >&2; echo ready 7; exec sleep 60")
	if err != nil {
		t.Fatal(err)
	}
	if rest, err := p.line(t.Context(), "ready ", 10*time.Second); err != nil || rest != "7" {
		t.Errorf("%q, %v", rest, err)
	}
	p.stop()
	if _, err := p.line(t.Context(), "more", 10*time.Second); err == nil || !strings.Contains(err.Error(), "trouble") {
		t.Errorf("after its end: %v", err)
	}
	if _, err := spawnLines(t.Context(), "/nowhere/at/all"); err == nil {
		t.Error("a program that is not there started")
	}
}
