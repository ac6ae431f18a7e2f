package desktop

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode/utf8"

	"camwall/internal/fault"
	"camwall/internal/problem"
)

const jpegText = "\xff\xd8\xff\xe0 as good as a picture"

// saveRequest is what the page sends.
func saveRequest(name, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/window/save", strings.NewReader(body))
	r.URL.RawQuery = "name=" + name
	r.Header.Set("Content-Type", "image/jpeg")
	return r
}

// answered sends a request and returns the status, and the JSON that came.
func answered(t *testing.T, h http.Handler, r *http.Request) (status int, ok saved, wrong problem.Body) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	into := any(&ok)
	if w.Code != http.StatusOK {
		into = &wrong
		if kind := w.Header().Get("Content-Type"); kind != problem.ContentType {
			t.Errorf("%d comes as %s", w.Code, kind)
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatalf("%q: %v", w.Body, err)
	}
	return w.Code, ok, wrong
}

// choosing is a saver whose person chooses path.
func choosing(path string) *saver {
	return &saver{
		ask:    func(context.Context, string, string) (string, error) { return path, nil },
		keeper: newKeeper("", quiet()), log: quiet(),
	}
}

func TestSnapshotIsSaved(t *testing.T) {
	dir := t.TempDir()
	var folders, names []string
	s := &saver{keeper: newKeeper("", quiet()), log: quiet()}
	s.ask = func(_ context.Context, folder, name string) (string, error) {
		folders, names = append(folders, folder), append(names, name)
		return filepath.Join(dir, "chosen by hand.jpg"), nil
	}
	for _, text := range []string{jpegText, jpegText + " anew"} {
		status, got, _ := answered(t, s, saveRequest("Front%20door_2026-11-21.jpg", text))
		if status != http.StatusOK || got.Saved != "chosen by hand.jpg" {
			t.Errorf("%d %+v", status, got)
		}
		if kept, err := os.ReadFile(filepath.Join(dir, "chosen by hand.jpg")); err != nil || string(kept) != text {
			t.Errorf("kept %q, %v", kept, err)
		}
	}
	if strings.Join(folders, "|") != "|"+dir || names[0] != "Front door_2026-11-21.jpg" {
		t.Errorf("asked in %q for %q", folders, names)
	}
}

func TestSnapshotThatIsGivenUp(t *testing.T) {
	status, got, _ := answered(t, choosing(""), saveRequest("a.jpg", jpegText))
	if status != http.StatusOK || got.Saved != "" {
		t.Errorf("%d %+v", status, got)
	}
}

func TestOneSnapshotAtATime(t *testing.T) {
	s := choosing("")
	asked, decided := make(chan struct{}), make(chan struct{})
	s.ask = func(context.Context, string, string) (string, error) {
		close(asked)
		<-decided
		return "", nil
	}
	var first sync.WaitGroup
	first.Go(func() {
		if status, _, _ := answered(t, s, saveRequest("a.jpg", jpegText)); status != http.StatusOK {
			t.Errorf("the first: %d", status)
		}
	})
	<-asked
	if status, _, wrong := answered(t, s, saveRequest("b.jpg", jpegText)); status != http.StatusTooManyRequests || wrong.Hint == "" {
		t.Errorf("the second: %d %+v", status, wrong)
	}
	close(decided)
	first.Wait()
	s.ask = func(context.Context, string, string) (string, error) { return "", nil }
	if status, _, _ := answered(t, s, saveRequest("c.jpg", jpegText)); status != http.StatusOK {
		t.Errorf("the next: %d", status)
	}
}

func TestSnapshotsThatAreNone(t *testing.T) {
	s := choosing("")
	s.ask = func(context.Context, string, string) (string, error) {
		t.Error("a person was asked")
		return "", nil
	}
	html := saveRequest("a.jpg", jpegText)
	html.Header.Set("Content-Type", "text/html")
	unnamed := saveRequest("a.jpg", jpegText)
	unnamed.Header.Del("Content-Type")
	large := saveRequest("a.jpg", "")
	large.Body = io.NopCloser(io.MultiReader(strings.NewReader(jpegText), io.LimitReader(noEnd{}, maxSnapshot)))
	broken := saveRequest("a.jpg", "")
	broken.Body = io.NopCloser(io.MultiReader(strings.NewReader(jpegText), failing{}))
	for name, c := range map[string]struct {
		r    *http.Request
		want int
	}{
		"another type": {html, http.StatusUnsupportedMediaType},
		"no type":      {unnamed, http.StatusUnsupportedMediaType},
		"empty":        {saveRequest("a.jpg", ""), http.StatusBadRequest},
		"a page":       {saveRequest("a.jpg", "<html>"), http.StatusBadRequest},
		"too large":    {large, http.StatusRequestEntityTooLarge},
		"cut":          {broken, http.StatusBadRequest},
	} {
		if status, _, wrong := answered(t, s, c.r); status != c.want || wrong.Detail == "" {
			t.Errorf("%s: %d %+v, want %d", name, status, wrong, c.want)
		}
	}
}

type (
	noEnd   struct{}
	failing struct{}
)

func (noEnd) Read(p []byte) (int, error) { return len(p), nil }
func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestSnapshotThatCanNotBeWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "gone", "a.jpg"): "folder is gone",
		filepath.Join(file, "a.jpg"):        "folder is gone",
		"/proc/a.jpg":                       "not saved",
		dir:                                 "no file",
		filepath.Join(dir, strings.Repeat("x", 300), "a.jpg"): "too long",
	} {
		s := choosing(path)
		status, _, wrong := answered(t, s, saveRequest("a.jpg", jpegText))
		if status != http.StatusInsufficientStorage || !strings.Contains(wrong.Detail, says) || wrong.Hint == "" {
			t.Errorf("%.60s: %d %+v, want %q", path, status, wrong, says)
		}
		if strings.Contains(wrong.Detail, dir) {
			t.Errorf("%.60s: the page is told the folder: %s", path, wrong.Detail)
		}
		if s.keeper.now().Folder != "" {
			t.Errorf("%.60s: the folder is remembered", path)
		}
	}
}

func TestWordsForDisksThatRefuse(t *testing.T) {
	for cause, says := range map[error]string{
		syscall.ENOSPC: "disk is full", syscall.EDQUOT: "disk is full", syscall.EACCES: "may not be written",
		syscall.EPERM: "may not be written", syscall.EROFS: "may not be written", syscall.EIO: "input/output error",
	} {
		err := unwritable("/a/b.jpg", &os.PathError{Op: "write", Path: "/a/.camwall-1.part", Err: cause})
		if !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "b.jpg was not saved") || fault.CodeOf(err) != fault.Storage {
			t.Errorf("%v: %v", cause, err)
		}
	}
}

func TestNamesOfSnapshots(t *testing.T) {
	for proposed, want := range map[string]string{
		"Front door_2026-11-21_15-04-05.jpg": "Front door_2026-11-21_15-04-05.jpg",
		"大門.jpg":                             "大門.jpg",
		"a.JPEG":                             "a.JPEG",
		"a":                                  "a.jpg",
		"a.png":                              "a.png.jpg",
		"":                                   "snapshot.jpg",
		".jpg":                               "snapshot.jpg",
		"...":                                "snapshot.jpg",
		"../../etc/passwd":                   "passwd.jpg",
		`C:\Windows\a.jpg`:                   "a.jpg",
		"/etc/":                              "snapshot.jpg",
		".hidden.jpg":                        "hidden.jpg",
		"a\x00b\nc\u202egpj.jpg":             "abcgpj.jpg",
		`a<b>:"|?*.jpg`:                      "a_b______.jpg",
		"a\xff.jpg":                          "a.jpg",
	} {
		if got := fileName(proposed); got != want {
			t.Errorf("%q becomes %q, want %q", proposed, got, want)
		}
	}
}

func FuzzNamesOfSnapshots(f *testing.F) {
	f.Add("a.jpg")
	f.Add("../é" + strings.Repeat("漢", 100) + ".jpeg")
	f.Fuzz(func(t *testing.T, proposed string) {
		name := fileName(proposed)
		if len(name) > maxName || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\\x00\n") || name[0] == '.' || name[0] == ' ' {
			t.Errorf("%q becomes %q", proposed, name)
		}
		if end := strings.ToLower(filepath.Ext(name)); end != ".jpg" && end != ".jpeg" {
			t.Errorf("%q becomes %q, no picture", proposed, name)
		}
		if again := fileName(name); again != name {
			t.Errorf("%q becomes %q, then %q", proposed, name, again)
		}
	})
}
