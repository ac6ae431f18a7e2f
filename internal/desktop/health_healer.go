package desktop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"camwall/internal/crashlog"
	"camwall/internal/fault"
	"camwall/internal/problem"
)

// The paths that a page tells of itself by.
const (
	beatPath  = "/window/beat"
	renewPath = "/window/renew"
)

// reinstall is what helps where WebKit's process does not even begin.
const reinstall = "run `apt install --reinstall libwebkit2gtk-4.1-0`, and look for memory and disk space"

// whySpent is the reason of an end that the next page may come to soon, too.
const whySpent = "it took too much memory"

const (
	maxUnborn   = 3       // pages in a row whose process died before a beat
	maxBeat     = 4 << 10 // bytes
	longestWait = 24 * time.Hour
	maxReports  = 8 // waiting for the disk
)

// endReason is why a page's process ended: WebKitWebProcessTerminationReason.
type endReason int

const (
	endCrashed endReason = iota
	endMemory            // WebKit's own limit
	endByUs
)

func (r endReason) String() string {
	switch r {
	case endCrashed:
		return "it died"
	case endMemory:
		return whySpent
	case endByUs:
		return "we ended it"
	}
	return fmt.Sprintf("reason %d", int(r))
}

// guardConfig is what newGuard needs: fields of Config.
type guardConfig struct {
	Log         *slog.Logger
	Kiosk       *Kiosk        // nil: an operator's window
	MemoryLimit int64         // of the page's process, in bytes; 0 is 1 GiB
	Crashes     *crashlog.Log // may be nil
	OnHealth    func(Health)  // may be nil
}

// healer keeps a page alive: it judges, logs, reports, and tells the guard,
// which knows GTK, what to do. Its methods are safe for use by many goroutines
// and never wait for a disk.
type healer struct {
	log      *slog.Logger
	onHealth func(Health) // may be nil
	poke     func()       // has tick called soon
	nudge    func()       // has the page connect anew
	uncover  func()       // takes the last frame of the page before away
	reports  chan report

	// mu guards the fields below.
	mu       sync.Mutex
	judge    judge
	deaths   deaths
	renewals renewals
	memory   processes // at the last look
	odd      bool      // the next tick has no health to tell
	why      string    // we are ending the page; "" we are not
	unborn   int       // processes that died since the last beat
	bare     bool      // the page has shown pictures
}

// report is a crash report on its way to the disk.
type report struct{ kind, text string }

func newHealer(cfg guardConfig, poke, nudge, uncover func()) *healer {
	limit := cfg.MemoryLimit
	if limit <= 0 {
		limit = defaultMemory
	}
	return &healer{
		log: cfg.Log, onHealth: cfg.OnHealth, poke: poke, nudge: nudge, uncover: uncover,
		reports: make(chan report, maxReports),
		judge:   newJudge(time.Now()), renewals: renewals{limit: limit},
	}
}

// run looks after WebKit's processes and writes reports until ctx is done. What is left to
// report then is written, too.
func (h *healer) run(ctx context.Context, crashes *crashlog.Log) {
	look := time.NewTicker(memoryEvery)
	defer look.Stop()
	often := time.NewTicker(networkEvery)
	defer often.Stop()
	network := networkWatch{proc: "/proc", parent: os.Getpid()}
	for {
		select {
		case <-ctx.Done():
			for {
				select {
				case r := <-h.reports:
					crashes.Write(r.kind, r.text)
				default:
					return
				}
			}
		case r := <-h.reports:
			crashes.Write(r.kind, r.text)
		case <-look.C:
			h.look()
		case <-often.C:
			if network.replaced() {
				h.log.LogAttrs(ctx, slog.LevelWarn, "the network process died, the page connects anew")
				h.nudge()
			}
		}
	}
}

// look reads what the page takes.
func (h *healer) look() {
	memory, err := readProcesses("/proc", os.Getpid())
	if err != nil {
		h.log.LogAttrs(context.Background(), slog.LevelDebug, "the page's memory can't be read", slog.Any("err", err))
		return
	}
	h.measured(time.Now(), memory)
}

// measured asks for a renewal when the page has grown too large, and has it ended
// when that must not wait.
func (h *healer) measured(now time.Time, memory processes) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.memory = memory
	if h.renewals.spent(memory.page) {
		if h.judge.spend() {
			h.poke()
		}
		return
	}
	if h.judge.page != pageLive || h.judge.wanted || !h.renewals.due(now, memory.page) {
		return
	}
	h.judge.wanted = true
	h.log.LogAttrs(context.Background(), slog.LevelInfo, "the page has grown too large and is renewed",
		slog.Int64("bytes", memory.page), slog.Int64("limit", h.renewals.limit))
}

// tick is called about once a second on GTK's thread.
func (h *healer) tick(now time.Time) verdict {
	h.mu.Lock()
	before := h.judge
	v := h.judge.tick(now)
	if v == endPage {
		h.ending(before)
	}
	h.odd = !h.odd
	health, tell := h.judge.health(), h.odd && h.onHealth != nil
	h.mu.Unlock()
	if tell {
		h.onHealth(health)
	}
	return v
}

// ending tells why a page is being ended, of which the judge thought so before.
func (h *healer) ending(before judge) {
	was, lasted := before.page, before.lasted()
	kind := "page-frozen"
	switch {
	case before.spent:
		h.why, kind = whySpent, "page-memory"
	case was == pageRenewing && h.judge.page == pageRenewing:
		h.why = "memory"
		h.log.LogAttrs(context.Background(), slog.LevelInfo, "the page is renewed", slog.Int64("bytes", h.memory.page))
		return
	case was == pageLoading:
		h.why = "it never came to life"
	case was == pageLive && before.still:
		h.why = "it stopped painting"
	case h.judge.page == pageDead || was == pageFrozen:
		h.why = "nothing came of loading it"
	default:
		h.why = "it stopped answering"
	}
	h.log.LogAttrs(context.Background(), slog.LevelWarn, "the page is ended and loaded anew",
		slog.String("why", h.why), slog.String("was", was), slog.Duration("for", lasted.Round(time.Second)))
	h.report(kind, h.why, was, lasted)
}

// died is called on GTK's thread when the page's process is gone, and returns
// the rest before the page is loaded anew.
func (h *healer) died(now time.Time, reason endReason) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, lasted := h.judge.page, h.judge.lasted()
	h.judge.ended()
	h.bare = false
	why := h.why
	h.why = ""
	switch {
	case reason == endByUs && why == whySpent:
		return h.deaths.next(now, false)
	case reason == endByUs && why != "":
		return 0 // it has been told, and the judge is patient
	}
	rest := h.deaths.next(now, was == pageLive || was == pageRenewing)
	h.log.LogAttrs(context.Background(), slog.LevelWarn, "the page's process died, loading the page anew",
		slog.String("reason", reason.String()), slog.Duration("in", rest))
	h.report("page-died", reason.String(), was, lasted)
	if was == pageLoading || was == pageDead {
		if h.unborn++; h.unborn == maxUnborn {
			h.log.LogAttrs(context.Background(), slog.LevelError, "the page's process dies before it shows anything", slog.String("hint", reinstall))
		}
	}
	return rest
}

// failed is called on GTK's thread when a page could not be loaded, and returns
// the rest before the next try.
func (h *healer) failed(now time.Time, cause string) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	rest := h.deaths.next(now, false)
	h.judge.set(pageDead)
	h.log.LogAttrs(context.Background(), slog.LevelWarn, "the page could not be loaded, trying again",
		slog.String("cause", cause), slog.Duration("in", rest))
	return rest
}

// loading is called on GTK's thread when a page begins; the one before stands
// until it is committed.
func (h *healer) loading(committed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.judge.loading(committed)
	if committed {
		h.bare = false
	}
}

// probed is called on GTK's thread with what came of askScreen.
func (h *healer) probed(ticks int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.judge.probed(ticks)
	h.log.LogAttrs(context.Background(), slog.LevelDebug, "the page paints nothing: asked the screen", slog.Int("ticks", ticks))
}

// report hands on a report; h.mu is held. When the disk hangs, reports are lost.
func (h *healer) report(kind, why, was string, lasted time.Duration) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\nWhy: %s.\nThe page was %s for %s.\n", kind, why, was, lasted.Round(time.Second))
	fmt.Fprintf(&text, "Ended or died before in this window: %d times, which is open for %s of use.\n",
		h.judge.renewed, h.judge.lived.Round(time.Second))
	fmt.Fprintf(&text, "Memory at the last look: page %d MiB in %d processes (limit %d MiB), network %d MiB.\n",
		h.memory.page>>20, h.memory.pages, h.renewals.limit>>20, h.memory.network>>20)
	select {
	case h.reports <- report{kind, text.String()}:
	default:
	}
}

// ServeHTTP answers beatPath and renewPath.
func (h *healer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		problem.Write(w, fault.New(fault.Method, "this path takes only POST", ""))
		return
	}
	switch r.URL.Path {
	case beatPath:
		h.serveBeat(w, r)
	case renewPath:
		h.mu.Lock()
		told := h.judge.renew()
		h.mu.Unlock()
		if told {
			h.poke()
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		problem.Write(w, fault.New(fault.NotFound, "the window has no such path", ""))
	}
}

func (h *healer) serveBeat(w http.ResponseWriter, r *http.Request) {
	b, err := readBeat(io.LimitReader(r.Body, maxBeat))
	if err != nil {
		problem.Write(w, fault.Errorf(fault.BadRequest, "this is no beat: %w", err))
		return
	}
	h.mu.Lock()
	renew := h.judge.beat(b)
	live := h.judge.page == pageLive
	if live {
		h.unborn = 0
	}
	bare := live && b.shown && !h.bare // a page that is being ended may still tell of its own
	h.bare = h.bare || bare
	h.mu.Unlock()
	if bare {
		h.uncover()
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		Renew bool `json:"renew"`
	}{renew})
}

// readBeat reads a page's beat. A page that has painted nothing yet says null.
func readBeat(from io.Reader) (beat, error) {
	var body struct {
		Painted *float64 `json:"painted"` // ms
		Hidden  bool     `json:"hidden"`
		Shown   bool     `json:"shown"`
	}
	decoder := json.NewDecoder(from)
	if err := decoder.Decode(&body); err != nil {
		return beat{}, err
	}
	if decoder.More() {
		return beat{}, errors.New("more than one value")
	}
	b := beat{painted: longestWait, hidden: body.Hidden, shown: body.Shown}
	if body.Painted == nil {
		return b, nil
	}
	if *body.Painted < 0 {
		return beat{}, errors.New("painted is negative")
	}
	if ms := *body.Painted; ms < float64(longestWait.Milliseconds()) {
		b.painted = time.Duration(ms * float64(time.Millisecond))
	}
	return b, nil
}
