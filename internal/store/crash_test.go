package store

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"camwall/internal/camera"
)

// TestKilledWhileWriting: a process is killed at random moments of 1,000 writes.
// What it had said to be kept is there, whole, and the next start says so.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kept := -1 // the highest number that was said
	for round := 0; kept < 1000; round++ {
		kept = killAfter(t, dir, kept+1+rand.IntN(250))
		s, err := Open(t.Context(), Config{Dir: dir})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		c := load(t, s)
		there := map[camera.ID]*Camera{}
		for i := range c.Cameras {
			there[c.Cameras[i].ID] = &c.Cameras[i]
		}
		for i := range kept + 1 {
			got := there[camera.ID(fmt.Sprintf("c%d", i))]
			if got == nil || len(got.Streams) != 2 || got.Credentials.User != "viewer" {
				t.Fatalf("round %d: camera %d of %d is %+v", round, i, kept, got)
			}
		}
		if more := len(c.Cameras) - kept - 1; more > 1 || more < 0 {
			t.Errorf("round %d: %d cameras more than were said", round, more)
		}
		want := "all that had been saved is there: 1 device, " + count(len(c.Cameras), "camera") + " and 0 walls"
		if c.Notice == nil || c.Notice.Code != Recovered || c.Notice.Hint == "" || !strings.Contains(c.Notice.Message, want) {
			t.Errorf("round %d: the next start says %+v", round, c.Notice)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		kept = len(c.Cameras) - 1
	}
	if got := load(t, openStore(t, dir)); got.Notice != nil {
		t.Errorf("after a proper end the next start says %v", got.Notice)
	}
}

// killAfter starts a process that writes, kills it after it has said a number,
// and returns the last number that it said.
func killAfter(t *testing.T, dir string, number int) (last int) {
	t.Helper()
	cmd := child(t, "write", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last = -1
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
			t.Errorf("it said %q: %v", lines.Text(), err)
		}
		if last >= number && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !killed {
		t.Fatalf("it ended by itself: %v", err)
	}
	return last
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	finish(t, apart(child(t, "full", t.TempDir())))
}

func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	finish(t, apart(child(t, "readonly", t.TempDir())))
}

func TestFolderThatCantBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{dir, dir[:strings.LastIndexByte(dir, '/')]} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	finish(t, child(t, "unwritable", dir))
}
