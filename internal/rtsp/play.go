package rtsp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/liberrors"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// maxUDPPorts is how many pairs of ports are tried.
const maxUDPPorts = 16

// play brings the session up to PLAY.
func (c *connection) play() error {
	desc, video, audio, err := c.describe()
	if err != nil {
		return err
	}
	r := newReceiver(c.s, c.watch)
	if err := c.setup(desc, video); err != nil {
		return err
	}
	if audio != nil {
		if err := c.setup(desc, audio); errors.As(err, new(liberrors.ErrClientBadStatusCode)) {
			c.s.cfg.Log.Debug("go without audio", "err", err)
			audio = nil
		} else if err != nil {
			return err
		}
	}
	r.attach(c.client, video, audio)
	if err := c.signedIn(func() error { _, err := c.client.Play(nil); return err }); err != nil {
		return err
	}
	c.s.learn(func(i *Info) { i.Transport = c.transport.String() })
	c.s.cfg.OnPlaying()
	c.played()
	return nil
}

// played says what is expected once the camera has agreed to play.
func (c *connection) played() {
	cfg := &c.s.cfg
	if c.transport == camera.TransportUDP && c.fallback && cfg.Transport == camera.TransportAuto {
		c.watch.expectFirst(min(udpPatience, cfg.PictureTimeout/2), errUDPDumb, cfg.SilenceTimeout)
		return
	}
	c.watch.expectFirst(cfg.PictureTimeout, errPictureTimeout, cfg.SilenceTimeout)
}

// signedIn makes a request, and once more with a sign-in when it is asked for.
func (c *connection) signedIn(request func() error) error {
	for {
		err := request()
		status, ok := errors.AsType[liberrors.ErrClientBadStatusCode](err)
		if !ok || status.Code != base.StatusUnauthorized {
			return err
		}
		if c.dialled == c.s.host && c.signIn.again() {
			continue
		}
		c.s.learn(func(i *Info) { i.SignedIn = false })
		return c.refused(err)
	}
}

func (c *connection) refused(err error) error {
	f := fault.New(fault.Unauthorized, "", "Enter the camera's user name and password.")
	switch {
	case c.dialled != c.s.host:
		f.Message = "The camera redirects to another device, which asks for a sign-in."
		f.Hint = "Use that device's address."
	case c.signIn.challenge == nil:
		f.Message = "The camera asks for a sign-in of a kind that is not known."
		f.Hint = "Switch on digest authentication in the camera."
	case c.signIn.cred.IsZero():
		f.Message = "The camera asks for a user name and a password."
	default:
		return err
	}
	f.Err = err
	return f
}

// setup sets up the media of one track.
func (c *connection) setup(desc *description.Session, t *track) error {
	if c.transport == camera.TransportUDP && c.s.url.Scheme == "rtsps" && !t.media.Secure {
		return &transportError{errors.New("UDP would not be encrypted")}
	}
	if u, err := t.media.URL(desc.BaseURL); err != nil || u == nil {
		return fmt.Errorf("control attribute %q of the media is no address", t.media.Control)
	}
	err := c.signedIn(func() error { return c.setupPorts(desc.BaseURL, t.media) })
	status, bad := errors.AsType[liberrors.ErrClientBadStatusCode](err)
	if (bad && status.Code == base.StatusUnsupportedTransport) || otherTransport(err) {
		return &transportError{err}
	}
	return err
}

// setupPorts chooses the UDP ports itself: the library looks for a free pair
// without end, also when no socket can be had at all.
func (c *connection) setupPorts(baseURL *base.URL, media *description.Media) error {
	if c.transport != camera.TransportUDP {
		_, err := c.client.Setup(baseURL, media, 0, 0)
		return err
	}
	var err error
	for range maxUDPPorts {
		port := 10000 + 2*rand.IntN(27000)
		if _, err = c.client.Setup(baseURL, media, port, port+1); !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
	}
	return err
}

// otherTransport reports whether a SETUP's answer has a transport that was not
// asked for, or one that can't be used.
func otherTransport(err error) bool {
	return errors.As(err, new(liberrors.ErrClientServerRequestedTCP)) ||
		errors.As(err, new(liberrors.ErrClientServerRequestedUDP)) ||
		errors.As(err, new(liberrors.ErrClientServerPortsNotProvided)) ||
		errors.As(err, new(liberrors.ErrClientTransportHeaderInvalid)) ||
		errors.As(err, new(liberrors.ErrClientTransportHeaderInvalidDelivery)) ||
		errors.As(err, new(liberrors.ErrClientTransportHeaderNoInterleavedIDs))
}
