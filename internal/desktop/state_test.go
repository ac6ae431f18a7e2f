package desktop

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// heard is a log, and what was written to it.
func heard() (*slog.Logger, *bytes.Buffer) {
	var lines bytes.Buffer
	return slog.New(slog.NewTextHandler(&lines, nil)), &lines
}

// running is a keeper whose run goes on until the end is called.
func running(t *testing.T, path string) (k *keeper, end func()) {
	t.Helper()
	k = newKeeper(path, quiet())
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { k.run(ctx) })
	return k, func() {
		cancel()
		work.Wait()
	}
}

func (k *keeper) widen(width int) { k.change(func(s *windowState) { s.Width = width }) }

// widthIn returns the width that a file has, 0 where there is none.
func widthIn(t *testing.T, path string) int {
	t.Helper()
	state, err := readState(path)
	if err != nil {
		return 0
	}
	return state.Width
}

func TestStateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "new", "window.json")
		k, end := running(t, path)
		want := windowState{X: -12, Y: 40, Placed: true, Width: 900, Height: 700, Maximized: true, FullScreen: true, Zoom: 1.25, Folder: "/pictures"}
		k.change(func(s *windowState) { *s = want })
		end()
		if got := newKeeper(path, quiet()).now(); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
			t.Errorf("beside it: %v, %v", entries, err)
		}
	})
}

func TestStateIsWrittenSoonButSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "window.json")
		k, end := running(t, path)
		defer end()
		k.widen(500)
		time.Sleep(settleTime / 2)
		k.widen(501)
		time.Sleep(settleTime - time.Millisecond)
		synctest.Wait()
		if got := widthIn(t, path); got != 0 {
			t.Errorf("%d was written while the window still changed", got)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := widthIn(t, path); got != 501 {
			t.Errorf("%d is kept behind the change, want 501", got)
		}
		k.widen(502)
		time.Sleep(writeSpacing - time.Millisecond)
		synctest.Wait()
		if got := widthIn(t, path); got != 501 {
			t.Errorf("%d was written within %v", got, writeSpacing)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := widthIn(t, path); got != 502 {
			t.Errorf("%d is kept after %v, want 502", got, writeSpacing)
		}
	})
}

func TestWindowThatChangesAllTheTimeIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "window.json")
		k, end := running(t, path)
		defer end()
		writes, last := 0, 0
		for i := range 600 {
			k.widen(500 + i)
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if now := widthIn(t, path); now != last {
				writes, last = writes+1, now
			}
		}
		if writes < 4 || writes > 7 {
			t.Errorf("%d writes in a minute", writes)
		}
	})
}

func TestStateThatIsTheSameIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "window.json")
		k, end := running(t, path)
		defer end()
		k.widen(500)
		time.Sleep(time.Minute)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		k.widen(501)
		k.widen(500)
		time.Sleep(time.Minute)
		if got := widthIn(t, path); got != 0 {
			t.Errorf("%d was written though nothing had changed", got)
		}
	})
}

func TestStateThatCanNotBeWrittenIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "file")
	if err := os.WriteFile(in, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	log, lines := heard()
	k := newKeeper(filepath.Join(in, "window.json"), log)
	lines.Reset()
	for i := range 3 {
		k.widen(500 + i)
		k.write()
	}
	if n := strings.Count(lines.String(), "not kept"); n != 1 {
		t.Errorf("told %d times:\n%s", n, lines)
	}
}

func TestDamagedStateIsNone(t *testing.T) {
	sane, err := json.Marshal(firstState())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "cut": string(sane[:len(sane)/2]), "another kind": "[]", "zeros": strings.Repeat("\x00", 500),
		"no width": `{"width": 0}`, "too wide": `{"width": 100000}`, "far away": `{"x": -999999, "placed": true}`,
		"no zoom": `{"zoom": 0}`, "too large": `{"zoom": 99}`, "a folder of nowhere": `{"folder": "here"}`,
		"long": `{"folder": "/` + strings.Repeat("x", maxState) + `"}`,
	} {
		path := filepath.Join(t.TempDir(), "window.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		log, lines := heard()
		if got := newKeeper(path, log).now(); got != firstState() {
			t.Errorf("%s: %+v", name, got)
		}
		if n := strings.Count(lines.String(), "\n"); n != 1 {
			t.Errorf("%s: %d lines in the log:\n%s", name, n, lines)
		}
	}
	dir := t.TempDir()
	log, lines := heard()
	if got := newKeeper(dir, log).now(); got != firstState() || !strings.Contains(lines.String(), dir) {
		t.Errorf("a folder: %+v\n%s", got, lines)
	}
}

func TestStateOfAFirstStart(t *testing.T) {
	log, lines := heard()
	for _, path := range []string{"", filepath.Join(t.TempDir(), "no", "window.json")} {
		if got := newKeeper(path, log).now(); got != firstState() || lines.Len() > 0 {
			t.Errorf("%q: %+v\n%s", path, got, lines)
		}
	}
	older, err := parseState([]byte(`{"width": 640, "height": 480, "of later versions": 1}`))
	if want := (windowState{Width: 640, Height: 480, Zoom: 1}); err != nil || older != want {
		t.Errorf("%+v, %v; want %+v", older, err, want)
	}
}

func TestSizesThatNoWindowHasAreNotKept(t *testing.T) {
	k := newKeeper("", quiet())
	k.widen(1)
	if got := k.now(); got != firstState() {
		t.Errorf("%+v", got)
	}
}

func TestNoKeeper(t *testing.T) {
	var k *keeper
	k.widen(700)
	k.run(t.Context())
	if got := k.now(); got != firstState() {
		t.Errorf("%+v", got)
	}
}

func FuzzParseState(f *testing.F) {
	f.Add([]byte(`{"x": 1, "y": 2, "placed": true, "width": 640, "height": 480, "zoom": 1.5, "folder": "/a"}`))
	f.Add([]byte(`{"width": -1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		state, err := parseState(text)
		if err != nil {
			return
		}
		if !state.sane() {
			t.Errorf("%+v", state)
		}
		again, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseState(again); err != nil || back != state {
			t.Errorf("%+v came back as %+v, %v", state, back, err)
		}
	})
}

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.jpg")
	if err := replaceFile(path, []byte("first"), 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.jpg")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o626); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(link, []byte("second"), 0o640); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "second" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o626 { // more than a umask leaves
		t.Errorf("the mode became %v, %v", info.Mode(), err)
	}
	if err := replaceFile(dir, nil, 0o600); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// TestReplaceFileOnAFullDisk: what was there stays.
func TestReplaceFileOnAFullDisk(t *testing.T) {
	if err := replaceFile("/dev/full", []byte("x"), 0o600); err == nil {
		t.Error("a device was replaced")
	}
}
