// Package media holds the values that flow from a camera to a screen: codecs,
// tracks and access units with their times. It does no I/O and knows no
// protocol and no library; every package of the media path imports it.
package media

// Codec names a coding of video or audio. The zero value is unknown.
type Codec uint8

// The codecs that Camwall carries. Only video codecs are decoded.
const (
	CodecUnknown Codec = iota
	H264
	H265
	MJPEG
	MPEG4
	VP8
	VP9
	AV1
	PCMA // G.711 A-law
	PCMU // G.711 mu-law
	AAC
	Opus
)

// codecNames holds, by Codec, the name people and APIs use.
var codecNames = [...]string{
	CodecUnknown: "unknown",
	H264:         "H264",
	H265:         "H265",
	MJPEG:        "MJPEG",
	MPEG4:        "MPEG4",
	VP8:          "VP8",
	VP9:          "VP9",
	AV1:          "AV1",
	PCMA:         "PCMA",
	PCMU:         "PCMU",
	AAC:          "AAC",
	Opus:         "Opus",
}

// String returns the codec's name, such as "H264".
func (c Codec) String() string {
	if int(c) < len(codecNames) {
		return codecNames[c]
	}
	return codecNames[CodecUnknown]
}

// IsVideo reports whether c is a video codec.
func (c Codec) IsVideo() bool { return c >= H264 && c <= AV1 }

// IsAudio reports whether c is an audio codec.
func (c Codec) IsAudio() bool { return c >= PCMA && c <= Opus }

// MarshalText writes the codec's name.
func (c Codec) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
