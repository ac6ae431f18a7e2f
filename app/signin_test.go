package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

// secretFile returns a file with a text in it.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhereTheSignInIsFrom(t *testing.T) {
	inURL := func(user, password string) camera.Credentials {
		return camera.Credentials{User: user, Password: secret.NewText(password)}
	}
	file := secretFile(t, "of-file\r\nanother line")
	for name, c := range map[string]struct {
		flags    signInFlags
		url      camera.Credentials
		env      string
		person   []string
		want     string // user:password
		code     fault.Code
		warned   bool
		question string
	}{
		"none":                      {want: ":"},
		"none, with an environment": {env: "of-env", want: ":"},
		"flags":                     {flags: signInFlags{User: "u", Password: "of-flag"}, url: inURL("v", "of-url"), env: "of-env", want: "u:of-flag", warned: true},
		"file":                      {flags: signInFlags{User: "u", PasswordFile: file}, env: "of-env", want: "u:of-file"},
		"address":                   {url: inURL("v", "of-url"), env: "of-env", want: "v:of-url", warned: true},
		"address and its user":      {flags: signInFlags{User: "v"}, url: inURL("v", "of-url"), want: "v:of-url", warned: true},
		"address, another user":     {flags: signInFlags{User: "u"}, url: inURL("v", "of-url"), want: "u:", warned: true},
		"environment":               {flags: signInFlags{User: "u"}, env: "of-env", want: "u:of-env"},
		"environment for the URL":   {url: inURL("v", ""), env: "of-env", want: "v:of-env"},
		"a person":                  {flags: signInFlags{User: "u"}, person: []string{"typed"}, want: "u:typed", question: "Password of u: "},
		"nobody to ask":             {flags: signInFlags{User: "u"}, want: "u:"},
		"flag and file":             {flags: signInFlags{User: "u", Password: "x", PasswordFile: file}, code: fault.BadRequest},
		"no user":                   {flags: signInFlags{Password: "x"}, code: fault.BadRequest, warned: true},
		"no file":                   {flags: signInFlags{User: "u", PasswordFile: "/nowhere/x"}, code: fault.BadRequest},
		"an empty file":             {flags: signInFlags{User: "u", PasswordFile: secretFile(t, "\nx")}, code: fault.BadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CAMWALL_PASSWORD", c.env)
			var errs bytes.Buffer
			s := streams{err: &errs, said: map[string]bool{}}
			who := &person{answers: c.person}
			if c.person != nil {
				s.ask = who
			}
			got, err := c.flags.signIn(s, c.url)
			if fault.CodeOf(err) != c.code {
				t.Fatalf("%v", err)
			}
			if c.code == "" && got.User+":"+got.Password.Reveal() != c.want {
				t.Errorf("%s:%s, want %s", got.User, got.Password.Reveal(), c.want)
			}
			if warned := strings.Contains(errs.String(), "other users of this machine"); warned != c.warned {
				t.Errorf("it said %q", errs.String())
			}
			if strings.Join(who.questions, "") != c.question {
				t.Errorf("it asked %q", who.questions)
			}
		})
	}
}

func TestASignInIsAskedForOnce(t *testing.T) {
	refused := fault.New(fault.Unauthorized, "refused", "")
	var errs bytes.Buffer
	s := streams{err: &errs}
	var tried []string
	try := func(c camera.Credentials) error {
		tried = append(tried, c.User+":"+c.Password.Reveal())
		return refused
	}
	err := askedOnce(s, camera.Credentials{}, try)
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.Unauthorized || !strings.Contains(f.Hint, "CAMWALL_PASSWORD") || len(tried) != 1 {
		t.Errorf("nobody to ask: %v after %q", err, tried)
	}
	who := &person{answers: []string{" admin ", "typed", "more", "more"}}
	s.ask, tried = who, nil
	if err := askedOnce(s, camera.Credentials{}, try); !errors.Is(err, refused) || strings.Join(tried, " ") != ": admin:typed" {
		t.Errorf("%v after %q", err, tried)
	}
	tried = nil
	if err := askedOnce(s, camera.Credentials{User: "u"}, try); !errors.Is(err, refused) || len(tried) != 1 {
		t.Errorf("with a sign-in: %v after %q", err, tried)
	}
	s.ask, tried = &person{}, nil
	if err := askedOnce(s, camera.Credentials{}, try); !errors.Is(err, context.Canceled) || len(tried) != 1 {
		t.Errorf("somebody who gives up: %v after %q", err, tried)
	}
	if err := askedOnce(s, camera.Credentials{}, func(camera.Credentials) error { return nil }); err != nil {
		t.Errorf("an open device: %v", err)
	}
}
