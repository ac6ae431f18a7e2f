package config

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

// maxSecretBytes bounds a password file.
const maxSecretBytes = 4096

// file reads the whole document: devices first, whatever their place.
func (r *reader) file(n *yaml.Node) {
	var devices, cameras *yaml.Node
	keep := func(to **yaml.Node) func(*yaml.Node) { return func(n *yaml.Node) { *to = n } }
	r.fields(n, "camwall.yaml", map[string]func(*yaml.Node){"devices": keep(&devices), "cameras": keep(&cameras)})
	named := make(map[string]*camera.Device)
	if devices != nil {
		r.items("devices", func(n *yaml.Node) { r.device(n, named) })(devices)
	}
	if cameras != nil {
		r.items("cameras", func(n *yaml.Node) { r.camera(n, named) })(cameras)
	}
}

func (r *reader) device(n *yaml.Node, named map[string]*camera.Device) {
	d := &camera.Device{}
	var address string
	cred := credentials{reader: r}
	known := map[string]func(*yaml.Node){
		"id":              r.text(&d.ID),
		"address":         r.text(&address),
		"max_connections": scalar(r, &d.MaxConnections, "max_connections", natural),
	}
	cred.addTo(known)
	r.fields(n, "device", known)
	id, err := camera.ParseID(d.ID)
	if err != nil {
		r.wrong(n, "device: %v", explain(err))
		return
	}
	d.ID = string(id)
	if d.Address, err = parseAddress(address); err != nil {
		r.wrong(n, "device %s: %v", d.ID, err)
		return
	}
	d.Credentials = cred.value()
	switch {
	case named[d.ID] != nil:
		r.wrong(n, "device %s is there twice", d.ID)
	case r.config.devices[d.Address] != nil:
		r.wrong(n, "devices %s and %s have the same address %s", r.config.devices[d.Address].ID, d.ID, d.Address)
	default:
		named[d.ID] = r.config.share(d)
	}
}

// parseAddress reads host or host:port; 554 is the default (RFC 2326 section 3.2).
func parseAddress(s string) (string, error) {
	_, address, cred, err := camera.ParseURL("rtsp://" + s + "/")
	if s == "" || strings.ContainsAny(s, "/?#@") || err != nil || !cred.IsZero() {
		return "", errors.New("address must be host or host:port, for example 192.0.2.10:554")
	}
	return address, nil
}

func (r *reader) camera(n *yaml.Node, named map[string]*camera.Device) {
	cam := camera.Camera{UnchangedAfter: DefaultUnchangedAfter}
	var id, deviceID, single string
	var streams *yaml.Node
	cred := credentials{reader: r}
	known := map[string]func(*yaml.Node){
		"id":              r.text(&id),
		"name":            r.text(&cam.Name),
		"number":          scalar(r, &cam.Number, "number", natural),
		"text":            r.text(&cam.Text),
		"device":          r.text(&deviceID),
		"url":             r.text(&single),
		"streams":         func(n *yaml.Node) { streams = n },
		"transport":       scalar(r, &cam.Transport, "transport", camera.ParseTransport),
		"tls":             scalar(r, &cam.TLS, "tls", camera.ParseTLSMode),
		"rotation":        scalar(r, &cam.Rotation, "rotation", rotation),
		"unchanged_after": scalar(r, &cam.UnchangedAfter, "unchanged_after", duration),
		"disabled":        scalar(r, &cam.Disabled, "disabled", truth),
	}
	cred.addTo(known)
	r.fields(n, "camera", known)
	var err error
	if cam.ID, err = camera.ParseID(id); err != nil {
		r.wrong(n, "camera: %v", explain(err))
		return
	}
	if cam.Name == "" {
		cam.Name = string(cam.ID)
	}
	if deviceID != "" {
		if cam.Device = named[strings.ToLower(deviceID)]; cam.Device == nil {
			r.wrong(n, "camera %s: there is no device %q", cam.ID, deviceID)
			return
		}
	}
	cam.Credentials = cred.value()
	s := streamReader{reader: r, cam: &cam}
	switch {
	case single != "" && streams != nil:
		r.wrong(n, "camera %s: url and streams exclude each other", cam.ID)
		return
	case single != "":
		s.add(n, "main", single)
	case streams != nil:
		s.all(streams)
	default:
		r.wrong(n, "camera %s: url or streams is missing", cam.ID)
		return
	}
	if len(cam.Streams) == 0 || cam.Device == nil {
		return // a problem was kept
	}
	if err := r.config.Add(cam); err != nil {
		r.wrong(n, "%v", err)
	}
}

// streamReader reads the addresses of one camera.
type streamReader struct {
	*reader
	cam *camera.Camera
}

// all reads a mapping of stream names to addresses, in its order.
func (s streamReader) all(n *yaml.Node) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		s.wrong(n, "camera %s: streams must be names and addresses, for example {main: rtsp://..., sub: rtsp://...}", s.cam.ID)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		var address string
		s.text(&address)(resolve(n.Content[i+1]))
		s.add(n.Content[i], n.Content[i].Value, address)
	}
}

// add reads one address; a path alone is one on the camera's device. A sign-in
// in it becomes the camera's own.
func (s streamReader) add(n *yaml.Node, name, address string) {
	cam := s.cam
	if _, err := camera.ParseID(name); err != nil || name == "auto" || cam.Stream(name) != nil {
		s.wrong(n, "camera %s: %q can't name a stream; main, sub or another short word, each once", cam.ID, name)
		return
	}
	if strings.HasPrefix(address, "/") {
		if cam.Device == nil {
			s.wrong(n, "camera %s: a path alone needs a device", cam.ID)
			return
		}
		address = "rtsp://" + cam.Device.Address + address
	}
	clean, at, cred, err := camera.ParseURL(address)
	if err != nil {
		s.wrong(n, "camera %s, stream %s: %v", cam.ID, name, explain(err))
		return
	}
	if cam.Device == nil {
		cam.Device = s.config.share(&camera.Device{ID: at, Address: at})
	}
	if host(at) != host(cam.Device.Address) {
		s.wrong(n, "camera %s, stream %s: the address is at %s, but the camera's device is at %s", cam.ID, name, at, cam.Device.Address)
		return
	}
	if !cred.IsZero() {
		if !cam.Credentials.IsZero() && cam.Credentials != cred {
			s.wrong(n, "camera %s has two different sign-ins; write user and password once", cam.ID)
			return
		}
		cam.Credentials = cred
	}
	cam.Streams = append(cam.Streams, camera.Stream{Name: name, URL: clean})
}

func host(address string) string {
	h, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return h
}

// credentials reads user, password and password_file.
type credentials struct {
	*reader
	user, password, file string
	at                   *yaml.Node
}

func (c *credentials) addTo(known map[string]func(*yaml.Node)) {
	known["user"] = c.text(&c.user)
	known["password"] = c.text(&c.password)
	known["password_file"] = func(n *yaml.Node) {
		c.at = n
		c.text(&c.file)(n)
	}
}

func (c *credentials) value() camera.Credentials {
	password := c.password
	if c.file != "" {
		if password != "" {
			c.wrong(c.at, "password and password_file exclude each other")
		}
		password = c.readFile()
	}
	return camera.Credentials{User: c.user, Password: secret.NewText(password)}
}

// readFile reads the password from its file, without the line's end.
func (c *credentials) readFile() string {
	path := c.file
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.dir, path)
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxSecretBytes {
		err = errors.New("it is too large for a password")
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		if p, ok := errors.AsType[*os.PathError](err); ok {
			err = p.Err
		}
		c.wrong(c.at, "password_file %s: %v", c.file, err)
		return ""
	}
	if info.Mode().Perm()&0o004 != 0 {
		c.config.Warnings = append(c.config.Warnings,
			fmt.Sprintf("%s can be read by everybody on this machine: chmod 600 it", path))
	}
	return strings.TrimRight(string(data), "\r\n")
}

func natural(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 99999 {
		return 0, fmt.Errorf("%q is not a whole number from 1 to 99999", s)
	}
	return n, nil
}

func rotation(s string) (int, error) {
	switch s {
	case "0", "90", "180", "270":
		return strconv.Atoi(s)
	}
	return 0, fmt.Errorf("%q is not 0, 90, 180 or 270", s)
}

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a time such as 30s, 5m or 0", s)
	}
	return d, nil
}

func truth(s string) (bool, error) {
	switch s {
	case "true", "yes":
		return true, nil
	case "false", "no":
		return false, nil
	}
	return false, fmt.Errorf("%q is not true or false", s)
}

// explain returns a fault's message with its hint.
func explain(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Hint != "" {
		return f.Message + " (" + f.Hint + ")"
	}
	return err.Error()
}
