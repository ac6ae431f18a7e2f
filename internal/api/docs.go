package api

import (
	"embed"
	"net/http"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/problem"
)

//go:embed docs
var docFiles embed.FS

// docs serves the page that shows the description, and its two files. It asks no
// other host for anything.
func docs() http.Handler {
	return guard.PageHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/docs")
		switch name {
		case "", "/":
			name = "/docs.html"
		case "/docs.css", "/docs.js":
		default:
			problem.Write(w, fault.Errorf(fault.NotFound, "there is no page %s", quoted(r.URL.Path)))
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, docFiles, "docs"+name)
	}))
}
