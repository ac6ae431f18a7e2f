package rtsp

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/format/rtpmjpeg"
	"github.com/bluenviron/gortsplib/v4/pkg/format/rtpvp8"
	"github.com/bluenviron/gortsplib/v4/pkg/format/rtpvp9"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/vp9"
	"github.com/pion/rtp"
)

// frameAssembler is for codecs whose frames the library puts together, and
// whose headers tell the rest.
type frameAssembler struct {
	decode func(*rtp.Packet) ([]byte, error)

	// wait and unready are the errors of decode that only say that a frame is
	// not complete yet, or that the stream was joined in its middle.
	wait, unready error

	// inspect tells about a frame, at least one byte long. A zero shape is
	// none.
	inspect func(frame []byte) (key bool, s shape)
	shape   shape
}

func (a *frameAssembler) push(pkt *rtp.Packet, _ bool, arrived time.Time, emit func(unit)) error {
	frame, err := a.decode(pkt)
	if errors.Is(err, a.wait) || errors.Is(err, a.unready) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(frame) == 0 {
		return errShortPacket
	}
	key, s := a.inspect(frame)
	if s != (shape{}) {
		a.shape = s.sane()
	}
	emit(unit{data: exact(frame), key: key, timestamp: pkt.Timestamp, arrived: arrived, shape: a.shape})
	return nil
}

func newVP8() assembler {
	d := &rtpvp8.Decoder{}
	if d.Init() != nil {
		return nil
	}
	return &frameAssembler{
		decode: d.Decode, wait: rtpvp8.ErrMorePacketsNeeded, unready: rtpvp8.ErrNonStartingPacketAndNoPrevious,
		inspect: inspectVP8,
	}
}

// inspectVP8 reads a frame tag and, of a key frame, what follows it (RFC 6386
// section 9.1).
func inspectVP8(b []byte) (key bool, s shape) {
	if b[0]&1 != 0 {
		return false, shape{}
	}
	if len(b) < 10 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
		return false, shape{}
	}
	return true, shape{
		width:  int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff),
		height: int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff),
	}
}

func newVP9() assembler {
	d := &rtpvp9.Decoder{}
	if d.Init() != nil {
		return nil
	}
	return &frameAssembler{
		decode: d.Decode, wait: rtpvp9.ErrMorePacketsNeeded, unready: rtpvp9.ErrNonStartingPacketAndNoPrevious,
		inspect: inspectVP9,
	}
}

// inspectVP9 reads the uncompressed header of the (first) frame.
func inspectVP9(b []byte) (key bool, s shape) {
	var h vp9.Header
	if h.Unmarshal(b) != nil || h.ShowExistingFrame || h.NonKeyFrame {
		return false, shape{}
	}
	return true, shape{width: h.Width(), height: h.Height()}
}

func newMJPEG() assembler {
	d := &rtpmjpeg.Decoder{}
	if d.Init() != nil {
		return nil
	}
	return &frameAssembler{
		decode: d.Decode, wait: rtpmjpeg.ErrMorePacketsNeeded, unready: rtpmjpeg.ErrNonStartingPacketAndNoPrevious,
		inspect: inspectJPEG,
	}
}

// inspectJPEG looks for the frame header (ITU-T T.81 section B.2.2).
func inspectJPEG(b []byte) (key bool, s shape) {
	for at := 2; at+9 <= len(b) && b[at] == 0xff; {
		marker := b[at+1]
		if marker >= 0xc0 && marker <= 0xc2 {
			return true, shape{
				height: int(binary.BigEndian.Uint16(b[at+5:])),
				width:  int(binary.BigEndian.Uint16(b[at+7:])),
			}
		}
		at += 2 + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	return true, shape{}
}
