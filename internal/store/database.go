package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"camwall/internal/fault"
)

// application is what SQLite's header says of whose database it is: "CMWL".
const application = 0x434d574c

// busyMilliseconds is how long a transaction waits for another program's.
const busyMilliseconds = "5000"

//go:embed migrations/*.sql
var migrations embed.FS

// migration is one step of the schema. The first brings version 0 to 1.
type migration struct{ name, script string }

// steps returns all migrations in order. Their names begin with their numbers.
func steps() ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	all := make([]migration, len(names))
	for i, name := range names {
		script, err := migrations.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		all[i] = migration{strings.TrimPrefix(name, "migrations/"), string(script)}
	}
	return all, nil
}

// open returns a database at path with SQLite's own parameters and pragmas.
func open(path string, connections int, params url.Values, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", path, err)
	}
	params["_pragma"] = append([]string{
		"busy_timeout(" + busyMilliseconds + ")", "foreign_keys(1)", "trusted_schema(0)",
	}, pragmas...)
	name := url.URL{Scheme: "file", Path: abs, RawQuery: params.Encode()}
	c, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// openWriter opens for one writer, whose commits are on the disk when they
// return.
func openWriter(path string) (*sql.DB, error) {
	return open(path, 1, url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_defensive": {"1"}},
		"journal_mode(WAL)", "synchronous(FULL)", "journal_size_limit(4194304)", "secure_delete(1)")
}

// openReader opens for reading alone. To share a database with a writer SQLite
// makes files beside it. Where there is none to share it with, it need not:
// alone tells that, and a folder that can't be written.
func openReader(path string, alone bool) (*sql.DB, error) {
	params := url.Values{"mode": {"ro"}}
	wal, err := os.Stat(path + "-wal")
	if empty := err != nil || wal.Size() == 0; empty && (alone || !writable(filepath.Dir(path))) {
		params.Set("immutable", "1")
	}
	return open(path, 2, params, "query_only(1)")
}

// checkFile looks at a database without changing it: whose it is, of which
// version, and whether it is whole. alone tells that nobody else has it open.
func checkFile(ctx context.Context, path string, alone bool) error {
	db, version, err := examine(ctx, path, alone)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := steps()
	if err != nil {
		return err
	}
	if version > len(all) {
		return newer(path, version, len(all))
	}
	return checkWhole(ctx, db, path)
}

// readable is checkFile for who only reads; old is true when the database is of
// an older version.
func readable(ctx context.Context, path string) (old bool, err error) {
	db, version, err := examine(ctx, path, false)
	if err != nil {
		return false, err
	}
	defer db.Close()
	all, err := steps()
	if err != nil {
		return false, err
	}
	if version > len(all) {
		return false, newer(path, version, len(all))
	}
	return version < len(all), nil
}

func newer(path string, version, known int) error {
	return fault.Errorf(fault.Storage, "the data in %s is of a newer Camwall: its version is %d, this one knows %d", path, version, known).
		WithHint("start the newer Camwall, or restore a backup of this one; the file was left as it is")
}

// examine opens a database for reading and returns its version.
func examine(ctx context.Context, path string, alone bool) (*sql.DB, int, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, 0, notWritable("look at "+path, err)
	case !info.Mode().IsRegular():
		return nil, 0, damaged(path, errors.New("it is no file"))
	case info.Size() == 0:
		return nil, 0, damaged(path, errors.New("the file is empty"))
	}
	db, err := openReader(path, alone)
	if err != nil {
		return nil, 0, err
	}
	var owner, version int
	err = errors.Join(
		db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&owner),
		db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version),
	)
	switch {
	case err != nil:
		err = brokenOr(path, "look at the data", err)
	case owner != application || version < 1:
		err = damaged(path, errors.New("it is a database of another program"))
	default:
		return db, version, nil
	}
	db.Close()
	return nil, 0, err
}

// checkWhole runs SQLite's own checks.
func checkWhole(ctx context.Context, db *sql.DB, path string) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return brokenOr(path, "check the data", err)
	}
	if found != "ok" {
		return damaged(path, errors.New(strings.ReplaceAll(found, "\n", ": ")))
	}
	var rows int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&rows); err != nil {
		return brokenOr(path, "check the data", err)
	}
	if rows > 0 {
		return damaged(path, fmt.Errorf("%d rows belong to nothing", rows))
	}
	return nil
}

// brokenOr names the file when err says that it is damaged.
func brokenOr(path, doing string, err error) error {
	if isDamage(err) {
		return damaged(path, err)
	}
	return diskFault(doing, err)
}

// createDatabase makes a new database under another name first, so that one that
// has the right name is whole.
func createDatabase(ctx context.Context, cfg Config) (err error) {
	fresh := cfg.path(newFile)
	if err := removeDatabase(fresh); err != nil {
		return notWritable("remove "+fresh, err)
	}
	if err := makeFile(fresh); err != nil {
		return err
	}
	db, err := openWriter(fresh)
	if err != nil {
		return err
	}
	err = errors.Join(migrate(ctx, db), db.Close())
	if err == nil {
		err = install(fresh, cfg.path(databaseFile))
	}
	if err != nil {
		_ = removeDatabase(fresh) // the first error is the one to tell
		return diskFault("make the data file", err)
	}
	return nil
}

// migrate brings a database up to date, each step in a transaction of its own.
func migrate(ctx context.Context, db *sql.DB) error {
	all, err := steps()
	if err != nil {
		return err
	}
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	for ; version < len(all); version++ {
		if err := step(ctx, db, all[version], version+1); err != nil {
			return fmt.Errorf("migrate by %s: %w", all[version].name, err)
		}
	}
	return nil
}

func step(ctx context.Context, db *sql.DB, m migration, version int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	script := fmt.Sprintf("%s\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;", m.script, application, version)
	if _, err := tx.ExecContext(ctx, script); err != nil {
		return err
	}
	return tx.Commit()
}

// snapshot writes a consistent copy of the database at from to a new file. It
// works beside a writer.
func snapshot(ctx context.Context, from, to string) error {
	db, err := openSource(from)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return brokenOr(from, "copy the data", errors.Join(err, db.Close()))
}

// openSource is openReader without query_only, which would forbid VACUUM INTO.
func openSource(path string) (*sql.DB, error) {
	params := url.Values{"mode": {"ro"}}
	return open(path, 1, params)
}
