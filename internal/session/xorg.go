package session

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"camwall/internal/fault"
)

const (
	xorgStart = 30 * time.Second
	toolLimit = 10 * time.Second // of one command
)

// openboxConfig is all of the window manager's configuration: no key, no button,
// no menu, no decoration, one desktop.
const openboxConfig = `<?xml version="1.0" encoding="UTF-8"?>
<!-- Written by Camwall at each start: changes are lost. -->
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <keyboard></keyboard>
  <mouse><context name="Frame"></context></mouse>
  <applications>
    <application class="*"><decor>no</decor></application>
  </applications>
</openbox_config>
`

// xorg is an Xorg that we have started, with openbox as its window manager.
type xorg struct {
	log       *slog.Logger
	server    *child
	manager   *child
	display   string // DISPLAY
	authority string // XAUTHORITY
	environ   []string
	inputs    func() string // the devices that there are
	keys      keyWatch
	raw       map[string]string // the names that Xorg gives to connectors
	dark      bool              // all is switched off
	black     map[string]bool   // outputs that are drawn black
	tries     tries
	looks     int
	done      chan struct{}
	stopping  chan struct{}
}

var _ display = (*xorg)(nil)

// xorgCommand is Xorg on the virtual terminal of this login. It listens to nobody
// but this machine.
func xorgCommand(getenv func(string) string) []string {
	command := []string{"Xorg", "-nolisten", "tcp", "-br", "-keeptty"}
	if vt := getenv("XDG_VTNR"); vt != "" {
		command = append(command, "vt"+vt)
	}
	return command
}

// startXorg starts Xorg, openbox, and holds blanking off.
func startXorg(ctx context.Context, cfg Config) (_ *xorg, err error) {
	x := &xorg{
		log: cfg.Log, authority: filepath.Join(cfg.Dir, "xauthority"), inputs: inputDevices, raw: map[string]string{}, black: map[string]bool{}, tries: tries{},
		done: make(chan struct{}), stopping: make(chan struct{}),
	}
	if err := writeAuthority(x.authority); err != nil {
		return nil, err
	}
	if err := x.startServer(ctx, cfg); err != nil {
		return nil, err
	}
	config := filepath.Join(cfg.Dir, "openbox.xml")
	if err := writePrivate(config, openboxConfig); err != nil {
		x.server.end(endLimit)
		return nil, err
	}
	x.environ = slices.Concat(cfg.bareEnvironment(), []string{"DISPLAY=" + x.display, "XAUTHORITY=" + x.authority, "WAYLAND_DISPLAY=", "XDG_SESSION_TYPE=x11"})
	x.manager, err = startChild(childConfig{
		Name: "openbox", Command: []string{"openbox", "--config-file", config, "--sm-disable"}, Environment: x.environ, Log: cfg.Log, Group: true,
	})
	if err != nil {
		x.server.end(endLimit)
		return nil, fault.Errorf(fault.Config, "start openbox: %w", err).WithHint("install the package openbox")
	}
	go x.wait()
	for _, command := range [][]string{
		{"xset", "s", "off", "s", "noblank"},
		{"xset", "dpms", "0", "0", "0"},
		{"xsetroot", "-solid", "#0B0D0F"},
	} {
		if _, err := x.tool(ctx, command...); err != nil {
			cfg.Log.Warn("the display can't be prepared wholly", "command", strings.Join(command, " "), "error", err)
		}
	}
	x.blockKeys(ctx)
	if ignored := xIgnored(cfg.Screens); len(ignored) > 0 {
		cfg.Log.Warn("Xorg neither scales nor mirrors: these screens are shown without", "outputs", strings.Join(ignored, ", "))
	}
	return x, nil
}

// startServer starts Xorg and waits for the number of its display.
func (x *xorg) startServer(ctx context.Context, cfg Config) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return fault.Errorf(fault.Internal, "start Xorg: %w", err)
	}
	defer reader.Close()
	x.server, err = startChild(childConfig{
		Name: "xorg", Command: append(slices.Clone(cfg.Xorg), "-noreset", "-auth", x.authority, "-displayfd", "3"), Environment: cfg.bareEnvironment(), Log: cfg.Log, Files: []*os.File{writer},
	})
	writer.Close()
	if err != nil {
		return fault.Errorf(fault.Config, "start %s: %w", cfg.Xorg[0], err).WithHint("install the packages xserver-xorg-core and openbox")
	}
	_ = reader.SetReadDeadline(time.Now().Add(xorgStart))
	defer context.AfterFunc(ctx, func() { _ = reader.SetReadDeadline(time.Now()) })()
	// It writes the number and the line's end one after the other.
	number, err := bufio.NewReaderSize(reader, 16).ReadSlice('\n')
	display, perr := strconv.Atoi(strings.TrimSpace(string(number)))
	if err != nil || perr != nil {
		x.server.end(endLimit)
		return cmp.Or(ctx.Err(), neverAnswered("Xorg did not come up", x.server))
	}
	x.display = ":" + strconv.Itoa(display)
	return nil
}

// wait tells when the server or its window manager has ended.
func (x *xorg) wait() {
	defer close(x.done)
	select {
	case <-x.server.done:
	case <-x.manager.done:
	case <-x.stopping:
	}
}

// tool runs one of X's commands and returns what it prints.
func (x *xorg) tool(ctx context.Context, command ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, toolLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = x.environ
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		said := ""
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			said, _, _ = strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		}
		return "", fmt.Errorf("run %s: %w: %s", command[0], err, said)
	}
	return string(out), nil
}

func (x *xorg) environment() []string {
	return []string{"DISPLAY=" + x.display, "XAUTHORITY=" + x.authority, "WAYLAND_DISPLAY=", "GDK_BACKEND=x11", "XDG_SESSION_TYPE=x11"}
}

// changed never has a value: X is looked at again and again.
func (x *xorg) changed() <-chan struct{} { return nil }

func (x *xorg) ended() <-chan struct{} { return x.done }

func (x *xorg) close() {
	close(x.stopping)
	<-x.done
	x.manager.end(endLimit)
	x.server.end(endLimit)
}
