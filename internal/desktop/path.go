package desktop

import (
	"net/http"
	"slices"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/problem"
)

// ownPaths answers what is the window's own, /window and all below it, and hands
// on the rest. No browser comes here: a page that gets a 404 from /window is not
// in our window.
type ownPaths struct {
	kiosk bool
	life  http.Handler // what the page tells of itself
	save  http.Handler // nil in a kiosk, which saves nothing
	rest  http.Handler
}

var _ http.Handler = (*ownPaths)(nil)

// identity is the answer to GET /window.
type identity struct {
	Kiosk bool `json:"kiosk"`
}

// ServeHTTP answers one request of the page.
func (o *ownPaths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == beatPath || path == renewPath:
		o.life.ServeHTTP(w, r)
	case path == "/window":
		if allowed(w, r, http.MethodGet, http.MethodHead) {
			writeJSON(w, identity{o.kiosk})
		}
	case path == "/window/save" && o.save != nil:
		if allowed(w, r, http.MethodPost) {
			o.save.ServeHTTP(w, r)
		}
	case strings.HasPrefix(path, "/window/"):
		problem.Write(w, fault.New(fault.NotFound, "the window has nothing here", ""))
	default:
		o.rest.ServeHTTP(w, r)
	}
}

// allowed tells whether a path knows the request's method; else it is answered.
func allowed(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	problem.Write(w, fault.New(fault.Method, "this path does not know "+r.Method, ""))
	return false
}
