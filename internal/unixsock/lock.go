package unixsock

import (
	"errors"
	"os"
	"syscall"
)

// lockSuffix makes the name of a socket's lock file.
const lockSuffix = ".lock"

// lock keeps others from a socket's path: between finding that nobody listens
// and listening, two starters could both win. The operating system frees it when
// the process ends, however it ends.
type lock struct{ file *os.File }

// takeLock takes the lock of a socket, or returns a fault.Locked.
func takeLock(socket string) (*lock, error) {
	path := socket + lockSuffix
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			return nil, unusable(socket, err)
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, inUse(socket)
			}
			return nil, unusable(socket, err)
		}
		if current(f, path) {
			return &lock{f}, nil
		}
		f.Close() // its holder has removed it meanwhile
	}
}

// current reports whether the file at path is still f.
func current(f *os.File, path string) bool {
	ours, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(ours, there)
}

// release removes the lock file, then frees it: who waits for it finds that it
// is not the file at the path any more.
func (l *lock) release() {
	_ = os.Remove(l.file.Name())
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN) // the file is open
	l.file.Close()
}
