package desktop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/crashlog"
	"camwall/internal/fault"
	"camwall/internal/problem"
)

// ward is a healer and what comes of it. Its time is that of a synctest bubble.
type ward struct {
	*healer
	t      *testing.T
	logged *bytes.Buffer
	healed []Health
	pokes  int
	nudges int
	bare   int // times that a page showed pictures
}

func newWard(t *testing.T, limit int64) *ward {
	w := &ward{t: t, logged: new(bytes.Buffer)}
	log := slog.New(slog.NewTextHandler(w.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.healer = newHealer(guardConfig{
		Log: log, MemoryLimit: limit,
		OnHealth: func(h Health) { w.healed = append(w.healed, h) },
	}, func() { w.pokes++ }, func() { w.nudges++ }, func() { w.bare++ })
	return w
}

// post is what the page sends; the answer's body is decoded into answer.
func (w *ward) post(path, body string, answer any) int {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if answer != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), answer); err != nil {
			w.t.Fatalf("%s: %v: %s", path, err, rec.Body)
		}
	}
	return rec.Code
}

// beats sends a beat and tells whether the page is to hand on its pictures.
func (w *ward) beats() bool {
	w.t.Helper()
	var answer struct{ Renew *bool }
	if code := w.post(beatPath, `{"painted": 16, "hidden": false}`, &answer); code != http.StatusOK || answer.Renew == nil {
		w.t.Fatalf("a beat is answered with %d, %+v", code, answer)
	}
	return *answer.Renew
}

// passes lets time pass with a tick each second, and a beat every 2 s where the
// page lives; it returns the first verdict that is not keepPage.
func (w *ward) passes(length time.Duration, lives bool) verdict {
	w.t.Helper()
	for i := range int(length / time.Second) {
		<-time.After(time.Second)
		if lives && i%2 == 0 {
			w.beats()
		}
		if v := w.tick(time.Now()); v != keepPage {
			return v
		}
	}
	return keepPage
}

func TestHealerTellsHealthEveryOtherTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, 0)
		w.loading(true)
		if v := w.passes(20*time.Second, true); v != keepPage || len(w.healed) != 10 {
			t.Fatalf("verdict %d, told %d times in 20 s", v, len(w.healed))
		}
		if h := w.healed[9]; h.Page != pageLive || !h.Healthy {
			t.Errorf("told %+v", h)
		}
	})
}

func TestHealerEndsAPageThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, 0)
		w.loading(true)
		w.passes(10*time.Second, true)
		if v := w.passes(time.Minute, false); v != endPage {
			t.Fatalf("verdict %d", v)
		}
		if rest := w.died(time.Now(), endByUs); rest != 0 {
			t.Errorf("a page that we ended rests for %v", rest)
		}
		r := <-w.reports
		if r.kind != "page-frozen" || !strings.Contains(r.text, "it stopped answering") || !strings.Contains(r.text, "live for") {
			t.Errorf("reported %+v", r)
		}
		// By us, but not for a reason of ours: a tool of the person's, say.
		if rest := w.died(time.Now(), endByUs); rest != firstRest {
			t.Errorf("the next death rests for %v", rest)
		}
	})
}

func TestHealerSpacesDeaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, 0)
		w.loading(true)
		w.passes(10*time.Second, true)
		for i, want := range []time.Duration{firstRest, 2 * firstRest, 4 * firstRest} {
			if rest := w.died(time.Now(), endCrashed); rest != want {
				t.Errorf("death %d rests for %v, want %v", i, rest, want)
			}
			if r := <-w.reports; r.kind != "page-died" || !strings.Contains(r.text, "it died") {
				t.Errorf("reported %+v", r)
			}
			w.loading(true)
			w.beats()
		}
		if rest := w.failed(time.Now(), "no such page"); rest != 8*firstRest || w.judge.page != pageDead {
			t.Errorf("a failed load rests for %v, %s", rest, w.judge.page)
		}
		if !strings.Contains(w.logged.String(), "no such page") {
			t.Error("the log does not tell why")
		}
	})
}

func TestHealerRenewsAPageThatHasGrown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 300 << 20
		w := newWard(t, limit)
		w.loading(true)
		w.measured(time.Now(), processes{page: 2 * limit, pages: 1})
		if w.passes(10*time.Second, true); w.judge.page != pageLive {
			t.Fatal("a page that is being loaded is renewed")
		}
		w.measured(time.Now(), processes{page: limit, network: 2 * limit, pages: 1})
		if w.beats() {
			t.Fatal("a page within its limit is renewed")
		}
		w.measured(time.Now(), processes{page: limit + 1, pages: 1})
		w.measured(time.Now(), processes{page: limit + 1, pages: 1}) // again before the page is told
		if !w.beats() {
			t.Fatal("the page is not told")
		}
		if v := w.tick(time.Now()); v != keepPage {
			t.Fatalf("verdict %d before it has handed on anything", v)
		}
		if code := w.post(renewPath, "{}", nil); code != http.StatusNoContent || w.pokes != 1 {
			t.Fatalf("answered %d, poked %d times", code, w.pokes)
		}
		if v := w.tick(time.Now()); v != endPage {
			t.Fatalf("verdict %d", v)
		}
		if len(w.reports) != 0 || strings.Contains(w.logged.String(), "level=WARN") {
			t.Errorf("%d crash reports of what was planned; logged %s", len(w.reports), w.logged)
		}
		if rest := w.died(time.Now(), endByUs); rest != 0 {
			t.Errorf("rests for %v", rest)
		}
		w.loading(true)
		w.passes(10*time.Second, true)
		w.measured(time.Now(), processes{page: limit + 1, pages: 1})
		if w.beats() {
			t.Error("renewed again at once")
		}
		if h := w.judge.health(); h.Renewed != 1 || !h.Healthy {
			t.Errorf("%+v", h)
		}
	})
}

// TestPageMayAskForNothing: a page can't have itself ended again and again.
func TestPageMayAskForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, 0)
		w.loading(true)
		w.beats()
		if code := w.post(renewPath, "", nil); code != http.StatusNoContent || w.pokes != 0 {
			t.Errorf("answered %d, poked %d times", code, w.pokes)
		}
		if v := w.tick(time.Now()); v != keepPage {
			t.Errorf("verdict %d", v)
		}
	})
}

func TestHealerLosesReportsRatherThanTime(t *testing.T) {
	w := newWard(t, 0)
	for range 3 * maxReports { // nobody writes them
		w.died(time.Now(), endCrashed)
	}
	if len(w.reports) != maxReports {
		t.Errorf("%d reports wait", len(w.reports))
	}
}

func TestHealerWritesWhatIsLeftAtItsEnd(t *testing.T) {
	w := newWard(t, 0)
	dir := filepath.Join(t.TempDir(), "crashes")
	crashes := crashlog.New(crashlog.Config{Dir: dir, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	w.died(time.Now(), endCrashed)
	w.died(time.Now(), endMemory)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.run(ctx, crashes)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%d reports, %v", len(entries), err)
	}
	w.run(ctx, nil) // a window that keeps none
}

func TestHealerRefuses(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		want               fault.Code
	}{
		{http.MethodGet, beatPath, "", fault.Method},
		{http.MethodPut, renewPath, "", fault.Method},
		{http.MethodPost, "/window/other", "{}", fault.NotFound},
		{http.MethodPost, beatPath, "", fault.BadRequest},
		{http.MethodPost, beatPath, "[]", fault.BadRequest},
		{http.MethodPost, beatPath, `{"painted": -1}`, fault.BadRequest},
		{http.MethodPost, beatPath, `{"painted": "1"}`, fault.BadRequest},
		{http.MethodPost, beatPath, `{"painted": 1} {}`, fault.BadRequest},
		{http.MethodPost, beatPath, `{"painted": 1, "x": "` + strings.Repeat("y", maxBeat) + `"}`, fault.BadRequest},
	} {
		t.Run(fmt.Sprint(c.method, " ", c.path, " ", c.body[:min(len(c.body), 20)]), func(t *testing.T) {
			w := newWard(t, 0)
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
			var body problem.Body
			if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil || body.Code != c.want {
				t.Errorf("%d: %s", rec.Code, rec.Body)
			}
			if w.judge.page != pageLoading {
				t.Errorf("it counts as a sign of life: %s", w.judge.page)
			}
		})
	}
}

// A page that shows pictures has no need of the last frame of the one before.
func TestPicturesEndTheCover(t *testing.T) {
	w := newWard(t, 0)
	w.post(beatPath, `{"painted": 16, "shown": false}`, nil)
	if w.bare != 0 {
		t.Error("a page without pictures was uncovered")
	}
	w.post(beatPath, `{"painted": 16, "shown": true}`, nil)
	w.post(beatPath, `{"painted": 16, "shown": true}`, nil)
	if w.bare != 1 {
		t.Errorf("a page with pictures was uncovered %d times", w.bare)
	}
	w.loading(false) // the next page, which the page before does not speak for
	w.loading(true)
	if w.post(beatPath, `{"painted": 16, "shown": true}`, nil); w.bare != 2 {
		t.Errorf("the next page was uncovered %d times", w.bare-1)
	}
	for _, end := range []func(){
		func() { w.died(time.Now(), endCrashed) },
		func() { w.loading(true); w.judge.freeze() },
	} {
		end()
		if w.post(beatPath, `{"painted": 16, "shown": true}`, nil); w.bare != 2 {
			t.Error("a beat of the page that ended takes its own last frame away")
		}
	}
}

// TestHealerEndsAPageThatTakesTooMuch: whatever the rest between two renewals is,
// and in ever longer steps.
func TestHealerEndsAPageThatTakesTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 300 << 20
		w := newWard(t, limit)
		w.loading(true)
		w.beats()
		for i, want := range []time.Duration{firstRest, 2 * firstRest, 4 * firstRest, 8 * firstRest} {
			w.measured(time.Now(), processes{page: 2*limit + spentMargin + 2, pages: 1})
			if w.pokes != i+1 {
				t.Errorf("poked %d times", w.pokes)
			}
			if v := w.tick(time.Now()); v != endPage {
				t.Fatalf("verdict %d", v)
			}
			if r := <-w.reports; r.kind != "page-memory" || !strings.Contains(r.text, whySpent) || !strings.Contains(r.text, "page 1112 MiB in 1 processes (limit 300 MiB)") {
				t.Errorf("reported %+v", r)
			}
			if rest := w.died(time.Now(), endByUs); rest != want {
				t.Errorf("rests for %v, want %v", rest, want)
			}
			w.loading(true)
			w.beats()
		}
		if v := w.passes(10*time.Second, true); v != keepPage || w.judge.ill {
			t.Errorf("verdict %d, ill: %v", v, w.judge.ill)
		}
	})
}

// TestHealerTellsWhatToDoWhereNoPageBegins, once until one has.
func TestHealerTellsWhatToDoWhereNoPageBegins(t *testing.T) {
	w := newWard(t, 0)
	told := func() int { return strings.Count(w.logged.String(), "level=ERROR") }
	for _, begins := range []bool{true, false, true, false, false} {
		if begins {
			w.loading(true)
		}
		w.died(time.Now(), endCrashed)
	}
	if told() != 1 || !strings.Contains(w.logged.String(), "apt install --reinstall libwebkit2gtk-4.1-0") {
		t.Errorf("told %d times:\n%s", told(), w.logged)
	}
	for range 5 {
		w.loading(true)
		w.beats()
		w.died(time.Now(), endCrashed)
	}
	for range 2 {
		w.died(time.Now(), endCrashed)
	}
	if told() != 1 {
		t.Errorf("told of pages that beat, or that died twice: %d", told())
	}
	if w.died(time.Now(), endCrashed); told() != 2 {
		t.Errorf("told %d times in all", told())
	}
}

// What came of asking the screen is for who looks for a fault.
func TestProbeIsTold(t *testing.T) {
	w := newWard(t, 0)
	w.probed(12)
	if told := w.logged.String(); !strings.Contains(told, "asked the screen") || !strings.Contains(told, "ticks=12") {
		t.Errorf("the log says %q", told)
	}
}

func TestReadBeat(t *testing.T) {
	for text, want := range map[string]beat{
		`{"painted": 1500, "hidden": true}`: {painted: 1500 * time.Millisecond, hidden: true},
		`{"painted": 0.5}`:                  {painted: 500 * time.Microsecond, hidden: false},
		`{"painted": 1e300}`:                {painted: longestWait, hidden: false},
		`{"painted": null}`:                 {painted: longestWait, hidden: false},
		`{}`:                                {painted: longestWait, hidden: false},
	} {
		if got, err := readBeat(strings.NewReader(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func FuzzReadBeat(f *testing.F) {
	f.Add(`{"painted": 1500, "hidden": true}`)
	f.Add(`{"painted": 1e309}`)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := readBeat(strings.NewReader(text))
		if err == nil && (b.painted < 0 || b.painted > longestWait) {
			t.Errorf("%q: %+v", text, b)
		}
	})
}
