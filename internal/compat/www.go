package compat

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"camwall/internal/fault"
)

// WWW serves the files of an old page.
type WWW struct {
	root   *os.Root
	refuse func(http.ResponseWriter, error)
}

var _ http.Handler = (*WWW)(nil)

// NewWWW opens the folder dir, whose files ServeHTTP serves by their path. What
// can't be opened is a fault.Config. refuse answers errors, as problem.Write.
// Close it after use.
func NewWWW(dir string, refuse func(http.ResponseWriter, error)) (*WWW, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Errorf(fault.Config, "the old page's folder can't be opened: %w", err).
			WithHint("--compat-www names the folder that has the page's index.html")
	}
	return &WWW{root: root, refuse: refuse}, nil
}

// Close closes the folder.
func (p *WWW) Close() error { return p.root.Close() }

// ServeHTTP serves the file of the request's path, a folder's index.html for a
// folder. Folders are never listed; names that begin with a dot, and links that
// lead out of the folder, are not there. Strip the prefix before.
func (p *WWW) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	name := strings.Trim(path.Clean("/"+r.URL.Path), "/")
	if name == "" {
		name = "."
	}
	file, info, err := p.open(name)
	if err == nil && info.IsDir() {
		file.Close()
		if !strings.HasSuffix(r.URL.Path, "/") && name != "." {
			// Else the page's own relative addresses would miss their folder.
			to := url.URL{Path: path.Base(name) + "/"}
			w.Header().Set("Location", to.String())
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		file, info, err = p.open(path.Join(name, "index.html"))
		if err == nil && info.IsDir() {
			file.Close()
			err = fs.ErrNotExist
		}
	}
	if err != nil {
		p.refuse(w, fault.Errorf(fault.NotFound, "there is no file %.200q", r.URL.Path))
		return
	}
	defer file.Close()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, info.Name(), info.ModTime(), file)
}

// open opens a file or folder below the root.
func (p *WWW) open(name string) (*os.File, fs.FileInfo, error) {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") && part != "." {
			return nil, nil, fs.ErrNotExist
		}
	}
	info, err := p.root.Stat(name) // before opening: a named pipe would wait for its writer
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, nil, errors.New("neither a file nor a folder")
	}
	file, err := p.root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return file, info, nil
}
