package onvif

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

// deniedFor is how long a function that the device denies to this user is not
// asked for again.
const deniedFor = 10 * time.Minute

// maxStale bounds how often a request is repeated because the device gave a new
// nonce meanwhile.
const maxStale = 3

// signIn is the state of a credential at a device. Until the device has
// accepted it, it is sent by one request at a time, and only by one that the
// device has refused without it. Once it is refused, it is never sent again.
type signIn struct {
	cred camera.Credentials

	// turn is held by the one who tries a credential that is not proven.
	turn chan struct{}

	mu sync.Mutex
	// mu guards the fields below.
	challenges map[string]*challenge // by origin
	proven     bool                  // a request was refused without it and accepted with it
	witness    *query                // one that the device has accepted with it; nil: none yet
	barred     *fault.Error          // the refusal
	guessed    bool                  // it was tried where the device did not ask for it in so many words
	denied     map[string]denial     // what an accepted credential may not do
}

type denial struct {
	until   time.Time
	problem *fault.Error
}

func newSignIn(cred camera.Credentials) *signIn {
	return &signIn{
		cred: cred, turn: make(chan struct{}, 1),
		challenges: map[string]*challenge{}, denied: map[string]denial{},
	}
}

// hide replaces the password in text, should a device repeat it.
func (s *signIn) hide(text string) string {
	if password := s.cred.Password.Reveal(); len(password) > 2 {
		return strings.ReplaceAll(text, password, secret.Mask)
	}
	return text
}

// closed returns why q may not be sent; nil when it may.
func (s *signIn) closed(q *query) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.barred != nil {
		return s.barred
	}
	if d, ok := s.denied[q.name]; ok && time.Now().Before(d.until) {
		return d.problem
	}
	return nil
}

func (s *signIn) isProven() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proven
}

// note keeps the challenge of a refusal for the requests to come.
func (s *signIn) note(a *reply) {
	if c := strongest(a.header); c != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.challenges[originOf(a.url)] = c
	}
}

func (s *signIn) accept(q *query) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proven = true
	if s.witness == nil && q.reads {
		s.witness = q
	}
}

func (s *signIn) bar(f *fault.Error) *fault.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proven, s.barred = false, f
	return f
}

func (s *signIn) deny(q *query, f *fault.Error) *fault.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[q.name] = denial{time.Now().Add(deniedFor), f}
	return f
}

// authorization returns the Authorization for a request, or nothing when the
// origin has asked for none. It is safe for several requests at once: each has
// a count of its own.
func (s *signIn) authorization(method, address string, body []byte) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.challenges[originOf(address)]
	if c == nil {
		return "", nil
	}
	return c.answer(s.cred, method, requestURI(address), body)
}

// nonce tells challenges of an origin apart.
func (s *signIn) nonce(origin string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.challenges[origin]; c != nil {
		return c.digest.Nonce
	}
	return ""
}

// query is a request that may want the credential.
type query struct {
	name  string // of the function, for what is denied
	url   string
	reads bool // it changes nothing
	soap  bool // the credential can stand in its body
	long  bool // the answer may take its time
	send  func(ctx context.Context, signed bool) (*answer, error)
}

// eager tells that q is sent with the credential at once: it is proven, and
// nothing is missing to sign q.
func (s *signIn) eager(q *query) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proven && (s.challenges[originOf(q.url)] != nil || q.soap && len(s.challenges) == 0)
}

// guess tells, once, that an answer may be a clumsy way to ask for a sign-in.
func (s *signIn) guess(q *query, a *answer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cred.IsZero() || s.proven || s.guessed || !q.soap || !a.suspect() {
		return false
	}
	s.guessed = true
	return true
}

// can tells that q can be signed.
func (s *signIn) can(q *query) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return q.soap || s.challenges[originOf(q.url)] != nil
}

// ask sends q as the sign-in at this device demands. The answer may be a fault,
// but is never a refusal.
func (c *Client) ask(ctx context.Context, q *query) (*answer, error) {
	if !c.sign.cred.IsZero() && !c.sign.isProven() && !q.long {
		// One at a time: devices that know one nonce only would take the
		// others' challenges for an answer with an old one.
		release, err := c.takeTurn(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
		if c.sign.isProven() {
			release() // whoever had the turn proved it
		}
	}
	if err := c.sign.closed(q); err != nil {
		return nil, err
	}
	if c.sign.eager(q) {
		return c.signedIn(ctx, q, false)
	}
	a, err := q.send(ctx, false)
	if err != nil {
		return nil, err
	}
	switch {
	case a.locked():
		return nil, lockedFault()
	case c.sign.guess(q, a):
		return c.signedIn(ctx, q, true)
	case !a.refused():
		return a, nil
	case c.sign.cred.IsZero():
		return nil, errNoCredentials()
	}
	c.sign.note(a.reply)
	if !c.sign.can(q) {
		return nil, fault.New(fault.NotSupported, "The camera asks for a kind of sign-in that is not known here.", "")
	}
	if q.long && !c.sign.isProven() {
		short := *q
		short.long = false
		return c.ask(ctx, &short) // now it waits for its turn
	}
	return c.signedIn(ctx, q, true)
}

// takeTurn waits until nobody else tries a credential.
func (c *Client) takeTurn(ctx context.Context) (release func(), err error) {
	select {
	case c.sign.turn <- struct{}{}:
		var once sync.Once
		return func() { once.Do(func() { <-c.sign.turn }) }, nil
	case <-ctx.Done():
		return nil, c.explain(ctx, ctx.Err())
	}
}

// signedIn sends q with the credential. fresh tells that q was just refused
// without it.
func (c *Client) signedIn(ctx context.Context, q *query, fresh bool) (a *answer, err error) {
	if c.cfg.SignIn == nil {
		return c.attempt(ctx, q, fresh)
	}
	err = c.cfg.SignIn(ctx, func() error {
		var attemptErr error
		a, attemptErr = c.attempt(ctx, q, fresh)
		return attemptErr
	})
	if err == nil && a == nil {
		err = errors.New("sign in: not attempted")
	}
	return a, err
}

// attempt sends q with the credential, and decides about a refusal.
func (c *Client) attempt(ctx context.Context, q *query, fresh bool) (*answer, error) {
	origin := originOf(q.url)
	used := c.sign.nonce(origin)
	a, err := q.send(ctx, true)
	if err != nil {
		return nil, err
	}
	for tries := 0; a.refused() && a.stale() && tries < maxStale; tries++ {
		c.sign.note(a.reply)
		if a, err = q.send(ctx, true); err != nil {
			return nil, err
		}
	}
	switch {
	case a.locked():
		return nil, c.sign.bar(lockedFault())
	case !a.refused() && a.proof():
		c.sign.accept(q)
		return a, nil
	case a.status == http.StatusForbidden && a.fault == nil && !c.sign.isProven():
		return nil, c.sign.bar(lockedFault())
	case !a.refused():
		return a, nil
	case !c.sign.isProven():
		return nil, c.sign.bar(refusedFault(a))
	}
	c.sign.note(a.reply)
	renewed := !fresh && c.sign.nonce(origin) != used
	return c.recheck(ctx, q, renewed)
}

// recheck is for a refusal of a credential that was accepted before: the device
// has another clock or other nonces since it restarted, or it denies this one
// function to this user, or the password was changed. Another request, one that
// the credential was good for, tells which.
func (c *Client) recheck(ctx context.Context, q *query, renewed bool) (*answer, error) {
	release, err := c.takeTurn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := c.sign.closed(q); err != nil {
		return nil, err
	}
	renewed = c.readClockAgain(ctx) || renewed
	witness := c.witness()
	own := witness.name == q.name && witness.url == q.url
	if !own {
		a, err := witness.send(ctx, true)
		if err != nil {
			return nil, err
		}
		if a.refused() || a.locked() {
			return nil, c.sign.bar(refusedFault(a))
		}
	}
	if renewed {
		a, err := q.send(ctx, true)
		if err != nil {
			return nil, err
		}
		if !a.refused() && !a.locked() {
			return a, nil
		}
	}
	if own {
		return nil, c.sign.bar(errRefused())
	}
	return nil, c.sign.deny(q, deniedFault())
}

// witness returns the request that proved the credential, if it may be sent
// again, else one that every user may send.
func (c *Client) witness() *query {
	c.sign.mu.Lock()
	defer c.sign.mu.Unlock()
	if c.sign.witness != nil {
		return c.sign.witness
	}
	return c.soapQuery(getDeviceInformation(), c.Address(), 0)
}

// stale tells that only the nonce was refused (RFC 7616 section 3.3).
func (a *answer) stale() bool {
	if a.status != http.StatusUnauthorized {
		return false
	}
	c := strongest(a.header)
	return c != nil && !c.basic && c.digest.Stale
}
