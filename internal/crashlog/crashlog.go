// Package crashlog keeps reports of what died or hung as text files in one
// folder, so that they are there after a restart and on a terminal without a
// keyboard. It keeps the newest few, each bounded, with passwords taken out. It
// sends nothing anywhere and decides nothing. Packages desktop and session write
// reports; package app says where they are kept.
package crashlog

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"camwall/internal/secret"
)

// What is kept unless Config says otherwise.
const (
	DefaultKeep     = 20
	DefaultMaxBytes = 64 << 10
)

// stamp is the time in a report's name. Names do not sort as the reports came: a
// machine may start with its clock in 1970. The files' own times do (settle).
const stamp = "20060102T150405Z"

// cutMark ends a report that was too long.
const cutMark = "\n(cut)\n"

// sameSecond is how many reports of one kind may come in one second.
const sameSecond = 100

var (
	reportName = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z-[a-z0-9-]{1,40}\.txt$`)
	unfitting  = regexp.MustCompile(`[^a-z0-9]+`)
)

// Config is what New needs.
type Config struct {
	// Dir is the folder; it is made with the first report. Only files that are
	// named like reports are ever removed from it.
	Dir string

	// Keep is how many reports are kept; 0 is DefaultKeep.
	Keep int

	// MaxBytes is the size of one report, above which it is cut; 0 is
	// DefaultMaxBytes.
	MaxBytes int

	// Log tells where a report is, or why it could not be kept; required.
	Log *slog.Logger
}

// Log is a folder of reports. It is safe for use by many goroutines; a nil one
// keeps nothing.
type Log struct {
	cfg Config

	// mu lets one report be written at a time.
	mu sync.Mutex
}

// New returns a Log. It does not touch the folder.
func New(cfg Config) *Log {
	if cfg.Keep <= 0 {
		cfg.Keep = DefaultKeep
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	return &Log{cfg: cfg}
}

// Write keeps a report. kind becomes a part of the file's name: a few words.
// What can't be kept is one line of the log: nothing fails because its report
// does. It blocks as long as the disk does.
func (l *Log) Write(kind, text string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	name, err := l.write(plain(kind), l.bounded(text))
	if err != nil {
		l.cfg.Log.LogAttrs(context.Background(), slog.LevelWarn, "a crash report can't be kept", slog.Any("err", err))
		return
	}
	l.cfg.Log.LogAttrs(context.Background(), slog.LevelInfo, "a crash report was kept", slog.String("file", name))
}

// write makes room and puts the report into a file of its own.
func (l *Log) write(kind, text string) (name string, err error) {
	if err := os.MkdirAll(l.cfg.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of reports: %w", err)
	}
	// First, as a full disk may be full of them.
	if err := l.prune(l.cfg.Keep - 1); err != nil {
		return "", err
	}
	file, err := l.create(time.Now().UTC().Format(stamp) + "-" + kind)
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	if err == nil {
		err = l.settle(file.Name())
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		_ = os.Remove(file.Name()) // half a report helps nobody
		return "", fmt.Errorf("write a report: %w", err)
	}
	return file.Name(), nil
}

// create opens a file that is new: two reports of one second are two files.
func (l *Log) create(base string) (*os.File, error) {
	path := filepath.Join(l.cfg.Dir, base)
	for n := 1; ; n++ {
		name := path + ".txt"
		if n > 1 {
			name = fmt.Sprintf("%s-%d.txt", path, n)
		}
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil || !os.IsExist(err) || n == sameSecond {
			return file, err
		}
	}
}

// report is a file that is there.
type report struct {
	name    string
	written time.Time // as the file has it
}

// reports returns what is there in the order in which it was written.
func (l *Log) reports() ([]report, error) {
	entries, err := os.ReadDir(l.cfg.Dir) // in the order of names
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	var all []report
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !reportName.MatchString(e.Name()) {
			continue // what is gone meanwhile, too
		}
		all = append(all, report{e.Name(), info.ModTime()})
	}
	slices.SortStableFunc(all, func(a, b report) int { return a.written.Compare(b.written) })
	return all, nil
}

// settle gives a new report a time behind that of all others, whatever the clock
// says.
func (l *Log) settle(path string) error {
	all, err := l.reports()
	if err != nil {
		return err
	}
	at := time.Now()
	for _, r := range all {
		if r.name != filepath.Base(path) && !r.written.Before(at) {
			at = r.written.Add(time.Millisecond)
		}
	}
	return os.Chtimes(path, at, at)
}

// prune removes the oldest reports until no more than left are there.
func (l *Log) prune(left int) error {
	reports, err := l.reports()
	if err != nil {
		return err
	}
	for len(reports) > left {
		if err := os.Remove(filepath.Join(l.cfg.Dir, reports[0].name)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove an old report: %w", err)
		}
		reports = reports[1:]
	}
	return nil
}

// bounded takes secrets out, then cuts: a cut through an address would hide from
// redaction what it is.
func (l *Log) bounded(text string) string {
	text = secret.Redact(strings.ToValidUTF8(text, "\uFFFD"))
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if len(text) <= l.cfg.MaxBytes {
		return text
	}
	end := max(0, l.cfg.MaxBytes-len(cutMark))
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cutMark
}

// plain makes a kind fit for a file's name.
func plain(kind string) string {
	kind = strings.Trim(unfitting.ReplaceAllString(strings.ToLower(kind), "-"), "-")
	kind = strings.Trim(kind[:min(len(kind), 30)], "-")
	if kind == "" {
		return "report"
	}
	return kind
}
