package compat

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"camwall/internal/fault"
	"camwall/internal/problem"
)

// oldPage is a folder with an old page and with what must not be seen.
func oldPage(t *testing.T) string {
	t.Helper()
	outside := t.TempDir()
	dir := t.TempDir()
	for name, text := range map[string]string{
		filepath.Join(outside, "secret.txt"):    "secret",
		filepath.Join(dir, "index.html"):        "<title>old</title>",
		filepath.Join(dir, "js", "index.js"):    "cctv",
		filepath.Join(dir, "sub", "index.html"): "<title>sub</title>",
		filepath.Join(dir, ".env"):              "PASSWORD=1",
		filepath.Join(dir, ".git", "config"):    "git",
		filepath.Join(dir, "index.html~"):       "draft",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"out.txt": filepath.Join(outside, "secret.txt"), "out": outside, "in.js": "js/index.js", "loop": "loop",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWWW(t *testing.T) {
	t.Parallel()
	page, err := NewWWW(oldPage(t), problem.Write)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	mux := http.NewServeMux()
	mux.Handle("/www/", http.StripPrefix("/www", page))
	for path, want := range map[string]struct {
		status int
		kind   string // Content-Type, or Location
		body   string
	}{
		"/www/":               {200, "text/html", "<title>old</title>"},
		"/www/index.html":     {200, "text/html", "<title>old</title>"},
		"/www/js/index.js":    {200, "text/javascript", "cctv"},
		"/www/sub/":           {200, "text/html", "<title>sub</title>"},
		"/www/sub":            {301, "sub/", ""},
		"/www/in.js":          {200, "text/javascript", "cctv"},
		"/www/js/":            {404, "application/problem+json", ""}, // no list
		"/www/js":             {301, "js/", ""},
		"/www/.env":           {404, "application/problem+json", ""},
		"/www/.git/config":    {404, "application/problem+json", ""},
		"/www/out.txt":        {404, "application/problem+json", ""},
		"/www/out/secret.txt": {404, "application/problem+json", ""},
		"/www/loop":           {404, "application/problem+json", ""},
		"/www/pipe":           {404, "application/problem+json", ""},
		"/www/nothing":        {404, "application/problem+json", ""},
		"/www/%2e%2e/secret":  {404, "application/problem+json", ""},
		"/www/a%00b":          {404, "application/problem+json", ""},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = unescaped(path)
		http.StripPrefix("/www", page).ServeHTTP(w, r)
		kind := w.Header().Get("Content-Type") + w.Header().Get("Location")
		if w.Code != want.status || !strings.HasPrefix(kind, want.kind) || want.status == 200 && w.Body.String() != want.body {
			t.Errorf("%s answered %d %s %q", path, w.Code, kind, w.Body)
		}
		for _, hidden := range []string{"secret\n", "PASSWORD", "git\n"} {
			if strings.Contains(w.Body.String(), hidden) {
				t.Errorf("%s tells %q", path, w.Body)
			}
		}
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/www/index.html", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answered %d", w.Code)
	}
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/www/", nil))
	if w.Code != http.StatusOK || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("HEAD answered %d %v", w.Code, w.Header())
	}
}

func unescaped(path string) string {
	return strings.NewReplacer("%2e", ".", "%00", "\x00").Replace(path)
}

func TestWWWWithoutFolder(t *testing.T) {
	t.Parallel()
	if _, err := NewWWW(filepath.Join(t.TempDir(), "nothing"), problem.Write); fault.CodeOf(err) != fault.Config {
		t.Errorf("a folder that is not there gave %v", err)
	}
}
