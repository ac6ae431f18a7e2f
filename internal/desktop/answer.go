package desktop

import (
	"context"
	"net/http"
	"os"
	"time"
)

// answer is the http.ResponseWriter of one request. Wails' own writes to a pipe
// that blocks while the page takes nothing, for ever when the page's processes
// have died; so a goroutine of the answer's does the writing, and Write can
// leave it behind. It is used by one goroutine, as every ResponseWriter.
type answer struct {
	w        http.ResponseWriter
	bodyless bool            // the answer to HEAD
	done     <-chan struct{} // closed when the request ends
	end      context.CancelFunc

	begun    bool      // the header is out
	deadline time.Time // for writes; zero is none
	failed   error     // why no write can succeed any more
	left     bool      // the goroutine hangs in a write that was given up

	todo  chan []byte // to the writing goroutine; nil before the first write
	wrote chan error  // from it, one for each of todo; holds one; closed at its end
	piece []byte      // what is being written: callers may reuse theirs
}

var (
	_ http.Flusher = (*answer)(nil)
	_ interface {
		SetWriteDeadline(time.Time) error // what http.ResponseController looks for
	} = (*answer)(nil)
)

// Header returns the header that the first write sends.
func (a *answer) Header() http.Header { return a.w.Header() }

// WriteHeader sends the header, once; informational ones are not passed on.
func (a *answer) WriteHeader(status int) {
	if a.begun || status < http.StatusOK {
		return
	}
	a.begun = true
	a.w.WriteHeader(status)
}

// Flush sends the header; the body is never held back.
func (a *answer) Flush() { a.WriteHeader(http.StatusOK) }

// SetWriteDeadline sets when writes fail with os.ErrDeadlineExceeded; zero is
// never. A write that was begun and not taken in time ends the request.
func (a *answer) SetWriteDeadline(t time.Time) error {
	a.deadline = t
	return nil
}

// Write sends p and returns when the page's end of the pipe has taken it.
func (a *answer) Write(p []byte) (int, error) {
	if !a.begun {
		if a.Header().Get("Content-Type") == "" {
			a.Header().Set("Content-Type", http.DetectContentType(p))
		}
		a.WriteHeader(http.StatusOK)
	}
	if a.bodyless || len(p) == 0 {
		return len(p), nil
	}
	if a.failed == nil {
		a.failed = a.pass(p)
	}
	if a.failed != nil {
		a.end()
		return 0, a.failed
	}
	return len(p), nil
}

// pass lets the goroutine write p and waits for it, for the end of the request
// or for the deadline.
func (a *answer) pass(p []byte) error {
	var late <-chan time.Time
	if !a.deadline.IsZero() {
		timer := time.NewTimer(time.Until(a.deadline))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-a.done:
		return context.Canceled
	default:
	}
	if a.todo == nil {
		a.todo, a.wrote = make(chan []byte), make(chan error, 1)
		go write(a.w, a.todo, a.wrote)
	}
	a.piece = append(a.piece[:0], p...)
	a.todo <- a.piece
	select {
	case err := <-a.wrote:
		return err
	case <-a.done:
		a.left = true
		return context.Canceled
	case <-late:
		a.left = true
		return os.ErrDeadlineExceeded
	}
}

// finish ends the goroutine and waits for it. One that was left behind in a
// write ends when the pipe does, which nobody can wait for.
func (a *answer) finish() {
	if a.todo == nil {
		return
	}
	close(a.todo)
	if !a.left {
		<-a.wrote
	}
}

// write writes what comes until todo is closed.
func write(w http.ResponseWriter, todo <-chan []byte, wrote chan<- error) {
	defer close(wrote)
	for p := range todo {
		_, err := w.Write(p)
		wrote <- err
	}
}
