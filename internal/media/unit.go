package media

import "time"

// AccessUnit is one coded picture or one coded audio frame. It is immutable:
// whoever receives one shares it with every other reader.
type AccessUnit struct {
	// Track is the track it belongs to; never nil. A new pointer on the same
	// ID means that the track's parameters changed in mid-stream.
	Track *Track

	// Data is at least one byte:
	//   H.264, H.265: the NAL units of one access unit, each behind a
	//     four-byte start code (Annex B); a key unit always begins with its
	//     parameter sets (SPS and PPS; VPS, SPS and PPS);
	//   MJPEG: one whole JPEG file (SOI to EOI);
	//   MPEG-4: one VOP, a key unit with its headers before it;
	//   VP8, VP9: one frame or superframe;
	//   AV1: one temporal unit in the low-overhead format (AV1 section 5.2),
	//     every OBU with its size field, without temporal delimiter;
	//   audio: one coded frame, or for G.711 any number of samples.
	Data []byte

	// Key says that decoding can start here: an IDR or CRA picture with its
	// parameter sets, any JPEG, a key frame of VP8, VP9, AV1, an I-VOP.
	Key bool

	// Seq numbers the video units of one session from 1; a gap never occurs,
	// losses are counted in Lost.
	Seq uint64

	// Arrived is when its last packet was read, on our monotonic clock: the
	// only base of age, states and latency.
	Arrived time.Time

	// RTPTime is its presentation time as the camera meant it, from the
	// session's first unit, unwrapped. It may jump when a camera restarts its
	// clock.
	RTPTime time.Duration

	// CameraTime is the same moment on the camera's own wall clock, from RTCP
	// sender reports; zero until one has come. For people only: cameras'
	// clocks are hours and years off, and jump.
	CameraTime time.Time

	// Lost counts the RTP packets of its track that were lost since the unit
	// before.
	Lost uint32
}
