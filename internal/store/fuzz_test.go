package store

import (
	"archive/tar"
	"bytes"
	"path/filepath"
	"testing"
	"time"
)

// FuzzUnpack: whatever a backup holds, it is read or refused, and nothing is
// made outside of its folder.
func FuzzUnpack(f *testing.F) {
	f.Add(`{"format":"camwall-backup","version":1,"key":true}`, keyEntry, "00", databaseFile, "SQLite format 3")
	f.Add(`{"format":"camwall-backup","version":1,"bytes":1}`, databaseFile, "x", databaseFile, "y")
	f.Add(`{"format":"camwall-backup","version":-1,"bytes":-1}`, "../../key", "x", manifestFile, "{}")
	f.Add("", "", "", "", "")
	f.Fuzz(func(t *testing.T, about, first, one, second, two string) {
		var raw bytes.Buffer
		files := tar.NewWriter(&raw)
		for _, e := range []entry{{manifestFile, about}, {first, one}, {second, two}} {
			if writeEntry(files, e.name, []byte(e.content), time.Unix(0, 0)) != nil {
				return // a name that no archive has
			}
		}
		dir := t.TempDir()
		u := unpacked{path: filepath.Join(dir, "inside", databaseFile)}
		mkdir(t, filepath.Dir(u.path))
		err := u.readEntries(tar.NewReader(&raw))
		if err == nil {
			err = u.check()
		}
		if err == nil && (u.Format != formatName || u.SHA256 == "") {
			t.Errorf("took %+v", u.manifest)
		}
		if outside := readEntriesOf(t, dir); len(outside) != 1 {
			t.Errorf("it made %v", outside)
		}
	})
}

// FuzzOverlay: words come back as they were, others are passed over.
func FuzzOverlay(f *testing.F) {
	f.Add("number name clock statistics")
	f.Add("clock  clock nonsense")
	f.Fuzz(func(t *testing.T, words string) {
		o := parseOverlay(words)
		if again := parseOverlay(formatOverlay(o)); again != o {
			t.Errorf("%q is %+v, then %+v", words, o, again)
		}
	})
}

func readEntriesOf(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
