package rtsp

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"camwall/internal/authenticate"
	"camwall/internal/camera"
)

// signIn answers a server's challenges. The library never sees the
// credentials: it would mangle some characters, leave out opaque and qop, and
// send them along with a redirect. signIn is used by one goroutine at a time.
type signIn struct {
	cred camera.Credentials

	challenge *challenge
	count     uint32 // requests sent with this challenge's nonce

	sent     bool // the last request had an Authorization
	accepted bool // a request with an Authorization was not refused
	renewed  bool // a new nonce was asked for since the last accepted request
	barred   bool // the credentials were refused: they are not sent again, not even with TEARDOWN
}

// authorize adds an Authorization to req when one was asked for. OPTIONS goes
// without until the sign-in has been accepted or OPTIONS itself was refused:
// a wrong password must reach the camera once, not once per request.
func (s *signIn) authorize(req *base.Request, optionsAsks bool) {
	s.sent = false
	if s.challenge == nil || s.cred.IsZero() || s.barred {
		return
	}
	if req.Method == base.Options && !s.accepted && !optionsAsks {
		return
	}
	s.count++
	uri := req.URL.CloneWithoutCredentials().String()
	value := s.challenge.answer(s.cred, string(req.Method), uri, s.count, rand.Text()[:16])
	req.Header["Authorization"] = base.HeaderValue{value}
	s.sent = true
}

// observe takes in the answer to the last request.
func (s *signIn) observe(res *base.Response) {
	if res.StatusCode != base.StatusUnauthorized {
		if s.sent {
			s.accepted, s.renewed = true, false
		}
		return
	}
	s.challenge = pickChallenge(res.Header["WWW-Authenticate"])
	s.count = 0
}

// again reports whether a request that was answered 401 may be sent once
// more: the first time with credentials, or with a new nonce when the server
// says that only the nonce was refused (RFC 7616 section 3.3, stale).
func (s *signIn) again() bool {
	if s.challenge == nil || s.cred.IsZero() {
		return false
	}
	if !s.sent {
		return true
	}
	if s.challenge.stale && !s.renewed {
		s.renewed = true
		return true
	}
	s.barred = true
	return false
}

// challenge is one WWW-Authenticate: Basic (RFC 7617) or Digest (RFC 7616,
// RFC 2617, RFC 2069).
type challenge struct {
	digest    bool
	realm     string
	nonce     string
	opaque    *string
	algorithm string // as the server wrote it; may be empty
	qopAuth   bool
	stale     bool
}

// newHash returns the hash of the challenge's algorithm, and whether it is one
// of the session kind.
func (c *challenge) newHash() (make func() hash.Hash, session, known bool) {
	name := strings.ToLower(c.algorithm)
	name, session = strings.CutSuffix(name, "-sess")
	switch name {
	case "", "md5":
		return md5.New, session, true
	case "sha-256":
		return sha256.New, session, true
	default:
		return nil, false, false
	}
}

// rank orders challenges by strength; 0 can't be answered.
func (c *challenge) rank() int {
	if !c.digest {
		return 1
	}
	if _, _, known := c.newHash(); !known || c.nonce == "" {
		return 0
	}
	if strings.HasPrefix(strings.ToLower(c.algorithm), "sha-256") {
		return 3
	}
	return 2
}

// pickChallenge returns the strongest challenge that can be answered, or nil.
func pickChallenge(values []string) *challenge {
	var best *challenge
	for _, value := range values {
		for _, c := range parseChallenges(value) {
			if c.rank() > 0 && (best == nil || c.rank() > best.rank()) {
				best = c
			}
		}
	}
	return best
}

// answer returns the Authorization for a request. count and cnonce are used
// where the challenge wants them.
func (c *challenge) answer(cred camera.Credentials, method, uri string, count uint32, cnonce string) string {
	password := cred.Password.Reveal()
	if !c.digest {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(cred.User+":"+password))
	}
	newHash, session, _ := c.newHash()
	sum := func(text string) string {
		h := newHash()
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
	ha1 := sum(cred.User + ":" + c.realm + ":" + password)
	if session {
		ha1 = sum(ha1 + ":" + c.nonce + ":" + cnonce)
	}
	ha2 := sum(method + ":" + uri)
	nc := fmt.Sprintf("%08x", count)

	response := sum(ha1 + ":" + c.nonce + ":" + ha2)
	if c.qopAuth {
		response = sum(ha1 + ":" + c.nonce + ":" + nc + ":" + cnonce + ":auth:" + ha2)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s, response=\"%s\"",
		authenticate.Quote(cred.User), authenticate.Quote(c.realm), authenticate.Quote(c.nonce), authenticate.Quote(uri), response)
	if c.algorithm != "" {
		// Quoted although RFC 7616 has a token here, as most RTSP clients do.
		fmt.Fprintf(&b, ", algorithm=%s", authenticate.Quote(c.algorithm))
	}
	if c.opaque != nil {
		fmt.Fprintf(&b, ", opaque=%s", authenticate.Quote(*c.opaque))
	}
	if c.qopAuth {
		fmt.Fprintf(&b, ", qop=auth, nc=%s", nc)
	}
	if c.qopAuth || session {
		fmt.Fprintf(&b, ", cnonce=%s", authenticate.Quote(cnonce))
	}
	return b.String()
}

// parseChallenges reads the challenges of a header that we know to answer.
func parseChallenges(value string) []*challenge {
	var all []*challenge
	for _, read := range authenticate.Parse(value) {
		if read.Scheme != "digest" && read.Scheme != "basic" {
			continue
		}
		c := &challenge{digest: read.Scheme == "digest"}
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
		c.realm = value
	case "nonce":
		c.nonce = value
	case "opaque":
		c.opaque = &value
	case "algorithm":
		c.algorithm = value
	case "stale":
		c.stale = strings.EqualFold(value, "true")
	case "qop":
		for _, option := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
			c.qopAuth = c.qopAuth || strings.EqualFold(option, "auth")
		}
	}
}
