package codec

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"camwall/internal/media"
)

// benchClip makes 200 pictures of 1080p25 H.264 at about 4 Mbit/s with ffmpeg
// and returns their units: too large to be kept in the tree.
func benchClip(b *testing.B) (path string, units []*media.AccessUnit) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "1080.h264")
	cmd := exec.Command("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin",
		"-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=25,noise=alls=12:allf=t,trim=end_frame=200",
		"-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M", "-g", "50",
		"-pix_fmt", "yuv420p", "-x264-params", "aud=1:bframes=0", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("make the clip: %v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return path, parseClip(b, path, data).units
}

// cpuTime returns the processor time that this process has used.
func cpuTime(b *testing.B, who int) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(who, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// perThousand reports the processor time of 1,000 turns of the loop.
func perThousand(b *testing.B, start time.Duration) {
	b.Helper()
	used := cpuTime(b, syscall.RUSAGE_SELF) - start
	b.ReportMetric(used.Seconds()*1000/float64(b.N), "cpu-s/1000")
}

func BenchmarkDecode1080p(b *testing.B) {
	_, units := benchClip(b)
	benchPath(b, units, func(*Frame) {})
}

// BenchmarkDecodeRender is all that one rendition costs.
func BenchmarkDecodeRender(b *testing.B) {
	_, units := benchClip(b)
	r := NewRenderer(Spec{Width: 640, Height: 360, Quality: 75})
	defer r.Close()
	bytes := 0
	benchPath(b, units, func(f *Frame) {
		data, err := r.JPEG(f)
		if err != nil {
			b.Fatal(err)
		}
		bytes += len(data)
	})
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/picture")
}

// benchPath decodes the units in a circle.
func benchPath(b *testing.B, units []*media.AccessUnit, use func(*Frame)) {
	b.Helper()
	d := openDecoder(b, units[0].Track)
	frames := 0
	show := func(f *Frame) {
		frames++
		use(f)
		f.Release()
	}
	for i := range 2 * shelfSize { // fill the pools
		if err := d.Decode(units[i], show); err != nil {
			b.Fatal(err)
		}
	}
	frames = 0
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuTime(b, syscall.RUSAGE_SELF)
	for i := range b.N {
		if err := d.Decode(units[i%len(units)], show); err != nil {
			b.Fatal(err)
		}
	}
	perThousand(b, start)
	if frames != b.N {
		b.Fatalf("%d units gave %d frames", b.N, frames)
	}
}

func BenchmarkRender(b *testing.B) {
	_, units := benchClip(b)
	var f *Frame
	d := openDecoder(b, units[0].Track)
	if err := d.Decode(units[0], func(got *Frame) { f = got }); err != nil {
		b.Fatal(err)
	}
	defer f.Release()
	for _, spec := range []Spec{
		{Width: 640, Height: 360, Quality: 75},
		{Width: 640, Height: 480, Fit: Contain, Quality: 75},
		{Width: 640, Height: 480, Fit: Cover, Quality: 75},
		{Width: 1920, Height: 1080, Quality: 75},
	} {
		r := NewRenderer(spec)
		defer r.Close()
		b.Run(fmt.Sprintf("scale-%dx%d-%v", spec.Width, spec.Height, spec.Fit), func(b *testing.B) {
			b.ReportAllocs()
			start := cpuTime(b, syscall.RUSAGE_SELF)
			for range b.N {
				if err := r.draw(f); err != nil {
					b.Fatal(err)
				}
			}
			perThousand(b, start)
		})
		b.Run(fmt.Sprintf("jpeg-%dx%d-%v", spec.Width, spec.Height, spec.Fit), func(b *testing.B) {
			b.ReportAllocs()
			start := cpuTime(b, syscall.RUSAGE_SELF)
			for range b.N {
				if _, err := r.JPEG(f); err != nil {
					b.Fatal(err)
				}
			}
			perThousand(b, start)
		})
	}
}

func BenchmarkChecksum(b *testing.B) {
	_, units := benchClip(b)
	var f *Frame
	d := openDecoder(b, units[0].Track)
	if err := d.Decode(units[0], func(got *Frame) { f = got }); err != nil {
		b.Fatal(err)
	}
	defer f.Release()
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuTime(b, syscall.RUSAGE_SELF)
	for range b.N {
		f.Checksum()
	}
	perThousand(b, start)
}

// BenchmarkAgainstCommandLine runs the same work here and in ffmpeg with one
// thread, in turn, and reports the quotient of processor times.
func BenchmarkAgainstCommandLine(b *testing.B) {
	path, units := benchClip(b)
	r := NewRenderer(Spec{Width: 640, Height: 360, Quality: 75})
	defer r.Close()
	var ours, theirs time.Duration
	for range b.N {
		start := cpuTime(b, syscall.RUSAGE_SELF)
		d := openDecoder(b, units[0].Track)
		show := func(f *Frame) {
			if _, err := r.JPEG(f); err != nil {
				b.Fatal(err)
			}
			f.Release()
		}
		for _, unit := range units {
			if err := d.Decode(unit, show); err != nil {
				b.Fatal(err)
			}
		}
		d.Close()
		ours += cpuTime(b, syscall.RUSAGE_SELF) - start

		start = cpuTime(b, syscall.RUSAGE_CHILDREN)
		cmd := exec.Command("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-threads", "1", "-i", path,
			"-threads", "1", "-vf", "scale=640:360", "-q:v", "5", "-f", "mjpeg", "-y", os.DevNull)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("ffmpeg: %v: %s", err, out)
		}
		theirs += cpuTime(b, syscall.RUSAGE_CHILDREN) - start
	}
	count := float64(b.N * len(units))
	b.ReportMetric(ours.Seconds()*1000/count, "ours-s/1000")
	b.ReportMetric(theirs.Seconds()*1000/count, "ffmpeg-s/1000")
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "quotient")
}
