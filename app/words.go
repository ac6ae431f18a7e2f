package main

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"camwall/internal/secret"
)

// redacted returns err's text without secrets.
func redacted(err error) string { return secret.Redact(err.Error()) }

// sentence gives a text a capital and a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, n := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[n:]
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// counted is a number with its word: 1 camera, 2 cameras.
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// clean is a text that others wrote, as it may be printed: one line, without what
// a terminal takes for commands, and without secrets.
func clean(text string) string {
	return secret.Redact(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text))
}
