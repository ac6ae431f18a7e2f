package kiosk

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"camwall/internal/fault"
	"camwall/internal/problem"
)

const (
	// reportLimit is how old the window's last word may be: it comes every 2 s.
	reportLimit = 10 * time.Second

	// startLimit is how long a window may take to say its first one.
	startLimit = time.Minute

	// ExitLeft is what the process of a kiosk exits with when it was left by its PIN.
	// 0 says that it was asked to end, anything else that it failed.
	ExitLeft = 10

	// noOutput stands for the output of a kiosk that was told none.
	noOutput = "default"
)

// named makes an output's name fit for a file and an application: the name of a
// display has blanks and may have anything.
func named(output string) string {
	if output == "" {
		return noOutput
	}
	return strings.Map(func(c rune) rune {
		if c < 0x80 && (c == '-' || c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return c
		}
		return '_'
	}, output)
}

// ControlSocket returns the path of the socket of the kiosk of an output, in the
// folder for sockets.
func ControlSocket(dir, output string) string {
	return filepath.Join(dir, "kiosk-"+named(output)+".sock")
}

// AppID returns the name by which a display knows the window of the kiosk of an
// output: the app id of Wayland, the class of X11.
func AppID(output string) string { return "camwall-kiosk-" + named(output) }

// Health is what GET /health at the control socket tells.
type Health struct {
	Healthy bool   `json:"healthy"`
	Wall    string `json:"wall"`
	Output  string `json:"output"`
	PID     int    `json:"pid"`
	Page    string `json:"page"` // what the window last said of its page
	Renewed int    `json:"renewed"`
}

// Control is what a session and systemd ask about the process of a kiosk. It is
// safe for use by many goroutines.
type Control struct {
	wall, output string
	reload       func()
	started      time.Time

	// mu guards the fields below.
	mu   sync.Mutex
	last Health
	at   time.Time // of the last report; zero: none came
}

// NewControl returns a Control of a process that starts now. reload must not
// block.
func NewControl(wall, output string, reload func()) *Control {
	return &Control{
		wall: wall, output: output, reload: reload, started: time.Now(),
		last: Health{Page: "loading"},
	}
}

// Report takes what the window says of itself, from its main loop. It does not
// block.
func (c *Control) Report(page string, healthy bool, renewed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.at = Health{Page: page, Healthy: healthy, Renewed: renewed}, time.Now()
}

// Health returns how the process is: a window that has said nothing for 10 s
// hangs, whatever it said before.
func (c *Control) Health() Health {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.last
	h.Healthy = h.Healthy && !c.at.IsZero() && time.Since(c.at) < reportLimit
	h.Wall, h.Output, h.PID = c.wall, c.output, os.Getpid()
	return h
}

// Alive is for a watchdog: healthy, or still within the minute that a start may
// take.
func (c *Control) Alive() bool {
	h := c.Health()
	c.mu.Lock()
	defer c.mu.Unlock()
	return h.Healthy || c.at.IsZero() && time.Since(c.started) < startLimit
}

// ServeHTTP serves GET /health and POST /reload.
func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /health":
		h := c.Health()
		body, err := json.Marshal(h)
		if err != nil {
			panic("kiosk: a state of strings and numbers does not encode: " + err.Error())
		}
		w.Header().Set("Content-Type", jsonFormat)
		w.Header().Set("Cache-Control", "no-store")
		if !h.Healthy {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write(body) // who asked may be gone
	case "POST /reload":
		c.reload()
		w.WriteHeader(http.StatusNoContent)
	default:
		problem.Write(w, fault.New(fault.NotFound, "there is only GET /health and POST /reload", ""))
	}
}
