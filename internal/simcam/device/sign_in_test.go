package device

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"camwall/internal/simcam"
)

const secretOfTests = `p<&"ss:w/rd`

// signed calls an operation with WS-UsernameToken.
func signed(t *testing.T, d *Device, header string) answer {
	t.Helper()
	return post(t, client(), d.XAddr(), envelopeOf(header, nsMedia, "GetProfiles", ""))
}

func TestToken(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn = SignInToken; c.ClockOffset = 3 * time.Hour })
	now := time.Now().Add(3 * time.Hour)
	used := nonce()
	if a := signed(t, d, tokenHeader("admin", secretOfTests, used, now)); a.status != 200 {
		t.Fatalf("the right password: %d %s", a.status, a.text)
	}
	good := tokenHeader("admin", secretOfTests, nonce(), now)
	for what, header := range map[string]string{
		"wrong password":  tokenHeader("admin", "wrong", nonce(), now),
		"wrong user":      tokenHeader("Admin", secretOfTests, nonce(), now),
		"used nonce":      tokenHeader("admin", secretOfTests, used, now.Add(time.Second)),
		"our time":        tokenHeader("admin", secretOfTests, nonce(), time.Now()),
		"6 minutes ahead": tokenHeader("admin", secretOfTests, nonce(), now.Add(6*time.Minute)),
		"no nonce":        tokenHeader("admin", secretOfTests, nil, now),
		"password itself": strings.Replace(good, "#PasswordDigest", "#PasswordText", 1),
		"no date":         strings.Replace(good, "<u:Created xmlns:u=\"urn:u\">20", "<u:Created xmlns:u=\"urn:u\">x", 1),
	} {
		before := d.Counters().FailedSignIns
		faultWith(t, what, signed(t, d, header), 400, "NotAuthorized")
		if got := d.Counters().FailedSignIns - before; got != 1 {
			t.Errorf("%s: counted as %d failed sign-ins", what, got)
		}
	}
	for _, minutes := range []time.Duration{-4, 4} {
		if a := signed(t, d, tokenHeader("admin", secretOfTests, nonce(), now.Add(minutes*time.Minute))); a.status != 200 {
			t.Errorf("%d minutes off: %d", minutes, a.status)
		}
	}
	before := d.Counters()
	faultWith(t, "no token", signed(t, d, ""), 400, "NotAuthorized")
	after := d.Counters()
	if after.FailedSignIns != before.FailedSignIns || after.Unsigned != before.Unsigned+1 || after.SignIns[ServiceONVIF].OK != 3 {
		t.Errorf("counters %+v", after)
	}
	if a := signed(t, d, ""); a.header.Get("WWW-Authenticate") != "" {
		t.Error("a device of tokens asks for HTTP digest")
	}
}

func TestStatusOfRefusal(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn, c.RefusalStatus = SignInToken, 500 })
	faultWith(t, "refusal", signed(t, d, ""), 500, "NotAuthorized")
}

func TestWhatIsFree(t *testing.T) {
	for _, closed := range []bool{false, true} {
		d := oneCamera(t, func(c *Config) { c.SignIn, c.ClosedServices = SignInToken, closed })
		for operation, free := range map[string]bool{
			"GetSystemDateAndTime": true, "GetServices": !closed, "GetCapabilities": !closed, "GetHostname": !closed,
			"GetDeviceInformation": false, "GetUsers": false, "GetNetworkInterfaces": false,
		} {
			if a := ask(t, d, nsDevice, operation, ""); (a.status == 200) != free {
				t.Errorf("closed %t: %s: %d", closed, operation, a.status)
			}
		}
		faultWith(t, "an unknown operation", ask(t, d, nsDevice, "Dance", ""), 400, "NotAuthorized")
	}
}

// withDigest is a client with an independent HTTP digest.
func withDigest(user, password string, sent *[]string) *http.Client {
	c := client()
	c.Transport = &digest.Transport{
		Username: user, Password: password, Transport: c.Transport,
		FindChallenge: func(h http.Header) (*digest.Challenge, error) {
			*sent = append(*sent, h.Values("WWW-Authenticate")...)
			return digest.FindChallenge(h)
		},
	}
	return c
}

func TestDigest(t *testing.T) {
	for name, c := range map[string]struct {
		kind   SignIn
		offers []string
	}{
		"MD5":     {SignInDigestMD5, []string{"MD5"}},
		"SHA-256": {SignInDigestSHA256, []string{"SHA-256"}},
		"both":    {SignInDigest, []string{"SHA-256", "MD5"}},
		"either":  {SignInEither, []string{"SHA-256", "MD5"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := oneCamera(t, func(cfg *Config) { cfg.SignIn = c.kind })
			var asked []string
			right := withDigest("admin", secretOfTests, &asked)
			text := envelopeOf("", nsMedia, "GetProfiles", "")
			if a := post(t, right, d.XAddr(), text); a.status != 200 {
				t.Fatalf("the right password: %d %s", a.status, a.text)
			}
			if len(asked) != len(c.offers) {
				t.Errorf("it asks %q, want %q", asked, c.offers)
			}
			for i, offer := range c.offers {
				if !strings.Contains(asked[i], "algorithm="+offer+",") {
					t.Errorf("it asks %q, want %s", asked[i], offer)
				}
			}
			d.ExpireNonces()
			asked = nil
			if a := post(t, right, d.XAddr(), text); a.status != 200 || len(asked) == 0 || !strings.Contains(asked[0], "stale=true") {
				t.Errorf("an old nonce: %d after %q", a.status, asked)
			}
			if got := d.Counters(); got.FailedSignIns != 0 || got.SignIns[ServiceONVIF].OK != 2 {
				t.Errorf("an old nonce is no failed sign-in: %+v", got)
			}
			if a := post(t, withDigest("admin", "wrong", &asked), d.XAddr(), text); a.status != 401 || strings.Contains(a.header.Get("WWW-Authenticate"), "stale") {
				t.Errorf("the wrong password: %d", a.status)
			}
			if got := d.Counters(); got.FailedSignIns != 1 || got.Unsigned != 2 {
				t.Errorf("after one wrong password: %+v", got)
			}
		})
	}
}

func TestEachTakesItsOwn(t *testing.T) {
	for _, c := range []struct {
		kind                SignIn
		token               int
		failed              int
		wantsHTTP, snapshot string
	}{
		{SignInToken, 200, 0, "", "MD5"},
		{SignInDigestMD5, 401, 0, "MD5", "MD5"},
		{SignInEither, 200, 0, "SHA-256", "SHA-256"},
	} {
		d := oneCamera(t, func(cfg *Config) { cfg.SignIn = c.kind })
		if a := signed(t, d, tokenHeader("admin", secretOfTests, nonce(), time.Now())); a.status != c.token {
			t.Errorf("way %d: a token: %d, want %d", c.kind, a.status, c.token)
		}
		if got := d.Counters().FailedSignIns; got != c.failed {
			t.Errorf("way %d: a token is counted as %d failed sign-ins", c.kind, got)
		}
		a := signed(t, d, "")
		if got := a.header.Get("WWW-Authenticate"); (got == "") != (c.wantsHTTP == "") || !strings.Contains(got, c.wantsHTTP) {
			t.Errorf("way %d asks %q", c.kind, got)
		}
		r, _ := http.NewRequestWithContext(within(t), http.MethodGet, "http://"+d.Addr()+"/snapshot/1.jpg", nil)
		if a := do(t, client(), r); !strings.Contains(a.header.Get("WWW-Authenticate"), "algorithm="+c.snapshot) {
			t.Errorf("way %d: a snapshot asks %q", c.kind, a.header.Get("WWW-Authenticate"))
		}
	}
}

// A request with a wrong digest and a wrong token is one attempt.
func TestTwoCredentialsInOneRequest(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn = SignInEither })
	var asked []string
	text := envelopeOf(tokenHeader("admin", "wrong", nonce(), time.Now()), nsMedia, "GetProfiles", "")
	r, _ := http.NewRequestWithContext(within(t), http.MethodPost, d.XAddr(), strings.NewReader(text))
	r.Header.Set("Authorization", `Digest username="admin", realm="simulated device", nonce="x", uri="`+devicePath+`", response="00"`)
	if a := do(t, client(), r); a.status != 401 {
		t.Errorf("%d", a.status)
	}
	if got := d.Counters().FailedSignIns; got != 1 {
		t.Errorf("%d failed sign-ins, want 1", got)
	}
	// The digest is wrong and the token right: it is let in.
	text = envelopeOf(tokenHeader("admin", secretOfTests, nonce(), time.Now()), nsMedia, "GetProfiles", "")
	if a := post(t, withDigest("admin", "wrong", &asked), d.XAddr(), text); a.status != 200 {
		t.Errorf("a right token: %d", a.status)
	}
}

func TestReplayedDigest(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn = SignInDigestMD5 })
	text := envelopeOf("", nsMedia, "GetProfiles", "")
	challenge, err := digest.FindChallenge(post(t, client(), d.XAddr(), text).header)
	if err != nil {
		t.Fatal(err)
	}
	send := func(o digest.Options) answer {
		credentials, err := digest.Digest(challenge, o)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := http.NewRequestWithContext(within(t), http.MethodPost, d.XAddr(), strings.NewReader(text))
		r.Header.Set("Authorization", credentials.String())
		return do(t, client(), r)
	}
	o := digest.Options{Method: http.MethodPost, URI: devicePath, Username: "admin", Password: secretOfTests, Count: 1, Cnonce: "c"}
	if a := send(o); a.status != 200 {
		t.Fatalf("the first use: %d", a.status)
	}
	if a := send(o); a.status != 401 {
		t.Errorf("the same again: %d", a.status)
	}
	o.Count = 2
	if a := send(o); a.status != 200 {
		t.Errorf("counted on: %d", a.status)
	}
	o.Count, o.URI = 3, "/other"
	if a := send(o); a.status != 401 {
		t.Errorf("for another address: %d", a.status)
	}
}

// One password of a recorder, refused by three services, is three failed
// sign-ins, wherever one looks.
func TestFailedSignInsOfAllServices(t *testing.T) {
	r, err := NewRecorder(RecorderConfig{Channels: 2, User: "admin", Password: secretOfTests})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	signed(t, r.Device, tokenHeader("admin", "wrong", nonce(), time.Now()))
	request, _ := http.NewRequestWithContext(within(t), http.MethodGet, "http://"+r.Addr()+"/snapshot/2.jpg", nil)
	var asked []string
	if a := do(t, withDigest("admin", "wrong", &asked), request); a.status != 401 {
		t.Errorf("snapshot: %d", a.status)
	}
	describe(t, r.Server.Stream("ch2/sub").Info().URL, "Authorization: Digest username=\"admin\", realm=\"x\", nonce=\"x\", uri=\"x\", response=\"x\"")
	c, all := r.Counters(), r.Server.Counters()
	if c.FailedSignIns != 3 || all.FailedSignIns != 3 {
		t.Errorf("%d and %d failed sign-ins, want 3: %+v", c.FailedSignIns, all.FailedSignIns, c)
	}
	for _, service := range []string{ServiceONVIF, ServiceSnapshot, ServiceRTSP} {
		if c.SignIns[service] != (simcam.SignIns{Failed: 1}) {
			t.Errorf("%s: %+v", service, c.SignIns[service])
		}
	}
	if all.SignIns[ServiceSnapshot].Failed != 1 || all.Streams["ch2/sub"].FailedSignIns != 1 {
		t.Errorf("the server's: %+v", all)
	}
}

func TestLock(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn, c.LockAfter, c.LockFor = SignInToken, 2, 300*time.Millisecond })
	signIn := func(password string) answer {
		return signed(t, d, tokenHeader("admin", password, nonce(), time.Now()))
	}
	signIn("wrong")
	if a := signIn(secretOfTests); a.status != 200 || d.Counters().Locked {
		t.Fatalf("after one failure: %d", a.status)
	}
	signIn("wrong")
	a := signIn(secretOfTests)
	faultWith(t, "locked", a, 400, "NotAuthorized")
	if !strings.Contains(a.text, "locked") || !d.Counters().Locked {
		t.Errorf("it does not say so: %s", a.text)
	}
	ctx := within(t)
	for a.status != 200 && ctx.Err() == nil {
		a = signIn(secretOfTests)
	}
	if a.status != 200 {
		t.Error("it stays locked")
	}
}

func TestParseDigest(t *testing.T) {
	for header, want := range map[string]map[string]string{
		`Digest a="b"`:                  {"a": "b"},
		`digest A=b, c = "d\"e,=",f=g`:  {"a": "b", "c": `d"e,=`, "f": "g"},
		`Digest a="b" , , c=d`:          {"a": "b", "c": "d"},
		`Basic dXNlcg==`:                nil,
		`Digest a="b`:                   nil,
		`Digest a`:                      nil,
		``:                              nil,
		`Digest username="a", nc=00001`: {"username": "a", "nc": "00001"},
	} {
		got, ok := parseDigest(header)
		if ok != (want != nil) {
			t.Errorf("%s: %v, %t", header, got, ok)
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s: %s is %q, want %q", header, name, got[name], value)
			}
		}
	}
}

func FuzzParseDigest(f *testing.F) {
	f.Add(`Digest username="admin", realm="r", nonce="n", uri="/", qop=auth, nc=00000001, cnonce="c", response="r"`)
	f.Add(`Digest a="\`)
	f.Add(`Digest ,,=,`)
	f.Fuzz(func(t *testing.T, header string) {
		if got, ok := parseDigest(header); ok && !strings.EqualFold(header[:min(6, len(header))], "digest") {
			t.Errorf("%q gives %v", header, got)
		}
	})
}

func TestNoncesAreBounded(t *testing.T) {
	b := newNonceBook()
	first := b.issue()
	for range maxNonces {
		b.issue()
	}
	if b.use(first, "1") || len(b.used) != maxNonces {
		t.Errorf("%d nonces are kept", len(b.used))
	}
	s := newSignIns(Config{})
	for range maxNonces + 10 {
		if !s.remember(string(nonce())) {
			t.Fatal("a new nonce is refused")
		}
	}
	if len(s.seen) != maxNonces || len(s.order) != maxNonces {
		t.Errorf("%d and %d nonces are kept", len(s.seen), len(s.order))
	}
}
