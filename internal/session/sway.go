package session

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"camwall/internal/fault"
)

// swayConfig is all of sway's configuration: no key is bound, no bar, no borders,
// nothing that a person at a keyboard could reach. Keys that switch to another
// virtual terminal are taken out of the layout. The last line tells us which
// Wayland socket sway has chosen.
const swayConfig = `# Written by Camwall at each start: changes are lost.
xwayland disable
swaynag_command -
default_border none
default_floating_border none
focus_follows_mouse no
focus_on_window_activation none
mouse_warping none
tiling_drag disable
floating_modifier none
popup_during_fullscreen ignore
workspace_auto_back_and_forth no
seat * hide_cursor 3000
input * xkb_options srvrkeys:none
output * background #0B0D0F solid_color
exec printf '%s' "$WAYLAND_DISPLAY" > "$CAMWALL_SWAY_DISPLAY.new" && mv "$CAMWALL_SWAY_DISPLAY.new" "$CAMWALL_SWAY_DISPLAY"
`

// swayStart is how long sway may take until it answers.
const swayStart = 20 * time.Second

// sway is a sway that we have started.
type sway struct {
	ipc    swayIPC
	log    *slog.Logger
	child  *child
	plain  bool // without the graphics processor
	native func(connector string) (modes []string)

	wayland string // WAYLAND_DISPLAY
	runtime string // XDG_RUNTIME_DIR

	events   chan struct{}
	cancel   context.CancelFunc
	watching sync.WaitGroup

	prepared map[string]bool   // outputs whose window has its rules
	laid     map[string]string // the outputs of touch panels, by their identifiers
	tries    tries
}

var _ display = (*sway)(nil)

// startSway starts sway and waits until it answers. An error that is
// errNeverAnswered says that it ended, or did nothing, before. plain has sway and
// the kiosks draw without the graphics processor.
func startSway(ctx context.Context, cfg Config, dir string, plain bool) (_ *sway, err error) {
	config, socket, name := filepath.Join(dir, "sway.conf"), filepath.Join(dir, "sway.sock"), filepath.Join(dir, "sway.display")
	for _, old := range []string{socket, name, name + ".new"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fault.Errorf(fault.Config, "remove %s: %w", old, err)
		}
	}
	if err := writePrivate(config, swayConfig); err != nil {
		return nil, err
	}
	s := &sway{
		ipc: swayIPC{socket}, plain: plain, log: cfg.Log, native: nativeModes,
		events: make(chan struct{}, 1), prepared: map[string]bool{}, laid: map[string]string{}, tries: tries{},
	}
	command := append(slices.Clone(cfg.Sway), "-c", config)
	s.runtime = cmp.Or(cfg.Getenv("XDG_RUNTIME_DIR"), dir)
	environment := slices.Concat(cfg.bareEnvironment(), []string{
		"XDG_RUNTIME_DIR=" + s.runtime, "SWAYSOCK=" + socket, "CAMWALL_SWAY_DISPLAY=" + name,
		"XDG_CURRENT_DESKTOP=sway",
		"WLR_LIBINPUT_NO_DEVICES=1", // a terminal may have no keyboard, mouse or touch
	})
	if plain && cfg.Getenv("WLR_RENDERER") == "" {
		environment = append(environment, "WLR_RENDERER=pixman")
	}
	if s.child, err = startChild(childConfig{Name: "sway", Command: command, Environment: environment, Log: cfg.Log}); err != nil {
		return nil, fault.Errorf(fault.Config, "start %s: %w", command[0], err).WithHint("install the package sway")
	}
	if s.wayland, err = s.await(ctx, name); err != nil {
		s.child.end(endLimit)
		return nil, err
	}
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.watching.Go(func() { s.watch(watch) })
	return s, nil
}

// hasRenderNode tells whether a GPU is there that can draw.
func hasRenderNode() bool {
	nodes, err := filepath.Glob("/dev/dri/renderD*")
	return err == nil && len(nodes) > 0
}

// writePrivate writes a file that only this user can read.
func writePrivate(path, text string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // another's, or with another mode
		return fault.Errorf(fault.Config, "remove %s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fault.Errorf(fault.Config, "write %s: %w", path, err)
	}
	return nil
}

// await returns the name of sway's Wayland socket once sway answers.
func (s *sway) await(ctx context.Context, file string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, swayStart)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		name, err := os.ReadFile(file)
		if err == nil && len(name) > 0 {
			var outputs []swayOutput
			if err := s.ipc.ask(ctx, ipcOutputs, "", &outputs); err == nil {
				return strings.TrimSpace(string(name)), nil
			}
		}
		select {
		case <-s.child.done:
			return "", neverAnswered("sway ended before it answered", s.child)
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return "", neverAnswered("sway does not answer", s.child)
			}
			return "", ctx.Err()
		case <-tick.C:
		}
	}
}

// errNeverAnswered is the cause of the error of a display server that did not
// come up.
var errNeverAnswered = errors.New("it never answered")

// neverAnswered says why with the last line that the server has written.
func neverAnswered(message string, c *child) error {
	if last := c.lastLine(); last != "" {
		message += ": " + last
	}
	return &fault.Error{
		Code: fault.NoDisplay, Message: message, Err: errNeverAnswered,
		Hint: "the session needs a seat and a graphics card: it is started on a virtual terminal, by systemd or after a login there",
	}
}

// watch tells of sway's events until ctx ends or sway does.
func (s *sway) watch(ctx context.Context) {
	events := []string{"output", "workspace", "window", "input"}
	for ctx.Err() == nil {
		err := s.ipc.subscribe(ctx, s.tell, events...)
		if errors.Is(err, errNoSuchEvent) && len(events) == 4 {
			events = events[1:] // before 1.9; those of workspaces come with outputs, too
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.child.done:
			return
		case <-time.After(time.Second): // meanwhile the session looks by itself
		}
	}
}

func (s *sway) tell() {
	select {
	case s.events <- struct{}{}:
	default:
	}
}

func (s *sway) environment() []string {
	list := []string{
		"WAYLAND_DISPLAY=" + s.wayland, "XDG_RUNTIME_DIR=" + s.runtime, "GDK_BACKEND=wayland", "XDG_SESSION_TYPE=wayland",
		"DISPLAY=", "SWAYSOCK=", "I3SOCK=",
	}
	if s.plain {
		list = append(list, "CAMWALL_GPU=never")
	}
	return list
}

func (s *sway) changed() <-chan struct{} { return s.events }

func (s *sway) ended() <-chan struct{} { return s.child.done }

func (s *sway) close() {
	s.cancel()
	s.watching.Wait()
	s.child.end(endLimit)
}
