package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"camwall/internal/screen"
)

// answering serves one connection after the other at a socket, with bytes that are
// given for each.
func answering(t *testing.T, answers ...[]byte) swayIPC {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, answer := range answers {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _, _ = readIPC(conn)
			_, _ = conn.Write(answer)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return swayIPC{path}
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	huge := ipcMessage(ipcOutputs, "")
	binary.NativeEndian.PutUint32(huge[len(ipcMagic):], ipcMaxBytes+1)
	for name, answer := range map[string][]byte{
		"nothing": nil, "another protocol": []byte("HTTP/1.1 200 OK\r\n\r\n"), "half a head": []byte("i3-i"), "half a body": ipcMessage(ipcOutputs, "[]")[:15], "a huge one": huge,
		"no JSON": ipcMessage(ipcOutputs, "{"), "another type": ipcMessage(ipcTree, "[]"), "another value": ipcMessage(ipcOutputs, `{"a": 1}`),
	} {
		var to []swayOutput
		if err := answering(t, answer).ask(t.Context(), ipcOutputs, "", &to); err == nil {
			t.Errorf("%s is taken for an answer: %+v", name, to)
		}
	}
	var to []swayOutput
	if err := (swayIPC{filepath.Join(t.TempDir(), "nobody")}).ask(t.Context(), ipcOutputs, "", &to); err == nil {
		t.Error("nobody answers")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := answering(t, ipcMessage(ipcOutputs, "[]")).ask(ctx, ipcOutputs, "", &to); err == nil {
		t.Error("it was asked after the end")
	}
}

func TestCommandsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := answering(t, ipcMessage(ipcCommand, `[{"success": true}, {"success": false, "error": "no such thing"}]`), ipcMessage(ipcCommand, `[{"success": true}]`))
	if err := s.command(t.Context(), "one; two", "three"); err == nil || !strings.Contains(err.Error(), "no such thing") || !strings.Contains(err.Error(), "one; two") {
		t.Errorf("got %v", err)
	}
	if err := answering(t, ipcMessage(ipcCommand, `[{"success": false, "error": "no"}]`), []byte("nonsense")).command(t.Context(), "one", "two", "three"); err == nil || errors.Is(err, errRefused) {
		t.Errorf("a sway that does not answer: %v", err)
	}
	events := 0
	stream := slices.Concat(ipcMessage(ipcSubscribe, `{"success": true}`), ipcMessage(ipcEvent, `{}`), ipcMessage(7, `{}`), ipcMessage(ipcEvent|3, `{}`))
	if err := answering(t, stream).subscribe(t.Context(), func() { events++ }, "workspace"); err == nil || events != 2 {
		t.Errorf("%d events, then %v", events, err)
	}
	if err := answering(t, ipcMessage(ipcSubscribe, `{"success": false}`)).subscribe(t.Context(), func() {}, "output"); !errors.Is(err, errNoSuchEvent) {
		t.Errorf("got %v", err)
	}
}

// refusing is a sway of two outputs that refuses all that is said of the first
// one, and answers nothing any more once it is told to.
func refusing(t *testing.T, silent *atomic.Bool) *sway {
	t.Helper()
	return played(t, func(kind uint32, payload string) string {
		switch {
		case silent.Load() && kind == ipcCommand:
			return ""
		case kind == ipcOutputs:
			return `[{"name": "DP-1", "active": true, "scale": 1, "transform": "normal"}, {"name": "DP-2", "active": true, "scale": 1, "transform": "normal"}]`
		case kind == ipcTree:
			return `{"type": "root"}`
		case strings.Contains(payload, "DP-1"):
			return `[{"success": false, "error": "never"}]`
		}
		return `[{"success": true}]`
	})
}

// played is a sway that gives these answers; an empty one is none.
func played(t *testing.T, answer func(kind uint32, payload string) string) *sway {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if kind, payload, err := readIPC(conn); err == nil {
				if said := answer(kind, string(payload)); said != "" {
					_, _ = conn.Write(ipcMessage(kind, said))
				}
			}
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return &sway{
		ipc: swayIPC{path}, log: slog.New(slog.DiscardHandler), native: func(string) []string { return nil },
		child: &child{done: make(chan struct{})}, prepared: map[string]bool{}, laid: map[string]string{}, tries: tries{},
	}
}

// TestOneOutputThatRefuses takes no other screen with it, and has its kiosk.
func TestOneOutputThatRefuses(t *testing.T) {
	t.Parallel()
	var silent atomic.Bool
	silent.Store(true)
	d := refusing(t, &silent)
	s := quiet(t)
	s.cfg.times, s.cfg.Kiosk = defaultTimes(), []string{"sh", "-c", "sleep 1000", "kiosk"}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	if err := s.turn(ctx, d, &running); err == nil || len(s.kiosks) != 0 {
		t.Errorf("with a sway that does not answer: %v, %d kiosks", err, len(s.kiosks))
	}
	silent.Store(false)
	if err := s.turn(ctx, d, &running); err != nil || s.kiosk("DP-1") == nil || s.kiosk("DP-2") == nil {
		t.Errorf("got %v, %d kiosks", err, len(s.kiosks))
	}
}

// FuzzIPC: whatever comes, reading it ends, and what is written is read again.
func FuzzIPC(f *testing.F) {
	f.Add(ipcMessage(ipcOutputs, `[{"name": "HEADLESS-1", "active": true, "modes": [{"width": 1, "height": 2, "refresh": 3}]}]`))
	f.Add(ipcMessage(ipcTree, `{"type": "root", "nodes": [{"type": "output", "name": "A", "nodes": [{"type": "workspace", "name": "A", "floating_nodes": [{"app_id": "x"}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, payload, err := readIPC(iotest.OneByteReader(bytes.NewReader(data)))
		if err != nil {
			return
		}
		if again, same, err := readIPC(bytes.NewReader(ipcMessage(kind, string(payload)))); err != nil || again != kind || !bytes.Equal(same, payload) {
			t.Fatalf("%d %q became %d %q, %v", kind, payload, again, same, err)
		}
		var outputs []swayOutput
		if json.Unmarshal(payload, &outputs) == nil {
			s := &sway{native: func(string) []string { return nil }}
			for i := range outputs {
				for _, c := range s.corrections(&outputs[i], wish{Screen: screen.New("a", "b")}) {
					if strings.Count(c, "\n") > 0 && connector.MatchString(outputs[i].Name) {
						t.Fatalf("%q", c)
					}
				}
			}
		}
		var root swayNode
		if json.Unmarshal(payload, &root) == nil {
			root.windows(swayWindow{})
		}
	})
}

func TestReadIPCInPieces(t *testing.T) {
	t.Parallel()
	kind, payload, err := readIPC(iotest.HalfReader(bytes.NewReader(ipcMessage(4, "hello"))))
	if kind != 4 || string(payload) != "hello" || err != nil {
		t.Errorf("got %d %q, %v", kind, payload, err)
	}
	if _, _, err := readIPC(bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

// TestCorrections is a table of what an output is, what it should be, and what it
// is told.
func TestCorrections(t *testing.T) {
	t.Parallel()
	const modes = `"modes": [{"width": 1920, "height": 1080, "refresh": 60000}, {"width": 1920, "height": 1080, "refresh": 59940}, {"width": 1280, "height": 720, "refresh": 60000}]`
	const fallback = `"modes": [{"width": 1024, "height": 768, "refresh": 60004}]`
	made := func(change func(*screen.Screen)) screen.Screen {
		s := screen.New("HDMI-A-1", "w")
		if change != nil {
			change(&s)
		}
		return s
	}
	mode := func(text string) screen.Screen {
		return made(func(s *screen.Screen) { s.Mode = parsed(screen.ParseMode(text)) })
	}
	for name, c := range map[string]struct {
		output string
		native []string
		want   screen.Screen
		lit    bool
		told   []string
	}{
		"as it should be":                {`"dpms": true, "current_mode": {"width": 1920, "height": 1080, "refresh": 60000}, ` + modes, nil, made(nil), true, nil},
		"native at another rate":         {`"dpms": true, "current_mode": {"width": 1920, "height": 1080, "refresh": 59940}, ` + modes, nil, made(nil), true, nil},
		"native mode is lost":            {`"dpms": true, "current_mode": {"width": 1280, "height": 720, "refresh": 60000}, ` + modes, nil, made(nil), true, []string{`mode 1920x1080@60Hz`}},
		"the display told its mode late": {`"dpms": true, "current_mode": {"width": 1024, "height": 768, "refresh": 60004}, ` + fallback, []string{"1920x1080i", "3840x2160", "1024x768"}, made(nil), true, []string{`mode --custom 3840x2160@60Hz`}},
		"in that mode now":               {`"dpms": true, "current_mode": {"width": 3840, "height": 2160, "refresh": 60000}, ` + fallback, []string{"3840x2160"}, made(nil), true, nil},
		"the nearest rate":               {`"dpms": true, "current_mode": {"width": 1920, "height": 1080, "refresh": 60000}, ` + modes, nil, mode("1920x1080@59.94"), true, []string{`mode 1920x1080@59.94Hz`}},
		"no rate":                        {`"dpms": true, "current_mode": {"width": 1920, "height": 1080, "refresh": 59940}, ` + modes, nil, mode("1920x1080"), true, nil},
		"a mode that it has not":         {`"dpms": true, "current_mode": {"width": 1920, "height": 1080, "refresh": 60000}, ` + modes, nil, mode("800x600"), true, []string{`mode --custom 800x600@60Hz`}},
		"a custom mode that it is in":    {`"dpms": true, "current_mode": {"width": 800, "height": 600, "refresh": 59800}, ` + modes, nil, mode("800x600@60"), true, nil},
		"no modes at all":                {`"dpms": true, "current_mode": {"width": 1280, "height": 720, "refresh": 60000}, "modes": []`, nil, mode("1920x1080@50"), true, []string{`mode 1920x1080@50Hz`}},
		"off, with the old word":         {`"dpms": true, "current_mode": {"width": 1, "height": 1, "refresh": 1}, "modes": []`, nil, made(nil), false, []string{`dpms off`}},
		"off, with the new word":         {`"power": true, "dpms": true, "current_mode": {"width": 1, "height": 1, "refresh": 1}, "modes": []`, nil, made(nil), false, []string{`power off`}},
		"on again":                       {`"power": false, "dpms": true, "current_mode": {"width": 1, "height": 1, "refresh": 1}, "modes": []`, nil, made(nil), true, []string{`power on`}},
		"scaled as sway keeps it":        {`"dpms": true, "scale": 1.2999999523162842, "current_mode": {"width": 1, "height": 1, "refresh": 1}, "modes": []`, nil, made(func(s *screen.Screen) { s.Scale = 1.3 }), true, nil},
		"scaled in 120ths":               {`"dpms": true, "scale": 1.3333334, "current_mode": {"width": 1, "height": 1, "refresh": 1}, "modes": []`, nil, made(func(s *screen.Screen) { s.Scale = 1.33 }), true, nil},
		"another scale":                  {`"dpms": true, "scale": 1.25, "current_mode": {"width": 1, "height": 1, "refresh": 1}, "modes": []`, nil, made(func(s *screen.Screen) { s.Scale = 1.3 }), true, []string{"scale 1.3"}},
		"turned, scaled and placed": {
			`"dpms": true, "current_mode": {"width": 1, "height": 1, "refresh": 1}, "modes": []`, nil,
			made(func(s *screen.Screen) {
				s.Transform, s.Scale, s.Position = "flipped-90", 1.5, &screen.Point{X: 5, Y: 7}
			}), true,
			[]string{`scale 1.5`, `transform flipped-90`, `position 5 7`},
		},
	} {
		var o swayOutput
		text := `{"name": "HDMI-A-1", "active": true, "scale": 1.0, "transform": "normal", "rect": {"x": 0, "y": 0}, ` + c.output + `}`
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			t.Fatal(err)
		}
		s := &sway{native: func(string) []string { return c.native }}
		var want []string
		for _, told := range c.told {
			want = append(want, `output "HDMI-A-1" `+told)
		}
		if got := s.corrections(&o, wish{Screen: c.want, Lit: c.lit}); !slices.Equal(got, want) {
			t.Errorf("%s: it is told %q, want %q", name, got, want)
		}
	}
	if modes := nativeModes("no-such-connector"); len(modes) != 0 {
		t.Errorf("modes of nothing: %q", modes)
	}
}

func TestTries(t *testing.T) {
	t.Parallel()
	now := tries{}
	for turn := range 5 {
		got := now.next([]string{"a", "b", "a"})
		if want := turn < mostTries; (len(got) == 2) != want || len(got) != 0 && !want {
			t.Errorf("turn %d: %q", turn, got)
		}
	}
	if got := now.next([]string{"b"}); len(got) != 0 {
		t.Errorf("b is tried again: %q", got)
	}
	if got := now.next([]string{"a"}); len(got) != 1 {
		t.Errorf("a, which was not wanted meanwhile, is not tried: %q", got)
	}
}
