package media

import (
	"encoding/json"
	"testing"
)

func TestCodecs(t *testing.T) {
	t.Parallel()
	cases := []struct {
		codec        Codec
		name         string
		video, audio bool
	}{
		{CodecUnknown, "unknown", false, false},
		{H264, "H264", true, false},
		{H265, "H265", true, false},
		{MJPEG, "MJPEG", true, false},
		{MPEG4, "MPEG4", true, false},
		{VP8, "VP8", true, false},
		{VP9, "VP9", true, false},
		{AV1, "AV1", true, false},
		{PCMA, "PCMA", false, true},
		{PCMU, "PCMU", false, true},
		{AAC, "AAC", false, true},
		{Opus, "Opus", false, true},
		{Opus + 1, "unknown", false, false},
		{255, "unknown", false, false},
	}
	seen := make(map[Codec]bool)
	for _, c := range cases {
		seen[c.codec] = true
		if c.codec.String() != c.name || c.codec.IsVideo() != c.video || c.codec.IsAudio() != c.audio {
			t.Errorf("codec %d is %q, video %v, audio %v; want %q, %v, %v", c.codec,
				c.codec, c.codec.IsVideo(), c.codec.IsAudio(), c.name, c.video, c.audio)
		}
	}
	for i := range codecNames {
		if !seen[Codec(i)] {
			t.Errorf("codec %v is in no case of this test", Codec(i))
		}
	}
}

func TestCodecInJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(map[string]Codec{"main": H265, "sub": CodecUnknown})
	if err != nil || string(got) != `{"main":"H265","sub":"unknown"}` {
		t.Errorf("encoded as %s, %v", got, err)
	}
}

// TestZeroTrack: what is not told is zero, so that nobody mistakes a track
// without a size for one of no size.
func TestZeroTrack(t *testing.T) {
	t.Parallel()
	var unit AccessUnit
	if unit.Track != nil || unit.Key || !unit.CameraTime.IsZero() {
		t.Errorf("the zero unit has values: %+v", unit)
	}
	var track Track
	if track.Codec.IsVideo() || track.Codec.IsAudio() || track.Width != 0 || track.FPS != 0 {
		t.Errorf("the zero track has values: %+v", track)
	}
}
