// Package unixsock is HTTP over Unix sockets: where the sockets of this machine
// lie, listening at one without falling over what a killed process has left, and
// a transport that dials one. It knows nothing of what is served there. Servers,
// kiosks, sessions and windows use it to speak with each other.
package unixsock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"camwall/internal/fault"
)

// MaxPath is how long a socket's path may be, in bytes (unix(7): sun_path has
// 108, and one ends it).
const MaxPath = 107

// dialLimit bounds a connect: one to a full backlog would wait for ever.
const dialLimit = 5 * time.Second

// Listen listens at path, with that mode whatever the umask. Missing folders are
// made, for this user alone. What a process that was killed has left there is
// replaced. The error is a fault.Locked while another process listens there,
// else a fault.Config: a path that is too long, something there that is no
// socket, a folder that can't be written. Close removes the socket.
func Listen(path string, mode fs.FileMode) (net.Listener, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unusable(path, err)
	}
	l, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	if err := clear(path); err != nil {
		l.release()
		return nil, err
	}
	// The kernel gives the file what the socket has, less the umask: nobody is
	// let in for a moment whom mode keeps out.
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if failed := c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), uint32(mode.Perm())) }); failed != nil {
			return failed
		}
		return err
	}}
	socket, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		l.release()
		return nil, unusable(path, err)
	}
	if err := os.Chmod(path, mode.Perm()); err != nil {
		socket.Close()
		l.release()
		return nil, unusable(path, err)
	}
	return &listener{Listener: socket, lock: l}, nil
}

func checkPath(path string) error {
	switch {
	case path == "":
		return fault.New(fault.Config, "a socket needs a path", "name one, such as /run/camwall/camwall.sock")
	case path[0] == '@':
		return fault.Errorf(fault.Config, "the socket %.40q would be no file", path).
			WithHint("a path does not begin with @: anybody on this machine could connect to such a socket")
	case len(path) > MaxPath:
		return fault.Errorf(fault.Config, "the socket's path %.40s... has %d bytes, and %d are the most that a path may have", path, len(path), MaxPath).
			WithHint("choose a shorter folder, such as /run/camwall")
	}
	return nil
}

// clear removes a socket that nobody listens at.
func clear(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unusable(path, err)
	case info.Mode().Type() != fs.ModeSocket:
		return fault.Errorf(fault.Config, "%s is there, and is no socket", path).
			WithHint("choose another path, or move that file away")
	}
	conn, err := dial(context.Background(), path)
	if err == nil {
		conn.Close()
		return inUse(path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, fs.ErrNotExist) {
		return unusable(path, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unusable(path, err)
	}
	return nil
}

func inUse(path string) error {
	return fault.Errorf(fault.Locked, "another process listens at %s", path).
		WithHint("end that one, or choose another path")
}

// unusable drops the operation and the path that err names once more.
func unusable(path string, err error) error {
	cause := err
	if n, ok := errors.AsType[syscall.Errno](err); ok {
		cause = n
	}
	return fault.Errorf(fault.Config, "listen at %s: %w", path, cause).
		WithHint("choose a path in a folder that this user may write to")
}

// listener holds the lock as long as it listens.
type listener struct {
	net.Listener
	lock *lock
	once sync.Once
	err  error
}

// Close ends the listener, removes the socket and frees its path. It may be
// called more than once.
func (l *listener) Close() error {
	l.once.Do(func() {
		l.err = l.Listener.Close()
		l.lock.release()
	})
	return l.err
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

// Transport returns a transport whose requests all go to the socket at path,
// whatever the host of their address. It uses no proxy and leaves bodies as they
// are. Who made it calls CloseIdleConnections at the end.
func Transport(path string) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if err := checkPath(path); err != nil {
				return nil, err
			}
			return dial(ctx, path)
		},
		DisableCompression:  true,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     time.Minute,
	}
}

// RuntimeDir returns the folder for this user's sockets: $CAMWALL_RUNTIME, else
// the first of $RUNTIME_DIRECTORY (systemd.exec(5)), else camwall in
// $XDG_RUNTIME_DIR, else /tmp/camwall-UID, which is made and must be ours alone:
// else the error is a fault.Config. The others need not exist yet; Listen makes
// them.
func RuntimeDir(getenv func(string) string) (string, error) {
	return runtimeDir(getenv, "/tmp")
}

func runtimeDir(getenv func(string) string, temp string) (string, error) {
	if dir := getenv("CAMWALL_RUNTIME"); dir != "" {
		return dir, nil
	}
	if dir, _, _ := strings.Cut(getenv("RUNTIME_DIRECTORY"), ":"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "camwall"), nil
	}
	dir := filepath.Join(temp, "camwall-"+strconv.Itoa(os.Getuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", notOurs(dir, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", notOurs(dir, err)
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !known || int(owner.Uid) != os.Getuid() {
		return "", notOurs(dir, errors.New("it is not this user's alone"))
	}
	return dir, nil
}

func notOurs(dir string, err error) error {
	return fault.Errorf(fault.Config, "the folder for sockets can't be used: %w", fmt.Errorf("%s: %w", dir, err)).
		WithHint("name another in CAMWALL_RUNTIME")
}
