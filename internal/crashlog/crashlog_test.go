package crashlog

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

// newLog returns a Log in a folder that is not there yet, and what is logged.
func newLog(t *testing.T, cfg Config) (l *Log, dir string, logged *bytes.Buffer) {
	t.Helper()
	logged = new(bytes.Buffer)
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(t.TempDir(), "state", "crashes")
	}
	cfg.Log = slog.New(slog.NewTextHandler(logged, nil))
	return New(cfg), cfg.Dir, logged
}

// reports returns what is in the folder: names and texts, the oldest first.
func reports(t *testing.T, dir string) (names, texts []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		names, texts = append(names, e.Name()), append(texts, string(text))
	}
	return names, texts
}

func TestWrite(t *testing.T) {
	l, dir, logged := newLog(t, Config{})
	l.Write("page-died", "it died")
	names, texts := reports(t, dir)
	if len(names) != 1 || !regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z-page-died\.txt$`).MatchString(names[0]) {
		t.Fatalf("files %q", names)
	}
	if texts[0] != "it died\n" {
		t.Errorf("text %q", texts[0])
	}
	if !strings.Contains(logged.String(), names[0]) {
		t.Errorf("the log does not tell where it is: %s", logged)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, names[0]): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
}

func TestSecretsAreTakenOut(t *testing.T) {
	l, dir, _ := newLog(t, Config{MaxBytes: 200})
	// The second address would be cut within its password.
	l.Write("page died", "rtsp://admin:geheim@192.0.2.7/x\nAuthorization: Basic geheim\n"+
		strings.Repeat("y", 80)+" rtsp://admin:"+strings.Repeat("geheim", 20)+"@192.0.2.7/x")
	_, texts := reports(t, dir)
	if strings.Contains(texts[0], "geheim") {
		t.Errorf("a report with a password: %s", texts[0])
	}
}

func TestReportsAreBounded(t *testing.T) {
	l, dir, _ := newLog(t, Config{MaxBytes: 1000})
	l.Write("long", strings.Repeat("水", 1000))
	l.Write("fits", strings.Repeat("x", 999))
	l.Write("torn", "\xff\xfe")
	names, texts := reports(t, dir)
	for i, text := range texts {
		if len(text) > 1000 || !utf8.ValidString(text) {
			t.Errorf("%s has %d bytes", names[i], len(text))
		}
		if cut := strings.HasSuffix(text, cutMark); cut != strings.Contains(names[i], "long") {
			t.Errorf("%s ends %q", names[i], text[max(0, len(text)-20):])
		}
	}
}

func TestOnlyTheNewestAreKept(t *testing.T) {
	l, dir, _ := newLog(t, Config{Keep: 3})
	if err := os.MkdirAll(filepath.Join(dir, "20200101T000000Z-folder.txt"), 0o700); err != nil {
		t.Fatal(err)
	}
	others := []string{"notes.txt", "20200101T000000Z-Note.txt", "20200101T000000Z-x.txt.bak"}
	old := []string{"20200101T000000Z-page-died.txt", "20200102T000000Z-page-died.txt", "20200103T000000Z-a.txt", "20200104T000000Z-a.txt"}
	for _, name := range append(others, old...) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.Write("new", "x")
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	for _, name := range append(others, old[2:]...) {
		if !exists(name) {
			t.Errorf("%s is gone", name)
		}
	}
	for _, name := range old[:2] {
		if exists(name) {
			t.Errorf("%s is still there", name)
		}
	}
}

// A machine that starts with its clock in the past keeps what it writes then: here
// the clock shows 2000, and what is there is of now.
func TestAClockInThePast(t *testing.T) {
	l, dir, _ := newLog(t, Config{Keep: 3})
	for _, kind := range []string{"first", "second", "third"} {
		l.Write(kind, "x")
	}
	synctest.Test(t, func(*testing.T) {
		l.Write("fourth", "x")
		time.Sleep(time.Hour) // the bubble's
		l.Write("fifth", "x")
	})
	names, _ := reports(t, dir)
	kept := strings.Join(names, " ")
	if len(names) != 3 || !strings.Contains(kept, "-third.") || !strings.Contains(kept, "20000101T000000Z-fourth.txt") || !strings.Contains(kept, "20000101T010000Z-fifth.txt") {
		t.Errorf("kept: %q", names)
	}
}

func TestManyInOneSecond(t *testing.T) {
	l, dir, _ := newLog(t, Config{Keep: 50})
	var writers sync.WaitGroup
	for i := range 30 {
		writers.Go(func() { l.Write("page-died", fmt.Sprint(i)) })
	}
	writers.Wait()
	names, texts := reports(t, dir)
	if len(names) != 30 {
		t.Fatalf("%d files of 30 reports: %q", len(names), names)
	}
	seen := make(map[string]bool)
	for i, text := range texts {
		seen[text] = true
		if !reportName.MatchString(names[i]) {
			t.Errorf("%s would be kept for ever", names[i])
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d different texts", len(seen))
	}
}

func TestKinds(t *testing.T) {
	for kind, want := range map[string]string{
		"page-died":                     "page-died",
		"../../etc/Passwd":              "etc-passwd",
		"":                              "report",
		"頁面":                            "report",
		strings.Repeat("long kind ", 9): "long-kind-long-kind-long-kind",
	} {
		if got := plain(kind); got != want || !reportName.MatchString("20261121T150405Z-"+got+"-99.txt") {
			t.Errorf("%q becomes %q, want %q", kind, got, want)
		}
	}
}

func TestWhatCanNotBeKeptIsLogged(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, _, logged := newLog(t, Config{Dir: filepath.Join(blocked, "crashes")})
	l.Write("page-died", "x")
	if n := strings.Count(logged.String(), "\n"); n != 1 || !strings.Contains(logged.String(), "can't be kept") {
		t.Errorf("logged %q", logged)
	}
	link := filepath.Join(t.TempDir(), "crashes") // a disk that is gone
	if err := os.Symlink("/dev/full/x", link); err != nil {
		t.Fatal(err)
	}
	l, _, logged = newLog(t, Config{Dir: link})
	l.Write("page-died", "x")
	if n := strings.Count(logged.String(), "\n"); n != 1 || !strings.Contains(logged.String(), "can't be kept") {
		t.Errorf("logged %q", logged)
	}
}

func TestNoLog(t *testing.T) {
	var l *Log
	l.Write("page-died", "x")
}
