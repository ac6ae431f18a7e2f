package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"camwall/internal/camera"
	"camwall/internal/config"
	"camwall/internal/crashlog"
	"camwall/internal/fault"
	"camwall/internal/kiosk"
	"camwall/internal/service"
	"camwall/internal/session"
	"camwall/internal/unixsock"
)

type sessionCommand struct {
	logFlags

	Config  string `env:"CAMWALL_CONFIG" help:"Configuration file; else camwall/camwall.yaml in $$XDG_CONFIG_HOME or in /etc." placeholder:"FILE"`
	Data    string `env:"CAMWALL_DATA" help:"Folder for what Camwall keeps; else camwall in $$XDG_DATA_HOME." placeholder:"DIR"`
	Wall    string `env:"CAMWALL_WALL" help:"Wall of the screens that name none, or * for all cameras; else the file's first wall, else all cameras." placeholder:"NAME"`
	Display string `default:"auto" enum:"auto,sway,xorg" env:"CAMWALL_DISPLAY_SERVER" help:"Display server: sway, xorg, or auto, which is sway where it comes up."`
}

// Run holds the display of this terminal until ctx ends, or until somebody leaves a
// kiosk by its PIN, which its exit code tells: every other end is to be followed by a
// new start.
func (c *sessionCommand) Run(ctx context.Context, s streams) error {
	ctx, stop := untilHangup(ctx)
	defer stop()
	log := c.logger(s.err)
	flags := serverFlags{Config: c.Config}
	cfg, refused := configuredScreens(flags, log.Logger)
	if refused != nil { // its kiosks tell it on the screens, and it is tried again
		log.Error("the configuration is refused", "error", refused)
	}
	made, err := c.settings(cfg)
	if err != nil {
		return err
	}
	made.Log = log.Logger
	made.Environ = os.Environ()
	if data, err := config.DataDir(c.Data, os.Getenv); err == nil { // without one crashes are told in the log alone
		made.Crashes = crashlog.New(crashlog.Config{Dir: filepath.Join(data, "crashes"), Log: log.Logger})
	}
	made.OnReady = func() {
		if err := service.Ready(); err != nil {
			log.Warn("systemd can't be told that the display is ready", "error", err)
		}
	}
	display, err := session.New(made)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	var watching sync.WaitGroup
	mended := make(chan bool, 1)
	defer watching.Wait()
	defer end()
	watching.Go(func() { service.Watch(ctx, display.Healthy) })
	if refused != nil {
		watching.Go(func() {
			untilMended(ctx, flags, lookForMended)
			mended <- ctx.Err() == nil
			end()
		})
	} else {
		mended <- false
	}
	err = display.Run(ctx)
	end()
	_ = service.Stopping() // who does not hear it sees it
	switch {
	case <-mended:
		return errMended
	case err == nil:
		return exitCode(kiosk.ExitLeft)
	}
	return err
}

// untilHangup is for what holds a screen: a console that goes is a request to end in
// order, and a standard error that nobody reads any more is no reason to end at all.
func untilHangup(ctx context.Context) (context.Context, context.CancelFunc) {
	// Caught, since what is ignored stays so in the programs that are started. Nobody
	// looks: the write that failed tells its caller.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	if signal.Ignored(syscall.SIGHUP) { // by nohup
		return context.WithCancel(ctx)
	}
	return signal.NotifyContext(ctx, syscall.SIGHUP)
}

// settings returns what flags and file say of the session.
func (c *sessionCommand) settings(cfg *config.Config) (session.Config, error) {
	program, err := os.Executable()
	if err != nil {
		return session.Config{}, fault.Errorf(fault.Internal, "find our own program: %w", err)
	}
	dir, err := unixsock.RuntimeDir(os.Getenv)
	if err != nil {
		return session.Config{}, err
	}
	wall, err := c.wall(cfg)
	if err != nil {
		return session.Config{}, err
	}
	return session.Config{
		Screens: cfg.Screens, Wall: wall, Kiosk: c.kiosk(program), Display: session.Display(c.Display), Dir: dir,
	}, nil
}

// wall is the one of the screens that name none.
func (c *sessionCommand) wall(cfg *config.Config) (string, error) {
	switch {
	case c.Wall == config.AllCameras:
		return c.Wall, nil
	case c.Wall != "":
		id, err := camera.ParseID(c.Wall)
		if err != nil {
			return "", fault.Errorf(fault.BadRequest, "--wall is %.80q, which is no name of a wall", c.Wall).
				WithHint("a name has 1 to 63 letters, digits, _ or -; * is all cameras")
		}
		return string(id), nil
	case len(cfg.Walls) > 0:
		return cfg.Walls[0].Name, nil
	}
	return config.AllCameras, nil
}

// kiosk is the command line of a kiosk, but for its wall and its output.
func (c *sessionCommand) kiosk(program string) []string {
	command := []string{program, "kiosk"}
	for _, flag := range []struct{ name, value string }{{"--config", c.Config}, {"--data", c.Data}, {"--log-format", c.LogFormat}} {
		if flag.value != "" {
			command = append(command, flag.name+"="+flag.value)
		}
	}
	return append(command, "--log-level="+c.LogLevel.String())
}
