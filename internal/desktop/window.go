//go:build linux && desktop && production

package desktop

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"

	"camwall/internal/fault"
)

// Built tells whether this build has a window.
const Built = true

// The window's first and smallest size, in pixels of the page.
const (
	width, height       = 1280, 800
	minWidth, minHeight = 320, 200
)

// driFolder is where Linux shows graphics processors.
const driFolder = "/dev/dri"

// endLimit is how long requests may take to end before the window goes without
// them.
const endLimit = time.Second

func check() error {
	_, err := findDisplay(context.Background(), os.Getenv)
	return err
}

func run(ctx context.Context, cfg Config) error {
	backend, err := findDisplay(ctx, os.Getenv)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	}
	return show(ctx, cfg, backend)
}

// show opens the window on a display that answers. ctx may be done already.
func show(ctx context.Context, cfg Config, backend string) error {
	gpu := hasGPU(driFolder)
	if err := prepare(backend, gpu); err != nil {
		return err
	}
	runtime.LockOSThread()
	if !initGTK() {
		return fault.New(fault.NoDisplay, "the display refuses us",
			"start camwall as the user whose desktop it is, or set XAUTHORITY to that user's file of cookies")
	}
	w := &window{requests: newRequests(cfg.Handler, cfg.Log)}
	guard := newGuard(cfg.Log)
	defer guard.release()
	stop := context.AfterFunc(ctx, w.close)
	defer stop()
	err := wails.Run(w.options(cfg, gpu))
	// What still runs could write to nobody: GTK has read the pipes.
	w.close()
	if err != nil {
		return fmt.Errorf("open window: %w", err)
	}
	return nil
}

// prepare sets what GTK and WebKit read from the environment when they start.
// What a person has set stays.
func prepare(backend string, gpu bool) error {
	settings := map[string]string{}
	if backend != "" {
		// Wails would choose X11 for every session without a type, and panic
		// where that one has only Wayland.
		settings["GDK_BACKEND"] = backend
	}
	if !gpu {
		// The renderer that passes buffers of the GPU between processes shows
		// nothing, or only crawls, where there is none.
		settings["WEBKIT_DISABLE_DMABUF_RENDERER"] = "1"
	}
	for name, value := range settings {
		if os.Getenv(name) != "" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// window is the one window of the process.
type window struct {
	requests *requests
	once     sync.Once
}

// close ends the requests while GTK still reads their pipes, then GTK's loop.
// It may be called at any time, more than once, from any goroutine.
func (w *window) close() {
	w.once.Do(func() {
		w.requests.close(endLimit)
		quitGTK()
	})
}

func (w *window) options(cfg Config, gpu bool) *options.App {
	policy := linux.WebviewGpuPolicyNever
	if gpu {
		policy = linux.WebviewGpuPolicyOnDemand
	}
	return &options.App{
		Title:            cfg.Title,
		Width:            width,
		Height:           height,
		BackgroundColour: options.NewRGB(0x0b, 0x0d, 0x0f), // the page's --bg
		AssetServer:      &assetserver.Options{Handler: w.requests},
		// A file dropped on the page would take its place.
		DragAndDrop:        &options.DragAndDrop{DisableWebViewDrop: true},
		Logger:             wailsLog{cfg.Log},
		LogLevelProduction: logger.WARNING,
		OnDomReady: func(context.Context) {
			if cfg.OnReady != nil {
				cfg.OnReady()
			}
		},
		// Wails would end GTK's loop at once, before or beside our requests.
		OnBeforeClose: func(context.Context) (prevent bool) {
			w.close()
			return true
		},
		Linux: &linux.Options{ProgramName: "camwall", WebviewGpuPolicy: policy},
	}
}

// wailsLog is where Wails' own words go: none of them is for people, and what
// it calls an error we see in the page.
type wailsLog struct{ log *slog.Logger }

var _ logger.Logger = wailsLog{}

func (l wailsLog) Print(text string)   { l.say(text) }
func (l wailsLog) Trace(text string)   { l.say(text) }
func (l wailsLog) Debug(text string)   { l.say(text) }
func (l wailsLog) Info(text string)    { l.say(text) }
func (l wailsLog) Warning(text string) { l.say(text) }
func (l wailsLog) Error(text string)   { l.say(text) }
func (l wailsLog) Fatal(text string)   { l.say(text) }

func (l wailsLog) say(text string) {
	l.log.LogAttrs(context.Background(), slog.LevelDebug, "wails says", slog.String("text", text))
}
