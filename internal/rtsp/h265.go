package rtsp

import (
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
)

// h265Syntax is H.265 (ITU-T H.265 section 7.3.1) over RTP (RFC 7798).
type h265Syntax struct {
	// numbered says that packets carry decoding order numbers (sprop-max-don-
	// diff above 0). They are passed over: cameras send in decoding order.
	numbered bool
}

func newH265(numbered bool, vps, sps, pps []byte) assembler {
	return newNALAssembler(h265Syntax{numbered}, vps, sps, pps)
}

func (h265Syntax) headerBytes() int { return 2 }

func (h265Syntax) kind(first byte) uint8 { return first >> 1 & 0x3f }

func (h265Syntax) class(kind uint8) nalClass {
	switch h265.NALUType(kind) {
	case h265.NALUType_VPS_NUT:
		return nalVPS
	case h265.NALUType_SPS_NUT:
		return nalSPS
	case h265.NALUType_PPS_NUT:
		return nalPPS
	case h265.NALUType_AUD_NUT, h265.NALUType_EOS_NUT, h265.NALUType_EOB_NUT, h265.NALUType_FD_NUT:
		return nalDropped
	}
	switch {
	case kind < 32:
		return nalPicture
	case kind >= 48:
		return nalDropped
	default:
		return nalOther
	}
}

func (s h265Syntax) split(u *nalUnit, payload []byte) error {
	if len(payload) < 3 {
		return errShortPacket
	}
	number := 0
	if s.numbered {
		number = 2
	}
	switch kind := h265.NALUType(s.kind(payload[0])); {
	case kind == h265.NALUType_AggregationUnit:
		body := payload[2:]
		return splitAggregate(u, body[min(number, len(body)):], number/2)
	case kind == h265.NALUType_FragmentationUnit:
		header := payload[2]
		start, end := header&0x80 != 0, header&0x40 != 0
		head := [2]byte{payload[0]&0x81 | header&0x3f<<1, payload[1]}
		part := payload[3:]
		if start {
			part = part[min(number, len(part)):]
		}
		return u.fragment(head, part, start, end)
	case kind < h265.NALUType_AggregationUnit:
		u.dropOpen()
		if number > 0 {
			if len(payload) < 2+number {
				return errShortPacket
			}
			payload = append(payload[:2:2], payload[2+number:]...)
		}
		u.add(payload)
		return nil
	default:
		return errUnknownKind
	}
}

func (h265Syntax) paramID(class nalClass, nal []byte) uint32 {
	switch class {
	case nalVPS:
		if len(nal) > 2 {
			return uint32(nal[2] >> 4)
		}
	case nalSPS:
		var s h265.SPS
		if s.Unmarshal(nal) == nil {
			return uint32(s.ID)
		}
	case nalPPS:
		return expGolomb(nal[2:])
	}
	return 0
}

// random: the pictures of kinds 16 to 23 are IDR, BLA and CRA (ITU-T H.265
// table 7-1, IRAP).
func (h265Syntax) random(u *nalUnit) bool {
	for i := range u.nals {
		if k := u.nals[i].kind; k >= 16 && k <= 23 {
			return true
		}
	}
	return false
}

func (h265Syntax) shape(sps []byte) shape {
	var s h265.SPS
	if s.Unmarshal(sps) != nil {
		return shape{}
	}
	return shape{width: s.Width(), height: s.Height(), fps: s.FPS()}
}
