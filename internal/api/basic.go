package api

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"camwall/internal/fault"
)

// The basic page is for televisions and old browsers: HTML made here, pictures by
// M-JPEG, a script that it can do without.

//go:embed basic
var basicFiles embed.FS

// basicPolicy lets the basic page have its own files and pictures alone. The
// script ends an endless picture by an empty one.
const basicPolicy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'"

// Basic answers what asks for the basic page, and its files; all else it hands
// to page.
func (a *API) Basic(page http.Handler) http.Handler {
	pages := template.Must(template.ParseFS(basicFiles, "basic/page.html"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			page.ServeHTTP(w, r)
		case name == "basic.css":
			query := r.URL.Query()
			serveBasicFile(w, r, "basic.css", placeClasses(query.Get("grid"))+cropClasses(query["crop"]))
		case name == "basic.js":
			serveBasicFile(w, r, "basic.js", "")
		case r.URL.Query().Has("basic") && isBasicPlace(name):
			a.serveBasic(w, r, pages, name)
		default:
			page.ServeHTTP(w, r)
		}
	})
}

// isBasicPlace reports whether a clean path has a basic page: "", "wall/NAME",
// "camera/ID".
func isBasicPlace(name string) bool {
	first, rest, _ := strings.Cut(name, "/")
	return name == "" || (first == "wall" || first == "camera") && rest != ""
}

func basicHeaders(w http.ResponseWriter, mediaType string) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Security-Policy", basicPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

// serveBasicFile answers with a file and what follows it.
func serveBasicFile(w http.ResponseWriter, r *http.Request, name, more string) {
	content, err := basicFiles.ReadFile("basic/" + name)
	if err != nil {
		panic("api: an embedded file is gone: " + err.Error())
	}
	content = append(content, more...)
	mediaType := "text/css; charset=utf-8"
	if strings.HasSuffix(name, ".js") {
		mediaType = "text/javascript; charset=utf-8"
	}
	basicHeaders(w, mediaType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", contentTag(content))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// serveBasic answers with a page.
func (a *API) serveBasic(w http.ResponseWriter, r *http.Request, pages *template.Template, name string) {
	ask := readBasicAsk(r)
	view, err := a.basicView(ask, name, time.Now())
	status := http.StatusOK
	if err != nil {
		status = fault.Status(err)
		view = ask.missing(name)
	}
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, "page.html", view); err != nil {
		a.refuse(w, err)
		return
	}
	basicHeaders(w, "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes()) // the client may be gone
	}
}

// basicAsk is what a request for a basic page wants.
type basicAsk struct {
	words  *basicWords
	page   int    // from 1; 0 is none
	width  int    // of the screen, in pixels
	height int    //
	kept   string // of the query, for links
	fitted bool   // the screen is told
}

// What a page that tells no screen is made for, and what screens there are.
const (
	basicWidth, basicHeight = 1280, 720
	basicLeast, basicMost   = 240, 3840
)

var screenForm = regexp.MustCompile(`^([0-9]{3,4})x([0-9]{3,4})$`)

// readBasicAsk reads a query; what is not usable in it is as if it were not there.
func readBasicAsk(r *http.Request) basicAsk {
	query := r.URL.Query()
	ask := basicAsk{width: basicWidth, height: basicHeight, kept: "?basic"}
	ask.words = wordsFor(query.Get("lang"), r.Header.Get("Accept-Language"))
	if ask.words.Lang == query.Get("lang") {
		ask.kept += "&lang=" + ask.words.Lang
	}
	if m := screenForm.FindStringSubmatch(query.Get("screen")); m != nil {
		width, _ := strconv.Atoi(m[1])
		height, _ := strconv.Atoi(m[2])
		ask.width, ask.height = min(max(width, basicLeast), basicMost), min(max(height, basicLeast), basicMost)
		ask.kept += "&screen=" + m[0]
		ask.fitted = true
	}
	if page, err := strconv.Atoi(query.Get("page")); err == nil && page > 0 {
		ask.page = page
	}
	return ask
}

// to returns the address of a basic page; page 0 is none in particular.
func (ask *basicAsk) to(place string, page int) string {
	if page > 0 {
		return place + ask.kept + "&page=" + strconv.Itoa(page)
	}
	return place + ask.kept
}

// missing is the page for a wall or a camera that is not there.
func (ask *basicAsk) missing(name string) basicView {
	kind, id, _ := strings.Cut(name, "/")
	return basicView{
		Lang: ask.words.Lang, Words: ask.words, Title: cmp.Or(id, "Camwall"), Stylesheet: "/basic.css",
		Message: ask.words.missing(kind, id),
		Links:   []basicLink{{Text: ask.words.All, Href: ask.to("/", 0)}},
	}
}
