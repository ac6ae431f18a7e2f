package rtsp

import (
	"errors"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/gortsplib/v4/pkg/format/rtpfragmented"
	"github.com/bluenviron/gortsplib/v4/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"camwall/internal/media"
)

// plainAudio is for codecs whose packets are units: G.711 (RFC 3551 section
// 4.5.14) and Opus (RFC 7587).
type plainAudio struct{}

func (plainAudio) push(pkt *rtp.Packet, _ bool, arrived time.Time, emit func(unit)) error {
	emit(unit{data: exact(pkt.Payload), timestamp: pkt.Timestamp, arrived: arrived})
	return nil
}

// framedAudio is for AAC: a packet holds several frames, or a part of one.
type framedAudio struct {
	decode func(*rtp.Packet) ([][]byte, error)
	wait   error
}

func (a *framedAudio) push(pkt *rtp.Packet, _ bool, arrived time.Time, emit func(unit)) error {
	frames, err := a.decode(pkt)
	if errors.Is(err, a.wait) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, frame := range frames {
		if len(frame) > 0 {
			emit(unit{
				data: exact(frame), timestamp: pkt.Timestamp, arrived: arrived,
				offset: int64(i) * mpeg4audio.SamplesPerAccessUnit,
			})
		}
	}
	return nil
}

// setAAC fills in an AAC track.
func (t *track) setAAC(config *mpeg4audio.AudioSpecificConfig, units assembler) {
	extradata, err := config.Marshal()
	if err != nil || units == nil {
		return
	}
	t.info.Codec, t.units = media.AAC, units
	t.info.Extradata = extradata
	t.info.SampleRate, t.info.Channels = config.SampleRate, config.ChannelCount
}

// newAAC is AAC in the generic format (RFC 3640).
func newAAC(f *format.MPEG4Audio) assembler {
	d, err := f.CreateDecoder()
	if err != nil {
		return nil
	}
	return &framedAudio{decode: d.Decode, wait: rtpmpeg4audio.ErrMorePacketsNeeded}
}

// newLATM is AAC in LATM (RFC 6416 section 6), its configuration out of band.
func newLATM(f *format.MPEG4AudioLATM) assembler {
	d, err := f.CreateDecoder()
	if err != nil {
		return nil
	}
	return &framedAudio{
		decode: func(pkt *rtp.Packet) ([][]byte, error) {
			whole, err := d.Decode(pkt)
			if err != nil {
				return nil, err
			}
			element := mpeg4audio.AudioMuxElement{StreamMuxConfig: f.StreamMuxConfig}
			if err := element.Unmarshal(whole); err != nil {
				return nil, err
			}
			var frames [][]byte
			for _, subframe := range element.Payloads {
				frames = append(frames, subframe[0][0]) // of the first program and layer
			}
			return frames, nil
		},
		wait: rtpfragmented.ErrMorePacketsNeeded,
	}
}
