// Package config reads what is configured: camwall.yaml and the cameras that
// the command line names. It checks everything and returns the domain's values;
// each error says file and line, what is wrong and what would be right, and
// never a password. Package app calls it at start; nothing is read later.
package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// DefaultUnchangedAfter is how long pictures may be identical before a stream is
// marked unchanged, unless the camera says otherwise.
const DefaultUnchangedAfter = 30 * time.Second

// fileName is the configuration's name in the folders where it is looked for.
const fileName = "camwall.yaml"

// Config is what is configured.
type Config struct {
	// Path is the file that was read; empty when there is none.
	Path string

	// Cameras are in the order of the file, then of the command line.
	Cameras []camera.Camera

	// Warnings are for the log: what works, but should be changed.
	Warnings []string

	devices map[string]*camera.Device // by address
	ids     map[string]bool           // of devices
}

// New returns a configuration without cameras.
func New() *Config {
	return &Config{devices: make(map[string]*camera.Device), ids: make(map[string]bool)}
}

// Find returns the path of the configuration file: named, when not empty, else
// camwall/camwall.yaml in $XDG_CONFIG_HOME (or ~/.config), else in /etc; ""
// when there is none. A named file that is not there is a fault.Config.
func Find(named string, getenv func(string) string) (string, error) {
	if named != "" {
		if _, err := os.Stat(named); err != nil {
			return "", unreadable(named, err)
		}
		return named, nil
	}
	for _, dir := range []string{home(getenv, "XDG_CONFIG_HOME", ".config"), "/etc"} {
		if dir == "" {
			continue
		}
		path := filepath.Join(dir, "camwall", fileName)
		switch _, err := os.Stat(path); {
		case err == nil:
			return path, nil
		case !errors.Is(err, os.ErrNotExist):
			return "", unreadable(path, err)
		}
	}
	return "", nil
}

// DataDir returns the folder for what Camwall keeps: named, when not empty, else
// camwall in $XDG_DATA_HOME (or ~/.local/share).
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

// ParseCameraFlag reads ID=URL as the command line has it. The URL may hold user
// and password, raw. The error is a fault.BadRequest.
func ParseCameraFlag(s string) (camera.Camera, error) {
	name, url, ok := strings.Cut(s, "=")
	if !ok || strings.Contains(name, "://") {
		return camera.Camera{}, fault.New(fault.BadRequest, "--camera wants ID=URL",
			"for example --camera gate=rtsp://user:password@192.0.2.10/stream1")
	}
	id, err := camera.ParseID(name)
	if err != nil {
		return camera.Camera{}, err
	}
	clean, address, cred, err := camera.ParseURL(url)
	if err != nil {
		return camera.Camera{}, err
	}
	return camera.Camera{
		ID: id, Name: string(id), Credentials: cred, UnchangedAfter: DefaultUnchangedAfter,
		Device:  &camera.Device{ID: address, Address: address},
		Streams: []camera.Stream{{Name: "main", URL: clean}},
	}, nil
}

// Add adds a camera from elsewhere than the file. Cameras with the same host and
// port come to share one Device. The error is a fault.Config.
func (c *Config) Add(cam camera.Camera) error {
	for i := range c.Cameras {
		switch other := &c.Cameras[i]; {
		case other.ID == cam.ID:
			return fault.Errorf(fault.Config, "camera %s is configured twice", cam.ID).
				WithHint("give each camera an id of its own")
		case cam.Number != 0 && other.Number == cam.Number:
			return fault.Errorf(fault.Config, "cameras %s and %s both have number %d", other.ID, cam.ID, cam.Number).
				WithHint("give each camera a number of its own")
		}
	}
	cam.Device = c.share(cam.Device)
	c.Cameras = append(c.Cameras, cam)
	return nil
}

// share returns the one Device of d's address.
func (c *Config) share(d *camera.Device) *camera.Device {
	if known := c.devices[d.Address]; known != nil {
		return known
	}
	c.devices[d.Address] = d
	c.ids[d.ID] = true
	return d
}
