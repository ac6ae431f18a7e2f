//go:build linux && desktop && production

package desktop

// #include <stdlib.h>
// #include "shell.h"
import "C"

import (
	"context"
	"image"
	"runtime/cgo"
	"sync"
	"unsafe"

	"camwall/internal/fault"
)

// maxMonitors bounds how many are looked at.
const maxMonitors = 16

// shell is what surrounds the page (shell.h): the window and its place, menu and
// keys, dialogs. Its methods may be called from any goroutine but GTK's, unless
// they say otherwise.
type shell struct {
	keeper   *keeper
	pressed  func(action) // on GTK's thread
	handle   cgo.Handle
	finished chan struct{} // closed when GTK's loop has ended

	c *C.camwall_shell // of GTK's thread; nil before begin, or without a window

	// mu guards the field below.
	mu     sync.Mutex
	chosen chan string // where the path goes that is being asked for
}

func newShell(k *keeper, pressed func(action)) *shell {
	s := &shell{keeper: k, pressed: pressed, finished: make(chan struct{})}
	s.handle = cgo.NewHandle(s)
	return s
}

// begin is called on GTK's thread when the window is there, and gives it the
// state that it is to have.
func (s *shell) begin(state windowState, kiosk bool) {
	s.c = C.camwall_shell_new(C.uintptr_t(s.handle), flag(kiosk), minWidth, minHeight)
	if s.c == nil || kiosk {
		return
	}
	if state.Placed {
		C.camwall_shell_place(s.c, C.int(state.X), C.int(state.Y))
	}
	if state.Maximized {
		C.camwall_shell_maximize(s.c)
	}
	if state.FullScreen {
		C.camwall_shell_fill(s.c, 1)
	}
	C.camwall_shell_zoom(s.c, C.double(state.Zoom))
	for number, key := range keys {
		s.bind(key.name, number)
	}
}

func (s *shell) bind(name string, number int) {
	key := C.CString(name)
	defer C.free(unsafe.Pointer(key))
	C.camwall_shell_bind(s.c, key, C.int(number))
}

// release is called when GTK's loop has ended.
func (s *shell) release() {
	close(s.finished)
	if s.c != nil {
		C.camwall_shell_free(s.c)
		s.c = nil
	}
	s.handle.Delete()
}

// later has f called on GTK's thread, behind what waits there already. Where the
// loop has ended it is never called.
func later(f func()) { C.camwall_later(C.uintptr_t(cgo.NewHandle(f))) }

// unlessDone is f as long as somebody waits for it.
func unlessDone(ctx context.Context, f func()) func() {
	return func() {
		if ctx.Err() == nil {
			f()
		}
	}
}

// do has f called on GTK's thread and waits for it, once the window is there. It
// is not called any more once ctx is done.
func (s *shell) do(ctx context.Context, f func()) error {
	done := make(chan struct{})
	f = unlessDone(ctx, f)
	later(func() {
		defer close(done)
		if s.c != nil {
			f()
		}
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	case <-s.finished:
	}
	return errClosed()
}

// errClosed is what requests hear that a window takes with it.
func errClosed() error { return fault.New(fault.Ended, "the window has closed", "") }

// raise shows the window above all others.
func (s *shell) raise(ctx context.Context, token string) error {
	return s.do(ctx, func() {
		text := C.CString(token)
		defer C.free(unsafe.Pointer(text))
		C.camwall_shell_raise(s.c, text)
	})
}

// The methods below are for GTK's thread, once the window is there.

func (s *shell) toggleFullScreen() {
	fills := C.camwall_shell_fills(s.c) != 0
	if fills {
		s.run("document.fullscreenElement && document.exitFullscreen()")
	}
	C.camwall_shell_fill(s.c, flag(!fills))
}

// zoom sets the page's zoom to what next makes of it.
func (s *shell) zoom(next func(float64) float64) {
	level := next(s.keeper.now().Zoom)
	s.keeper.change(func(state *windowState) { state.Zoom = level })
	C.camwall_shell_zoom(s.c, C.double(level))
}

// settle has the keeper know how the window is now.
func (s *shell) settle() {
	if s.c != nil {
		C.camwall_shell_tell(s.c)
	}
}

// run has the page run a script.
func (s *shell) run(script string) {
	text := C.CString(script)
	defer C.free(unsafe.Pointer(text))
	C.camwall_shell_script(s.c, text)
}

func (s *shell) about(title, text, version string) {
	words := [...]*C.char{C.CString(title), C.CString(text), C.CString(version)}
	for _, word := range words {
		defer C.free(unsafe.Pointer(word))
	}
	C.camwall_shell_about(s.c, words[0], words[1], words[2])
}

// askFile asks where a file is to go; "" is nowhere. One is asked for at a time.
func (s *shell) askFile(ctx context.Context, w dialogWords, folder, name string) (path string, err error) {
	chosen := make(chan string, 1)
	s.mu.Lock()
	s.chosen = chosen
	s.mu.Unlock()
	if err := s.do(ctx, func() { s.openChooser(w, folder, name) }); err != nil {
		return "", err
	}
	select {
	case path := <-chosen:
		return path, nil
	case <-ctx.Done():
		later(func() {
			if s.c != nil {
				C.camwall_shell_close_dialogs(s.c)
			}
		})
	case <-s.finished:
	}
	return "", errClosed()
}

func (s *shell) openChooser(w dialogWords, folder, name string) {
	words := C.camwall_save_words{
		title: C.CString(w.title), save: C.CString(w.save), cancel: C.CString(w.cancel), pictures: C.CString(w.pictures),
	}
	file := C.CString(name)
	var start *C.char
	if folder != "" {
		start = C.CString(folder)
	}
	for _, text := range []*C.char{words.title, words.save, words.cancel, words.pictures, file, start} {
		defer C.free(unsafe.Pointer(text))
	}
	C.camwall_shell_ask_file(s.c, words, start, file)
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// nameProgram sets the name that the display knows our windows by: before initGTK
// and again behind it.
func nameProgram(name string) {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	C.camwall_name_program(text)
}

// preferLanguage has pages speak it: a BCP 47 tag, "" for that of the locale. On
// GTK's thread, before the first web view.
func preferLanguage(tag string) {
	if tag == "" {
		return
	}
	text := C.CString(tag)
	defer C.free(unsafe.Pointer(text))
	C.camwall_prefer_language(text)
}

// monitors returns what they leave to windows, the main one first. On GTK's
// thread, after initGTK.
func monitors() []image.Rectangle {
	var found [4 * maxMonitors]C.int
	count := int(C.camwall_monitors(&found[0], maxMonitors))
	list := make([]image.Rectangle, count)
	for i := range list {
		at := found[4*i : 4*i+4]
		list[i] = image.Rect(int(at[0]), int(at[1]), int(at[0]+at[2]), int(at[1]+at[3]))
	}
	return list
}

// webkitLibrary returns the file that WebKit's code is in, "" when that can't be
// told.
func webkitLibrary() string {
	path := C.camwall_webkit_library()
	defer C.free(unsafe.Pointer(path))
	return C.GoString(path)
}

func shellOf(handle C.uintptr_t) *shell { return cgo.Handle(handle).Value().(*shell) }

// The functions below are what shell.c calls, on GTK's thread.

//export camwallDo
func camwallDo(task C.uintptr_t) {
	handle := cgo.Handle(task)
	f := handle.Value().(func())
	handle.Delete()
	f()
}

//export camwallWindowState
func camwallWindowState(handle C.uintptr_t, x, y, width, height, flags C.int) {
	shellOf(handle).keeper.change(func(state *windowState) {
		if flags&C.CAMWALL_MINIMIZED != 0 {
			return
		}
		state.FullScreen = flags&C.CAMWALL_FULL_SCREEN != 0
		if !state.FullScreen {
			state.Maximized = flags&C.CAMWALL_MAXIMIZED != 0
		}
		if state.FullScreen || state.Maximized {
			return // these are the screen's sizes
		}
		state.Width, state.Height = int(width), int(height)
		if state.Placed = flags&C.CAMWALL_PLACED != 0; state.Placed {
			state.X, state.Y = int(x), int(y)
		}
	})
}

//export camwallShortcut
func camwallShortcut(handle C.uintptr_t, number C.int) {
	s := shellOf(handle)
	s.pressed(keys[number].does)
}

//export camwallFileChosen
func camwallFileChosen(handle C.uintptr_t, path *C.char) {
	s := shellOf(handle)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chosen <- C.GoString(path)
}
