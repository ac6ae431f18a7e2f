package codec

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	"camwall/internal/media"
)

// residentMiB returns how much memory of the process is in use, C's included.
func residentMiB(t *testing.T) float64 {
	t.Helper()
	debug.FreeOSMemory()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, resident int
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		t.Fatal(err)
	}
	return float64(resident) * float64(os.Getpagesize()) / (1 << 20)
}

// grows runs f some times to warm up, then as often as told, and returns how
// many MiB more are in use. It stays on one thread: each further one that calls C
// gets a heap of its own.
func grows(t *testing.T, warm, turns int, f func()) float64 {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range warm {
		f()
	}
	before := residentMiB(t)
	for range turns {
		f()
	}
	return residentMiB(t) - before
}

// 2,000 units of every codec, decoded and rendered, take no memory.
func TestDecodingTakesNoMemory(t *testing.T) {
	for _, name := range []string{"h264.h264", "h264-b.h264", "h265.h265", "mjpeg.mjpeg", "mpeg4.m4v", "vp8.ivf", "vp9.ivf", "av1.ivf"} {
		t.Run(name, func(t *testing.T) {
			c := loadClip(t, name)
			d := openDecoder(t, c.track)
			r := NewRenderer(Spec{Width: 160, Height: 120, Fit: Contain, Quality: 75})
			defer r.Close()
			growth := grows(t, 4, 2000/len(c.units), func() {
				for _, unit := range c.units {
					if err := d.Decode(unit, func(f *Frame) {
						if _, err := r.JPEG(f); err != nil {
							t.Error(err)
						}
						f.Release()
					}); err != nil {
						t.Fatal(err)
					}
				}
			})
			if growth > 4 {
				t.Errorf("grew by %.1f MiB", growth)
			}
		})
	}
}

// 200 decoders and renderers, opened, used, flushed and closed, leave nothing.
func TestClosingFreesEverything(t *testing.T) {
	names := []string{"h264.h264", "h265.h265", "mjpeg.mjpeg", "mpeg4.m4v", "vp8.ivf", "vp9.ivf", "av1.ivf"}
	var clips []*clip
	for _, name := range names {
		clips = append(clips, loadClip(t, name))
	}
	i := 0
	growth := grows(t, 20*len(clips), 200, func() {
		openUseClose(t, clips[i%len(clips)])
		i++
	})
	// One H.264 decoder of this size holds 2 MiB.
	if growth > 8 {
		t.Errorf("200 decoders left %.1f MiB", growth)
	}
}

func openUseClose(t *testing.T, c *clip) {
	t.Helper()
	d, err := NewDecoder(DecoderConfig{Track: c.track})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRenderer(Spec{Width: 64, Height: 64, Fit: Cover, Quality: 50})
	var held []*Frame
	keep := func(f *Frame) {
		if _, err := r.JPEG(f); err != nil {
			t.Error(err)
		}
		held = append(held, f)
	}
	for _, unit := range c.units[:3] {
		if err := d.Decode(unit, keep); err != nil {
			t.Fatal(err)
		}
	}
	d.Flush(keep)
	r.Close()
	d.Close()
	for _, f := range held {
		f.Release()
	}
}

// bitWriter writes the bits of a parameter set.
type bitWriter struct {
	data []byte
	free int
}

func (w *bitWriter) bits(value uint64, count int) {
	for ; count > 0; count-- {
		if w.free == 0 {
			w.data, w.free = append(w.data, 0), 8
		}
		w.free--
		w.data[len(w.data)-1] |= byte(value>>(count-1)&1) << w.free
	}
}

// golomb writes ue(v), ITU-T H.264 section 9.1.
func (w *bitWriter) golomb(value uint64) {
	length := 0
	for v := value + 1; v > 1; v >>= 1 {
		length++
	}
	w.bits(0, length)
	w.bits(value+1, length+1)
}

// forgedUnit is an H.264 key unit that says it is 16*mbs pixels square.
func forgedUnit(mbs uint64) []byte {
	sps := bitWriter{}
	sps.bits(66, 8) // Baseline
	sps.bits(0, 8)
	sps.bits(62, 8)
	for _, v := range []uint64{0, 0, 2, 1} { // id, frame_num, POC type, reference frames
		sps.golomb(v)
	}
	sps.bits(0, 1)
	sps.golomb(mbs - 1)
	sps.golomb(mbs - 1)
	sps.bits(0b11001, 5) // frames only, direct 8x8, no cropping, no VUI, stop bit
	pps := bitWriter{}
	pps.golomb(0)
	pps.golomb(0)
	pps.bits(0, 2)
	for range 3 {
		pps.golomb(0)
	}
	pps.bits(0, 3)
	for range 3 {
		pps.golomb(0)
	}
	pps.bits(0b0001, 4)
	slice := bitWriter{}
	slice.golomb(0)
	slice.golomb(7) // I
	slice.golomb(0)
	slice.bits(0, 4)
	slice.golomb(0)
	slice.bits(0, 2)
	slice.golomb(0)
	slice.bits(0xAAAAAAAA, 32)
	unit := append([]byte{0, 0, 0, 1, 0x67}, sps.data...)
	unit = append(append(unit, 0, 0, 0, 1, 0x68), pps.data...)
	return append(append(unit, 0, 0, 0, 1, 0x65), slice.data...)
}

// A forged size is refused before memory is taken for it.
func TestForgedSizeIsRefused(t *testing.T) {
	track := &media.Track{Codec: media.H264}
	d := openDecoder(t, track)
	frames := 0
	count := func(f *Frame) { frames++; f.Release() }
	// The same unit with a size that is allowed gives a picture, so that the
	// refusal is about nothing but the size.
	if err := d.Decode(&media.AccessUnit{Track: track, Data: forgedUnit(4), Key: true}, count); err != nil || frames != 1 {
		t.Fatalf("64x64: %v, %d frames", err, frames)
	}
	growth := grows(t, 0, 50, func() {
		if err := d.Decode(&media.AccessUnit{Track: track, Data: forgedUnit(1000), Key: true}, count); !errors.Is(err, ErrDamaged) {
			t.Fatalf("16000x16000: %v", err)
		}
	})
	if growth > 16 || frames != 1 {
		t.Errorf("16000x16000 took %.1f MiB and gave %d frames", growth, frames-1)
	}
	d.Flush(count)
	if err := d.Decode(&media.AccessUnit{Track: track, Data: forgedUnit(4), Key: true}, count); err != nil || frames != 2 {
		t.Errorf("64x64 afterwards: %v, %d frames", err, frames-1)
	}
}

func TestMaxPixels(t *testing.T) {
	for _, name := range []string{"h264.h264", "h265.h265", "mjpeg.mjpeg", "mpeg4.m4v", "vp8.ivf", "vp9.ivf", "av1.ivf"} {
		c := loadClip(t, name)
		for _, test := range []struct{ limit, frames int }{{320 * 180 / 2, 0}, {512 * 512, 1}} {
			d, err := NewDecoder(DecoderConfig{Track: c.track, MaxPixels: test.limit})
			if err != nil {
				t.Fatal(err)
			}
			frames := 0
			err = d.Decode(c.units[0], func(f *Frame) { frames++; f.Release() })
			if frames != test.frames || (err != nil) != (frames == 0) {
				t.Errorf("%s with %d pixels at most: %d frames, %v", name, test.limit, frames, err)
			}
			d.Close()
		}
	}
}
