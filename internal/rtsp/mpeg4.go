package rtsp

import (
	"bytes"
	"time"

	"github.com/pion/rtp"
)

// Start codes of MPEG-4 part 2 (ISO/IEC 14496-2 table 6-3), behind 00 00 01.
const (
	mpeg4FirstVOL = 0x20
	mpeg4LastVOL  = 0x2f
	mpeg4GOV      = 0xb3
	mpeg4VOP      = 0xb6
)

// mpeg4Assembler puts VOPs together (RFC 6416 section 5): a packet ends with
// its VOP, a VOP begins with a packet.
type mpeg4Assembler struct {
	config []byte // headers before the first VOP

	parts     [][]byte
	size      int
	damaged   bool // packets of the VOP are missing
	timestamp uint32
}

func newMPEG4(config []byte) assembler { return &mpeg4Assembler{config: config} }

func (a *mpeg4Assembler) push(pkt *rtp.Packet, gap bool, arrived time.Time, emit func(unit)) error {
	if gap || pkt.Timestamp != a.timestamp {
		a.reset()
		a.damaged = !bytes.HasPrefix(pkt.Payload, shortStartCode)
	}
	a.timestamp = pkt.Timestamp
	if a.size += len(pkt.Payload); a.size > maxUnitBytes {
		a.reset()
		a.damaged = true
		return errUnitTooLarge
	}
	a.parts = append(a.parts, pkt.Payload)
	if !pkt.Marker {
		return nil
	}
	defer a.reset()
	if a.damaged {
		return errNoStart
	}
	a.finish(arrived, emit)
	return nil
}

func (a *mpeg4Assembler) reset() {
	clear(a.parts)
	a.parts, a.size, a.damaged = a.parts[:0], 0, false
}

func (a *mpeg4Assembler) finish(arrived time.Time, emit func(unit)) {
	var whole []byte
	if len(a.parts) == 1 {
		whole = a.parts[0]
	} else {
		whole = bytes.Join(a.parts, nil)
	}
	headers, intra, picture := scanMPEG4(whole)
	if headers > 0 {
		a.config = bytes.Clone(whole[:headers])
	}
	if !picture {
		return
	}
	key := intra && len(a.config) > 0
	data := whole
	if key && headers == 0 {
		data = append(make([]byte, 0, len(a.config)+len(whole)), a.config...)
		data = append(data, whole...)
	}
	emit(unit{
		data: exact(data), key: key, timestamp: a.timestamp, arrived: arrived,
		shape: shape{config: string(a.config)},
	})
}

// scanMPEG4 returns the length of the headers at the head of a unit (0 when it
// has no video object layer), whether its first VOP is an I-VOP, and whether it
// has a VOP at all.
func scanMPEG4(b []byte) (headers int, intra, picture bool) {
	layer := false
	for at := 0; ; at += len(shortStartCode) {
		next := bytes.Index(b[at:], shortStartCode)
		if next < 0 || at+next+len(shortStartCode) >= len(b) {
			break
		}
		at += next
		code := b[at+3]
		switch {
		case code >= mpeg4FirstVOL && code <= mpeg4LastVOL:
			layer = true
		case code == mpeg4GOV && layer && headers == 0:
			headers = at
		case code == mpeg4VOP:
			if layer && headers == 0 {
				headers = at
			}
			return headers, at+4 < len(b) && b[at+4]>>6 == 0, true
		}
	}
	if layer && headers == 0 {
		headers = len(b)
	}
	return headers, false, false
}

// exact returns b with no more memory behind it than it needs.
func exact(b []byte) []byte {
	if cap(b) == len(b) {
		return b
	}
	return bytes.Clone(b)[:len(b):len(b)]
}
