package inventory

import (
	"cmp"
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/onvif"
	"camwall/internal/secret"
	"camwall/internal/streaming"
)

// Description is what a device told when it was asked.
type Description struct {
	// ID is that of the device in the inventory, "" when it is not there.
	ID string

	camera.Device // what was told; without credentials

	Hostname    string
	ClockOffset time.Duration
	Channels    []Channel
	Profiles    []Profile
	PTZ, Events bool

	// Problems are what could not be read.
	Problems []*fault.Error
}

// Channel is one video source of a described device.
type Channel struct {
	Source string // token
	Name   string
	Number int // 1, 2, ... in the device's order

	// Main and Sub are the tokens of the profiles that a camera of it would
	// have; Main is "" when the channel has none that can play.
	Main, Sub string

	// Camera is the id of the camera that it is already; "" when it is none.
	Camera camera.ID
}

// Profile is one profile of a described device.
type Profile struct {
	Token, Name string
	Source      string
	Codec       media.Codec
	CodecName   string
	Width       int
	Height      int
	FPS         float64
	BitRateKbps int
	GOP         int // pictures
	Quality     float64
	Audio       string
	URL         string // to be shown: without sign-in, and without a password in the path
	PTZ         bool

	// Use is the camera and stream that it is in use for, "gate/main"; "" when
	// it is not.
	Use string
}

// Describe asks a device what it is and offers. A sign-in that was refused, here
// or by any other service of the device, is not tried again: the answer is that
// refusal.
func (v *Inventory) Describe(ctx context.Context, t Target) (Description, error) {
	a, err := v.resolve(t)
	if err != nil {
		return Description{}, err
	}
	told, err := v.ask(ctx, a, 0)
	if err != nil {
		v.noteProblem(a, err)
		return Description{}, err
	}
	return v.describe(a, told), nil
}

func (v *Inventory) describe(a asking, t *told) Description {
	d := t.device
	out := Description{
		Device: deviceOf(d), Hostname: d.Hostname, ClockOffset: d.ClockOffset,
		PTZ: d.HasPTZ, Events: d.HasEvents, Problems: d.Problems,
	}
	out.Device.ID = a.id
	if a.known {
		out.ID = a.id
	}
	uses, cameras := v.uses(a)
	for _, p := range d.Profiles {
		out.Profiles = append(out.Profiles, Profile{
			Token: p.Token, Name: p.Name, Source: p.Source, Codec: p.Codec, CodecName: p.CodecName,
			Width: p.Width, Height: p.Height, FPS: p.FPS, BitRateKbps: p.BitRateKbps, GOP: p.GOP,
			Quality: p.Quality, Audio: p.Audio, URL: secret.Redact(p.StreamURI), PTZ: p.PTZ,
			Use: cmp.Or(uses[p.Token], uses[addressKey(p.StreamURI)]),
		})
	}
	for _, c := range channelsOf(d) {
		out.Channels = append(out.Channels, Channel{
			Source: c.source, Name: c.name, Number: c.number, Camera: cameras[c.source],
			Main: c.main.Token, Sub: c.sub.Token,
		})
		if ch := &out.Channels[len(out.Channels)-1]; ch.Camera == "" {
			use := cmp.Or(uses[c.main.Token], uses[addressKey(c.main.StreamURI)])
			id, _, _ := strings.Cut(use, "/")
			ch.Camera = camera.ID(id)
		}
	}
	return out
}

// uses tells which profiles (by token, and by address) and which video sources
// of a device are those of our cameras.
func (v *Inventory) uses(a asking) (streams map[string]string, sources map[string]camera.ID) {
	streams, sources = make(map[string]string), make(map[string]camera.ID)
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range v.order {
		c := v.cameras[id]
		same := a.known && c.Device.ID == a.id
		if same && c.Source != "" {
			sources[c.Source] = id
		}
		for _, s := range c.Streams {
			use := camera.Describe(id, s.Name)
			if same && s.Profile != "" {
				streams[s.Profile] = use
			}
			if s.URL != "" {
				streams[addressKey(s.URL)] = use
			}
		}
	}
	delete(streams, "")
	return streams, sources
}

// addressKey makes addresses of one stream equal.
func addressKey(raw string) string {
	clean, address, _, err := camera.ParseURL(raw)
	u, perr := url.Parse(clean)
	if err != nil || perr != nil {
		return ""
	}
	return u.Scheme + "://" + address + u.RequestURI()
}

// deviceOf makes a device of what it told.
func deviceOf(d *onvif.Device) camera.Device {
	out := camera.Device{
		ONVIF: d.Address, Maker: d.Manufacturer, Model: d.Model, Firmware: d.Firmware, Serial: d.Serial,
		Address: joinPort(hostOf(d.Address), "554"),
	}
	if len(d.MACs) > 0 {
		out.MAC = d.MACs[0]
	}
	for _, p := range d.Profiles {
		if _, address, _, err := camera.ParseURL(p.StreamURI); err == nil {
			out.Address = address
			break
		}
	}
	out.Recorder = len(channelsOf(d)) > 1
	return out
}

// channel is one video source with the profiles that a camera of it would have.
type channel struct {
	source, name string
	number       int
	profiles     []onvif.Profile // those that can play, the largest first
	main, sub    onvif.Profile   // zero: none
}

// channelsOf groups a device's profiles by video source, in the device's order.
func channelsOf(d *onvif.Device) []channel {
	var all []channel
	index := make(map[string]int)
	add := func(source, name string) int {
		i, ok := index[source]
		if !ok {
			i = len(all)
			index[source] = i
			all = append(all, channel{source: source, name: name, number: i + 1})
		}
		return i
	}
	for _, s := range d.Sources {
		add(s.Token, s.Name)
	}
	for _, p := range d.Profiles {
		if p.Source == "" && p.StreamURI == "" {
			continue // a profile without anything in it
		}
		i := add(p.Source, p.SourceName)
		all[i].name = cmp.Or(all[i].name, p.SourceName)
		if playable(p) {
			all[i].profiles = append(all[i].profiles, p)
		}
	}
	for i := range all {
		all[i].choose()
	}
	return all
}

func playable(p onvif.Profile) bool { return p.Codec.IsVideo() && p.StreamURI != "" }

func pixels(p onvif.Profile) int { return p.Width * p.Height }

// choose makes the largest profile main, and the smallest of the others sub. Of
// equal sizes the one with the better compression wins.
func (c *channel) choose() {
	slices.SortStableFunc(c.profiles, func(a, b onvif.Profile) int {
		return cmp.Or(cmp.Compare(pixels(b), pixels(a)), cmp.Compare(costly(a), costly(b)))
	})
	if len(c.profiles) == 0 {
		return
	}
	c.main = c.profiles[0]
	for _, p := range c.profiles[1:] {
		if pixels(p) < pixels(c.main) && (c.sub.Token == "" || pixels(p) < pixels(c.sub)) {
			c.sub = p
		}
	}
}

// costly ranks codecs by the network they take.
func costly(p onvif.Profile) int {
	if p.Codec == media.MJPEG {
		return 1
	}
	return 0
}

// streams returns a camera's streams of profiles.
func streamsOf(main, sub onvif.Profile) []camera.Stream {
	streams := []camera.Stream{streamOf("main", main)}
	if sub.Token != "" {
		streams = append(streams, streamOf("sub", sub))
	}
	return streams
}

func streamOf(name string, p onvif.Profile) camera.Stream {
	return camera.Stream{
		Name: name, URL: p.StreamURI, Profile: p.Token, ProfileName: p.Name,
		Codec: p.Codec, Width: p.Width, Height: p.Height, FPS: p.FPS,
	}
}

// ChannelPicture returns a picture (JPEG) of one video source of a device: the
// device's own snapshot, else one of its stream.
func (v *Inventory) ChannelPicture(ctx context.Context, t Target, source string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	a, err := v.resolve(t)
	if err != nil {
		return nil, err
	}
	told, err := v.ask(ctx, a, rememberFor)
	if err != nil {
		return nil, err
	}
	channels := channelsOf(told.device)
	i := slices.IndexFunc(channels, func(c channel) bool { return c.source == source })
	if i < 0 {
		return nil, fault.Errorf(fault.NotFound, "the device has no video source %.80q", source)
	}
	if channels[i].main.Token == "" {
		return nil, fault.Errorf(fault.NoVideo, "channel %d has no stream that can be shown", channels[i].number)
	}
	p := cmp.Or(channels[i].sub.Token, channels[i].main.Token)
	profile := channels[i].profiles[slices.IndexFunc(channels[i].profiles, func(q onvif.Profile) bool { return q.Token == p })]
	if profile.SnapshotURI != "" {
		jpeg, _, err := told.client.Snapshot(ctx, profile)
		if code := fault.CodeOf(err); err == nil || code == fault.Unauthorized || code == fault.AccountLocked {
			return jpeg, err
		}
		v.log.Debug("no snapshot, taking a picture of the stream", "device", a.id, "error", err)
	}
	seen, err := streaming.Still(ctx, v.stillConfig(a, profile.StreamURI, camera.TransportAuto))
	if err != nil {
		return nil, err
	}
	return seen.JPEG, nil
}

// hostOf returns the host of an address in lower case, without brackets.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Port()
}

// sameService tells whether two addresses are those of one device service.
func sameService(a, b string) bool {
	ua, aerr := url.Parse(a)
	ub, berr := url.Parse(b)
	if aerr != nil || berr != nil || ua.Hostname() != ub.Hostname() {
		return false
	}
	port := func(u *url.URL) string {
		if u.Scheme == "https" {
			return cmp.Or(u.Port(), "443")
		}
		return cmp.Or(u.Port(), "80")
	}
	return port(ua) == port(ub)
}

func joinPort(host, port string) string {
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() {
		return "[" + host + "]:" + port
	}
	return host + ":" + port
}

// idOf makes an id of any text: what is no letter or digit becomes a dash.
func idOf(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	const longest = 56 // leaves room to make it unique
	id := strings.Trim(b.String(), "-_")
	return strings.Trim(id[:min(len(id), longest)], "-_")
}
