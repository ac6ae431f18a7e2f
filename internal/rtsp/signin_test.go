package rtsp

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"camwall/internal/fault"
)

// guard is a camera's sign-in, written from RFC 7616 and RFC 7617 on its own.
type guard struct {
	challenges     []string
	user, password string
}

var authParam = regexp.MustCompile(`([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^, ]+))`)

// admits checks a request's Authorization.
func (g guard) admits(req *base.Request) bool {
	if !hasAuthorization(req) {
		return false
	}
	value := req.Header["Authorization"][0]
	if coded, ok := strings.CutPrefix(value, "Basic "); ok {
		plain, err := base64.StdEncoding.DecodeString(coded)
		return err == nil && string(plain) == g.user+":"+g.password
	}
	params := map[string]string{}
	for _, m := range authParam.FindAllStringSubmatch(value, -1) {
		params[m[1]] = regexp.MustCompile(`\\(.)`).ReplaceAllString(m[2], "$1") + m[3]
	}
	sum := func(text string) string {
		var h hash.Hash = md5.New()
		if strings.HasPrefix(params["algorithm"], "SHA-256") {
			h = sha256.New()
		}
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
	ha1 := sum(g.user + ":Our realm:" + g.password)
	if strings.HasSuffix(params["algorithm"], "-sess") {
		ha1 = sum(ha1 + ":" + params["nonce"] + ":" + params["cnonce"])
	}
	ha2 := sum(string(req.Method) + ":" + req.URL.String())
	want := sum(ha1 + ":" + params["nonce"] + ":" + ha2)
	if params["qop"] != "" {
		want = sum(ha1 + ":" + params["nonce"] + ":" + params["nc"] + ":" + params["cnonce"] + ":auth:" + ha2)
	}
	offered := strings.Join(g.challenges, ",")
	return params["response"] == want && params["username"] == g.user && params["uri"] == req.URL.String() &&
		strings.Contains(offered, `nonce="`+params["nonce"]+`"`) &&
		(params["opaque"] != "") == strings.Contains(offered, "opaque=") &&
		(params["qop"] != "") == strings.Contains(offered, "qop=")
}

// guarded answers as a camera that asks for a sign-in at some methods, and has
// no track 0: who is let in gets 404.
func guarded(g guard, methods ...base.Method) func(*base.Request) *base.Response {
	return func(req *base.Request) *base.Response {
		for _, m := range methods {
			if m == req.Method && !g.admits(req) {
				return &base.Response{
					StatusCode: base.StatusUnauthorized,
					Header:     base.Header{"WWW-Authenticate": g.challenges},
				}
			}
		}
		return status(base.Setup, base.StatusNotFound)(req)
	}
}

// challengeKinds are what cameras ask with.
var challengeKinds = map[string][]string{
	"basic":           {`Basic realm="Our realm"`},
	"plain digest":    {`Digest realm="Our realm", nonce="n1"`},
	"MD5":             {`Digest realm="Our realm", nonce="n1", algorithm="MD5"`},
	"MD5 token":       {`digest realm="Our realm",nonce="n1",algorithm=MD5,stale=FALSE`},
	"SHA-256":         {`Digest realm="Our realm", nonce="n1", algorithm=SHA-256`},
	"SHA-256 or MD5":  {`Digest realm="Our realm", nonce="n1"`, `Digest realm="Our realm", nonce="n2", algorithm="SHA-256"`},
	"basic or digest": {`Basic realm="Our realm"`, `Digest realm="Our realm", nonce="n1"`},
	"one header":      {`Basic realm="Our realm", Digest realm="Our realm", nonce="n1", algorithm=MD5`},
	"opaque":          {`Digest realm="Our realm", nonce="n1", opaque="a\"b"`},
	"qop":             {`Digest realm="Our realm", qop="auth-int,auth", nonce="n1", algorithm=SHA-256`},
	"MD5-sess":        {`Digest realm="Our realm", qop="auth", nonce="n1", algorithm=MD5-sess`},
	"unknown first":   {`Negotiate abc=`, `Digest realm="Our realm", nonce="n0", algorithm=SHA-512-256`, `Digest realm="Our realm", nonce="n1"`},
}

// TestSignIn: every kind of challenge with every kind of name and password.
func TestSignIn(t *testing.T) {
	names := []string{
		"admin", "a b", `quo"te`, `back\slash`, "über", "日本", "p@ss", "a/b", "a#b", "a?b", "a%41b", "a&b=c", "'x'", "a,b",
	}
	for kind, challenges := range challengeKinds {
		t.Run(kind, func(t *testing.T) {
			for i, name := range names {
				g := guard{challenges, name, names[len(names)-1-i] + ":x"}
				raw := answerRaw(t, guarded(g, base.Options, base.Describe, base.Setup, base.Play))
				p := start(t, Config{URL: raw.url + "?a=b&c=%20d", Credentials: credentials(g.user, g.password)})
				p.fails(fault.StreamNotFound)
				if !p.session.Info().SignedIn {
					t.Errorf("%q: not signed in", name)
				}
				if n := raw.count(func(r *base.Request) bool { return hasAuthorization(r) && !g.admits(r) }); n > 0 {
					t.Errorf("%q: %d wrong sign-ins", name, n)
				}
			}
		})
	}
}

// TestWrongPassword: it is sent once in a session, wherever the camera asks,
// and told to nobody.
func TestWrongPassword(t *testing.T) {
	const password = "geh#im@nis"
	for name, methods := range map[string][]base.Method{
		"everywhere": {base.Options, base.Describe, base.Setup, base.Play},
		"usual":      {base.Describe, base.Setup, base.Play},
		"late":       {base.Setup, base.Play},
		"at play":    {base.Play},
	} {
		for kind, challenges := range challengeKinds {
			t.Run(name+" "+kind, func(t *testing.T) {
				g := guard{challenges, "admin", "right"}
				guarded := guarded(g, methods...)
				raw := answerRaw(t, func(req *base.Request) *base.Response {
					res := guarded(req)
					if res.StatusCode == base.StatusNotFound {
						return granted(req)
					}
					return res
				})
				var log bytes.Buffer
				p := start(t, Config{
					URL: raw.url, Credentials: credentials("admin", password),
					Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				})
				f := p.failure(fault.Unauthorized)
				raw.settle()
				if n := raw.count(hasAuthorization); n != 1 {
					t.Errorf("the password was sent %d times", n)
				}
				if p.session.Info().SignedIn {
					t.Error("signed in with a wrong password")
				}
				for _, text := range []string{f.Message, f.Hint, fmt.Sprint(f.Err), log.String()} {
					if strings.Contains(text, "geh") || strings.Contains(text, url.QueryEscape(password)) {
						t.Errorf("%q tells the password", text)
					}
				}
			})
		}
	}
}

func TestNoPassword(t *testing.T) {
	raw := answerRaw(t, guarded(guard{challengeKinds["MD5"], "admin", "right"}, base.Describe))
	f := start(t, Config{URL: raw.url}).failure(fault.Unauthorized)
	if raw.count(hasAuthorization) != 0 || len(raw.seen()) != 2 {
		t.Errorf("requests: %v", raw.seen())
	}
	if !strings.Contains(f.Message, "asks for") {
		t.Error(f.Message)
	}
}

func TestUnknownChallenge(t *testing.T) {
	raw := answerRaw(t, guarded(guard{[]string{"Bearer abc"}, "admin", "right"}, base.Describe))
	start(t, Config{URL: raw.url, Credentials: credentials("admin", "right")}).fails(fault.Unauthorized)
	if raw.count(hasAuthorization) != 0 {
		t.Error("credentials were sent")
	}
}

// TestURLSignInIsLeftOut: what stands in the URL is not sent and not told.
func TestURLSignInIsLeftOut(t *testing.T) {
	raw := answerRaw(t, guarded(guard{challengeKinds["MD5"], "admin", "right"}, base.Describe))
	start(t, Config{URL: strings.Replace(raw.url, "//", "//admin:right@", 1)}).fails(fault.Unauthorized)
	for _, req := range raw.seen() {
		if req.URL.User != nil || strings.Contains(req.URL.String(), "right") || hasAuthorization(req) {
			t.Errorf("%s %s", req.Method, req.URL)
		}
	}
}

// TestStaleNonce: a new nonce is answered with the same credentials, once.
func TestStaleNonce(t *testing.T) {
	fresh := guard{[]string{`Digest realm="Our realm", nonce="n2", stale=true`}, "admin", "right"}
	old := guard{[]string{`Digest realm="Our realm", nonce="n1"`}, "admin", "right"}
	stale := func(g guard) *base.Response {
		return &base.Response{StatusCode: 401, Header: base.Header{"WWW-Authenticate": g.challenges}}
	}
	t.Run("renewed", func(t *testing.T) {
		raw := answerRaw(t, func(req *base.Request) *base.Response {
			if req.Method == base.Setup && !fresh.admits(req) {
				return stale(fresh)
			}
			return guarded(old, base.Describe)(req)
		})
		p := start(t, Config{URL: raw.url, Credentials: credentials("admin", "right")})
		p.fails(fault.StreamNotFound)
	})
	t.Run("for ever", func(t *testing.T) {
		raw := answerRaw(t, func(req *base.Request) *base.Response {
			if req.Method == base.Describe {
				return stale(fresh)
			}
			return granted(req)
		})
		start(t, Config{URL: raw.url, Credentials: credentials("admin", "right")}).fails(fault.Unauthorized)
		raw.settle()
		if n := raw.count(hasAuthorization); n != 2 {
			t.Errorf("sent %d times", n)
		}
	})
}

// TestRedirect: credentials do not follow to another device.
func TestRedirect(t *testing.T) {
	g := guard{challengeKinds["basic"], "admin", "right"}
	other := answerRaw(t, guarded(g, base.Describe))
	first := answerRaw(t, func(req *base.Request) *base.Response {
		if req.Method == base.Describe && g.admits(req) {
			return &base.Response{StatusCode: base.StatusFound, Header: base.Header{"Location": base.HeaderValue{other.url}}}
		}
		return guarded(g, base.Describe)(req)
	})
	f := start(t, Config{URL: first.url, Credentials: credentials("admin", "right")}).failure(fault.Unauthorized)
	if other.count(hasAuthorization) != 0 {
		t.Error("credentials were sent to the other device")
	}
	if !strings.Contains(f.Message, "another device") {
		t.Error(f.Message)
	}
}

// FuzzChallenge: whatever a server sends, what is answered is one line, and a
// challenge that was read is one that can be answered.
func FuzzChallenge(f *testing.F) {
	for _, values := range challengeKinds {
		for _, v := range values {
			f.Add(v)
		}
	}
	f.Add(`Digest realm="a\`)
	f.Add(`Digest , ,,= "x" nonce=`)
	f.Fuzz(func(t *testing.T, value string) {
		c := pickChallenge([]string{value})
		if c == nil {
			return
		}
		if c.rank() == 0 {
			t.Fatalf("picked %+v", c)
		}
		answer := c.answer(credentials("u\"\r\nser", "p"), "DESCRIBE", "rtsp://h/\r\nX", 1, "c")
		if strings.ContainsAny(answer, "\r\n") && !strings.ContainsAny(value, "\r\n") {
			t.Fatalf("%q has a line end", answer)
		}
	})
}
