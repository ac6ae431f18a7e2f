package desktop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// How long the X server may take for one command, and logind until it has given
// its lock.
const (
	xsetTimeout = 5 * time.Second
	busTimeout  = 5 * time.Second
)

// stayAwake keeps screen and machine from going to sleep by themselves until ctx
// is done: it asks logind, and where the display is X11, the X server. (A
// compositor of Wayland decides for itself.) What can't be had is told in the
// log and left; neither waits for the other.
func stayAwake(ctx context.Context, log *slog.Logger) {
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		release, err := inhibit(ctx, dbus.ConnectSystemBus)
		if err != nil {
			log.LogAttrs(ctx, slog.LevelDebug, "logind is not asked to stay awake", slog.Any("err", err))
			return
		}
		defer release()
		<-ctx.Done()
	})
	if !mayLight(os.Getenv) {
		return
	}
	restore, err := keepLit(ctx)
	if err != nil {
		log.LogAttrs(ctx, slog.LevelWarn, "the screen may go dark by itself", slog.Any("err", err))
		return
	}
	defer restore()
	<-ctx.Done()
}

// mayLight tells whether the display is an X server whose power saving is ours:
// camwall's own session looks after its screens, and switches them off by the clock.
func mayLight(getenv func(string) string) bool {
	return getenv("DISPLAY") != "" && getenv("GDK_BACKEND") != wayland && getenv("CAMWALL_SESSION") == ""
}

// inhibit takes logind's lock against idling and sleep (org.freedesktop.login1,
// Inhibit), or only against idling where we may not have both. It is held until
// release, or until this process ends.
func inhibit(ctx context.Context, connect func(...dbus.ConnOption) (*dbus.Conn, error)) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	bus, err := connect(dbus.WithContext(ctx)) // which closes it when it hangs
	if err != nil {
		return nil, fmt.Errorf("reach the system's bus: %w", err)
	}
	defer bus.Close() // the lock is the file, not the connection
	manager := bus.Object("org.freedesktop.login1", "/org/freedesktop/login1")
	for _, what := range []string{"idle:sleep", "idle"} {
		var lock dbus.UnixFD
		call := manager.CallWithContext(ctx, "org.freedesktop.login1.Manager.Inhibit", 0,
			what, "Camwall", "a wall of cameras is on the screen", "block")
		if err = call.Store(&lock); err == nil {
			file := os.NewFile(uintptr(lock), "inhibitor")
			return func() { file.Close() }, nil
		}
	}
	return nil, fmt.Errorf("ask logind: %w", err)
}

// keepLit switches the X server's screen saver and the display's power saving
// off; restore sets what was there before.
func keepLit(ctx context.Context) (restore func(), err error) {
	before, err := xset(ctx, "q")
	if err != nil {
		return nil, err
	}
	was, err := parseXset(before)
	if err != nil {
		return nil, err
	}
	if _, err := xset(ctx, "s", "off", "s", "noblank"); err != nil {
		return nil, err
	}
	// A server without DPMS refuses it, and needs none.
	_, _ = xset(ctx, "-dpms")
	return func() {
		ctx := context.WithoutCancel(ctx)
		_, _ = xset(ctx, was.arguments()...)
		if was.dpms {
			_, _ = xset(ctx, "+dpms")
		}
	}, nil
}

func xset(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, xsetTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, "xset", args...).Output()
	if err != nil {
		return "", fmt.Errorf("run xset %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

// blanking is how an X server's screen goes dark by itself.
type blanking struct {
	timeout, cycle int // seconds
	blank          bool
	dpms           bool
}

// arguments are those of xset that set it, but for dpms.
func (b blanking) arguments() []string {
	blank := "noblank"
	if b.blank {
		blank = "blank"
	}
	return []string{"s", strconv.Itoa(b.timeout), strconv.Itoa(b.cycle), "s", blank}
}

// parseXset reads what "xset q" says.
func parseXset(text string) (blanking, error) {
	var b blanking
	found := false
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		for i := 0; i+1 < len(words); i++ {
			switch words[i] + " " + words[i+1] {
			case "DPMS is":
				b.dpms = i+2 < len(words) && words[i+2] == "Enabled"
			case "prefer blanking:":
				b.blank = i+2 < len(words) && words[i+2] == "yes"
			}
			if words[i] != "timeout:" && words[i] != "cycle:" {
				continue
			}
			seconds, err := strconv.Atoi(words[i+1])
			if err != nil || seconds < 0 {
				return blanking{}, fmt.Errorf("xset says %s %s", words[i], words[i+1])
			}
			if words[i] == "timeout:" {
				b.timeout, found = seconds, true
			} else {
				b.cycle = seconds
			}
		}
	}
	if !found {
		return blanking{}, errors.New("xset does not tell of a screen saver")
	}
	return b, nil
}
