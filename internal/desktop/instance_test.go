package desktop

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/lab"
	"camwall/internal/unixsock"
)

// socketAt returns a path for a socket in a folder of the test's own.
func socketAt(t *testing.T) string {
	t.Helper()
	return filepath.Join(lab.Folder(t), "desktop.sock")
}

func noVariables(string) string { return "" }

// first claims path, as the only one.
func first(t *testing.T, path string) *Instance {
	t.Helper()
	i, raised, err := claim(t.Context(), path, noVariables, quiet())
	if err != nil || raised || i == nil {
		t.Fatalf("%v, raised %v, %v", i, raised, err)
	}
	t.Cleanup(i.Close)
	return i
}

func TestSecondStartRaisesTheFirst(t *testing.T) {
	path := socketAt(t)
	i := first(t, path)
	var tokens []string
	i.opened(func(_ context.Context, token string) error {
		tokens = append(tokens, token)
		return nil
	})
	for _, variables := range []map[string]string{
		{}, {"XDG_ACTIVATION_TOKEN": "wayland's", "DESKTOP_STARTUP_ID": "x11's"}, {"DESKTOP_STARTUP_ID": "x11's"},
	} {
		second, raised, err := claim(t.Context(), path, func(name string) string { return variables[name] }, quiet())
		if second != nil || !raised || err != nil {
			t.Errorf("%v, raised %v, %v", second, raised, err)
		}
	}
	if got := strings.Join(tokens, ","); got != ",wayland's,x11's" {
		t.Errorf("the tokens %q came", got)
	}
}

func TestFirstThatIsJustStartingNeedNotBeRaised(t *testing.T) {
	path := socketAt(t)
	first(t, path)
	if second, raised, err := claim(t.Context(), path, noVariables, quiet()); second != nil || !raised || err != nil {
		t.Errorf("%v, raised %v, %v", second, raised, err)
	}
}

func TestOneOfManyStartsWins(t *testing.T) {
	path := socketAt(t)
	var starts sync.WaitGroup
	var mu sync.Mutex
	var winners []*Instance
	raises := 0
	for range 20 {
		starts.Go(func() {
			i, raised, err := claim(t.Context(), path, noVariables, quiet())
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if i != nil {
				winners = append(winners, i)
			}
			if raised {
				raises++
			}
		})
	}
	starts.Wait()
	for _, i := range winners {
		i.Close()
	}
	if len(winners) != 1 || raises != 19 {
		t.Errorf("%d windows and %d raised, want 1 and 19", len(winners), raises)
	}
}

func TestStaleSocketKeepsNobodyOut(t *testing.T) {
	path := socketAt(t)
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	old.SetUnlinkOnClose(false)
	old.Close()
	first(t, path)
}

// TestStartWhileTheFirstEnds waits for it: until then the data is in use.
func TestStartWhileTheFirstEnds(t *testing.T) {
	path := socketAt(t)
	i := first(t, path)
	i.opened(func(context.Context, string) error { return errors.New("the window has closed") })
	done := make(chan *Instance)
	go func() {
		second, _, err := claim(t.Context(), path, noVariables, quiet())
		if err != nil {
			t.Error(err)
		}
		done <- second
	}()
	select {
	case <-done:
		t.Fatal("it did not wait")
	case <-time.After(3 * claimRest):
	}
	i.closed()
	i.Close()
	second := <-done
	if second == nil {
		t.Fatal("it did not become the first")
	}
	second.Close()
}

// TestFirstThatHangs: its window answers no more, or the whole process is stopped.
func TestFirstThatHangs(t *testing.T) {
	path := socketAt(t)
	i := first(t, path)
	i.opened(func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return ctx.Err()
	})
	wantHung(t, path)

	path = socketAt(t)
	stopped, err := unixsock.Listen(path, 0o600) // and nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer stopped.Close()
	wantHung(t, path)
}

func wantHung(t *testing.T, path string) {
	t.Helper()
	begun := time.Now()
	second, raised, err := claim(t.Context(), path, noVariables, quiet())
	f, ok := errors.AsType[*fault.Error](err)
	if second != nil || raised || !ok || f.Code != fault.Locked {
		t.Fatalf("%v, raised %v, %v", second, raised, err)
	}
	pid := strconv.Itoa(os.Getpid())
	if !strings.Contains(f.Message, "does not answer") || !strings.Contains(f.Message, pid) || !strings.Contains(f.Hint, "kill "+pid) {
		t.Errorf("it says %q, %q", f.Message, f.Hint)
	}
	if code := fault.ExitCode(err); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if took := time.Since(begun); took < raiseTimeout || took > claimTimeout {
		t.Errorf("it took %v", took)
	}
}

func TestFolderForSocketsThatCanNotBeUsed(t *testing.T) {
	log, lines := heard()
	i, raised, err := claim(t.Context(), "/dev/null/camwall/desktop.sock", noVariables, log)
	if i != nil || raised || err != nil {
		t.Errorf("%v, raised %v, %v", i, raised, err)
	}
	if !strings.Contains(lines.String(), "second window") {
		t.Errorf("the log says %q", lines)
	}
	i.opened(nil) // nobody else need ask whether there is one
	i.closed()
	i.Close()
}

func TestRequestsThatAreNone(t *testing.T) {
	path := socketAt(t)
	first(t, path)
	transport := unixsock.Transport(path)
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for name, c := range map[string]struct {
		method, path, body string
		want               int
	}{
		"no JSON":      {http.MethodPost, "/raise", "raise", http.StatusBadRequest},
		"too long":     {http.MethodPost, "/raise", `{"token":"` + strings.Repeat("x", maxRaiseBytes) + `"}`, http.StatusBadRequest},
		"a GET":        {http.MethodGet, "/raise", "", http.StatusMethodNotAllowed},
		"another path": {http.MethodPost, "/quit", "{}", http.StatusNotFound},
		"a proper one": {http.MethodPost, "/raise", "{}", http.StatusAccepted},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, "http://camwall"+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, answer.StatusCode, c.want)
		}
	}
}

func TestClaimWithoutADisplay(t *testing.T) {
	i, raised, err := Claim(t.Context(), noVariables, quiet())
	want := fault.NotBuilt
	if Built {
		want = fault.NoDisplay
	}
	if i != nil || raised || fault.CodeOf(err) != want {
		t.Errorf("%v, raised %v, %v; want %s", i, raised, err, want)
	}
}
