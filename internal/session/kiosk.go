package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"camwall/internal/crashlog"
	"camwall/internal/kiosk"
	"camwall/internal/unixsock"
)

// askLimit bounds an answer of a kiosk: it answers only while its window lives.
const askLimit = 4 * time.Second

type kioskConfig struct {
	Output, Wall string
	Command      []string
	Environment  []string
	Socket       string // at which it tells how it is
	Log          *slog.Logger
	Crashes      *crashlog.Log
	times
}

// keeper keeps one output's process running.
type keeper struct {
	cfg    kioskConfig
	client *http.Client
	end    context.CancelFunc // ends run

	mu       sync.Mutex // guards the fields below
	pid      int        // 0: none runs
	page     string     // what it says of its page
	bad      time.Time  // since when it is not well; zero: it is
	seen     bool       // its output shows something: else nothing is painted
	restarts int
}

func newKeeper(cfg kioskConfig) *keeper {
	return &keeper{cfg: cfg, client: &http.Client{Transport: unixsock.Transport(cfg.Socket), Timeout: askLimit}}
}

// Why a process has ended without a crash.
var (
	errLeft  = errors.New("it was left by its PIN")
	errAsked = errors.New("it was asked to end, and not by the session")
)

// ending returns why a process has ended: a signal from somebody else, which it
// obeys with exit code 0, is no way out.
func ending(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == kiosk.ExitLeft {
		return errLeft
	}
	if err == nil {
		return errAsked
	}
	return err
}

// run keeps the process running until ctx ends, or until a person has left it by
// the PIN: then it returns true.
func (k *keeper) run(ctx context.Context) (left bool) {
	defer k.client.CloseIdleConnections()
	wait := k.cfg.backoff
	for {
		began := time.Now()
		err := k.once(ctx)
		if ctx.Err() != nil {
			return false
		}
		if errors.Is(err, errLeft) {
			return true
		}
		if time.Since(began) >= k.cfg.good {
			wait = k.cfg.backoff
		}
		k.cfg.Log.Warn("the kiosk has ended and is started again", "error", err, "after", time.Since(began).Round(time.Millisecond), "in", wait)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
		wait = min(2*wait, k.cfg.maxBackoff)
		k.mu.Lock()
		k.restarts++
		k.mu.Unlock()
	}
}

// once runs one process to its end, which it brings about when ctx ends or the
// process is not well for too long.
func (k *keeper) once(ctx context.Context) error {
	c, err := startChild(childConfig{
		Name: "kiosk " + k.cfg.Output, Command: k.cfg.Command, Environment: k.cfg.Environment, Log: k.cfg.Log, Group: true,
	})
	if err != nil {
		k.unwell(time.Now())
		return fmt.Errorf("start %s: %w", k.cfg.Command[0], err)
	}
	k.setPID(c.pid())
	defer k.setPID(0)
	k.cfg.Log.Info("kiosk", "wall", k.cfg.Wall, "pid", c.pid())
	ask := time.NewTicker(k.cfg.ask)
	defer ask.Stop()
	judge := newJudge(time.Now(), k.cfg.startLimit, k.cfg.badLimit)
	for {
		select {
		case <-ctx.Done():
			c.end(endLimit)
			return ctx.Err()
		case <-c.done:
			err := ending(c.err)
			if errors.Is(err, errLeft) {
				return err
			}
			k.unwell(time.Now())
			if !errors.Is(err, errAsked) {
				k.cfg.Crashes.Write("kiosk", fmt.Sprintf("output %s, wall %s: %v\n%s", k.cfg.Output, k.cfg.Wall, err, c.report()))
			}
			return err
		case <-ask.C:
		}
		page, err := k.ask(ctx)
		k.note(page, err)
		if judge.tooLong(time.Now(), err == nil || !k.isSeen()) {
			k.cfg.Crashes.Write("kiosk", fmt.Sprintf("output %s, wall %s: not well for too long: %v\n%s", k.cfg.Output, k.cfg.Wall, err, c.report()))
			c.end(endLimit)
			return fmt.Errorf("not well for too long: %w", err)
		}
	}
}

// ask asks the process how it is; nil is well.
func (k *keeper) ask(ctx context.Context) (page string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://kiosk/health", nil)
	if err != nil {
		return "", err
	}
	res, err := k.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask the kiosk: %w", err)
	}
	defer res.Body.Close()
	var answer struct {
		Page string `json:"page"`
	}
	if body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10)); err == nil {
		_ = json.Unmarshal(body, &answer) // the status is what counts
	}
	if res.StatusCode != http.StatusOK {
		return answer.Page, fmt.Errorf("the kiosk says %d, its page is %.40q", res.StatusCode, answer.Page)
	}
	return answer.Page, nil
}

// note keeps what it has answered.
func (k *keeper) note(page string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.page = page
	switch {
	case err == nil || !k.seen:
		k.bad = time.Time{}
	case k.bad.IsZero():
		k.bad = time.Now()
	}
}

func (k *keeper) unwell(since time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bad.IsZero() {
		k.bad = since
	}
}

// badFor is how long it has not been well, 0 when it is.
func (k *keeper) badFor() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bad.IsZero() || !k.seen {
		return 0
	}
	return time.Since(k.bad)
}

func (k *keeper) setPID(pid int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pid = pid
}

// setSeen tells whether anything is to be seen of it: a window without an output,
// or on one that is switched off, paints nothing, and is not unwell for that.
func (k *keeper) setSeen(seen bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen = seen
}

func (k *keeper) isSeen() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seen
}

// judge decides when a process has not been well for too long.
type judge struct {
	since    time.Time // its last good answer, or its start
	limit    time.Duration
	badLimit time.Duration
}

func newJudge(start time.Time, startLimit, badLimit time.Duration) *judge {
	return &judge{since: start, limit: startLimit, badLimit: badLimit}
}

// tooLong takes one answer.
func (j *judge) tooLong(now time.Time, well bool) bool {
	if well {
		j.since, j.limit = now, j.badLimit
	}
	return now.Sub(j.since) > j.limit
}
