package device

import (
	"fmt"
	"net/http"
	"sync"

	"camwall/internal/simcam"
)

// channel is a picture source: its profiles, where it looks, how it is set.
type channel struct {
	number   int // from 1
	name     string
	source   string // token of the video source
	main     *simcam.Stream
	profiles []profile // main first; immutable
	ptz      bool

	mu      sync.Mutex // guards the fields below
	gone    bool       // no signal
	mount   mount
	imaging imaging
	frame   uint16 // of snapshots
}

// profile is one media profile: a stream under its token.
type profile struct {
	token, name string
	channel     *channel
	stream      *simcam.Stream
}

func newChannel(server *simcam.Server, index, of int, c Channel) (*channel, error) {
	n := index + 1
	one := &channel{
		number: n, name: c.Name, source: fmt.Sprintf("VideoSource_%d", n), ptz: c.PTZ,
		imaging: defaultImaging(), mount: newMount(),
	}
	for i, path := range []string{c.Main, c.Sub} {
		if i > 0 && path == "" {
			continue
		}
		stream := server.Stream(path)
		if stream == nil {
			return nil, fmt.Errorf("channel %s: no stream %q", c.Name, path)
		}
		role := []string{"main", "sub"}[i]
		name := role
		if of > 1 {
			name = c.Name + " " + role
		}
		one.profiles = append(one.profiles, profile{
			token: fmt.Sprintf("Profile_%d%02d", n, i+1), name: name, channel: one, stream: stream,
		})
	}
	one.main = one.profiles[0].stream
	return one, nil
}

// profile finds a profile by its token.
func (d *Device) profile(token string) (profile, bool) {
	for _, c := range d.channels {
		for _, p := range c.profiles {
			if p.token == token {
				return p, true
			}
		}
	}
	return profile{}, false
}

// bySource finds a channel by the token of its video source.
func (d *Device) bySource(token string) *channel {
	for _, c := range d.channels {
		if c.source == token {
			return c
		}
	}
	return nil
}

func (d *Device) hasPTZ() bool {
	for _, c := range d.channels {
		if c.ptz && !d.cfg.NoPTZ {
			return true
		}
	}
	return false
}

// SetSignal connects or disconnects the camera of a channel, counted from 0:
// without one its streams are not found and it has no snapshot.
func (d *Device) SetSignal(channel int, on bool) {
	c := d.channels[channel]
	c.mu.Lock()
	c.gone = !on
	c.mu.Unlock()
	status := http.StatusNotFound
	if on {
		status = 0
	}
	for _, p := range c.profiles {
		p.stream.Refuse(status)
		if !on {
			p.stream.CloseConnections()
		}
	}
}
