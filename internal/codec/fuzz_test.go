package codec

import (
	"testing"

	"camwall/internal/media"
)

// fuzzPixels keeps a forged size from making the fuzzer slow.
const fuzzPixels = 1 << 20

// fuzzDecode feeds data, cut into units at mark, and uses every picture.
func fuzzDecode(t *testing.T, track *media.Track, data, mark []byte) {
	d, err := NewDecoder(DecoderConfig{Track: track, MaxPixels: fuzzPixels})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r := NewRenderer(Spec{Width: 64, Height: 48, Fit: Contain, Quality: 50})
	defer r.Close()
	use := func(f *Frame) {
		defer f.Release()
		if f.Width()*f.Height() > fuzzPixels || f.Width() < 1 || f.Height() < 1 {
			t.Errorf("a frame of %dx%d", f.Width(), f.Height())
		}
		f.Checksum()
		// What swscale can't convert is an error, not a crash.
		_, _ = r.JPEG(f)
	}
	for i, part := range split(data, mark) {
		if i == 16 {
			break
		}
		_ = d.Decode(&media.AccessUnit{Track: track, Data: part, Key: true, Seq: uint64(i + 1)}, use)
	}
	d.Flush(use)
}

// seed adds the first units of clips, whole and damaged.
func seed(f *testing.F, names ...string) {
	f.Helper()
	for _, name := range names {
		c := loadClip(f, name)
		var data []byte
		for _, unit := range c.units[:3] {
			data = append(data, unit.Data...)
		}
		f.Add(data)
		f.Add(data[:len(data)*2/3])
		broken := append([]byte(nil), data...)
		for i := 97; i < len(broken); i += 61 {
			broken[i] ^= byte(i)
		}
		f.Add(broken)
	}
}

func FuzzDecodeH264(f *testing.F) {
	seed(f, "h264.h264", "h264-b.h264", "h264-422-10.h264")
	f.Add(forgedUnit(1000))
	f.Add(forgedUnit(60))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzDecode(t, &media.Track{Codec: media.H264}, data, []byte{0, 0, 0, 1, 9})
	})
}

func FuzzDecodeH265(f *testing.F) {
	seed(f, "h265.h265", "h265-b.h265")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzDecode(t, &media.Track{Codec: media.H265}, data, []byte{0, 0, 0, 1, 35 << 1, 1})
	})
}

func FuzzDecodeMJPEG(f *testing.F) {
	seed(f, "mjpeg.mjpeg", "mjpeg-422-odd.mjpeg")
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzDecode(t, &media.Track{Codec: media.MJPEG}, data, []byte{0xFF, 0xD8, 0xFF})
	})
}

// FuzzDecodeOthers takes the codec from the first byte.
func FuzzDecodeOthers(f *testing.F) {
	codecs := []media.Codec{media.MPEG4, media.VP8, media.VP9, media.AV1}
	for i, name := range []string{"mpeg4.m4v", "vp8.ivf", "vp9.ivf", "av1.ivf"} {
		data := loadClip(f, name).units[0].Data
		f.Add(append([]byte{byte(i)}, data...))
		f.Add(append([]byte{byte(i)}, data[:len(data)/2]...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		fuzzDecode(t, &media.Track{Codec: codecs[int(data[0])%len(codecs)]}, data[1:], []byte{0, 0, 1, 0xB6})
	})
}
