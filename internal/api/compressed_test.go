package api

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

var wordy = strings.Repeat("the wall of the cameras of the wall; ", 100)

var packable = fstest.MapFS{
	"index.html":      {Data: []byte("<title>Camwall</title>" + wordy)},
	"camwall.js":      {Data: []byte(wordy)},
	"assets/a-1.js":   {Data: []byte(wordy)},
	"assets/b-1.css":  {Data: []byte("a{}")}, // gzip makes it longer
	"assets/c-1.woff": {Data: []byte(wordy)},
}

func TestFilesAreCompressed(t *testing.T) {
	t.Parallel()
	page := Page(packable)
	for _, c := range []struct {
		path, accept string
		packed, vary bool
	}{
		{"/", "gzip, deflate, br", true, true},
		{"/wall/lobby", "gzip", true, true},
		{"/assets/a-1.js", "gzip", true, true},
		{"/assets/a-1.js", "", false, true},
		{"/assets/a-1.js", "br;q=1.0, GZIP ; q=0.2", true, true},
		{"/assets/a-1.js", "gzip;q=0", false, true},
		{"/assets/a-1.js", "gzip;q=0, *", false, true},
		{"/assets/a-1.js", "*;q=0.5", true, true},
		{"/assets/a-1.js", "identity, *;q=0", false, true},
		{"/assets/a-1.js", "gzip;q=x", false, true},
		{"/assets/b-1.css", "gzip", false, true},
		{"/assets/c-1.woff", "gzip", false, false},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		r.Header.Set("Range", "bytes=0-5")
		if !c.packed {
			r.Header.Del("Range")
		}
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		h := w.Header()
		if packed := h.Get("Content-Encoding") == "gzip"; w.Code != http.StatusOK || packed != c.packed || (h.Get("Vary") == "Accept-Encoding") != c.vary {
			t.Errorf("%s, %q: %d %v", c.path, c.accept, w.Code, h)
		}
		name := strings.TrimPrefix(c.path, "/")
		if isPlace(name) {
			name = "index.html"
		}
		var body io.Reader = w.Body
		if c.packed {
			if w.Body.Len() > len(wordy)/5 {
				t.Errorf("%s: %d bytes", c.path, w.Body.Len())
			}
			unpacked, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = unpacked
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != string(packable[name].Data) {
			t.Errorf("%s, %q: %d bytes, %v", c.path, c.accept, len(got), err)
		}
		if kind := h.Get("Content-Type"); strings.HasSuffix(name, ".js") && !strings.HasPrefix(kind, "text/javascript") {
			t.Errorf("%s: %s", c.path, kind)
		}
	}
}

// TestEachEncodingHasItsTag: a browser that took one is not told that it has the
// other.
func TestEachEncodingHasItsTag(t *testing.T) {
	t.Parallel()
	page := Page(packable)
	ask := func(accept, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/camwall.js", nil)
		r.Header.Set("Accept-Encoding", accept)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		return w
	}
	plain, packed := ask("", "").Header().Get("ETag"), ask("gzip", "").Header().Get("ETag")
	if plain == packed || plain == "" || !strings.HasSuffix(packed, `-gzip"`) {
		t.Fatalf("tags %s and %s", plain, packed)
	}
	for accept, tags := range map[string][2]string{"": {plain, packed}, "gzip": {packed, plain}} {
		if w := ask(accept, tags[0]); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%q with its own tag: %d", accept, w.Code)
		}
		if w := ask(accept, tags[1]); w.Code != http.StatusOK {
			t.Errorf("%q with the other's tag: %d", accept, w.Code)
		}
	}
}

func TestAFileIsCompressedForManyAtOnce(t *testing.T) {
	t.Parallel()
	files := newCompressed(packable)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if len(files.pack("assets/a-1.js")) == 0 || files.pack("none.js") != nil {
				t.Error("not compressed")
			}
		})
	}
	all.Wait()
}
