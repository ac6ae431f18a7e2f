// Package service tells systemd how the process is: that it is ready, what it
// does, that it ends, and that it is alive (sd_notify(3), Type=notify and
// WatchdogSec= of systemd.service(5)). Without systemd, which is without
// $NOTIFY_SOCKET, every function does nothing. It decides nothing about health:
// its callers do, which are package app and the session.
package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Ready says that what starts after this process may start.
func Ready() error { return notify(daemon.SdNotifyReady) }

// Stopping says that the process is about to end.
func Stopping() error { return notify(daemon.SdNotifyStopping) }

// Status says in one line what the process does; `systemctl status` shows it.
func Status(text string) error {
	// A line more would be a message of its own.
	return notify("STATUS=" + strings.Join(strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == '\r' || c == 0 }), " "))
}

func notify(state string) error {
	if _, err := daemon.SdNotify(false, state); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return nil
}

// Watch feeds the watchdog at half its interval as long as healthy says so, and
// blocks until ctx ends. While healthy says no, or does not return, nothing is
// fed, and systemd ends the process. It returns at once where nothing watches
// this process. A message that does not arrive is left out: the next one may.
func Watch(ctx context.Context, healthy func() bool) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval <= 0 {
		return
	}
	ticker := time.NewTicker(max(interval/2, time.Millisecond))
	defer ticker.Stop()
	for {
		if healthy() {
			_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
