package desktop

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHasGPU(t *testing.T) {
	folder := t.TempDir()
	if hasGPU(folder) || hasGPU(filepath.Join(folder, "gone")) {
		t.Error("found a GPU where nothing is")
	}
	create := func(name string) {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	create("card0")
	if hasGPU(folder) {
		t.Error("a screen's node counts as a GPU to render with")
	}
	if err := os.Mkdir(filepath.Join(folder, "renderD127"), 0o700); err != nil {
		t.Fatal(err)
	}
	if hasGPU(folder) {
		t.Error("a node that can't be opened counts")
	}
	create("renderD128")
	if !hasGPU(folder) {
		t.Error("a render node does not count")
	}
}
