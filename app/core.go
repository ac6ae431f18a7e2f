package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"camwall/frontend"
	"camwall/internal/api"
	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/compat"
	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/hub"
	"camwall/internal/inventory"
	"camwall/internal/liveview"
	"camwall/internal/logtail"
	"camwall/internal/metrics"
	"camwall/internal/netpolicy"
	"camwall/internal/placard"
	"camwall/internal/problem"
	"camwall/internal/simcam"
	"camwall/internal/store"
	"camwall/internal/streaming"
)

// shutdownTime is how long requests may take to end; all together stays under
// the 3 s that a service manager's user waits gladly.
const shutdownTime = 2 * time.Second

// core is everything but the window: cameras, pictures, and the handlers that
// show them. serve and the window have one each.
type core struct {
	settings  config.Settings
	log       *slog.Logger
	tail      *logtail.Ring
	demo      *simcam.Server // nil without simulated cameras
	store     *store.Store
	policy    *netpolicy.Policy
	service   *streaming.Service
	inventory *inventory.Inventory
	api       *api.API
	live      *liveview.Handler
	compat    *compat.Handler
	www       *compat.WWW // nil without an old page
	mux       *http.ServeMux
	started   time.Time

	servers []*http.Server
	serving sync.WaitGroup // for each server's goroutine
	failed  chan error     // what a listener ended with

	// mu guards the fields below.
	mu    sync.Mutex
	bound []net.Addr // what is listened on
	pages int        // how many of these, from the first, have the page
}

// newCore reads the configuration and what is kept, and builds all parts. No
// camera is asked for anything yet, and no port is open. defaultListen holds
// when no address is configured.
func newCore(flags serverFlags, defaultListen []string, log journal) (*core, error) {
	cfg, err := configured(flags, log.Logger)
	if err != nil {
		return nil, err
	}
	if len(cfg.Settings.Listen) == 0 {
		cfg.Settings.Listen = defaultListen
	}
	return makeCore(cfg, flags, false, log)
}

// makeCore is newCore on a configuration that was read; with readOnly it leaves
// what is kept to others to change.
func makeCore(cfg *config.Config, flags serverFlags, readOnly bool, log journal) (_ *core, err error) {
	for _, addr := range slices.Concat(cfg.Settings.Listen, cfg.Settings.CompatListen) {
		if err := guard.RequireOpen(addr, cfg.Settings.Open); err != nil {
			return nil, err
		}
	}
	c := &core{settings: cfg.Settings, log: log.Logger, tail: log.tail, started: time.Now(), failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	if dir := cfg.Settings.CompatWWW; dir != "" {
		if c.www, err = compat.NewWWW(dir, problem.Logged(c.log)); err != nil {
			return nil, err
		}
	}
	if err := c.openStore(flags.Data, readOnly); err != nil {
		return nil, err
	}
	demo := flags.Demo
	if !demo && flags.DemoUnlessConfigured && len(cfg.Cameras) == 0 {
		kept, err := c.store.Load(context.Background())
		if err != nil {
			return nil, err
		}
		demo = len(kept.Cameras) == 0
	}
	if demo {
		if err := c.addDemo(cfg, flags.DemoTiles); err != nil {
			return nil, err
		}
	}
	if err := c.build(cfg); err != nil {
		return nil, err
	}
	if len(c.inventory.Cameras()) == 0 {
		c.log.Warn("no camera is configured", "hint", "find some at /cameras, add --camera ID=rtsp://..., a camwall.yaml, or --demo")
	}
	return c, nil
}

// openStore opens what is kept. While another Camwall uses it, or where nothing
// can be written, it is shown but not changed; with readOnly from the start.
func (c *core) openStore(named string, readOnly bool) error {
	dir, err := config.DataDir(named, os.Getenv)
	if err != nil {
		return err
	}
	cfg := store.Config{Dir: dir, Log: c.log, Getenv: os.Getenv, ReadOnly: readOnly}
	c.store, err = store.Open(context.Background(), cfg)
	if code := fault.CodeOf(err); !readOnly && (code == fault.Locked || code == fault.Storage) {
		c.log.Warn("nothing can be added or changed here", "reason", err)
		cfg.ReadOnly = true
		c.store, err = store.Open(context.Background(), cfg)
	}
	return err
}

func (c *core) build(cfg *config.Config) error {
	limits := c.settings.Limits
	known, err := newMemory(context.Background(), c.store, c.log)
	if err != nil {
		return err
	}
	c.policy = netpolicy.New(netpolicy.Config{Loopback: c.loopbackOnly(), Own: c.listeners})
	book := known.book()
	c.service = streaming.New(streaming.Config{
		Admission: book, Pack: liveview.Pack, IdleAfter: c.settings.IdleAfter,
		Hub:           hub.Config{MaxBytes: c.settings.GOP.MaxBytes, MaxAge: c.settings.GOP.MaxAge},
		MaxPixels:     limits.Pixels,
		MaxRenditions: limits.Renditions, MaxRenditionsPerStream: limits.RenditionsPerStream,
		ConnectsPerSecond: limits.ConnectsPerSecond, Log: c.log,
		DialContext: func(cam *camera.Camera) func(context.Context, string, string) (net.Conn, error) {
			return c.policy.DialContext(cam.Provisioned)
		},
		// Nobody can watch before the inventory is there.
		Locate: func(ctx context.Context, cam camera.Camera, stream string, last fault.Code) (string, error) {
			return c.inventory.Locate(ctx, cam, stream, last)
		},
		RequestKey: func(id camera.ID, stream string) { c.inventory.RequestKey(id, stream) },
	})
	c.inventory, err = inventory.New(context.Background(), inventory.Config{
		Devices: cfg.Devices(), Cameras: cfg.Cameras, Walls: cfg.Walls, Interfaces: c.settings.Interfaces, Ranges: c.settings.Ranges,
		Store: c.store, Player: c.service, Admission: book, Policy: c.policy, Log: c.log,
	})
	if err != nil {
		return err
	}
	c.handlers()
	return nil
}

// handlers makes everything that answers requests.
func (c *core) handlers() {
	limits := c.settings.Limits
	door := guard.NewDoor(guard.DoorConfig{MaxViewers: limits.Viewers, MaxPerAddress: limits.ViewersPerAddress})
	c.live = liveview.New(liveview.Config{
		Watch: watch[liveview.Viewer](c.service), Follow: follow(c.service), Door: door,
		Version: version, Page: pageVersion(frontend.Dist()),
		MaxWidth: limits.Width, MaxHeight: limits.Height, Log: c.log,
	})
	c.compat = compat.New(compat.Config{
		Watch: watch[compat.Viewer](c.service), Match: c.service.Match, Refused: refusedPicture, Door: door,
		MaxWidth: limits.Width, MaxHeight: limits.Height, Log: c.log,
	})
	c.api = api.New(api.Config{
		Source: c.service, Inventory: c.inventory, Tail: c.tail, Settings: c.settings, Version: version,
		Started: c.started, Listening: c.addresses, Screens: c.screens, Door: door, Log: c.log,
	})
	c.mux = http.NewServeMux()
	c.live.Register(c.mux)
	c.mux.Handle("/ws/rtsp-proxy", c.compat)
	if c.www != nil {
		c.mux.Handle("/www/", http.StripPrefix("/www", c.www))
	}
	c.api.Register(c.mux)
	c.mux.Handle("GET /metrics", metrics.Handler(metrics.Config{
		Snapshot: c.service.Snapshot, Viewers: door.Viewers, Version: version, Log: c.log,
	}))
	c.mux.Handle("/", c.api.Basic(api.Page(frontend.Dist())))
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

// follow hands on the service's Follow.
func follow(s *streaming.Service) func(camera.ID, streaming.FollowRequest) (liveview.Follower, error) {
	return func(id camera.ID, want streaming.FollowRequest) (liveview.Follower, error) {
		f, err := s.Follow(id, want)
		if err != nil {
			return nil, err // not a nil *Follower as a Follower
		}
		return f, nil
	}
}

// screens hands on what liveview knows of its connections.
func (c *core) screens() []api.Screen {
	connections := c.live.Connections()
	list := make([]api.Screen, len(connections))
	for i, conn := range connections {
		list[i] = api.Screen{Remote: conn.Remote, Since: conn.Since, Paused: conn.Paused, Tiles: make([]api.ScreenTile, len(conn.Tiles))}
		for j, t := range conn.Tiles {
			list[i].Tiles[j] = api.ScreenTile{
				Tile: t.Number, Camera: t.Camera, Stream: t.Stream, Format: string(t.Format), Why: t.Why, Reduced: t.Reduced,
				FPS: t.FPS, Delay: t.Delay,
			}
		}
	}
	return list
}

// pageVersion changes when the built page does: its index names all other files
// by what is in them. It is empty where there is no page.
func pageVersion(page fs.FS) string {
	index, err := fs.ReadFile(page, "index.html")
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(index)
	return hex.EncodeToString(sum[:8])
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

// Close ends everything and waits for it, viewers included. A core that was only
// half built ends, too.
func (c *core) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if c.api != nil {
		c.live.Close()
		c.compat.Close()
		c.api.Close()
	}
	for _, s := range c.servers {
		if err := s.Shutdown(ctx); err != nil {
			_ = s.Close()
		}
	}
	c.serving.Wait()
	if c.service != nil { // it asks the inventory while it runs
		c.service.Close()
	}
	if c.inventory != nil {
		c.inventory.Close()
	}
	if c.store != nil {
		if err := c.store.Close(); err != nil {
			c.log.Warn("close the data", "error", err)
		}
	}
	if c.www != nil {
		_ = c.www.Close()
	}
	if c.demo != nil {
		c.demo.Close()
	}
}
