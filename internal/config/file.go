package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"gopkg.in/yaml.v3"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// maxFileBytes bounds a configuration file: a thousand cameras take a tenth.
const maxFileBytes = 1 << 20

// Load reads the file at path; "" is an empty configuration. Every error is a
// fault.Config that has one line for each thing that is wrong.
func Load(path string) (*Config, error) {
	r := newReader(path)
	if err := r.load(); err != nil {
		return nil, err
	}
	return r.config, nil
}

// LoadScreens is Load for what needs screens and kiosks and no camera: the files
// that hold passwords of cameras and devices are not read, as they may be for a
// server alone. With an error it returns what could be read all the same, over
// the defaults.
func LoadScreens(path string) (*Config, error) {
	r := newReader(path)
	r.screensOnly = true
	return r.config, r.load()
}

// load reads the file at the reader's path, if it has one.
func (r *reader) load() error {
	if r.path == "" {
		return nil
	}
	f, err := os.Open(r.path)
	if err != nil {
		return unreadable(r.path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return unreadable(r.path, err)
	}
	if len(data) > maxFileBytes {
		return fault.Errorf(fault.Config, "%s is larger than 1 MiB", r.path).WithHint("is it the right file?")
	}
	if err := r.read(data); err != nil {
		return err
	}
	if info, err := f.Stat(); err == nil && r.secrets && worldReadable(info) {
		r.config.Warnings = append(r.config.Warnings, fmt.Sprintf("%s has passwords and can be read by everybody on this machine; chmod 600 it", r.path))
	}
	return nil
}

// reader turns nodes into values and keeps what is wrong with them.
type reader struct {
	path     string
	config   *Config
	named    map[string]*camera.Device // those of devices, by id
	secrets  bool                      // the file itself has a password
	problems []*fault.Error
	more     int // problems beyond maxProblems

	screensOnly bool // passwords of cameras are not wanted
}

func newReader(path string) *reader {
	r := &reader{path: path, config: New(), named: make(map[string]*camera.Device)}
	r.config.Path = path
	return r
}

// read reads the text of a file. Devices come first, whatever their place.
func (r *reader) read(data []byte) error {
	var root, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	err := d.Decode(&root)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return r.syntax(err, data)
	}
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return r.syntax(err, data)
		}
		r.wrong(&second, "remove the line --- and what follows", "there is a second document")
	}
	var devices, cameras, walls, screens *yaml.Node
	known := r.settings()
	known["devices"], known["cameras"], known["walls"] = node(&devices), node(&cameras), node(&walls)
	known["screens"] = node(&screens)
	if top := root.Content[0]; !isNull(top) {
		r.fields(top, "", known)
	}
	r.elements(devices, "devices", r.device)
	r.elements(cameras, "cameras", r.camera)
	r.elements(walls, "walls", r.readWall)
	r.readScreens(screens)
	return r.fault()
}

// elements calls each for the elements of a list, which may be missing.
func (r *reader) elements(n *yaml.Node, name string, each func(*yaml.Node)) {
	if n == nil {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, "each element begins with - on a line of its own", "%s must be a list", name)
		return
	}
	for _, element := range n.Content {
		each(resolve(element))
	}
}
