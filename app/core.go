package main

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"camwall/frontend"
	"camwall/internal/api"
	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/compat"
	"camwall/internal/config"
	"camwall/internal/guard"
	"camwall/internal/hub"
	"camwall/internal/liveview"
	"camwall/internal/metrics"
	"camwall/internal/placard"
	"camwall/internal/problem"
	"camwall/internal/simcam"
	"camwall/internal/streaming"
)

// shutdownTime is how long requests may take to end; all together stays under
// the 3 s that a service manager's user waits gladly.
const shutdownTime = 2 * time.Second

// core is everything but the window: cameras, pictures, and the handlers that
// show them. serve and the window have one each.
type core struct {
	settings config.Settings
	log      *slog.Logger
	demo     *simcam.Server // nil without simulated cameras
	service  *streaming.Service
	live     *liveview.Handler
	compat   *compat.Handler
	www      *compat.WWW // nil without an old page
	mux      *http.ServeMux

	servers []*http.Server
	serving sync.WaitGroup // for each server's goroutine
	failed  chan error     // what a listener ended with
}

// newCore reads the configuration and builds all parts. No camera is asked for
// anything yet, and no port is open. defaultListen holds when no address is
// configured.
func newCore(flags serverFlags, defaultListen []string, log *slog.Logger) (*core, error) {
	cfg, err := configured(flags, log)
	if err != nil {
		return nil, err
	}
	if len(cfg.Settings.Listen) == 0 {
		cfg.Settings.Listen = defaultListen
	}
	for _, addr := range slices.Concat(cfg.Settings.Listen, cfg.Settings.CompatListen) {
		if err := guard.RequireOpen(addr, cfg.Settings.Open); err != nil {
			return nil, err
		}
	}
	c := &core{settings: cfg.Settings, log: log, failed: make(chan error, 1)}
	if dir := cfg.Settings.CompatWWW; dir != "" {
		if c.www, err = compat.NewWWW(dir, problem.Logged(log)); err != nil {
			return nil, err
		}
	}
	if flags.Demo || flags.DemoUnlessConfigured && len(cfg.Cameras) == 0 {
		if err := c.addDemo(cfg); err != nil {
			return nil, err
		}
	}
	if len(cfg.Cameras) == 0 {
		log.Warn("no camera is configured", "hint", "add --camera ID=rtsp://..., a camwall.yaml, or --demo")
	}
	c.build(cfg.Cameras)
	return c, nil
}

func (c *core) build(cameras []camera.Camera) {
	limits := c.settings.Limits
	c.service = streaming.New(streaming.Config{
		Cameras: cameras, Pack: liveview.Pack, IdleAfter: c.settings.IdleAfter,
		Hub:           hub.Config{MaxBytes: c.settings.GOP.MaxBytes, MaxAge: c.settings.GOP.MaxAge},
		MaxPixels:     limits.Pixels,
		MaxRenditions: limits.Renditions, MaxRenditionsPerStream: limits.RenditionsPerStream,
		ConnectsPerSecond: limits.ConnectsPerSecond, Log: c.log,
	})
	door := guard.NewDoor(guard.DoorConfig{MaxViewers: limits.Viewers, MaxPerAddress: limits.ViewersPerAddress})
	c.live = liveview.New(liveview.Config{
		Watch: watch[liveview.Viewer](c.service), Door: door,
		MaxWidth: limits.Width, MaxHeight: limits.Height, Log: c.log,
	})
	c.compat = compat.New(compat.Config{
		Watch: watch[compat.Viewer](c.service), Match: c.service.Match, Refused: refusedPicture, Door: door,
		MaxWidth: limits.Width, MaxHeight: limits.Height, Log: c.log,
	})
	c.mux = http.NewServeMux()
	c.live.Register(c.mux)
	c.mux.Handle("/ws/rtsp-proxy", c.compat)
	if c.www != nil {
		c.mux.Handle("/www/", http.StripPrefix("/www", c.www))
	}
	api.New(api.Config{Source: c.service, Log: c.log}).Register(c.mux)
	c.mux.Handle("GET /metrics", metrics.Handler(metrics.Config{
		Snapshot: c.service.Snapshot, Viewers: door.Viewers, Version: version, Log: c.log,
	}))
	c.mux.Handle("/", api.Page(frontend.Dist()))
}

// watch hands on the service's Watch as what a package calls a viewer.
func watch[V any](s *streaming.Service) func(camera.ID, streaming.Request) (V, error) {
	return func(id camera.ID, want streaming.Request) (v V, err error) {
		viewer, err := s.Watch(id, want)
		if err != nil {
			return v, err
		}
		return any(viewer).(V), nil
	}
}

// refusedPicture draws what an old client is shown when there is nothing for it.
func refusedPicture(width, height int, title, detail string) ([]byte, error) {
	img := placard.Blank(width, height)
	placard.Draw(img, placard.Text{Title: title, Detail: detail, Glyph: placard.Off})
	return codec.EncodeJPEG(img, 75)
}

// wait returns when ctx ends or a listener fails.
func (c *core) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-c.failed:
		return err
	}
}

// Close ends everything and waits for it, viewers included.
func (c *core) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	c.live.Close()
	c.compat.Close()
	for _, s := range c.servers {
		if err := s.Shutdown(ctx); err != nil {
			_ = s.Close()
		}
	}
	c.serving.Wait()
	c.service.Close()
	if c.www != nil {
		_ = c.www.Close()
	}
	if c.demo != nil {
		c.demo.Close()
	}
}
