// Package store keeps what is configured at run time in an SQLite database:
// devices, cameras, streams, sign-ins (sealed), certificate pins, walls and
// settings. What an Update returned without an error is on the disk and survives
// kill -9 and a lost power supply. It holds no state of its own: package
// inventory and app call it, keep what they read in memory and make the rules;
// the store makes sure that nothing is lost, damaged or seen half written.
package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

const (
	databaseFile = "camwall.db"
	newFile      = "camwall.db.new" // being made; never read
)

// Config says where the data is.
type Config struct {
	// Dir is the folder of the data. It is made when it is not there, for its
	// owner alone.
	Dir string

	// Log is told of what people should know; nil tells nobody.
	Log *slog.Logger

	// Getenv finds systemd's credential directory, in which camwall.key may be;
	// nil is no environment.
	Getenv func(string) string

	// ReadOnly opens for reading alone: beside a running server, too, and
	// without making any file. Where there is no data, there is nothing.
	ReadOnly bool

	now        func() time.Time // nil is time.Now
	workFactor int              // of backups; 0 is the library's
}

func (c Config) clock() time.Time {
	if c.now == nil {
		return time.Now()
	}
	return c.now()
}

func (c Config) path(name string) string { return filepath.Join(c.Dir, name) }

func (c Config) keySource() secret.KeySource {
	return secret.KeySource{Dir: c.Dir, Getenv: c.Getenv, ReadOnly: c.ReadOnly}
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	cfg    Config
	log    *slog.Logger
	box    *secret.Box
	lock   *lock // nil when opened for reading alone
	writer *sql.DB
	reader *sql.DB
	before mark   // how the last run ended
	temp   string // folder to remove, or ""

	mu  sync.Mutex // guards the fields below, and writing to lock
	run mark       // what the lock file says now
}

// Open opens the data in cfg.Dir, made or brought up to date if need be. Unless
// it is opened for reading alone, it is this process's until Close. The error
// is a *fault.Error: fault.Locked when another process has it, fault.Storage when
// the disk is full or read-only, or the data is damaged or of a newer Camwall,
// fault.Config when the key can't be used. Data that it refuses is left as it is.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{cfg: cfg, log: cfg.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	open := s.openForWriting
	if cfg.ReadOnly {
		open = s.openForReading
	}
	if err := open(ctx); err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

func (s *Store) openForWriting(ctx context.Context) error {
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return notWritable("make folder "+s.cfg.Dir, err)
	}
	var err error
	if s.lock, s.before, err = takeLock(s.cfg.path(lockFile)); err != nil {
		return err
	}
	there, err := s.present()
	if err != nil {
		return err
	}
	if there {
		err = checkFile(ctx, s.cfg.path(databaseFile), true)
	} else {
		err = createDatabase(ctx, s.cfg)
	}
	if err != nil {
		return err
	}
	if err := s.loadKey(); err != nil {
		return err
	}
	if err := s.connect(ctx, s.cfg.path(databaseFile), false); err != nil {
		return err
	}
	if err := migrate(ctx, s.writer); err != nil {
		return diskFault("bring the data up to date", err)
	}
	s.run = mark{Process: os.Getpid()}
	if err := s.lock.write(s.run); err != nil {
		s.log.Warn("can't note that this run has begun", "error", err)
	}
	return nil
}

// openForReading leaves all files as they are.
func (s *Store) openForReading(ctx context.Context) error {
	there, err := s.present()
	if err != nil {
		return err
	}
	if err := s.loadKey(); err != nil {
		return err
	}
	path := s.cfg.path(databaseFile)
	if !there {
		return s.openCopy(ctx, "")
	}
	old, err := readable(ctx, path)
	if err != nil {
		return err
	}
	if old { // of an older Camwall
		return s.openCopy(ctx, path)
	}
	return s.connect(ctx, path, true)
}

// openCopy opens a copy of the database at path, or an empty one, brought up to
// date.
func (s *Store) openCopy(ctx context.Context, path string) error {
	var err error
	if s.temp, err = os.MkdirTemp("", "camwall-data-"); err != nil {
		return notWritable("make a folder for a copy of the data", err)
	}
	fresh := filepath.Join(s.temp, databaseFile)
	if path == "" {
		err = makeFile(fresh)
	} else {
		err = snapshot(ctx, path, fresh)
	}
	if err != nil {
		return err
	}
	if err := s.connect(ctx, fresh, false); err != nil {
		return err
	}
	return diskFault("bring a copy of the data up to date", migrate(ctx, s.writer))
}

// present tells whether there is a database. A journal without one is damage.
func (s *Store) present() (bool, error) {
	_, err := os.Stat(s.cfg.path(databaseFile))
	switch {
	case err == nil:
		return true, nil
	case !errors.Is(err, os.ErrNotExist):
		return false, notWritable("look for "+s.cfg.path(databaseFile), err)
	}
	if wal, err := os.Stat(s.cfg.path(databaseFile + "-wal")); err == nil && wal.Size() > 0 {
		return false, damaged(s.cfg.path(databaseFile), errors.New("the file is gone, but its journal is there"))
	}
	return false, nil
}

func (s *Store) loadKey() error {
	box, created, err := secret.LoadBox(s.cfg.keySource())
	if err != nil {
		return keyFault(err)
	}
	if created && !s.cfg.ReadOnly {
		s.log.Info("made a key for stored passwords")
	}
	s.box = box
	return nil
}

// connect opens path, for reading alone with readOnly. One connection writes.
func (s *Store) connect(ctx context.Context, path string, readOnly bool) error {
	var err error
	if s.reader, err = openReader(path, false); err != nil {
		return err
	}
	if readOnly {
		return diskFault("open the data", s.reader.PingContext(ctx))
	}
	if s.writer, err = openWriter(path); err != nil {
		return err
	}
	return diskFault("open the data", s.writer.PingContext(ctx))
}

// Close ends all use. Nothing that was acknowledged depends on it.
func (s *Store) Close() error {
	err := s.closeDatabases()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil && err == nil {
		s.run.Process = 0
		if markErr := s.lock.write(s.run); markErr != nil {
			s.log.Warn("can't note that this run has ended", "error", markErr)
		}
	}
	s.release()
	return err
}

func (s *Store) closeDatabases() error {
	var errs []error
	for _, db := range []*sql.DB{s.reader, s.writer} { // the last one empties the journal
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return diskFault("close the data", errors.Join(errs...))
}

func (s *Store) release() {
	_ = s.closeDatabases() // after an error that is told already
	if s.temp != "" {
		_ = os.RemoveAll(s.temp) // a folder for temporary files
	}
	if s.lock != nil {
		s.lock.release()
		s.lock = nil
	}
}

// Fingerprint returns a text by which a sign-in of a device is known again, for
// SetWorked, and which tells nothing about it.
func (s *Store) Fingerprint(device string, c camera.Credentials) string {
	return s.box.Fingerprint(secret.NewText(device), secret.NewText(c.User), c.Password)
}

// readOnlyFault is for who writes to what was opened for reading.
func readOnlyFault() *fault.Error {
	return fault.New(fault.Storage, "nothing can be changed here: the data is open for reading alone",
		"another Camwall uses it, or its folder can't be written; the log of the start says which")
}
