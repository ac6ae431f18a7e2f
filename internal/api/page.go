package api

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/problem"
)

// Page serves the built page in fsys, whose index.html is at "/", for GET and
// HEAD. What lies in assets/ has a hash of its content in its name and may be
// kept for ever; all else is asked for again. Folders are not listed. In a tree
// where the page was never built it answers 503 and says what to do.
func Page(fsys fs.FS) http.Handler {
	files := http.FileServerFS(fsys)
	return guard.PageHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		switch {
		case name == "":
			name = "index.html"
			if _, err := fs.Stat(fsys, name); err != nil {
				w.Header().Set("Cache-Control", "no-store")
				http.Error(w, "The page has not been built: run `make build`, then start again.", http.StatusServiceUnavailable)
				return
			}
		case !isFile(fsys, name):
			problem.Write(w, fault.Errorf(fault.NotFound, "there is no page %.200q", r.URL.Path))
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		if strings.HasPrefix(name, "assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		files.ServeHTTP(w, r)
	}))
}

// isFile reports whether a request may have that file: no folder, and none of
// those that only keep a folder in the tree.
func isFile(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular() && !strings.HasPrefix(path.Base(name), ".")
}
