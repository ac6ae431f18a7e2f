package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// notAllowed is the exit code of a child that may not do here what it should.
const notAllowed = 77

var errMount = errors.New("may not mount")

// runChild is what the process of a test does, in the folder args[0].
func runChild(mode string, args []string) int {
	dir := args[0]
	var err error
	switch mode {
	case "write":
		err = writeMany(dir)
	case "hold":
		err = hold(dir)
	case "full":
		err = fillDisk(dir)
	case "readonly":
		err = readOnlyDisk(dir)
	case "unwritable":
		err = unwritable(dir)
	default:
		err = errors.New("unknown mode " + mode)
	}
	if errors.Is(err, errMount) {
		fmt.Fprintln(os.Stderr, err)
		return notAllowed
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// child prepares this binary as another process.
func child(t *testing.T, mode, dir string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], dir)
	cmd.Env = append(os.Environ(), childMode+"="+mode)
	cmd.Stderr = os.Stderr
	return cmd
}

// apart gives a child its own mounts.
func apart(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if uid := os.Geteuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd
}

// finish runs a child to its end.
func finish(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out strings.Builder
	cmd.Stderr = &out
	err := cmd.Run()
	if errors.Is(err, syscall.EPERM) || cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == notAllowed {
		t.Skipf("skipped: namespaces and mounts are not allowed here: %v %s", err, out.String())
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
}

// writeMany adds cameras one by one and says the number of each that is kept.
func writeMany(dir string) error {
	s, err := Open(context.Background(), Config{Dir: dir})
	if err != nil {
		return err
	}
	c, err := s.Load(context.Background())
	if err != nil {
		return err
	}
	for i := len(c.Cameras); i < 1_000_000; i++ {
		d := recorder()
		cam := gate(d)
		cam.ID, cam.Number = camera.ID(fmt.Sprintf("c%d", i)), 0
		err := s.Update(context.Background(), func(tx *Tx) error {
			if _, err := tx.PutDevice(*d, 0); err != nil {
				return err
			}
			_, err := tx.PutCamera(cam, AsNew)
			return err
		})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(os.Stdout, i); err != nil {
			return err
		}
	}
	return s.Close()
}

// hold has the data until standard input ends.
func hold(dir string) error {
	s, err := Open(context.Background(), Config{Dir: dir})
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "open")
	_, _ = io.Copy(io.Discard, os.Stdin) // however it ends
	return s.Close()
}

// held starts a child that holds the data, and returns how to let go.
func held(t *testing.T, dir string) (pid int, letGo func()) {
	t.Helper()
	cmd := child(t, "hold", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "open\n" {
		t.Fatalf("child said %q: %v", line, err)
	}
	return cmd.Process.Pid, func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("child: %v", err)
		}
	}
}

// mountSmall puts a small disk of its own over dir.
func mountSmall(dir, size string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w: %w", errMount, err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=0700"); err != nil {
		return fmt.Errorf("mount: %w: %w", errMount, err)
	}
	return nil
}

// smallDisk is data on a disk that becomes full.
type smallDisk struct {
	store *Store
	kept  map[camera.ID]bool
}

// write adds a camera.
func (d *smallDisk) write(ctx context.Context, id camera.ID) error {
	err := d.store.Update(ctx, func(tx *Tx) error {
		device := recorder()
		if _, err := tx.PutDevice(*device, 0); err != nil {
			return err
		}
		c := gate(device)
		c.ID, c.Number, c.Text = id, 0, strings.Repeat("x", 2000)
		_, err := tx.PutCamera(c, AsNew)
		return err
	})
	if err == nil {
		d.kept[id] = true
	}
	return err
}

// fill writes until that was refused a number of times, each time for want of
// room.
func (d *smallDisk) fill(ctx context.Context, name string, times int) error {
	for i := 0; times > 0; i++ {
		err := d.write(ctx, camera.ID(fmt.Sprintf("%s%d", name, i)))
		f, _ := errors.AsType[*fault.Error](err)
		switch {
		case err == nil && i > 2000:
			return errors.New("a disk of 1 MiB has no end")
		case err != nil && (f == nil || f.Code != fault.Storage || f.Hint != hintRoom):
			return fmt.Errorf("write %d: %w", i, err)
		case err != nil:
			times--
		}
	}
	return nil
}

// check finds exactly what was kept.
func (d *smallDisk) check(ctx context.Context) (*Contents, error) {
	c, err := d.store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	for i := range c.Cameras {
		if !d.kept[c.Cameras[i].ID] {
			return nil, fmt.Errorf("camera %s was refused, but is there", c.Cameras[i].ID)
		}
	}
	if len(c.Cameras) != len(d.kept) {
		return nil, fmt.Errorf("%d cameras are there, %d were kept", len(c.Cameras), len(d.kept))
	}
	return c, nil
}

// fillDisk writes until the disk is full, reads, makes room, and writes on.
func fillDisk(mountpoint string) error {
	ctx, cancel := background()
	defer cancel()
	if err := mountSmall(mountpoint, "1m"); err != nil {
		return err
	}
	cfg := Config{Dir: filepath.Join(mountpoint, "data")}
	s, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	d := &smallDisk{s, map[camera.ID]bool{}}
	ballast := filepath.Join(mountpoint, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 400<<10), 0o600); err != nil {
		return err
	}
	if err := d.fill(ctx, "c", 20); err != nil {
		return err
	}
	if _, err := d.check(ctx); err != nil {
		return fmt.Errorf("while it is full: %w", err)
	}
	// A restart on a full disk shows what is there.
	if err := d.store.Close(); err != nil {
		return fmt.Errorf("close while it is full: %w", err)
	}
	if d.store, err = Open(ctx, cfg); err != nil {
		return fmt.Errorf("open while it is full: %w", err)
	}
	c, err := d.check(ctx)
	if err != nil {
		return fmt.Errorf("after a restart: %w", err)
	}
	if c.Notice == nil || c.Notice.Code != Recovered || !strings.Contains(c.Notice.Message, "(20)") {
		return fmt.Errorf("the next start says %w", c.Notice)
	}
	return makeRoom(ctx, d, ballast)
}

// makeRoom fills the disk again, removes a file, and writes without a restart.
func makeRoom(ctx context.Context, d *smallDisk, ballast string) error {
	if err := d.fill(ctx, "d", 1); err != nil {
		return err
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	if err := d.write(ctx, "room"); err != nil {
		return fmt.Errorf("after there is room: %w", err)
	}
	if _, err := d.check(ctx); err != nil {
		return fmt.Errorf("after there is room: %w", err)
	}
	if err := d.store.Close(); err != nil {
		return err
	}
	return checkFile(ctx, d.store.cfg.path(databaseFile), true)
}

// readOnlyDisk opens data on a disk that can only be read.
func readOnlyDisk(mountpoint string) error {
	ctx, cancel := background()
	defer cancel()
	if err := mountSmall(mountpoint, "4m"); err != nil {
		return err
	}
	if err := makeSome(ctx, filepath.Join(mountpoint, "data")); err != nil {
		return err
	}
	if err := syscall.Mount("", mountpoint, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("remount: %w", err)
	}
	return refusedButReadable(ctx, mountpoint)
}

// unwritable opens data in a folder whose files others may only read.
func unwritable(dir string) error {
	ctx, cancel := background()
	defer cancel()
	if err := makeSome(ctx, filepath.Join(dir, "data")); err != nil {
		return err
	}
	for _, path := range []string{dir, filepath.Join(dir, "data")} {
		if err := os.Chmod(path, 0o500); err != nil {
			return err
		}
		defer os.Chmod(path, 0o700) //nolint:errcheck // so that the test can remove it
	}
	if os.Geteuid() == 0 { // root may write everywhere
		const nobody = 65534
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Chown(path, nobody, nobody))
		})
		if err = errors.Join(err, syscall.Setuid(nobody)); err != nil {
			return err
		}
	}
	return refusedButReadable(ctx, dir)
}

func makeSome(ctx context.Context, dir string) error {
	s, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		return err
	}
	err = s.Update(ctx, func(tx *Tx) error {
		_, err := tx.PutDevice(*recorder(), 0)
		return err
	})
	return errors.Join(err, s.Close())
}

func refusedButReadable(ctx context.Context, parent string) error {
	for _, name := range []string{"data", "new"} {
		s, err := Open(ctx, Config{Dir: filepath.Join(parent, name)})
		if err == nil {
			err = s.Update(ctx, func(tx *Tx) error { return tx.PutSetting("x", 1) })
			err = errors.Join(err, s.Close())
		}
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.Storage || f.Hint == "" {
			return fmt.Errorf("open %s to write: error is %w", name, err)
		}
	}
	s, err := Open(ctx, Config{Dir: filepath.Join(parent, "data"), ReadOnly: true})
	if err != nil {
		return fmt.Errorf("open to read: %w", err)
	}
	defer s.Close()
	c, err := s.Load(ctx)
	if err != nil || len(c.Devices) != 1 || c.Devices[0].Credentials.IsZero() {
		return fmt.Errorf("read %+v: %w", c, err)
	}
	return nil
}
