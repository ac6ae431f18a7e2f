package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// TestDamagedData: what can't be used is refused with words that help, and left
// as it was to the last byte.
func TestDamagedData(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(t *testing.T, path string)
		told  string
	}{
		"no database": {func(t *testing.T, path string) { write(t, path, []byte("cameras:\n  - id: gate\n")) }, "damaged"},
		"empty":       {func(t *testing.T, path string) { write(t, path, nil) }, "is empty"},
		"half a page": {func(t *testing.T, path string) { cut(t, path, 2000) }, "damaged"},
		"cut off":     {func(t *testing.T, path string) { cut(t, path, 5*4096) }, "damaged"},
		"noise in a page": {func(t *testing.T, path string) {
			raw := read(t, path)
			for page := 1; page < len(raw)/4096; page++ {
				copy(raw[page*4096:], bytes.Repeat([]byte{0xa5}, 64))
			}
			write(t, path, raw)
		}, "damaged"},
		"noise in the header":   {func(t *testing.T, path string) { flip(t, path, 16) }, "damaged"},
		"of another program":    {func(t *testing.T, path string) { change(t, path, "PRAGMA application_id = 7") }, "another program"},
		"of no version":         {func(t *testing.T, path string) { change(t, path, "PRAGMA user_version = 0") }, "another program"},
		"newer":                 {func(t *testing.T, path string) { change(t, path, "PRAGMA user_version = 99") }, "newer Camwall"},
		"a table that is gone":  {func(t *testing.T, path string) { change(t, path, "PRAGMA foreign_keys = 0; DELETE FROM devices") }, "belong to nothing"},
		"a folder":              {func(t *testing.T, path string) { remove(t, path); mkdir(t, path) }, "no file"},
		"a journal without one": {func(t *testing.T, path string) { remove(t, path); write(t, path+"-wal", []byte("frames")) }, "journal"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := lay(t, 2)
			path := filepath.Join(dir, databaseFile)
			c.spoil(t, path)
			var before map[string]string
			if name != "a folder" {
				before = readFolder(t, dir)
			}
			for range 2 {
				s, err := Open(t.Context(), Config{Dir: dir})
				if err == nil {
					s.Close()
				}
				f, ok := errors.AsType[*fault.Error](err)
				if !ok || f.Code != fault.Storage || !strings.Contains(f.Message, c.told) || f.Hint == "" {
					t.Fatalf("error is %v", err)
				}
			}
			if before != nil && !reflect.DeepEqual(before, readFolder(t, dir)) {
				t.Error("the files are not as they were")
			}
			if _, err := Backup(t.Context(), fast(dir), passphrase, true, &bytes.Buffer{}); err == nil {
				t.Error("a backup of it has no error")
			}
			if before != nil && before[databaseFile] != readFolder(t, dir)[databaseFile] {
				t.Error("the database is not as it was")
			}
		})
	}
}

// TestDamagedDataBesideAJournal: also after a crash nothing is written to what
// is damaged.
func TestDamagedDataBesideAJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	killAfter(t, dir, 10)
	path := filepath.Join(dir, databaseFile)
	if wal := read(t, path+"-wal"); len(wal) == 0 {
		t.Fatal("there is no journal")
	}
	sound := read(t, path)
	drown(t, path)
	before := readFolder(t, dir)
	_, err := Open(t.Context(), Config{Dir: dir})
	wantCode(t, err, fault.Storage)
	if after := readFolder(t, dir); !reflect.DeepEqual(before, after) {
		t.Error("the files are not as they were")
	}
	// What is not damaged is not lost by that.
	write(t, path, sound)
	if c := load(t, openStore(t, dir)); len(c.Cameras) < 11 || c.Notice == nil {
		t.Errorf("%d cameras, notice %v", len(c.Cameras), c.Notice)
	}
}

// TestUnfinishedCreation: a start that was killed while it made the data is
// done again.
func TestUnfinishedCreation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, newFile), []byte("half"))
	write(t, filepath.Join(dir, newFile+"-wal"), []byte("half"))
	s := openStore(t, dir)
	put(t, s, recorder())
	for _, name := range []string{newFile, newFile + "-wal"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data #1?%20")
	s := openStore(t, dir)
	put(t, s, recorder())
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 4 {
		t.Fatalf("files are %v: %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", e.Name(), info.Mode(), err)
		}
	}
}

// TestOneAtATime: a second process can't write, and is told who can.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openAndClose(t, dir)
	pid, letGo := held(t, dir)
	_, err := Open(t.Context(), Config{Dir: dir})
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Locked || !strings.Contains(f.Message, "process "+strconv.Itoa(pid)) || !strings.Contains(f.Hint, "--server") {
		t.Errorf("error is %+v", err)
	}
	if holder, err := Holder(dir); err != nil || holder != pid {
		t.Errorf("holder is %d, want %d: %v", holder, pid, err)
	}
	_, err = Restore(t.Context(), fast(dir), passphrase, &bytes.Buffer{})
	wantCode(t, err, fault.Locked)

	// Reading and backing up work beside it.
	s, err := Open(t.Context(), Config{Dir: dir, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if c := load(t, s); len(c.Devices) != 1 || c.Notice != nil {
		t.Errorf("contents are %+v", c)
	}
	wantCode(t, s.Update(t.Context(), func(*Tx) error { return nil }), fault.Storage)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Backup(t.Context(), fast(dir), passphrase, true, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
	letGo()
	if holder, err := Holder(dir); err != nil || holder != 0 {
		t.Errorf("holder is %d: %v", holder, err)
	}
	if c := load(t, openStore(t, dir)); c.Notice != nil {
		t.Errorf("notice is %v", c.Notice)
	}
}

func TestHolderOfNothing(t *testing.T) {
	t.Parallel()
	if holder, err := Holder(filepath.Join(t.TempDir(), "none")); err != nil || holder != 0 {
		t.Errorf("holder is %d: %v", holder, err)
	}
}

// TestReadingWithoutData makes no file.
func TestReadingWithoutData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	s, err := Open(t.Context(), Config{Dir: dir, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if c := load(t, s); len(c.Devices) != 0 || c.Notice != nil {
		t.Errorf("contents are %+v", c)
	}
	if walls, err := s.Walls(t.Context()); err != nil || len(walls) != 0 {
		t.Errorf("walls are %v: %v", walls, err)
	}
	wantCode(t, s.Update(t.Context(), func(*Tx) error { return nil }), fault.Storage)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}

// TestMarks: whatever the lock file holds, the data opens.
func TestMarks(t *testing.T) {
	t.Parallel()
	for content, told := range map[string]string{
		"":                 "",
		"\x00\x00":         "",
		"{}":               "",
		"{\"process\":":    "ended without closing",
		`{"process":4711}`: "process 4711",
		`{"full":"2031-02-03T04:05:06Z","refused":12}`: "since 2031-02-03T04:05:06Z: changes refused then are not there (12)",
	} {
		dir := lay(t, 2)
		write(t, filepath.Join(dir, lockFile), []byte(content))
		s := openStore(t, dir)
		c := load(t, s)
		if told == "" && c.Notice != nil || told != "" && (c.Notice == nil || !strings.Contains(c.Notice.Message, told)) {
			t.Errorf("%q: notice is %v, want %q", content, c.Notice, told)
		}
		var m mark
		if err := json.Unmarshal(read(t, filepath.Join(dir, lockFile)), &m); err != nil || m.Process != os.Getpid() {
			t.Errorf("%q: the mark is %+v: %v", content, m, err)
		}
	}
}

// TestConcurrentUse: many write and read at once, and nothing is lost.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	d := recorder()
	put(t, s, d)
	const writers, each = 4, 10
	done := make(chan error)
	for w := range writers {
		go func() {
			var err error
			for i := range each {
				id := camera.ID("c" + strconv.Itoa(w) + "-" + strconv.Itoa(i))
				err = errors.Join(err, s.Update(context.Background(), func(tx *Tx) error {
					c := plain(d, id)
					n, err := tx.NextNumber()
					if err != nil {
						return err
					}
					c.Number = n
					_, err = tx.PutCamera(c, AsNew)
					return err
				}))
				_, loadErr := s.Load(context.Background())
				err = errors.Join(err, loadErr)
			}
			done <- err
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	c := load(t, s)
	if len(c.Cameras) != writers*each || c.Cameras[writers*each-1].Number != writers*each {
		t.Errorf("%d cameras, the last is %+v", len(c.Cameras), c.Cameras[len(c.Cameras)-1])
	}
}

func openAndClose(t *testing.T, dir string) {
	t.Helper()
	ctx, cancel := background()
	defer cancel()
	if err := makeSome(ctx, dir); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, path string, at int) {
	t.Helper()
	raw := read(t, path)
	raw[at] ^= 0xff
	write(t, path, raw)
}

// drown leaves nothing of a database but its header: more than a journal of some
// changes can hold.
func drown(t *testing.T, path string) {
	t.Helper()
	raw := read(t, path)
	copy(raw[100:], bytes.Repeat([]byte{0xa5}, len(raw)))
	write(t, path, raw)
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

// change runs SQL on a database that nobody has open.
func change(t *testing.T, path, script string) {
	t.Helper()
	db, err := openWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
}
