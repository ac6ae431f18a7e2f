package simcam

import (
	"errors"
	"slices"
	"testing"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
)

func allClips(t *testing.T) []*clip {
	t.Helper()
	names, err := ClipNames()
	if err != nil {
		t.Fatal(err)
	}
	var clips []*clip
	for _, name := range names {
		c, err := loadClip(name)
		if err != nil {
			t.Fatal(err)
		}
		clips = append(clips, c)
	}
	return clips
}

func TestClipsAreSmallAndLong(t *testing.T) {
	total := 0
	for _, c := range allClips(t) {
		raw, err := clipFiles.ReadFile("clips/" + c.File)
		if err != nil {
			t.Fatal(err)
		}
		total += len(raw)
		if c.Frames < 4*c.FPS {
			t.Errorf("%s: loop of %d pictures at %d fps is shorter than 4 s", c.Name, c.Frames, c.FPS)
		}
	}
	if total >= 4_000_000 {
		t.Errorf("clips take %d bytes, want under 4 MB", total)
	}
}

func TestClipSizes(t *testing.T) {
	for _, c := range allClips(t) {
		if c.Codec == CodecH265 {
			var sps h265.SPS
			if err := sps.Unmarshal(c.sps); err != nil {
				t.Fatal(err)
			}
			if sps.Width() != c.Width || sps.Height() != c.Height {
				t.Errorf("%s: SPS says %dx%d, want %dx%d", c.Name, sps.Width(), sps.Height(), c.Width, c.Height)
			}
			continue
		}
		var sps h264.SPS
		if err := sps.Unmarshal(c.sps); err != nil {
			t.Fatal(err)
		}
		if sps.Width() != c.Width || sps.Height() != c.Height {
			t.Errorf("%s: SPS says %dx%d, want %dx%d", c.Name, sps.Width(), sps.Height(), c.Width, c.Height)
		}
		reorders := sps.VUI.BitstreamRestriction.MaxNumReorderFrames > 0
		if reorders != (c.Order != nil) {
			t.Errorf("%s: SPS says reordering %v, the file %v", c.Name, reorders, c.Order != nil)
		}
	}
}

func TestAnamorphicClip(t *testing.T) {
	c, err := loadClip("autumn-480-anamorphic")
	if err != nil {
		t.Fatal(err)
	}
	var sps h264.SPS
	if err := sps.Unmarshal(c.sps); err != nil {
		t.Fatal(err)
	}
	// ITU-T H.264 table E-1: 14 is 4:3, which makes 640x480 16:9.
	if !sps.VUI.AspectRatioInfoPresentFlag || sps.VUI.AspectRatioIdc != 14 {
		t.Errorf("sample aspect is %d, want 14 (4:3)", sps.VUI.AspectRatioIdc)
	}
}

func TestKeyFrameIntervals(t *testing.T) {
	want := map[string]int{
		"street-1080": 50, "street-360": 50, "dusk-720-h265": 50, "morning-720-b": 50,
		"night-360-smart": 1800, "autumn-720": 40, "autumn-480-anamorphic": 40, "overcast-360-gop10": 100,
		"plaza-360-15": 30, "still-184": 50,
	}
	for _, c := range allClips(t) {
		for i, unit := range c.units {
			if unit.key != (i%want[c.Name] == 0) {
				t.Errorf("%s: picture %d is key %v, want one every %d", c.Name, i, unit.key, want[c.Name])
			}
		}
	}
}

func TestPlacesCoverTheLoop(t *testing.T) {
	for _, c := range allClips(t) {
		var places []int
		for i, unit := range c.units {
			places = append(places, unit.place)
			if unit.key && unit.place != i {
				t.Errorf("%s: key frame %d is shown at %d", c.Name, i, unit.place)
			}
		}
		slices.Sort(places)
		for i, place := range places {
			if i != place {
				t.Fatalf("%s: place %d is missing", c.Name, i)
			}
		}
		if (c.lead() > 0) != (c.Order != nil) {
			t.Errorf("%s: lead %d", c.Name, c.lead())
		}
		if !c.units[len(c.units)-1].clean {
			t.Errorf("%s: the loop does not end cleanly", c.Name)
		}
	}
}

// TestMainStreamBitRate counts what goes over the network: RTP packets with
// their headers and the four bytes of interleaving, in one loop.
func TestMainStreamBitRate(t *testing.T) {
	c, err := loadClip(Demo()[0].Clip)
	if err != nil {
		t.Fatal(err)
	}
	if c.Codec != CodecH264 || c.Width != 1920 || c.Height != 1080 || c.FPS != 25 {
		t.Fatalf("the first demo stream is %s %dx%d at %d fps", c.Codec, c.Width, c.Height, c.FPS)
	}
	cut, err := newPacketizer(formatOf(c, ParametersBoth))
	if err != nil {
		t.Fatal(err)
	}
	src, sent := newClipSource(c, ParametersBoth), 0
	for range c.Frames {
		made, err := src.next(testTime, false)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := cut(made)
		if err != nil {
			t.Fatal(err)
		}
		for _, packet := range packets {
			sent += packet.MarshalSize() + 4
		}
	}
	rate := float64(sent) * 8 / (float64(c.Frames) / float64(c.FPS)) / 1e6
	if rate < 3.5 || rate > 4.5 {
		t.Errorf("the main stream sends %.2f Mbit/s, want 3.5 to 4.5", rate)
	}
}

func TestLoadClipErrors(t *testing.T) {
	if _, err := loadClip("none"); !errors.Is(err, ErrNoClip) {
		t.Errorf("error is %v, want ErrNoClip", err)
	}
	aud, sps, pps, idr := []byte{9, 0x10}, []byte{0x67, 1}, []byte{0x68, 1}, []byte{0x65, 1}
	for name, nalus := range map[string][][]byte{
		"no delimiter":  {sps, pps, idr},
		"no key":        {aud, sps, pps, {0x41, 1}},
		"no parameters": {aud, idr},
		"too many":      {aud, sps, pps, idr, aud, idr},
	} {
		raw, err := h264.AnnexB(nalus).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseClip(clipRow{Codec: CodecH264, Frames: 1}, raw); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := parseClip(clipRow{Codec: CodecH264, Frames: 1}, []byte{1, 2, 3}); err == nil {
		t.Error("no byte stream: no error")
	}
}
