//go:build ignore

// Make draws the clips of the simulated cameras and encodes them. Run it from
// the root of the repository, on a Debian with ffmpeg (libx264, libx265):
//
//	go run ./internal/simcam/clips/make.go [name...]
//
// Without names it makes all clips, and the sound. It writes, beside itself, one
// Annex-B file a clip and clips.json, the table that internal/simcam reads. The
// sound is called tone: ADTS, four notes in a loop.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"camwall/internal/framemark"
	"camwall/internal/simcam/scene"
)

const folder = "internal/simcam/clips"

// clip is one line of clips.json, and what is needed to make the clip.
type clip struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	Codec  string `json:"codec"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	FPS    int    `json:"fps"`
	Frames int    `json:"frames"`
	SAR    string `json:"sar"`
	// Still says that nothing moves but the noise.
	Still bool `json:"still,omitempty"`
	// Order is the place in the loop of each picture, in the order of the
	// file; empty when both orders are the same.
	Order []int `json:"order,omitempty"`

	label   string
	variant uint64
	noise   float64
	laps    int
	encoder []string
}

func x264(preset, params string, rate ...string) []string {
	return append([]string{"-c:v", "libx264", "-preset", preset, "-x264-params", "aud=1:scenecut=0:open-gop=0:" + params}, rate...)
}

func x265(preset, params string, rate ...string) []string {
	return append([]string{"-c:v", "libx265", "-preset", preset, "-x265-params", "aud=1:repeat-headers=1:scenecut=0:open-gop=0:log-level=error:" + params}, rate...)
}

func clips() []clip {
	return []clip{
		{
			Name: "street-1080", Codec: "H264", Width: 1920, Height: 1080, FPS: 25, Frames: 100, SAR: "1:1",
			label: "Market Street", variant: 1, noise: 2.2, laps: 1,
			encoder: x264("slower", "keyint=50:min-keyint=50:bframes=0:ref=1:rc-lookahead=50", "-b:v", "4080k", "-maxrate", "4400k", "-bufsize", "4400k"),
		},
		{
			Name: "street-360", Codec: "H264", Width: 640, Height: 360, FPS: 25, Frames: 100, SAR: "1:1",
			label: "Market Street", variant: 1, noise: 1.5, laps: 1,
			encoder: x264("slower", "keyint=50:min-keyint=50:bframes=0:ref=1", "-b:v", "380k", "-maxrate", "420k", "-bufsize", "400k"),
		},
		{
			Name: "dusk-720-h265", Codec: "H265", Width: 1280, Height: 720, FPS: 25, Frames: 100, SAR: "1:1",
			label: "Harbour Gate", variant: 2, noise: 1, laps: 1,
			encoder: x265("slow", "keyint=50:min-keyint=50:bframes=0:ref=1", "-b:v", "620k", "-maxrate", "700k", "-bufsize", "700k"),
		},
		{
			Name: "morning-720-b", Codec: "H264", Width: 1280, Height: 720, FPS: 25, Frames: 100, SAR: "1:1",
			label: "School Yard", variant: 0, noise: 1, laps: 1,
			encoder: x264("slower", "keyint=50:min-keyint=50:bframes=2:b-adapt=0:b-pyramid=none:ref=2", "-b:v", "800k", "-maxrate", "900k", "-bufsize", "900k"),
		},
		{
			Name: "night-360-smart", Codec: "H264", Width: 640, Height: 360, FPS: 15, Frames: 1800, SAR: "1:1",
			label: "Car Park", variant: 4, noise: 0, laps: 12,
			encoder: x264("veryslow", "keyint=1800:min-keyint=1800:bframes=0:ref=1:rc-lookahead=60", "-crf", "36"),
		},
		{
			Name: "autumn-720", Codec: "H264", Width: 1280, Height: 720, FPS: 20, Frames: 80, SAR: "1:1",
			label: "Old Town", variant: 5, noise: 0.8, laps: 1,
			encoder: x264("slower", "keyint=40:min-keyint=40:bframes=0:ref=1", "-b:v", "520k", "-maxrate", "600k", "-bufsize", "600k"),
		},
		{
			Name: "autumn-480-anamorphic", Codec: "H264", Width: 640, Height: 480, FPS: 20, Frames: 80, SAR: "4:3",
			label: "Old Town", variant: 5, noise: 0.8, laps: 1,
			encoder: x264("slower", "keyint=40:min-keyint=40:bframes=0:ref=1", "-b:v", "240k", "-maxrate", "300k", "-bufsize", "300k"),
		},
		{
			Name: "overcast-360-gop10", Codec: "H264", Width: 640, Height: 360, FPS: 10, Frames: 100, SAR: "1:1",
			label: "Bus Stop", variant: 3, noise: 0, laps: 2,
			encoder: x264("veryslow", "keyint=100:min-keyint=100:bframes=0:ref=1", "-crf", "34"),
		},
		{
			Name: "plaza-360-15", Codec: "H264", Width: 640, Height: 360, FPS: 15, Frames: 90, SAR: "1:1",
			label: "Plaza", variant: 7, noise: 1, laps: 1,
			encoder: x264("slower", "keyint=30:min-keyint=30:bframes=0:ref=1", "-b:v", "280k", "-maxrate", "340k", "-bufsize", "340k"),
		},
		{
			Name: "still-184", Codec: "H264", Width: 320, Height: 184, FPS: 25, Frames: 100, SAR: "1:1", Still: true,
			label: "Archive", variant: 3, noise: 3,
			encoder: x264("slower", "keyint=50:min-keyint=50:bframes=0:ref=1", "-crf", "22"),
		},
	}
}

func main() {
	log.SetFlags(0)
	all := clips()
	for i := range all {
		all[i].File = all[i].Name + map[string]string{"H264": ".h264", "H265": ".h265"}[all[i].Codec]
		if len(os.Args) > 1 && !slices.Contains(os.Args[1:], all[i].Name) {
			if err := all[i].keep(); err != nil {
				log.Fatal(err)
			}
			continue
		}
		if err := all[i].make(); err != nil {
			log.Fatalf("make %s: %v", all[i].Name, err)
		}
	}
	if len(os.Args) == 1 || slices.Contains(os.Args[1:], "tone") {
		if err := makeTone(); err != nil {
			log.Fatalf("make tone: %v", err)
		}
	}
	table, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "clips.json"), compact(table), 0o644); err != nil {
		log.Fatal(err)
	}
}

// compact puts the long list of the order on one line.
func compact(table []byte) []byte {
	var out []string
	inList := false
	for line := range strings.SplitSeq(string(table), "\n") {
		text := strings.TrimSpace(line)
		if inList {
			out[len(out)-1] += text
			if strings.HasSuffix(text, ",") {
				out[len(out)-1] += " "
			}
		} else {
			out = append(out, line)
		}
		if strings.HasSuffix(text, "[") && strings.Contains(text, "order") {
			inList = true
		} else if strings.HasPrefix(text, "]") {
			inList = false
		}
	}
	return []byte(strings.Join(out, "\n") + "\n")
}

// keep takes over the order of a clip that is not made again.
func (c *clip) keep() error {
	table, err := os.ReadFile(filepath.Join(folder, "clips.json"))
	if err != nil {
		return err
	}
	var old []clip
	if err := json.Unmarshal(table, &old); err != nil {
		return err
	}
	for _, before := range old {
		if before.Name == c.Name {
			c.Order = before.Order
		}
	}
	return nil
}

func (c *clip) make() error {
	temporary, err := os.MkdirTemp("", "camwall-clip-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	whole := filepath.Join(temporary, "clip.ts")
	if err := c.encode(whole); err != nil {
		return err
	}
	if c.Order, err = order(whole, c.FPS); err != nil {
		return err
	}
	if len(c.Order) != c.Frames {
		return fmt.Errorf("%d pictures in the file, want %d", len(c.Order), c.Frames)
	}
	if slices.IsSorted(c.Order) {
		c.Order = nil
	}
	// Without the messages of the encoder (SEI), which only cost room.
	types, kind := "6", "h264"
	if c.Codec == "H265" {
		types, kind = "39-40", "hevc"
	}
	out := filepath.Join(folder, c.File)
	strip := exec.Command("ffmpeg", "-v", "error", "-y", "-i", whole, "-c", "copy", "-bsf:v", "filter_units=remove_types="+types, "-f", kind, out)
	strip.Stderr = os.Stderr
	if err := strip.Run(); err != nil {
		return fmt.Errorf("strip: %w", err)
	}
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	seconds := float64(c.Frames) / float64(c.FPS)
	log.Printf("%-24s %8d bytes, %6.1f s, %7.0f kbit/s", c.Name, info.Size(), seconds, float64(info.Size())*8/1000/seconds)
	return nil
}

func (c *clip) encode(out string) error {
	args := []string{
		"-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p",
		"-s", fmt.Sprintf("%dx%d", c.Width, c.Height), "-r", strconv.Itoa(c.FPS), "-i", "-",
		"-vf", "setsar=" + strings.Replace(c.SAR, ":", "/", 1),
		"-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
	}
	args = append(args, c.encoder...)
	command := exec.Command("ffmpeg", append(args, "-f", "mpegts", out)...)
	command.Stderr = os.Stderr
	pipe, err := command.StdinPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	err = c.draw(pipe)
	pipe.Close()
	if waitErr := command.Wait(); waitErr != nil {
		return fmt.Errorf("encode: %w", waitErr)
	}
	return err
}

func (c *clip) draw(out io.Writer) error {
	street, err := scene.New(scene.Config{Width: c.Width, Height: c.Height, Name: c.label, Variant: c.variant, Noise: c.noise, Still: c.Still})
	if err != nil {
		return err
	}
	planes := image.NewYCbCr(image.Rect(0, 0, c.Width, c.Height), image.YCbCrSubsampleRatio420)
	buffered := bufio.NewWriterSize(out, 1<<20)
	for i := range c.Frames {
		millis := i * 1000 / c.FPS
		clock := fmt.Sprintf("08:%02d:%02d.%02d", millis/60000, millis/1000%60, millis%1000/10)
		number := uint16(i)
		if c.Still {
			number = 0
		}
		picture := street.Draw(scene.Moment{Phase: float64(i) / float64(c.Frames), Laps: c.laps, Clock: clock, Frame: number})
		toPlanes(planes, picture)
		framemark.DrawYCbCr(planes, number)
		for _, plane := range [][]byte{planes.Y, planes.Cb, planes.Cr} {
			if _, err := buffered.Write(plane); err != nil {
				return err
			}
		}
	}
	return buffered.Flush()
}

// toPlanes converts to 4:2:0 of limited range by the matrix of ITU-R BT.709.
func toPlanes(to *image.YCbCr, from *image.RGBA) {
	for y := 0; y < from.Rect.Max.Y; y++ {
		for x := 0; x < from.Rect.Max.X; x++ {
			p := from.Pix[y*from.Stride+4*x:]
			to.Y[y*to.YStride+x] = uint8((11966*int(p[0]) + 40254*int(p[1]) + 4064*int(p[2]) + 16<<16 + 1<<15) >> 16)
		}
	}
	for y := 0; y+1 < from.Rect.Max.Y; y += 2 {
		for x := 0; x+1 < from.Rect.Max.X; x += 2 {
			var r, g, b int
			for _, at := range []int{y*from.Stride + 4*x, y*from.Stride + 4*x + 4, (y+1)*from.Stride + 4*x, (y+1)*from.Stride + 4*x + 4} {
				r, g, b = r+int(from.Pix[at]), g+int(from.Pix[at+1]), b+int(from.Pix[at+2])
			}
			at := y/2*to.CStride + x/2
			to.Cb[at] = uint8((-6596*r - 22189*g + 28785*b + 128<<18 + 1<<17) >> 18)
			to.Cr[at] = uint8((28785*r - 26145*g - 2640*b + 128<<18 + 1<<17) >> 18)
		}
	}
}

// order reads the presentation times of a file and returns, in the order of the
// file, the place of each picture in the loop.
func order(file string, fps int) ([]int, error) {
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts", "-of", "csv=p=0", file).Output()
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	var times []int
	for field := range strings.FieldsSeq(string(out)) {
		at, err := strconv.Atoi(strings.TrimRight(field, ","))
		if err != nil {
			return nil, fmt.Errorf("read time %q: %w", field, err)
		}
		times = append(times, at)
	}
	sorted := slices.Sorted(slices.Values(times))
	places := make([]int, len(times))
	for i, at := range times {
		places[i] = slices.Index(sorted, at)
		if (at-sorted[0])*fps != places[i]*90000 {
			return nil, fmt.Errorf("picture %d is not on the beat", i)
		}
	}
	return places, nil
}

// The sound: whole AAC frames of four notes of one length each.
const (
	toneRate   = 16000 // samples a second
	toneFrame  = 1024  // samples of an AAC frame
	toneFrames = 64    // of the loop: 4.096 s
	toneLevel  = 1500  // of 32767
)

// makeTone encodes the loop twice and takes its second pass, which begins as it
// ends: each AAC frame laps over the one before.
func makeTone() error {
	notes := []float64{220, 275, 330, 440}
	const loop = toneFrames * toneFrame
	command := exec.Command("ffmpeg", "-v", "error", "-f", "s16le", "-ar", strconv.Itoa(toneRate), "-ac", "1", "-i", "-",
		"-c:a", "aac", "-b:a", "20k", "-f", "adts", "-")
	samples := make([]byte, 0, 6*loop)
	phase := 0.0
	for i := range 3 * loop {
		phase += 2 * math.Pi * notes[i%loop*len(notes)/loop] / toneRate
		samples = binary.LittleEndian.AppendUint16(samples, uint16(int16(toneLevel*math.Sin(phase))))
	}
	command.Stdin, command.Stderr = bytes.NewReader(samples), os.Stderr
	coded, err := command.Output()
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	var packets mpeg4audio.ADTSPackets
	if err := packets.Unmarshal(coded); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	out, err := packets[toneFrames : 2*toneFrames].Marshal()
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	log.Printf("%-24s %8d bytes", "tone", len(out))
	return os.WriteFile(filepath.Join(folder, "tone.aac"), out, 0o644)
}
