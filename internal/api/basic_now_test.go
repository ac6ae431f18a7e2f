package api

import (
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/media"
	"camwall/internal/streaming"
	"camwall/internal/wall"
)

// basicAlone asks a stage for basic pages; nothing else is made for that.
func (s *stage) basicAlone(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	return ask(t, (&API{cfg: s.config(slog.New(slog.DiscardHandler))}).Basic(http.NotFoundHandler()), "GET", path, "")
}

// told is what the script of a page is told, and what its page says of that.
func (s *stage) told(t *testing.T, path string) (now basicNow, text string) {
	t.Helper()
	_, text = s.basicAlone(t, path)
	checkHTML(t, path, text)
	m := regexp.MustCompile(` data-ask="([^"]*)" data-again="([^"]*)" data-revision="([0-9a-f]{12})"`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%s does not say whom to ask: %s", path, text)
	}
	answer, body := s.basicAlone(t, html.UnescapeString(m[1]))
	if err := json.Unmarshal([]byte(body), &now); err != nil || answer.StatusCode != 200 || answer.Header.Get("Cache-Control") != "no-store" ||
		answer.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s answered %d %v %s", m[1], answer.StatusCode, answer.Header, body)
	}
	if now.Revision != m[3] {
		t.Errorf("%s is of revision %s, its page %s", m[1], now.Revision, m[3])
	}
	if pictures := len(picture.FindAllString(text, -1)); pictures != len(now.Tiles) {
		t.Errorf("%s tells of %d tiles, its page has %d pictures", m[1], len(now.Tiles), pictures)
	}
	return now, text
}

// TestBasicRevisionOfPagesWithLinks: what the script is told has the revision of its
// page, also where the address has no language and links keep what it has.
func TestBasicRevisionOfPagesWithLinks(t *testing.T) {
	t.Parallel()
	s := basicStage(3, even(2, 3))
	for _, path := range []string{
		"/?basic", "/camera/c1?basic", "/wall/hall?basic", "/wall/hall?basic&page=1", "/camera/c1?basic&lang=xx", "/?basic&screen=1920x1080",
	} {
		s.told(t, path)
	}
}

// TestBasicRevision: it changes when the page must be loaded anew, and only then.
func TestBasicRevision(t *testing.T) {
	t.Parallel()
	s := basicStage(3, even(2, 3))
	const page = "/wall/hall?basic&lang=zh-Hant&screen=1920x1080"
	last, _ := s.told(t, page)
	look := func(what string, changes bool) {
		t.Helper()
		now, _ := s.told(t, page)
		if (now.Revision != last.Revision) != changes {
			t.Errorf("%s: the revision was %s and is %s", what, last.Revision, now.Revision)
		}
		last = now
	}
	w := &s.walls[0].Wall
	look("nothing", false)
	w.Pages[0].Tiles[0].Cameras = []camera.ID{"c3"}
	look("another camera", false)
	s.cameras[0].Name, s.cameras[0].Number = "New", 9
	look("another name", false)
	s.infos = []streaming.CameraInfo{{Camera: &s.cameras[1].Camera, Streams: []streaming.StreamInfo{{Name: "main", Status: camera.Status{State: camera.Silent}}}}}
	look("another state", false)
	for _, c := range []struct {
		what   string
		change func()
	}{
		{"fit", func() { w.Pages[0].Tiles[0].Fit = wall.Cover }},
		{"crop", func() { w.Pages[0].Tiles[1].Crop = wall.Crop{Width: 0.5, Height: 0.5} }},
		{"size that becomes known", func() { s.infos[0].Streams[0].Width, s.infos[0].Streams[0].Height = 400, 400 }},
		{"stream", func() { w.Pages[0].Tiles[0].Stream = "main" }},
		{"place", func() { w.Columns = 3 }},
		{"title", func() { w.Title = "Hall" }},
		{"camera gone", func() { s.cameras = s.cameras[:2] }},
		{"tile gone", func() { w.Pages[0].Tiles = w.Pages[0].Tiles[:3] }},
		{"page", func() { w.Pages = append(w.Pages, wall.Page{}) }},
		{"dwell", func() { w.Pages[0].Dwell = time.Minute }},
	} {
		c.change()
		look(c.what, true)
	}
	s.walls = nil
	look("no wall", true)
	look("still no wall", false)
	s.walls = append(s.walls, inventory.Wall{Wall: even(1, 1)})
	look("a wall again", true)
}

// TestBasicRestart: the server has started again, so that pictures have ended.
func TestBasicRestart(t *testing.T) {
	t.Parallel()
	s := basicStage(1, even(1, 1))
	ask := func(started time.Time) (now basicNow) {
		config := s.config(slog.New(slog.DiscardHandler))
		config.Started = started
		_, body := ask(t, New(config).Basic(http.NotFoundHandler()), "GET", "/wall/hall?basic=now", "")
		if err := json.Unmarshal([]byte(body), &now); err != nil {
			t.Fatal(err)
		}
		return now
	}
	if one, other := ask(noon), ask(noon.Add(time.Millisecond)); one.Revision == other.Revision {
		t.Error("nobody notices")
	}
}

// TestBasicTold: what is told changes without a new page, and stands in a new page
// just so.
func TestBasicTold(t *testing.T) {
	t.Parallel()
	w := even(1, 1)
	w.Pages[0].Tiles[0].Text = "the <gate>"
	s := basicStage(1, w)
	for _, c := range []struct {
		status camera.Status
		want   basicState
	}{
		{camera.Status{State: camera.Live}, basicState{}},
		{camera.Status{State: camera.Live, UnchangedSince: time.Now().Add(-3*time.Minute - time.Second)}, basicState{"mark", "畫面已 3 分鐘沒有變化", ""}},
		{camera.Status{State: camera.Busy, NextTry: time.Date(2099, 1, 2, 3, 4, 0, 0, time.Local)}, basicState{"out", "攝影機的觀看人數已滿", "2099-01-02 03:04 重試。"}},
	} {
		s.infos = []streaming.CameraInfo{{Camera: &s.cameras[0].Camera, Streams: []streaming.StreamInfo{{Name: "main", Codec: media.H264, Status: c.status}}}}
		now, text := s.told(t, "/wall/hall?basic&lang=zh-Hant")
		if len(now.Tiles) != 1 || now.Tiles[0] != (basicTold{ID: "c1", Number: "1", Name: "Camera c1", Text: "the <gate>", basicState: c.want}) {
			t.Errorf("%v: told %+v, want %+v", c.status, now.Tiles, c.want)
		}
		says := fmt.Sprintf(`<em>the &lt;gate&gt;</em><p class="%s"><b>%s</b> %s</p></div>`, c.want.Kind, c.want.State, c.want.Why)
		if c.want.Kind == "" {
			says = `<em>the &lt;gate&gt;</em></div>`
		}
		if !strings.Contains(text, says) {
			t.Errorf("%v: %s is not in %s", c.status, says, text)
		}
	}
}

// TestBasicStates: each state and mark in words, in both languages.
func TestBasicStates(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for _, c := range []struct {
		status camera.Status
		en, zh basicState
	}{
		{camera.Status{State: camera.Live}, basicState{}, basicState{}},
		{camera.Status{State: camera.Live, UnchangedSince: ago(35 * time.Second)}, basicState{"mark", "Unchanged for 35 s", ""}, basicState{"mark", "畫面已 35 秒沒有變化", ""}},
		{camera.Status{State: camera.Live, Behind: 2400 * time.Millisecond}, basicState{"mark", "2.4 s behind", ""}, basicState{"mark", "延遲 2.4 秒", ""}},
		{
			camera.Status{State: camera.Live, Behind: 2400 * time.Millisecond, UnchangedSince: ago(3 * time.Hour)},
			basicState{"mark", "2.4 s behind, Unchanged for 3 h", ""},
			basicState{"mark", "延遲 2.4 秒、畫面已 3 小時沒有變化", ""},
		},
		{camera.Status{State: camera.Disabled}, basicState{"out", "Switched off", ""}, basicState{"out", "已停用", ""}},
		{camera.Status{State: camera.Idle}, basicState{"mark", "Connecting...", ""}, basicState{"mark", "連線中…", ""}},
		{camera.Status{State: camera.Connecting, Since: ago(time.Second / 2)}, basicState{"mark", "Connecting...", ""}, basicState{"mark", "連線中…", ""}},
		{camera.Status{State: camera.Connecting, Since: ago(time.Second)}, basicState{"out", "Connecting...", ""}, basicState{"out", "連線中…", ""}},
		{camera.Status{State: camera.Silent, Since: ago(10 * time.Minute)}, basicState{"out", "No picture for 10 min", ""}, basicState{"out", "已 10 分鐘沒有畫面", ""}},
		{
			camera.Status{State: camera.Busy, NextTry: noon.Add(40 * time.Second)},
			basicState{"out", "The camera serves no more viewers", "Next try in 40 s."},
			basicState{"out", "攝影機的觀看人數已滿", "40 秒後重試。"},
		},
		{
			camera.Status{State: camera.Retrying, Reason: fault.ConnRefused, Message: "the camera refuses the connection", Since: ago(13 * time.Minute), NextTry: noon.Add(2 * time.Second)},
			basicState{"out", "Offline since 09:02", "The camera refuses the connection. Next try in 2 s."},
			basicState{"out", "自 09:02 起離線", "攝影機拒絕連線。2 秒後重試。"},
		},
		{
			camera.Status{State: camera.Retrying, Reason: "strange", Message: "Nothing works.", Since: ago(24 * time.Hour), NextTry: noon.Add(time.Hour)},
			basicState{"out", "Offline since 2026-11-20 09:15", "Nothing works. Next try 10:15."},
			basicState{"out", "自 2026-11-20 09:15 起離線", "Nothing works.10:15 重試。"},
		},
		{camera.Status{State: camera.Retrying, Reason: fault.NoVideo, NextTry: ago(time.Second)}, basicState{"out", "No video", ""}, basicState{"out", "沒有影像", ""}},
		{
			camera.Status{State: camera.Unauthorized, NextTry: noon.Add(30 * time.Minute)},
			basicState{"out", "Password refused", "Next try 09:45, so that the camera does not lock."},
			basicState{"out", "密碼不正確", "為避免攝影機鎖定帳號，09:45 才會重試。"},
		},
		{camera.Status{State: camera.Unauthorized, Reason: fault.Forbidden}, basicState{"out", "Access refused", ""}, basicState{"out", "存取被拒絕", ""}},
	} {
		for lang, want := range map[string]basicState{"en": c.en, "zh-Hant": c.zh} {
			if got := wordsFor(lang, "").told(c.status, noon); got != want {
				t.Errorf("%v in %s is %+v, want %+v", c.status, lang, got, want)
			}
		}
	}
}

// TestBasicStreams: a tile tells of the stream that its pictures are of.
func TestBasicStreams(t *testing.T) {
	t.Parallel()
	stream := func(name string, width int, mark time.Duration) streaming.StreamInfo {
		return streaming.StreamInfo{Name: name, Width: width, Height: width * 9 / 16, Status: camera.Status{State: camera.Live, Behind: mark}}
	}
	info := streaming.CameraInfo{Streams: []streaming.StreamInfo{stream("main", 1920, time.Second), stream("sub", 640, 2*time.Second)}}
	s := basicStage(1, even(1, 1))
	info.Camera = &s.cameras[0].Camera
	s.infos = []streaming.CameraInfo{info}
	for _, c := range []struct{ stream, screen, want string }{
		{"auto", "1920x1080", "1.0 s behind"},
		{"", "640x360", "2.0 s behind"},
		{"auto", "640x360", "2.0 s behind"},
		{"main", "640x360", "1.0 s behind"},
		{"sub", "1920x1080", "2.0 s behind"},
		{"third", "640x360", "No picture"},
	} {
		s.walls[0].Pages[0].Tiles[0].Stream = c.stream
		now, _ := s.told(t, "/wall/hall?basic&lang=en&screen="+c.screen)
		if now.Tiles[0].State != c.want {
			t.Errorf("%q at %s: %+v, want %s", c.stream, c.screen, now.Tiles[0], c.want)
		}
	}
	s.walls[0].Pages[0].Tiles[0].Stream = ""
	s.infos[0].Streams[1].Width = 0
	if now, _ := s.told(t, "/wall/hall?basic&lang=en&screen=1920x1080"); now.Tiles[0].State != "2.0 s behind" {
		t.Errorf("a stream of unknown size: %+v", now.Tiles[0])
	}
	s.infos[0].Streams[1].Status = camera.Status{State: camera.Retrying, Reason: fault.Ended, Message: "gone", Since: noon}
	s.infos[0].Streams[1].Width = 320
	s.walls[0].Pages[0].Tiles[0].Stream = "sub"
	if now, _ := s.told(t, "/wall/hall?basic&lang=en&screen=240x240"); now.Tiles[0].Why != "Gone." {
		t.Errorf("there is room for why: %+v", now.Tiles[0])
	}
	s.walls[0].Columns = 2
	if now, _ := s.told(t, "/wall/hall?basic&lang=en&screen=240x240"); now.Tiles[0].Why != "" {
		t.Errorf("there is no room for why: %+v", now.Tiles[0])
	}
}

// largest returns a wall as large as one may be, and what its cameras are called.
func largest(columns, rows int, cropped bool) (wall.Wall, []camera.ID) {
	const letter = "'" // no other needs as many bytes in HTML
	ids := make([]camera.ID, 64)
	for i := range ids {
		ids[i] = camera.ID(fmt.Sprintf("%02d%s", i, strings.Repeat("x", 61)))
	}
	w := wall.Wall{Name: strings.Repeat("w", 63), Title: strings.Repeat(letter, wall.MaxTitle), Columns: columns, Rows: rows}
	for range wall.MaxPages {
		w.Pages = append(w.Pages, wall.Page{Title: w.Title, Dwell: wall.MaxDwell})
	}
	for p := range w.Pages {
		for i := range wall.MaxTiles {
			tile := wall.Tile{
				Column: i % 8 * columns / 8, Row: i/8*rows/8 + i%2, Width: 1, Height: 1, Cameras: ids[i : i+1], Dwell: wall.MaxDwell,
				Stream: strings.Repeat("s", 16), Fit: wall.Contain, Text: strings.Repeat(letter, wall.MaxText), Overlay: wall.UsualOverlay(),
			}
			if columns == 16 {
				tile.Column += i / 8 % 2
			}
			if i%8 == 0 {
				tile.Cameras = ids
			}
			if cropped {
				tile.Fit = []wall.Fit{wall.Contain, wall.Cover}[i%2]
				tile.Crop = wall.Crop{X: 0.30001 + float64(i)/1000, Y: 0.40003 + float64(i)/1000, Width: 0.070003 + float64(i)/10000, Height: 0.0900007}
			}
			w.Pages[p].Tiles = append(w.Pages[p].Tiles, tile)
		}
	}
	return w, ids
}

// TestBasicIsSmall: all together, whatever the wall.
func TestBasicIsSmall(t *testing.T) {
	t.Parallel()
	type sized struct {
		name string
		wall wall.Wall
		ids  []camera.ID
		call string // the cameras
		why  string // they are away
	}
	usual := even(8, 64)
	nine := even(8, 64)
	cropped := wall.Wall{Name: "hall", Columns: 16, Rows: 16, Pages: []wall.Page{{}}}
	var short []camera.ID
	for i := range 64 {
		short = append(short, camera.ID(fmt.Sprintf("c%d", i+1)))
		nine.Pages[0].Tiles[i].Cameras = []camera.ID{"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"}
		cropped.Pages[0].Tiles = append(cropped.Pages[0].Tiles, wall.Tile{
			Column: i % 16, Row: i / 16 * 4, Width: 1, Height: 4, Cameras: []camera.ID{short[i]}, Overlay: wall.UsualOverlay(),
			Crop: wall.Crop{X: 0.1, Y: float64(i) / 100, Width: 0.3, Height: 0.2},
		})
	}
	cases := []sized{{"64", usual, short, "Camera", ""}, {"nine in each", nine, short, "Camera", ""}, {"cropped", cropped, short, "Camera", ""}}
	for _, columns := range []int{8, 16} {
		for _, crops := range []bool{false, true} {
			w, ids := largest(columns, 16, crops)
			cases = append(cases, sized{fmt.Sprintf("largest, %d columns, crops %v", columns, crops), w, ids, w.Pages[0].Tiles[0].Text, strings.Repeat("so ", 50)})
		}
	}
	for _, c := range cases {
		if err := c.wall.Validate(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		s := basicStage(len(c.ids), c.wall)
		for i := range s.cameras {
			s.cameras[i].ID, s.cameras[i].Name, s.cameras[i].Number = c.ids[i], c.call, 900+i
			state := camera.Status{State: camera.Live}
			if c.why != "" {
				state = camera.Status{State: camera.Retrying, Message: c.why, Since: noon, NextTry: noon}
			}
			s.infos = append(s.infos, streaming.CameraInfo{Camera: &s.cameras[i].Camera, Streams: []streaming.StreamInfo{{Name: strings.Repeat("s", 16), Status: state}}})
		}
		_, style := s.basicAlone(t, "/basic.css")
		_, script := s.basicAlone(t, "/basic.js")
		for _, query := range []string{"?basic", "?basic&lang=zh-Hant&screen=3840x2160&page=64"} {
			_, text := s.basicAlone(t, "/wall/"+c.wall.Name+query)
			checkHTML(t, c.name+query, text)
			rules := s.styleOf(t, text)
			total := len(text) + len(style) + len(script) + len(rules)
			t.Logf("%s%s: %d bytes, %d of the page, %d and %d of style, %d of the script", c.name, query, total, len(text), len(style), len(rules), len(script))
			if total >= 30_000 {
				t.Errorf("%s%s: %d bytes", c.name, query, total)
			}
			whole := strings.Contains(text, `href="/camera/`) && strings.Contains(text, "Camera</span>") && !strings.Contains(text, `data-again="0"`)
			left := !strings.Contains(text, `href="/camera/`) && strings.Contains(text, `data-again="0"`)
			if strings.Count(text, "<img") != 64 || c.why == "" && query == "?basic" && !whole || c.why != "" && !left {
				t.Errorf("%s%s: %.2000s", c.name, query, text)
			}
		}
	}
}

// TestBasicManyWalls: the ways to other walls are no more than there is room for.
func TestBasicManyWalls(t *testing.T) {
	t.Parallel()
	s := basicStage(16)
	for i := range 2000 {
		s.walls = append(s.walls, inventory.Wall{Wall: wall.Even(1).Wall(fmt.Sprintf("wall%d", i), strings.Repeat("'", 100), nil)})
	}
	text := s.basicText(t, "/?basic&lang=zh-Hant&screen=3840x2160")
	if len(text) > 22_000 || !strings.Contains(text, `<a href="/">完整頁面</a>`) || !strings.Contains(text, "/wall/wall20?") {
		t.Errorf("%d bytes: %.3000s", len(text), text)
	}
}
