// Package config reads what is configured: camwall.yaml and the cameras that
// the command line names. It checks everything and returns the domain's values;
// each error says file and line, what is wrong and what would be right, and
// never a password. Package app calls it at start, lays its flags over the
// Settings, and hands all on; nothing is read later.
package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/screen"
	"camwall/internal/wall"
)

// DefaultUnchangedAfter is how long pictures may be identical before a stream is
// marked unchanged, unless the camera says otherwise.
const DefaultUnchangedAfter = 30 * time.Second

// Places where a configuration is looked for.
const (
	fileName  = "camwall.yaml"
	systemDir = "/etc"
)

// Config is what is configured.
type Config struct {
	// Path is the file that was read; empty when there is none.
	Path string

	// Settings are those of the file, over the defaults.
	Settings Settings

	// Cameras are in the order of the file, then of the command line. Cameras
	// of one host and port, or of one configured device, share one *Device.
	Cameras []camera.Camera

	// Walls are those of the file, in its order. Their cameras may be numbers, and
	// may be of those that are added elsewhere.
	Walls []wall.Wall

	// Screens are those of the terminal, in the file's order. A screen's wall may
	// be one that is made elsewhere.
	Screens []screen.Screen

	// Warnings are for the log: what works, but should be changed.
	Warnings []string

	devices map[string]*camera.Device // by address
	ids     map[string]bool           // of devices
	cameras map[camera.ID]bool
	numbers map[int]camera.ID
}

// New returns a configuration without cameras, with default settings.
func New() *Config {
	return &Config{
		Settings: DefaultSettings(),
		devices:  make(map[string]*camera.Device),
		ids:      make(map[string]bool),
		cameras:  make(map[camera.ID]bool),
		numbers:  make(map[int]camera.ID),
	}
}

// Find returns the path of the configuration file: named, when not empty, else
// camwall/camwall.yaml in $XDG_CONFIG_HOME (or ~/.config), else in /etc; ""
// when there is none. A named file that is not there, and one that is there but
// can't be opened, is a fault.Config. Only the one in /etc may be for others
// than this user, who then has none: warning says so, and is for the log.
func Find(named string, getenv func(string) string) (path, warning string, err error) {
	return find(named, getenv, systemDir, present)
}

// find is Find with the system's folder and what looks at a file.
func find(named string, getenv func(string) string, system string, look func(string) error) (path, warning string, err error) {
	if named != "" {
		return named, "", look(named)
	}
	for _, dir := range []string{home(getenv, "XDG_CONFIG_HOME", ".config"), system} {
		if dir == "" {
			continue
		}
		path := filepath.Join(dir, "camwall", fileName)
		switch err := look(path); {
		case errors.Is(err, os.ErrNotExist):
		case dir == system && errors.Is(err, os.ErrPermission):
			return "", fmt.Sprintf("%s is not for this user, and is left out", path), nil
		default:
			return path, "", err
		}
	}
	return "", "", nil
}

// present returns nil if path can be opened for reading and is no folder.
func present(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	if info.IsDir() {
		return unreadable(path, errors.New("it is a folder"))
	}
	if !info.Mode().IsRegular() {
		return nil // to open a pipe twice would lose what is in it
	}
	f, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	return f.Close()
}

// DataDir returns the folder for what Camwall keeps: named, when not empty, else
// camwall in $XDG_DATA_HOME (or ~/.local/share). It need not exist yet. Without
// any of these the error is a fault.Config.
func DataDir(named string, getenv func(string) string) (string, error) {
	if named != "" {
		return named, nil
	}
	dir := home(getenv, "XDG_DATA_HOME", filepath.Join(".local", "share"))
	if dir == "" {
		return "", fault.New(fault.Config, "there is no home folder to keep data in", "name one with --data")
	}
	return filepath.Join(dir, "camwall"), nil
}

// StateDir returns the folder for what a person's programs may forget: camwall in
// $XDG_STATE_HOME (or ~/.local/state); "" without a home. It need not exist yet.
func StateDir(getenv func(string) string) string {
	dir := home(getenv, "XDG_STATE_HOME", filepath.Join(".local", "state"))
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "camwall")
}

// home returns the folder that an XDG variable names, or its default (XDG Base
// Directory Specification: relative paths are ignored); "" without a home.
func home(getenv func(string) string, variable, fallback string) string {
	if dir := getenv(variable); filepath.IsAbs(dir) {
		return dir
	}
	if dir := getenv("HOME"); dir != "" {
		return filepath.Join(dir, fallback)
	}
	return ""
}

func unreadable(path string, err error) error {
	cause := err
	if p, ok := errors.AsType[*os.PathError](err); ok {
		cause = p.Err
	}
	return fault.Errorf(fault.Config, "read %s: %w", path, cause).
		WithHint("name a file that can be read with --config")
}

// Add adds a camera. One of a device that is known by its address comes to share
// that Device. The error is a fault.Config: an id or a number that another
// camera has, or a camera without device or streams.
func (c *Config) Add(cam camera.Camera) error {
	id, err := camera.ParseID(string(cam.ID))
	switch {
	case err != nil:
		return asConfig(err)
	case cam.Device == nil || len(cam.Streams) == 0:
		return fault.Errorf(fault.Config, "camera %s has no address", id)
	case c.cameras[id]:
		return fault.Errorf(fault.Config, "camera %s is there twice", id).
			WithHint("give each camera an id of its own; capital letters make no difference")
	case cam.Number != 0 && c.numbers[cam.Number] != "":
		return fault.Errorf(fault.Config, "cameras %s and %s both have number %d", c.numbers[cam.Number], id, cam.Number).
			WithHint("give each camera a number of its own")
	}
	cam.ID = id
	c.cameras[id] = true
	if cam.Number != 0 {
		c.numbers[cam.Number] = id
	}
	cam.Device = c.share(cam.Device)
	c.Cameras = append(c.Cameras, cam)
	return nil
}

// Devices returns every device, those without a camera too, sorted by id.
func (c *Config) Devices() []*camera.Device {
	return slices.SortedFunc(maps.Values(c.devices), func(a, b *camera.Device) int { return strings.Compare(a.ID, b.ID) })
}

// asConfig returns a fault of another package as one of the configuration.
func asConfig(err error) *fault.Error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return &fault.Error{Code: fault.Config, Message: f.Message, Hint: f.Hint, Err: f}
	}
	return fault.Errorf(fault.Config, "read configuration: %w", err)
}
