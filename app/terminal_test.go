package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// keys is an editor of keys that are typed, and what it shows.
func keys(typed string) (*lineEditor, *bytes.Buffer) {
	var shown bytes.Buffer
	return editorOn(strings.NewReader(typed), &shown), &shown
}

func TestLinesAreEdited(t *testing.T) {
	e, shown := keys("helo\x7flp\rabc\x03next\r\x04")
	for i, want := range []struct {
		line string
		err  error
	}{{"hellp", nil}, {"", errGivenUp}, {"next", nil}, {"", io.EOF}} {
		if line, err := e.readLine(prompt); line != want.line || !errors.Is(err, want.err) {
			t.Errorf("line %d is %q, %v; want %q, %v", i, line, err, want.line, want.err)
		}
	}
	if !strings.Contains(shown.String(), prompt+"helo") {
		t.Errorf("it shows %q", shown)
	}
}

func TestAnEmptyLineIsNotGivenUp(t *testing.T) {
	e, _ := keys("\r\x03\r")
	for i, want := range []error{nil, errGivenUp, nil} {
		if line, err := e.readLine(""); line != "" || !errors.Is(err, want) {
			t.Errorf("line %d: %q, %v; want %v", i, line, err, want)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	e, shown := keys("hidden\ranswer\rline\r")
	kept := &history{}
	e.term.History = kept
	word, err := e.askSecret("Password: ")
	if err != nil || word.Reveal() != "hidden" {
		t.Errorf("%q, %v", word.Reveal(), err)
	}
	if answer, err := e.ask("User: "); err != nil || answer != "answer" {
		t.Errorf("%q, %v", answer, err)
	}
	if line, err := e.readLine(prompt); err != nil || line != "line" {
		t.Errorf("%q, %v", line, err)
	}
	if text := shown.String(); strings.Contains(text, "hidden") || !strings.Contains(text, "Password: ") || !strings.Contains(text, "User: answer") {
		t.Errorf("it shows %q", text)
	}
	if kept.Len() != 1 || kept.At(0) != "line" {
		t.Errorf("it keeps %q", kept.lines)
	}
}

func TestQuestionsAreGivenUp(t *testing.T) {
	for _, key := range []string{"\x03", "\x04", ""} {
		e, _ := keys(key)
		if _, err := e.ask("User: "); !errors.Is(err, context.Canceled) {
			t.Errorf("%q: %v", key, err)
		}
		e, _ = keys("wor" + key)
		if word, err := e.askSecret("Password: "); key != "\x04" && !errors.Is(err, context.Canceled) {
			t.Errorf("%q: %q, %v", key, word.Reveal(), err)
		}
	}
	broken := editorOn(strings.NewReader(""), io.Discard)
	broken.raw = func() (func(), error) { return nil, os.ErrInvalid }
	if _, err := broken.askSecret(""); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("a terminal that can't be had: %v", err)
	}
}

func TestTerminals(t *testing.T) {
	if newLineEditor(strings.NewReader(""), os.Stderr) != nil {
		t.Error("a reader is a terminal")
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if newLineEditor(file, file) != nil || isTerminal(file) || isTerminal(io.Discard) {
		t.Error("a file is a terminal")
	}
}

func TestSureOf(t *testing.T) {
	for answer, want := range map[string]bool{"y": true, " YES ": true, "": false, "n": false, "maybe": false} {
		who := &person{answers: []string{answer}}
		if got, err := sureOf(streams{ask: who}, "Add it?"); got != want || err != nil || who.questions[0] != "Add it? [y/N] " {
			t.Errorf("%q: %v, %v after %q", answer, got, err, who.questions)
		}
	}
	if _, err := sureOf(streams{ask: &person{}}, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("nothing: %v", err)
	}
}
