package main

import (
	"unicode"
	"unicode/utf8"

	"camwall/internal/secret"
)

// redacted returns err's text without secrets.
func redacted(err error) string { return secret.Redact(err.Error()) }

// sentence gives a hint a capital and a full stop.
func sentence(hint string) string {
	first, n := utf8.DecodeRuneInString(hint)
	return string(unicode.ToUpper(first)) + hint[n:] + "."
}
