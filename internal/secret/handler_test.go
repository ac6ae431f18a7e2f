package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"time"
)

// TestHandlerKeepsTheContract runs the standard library's conformance tests.
func TestHandlerKeepsTheContract(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return NewHandler(slog.NewJSONHandler(&out, nil))
	}, func(t *testing.T) map[string]any {
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		return line
	})
}

// address is what a camera's owner pasted.
const address = "rtsp://admin:hunter2@192.0.2.1/x"

type device struct{ url string }

func (d device) LogValue() slog.Value { return slog.GroupValue(slog.String("url", d.url)) }

type spoken struct{ url string }

func (s spoken) String() string { return s.url }

func TestHandlerRedacts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(NewHandler(slog.NewTextHandler(&out, nil)))
	wrapped := fmt.Errorf("dial %s: %w", address, errors.New("refused"))
	calls := map[string]func(){
		"message":        func() { log.Info(address) },
		"string":         func() { log.Info("m", "url", address) },
		"error":          func() { log.Info("m", "error", wrapped) },
		"joined errors":  func() { log.Info("m", "error", errors.Join(wrapped, wrapped)) },
		"Stringer":       func() { log.Info("m", "url", spoken{address}) },
		"LogValuer":      func() { log.Info("m", "device", device{address}) },
		"LogValuer in a": func() { log.Info("m", slog.Group("a", "device", device{address})) },
		"slice":          func() { log.Info("m", "urls", []string{address, address}) },
		"map":            func() { log.Info("m", "urls", map[string]string{"main": address}) },
		"struct":         func() { log.Info("m", "stream", struct{ URL string }{address}) },
		"group":          func() { log.Info("m", slog.Group("a", slog.Group("b", "url", address))) },
		"With":           func() { log.With("url", address).Info("m") },
		"With a group":   func() { log.With(slog.Group("a", "url", address)).Info("m") },
		"WithGroup":      func() { log.WithGroup("g").With("device", device{address}).Info("m", "url", address) },
		"password":       func() { log.Info("m", "password", NewText("hunter2")) },
		"in a struct":    func() { log.Info("m", "cred", struct{ password Text }{NewText("hunter2")}) },
	}
	for name, call := range calls {
		out.Reset()
		call()
		if got := out.String(); strings.Contains(got, "hunter2") || got == "" || !strings.Contains(got, Mask) && name != "in a struct" {
			t.Errorf("%s: logged %s", name, got)
		}
	}
}

// TestHandlerLeavesTheRest: what has no secret keeps its kind and its form.
func TestHandlerLeavesTheRest(t *testing.T) {
	t.Parallel()
	var plain, redacted bytes.Buffer
	args := []any{
		"n", 7, "d", 3 * time.Second, "ok", true, "f", 1.5, "at", time.Unix(1, 0).UTC(), "u", uint64(1),
		slog.Group("g", "s", "text", "n", int64(-1)), slog.Group("", "inline", 1), slog.Group("empty"),
		slog.Attr{},
		"text", "a@b.c?d",
	}
	options := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	slog.New(slog.NewJSONHandler(&plain, options)).WithGroup("w").With("a", 1).Warn("message", args...)
	slog.New(NewHandler(slog.NewJSONHandler(&redacted, options))).WithGroup("w").With("a", 1).Warn("message", args...)
	if plain.String() != redacted.String() {
		t.Errorf("without the handler:\n%swith it:\n%s", &plain, &redacted)
	}
}

func TestHandlerAsksTheNextForLevels(t *testing.T) {
	t.Parallel()
	h := NewHandler(slog.NewTextHandler(&bytes.Buffer{}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	for level, want := range map[slog.Level]bool{slog.LevelDebug: false, slog.LevelInfo: false, slog.LevelWarn: true, slog.LevelError: true} {
		if h.Enabled(context.Background(), level) != want || h.WithGroup("g").Enabled(context.Background(), level) != want {
			t.Errorf("%v is enabled: %v", level, !want)
		}
	}
}
