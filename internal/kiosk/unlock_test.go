package kiosk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/secret"
)

// lockedWith returns a kiosk with a PIN, and what it logs and does.
func lockedWith(t *testing.T, pin string) (k *Kiosk, log *bytes.Buffer, done *[]string) {
	t.Helper()
	log, done = new(bytes.Buffer), new([]string)
	k, err := New(Config{
		Wall: "lobby", PIN: secret.NewText(pin), Log: slog.New(slog.NewTextHandler(log, nil)),
		OnLeave:  func() { *done = append(*done, "left") },
		OnReload: func() { *done = append(*done, "reloaded") },
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, log, done
}

func post(k http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/kiosk/unlock", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	k.ServeHTTP(w, r)
	return w
}

func enter(k http.Handler, pin string) *httptest.ResponseRecorder {
	return post(k, fmt.Sprintf(`{"pin":%q,"action":"leave"}`, pin))
}

func TestThePINLeadsOut(t *testing.T) {
	k, log, done := lockedWith(t, "2468")
	if w := enter(k, "2468"); w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := post(k, `{"pin":"2468","action":"reload"}`); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := fmt.Sprint(*done); got != "[left reloaded]" {
		t.Errorf("it did %s", got)
	}
	if strings.Contains(log.String(), "2468") {
		t.Errorf("the PIN is logged: %s", log)
	}
}

func TestAWrongPIN(t *testing.T) {
	k, log, done := lockedWith(t, "2468")
	for i, pin := range []string{"1357", "", "24680", "246", "2468 "} {
		w := enter(k, pin)
		var body struct {
			Code      string
			Detail    string
			TriesLeft *int
		}
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusForbidden || w.Header().Get("Content-Type") != "application/problem+json" ||
			body.Code != "wrong_pin" || body.TriesLeft == nil || *body.TriesLeft != 4-i {
			t.Errorf("%q: %d %s", pin, w.Code, w.Body)
		}
	}
	if w := enter(k, "2468"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("the right one behind five wrong ones: %d %s", w.Code, w.Body)
	}
	if len(*done) != 0 {
		t.Errorf("it did %v", *done)
	}
	for _, digits := range []string{"2468", "1357", "24680"} {
		if strings.Contains(log.String(), digits) {
			t.Errorf("%s is logged: %s", digits, log)
		}
	}
}

func TestGuessingGetsSlower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _, done := lockedWith(t, "2468")
		for range 5 {
			enter(k, "0000")
		}
		for _, rest := range []int{30, 60, 120, 240, 480, 900, 900, 900} {
			w := enter(k, "2468")
			if got := w.Header().Get("Retry-After"); w.Code != http.StatusTooManyRequests || got != fmt.Sprint(rest) {
				t.Fatalf("it rests for %s s, want %d: %d", got, rest, w.Code)
			}
			time.Sleep(time.Duration(rest)*time.Second - time.Millisecond)
			if w := enter(k, "2468"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
				t.Fatalf("1 ms before the end of %d s: %d, %v", rest, w.Code, w.Header())
			}
			time.Sleep(time.Millisecond)
			if w := enter(k, "0000"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `"triesLeft":0`) {
				t.Fatalf("behind %d s: %d %s", rest, w.Code, w.Body)
			}
		}
		time.Sleep(longRest)
		if w := enter(k, "2468"); w.Code != http.StatusNoContent || len(*done) != 1 {
			t.Fatalf("the right one: %d %s", w.Code, w.Body)
		}
		if w := enter(k, "0000"); !strings.Contains(w.Body.String(), `"triesLeft":4`) {
			t.Errorf("the right PIN forgets the wrong ones: %s", w.Body)
		}
		time.Sleep(2*longRest + time.Second)
		if w := enter(k, "0000"); !strings.Contains(w.Body.String(), `"triesLeft":4`) {
			t.Errorf("half an hour forgets them, too: %s", w.Body)
		}
	})
}

// Guesses at the same time are counted one by one.
func TestGuessesAtTheSameTime(t *testing.T) {
	k, _, _ := lockedWith(t, "2468")
	var all sync.WaitGroup
	var mu sync.Mutex
	codes := map[int]int{}
	for range 40 {
		all.Go(func() {
			code := enter(k, "0000").Code
			mu.Lock()
			defer mu.Unlock()
			codes[code]++
		})
	}
	all.Wait()
	if codes[http.StatusForbidden] != freeTries || codes[http.StatusTooManyRequests] != 40-freeTries {
		t.Errorf("answers: %v", codes)
	}
}

func TestRequestsThatAreNoTry(t *testing.T) {
	k, _, done := lockedWith(t, "2468")
	for body, want := range map[string]int{
		"": http.StatusBadRequest, "{": http.StatusBadRequest, `"2468"`: http.StatusBadRequest, `{"pin":2468,"action":"leave"}`: http.StatusBadRequest,
		`{"pin":"2468"}`: http.StatusBadRequest, `{"pin":"2468","action":"dance"}`: http.StatusBadRequest,
		`{"pin":"` + strings.Repeat("1", 2000) + `","action":"leave"}`: http.StatusRequestEntityTooLarge,
	} {
		if w := post(k, body); w.Code != want || strings.Contains(w.Body.String(), "2468") {
			t.Errorf("%.40s: %d %s, want %d", body, w.Code, w.Body, want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/kiosk/unlock", strings.NewReader(`{"pin":"2468","action":"leave"}`))
	r.Header.Set("Content-Type", "text/plain")
	w := httptest.NewRecorder()
	if k.ServeHTTP(w, r); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("as a form sends it: %d", w.Code)
	}
	if w := enter(k, "0000"); !strings.Contains(w.Body.String(), `"triesLeft":4`) || len(*done) != 0 {
		t.Errorf("they were counted: %s, %v", w.Body, *done)
	}
}

func TestWithoutAPINThereIsNoWayOut(t *testing.T) {
	k, _, done := lockedWith(t, "")
	for _, pin := range []string{"", "0000", "***"} {
		if w := enter(k, pin); w.Code != http.StatusNotFound {
			t.Errorf("%q: %d %s", pin, w.Code, w.Body)
		}
	}
	if right, _, _ := (&tries{}).try(""); right || len(*done) != 0 {
		t.Error("no PIN is a PIN")
	}
}
