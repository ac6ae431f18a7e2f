package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"camwall/internal/apiclient"
)

type camerasCommand struct {
	List    camerasListCommand    `cmd:"" help:"List cameras and their states."`
	Info    camerasInfoCommand    `cmd:"" help:"Tell all of one camera."`
	Add     camerasAddCommand     `cmd:"" help:"Add a camera by its RTSP address, or a device by that of its ONVIF service."`
	Remove  camerasRemoveCommand  `cmd:"" help:"Remove a camera."`
	Streams camerasStreamsCommand `cmd:"" help:"List the streams of a camera."`
}

type camerasListCommand struct {
	askingFlags
	Query string `arg:"" optional:"" name:"text" help:"Only those whose id, number, name, text or device has this text."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run lists the cameras.
func (c *camerasListCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		all, err := b.cameras(ctx, c.Query)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, struct {
				Cameras []apiclient.Camera `json:"cameras"`
			}{all})
		}
		if len(all) == 0 {
			_, err := fmt.Fprintln(s.out, "No camera.")
			return err
		}
		t := newTable(s.out, "ID", "NUMBER", "NAME", "STATE", "HOST", "STREAMS")
		for i := range all {
			cam := &all[i]
			t.row(cam.ID, numberWord(cam.Number), cam.Name, stateWords(&cam.Status), hostOf(cam), streamWords(cam.Streams))
		}
		return t.flush()
	})
}

type camerasInfoCommand struct {
	askingFlags
	ID       string `arg:"" help:"The camera's id."`
	Profiles bool   `help:"Ask its device for its profiles, too."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run tells all of one camera.
func (c *camerasInfoCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		cam, err := b.camera(ctx, c.ID)
		if err != nil {
			return err
		}
		told := toldCamera{Camera: cam}
		if device, err := b.Device(ctx, cam.Device); err == nil {
			told.Host = &device
		}
		if c.Profiles && told.Host != nil && told.Host.ONVIF != "" {
			d, err := b.Describe(ctx, apiclient.Target{Device: cam.Device})
			if err != nil {
				s.warn(problemOf(err))
			} else {
				told.Profiles = d.Profiles
			}
		}
		if c.JSON {
			return printJSON(s.out, told)
		}
		return told.print(s)
	})
}

// toldCamera is a camera with its device and, when that was asked, its profiles.
type toldCamera struct {
	apiclient.Camera
	Host     *apiclient.Device   `json:"host"`
	Profiles []apiclient.Profile `json:"profiles,omitempty"`
}

func (c *toldCamera) print(s streams) error {
	pairs := []string{
		"Camera", c.ID, "Number", numberWord(c.Number), "Name", c.Name, "Text", c.Text, "Host", hostOf(&c.Camera),
		"State", stateWords(&c.Status), "Why", strings.TrimSpace(sentence(c.Message) + " " + sentence(c.Hint)),
		"Since", localTime(c.Since), "Next try", localTime(c.NextTry),
	}
	if d := c.Host; d != nil {
		pairs = append(pairs, "Device", d.ID, "Model", strings.TrimSpace(d.Maker+" "+d.Model), "ONVIF", d.ONVIF)
	}
	rotation := ""
	if c.Rotation != 0 {
		rotation = strconv.Itoa(c.Rotation) + " degrees"
	}
	pairs = append(pairs, "Signs in as", c.User, "Password", yes(c.HasPassword, "kept"), "Transport", c.Transport,
		"Rotated", rotation, "Can be turned", yes(c.PTZ, "yes"), "Configured in", yes(c.Provisioned, "camwall.yaml or the command line"))
	if err := facts(s.out, pairs...); err != nil {
		return err
	}
	fmt.Fprintln(s.out)
	if err := printStreams(s, c.Streams); err != nil || len(c.Profiles) == 0 {
		return err
	}
	fmt.Fprintln(s.out)
	return printProfiles(s, c.Profiles)
}

// printProfiles prints the profiles that a server read.
func printProfiles(s streams, profiles []apiclient.Profile) error {
	t := newTable(s.out, "PROFILE", "ENCODING", "SIZE", "FPS", "QUALITY", "KBIT/S", "IN USE", "URL")
	for i := range profiles {
		p := &profiles[i]
		t.row(profileTitle(p.Name, p.Token), cmp.Or(p.CodecName, p.Codec), sized(p.Width, p.Height), short(p.FPS), short(p.Quality),
			short(float64(p.BitRateKbps)), p.Use, p.URL)
	}
	return t.flush()
}

type camerasStreamsCommand struct {
	askingFlags
	ID   string `arg:"" help:"The camera's id."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run lists a camera's streams.
func (c *camerasStreamsCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		cam, err := b.camera(ctx, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, struct {
				Streams []apiclient.Stream `json:"streams"`
			}{cam.Streams})
		}
		return printStreams(s, cam.Streams)
	})
}

func printStreams(s streams, list []apiclient.Stream) error {
	t := newTable(s.out, "STREAM", "STATE", "ENCODING", "SIZE", "FPS", "VIEWERS", "PROFILE", "URL")
	for i := range list {
		st := &list[i]
		t.row(st.Name, stateWords(&st.Status), encoding(st), sized(st.Width, st.Height), short(st.FPS), strconv.Itoa(st.Viewers),
			cmp.Or(st.ProfileName, st.Profile), st.URL)
	}
	return t.flush()
}

type camerasRemoveCommand struct {
	askingFlags
	ID string `arg:"" help:"The camera's id."`
}

// Run removes a camera.
func (c *camerasRemoveCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		if err := b.RemoveCamera(ctx, c.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "Removed camera %s.\n", strings.ToLower(c.ID))
		return err
	})
}

// stateWords is a state with its reason and what stands beside it.
func stateWords(s *apiclient.Status) string {
	switch {
	case s.State == "live" && s.Marks.Unchanged:
		return "live, unchanged"
	case s.State == "live" && s.Marks.BehindMs > 0:
		return fmt.Sprintf("live, %s behind", time.Duration(s.Marks.BehindMs)*time.Millisecond)
	case s.Reason != "" && string(s.Reason) != s.State:
		return s.State + " (" + strings.ReplaceAll(string(s.Reason), "_", " ") + ")"
	}
	return s.State
}

// streamWords names streams with their sizes.
func streamWords(list []apiclient.Stream) string {
	var all []string
	for i := range list {
		all = append(all, strings.Join(words(list[i].Name, encoding(&list[i]), sized(list[i].Width, list[i].Height)), " "))
	}
	return strings.Join(all, ", ")
}

// encoding is a stream's codec, "" while it is unknown.
func encoding(st *apiclient.Stream) string {
	if st.Codec == "unknown" {
		return ""
	}
	return st.Codec
}

func hostOf(c *apiclient.Camera) string {
	for i := range c.Streams {
		if u, err := url.Parse(c.Streams[i].URL); err == nil && u.Host != "" {
			return u.Host
		}
	}
	return c.Device
}

func numberWord(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func localTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}
