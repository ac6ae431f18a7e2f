package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"camwall/internal/apiclient"
	"camwall/internal/fault"
)

const go2rtc = `streams:
  gate: rtsp://u:hidden@192.0.2.10/main
  yard:
    - rtsp://${YARD_USER}:${YARD_WORD}@192.0.2.11/main
  odd: "exec:ffmpeg -i x"
`

// importFile writes a file to import.
func importFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestImport(t *testing.T) {
	t.Setenv("YARD_USER", "joe")
	t.Setenv("YARD_WORD", "concealed")
	file := importFile(t, "go2rtc.yaml", go2rtc)
	s := served(t, serverFlags{})
	shown := []string{"gate", "yard", "main rtsp://192.0.2.10/main", "Not taken: ", "odd", "!hidden", "!concealed", "!${YARD"}
	s.wants(0, "import --dry-run "+file, shown...)
	s.wants(2, "import "+file, append(shown, "nothing was added", "--yes")...)
	s.wants(0, "cameras list", "No camera.")
	for _, answer := range [][]string{{"n"}, {}} {
		s.who = &person{answers: answer}
		s.wants(0, "import "+file, append(shown, "!Added")...)
	}
	s.who = &person{answers: []string{"y"}}
	s.wants(0, "import "+file, append(shown, "Added 2 cameras.")...)
	if len(s.who.questions) != 1 || !strings.HasPrefix(s.who.questions[0], "Add 2 cameras?") {
		t.Errorf("it asked %q", s.who.questions)
	}
	s.who = nil
	s.wants(0, "cameras info yard", "joe", "kept", "!concealed")
	s.wants(0, "import --yes "+file, "not added", "nothing to add")
	s.wants(0, "import --yes "+importFile(t, "more.m3u", "#EXTM3U\n#EXTINF:-1,Door\nrtsp://192.0.2.12/1\n"), "Door", "Added 1 camera.")
}

func TestImportWithoutServer(t *testing.T) {
	s := alone(t)
	s.wants(0, "import --yes "+importFile(t, "go2rtc.yaml", go2rtc), "reading configuration and store", "Added", "!hidden")
	s.wants(0, "cameras list", "gate", "not running")
}

func TestImportOfWhatIsNone(t *testing.T) {
	s := alone(t)
	s.wants(2, "import /nowhere/go2rtc.yaml", "/nowhere/go2rtc.yaml")
	s.wants(2, "import "+t.TempDir(), "directory")
	s.wants(2, "import "+importFile(t, "a.bin", "\xff\xfe"), "UTF-8")
	s.wants(2, "import "+importFile(t, "a.txt", strings.Repeat("x", maxImport+1)), "more than")
	s.wants(2, "import "+importFile(t, "a.yaml", "a: [\n"))
}

func TestOnlyWantedVariablesAreSent(t *testing.T) {
	t.Setenv("YARD_USER", "joe")
	t.Setenv("OTHER_WORD", "x")
	if env := environment(go2rtc); len(env) != 1 || env["YARD_USER"] != "joe" {
		t.Errorf("it sends %v", env)
	}
}

func TestWhatFailedSinceItWasShown(t *testing.T) {
	var out, errs strings.Builder
	s := streams{out: &out, err: &errs}
	shown := &apiclient.Imported{Cameras: []apiclient.ImportedCamera{{ID: "a"}, {ID: "b"}, {ID: "c", Problem: &apiclient.Trouble{Message: "there already"}}}}
	done := &apiclient.Imported{Cameras: []apiclient.ImportedCamera{
		{ID: "a", Added: true}, {ID: "b", Problem: &apiclient.Trouble{Code: fault.Storage, Message: "the disk is full", Hint: "make room"}}, shown.Cameras[2],
	}}
	if err := tellImported(s, done, shown); fault.CodeOf(err) != fault.Storage {
		t.Errorf("%v", err)
	}
	if out.String() != "Added 1 camera.\n" || !strings.Contains(errs.String(), "b was not added: The disk is full. Make room.") || strings.Contains(errs.String(), "c was") {
		t.Errorf("it said %s%s", &out, &errs)
	}
	both := apiclient.ImportedCamera{Streams: map[string]string{"sub": "rtsp://b", "main": "rtsp://a", "": ""}}
	if got := addressesIn(&both); got != "main rtsp://a, sub rtsp://b" {
		t.Errorf("addresses: %s", got)
	}
	if got := addressesIn(&apiclient.ImportedCamera{ONVIF: "http://192.0.2.1"}); got != "onvif http://192.0.2.1" {
		t.Errorf("address: %s", got)
	}
}
