package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func newBox(t testing.TB) *Box {
	t.Helper()
	b, err := NewBox(NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for _, plain := range []string{"", "x", "p@ss?w#rd/%", "pässwörd✓", "a\x00b\xff", strings.Repeat("long ", 10000)} {
		sealed, err := b.Seal(NewText(plain), "device/gate")
		if err != nil {
			t.Fatal(err)
		}
		if len(plain) > 2 && bytes.Contains(sealed, []byte(plain)) {
			t.Errorf("%.20q is in the open", plain)
		}
		got, err := b.Open(sealed, "device/gate")
		if err != nil || got.Reveal() != plain {
			t.Errorf("%.20q became %.20q: %v", plain, got.Reveal(), err)
		}
		again, err := b.Seal(NewText(plain), "device/gate")
		if err != nil || bytes.Equal(sealed, again) {
			t.Errorf("%.20q is sealed to the same twice: %v", plain, err)
		}
	}
}

// TestOpenRefuses: another key, another owner, and each changed bit.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	sealed, err := b.Seal(NewText("hunter2"), "device/gate")
	if err != nil {
		t.Fatal(err)
	}
	refused := func(b *Box, sealed []byte, context string) {
		t.Helper()
		got, err := b.Open(sealed, context)
		if !errors.Is(err, ErrWrongKey) || !got.IsZero() {
			t.Errorf("opened %q: %v", got.Reveal(), err)
		}
	}
	refused(newBox(t), sealed, "device/gate")
	refused(b, sealed, "device/yard")
	refused(b, sealed, "")
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		refused(b, changed, "device/gate")
		refused(b, sealed[:i], "device/gate")
	}
	refused(b, append(bytes.Clone(sealed), 0), "device/gate")
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	seen := map[string]bool{}
	for _, parts := range [][]string{{}, {""}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {"abc", ""}, {"c", "ab"}} {
		var texts []Text
		for _, p := range parts {
			texts = append(texts, NewText(p))
		}
		print := b.Fingerprint(texts...)
		if seen[print] || len(print) != 22 || print != b.Fingerprint(texts...) {
			t.Errorf("%q has fingerprint %q", parts, print)
		}
		if print == newBox(t).Fingerprint(texts...) {
			t.Errorf("%q has the same fingerprint by another key", parts)
		}
		seen[print] = true
	}
}

func TestBoxDoesNotTellItsKey(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdefghijklmnopqrstuv"
	b, err := NewBox(NewText(key))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, value := range []any{b, *b} {
			if out := fmt.Sprintf(verb, value); strings.Contains(out, "0123") || strings.Contains(out, "30313233") || strings.Contains(out, "48 49 50") {
				t.Errorf("%s prints %s", verb, out)
			}
		}
	}
	if _, err := NewBox(NewText(key[1:])); err == nil || strings.Contains(err.Error(), "1234") {
		t.Errorf("a short key: %v", err)
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	key := NewKey()
	raw := key.Reveal()
	for _, form := range [][]byte{
		FormatKey(key), []byte(raw), []byte(strings.ToUpper(fmt.Sprintf("%x", raw))),
		[]byte(" " + base64.StdEncoding.EncodeToString([]byte(raw)) + "\r\n"),
	} {
		if got, ok := ParseKey(form); !ok || got != key {
			t.Errorf("%q is not read", form)
		}
	}
	for _, form := range []string{"", "x", strings.Repeat("g", 64), strings.Repeat("0", 63), strings.Repeat("0", 66), raw + "\n\n"} {
		if _, ok := ParseKey([]byte(form)); ok {
			t.Errorf("%q is read", form)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add([]byte(strings.Repeat("0f", 32) + "\n"))
	f.Add([]byte(strings.Repeat("=", 44)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		key, ok := ParseKey(raw)
		if ok && len(key.Reveal()) != keyBytes {
			t.Errorf("a key of %d bytes", len(key.Reveal()))
		}
		if again, same := ParseKey(FormatKey(key)); ok && (!same || again != key) {
			t.Error("the key is not what it was")
		}
	})
}

func TestLoadBoxMakesAKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, created, err := LoadBox(KeySource{Dir: dir})
	if err != nil || !created {
		t.Fatalf("created %v: %v", created, err)
	}
	info, err := os.Stat(filepath.Join(dir, "key"))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 65 {
		t.Errorf("file is %v, %d bytes: %v", info.Mode(), info.Size(), err)
	}
	second, created, err := LoadBox(KeySource{Dir: dir, Getenv: func(string) string { return "" }})
	if err != nil || created || second.Key() != first.Key() {
		t.Errorf("created %v: %v", created, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("files are %v: %v", entries, err)
	}
	if err := (KeySource{Dir: dir}).WriteKey(NewKey()); err != nil {
		t.Fatal(err)
	}
	if third, _, err := LoadBox(KeySource{Dir: dir}); err != nil || third.Key() != first.Key() {
		t.Errorf("a key was replaced: %v", err)
	}
}

// TestLoadBoxOnceForAll: of many who make a key at once, all get the same.
func TestLoadBoxOnceForAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var boxes [8]*Box
	var made [8]bool
	var all sync.WaitGroup
	for i := range boxes {
		all.Go(func() {
			var err error
			if boxes[i], made[i], err = LoadBox(KeySource{Dir: dir}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n := 0
	for i := range boxes {
		if boxes[i] == nil || boxes[i].Key() != boxes[0].Key() {
			t.Errorf("box %d has another key", i)
		}
		if made[i] {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d say that they made it", n)
	}
}

func TestLoadBoxReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, created, err := LoadBox(KeySource{Dir: dir, ReadOnly: true})
	if err != nil || !created || a == nil {
		t.Fatalf("created %v: %v", created, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("files are %v: %v", entries, err)
	}
}

func TestLoadBoxFromSystemd(t *testing.T) {
	t.Parallel()
	dir, credentials := t.TempDir(), t.TempDir()
	src := KeySource{Dir: dir, Getenv: func(name string) string { return map[string]string{"CREDENTIALS_DIRECTORY": credentials}[name] }}
	file, created, err := LoadBox(src) // no camwall.key there: the file
	if err != nil || !created || src.FromSystemd() != "" {
		t.Fatalf("created %v: %v", created, err)
	}
	key := NewKey()
	if err := os.WriteFile(filepath.Join(credentials, "camwall.key"), []byte(key.Reveal()), 0o440); err != nil { //nolint:gosec // as systemd does
		t.Fatal(err)
	}
	b, created, err := LoadBox(src)
	if err != nil || created || b.Key() != key || b.Key() == file.Key() || src.FromSystemd() == "" {
		t.Errorf("created %v: %v", created, err)
	}
	if err := os.WriteFile(filepath.Join(credentials, "camwall.key"), []byte("broken"), 0o440); err != nil { //nolint:gosec // as systemd does
		t.Fatal(err)
	}
	if _, _, err := LoadBox(src); err == nil {
		t.Error("a broken key of systemd is passed over")
	}
}

func TestLoadBoxRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"group":    func(path string) error { return os.Chmod(path, 0o640) },
		"others":   func(path string) error { return os.Chmod(path, 0o604) },
		"no key":   func(path string) error { return os.WriteFile(path, []byte("hunter2"), 0o600) },
		"too long": func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("0"), 5000), 0o600) },
		"folder":   func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "key")
		if err := errors.Join(os.WriteFile(path, FormatKey(NewKey()), 0o600), spoil(path)); err != nil {
			t.Fatal(err)
		}
		_, created, err := LoadBox(KeySource{Dir: dir})
		var k *KeyError
		if !errors.As(err, &k) || created || k.Path != path || k.Hint == "" || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	_, _, err := LoadBox(KeySource{Dir: filepath.Join(t.TempDir(), "none")})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: error is %v", err)
	}
}
