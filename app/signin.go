package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

// signInFlags say how to sign in at a device.
type signInFlags struct {
	User         string `help:"User at the device." placeholder:"NAME"`
	Password     string `help:"Its password, which other users of this machine can see here; else it is asked for, or read from CAMWALL_PASSWORD." placeholder:"WORD"`
	PasswordFile string `help:"File whose first line is the password." placeholder:"FILE"`
}

const seenByOthers = "other users of this machine can see the arguments of a command, and the password in them: better --password-file, CAMWALL_PASSWORD, or the question"

// signIn returns the sign-in to use: of the flags, else of the address, else the
// password of the environment, else the one that a person types for the user that
// is known.
func (f *signInFlags) signIn(s streams, ofAddress camera.Credentials) (camera.Credentials, error) {
	if f.Password != "" && f.PasswordFile != "" {
		return camera.Credentials{}, fault.New(fault.BadRequest, "there is --password and --password-file", "give one of them")
	}
	if f.Password != "" || !ofAddress.Password.IsZero() {
		s.once(seenByOthers)
	}
	cred := camera.Credentials{User: cmp.Or(f.User, ofAddress.User)}
	switch {
	case f.Password != "":
		cred.Password = secret.NewText(f.Password)
	case f.PasswordFile != "":
		var err error
		if cred.Password, err = readSecret(f.PasswordFile, "--password-file"); err != nil {
			return camera.Credentials{}, err
		}
	case !ofAddress.Password.IsZero() && cred.User == ofAddress.User:
		cred.Password = ofAddress.Password
	case cred.User != "":
		if word := os.Getenv("CAMWALL_PASSWORD"); word != "" {
			cred.Password = secret.NewText(word)
			return cred, nil
		}
		if s.ask != nil {
			return askPassword(s, cred.User)
		}
	}
	if cred.User == "" && !cred.Password.IsZero() {
		return camera.Credentials{}, fault.New(fault.BadRequest, "there is a password, but no user", "give --user")
	}
	return cred, nil
}

func askPassword(s streams, user string) (camera.Credentials, error) {
	word, err := s.ask.askSecret("Password of " + clean(user) + ": ")
	return camera.Credentials{User: user, Password: word}, err
}

// askedOnce runs try, and once more with what a person types if the device wants
// a sign-in and there was none. There is no third time: many cameras lock a user
// after a few.
func askedOnce(s streams, cred camera.Credentials, try func(camera.Credentials) error) error {
	err := try(cred)
	if !cred.IsZero() || !wantsSignIn(err) {
		return err
	}
	if s.ask == nil {
		f, _ := errors.AsType[*fault.Error](err)
		return f.WithHint("give --user, and --password-file or CAMWALL_PASSWORD")
	}
	s.warn("the device asks for a user and a password")
	user, err := s.ask.ask("User: ")
	if err != nil {
		return err
	}
	if cred, err = askPassword(s, strings.TrimSpace(user)); err != nil {
		return err
	}
	return try(cred)
}

func wantsSignIn(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.Unauthorized || code == fault.PasswordNeeded
}

// maxSecret bounds what is read of a file.
const maxSecret = 64 << 10

// readSecret returns the first line of a file.
func readSecret(path, flag string) (secret.Text, error) {
	f, err := os.Open(path)
	if err != nil {
		return secret.Text{}, fault.Errorf(fault.BadRequest, "read %s: %w", flag, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return secret.Text{}, fault.Errorf(fault.BadRequest, "read %s: %w", flag, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return secret.Text{}, fault.Errorf(fault.BadRequest, "the first line of %s %s is empty", flag, path)
	}
	return secret.NewText(line), nil
}

// sureOf asks a question that is answered with y or n; no is the default.
func sureOf(s streams, question string) (bool, error) {
	answer, err := s.ask.ask(question + " [y/N] ")
	if errors.Is(err, io.EOF) {
		return false, context.Canceled
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", err
}
