package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"camwall/internal/camera"
	"camwall/internal/secret"
)

// maxSecretBytes bounds a password file.
const maxSecretBytes = 4096

// signIn reads user, password and password_file of a device or a camera, and the
// like of others.
type signIn struct {
	*reader
	where                string
	secretKey            string // in place of password; then there is no user
	user, password, file string
	secretAt, fileAt     *yaml.Node
}

// with adds its keys to known.
func (s *signIn) with(known fields) fields {
	if s.secretKey == "" {
		known["user"] = text(&s.user)
	}
	known[s.key()] = func(r *reader, where, key string, n *yaml.Node) bool {
		s.secretAt = n
		if n.LineComment != "" && n.Style == 0 {
			r.config.Warnings = append(r.config.Warnings, fmt.Sprintf("%s:%d: what stands behind # is no part of the %s; quote a password that has a # in it", r.path, n.Line, s.key()))
		}
		return secretText(&s.password)(r, where, key, n)
	}
	known[s.key()+"_file"] = func(r *reader, where, key string, n *yaml.Node) bool {
		s.fileAt = n
		return text(&s.file)(r, where, key, n)
	}
	return known
}

// key is the key of the secret.
func (s *signIn) key() string { return cmp.Or(s.secretKey, "password") }

// read returns what was written, with the password from its file.
func (s *signIn) read() camera.Credentials {
	password := s.password
	switch {
	case s.fileAt != nil && s.secretAt != nil:
		s.wrong(s.fileAt, "keep one of them", "%s: %s and %s_file exclude each other", s.where, s.key(), s.key())
	case s.file != "" && s.screensOnly && s.secretKey == "": // it may be for a server alone
	case s.file != "":
		var err error
		if password, err = s.readFile(); err != nil {
			s.wrong(s.fileAt, "name a file that holds the "+s.key()+" and nothing else", "%s: read %s_file %s: %v", s.where, s.key(), s.file, err)
		}
	}
	s.secrets = s.secrets || s.password != ""
	return camera.Credentials{User: s.user, Password: secret.NewText(password)}
}

// readFile returns the password that stands in the file, without the line's end.
func (s *signIn) readFile() (string, error) {
	path := s.file
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(s.path), path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", plain(err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecretBytes {
		return "", errors.New("it is no file, or one too large for a password")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", plain(err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case password == "":
		return "", errors.New("it is empty")
	case strings.ContainsAny(password, "\r\n"):
		return "", errors.New("it has more than one line")
	case worldReadable(info):
		s.config.Warnings = append(s.config.Warnings, fmt.Sprintf("%s:%d: %s can be read by everybody on this machine; chmod 600 it", s.path, s.fileAt.Line, path))
	}
	return password, nil
}

func worldReadable(info os.FileInfo) bool { return info.Mode().Perm()&0o004 != 0 }

// plain leaves out the path, which the message has.
func plain(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}
