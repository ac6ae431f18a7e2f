//go:build linux && desktop && production

package desktop

import (
	"cmp"
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
	gpu := os.Getenv("CAMWALL_GPU") != "never" && hasGPU(driFolder)
	if err := prepare(backend, gpu); err != nil {
		return err
	}
	runtime.LockOSThread()
	nameProgram(programName(cfg))
	if !initGTK() {
		return fault.New(fault.NoDisplay, "the display refuses us",
			"start camwall as the user whose desktop it is, or set XAUTHORITY to that user's file of cookies")
	}
	nameProgram(programName(cfg))
	if err := checkHelpers(webkitLibrary()); err != nil {
		return err
	}
	cfg.Log.LogAttrs(ctx, slog.LevelInfo, "opening the window", slog.String("display", cmp.Or(backend, "other")), slog.Bool("gpu", gpu))
	w := newWindow(cfg)
	defer w.release()
	stop := context.AfterFunc(ctx, w.close)
	defer stop()
	err := wails.Run(w.options(gpu))
	cfg.Instance.closed()
	// What still runs could write to nobody: GTK has read the pipes.
	w.close()
	if err != nil {
		return fmt.Errorf("open window: %w", err)
	}
	return nil
}

// programName is what the display knows the window by.
func programName(cfg Config) string {
	if cfg.Kiosk != nil && cfg.Kiosk.Program != "" {
		return cfg.Kiosk.Program
	}
	return "camwall"
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
	cfg      Config
	words    windowWords
	requests *requests
	keeper   *keeper // nil in a kiosk
	first    windowState
	guard    *guard
	shell    *shell

	once sync.Once
	end  context.CancelFunc
	work sync.WaitGroup
}

// newWindow prepares everything but Wails. It is called on GTK's thread, before
// its loop runs.
func newWindow(cfg Config) *window {
	w := &window{cfg: cfg, words: wordsOf(cfg.Language)}
	kiosk := cfg.Kiosk != nil
	if !kiosk {
		w.keeper = newKeeper(cfg.StateFile, cfg.Log)
	}
	preferLanguage(cfg.Language)
	w.first = fit(w.keeper.now(), monitors())
	w.shell = newShell(w.keeper, w.act)
	w.guard = newGuard(guardConfig{
		Log: cfg.Log, Kiosk: cfg.Kiosk, MemoryLimit: cfg.MemoryLimit, Crashes: cfg.Crashes, OnHealth: cfg.OnHealth,
	})
	own := &ownPaths{kiosk: kiosk, life: w.guard, rest: cfg.Handler}
	if !kiosk {
		own.save = &saver{ask: w.askFile, keeper: w.keeper, log: cfg.Log}
	}
	w.requests = newRequests(own, cfg.Log)
	// Wails has things of its own to do to the window when the loop begins: behind
	// them.
	later(func() { later(w.begin) })
	ctx, cancel := context.WithCancel(context.Background())
	w.end = cancel
	w.work.Go(func() { w.keeper.run(ctx) })
	w.work.Go(func() { w.obey(ctx) })
	return w
}

// begin is called on GTK's thread when the window is there.
func (w *window) begin() {
	w.shell.begin(w.first, w.cfg.Kiosk != nil)
	w.cfg.Instance.opened(w.shell.raise)
}

// release ends what newWindow began, when GTK's loop has ended.
func (w *window) release() {
	w.end()
	w.shell.release()
	w.work.Wait()
	w.guard.release()
}

func (w *window) askFile(ctx context.Context, folder, name string) (path string, err error) {
	return w.shell.askFile(ctx, w.words.dialog, folder, name)
}

// obey carries out commands until ctx is done.
func (w *window) obey(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case command, ok := <-w.cfg.Commands:
			switch {
			case !ok:
				return
			case command == CommandRaise:
				_ = w.shell.raise(ctx, "") // a window that closes is not raised
			case command == CommandReload:
				w.guard.reload()
			}
		}
	}
}

// act does what a menu item or a key asks for. It may be called from any
// goroutine.
func (w *window) act(does action) {
	later(func() {
		if w.shell.c == nil {
			return
		}
		if name, ok := pageActions[does]; ok {
			w.shell.run(menuScript(name))
			return
		}
		switch does {
		case doQuit:
			w.work.Go(w.close)
		case doFullScreen:
			w.shell.toggleFullScreen()
		case doZoomIn:
			w.shell.zoom(larger)
		case doZoomOut:
			w.shell.zoom(smaller)
		case doZoomReset:
			w.shell.zoom(func(float64) float64 { return 1 })
		case doReload:
			w.guard.reload()
		case doAbout:
			w.shell.about(w.words.aboutTitle, w.words.slogan, w.cfg.Version)
		}
	})
}

// close ends the requests while GTK still reads their pipes, then GTK's loop.
// It may be called at any time, more than once, from any goroutine but GTK's.
func (w *window) close() {
	w.once.Do(func() {
		w.requests.close(endLimit)
		later(w.shell.settle)
		quitGTK()
	})
}

func (w *window) options(gpu bool) *options.App {
	policy := linux.WebviewGpuPolicyNever
	if gpu {
		policy = linux.WebviewGpuPolicyOnDemand
	}
	app := &options.App{
		Title:            w.cfg.Title,
		Width:            w.first.Width,
		Height:           w.first.Height,
		BackgroundColour: options.NewRGB(0x0b, 0x0d, 0x0f), // the page's --bg
		AssetServer:      &assetserver.Options{Handler: w.requests},
		// A file dropped on the page would take its place.
		DragAndDrop:        &options.DragAndDrop{DisableWebViewDrop: true},
		Logger:             wailsLog{w.cfg.Log},
		LogLevelProduction: logger.WARNING,
		OnDomReady: func(context.Context) {
			if w.cfg.OnReady != nil {
				w.cfg.OnReady()
			}
		},
		// Wails would end GTK's loop at once, before or beside our requests.
		OnBeforeClose: func(context.Context) (prevent bool) {
			if w.cfg.Kiosk == nil {
				w.close()
			}
			return true
		},
		Linux: &linux.Options{ProgramName: programName(w.cfg), WebviewGpuPolicy: policy},
	}
	if w.cfg.Kiosk == nil {
		app.Menu = menuBar(w.words, w.act)
	}
	return app
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
