package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"camwall/internal/config"
	"camwall/internal/crashlog"
	"camwall/internal/desktop"
	"camwall/internal/fault"
	"camwall/internal/kiosk"
	"camwall/internal/screen"
	"camwall/internal/service"
	"camwall/internal/unixsock"
	"camwall/internal/wait"
)

type kioskCommand struct {
	serverFlags

	Wall    string `required:"" help:"The wall to show, by its name; * is all cameras." placeholder:"NAME"`
	Output  string `help:"The screen that the window is for, by its connector: HDMI-A-1. The session places it there." placeholder:"NAME"`
	Display string `help:"The same screen by make, model and serial number, as its entry in camwall.yaml may name it." placeholder:"NAME"`
	Server  string `name:"server" env:"CAMWALL_KIOSK_SERVER" help:"Whose pictures: unix:/path or http://host:port; else a server of this machine that answers, else this process." placeholder:"URL"`
	PINFile string `name:"pin-file" env:"CAMWALL_PIN_FILE" help:"File with the PIN that leads out, 4 to 12 digits; without any there is no way out." placeholder:"FILE"`
	Key     string `env:"CAMWALL_KIOSK_KEY" help:"Key that opens the pad for the PIN: Ctrl+Alt+Q. Hands press a corner for 3 s." placeholder:"KEY"`
	Memory  int    `env:"CAMWALL_KIOSK_MEMORY" help:"Memory of the page's process, in MiB, before it is renewed: 1024." placeholder:"MIB"`
}

// kioskSettings is what a kiosk needs of flags and file.
type kioskSettings struct {
	config.Kiosk
	screen screen.Screen
	socket string // of a server on this machine, as configured
	dir    string // for sockets
	data   string

	refused error // what is wrong with the file; it is told on the screen
}

// settings lays the flags over the file.
func (c *kioskCommand) settings(log *slog.Logger) (s kioskSettings, err error) {
	cfg, refused := configuredScreens(c.serverFlags, log)
	s.refused = refused
	s.Kiosk, s.socket = cfg.Settings.Kiosk, cfg.Settings.Socket
	s.screen, _ = screen.Find(cfg.Screens, c.Output, c.Display)
	if s.screen.Output == "" {
		s.screen = screen.New(cmp.Or(c.Output, screen.Any), c.Wall)
	}
	if c.Server != "" {
		if s.Server, err = config.ParseKioskServer(c.Server); err != nil {
			return s, err
		}
	}
	if c.Key != "" {
		if s.Key, err = config.ParseKioskKey(c.Key); err != nil {
			return s, err
		}
	}
	if c.PINFile != "" {
		if s.PIN, err = config.ReadPIN(c.PINFile); err != nil {
			return s, err
		}
	}
	if c.Memory != 0 {
		if s.Memory, err = config.ParseKioskMemory(c.Memory); err != nil {
			return s, err
		}
	}
	if s.data, err = config.DataDir(c.Data, os.Getenv); err != nil {
		return s, err
	}
	if s.dir, err = unixsock.RuntimeDir(os.Getenv); err != nil {
		return s, err
	}
	for _, path := range []*string{&s.dir, &s.socket} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return s, fault.Errorf(fault.Config, "the folder that we are in: %w", err)
		}
	}
	return s, nil
}

// Run opens a locked window on one wall, and keeps it until the PIN or ctx ends
// it. The window is there before any core is.
func (c *kioskCommand) Run(ctx context.Context, s streams) error {
	ctx, stop := untilHangup(ctx)
	defer stop()
	log := c.logger(s.err)
	c.Wall = strings.ToLower(c.Wall) // as the file's names are
	settings, err := c.settings(log.Logger)
	if err != nil {
		return err
	}
	if settings.refused != nil {
		log.Error("the configuration is refused", "error", settings.refused)
	}
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	commands := make(chan desktop.Command, 1)
	reload := func() {
		select {
		case commands <- desktop.CommandReload:
		default: // one waits already
		}
	}
	locked, err := kiosk.New(kiosk.Config{
		Wall: c.Wall, Output: c.Output, Key: settings.Key, PIN: settings.PIN, Version: version,
		Dim: settings.screen.Dim, Shift: settings.screen.Shift, Log: log.Logger,
		OnLeave: func() { leave(exitCode(kiosk.ExitLeft)) }, OnReload: reload,
	})
	if err != nil {
		return err
	}
	if err := desktop.Check(); err != nil {
		return onNoDisplay(err)
	}
	control := kiosk.NewControl(c.Wall, c.Output, reload)
	controlled, err := serveControl(settings.dir, c.Output, control, log.Logger)
	if err != nil {
		return err
	}
	defer controlled()

	// Of whatever ends, the others are told by ctx, and waited for.
	var running sync.WaitGroup
	defer running.Wait()
	defer leave(nil)
	running.Go(func() { _ = locked.Run(ctx) })
	running.Go(func() {
		if settings.refused != nil {
			c.waitForMended(ctx, locked, settings.refused, leave)
			return
		}
		c.choice(settings, locked, log, s.err).run(ctx)
	})
	running.Go(func() { service.Watch(ctx, control.Alive) })

	forgetSecrets()
	err = desktop.Run(ctx, desktop.Config{
		Handler: locked, Title: "Camwall", Log: log.Logger, Version: version, Language: desktop.Language(os.Getenv),
		Kiosk:       &desktop.Kiosk{Program: kiosk.AppID(c.Output), Home: locked.Home()},
		MemoryLimit: settings.Memory, Commands: commands, OnHealth: reporter(control, log.Logger),
		Crashes: crashlog.New(crashlog.Config{Dir: filepath.Join(settings.data, "crashes"), Log: log.Logger}),
	})
	if err == nil && ctx.Err() == nil {
		err = fault.New(fault.Internal, "the window ended by itself", "the display may have gone; its log tells more")
	}
	leave(nil)
	_ = service.Stopping() // who does not hear it sees it
	return ended(ctx, err, log.Logger)
}

// ended returns what a kiosk ends with whose window has ended with err. Once it was
// left, what fails while all ends is for the log alone.
func ended(ctx context.Context, err error, log *slog.Logger) error {
	cause := context.Cause(ctx)
	if _, left := errors.AsType[exitCode](cause); !left && !errors.Is(cause, errMended) {
		return err
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Warn("the window", "error", err)
	}
	return cause
}

// waitForMended tells what is wrong with the configuration: whose pictures to show
// nobody knows. Once it is mended, the kiosk ends, to be started by what it says now.
func (c *kioskCommand) waitForMended(ctx context.Context, to *kiosk.Kiosk, refused error, leave context.CancelCauseFunc) {
	to.Say(refused)
	untilMended(ctx, c.serverFlags, lookForMended)
	if wait.For(ctx, mendedFor) {
		leave(errMended)
	}
}

// onNoDisplay says what gives a kiosk a display.
func onNoDisplay(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Code == fault.NoDisplay {
		return f.WithHint("`camwall session` starts a display and a kiosk on each of its screens; or start this within a desktop session")
	}
	return err
}

// reporter hands on what the window says of itself. With its first word we are
// ready.
func reporter(control *kiosk.Control, log *slog.Logger) func(desktop.Health) {
	var once sync.Once
	return func(h desktop.Health) {
		control.Report(h.Page, h.Healthy, h.Renewed)
		once.Do(func() {
			if err := service.Ready(); err != nil {
				log.Warn("systemd is not told", "error", err)
			}
		})
	}
}

// serveControl serves what a session asks at the kiosk's socket, until end is
// called.
func serveControl(dir, output string, control http.Handler, log *slog.Logger) (end func(), err error) {
	path := kiosk.ControlSocket(dir, output)
	l, err := unixsock.Listen(path, 0o600)
	if fault.CodeOf(err) == fault.Locked {
		return nil, fault.Errorf(fault.Locked, "a kiosk runs on this screen already: %w", err).WithHint("end that one, or name another screen with --output")
	}
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler: control, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) }) // it ends with Close
	return func() {
		_ = server.Close()
		serving.Wait()
	}, nil
}

// choice prepares the search for a core.
func (c *kioskCommand) choice(s kioskSettings, to *kiosk.Kiosk, log journal, said io.Writer) *coreChoice {
	flags := c.serverFlags
	return &coreChoice{
		to: to, named: s.Server, servers: serverSockets(s.socket), own: filepath.Join(s.dir, ownSocket), log: log.Logger, ask: askSocket,
		start: func() (*core, error) {
			core, err := kioskCore(flags, log)
			if err != nil {
				return nil, err
			}
			if err := core.listen(said); err != nil {
				core.Close()
				return nil, err
			}
			core.inventory.Run()
			return core, nil
		},
	}
}
