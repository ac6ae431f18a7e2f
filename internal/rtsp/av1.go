package rtsp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/format/rtpav1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/pion/rtp"
)

// Types of OBUs (AV1 section 6.2.2).
const (
	obuSequenceHeader    = 1
	obuTemporalDelimiter = 2
	obuFrameHeader       = 3
	obuFrame             = 6
	obuTileList          = 8
	obuPadding           = 15
)

// av1Assembler puts temporal units together (AV1 RTP payload format 1.0).
type av1Assembler struct {
	decoder   *rtpav1.Decoder
	timestamp uint32
	damaged   bool // the temporal unit with this timestamp has lost packets

	sequence []byte // the last sequence header, as it is written
	shape    shape
}

func newAV1() assembler { return &av1Assembler{decoder: &rtpav1.Decoder{}} }

func (a *av1Assembler) push(pkt *rtp.Packet, gap bool, arrived time.Time, emit func(unit)) error {
	same := pkt.Timestamp == a.timestamp
	a.timestamp = pkt.Timestamp
	if gap {
		a.decoder = &rtpav1.Decoder{} // it would mix what is left with what comes
		a.damaged = same || pkt.Payload[0]&0x80 != 0
	} else if !same {
		a.damaged = false
	}
	if a.damaged {
		return errNoStart
	}
	obus, err := a.decoder.Decode(pkt)
	if errors.Is(err, rtpav1.ErrMorePacketsNeeded) || errors.Is(err, rtpav1.ErrNonStartingPacketAndNoPrevious) {
		return nil
	}
	if err != nil {
		return err
	}
	data, key := a.join(obus)
	if len(data) == 0 {
		return nil
	}
	emit(unit{data: data, key: key, timestamp: pkt.Timestamp, arrived: arrived, shape: a.shape})
	return nil
}

// join writes a temporal unit in the low-overhead format, a key unit with a
// sequence header at its head. It is empty when no frame is in it.
func (a *av1Assembler) join(raw [][]byte) (data []byte, key bool) {
	size, frame, sequence := 0, false, false
	obus := make([]obu, 0, len(raw))
	for _, b := range raw {
		o, ok := parseOBU(b)
		if !ok {
			continue
		}
		switch o.kind() {
		case obuTemporalDelimiter, obuTileList, obuPadding:
			continue
		case obuSequenceHeader:
			sequence = true
			a.learn(o)
		case obuFrame, obuFrameHeader:
			key = key || (!frame && o.startsKey())
			frame = true
		}
		size += o.size()
		obus = append(obus, o)
	}
	if !frame {
		return nil, false
	}
	key = key && a.sequence != nil
	if key && !sequence {
		size += len(a.sequence)
	}
	data = make([]byte, 0, size)
	if key && !sequence {
		data = append(data, a.sequence...)
	}
	for _, o := range obus {
		data = o.appendTo(data)
	}
	return data, key
}

func (a *av1Assembler) learn(o obu) {
	written := o.appendTo(make([]byte, 0, o.size()))
	if bytes.Equal(written, a.sequence) {
		return
	}
	a.sequence = written
	var h av1.SequenceHeader
	if h.Unmarshal(append([]byte{o.header[0] &^ 0x06}, o.payload...)) == nil {
		a.shape = shape{width: h.Width(), height: h.Height()}.sane()
	}
}

// obu is one OBU without its size field: a header of one or two bytes (AV1
// section 5.3) and the payload.
type obu struct {
	header  []byte
	payload []byte
}

// parseOBU reads an OBU that fills b, with or without a size field.
func parseOBU(b []byte) (obu, bool) {
	if len(b) == 0 || b[0]&0x80 != 0 {
		return obu{}, false
	}
	n := 1
	if b[0]&0x04 != 0 {
		n = 2
	}
	if len(b) < n {
		return obu{}, false
	}
	o := obu{header: b[:n], payload: b[n:]}
	if b[0]&0x02 != 0 {
		size, length := binary.Uvarint(o.payload) // leb128 is the same code
		if length <= 0 || size > uint64(len(o.payload)-length) {
			return obu{}, false
		}
		o.payload = o.payload[length : length+int(size)]
	}
	return o, true
}

func (o obu) kind() byte { return o.header[0] >> 3 & 0x0f }

// startsKey reports whether a frame header is that of a key frame that is
// shown now (AV1 section 5.9.2).
func (o obu) startsKey() bool {
	return len(o.payload) > 0 && o.payload[0]&0xe0 == 0
}

func (o obu) size() int {
	return len(binary.AppendUvarint(nil, uint64(len(o.payload)))) + len(o.header) + len(o.payload)
}

func (o obu) appendTo(out []byte) []byte {
	out = append(out, o.header[0]|0x02)
	out = append(out, o.header[1:]...)
	out = binary.AppendUvarint(out, uint64(len(o.payload)))
	return append(out, o.payload...)
}
