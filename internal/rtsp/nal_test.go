package rtsp

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/format/rtph264"
	"github.com/bluenviron/gortsplib/v4/pkg/format/rtph265"
	"github.com/pion/rtp"
)

// feed pushes packets as a receiver would and returns the units.
func feed(a assembler, packets ...*rtp.Packet) []unit {
	var units []unit
	in := input{}
	for _, p := range packets {
		gap := in.missing(p.SequenceNumber)
		a.push(p, gap > 0, time.Now(), func(u unit) { units = append(units, u) }) //nolint:errcheck // what comes out is checked
	}
	return units
}

// packets numbers payloads; a marker is on the last one.
func packets(timestamp uint32, first uint16, payloads ...[]byte) []*rtp.Packet {
	list := make([]*rtp.Packet, len(payloads))
	for i, p := range payloads {
		list[i] = &rtp.Packet{
			Header:  rtp.Header{Timestamp: timestamp, SequenceNumber: first + uint16(i), Marker: i == len(payloads)-1},
			Payload: p,
		}
	}
	return list
}

func unmarked(list []*rtp.Packet) []*rtp.Packet {
	for _, p := range list {
		p.Marker = false
	}
	return list
}

var (
	idr      = cat([]byte{0x65}, noise(50, 1))
	slice1   = cat([]byte{0x41}, noise(50, 2))
	slice2   = cat([]byte{0x41}, noise(50, 3))
	pps2     = []byte{0x68, 0x5e, 0x0f} // id 1
	recovery = []byte{0x06, 0x05, 0x02, 0xaa, 0xbb, 0x06, 0x01, 0x84, 0x80}
	fuA      = func(kind byte, flags byte, part []byte) []byte { return cat([]byte{0x60 | 28, flags | kind}, part) }
)

// TestH264Packets: what cameras make of RFC 6184.
func TestH264Packets(t *testing.T) {
	type want struct {
		data []byte
		key  bool
	}
	key := want{annexB(h264SPS640, h264PPS, idr), true}
	stapA := func(nals ...[]byte) []byte {
		out := []byte{24}
		for _, n := range nals {
			out = append(append(out, byte(len(n)>>8), byte(len(n))), n...)
		}
		return out
	}
	many := make([][]byte, 0, 70)
	for i := range 70 {
		many = append(many, cat([]byte{0x65}, noise(20, uint64(i))))
	}
	for name, c := range map[string]struct {
		packets []*rtp.Packet
		want    []want
	}{
		"single NAL units":   {packets(1, 1, h264SPS640, h264PPS, idr), []want{key}},
		"STAP-A":             {packets(1, 1, stapA(h264SPS640, h264PPS, idr)), []want{key}},
		"STAP-A with zeros":  {packets(1, 1, cat(stapA(h264SPS640, h264PPS, idr), []byte{0, 0, 0})), []want{key}},
		"STAP-A cut off":     {packets(1, 1, h264SPS640, h264PPS, idr, cat(stapA(slice1), []byte{0, 9, 1})), []want{{annexB(h264SPS640, h264PPS, idr, slice1), true}}},
		"FU-A":               {packets(1, 1, h264SPS640, h264PPS, fuA(5, 0x80, idr[1:20]), fuA(5, 0, idr[20:30]), fuA(5, 0x40, idr[30:])), []want{key}},
		"FU-A in one packet": {packets(1, 1, h264SPS640, h264PPS, fuA(5, 0xc0, idr[1:])), []want{key}},
		"70 slices":          {packets(1, 1, slices.Concat([][]byte{h264SPS640, h264PPS}, many)...), []want{{annexB(slices.Concat([][]byte{h264SPS640, h264PPS}, many)...), true}}},
		"start codes in one packet": {
			packets(1, 1, annexB(h264SPS640, h264PPS, idr)), []want{key},
		},
		"short start codes": {
			packets(1, 1, cat(h264SPS640, []byte{0, 0, 1}, h264PPS, []byte{0, 0, 1}, idr)), []want{key},
		},
		"start codes in fragments": {
			packets(1, 1, annexB(h264SPS640, h264PPS), fuA(5, 0x80, idr[1:20]), fuA(5, 0x40, cat(idr[20:], annexB(slice1)))),
			[]want{{annexB(h264SPS640, h264PPS, idr, slice1), true}},
		},
		"no markers": {
			slices.Concat(unmarked(packets(1, 1, h264SPS640, h264PPS, idr)), unmarked(packets(2, 4, slice1)), unmarked(packets(3, 5, slice2))),
			[]want{key, {annexB(slice1), false}},
		},
		"marker lost": {
			slices.Concat(packets(1, 1, h264SPS640, h264PPS, idr, slice1)[:3], packets(2, 5, slice2)),
			[]want{key, {annexB(slice2), false}},
		},
		"parameter sets on their own": {
			slices.Concat(packets(1, 1, h264SPS640), packets(1, 2, h264PPS), packets(1, 3, idr)), []want{key},
		},
		"parameter sets are not repeated": {
			slices.Concat(packets(1, 1, h264SPS640, h264PPS, idr), packets(2, 4, idr)), []want{key, key},
		},
		"parameter sets at the end": {packets(1, 1, idr, h264SPS640, h264PPS), []want{key}},
		"two PPS": {
			slices.Concat(packets(1, 1, h264SPS640, h264PPS, pps2, idr), packets(2, 5, idr)),
			[]want{{annexB(h264SPS640, h264PPS, pps2, idr), true}, {annexB(h264SPS640, h264PPS, pps2, idr), true}},
		},
		"no parameter sets": {packets(1, 1, idr), []want{{annexB(idr), false}}},
		"delimiters and fillers": {
			packets(1, 1, []byte{9, 0x10}, h264SPS640, h264PPS, idr, []byte{12, 0xff}, []byte{10}), []want{key},
		},
		"recovery point": {
			packets(1, 1, h264SPS640, h264PPS, recovery, slice1), []want{{annexB(h264SPS640, h264PPS, recovery, slice1), true}},
		},
		"recovery point without sets": {
			slices.Concat(packets(1, 1, h264SPS640, h264PPS, idr), packets(2, 4, recovery, slice1)),
			[]want{key, {annexB(recovery, slice1), false}},
		},
		"fragment lost": {
			slices.Concat(
				packets(1, 1, h264SPS640, h264PPS, slice1, fuA(5, 0x80, idr[1:20]), fuA(5, 0, idr[20:30]), fuA(5, 0x40, idr[30:]))[:4],
				packets(1, 6, fuA(5, 0x40, idr[30:]))),
			[]want{{annexB(h264SPS640, h264PPS, slice1), false}},
		},
		"start lost": {
			slices.Concat(packets(1, 1, h264SPS640, h264PPS, idr), packets(2, 5, fuA(1, 0, slice1[1:20]), fuA(1, 0x40, slice1[20:]))),
			[]want{key},
		},
		"unknown kinds": {
			packets(1, 1, []byte{25, 1, 2}, []byte{29, 1, 2}, []byte{31}, []byte{28}, h264SPS640, h264PPS, idr), []want{key},
		},
	} {
		t.Run(name, func(t *testing.T) {
			units := feed(newH264(nil, nil), c.packets...)
			if len(units) != len(c.want) {
				t.Fatalf("%d units, want %d", len(units), len(c.want))
			}
			for i, u := range units {
				if !bytes.Equal(u.data, c.want[i].data) || u.key != c.want[i].key {
					t.Errorf("unit %d: %v %x\nwant    %v %x", i, u.key, u.data, c.want[i].key, c.want[i].data)
				}
			}
		})
	}
}

// TestH265Packets: RFC 7798 with and without decoding order numbers.
func TestH265Packets(t *testing.T) {
	nal := cat([]byte{19 << 1, 1}, noise(50, 1))
	want := annexB(h265VPS, h265SPS640, h265PPS, nal)
	sized := func(n []byte) []byte { return cat([]byte{0, byte(len(n))}, n) }
	fu := func(flags byte, part ...byte) []byte { return cat([]byte{49 << 1, 1, flags | 19}, part) }
	for name, c := range map[string]struct {
		numbered bool
		payloads [][]byte
	}{
		"single":             {false, [][]byte{h265VPS, h265SPS640, h265PPS, nal}},
		"aggregated":         {false, [][]byte{cat([]byte{48 << 1, 1}, sized(h265VPS), sized(h265SPS640), sized(h265PPS)), nal}},
		"fragmented":         {false, [][]byte{h265VPS, h265SPS640, h265PPS, fu(0x80, nal[2:20]...), fu(0, nal[20:30]...), fu(0x40, nal[30:]...)}},
		"after a PACI":       {false, [][]byte{{50 << 1, 1, 2}, {1}, h265VPS, h265SPS640, h265PPS, nal}},
		"single numbered":    {true, [][]byte{cat(h265VPS[:2], []byte{0, 1}, h265VPS[2:]), cat(h265SPS640[:2], []byte{0, 2}, h265SPS640[2:]), cat(h265PPS[:2], []byte{0, 3}, h265PPS[2:]), cat(nal[:2], []byte{0, 4}, nal[2:])}},
		"aggregate numbered": {true, [][]byte{cat([]byte{48 << 1, 1, 0, 1}, sized(h265VPS), []byte{1}, sized(h265SPS640), []byte{2}, sized(h265PPS)), fu(0x80, cat([]byte{0, 9}, nal[2:20])...), fu(0x40, nal[20:]...)}},
	} {
		t.Run(name, func(t *testing.T) {
			units := feed(newH265(c.numbered, nil, nil, nil), packets(1, 1, c.payloads...)...)
			if len(units) != 1 || !bytes.Equal(units[0].data, want) || !units[0].key {
				t.Fatalf("units: %+v\nwant %x", units, want)
			}
			if s := units[0].shape; s.width != 640 || s.height != 360 {
				t.Errorf("shape is %+v", s)
			}
		})
	}
}

// TestUnitTooLarge: a unit without end fills no memory, and what follows is
// whole again.
func TestUnitTooLarge(t *testing.T) {
	a := newH264(h264SPS640, h264PPS)
	part := noise(1<<20, 1)
	list := []*rtp.Packet{{Header: rtp.Header{Timestamp: 1, SequenceNumber: 1}, Payload: fuA(5, 0x80, part)}}
	for i := range 20 {
		list = append(list, &rtp.Packet{Header: rtp.Header{Timestamp: 1, SequenceNumber: uint16(2 + i)}, Payload: fuA(5, 0, part)})
	}
	if units := feed(a, list...); len(units) != 0 {
		t.Fatalf("%d units", len(units))
	}
	if size := a.(*nalAssembler).unit.size; size > maxUnitBytes {
		t.Errorf("%d bytes are held", size)
	}
	many := make([][]byte, maxUnitNALs+10)
	for i := range many {
		many[i] = slice1
	}
	if units := feed(a, packets(2, 100, many...)...); len(units) != 0 {
		t.Fatalf("%d units", len(units))
	}
	if units := feed(a, packets(3, 1, idr)...); len(units) != 1 || !units[0].key {
		t.Fatalf("units: %+v", units)
	}
}

// checkNALUnit holds what AccessUnit promises of H.264 and H.265.
func checkNALUnit(t *testing.T, u unit, h265 bool) {
	t.Helper()
	if !bytes.HasPrefix(u.data, startCode) || len(u.data) < 5 || cap(u.data) != len(u.data) {
		t.Fatalf("data is %x, capacity %d", u.data, cap(u.data))
	}
	first := u.data[4] & 0x1f
	sps := byte(7)
	if h265 {
		first, sps = u.data[4]>>1&0x3f, 33
	}
	if u.key && first != sps && (!h265 || first != 32) {
		t.Fatalf("key unit begins with %d: %x", first, u.data)
	}
	if u.shape.width < 0 || u.shape.width > 1<<15 || u.shape.height < 0 || u.shape.height > 1<<15 || !(u.shape.fps >= 0) {
		t.Fatalf("shape is %+v", u.shape)
	}
}

// fuzzPackets cuts bytes in packets: a byte of flags, one of length.
func fuzzPackets(data []byte) []*rtp.Packet {
	var list []*rtp.Packet
	var number uint16
	var timestamp uint32
	for len(data) > 2 {
		flags, size := data[0], min(int(data[1]), len(data)-2)
		number += 1 + uint16(flags>>6&1)
		timestamp += uint32(flags >> 5 & 1)
		if size > 0 {
			list = append(list, &rtp.Packet{
				Header:  rtp.Header{Marker: flags&0x80 != 0, SequenceNumber: number, Timestamp: timestamp},
				Payload: bytes.Clone(data[2 : 2+size]),
			})
		}
		data = data[2+size:]
	}
	return list
}

// unfuzz is the reverse of fuzzPackets, for seeds.
func unfuzz(payloads ...[]byte) []byte {
	var out []byte
	for i, p := range payloads {
		flags := byte(0)
		if i == len(payloads)-1 {
			flags = 0x80
		}
		out = append(append(out, flags, byte(len(p))), p...)
	}
	return out
}

func FuzzH264(f *testing.F) {
	f.Add(unfuzz(h264SPS640, h264PPS, idr))
	f.Add(unfuzz(h264SPS320, h264PPS, recovery, fuA(1, 0x80, slice1), fuA(1, 0x40, slice2)))
	f.Add(unfuzz(annexB(h264SPS640, h264PPS, idr)))
	f.Add(unfuzz(cat([]byte{24, 0, 24}, h264SPS640, []byte{0, 4}, h264PPS)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, u := range feed(newH264(nil, nil), fuzzPackets(data)...) {
			checkNALUnit(t, u, false)
		}
	})
}

func FuzzH265(f *testing.F) {
	nal := cat([]byte{19 << 1, 1}, noise(20, 1))
	f.Add(unfuzz(h265VPS, h265SPS640, h265PPS, nal), false)
	f.Add(unfuzz(h265VPS, h265SPS640, h265PPS, nal), true)
	f.Add(unfuzz(cat([]byte{48 << 1, 1, 0, 7}, h265PPS), []byte{49 << 1, 1, 0x80 | 19, 4}, []byte{49 << 1, 1, 0x40 | 19, 4}), false)
	f.Fuzz(func(t *testing.T, data []byte, numbered bool) {
		for _, u := range feed(newH265(numbered, nil, nil, nil), fuzzPackets(data)...) {
			checkNALUnit(t, u, true)
		}
	})
}

// TestAgainstLibrary: what the library's decoder makes of an encoder's packets
// is what ours makes.
func TestAgainstLibrary(t *testing.T) {
	h264, h265 := &rtph264.Encoder{PayloadType: 96, PacketizationMode: 1}, &rtph265.Encoder{PayloadType: 96}
	d264, d265 := &rtph264.Decoder{PacketizationMode: 1}, &rtph265.Decoder{}
	for _, init := range []func() error{h264.Init, h265.Init, d264.Init, d265.Init} {
		if err := init(); err != nil {
			t.Fatal(err)
		}
	}
	a264, a265 := newH264(nil, nil), newH265(false, nil, nil, nil)
	for i := range 40 {
		size := 10 + i*i*20
		n264 := [][]byte{cat([]byte{0x41}, noise(size, uint64(i))), cat([]byte{0x41}, noise(1+size/2, uint64(i+1000)))}
		n265 := [][]byte{cat([]byte{2, 1}, noise(size, uint64(i))), cat([]byte{2, 1}, noise(1+size/2, uint64(i+1000)))}
		list := pack(t, h264, uint32(i), n264...)
		if units := feed(a264, list...); len(units) != 1 || !bytes.Equal(units[0].data, annexB(decodeAll(d264.Decode, list)...)) {
			t.Errorf("H.264 unit %d differs", i)
		}
		list = pack(t, h265, uint32(i), n265...)
		if units := feed(a265, list...); len(units) != 1 || !bytes.Equal(units[0].data, annexB(decodeAll(d265.Decode, list)...)) {
			t.Errorf("H.265 unit %d differs", i)
		}
	}
}

func decodeAll(decode func(*rtp.Packet) ([][]byte, error), list []*rtp.Packet) (nals [][]byte) {
	for _, p := range list {
		if got, err := decode(p); err == nil {
			nals = append(nals, got...)
		}
	}
	return nals
}

// BenchmarkH264Unit: a P picture of 20 kB in 15 packets.
func BenchmarkH264Unit(b *testing.B) {
	e := &rtph264.Encoder{PayloadType: 96, PacketizationMode: 1}
	if err := e.Init(); err != nil {
		b.Fatal(err)
	}
	list, err := e.Encode([][]byte{cat([]byte{0x41}, noise(20000, 1))})
	if err != nil {
		b.Fatal(err)
	}
	a, now := newH264(h264SPS640, h264PPS), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range list {
			if err := a.push(p, false, now, func(unit) {}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
