package secret

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	keyFile        = "key"
	credentialFile = "camwall.key"
	credentialsDir = "CREDENTIALS_DIRECTORY" // systemd.exec(5), LoadCredential=
	maxKeyFile     = 1024
)

// KeySource says where the key is.
type KeySource struct {
	// Dir is the folder in which the file key is, or is made.
	Dir string

	// Getenv finds systemd's credential directory; nil is no environment. Its
	// camwall.key is taken before the file in Dir.
	Getenv func(string) string

	// ReadOnly makes no file: without one the key is a random one.
	ReadOnly bool
}

// KeyError says what is wrong with the file of a key and what to do.
type KeyError struct {
	Path    string
	Problem string // a sentence's rest: "can be read by others"
	Hint    string
	Err     error // may be nil
}

// Error returns path and problem.
func (e *KeyError) Error() string { return "the key file " + e.Path + " " + e.Problem }

// Unwrap returns the cause.
func (e *KeyError) Unwrap() error { return e.Err }

// FromSystemd returns the path of the key that systemd hands in, or "".
func (s KeySource) FromSystemd() string {
	if s.Getenv == nil {
		return ""
	}
	dir := s.Getenv(credentialsDir)
	if dir == "" {
		return ""
	}
	path := filepath.Join(dir, credentialFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}

// LoadBox reads the key, or makes one where there is none: then created is true,
// also when it was made for ReadOnly and is nowhere kept. The error is a
// *KeyError.
func LoadBox(src KeySource) (box *Box, created bool, err error) {
	path, private := src.FromSystemd(), false
	if path == "" { // systemd guards its own folder, by more than modes
		path, private = filepath.Join(src.Dir, keyFile), true
	}
	key, err := readKey(path, private)
	switch {
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return nil, false, err
	case src.ReadOnly:
		key, created = NewKey(), true
	default:
		if key, created, err = makeKey(path); err != nil {
			return nil, false, err
		}
	}
	box, err = NewBox(key)
	return box, created, err
}

// WriteKey puts the key of a backup into Dir, where there is none yet.
func (s KeySource) WriteKey(key Text) error {
	_, err := createKey(filepath.Join(s.Dir, keyFile), key)
	return err
}

func readKey(path string, private bool) (Text, error) {
	f, err := os.Open(path)
	if err != nil {
		return Text{}, unusable(path, "can't be opened", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Text{}, unusable(path, "can't be read", err)
	}
	if private && info.Mode().Perm()&0o077 != 0 {
		return Text{}, &KeyError{Path: path, Problem: "can be read by others", Hint: "chmod 600 " + path}
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return Text{}, unusable(path, "can't be read", err)
	}
	key, ok := ParseKey(raw)
	if !ok {
		return Text{}, &KeyError{
			Path: path, Problem: "holds no key",
			Hint: "put the right file back: 64 hexadecimal digits; without it, stored passwords are lost and have to be entered again",
		}
	}
	return key, nil
}

// ParseKey reads a key as files have it: 64 hexadecimal digits, as Camwall
// writes it, or Base64, or 32 bytes as they are.
func ParseKey(raw []byte) (Text, bool) {
	if len(raw) == keyBytes {
		return NewText(string(raw)), true
	}
	word := strings.TrimSpace(string(raw))
	if key, err := hex.DecodeString(word); err == nil && len(key) == keyBytes {
		return NewText(string(key)), true
	}
	if key, err := base64.StdEncoding.DecodeString(word); err == nil && len(key) == keyBytes {
		return NewText(string(key)), true
	}
	return Text{}, false
}

// FormatKey is the reverse of ParseKey.
func FormatKey(key Text) []byte { return []byte(hex.EncodeToString([]byte(key.Reveal())) + "\n") }

// makeKey makes the file of a new key, or reads the one that another process has
// made meanwhile.
func makeKey(path string) (key Text, created bool, err error) {
	key = NewKey()
	created, err = createKey(path, key)
	if err != nil || created {
		return key, created, err
	}
	key, err = readKey(path, true)
	return key, false, err
}

// createKey writes key to a file that only its owner can read, whole or not at
// all. It returns false when there is one already.
func createKey(path string, key Text) (created bool, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600, O_EXCL
	if err != nil {
		return false, unusable(path, "can't be made", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is a second name, or gone
	_, err = f.Write(FormatKey(key))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return false, unusable(path, "can't be written", err)
	}
	if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil { // a file system without links
		err = os.Rename(f.Name(), path)
	}
	if err = errors.Join(err, syncFolder(filepath.Dir(path))); err != nil {
		return false, unusable(path, "can't be made", err)
	}
	return true, nil
}

// syncFolder makes the names in a folder last.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func unusable(path, problem string, err error) error {
	cause := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		cause = p.Err
	}
	return &KeyError{
		Path: path, Problem: fmt.Sprintf("%s: %v", problem, cause), Err: err,
		Hint: "see that Camwall's user may read and write there, and that the disk has room",
	}
}
