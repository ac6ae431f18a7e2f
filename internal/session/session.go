// Package session is the display of a terminal: it starts sway, or Xorg where
// there is no sway, with a configuration in which nothing can be reached but the
// wall, keeps one kiosk process running for each output, and holds outputs,
// windows and power as they should be, whatever cables and televisions do. What a
// screen should show and when is decided by package screen; what is in a kiosk's
// window is no matter of this package. Package app runs it as `camwall session`
// and asks it as `camwall screen`.
package session

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"camwall/internal/crashlog"
	"camwall/internal/fault"
	"camwall/internal/kiosk"
	"camwall/internal/screen"
	"camwall/internal/unixsock"
)

// Display is which display server is started.
type Display string

// The display servers. Auto is sway, and Xorg where sway is missing or does not
// come up.
const (
	Auto Display = "auto"
	Sway Display = "sway"
	Xorg Display = "xorg"
)

// Config is what a Session is made of.
type Config struct {
	// Screens are the entries of the configuration; empty: every output shows Wall.
	Screens []screen.Screen

	// Wall is what a screen shows whose entry names none.
	Wall string

	// Kiosk is the program of a kiosk and its first arguments; --wall NAME,
	// --output CONNECTOR and --display "MAKE MODEL SERIAL" are put behind them.
	Kiosk []string

	// Display says which display server; empty is Auto.
	Display Display

	// Sway and Xorg are the programs with their first arguments; nil: those of the
	// system.
	Sway, Xorg []string

	// Dir is the runtime folder of this user (unixsock.RuntimeDir).
	Dir string

	// Environ is the environment, as os.Environ has it, of all that is started.
	Environ []string

	Log *slog.Logger

	// Crashes takes the last words of a kiosk that has crashed; may be nil.
	Crashes *crashlog.Log

	// OnReady is called once the display server answers; may be nil.
	OnReady func()

	// Now is the clock of schedules; nil is time.Now.
	Now func() time.Time

	times times
}

// times are how long things take; tests have shorter ones.
type times struct {
	look       time.Duration // between looks at the display without an event
	ask        time.Duration // between questions to a kiosk
	startLimit time.Duration // until a kiosk's first good answer
	badLimit   time.Duration // without a good answer
	backoff    time.Duration // before the first restart
	maxBackoff time.Duration
	good       time.Duration // after which a kiosk is new again
}

func defaultTimes() times {
	return times{
		look: 2 * time.Second, ask: 5 * time.Second, startLimit: 2 * time.Minute, badLimit: time.Minute,
		backoff: time.Second, maxBackoff: 30 * time.Second, good: 5 * time.Minute,
	}
}

// Getenv looks a variable up in Environ.
func (c *Config) Getenv(name string) string {
	for _, entry := range slices.Backward(c.Environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// environment is what every kiosk of a session gets: Environ, without what systemd
// has said to this process alone.
func (c *Config) environment() []string {
	ours := func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains([]string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}, name)
	}
	return append(slices.DeleteFunc(slices.Clone(c.Environ), ours), "CAMWALL_RUNTIME="+c.Dir, "CAMWALL_SESSION=1")
}

// bareEnvironment is what display servers and their tools get: without our own
// settings, in which addresses of cameras have their passwords.
func (c *Config) bareEnvironment() []string {
	return slices.DeleteFunc(c.environment(), func(entry string) bool { return strings.HasPrefix(entry, "CAMWALL_") })
}

// Session is a terminal's display while it runs.
type Session struct {
	cfg    Config
	health health

	mu     sync.Mutex // guards the fields below
	powers powers
	kiosks map[string]*keeper   // by output
	found  map[string]output    // the outputs that are there now
	known  map[string]output    // and those that ever were
	gone   map[string]time.Time // when those that are not there now went
	twins  []string             // displays that more than one output had at the same time

	left chan string   // outputs whose kiosk was left by its PIN
	wake chan struct{} // somebody has switched a screen
}

// New returns a session that does not run yet. The error is a fault.Config.
func New(cfg Config) (*Session, error) {
	if len(cfg.Kiosk) == 0 || cfg.Dir == "" {
		return nil, fault.New(fault.Config, "a session needs a program for its screens and a folder", "")
	}
	if cfg.Sway == nil {
		cfg.Sway = []string{"sway", "--unsupported-gpu"}
	}
	if cfg.Xorg == nil {
		cfg.Xorg = xorgCommand(cfg.Getenv)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.times == (times{}) {
		cfg.times = defaultTimes()
	}
	return &Session{
		cfg: cfg, powers: powers{}, kiosks: map[string]*keeper{}, found: map[string]output{}, known: map[string]output{}, gone: map[string]time.Time{},
		left: make(chan string, 1), wake: make(chan struct{}, 1),
	}, nil
}

// Run starts the display and holds it until ctx ends, a kiosk is left by its PIN,
// which is no error, or the display server ends. All that it has started has
// ended when it returns.
func (s *Session) Run(ctx context.Context) error {
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return fault.Errorf(fault.Config, "make %s: %w", s.cfg.Dir, err)
	}
	control, err := unixsock.Listen(SocketPath(s.cfg.Dir), 0o660)
	if err != nil {
		return err
	}
	s.recall()
	serving := serveControl(control, s.handler(), s.cfg.Log)
	defer serving()
	d, err := s.startDisplay(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	s.health.turned()
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	if s.cfg.OnReady != nil {
		s.cfg.OnReady()
	}
	return s.hold(ctx, d, &running)
}

// startDisplay starts the display server that is wished. Sway that ends twice
// without ever answering is not tried a third time.
func (s *Session) startDisplay(ctx context.Context) (display, error) {
	if s.cfg.Display == Xorg {
		return startXorg(ctx, s.cfg)
	}
	d, err := startSway(ctx, s.cfg, s.cfg.Dir, !hasRenderNode())
	if err == nil {
		return d, nil
	}
	if errors.Is(err, errNeverAnswered) && ctx.Err() == nil {
		// Some cards name a render node and can't draw.
		s.cfg.Log.Warn("sway did not come up; trying again without the graphics processor", "error", err)
		if d, err = startSway(ctx, s.cfg, s.cfg.Dir, true); err == nil {
			return d, nil
		}
	}
	if s.cfg.Display == Sway || ctx.Err() != nil {
		return nil, err
	}
	s.cfg.Log.Warn("no sway: Xorg is tried", "error", err)
	x, xerr := startXorg(ctx, s.cfg)
	if xerr != nil {
		s.cfg.Log.Error("no Xorg, either", "error", xerr)
		return nil, err // what matters is why there is no sway
	}
	return x, nil
}

// hold keeps the display as it should be.
func (s *Session) hold(ctx context.Context, d display, running *sync.WaitGroup) error {
	tick := time.NewTicker(s.cfg.times.look)
	defer tick.Stop()
	for {
		if err := s.turn(ctx, d, running); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("the display does not answer", "error", err)
			if s.health.silent() > displayLimit {
				return fault.Errorf(fault.NoDisplay, "the display server has not answered for %s: %w", displayLimit, err)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case name := <-s.left:
			s.cfg.Log.Info("the kiosk was left by its PIN", "output", name)
			return nil
		case <-d.ended():
			return fault.New(fault.NoDisplay, "the display server has ended", "its last lines are in the log")
		case <-d.changed():
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// turn is one look at the display, and what follows from it.
func (s *Session) turn(ctx context.Context, d display, running *sync.WaitGroup) error {
	outputs, err := d.look(ctx)
	if err != nil {
		return err
	}
	wishes := s.wishes(outputs)
	s.endMoved()
	for _, o := range outputs {
		if w, ok := wishes[o.Name]; ok && o.Active && s.kiosk(o.Name) == nil {
			if err := d.prepare(ctx, o.Name, w); errors.Is(err, errRefused) {
				s.cfg.Log.Warn("the place of a window can't be prepared wholly", "output", o.Name, "error", err)
			} else if err != nil {
				return err
			}
			s.start(ctx, o, w, d.environment(), running)
		}
	}
	if _, err := d.settle(ctx, outputs, wishes); err != nil {
		return err
	}
	s.health.turned()
	return nil
}

// wishes returns what each output should be, and keeps which are there.
func (s *Session) wishes(outputs []output) map[string]wish {
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	wishes := make(map[string]wish, len(outputs))
	found := make(map[string]output, len(outputs))
	for _, o := range outputs {
		if _, known := s.found[o.Name]; !known {
			s.cfg.Log.Info("output", "name", o.Name, "display", o.Display, "mode", o.Mode.String(), "active", o.Active)
		}
		found[o.Name], s.known[o.Name] = o, o
		entry, ok := s.entry(o)
		if !ok {
			if _, known := s.found[o.Name]; !known {
				s.cfg.Log.Warn("no entry in screens is for this output: it stays dark", "output", o.Name, "display", o.Display)
			}
			continue
		}
		wishes[o.Name] = wish{Screen: entry, Lit: s.powers.lit(o.Name, entry, now), Program: kiosk.AppID(o.Name)}
	}
	for name := range s.found {
		if _, there := found[name]; !there {
			s.cfg.Log.Info("output is gone", "name", name)
			s.gone[name] = time.Now()
		}
	}
	s.found = found
	s.noteTwins()
	for name, k := range s.kiosks {
		k.setSeen(found[name].Active && wishes[name].Lit)
	}
	return wishes
}

// entry returns what an output should show.
func (s *Session) entry(o output) (screen.Screen, bool) {
	if len(s.cfg.Screens) == 0 {
		return screen.New(screen.Any, s.cfg.Wall), true
	}
	entry, ok := screen.Find(s.cfg.Screens, o.Name, o.Display)
	if entry.Wall == "" {
		entry.Wall = s.cfg.Wall
	}
	return entry, ok
}

func (s *Session) kiosk(output string) *keeper {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kiosks[output]
}

// start starts an output's kiosk, which runs as long as the session does.
func (s *Session) start(ctx context.Context, o output, w wish, environment []string, running *sync.WaitGroup) {
	command := append(slices.Clone(s.cfg.Kiosk), "--wall", w.Screen.Wall, "--output", o.Name)
	if o.Display != "" { // by which the kiosk finds its entry, too
		command = append(command, "--display="+o.Display)
	}
	k := newKeeper(kioskConfig{
		Output: o.Name, Wall: w.Screen.Wall, Command: command, Environment: slices.Concat(s.cfg.environment(), environment),
		Socket: kiosk.ControlSocket(s.cfg.Dir, o.Name), Log: s.cfg.Log.With("output", o.Name), Crashes: s.cfg.Crashes, times: s.cfg.times,
	})
	k.setSeen(o.Active && w.Lit)
	ctx, k.end = context.WithCancel(ctx)
	s.mu.Lock()
	s.kiosks[o.Name] = k
	s.mu.Unlock()
	running.Go(func() {
		defer k.end()
		if k.run(ctx) {
			select {
			case s.left <- o.Name:
			default: // another has ended the session already
			}
		}
	})
}
