package authenticate

import (
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]Challenge{
		``:                     nil,
		` , "=,`:               nil,
		`realm="no scheme"`:    nil,
		`Basic`:                {{Scheme: "basic"}},
		`BASIC realm="a, b=c"`: {{"basic", map[string]string{"realm": "a, b=c"}}},
		`Digest realm="say \"x\\y\"", Nonce=abc , qop = "auth,auth-int", stale=TRUE`: {
			{"digest", map[string]string{"realm": `say "x\y"`, "nonce": "abc", "qop": "auth,auth-int", "stale": "TRUE"}},
		},
		`Digest realm="a", algorithm=MD5, Digest realm="b", algorithm=SHA-256, Basic realm=c`: {
			{"digest", map[string]string{"realm": "a", "algorithm": "MD5"}},
			{"digest", map[string]string{"realm": "b", "algorithm": "SHA-256"}},
			{"basic", map[string]string{"realm": "c"}},
		},
		`Digest nonce="1",nonce="2"`: {{"digest", map[string]string{"nonce": "2"}}},
		`Digest realm="not closed`:   {{"digest", map[string]string{"realm": "not closed"}}},
		`Digest opaque=""`:           {{"digest", map[string]string{"opaque": ""}}},
	} {
		if got := Parse(value); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\nis %q, want %q", value, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`Digest realm="a", nonce="b", qop="auth", Basic realm="c"`)
	f.Add("Digest realm=\"\\\xff")
	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range Parse(value) {
			if c.Scheme == "" || c.Scheme != strings.ToLower(c.Scheme) {
				t.Fatalf("scheme %q of %q", c.Scheme, value)
			}
		}
	})
}

// FuzzQuote: what is quoted is read again, but for the ends of lines.
func FuzzQuote(f *testing.F) {
	f.Add(`a "b" \c`)
	f.Add("line\r\nend")
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.NewReplacer("\r", "", "\n", "").Replace(text)
		got := Parse("Digest realm=" + Quote(text))
		if len(got) != 1 || got[0].Params["realm"] != want {
			t.Fatalf("%q is read as %q", text, got)
		}
	})
}
