package importer

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"camwall/internal/secret"
)

// decode returns a file's text: UTF-8, UTF-16 with its byte order mark, or, when
// it is neither, Latin-1, as spreadsheets write it.
func decode(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		data = data[3:]
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return decode16(data[2:], 0, 1)
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return decode16(data[2:], 1, 0)
	}
	if utf8.Valid(data) {
		return string(data)
	}
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func decode16(data []byte, low, high int) string {
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) >= 2; data = data[2:] {
		units = append(units, uint16(data[low])|uint16(data[high])<<8)
	}
	return string(utf16.Decode(units))
}

// maxLabelRunes bounds names and places in a file.
const maxLabelRunes = 200

// label returns free text of a file on one line, bounded, and without the
// sign-in of an address that somebody took for a name.
func label(s string) string {
	if len(s) > 8*maxLabelRunes {
		s = s[:8*maxLabelRunes]
		s, _, _ = strings.Cut(s, "://") // its sign-in may be cut off in the middle
	}
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(secret.Redact(s)), " ")
	if runes := []rune(s); len(runes) > maxLabelRunes {
		s = string(runes[:maxLabelRunes])
	}
	return s
}

// plain has the letters that names in Latin script lose in an id.
var plain = strings.NewReplacer(
	"ä", "a", "à", "a", "á", "a", "â", "a", "ã", "a", "å", "a", "ą", "a", "æ", "ae", "ç", "c", "ć", "c", "č", "c", "ď", "d",
	"è", "e", "é", "e", "ê", "e", "ë", "e", "ę", "e", "ě", "e", "ğ", "g", "ì", "i", "í", "i", "î", "i", "ï", "i", "ı", "i",
	"ł", "l", "ñ", "n", "ń", "n", "ň", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o", "ő", "o", "œ", "oe",
	"ř", "r", "ś", "s", "ş", "s", "š", "s", "ß", "ss", "ť", "t", "ù", "u", "ú", "u", "û", "u", "ü", "u", "ů", "u", "ű", "u",
	"ý", "y", "ÿ", "y", "ź", "z", "ż", "z", "ž", "z",
)

// maxIDBytes is that of camera.ParseID.
const maxIDBytes = 63

// slug returns s in the letters of an id: "Front Door" is front-door. It is
// empty when s has none of them.
func slug(s string) string {
	var b strings.Builder
	dash := false
	for _, r := range plain.Replace(strings.ToLower(s)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			if dash {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		default:
			dash = b.Len() > 0
		}
		if b.Len() >= maxIDBytes {
			break
		}
	}
	id := strings.TrimLeft(b.String(), "_-")
	return strings.TrimRight(id[:min(len(id), maxIDBytes)], "-")
}
