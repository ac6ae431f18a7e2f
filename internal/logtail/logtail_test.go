package logtail_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"camwall/internal/logtail"
	"camwall/internal/secret"
)

// messages joins what a ring has, oldest first.
func messages(records []logtail.Record) string {
	var all []string
	for _, r := range records {
		all = append(all, r.Message)
	}
	return strings.Join(all, " ")
}

// attributes joins what a record says beside its message.
func attributes(r logtail.Record) string {
	var all []string
	for _, a := range r.Attributes {
		all = append(all, a.Key+"="+a.Value)
	}
	return strings.Join(all, " ")
}

func TestTail(t *testing.T) {
	t.Parallel()
	ring := logtail.NewRing(4)
	if got := ring.Tail(10, slog.LevelDebug); got == nil || len(got) != 0 {
		t.Errorf("an empty ring has %v", got)
	}
	log := slog.New(logtail.NewHandler(ring, slog.DiscardHandler))
	log.Info("nobody") // the next handler does not want it
	if got := ring.Tail(10, slog.LevelDebug); len(got) != 0 {
		t.Errorf("kept what is not logged: %v", got)
	}

	var out strings.Builder
	log = slog.New(logtail.NewHandler(ring, slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for i, want := range []string{"0", "0 1", "0 1 2", "0 1 2 3", "1 2 3 4", "2 3 4 5", "3 4 5 6", "4 5 6 7", "5 6 7 8"} {
		if i%2 == 0 {
			log.Info(fmt.Sprint(i))
		} else {
			log.Warn(fmt.Sprint(i))
		}
		if got := messages(ring.Tail(10, slog.LevelDebug)); got != want {
			t.Fatalf("after %d records the ring has %q, want %q", i+1, got, want)
		}
	}
	if strings.Count(out.String(), "\n") != 9 {
		t.Errorf("the next handler got\n%s", out.String())
	}
	for _, c := range []struct {
		n     int
		level slog.Level
		want  string
	}{
		{1, slog.LevelDebug, "8"},
		{3, slog.LevelInfo, "6 7 8"},
		{1, slog.LevelWarn, "7"},
		{10, slog.LevelWarn, "5 7"},
		{10, slog.LevelError, ""},
		{0, slog.LevelDebug, ""},
		{-1, slog.LevelDebug, ""},
	} {
		if got := messages(ring.Tail(c.n, c.level)); got != c.want {
			t.Errorf("Tail(%d, %v) has %q, want %q", c.n, c.level, got, c.want)
		}
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	ring := logtail.NewRing(0)
	log := slog.New(logtail.NewHandler(ring, slog.NewTextHandler(new(strings.Builder), nil)))
	at := time.Date(2026, 11, 21, 9, 15, 0, 0, time.FixedZone("", 8*3600))
	base := log.With("camera", "door")
	base.WithGroup("rtsp").With("try", 2).Info("away", "error", errors.New("no answer"),
		slog.Group("peer", "host", "192.0.2.1", slog.Group("", "port", 554)), slog.Time("at", at), slog.Attr{})
	base.WithGroup("").Info("plain")
	records := ring.Tail(2, slog.LevelInfo)
	want := "camera=door rtsp.try=2 rtsp.error=no answer rtsp.peer.host=192.0.2.1 rtsp.peer.port=554 rtsp.at=2026-11-21T01:15:00Z"
	if got := attributes(records[0]); got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	if got := attributes(records[1]); got != "camera=door" {
		t.Errorf("a sibling has %q", got)
	}
	if records[0].Time.IsZero() || records[0].Level != slog.LevelInfo {
		t.Errorf("kept %+v", records[0])
	}
}

// TestBounded: one record can't take much memory, and cut text stays UTF-8.
func TestBounded(t *testing.T) {
	t.Parallel()
	ring := logtail.NewRing(1)
	log := slog.New(logtail.NewHandler(ring, slog.NewTextHandler(new(strings.Builder), nil)))
	var many []any
	for i := range 100 {
		many = append(many, fmt.Sprint("k", i), strings.Repeat("門", 5000))
	}
	log.With(many...).Info(strings.Repeat("é", 5000), many...)
	r := ring.Tail(1, slog.LevelInfo)[0]
	if len(r.Message) > 1000 || !utf8.ValidString(r.Message) || !strings.HasSuffix(r.Message, "...") {
		t.Errorf("the message has %d bytes", len(r.Message))
	}
	if len(r.Attributes) != 32 {
		t.Errorf("%d attributes are kept", len(r.Attributes))
	}
	for _, a := range r.Attributes {
		if len(a.Value) > 1000 || !utf8.ValidString(a.Value) {
			t.Errorf("%s has %d bytes", a.Key, len(a.Value))
		}
	}
}

// TestBehindRedaction: nothing secret reaches the ring where it belongs.
func TestBehindRedaction(t *testing.T) {
	t.Parallel()
	ring := logtail.NewRing(0)
	log := slog.New(secret.NewHandler(logtail.NewHandler(ring, slog.NewTextHandler(new(strings.Builder), nil))))
	log.With("url", "rtsp://u:hunter2@192.0.2.1/x").Info("pull rtsp://u:hunter2@192.0.2.1/x",
		"error", errors.New("dial rtsp://u:hunter2@192.0.2.1/x"), "password", secret.NewText("hunter2"))
	r := ring.Tail(1, slog.LevelInfo)[0]
	if text := r.Message + attributes(r); strings.Contains(text, "hunter2") || !strings.Contains(text, "192.0.2.1") {
		t.Errorf("kept %s", text)
	}
}

func TestManyWriters(t *testing.T) {
	t.Parallel()
	ring := logtail.NewRing(16)
	h := logtail.NewHandler(ring, slog.NewTextHandler(new(strings.Builder), nil)).WithAttrs([]slog.Attr{slog.Int("a", 1)})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 100 {
				r := slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0)
				r.AddAttrs(slog.Int("i", i))
				if err := h.Handle(context.Background(), r); err != nil {
					t.Error(err)
				}
				for _, kept := range ring.Tail(4, slog.LevelInfo) {
					if len(kept.Attributes) != 2 || kept.Attributes[0].Key != "a" {
						t.Errorf("records share memory: %v", kept)
					}
				}
			}
		})
	}
	all.Wait()
	if n := len(ring.Tail(100, slog.LevelInfo)); n != 16 {
		t.Errorf("%d records are kept", n)
	}
}
