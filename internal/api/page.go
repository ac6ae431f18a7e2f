package api

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/problem"
)

// Page serves the built page in fsys, whose index.html is at "/" and at the
// places that the page knows itself, for GET and HEAD. What lies in assets/ has a
// hash of its content in its name and may be kept for ever; all else is asked for
// again, and only sent when its content has changed. Texts are sent by gzip to
// those who take it. Folders are not listed. In
// a tree where the page was never built it answers 503 and says what to do.
func Page(fsys fs.FS) http.Handler {
	files := newCompressed(fsys)
	return guard.PageHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		switch {
		case isPlace(name):
			name = "index.html"
			r = r.Clone(r.Context())
			r.URL.Path = "/" // the file handler would redirect to it from its name
			if _, err := fs.Stat(fsys, name); err != nil {
				w.Header().Set("Cache-Control", "no-store")
				http.Error(w, "The page has not been built: run `make build`, then start again.", http.StatusServiceUnavailable)
				return
			}
		case !isFile(fsys, name):
			problem.Write(w, fault.Errorf(fault.NotFound, "there is no page %s", quoted(r.URL.Path)))
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		if strings.HasPrefix(name, "assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else if content, err := fs.ReadFile(fsys, name); err == nil {
			w.Header().Set("ETag", contentTag(content))
		}
		if name == clientScript {
			w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
			w.Header().Set("Access-Control-Allow-Origin", "*")
		}
		files.serve(w, r, name)
	}))
}

// clientScript is the file that pages of other servers may load, as a script or
// as a module: there is nothing secret in it.
const clientScript = "camwall.js"

// contentTag is the ETag of a file of which nothing else is known.
func contentTag(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// places are the first parts of the paths that are the page's own: it shows what
// the rest names.
var places = map[string]bool{"": true, "cameras": true, "camera": true, "wall": true, "statistics": true}

// isPlace reports whether the page itself is what a clean path shows.
func isPlace(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return places[first]
}

// isFile reports whether a request may have that file: no folder, and none of
// those that only keep a folder in the tree.
func isFile(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular() && !strings.HasPrefix(path.Base(name), ".")
}
