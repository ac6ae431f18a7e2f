package session

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"camwall/internal/fault"
	"camwall/internal/problem"
	"camwall/internal/screen"
)

// maxOrder bounds the body of a request.
const maxOrder = 4 << 10

// SocketPath is where a session of a runtime folder answers.
func SocketPath(dir string) string { return filepath.Join(dir, "session.sock") }

// Screen is one output as the session tells it. Times that there are none of are
// nil.
type Screen struct {
	Output  string `json:"output"`  // the connector; of one that never was there, the entry's name
	Display string `json:"display"` // make, model and serial number
	Wall    string `json:"wall"`

	Connected bool   `json:"connected"`
	Mode      string `json:"mode"` // now, such as 1920x1080@60

	On    bool       `json:"on"`              // what it should be now
	Power Power      `json:"power"`           // what a person has said
	Until *time.Time `json:"until,omitempty"` // when that ends by itself

	// NextSwitch is when the schedule switches it next.
	NextSwitch *time.Time `json:"nextSwitch,omitempty"`

	Brightness int `json:"brightness"` // percent

	// Of its kiosk: PID is 0 while none runs.
	PID      int    `json:"pid"`
	Healthy  bool   `json:"healthy"`
	Page     string `json:"page"`
	Restarts int    `json:"restarts"`
}

// order is what is asked of a screen.
type order struct {
	Power string `json:"power"`
}

// serveControl serves until what it returns is called, which waits.
func serveControl(l net.Listener, h http.Handler, log *slog.Logger) (stop func()) {
	server := &http.Server{
		Handler: h, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Warn("the session can't be asked any more", "error", err)
		}
	})
	return func() {
		_ = server.Close() // its listener is all that could fail
		serving.Wait()
	}
}

// handler answers at the session's socket.
func (s *Session) handler() http.Handler {
	refuse := problem.Logged(s.cfg.Log)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, fault.New(fault.NotFound, "there is no such path", "there are /screens and /screens/{output}"))
	})
	mux.HandleFunc("/screens", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.Header().Set("Allow", http.MethodGet)
			refuse(w, fault.New(fault.Method, "the screens can be read with GET", ""))
			return
		}
		writeJSON(w, s.Screens())
	})
	mux.HandleFunc("/screens/{output}", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, fault.New(fault.Method, "a screen is switched with POST", ""))
			return
		}
		power, err := readOrder(http.MaxBytesReader(w, r.Body, maxOrder))
		if err != nil {
			refuse(w, err)
			return
		}
		now, err := s.Switch(r.PathValue("output"), power)
		if err != nil {
			refuse(w, err)
			return
		}
		writeJSON(w, now)
	})
	return mux
}

func readOrder(body io.Reader) (Power, error) {
	var o order
	if err := json.NewDecoder(body).Decode(&o); err != nil {
		return "", fault.New(fault.BadRequest, "the body is no JSON that says how to switch", `write {"power": "on"}, "off" or "auto"`)
	}
	return ParsePower(o.Power)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v) // who asked has gone
}

// Screens returns every output that is there, was there, or has an entry of its
// own, by name.
func (s *Session) Screens() []Screen {
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Screen{}
	for _, name := range s.names() {
		all = append(all, s.tell(name, now))
	}
	return all
}

// names returns the outputs to tell of. s.mu is held.
func (s *Session) names() []string {
	names := map[string]bool{}
	for name := range s.known {
		names[name] = true
	}
	for _, entry := range s.cfg.Screens {
		if entry.Output == screen.Any || s.covered(entry.Output) {
			continue
		}
		names[entry.Output] = true
	}
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// covered tells that an output that was seen is meant by an entry's name. s.mu is
// held.
func (s *Session) covered(name string) bool {
	for _, o := range s.known {
		if screen.Same(o.Name, name) || screen.Same(o.Display, name) {
			return true
		}
	}
	return false
}

// tell returns what is known of one output. s.mu is held.
func (s *Session) tell(name string, now time.Time) Screen {
	o, there := s.found[name]
	if !there {
		o = s.known[name]
		if o.Name == "" {
			o.Name = name
		}
	}
	t := Screen{Output: name, Display: o.Display, Connected: there, Power: PowerAuto, Brightness: screen.FullBrightness}
	if there {
		t.Mode = o.Mode.String()
	}
	if entry, ok := s.entry(o); ok {
		t.Wall, t.Brightness = entry.Wall, entry.Dim(now)
		t.On = s.powers.lit(name, entry, now)
		h := s.powers.of(name, now)
		t.Power, t.Until, t.NextSwitch = h.power, some(h.until), some(entry.NextSwitch(now))
	}
	if k := s.kiosks[name]; k != nil {
		k.tell(&t)
	}
	return t
}

// some is a time; nil for none.
func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// tell adds what is known of a kiosk.
func (k *keeper) tell(t *Screen) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t.PID, t.Page, t.Restarts = k.pid, k.page, k.restarts
	t.Healthy = k.pid != 0 && k.bad.IsZero()
	t.Wall = k.cfg.Wall
}

// Switch switches a screen, by its connector or by the make, model and serial
// number of its display. One that is not there has it as soon as it is. The error
// is a fault.NotFound.
func (s *Session) Switch(name string, power Power) (Screen, error) {
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	at := ""
	for _, known := range s.names() {
		if screen.Same(known, name) || screen.Same(s.known[known].Display, name) {
			at = known
			break
		}
	}
	o := s.known[at]
	o.Name = at
	entry, ok := s.entry(o)
	if at == "" || !ok {
		return Screen{}, fault.Errorf(fault.NotFound, "there is no screen %.80q", name).
			WithHint("the screens are: " + strings.Join(s.names(), ", "))
	}
	s.powers.set(at, power, entry, now)
	s.keep()
	s.cfg.Log.Info("a screen was switched", "output", at, "power", string(power))
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return s.tell(at, now), nil
}
