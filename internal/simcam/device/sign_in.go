package device

import (
	"crypto/sha1" //nolint:gosec // WS-UsernameToken is made of it
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"

	"camwall/internal/simcam"
)

const (
	// createdWithin is how far Created may be from the device's clock.
	createdWithin = 5 * time.Minute
	// maxNonces bounds what is remembered against replays; the oldest go first.
	maxNonces = 4096
	// defaultLock is how long an account stays locked.
	defaultLock = 30 * time.Minute

	passwordDigest = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
)

// signIns decides who may ask, and counts.
type signIns struct {
	cfg Config

	mu       sync.Mutex // guards the fields below
	count    map[string]simcam.SignIns
	unsigned int
	nonces   *nonceBook      // of HTTP digest, ours
	seen     map[string]bool // nonces of tokens that were used
	order    []string        // the same, oldest first
	locked   time.Time       // until then
	forgiven int             // failed sign-ins before the last lock
}

func newSignIns(cfg Config) *signIns {
	return &signIns{
		cfg: cfg, count: make(map[string]simcam.SignIns), nonces: newNonceBook(), seen: make(map[string]bool),
	}
}

// verdict is what came of a request's credentials.
type verdict int

const (
	unsigned verdict = iota // it carries none that this device takes
	right
	wrong
	stale // right, but with a nonce of HTTP digest that is no longer valid
)

// admit says whether a request may go on; if not, it has been answered.
func (s *signIns) admit(d *Device, w http.ResponseWriter, q *request) bool {
	if s.cfg.SignIn == SignInNone {
		return true
	}
	v := unsigned
	if s.takesDigest() {
		v = s.digest(q.http, s.cfg.SignIn)
	}
	if token := q.header.get("Security", "UsernameToken"); token != nil && s.takesToken() && v != right {
		v = s.token(token, d.now())
	}
	locked := s.settle(d, ServiceONVIF, &v)
	if v == right {
		return true
	}
	fault := notAuthorized(s.cfg.RefusalStatus)
	if locked {
		fault.reason = "The account is locked after too many failed sign-ins"
	}
	if s.takesDigest() {
		fault.status = http.StatusUnauthorized
		s.challenge(w, s.cfg.SignIn, v == stale)
	}
	answerFault(w, fault)
	return false
}

// admitSnapshot is admit for a picture: HTTP digest alone.
func (s *signIns) admitSnapshot(d *Device, w http.ResponseWriter, r *http.Request) bool {
	if s.cfg.SignIn == SignInNone {
		return true
	}
	kind := s.cfg.SignIn
	if kind == SignInToken {
		kind = SignInDigestMD5
	}
	v := s.digest(r, kind)
	s.settle(d, ServiceSnapshot, &v)
	if v == right {
		return true
	}
	s.challenge(w, kind, v == stale)
	http.Error(w, "Unauthorized", http.StatusUnauthorized)
	return false
}

// settle counts a sign-in, and refuses it when the account is locked.
func (s *signIns) settle(d *Device, service string, v *verdict) (locked bool) {
	overRTSP := 0
	if s.cfg.LockAfter > 0 {
		overRTSP = d.failedOverRTSP()
	}
	s.mu.Lock()
	locked = s.isLocked(overRTSP)
	if locked && *v == right {
		*v = wrong
	}
	one := s.count[service]
	switch *v {
	case right:
		one.OK++
	case wrong:
		one.Failed++
	case unsigned:
		s.unsigned++
	}
	s.count[service] = one
	ok := *v
	s.mu.Unlock()
	if ok == right || ok == wrong {
		d.cfg.Server.CountSignIn(service, ok == right)
	}
	d.changed.Ring()
	return locked
}

// isLocked looks whether too many have failed. It needs mu.
func (s *signIns) isLocked(overRTSP int) bool {
	if s.cfg.LockAfter <= 0 {
		return false
	}
	if time.Now().Before(s.locked) {
		return true
	}
	failed := overRTSP
	for _, one := range s.count {
		failed += one.Failed
	}
	if !s.locked.IsZero() { // the lock has ended: count from here
		s.locked, s.forgiven = time.Time{}, failed
	}
	if failed-s.forgiven < s.cfg.LockAfter {
		return false
	}
	lockFor := s.cfg.LockFor
	if lockFor <= 0 {
		lockFor = defaultLock
	}
	s.locked = time.Now().Add(lockFor)
	return true
}

func (s *signIns) tell(c *Counters) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for service, one := range s.count {
		c.SignIns[service] = one
		c.FailedSignIns += one.Failed
	}
	c.Unsigned = s.unsigned
	c.Locked = time.Now().Before(s.locked)
}

// forget drops all nonces, as a restart does.
func (s *signIns) forget() {
	s.forgetNonces()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.seen)
	s.order = nil
}

func (s *signIns) takesToken() bool {
	return s.cfg.SignIn == SignInToken || s.cfg.SignIn == SignInEither
}

func (s *signIns) takesDigest() bool { return len(s.cfg.SignIn.algorithms()) > 0 }

func notAuthorized(status int) *soapFault {
	f := sender("The action requested requires authorization and the sender is not authorized", "ter:NotAuthorized")
	if status != 0 {
		f.status = status
	}
	return f
}

// token verifies WS-UsernameToken: OASIS Username Token Profile 1.0 section
// 3.1, and ONVIF core on how old it may be.
func (s *signIns) token(token *node, now time.Time) verdict {
	password := token.get("Password")
	if password == nil || password.attr("Type") != passwordDigest {
		return wrong
	}
	nonce, err := base64.StdEncoding.DecodeString(token.value("Nonce"))
	if err != nil || len(nonce) == 0 {
		return wrong
	}
	created := token.value("Created")
	at, err := time.Parse(time.RFC3339, created)
	if err != nil || at.Sub(now).Abs() > createdWithin {
		return wrong
	}
	hash := sha1.New() //nolint:gosec // as above
	hash.Write(nonce)
	hash.Write([]byte(created + s.cfg.Password))
	want := base64.StdEncoding.EncodeToString(hash.Sum(nil))
	if subtle.ConstantTimeCompare([]byte(want), []byte(strings.TrimSpace(password.text))) != 1 || token.value("Username") != s.cfg.User {
		return wrong
	}
	if !s.remember(string(nonce)) {
		return wrong
	}
	return right
}

// remember notes a nonce, and says whether it is new.
func (s *signIns) remember(nonce string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[nonce] {
		return false
	}
	if len(s.order) == maxNonces {
		delete(s.seen, s.order[0])
		s.order = s.order[1:]
	}
	s.seen[nonce] = true
	s.order = append(s.order, nonce)
	return true
}
