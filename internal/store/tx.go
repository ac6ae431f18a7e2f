package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

// AsNew is what a Put expects of a thing that must not be there yet. 0 expects
// nothing; any other number is the revision that the caller has seen.
const AsNew int64 = -1

// Tx is one transaction. It is for one goroutine and ends with the function that
// Update calls with it.
type Tx struct {
	exec func(query string, args ...any) (int64, error)            // rows changed
	scan func(query string, args []any, into ...any) (bool, error) // the first row; false: none
	each func(row func(*sql.Rows) error, query string, args ...any) error
	box  *secret.Box
	now  int64 // milliseconds
}

// Update runs fn in a transaction. There is one at a time, so fn calls nothing of
// the store but its Tx. When it returns nil,
// all of it is on the disk; after an error of fn, of the disk or of ctx, nothing
// is. A full disk is a fault.Storage; saving works again when there is room.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	if s.writer == nil || s.cfg.ReadOnly {
		return readOnlyFault()
	}
	err := s.update(ctx, fn)
	if fault.CodeOf(err) == fault.Storage {
		s.noteFull(err)
	}
	return err
}

func (s *Store) update(ctx context.Context, fn func(*Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return diskFault("begin to save", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit, or a full disk, there is nothing to do
	if err := fn(s.tx(ctx, tx)); err != nil {
		return diskFault("save", err)
	}
	return diskFault("save", tx.Commit())
}

func (s *Store) tx(ctx context.Context, tx *sql.Tx) *Tx {
	return &Tx{
		exec: func(query string, args ...any) (int64, error) {
			result, err := tx.ExecContext(ctx, query, args...)
			if err != nil {
				return 0, diskFault("save", err)
			}
			return result.RowsAffected()
		},
		scan: func(query string, args []any, into ...any) (bool, error) {
			err := tx.QueryRowContext(ctx, query, args...).Scan(into...)
			if errors.Is(err, sql.ErrNoRows) {
				return false, nil
			}
			return err == nil, diskFault("read", err)
		},
		each: func(row func(*sql.Rows) error, query string, args ...any) error {
			return diskFault("read", eachRow(ctx, tx, row, query, args...))
		},
		box: s.box,
		now: s.cfg.clock().UnixMilli(),
	}
}

// noteFull keeps for the next start that something could not be saved.
func (s *Store) noteFull(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return
	}
	if s.run.Refused == 0 {
		s.run.Full = s.cfg.clock().UTC().Truncate(time.Second)
		s.log.Error("can't save", "error", cause, "cause", errors.Unwrap(cause))
	}
	s.run.Refused++
	if err := s.lock.write(s.run); err != nil {
		s.log.Warn("can't note that the disk is full", "error", err)
	}
}

// nextRevision returns a revision that was never given.
func (t *Tx) nextRevision() (int64, error) {
	var rev int64
	_, err := t.scan("UPDATE revision SET last = last + 1 RETURNING last", nil, &rev)
	return rev, err
}

// expect compares the revision that a row of a table has with the one that the
// caller has seen. It returns whether the row is there.
func (t *Tx) expect(query, what, id string, seen int64) (there bool, err error) {
	var rev int64
	there, err = t.scan(query, []any{id}, &rev)
	switch {
	case err != nil:
		return false, err
	case seen == AsNew && there:
		return there, fault.Errorf(fault.Conflict, "%s %s is there already", what, id).
			WithHint("give it another name, or change the one that is there")
	case seen > 0 && !there:
		return there, fault.Errorf(fault.Conflict, "%s %s has been removed meanwhile", what, id).WithHint("read it again")
	case seen > 0 && seen != rev:
		return there, fault.Errorf(fault.Conflict, "%s %s has been changed meanwhile", what, id).
			WithHint("read it again, and make the change on what is there now")
	}
	return there, nil
}

// remove deletes a row that has the revision that the caller has seen.
func (t *Tx) remove(look, del, what, id string, seen int64) error {
	there, err := t.expect(look, what, id, max(seen, 0))
	if err != nil {
		return err
	}
	if !there {
		return fault.Errorf(fault.NotFound, "there is no %s %.80q", what, id)
	}
	_, err = t.exec(del, id)
	return err
}
