package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/wait"
)

// configured reads the configuration: defaults, then the file, then environment
// and flags.
func configured(flags serverFlags, log *slog.Logger) (*config.Config, error) {
	path, warning, err := config.Find(flags.Config, os.Getenv)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	warn(log, cfg, warning)
	for _, s := range flags.Camera {
		cam, err := config.ParseCameraFlag(s)
		if err != nil {
			return nil, err
		}
		if err := cfg.Add(cam); err != nil {
			return nil, err
		}
	}
	flags.over(&cfg.Settings)
	return cfg, nil
}

// configuredScreens reads what is configured of screens and kiosks, with flags over
// it. A file that is refused is no reason for a dark screen: then the configuration
// is what could be read of it, and err says what is wrong with it.
func configuredScreens(flags serverFlags, log *slog.Logger) (cfg *config.Config, err error) {
	path, warning, err := config.Find(flags.Config, os.Getenv)
	if err != nil {
		cfg = config.New()
	} else {
		cfg, err = config.LoadScreens(path)
	}
	warn(log, cfg, warning)
	flags.over(&cfg.Settings)
	return cfg, err
}

func warn(log *slog.Logger, cfg *config.Config, more string) {
	if more != "" {
		log.Warn("configuration", "warning", more)
	}
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "warning", w)
	}
}

// Times of the wait for a file that was refused.
const (
	lookForMended = 2 * time.Second
	mendedFor     = 10 * time.Second // a session starts anew sooner, and its kiosks with it
)

// errMended ends a process that was started with a configuration that is mended
// now: who started it starts it anew.
var errMended = fault.New("mended", "the configuration can be read again", "what was started by hand is to be started anew")

// untilMended returns when the configuration can be read, or ctx has ended.
func untilMended(ctx context.Context, flags serverFlags, every time.Duration) {
	silent := slog.New(slog.DiscardHandler)
	for wait.For(ctx, every) {
		if _, err := configuredScreens(flags, silent); err == nil {
			return
		}
	}
}

// over lays the flags that were given over s.
func (f *serverFlags) over(s *config.Settings) {
	given(&s.Listen, f.Listen)
	given(&s.CompatListen, f.CompatListen)
	given(&s.Hosts, f.Host)
	given(&s.Origins, f.Origin)
	set(&s.Socket, f.Socket)
	set(&s.CompatWWW, f.CompatWWW)
	set(&s.Open, f.Open)
	set(&s.IdleAfter, f.IdleAfter)
	set(&s.Limits.Viewers, f.MaxViewers)
	set(&s.Limits.ViewersPerAddress, f.MaxPerAddress)
	set(&s.Limits.Renditions, f.MaxRenditions)
	set(&s.Limits.RenditionsPerStream, f.MaxRenditionsPerStream)
}

// given takes a list that has something in it.
func given(to *[]string, list []string) {
	if len(list) > 0 {
		*to = list
	}
}

// set takes a value that is not zero.
func set[T comparable](to *T, v T) {
	if v != *new(T) {
		*to = v
	}
}

// forgetSecrets takes what has passwords in it out of the environment, once it has
// been read: the processes of a window's page need none of it.
func forgetSecrets() {
	for _, name := range []string{"CAMWALL_CAMERA", "CAMWALL_PASSWORD", "CAMWALL_PASSPHRASE"} {
		_ = os.Unsetenv(name) // it fails for bad names alone
	}
}
