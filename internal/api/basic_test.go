package api

import (
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/inventory"
	"camwall/internal/streaming"
	"camwall/internal/wall"
)

// basicStage is a stage with n cameras c1 to cN, and walls.
func basicStage(n int, walls ...wall.Wall) *stage {
	s := newStage()
	device := s.cameras[0].Device
	s.cameras, s.infos, s.walls = nil, nil, nil
	for i := range n {
		id := fmt.Sprintf("c%d", i+1)
		s.cameras = append(s.cameras, inventory.Camera{Camera: camera.Camera{ID: camera.ID(id), Name: "Camera " + id, Number: i + 1, Device: device}})
	}
	for _, w := range walls {
		s.walls = append(s.walls, inventory.Wall{Wall: w, Revision: 1})
	}
	return s
}

// basic asks a stage for a page as app serves it.
func (s *stage) basic(t *testing.T, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	a, mux := s.mux(slog.New(slog.DiscardHandler))
	mux.Handle("/", a.Basic(Page(fstest.MapFS{"index.html": {Data: []byte("<title>the whole page</title>")}})))
	return ask(t, mux, method, path, "", headers...)
}

// basicText is the text of a page that must be there and be well formed.
func (s *stage) basicText(t *testing.T, path string, headers ...string) string {
	t.Helper()
	answer, text := s.basic(t, "GET", path, headers...)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%s answered %d %v %.300s", path, answer.StatusCode, answer.Header, text)
	}
	checkHTML(t, path, text)
	return text
}

var (
	anyTag    = regexp.MustCompile(`<(/?)([a-z][a-z0-9]*)([^<>]*)>`)
	attribute = regexp.MustCompile(`^(\s+[a-z-]+(="[^"<>]*")?)*\s*$`)
	picture   = regexp.MustCompile(`<img src="([^"]*)" alt="([^"]*)">`)
)

// checkHTML checks that each element ends where it must, that nothing of script
// or style stands in the page, and that it is small.
func checkHTML(t *testing.T, path, text string) {
	t.Helper()
	if !strings.HasPrefix(text, "<!DOCTYPE html>\n") {
		t.Errorf("%s has no DOCTYPE", path)
	}
	var open []string
	rest := anyTag.ReplaceAllStringFunc(text[len("<!DOCTYPE html>"):], func(tag string) string {
		m := anyTag.FindStringSubmatch(tag)
		if !attribute.MatchString(m[3]) || strings.Contains(m[3], " style=") || regexp.MustCompile(` on[a-z]+=`).MatchString(m[3]) || strings.Contains(m[3], "javascript:") {
			t.Errorf("%s has %s", path, tag)
		}
		switch {
		case slices.Contains([]string{"meta", "link", "img"}, m[2]):
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			t.Errorf("%s: %s ends within %v", path, m[2], open)
		default:
			open = open[:len(open)-1]
		}
		return ""
	})
	if len(open) > 0 || strings.ContainsAny(rest, "<>") || strings.Contains(text, "<style") || !strings.Contains(text, `<script src="/basic.js" defer></script>`) {
		t.Errorf("%s: %v are open; beside tags there is %.500s", path, open, rest)
	}
	if ids := regexp.MustCompile(` id="([^"]*)"`).FindAllString(text, -1); len(ids) != len(slices.Compact(slices.Sorted(slices.Values(ids)))) {
		t.Errorf("%s: an id is there twice: %v", path, ids)
	}
}

func even(side, cameras int) wall.Wall {
	var ids []camera.ID
	for i := range cameras {
		ids = append(ids, camera.ID(fmt.Sprintf("c%d", i+1)))
	}
	return wall.Even(side).Wall("hall", "", ids)
}

// TestBasicConnections: browsers have six connections to a host; pictures that
// never end leave some free.
func TestBasicConnections(t *testing.T) {
	t.Parallel()
	oneAndFive := wall.OneAndFive().Wall("hall", "", []camera.ID{"c1", "c2", "c3", "c4", "c5", "c6"})
	twoAndEight := wall.TwoAndEight().Wall("hall", "", []camera.ID{"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10"})
	manyLarge := wall.Wall{Name: "hall", Columns: 16, Rows: 16, Pages: []wall.Page{{}}}
	for i := range 8 {
		manyLarge.Pages[0].Tiles = append(manyLarge.Pages[0].Tiles, wall.Tile{Column: 2 * i, Width: 2, Height: 1 + min(i, 1), Cameras: []camera.ID{"c1"}})
	}
	sparse := even(3, 5)
	for name, c := range map[string]struct {
		wall            wall.Wall
		endless, stills int
	}{
		"1": {even(1, 1), 1, 0}, "4": {even(2, 4), 4, 0}, "5 of 9": {sparse, 5, 0}, "6 of 9": {even(3, 6), 0, 6}, "64": {even(8, 64), 0, 64},
		"1+5": {oneAndFive, 1, 5}, "2+8": {twoAndEight, 2, 8}, "large ones": {manyLarge, 3, 5}, "empty": {even(2, 0), 0, 0},
	} {
		text := basicStage(64, c.wall).basicText(t, "/wall/hall?basic")
		endless, stills := 0, 0
		for _, m := range picture.FindAllStringSubmatch(text, -1) {
			address := html.UnescapeString(m[1])
			switch {
			case regexp.MustCompile(`^/live/c\d+\?size=\d+x\d+&fit=contain&stream=auto&fps=12$`).MatchString(address):
				endless++
			case regexp.MustCompile(`^/live/c\d+\.jpg\?size=\d+x\d+&fit=contain&stream=auto&drawn=1$`).MatchString(address):
				stills++
			default:
				t.Errorf("%s: a picture is %s", name, address)
			}
		}
		if endless != c.endless || stills != c.stills || endless > 5 {
			t.Errorf("%s: %d endless and %d stills, want %d and %d", name, endless, stills, c.endless, c.stills)
		}
		want := "10"
		if stills > 0 {
			want = "5"
		}
		if !strings.Contains(text, `<noscript><meta http-equiv="refresh" content="`+want+`"></noscript>`) {
			t.Errorf("%s: without a script it is not loaded anew after %s s", name, want)
		}
	}
}

// TestBasicPictures: they are as large as their tiles, with widths that screens
// share, in the shape of the tile.
func TestBasicPictures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		side, cameras int
		query, want   string
	}{
		{1, 1, "", "1280x720"},
		{2, 4, "", "640x360"},
		{3, 9, "", "480x270"},
		{4, 16, "", "320x180"},
		{8, 64, "", "320x180"},
		{1, 1, "&screen=1920x1080", "1920x1080"},
		{2, 4, "&screen=1920x1080", "960x540"},
		{1, 1, "&screen=9999x9999", "3840x3840"},
		{1, 1, "&screen=1080x1920", "1280x2276"},
		{1, 1, "&screen=240x3840", "256x4096"},
		{1, 1, "&screen=0x0", "1280x720"},
		{1, 1, "&screen=axb", "1280x720"},
	} {
		text := basicStage(64, even(c.side, c.cameras)).basicText(t, "/wall/hall?basic"+c.query)
		m := picture.FindStringSubmatch(text)
		if m == nil || !strings.Contains(m[1], "size="+c.want+"&amp;") {
			t.Errorf("%d tiles%s: the picture is %v, want %s", c.cameras, c.query, m, c.want)
		}
		if fitting := strings.Contains(text, "data-fitting"); fitting == screenForm.MatchString(strings.TrimPrefix(c.query, "&screen=")) {
			t.Errorf("%s: the script may ask for another size: %v", c.query, fitting)
		}
	}
}

// styleOf returns the part of the style that is a page's own.
func (s *stage) styleOf(t *testing.T, text string) string {
	t.Helper()
	m := regexp.MustCompile(`<link rel="stylesheet" href="(/[^"]*\?[^"]*)">`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no style of its own: %s", text)
	}
	answer, style := s.basicAlone(t, html.UnescapeString(m[1]))
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/css; charset=utf-8" || answer.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%s answered %d %v", m[1], answer.StatusCode, answer.Header)
	}
	if answer.Header.Get("ETag") == "" {
		t.Errorf("%s is sent twice", m[1])
	}
	return style
}

// TestBasicPlaces: tiles lie where they are on the wall; the style has the places
// that there are, and no others.
func TestBasicPlaces(t *testing.T) {
	t.Parallel()
	w := wall.Wall{Name: "hall", Columns: 3, Rows: 4, Pages: []wall.Page{{}, {Tiles: []wall.Tile{
		{Column: 0, Row: 0, Width: 2, Height: 4, Cameras: []camera.ID{"c1"}, Overlay: wall.UsualOverlay()},
		{Column: 2, Row: 2, Width: 1, Height: 2, Text: "a <b>", Cameras: []camera.ID{}},
	}}}}
	s := basicStage(1, w)
	text := s.basicText(t, "/wall/hall?basic&page=2&screen=1920x1080")
	for _, want := range []string{`<div class="x0 y0 w2 h4">`, `<div class="x2 y2 w1 h2">`, `<em>a &lt;b&gt;</em>`, `<b>1</b> Camera c1`, `href="/camera/c1?basic&amp;screen=1920x1080"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	rules := strings.Fields(s.styleOf(t, text))
	slices.Sort(rules)
	want := []string{".h2{height:50%}", ".h4{height:100%}", ".w1{width:33.33%}", ".w2{width:66.67%}", ".x0{left:0%}", ".x2{left:66.67%}", ".y0{top:0%}", ".y2{top:50%}"}
	if !slices.Equal(rules, want) {
		t.Errorf("the style is %q, want %q", rules, want)
	}
	if answer, style := s.basic(t, "GET", "/wall/none?basic=css"); answer.StatusCode != 200 || style != "" {
		t.Errorf("the style of no wall is %d %s", answer.StatusCode, style)
	}
	if answer, _ := s.basic(t, "GET", "/basic.css"); answer.StatusCode != 200 || answer.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the style answered %d %v", answer.StatusCode, answer.Header)
	}
}

// TestBasicOverlays: number and name are shown where the tile wants them; the
// picture has a name all the same.
func TestBasicOverlays(t *testing.T) {
	t.Parallel()
	for o, want := range map[wall.Overlay]string{
		{Number: true, Name: true}:  `alt=""></i><span><b>1</b> Camera c1</span></a>`,
		{Number: true, Clock: true}: `alt="1 Camera c1"></i><span><b>1</b> </span></a>`,
		{Name: true}:                `alt=""></i><span>Camera c1</span></a>`,
		{Clock: true}:               `alt="1 Camera c1"></i></a>`,
		{}:                          `alt="1 Camera c1"></i></a>`,
	} {
		w := even(1, 1)
		w.Pages[0].Tiles[0].Overlay = o
		if text := basicStage(1, w).basicText(t, "/wall/hall?basic"); !strings.Contains(text, want) {
			t.Errorf("%+v: %s is not in %s", o, want, text)
		}
	}
}

// TestBasicEscapes: whatever people write is text.
func TestBasicEscapes(t *testing.T) {
	t.Parallel()
	const odd = `"><script>alert(1)</script>&'`
	w := even(1, 1)
	w.Title, w.Pages[0].Tiles[0].Text = odd, odd
	s := basicStage(1, w)
	s.cameras[0].Name, s.settings.SiteName = odd, odd
	for _, path := range []string{"/wall/hall?basic", "/?basic", "/camera/c1?basic", `/?basic&screen="><script>&lang="><script>&page="><script>`} {
		text := s.basicText(t, strings.NewReplacer(`"`, "%22", "<", "%3C", ">", "%3E").Replace(path))
		if strings.Contains(text, "alert") && !strings.Contains(text, "&lt;script&gt;alert(1)") || strings.Contains(text, "<script>") {
			t.Errorf("%s: %s", path, text)
		}
	}
	answer, text := s.basic(t, "GET", "/wall/%22%3E%3Cscript%3E?basic")
	checkHTML(t, "none", text)
	if answer.StatusCode != 404 || strings.Contains(text, "<script>") {
		t.Errorf("answered %d %s", answer.StatusCode, text)
	}
	s.cameras[0].Name = "rtsp://u:" + kept + "@192.0.2.1/"
	if text := s.basicText(t, "/camera/c1?basic"); strings.Contains(text, kept) {
		t.Errorf("a password is in %s", text)
	}
}

// TestBasicTurns: pages go on by themselves, by the clock where all do.
func TestBasicTurns(t *testing.T) {
	t.Parallel()
	turning := wall.Even(1).Wall("hall", "Hall", []camera.ID{"c1", "c2", "c3"})
	for i := range turning.Pages {
		turning.Pages[i].Dwell = time.Duration(i+1) * 10 * time.Second
	}
	mixed := wall.Even(1).Wall("hall", "Hall", []camera.ID{"c1", "c2", "c3"})
	mixed.Pages[0].Dwell = 1500 * time.Millisecond
	still := wall.Even(1).Wall("hall", "Hall", []camera.ID{"c1", "c2"})
	for _, c := range []struct {
		name               string
		wall               wall.Wall
		page               int
		second             int64
		at                 int // from 0
		refresh            string
		next               string
		links              bool
		before, after, pos string
	}{
		{"first", turning, 0, 600, 0, "10", "", false, "", "", ""},
		{"still the first", turning, 0, 609, 0, "1", "", false, "", "", ""},
		{"second", turning, 0, 610, 1, "10", "", false, "", "", ""},
		{"third", turning, 0, 659, 2, "1", "", false, "", "", ""},
		{"asked for", turning, 2, 600, 1, "10; url=/wall/hall?basic&page=2&left=10", "/wall/hall?basic&page=3 20", false, "", "", ""},
		{"last", turning, 3, 600, 2, "10; url=/wall/hall?basic&page=3&left=20", "/wall/hall?basic&page=1 30", false, "", "", ""},
		{"beyond", turning, 9, 600, 2, "10; url=/wall/hall?basic&page=3&left=20", "/wall/hall?basic&page=1 30", false, "", "", ""},
		{"not all turn", mixed, 0, 600, 0, "2; url=/wall/hall?basic&page=2", "/wall/hall?basic&page=2 1.5", true, "page=3", "page=2", "Page 1 / 3"},
		{"where it stays", mixed, 2, 600, 1, "10", "", true, "page=1", "page=3", "Page 2 / 3"},
		{"none turns", still, 0, 600, 0, "10", "", true, "page=2", "page=2", "Page 1 / 2"},
	} {
		s := basicStage(3, c.wall)
		a, _ := s.mux(slog.New(slog.DiscardHandler))
		ask := basicAsk{words: wordsFor("en", ""), width: 1280, height: 720, kept: "?basic", page: c.page}
		view, err := a.basicView(ask, "wall/hall", time.Unix(c.second, 0))
		if err != nil || len(view.Tiles) != 1 || view.Tiles[0].Name != fmt.Sprintf("Camera c%d", c.at+1) {
			t.Errorf("%s: %+v, %v", c.name, view, err)
			continue
		}
		next := ""
		if view.Next != "" {
			next = fmt.Sprintf("%s %g", view.Next, view.Left)
		}
		if view.Refresh != c.refresh || next != c.next || (len(view.Links) > 0) != c.links {
			t.Errorf("%s: goes on by %q (%q), links %+v", c.name, next, view.Refresh, view.Links)
		}
		if c.links && (!strings.HasSuffix(view.Links[0].Href, c.before) || view.Links[1].Text != c.pos || !strings.HasSuffix(view.Links[2].Href, c.after)) {
			t.Errorf("%s: links %+v", c.name, view.Links)
		}
	}
}

// TestBasicLeft: without a script a page that is loaded anew stays no longer.
func TestBasicLeft(t *testing.T) {
	t.Parallel()
	w := wall.Even(1).Wall("hall", "Hall", []camera.ID{"c1", "c2"})
	w.Pages[0].Dwell = 25 * time.Second
	s, at := basicStage(2, w), "/wall/hall?basic"
	for _, want := range []string{"10; url=/wall/hall?basic&page=1&left=15", "10; url=/wall/hall?basic&page=1&left=5", "5; url=/wall/hall?basic&page=2", "10"} {
		m := regexp.MustCompile(`<noscript><meta http-equiv="refresh" content="([^"]*)"></noscript>`).FindStringSubmatch(s.basicText(t, at))
		if m == nil || html.UnescapeString(m[1]) != want {
			t.Fatalf("%s goes on by %q, want %s", at, m, want)
		}
		_, at, _ = strings.Cut(want, "url=")
	}
}

// TestBasicShortTurns: however short pages are shown, one of them is.
func TestBasicShortTurns(t *testing.T) {
	t.Parallel()
	for _, dwell := range []time.Duration{1, 100 * time.Microsecond, 400 * time.Microsecond, 600 * time.Microsecond, time.Millisecond} {
		w := &wall.Wall{Pages: []wall.Page{{Dwell: dwell}, {Dwell: dwell}}}
		for ms := range int64(5) {
			index, left := pageAt(w, 0, time.UnixMilli(ms))
			if index < 0 || index > 1 || left < 0 || left > dwell {
				t.Errorf("of %v each, page %d is shown for %v", dwell, index, left)
			}
		}
	}
}

// TestBasicTilesTurn: cameras of one tile are shown in turn, by the clock; where
// there is no script the page is loaded anew in time.
func TestBasicTilesTurn(t *testing.T) {
	t.Parallel()
	w := even(1, 0)
	w.Pages[0].Tiles[0].Cameras, w.Pages[0].Tiles[0].Dwell = []camera.ID{"c1", "gone", "c2"}, 20*time.Second
	s := basicStage(2, w)
	for i := range s.cameras {
		s.infos = append(s.infos, streaming.CameraInfo{Camera: &s.cameras[i].Camera, Streams: []streaming.StreamInfo{{Name: "main", Status: camera.Status{State: camera.Live}}}})
	}
	a, _ := s.mux(slog.New(slog.DiscardHandler))
	for second, want := range map[int64]struct {
		camera  camera.ID
		refresh string
		again   float64
	}{0: {"c1", "10", 3}, 18: {"c1", "2", 2}, 20: {"c2", "10", 3}, 39: {"c2", "1", 1}, 40: {"c1", "10", 3}} {
		view, err := a.basicView(basicAsk{words: wordsFor("", ""), width: 1280, height: 720, kept: "?basic"}, "wall/hall", time.Unix(second, 0))
		if err != nil {
			t.Fatal(err)
		}
		tile := view.Tiles[0]
		if tile.ID != want.camera || !strings.HasPrefix(tile.Picture.Source, "/live/"+string(want.camera)+"?") || view.Refresh != want.refresh || view.Again != want.again {
			t.Errorf("at %d s: %+v %+v", second, view, tile.Picture)
		}
	}
	s.infos[0].Streams[0].Status.State = camera.Silent
	if view, err := a.basicView(basicAsk{words: wordsFor("", ""), width: 1280, height: 720, kept: "?basic"}, "wall/hall", time.Unix(0, 0)); err != nil || view.Again != 1 {
		t.Errorf("of a camera that is away the script asks after %g s, %v", view.Again, err)
	}
}

// TestBasicOverview: all cameras that are switched on, and the ways to walls.
func TestBasicOverview(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "100% 100%", 2: "50% 100%", 3: "50% 50%", 6: "33.33% 50%", 9: "33.33% 33.33%", 12: "25% 33.33%", 20: "25% 25%"} {
		s := basicStage(n+1, even(1, 1))
		s.cameras[n].Disabled = true
		text := s.basicText(t, "/?basic")
		width, height, _ := strings.Cut(want, " ")
		if style := s.styleOf(t, text); !strings.Contains(style, ".w1{width:"+width+"}") || !strings.Contains(style, ".h1{height:"+height+"}") {
			t.Errorf("%d cameras: %s", n, style)
		}
		if strings.Contains(text, fmt.Sprintf("Camera c%d<", n+1)) || !strings.Contains(text, `<a href="/wall/hall?basic">hall</a>`) {
			t.Errorf("%d cameras: %s", n, text)
		}
		if pages := strings.Contains(text, "Page 1 / 2"); pages != (n > 16) {
			t.Errorf("%d cameras: pages %v", n, pages)
		}
	}
	if text := basicStage(0).basicText(t, "/?basic"); !strings.Contains(text, "No cameras yet.") || strings.Contains(text, "<div") {
		t.Errorf("without cameras: %s", text)
	}
	if text := basicStage(20).basicText(t, "/?basic&page=2&lang=zh-Hant"); !strings.Contains(text, "Camera c17") || strings.Contains(text, "Camera c16") || !strings.Contains(text, "第 2 / 2 頁") ||
		!strings.Contains(text, `href="/?basic&amp;lang=zh-Hant&amp;page=1" rel="prev"`) {
		t.Errorf("the second page: %s", text)
	}
}

// TestBasicAnswers: what has a basic page, and what has not.
func TestBasicAnswers(t *testing.T) {
	t.Parallel()
	s := basicStage(1, even(1, 1))
	for _, c := range []struct {
		method, path string
		status       int
		has          string
	}{
		{"GET", "/wall/hall?basic", 200, "Camera c1"},
		{"GET", "/wall/hall?basic=1", 200, "Camera c1"},
		{"HEAD", "/wall/hall?basic", 200, ""},
		{"GET", "/camera/c1?basic", 200, "All cameras"},
		{"GET", "/wall/none?basic", 404, `There is no wall &#34;none&#34;.`},
		{"GET", "/camera/none?basic&lang=zh-Hant", 404, "沒有攝影機 &#34;none&#34;。"},
		{"GET", "/wall/hall/more?basic", 404, "There is no wall"},
		{"GET", "/wall/hall?basic=now", 200, `{"revision":"`},
		{"HEAD", "/wall/hall?basic=now", 200, ""},
		{"GET", "/wall/none?basic=now", 200, `"tiles":[]`},
		{"GET", "/wall/hall?basic=css", 200, ".x0{left:0%}"},
		{"GET", "/wall/hall", 200, "the whole page"},
		{"GET", "/cameras?basic", 200, "the whole page"},
		{"GET", "/statistics?basic", 200, "the whole page"},
		{"GET", "/wall?basic", 200, "the whole page"},
		{"POST", "/?basic", 405, ""},
		{"GET", "/api/v1/nothing?basic", 404, "not_found"},
	} {
		answer, text := s.basic(t, c.method, c.path)
		if answer.StatusCode != c.status || !strings.Contains(text, c.has) || c.method == "HEAD" && text != "" {
			t.Errorf("%s %s answered %d %s", c.method, c.path, answer.StatusCode, text)
		}
		if answer.Header.Get("Content-Security-Policy") == "" && c.has != "not_found" {
			t.Errorf("%s %s has no policy", c.method, c.path)
		}
	}
	answer, _ := s.basic(t, "GET", "/?basic")
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'", "Cache-Control": "no-store",
		"Vary": "Accept-Language", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	_, script := s.basic(t, "GET", "/basic.js")
	for _, modern := range []string{"=>", "`", "let ", "const ", "async ", "fetch(", "Promise", "classList", "...", "for (var ", "?.", "??"} {
		if strings.Contains(script, modern) {
			t.Errorf("old browsers don't know %q", modern)
		}
	}
}

func TestBasicLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ named, accepted, want string }{
		{"", "", "en"},
		{"", "zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"},
		{"", "zh", "zh-Hant"},
		{"", "en-GB, zh;q=0.9", "en"},
		{"", "de, fr;q=0.9", "en"},
		{"", "en;q=0.5, zh-Hant-HK;q=0.9", "zh-Hant"},
		{"", "de;q=1, zh;q=0", "en"},
		{"", "zh;q=x", "en"},
		{"", ",;,", "en"},
		{"", "*", "en"},
		{"", "zhx", "en"},
		{"zh-Hant", "en", "zh-Hant"},
		{"en", "zh", "en"},
		{"xx", "zh", "zh-Hant"},
		{"", strings.Repeat("de,", 1000) + "zh", "en"},
	} {
		if got := wordsFor(c.named, c.accepted).Lang; got != c.want {
			t.Errorf("%q %.80q gives %s, want %s", c.named, c.accepted, got, c.want)
		}
	}
	if text := basicStage(1).basicText(t, "/?basic", "Accept-Language", "zh-TW"); !strings.Contains(text, `<html lang="zh-Hant">`) || strings.Contains(text, `?basic&amp;lang=zh`) {
		t.Errorf("the page is %s", text)
	}
}

// TestBasicCrops: the part of the picture that a tile shows keeps its shape.
func TestBasicCrops(t *testing.T) {
	t.Parallel()
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		crop        wall.Crop
		fit         wall.Fit
		box, inside string // width and height in %, then those of the picture in its box, and where
		size        string
	}{
		{wall.Crop{X: 0.25, Y: 0.5, Width: 0.5, Height: 0.5}, wall.Contain, "100 100", "200 200 -50 -100", "2560x1440"},
		{wall.Crop{X: 0, Y: 0, Width: 1, Height: 0.5}, wall.Contain, "100 50", "100 200 0 0", "1280x720"},
		{wall.Crop{X: 0.5, Y: 0, Width: 0.5, Height: 1}, wall.Contain, "50 100", "200 100 -100 0", "1280x720"},
		{wall.Crop{X: 0.5, Y: 0, Width: 0.5, Height: 1}, wall.Cover, "100 200", "200 100 -100 0", "2560x1440"},
		{wall.Crop{X: 0, Y: 0, Width: 1, Height: 0.5}, wall.Cover, "200 100", "100 200 0 0", "2560x1440"},
		{wall.Crop{X: 0.5, Y: 0, Width: 0.5, Height: 1}, wall.Fill, "100 100", "200 100 -100 0", "2560x720"},
		{wall.Crop{X: 0.9, Y: 0.9, Width: 0.05, Height: 0.05}, wall.Contain, "100 100", "2000 2000 -1800 -1800", "3840x2160"},
	} {
		w := even(1, 1)
		w.Pages[0].Tiles[0].Crop, w.Pages[0].Tiles[0].Fit = c.crop, c.fit
		s := basicStage(1, w)
		text := s.basicText(t, "/wall/hall?basic")
		if !strings.Contains(text, `h1 k0"`) || !strings.Contains(text, "size="+c.size+"&amp;stream=auto&amp;fps") {
			t.Errorf("%+v: %s", c.crop, text)
			continue
		}
		style := s.styleOf(t, text)
		side := func(property, where string) (size, at string) {
			m := regexp.MustCompile(`\.k0 i\{` + property + `:([\d.]+)%;` + where + `:(-?[\d.]+)%\}\n`).FindStringSubmatch(style)
			if m == nil {
				return "100", "0"
			}
			return m[1], m[2]
		}
		width, left := side("width", "left")
		height, top := side("height", "top")
		inside := regexp.MustCompile(`\.k0 img\{width:([\d.]+)%;height:([\d.]+)%;left:(-?[\d.]+)%;top:(-?[\d.]+)%\}\n`).FindStringSubmatch(style)
		if inside == nil {
			t.Fatalf("%+v: the style is %s", c.crop, style)
		}
		if box, inside := width+" "+height, strings.Join(inside[1:], " "); box != c.box || inside != c.inside {
			t.Errorf("%+v: box %s, picture %s; want %s, %s", c.crop, box, inside, c.box, c.inside)
		}
		if number(left) != (100-number(width))/2 || number(top) != (100-number(height))/2 {
			t.Errorf("%+v: the box of %s x %s %% begins at %s, %s %%", c.crop, width, height, left, top)
		}
	}
}
