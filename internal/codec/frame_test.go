package codec

import (
	"sync"
	"testing"
	"unsafe"
)

// panics runs f and reports whether it panicked.
func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func TestFrameIsCounted(t *testing.T) {
	c := loadClip(t, "h264.h264")
	d := openDecoder(t, c.track)
	var f *Frame
	if err := d.Decode(c.units[0], func(got *Frame) { f = got }); err != nil {
		t.Fatal(err)
	}
	sum := f.Checksum()
	if f.Ref() != f {
		t.Error("Ref returns another frame")
	}
	f.Release()
	// The other reference still holds the picture, also after the decoder's end.
	d.Close()
	if f.Width() != 320 || f.Height() != 180 || f.Checksum() != sum {
		t.Error("the picture changed while a reference was held")
	}
	f.Release()
	for name, use := range map[string]func(){
		"Width": func() { f.Width() }, "Height": func() { f.Height() }, "DisplaySize": func() { f.DisplaySize() },
		"Seq": func() { f.Seq() }, "Arrived": func() { f.Arrived() }, "RTPTime": func() { f.RTPTime() },
		"CameraTime": func() { f.CameraTime() }, "Damaged": func() { f.Damaged() }, "Checksum": func() { f.Checksum() },
	} {
		if !panics(use) {
			t.Errorf("%s of a released frame does not panic", name)
		}
	}
	if !panics(func() { f.Release() }) {
		t.Error("a second Release does not panic")
	}
}

func TestRefAfterReleasePanics(t *testing.T) {
	f := decodeOne(t, "h264.h264")
	f.Release()
	if !panics(func() { f.Ref() }) {
		t.Error("Ref of a released frame does not panic")
	}
}

// decodeOne returns the first picture; the caller releases it.
func decodeOne(t *testing.T, name string) *Frame {
	t.Helper()
	c := loadClip(t, name)
	var f *Frame
	if err := openDecoder(t, c.track).Decode(c.units[0], func(got *Frame) { f = got }); err != nil {
		t.Fatal(err)
	}
	return f
}

// Frames go to other goroutines, are read there and released in any order,
// while the decoder goes on.
func TestFramesAcrossGoroutines(t *testing.T) {
	c := loadClip(t, "h264.h264")
	d := openDecoder(t, c.track)
	var readers sync.WaitGroup
	var mu sync.Mutex // guards sums
	sums := map[uint64]map[uint64]bool{}
	for range 3 {
		for _, unit := range c.units {
			if err := d.Decode(unit, func(f *Frame) {
				for range 3 {
					f.Ref()
					readers.Go(func() {
						defer f.Release()
						seq, sum := f.Seq(), f.Checksum()
						mu.Lock()
						defer mu.Unlock()
						if sums[seq] == nil {
							sums[seq] = map[uint64]bool{}
						}
						sums[seq][sum] = true
					})
				}
				f.Release()
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	readers.Wait()
	different := map[uint64]bool{}
	for seq, of := range sums {
		if len(of) != 1 {
			t.Errorf("unit %d has %d different pictures", seq, len(of))
		}
		for sum := range of {
			different[sum] = true
		}
	}
	if len(different) != len(c.units) {
		t.Errorf("%d units have %d different checksums", len(c.units), len(different))
	}
}

// The checksum sees every visible pixel of every plane, and no padding.
func TestChecksumSeesPixels(t *testing.T) {
	c := loadClip(t, "mjpeg-422-odd.mjpeg")
	d := openDecoder(t, c.track)
	var f *Frame
	if err := d.Decode(c.units[0], func(got *Frame) { f = got }); err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	before := f.Checksum()
	for plane, size := range [][2]int{{319, 179}, {160, 179}, {160, 179}} {
		for _, at := range [][2]int{{0, 0}, {size[0] - 1, 0}, {0, size[1] - 1}, {size[0] - 1, size[1] - 1}, {size[0] / 2, size[1] / 2}} {
			for _, bit := range []byte{1, 0x80} {
				pixel := planeByte(f, plane, at[0], at[1])
				*pixel ^= bit
				if f.Checksum() == before {
					t.Errorf("plane %d: does not see %v", plane, at)
				}
				*pixel ^= bit
			}
		}
	}
	*planeByte(f, 0, 319, 0) ^= 0xFF
	if f.Checksum() != before {
		t.Error("sees the padding")
	}
}

func TestDisplayWidth(t *testing.T) {
	for _, test := range []struct{ width, num, den, want int }{
		{704, 12, 11, 768},
		{352, 24, 11, 768},
		{1440, 4, 3, 1920},
		{720, 8, 9, 640},
		{640, 1, 1, 640},
		{640, 0, 1, 640},
		{640, 1, 0, 640},
		{640, -4, 3, 640},
		{640, 5, 1, 640}, // absurd
		{640, 1, 5, 640},
		{640, 4, 1, 2560},
		{1, 1, 4, 1},
		{16384, 2147483647, 2147483646, 16384},
	} {
		if got := displayWidth(test.width, test.num, test.den); got != test.want {
			t.Errorf("%d at %d:%d: %d, want %d", test.width, test.num, test.den, got, test.want)
		}
	}
}

func TestDisplaySizeOfStream(t *testing.T) {
	f := decodeFrame(t, "h264-wide.h264", 0)
	if w, h := f.DisplaySize(); w != 320 || h != 180 || f.Width() != 240 {
		t.Errorf("coded %dx%d, shown %dx%d", f.Width(), f.Height(), w, h)
	}
}

// planeByte returns the byte in column x of row y of a plane.
func planeByte(f *Frame, plane, x, y int) *byte {
	return (*byte)(unsafe.Add(unsafe.Pointer(f.c.data[plane]), y*int(f.c.linesize[plane])+x))
}
