package codec

import (
	"bytes"

	"camwall/internal/media"
)

// NAL unit types of H.265 (ITU-T H.265 table 7-1).
const (
	nalH265CRA = 21 // the last of the slices at which decoding can begin
	nalH265SPS = 33
)

// ratios holds, by aspect_ratio_idc, the sample aspect ratio: ITU-T H.264 table
// E-1, the same in H.265.
var ratios = [...][2]int{
	{0, 0},
	{1, 1},
	{12, 11},
	{10, 11},
	{16, 11},
	{40, 33},
	{24, 11},
	{20, 11},
	{32, 11},
	{80, 33},
	{18, 11},
	{15, 11},
	{64, 33},
	{160, 99},
	{4, 3},
	{3, 2},
	{2, 1},
}

// DisplaySize returns the size in square pixels of the pictures from a key unit
// on, as Frame.DisplaySize does, without decoding: from the parameter sets of
// H.264 and H.265, and from the header of a JPEG. ok is false for other codecs
// and units, and for damaged ones.
func DisplaySize(au *media.AccessUnit) (width, height int, ok bool) {
	if !au.Key {
		return 0, 0, false
	}
	var num, den int
	switch au.Track.Codec {
	case media.H264:
		_, sps := scan(au.Data)
		if len(sps) < 4 {
			return 0, 0, false
		}
		width, height, num, den, ok = sizeH264(appendUnescaped(nil, sps[1:]))
	case media.H265:
		sps := parametersH265(au.Data)
		if len(sps) < 4 {
			return 0, 0, false
		}
		width, height, num, den, ok = sizeH265(appendUnescaped(nil, sps[2:]))
	case media.MJPEG:
		w, h, err := JPEGSize(au.Data)
		return w, h, err == nil
	}
	if !ok || width < 1 || height < 1 || width > maxSide || height > maxSide {
		return 0, 0, false
	}
	return displayWidth(width, num, den), height, true
}

// sizeH264 reads the payload of an H.264 sequence parameter set.
func sizeH264(sps []byte) (width, height, num, den int, ok bool) {
	r := &bitReader{data: sps}
	width, height = skipToVUI(r)
	if r.flag() { // vui_parameters_present_flag
		num, den = r.ratio()
	}
	return width, height, num, den, !r.short
}

// ratio reads the sample aspect ratio at the beginning of a VUI (H.264 section
// E.1.1, H.265 section E.2.1); 0, 0 is unknown.
func (r *bitReader) ratio() (num, den int) {
	if !r.flag() { // aspect_ratio_info_present_flag
		return 0, 0
	}
	idc := r.bits(8)
	switch {
	case idc == 255: // Extended_SAR
		num = int(r.bits(16))       //nolint:gosec // 16 bits
		return num, int(r.bits(16)) //nolint:gosec // 16 bits
	case idc < uint(len(ratios)):
		return ratios[idc][0], ratios[idc][1]
	}
	return 0, 0
}

// parametersH265 returns the sequence parameter set of a key unit, header
// included, or nil.
func parametersH265(data []byte) []byte {
	start := []byte{0, 0, 1}
	_, data, more := bytes.Cut(data, start)
	for more {
		var nal []byte
		if nal, data, more = bytes.Cut(data, start); len(nal) < 2 {
			continue
		}
		switch kind := nal[0] >> 1 & 0x3F; {
		case kind == nalH265SPS:
			return bytes.TrimRight(nal, "\x00")
		case kind <= nalH265CRA:
			return nil // a slice: parameter sets come before it
		}
	}
	return nil
}

// sizeH265 reads the payload of an H.265 sequence parameter set (ITU-T H.265
// section 7.3.2.2.1).
func sizeH265(sps []byte) (width, height, num, den int, ok bool) {
	r := &bitReader{data: sps}
	r.bits(4)                // sps_video_parameter_set_id
	layers := int(r.bits(3)) //nolint:gosec // 3 bits: sps_max_sub_layers_minus1
	r.bit()                  // sps_temporal_id_nesting_flag
	skipProfileTier(r, layers)
	r.golomb() // sps_seq_parameter_set_id
	chroma := r.golomb()
	if chroma == 3 && r.flag() { // separate_colour_plane_flag
		chroma = 0
	}
	width, height = r.length(), r.length()
	if r.flag() { // conformance_window_flag
		w, h := r.window(chroma)
		width, height = width-w, height-h
	}
	if r.short {
		return 0, 0, 0, 0, false
	}
	// What is behind may be beyond us: then pixels count as square.
	skipToVUIH265(r, layers)
	if r.flag() { // vui_parameters_present_flag
		num, den = r.ratio()
	}
	if r.short {
		num, den = 0, 0
	}
	return width, height, num, den, true
}

// skipProfileTier reads profile_tier_level, section 7.3.3.
func skipProfileTier(r *bitReader, layers int) {
	r.bits(64)
	r.bits(24) // 88 bits of profile, then the level
	r.bits(8)
	var profile, level [8]bool
	for i := range layers {
		profile[i], level[i] = r.flag(), r.flag()
	}
	if layers > 0 {
		r.bits(2 * (8 - layers))
	}
	for i := range layers {
		if profile[i] {
			r.bits(64)
			r.bits(24)
		}
		if level[i] {
			r.bits(8)
		}
	}
}

// skipToVUIH265 reads what is between the conformance window and
// vui_parameters_present_flag.
func skipToVUIH265(r *bitReader, layers int) {
	r.golombs(2) // bit_depth_luma_minus8, bit_depth_chroma_minus8
	poc := r.golomb() + 4
	orders := 1
	if r.flag() { // sps_sub_layer_ordering_info_present_flag
		orders = layers + 1
	}
	r.golombs(3 * orders)
	r.golombs(6)  // block sizes and transform depths
	if r.flag() { // scaling_list_enabled_flag
		if r.flag() { // sps_scaling_list_data_present_flag
			skipScalingListsH265(r)
		}
	}
	r.bits(2)     // amp_enabled_flag, sample_adaptive_offset_enabled_flag
	if r.flag() { // pcm_enabled_flag
		r.bits(8)
		r.golombs(2)
		r.bit()
	}
	skipReferenceSets(r)
	if r.flag() { // long_term_ref_pics_present_flag
		for n := min(r.golomb(), 33); n > 0; n-- {
			r.bits(int(min(poc, 32))) //nolint:gosec // bounded
			r.bit()
		}
	}
	r.bits(2) // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
}

// skipScalingListsH265 reads scaling_list_data, section 7.3.4.
func skipScalingListsH265(r *bitReader) {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for matrix := 0; matrix < 6; matrix += step {
			if !r.flag() { // scaling_list_pred_mode_flag
				r.golomb()
				continue
			}
			if size > 1 {
				r.golomb()
			}
			r.golombs(min(64, 1<<(4+2*size)))
		}
	}
}

// skipReferenceSets reads the short-term reference picture sets, section 7.3.7.
func skipReferenceSets(r *bitReader) {
	var pictures uint // of the set before
	for i := range min(r.golomb(), 64) {
		if i > 0 && r.flag() { // inter_ref_pic_set_prediction_flag
			r.bit()
			r.golomb()
			used := uint(0)
			for range pictures + 1 {
				is := r.flag()      // used_by_curr_pic_flag
				if is || r.flag() { // use_delta_flag
					used++
				}
			}
			pictures = used
			continue
		}
		negative, positive := min(r.golomb(), 16), min(r.golomb(), 16)
		for range negative + positive {
			r.golomb()
			r.bit()
		}
		pictures = negative + positive
	}
}
