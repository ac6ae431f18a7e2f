package main

import (
	"io"
	"log/slog"

	"camwall/internal/logtail"
	"camwall/internal/secret"
)

// logFlags say what is logged, and how.
type logFlags struct {
	LogLevel  slog.Level `default:"info" env:"CAMWALL_LOG_LEVEL" help:"What is logged: debug, info, warn or error." placeholder:"LEVEL"`
	LogFormat string     `default:"text" enum:"text,json" env:"CAMWALL_LOG_FORMAT" help:"How it is logged: text or json."`
}

// journal is the one log of the process, with its last lines. Nothing secret
// passes through it.
type journal struct {
	*slog.Logger
	tail *logtail.Ring
}

func (f logFlags) logger(w io.Writer) journal {
	options := &slog.HandlerOptions{Level: f.LogLevel}
	var h slog.Handler = slog.NewTextHandler(w, options)
	if f.LogFormat == "json" {
		h = slog.NewJSONHandler(w, options)
	}
	tail := logtail.NewRing(logtail.DefaultSize)
	return journal{slog.New(secret.NewHandler(logtail.NewHandler(tail, h))), tail}
}
