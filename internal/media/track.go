package media

// Track describes one elementary stream of a camera. It is immutable once it
// has been handed on.
type Track struct {
	// ID numbers the tracks of one session from 0, in the order of the SDP.
	ID int

	Codec Codec

	// ClockRate is the RTP clock in Hz: 90000 for video.
	ClockRate int

	// Width and Height are the coded picture's size in pixels as the session
	// description or the parameter sets tell it; 0 is unknown until a picture
	// has been decoded.
	Width, Height int

	// FPS is the nominal frame rate in pictures a second, 0 when not told.
	FPS float64

	// Extradata is what a decoder or muxer wants out of band: for AAC the
	// AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1), for MPEG-4 video
	// the VisualObjectSequence headers, nil for the others. H.264 and H.265
	// parameter sets are in band, before every key unit (see AccessUnit).
	Extradata []byte

	// SampleRate in Hz and Channels are set for audio.
	SampleRate, Channels int
}
