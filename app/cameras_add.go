package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"camwall/internal/apiclient"
	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

type camerasAddCommand struct {
	askingFlags
	signInFlags
	Address   string `arg:"" name:"url" help:"rtsp://... of a stream, or HOST, HOST:PORT or http://... of an ONVIF device."`
	ID        string `name:"id" help:"Id of the camera, or of the device; else made from the name." placeholder:"ID"`
	Name      string `help:"Name of the camera, or of the device." placeholder:"TEXT"`
	Profile   string `help:"Of an ONVIF device take one camera, with this profile, by its name or token." placeholder:"NAME"`
	All       bool   `help:"Of a recorder take every channel that can play."`
	Channel   []int  `help:"Of a recorder take this channel (repeatable)." placeholder:"N"`
	Transport string `default:"" enum:",auto,tcp,udp" help:"How RTP of an RTSP address comes: auto, tcp or udp." placeholder:"WAY"`
	TLS       string `name:"tls" default:"" enum:",pin,verify,off" help:"How a certificate is checked: pin, verify or off." placeholder:"HOW"`
}

// Run adds a camera, or a device with its cameras.
func (c *camerasAddCommand) Run(ctx context.Context, s streams) error {
	scheme, _, named := strings.Cut(strings.ToLower(strings.TrimSpace(c.Address)), "://")
	switch {
	case named && (scheme == "rtsp" || scheme == "rtsps"):
		return c.addStream(ctx, s)
	case named && scheme != "http" && scheme != "https":
		return fault.Errorf(fault.BadRequest, "%.20q is the scheme of no camera", scheme).
			WithHint("rtsp or rtsps for a stream, http or https for an ONVIF device")
	case c.Transport != "":
		return fault.New(fault.BadRequest, "--transport is for an RTSP address", "leave it out")
	}
	ways := 0
	for _, given := range []bool{c.Profile != "", c.All, len(c.Channel) > 0} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return fault.New(fault.BadRequest, "only one of --profile, --all and --channel can be", "choose one of them")
	}
	return c.addONVIF(ctx, s)
}

func (c *camerasAddCommand) addStream(ctx context.Context, s streams) error {
	if c.Profile != "" || c.All || len(c.Channel) > 0 {
		return fault.New(fault.BadRequest, "--profile, --all and --channel are for an ONVIF device", "an RTSP address is one stream: leave them out")
	}
	address, user, password, _ := secret.SplitURL(strings.TrimSpace(c.Address))
	cred, err := c.signIn(s, camera.Credentials{User: user, Password: password})
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(b *backend) error {
		added, err := b.AddCamera(ctx, apiclient.NewCamera{
			ID: c.ID, Name: c.Name, URL: address, SignIn: sent(cred), Transport: c.Transport, TLS: c.TLS,
		})
		if err != nil {
			return err
		}
		return tellAdded(s, added)
	})
}

func sent(cred camera.Credentials) apiclient.SignIn {
	return apiclient.SignIn{User: cred.User, Password: apiclient.Secret{Text: cred.Password}}
}

func tellAdded(s streams, cameras ...apiclient.Camera) error {
	if len(cameras) == 1 {
		name := cameras[0].Name
		if name == "" || name == cameras[0].ID {
			name = hostOf(&cameras[0])
		}
		_, err := fmt.Fprintf(s.out, "Added camera %s: %s\n", cameras[0].ID, clean(name))
		return err
	}
	fmt.Fprintf(s.out, "Added %s.\n", counted(len(cameras), "camera"))
	t := newTable(s.out, "ID", "NUMBER", "NAME", "STREAMS")
	for i := range cameras {
		t.row(cameras[i].ID, numberWord(cameras[i].Number), cameras[i].Name, streamWords(cameras[i].Streams))
	}
	return t.flush()
}

func (c *camerasAddCommand) addONVIF(ctx context.Context, s streams) error {
	address, _, inURL, err := camera.ParseONVIF(c.Address)
	if err != nil {
		return err
	}
	cred, err := c.signIn(s, inURL)
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(b *backend) error {
		return askedOnce(s, cred, func(cred camera.Credentials) error {
			if c.Profile != "" {
				added, err := b.AddCamera(ctx, apiclient.NewCamera{
					ID: c.ID, Name: c.Name, Address: address, Profile: c.Profile, SignIn: sent(cred), TLS: c.TLS,
				})
				if err != nil {
					return err
				}
				return tellAdded(s, added)
			}
			return c.addDevice(ctx, s, b, address, cred)
		})
	})
}

// addDevice adds a device with the channels that are wanted.
func (c *camerasAddCommand) addDevice(ctx context.Context, s streams, b *backend, address string, cred camera.Credentials) error {
	want := apiclient.NewDevice{Address: address, ID: c.ID, Name: c.Name, Prefix: c.ID, SignIn: sent(cred), TLS: c.TLS}
	if len(c.Channel) > 0 || s.ask != nil && !c.All {
		told, err := b.Describe(ctx, apiclient.Target{Address: address, SignIn: sent(cred), TLS: c.TLS})
		if err != nil {
			return err
		}
		numbers := c.Channel
		if len(numbers) == 0 && len(told.Channels) > 1 {
			if numbers, err = askChannels(s, told.Channels); err != nil {
				return err
			}
		}
		if want.Sources, err = sourcesOf(told.Channels, numbers); err != nil {
			return err
		}
	}
	added, err := b.AddDevice(ctx, want)
	if err != nil {
		return err
	}
	d := &added.Device
	if d.Kind == "recorder" || len(added.Cameras) != 1 {
		fmt.Fprintf(s.out, "Added device %s: %s\n", d.ID, clean(cmp.Or(d.Name, strings.TrimSpace(d.Maker+" "+d.Model), d.Address)))
	}
	return tellAdded(s, added.Cameras...)
}

// askChannels shows the channels of a recorder and asks which to take; none is
// all that can play.
func askChannels(s streams, channels []apiclient.Channel) ([]int, error) {
	t := newTable(s.err, "CHANNEL", "NAME", "CAMERA", "")
	for _, ch := range channels {
		t.row(strconv.Itoa(ch.Number), ch.Name, ch.Camera, cmp.Or(yes(ch.Main == "", "no stream that can play"), " "))
	}
	if err := t.flush(); err != nil {
		return nil, err
	}
	answer, err := s.ask.ask("Which ones (all, or such as 1,3-5)? ")
	if err != nil {
		return nil, err
	}
	return numbersIn(answer)
}

// numbersIn reads "1,3-5"; "" and "all" are none in particular.
func numbersIn(text string) ([]int, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || text == "all" {
		return nil, nil
	}
	var numbers []int
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		begin, end, ranged := strings.Cut(part, "-")
		if !ranged {
			end = begin
		}
		from, err := strconv.Atoi(begin)
		to, err2 := strconv.Atoi(end)
		if err != nil || err2 != nil || from < 1 || to < from || to > 1000 {
			return nil, fault.Errorf(fault.BadRequest, "%.20q names no channels", part).WithHint("all, or numbers such as 1,3-5")
		}
		for n := from; n <= to; n++ {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// sourcesOf returns the video sources of numbered channels.
func sourcesOf(channels []apiclient.Channel, numbers []int) ([]string, error) {
	var sources []string
	for _, n := range numbers {
		i := slices.IndexFunc(channels, func(c apiclient.Channel) bool { return c.Number == n })
		if i < 0 {
			return nil, fault.Errorf(fault.NotFound, "the device has no channel %d", n).
				WithHint("it has " + counted(len(channels), "channel") + ": camwall onvif tells them")
		}
		if !slices.Contains(sources, channels[i].Source) {
			sources = append(sources, channels[i].Source)
		}
	}
	return sources, nil
}
