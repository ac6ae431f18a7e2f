package simcam

import (
	"fmt"
	"math"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

// toneSource makes G.711 sound: a soft tone, another each second.
type toneSource struct{ samples int64 }

const (
	toneRate      = 8000 // samples a second
	tonePerPacket = 320  // samples, 40 ms
	toneLoudness  = 1200 // of 32767
)

// toneHertz are the tones, each for a second. Whole numbers: a tone begins where
// the one before has ended, at no level.
var toneHertz = [...]int{220, 275, 330, 440}

func (s *toneSource) rate() float64 { return toneRate / tonePerPacket }
func (s *toneSource) clean() bool   { return true }
func (s *toneSource) skip(n int64)  { s.samples += n * tonePerPacket }
func (s *toneSource) toKey(bool)    {}

func (s *toneSource) next(time.Time, bool) (piece, error) {
	sound := make([]byte, tonePerPacket)
	for i := range sound {
		hertz := toneHertz[s.samples/toneRate%int64(len(toneHertz))]
		angle := 2 * math.Pi * float64(hertz) * float64(s.samples%toneRate) / toneRate
		sound[i] = muLaw(int(toneLoudness * math.Sin(angle)))
		s.samples++
	}
	return piece{data: sound, key: true}, nil
}

// muLaw codes one sample of 16 bits: ITU-T G.711 table 2a.
func muLaw(sample int) byte {
	const bias, most = 132, 32635
	sign := byte(0)
	if sample < 0 {
		sample, sign = -sample, 0x80
	}
	sample = min(sample, most) + bias
	exponent := 7
	for mask := 0x4000; sample&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	mantissa := byte(sample>>(exponent+3)) & 0x0f
	return ^(sign | byte(exponent)<<4 | mantissa)
}

// aacSource plays the committed sound in a loop: a soft tone, another about each
// second, as AAC-LC.
type aacSource struct {
	units [][]byte
	hertz int // samples a second
	index int
}

func newAACSource() (*aacSource, error) {
	raw, err := clipFiles.ReadFile("clips/tone.aac")
	if err != nil {
		return nil, fmt.Errorf("read sound: %w", err)
	}
	var packets mpeg4audio.ADTSPackets
	if err := packets.Unmarshal(raw); err != nil {
		return nil, fmt.Errorf("read sound: %w", err)
	}
	s := &aacSource{hertz: packets[0].SampleRate}
	for _, packet := range packets {
		s.units = append(s.units, packet.AU)
	}
	return s, nil
}

func (s *aacSource) rate() float64 { return float64(s.hertz) / mpeg4audio.SamplesPerAccessUnit }
func (s *aacSource) clean() bool   { return true }
func (s *aacSource) skip(n int64)  { s.index = int((int64(s.index) + n) % int64(len(s.units))) }
func (s *aacSource) toKey(bool)    {}

func (s *aacSource) next(time.Time, bool) (piece, error) {
	made := piece{data: s.units[s.index], key: true}
	s.skip(1)
	return made, nil
}
