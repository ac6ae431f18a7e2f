package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

const (
	previousFile = "camwall.db.before-restore"
	restoreDir   = "restore-" // and a random number
)

// Restored says what Restore did.
type Restored struct {
	BackupInfo

	// Previous is the path of the data that was there before, "" for none. The
	// one of an earlier Restore is gone.
	Previous string

	// LostSignIns are the devices and cameras whose sign-ins can't be opened,
	// because their key is not here: they have to be entered again.
	LostSignIns []string
}

// Restore replaces the data in cfg.Dir by a backup. All of it is checked before
// anything is replaced; after an error the data is as it was. A key that is
// there stays, and what the backup has is sealed with it anew; without one the
// backup's is taken. The error is a *fault.Error: fault.Locked while a server
// runs, fault.BadRequest for a wrong passphrase or what is no whole backup.
func Restore(ctx context.Context, cfg Config, passphrase secret.Text, r io.Reader) (Restored, error) {
	if passphrase.IsZero() {
		return Restored{}, fault.New(fault.BadRequest, "the passphrase of the backup is missing", "")
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return Restored{}, notWritable("make folder "+cfg.Dir, err)
	}
	lock, _, err := takeLock(cfg.path(lockFile))
	if err != nil {
		return Restored{}, err
	}
	defer lock.release()
	if old, err := filepath.Glob(filepath.Join(cfg.Dir, restoreDir+"*")); err == nil {
		for _, path := range old { // of a restore that was killed
			_ = os.RemoveAll(path)
		}
	}
	temp, err := os.MkdirTemp(cfg.Dir, restoreDir)
	if err != nil {
		return Restored{}, notWritable("make a folder in "+cfg.Dir, err)
	}
	defer os.RemoveAll(temp) //nolint:errcheck // Restore removes what is left at its next run
	u := unpacked{path: filepath.Join(temp, databaseFile)}
	if err := u.read(passphrase, r); err != nil {
		return Restored{}, backupFault(err)
	}
	done := Restored{BackupInfo: u.BackupInfo}
	if done.LostSignIns, err = u.prepare(ctx, cfg); err != nil {
		return Restored{}, err
	}
	if done.Previous, err = u.replace(ctx, cfg); err != nil {
		return Restored{}, diskFault("replace the data", err)
	}
	if err := lock.write(mark{}); err != nil {
		return done, notWritable("write "+cfg.path(lockFile), err)
	}
	return done, nil
}

// prepare brings an unpacked database up to date and makes its sign-ins those of
// the key that is here. It returns whose can't be opened.
func (u *unpacked) prepare(ctx context.Context, cfg Config) (lost []string, err error) {
	if err := checkFile(ctx, u.path, true); err != nil {
		return nil, u.checkFault(err)
	}
	cfg.ReadOnly = true
	box, missing, err := secret.LoadBox(cfg.keySource())
	if err != nil {
		return nil, keyFault(err)
	}
	theirs := box
	if !u.key.IsZero() {
		if theirs, err = secret.NewBox(u.key); err != nil {
			return nil, backupFault(err)
		}
	}
	if u.install = missing && !u.key.IsZero(); u.install {
		box = theirs
	}
	db, err := openWriter(u.path)
	if err != nil {
		return nil, err
	}
	if err = migrate(ctx, db); err == nil {
		lost, err = reseal(ctx, db, theirs, box)
	}
	return lost, diskFault("prepare the data", errors.Join(err, db.Close()))
}

// checkFault says of a database that was damaged before it came into the backup
// that nothing was changed.
func (u *unpacked) checkFault(err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	told := *f
	told.Message = "the backup can't be used: " + f.Message
	told.Hint = "nothing was changed; take another backup, or a newer Camwall"
	return &told
}

// reseal makes sign-ins that from opens into those of to, and returns whose
// neither opens.
func reseal(ctx context.Context, db *sql.DB, from, to *secret.Box) (lost []string, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	type row struct {
		kind           ownerKind
		owner          string
		user, password []byte
	}
	var all []row
	err = eachRow(ctx, tx, func(rows *sql.Rows) error {
		var r row
		err := rows.Scan(&r.kind, &r.owner, &r.user, &r.password)
		all = append(all, r)
		return err
	}, "SELECT kind, owner, sealed_user, sealed_password FROM credentials ORDER BY owner, kind")
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if _, ok := openWith(to, r.kind, r.owner, r.user, r.password); ok {
			continue
		}
		c, ok := openWith(from, r.kind, r.owner, r.user, r.password)
		if !ok {
			lost = append(lost, r.owner)
			continue
		}
		user, password, err := sealWith(to, r.kind, r.owner, c)
		if err != nil {
			return nil, err
		}
		_, err = tx.ExecContext(ctx, "UPDATE credentials SET sealed_user = ?, sealed_password = ? WHERE kind = ? AND owner = ?",
			user, password, string(r.kind), r.owner)
		if err != nil {
			return nil, err
		}
	}
	return slices.Compact(lost), tx.Commit()
}

// replace puts the prepared database in the place of the one that is there, and
// returns where that one is now.
func (u *unpacked) replace(ctx context.Context, cfg Config) (previous string, err error) {
	if u.install {
		if err := cfg.keySource().WriteKey(u.key); err != nil {
			return "", keyFault(err)
		}
	}
	if previous, err = keepPrevious(ctx, cfg); err != nil {
		return "", err
	}
	return previous, install(u.path, cfg.path(databaseFile))
}

// keepPrevious gives the database that is there a second name, in place of an
// older one, and takes its journal out of the way of the next.
func keepPrevious(ctx context.Context, cfg Config) (string, error) {
	current, previous := cfg.path(databaseFile), cfg.path(previousFile)
	if checkFile(ctx, current, true) == nil {
		emptyJournal(ctx, current)
	}
	_, dbErr := os.Stat(current)
	_, walErr := os.Stat(current + "-wal")
	if errors.Is(dbErr, fs.ErrNotExist) && errors.Is(walErr, fs.ErrNotExist) {
		return "", nil
	}
	// The database keeps its first name until the next one takes it.
	err := errors.Join(
		removeDatabase(previous),
		unlessMissing(os.Link(current, previous)),
		unlessMissing(os.Rename(current+"-wal", previous+"-wal")),
		unlessMissing(os.Remove(current+"-shm")),
	)
	return previous, err
}

// emptyJournal moves what is in the journal into the database. When that does
// not work, the journal goes where the database goes.
func emptyJournal(ctx context.Context, path string) {
	db, err := openWriter(path)
	if err != nil {
		return
	}
	_, _ = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)") // see above
	_ = db.Close()
}
