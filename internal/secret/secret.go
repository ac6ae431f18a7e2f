// Package secret keeps passwords out of everything that is shown: a string type
// that prints as stars, the splitting of pasted addresses into an address
// without sign-in and the sign-in, the redaction of text, and a log handler
// that redacts all that passes through it. It knows no cameras and does no I/O.
package secret

import (
	"log/slog"
	"strconv"
	"unique"
)

// Mask stands wherever a secret would.
const Mask = "***"

// Text is a secret string. It prints, logs and encodes as Mask; only Reveal
// gives it away. The zero value is "no secret" and prints as nothing. Two of the
// same secret are equal.
type Text struct {
	// value is a handle rather than a string because package fmt prints fields
	// that are not exported without asking their methods. Nil when empty.
	value unique.Handle[string]
}

// NewText keeps s as a secret.
func NewText(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{unique.Make(s)}
}

// Reveal returns the secret itself.
func (t Text) Reveal() string {
	if t.IsZero() {
		return ""
	}
	return t.value.Value()
}

// IsZero reports whether there is no secret.
func (t Text) IsZero() bool { return t == Text{} }

// String returns Mask, or nothing for the zero value.
func (t Text) String() string {
	if t.IsZero() {
		return ""
	}
	return Mask
}

// GoString keeps %#v from telling.
func (t Text) GoString() string { return strconv.Quote(t.String()) }

// LogValue keeps slog from telling.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText writes Mask: JSON and YAML never hold the secret.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText takes the text as it is, whatever characters it has.
func (t *Text) UnmarshalText(b []byte) error {
	*t = NewText(string(b))
	return nil
}
