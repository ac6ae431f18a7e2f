package api

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// compressible are the files that gzip makes much smaller.
var compressible = []string{".css", ".html", ".js", ".svg"}

// compressed serves the files of a file system, by gzip (RFC 1952) where that is
// smaller and the browser takes it. Each file is compressed once. It is safe for
// use by many goroutines.
type compressed struct {
	fsys  fs.FS
	plain http.Handler
	kept  sync.Map // of func() []byte by name; they return nil where gzip is no gain
}

func newCompressed(fsys fs.FS) *compressed {
	return &compressed{fsys: fsys, plain: http.FileServerFS(fsys)}
}

// serve answers with the file of that name, which is there.
func (c *compressed) serve(w http.ResponseWriter, r *http.Request, name string) {
	if !slices.Contains(compressible, path.Ext(name)) {
		c.plain.ServeHTTP(w, r)
		return
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if !takesGzip(r.Header.Values("Accept-Encoding")) {
		c.plain.ServeHTTP(w, r)
		return
	}
	packed := c.pack(name)
	if packed == nil {
		c.plain.ServeHTTP(w, r)
		return
	}
	if tag := w.Header().Get("ETag"); tag != "" { // RFC 9110 section 8.8.3.3: another one for each encoding
		w.Header().Set("ETag", strings.TrimSuffix(tag, `"`)+`-gzip"`)
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	r = r.Clone(r.Context())
	r.Header.Del("Range") // a part of it would be of no use
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(packed))
}

// pack returns the file compressed; nil when that is no gain.
func (c *compressed) pack(name string) []byte {
	kept, ok := c.kept.Load(name)
	if !ok {
		kept, _ = c.kept.LoadOrStore(name, sync.OnceValue(func() []byte { return gzipped(c.fsys, name) }))
	}
	return kept.(func() []byte)()
}

func gzipped(fsys fs.FS, name string) []byte {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil
	}
	var packed bytes.Buffer
	to, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		panic("api: gzip does not know its own level: " + err.Error())
	}
	_, err = to.Write(content)
	if end := to.Close(); err != nil || end != nil || packed.Len() >= len(content) {
		return nil
	}
	return packed.Bytes()
}

// takesGzip reads Accept-Encoding (RFC 9110 section 12.5.3): gzip by its name
// decides before the star.
func takesGzip(values []string) bool {
	star := false
	for coding := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, params, _ := strings.Cut(coding, ";")
		weight := 1.0
		if key, value, ok := strings.Cut(params, "="); ok && strings.EqualFold(strings.TrimSpace(key), "q") {
			var err error
			if weight, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
				weight = 0
			}
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			return weight > 0
		case "*":
			star = weight > 0
		}
	}
	return star
}
