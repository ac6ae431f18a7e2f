package rtsp

import (
	"context"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"

	"camwall/internal/camera"
	"camwall/internal/media"
)

// shaper is an assembler that knows the stream's shape before the first packet.
type shaper interface{ described() shape }

// Describe asks for the stream's description alone, and returns the tracks that
// Run would set up, with what the description tells about them. Its errors are
// Run's; the camera's answer may take DialTimeout, and PictureTimeout where it
// asks for a sign-in. It is called in place of Run, once.
func (s *Session) Describe(ctx context.Context) ([]*media.Track, error) {
	if err := s.parse(); err != nil {
		return nil, err
	}
	var tracks []*media.Track
	err := s.converse(ctx, camera.TransportTCP, false, func(c *connection) error {
		_, video, audio, err := c.describe()
		if err != nil {
			return err
		}
		for _, t := range []*track{video, audio} {
			if t != nil {
				tracks = append(tracks, t.shaped())
			}
		}
		return nil
	})
	switch {
	case err == nil:
		return tracks, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	default:
		return nil, problem(err, s.url.Scheme)
	}
}

// describe asks for the description and chooses the tracks.
func (c *connection) describe() (desc *description.Session, video, audio *track, err error) {
	err = c.signedIn(func() (err error) {
		desc, _, err = c.client.Describe((*base.URL)(c.s.url))
		return err
	})
	if err != nil {
		return nil, nil, nil, err
	}
	c.s.learn(func(i *Info) { i.SignedIn = true })
	video, audio, err = chooseTracks(desc)
	return desc, video, audio, err
}

// shaped returns what is known of the track before its first packet.
func (t *track) shaped() *media.Track {
	in := &input{track: &t.info}
	if s, ok := t.units.(shaper); ok {
		in.reshape(s.described())
	}
	return in.track
}

func (a *nalAssembler) described() shape { return a.shape }
