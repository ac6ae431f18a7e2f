package frontend_test

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"camwall/frontend"
)

func TestDistIsRootedAtTheFolder(t *testing.T) {
	if _, err := fs.Stat(frontend.Dist(), ".gitkeep"); err != nil {
		t.Fatalf("the folder's placeholder is not embedded: %v", err)
	}
	if _, err := fs.Stat(frontend.Dist(), "dist"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("dist is not the root: %v", err)
	}
}

// Every file that the page names must be embedded, and none may come from another host.
func TestPageNamesOnlyEmbeddedFiles(t *testing.T) {
	page, err := fs.ReadFile(frontend.Dist(), "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := fs.ReadDir(frontend.Dist(), ".")
		if err != nil || len(entries) != 1 {
			t.Fatalf("no index.html, but other files: %v, %v", entries, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllSubmatch(page, -1)
	if len(names) < 3 {
		t.Fatalf("the page names %d files, want script, style and icon", len(names))
	}
	for _, name := range names {
		address := string(name[1])
		if strings.HasPrefix(address, "?") {
			continue // the page itself, in another way
		}
		if len(address) < 2 || address[0] != '/' || address[1] == '/' {
			t.Errorf("%q is not a file of ours", address)
			continue
		}
		if info, err := fs.Stat(frontend.Dist(), address[1:]); err != nil || info.Size() == 0 {
			t.Errorf("%q is named by the page but not embedded: %v", address, err)
		}
	}
}
