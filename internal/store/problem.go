package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

const (
	hintRoom   = "make room on the disk; what was saved before is safe, and saving works again without a restart"
	hintRights = "see that Camwall's user may write there, or name another folder with --data"
	hintDamage = "the file was left as it is: restore a backup with camwall restore, or move the file away to begin anew"
	hintBroken = "look into the system's log for errors of the disk; what was saved before is safe"
)

// code returns the primary result code of SQLite in err, 0 when there is none.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// diskFault returns nil for nil, faults and errors of contexts as they are, what
// the disk caused as a fault.Storage, and all else wrapped.
func diskFault(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	storage := func(what, hint string) error {
		return &fault.Error{Code: fault.Storage, Message: what, Hint: hint, Err: fmt.Errorf("%s: %w", doing, err)}
	}
	switch c := code(err); {
	case c == sqlite3.SQLITE_FULL || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return storage("the disk is full: nothing can be saved", hintRoom)
	case c == sqlite3.SQLITE_READONLY || c == sqlite3.SQLITE_PERM || errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission):
		return storage("the data can't be written", hintRights)
	case c == sqlite3.SQLITE_CANTOPEN:
		return storage("the data can't be opened", hintRights)
	case c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB:
		return storage("the data is damaged", hintDamage)
	case c == sqlite3.SQLITE_IOERR:
		return storage("the disk does not work as it should", hintBroken)
	case c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED:
		return &fault.Error{
			Code: fault.Locked, Message: "another program has the data for itself",
			Hint: "close what else has the file open, and try again", Err: fmt.Errorf("%s: %w", doing, err),
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// notWritable is for files and folders around the database.
func notWritable(doing string, err error) error {
	cause := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		cause = p.Err
	}
	hint := hintRights
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		hint = hintRoom
	}
	return &fault.Error{Code: fault.Storage, Message: fmt.Sprintf("can't %s: %v", doing, cause), Hint: hint, Err: err}
}

func damaged(path string, err error) error {
	return &fault.Error{Code: fault.Storage, Message: fmt.Sprintf("the data in %s is damaged: %v", path, err), Hint: hintDamage, Err: err}
}

// keyFault is what is wrong with the file of the key.
func keyFault(err error) error {
	f := &fault.Error{Code: fault.Config, Message: "the key of stored passwords can't be used", Err: err}
	if k, ok := errors.AsType[*secret.KeyError](err); ok {
		f.Message, f.Hint = k.Error(), k.Hint
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EROFS) {
			f.Code = fault.Storage
		}
	}
	return f
}
