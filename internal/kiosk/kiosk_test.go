package kiosk

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/fault"
	"camwall/internal/screen"
)

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}

// core answers as a server with two walls and two devices does.
func core(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/wall/lobby":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<title>the wall</title>")
	case "/api/v1/walls":
		w.Header().Set("ETag", `"7"`)
		_, _ = io.WriteString(w, `{"walls":[{"name":"vault","columns":1},{"name":"lobby","columns":3,"pages":[{"tiles":[]}]}],"secret":"x"}`)
	case "/api/v1/walls/lobby":
		_, _ = io.WriteString(w, `{"name":"lobby","pages":[{"tiles":[{"cameras":["door","Yard"]},{"cameras":[]}]},{"tiles":[{"cameras":["hall"]}]}]}`)
	case "/api/v1/cameras": // in pages, of which one has nothing of the wall
		_, _ = io.WriteString(w, map[string]string{
			"":      `{"cameras":[{"id":"cellar","device":"safe"},{"id":"vault","device":"safe"}],"next":"vault"}`,
			"vault": `{"cameras":[{"id":"door","name":"Door","device":"nvr"},{"name":"door"}],"next":"door"}`,
			"door":  `{"cameras":[{"id":"yard","device":"x"}],"next":null}`,
		}[r.URL.Query().Get("after")])
	case "/api/v1/devices":
		_, _ = io.WriteString(w, `{"devices":[{"id":"nvr","name":"Recorder","address":"192.0.2.9:554","user":"admin"},{"id":"safe","name":"Safe"},{"id":"x"}]}`)
	default:
		_, _ = io.WriteString(w, `{"path":"`+r.URL.RequestURI()+`"}`)
	}
}

func TestAServerComesGoesAndComesBack(t *testing.T) {
	s := newServer(t, healthy(core))
	s.stop()
	k := watching(t, s)
	first := until(t, k, "a server that is not there", code("no_socket"))
	if first.Begun || !strings.Contains(first.Reason, s.path) || !strings.Contains(first.Hint, "camwall-server") || first.Server != "unix:"+s.path {
		t.Errorf("told: %+v", first)
	}
	if w := get(k, "/wall/lobby"); !isNotice(w) {
		t.Errorf("in place of the wall: %d %s", w.Code, w.Body)
	}
	for _, path := range []string{"/api/v1/cameras", "/api/v1/walls", "/stream/live", "/assets/index.css"} {
		w := get(k, path)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"code":"no_socket"`) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	// A page whose script did not come any more begins anew.
	if w := get(k, "/assets/index.js"); w.Code != http.StatusOK || w.Body.String() != afresh || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") {
		t.Errorf("in place of a script: %d %s", w.Code, w.Body)
	}
	for range 2 {
		s.start()
		begun := time.Now()
		up := until(t, k, "the server is back", isReady)
		if d := time.Since(begun); d > 5*time.Second {
			t.Errorf("seen after %v", d)
		}
		if !up.Begun || up.Reason != "" || up.Code != "" || up.Since > time.Since(begun).Milliseconds()+1 {
			t.Errorf("told: %+v", up)
		}
		if w := get(k, "/wall/lobby"); w.Code != http.StatusOK || w.Body.String() != "<title>the wall</title>" {
			t.Errorf("the wall: %d %s", w.Code, w.Body)
		}
		s.stop()
		if w := get(k, "/wall/lobby"); !isNotice(w) {
			t.Errorf("in place of the wall: %d %s", w.Code, w.Body)
		}
		// The first request that fails has told, whenever the next probe is.
		if now := stateOf(t, k); now.Ready || !now.Begun || now.Reason == "" {
			t.Errorf("told: %+v", now)
		}
	}
}

func TestWithoutACore(t *testing.T) {
	k := locked(t, nil)
	s := stateOf(t, k)
	if s.Ready || s.Begun || s.Code != "starting" || s.Reason != "" || s.Home != "/wall/lobby" || s.Wall != "lobby" || s.Output != "HDMI-A-1" ||
		!s.PIN || s.Key != "Ctrl+Alt+Q" || s.Dim != 100 || !s.Shift || s.Version != "1.2.3" || s.Addresses == nil {
		t.Errorf("told: %+v", s)
	}
	if w := get(k, "/api/v1/walls"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	k.Say(fault.New(fault.Config, "camwall.yaml:3: x", "mend it"))
	if s := stateOf(t, k); s.Code != "config" || s.Reason != "camwall.yaml:3: x" || s.Hint != "mend it" {
		t.Errorf("told: %+v", s)
	}
	k.Say(io.ErrUnexpectedEOF)
	if s := stateOf(t, k); s.Reason != "internal error" {
		t.Errorf("an error that is not for people: %+v", s)
	}
	k.Use(NewOwn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })))
	until(t, k, "a core of its own", isReady)
	if w := get(k, "/wall/lobby"); w.Body.String() != "127.0.0.1:0" {
		t.Errorf("asked by %s", w.Body)
	}
	k.Use(nil)
	if s := stateOf(t, k); s.Ready || !s.Begun || s.Code != "starting" {
		t.Errorf("behind the last core: %+v", s)
	}
}

func TestStateIsReadAnew(t *testing.T) {
	dim, set, addresses := 100, false, []string(nil)
	k := locked(t, func(c *Config) {
		c.Dim = func(time.Time) int { return dim }
		c.clockSet = func() bool { return set }
		c.host = func() string { return "terminal-7" }
		c.networks = func() []string { return addresses }
		c.Key, c.Shift = "", false
	})
	if s := stateOf(t, k); s.Dim != 100 || s.ClockSet || len(s.Addresses) != 0 || s.Host != "terminal-7" {
		t.Errorf("told: %+v", s)
	}
	dim, set, addresses = 30, true, []string{"192.0.2.7", "2001:db8::7"}
	if s := stateOf(t, k); s.Dim != 30 || !s.ClockSet || !slices.Equal(s.Addresses, addresses) {
		t.Errorf("told: %+v", s)
	}
	if strings.Contains(get(k, "/kiosk/state").Body.String(), "2468") {
		t.Error("the state tells the PIN")
	}
}

func TestAnswersShowOneWall(t *testing.T) {
	k := watching(t, newServer(t, healthy(core)))
	until(t, k, "ready", isReady)
	w := get(k, "/api/v1/walls")
	if got := w.Body.String(); w.Code != http.StatusOK || got != `{"walls":[{"columns":3,"name":"lobby","pages":[{"tiles":[]}]}]}` || w.Header().Get("ETag") != "" {
		t.Errorf("walls: %d %s %v", w.Code, got, w.Header())
	}
	if got := get(k, "/api/v1/devices?limit=5000").Body.String(); got != `{"devices":[{"id":"nvr","name":"Recorder"},{"id":"x"}]}` {
		t.Errorf("devices: %s", got)
	}
	for path, want := range map[string]string{
		"/api/v1/cameras?after=cam1&x=1": `{"cameras":[{"id":"door","name":"Door","device":"nvr"},{"id":"yard","device":"x"}],"next":null}`,
		"/stream/live?x=1&after=2":       `{"path":"/stream/live"}`,
		"/assets/index.js?x":             `{"path":"/assets/index.js"}`,
		"/favicon.svg?_method=PUT":       `{"path":"/favicon.svg"}`,
	} {
		if got := get(k, path); got.Body.String() != want {
			t.Errorf("%s: %d %s, want %s", path, got.Code, got.Body, want)
		}
	}
	for _, path := range []string{"/api/v1/system", "/cameras", "/wall/vault", "/wall/../cameras", "/wall/%2e%2e/cameras"} {
		if w := get(k, path); w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestWhatIsHandedOn(t *testing.T) {
	var got *http.Request
	var body string
	k := watching(t, newServer(t, healthy(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
	})))
	until(t, k, "ready", isReady)
	r := httptest.NewRequest(http.MethodPost, "wails://wails/stream/live/ABC", strings.NewReader(`[{"type":"ping"}]`))
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Origin": "wails://wails", "Cookie": "a=b", "Authorization": "Basic x", "X-Forwarded-For": "192.0.2.1",
		"X-HTTP-Method-Override": "DELETE", "Upgrade": "websocket", "Connection": "Upgrade", "Forwarded": "for=x", "Sec-Fetch-Site": "cross-site",
	} {
		r.Header.Set(name, value)
	}
	k.ServeHTTP(httptest.NewRecorder(), r)
	if got == nil || got.Method != http.MethodPost || got.URL.Path != "/stream/live/ABC" || got.Host != "localhost" || body != `[{"type":"ping"}]` {
		t.Fatalf("handed on: %+v, %s", got, body)
	}
	for name := range got.Header {
		if !slices.Contains([]string{"Content-Type", "Content-Length", "Accept-Encoding", "User-Agent"}, name) {
			t.Errorf("handed on: %s: %q", name, got.Header[name])
		}
	}
	r = httptest.NewRequest(http.MethodGet, "/api/v1/cameras", strings.NewReader("a body"))
	if k.ServeHTTP(httptest.NewRecorder(), r); body != "" {
		t.Errorf("a GET hands on %q", body)
	}
}

func TestAWallThatIsNoPage(t *testing.T) {
	k := watching(t, newServer(t, healthy(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })))
	until(t, k, "ready", isReady)
	if w := get(k, "/wall/lobby"); !isNotice(w) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if s := stateOf(t, k); !s.Ready || s.Code != "no_page" || !strings.Contains(s.Reason, "503") || s.Hint == "" {
		t.Errorf("told: %+v", s)
	}
	if w := get(k, "/api/v1/walls"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A page that was cut is none; the next whole one is shown, and the reason gone.
func TestAWallThatIsCut(t *testing.T) {
	var whole atomic.Bool
	k := watching(t, newServer(t, healthy(func(w http.ResponseWriter, _ *http.Request) {
		const body = "<title>the wall</title>"
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		if whole.Load() {
			_, _ = io.WriteString(w, body)
			return
		}
		_, _ = io.WriteString(w, body[:9])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})))
	until(t, k, "ready", isReady)
	if w := get(k, "/wall/lobby"); !isNotice(w) {
		t.Errorf("half a page: %d %s", w.Code, w.Body)
	}
	if s := stateOf(t, k); !s.Ready || s.Code != "no_page" || !strings.Contains(s.Reason, "in part") {
		t.Errorf("told: %+v", s)
	}
	whole.Store(true)
	if w := get(k, "/wall/lobby"); w.Body.String() != "<title>the wall</title>" {
		t.Errorf("a whole page: %d %s", w.Code, w.Body)
	}
	if s := stateOf(t, k); s.Reason != "" || s.Code != "" {
		t.Errorf("told: %+v", s)
	}
}

// TestScriptsOfAnotherVersion: a server that was upgraded has other files.
func TestScriptsOfAnotherVersion(t *testing.T) {
	s := newServer(t, healthy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/assets/new.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, "hello()")
			return
		}
		w.Header().Set("ETag", "x")
		http.NotFound(w, r)
	})))
	k := watching(t, s)
	until(t, k, "the server", isReady)
	if w := get(k, "/assets/new.js"); w.Code != http.StatusOK || w.Body.String() != "hello()" {
		t.Errorf("a script: %d %s", w.Code, w.Body)
	}
	if w := get(k, "/assets/old.js"); w.Code != http.StatusOK || w.Body.String() != afresh || w.Header().Get("ETag") != "" || w.Header().Get("Content-Length") != "" {
		t.Errorf("in place of a script: %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := get(k, "/assets/old.css"); w.Code != http.StatusNotFound {
		t.Errorf("a style: %d", w.Code)
	}
}

func TestAListThatIsNone(t *testing.T) {
	for body, want := range map[string]string{
		"": "no_server", "[]": "no_server", `{"walls":7}`: "no_server", `{"walls":[7]}`: "no_server", "<html>": "no_server",
		"{}": `{"walls":[]}`, `{"walls":null}`: `{"walls":[]}`, `{"walls":[{"name":7},{"title":"x"},{}]}`: `{"walls":[]}`,
	} {
		k := locked(t, nil)
		k.Use(NewOwn(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })))
		until(t, k, "ready", isReady)
		if w := get(k, "/api/v1/walls"); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s, want %s", body, w.Code, w.Body, want)
		}
	}
}

func FuzzReduce(f *testing.F) {
	f.Add([]byte(`{"walls":[{"name":"a"},{"name":"lobby","x":{"y":[1]}}],"z":1}`))
	f.Add([]byte(`{"walls":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := reduction{list: "walls", by: "name", keep: func(name string) bool { return name == "lobby" }}.reduce(body)
		if err != nil {
			return
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		for name := range got {
			if name != "walls" {
				t.Errorf("tells %s", name)
			}
		}
		var walls []map[string]any
		if err := json.Unmarshal(got["walls"], &walls); err != nil || walls == nil {
			t.Fatalf("%s: %v", out, err)
		}
		for _, w := range walls {
			if w["name"] != "lobby" {
				t.Errorf("wall %v", w)
			}
		}
	})
}

func TestNamesThatCanNotBeAWall(t *testing.T) {
	for _, name := range []string{"", "../cameras", "a/b", "Lobby", "a b", "a?b", "%2e", strings.Repeat("a", 64)} {
		if _, err := New(Config{Wall: name, Log: slog.New(slog.DiscardHandler)}); fault.CodeOf(err) != fault.Config {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// fake is a core whose answers are the test's.
type fake struct {
	mu     sync.Mutex
	err    error
	probes int
}

func (f *fake) Pass(http.ResponseWriter, *http.Request) error { return f.err }
func (f *fake) Name() string                                  { return "fake" }

func (f *fake) Probe(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.probes++
	return f.err
}

// count returns how often it was asked since the last count.
func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.probes
	f.probes = 0
	return n
}

func (f *fake) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

// slow is a core whose probe ends well when the test says so.
type slow struct {
	fake
	asked, end chan struct{}
}

func (s *slow) Probe(context.Context) error {
	close(s.asked)
	<-s.end
	return nil
}

// TestAnAnswerOfBefore: a probe that began before a core failed says nothing of now.
func TestAnAnswerOfBefore(t *testing.T) {
	k, err := New(Config{Wall: "lobby", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	core := &slow{asked: make(chan struct{}), end: make(chan struct{})}
	k.Use(core)
	var probing sync.WaitGroup
	probing.Go(func() { k.probe(t.Context(), core) })
	<-core.asked
	k.heard(core, fault.New(fault.ConnRefused, "gone", ""))
	close(core.end)
	probing.Wait()
	if k.ready {
		t.Error("it counts as there")
	}
	if k.probe(t.Context(), &core.fake); k.ready { // of another core
		t.Error("another core's answer counts")
	}
	k.heard(core, nil)
	if !k.ready {
		t.Error("it does not come back")
	}
}

func TestHowOftenACoreIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, err := New(Config{Wall: "lobby", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = k.Run(ctx) }()
		f := &fake{}
		k.Use(f)
		synctest.Wait()
		if !k.State().Ready {
			t.Fatal("not asked at once")
		}
		f.count()
		time.Sleep(10*time.Second + time.Millisecond)
		if n := f.count(); n != 5 {
			t.Errorf("asked %d times in 10 s while it answers", n)
		}
		slow := fault.New(fault.DialTimeout, "slow", "")
		f.set(slow)
		time.Sleep(probeEvery)
		if !k.State().Ready {
			t.Error("one answer that comes too late is believed")
		}
		time.Sleep(firstRetry)
		if s := k.State(); s.Ready || s.Reason != "slow" || s.Since > 1 {
			t.Errorf("two that come too late: %+v", s)
		}
		f.count()
		time.Sleep(20 * time.Second)
		if n := f.count(); n < 10 || n > 40 {
			t.Errorf("asked %d times in 20 s while it is away", n)
		}
		if s := k.State(); s.Since < 20_000 || s.Since > 20_001 {
			t.Errorf("away for %d ms, want 20000", s.Since)
		}
		f.set(nil)
		time.Sleep(probeEvery)
		if s := k.State(); !s.Ready || s.Since > probeEvery.Milliseconds() {
			t.Errorf("back: %+v", s)
		}
		f.set(fault.New(fault.ConnRefused, "gone", ""))
		time.Sleep(probeEvery)
		if s := k.State(); s.Ready || s.Reason != "gone" {
			t.Errorf("a refusal is believed at once: %+v", s)
		}
	})
}

// What an old core says late means nothing any more.
func TestACoreThatWasReplacedIsNotHeard(t *testing.T) {
	k, err := New(Config{Wall: "lobby", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	old, now := &fake{}, &fake{}
	k.Use(old)
	k.heard(old, nil)
	k.Use(now)
	k.heard(old, nil)
	if k.State().Ready {
		t.Error("the old core makes it ready")
	}
	k.heard(now, nil)
	k.heard(old, fault.New(fault.ConnRefused, "gone", ""))
	if !k.State().Ready {
		t.Error("the old core makes it not ready")
	}
}

func TestTheNotice(t *testing.T) {
	w := get(locked(t, nil), "/")
	body := w.Body.String()
	if !isNotice(w) || len(body) > 12<<10 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d, %d bytes, %v", w.Code, len(body), w.Header())
	}
	if strings.Contains(body, "/*css*/") || strings.Contains(body, "/*js*/") || !strings.Contains(body, "#0B0D0F") {
		t.Error("a part of it is missing")
	}
	for _, outside := range []string{"http:", "https:", "//cdn", "src=", "url(", "@import", "style=", "onclick", "eval("} {
		if strings.Contains(body, outside) {
			t.Errorf("it has %s in it", outside)
		}
	}
	policy := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self' 'sha256-", "style-src 'sha256-", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %s: %s", part, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is lax: %s", policy)
	}
}

func TestWhatIsKnownOfTheMachine(t *testing.T) {
	name, err := os.Hostname()
	if err != nil || hostName() != name {
		t.Errorf("host %q, %v", hostName(), err)
	}
	for _, a := range addresses() {
		if strings.HasPrefix(a, "127.") || a == "::1" || strings.HasPrefix(a, "fe80") {
			t.Errorf("address %s helps nobody", a)
		}
	}
	if clockSet() && !screen.CanBeRight(time.Now()) {
		t.Error("a clock of the past is set")
	}
}
