package main

import (
	"log/slog"
	"os"

	"camwall/internal/config"
)

// configured reads the configuration: defaults, then the file, then environment
// and flags.
func configured(flags serverFlags, log *slog.Logger) (*config.Config, error) {
	path, err := config.Find(flags.Config, os.Getenv)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "warning", w)
	}
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
