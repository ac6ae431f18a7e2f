package codec

import "bytes"

// H.264 NAL unit types (ITU-T H.264 table 7-1) and a slice type (table 7-6).
const (
	nalSlice   = 1
	nalIDR     = 5
	nalSPS     = 7
	sliceTypeB = 1
)

const (
	// provenAfter is how many pictures in a row have to be without a B slice
	// before a stream is taken for one that does not reorder: two seconds.
	provenAfter = 50

	profileBaseline = 66
)

// reorderClaim takes the delay off H.264 streams whose parameter sets claim a
// reordering that they do not use: FFmpeg would hold back as many frames as
// claimed. Once the stream has proven itself, max_num_reorder_frames is
// rewritten to 0 before every key unit. The first B slice ends that for good.
type reorderClaim struct {
	without int  // pictures in a row without a B slice
	seenB   bool // reordering is real
	active  bool // claims are rewritten
	started bool // the unit of the last rewrite was the first to be so
	unit    []byte
	payload []byte
}

// rewrite returns the unit to decode: data itself, or for key units of a stream
// that does not reorder a copy with the claim taken out, valid until the next
// call. When started is set, the decoder must be emptied before.
func (c *reorderClaim) rewrite(data []byte, key bool) []byte {
	c.started = false
	if c.seenB {
		return data
	}
	b, sps := scan(data)
	if b {
		c.seenB, c.active = true, false
		return data
	}
	c.without++
	if !key || len(sps) < 4 {
		return data
	}
	// Baseline has no B slices by definition (section A.2.1).
	if c.without <= provenAfter && sps[1] != profileBaseline {
		return data
	}
	unit, changed := c.replace(data, sps)
	if changed && !c.active {
		c.active, c.started = true, true
	}
	return unit
}

// replace returns data with sps, a part of it, changed.
func (c *reorderClaim) replace(data, sps []byte) (unit []byte, changed bool) {
	c.payload = appendUnescaped(c.payload[:0], sps[1:])
	value, from, to, ok := reorderField(c.payload)
	if !ok || value == 0 {
		return data, false
	}
	length := len(c.payload)
	c.payload = withoutReorder(c.payload, c.payload[:length:length], from, to)
	at := bytes.Index(data, sps)
	c.unit = append(append(c.unit[:0], data[:at]...), sps[0])
	c.unit = appendEscaped(c.unit, c.payload[length:])
	c.unit = append(c.unit, data[at+len(sps):]...)
	return c.unit, true
}

// scan reports whether a unit's first slice is a B slice and returns the
// sequence parameter set before it, header included.
func scan(data []byte) (hasB bool, sps []byte) {
	start := []byte{0, 0, 1}
	_, data, more := bytes.Cut(data, start)
	for more {
		var nal []byte
		if nal, data, more = bytes.Cut(data, start); len(nal) == 0 {
			continue
		}
		switch nal[0] & 0x1F {
		case nalSlice:
			// Section 7.3.3: first_mb_in_slice, slice_type. Emulation prevention
			// can't occur so early in a picture of a size that exists.
			r := &bitReader{data: nal[1:min(len(nal), 12)]}
			r.golomb()
			return r.golomb()%5 == sliceTypeB && !r.short, sps
		case nalIDR:
			return false, sps
		case nalSPS:
			if sps == nil {
				sps = bytes.TrimRight(nal, "\x00")
			}
		}
	}
	return false, sps
}

// appendUnescaped appends a NAL unit without its emulation prevention bytes
// (section 7.4.1).
func appendUnescaped(dst, nal []byte) []byte {
	zeros := 0
	for _, b := range nal {
		if zeros >= 2 && b == 3 {
			zeros = 0
			continue
		}
		if zeros++; b != 0 {
			zeros = 0
		}
		dst = append(dst, b)
	}
	return dst
}

// appendEscaped appends a payload with emulation prevention bytes.
func appendEscaped(dst, payload []byte) []byte {
	zeros := 0
	for _, b := range payload {
		if zeros >= 2 && b <= 3 {
			dst = append(dst, 3)
			zeros = 0
		}
		if zeros++; b != 0 {
			zeros = 0
		}
		dst = append(dst, b)
	}
	return dst
}
