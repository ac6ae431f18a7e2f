package codec

// bitReader reads a parameter set from its first bit on. After the end it gives
// zeros and says so in short.
type bitReader struct {
	data  []byte
	pos   int // in bits
	short bool
}

func (r *bitReader) bit() uint {
	if r.pos >= 8*len(r.data) {
		r.short = true
		return 0
	}
	b := r.data[r.pos/8] >> (7 - r.pos%8) & 1
	r.pos++
	return uint(b)
}

func (r *bitReader) bits(n int) (v uint) {
	for range n {
		v = v<<1 | r.bit()
	}
	return v
}

func (r *bitReader) flag() bool { return r.bit() == 1 }

// golomb reads ue(v), ITU-T H.264 section 9.1. For se(v), of which only the
// length matters here except in a scaling list, it reads the same bits.
func (r *bitReader) golomb() uint {
	zeros := 0
	for r.bit() == 0 {
		if zeros++; zeros > 32 || r.short {
			r.short = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.bits(zeros)
}

// signed reads se(v), section 9.1.1.
func (r *bitReader) signed() int {
	k := int(r.golomb())
	if k&1 == 1 {
		return (k + 1) / 2
	}
	return -k / 2
}

func (r *bitReader) golombs(n int) {
	for range n {
		r.golomb()
	}
}

// reorderField finds max_num_reorder_frames in the payload of an H.264 sequence
// parameter set (behind the NAL unit's header, without emulation prevention;
// sections 7.3.2.1.1 and E.1.1). ok is false when the set is damaged or does
// not tell it.
func reorderField(sps []byte) (value uint, from, to int, ok bool) {
	r := &bitReader{data: sps}
	skipToVUI(r)
	if !r.flag() || !skipToRestriction(r) { // vui_parameters_present_flag
		return 0, 0, 0, false
	}
	r.bit()      // motion_vectors_over_pic_boundaries_flag
	r.golombs(4) // max_bytes_per_pic_denom to log2_max_mv_length_vertical
	from = r.pos
	value = r.golomb()
	return value, from, r.pos, !r.short
}

// skipToVUI reads everything before vui_parameters_present_flag and returns the
// picture's size after cropping, in samples.
func skipToVUI(r *bitReader) (width, height int) {
	profile, chroma := r.bits(8), uint(1)
	r.bits(16) // constraints, level_idc
	r.golomb() // seq_parameter_set_id
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		chroma = skipHighProfile(r)
	}
	r.golomb()          // log2_max_frame_num_minus4
	switch r.golomb() { // pic_order_cnt_type
	case 0:
		r.golomb()
	case 1:
		r.bit()
		r.golombs(2)
		for n := min(r.golomb(), 255); n > 0; n-- {
			r.golomb()
		}
	}
	r.golomb()                     // max_num_ref_frames
	r.bit()                        // gaps_in_frame_num_value_allowed_flag
	width = 16 * (r.length() + 1)  // pic_width_in_mbs_minus1
	height = 16 * (r.length() + 1) // pic_height_in_map_units_minus1
	fields := 1
	if !r.flag() { // frame_mbs_only_flag
		fields = 2
		r.bit()
	}
	r.bit()       // direct_8x8_inference_flag
	if r.flag() { // frame_cropping_flag
		w, h := r.window(chroma)
		width, height = width-w, height-h
	}
	return width, height * fields
}

// length reads ue(v) that counts samples or blocks; more than any picture has is
// brought to a bound, so that sums don't overflow.
func (r *bitReader) length() int { return int(min(r.golomb(), 1<<20)) } //nolint:gosec // bounded

// window reads how much is cut off at left, right, top and bottom, in units of
// chroma samples, and returns it in luma samples.
func (r *bitReader) window(chroma uint) (width, height int) {
	x, y := 1, 1
	if chroma == 1 || chroma == 2 {
		x = 2
	}
	if chroma == 1 {
		y = 2
	}
	width = x * (r.length() + r.length())
	return width, y * (r.length() + r.length())
}

// skipHighProfile reads the chroma format, bit depths and scaling lists.
// It returns chroma_format_idc.
func skipHighProfile(r *bitReader) (chroma uint) {
	chroma = r.golomb()
	if chroma == 3 {
		r.bit()
	}
	r.golombs(2) // bit_depth_luma_minus8, bit_depth_chroma_minus8
	r.bit()
	if !r.flag() { // seq_scaling_matrix_present_flag
		return chroma
	}
	lists := 8
	if chroma == 3 {
		lists = 12
	}
	for i := range lists {
		if !r.flag() {
			continue
		}
		size := 16
		if i >= 6 {
			size = 64
		}
		// Section 7.3.2.1.1.1: the list ends where the next scale is 0.
		for last, j := 8, 0; j < size && last != 0; j++ {
			last = (last + r.signed()) & 0xFF
		}
	}
	return chroma
}

// skipToRestriction reads the VUI up to bitstream_restriction_flag and returns
// that flag.
func skipToRestriction(r *bitReader) bool {
	r.ratio()
	if r.flag() { // overscan_info_present_flag
		r.bit()
	}
	if r.flag() { // video_signal_type_present_flag
		r.bits(4)
		if r.flag() {
			r.bits(24)
		}
	}
	if r.flag() { // chroma_loc_info_present_flag
		r.golombs(2)
	}
	if r.flag() { // timing_info_present_flag
		r.bits(65)
	}
	nal := skipHRD(r)
	vcl := skipHRD(r)
	if nal || vcl {
		r.bit() // low_delay_hrd_flag
	}
	r.bit() // pic_struct_present_flag
	return r.flag()
}

// skipHRD reads a flag and, if it is set, hrd_parameters (section E.1.2).
func skipHRD(r *bitReader) bool {
	if !r.flag() {
		return false
	}
	count := min(r.golomb(), 31) + 1
	r.bits(8)
	for range count {
		r.golombs(2)
		r.bit()
	}
	r.bits(20)
	return true
}

// withoutReorder appends to dst the payload of a sequence parameter set whose
// bits from..to, max_num_reorder_frames, are replaced by ue(0).
func withoutReorder(dst, sps []byte, from, to int) []byte {
	start, pos := len(dst), 0
	put := func(bit uint) {
		if pos%8 == 0 {
			dst = append(dst, 0)
		}
		dst[start+pos/8] |= byte(bit << (7 - pos%8))
		pos++
	}
	r := &bitReader{data: sps}
	for r.pos < from {
		put(r.bit())
	}
	put(1)
	for r.pos = to; r.pos < 8*len(sps); {
		put(r.bit())
	}
	// What follows the stop bit is zero; whole bytes of it don't belong there.
	for len(dst) > start+1 && dst[len(dst)-1] == 0 {
		dst = dst[:len(dst)-1]
	}
	return dst
}
