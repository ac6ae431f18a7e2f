package kiosk

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"sync"
	"time"

	"camwall/internal/fault"
	"camwall/internal/problem"
	"camwall/internal/secret"
)

// Limits of guessing.
const (
	freeTries  = 5
	firstRest  = 30 * time.Second // after the fifth wrong PIN, doubling with each further one
	longRest   = 15 * time.Minute
	maxUnlock  = 1 << 10 // bytes of a request
	wrongPIN   = fault.Code("wrong_pin")
	actLeave   = "leave"
	actReload  = "reload"
	jsonFormat = "application/json"
)

// tries counts wrong PINs. They are forgotten with the right one, and when nobody
// has tried for as long as the longest rest.
type tries struct {
	pin secret.Text

	// mu guards the fields below.
	mu    sync.Mutex
	wrong int
	last  time.Time // the last wrong one
	until time.Time // no PIN is looked at before
}

// try looks at a PIN: rest is how long none is looked at, right is false then;
// left is how many more may be wrong before a rest.
func (t *tries) try(pin string) (right bool, left int, rest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if rest := t.until.Sub(now); rest > 0 {
		return false, 0, rest
	}
	if t.wrong > 0 && now.Sub(t.last) > 2*longRest {
		t.wrong = 0
	}
	want, got := sha256.Sum256([]byte(t.pin.Reveal())), sha256.Sum256([]byte(pin))
	if !t.pin.IsZero() && subtle.ConstantTimeCompare(want[:], got[:]) == 1 {
		t.wrong, t.until = 0, time.Time{}
		return true, freeTries, 0
	}
	t.wrong++
	t.last = now
	if over := t.wrong - freeTries; over >= 0 {
		t.until = now.Add(min(firstRest<<min(over, 10), longRest))
	}
	return false, max(0, freeTries-t.wrong), 0
}

// unlock serves POST /kiosk/unlock.
func (k *Kiosk) unlock(w http.ResponseWriter, r *http.Request) {
	if k.cfg.PIN.IsZero() {
		problem.Write(w, fault.New(fault.NotFound, "this screen has no PIN", "set one in camwall.yaml, under kiosk"))
		return
	}
	pin, act, err := readUnlock(r)
	if err != nil {
		problem.Write(w, err)
		return
	}
	right, left, rest := k.tries.try(pin)
	switch {
	case rest > 0:
		problem.Write(w, problem.WithRetry(fault.New(fault.TooMany, "too many wrong PINs", "wait, and try again"), rest))
	case !right:
		k.cfg.Log.LogAttrs(context.Background(), slog.LevelWarn, "a wrong PIN was typed", slog.Int("triesLeft", left))
		refusePIN(w, left)
	default:
		k.cfg.Log.LogAttrs(context.Background(), slog.LevelInfo, "the PIN was typed", slog.String("action", act))
		w.WriteHeader(http.StatusNoContent)
		k.act(act)
	}
}

func (k *Kiosk) act(what string) {
	act := k.cfg.OnLeave
	if what == actReload {
		act = k.cfg.OnReload
	}
	if act != nil {
		act()
	}
}

// readUnlock returns what a request says. Its errors never tell.
func readUnlock(r *http.Request) (pin, act string, err error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != jsonFormat {
		return "", "", fault.New(fault.MediaType, "the body is not JSON", "")
	}
	var body struct {
		PIN    string `json:"pin"`
		Action string `json:"action"`
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxUnlock))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return "", "", fault.New(fault.TooLarge, "the body is too long", "")
	}
	if err != nil || json.Unmarshal(data, &body) != nil {
		return "", "", fault.New(fault.BadRequest, "the body is not what it should be", "it has pin and action")
	}
	if body.Action != actLeave && body.Action != actReload {
		return "", "", fault.New(fault.BadRequest, "there is no such action", "it is leave or reload")
	}
	return body.PIN, body.Action, nil
}

// refusePIN answers 403, and how many more tries there are.
func refusePIN(w http.ResponseWriter, left int) {
	body, err := json.Marshal(struct {
		problem.Body
		TriesLeft int `json:"triesLeft"`
	}{
		problem.Body{
			Type: "about:blank", Title: http.StatusText(http.StatusForbidden), Status: http.StatusForbidden,
			Detail: "this is not the PIN", Code: wrongPIN,
		}, left,
	})
	if err != nil {
		panic("kiosk: a problem of strings and numbers does not encode: " + err.Error())
	}
	w.Header().Set("Content-Type", problem.ContentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(body) // the page may be gone
}

func asFault(err error) *fault.Error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	return nil
}
