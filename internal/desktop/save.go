package desktop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"unicode"
	"unicode/utf8"

	"camwall/internal/fault"
	"camwall/internal/problem"
)

// The limits of a snapshot.
const (
	maxSnapshot = 64 << 20
	maxName     = 200 // bytes; disks take 255, and a person may add some
)

// saver answers POST /window/save: it asks a person where a snapshot is to go,
// and writes it there. One is saved at a time.
type saver struct {
	// ask opens the dialog and returns the path that was chosen, "" when that was
	// given up. folder is where it begins; "" is the person's pictures.
	ask    func(ctx context.Context, folder, name string) (path string, err error)
	keeper *keeper
	log    *slog.Logger

	busy sync.Mutex
}

var _ http.Handler = (*saver)(nil)

// saved is the answer: the file's name without its folder, "" when nothing was
// saved.
type saved struct {
	Saved string `json:"saved"`
}

// ServeHTTP answers when the person has decided and the file is written.
func (s *saver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, err := s.save(w, r)
	if err != nil {
		problem.Logged(s.log)(w, err)
		return
	}
	writeJSON(w, saved{name})
}

func (s *saver) save(w http.ResponseWriter, r *http.Request) (name string, err error) {
	picture, err := readPicture(w, r)
	if err != nil {
		return "", err
	}
	if !s.busy.TryLock() {
		return "", fault.New(fault.TooMany, "another snapshot is being saved", "finish that one first")
	}
	defer s.busy.Unlock()
	path, err := s.ask(r.Context(), s.keeper.now().Folder, fileName(r.URL.Query().Get("name")))
	if err != nil || path == "" {
		return "", err
	}
	if err := replaceFile(path, picture, 0o666); err != nil {
		return "", unwritable(path, err)
	}
	s.keeper.change(func(state *windowState) { state.Folder = filepath.Dir(path) })
	return filepath.Base(path), nil
}

func readPicture(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "image/jpeg" {
		return nil, fault.New(fault.MediaType, "a snapshot is an image/jpeg", "")
	}
	picture, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSnapshot))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fault.New(fault.TooLarge, "the snapshot is larger than 64 MiB", "")
	}
	if err != nil {
		return nil, fault.Errorf(fault.BadRequest, "the snapshot did not come whole: %w", err)
	}
	if !bytes.HasPrefix(picture, []byte("\xff\xd8\xff")) {
		return nil, fault.New(fault.BadRequest, "the snapshot is no JPEG", "")
	}
	return picture, nil
}

// fileName makes what the page proposes a plain file's name: no folder, nothing
// hidden, nothing that disks or people stumble over.
func fileName(proposed string) string {
	const fallback = "snapshot.jpg"
	name := strings.ToValidUTF8(proposed, "")
	if cut := strings.LastIndexAny(name, `/\`); cut >= 0 {
		name = name[cut+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // among these, marks that turn writing round
			return -1
		}
		return r
	}, name)
	extension := ".jpg"
	if end := filepath.Ext(name); strings.EqualFold(end, ".jpg") || strings.EqualFold(end, ".jpeg") {
		name, extension = strings.TrimSuffix(name, end), end
	}
	name = strings.Trim(name, ". ")
	for len(name) > maxName-len(extension) {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "" {
		return fallback
	}
	return name + extension
}

// unwritable says why a snapshot could not be written, and what helps. Folders
// are nothing that the page need know.
func unwritable(path string, err error) error {
	why, hint := err.Error(), "choose another folder"
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		why = p.Err.Error()
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		why = l.Err.Error()
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		why, hint = "the disk is full", "free some space, or choose another folder"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		why = "that folder or file may not be written"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		why = "that folder is gone"
	case errors.Is(err, syscall.ENAMETOOLONG):
		why, hint = "the name is too long", "choose a shorter name"
	}
	return &fault.Error{Code: fault.Storage, Message: filepath.Base(path) + " was not saved: " + why, Hint: hint, Err: err}
}

func writeJSON(w http.ResponseWriter, value any) {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic("desktop: an answer does not encode: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(encoded)
}
