package rtsp

import (
	"bytes"
	"errors"
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/bits"
)

// Bounds of one access unit of H.264 or H.265: far above what cameras send (a
// key unit of a 4K camera has 2 MB), so that a broken one can't fill memory.
const (
	maxUnitBytes = 16 << 20
	maxUnitNALs  = 4096
)

var (
	errShortPacket  = errors.New("packet is too short")
	errNoStart      = errors.New("fragment without its start")
	errUnknownKind  = errors.New("packet of a kind that is not known")
	errUnitTooLarge = errors.New("access unit is too large")
	startCode       = []byte{0, 0, 0, 1}
	shortStartCode  = []byte{0, 0, 1}
)

// nalClass is what a NAL unit is to the assembler.
type nalClass uint8

const (
	nalOther   nalClass = iota // kept
	nalPicture                 // a slice
	nalVPS
	nalSPS
	nalPPS
	nalDropped // delimiters, fillers and what may not be in a stream
)

// nalSyntax is what differs between H.264 and H.265.
type nalSyntax interface {
	// split adds the NAL units of a packet's payload, at least one byte long,
	// to u.
	split(u *nalUnit, payload []byte) error

	// kind tells of a header's first byte; a header is headerBytes long.
	kind(first byte) uint8
	class(kind uint8) nalClass
	headerBytes() int

	// paramID returns the id of a parameter set.
	paramID(class nalClass, nal []byte) uint32

	// random reports whether decoding can start at u when its parameter sets
	// are known.
	random(u *nalUnit) bool

	// shape reads a sequence parameter set.
	shape(sps []byte) shape
}

// nal is one NAL unit: a header rebuilt from fragments, or none, and parts of
// packets.
type nal struct {
	kind     uint8
	class    nalClass
	head     [2]byte
	headSize int
	from, to int // in nalUnit.parts
	size     int
}

// nalUnit gathers the NAL units of one access unit. The parts are slices of
// the packets' own memory: nothing is copied until the unit is complete.
type nalUnit struct {
	syntax nalSyntax

	nals  []nal
	parts [][]byte
	size  int // of all NAL units

	open     bool // the last NAL unit is a fragment that goes on
	annexB   bool // the camera puts start codes into its NAL units
	overflow bool // too large: dropped as a whole
}

func (u *nalUnit) reset() {
	clear(u.parts) // lets the packets' memory go
	u.nals, u.parts = u.nals[:0], u.parts[:0]
	u.size, u.open, u.overflow = 0, false, false
}

// add adds a whole NAL unit. Some cameras put start codes into RTP, before a
// NAL unit or between several in one packet (a NAL unit itself never has the
// three bytes): those are split.
func (u *nalUnit) add(payload []byte) {
	for {
		at := bytes.Index(payload, shortStartCode)
		if at < 0 {
			u.addOne(payload)
			return
		}
		u.annexB = true
		u.addOne(bytes.TrimRight(payload[:at], "\x00"))
		payload = payload[at+len(shortStartCode):]
	}
}

func (u *nalUnit) addOne(payload []byte) {
	if len(payload) < u.syntax.headerBytes() {
		return
	}
	u.begin(nal{}, payload, u.syntax.kind(payload[0]))
}

// begin adds a NAL unit whose first part is given, behind n's rebuilt header.
func (u *nalUnit) begin(n nal, part []byte, kind uint8) {
	if len(u.nals) >= maxUnitNALs {
		u.overflow = true
		return
	}
	n.kind, n.class = kind, u.syntax.class(kind)
	n.from, n.to = len(u.parts), len(u.parts)
	n.size = n.headSize
	u.size += n.headSize
	u.nals = append(u.nals, n)
	u.extend(part)
}

func (u *nalUnit) extend(part []byte) {
	if u.size+len(part) > maxUnitBytes {
		u.overflow = true
		return
	}
	last := &u.nals[len(u.nals)-1]
	u.parts = append(u.parts, part)
	last.to++
	last.size += len(part)
	u.size += len(part)
}

// fragment adds one fragment of a NAL unit whose header is at the beginning of
// head.
func (u *nalUnit) fragment(head [2]byte, part []byte, start, end bool) error {
	if u.overflow {
		return errUnitTooLarge
	}
	if start {
		u.dropOpen()
		u.begin(nal{head: head, headSize: u.syntax.headerBytes()}, part, u.syntax.kind(head[0]))
		u.open = !u.overflow
	} else if u.open {
		u.extend(part)
	}
	if !u.open {
		return errNoStart
	}
	if end {
		u.open = false
		if u.annexB {
			whole := u.bytes(&u.nals[len(u.nals)-1])
			u.dropLast()
			u.add(whole)
		}
	}
	return nil
}

// dropOpen forgets a NAL unit of which a fragment is missing.
func (u *nalUnit) dropOpen() {
	if u.open {
		u.open = false
		u.dropLast()
	}
}

func (u *nalUnit) dropLast() {
	last := u.nals[len(u.nals)-1]
	clear(u.parts[last.from:])
	u.parts = u.parts[:last.from]
	u.nals = u.nals[:len(u.nals)-1]
	u.size -= last.size
}

// bytes returns a NAL unit in one piece.
func (u *nalUnit) bytes(n *nal) []byte {
	if n.headSize == 0 && n.to-n.from == 1 {
		return u.parts[n.from]
	}
	return u.appendTo(make([]byte, 0, n.size), n)
}

func (u *nalUnit) appendTo(out []byte, n *nal) []byte {
	out = append(out, n.head[:n.headSize]...)
	for _, part := range u.parts[n.from:n.to] {
		out = append(out, part...)
	}
	return out
}

func (u *nalUnit) has(class nalClass) bool {
	return slices.ContainsFunc(u.nals, func(n nal) bool { return n.class == class })
}

// expGolomb reads one number (ITU-T H.264 section 9.1), 0 when there is none.
func expGolomb(b []byte) uint32 {
	pos := 0
	v, err := bits.ReadGolombUnsigned(b, &pos)
	if err != nil {
		return 0
	}
	return v
}
