package api

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"camwall/internal/fault"
	"camwall/internal/wall"
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
	b := &basicPages{
		api: a, template: template.Must(template.ParseFS(basicFiles, "basic/page.html")),
		style: basicFile("basic.css"), script: basicFile("basic.js"),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		query := r.URL.Query()
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			page.ServeHTTP(w, r)
		case name == "basic.css":
			serveBasicFile(w, r, styleType, b.style)
		case name == "basic.js":
			serveBasicFile(w, r, "text/javascript; charset=utf-8", b.script)
		case !query.Has("basic") || !isBasicPlace(name):
			page.ServeHTTP(w, r)
		case query.Get("basic") == "css":
			b.serveRules(w, r, name)
		case query.Get("basic") == "now":
			b.serveNow(w, r, name)
		default:
			b.servePage(w, r, name)
		}
	})
}

// basicPages are what basic pages are made of.
type basicPages struct {
	api           *API
	template      *template.Template
	style, script []byte
}

const styleType = "text/css; charset=utf-8"

var spaceAndRemarks = regexp.MustCompile(`(?m)^[ \t]*//.*\n|^[ \t]+`)

// basicFile returns an embedded file without what only its readers here need:
// the page is to be small.
func basicFile(name string) []byte {
	content, err := basicFiles.ReadFile("basic/" + name)
	if err != nil {
		panic("api: an embedded file is gone: " + err.Error())
	}
	return spaceAndRemarks.ReplaceAll(content, nil)
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

// serveBasicFile answers with a file; a browser that has it gets it once.
func serveBasicFile(w http.ResponseWriter, r *http.Request, mediaType string, content []byte) {
	basicHeaders(w, mediaType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", contentTag(content))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// view makes what a request asks for; where that is not there, what is said
// then, and the error.
func (b *basicPages) view(r *http.Request, name string) (basicView, error) {
	ask := readBasicAsk(r)
	view, err := b.api.basicView(ask, name, time.Now())
	if err != nil {
		view = ask.missing(name)
	}
	view.Ask = ask.now(name)
	view.Kept = ask.kept
	view.Revision = view.revision(b.api.cfg.Started)
	return view, err
}

// serveRules answers with the part of the style that is a page's own. Without
// the page it is empty.
func (b *basicPages) serveRules(w http.ResponseWriter, r *http.Request, name string) {
	view, _ := b.view(r, name)
	serveBasicFile(w, r, styleType, []byte(view.Rules))
}

// serveNow tells the script what is new. Of a page that is not there only the
// revision is told: that is another one when it comes.
func (b *basicPages) serveNow(w http.ResponseWriter, r *http.Request, name string) {
	view, _ := b.view(r, name)
	var out bytes.Buffer
	if err := encode(&out, view.now()); err != nil {
		b.api.refuse(w, err)
		return
	}
	basicHeaders(w, "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes()) // the client may be gone
	}
}

// servePage answers with a page.
func (b *basicPages) servePage(w http.ResponseWriter, r *http.Request, name string) {
	view, err := b.view(r, name)
	status := http.StatusOK
	if err != nil {
		status = fault.Status(err)
	}
	out, err := b.render(&view)
	if err != nil {
		b.api.refuse(w, err)
		return
	}
	basicHeaders(w, "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out)
	}
}

// basicAsk is what a request for a basic page wants.
type basicAsk struct {
	words  *basicWords
	page   int           // from 1; 0 is none
	left   time.Duration // that the page is shown for; 0 is its dwell
	width  int           // of the screen, in pixels
	height int           //
	kept   string        // of the query, for links
	fitted bool          // the screen is told
}

// What a page that tells no screen is made for, and what screens there are.
const (
	basicWidth, basicHeight = 1280, 720
	basicLeast, basicMost   = 240, 3840
	basicMostLeft           = int(wall.MaxDwell / time.Second)
)

var screenForm = regexp.MustCompile(`^([0-9]{3,4})x([0-9]{3,4})$`)

// readBasicAsk reads a query; what is not usable in it is as if it were not there.
func readBasicAsk(r *http.Request) basicAsk {
	query := r.URL.Query()
	ask := basicAsk{width: basicWidth, height: basicHeight, kept: "?basic"}
	ask.words = wordsFor(cmp.Or(query.Get("lang"), query.Get("words")), r.Header.Get("Accept-Language"))
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
	if left, err := strconv.Atoi(query.Get("left")); err == nil && left > 0 && left < basicMostLeft {
		ask.left = time.Duration(left) * time.Second
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

// other returns what asks for another part of the same page.
func (ask *basicAsk) other(part string) *basicAsk {
	other := *ask
	other.kept = "?basic=" + part + strings.TrimPrefix(ask.kept, "?basic")
	return &other
}

// now returns where the script asks what is new on a page. It names the language,
// which a browser need not prefer when a script asks, as words: lang would be kept
// in links, and make them others than those of the page.
func (ask *basicAsk) now(name string) string {
	return ask.other("now").to((&url.URL{Path: "/" + name}).EscapedPath(), ask.page) + "&words=" + ask.words.Lang
}

// missing is the page for a wall or a camera that is not there. It is loaded anew
// when that comes.
func (ask *basicAsk) missing(name string) basicView {
	kind, id, _ := strings.Cut(name, "/")
	return basicView{
		Lang: ask.words.Lang, Words: ask.words, Title: cmp.Or(id, "Camwall"), Message: ask.words.missing(kind, id),
		Links:   []basicLink{{Text: ask.words.All, Href: ask.to("/", 0)}},
		Refresh: strconv.Itoa(wholeSeconds(plainStills)), Again: basicAsks.Seconds(),
	}
}
