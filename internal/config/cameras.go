package config

import (
	"cmp"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"camwall/internal/camera"
)

const (
	mainStream = "main"
	subStream  = "sub"
	rtspPort   = "554"

	// autoStream is the word by which a viewer lets us choose.
	autoStream = "auto"

	maxNumber         = 9999
	maxUnchangedAfter = 24 * time.Hour
)

var streamName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,15}$`)

// IsStreamName tells whether a stream may be called that: a word of up to 16
// small letters, digits, _ and -, but not auto, by which viewers let us choose.
func IsStreamName(s string) bool { return streamName.MatchString(s) && s != autoStream }

// camera reads one element of cameras.
func (r *reader) camera(n *yaml.Node) {
	var id, device string
	var single, several *yaml.Node
	var service, profile, subProfile string
	c := cameraReader{
		reader: r,
		cam:    camera.Camera{UnchangedAfter: DefaultUnchangedAfter},
		cred:   signIn{reader: r, where: "cameras"},
	}
	before := r.count()
	c.ok = r.fields(n, "cameras", c.cred.with(fields{
		"id":              text(&id),
		"name":            text(&c.cam.Name),
		"number":          value(&c.cam.Number, whole(1, maxNumber)),
		"text":            text(&c.cam.Text),
		"device":          text(&device),
		"url":             node(&single),
		"streams":         node(&several),
		"address":         text(&service),
		"profile":         text(&profile),
		"sub_profile":     text(&subProfile),
		"transport":       value(&c.cam.Transport, word(camera.ParseTransport)),
		"tls":             value(&c.cam.TLS, word(camera.ParseTLSMode)),
		"rotation":        value(&c.cam.Rotation, rotation),
		"unchanged_after": value(&c.cam.UnchangedAfter, duration(0, maxUnchangedAfter)),
		"disabled":        value(&c.cam.Disabled, truth),
	}))
	var err error
	if c.cam.ID, err = camera.ParseID(id); err != nil {
		if c.ok || id != "" {
			r.wrong(n, "an id has 1 to 63 letters, digits, _ or -, and begins with a letter or digit", "cameras: id %.80q is not usable", id)
		}
		return
	}
	if c.cam.Name == "" {
		c.cam.Name = string(c.cam.ID)
	}
	c.cam.Provisioned = true
	c.device(n, device)
	c.cam.Credentials = c.cred.read()
	switch asked := profile != "" || subProfile != "" || c.described(service); {
	case single == nil && several == nil && asked:
		c.profiles(n, service, profile, subProfile)
	case service != "" || profile != "" || subProfile != "":
		c.wrong(n, "leave url and streams out, so that the device is asked; or leave address and profile out",
			"camera %s: url or streams exclude address and profile", c.cam.ID)
	default:
		c.streams(n, single, several)
	}
	if r.count() > before {
		return
	}
	if c.cam.Device == nil {
		c.cam.Device = r.config.share(newDevice(c.address))
	}
	if err := r.config.Add(c.cam); err != nil {
		f := asConfig(err)
		r.wrong(n, f.Hint, "%s", f.Message)
	}
}

// cameraReader is one camera being read.
type cameraReader struct {
	*reader
	cam     camera.Camera
	cred    signIn
	address string // host and port of its first stream
	ok      bool
}

func (c *cameraReader) device(n *yaml.Node, name string) {
	if name == "" {
		return
	}
	if c.cam.Device = c.named[strings.ToLower(name)]; c.cam.Device == nil && c.ok {
		c.wrong(n, "write the id of an element of devices, or leave device out", "camera %s: there is no device %.80q", c.cam.ID, name)
		c.ok = false
	}
}

// described tells whether the camera is known by an ONVIF address.
func (c *cameraReader) described(service string) bool {
	return service != "" || c.cam.Device != nil && c.cam.Device.ONVIF != ""
}

// profiles makes streams without addresses: the device is asked for them. An
// empty profile is the best one.
func (c *cameraReader) profiles(n *yaml.Node, service, profile, subProfile string) {
	switch {
	case service != "" && c.cam.Device != nil:
		c.wrong(n, "keep one of them", "camera %s: address and device exclude each other", c.cam.ID)
		return
	case service != "":
		clean, host, cred, err := camera.ParseONVIF(service)
		if err != nil {
			f := asConfig(err)
			c.wrong(n, f.Hint, "camera %s: %s", c.cam.ID, f.Message)
			return
		}
		if !cred.IsZero() {
			c.cam.Credentials = cred
			c.secrets = c.secrets || !cred.Password.IsZero()
		}
		d := newDevice(net.JoinHostPort(host, rtspPort))
		d.ONVIF = clean
		c.cam.Device = c.config.share(d)
		c.cam.Device.ONVIF = cmp.Or(c.cam.Device.ONVIF, clean)
	case !c.described(""):
		if c.ok {
			c.wrong(n, "write address: and the address of its ONVIF service, or name a device that has onvif",
				"camera %s: a profile, but no device to ask for it", c.cam.ID)
		}
		return
	}
	c.cam.Streams = []camera.Stream{{Name: mainStream, ProfileName: profile}}
	if subProfile != "" {
		c.cam.Streams = append(c.cam.Streams, camera.Stream{Name: subStream, ProfileName: subProfile})
	}
}

// streams reads url or streams, whichever is there; main comes first.
func (c *cameraReader) streams(n, single, several *yaml.Node) {
	const example = "write url: rtsp://..., or streams: {main: rtsp://..., sub: rtsp://...}"
	switch {
	case single != nil && several != nil:
		c.wrong(single, example, "camera %s: url and streams exclude each other", c.cam.ID)
	case single != nil:
		c.stream(single, mainStream)
	case several == nil:
		c.wrong(n, example, "camera %s: url or streams is missing", c.cam.ID)
	default:
		all, ok := c.pairs(several, "streams")
		if ok && len(all) == 0 {
			c.wrong(several, example, "camera %s: streams is empty", c.cam.ID)
		}
		for _, p := range all {
			if name := p.key.Value; !IsStreamName(name) {
				c.wrong(p.key, "main, sub, or another word of up to 16 small letters, digits, _ and -; auto is taken",
					"camera %s: %.80q can't name a stream", c.cam.ID, name)
				continue
			}
			c.stream(p.value, p.key.Value)
		}
	}
	if i := slices.IndexFunc(c.cam.Streams, func(s camera.Stream) bool { return s.Name == mainStream }); i > 0 {
		main := c.cam.Streams[i]
		c.cam.Streams = slices.Insert(slices.Delete(c.cam.Streams, i, i+1), 0, main)
	}
}

// stream reads one address; a path alone is one on the camera's device. A
// sign-in in it becomes the camera's own.
func (c *cameraReader) stream(n *yaml.Node, name string) {
	var raw string
	if !text(&raw)(c.reader, "camera "+string(c.cam.ID), name, n) {
		return
	}
	if strings.HasPrefix(raw, "/") {
		if c.cam.Device == nil {
			if c.ok {
				c.wrong(n, "name its device, or write the whole address", "camera %s: %s is a path alone, and no device is named", c.cam.ID, name)
			}
			return
		}
		raw = "rtsp://" + strings.ReplaceAll(c.cam.Device.Address, "%", "%25") + raw
	}
	clean, address, cred, err := camera.ParseURL(raw)
	if err != nil {
		f := asConfig(err)
		c.wrong(n, f.Hint, "camera %s: %s", c.cam.ID, f.Message)
		return
	}
	if c.address == "" {
		c.address = address
	}
	if c.cam.Device != nil {
		c.address = c.cam.Device.Address
	}
	if hostOf(address) != hostOf(c.address) {
		c.wrong(n, "a camera signs in at one host; make two cameras of it, or correct the address",
			"camera %s: %s is at %s, but the camera is at %s", c.cam.ID, name, hostOf(address), hostOf(c.address))
		return
	}
	if !cred.IsZero() {
		if own := c.cam.Credentials; !own.IsZero() && own != cred {
			c.wrong(n, "write user and password once: in the addresses, or as keys", "camera %s has two different sign-ins", c.cam.ID)
			return
		}
		c.cam.Credentials = cred
		c.secrets = c.secrets || !cred.Password.IsZero()
	}
	c.cam.Streams = append(c.cam.Streams, camera.Stream{Name: name, URL: clean})
}

// rotation reads degrees, clockwise.
func rotation(s string) (int, string) {
	switch s {
	case "0":
		return 0, ""
	case "90":
		return 90, ""
	case "180":
		return 180, ""
	case "270":
		return 270, ""
	}
	return 0, "must be 0, 90, 180 or 270"
}

// word reads by one of the domain's functions, whose message says what there is.
func word[T any](parse func(string) (T, error)) func(string) (T, string) {
	return func(s string) (T, string) {
		v, err := parse(s)
		if f := asConfig(err); err != nil {
			_, must, _ := strings.Cut(f.Message, ", ")
			return v, must
		}
		return v, ""
	}
}
