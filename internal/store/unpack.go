package store

import (
	"archive/tar"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

const (
	maxManifest   = 64 << 10 // bytes; of a key, too
	maxDatabase   = 1 << 30  // bytes
	maxWorkFactor = 20       // scrypt with 1 GiB of memory

	intro = "age-encryption.org/v1\n" // the first line of a backup
)

// errBackup is what is wrong with a backup, in words for people.
type errBackup string

// Error returns the words.
func (e errBackup) Error() string { return string(e) }

const (
	errNoBackup    errBackup = "it is no backup of Camwall"
	errNewerBackup errBackup = "it is one of a newer Camwall"
)

// backupFault tells what is wrong with a backup.
func backupFault(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return &fault.Error{
			Code: fault.BadRequest, Message: "the passphrase is not that of this backup", Err: err,
			Hint: "nothing was changed; try again with the passphrase that the backup was made with",
		}
	}
	what := "it is cut off or was changed"
	if told, ok := errors.AsType[errBackup](err); ok {
		what = string(told)
	}
	return &fault.Error{
		Code: fault.BadRequest, Message: "the backup can't be used: " + what, Err: err,
		Hint: "nothing was changed; take another backup",
	}
}

// unpacked is a backup that has been read.
type unpacked struct {
	manifest
	path    string      // of the database
	key     secret.Text // zero: none
	install bool        // whether the key is to be put into the folder
}

// read decrypts and unpacks all of r, and checks that it is whole.
func (u *unpacked) read(passphrase secret.Text, r io.Reader) error {
	identity, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return fmt.Errorf("decrypt backup: %w", err)
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	source := bufio.NewReader(r)
	if begin, _ := source.Peek(len(intro)); string(begin) != intro {
		return errNoBackup
	}
	plain, err := age.Decrypt(source, identity)
	if noMatch, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return errors.Join(noMatch.Errors...)
	}
	if err != nil {
		return fmt.Errorf("decrypt backup: %w", err)
	}
	if err := u.readEntries(tar.NewReader(plain)); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, plain); err != nil { // the end is checked, too
		return fmt.Errorf("decrypt backup: %w", err)
	}
	return u.check()
}

func (u *unpacked) readEntries(archive *tar.Reader) error {
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		switch first := u.Format == ""; {
		case header.Typeflag != tar.TypeReg || first != (header.Name == manifestFile):
			err = errNoBackup
		case first:
			err = u.readManifest(archive)
		case header.Name == keyEntry:
			err = u.readKey(archive)
		case header.Name == databaseFile && header.Size == u.Bytes:
			err = u.readDatabase(archive)
		default:
			err = errNoBackup
		}
		if err != nil {
			return err
		}
	}
}

func (u *unpacked) readManifest(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	if err := json.Unmarshal(raw, &u.manifest); err != nil || u.Format != formatName {
		return errNoBackup
	}
	if u.Version > formatNumber {
		return errNewerBackup
	}
	if u.Bytes > maxDatabase {
		return errNoBackup
	}
	return nil
}

func (u *unpacked) readKey(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	var ok bool
	if u.key, ok = secret.ParseKey(raw); !ok {
		return errNoBackup
	}
	return nil
}

func (u *unpacked) readDatabase(r io.Reader) error {
	f, err := os.OpenFile(u.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return notWritable("make "+u.path, err)
	}
	defer f.Close()
	if _, err := io.Copy(diskWriter{f}, r); err != nil {
		return fmt.Errorf("read database: %w", err)
	}
	return nil
}

// diskWriter tells errors of our disk from those of the backup.
type diskWriter struct{ file *os.File }

// Write writes to the file; its error is a fault.Storage.
func (w diskWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	if err != nil {
		return n, notWritable("write "+w.file.Name(), err)
	}
	return n, nil
}

// check compares the database with the manifest.
func (u *unpacked) check() error {
	if u.Format == "" || u.Key == u.key.IsZero() {
		return errNoBackup
	}
	sum, bytes, err := digest(u.path)
	if err != nil {
		return errNoBackup
	}
	if bytes != u.Bytes || !strings.EqualFold(sum, u.SHA256) {
		return errors.New("compare database: it is another one than the manifest says")
	}
	return nil
}
