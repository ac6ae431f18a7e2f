package onvif

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/icholy/digest"

	"camwall/internal/camera"
)

// challenge is what a WWW-Authenticate header asks for: Basic (RFC 7617) or
// Digest (RFC 7616, RFC 2617, RFC 2069). A nil *challenge is none.
type challenge struct {
	basic   bool
	session bool // the algorithm's -sess kind
	digest  digest.Challenge
	count   int // requests that answered it
}

// rank orders challenges by strength; 0 can't be answered.
func (c *challenge) rank() int {
	if c.basic {
		return 1
	}
	if c.digest.Nonce == "" || !digest.CanDigest(&c.digest) {
		return 0
	}
	switch strings.ToUpper(c.digest.Algorithm) {
	case "", "MD5":
		return 2
	case "SHA-256":
		return 3
	default:
		return 4
	}
}

// strongest returns the best challenge in a header that can be answered, or
// nil.
func strongest(header http.Header) *challenge {
	var best *challenge
	for _, value := range header.Values("WWW-Authenticate") {
		for _, c := range parseChallenges(value) {
			if c.rank() > 0 && (best == nil || c.rank() > best.rank()) {
				best = c
			}
		}
	}
	return best
}

// answer returns the Authorization for a request.
func (c *challenge) answer(cred camera.Credentials, method, uri string, body []byte) (string, error) {
	password := cred.Password.Reveal()
	if c.basic {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(cred.User+":"+password)), nil
	}
	c.count++
	options := digest.Options{
		Method: method, URI: uri, Count: c.count, Username: cred.User, Password: password,
		Cnonce: rand.Text()[:16], GetBody: bodyGetter(body),
	}
	if c.session {
		options.A1 = c.sum(c.sum(cred.User+":"+c.digest.Realm+":"+password) + ":" + c.digest.Nonce + ":" + options.Cnonce)
	}
	answer, err := digest.Digest(&c.digest, options)
	if err != nil {
		return "", fmt.Errorf("answer challenge: %w", err)
	}
	return c.format(answer), nil
}

// sum is the hash of the session kind, which exists for MD5 and SHA-256.
func (c *challenge) sum(text string) string {
	if strings.EqualFold(c.digest.Algorithm, "SHA-256") {
		s := sha256.Sum256([]byte(text))
		return hex.EncodeToString(s[:])
	}
	s := md5.Sum([]byte(text))
	return hex.EncodeToString(s[:])
}

// format writes the header as RFC 7616 section 3.4 has it.
func (c *challenge) format(a *digest.Credentials) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s",
		quote(a.Username), quote(a.Realm), quote(a.Nonce), quote(a.URI))
	if a.Algorithm != "" {
		algorithm := a.Algorithm
		if c.session {
			algorithm += "-sess"
		}
		fmt.Fprintf(&b, ", algorithm=%s", algorithm)
	}
	if a.Opaque != "" {
		fmt.Fprintf(&b, ", opaque=%s", quote(a.Opaque))
	}
	if a.QOP != "" {
		fmt.Fprintf(&b, ", qop=%s, nc=%08x", a.QOP, a.Nc)
	}
	if a.QOP != "" || c.session {
		fmt.Fprintf(&b, ", cnonce=%s", quote(a.Cnonce))
	}
	if a.Userhash {
		b.WriteString(", userhash=true")
	}
	fmt.Fprintf(&b, ", response=%s", quote(a.Response))
	return b.String()
}

// quote writes a quoted-string (RFC 9110 section 5.6.4). Line ends, which no
// header can hold, are left out.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(s) + `"`
}

// parseChallenges reads the value of a WWW-Authenticate header, which may hold
// several challenges (RFC 9110 section 11.6.1).
func parseChallenges(value string) []*challenge {
	var all []*challenge
	var current *challenge
	for value = strings.TrimLeft(value, " \t,"); value != ""; value = strings.TrimLeft(value, " \t,") {
		var word string
		if word, value = cutToken(value); word == "" {
			value = value[1:] // no token begins here: skip what it is
			continue
		}
		after := strings.TrimLeft(value, " \t")
		if !strings.HasPrefix(after, "=") {
			current = nil
			if basic := strings.EqualFold(word, "Basic"); basic || strings.EqualFold(word, "Digest") {
				current = &challenge{basic: basic}
				all = append(all, current)
			}
			continue
		}
		var param string
		param, value = cutValue(strings.TrimLeft(after[1:], " \t"))
		if current != nil {
			current.set(strings.ToLower(word), param)
		}
	}
	return all
}

func (c *challenge) set(name, value string) {
	switch name {
	case "realm":
		c.digest.Realm = value
	case "nonce":
		c.digest.Nonce = value
	case "opaque":
		c.digest.Opaque = value
	case "stale":
		c.digest.Stale = strings.EqualFold(value, "true")
	case "userhash":
		c.digest.Userhash = strings.EqualFold(value, "true")
	case "algorithm":
		c.digest.Algorithm = value
		if len(value) > 5 && strings.EqualFold(value[len(value)-5:], "-sess") {
			c.digest.Algorithm, c.session = value[:len(value)-5], true
		}
	case "qop":
		c.digest.QOP = nil
		for _, option := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
			c.digest.QOP = append(c.digest.QOP, strings.ToLower(option))
		}
	}
}

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
