package desktop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"camwall/internal/fault"
)

func TestProgramsOfWebKit(t *testing.T) {
	root := t.TempDir()
	library := func(layout string) string { return filepath.Join(root, layout, "lib", "libwebkit2gtk-4.1.so.0") }
	put := func(mode os.FileMode, path ...string) {
		t.Helper()
		file := filepath.Join(append([]string{root}, path...)...)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range helperNames {
		put(0o755, "debian", "lib", "webkit2gtk-4.1", name)
		put(0o755, "fedora", "libexec", "webkit2gtk-4.1", name)
	}
	put(0o755, "half", "lib", "webkit2gtk-4.1", "WebKitNetworkProcess")
	put(0o755, "locked", "lib", "webkit2gtk-4.1", "WebKitWebProcess")
	put(0o644, "locked", "lib", "webkit2gtk-4.1", "WebKitNetworkProcess")
	if err := os.MkdirAll(filepath.Join(root, "fedora", "lib"), 0o700); err != nil {
		t.Fatal(err)
	}

	for _, path := range []string{library("debian"), library("fedora"), library("unknown"), "", "/usr/bin/camwall"} {
		if err := checkHelpers(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for layout, missing := range map[string]string{"half": "WebKitWebProcess", "locked": "WebKitNetworkProcess"} {
		err := checkHelpers(library(layout))
		if fault.ExitCode(err) != 2 || !strings.Contains(err.Error(), missing) {
			t.Errorf("%s: %v, want %s named and exit code 2", layout, err, missing)
		}
	}
}
