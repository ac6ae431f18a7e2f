package desktop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"camwall/internal/fault"
)

// The backends of GDK that we know how to ask, in its own words.
const (
	x11     = "x11"
	wayland = "wayland"
)

// displayTimeout is how long a display may take to accept a connection: one on
// another machine that is away would keep us for minutes.
const displayTimeout = 3 * time.Second

const noDisplayHint = "run `camwall serve` and open the page in a browser, " +
	"start camwall within a desktop session, or run it as `xvfb-run camwall`"

// errUnset is why a display was not asked.
var errUnset = errors.New("not set")

// findDisplay returns the backend whose display answers, or a fault.NoDisplay.
// A variable alone proves nothing: it outlives its display in ssh, screen and
// services, and GTK without a display ends in a panic of Wails. "" is a backend
// that the user asked for and only GTK knows.
func findDisplay(ctx context.Context, getenv func(string) string) (backend string, err error) {
	ctx, cancel := context.WithTimeout(ctx, displayTimeout)
	defer cancel()
	candidates := backends(getenv)
	if len(candidates) == 0 {
		return "", nil
	}
	var failures []error
	for _, backend := range candidates {
		err := ask(ctx, backend, getenv)
		if err == nil {
			return backend, nil
		}
		if !errors.Is(err, errUnset) {
			failures = append(failures, err)
		}
	}
	if len(failures) == 0 {
		return "", fault.New(fault.NoDisplay, "there is no display here", noDisplayHint)
	}
	return "", fault.Errorf(fault.NoDisplay, "the display does not answer: %w", errors.Join(failures...)).
		WithHint(noDisplayHint)
}

// backends returns the backends to try, the preferred one first: those of
// GDK_BACKEND, else Wayland first in a session that says that it is one.
func backends(getenv func(string) string) []string {
	if wanted := getenv("GDK_BACKEND"); wanted != "" {
		var list []string
		for name := range strings.SplitSeq(wanted, ",") {
			switch name = strings.TrimSpace(name); name {
			case x11, wayland:
				list = append(list, name)
			case "*":
				list = append(list, wayland, x11)
			}
		}
		return list
	}
	switch getenv("XDG_SESSION_TYPE") {
	case "", "unspecified", x11:
		return []string{x11, wayland}
	}
	return []string{wayland, x11}
}

// ask connects to a backend's display and hangs up.
func ask(ctx context.Context, backend string, getenv func(string) string) error {
	variable, endpoints := "DISPLAY", x11Endpoints
	if backend == wayland {
		variable, endpoints = "WAYLAND_DISPLAY", func(name string) ([]endpoint, error) {
			return waylandEndpoints(name, getenv("XDG_RUNTIME_DIR"))
		}
	}
	name := getenv(variable)
	if name == "" {
		return errUnset
	}
	list, err := endpoints(name)
	if err != nil {
		return fmt.Errorf("%s=%s: %w", variable, name, err)
	}
	for _, e := range list {
		var dialer net.Dialer
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, e.network, e.address); err == nil {
			conn.Close()
			return nil
		}
	}
	return fmt.Errorf("%s=%s: %w", variable, name, err)
}

// endpoint is where a display may listen.
type endpoint struct{ network, address string }

// x11BasePort is the TCP port of display 0.
const x11BasePort = 6000

// x11Endpoints reads "[host]:display[.screen]" (X(7), DISPLAY NAMES). A host
// that is empty or "unix" is this machine: its abstract socket, then its file.
// "unix:/path" and "/path" name a socket by its file.
func x11Endpoints(name string) ([]endpoint, error) {
	name = strings.TrimPrefix(name, "unix/")
	if path := strings.TrimPrefix(name, "unix:"); filepath.IsAbs(path) {
		whole := endpoint{"unix", path}
		if cut, _, ok := strings.Cut(path, ":"); ok {
			return []endpoint{whole, {"unix", cut}}, nil
		}
		return []endpoint{whole}, nil
	}
	colon := strings.LastIndexByte(name, ':')
	if colon < 0 {
		return nil, errors.New("no display name: it has no colon")
	}
	digits, _, _ := strings.Cut(name[colon+1:], ".")
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || number > 1<<16-1-x11BasePort {
		return nil, errors.New("no display name: no number behind the colon")
	}
	host := strings.Trim(strings.TrimPrefix(name[:colon], "tcp/"), "[]")
	if host == "" || host == "unix" {
		socket := "/tmp/.X11-unix/X" + strconv.FormatUint(number, 10)
		return []endpoint{{"unix", "@" + socket}, {"unix", socket}}, nil
	}
	return []endpoint{{"tcp", net.JoinHostPort(host, strconv.FormatUint(x11BasePort+number, 10))}}, nil
}

// waylandEndpoints reads a name as libwayland's wl_display_connect does: a
// path, or a file in the session's folder.
func waylandEndpoints(name, runtimeDir string) ([]endpoint, error) {
	if !filepath.IsAbs(name) {
		if runtimeDir == "" {
			return nil, errors.New("XDG_RUNTIME_DIR is not set")
		}
		name = filepath.Join(runtimeDir, name)
	}
	return []endpoint{{"unix", name}}, nil
}
