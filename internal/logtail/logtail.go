// Package logtail keeps the last records of the log in memory, for the log that
// the API shows. A Handler hands each record to a Ring and on to the handler
// that writes it. It hides nothing: it stands behind the handler that redacts
// (secret.NewHandler), so that what it keeps may be shown. Package app builds
// it; package api reads the Ring.
package logtail

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// DefaultSize is how many records a Ring keeps unless told otherwise.
const DefaultSize = 1000

// What is kept of one record; what is longer is cut.
const (
	maxText       = 1000 // bytes of a message or a value
	maxAttributes = 32
	mark          = "..." // ends what was cut
)

// Record is one line of the log.
type Record struct {
	Time       time.Time
	Level      slog.Level
	Message    string
	Attributes []Attribute // in the order of the log; groups are joined by dots
}

// Attribute is what a record says beside its message.
type Attribute struct{ Key, Value string }

// Ring is the last records. It is safe for use by many goroutines.
type Ring struct {
	// mu guards the fields below.
	mu      sync.Mutex
	records []Record // a ring once it is full
	next    int      // where the next record goes
	size    int
}

// NewRing returns a Ring of so many records; 0 is DefaultSize.
func NewRing(size int) *Ring {
	if size <= 0 {
		size = DefaultSize
	}
	return &Ring{size: size}
}

// Tail returns the newest records of at least that level, at most n, the newest
// last.
func (r *Ring) Tail(n int, level slog.Level) []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	tail := []Record{}
	for i := range r.records {
		if len(tail) >= n {
			break
		}
		at := (r.next - 1 - i + 2*len(r.records)) % len(r.records)
		if r.records[at].Level >= level {
			tail = append(tail, r.records[at])
		}
	}
	slices.Reverse(tail)
	return tail
}

func (r *Ring) add(record Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.records) < r.size {
		r.records = append(r.records, record)
		r.next = len(r.records) % r.size
		return
	}
	r.records[r.next] = record
	r.next = (r.next + 1) % r.size
}

// Handler is a slog.Handler that keeps each record in a Ring and hands it on.
type Handler struct {
	ring   *Ring
	next   slog.Handler
	prefix string // of the groups that are open
	fixed  []Attribute
}

var _ slog.Handler = (*Handler)(nil)

// NewHandler keeps in ring what it hands to next. Records that next does not
// want are not kept.
func NewHandler(ring *Ring, next slog.Handler) *Handler { return &Handler{ring: ring, next: next} }

// Enabled asks the next handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle keeps r and hands it on.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	kept := Record{Time: r.Time, Level: r.Level, Message: cut(r.Message), Attributes: slices.Clip(h.fixed)}
	r.Attrs(func(a slog.Attr) bool {
		kept.Attributes = appendAttr(kept.Attributes, h.prefix, a)
		return len(kept.Attributes) < maxAttributes
	})
	h.ring.add(kept)
	return h.next.Handle(ctx, r)
}

// WithAttrs keeps attrs for every record.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.next = h.next.WithAttrs(attrs)
	c.fixed = slices.Clone(h.fixed)
	for _, a := range attrs {
		c.fixed = appendAttr(c.fixed, h.prefix, a)
	}
	return &c
}

// WithGroup opens a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	c := *h
	c.next = h.next.WithGroup(name)
	if name != "" {
		c.prefix = h.prefix + name + "."
	}
	return &c
}

// appendAttr appends a, and the members of a group one by one.
func appendAttr(to []Attribute, prefix string, a slog.Attr) []Attribute {
	if a.Equal(slog.Attr{}) || len(to) >= maxAttributes {
		return to
	}
	v := a.Value.Resolve()
	if v.Kind() != slog.KindGroup {
		return append(to, Attribute{cut(prefix + a.Key), cut(text(v))})
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, member := range v.Group() {
		to = appendAttr(to, prefix, member)
	}
	return to
}

func text(v slog.Value) string {
	if v.Kind() == slog.KindTime {
		return v.Time().UTC().Format(time.RFC3339Nano)
	}
	return v.String()
}

// cut returns s without the memory of what it was cut from.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText - len(mark)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.Clone(s[:end]) + mark
}
