package codec

import (
	"os"
	"path/filepath"
	"testing"

	"camwall/internal/media"
)

// What is read from a key unit is what the decoder says later.
func TestDisplaySizeIsTheDecoders(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	sizes := 0
	for _, file := range files {
		switch filepath.Ext(file) {
		case ".h264", ".h265", ".mjpeg":
		default:
			continue
		}
		c := loadClip(t, filepath.Base(file))
		w, h, ok := DisplaySize(c.units[0])
		wantW, wantH := decodedSize(t, c)
		if !ok || w != wantW || h != wantH {
			t.Errorf("%s: %dx%d, %v; the decoder says %dx%d", file, w, h, ok, wantW, wantH)
		}
		sizes++
		if _, _, ok := DisplaySize(c.units[1]); ok && !c.units[1].Key {
			t.Errorf("%s: a size without a key unit", file)
		}
	}
	if sizes < 12 {
		t.Errorf("only %d clips", sizes)
	}
}

func decodedSize(t *testing.T, c *clip) (width, height int) {
	t.Helper()
	d := openDecoder(t, c.track)
	take := func(f *Frame) {
		width, height = f.DisplaySize()
		f.Release()
	}
	for _, unit := range c.units {
		if err := d.Decode(unit, take); err != nil {
			t.Fatal(err)
		}
	}
	d.Flush(take)
	return width, height
}

func TestDisplaySizeOfPixelsThatAreNotSquare(t *testing.T) {
	for name, want := range map[string][2]int{
		"h264-wide.h264": {320, 180}, "h265-wide.h265": {312, 178},
	} {
		w, h, ok := DisplaySize(loadClip(t, name).units[0])
		if !ok || w != want[0] || h != want[1] {
			t.Errorf("%s: %dx%d, %v, want %v", name, w, h, ok, want)
		}
	}
}

// The simulated cameras' larger clips, made by another encoder's settings.
func TestDisplaySizeOfSimulatedCameras(t *testing.T) {
	for name, want := range map[string][2]int{
		"street-1080.h264": {1920, 1080}, "autumn-480-anamorphic.h264": {853, 480}, "dusk-720-h265.h265": {1280, 720},
		"morning-720-b.h264": {1280, 720}, "night-360-smart.h264": {640, 360},
	} {
		data, err := os.ReadFile(filepath.Join("../simcam/clips", name))
		if err != nil {
			t.Fatal(err)
		}
		w, h, ok := DisplaySize(&media.AccessUnit{Track: &media.Track{Codec: clipCodecs[filepath.Ext(name)]}, Data: data, Key: true})
		if !ok || w != want[0] || h != want[1] {
			t.Errorf("%s: %dx%d, %v, want %v", name, w, h, ok, want)
		}
	}
}

// Reference picture sets that are predicted, scaling lists and long-term
// pictures stand before the shape of pixels.
func TestDisplaySizeBehindEverythingH265(t *testing.T) {
	w := bitWriter{}
	w.bits(0, 4)
	w.bits(1, 3) // two sub-layers
	w.bits(1, 1)
	w.bits(0x0160000000, 40) // profile
	w.bits(0, 48)
	w.bits(93, 8)
	w.bits(0b11, 2) // of the sub-layer: profile and level
	w.bits(0, 14)
	w.bits(0, 48)
	w.bits(0, 40)
	w.bits(90, 8)
	w.golomb(0)
	w.golomb(2) // 4:2:2
	w.golomb(720)
	w.golomb(578)
	w.bits(1, 1)
	for _, v := range []uint64{4, 4, 1, 1} {
		w.golomb(v)
	}
	w.golomb(0)
	w.golomb(0)
	w.golomb(4) // 8 bits of POC
	w.bits(1, 1)
	for range 2 * 3 {
		w.golomb(2)
	}
	for range 6 {
		w.golomb(1)
	}
	w.bits(0b11, 2) // scaling lists with data
	for size := range 4 {
		for matrix := 0; matrix < 6; matrix++ {
			if size == 3 && matrix%3 != 0 {
				continue
			}
			if matrix%2 == 0 {
				w.bits(0, 1)
				w.golomb(0)
				continue
			}
			w.bits(1, 1)
			if size > 1 {
				w.golomb(15)
			}
			for range min(64, 1<<(4+2*size)) {
				w.golomb(1)
			}
		}
	}
	w.bits(0b01, 2)
	w.bits(1, 1) // PCM
	w.bits(0x77, 8)
	w.golomb(0)
	w.golomb(2)
	w.bits(1, 1)
	w.golomb(2) // two sets
	w.golomb(2)
	w.golomb(1)
	for range 3 {
		w.golomb(0)
		w.bits(1, 1)
	}
	w.bits(1, 1) // predicted from three pictures
	w.bits(0, 1)
	w.golomb(0)
	w.bits(0b1_01_00_1, 6)
	w.bits(1, 1) // long-term
	w.golomb(2)
	for range 2 {
		w.bits(0xA5, 8)
		w.bits(1, 1)
	}
	w.bits(0b11, 2)
	w.bits(1, 1)        // VUI
	w.bits(1<<8|255, 9) // Extended_SAR
	w.bits(64, 16)
	w.bits(45, 16)
	w.bits(1, 1)
	width, height, num, den, ok := sizeH265(w.data)
	if !ok || width != 704 || height != 576 || num != 64 || den != 45 {
		t.Errorf("%dx%d with %d:%d, %v", width, height, num, den, ok)
	}
	if width, height, num, _, ok = sizeH265(w.data[:37]); !ok || width != 704 || height != 576 || num != 0 {
		t.Errorf("cut short: %dx%d with %d, %v", width, height, num, ok)
	}
	if _, _, _, _, ok = sizeH265(w.data[:28]); ok {
		t.Error("a size in what ends before it")
	}
}

func TestNoDisplaySize(t *testing.T) {
	for _, au := range []*media.AccessUnit{
		{Track: &media.Track{Codec: media.VP8}, Key: true, Data: []byte{1, 2, 3}},
		{Track: &media.Track{Codec: media.PCMA}, Key: true, Data: []byte{1, 2, 3}},
		{Track: &media.Track{Codec: media.H264}, Key: true, Data: []byte{0, 0, 0, 1, 0x65, 1, 2, 3}},
		{Track: &media.Track{Codec: media.H265}, Key: true, Data: []byte{0, 0, 0, 1, 19 << 1, 1, 2, 3}},
		{Track: &media.Track{Codec: media.H265}, Key: true, Data: []byte{0, 0, 0, 1, 33 << 1}},
		{Track: &media.Track{Codec: media.MJPEG}, Key: true, Data: []byte{0xFF, 0xD8}},
	} {
		if w, h, ok := DisplaySize(au); ok || w != 0 || h != 0 {
			t.Errorf("%v: %dx%d", au.Track.Codec, w, h)
		}
	}
}

func FuzzDisplaySize(f *testing.F) {
	for _, name := range []string{"h264-wide.h264", "h264-b.h264", "h265.h265", "h265-wide.h265", "mjpeg.mjpeg"} {
		c := loadClip(f, name)
		f.Add(uint8(c.track.Codec), c.units[0].Data[:min(600, len(c.units[0].Data))])
	}
	f.Fuzz(func(t *testing.T, codec uint8, data []byte) {
		au := &media.AccessUnit{Track: &media.Track{Codec: media.Codec(codec)}, Data: data, Key: true}
		w, h, ok := DisplaySize(au)
		if ok && (w < 1 || h < 1 || w > 4*65536 || h > 65536) || !ok && (w != 0 || h != 0) {
			t.Errorf("%dx%d, %v", w, h, ok)
		}
	})
}
