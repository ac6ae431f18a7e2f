package desktop

import (
	"os"
	"path/filepath"
	"strings"

	"camwall/internal/fault"
)

// helperNames are the programs that WebKit starts: without them it ends the
// process with a line that no person understands.
var helperNames = []string{"WebKitWebProcess", "WebKitNetworkProcess"}

// checkHelpers looks for WebKit's programs where distributions put them, beside
// its library. A place that we don't know is no error.
func checkHelpers(library string) error {
	version, ok := strings.CutPrefix(filepath.Base(library), "libwebkit2gtk-")
	if !ok {
		return nil
	}
	version, _, _ = strings.Cut(version, ".so")
	beside := filepath.Dir(library)
	folder := "webkit2gtk-" + version
	for _, dir := range []string{
		filepath.Join(beside, folder),                  // Debian, Arch
		filepath.Join(beside, "..", "libexec", folder), // Fedora, Nix
	} {
		missing := ""
		for _, name := range helperNames {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&0o111 == 0 {
				missing = name
			}
		}
		if missing == "" {
			return nil
		}
		if _, err := os.Stat(dir); err == nil {
			return fault.Errorf(fault.NotBuilt, "WebKit is damaged: there is no %s in %s", missing, dir).
				WithHint("run `apt install --reinstall libwebkit2gtk-" + version + "-0`")
		}
	}
	return nil
}
