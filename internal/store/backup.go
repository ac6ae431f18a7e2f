package store

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

// A backup is a tar archive with these files in this order, encrypted with a
// passphrase (age-encryption.org/v1, scrypt). The key may be missing.
const (
	manifestFile = "camwall-backup.json"
	keyEntry     = "key"
	formatName   = "camwall-backup"
	formatNumber = 1
)

// BackupInfo says what is in a backup.
type BackupInfo struct {
	Created time.Time `json:"created"`
	Devices int       `json:"devices"`
	Cameras int       `json:"cameras"`
	Walls   int       `json:"walls"`

	// Key tells that the key is in it, without which stored sign-ins can't be
	// opened.
	Key bool `json:"key"`
}

// manifest is the first file of a backup.
type manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	SHA256  string `json:"sha256"` // of the database
	Bytes   int64  `json:"bytes"`  // of the database
	BackupInfo
}

// Backup writes a consistent copy of the data in cfg.Dir to w, encrypted with
// passphrase, with the key or without. A server may use the data meanwhile. The
// error is a *fault.Error, or that of w wrapped.
func Backup(ctx context.Context, cfg Config, passphrase secret.Text, withKey bool, w io.Writer) (BackupInfo, error) {
	if passphrase.IsZero() {
		return BackupInfo{}, noPassphrase()
	}
	cfg.ReadOnly = true
	path := cfg.path(databaseFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return BackupInfo{}, fault.Errorf(fault.NotFound, "there is no data in %s", cfg.Dir).
			WithHint("name the folder with --data")
	}
	box, missing, err := secret.LoadBox(cfg.keySource())
	if err != nil {
		return BackupInfo{}, keyFault(err)
	}
	if err := checkFile(ctx, path, false); err != nil {
		return BackupInfo{}, err
	}
	temp, err := os.MkdirTemp("", "camwall-backup-")
	if err != nil {
		return BackupInfo{}, notWritable("make a folder for a copy of the data", err)
	}
	defer os.RemoveAll(temp) //nolint:errcheck // a folder for temporary files
	copied := filepath.Join(temp, databaseFile)
	if err := snapshot(ctx, path, copied); err != nil {
		return BackupInfo{}, err
	}
	m := manifest{Format: formatName, Version: formatNumber, BackupInfo: BackupInfo{Created: cfg.clock().UTC().Truncate(time.Second)}}
	if m.SHA256, m.Bytes, err = digest(copied); err != nil {
		return BackupInfo{}, err
	}
	if err := countRows(ctx, copied, &m.BackupInfo); err != nil {
		return BackupInfo{}, err
	}
	var key secret.Text
	if m.Key = withKey && !missing; m.Key {
		key = box.Key()
	}
	return m.BackupInfo, cfg.writeBackup(passphrase, m, key, copied, w)
}

func noPassphrase() error {
	return fault.New(fault.BadRequest, "a backup needs a passphrase", "give one that is long, and keep it apart from the backup")
}

// BackupFile is Backup to a file for its owner alone. An older file of that name
// is replaced when the new one is whole.
func BackupFile(ctx context.Context, cfg Config, passphrase secret.Text, withKey bool, path string) (BackupInfo, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return BackupInfo{}, notWritable("make "+path, err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it has its right name, or is not whole
	info, err := Backup(ctx, cfg, passphrase, withKey, f)
	if err = errors.Join(err, f.Close()); err == nil {
		err = install(f.Name(), path)
	}
	return info, diskFault("write the backup", err)
}

func (c Config) writeBackup(passphrase secret.Text, m manifest, key secret.Text, database string, w io.Writer) error {
	recipient, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		return fmt.Errorf("encrypt backup: %w", err)
	}
	if c.workFactor > 0 {
		recipient.SetWorkFactor(c.workFactor)
	}
	out := &recallingWriter{to: w}
	sealed, err := age.Encrypt(out, recipient)
	if err == nil {
		archive := tar.NewWriter(sealed)
		err = errors.Join(writeEntries(archive, m, key, database), archive.Close(), sealed.Close())
	}
	if out.err != nil { // what it became on its way is of no use
		err = out.err
	}
	return diskFault("write the backup", err)
}

// recallingWriter remembers the first error.
type recallingWriter struct {
	to  io.Writer
	err error
}

// Write writes on.
func (w *recallingWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

func writeEntries(archive *tar.Writer, m manifest, key secret.Text, database string) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	if err := writeEntry(archive, manifestFile, raw, m.Created); err != nil {
		return err
	}
	if m.Key {
		if err := writeEntry(archive, keyEntry, secret.FormatKey(key), m.Created); err != nil {
			return err
		}
	}
	f, err := os.Open(database)
	if err != nil {
		return err
	}
	defer f.Close()
	header := &tar.Header{Name: databaseFile, Mode: 0o600, Size: m.Bytes, ModTime: m.Created}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, f)
	return err
}

func writeEntry(archive *tar.Writer, name string, raw []byte, at time.Time) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(raw)), ModTime: at}); err != nil {
		return err
	}
	_, err := archive.Write(raw)
	return err
}

// digest returns hash and length of a file.
func digest(path string) (sum string, bytes int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, notWritable("open "+path, err)
	}
	defer f.Close()
	hash := sha256.New()
	if bytes, err = io.Copy(hash, f); err != nil {
		return "", 0, notWritable("read "+path, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), bytes, nil
}

// countRows counts what is in a database of this version or an older one.
func countRows(ctx context.Context, path string, info *BackupInfo) error {
	db, version, err := examine(ctx, path, true)
	if err != nil {
		return err
	}
	defer db.Close()
	walls := "(SELECT count(*) FROM walls)"
	if version < 2 {
		walls = "0"
	}
	err = db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM devices), (SELECT count(*) FROM cameras), "+walls).
		Scan(&info.Devices, &info.Cameras, &info.Walls)
	return diskFault("count the data", err)
}
