package simcam

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/gortsplib/v4/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

// TestWall: N cameras of their own ids, whose pictures are not those of each
// other and don't leave at one moment.
func TestWall(t *testing.T) {
	for n, want := range map[int]int{-1: 0, 0: 0, 3: 3, 64: 64, 65: 64} {
		if got := len(Wall(n)); got != want {
			t.Errorf("Wall(%d) has %d streams", n, got)
		}
	}
	specs := Wall(MaxWall)
	loop, between := 6*time.Second, 40*time.Millisecond
	for i, s := range specs {
		if id := fmt.Sprintf("wall%d", i+1); s.Camera != id || s.Path != id+"/main" || s.Name == "" || s.Validate() != nil {
			t.Errorf("stream %d: %+v", i, s)
		}
		for j, other := range specs[:i] {
			apart := (s.Ahead - other.Ahead).Abs() % loop
			if min(apart, loop-apart) < between {
				t.Errorf("%s and %s are %v apart", s.Camera, specs[j].Camera, apart)
			}
		}
	}
	server := startServer(t, func(cfg *Config) { cfg.Streams = Wall(2) })
	for _, info := range server.Streams() {
		if info.Codec != CodecH264 || info.Width != 640 || info.Height != 360 || info.FPS != 15 || info.GOP != 30 || info.Kbps > 400 {
			t.Errorf("%+v", info)
		}
		play(t, info).packet(t)
	}
	await(t, server, "pictures", func(c Counters) bool {
		return c.Streams["wall1/main"].Pictures > 2 && c.Streams["wall2/main"].Pictures > 2
	})
	place := make(map[string]int) // at one moment, by the first picture: a stall holds up those behind it
	for _, sent := range slices.Backward(server.Sent()) {
		place[sent.Path] = int(sent.Frame) - int(sent.SentUnixMicros*15/1e6%90)
	}
	// 3.7 s of 6 s are 55 or 56 of 90 pictures.
	if apart := (place["wall2/main"] - place["wall1/main"] + 180) % 90; apart < 50 || apart > 60 {
		t.Errorf("the cameras are %d pictures apart: %v", apart, place)
	}
}

// TestSpecial: the still camera's number stays 0, and each of its pictures is
// another; the slow one sends one a second.
func TestSpecial(t *testing.T) {
	server := startServer(t, func(cfg *Config) { cfg.Streams = Special() })
	var fps []float64
	for _, info := range server.Streams() {
		fps = append(fps, info.FPS)
	}
	if !slices.Equal(fps, []float64{25, 25, 1}) || server.Stream("still/sub").Info().Camera != "still" {
		t.Errorf("streams %+v", server.Streams())
	}
	play(t, server.Stream("still/main").Info()).packet(t)
	await(t, server, "pictures", func(c Counters) bool { return c.Streams["still/main"].Pictures > 5 })
	for _, sent := range server.Sent() {
		if sent.Frame != 0 {
			t.Errorf("a still picture has number %d", sent.Frame)
		}
	}
	c, err := loadClip("still-184")
	if err != nil {
		t.Fatal(err)
	}
	for i, unit := range c.units {
		size := 0
		for _, nalu := range unit.nalus {
			size += len(nalu)
		}
		if size < 100 { // what moves nothing and adds no noise takes a few bytes
			t.Errorf("picture %d has %d bytes: it repeats the one before", i, size)
		}
	}
}

// TestAAC: what leaves is what the file has, unit by unit, and time goes on
// evenly, also over a stall.
func TestAAC(t *testing.T) {
	source, err := newAACSource()
	if err != nil {
		t.Fatal(err)
	}
	if len(source.units) != 64 || source.rate() != 15.625 || !source.clean() {
		t.Fatalf("%d units at %g a second", len(source.units), source.rate())
	}
	server := startServer(t, func(cfg *Config) { cfg.Streams = Sound() })
	info := server.Stream("sound2/main").Info()
	p := play(t, info)
	forma, ok := p.desc.Medias[1].Formats[0].(*format.MPEG4Audio)
	if !ok || forma.Config.SampleRate != 16000 || forma.Config.ChannelCount != 1 || forma.Config.Type != mpeg4audio.ObjectTypeAACLC || !info.Audio {
		t.Fatalf("the sound is %+v", p.desc.Medias[1].Formats[0])
	}
	decoder := rtpmpeg4audio.Decoder{SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}
	if err := decoder.Init(); err != nil {
		t.Fatal(err)
	}
	place, stamp := -1, uint32(0)
	for range 6 {
		packet := <-p.sound
		units, err := decoder.Decode(packet)
		if err != nil || len(units) != 1 {
			t.Fatalf("%d units: %v", len(units), err)
		}
		is := slices.IndexFunc(source.units, func(unit []byte) bool { return bytes.Equal(unit, units[0]) })
		later := packet.Timestamp - stamp
		if is < 0 || place >= 0 && (later == 0 || later%mpeg4audio.SamplesPerAccessUnit != 0 || is != (place+1)%64) {
			t.Fatalf("unit %d at %d behind %d at %d: %s", is, packet.Timestamp, place, stamp, hex.EncodeToString(units[0]))
		}
		place, stamp = is, packet.Timestamp
	}
}

// TestToneChanges: each second has a note of its own, and no step between.
func TestToneChanges(t *testing.T) {
	source := &toneSource{}
	var crossings []int
	last := 0
	for range 5 * int(source.rate()) {
		if source.samples%toneRate == 0 {
			crossings = append(crossings, 0)
		}
		for _, coded := range nextPiece(t, source, false).data {
			level := fromMuLaw(coded)
			if math.Abs(float64(level-last)) > 600 {
				t.Fatalf("the tone steps from %d to %d in second %d", last, level, len(crossings))
			}
			if last < 0 && level >= 0 {
				crossings[len(crossings)-1]++
			}
			last = level
		}
	}
	for i, want := range []int{220, 275, 330, 440, 220} {
		if got := crossings[i]; got < want-2 || got > want+2 {
			t.Errorf("second %d has %d waves, want %d", i, got, want)
		}
	}
}

// fromMuLaw is the reverse of muLaw.
func fromMuLaw(coded byte) int {
	coded = ^coded
	level := (int(coded&0x0f)<<3+132)<<(coded>>4&7) - 132
	if coded&0x80 != 0 {
		return -level
	}
	return level
}
