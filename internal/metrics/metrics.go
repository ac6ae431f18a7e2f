// Package metrics shows the counters of all streams, and of the process, to
// Prometheus. It counts nothing itself: each scrape reads a snapshot of package
// streaming. Package app registers it.
package metrics

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"camwall/internal/camera"
	"camwall/internal/streaming"
)

// Config is what the metrics need; every field is required.
type Config struct {
	// Snapshot returns every camera, as streaming.Service.Snapshot does.
	Snapshot func() []streaming.CameraInfo

	// Viewers returns how many viewers are connected, as guard.Door has it.
	Viewers func() int

	// Version is that of the program.
	Version string

	Log *slog.Logger
}

// Handler returns the handler of GET /metrics.
func Handler(cfg Config) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		newCollector(cfg),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
	})
}

// figure is one value of every stream.
type figure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*streaming.StreamInfo) float64
}

// collector turns snapshots into metrics.
type collector struct {
	snapshot func() []streaming.CameraInfo
	viewers  func() int
	figures  []figure

	build, allViewers, state, info *prometheus.Desc
	version                        string
}

var _ prometheus.Collector = (*collector)(nil)

func newCollector(cfg Config) *collector {
	c := &collector{
		snapshot: cfg.Snapshot, viewers: cfg.Viewers, version: cfg.Version,
		build:      prometheus.NewDesc("camwall_build_info", "The program's version; always 1.", []string{"version"}, nil),
		allViewers: prometheus.NewDesc("camwall_viewers", "Viewers connected to this server.", nil, nil),
		state:      streamDesc("state", "1 for the state that the stream is in, 0 for the others.", "state"),
		info:       streamDesc("info", "Codec and transport of the stream; always 1.", "codec", "transport"),
	}
	gauge := func(name, help string, of func(*streaming.StreamInfo) float64) {
		c.figures = append(c.figures, figure{streamDesc(name, help), prometheus.GaugeValue, of})
	}
	counter := func(name, help string, of func(*streaming.Counters) float64) {
		c.figures = append(c.figures, figure{
			streamDesc(name, help), prometheus.CounterValue,
			func(s *streaming.StreamInfo) float64 { return of(&s.Counters) },
		})
	}
	type stream = streaming.StreamInfo
	type counters = streaming.Counters
	gauge("fps", "Pictures a second from the camera, measured; 0 while unknown.", func(s *stream) float64 { return s.FPS })
	gauge("width_pixels", "Display width; 0 while unknown.", func(s *stream) float64 { return float64(s.Width) })
	gauge("height_pixels", "Display height; 0 while unknown.", func(s *stream) float64 { return float64(s.Height) })
	gauge("viewers", "Viewers of the stream.", func(s *stream) float64 { return float64(s.Viewers) })
	gauge("unchanged", "1 while the pictures are identical.", func(s *stream) float64 {
		if s.Status.Unchanged() {
			return 1
		}
		return 0
	})
	gauge("behind_seconds", "By how much the stream lags behind its own best; 0 below the mark.",
		func(s *stream) float64 { return s.Status.Behind.Seconds() })
	counter("units_received_total", "Access units of video from the camera.", func(n *counters) float64 { return float64(n.UnitsIn) })
	counter("received_bytes_total", "Bytes of media from the camera.", func(n *counters) float64 { return float64(n.BytesIn) })
	counter("packets_lost_total", "RTP packets that never came.", func(n *counters) float64 { return float64(n.PacketsLost) })
	counter("decoded_total", "Decoded pictures.", func(n *counters) float64 { return float64(n.Decoded) })
	counter("damaged_total", "Decoded pictures with damage.", func(n *counters) float64 { return float64(n.Damaged) })
	counter("decode_errors_total", "Access units that could not be decoded.", func(n *counters) float64 { return float64(n.DecodeErrors) })
	counter("encoded_total", "Pictures encoded, of all renditions.", func(n *counters) float64 { return float64(n.Encoded) })
	counter("pictures_sent_total", "Pictures written to viewers.", func(n *counters) float64 { return float64(n.PicturesSent) })
	counter("sent_bytes_total", "Bytes written to viewers.", func(n *counters) float64 { return float64(n.BytesSent) })
	counter("dropped_total", "Pictures that viewers were too slow for.", func(n *counters) float64 { return float64(n.Dropped) })
	counter("skipped_total", "Access units that the decoder passed over up to a key unit.", func(n *counters) float64 { return float64(n.Skipped) })
	counter("connects_total", "Connections tried.", func(n *counters) float64 { return float64(n.Connects) })
	counter("reconnects_total", "Connections tried again after an outage.", func(n *counters) float64 { return float64(n.Reconnects) })
	counter("decode_seconds_total", "Time spent decoding.", func(n *counters) float64 { return n.DecodeTime.Seconds() })
	counter("encode_seconds_total", "Time spent scaling and encoding.", func(n *counters) float64 { return n.EncodeTime.Seconds() })
	return c
}

func streamDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("camwall_stream_"+name, help, append([]string{"camera", "stream"}, labels...), nil)
}

// Describe tells the metrics that there are.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.build
	ch <- c.allViewers
	ch <- c.state
	ch <- c.info
	for _, f := range c.figures {
		ch <- f.desc
	}
}

// Collect tells their values.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	send(c.build, prometheus.GaugeValue, 1, c.version)
	send(c.allViewers, prometheus.GaugeValue, float64(c.viewers()))
	for _, cam := range c.snapshot() {
		id := string(cam.Camera.ID)
		for i := range cam.Streams {
			s := &cam.Streams[i]
			send(c.info, prometheus.GaugeValue, 1, id, s.Name, s.Codec.String(), s.Transport)
			for state := camera.Disabled; state <= camera.Busy; state++ {
				var in float64
				if state == s.Status.State {
					in = 1
				}
				send(c.state, prometheus.GaugeValue, in, id, s.Name, state.String())
			}
			for _, f := range c.figures {
				send(f.desc, f.kind, f.of(s), id, s.Name)
			}
		}
	}
}
