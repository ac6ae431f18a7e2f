package session

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/fault"
	"camwall/internal/screen"
	"camwall/internal/unixsock"
)

// quiet is a session that does not run.
func quiet(t *testing.T, screens ...screen.Screen) *Session {
	t.Helper()
	s, err := New(Config{Screens: screens, Wall: "lobby", Kiosk: []string{"true"}, Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestControl asks over the real socket.
func TestControl(t *testing.T) {
	t.Parallel()
	office := screen.New("HDMI-A-1", "hall")
	office.Hours = []screen.Hours{parsed(screen.ParseHours("mon-fri 07:00-19:00"))}
	s := quiet(t, office, screen.New("Maker Model 0x1", ""), screen.New(screen.Any, "rest"))
	now := time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)
	s.cfg.Now = func() time.Time { return now }
	s.wishes([]output{
		{Name: "DP-1", Display: "Maker Model 0x1", Active: true, Lit: true, Mode: screen.Mode{Width: 1920, Height: 1080, MilliHertz: 59940}},
		{Name: "HDMI-A-1", Active: true, Lit: true},
		{Name: "DP-2", Active: true, Lit: true},
	})
	s.wishes([]output{{Name: "DP-1", Display: "Maker Model 0x1", Active: true, Lit: true, Mode: screen.Mode{Width: 1920, Height: 1080, MilliHertz: 59940}}})
	l, err := unixsock.Listen(SocketPath(s.cfg.Dir), 0o660)
	if err != nil {
		t.Fatal(err)
	}
	defer serveControl(l, s.handler(), s.cfg.Log)()
	c := NewClient(s.cfg.Dir)
	defer c.Close()
	all, err := c.Screens(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("got %+v, %v", all, err)
	}
	one, two := all[0], all[2]
	if all[1].Output != "DP-2" || all[1].Wall != "rest" || all[1].Connected {
		t.Errorf("got %+v", all[1])
	}
	if one.Output != "DP-1" || one.Wall != "lobby" || !one.Connected || one.Mode != "1920x1080@59.94" || !one.On || one.Power != PowerAuto || one.NextSwitch != nil || one.Brightness != 100 {
		t.Errorf("got %+v", one)
	}
	if two.Output != "HDMI-A-1" || two.Wall != "hall" || two.Connected || two.On || !two.NextSwitch.Equal(time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", two)
	}
	if got, err := c.Switch(t.Context(), "hdmi-a-1", PowerOn); err != nil || !got.On || got.Output != "HDMI-A-1" || !got.Until.Equal(*two.NextSwitch) {
		t.Errorf("switched on: %+v, %v", got, err)
	}
	if got, err := c.Switch(t.Context(), "maker  model 0x1", PowerOff); err != nil || got.On || got.Output != "DP-1" || got.Until != nil {
		t.Errorf("switched off: %+v, %v", got, err)
	}
	if len(s.wake) != 1 {
		t.Error("nobody was told")
	}
	now = now.Add(12 * time.Hour) // on by the schedule now, and the other still off
	if all, err = c.Screens(t.Context()); err != nil || all[2].Power != PowerAuto || !all[2].On || all[0].Power != PowerOff || all[0].On {
		t.Errorf("half a day later: %+v, %v", all, err)
	}
	if got, err := c.Switch(t.Context(), "DP-1", PowerAuto); err != nil || !got.On || got.Power != PowerAuto {
		t.Errorf("automatic: %+v, %v", got, err)
	}
	if _, err := c.Switch(t.Context(), "DP-9", PowerOn); fault.CodeOf(err) != fault.NotFound || !strings.Contains(hintOf(err), "DP-1, DP-2, HDMI-A-1") {
		t.Errorf("another: %v", err)
	}
	if _, err := c.Switch(t.Context(), "DP-1", "dim"); fault.CodeOf(err) != fault.BadRequest {
		t.Errorf("another power: %v", err)
	}
}

// TestPowers: what a person says holds until the schedule switches next; a clock
// that can't be right switches nothing off.
func TestPowers(t *testing.T) {
	t.Parallel()
	day := screen.New("a", "b")
	day.Hours = []screen.Hours{parsed(screen.ParseHours("07:00-19:00"))}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	p := powers{}
	lit := func(after time.Duration) bool { return p.lit("a", day, noon.Add(after)) }
	if !lit(0) || lit(8*time.Hour) || !lit(19*time.Hour) {
		t.Error("the schedule is not followed")
	}
	p.set("a", PowerOff, day, noon)
	if lit(0) || lit(6*time.Hour) || lit(8*time.Hour) || !lit(19*time.Hour) || len(p) != 0 {
		t.Error("off does not hold until the schedule switches, or holds longer")
	}
	p.set("a", PowerOn, day, noon.Add(8*time.Hour))
	if !lit(9*time.Hour) || p.lit("other", day, noon.Add(9*time.Hour)) {
		t.Error("on does not hold, or holds for others")
	}
	p.set("a", PowerAuto, day, noon)
	if lit(9 * time.Hour) {
		t.Error("automatic is not")
	}
	p.set("a", PowerOff, screen.New("a", "b"), noon)
	if lit(1000 * time.Hour) {
		t.Error("without a schedule off does not hold")
	}
	p.set("a", PowerAuto, day, noon)
	if !p.lit("a", day, time.Date(1970, 1, 1, 3, 0, 0, 0, time.UTC)) {
		t.Error("a clock that can't be right has switched it off")
	}
	for text, want := range map[string]Power{"on": PowerOn, "off": PowerOff, "auto": PowerAuto} {
		if got, err := ParsePower(text); got != want || err != nil {
			t.Errorf("%s is %s, %v", text, got, err)
		}
	}
}

func TestRefusalsOfControl(t *testing.T) {
	t.Parallel()
	h := quiet(t, screen.New("HDMI-A-1", "hall")).handler()
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/screens", "", 200},
		{"POST", "/screens/HDMI-A-1", `{"power": "off"}`, 200},
		{"POST", "/screens", "", 405},
		{"GET", "/screens/HDMI-A-1", "", 405},
		{"POST", "/screens/HDMI-A-1", `{"power": "dim"}`, 400},
		{"POST", "/screens/HDMI-A-1", ``, 400},
		{"POST", "/screens/HDMI-A-1", `{"power": "` + strings.Repeat("x", 5000) + `"}`, 400},
		{"POST", "/screens/HDMI-A-2", `{"power": "off"}`, 404},
		{"POST", "/screens/a/b", `{"power": "off"}`, 404},
		{"GET", "/", "", 404},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
		if w.Code != c.status {
			t.Errorf("%s %s %.40s: %d, want %d", c.method, c.path, c.body, w.Code, c.status)
		}
		if kind := w.Header().Get("Content-Type"); (w.Code == 200) != (kind == "application/json") {
			t.Errorf("%s %s is %s", c.method, c.path, kind)
		}
		if (w.Code == 405) != (w.Header().Get("Allow") != "") {
			t.Errorf("%s %s allows %q", c.method, c.path, w.Header().Get("Allow"))
		}
	}
}

func TestNoSessionRuns(t *testing.T) {
	t.Parallel()
	c := NewClient(t.TempDir())
	defer c.Close()
	if _, err := c.Screens(t.Context()); fault.CodeOf(err) != fault.NotFound || !strings.Contains(hintOf(err), "camwall session") {
		t.Errorf("got %v", err)
	}
	dir := t.TempDir()
	l, err := unixsock.Listen(SocketPath(dir), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer serveControl(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, "what?")
	}), slog.New(slog.DiscardHandler))()
	other := NewClient(dir)
	defer other.Close()
	if _, err := other.Screens(t.Context()); fault.CodeOf(err) != fault.Protocol {
		t.Errorf("another answers: %v", err)
	}
	if _, err := other.Switch(t.Context(), "a", PowerOn); fault.CodeOf(err) != fault.Protocol {
		t.Errorf("another answers: %v", err)
	}
}

// TestOneSessionAtATime: a second one of a runtime folder does not start.
func TestOneSessionAtATime(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	l, err := unixsock.Listen(SocketPath(s.cfg.Dir), 0o660)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := s.Run(t.Context()); fault.CodeOf(err) != fault.Locked {
		t.Errorf("got %v", err)
	}
	for _, broken := range []Config{{Dir: "x"}, {Kiosk: []string{"true"}}} {
		if _, err := New(broken); fault.CodeOf(err) != fault.Config {
			t.Errorf("%+v is taken", broken)
		}
	}
}

func TestHealthy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := quiet(t)
		if !s.Healthy() {
			t.Error("not healthy at the start")
		}
		time.Sleep(displayLimit + time.Second)
		if s.Healthy() {
			t.Error("healthy without a display")
		}
		s.health.turned()
		if !s.Healthy() {
			t.Error("not healthy with a display")
		}
		one, two := newKeeper(kioskConfig{Output: "a"}), newKeeper(kioskConfig{Output: "b"})
		s.kiosks["a"], s.kiosks["b"] = one, two
		for _, k := range []*keeper{one, two} {
			k.setSeen(true)
			k.unwell(time.Now())
		}
		time.Sleep(kioskLimit - time.Second)
		s.health.turned()
		if !s.Healthy() {
			t.Error("given up too early")
		}
		time.Sleep(2 * time.Second)
		s.health.turned()
		if s.Healthy() {
			t.Error("healthy with no kiosk that is")
		}
		two.setSeen(false)
		if !s.Healthy() {
			t.Error("a screen that is off has no say")
		}
		two.setSeen(true)
		one.note("live", nil)
		if !s.Healthy() {
			t.Error("one that is well is enough")
		}
	})
}

// TestJudge: a kiosk that starts has longer than one that was well.
func TestJudge(t *testing.T) {
	t.Parallel()
	start := time.Now()
	j := newJudge(start, 2*time.Minute, time.Minute)
	for _, c := range []struct {
		after time.Duration
		well  bool
		end   bool
	}{{time.Minute, false, false}, {2 * time.Minute, false, false}, {121 * time.Second, false, true}, {122 * time.Second, true, false}, {182 * time.Second, false, false}, {183 * time.Second, false, true}} {
		if got := j.tooLong(start.Add(c.after), c.well); got != c.end {
			t.Errorf("after %s: %v", c.after, got)
		}
	}
}

func TestChildren(t *testing.T) {
	t.Parallel()
	said := &lockedText{}
	log := slog.New(slog.NewTextHandler(said, nil))
	run := func(script string) *child {
		c, err := startChild(childConfig{Name: "child", Command: []string{"sh", "-c", script}, Environment: os.Environ(), Log: log, Group: true})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := run("echo open rtsp://u:hunter2@h/; echo; printf 'x%.0s' $(seq 9000); echo; echo last >&2; exit 3")
	<-c.done
	if c.err == nil || c.lastLine() != "last" || strings.Contains(said.String(), "hunter2") || !strings.Contains(c.report(), "rtsp://***@h/") || len(c.report()) > 2*maxLine {
		t.Errorf("%v: %.300s", c.err, c.report())
	}
	if c = run("seq 1000"); true {
		<-c.done
		if lines := strings.Split(c.report(), "\n"); c.err != nil || len(lines) != tailLines || lines[tailLines-1] != "1000" {
			t.Errorf("%v: %q", c.err, lines)
		}
	}
	// One that does not listen, with a child of its own that holds the pipe.
	pids := filepath.Join(t.TempDir(), "pid")
	c = run("trap '' TERM; sleep 1000 & echo $! > " + pids + ".new; mv " + pids + ".new " + pids + "; wait; wait; sleep 1000")
	for {
		if _, err := os.Stat(pids); err == nil {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	c.end(50 * time.Millisecond)
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	grandchild := number(strings.TrimSpace(string(text)))
	for began := time.Now(); runs(grandchild); {
		if time.Since(began) > 5*time.Second {
			t.Fatal("what it has started is left")
		}
		<-time.After(10 * time.Millisecond)
	}
	if _, err := startChild(childConfig{Name: "none", Command: []string{"/nowhere"}, Log: log}); err == nil {
		t.Error("a program that is not there has started")
	}
}

// TestRestOfAPipe: what was written is read although the time for it is over, and a
// writer that is still there is not waited for.
func TestRestOfAPipe(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	text := strings.Repeat("0123456789", 1000)
	if _, err := writer.WriteString(text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{text[:6000], text[6000:], ""} {
		if got, err := io.ReadAll(&rest{pipe: reader, left: 6000}); string(got) != want || err != nil {
			t.Errorf("got %d bytes, want %d, %v", len(got), len(want), err)
		}
	}
}

// runs tells whether a process runs; one that has ended and that nobody has waited
// for does not.
func runs(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// hintOf is what an error tells its reader to do.
func hintOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Hint
	}
	return ""
}
