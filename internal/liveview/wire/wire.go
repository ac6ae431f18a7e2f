// Package wire is the live protocol as bytes: it writes the server's messages and
// reads the client's commands, as docs/live-protocol.md has them. It knows no
// connection and no camera, and decides nothing about what is sent when. Package
// liveview calls it.
package wire

import (
	"encoding/binary"
	"encoding/json"
	"math"

	"camwall/internal/media"
)

// Version is that of the protocol.
const Version = 1

// MaxCommands is the longest message that a client may send, in bytes.
const MaxCommands = 1 << 20

// The types of messages.
const (
	typePicture = 1
	typeJSON    = 2
	typeSound   = 3
)

// The lengths of what stands before a picture's and a sound's bytes.
const (
	pictureHeader = 36
	soundHeader   = 34
)

// Codec is how a picture or a sound is coded, as the protocol counts them.
type Codec uint8

// The codecs of pictures. Those of sound are counted anew.
const (
	CodecJPEG Codec = 1
	CodecH264 Codec = 2
	CodecH265 Codec = 3

	SoundPCMA Codec = 1
	SoundPCMU Codec = 2
	SoundAAC  Codec = 3
	SoundOpus Codec = 4
)

// CodecOf returns the protocol's number of a codec, video or audio; false when
// it has none.
func CodecOf(c media.Codec) (Codec, bool) {
	switch c {
	case media.MJPEG:
		return CodecJPEG, true
	case media.H264:
		return CodecH264, true
	case media.H265:
		return CodecH265, true
	case media.PCMA:
		return SoundPCMA, true
	case media.PCMU:
		return SoundPCMU, true
	case media.AAC:
		return SoundAAC, true
	case media.Opus:
		return SoundOpus, true
	default:
		return 0, false
	}
}

// Flags tell what a picture is.
type Flags uint8

// The flags.
const (
	Key        Flags = 1 << iota // decoding can begin here
	CatchingUp                   // to be decoded, not shown
	Skipped                      // units were left out before it
	Last                         // the last picture of a camera that is not live
)

// Picture is a message of type 1.
type Picture struct {
	Codec  Codec
	Flags  Flags
	Source uint8
	Tile   uint32
	Seq    uint32

	// Arrived and Sent are milliseconds of the server's clock; 0 is unknown.
	Arrived, Sent float64

	// Width and Height are a JPEG's; 0 for others. Larger ones than 65535 can't
	// be told.
	Width, Height int

	Data []byte
}

// AppendPicture appends p as one message.
func AppendPicture(b []byte, p *Picture) []byte {
	b = head(b, pictureHeader+len(p.Data), typePicture)
	b = append(b, byte(p.Codec), byte(p.Flags), p.Source)
	b = binary.BigEndian.AppendUint32(b, p.Tile)
	b = binary.BigEndian.AppendUint32(b, p.Seq)
	b = appendTimes(b, p.Arrived, p.Sent)
	b = binary.BigEndian.AppendUint16(b, side(p.Width))
	b = binary.BigEndian.AppendUint16(b, side(p.Height))
	return append(b, p.Data...)
}

// Sound is a message of type 3.
type Sound struct {
	Codec      Codec
	Channels   uint8
	Tile       uint32
	SampleRate uint32

	// Arrived and Sent are milliseconds of the server's clock; 0 is unknown.
	Arrived, Sent float64

	// Config is at most 65535 bytes.
	Config, Data []byte
}

// AppendSound appends s as one message.
func AppendSound(b []byte, s *Sound) []byte {
	config := s.Config[:min(len(s.Config), math.MaxUint16)]
	b = head(b, soundHeader+len(config)+len(s.Data), typeSound)
	b = append(b, byte(s.Codec), s.Channels, 0)
	b = binary.BigEndian.AppendUint32(b, s.Tile)
	b = binary.BigEndian.AppendUint32(b, s.SampleRate)
	b = appendTimes(b, s.Arrived, s.Sent)
	b = binary.BigEndian.AppendUint16(b, uint16(len(config))) //nolint:gosec // cut above
	b = append(b, config...)
	return append(b, s.Data...)
}

// AppendJSON appends v, one of the message types of this package, as one message.
func AppendJSON(b []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("wire: a message does not encode: " + err.Error())
	}
	return append(head(b, 5+len(text), typeJSON), text...)
}

// head begins a message that is size bytes long, its length included.
func head(b []byte, size int, kind byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(size-4)) //nolint:gosec // pictures are bounded far below
	return append(b, kind)
}

func appendTimes(b []byte, arrived, sent float64) []byte {
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(arrived))
	return binary.BigEndian.AppendUint64(b, math.Float64bits(sent))
}

func side(n int) uint16 {
	return uint16(max(0, min(n, math.MaxUint16))) //nolint:gosec // within
}
