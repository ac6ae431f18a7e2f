package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupAndRestore(t *testing.T) {
	s := alone(t)
	s.wants(0, "cameras add rtsp://192.0.2.10/main --id gate --user u --password-file "+secretFile(t, "hidden"))
	dir := t.TempDir()
	file := filepath.Join(dir, "kept.camwall")
	phrase := secretFile(t, "a long phrase\n")
	s.wants(2, "backup "+file, "no passphrase", "CAMWALL_PASSPHRASE")
	s.wants(0, "backup "+file+" --passphrase-file "+phrase, "1 device, 1 camera", "the key is in it", "!a long phrase")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	content, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(content), "192.0.2.10") {
		t.Errorf("it is not encrypted: %v", err)
	}
	t.Setenv("CAMWALL_PASSPHRASE", "another phrase")
	s.wants(2, "backup "+file, "there already", "--force")
	if now, err := os.ReadFile(file); err != nil || string(now) != string(content) {
		t.Errorf("it was replaced: %v", err)
	}
	s.wants(2, "restore "+file, "!hidden")
	s.wants(0, "cameras list", "gate")
	s.wants(0, "cameras remove gate")
	s.wants(0, "restore "+file+" --passphrase-file "+phrase, "Restored 1 device, 1 camera", "What was there before is in")
	s.wants(0, "cameras info gate", "192.0.2.10", "kept")
	s.wants(0, "backup "+file+" --force --without-key", "without the key")
	t.Setenv("CAMWALL_DATA", t.TempDir())
	s.wants(0, "restore "+file, "enter the sign-ins again of", "192-0-2-10")
	s.wants(2, "restore "+filepath.Join(dir, "none"), "none")
	t.Setenv("CAMWALL_DATA", filepath.Join(dir, "empty"))
	s.wants(1, "backup "+filepath.Join(dir, "nothing"), "no data")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestPassphrasesAreAskedFor(t *testing.T) {
	s := alone(t)
	s.wants(0, "cameras add rtsp://192.0.2.10/main --id gate")
	file := filepath.Join(t.TempDir(), "kept")
	for _, c := range []struct {
		answers []string
		exit    int
		said    string
	}{
		{[]string{"one", "two"}, 2, "differ"},
		{[]string{""}, 2, "empty"},
		{nil, 0, ""},
		{[]string{"one", "one"}, 0, "Wrote"},
	} {
		if _, err := os.Stat(file); err == nil {
			t.Fatalf("it was written before %q", c.answers)
		}
		s.who = &person{answers: c.answers}
		s.wants(c.exit, "backup "+file, c.said)
	}
	s.who = &person{answers: []string{"one"}}
	s.wants(0, "restore "+file, "Restored")
	if len(s.who.questions) != 1 {
		t.Errorf("it asked %q", s.who.questions)
	}
}

func TestRestoreBesideAServer(t *testing.T) {
	s := served(t, serverFlags{})
	s.wants(0, "cameras add rtsp://192.0.2.10/main --id gate")
	t.Setenv("CAMWALL_PASSPHRASE", "a long phrase")
	file := filepath.Join(t.TempDir(), "kept")
	s.wants(0, "backup "+file, "1 camera")
	s.wants(1, "restore "+file)
	s.wants(0, "cameras list", "gate")
}
