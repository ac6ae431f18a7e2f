package device

import (
	"crypto/md5" //nolint:gosec // HTTP digest is made of it
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// realm is what a sign-in is asked for.
const realm = "simulated device"

// algorithms returns what HTTP digest offers, the strongest first.
func (s SignIn) algorithms() []string {
	switch s {
	case SignInDigestMD5:
		return []string{"MD5"}
	case SignInDigestSHA256:
		return []string{"SHA-256"}
	case SignInDigest, SignInEither:
		return []string{"SHA-256", "MD5"}
	}
	return nil
}

// challenge asks for HTTP digest: RFC 7616 section 3.3.
func (s *signIns) challenge(w http.ResponseWriter, kind SignIn, isStale bool) {
	s.mu.Lock()
	nonce := s.nonces.issue()
	s.mu.Unlock()
	for _, algorithm := range kind.algorithms() {
		text := fmt.Sprintf(`Digest realm="%s", qop="auth", algorithm=%s, nonce="%s", opaque="0"`, realm, algorithm, nonce)
		if isStale {
			text += ", stale=true"
		}
		w.Header().Add("WWW-Authenticate", text)
	}
}

// digest verifies HTTP digest: RFC 7616 section 3.4.
func (s *signIns) digest(r *http.Request, kind SignIn) verdict {
	header := r.Header.Get("Authorization")
	if header == "" {
		return unsigned
	}
	p, ok := parseDigest(header)
	if !ok {
		return wrong
	}
	var sum func(string) string
	for _, algorithm := range kind.algorithms() {
		if asked := p["algorithm"]; strings.EqualFold(asked, algorithm) || asked == "" && algorithm == "MD5" {
			sum = digestSum(algorithm)
		}
	}
	if sum == nil || p["username"] != s.cfg.User || p["realm"] != realm || p["uri"] != r.URL.RequestURI() {
		return wrong
	}
	secret := sum(s.cfg.User + ":" + realm + ":" + s.cfg.Password)
	asked := sum(r.Method + ":" + p["uri"])
	want := sum(secret + ":" + p["nonce"] + ":" + asked) // without qop: RFC 2069
	if p["qop"] != "" {
		want = sum(strings.Join([]string{secret, p["nonce"], p["nc"], p["cnonce"], p["qop"], asked}, ":"))
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(p["response"]))) != 1 {
		return wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.nonces.use(p["nonce"], p["nc"]+"/"+p["cnonce"]) {
		return stale
	}
	return right
}

func digestSum(algorithm string) func(string) string {
	return func(text string) string {
		h := md5.New() //nolint:gosec // as above
		if algorithm == "SHA-256" {
			h = sha256.New()
		}
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
}

// parseDigest reads the parameters of an Authorization header: RFC 9110
// section 11.4.
func parseDigest(header string) (map[string]string, bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Digest") {
		return nil, false
	}
	list := make(map[string]string)
	for rest = strings.Trim(rest, " \t,"); rest != ""; rest = strings.TrimLeft(rest, " \t,") {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, false
		}
		after = strings.TrimLeft(after, " \t")
		var value string
		if strings.HasPrefix(after, `"`) {
			if value, rest, ok = unquote(after[1:]); !ok {
				return nil, false
			}
		} else {
			end := strings.IndexAny(after, ", \t")
			if end < 0 {
				end = len(after)
			}
			value, rest = after[:end], after[end:]
		}
		list[strings.ToLower(strings.TrimSpace(name))] = value
	}
	return list, true
}

// unquote reads up to the closing quote, and returns what follows it.
func unquote(text string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], true
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}

// nonceBook knows the nonces that were issued, and how each was used.
type nonceBook struct {
	used  map[string]map[string]bool
	order []string // oldest first
}

func newNonceBook() *nonceBook { return &nonceBook{used: make(map[string]map[string]bool)} }

func (b *nonceBook) issue() string {
	nonce := rand.Text()
	if len(b.order) == maxNonces {
		delete(b.used, b.order[0])
		b.order = b.order[1:]
	}
	b.used[nonce] = make(map[string]bool)
	b.order = append(b.order, nonce)
	return nonce
}

// use says whether a nonce is valid and this use of it the first. One that was
// used too often is retired.
func (b *nonceBook) use(nonce, count string) bool {
	uses := b.used[nonce]
	if uses == nil || uses[count] {
		return false
	}
	if len(uses) == maxNonces {
		delete(b.used, nonce)
		return false
	}
	uses[count] = true
	return true
}

func (s *signIns) forgetNonces() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nonces = newNonceBook()
}
