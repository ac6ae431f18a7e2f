package streaming

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/rtsp"
)

// The largest picture of Still where nothing else is wanted.
const stillWidth, stillHeight, stillQuality = 640, 360, 75

// damagedFrames is how many frames with damage Still passes over.
const damagedFrames = 10

// StillConfig says what Still and Examine look at: an address that need not be
// any camera's.
type StillConfig struct {
	URL         string
	Credentials camera.Credentials
	Transport   camera.Transport
	TLS         camera.TLSMode

	// Device is whose gate decides; required.
	Device *admission.Device

	// Width and Height bound Still's picture, which keeps its shape and is not
	// made larger: 640x360. Quality is the JPEG's: 75.
	Width, Height, Quality int

	// MaxPixels bounds the camera's picture; see Config.
	MaxPixels int

	// DialContext opens connections; nil is the network of this machine.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

	// Log may be nil.
	Log *slog.Logger
}

func (c *StillConfig) setDefaults() {
	if c.Width <= 0 || c.Height <= 0 {
		c.Width, c.Height = stillWidth, stillHeight
	}
	if c.Quality <= 0 {
		c.Quality = stillQuality
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

func (c *StillConfig) session() rtsp.Config {
	rc := rtsp.Config{
		URL: c.URL, Credentials: c.Credentials, Transport: c.Transport, TLS: c.TLS,
		DialContext: c.DialContext, Log: c.Log,
	}
	rc.PreferUDP, rc.Pin = c.Device.Learned()
	return rc
}

// Seen is what an address gave.
type Seen struct {
	// Tracks are the first video track, and the first audio track if there is
	// one; sizes and rates are what was told.
	Tracks []media.Track

	// Transport is tcp or udp; "" when only the description was asked for.
	Transport string

	// Width and Height are the display size of the camera's picture in pixels,
	// 0 when it is unknown.
	Width, Height int

	// JPEG is the picture, within the bounds that were given; nil without one.
	JPEG []byte
}

// Examine asks for the description of what is at an address. Errors: those of
// rtsp.Session, an *admission.RestingError, fault.DialTimeout when ctx's time is
// over, ctx's own when it was cancelled.
func Examine(ctx context.Context, cfg StillConfig) (*Seen, error) {
	cfg.setDefaults()
	seen := &Seen{}
	err := cfg.through(ctx, func(pass *admission.Pass) error {
		sess := rtsp.New(cfg.session())
		tracks, err := sess.Describe(ctx)
		info := sess.Info()
		cfg.Device.Learn("", info.Pin)
		if info.SignedIn {
			pass.Accepted()
		}
		seen.take(tracks)
		return err
	})
	if err != nil {
		return nil, overdue(err, fault.New(fault.DialTimeout, "the camera does not answer", "check that it is switched on and that its address is right"))
	}
	return seen, nil
}

// Still gets one picture from an address and ends the connection. Errors are
// those of Examine; fault.PictureTimeout when ctx's time is over, and
// fault.Undecodable when units came that made no picture.
func Still(ctx context.Context, cfg StillConfig) (*Seen, error) {
	cfg.setDefaults()
	look := &look{cfg: &cfg}
	late := fault.New(fault.PictureTimeout, "the camera sent no picture in time", "try again, or look at the stream's settings in the camera")
	err := cfg.through(ctx, func(pass *admission.Pass) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		rc := cfg.session()
		rc.OnPlaying, rc.OnTracks = pass.Accepted, look.seen.take
		rc.OnUnit = func(au *media.AccessUnit) {
			if look.unit(au) {
				cancel()
			}
		}
		sess := rtsp.New(rc)
		err := sess.Run(ctx)
		look.close()
		info := sess.Info()
		cfg.Device.Learn(info.Transport, info.Pin)
		look.seen.Transport = info.Transport
		switch {
		case look.err != nil:
			return look.err
		case look.seen.JPEG != nil:
			return nil
		case look.units > 0 && errors.Is(err, context.DeadlineExceeded):
			return fault.New(fault.Undecodable, "the stream comes, but no picture can be decoded", "")
		}
		return err
	})
	if err != nil {
		return nil, overdue(err, late)
	}
	return &look.seen, nil
}

// through runs f with a pass of the device.
func (c *StillConfig) through(ctx context.Context, f func(*admission.Pass) error) error {
	pass, err := c.Device.Enter(ctx, c.Credentials)
	if err != nil {
		return err
	}
	err = f(pass)
	var why *fault.Error // an end of ours tells nothing about the device
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		why = asFault(err)
	}
	pass.Done(time.Now(), why)
	return err
}

// overdue returns what people are told when a time limit ends it.
func overdue(err error, late *fault.Error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return late
	}
	return err
}

// take notes what was told about the tracks.
func (s *Seen) take(tracks []*media.Track) {
	s.Tracks = s.Tracks[:0]
	for _, t := range tracks {
		s.Tracks = append(s.Tracks, *t)
		if t.Codec.IsVideo() && s.Width == 0 {
			s.Width, s.Height = t.Width, t.Height
		}
	}
}

// look decodes one session's units up to the first picture. It belongs to the
// session's goroutine, and to its owner when that has ended.
type look struct {
	cfg     *StillConfig
	seen    Seen
	decoder *codec.Decoder
	units   int
	damaged int
	err     error
}

// unit takes one unit and tells whether no more is needed.
func (l *look) unit(au *media.AccessUnit) (done bool) {
	if l.err != nil || l.seen.JPEG != nil {
		return true
	}
	if !au.Track.Codec.IsVideo() {
		return false
	}
	l.units++
	if l.decoder == nil {
		var err error
		l.decoder, err = codec.NewDecoder(codec.DecoderConfig{Track: au.Track, MaxPixels: l.cfg.MaxPixels, Log: l.cfg.Log})
		if err != nil {
			l.err = &fault.Error{Code: fault.Undecodable, Message: "the stream can't be decoded", Err: err}
			return true
		}
	}
	// A unit that can't be decoded is followed by others.
	_ = l.decoder.Decode(au, func(f *codec.Frame) {
		defer f.Release()
		if f.Damaged() {
			if l.damaged++; l.damaged <= damagedFrames {
				return
			}
		}
		if l.err == nil && l.seen.JPEG == nil {
			l.picture(f)
		}
	})
	return l.err != nil || l.seen.JPEG != nil
}

// picture makes the JPEG.
func (l *look) picture(f *codec.Frame) {
	l.seen.Width, l.seen.Height = f.DisplaySize()
	w, h := within(l.seen.Width, l.seen.Height, l.cfg.Width, l.cfg.Height)
	r := codec.NewRenderer(codec.Spec{Width: w, Height: h, Quality: l.cfg.Quality})
	defer r.Close()
	jpeg, err := r.JPEG(f)
	if err != nil {
		l.err = &fault.Error{Code: fault.Undecodable, Message: "no picture can be made of what the camera sends", Err: err}
		return
	}
	l.seen.JPEG = bytes.Clone(jpeg)
}

func (l *look) close() {
	if l.decoder != nil {
		l.decoder.Close()
	}
}

// within returns the largest size of a picture's shape that is within bounds and
// not larger than the picture.
func within(width, height, maxWidth, maxHeight int) (w, h int) {
	if width <= maxWidth && height <= maxHeight {
		return width, height
	}
	if width*maxHeight > height*maxWidth {
		return maxWidth, max(1, (height*maxWidth+width/2)/width)
	}
	return max(1, (width*maxHeight+height/2)/height), maxHeight
}
