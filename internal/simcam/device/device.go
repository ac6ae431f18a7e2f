// Package device gives simulated cameras their other side: an ONVIF device, on
// one HTTP address, that describes the streams of a simcam.Server, and the
// recorder of many channels. It serves device management, Media1, Media2, PTZ,
// imaging, events by PullPoint, snapshots and a UPnP description, with the
// sign-ins and the faults that real devices have. It is written apart from
// every client, so that neither can hide the other's mistakes, and it decodes
// no picture. Package announce makes it findable; tests and the demonstration
// start it.
package device

import (
	"crypto/sha1" //nolint:gosec // names, not secrets: RFC 9562 section 5.5
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"camwall/internal/simcam"
	"camwall/internal/simcam/bell"
)

// SignIn is what a device asks for before it answers.
type SignIn int

// Ways to sign in. SignInEither takes WS-UsernameToken, or HTTP digest of
// either kind; SignInDigest offers SHA-256 and MD5. Snapshots always take HTTP
// digest: MD5 where ONVIF has tokens only.
const (
	SignInNone SignIn = iota
	SignInToken
	SignInDigestMD5
	SignInDigestSHA256
	SignInDigest
	SignInEither
)

// Channel is one picture source of a device.
type Channel struct {
	// Name is that of the video source configuration, "Channel 3".
	Name string
	// Main and Sub are paths of streams of the Server; Sub may be empty.
	Main, Sub string
	// PTZ says that the camera can be moved.
	PTZ bool
	// NoSignal says that no camera is connected: profiles stand, pictures do
	// not come. SetSignal changes it.
	NoSignal bool
}

// Config is what a Device needs.
type Config struct {
	// Server has the streams; never nil. The Device ends with it.
	Server *simcam.Server
	// Listen is "IP:port" of HTTP; port 0 takes a free one.
	Listen string
	// TLS makes it HTTPS.
	TLS *tls.Config
	// Channels are the picture sources; at least one.
	Channels []Channel

	// SignIn, User and Password say who may ask. User must not be empty unless
	// SignIn is SignInNone.
	SignIn         SignIn
	User, Password string
	// ClosedServices asks for a sign-in at GetServices, GetCapabilities and
	// GetHostname too, which ONVIF leaves free.
	ClosedServices bool
	// RefusalStatus is the HTTP status of the fault NotAuthorized where no HTTP
	// digest is asked for; 0 is 400.
	RefusalStatus int
	// LockAfter locks the account after so many failed sign-ins over RTSP,
	// ONVIF and snapshots together, for LockFor (0: 30 min). 0 never locks.
	LockAfter int
	LockFor   time.Duration

	// What the device says of itself. Empty fields get values that suit.
	Name, Manufacturer, Model, Firmware, Serial, HardwareID, Location string
	// MAC is "02:00:5e:00:00:01". UUID is that of the endpoint reference,
	// UPnPUUID that of the UPnP description; they are the same unless given.
	MAC, UUID, UPnPUUID string

	// ClockOffset is how far its clock is ahead of ours.
	ClockOffset time.Duration
	// NoMedia2, NoPTZ, NoImaging and NoEvents leave out services.
	NoMedia2, NoPTZ, NoImaging, NoEvents bool
	// HideH265 leaves H.265 profiles out of Media1, which cannot name that
	// codec. Otherwise Media1 shows them as H264, as most devices do.
	HideH265 bool
	// MaxSubscriptions is how many there may be at a time; 0 is 10.
	MaxSubscriptions int
	// MotionEvery raises motion at the channels in turn, each time for a third
	// of it; 0 never.
	MotionEvery time.Duration
	// Log is where life events go; nil is nowhere.
	Log *slog.Logger
}

// Device is a running ONVIF device. All methods may be called from any
// goroutine.
type Device struct {
	cfg        Config
	address    net.Addr
	channels   []*channel // immutable
	operations map[operationName]operation
	signIns    *signIns
	changed    bell.Bell
	stop       chan struct{} // closed by Close
	closing    sync.Once
	wg         sync.WaitGroup // motion

	power power

	mu       sync.Mutex // guards the fields below
	requests map[string]int
	faults   faults
	events   subscriptions
}

// New starts a Device, which listens when New returns. The caller must Close
// it, or the Server.
func New(cfg Config) (*Device, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	d := &Device{cfg: cfg, stop: make(chan struct{}), requests: make(map[string]int)}
	d.faults.clockOffset = cfg.ClockOffset
	for i, c := range cfg.Channels {
		one, err := newChannel(cfg.Server, i, len(cfg.Channels), c)
		if err != nil {
			return nil, err
		}
		d.channels = append(d.channels, one)
	}
	d.operations = d.allOperations()
	listener, err := d.listen(cfg.Listen)
	if err != nil {
		return nil, err
	}
	d.address = listener.Addr()
	d.introduce()
	d.signIns = newSignIns(d.cfg)
	d.events.start(d)
	d.power.on(d, listener)
	if cfg.MotionEvery > 0 && !cfg.NoEvents {
		d.wg.Go(d.moveInTurn)
	}
	cfg.Server.Attach(d.Close)
	for i, c := range cfg.Channels {
		if c.NoSignal {
			d.SetSignal(i, false)
		}
	}
	cfg.Log.Debug("ONVIF device listening", "name", d.cfg.Name, "address", d.XAddr(), "channels", len(d.channels))
	return d, nil
}

func (c *Config) validate() error {
	switch {
	case c.Server == nil:
		return errors.New("device without a server of streams")
	case len(c.Channels) == 0:
		return errors.New("device without a channel")
	case c.SignIn != SignInNone && c.User == "":
		return errors.New("device: sign-in without a user")
	}
	return nil
}

// introduce fills in what the Config leaves open.
func (d *Device) introduce() {
	c := &d.cfg
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&c.Name, c.Channels[0].Name)
	set(&c.Manufacturer, "Camwall")
	set(&c.Model, "Simulated camera")
	set(&c.Firmware, "1.0.0")
	set(&c.HardwareID, "simcam")
	set(&c.Location, "Nowhere")
	set(&c.Serial, "0001")
	sum := sha1.Sum([]byte(c.Manufacturer + "\n" + c.Serial + "\n" + d.Addr())) //nolint:gosec // as above
	set(&c.MAC, fmt.Sprintf("02:00:5e:%02x:%02x:%02x", sum[16], sum[17], sum[18]))
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	set(&c.UUID, fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]))
	set(&c.UPnPUUID, c.UUID)
}

// Close ends all connections and waits until everything is still. The streams
// are left alone. It may be called again.
func (d *Device) Close() {
	d.closing.Do(func() { close(d.stop) })
	d.switchOff()
	d.wg.Wait()
}

// Addr returns "IP:port" of HTTP.
func (d *Device) Addr() string { return d.address.String() }

// XAddr returns the address of the device service, as the device tells it.
func (d *Device) XAddr() string { return d.base(nil) + devicePath }

// XAddrAt is XAddr for those who ask at an address: it matters to a device that
// listens at all of them.
func (d *Device) XAddrAt(at netip.Addr) string { return d.baseAt(net.IP(at.AsSlice())) + devicePath }

// DescriptionAt returns the address of the UPnP description in the same way.
func (d *Device) DescriptionAt(at netip.Addr) string {
	return d.baseAt(net.IP(at.AsSlice())) + descriptionPath
}

// Endpoint returns the endpoint reference, "urn:uuid:...".
func (d *Device) Endpoint() string { return "urn:uuid:" + d.cfg.UUID }

// UPnPUUID returns the UUID of the UPnP description.
func (d *Device) UPnPUUID() string { return d.cfg.UPnPUUID }

// Name returns what the device calls itself.
func (d *Device) Name() string { return d.cfg.Name }

// Scopes returns what the device tells of itself in WS-Discovery.
func (d *Device) Scopes() []string {
	const root = "onvif://www.onvif.org/"
	scopes := []string{
		root + "type/video_encoder", root + "type/Network_Video_Transmitter", root + "Profile/Streaming",
	}
	if !d.cfg.NoMedia2 {
		scopes = append(scopes, root+"Profile/T")
	}
	if d.hasPTZ() {
		scopes = append(scopes, root+"type/ptz")
	}
	return append(scopes, root+"hardware/"+scopeEscape(d.cfg.Model), root+"name/"+scopeEscape(d.cfg.Name),
		root+"location/"+scopeEscape(d.cfg.Location))
}

// scopeEscape writes a text as a path element of a URI.
func scopeEscape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// now is the device's own clock.
func (d *Device) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clock()
}

// clock is now for those who hold mu.
func (d *Device) clock() time.Time { return time.Now().Add(d.faults.clockOffset).UTC() }
