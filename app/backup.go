package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/secret"
	"camwall/internal/store"
)

// passphraseFlags say what a backup is encrypted with.
type passphraseFlags struct {
	Data           string `env:"CAMWALL_DATA" help:"Folder of the data; else camwall in $$XDG_DATA_HOME." placeholder:"DIR"`
	PassphraseFile string `help:"File whose first line is the passphrase; else CAMWALL_PASSPHRASE, else it is asked for." placeholder:"FILE"`
}

func (f *passphraseFlags) store(s streams) (store.Config, error) {
	dir, err := config.DataDir(f.Data, os.Getenv)
	log := logFlags{LogFormat: "text"}.logger(s.err)
	return store.Config{Dir: dir, Log: log.Logger, Getenv: os.Getenv}, err
}

// passphrase returns the passphrase; a new one is asked for twice.
func (f *passphraseFlags) passphrase(s streams, isNew bool) (secret.Text, error) {
	if f.PassphraseFile != "" {
		return readSecret(f.PassphraseFile, "--passphrase-file")
	}
	if word := os.Getenv("CAMWALL_PASSPHRASE"); word != "" {
		return secret.NewText(word), nil
	}
	if s.ask == nil {
		return secret.Text{}, fault.New(fault.BadRequest, "there is no passphrase", "give --passphrase-file or CAMWALL_PASSPHRASE")
	}
	phrase, err := s.ask.askSecret("Passphrase: ")
	switch {
	case err != nil:
		return secret.Text{}, err
	case phrase.IsZero():
		return secret.Text{}, fault.New(fault.BadRequest, "the passphrase is empty", "take one that is long")
	case !isNew:
		return phrase, nil
	}
	again, err := s.ask.askSecret("The same once more: ")
	if err == nil && again != phrase {
		err = fault.New(fault.BadRequest, "the two passphrases differ", "nothing was written: try again")
	}
	return phrase, err
}

type backupCommand struct {
	passphraseFlags
	File       string `arg:"" help:"The backup: a new file, for its owner alone."`
	WithoutKey bool   `help:"Leave out the key: passwords in it can then only be read where the key is."`
	Force      bool   `help:"Replace a file that is there."`
}

// Run writes everything that is kept to one encrypted file.
func (c *backupCommand) Run(ctx context.Context, s streams) error {
	if _, err := os.Lstat(c.File); !c.Force && !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return fault.Errorf(fault.Storage, "look at %s: %w", c.File, err)
		}
		return fault.Errorf(fault.BadRequest, "%s is there already", c.File).WithHint("choose another name, or --force to replace it")
	}
	cfg, err := c.store(s)
	if err != nil {
		return err
	}
	phrase, err := c.passphrase(s, true)
	if err != nil {
		return err
	}
	info, err := store.BackupFile(ctx, cfg, phrase, !c.WithoutKey, c.File)
	if err != nil {
		return err
	}
	key := "the key is in it: whoever has file and passphrase has the passwords"
	if !info.Key {
		key = "without the key: keep that apart, or passwords have to be entered again"
	}
	_, err = fmt.Fprintf(s.out, "Wrote %s: %s; %s.\n", c.File, contents(&info), key)
	return err
}

type restoreCommand struct {
	passphraseFlags
	File string `arg:"" help:"A backup."`
}

// Run replaces everything that is kept by a backup.
func (c *restoreCommand) Run(ctx context.Context, s streams) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Errorf(fault.BadRequest, "open backup: %w", err)
	}
	defer f.Close()
	cfg, err := c.store(s)
	if err != nil {
		return err
	}
	phrase, err := c.passphrase(s, false)
	if err != nil {
		return err
	}
	done, err := store.Restore(ctx, cfg, phrase, f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "Restored %s, of %s.\n", contents(&done.BackupInfo), done.Created.Local().Format(time.DateTime))
	if done.Previous != "" {
		fmt.Fprintf(s.out, "What was there before is in %s.\n", done.Previous)
	}
	if len(done.LostSignIns) > 0 {
		s.warn("the key is not here: enter the sign-ins again of " + strings.Join(done.LostSignIns, ", "))
	}
	return err
}

func contents(info *store.BackupInfo) string {
	return counted(info.Devices, "device") + ", " + counted(info.Cameras, "camera") + ", " + counted(info.Walls, "wall")
}
