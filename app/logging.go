package main

import (
	"io"
	"log/slog"

	"camwall/internal/secret"
)

// logFlags say what is logged, and how.
type logFlags struct {
	LogLevel  slog.Level `default:"info" env:"CAMWALL_LOG_LEVEL" help:"What is logged: debug, info, warn or error." placeholder:"LEVEL"`
	LogFormat string     `default:"text" enum:"text,json" env:"CAMWALL_LOG_FORMAT" help:"How it is logged: text or json."`
}

// logger returns the one log of the process. Nothing secret passes through it.
func (f logFlags) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: f.LogLevel}
	var h slog.Handler = slog.NewTextHandler(w, options)
	if f.LogFormat == "json" {
		h = slog.NewJSONHandler(w, options)
	}
	return slog.New(secret.NewHandler(h))
}
