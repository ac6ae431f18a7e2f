package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"camwall/internal/fault"
)

const (
	lockFile = "lock"

	// markBytes is the length of the lock file: always the same, so that a note
	// of a full disk finds room.
	markBytes = 256
)

// mark is what the lock file says: who has the data, or how the last run ended.
type mark struct {
	// Process has the data, or had it and ended without Close; 0: it was closed.
	Process int `json:"process,omitempty"`

	// Full is when the disk was full, or broken, first; Refused counts what could
	// not be saved. Zero: all went well.
	Full    time.Time `json:"full,omitzero"`
	Refused int64     `json:"refused,omitempty"`
}

func (m mark) unclean() bool { return m.Process != 0 }

// lock is the folder of the data, taken by this process. The operating system
// frees it when the process ends, however it ends.
type lock struct{ file *os.File }

// takeLock takes the folder by its lock file and returns what the file said.
func takeLock(path string) (*lock, mark, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, mark{}, notWritable("open "+path, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	before, readErr := readMark(f)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		f.Close()
		return nil, mark{}, inUse(before)
	case err != nil:
		f.Close()
		return nil, mark{}, notWritable("lock "+path, err)
	case readErr != nil:
		f.Close()
		return nil, mark{}, notWritable("read "+path, readErr)
	}
	return &lock{f}, before, nil
}

// Holder returns the process that has the data of a folder for writing, 0 when
// none has it.
func Holder(dir string) (process int, err error) {
	path := Config{Dir: dir}.path(lockFile)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, notWritable("open "+path, err)
	}
	m, err := readMark(f)
	if err != nil {
		f.Close()
		return 0, notWritable("read "+path, err)
	}
	// What a process that was killed has left is nobody's.
	if m.unclean() && syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		(&lock{f}).release()
		return 0, nil
	}
	f.Close()
	return m.Process, nil
}

func inUse(by mark) *fault.Error {
	who := "another Camwall uses this data"
	if by.Process != 0 {
		who = fmt.Sprintf("a Camwall server uses this data (process %d)", by.Process)
	}
	return fault.New(fault.Locked, who, "name the server with --server, so that it makes the change; or stop it")
}

// readMark reads the lock file. One that was never written, or is half written,
// is read as what is safest.
func readMark(f *os.File) (mark, error) {
	raw, err := io.ReadAll(io.NewSectionReader(f, 0, markBytes))
	if err != nil {
		return mark{}, err
	}
	raw = bytes.Trim(raw, " \n\x00")
	var m mark
	if len(raw) > 0 && json.Unmarshal(raw, &m) != nil {
		return mark{Process: -1}, nil
	}
	return m, nil
}

// write replaces what the lock file says, in place.
func (l *lock) write(m mark) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode mark: %w", err)
	}
	line := bytes.Repeat([]byte(" "), markBytes)
	copy(line, raw)
	line[markBytes-1] = '\n'
	if _, err := l.file.WriteAt(line, 0); err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	return l.file.Sync()
}

// release frees the folder and leaves what the file says. Closing alone would
// not do while a process that is just being started still has the file, too.
func (l *lock) release() {
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN) // the file is open
	l.file.Close()
}
