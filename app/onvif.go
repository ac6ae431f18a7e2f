package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"camwall/internal/apiclient"
	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/netpolicy"
	"camwall/internal/onvif"
)

type onvifCommand struct {
	URL string `arg:"" name:"url" help:"Where the device is: HOST, HOST:PORT or http://HOST/onvif/device_service."`
	signInFlags
	TLS    string `name:"tls" default:"pin" enum:"pin,verify,off" help:"How its certificate is checked: pin trusts the one that is seen."`
	JSON   bool   `name:"json" help:"Print JSON."`
	Server string `env:"CAMWALL_SERVER" help:"The server that tells which profiles are in use: http://127.0.0.1:8000." placeholder:"URL"`
}

// onvifTime bounds the whole description of a device.
const onvifTime = time.Minute

// Run asks a device what it is and offers, and prints it. It asks in this
// process, so it needs no server.
func (c *onvifCommand) Run(ctx context.Context, s streams) error {
	address, _, inURL, err := camera.ParseONVIF(c.URL)
	if err != nil {
		return err
	}
	cred, err := c.signIn(s, inURL)
	if err != nil {
		return err
	}
	mode, err := camera.ParseTLSMode(c.TLS)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, onvifTime)
	defer cancel()
	var told *onvif.Device
	err = askedOnce(s, cred, func(cred camera.Credentials) error {
		told, err = describeDevice(ctx, address, cred, mode)
		return err
	})
	if err != nil {
		return err
	}
	offered := offerOf(told, c.inUse(ctx, s, told))
	if c.JSON {
		return printJSON(s.out, offered)
	}
	return printOffer(s, &offered)
}

func describeDevice(ctx context.Context, address string, cred camera.Credentials, mode camera.TLSMode) (*onvif.Device, error) {
	policy := netpolicy.New(netpolicy.Config{Loopback: true})
	client, err := onvif.New(onvif.Config{Address: address, Credentials: cred, DialContext: policy.DialContext(true), TLS: mode})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return client.Describe(ctx)
}

// inUse returns which camera a profile is in use for, as a server tells; without
// one nothing is.
func (c *onvifCommand) inUse(ctx context.Context, s streams, d *onvif.Device) func(*onvif.Profile) string {
	nothing := func(*onvif.Profile) string { return "" }
	client, err := s.client(c.Server)
	if err == nil {
		defer client.Close()
		var use func(*onvif.Profile) string
		if use, err = usedBy(ctx, client, d); err == nil {
			return use
		}
	}
	if c.Server != "" || !nobodyThere(err) {
		s.once(redacted(err) + ": which profiles are in use is not known")
	}
	return nothing
}

// usedBy matches profiles with the streams of cameras: by their addresses, and at
// the same device by their tokens.
func usedBy(ctx context.Context, client *apiclient.Client, d *onvif.Device) (func(*onvif.Profile) string, error) {
	if err := client.Health(ctx); err != nil {
		return nil, err
	}
	devices, err := client.Devices(ctx)
	if err != nil {
		return nil, err
	}
	cameras, err := client.Cameras(ctx, "")
	if err != nil {
		return nil, err
	}
	same := make(map[string]bool)
	for i := range devices {
		same[devices[i].ID] = devices[i].ONVIF != "" && hostPort(devices[i].ONVIF) == hostPort(d.Address)
	}
	return func(p *onvif.Profile) string {
		for i := range cameras {
			for _, stream := range cameras[i].Streams {
				byAddress := p.StreamURI != "" && stream.URL == clean(p.StreamURI)
				if byAddress || same[cameras[i].Device] && p.Token != "" && stream.Profile == p.Token {
					return cameras[i].ID + "/" + stream.Name
				}
			}
		}
		return ""
	}, nil
}

func hostPort(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if u.Port() == "" {
		return u.Hostname() + map[string]string{"https": ":443"}[u.Scheme] + map[string]string{"http": ":80"}[u.Scheme]
	}
	return u.Hostname() + ":" + u.Port()
}

// offer is what a device told, as onvif prints it in JSON. Its lists are never
// nil.
type offer struct {
	Device   offeredDevice    `json:"device"`
	Profiles []offeredProfile `json:"profiles"`
	Channels []offeredChannel `json:"channels"`
	Problems []trouble        `json:"problems"`
}

type offeredDevice struct {
	Maker       string  `json:"maker"`
	Model       string  `json:"model"`
	Firmware    string  `json:"firmware"`
	Serial      string  `json:"serial"`
	MAC         string  `json:"mac"`
	Hostname    string  `json:"hostname"`
	Address     string  `json:"address"`
	ClockOffset float64 `json:"clockOffsetSeconds"`
	PTZ         bool    `json:"ptz"`
	Events      bool    `json:"events"`
	Imaging     bool    `json:"imaging"`
}

type offeredProfile struct {
	Token       string  `json:"token"`
	Name        string  `json:"name"`
	Source      string  `json:"source"`
	Encoding    string  `json:"encoding"`
	Width       int     `json:"width"`
	Height      int     `json:"height"`
	FPS         float64 `json:"fps"`
	BitRateKbps int     `json:"bitRateKbps"`
	GOP         int     `json:"gop"`
	Quality     float64 `json:"quality"`
	Audio       string  `json:"audio"`
	PTZ         bool    `json:"ptz"`
	URL         string  `json:"url"`
	SecureURL   string  `json:"secureUrl,omitempty"`
	Snapshot    string  `json:"snapshot"`
	Use         string  `json:"use"`
}

type offeredChannel struct {
	Number   int      `json:"number"`
	Source   string   `json:"source"`
	Name     string   `json:"name"`
	Profiles []string `json:"profiles"` // their tokens
}

func offerOf(d *onvif.Device, use func(*onvif.Profile) string) offer {
	o := offer{
		Device: offeredDevice{
			Maker: clean(d.Manufacturer), Model: clean(d.Model), Firmware: clean(d.Firmware), Serial: clean(d.Serial),
			MAC: first(d.MACs), Hostname: clean(d.Hostname), Address: clean(d.Address),
			ClockOffset: float64(d.ClockOffset.Milliseconds()) / 1000, PTZ: d.HasPTZ, Events: d.HasEvents, Imaging: d.HasImaging,
		},
		Profiles: make([]offeredProfile, len(d.Profiles)), Channels: []offeredChannel{}, Problems: troubles(d.Problems),
	}
	for i, source := range d.Sources {
		o.Channels = append(o.Channels, offeredChannel{Number: i + 1, Source: source.Token, Name: clean(source.Name), Profiles: []string{}})
	}
	for i := range d.Profiles {
		p := &d.Profiles[i]
		o.Profiles[i] = offeredProfile{
			Token: p.Token, Name: clean(p.Name), Source: p.Source, Encoding: encodingOf(p),
			Width: p.Width, Height: p.Height, FPS: finite(p.FPS), BitRateKbps: p.BitRateKbps, GOP: p.GOP, Quality: finite(p.Quality),
			Audio: clean(p.Audio), PTZ: p.PTZ, URL: clean(p.StreamURI), SecureURL: clean(p.SecureURI), Snapshot: clean(p.SnapshotURI), Use: use(p),
		}
		o.addToChannel(p)
	}
	return o
}

// addToChannel puts a profile to its video source, which some devices list
// nowhere else.
func (o *offer) addToChannel(p *onvif.Profile) {
	if p.Source == "" {
		return
	}
	for i := range o.Channels {
		if o.Channels[i].Source == p.Source {
			o.Channels[i].Profiles = append(o.Channels[i].Profiles, p.Token)
			return
		}
	}
	o.Channels = append(o.Channels, offeredChannel{
		Number: len(o.Channels) + 1, Source: p.Source, Name: clean(p.SourceName), Profiles: []string{p.Token},
	})
}

// encodingOf is ONVIF's word for a codec: H264, H265, JPEG, MPEG4.
func encodingOf(p *onvif.Profile) string {
	switch p.Codec {
	case media.CodecUnknown:
		return clean(p.CodecName)
	case media.MJPEG:
		return "JPEG"
	}
	return p.Codec.String()
}

// printOffer prints a device: facts, then a table of profiles.
func printOffer(s streams, o *offer) error {
	d := &o.Device
	err := facts(s.out,
		"Device", strings.TrimSpace(d.Maker+" "+d.Model), "Firmware", d.Firmware, "Serial", d.Serial, "MAC", d.MAC,
		"Host name", d.Hostname, "Address", d.Address, "Clock", clockWords(d.ClockOffset),
		"Channels", yes(len(o.Channels) > 1, fmt.Sprint(len(o.Channels))),
		"Can", strings.Join(words(yes(d.PTZ, "be turned"), yes(d.Events, "send events"), yes(d.Imaging, "set its picture")), ", "))
	if err != nil {
		return err
	}
	if len(o.Profiles) > 0 {
		fmt.Fprintln(s.out)
		t := newTable(s.out, "PROFILE", "ENCODING", "SIZE", "FPS", "QUALITY", "KBIT/S", "IN USE", "URL")
		for i := range o.Profiles {
			p := &o.Profiles[i]
			t.row(profileTitle(p.Name, p.Token), p.Encoding, sized(p.Width, p.Height), short(p.FPS), short(p.Quality), short(float64(p.BitRateKbps)), p.Use, p.URL)
		}
		if err := t.flush(); err != nil {
			return err
		}
	}
	for i := range o.Problems {
		s.warn(problemLine(&fault.Error{Message: o.Problems[i].Message, Hint: o.Problems[i].Hint}))
	}
	return nil
}

// profileTitle is a profile's name, with the token where that tells more.
func profileTitle(name, token string) string {
	if name == "" || name == token {
		return token
	}
	return name + " (" + token + ")"
}

// clockWords tell of a clock that is off.
func clockWords(seconds float64) string {
	off := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	switch {
	case off > 2*time.Second:
		return off.String() + " ahead of ours: compensated"
	case off < -2*time.Second:
		return (-off).String() + " behind ours: compensated"
	}
	return ""
}
