package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/term"

	"camwall/internal/secret"
)

// asker asks a person. Errors are context.Canceled when the person does not want
// to go on.
type asker interface {
	ask(question string) (string, error)
	askSecret(question string) (secret.Text, error)
}

// lineEditor reads lines that are edited at a terminal.
type lineEditor struct {
	term *term.Terminal
	keys *keyReader

	// raw hands the keys over; restore gives them back, so that Ctrl-C is a signal
	// again while a command runs.
	raw func() (restore func(), err error)
}

var _ asker = (*lineEditor)(nil)

// newLineEditor returns an editor at the terminal of the process, nil when
// standard input or the place of questions is none.
func newLineEditor(in io.Reader, out io.Writer) *lineEditor {
	from, ok := in.(*os.File)
	to, ok2 := out.(*os.File)
	if !ok || !ok2 || !term.IsTerminal(int(from.Fd())) || !term.IsTerminal(int(to.Fd())) {
		return nil
	}
	e := editorOn(from, to)
	e.raw = func() (func(), error) {
		if width, height, err := term.GetSize(int(to.Fd())); err == nil && width > 0 {
			_ = e.term.SetSize(width, height) // it has no way to fail but a write
		}
		was, err := term.MakeRaw(int(from.Fd()))
		if err != nil {
			return nil, err
		}
		return func() { _ = term.Restore(int(from.Fd()), was) }, nil
	}
	return e
}

// editorOn returns an editor of keys from in that shows lines on out.
func editorOn(in io.Reader, out io.Writer) *lineEditor {
	keys := &keyReader{from: in}
	both := struct {
		io.Reader
		io.Writer
	}{keys, out}
	return &lineEditor{term: term.NewTerminal(both, ""), keys: keys, raw: func() (func(), error) { return func() {}, nil }}
}

// isTerminal tells whether what is written is seen by a person at once.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// ask reads a line that is not kept in the history.
func (e *lineEditor) ask(question string) (string, error) {
	completion, history := e.term.AutoCompleteCallback, e.term.History
	e.term.AutoCompleteCallback, e.term.History = nil, nothingKept{}
	defer func() { e.term.AutoCompleteCallback, e.term.History = completion, history }()
	line, err := e.readLine(question)
	if errors.Is(err, errGivenUp) || errors.Is(err, io.EOF) {
		err = context.Canceled
	}
	return line, err
}

// askSecret reads a line that is not shown.
func (e *lineEditor) askSecret(question string) (secret.Text, error) {
	line, err := e.read(func() (string, error) { return e.term.ReadPassword(question) })
	if errors.Is(err, errGivenUp) || errors.Is(err, io.EOF) {
		err = context.Canceled
	}
	return secret.NewText(line), err
}

// errGivenUp says that a line was given up with Ctrl-C.
var errGivenUp = errors.New("the line was given up")

// readLine reads a line; io.EOF is Ctrl-D, errGivenUp Ctrl-C.
func (e *lineEditor) readLine(prompt string) (string, error) {
	e.term.SetPrompt(prompt)
	return e.read(e.term.ReadLine)
}

func (e *lineEditor) read(line func() (string, error)) (string, error) {
	restore, err := e.raw()
	if err != nil {
		return "", err
	}
	defer restore()
	text, err := line()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	if err == nil && text == "" && e.keys.gaveUp {
		e.keys.gaveUp, err = false, errGivenUp
	}
	return text, err
}

// ctrlC is the key that gives a line up.
const ctrlC = 3

// keyReader turns Ctrl-C, at which package term would end everything, into the
// keys that clear the line and end it: Ctrl-E, Ctrl-U, Enter. These come alone,
// so that gaveUp is of the line that they end.
type keyReader struct {
	from   io.Reader
	rest   []byte
	gaveUp bool // Ctrl-C was read
}

// Read reads keys.
func (k *keyReader) Read(p []byte) (int, error) {
	if len(k.rest) == 0 {
		buffer := make([]byte, 256)
		n, err := k.from.Read(buffer)
		if n == 0 {
			return 0, err
		}
		k.rest = buffer[:n]
	}
	until := bytes.IndexByte(k.rest, ctrlC)
	if until == 0 {
		k.gaveUp, k.rest = true, k.rest[1:]
		return copy(p, "\x05\x15\r"), nil
	}
	if until < 0 {
		until = len(k.rest)
	}
	n := copy(p, k.rest[:until])
	k.rest = k.rest[n:]
	return n, nil
}

// nothingKept is a history without memory.
type nothingKept struct{}

// Add forgets.
func (nothingKept) Add(string) {}

// Len is 0.
func (nothingKept) Len() int { return 0 }

// At has nothing.
func (nothingKept) At(int) string { panic("app: a history without entries was asked for one") }
