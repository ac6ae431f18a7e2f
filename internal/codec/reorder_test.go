package codec

import (
	"bytes"
	"testing"
	"time"

	"camwall/internal/media"
)

// firstSPS returns the unescaped payload of a clip's parameter set.
func firstSPS(t testing.TB, name string) []byte {
	t.Helper()
	_, sps := scan(loadClip(t, name).units[0].Data)
	if len(sps) == 0 {
		t.Fatalf("%s: no parameter set", name)
	}
	return appendUnescaped(nil, sps[1:])
}

func TestReorderField(t *testing.T) {
	for name, want := range map[string]uint{
		"h264.h264": 0, "h264-claim.h264": 1, "h264-b.h264": 2, "h264-wide.h264": 0, "h264-full.h264": 0,
		"h264-422-10.h264": 0, "h264-444.h264": 0,
	} {
		sps := firstSPS(t, name)
		value, from, to, ok := reorderField(sps)
		if !ok || value != want {
			t.Errorf("%s: %d, %v, want %d", name, value, ok, want)
			continue
		}
		changed := withoutReorder(nil, sps, from, to)
		if value, _, _, ok := reorderField(changed); !ok || value != 0 {
			t.Errorf("%s: %d, %v after the change", name, value, ok)
		}
		if want == 0 && !bytes.Equal(changed, sps) {
			t.Errorf("%s: changed although there was nothing to change", name)
		}
	}
}

// A parameter set with every optional part: scaling lists, POC type 1, cropping,
// SAR, HRD.
func TestReorderFieldBehindEverything(t *testing.T) {
	w := bitWriter{}
	w.bits(100<<16|51, 24)
	w.golomb(0)
	w.golomb(3) // 4:4:4
	w.bits(0, 1)
	w.golomb(0)
	w.golomb(0)
	w.bits(0b01, 2)
	for list := range 12 {
		if list%2 == 1 {
			w.bits(0, 1)
			continue
		}
		w.bits(1, 1)
		w.golomb(1)  // +1
		w.golomb(18) // -9: the next scale is 0, the list ends
	}
	w.golomb(0)
	w.golomb(1) // pic_order_cnt_type
	w.bits(0, 1)
	for _, v := range []uint64{3, 4, 2, 5, 6} {
		w.golomb(v)
	}
	w.golomb(4)
	w.bits(0, 1)
	w.golomb(19)
	w.golomb(10)
	w.bits(0b0011, 4) // fields, direct 8x8, cropping
	for range 4 {
		w.golomb(1)
	}
	w.bits(1, 1)           // VUI
	w.bits(1<<8|255, 9)    // Extended_SAR
	w.bits(4<<16|3, 32)    // 4:3
	w.bits(0b11, 2)        // overscan
	w.bits(0b1_101_1_1, 6) // video signal with colours
	w.bits(0x010101, 24)
	w.bits(1, 1)
	w.golomb(0)
	w.golomb(0)
	w.bits(1, 1) // timing
	w.bits(1, 32)
	w.bits(50, 32)
	w.bits(1, 1)
	for range 2 { // HRD
		w.bits(1, 1)
		w.golomb(1)
		w.bits(0x11, 8)
		for range 2 {
			w.golomb(7)
			w.golomb(9)
			w.bits(0, 1)
		}
		w.bits(0xABCDE, 20)
	}
	w.bits(0b0_1_1_1, 4) // low delay, picture structure, restriction, motion vectors
	for range 4 {
		w.golomb(2)
	}
	before := 8*len(w.data) - w.free
	w.golomb(3)
	after := 8*len(w.data) - w.free
	w.golomb(4)
	w.bits(1, 1)
	value, from, to, ok := reorderField(w.data)
	if !ok || value != 3 || from != before || to != after {
		t.Errorf("%d at %d to %d, %v; want 3 at %d to %d", value, from, to, ok, before, after)
	}
	for end := range after / 8 {
		if _, _, _, ok := reorderField(w.data[:end]); ok {
			t.Errorf("found in the first %d bytes", end)
		}
	}
}

// A stream that claims reordering and has none loses the delay at the first key
// unit after it has proven itself, without losing a picture.
func TestClaimedReorderingEnds(t *testing.T) {
	c := loadClip(t, "h264-claim.h264")
	d := openDecoder(t, c.track)
	var held, next int
	var units []*media.AccessUnit
	for round := range 4 {
		for i, unit := range c.units {
			again := *unit
			again.Seq = uint64(round*len(c.units) + i + 1)
			again.RTPTime = time.Duration(again.Seq) * interval
			units = append(units, &again)
		}
	}
	for i, unit := range units {
		held++
		if err := d.Decode(unit, func(f *Frame) {
			defer f.Release()
			held--
			if next++; f.Seq() != uint64(next) {
				t.Fatalf("picture %d comes from unit %d", next, f.Seq())
			}
			if mark := readMark(t, f); mark != (next-1)%len(c.units) {
				t.Errorf("unit %d shows picture %d", next, mark)
			}
		}); err != nil {
			t.Fatal(err)
		}
		want := 0
		if i < provenAfter {
			want = 1 // as claimed
		}
		if held != want {
			t.Fatalf("unit %d: %d frames held back, want %d", i, held, want)
		}
	}
}

// The first B slice ends the rewriting for good, and order is right again from
// the next key unit on.
func TestReorderingThatBegins(t *testing.T) {
	plain, reordered := loadClip(t, "h264-claim.h264"), loadClip(t, "h264-b.h264")
	d := openDecoder(t, plain.track)
	drop := func(f *Frame) { f.Release() }
	for range 2 {
		for _, unit := range plain.units {
			if err := d.Decode(unit, drop); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !d.claim.active {
		t.Fatal("nothing is rewritten")
	}
	for _, unit := range reordered.units {
		_ = d.Decode(unit, drop)
	}
	d.Flush(drop)
	if d.claim.active || !d.claim.seenB {
		t.Error("still rewritten after B slices")
	}
	next := 0
	show := func(f *Frame) {
		defer f.Release()
		if mark := readMark(t, f); mark != next {
			t.Errorf("picture %d came as number %d", mark, next)
		}
		next++
	}
	for _, unit := range reordered.units {
		if err := d.Decode(unit, show); err != nil {
			t.Fatal(err)
		}
	}
	d.Flush(show)
	if next != len(reordered.units) {
		t.Errorf("%d pictures of %d units", next, len(reordered.units))
	}
}

// Baseline has no B slices, so its claim is rewritten from the first unit on.
func TestBaselineIsRewrittenAtOnce(t *testing.T) {
	c := loadClip(t, "h264-claim.h264")
	data := bytes.Clone(c.units[0].Data)
	at := bytes.Index(data, []byte{0, 0, 0, 1, 0x67}) + 5
	claim := reorderClaim{}
	if unit := claim.rewrite(data, true); claim.started || &unit[0] != &data[0] {
		t.Error("another profile is rewritten at once")
	}
	// The same bits behind Baseline would be another set, so one is written.
	sps := bitWriter{}
	sps.bits(66<<16|30, 24)
	for _, v := range []uint64{0, 0, 2, 1} {
		sps.golomb(v)
	}
	sps.bits(0, 1)
	sps.golomb(19)
	sps.golomb(10)
	sps.bits(0b110, 3)
	sps.bits(0b1_0000000_0_1_1, 11) // VUI with nothing but the restriction
	for _, v := range []uint64{0, 0, 10, 10, 2, 2} {
		sps.golomb(v)
	}
	sps.bits(1, 1)
	unit := append(append(bytes.Clone(data[:at]), appendEscaped(nil, sps.data)...), 0, 0, 0, 1, 0x68, 0xCE)
	claim = reorderClaim{}
	got := claim.rewrite(unit, true)
	_, changed := scan(append(got, 0, 0, 0, 1, 0x65, 0x88))
	value, _, _, ok := reorderField(appendUnescaped(nil, changed[1:]))
	if !claim.started || !ok || value != 0 || !bytes.HasSuffix(got, []byte{0, 0, 0, 1, 0x68, 0xCE}) {
		t.Errorf("started %v, value %d, %v: % x", claim.started, value, ok, got)
	}
}

func TestEscape(t *testing.T) {
	for _, payload := range [][]byte{{0, 0, 0}, {0, 0, 3}, {0, 0, 1, 0, 0, 2}, {0, 0, 0, 0, 0, 0}, {1, 2, 3}, {0, 0, 4}, {}} {
		escaped := appendEscaped(nil, payload)
		if bytes.Contains(escaped, []byte{0, 0, 0}) || bytes.Contains(escaped, []byte{0, 0, 1}) || bytes.Contains(escaped, []byte{0, 0, 2}) {
			t.Errorf("% x: start code in % x", payload, escaped)
		}
		if got := appendUnescaped(nil, escaped); !bytes.Equal(got, payload) {
			t.Errorf("% x became % x", payload, got)
		}
	}
}

func FuzzReorderClaim(f *testing.F) {
	for _, name := range []string{"h264-claim.h264", "h264-b.h264", "h264.h264"} {
		data := loadClip(f, name).units[0].Data
		f.Add(data[:min(len(data), 200)])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		claim := reorderClaim{without: provenAfter}
		unit := claim.rewrite(data, true)
		if !bytes.Equal(data, before) {
			t.Fatal("the unit was changed in place")
		}
		if len(unit) > len(data)*2+16 {
			t.Errorf("%d bytes became %d", len(data), len(unit))
		}
	})
}
