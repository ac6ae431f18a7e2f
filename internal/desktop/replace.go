package desktop

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// replaceFile writes data to path so that there is the old file or the whole new
// one, whatever happens: beside it first, then renamed. A new file gets mode,
// less the umask; one that was there keeps its own.
func replaceFile(path string, data []byte, mode fs.FileMode) (err error) {
	old := false
	// A link stays a link: what it leads to is replaced.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return &fs.PathError{Op: "replace", Path: path, Err: errors.New("it is no file")}
		}
		mode, old = info.Mode().Perm(), true
	}
	f, err := createBeside(path, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if old {
		err = f.Chmod(mode) // the umask took its part
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync() // a full disk may tell only here
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// createBeside makes a hidden file in path's folder. Its name does not depend on
// path's, which may be as long as a name can be.
func createBeside(path string, mode fs.FileMode) (*os.File, error) {
	for try := 0; ; try++ {
		name := filepath.Join(filepath.Dir(path), ".camwall-"+time.Now().Format("150405.000000000")+".part")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err == nil || !errors.Is(err, fs.ErrExist) || try == 100 {
			return f, err
		}
	}
}
