package store

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

var passphrase = secret.NewText("correct horse battery staple")

// fast is a Config whose backups cost little.
func fast(dir string) Config { return Config{Dir: dir, workFactor: 10} }

func backup(t *testing.T, dir string, withKey bool) []byte {
	t.Helper()
	var out bytes.Buffer
	info, err := Backup(t.Context(), fast(dir), passphrase, withKey, &out)
	if err != nil {
		t.Fatal(err)
	}
	if info.Devices != 1 || info.Cameras != 2 || info.Walls != 1 || info.Key != withKey || time.Since(info.Created) > time.Minute {
		t.Errorf("backup has %+v", info)
	}
	for _, word := range []string{"192.0.2.10", "gate", "CREATE TABLE", "SQLite"} {
		if bytes.Contains(out.Bytes(), []byte(word)) {
			t.Errorf("the backup has %q in the open", word)
		}
	}
	return out.Bytes()
}

func restore(t *testing.T, dir string, file []byte) Restored {
	t.Helper()
	done, err := Restore(t.Context(), fast(dir), passphrase, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	leftovers, err := filepath.Glob(filepath.Join(dir, restoreDir+"*"))
	if err != nil || len(leftovers) != 0 {
		t.Errorf("left over are %v: %v", leftovers, err)
	}
	return done
}

func TestRestoreInAnEmptyPlace(t *testing.T) {
	t.Parallel()
	file := backup(t, lay(t, 2), true)
	dir := filepath.Join(t.TempDir(), "new")
	done := restore(t, dir, file)
	if done.Previous != "" || done.LostSignIns != nil || !done.Key || done.Cameras != 2 {
		t.Errorf("restored %+v", done)
	}
	for _, name := range []string{"key", databaseFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, err)
		}
	}
	checkFixture(t, openStore(t, dir), 2)
}

// TestRestoreOverOtherData: the key that is there stays, and the passwords of the
// backup work all the same; what was there before is kept once.
func TestRestoreOverOtherData(t *testing.T) {
	t.Parallel()
	file := backup(t, lay(t, 2), true)
	dir := t.TempDir()
	openAndClose(t, dir)
	key := read(t, filepath.Join(dir, "key"))
	before := read(t, filepath.Join(dir, databaseFile))
	done := restore(t, dir, file)
	if done.Previous != filepath.Join(dir, previousFile) || done.LostSignIns != nil {
		t.Errorf("restored %+v", done)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, "key")), key) {
		t.Error("there is another key")
	}
	if !bytes.Equal(read(t, done.Previous), before) {
		t.Error("what is kept is not what was there")
	}
	s, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, s)
	if c.Notice != nil || c.Devices[0].Credentials != recorder().Credentials || c.Cameras[0].Credentials.User != "viewer" {
		t.Errorf("contents are %+v", c)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before = read(t, filepath.Join(dir, databaseFile))
	if done = restore(t, dir, file); !bytes.Equal(read(t, done.Previous), before) {
		t.Error("the second time, what is kept is not what was there")
	}
}

func TestRestoreWithoutKey(t *testing.T) {
	t.Parallel()
	source := lay(t, 2)
	file := backup(t, source, false)
	dir := t.TempDir()
	done := restore(t, dir, file)
	if !reflect.DeepEqual(done.LostSignIns, []string{"gate", "nvr"}) || done.Key {
		t.Errorf("restored %+v", done)
	}
	if c := load(t, openStore(t, dir)); c.Notice == nil || len(c.Cameras) != 2 {
		t.Errorf("contents are %+v", c)
	}
	// Where the key is, nothing is lost.
	if done := restore(t, source, file); done.LostSignIns != nil {
		t.Errorf("lost are %v", done.LostSignIns)
	}
	checkFixture(t, openStore(t, source), 2)
}

// TestRestoreBesideSystemdsKey: its key is taken, and no file is made.
func TestRestoreBesideSystemdsKey(t *testing.T) {
	t.Parallel()
	file := backup(t, lay(t, 2), true)
	dir, credentials := t.TempDir(), t.TempDir()
	write(t, filepath.Join(credentials, "camwall.key"), secret.FormatKey(secret.NewKey()))
	cfg := fast(dir)
	cfg.Getenv = func(name string) string { return map[string]string{"CREDENTIALS_DIRECTORY": credentials}[name] }
	done, err := Restore(t.Context(), cfg, passphrase, bytes.NewReader(file))
	if err != nil || done.LostSignIns != nil {
		t.Fatalf("restored %+v: %v", done, err)
	}
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if c := load(t, s); c.Devices[0].Credentials != recorder().Credentials {
		t.Errorf("contents are %+v", c)
	}
	if _, err := os.Stat(filepath.Join(dir, "key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key file: %v", err)
	}
}

// TestBackupOfOldData brings it up to date where it is restored.
func TestBackupOfOldData(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	source := lay(t, 1)
	if _, err := Backup(t.Context(), fast(source), passphrase, true, &file); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	restore(t, dir, file.Bytes())
	checkFixture(t, openStore(t, dir), 1)
}

// TestRestoreOverDamage: what is damaged is kept with its journal, and replaced.
func TestRestoreOverDamage(t *testing.T) {
	t.Parallel()
	file := backup(t, lay(t, 2), true)
	dir := t.TempDir()
	killAfter(t, dir, 5)
	drown(t, filepath.Join(dir, databaseFile))
	before := readFolder(t, dir)
	done := restore(t, dir, file)
	for _, suffix := range []string{"", "-wal"} {
		if string(read(t, done.Previous+suffix)) != before[databaseFile+suffix] {
			t.Errorf("%s is not what it was", done.Previous+suffix)
		}
	}
	s := openStore(t, dir)
	if c := load(t, s); c.Notice != nil || len(c.Cameras) != 2 {
		t.Errorf("contents are %+v", c)
	}
}

func TestBadBackups(t *testing.T) {
	t.Parallel()
	file := backup(t, lay(t, 2), true)
	last := bytes.Clone(file)
	last[len(last)-1] ^= 1
	header := bytes.Clone(file)
	header[30] ^= 1
	dir := lay(t, 2)
	before := readFolder(t, dir)
	for name, c := range map[string]struct {
		file []byte
		pass secret.Text
		told string
	}{
		"wrong passphrase":   {file, secret.NewText("guess"), "passphrase is not"},
		"no passphrase":      {file, secret.Text{}, "passphrase of the backup is missing"},
		"empty":              {nil, passphrase, "no backup"},
		"a database":         {[]byte(before[databaseFile]), passphrase, "no backup"},
		"a byte more":        {append(bytes.Clone(file), 0), passphrase, "cut off or was changed"},
		"a byte less":        {file[:len(file)-1], passphrase, "cut off or was changed"},
		"half of it":         {file[:len(file)/2], passphrase, "cut off or was changed"},
		"only its head":      {file[:40], passphrase, "cut off or was changed"},
		"changed at the end": {last, passphrase, "cut off or was changed"},
		"changed at the top": {header, passphrase, "backup"},
		"a foreign archive":  {archive(t, entry{"passwd", "x"}), passphrase, "no backup"},
		"an archive of none": {archive(t), passphrase, "no backup"},
		"no database":        {archive(t, entry{manifestFile, `{"format":"camwall-backup","version":1}`}), passphrase, "no backup"},
		"another database": {
			archive(t, entry{manifestFile, `{"format":"camwall-backup","version":1,"bytes":1,"sha256":"00"}`}, entry{databaseFile, "x"}),
			passphrase, "cut off or was changed",
		},
		"a newer format": {archive(t, entry{manifestFile, `{"format":"camwall-backup","version":2}`}), passphrase, "newer"},
		"no manifest":    {archive(t, entry{databaseFile, before[databaseFile]}), passphrase, "no backup"},
		"a bad key": {
			archive(t, entry{manifestFile, `{"format":"camwall-backup","version":1,"key":true}`}, entry{keyEntry, "x"}),
			passphrase, "no backup",
		},
		"a damaged database": {archive(t, manifestFor(t, "damaged"), entry{databaseFile, "damaged"}), passphrase, "damaged"},
	} {
		_, err := Restore(t.Context(), fast(dir), c.pass, bytes.NewReader(c.file))
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.BadRequest && f.Code != fault.Storage || !strings.Contains(f.Message, c.told) {
			t.Errorf("%s: error is %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "horse") {
			t.Errorf("%s: %v tells the passphrase", name, err)
		}
		if after := readFolder(t, dir); !reflect.DeepEqual(before, after) {
			t.Fatalf("%s: the files are not as they were", name)
		}
	}
}

func TestBackupRefusals(t *testing.T) {
	t.Parallel()
	_, err := Backup(t.Context(), fast(t.TempDir()), passphrase, true, io.Discard)
	wantCode(t, err, fault.NotFound)
	dir := lay(t, 2)
	_, err = Backup(t.Context(), fast(dir), secret.Text{}, true, io.Discard)
	wantCode(t, err, fault.BadRequest)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Backup(ctx, fast(dir), passphrase, true, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	mine := errors.New("mine")
	if _, err := Backup(t.Context(), fast(dir), passphrase, true, brokenWriter{mine}); !errors.Is(err, mine) {
		t.Errorf("error is %v", err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestBackupFile(t *testing.T) {
	t.Parallel()
	dir, out := lay(t, 2), t.TempDir()
	path := filepath.Join(out, "wall.backup")
	write(t, path, []byte("older"))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := BackupFile(t.Context(), fast(dir), secret.Text{}, true, path); err == nil || string(read(t, path)) != "older" {
		t.Errorf("error is %v, the older file %d bytes", err, len(read(t, path)))
	}
	if _, err := BackupFile(t.Context(), fast(dir), passphrase, true, path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v: %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) != 1 {
		t.Errorf("files are %v: %v", entries, err)
	}
	restore(t, t.TempDir(), read(t, path))
	_, err := BackupFile(t.Context(), fast(dir), passphrase, true, filepath.Join(out, "none", "x"))
	wantCode(t, err, fault.Storage)
}

type entry struct{ name, content string }

func manifestFor(t *testing.T, database string) entry {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x")
	write(t, path, []byte(database))
	m := manifest{Format: formatName, Version: formatNumber}
	var err error
	if m.SHA256, m.Bytes, err = digest(path); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return entry{manifestFile, string(raw)}
}

// archive makes an encrypted archive of anything.
func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	recipient, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(10)
	var out bytes.Buffer
	sealed, err := age.Encrypt(&out, recipient)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewWriter(sealed)
	for _, e := range entries {
		if err := writeEntry(files, e.name, []byte(e.content), time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(files.Close(), sealed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
