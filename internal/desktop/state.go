package desktop

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The window's first and smallest size, in pixels of the desktop.
const (
	width, height       = 1280, 800
	minWidth, minHeight = 320, 200
)

// When a changed state is written.
const (
	settleTime   = time.Second      // behind the last change: nobody wants each step of a drag
	writeSpacing = 10 * time.Second // between two writes
)

// How small and how large the page may be shown.
const minZoom, maxZoom = 0.5, 3.0

// maxState bounds what is read; ours has some hundred bytes.
const maxState = 64 << 10

// windowState is what is remembered of a window. Lengths are pixels of the
// desktop, not of the screen where that is scaled.
type windowState struct {
	// X and Y are the corner of the window's frame. Placed is false where the
	// desktop tells nobody, as Wayland does.
	X      int  `json:"x"`
	Y      int  `json:"y"`
	Placed bool `json:"placed"`

	// Width and Height are those that it has when it is neither maximised nor
	// full screen.
	Width  int `json:"width"`
	Height int `json:"height"`

	Maximized  bool `json:"maximized"`
	FullScreen bool `json:"fullScreen"`

	// Zoom is that of the page; 1 is none.
	Zoom float64 `json:"zoom"`

	// Folder is where the last snapshot went; "" is the folder for pictures.
	Folder string `json:"folder,omitempty"`
}

// firstState is that of a window that was never opened.
func firstState() windowState { return windowState{Width: width, Height: height, Zoom: 1} }

// sane tells whether a window can be opened so.
func (s windowState) sane() bool {
	const far = 1 << 15 // X11 counts no further
	return s.Width >= minWidth && s.Height >= minHeight && s.Width < far && s.Height < far &&
		s.X > -far && s.X < far && s.Y > -far && s.Y < far &&
		s.Zoom >= minZoom && s.Zoom <= maxZoom && (s.Folder == "" || filepath.IsAbs(s.Folder))
}

// keeper remembers a window's state in a file. It is safe for use by many
// goroutines; a nil one remembers nothing.
type keeper struct {
	path    string
	log     *slog.Logger
	changed chan struct{} // holds one

	// mu guards the fields below.
	mu    sync.Mutex
	state windowState
	kept  windowState // what the file has
	told  bool        // that it can't be written
}

// newKeeper reads the state that path has. A file that is damaged counts as none
// and is told in the log.
func newKeeper(path string, log *slog.Logger) *keeper {
	k := &keeper{path: path, log: log, changed: make(chan struct{}, 1), state: firstState()}
	state, err := readState(path)
	switch {
	case err == nil:
		k.state, k.kept = state, state
	case !errors.Is(err, fs.ErrNotExist):
		log.Warn("the window's last size and place are not known", "file", path, "reason", err)
	}
	return k
}

func readState(path string) (windowState, error) {
	if path == "" {
		return windowState{}, fs.ErrNotExist
	}
	info, err := os.Stat(path)
	if err != nil {
		return windowState{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxState {
		return windowState{}, errors.New("it is none of our files")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return windowState{}, err
	}
	return parseState(text)
}

// parseState reads what write has written, or somebody else.
func parseState(text []byte) (windowState, error) {
	state := firstState()
	if err := json.Unmarshal(text, &state); err != nil {
		return windowState{}, err
	}
	if !state.sane() {
		return windowState{}, errors.New("it has sizes that no window can have")
	}
	return state, nil
}

// now returns the state.
func (k *keeper) now() windowState {
	if k == nil {
		return firstState()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// change lets edit change the state, which is written some time after.
func (k *keeper) change(edit func(*windowState)) {
	if k == nil {
		return
	}
	k.mu.Lock()
	edited := k.state
	edit(&edited)
	if edited.sane() {
		k.state = edited
	}
	k.mu.Unlock()
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// run writes what has changed, now and then, until ctx is done; then once more.
func (k *keeper) run(ctx context.Context) {
	if k == nil || k.path == "" {
		return
	}
	due := time.NewTimer(0)
	if !due.Stop() {
		<-due.C
	}
	defer due.Stop()
	var written, first time.Time // first is that of the changes that wait; zero without any
	for {
		select {
		case <-ctx.Done():
			k.write()
			return
		case <-k.changed:
			if first.IsZero() {
				first = time.Now()
			}
			rest := min(settleTime, writeSpacing-time.Since(first)) // some windows change all the time
			if !written.IsZero() {
				rest = max(rest, writeSpacing-time.Since(written))
			}
			due.Reset(rest)
		case <-due.C:
			first = time.Time{}
			if k.write() {
				written = time.Now()
			}
		}
	}
}

// write writes the state, unless the file has it, and tells whether it did.
func (k *keeper) write() bool {
	k.mu.Lock()
	state, same, told := k.state, k.state == k.kept, k.told
	k.mu.Unlock()
	if same {
		return false
	}
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		panic("desktop: a state of numbers does not encode: " + err.Error())
	}
	err = os.MkdirAll(filepath.Dir(k.path), 0o700)
	if err == nil {
		err = replaceFile(k.path, append(text, '\n'), 0o600)
	}
	if err != nil && !told {
		k.log.Warn("the window's size and place are not kept", "reason", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told = err != nil
	if err == nil {
		k.kept = state
	}
	return true
}
