package simcam

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math"
	"time"

	"github.com/pion/rtp"

	"camwall/internal/simcam/scene"
)

// source makes what a track sends, one piece a tick. One goroutine uses it.
type source interface {
	// rate is pieces a second.
	rate() float64
	// next makes the piece for now and goes on to the following one. frozen
	// asks for the same picture again and again.
	next(now time.Time, frozen bool) (piece, error)
	// skip goes on by n pieces that nobody gets.
	skip(n int64)
	// clean says that all pieces shown before the next one have been sent.
	clean() bool
	// toKey makes the next piece one that can be decoded alone: the nearest
	// one, or the start of the loop.
	toKey(start bool)
}

// piece is what one tick sends: NAL units, or the bytes of one JPEG, or sound.
type piece struct {
	nalus [][]byte
	data  []byte
	frame uint16 // number in the frame mark
	key   bool
	// lag is how many ticks before its sending the picture was taken.
	lag int
}

// packetizer cuts a piece in RTP packets, numbered on from its last ones.
type packetizer func(piece) ([]*rtp.Packet, error)

// clipSource plays a clip in a loop.
type clipSource struct {
	clip       *clip
	index      int // of the next unit, in the order of decoding
	outOfBand  bool
	frozenUnit int // that freezing repeats, -1 when it does not
}

func newClipSource(c *clip, parameters ParameterSets) *clipSource {
	return &clipSource{clip: c, outOfBand: parameters == ParametersOutOfBand, frozenUnit: -1}
}

func (s *clipSource) rate() float64 { return float64(s.clip.FPS) }

func (s *clipSource) clean() bool {
	return s.index == 0 || s.clip.units[s.index-1].clean
}

func (s *clipSource) skip(n int64) {
	s.index = int((int64(s.index) + n) % int64(len(s.clip.units)))
}

func (s *clipSource) toKey(start bool) {
	if start {
		s.index = 0
	}
	for !s.clip.units[s.index].key {
		s.skip(1)
	}
}

func (s *clipSource) next(_ time.Time, frozen bool) (piece, error) {
	if frozen && (s.frozenUnit >= 0 || s.clean()) {
		s.freeze()
	} else {
		s.frozenUnit = -1
	}
	unit := s.clip.units[s.index]
	made := piece{
		nalus: unit.nalus,
		frame: uint16(unit.place),
		key:   unit.key,
		lag:   s.index - unit.place + s.clip.lead(),
	}
	if s.clip.Still {
		made.frame = 0
	}
	if s.outOfBand && unit.key {
		made.nalus = withoutParameters(s.clip.Codec, unit.nalus)
	}
	s.skip(1)
	return made, nil
}

// freeze goes back to the last key frame: repeated, it decodes to the same
// picture each time.
func (s *clipSource) freeze() {
	if s.frozenUnit < 0 {
		s.frozenUnit = s.index
		for !s.clip.units[s.frozenUnit].key {
			s.frozenUnit--
		}
	}
	s.index = s.frozenUnit
}

func withoutParameters(codec string, nalus [][]byte) [][]byte {
	var kept [][]byte
	for _, nalu := range nalus {
		switch kindOf(codec, nalu) {
		case naluVPS, naluSPS, naluPPS:
		default:
			kept = append(kept, nalu)
		}
	}
	return kept
}

// liveSource draws JPEGs.
type liveSource struct {
	live   Live
	street *scene.Scene
	frame  int64
	last   piece
}

// lapSeconds is how long the traffic of a live scene takes to cross.
const lapSeconds = 6

func newLiveSource(name string, live Live) (*liveSource, error) {
	street, err := scene.New(scene.Config{
		Width: live.Width, Height: live.Height, Name: name,
		Variant: live.Variant, Noise: live.Noise, Still: live.Still,
	})
	if err != nil {
		return nil, err
	}
	return &liveSource{live: live, street: street}, nil
}

func (s *liveSource) rate() float64 { return s.live.FPS }
func (s *liveSource) clean() bool   { return true }
func (s *liveSource) skip(n int64)  { s.frame += n }
func (s *liveSource) toKey(bool)    {}

func (s *liveSource) next(now time.Time, frozen bool) (piece, error) {
	if frozen && s.last.data != nil {
		s.frame++
		return s.last, nil
	}
	_, phase := math.Modf(float64(s.frame) / s.live.FPS / lapSeconds)
	number := uint16(s.frame)
	if s.live.Still {
		number = 0
	}
	picture := s.street.Draw(scene.Moment{Phase: phase, Clock: now.Format("15:04:05.00"), Frame: number})
	quality := s.live.Quality
	if quality == 0 {
		quality = jpeg.DefaultQuality
	}
	var coded bytes.Buffer
	if err := jpeg.Encode(&coded, picture, &jpeg.Options{Quality: quality}); err != nil {
		return piece{}, fmt.Errorf("encode picture: %w", err)
	}
	s.frame++
	s.last = piece{data: coded.Bytes(), frame: number, key: true}
	return s.last, nil
}
