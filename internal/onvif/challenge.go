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

	"camwall/internal/authenticate"
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
		authenticate.Quote(a.Username), authenticate.Quote(a.Realm), authenticate.Quote(a.Nonce), authenticate.Quote(a.URI))
	if a.Algorithm != "" {
		algorithm := a.Algorithm
		if c.session {
			algorithm += "-sess"
		}
		fmt.Fprintf(&b, ", algorithm=%s", algorithm)
	}
	if a.Opaque != "" {
		fmt.Fprintf(&b, ", opaque=%s", authenticate.Quote(a.Opaque))
	}
	if a.QOP != "" {
		fmt.Fprintf(&b, ", qop=%s, nc=%08x", a.QOP, a.Nc)
	}
	if a.QOP != "" || c.session {
		fmt.Fprintf(&b, ", cnonce=%s", authenticate.Quote(a.Cnonce))
	}
	if a.Userhash {
		b.WriteString(", userhash=true")
	}
	fmt.Fprintf(&b, ", response=%s", authenticate.Quote(a.Response))
	return b.String()
}

// parseChallenges reads the challenges of a header that we know to answer.
func parseChallenges(value string) []*challenge {
	var all []*challenge
	for _, read := range authenticate.Parse(value) {
		if read.Scheme != "digest" && read.Scheme != "basic" {
			continue
		}
		c := &challenge{basic: read.Scheme == "basic"}
		for name, param := range read.Params {
			c.set(name, param)
		}
		all = append(all, c)
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
