package codec

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/framemark"
	"camwall/internal/media"
)

// readMark returns the number that is drawn in a frame.
func readMark(t testing.TB, f *Frame) int {
	t.Helper()
	r := NewRenderer(Spec{Quality: 90})
	defer r.Close()
	img, err := r.Scale(f)
	if err != nil {
		t.Fatal(err)
	}
	n, ok := framemark.Read(img, image.Rectangle{})
	if !ok {
		t.Fatalf("unit %d: no mark in the picture", f.Seq())
	}
	return int(n)
}

func TestVersion(t *testing.T) {
	if v := Version(); !strings.HasPrefix(v, "7.1") {
		t.Errorf("linked with FFmpeg %q, want 7.1.x", v)
	}
}

// Every unit gives its picture before Decode returns, whatever the codec.
func TestDecodeWithoutDelay(t *testing.T) {
	for _, name := range []string{
		"h264.h264", "h264-small.h264", "h264-wide.h264", "h264-full.h264", "h264-422-10.h264", "h264-444.h264", "h265-grey.h265",
		"h265.h265", "mjpeg.mjpeg", "mpeg4.m4v", "vp8.ivf", "vp9.ivf",
	} {
		t.Run(name, func(t *testing.T) {
			c := loadClip(t, name)
			d := openDecoder(t, c.track)
			for i, unit := range c.units {
				frames := 0
				err := d.Decode(unit, func(f *Frame) {
					defer f.Release()
					frames++
					if mark := readMark(t, f); mark != i {
						t.Errorf("unit %d shows picture %d", i, mark)
					}
					if f.Seq() != unit.Seq || !f.Arrived().Equal(unit.Arrived) || f.RTPTime() != unit.RTPTime || !f.CameraTime().Equal(unit.CameraTime) {
						t.Errorf("unit %d: the frame has other times", i)
					}
					if f.Damaged() {
						t.Errorf("unit %d: damaged", i)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				if frames != 1 {
					t.Fatalf("unit %d gave %d frames, want 1 at once", i, frames)
				}
			}
			d.Flush(func(f *Frame) { f.Release(); t.Error("a frame was held back") })
		})
	}
}

// dav1d shows hidden frames later, so a unit may give none or two.
func TestDecodeAV1(t *testing.T) {
	c := loadClip(t, "av1.ivf")
	d := openDecoder(t, c.track)
	for i, unit := range c.units {
		frames := 0
		if err := d.Decode(unit, func(f *Frame) {
			frames++
			if mark := readMark(t, f); mark != i {
				t.Errorf("unit %d shows picture %d", i, mark)
			}
			f.Release()
		}); err != nil {
			t.Fatal(err)
		}
		if frames != 1 {
			t.Errorf("unit %d gave %d frames", i, frames)
		}
	}
}

// With B-frames pictures come in the order shown, each with the times of the
// unit that it was coded in.
func TestDecodeReordered(t *testing.T) {
	for _, name := range []string{"h264-b.h264", "h265-b.h265", "mpeg4-b.m4v"} {
		t.Run(name, func(t *testing.T) {
			c := loadClip(t, name)
			markOf := presentationOrder(t, c)
			// What a camera says: RTP times are those of presentation.
			for i, unit := range c.units {
				unit.RTPTime = time.Duration(markOf[unit.Seq]) * interval
				c.units[i] = unit
			}
			d := openDecoder(t, c.track)
			next := 0
			show := func(f *Frame) {
				defer f.Release()
				if mark := readMark(t, f); mark != next {
					t.Errorf("picture %d came as number %d", mark, next)
				}
				if want := time.Duration(next) * interval; f.RTPTime() != want {
					t.Errorf("picture %d: RTP time %v, want %v", next, f.RTPTime(), want)
				}
				next++
			}
			for _, unit := range c.units {
				if err := d.Decode(unit, show); err != nil {
					t.Fatal(err)
				}
			}
			d.Flush(show)
			if next != len(c.units) {
				t.Errorf("%d units gave %d pictures", len(c.units), next)
			}
		})
	}
}

// presentationOrder decodes a clip and returns the number drawn in the picture
// of each unit, by Seq; it must not be the coded order, or the clip has no
// B-frames.
func presentationOrder(t *testing.T, c *clip) map[uint64]int {
	t.Helper()
	d := openDecoder(t, c.track)
	order := map[uint64]int{}
	reordered := false
	show := func(f *Frame) {
		defer f.Release()
		order[f.Seq()] = readMark(t, f)
		reordered = reordered || f.Seq() != uint64(order[f.Seq()]+1)
	}
	for _, unit := range c.units {
		if err := d.Decode(unit, show); err != nil {
			t.Fatal(err)
		}
	}
	d.Flush(show)
	if !reordered || len(order) != len(c.units) {
		t.Fatalf("%d units, %d pictures, reordered: %v", len(c.units), len(order), reordered)
	}
	return order
}

// The pixels are those that another build of FFmpeg decoded.
func TestDecodeAgainstReference(t *testing.T) {
	want, err := os.ReadFile("testdata/reference-20.gray")
	if err != nil {
		t.Fatal(err)
	}
	img := render(t, decodeFrame(t, "h264.h264", 20), Spec{})
	// The reference is limited range, the picture full.
	var sum float64
	for i, limited := range want {
		diff := float64(img.Y[i]) - math.Min(255, math.Max(0, (float64(limited)-16)*255/219))
		sum += diff * diff
	}
	if psnr := 10 * math.Log10(255*255*float64(len(want))/sum); psnr < 50 {
		t.Errorf("PSNR %.1f dB, want 50 or more", psnr)
	}
}

// Frames change size and format in the middle of a stream; one renderer follows.
func TestDecodeSizeChange(t *testing.T) {
	names := []string{"h264.h264", "h264-small.h264", "h264-444.h264", "h264-422-10.h264", "h264-wide.h264", "h264-full.h264", "h264.h264"}
	first := loadClip(t, names[0])
	d := openDecoder(t, first.track)
	r := NewRenderer(Spec{Width: 320, Height: 180, Fit: Contain, Quality: 75})
	defer r.Close()
	for _, name := range names {
		frames := 0
		for _, unit := range loadClip(t, name).units {
			if err := d.Decode(unit, func(f *Frame) {
				defer f.Release()
				frames++
				data, err := r.JPEG(f)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if w, h, err := JPEGSize(data); w != 320 || h != 180 || err != nil {
					t.Fatalf("%s: %dx%d, %v", name, w, h, err)
				}
			}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if frames < 9 {
			t.Errorf("%s: %d pictures", name, frames)
		}
	}
}

func TestDecodeFromTheMiddle(t *testing.T) {
	for _, name := range clipNames(t, "") {
		t.Run(name, func(t *testing.T) {
			c := loadClip(t, name)
			if c.track.Codec == media.MJPEG || len(c.units) < 26 {
				return // every unit is a key unit, or there is no second one
			}
			d := openDecoder(t, c.track)
			show := func(f *Frame) {
				t.Errorf("a picture of unit %d, before the key unit", f.Seq())
				f.Release()
			}
			for _, unit := range c.units[10:] {
				if unit.Key {
					break
				}
				err := d.Decode(unit, show)
				if c.track.Codec != media.H264 && !errors.Is(err, ErrNeedKey) {
					t.Fatalf("unit %d: %v, want ErrNeedKey", unit.Seq, err)
				}
			}
		})
	}
}

func TestFlushNeedsKey(t *testing.T) {
	for _, name := range []string{"h264.h264", "h265.h265", "vp8.ivf", "vp9.ivf", "mpeg4.m4v"} {
		t.Run(name, func(t *testing.T) {
			c := loadClip(t, name)
			d := openDecoder(t, c.track)
			frames := 0
			count := func(f *Frame) { frames++; f.Release() }
			for _, unit := range c.units[:10] {
				if err := d.Decode(unit, count); err != nil {
					t.Fatal(err)
				}
			}
			d.Flush(count)
			before := frames
			for _, unit := range c.units[12:20] {
				_ = d.Decode(unit, count) // H.264 tells nothing, the others ErrNeedKey
			}
			if frames != before {
				t.Errorf("%d pictures without a key unit", frames-before)
			}
			for _, unit := range c.units {
				if err := d.Decode(unit, count); err != nil {
					t.Fatal(err)
				}
			}
			if frames != before+len(c.units) {
				t.Errorf("%d pictures of %d units after the flush", frames-before, len(c.units))
			}
		})
	}
}

func TestDamagedIsTold(t *testing.T) {
	c := loadClip(t, "h264.h264")
	c.units[5].Lost = 3
	d := openDecoder(t, c.track)
	for i, unit := range c.units {
		if err := d.Decode(unit, func(f *Frame) {
			defer f.Release()
			if want := i >= 5 && i < 25; f.Damaged() != want {
				t.Errorf("unit %d: damaged %v, want %v", i, f.Damaged(), want)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// A lost unit in the middle of a GOP costs its own picture, and in VP9 the next
// one that refers to it.
func TestDecodeGap(t *testing.T) {
	for _, name := range []string{"h264.h264", "h265.h265", "vp8.ivf", "vp9.ivf", "mpeg4.m4v", "mjpeg.mjpeg"} {
		t.Run(name, func(t *testing.T) {
			c := loadClip(t, name)
			d := openDecoder(t, c.track)
			frames := 0
			for i, unit := range c.units {
				if i == 5 {
					continue
				}
				// H.265 may refuse what refers to the missing picture.
				_ = d.Decode(unit, func(f *Frame) { frames++; f.Release() })
			}
			if frames < len(c.units)-3 {
				t.Errorf("%d pictures of %d units", frames, len(c.units)-1)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	c := loadClip(t, "h264.h264")
	d := openDecoder(t, c.track)
	none := func(f *Frame) { f.Release(); t.Error("a frame of nothing") }
	if err := d.Decode(&media.AccessUnit{Track: c.track, Key: true}, none); !errors.Is(err, ErrDamaged) {
		t.Errorf("empty unit: %v", err)
	}
	other := &media.Track{Codec: media.VP8}
	if err := d.Decode(&media.AccessUnit{Track: other, Data: []byte{1}, Key: true}, none); err == nil {
		t.Error("took a unit of another codec")
	}
	for _, data := range [][]byte{{0}, {0, 0, 0, 1}, {0, 0, 0, 1, 0x67}, []byte("not H.264 at all")} {
		// FFmpeg tells some of them and ignores the others.
		_ = d.Decode(&media.AccessUnit{Track: c.track, Data: data, Key: true}, none)
	}
	d.Close()
	if err := d.Decode(c.units[0], none); err == nil {
		t.Error("decoded after Close")
	}
	d.Flush(none)
	d.Close()
}

func TestNewDecoderRefuses(t *testing.T) {
	for _, codec := range []media.Codec{media.CodecUnknown, media.AAC, media.Codec(200)} {
		_, err := NewDecoder(DecoderConfig{Track: &media.Track{Codec: codec}})
		if fault.CodeOf(err) != fault.UnknownCodec {
			t.Errorf("%v: %v", codec, err)
		}
	}
}

func TestDecoderLogs(t *testing.T) {
	var log bytes.Buffer
	d, err := NewDecoder(DecoderConfig{
		Track: &media.Track{Codec: media.H264},
		Log:   slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	if !strings.Contains(log.String(), "codec=H264") {
		t.Errorf("logged %q", log.String())
	}
}

// One unit that is broken in any way must not cost the next key unit.
func TestDecodeRecovers(t *testing.T) {
	for _, name := range []string{"h264.h264", "h265.h265", "mjpeg.mjpeg", "mpeg4.m4v", "vp8.ivf", "vp9.ivf", "av1.ivf"} {
		t.Run(name, func(t *testing.T) {
			c := loadClip(t, name)
			d := openDecoder(t, c.track)
			drop := func(f *Frame) { f.Release() }
			for cut := 1; cut < 200; cut += 13 {
				unit := *c.units[0]
				unit.Data = unit.Data[:min(cut, len(unit.Data))]
				_ = d.Decode(&unit, drop)
			}
			for i, unit := range c.units[:3] {
				frames := 0
				if err := d.Decode(unit, func(f *Frame) { frames++; f.Release() }); err != nil {
					t.Fatalf("unit %d after damage: %v", i, err)
				}
				if i == 2 && frames != 1 {
					t.Errorf("unit %d after damage: %d frames", i, frames)
				}
			}
		})
	}
}

func TestDecoderErrorsName(t *testing.T) {
	c := loadClip(t, "mjpeg.mjpeg")
	d := openDecoder(t, c.track)
	unit := *c.units[0]
	unit.Data, unit.Seq = []byte("not a JPEG"), 77
	err := d.Decode(&unit, func(f *Frame) { f.Release() })
	if !errors.Is(err, ErrDamaged) || !strings.Contains(fmt.Sprint(err), "MJPEG unit 77") {
		t.Errorf("error is %v", err)
	}
}
