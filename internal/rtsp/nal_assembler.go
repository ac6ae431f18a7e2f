package rtsp

import (
	"bytes"
	"slices"
	"time"

	"github.com/pion/rtp"
)

// maxParamSets bounds the parameter sets of one kind: the ids of most codecs'
// sets end there.
const maxParamSets = 32

// paramSet is one parameter set as last seen.
type paramSet struct {
	class nalClass
	id    uint32
	data  []byte
}

// nalAssembler puts access units of H.264 or H.265 together.
type nalAssembler struct {
	syntax nalSyntax
	unit   nalUnit
	shape  shape

	timestamp uint32
	arrived   time.Time

	params []paramSet // VPS before SPS before PPS
}

func newNALAssembler(syntax nalSyntax, sets ...[]byte) *nalAssembler {
	a := &nalAssembler{syntax: syntax, unit: nalUnit{syntax: syntax}}
	for _, set := range sets {
		a.unit.add(set)
	}
	a.learn()
	a.unit.reset()
	a.unit.annexB = false
	return a
}

// push implements assembler. A unit ends with the marker or, where a camera
// sets none or the packet is lost, with the next timestamp. Of a unit that
// lost packets the NAL units that are whole are passed on: the decoder conceals
// the rest better than a missing picture.
func (a *nalAssembler) push(pkt *rtp.Packet, gap bool, arrived time.Time, emit func(unit)) error {
	if gap {
		a.unit.dropOpen()
	}
	if pkt.Timestamp != a.timestamp {
		a.finish(emit)
	}
	a.timestamp, a.arrived = pkt.Timestamp, arrived
	err := a.syntax.split(&a.unit, pkt.Payload)
	if pkt.Marker {
		a.finish(emit)
	}
	return err
}

// finish emits what was gathered, when there is a picture in it.
func (a *nalAssembler) finish(emit func(unit)) {
	u := &a.unit
	defer u.reset()
	u.dropOpen()
	if u.overflow {
		return
	}
	a.learn()
	if !u.has(nalPicture) {
		return // parameter sets that came on their own are remembered
	}
	key := a.complete() && a.syntax.random(u)
	emit(unit{
		data: a.join(key), key: key,
		timestamp: a.timestamp, arrived: a.arrived, shape: a.shape,
	})
}

// join writes the unit with start codes, a key unit with all parameter sets at
// its head.
func (a *nalAssembler) join(key bool) []byte {
	leave := func(n *nal) bool {
		return n.class == nalDropped || (key && n.class >= nalVPS && n.class <= nalPPS)
	}
	size := 0
	if key {
		for _, p := range a.params {
			size += len(startCode) + len(p.data)
		}
	}
	for i := range a.unit.nals {
		if n := &a.unit.nals[i]; !leave(n) {
			size += len(startCode) + n.size
		}
	}
	out := make([]byte, 0, size)
	if key {
		for _, p := range a.params {
			out = append(append(out, startCode...), p.data...)
		}
	}
	for i := range a.unit.nals {
		if n := &a.unit.nals[i]; !leave(n) {
			out = a.unit.appendTo(append(out, startCode...), n)
		}
	}
	return out
}

// learn remembers the parameter sets in the unit.
func (a *nalAssembler) learn() {
	for i := range a.unit.nals {
		n := &a.unit.nals[i]
		if n.class < nalVPS || n.class > nalPPS {
			continue
		}
		data := a.unit.bytes(n)
		a.remember(paramSet{n.class, a.syntax.paramID(n.class, data), data})
	}
}

func (a *nalAssembler) remember(p paramSet) {
	at, count := len(a.params), 0
	for i := range a.params {
		old := &a.params[i]
		if old.class == p.class {
			count++
		}
		if old.class == p.class && old.id == p.id {
			if bytes.Equal(old.data, p.data) {
				return
			}
			at = -1
			old.data = bytes.Clone(p.data)
			break
		}
		if old.class > p.class {
			at = i
			break
		}
	}
	if at >= 0 {
		if count >= maxParamSets {
			return
		}
		p.data = bytes.Clone(p.data)
		a.params = slices.Insert(a.params, at, p)
	}
	if p.class == nalSPS {
		a.shape = a.syntax.shape(p.data).sane()
	}
}

// complete reports whether a decoder could start with the known sets.
func (a *nalAssembler) complete() bool {
	sps, pps := false, false
	for _, p := range a.params {
		sps = sps || p.class == nalSPS
		pps = pps || p.class == nalPPS
	}
	return sps && pps
}
