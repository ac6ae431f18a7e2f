package codec

import (
	"fmt"
)

// JPEG markers, ITU-T T.81 table B.1.
const (
	markerTEM  = 0x01
	markerSOF0 = 0xC0
	markerDHT  = 0xC4
	markerJPG  = 0xC8
	markerDAC  = 0xCC
	markerRST0 = 0xD0
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
)

// JPEGSize returns the size in pixels that a JPEG file's frame header tells
// (ITU-T T.81 section B.2.2), without decoding. An error is in ErrDamaged's
// chain: no JPEG, cut off before the header, or a size of zero.
func JPEGSize(data []byte) (width, height int, err error) {
	if len(data) < 2 || data[0] != 0xFF || data[1] != markerSOI {
		return 0, 0, fmt.Errorf("read JPEG size: no start of image: %w", ErrDamaged)
	}
	for pos := 2; pos+4 <= len(data); {
		if data[pos] != 0xFF {
			return 0, 0, fmt.Errorf("read JPEG size: no marker at byte %d: %w", pos, ErrDamaged)
		}
		marker := data[pos+1]
		switch {
		case marker == 0xFF: // fill byte
			pos++
			continue
		case marker == markerTEM || marker >= markerRST0 && marker <= markerSOI: // no parameters
			pos += 2
			continue
		case marker == markerSOS || marker == markerEOI:
			return 0, 0, fmt.Errorf("read JPEG size: no frame header: %w", ErrDamaged)
		}
		length := int(data[pos+2])<<8 | int(data[pos+3])
		if length < 2 || pos+2+length > len(data) {
			break
		}
		if isFrameHeader(marker) {
			return frameHeaderSize(data[pos+4 : pos+2+length])
		}
		pos += 2 + length
	}
	return 0, 0, fmt.Errorf("read JPEG size: cut off before the frame header: %w", ErrDamaged)
}

// isFrameHeader reports whether a marker is one of SOF0 to SOF15.
func isFrameHeader(marker byte) bool {
	return marker&0xF0 == markerSOF0 && marker != markerDHT && marker != markerJPG && marker != markerDAC
}

// frameHeaderSize reads precision (1), lines (2) and samples a line (2).
func frameHeaderSize(header []byte) (width, height int, err error) {
	if len(header) < 5 {
		return 0, 0, fmt.Errorf("read JPEG size: short frame header: %w", ErrDamaged)
	}
	height = int(header[1])<<8 | int(header[2])
	width = int(header[3])<<8 | int(header[4])
	if width == 0 || height == 0 {
		return 0, 0, fmt.Errorf("read JPEG size: %dx%d: %w", width, height, ErrDamaged)
	}
	return width, height, nil
}
