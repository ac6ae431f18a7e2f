// Package lab has what the tests of several packages need of a machine: networks
// and hosts of their own, a display whose outputs can be switched off, folders
// for sockets. Tests alone import it.
package lab

import (
	"os"
	"testing"
)

// Folder returns a folder whose path is short enough for the address of a Unix
// socket (108 bytes, unix(7)), which that of t.TempDir may not be. It goes with
// the test.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
