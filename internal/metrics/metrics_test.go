package metrics

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.uber.org/goleak"

	"camwall/internal/camera"
	"camwall/internal/media"
	"camwall/internal/streaming"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func snapshot() []streaming.CameraInfo {
	return []streaming.CameraInfo{{
		Camera: &camera.Camera{ID: "door"},
		Streams: []streaming.StreamInfo{
			{
				Name: "main", Codec: media.H264, Width: 1920, Height: 1080, FPS: 25, Transport: "tcp", Viewers: 3,
				Status: camera.Status{State: camera.Live, UnchangedSince: time.Now(), Behind: 1500 * time.Millisecond},
				Counters: streaming.Counters{
					UnitsIn: 101, BytesIn: 102, PacketsLost: 103, Decoded: 104, Damaged: 105, DecodeErrors: 106, Encoded: 107,
					PicturesSent: 108, BytesSent: 109, Dropped: 110, Connects: 111, Reconnects: 112,
					DecodeTime: 113 * time.Second, EncodeTime: 114 * time.Second,
				},
			},
			{Name: "sub", Status: camera.Status{State: camera.Busy}},
		},
	}}
}

func scrape(t *testing.T) string {
	t.Helper()
	h := Handler(Config{
		Snapshot: snapshot, Viewers: func() int { return 5 }, Version: "1.2.3", Log: slog.New(slog.DiscardHandler),
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestScrape(t *testing.T) {
	t.Parallel()
	text := scrape(t)
	for _, line := range []string{
		`camwall_build_info{version="1.2.3"} 1`,
		`camwall_viewers 5`,
		`camwall_stream_info{camera="door",codec="H264",stream="main",transport="tcp"} 1`,
		`camwall_stream_state{camera="door",state="live",stream="main"} 1`,
		`camwall_stream_state{camera="door",state="busy",stream="main"} 0`,
		`camwall_stream_state{camera="door",state="busy",stream="sub"} 1`,
		`camwall_stream_fps{camera="door",stream="main"} 25`,
		`camwall_stream_width_pixels{camera="door",stream="main"} 1920`,
		`camwall_stream_height_pixels{camera="door",stream="main"} 1080`,
		`camwall_stream_viewers{camera="door",stream="main"} 3`,
		`camwall_stream_unchanged{camera="door",stream="main"} 1`,
		`camwall_stream_unchanged{camera="door",stream="sub"} 0`,
		`camwall_stream_behind_seconds{camera="door",stream="main"} 1.5`,
		`camwall_stream_units_received_total{camera="door",stream="main"} 101`,
		`camwall_stream_received_bytes_total{camera="door",stream="main"} 102`,
		`camwall_stream_packets_lost_total{camera="door",stream="main"} 103`,
		`camwall_stream_decoded_total{camera="door",stream="main"} 104`,
		`camwall_stream_damaged_total{camera="door",stream="main"} 105`,
		`camwall_stream_decode_errors_total{camera="door",stream="main"} 106`,
		`camwall_stream_encoded_total{camera="door",stream="main"} 107`,
		`camwall_stream_pictures_sent_total{camera="door",stream="main"} 108`,
		`camwall_stream_sent_bytes_total{camera="door",stream="main"} 109`,
		`camwall_stream_dropped_total{camera="door",stream="main"} 110`,
		`camwall_stream_connects_total{camera="door",stream="main"} 111`,
		`camwall_stream_reconnects_total{camera="door",stream="main"} 112`,
		`camwall_stream_decode_seconds_total{camera="door",stream="main"} 113`,
		`camwall_stream_encode_seconds_total{camera="door",stream="main"} 114`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
	for _, name := range []string{"process_resident_memory_bytes", "process_open_fds", "go_goroutines"} {
		if !strings.Contains(text, "\n"+name+" ") {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestEveryCounterIsShown: a counter that is added must have a line.
func TestEveryCounterIsShown(t *testing.T) {
	t.Parallel()
	c := newCollector(Config{})
	var counters int
	for _, f := range c.figures {
		if strings.Contains(f.desc.String(), "_total") {
			counters++
		}
	}
	if fields := reflect.TypeFor[streaming.Counters]().NumField(); counters != fields {
		t.Errorf("%d of %d counters are shown", counters, fields)
	}
}

func TestNamesFollowTheRules(t *testing.T) {
	t.Parallel()
	var ours strings.Builder
	for line := range strings.Lines(scrape(t)) {
		if strings.Contains(line, "camwall_") {
			ours.WriteString(line)
		}
	}
	problems, err := promlint.New(strings.NewReader(ours.String())).Lint()
	if err != nil || len(problems) != 0 {
		t.Errorf("lint says %v, %v", problems, err)
	}
}
