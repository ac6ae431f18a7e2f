package rtsp

import (
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/pion/rtp"

	"camwall/internal/media"
)

// track is one track as it is described, with what puts its units together.
type track struct {
	media  *description.Media
	format format.Format
	info   media.Track
	units  assembler
}

// assembler puts the units of one track together from RTP packets. It is used
// by one goroutine at a time.
type assembler interface {
	// push takes the next packet in sequence and emits the units that it
	// completes. gap says that packets before it are missing. An error tells
	// that the packet was of no use; the assembler goes on.
	push(pkt *rtp.Packet, gap bool, arrived time.Time, emit func(unit)) error
}

// unit is one access unit without its times.
type unit struct {
	// data is freshly allocated, exactly as long as needed, never empty.
	data []byte

	key bool

	// timestamp is the RTP timestamp, offset what comes on top for a unit that
	// is not the first of its packet, in ticks of the track's clock.
	timestamp uint32
	offset    int64

	// arrived is when the last packet was read.
	arrived time.Time

	// shape is what the stream itself has told so far.
	shape shape
}

// shape is what a stream tells about its pictures; zero is unknown.
type shape struct {
	width, height int
	fps           float64
	config        string // MPEG-4: the headers
}

// sane leaves out of a shape what no camera means.
func (s shape) sane() shape {
	if s.width <= 0 || s.height <= 0 || s.width > 1<<15 || s.height > 1<<15 {
		s.width, s.height = 0, 0
	}
	if !(s.fps >= 0.01 && s.fps <= 1000) {
		s.fps = 0
	}
	return s
}

// newTrack returns the track of a format, or nil when its codec is not one of
// ours. The one table of codecs.
func newTrack(m *description.Media, f format.Format) *track {
	t := &track{media: m, format: f, info: media.Track{ClockRate: f.ClockRate()}}
	switch f := f.(type) {
	case *format.H264:
		if f.PacketizationMode > 1 {
			return nil // interleaved NAL units: no camera is known to send them
		}
		t.info.Codec, t.units = media.H264, newH264(f.SPS, f.PPS)
	case *format.H265:
		t.info.Codec, t.units = media.H265, newH265(f.MaxDONDiff > 0, f.VPS, f.SPS, f.PPS)
	case *format.MJPEG:
		t.info.Codec, t.units = media.MJPEG, newMJPEG()
	case *format.MPEG4Video:
		t.info.Codec, t.units = media.MPEG4, newMPEG4(f.Config)
		t.info.Extradata = f.Config
	case *format.VP8:
		t.info.Codec, t.units = media.VP8, newVP8()
	case *format.VP9:
		t.info.Codec, t.units = media.VP9, newVP9()
	case *format.AV1:
		t.info.Codec, t.units = media.AV1, newAV1()
	case *format.G711:
		t.info.Codec, t.units = media.PCMA, plainAudio{}
		if f.MULaw {
			t.info.Codec = media.PCMU
		}
		t.info.SampleRate, t.info.Channels = f.SampleRate, f.ChannelCount
	case *format.Opus:
		t.info.Codec, t.units = media.Opus, plainAudio{}
		t.info.SampleRate, t.info.Channels = f.ClockRate(), f.ChannelCount
	case *format.MPEG4Audio:
		t.setAAC(f.Config, newAAC(f))
	case *format.MPEG4AudioLATM:
		if f.CPresent {
			return nil // the configuration comes in band: rare, and of no use to a viewer yet
		}
		t.setAAC(f.StreamMuxConfig.Programs[0].Layers[0].AudioSpecificConfig, newLATM(f))
	case *format.Generic:
		// RFC 2435 has a static payload type, but some cameras use another.
		if name, _, _ := strings.Cut(f.RTPMap(), "/"); !strings.EqualFold(name, "jpeg") {
			return nil
		}
		t.info.Codec, t.units = media.MJPEG, newMJPEG()
	default:
		return nil
	}
	if t.units == nil || t.info.ClockRate <= 0 {
		return nil
	}
	return t
}
