package rtsp

import (
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
)

// Kinds of packets of RFC 6184 section 5.2 beyond the NAL units' own.
const (
	h264STAPA = 24
	h264FUA   = 28
)

const recoveryPoint = 6 // payloadType of the SEI message, ITU-T H.264 section D.1

// h264Syntax is H.264 (ITU-T H.264 section 7.3.1) over RTP (RFC 6184),
// packetization modes 0 and 1.
type h264Syntax struct{}

func newH264(sps, pps []byte) assembler { return newNALAssembler(h264Syntax{}, sps, pps) }

func (h264Syntax) headerBytes() int { return 1 }

func (h264Syntax) kind(first byte) uint8 { return first & 0x1f }

func (h264Syntax) class(kind uint8) nalClass {
	switch h264.NALUType(kind) {
	case h264.NALUTypeNonIDR, h264.NALUTypeDataPartitionA, h264.NALUTypeDataPartitionB,
		h264.NALUTypeDataPartitionC, h264.NALUTypeIDR:
		return nalPicture
	case h264.NALUTypeSPS:
		return nalSPS
	case h264.NALUTypePPS:
		return nalPPS
	case h264.NALUTypeAccessUnitDelimiter, h264.NALUTypeEndOfSequence,
		h264.NALUTypeEndOfStream, h264.NALUTypeFillerData:
		return nalDropped
	}
	if kind == 0 || kind >= h264STAPA {
		return nalDropped
	}
	return nalOther
}

func (s h264Syntax) split(u *nalUnit, payload []byte) error {
	switch kind := s.kind(payload[0]); {
	case kind == h264STAPA:
		return splitAggregate(u, payload[1:], 0)
	case kind == h264FUA:
		if len(payload) < 2 {
			return errShortPacket
		}
		header := payload[1]
		head := [2]byte{payload[0]&0xe0 | header&0x1f}
		return u.fragment(head, payload[2:], header&0x80 != 0, header&0x40 != 0)
	case kind < h264STAPA:
		u.dropOpen()
		u.add(payload)
		return nil
	default:
		return errUnknownKind
	}
}

// splitAggregate adds NAL units that each have a 16-bit size before them, and
// skip bytes between two (RFC 6184 section 5.7.1, RFC 7798 section 4.4.2).
// Zeros at the end are padding of some cameras.
func splitAggregate(u *nalUnit, payload []byte, skip int) error {
	u.dropOpen()
	for first := true; len(payload) > 0; first = false {
		if !first {
			payload = payload[min(skip, len(payload)):]
		}
		if len(payload) < 2 {
			return errShortPacket
		}
		size := int(payload[0])<<8 | int(payload[1])
		payload = payload[2:]
		if size == 0 {
			return nil
		}
		if size > len(payload) {
			return errShortPacket
		}
		u.add(payload[:size])
		payload = payload[size:]
	}
	return nil
}

func (h264Syntax) paramID(class nalClass, nal []byte) uint32 {
	if class == nalSPS {
		return expGolomb(nal[min(4, len(nal)):]) // behind profile, constraints and level
	}
	return expGolomb(nal[1:])
}

// random: an IDR picture, or the recovery point of a camera that never sends
// one (intra refresh): that says so in an SEI beside its parameter sets.
func (h264Syntax) random(u *nalUnit) bool {
	for i := range u.nals {
		if u.nals[i].kind == uint8(h264.NALUTypeIDR) {
			return true
		}
	}
	if !u.has(nalSPS) || !u.has(nalPPS) {
		return false
	}
	for i := range u.nals {
		n := &u.nals[i]
		if n.kind == uint8(h264.NALUTypeSEI) && hasRecoveryPoint(u.bytes(n)[1:]) {
			return true
		}
	}
	return false
}

// hasRecoveryPoint looks through the messages of an SEI (ITU-T H.264 section
// 7.3.2.3).
func hasRecoveryPoint(sei []byte) bool {
	sei = h264.EmulationPreventionRemove(sei)
	for len(sei) > 2 {
		var kind, size int
		kind, sei = seiNumber(sei)
		size, sei = seiNumber(sei)
		if kind == recoveryPoint {
			return size > 0 && size <= len(sei)
		}
		sei = sei[min(size, len(sei)):]
	}
	return false
}

// seiNumber reads a number that is a sum of bytes, the last of which is not
// 255.
func seiNumber(b []byte) (number int, rest []byte) {
	for len(b) > 0 {
		number += int(b[0])
		more := b[0] == 0xff
		b = b[1:]
		if !more {
			break
		}
	}
	return number, b
}

func (h264Syntax) shape(sps []byte) shape {
	var s h264.SPS
	if s.Unmarshal(sps) != nil {
		return shape{}
	}
	return shape{width: s.Width(), height: s.Height(), fps: s.FPS()}
}
