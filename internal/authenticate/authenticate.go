// Package authenticate reads what a server asks for before it answers: the value of
// a WWW-Authenticate header, which RTSP (RFC 2326 section 14.46) has from HTTP
// (RFC 9110 section 11.6.1). It is lenient, as devices keep to no grammar. It
// signs nothing in: packages rtsp and onvif do.
package authenticate

import "strings"

// Challenge is one way to sign in.
type Challenge struct {
	// Scheme is in lower case: basic, digest, ...
	Scheme string

	// Params are its parameters, their names in lower case; of one that is there
	// twice the last. Nil when it has none.
	Params map[string]string
}

// Parse reads the value of a header, which may hold several challenges. What can't
// be read is skipped.
func Parse(value string) []Challenge {
	var all []Challenge
	for value = skipSeparators(value); value != ""; value = skipSeparators(value) {
		var word string
		if word, value = cutToken(value); word == "" {
			value = value[1:] // no token begins here: skip what it is
			continue
		}
		after := strings.TrimLeft(value, " \t")
		if !strings.HasPrefix(after, "=") {
			all = append(all, Challenge{Scheme: strings.ToLower(word)})
			continue
		}
		var param string
		param, value = cutValue(strings.TrimLeft(after[1:], " \t"))
		if len(all) > 0 {
			all[len(all)-1].set(strings.ToLower(word), param)
		}
	}
	return all
}

func (c *Challenge) set(name, value string) {
	if c.Params == nil {
		c.Params = make(map[string]string)
	}
	c.Params[name] = value
}

// Quote writes a quoted-string (RFC 9110 section 5.6.4). Line ends, which no
// header can hold, are left out.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(s) + `"`
}

func skipSeparators(s string) string { return strings.TrimLeft(s, " \t,") }

func cutToken(s string) (token, rest string) {
	if i := strings.IndexAny(s, " \t,=\""); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// cutValue cuts a token or quoted-string off s. An unclosed quoted-string ends
// with s.
func cutValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		if i := strings.IndexAny(s, " \t,"); i >= 0 {
			return s[:i], s[i:]
		}
		return s, ""
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
