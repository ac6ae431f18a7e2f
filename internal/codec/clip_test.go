package codec

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"camwall/internal/media"
)

// clipCodecs holds the codec by the extension of a file in testdata.
var clipCodecs = map[string]media.Codec{
	".h264": media.H264, ".h265": media.H265, ".mjpeg": media.MJPEG, ".m4v": media.MPEG4,
}

// fourCCs holds the codec by the FourCC of an IVF file.
var fourCCs = map[string]media.Codec{"VP80": media.VP8, "VP90": media.VP9, "AV01": media.AV1}

// clip is a file of testdata as a camera would send it.
type clip struct {
	track *media.Track
	units []*media.AccessUnit
}

// interval is the time between two pictures of a clip.
const interval = 40 * time.Millisecond

// epoch is when the first unit of a clip arrives.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// loadClip reads a file of testdata. RTPTime is that of the coded order.
func loadClip(t testing.TB, name string) *clip {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return parseClip(t, name, data)
}

func parseClip(t testing.TB, name string, data []byte) *clip {
	t.Helper()
	c := &clip{track: &media.Track{ClockRate: 90000, Codec: clipCodecs[filepath.Ext(name)]}}
	var parts [][]byte
	switch c.track.Codec {
	case media.H264:
		parts = split(data, []byte{0, 0, 0, 1, 9})
	case media.H265:
		parts = split(data, []byte{0, 0, 0, 1, 35 << 1, 1})
	case media.MJPEG:
		parts = split(data, []byte{0xFF, 0xD8, 0xFF})
	case media.MPEG4:
		c.track.Extradata, parts = splitMPEG4(data)
	default:
		c.track.Codec, parts = splitIVF(t, data)
	}
	for i, part := range parts {
		c.units = append(c.units, &media.AccessUnit{
			Track: c.track, Data: part, Key: isKey(c.track.Codec, part), Seq: uint64(i + 1),
			Arrived: epoch.Add(time.Duration(i) * interval), RTPTime: time.Duration(i) * interval,
			CameraTime: epoch.Add(-time.Hour + time.Duration(i)*interval),
		})
	}
	if len(c.units) == 0 || !c.units[0].Key {
		t.Fatalf("%s: has no key unit at its start", name)
	}
	return c
}

// split cuts data before every occurrence of mark.
func split(data, mark []byte) (parts [][]byte) {
	for len(data) > 0 {
		end := bytes.Index(data[1:], mark)
		if end < 0 {
			return append(parts, data)
		}
		parts = append(parts, data[:end+1])
		data = data[end+1:]
	}
	return parts
}

// splitMPEG4 cuts before each VOP, or before the headers of a key one
// (ISO/IEC 14496-2 section 6.2: a visual object sequence, a group of VOPs).
func splitMPEG4(data []byte) (headers []byte, parts [][]byte) {
	headers = data[:bytes.Index(data, []byte{0, 0, 1, 0xB3})]
	for _, group := range split(data, []byte{0, 0, 1, 0xB0}) {
		vops := split(group, []byte{0, 0, 1, 0xB6})
		// The first is no VOP but what comes before one.
		parts = append(append(parts, group[:len(vops[0])+len(vops[1])]), vops[2:]...)
	}
	return headers, parts
}

// splitIVF reads the container of VP8, VP9 and AV1: a header of 32 bytes, then
// 12 bytes before each frame, the first 4 being its length.
func splitIVF(t testing.TB, data []byte) (codec media.Codec, parts [][]byte) {
	codec = fourCCs[string(data[8:12])]
	for data = data[32:]; len(data) > 12; {
		size := int(binary.LittleEndian.Uint32(data))
		part := data[12 : 12+size]
		if codec == media.AV1 && part[0] == 0x12 && part[1] == 0 {
			part = part[2:] // the temporal delimiter
		}
		parts = append(parts, part)
		data = data[12+size:]
	}
	if len(parts) == 0 {
		t.Fatal("IVF without frames")
	}
	return codec, parts
}

// isKey looks for what a key unit of the encoders used begins with.
func isKey(codec media.Codec, data []byte) bool {
	switch codec {
	case media.H264:
		return bytes.Contains(data[:min(64, len(data))], []byte{0, 0, 0, 1, 0x67})
	case media.H265:
		return bytes.Contains(data[:min(64, len(data))], []byte{0, 0, 0, 1, 0x40, 1})
	case media.MPEG4:
		return !bytes.HasPrefix(data, []byte{0, 0, 1, 0xB6})
	case media.VP8:
		return data[0]&1 == 0
	case media.VP9:
		return data[0]&4 == 0
	case media.AV1:
		return data[0]>>3 == 1 // a sequence header
	default:
		return true
	}
}

// clipNames lists the clips of testdata with that prefix.
func clipNames(t testing.TB, prefix string) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", prefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		if _, known := clipCodecs[filepath.Ext(name)]; known || strings.HasSuffix(name, ".ivf") {
			names = append(names, name)
		}
	}
	return names
}

// openDecoder returns a decoder that is closed at the end of the test.
func openDecoder(t testing.TB, track *media.Track) *Decoder {
	t.Helper()
	d, err := NewDecoder(DecoderConfig{Track: track})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// decodeFrame returns picture n of a clip, counted from 0 in the order shown.
func decodeFrame(t testing.TB, name string, n int) *Frame {
	t.Helper()
	c := loadClip(t, name)
	d := openDecoder(t, c.track)
	var found *Frame
	count := 0
	keep := func(f *Frame) {
		if count == n {
			found = f
		} else {
			f.Release()
		}
		count++
	}
	for _, unit := range c.units {
		if err := d.Decode(unit, keep); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	d.Flush(keep)
	if found == nil {
		t.Fatalf("%s: has only %d pictures", name, count)
	}
	t.Cleanup(found.Release)
	return found
}
