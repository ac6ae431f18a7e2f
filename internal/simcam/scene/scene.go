// Package scene draws the pictures of simulated cameras: a street with houses,
// trees, cars and people, noise as from a sensor, a name, a clock and the
// frame mark. The camera that is drawn live uses it at run time; the program
// that makes the committed clips feeds it to an encoder. It knows nothing of
// codecs, networks or time: the caller says which moment to draw.
package scene

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"

	"camwall/internal/framemark"
)

// Config says what a Scene looks like.
type Config struct {
	// Width and Height are the coded size, in pixels, at least 16 each.
	Width, Height int
	// Name is shown at the top left.
	Name string
	// Variant picks the light and the arrangement of the street. Any value.
	Variant uint64
	// Noise is the strength of the sensor noise: the standard deviation in
	// levels of 0 to 255. 0 is none.
	Noise float64
	// Still leaves out all that moves but the noise: no traffic, no clock,
	// and a frame mark that stays at 0.
	Still bool
}

// Moment is what Draw shows.
type Moment struct {
	// Phase is the place in the loop of everything that moves, 0 to 1. Phase 1
	// shows what phase 0 shows.
	Phase float64
	// Laps is how often the traffic crosses the picture in one loop. 0 is 1.
	Laps int
	// Clock is the text at the bottom right.
	Clock string
	// Frame is the number in the frame mark.
	Frame uint16
}

// The street is laid out on a canvas of 640x360, whatever the coded size; a
// coded size of another shape squeezes it, as an anamorphic camera does.
const (
	canvasW = 640.0
	canvasH = 360.0
)

// Scene draws one street. It must not be used from two goroutines at a time.
type Scene struct {
	cfg     Config
	light   palette
	pen     pen
	letters lettering
	still   *image.RGBA // all that does not move
	picture *image.RGBA // reused by Draw
	noise   []int8
	random  *rand.Rand
}

// New prepares a Scene: it draws what does not move once.
func New(cfg Config) (*Scene, error) {
	if cfg.Width < 16 || cfg.Height < 16 {
		return nil, fmt.Errorf("draw scene of %dx%d: too small", cfg.Width, cfg.Height)
	}
	size := image.Rect(0, 0, cfg.Width, cfg.Height)
	s := &Scene{
		cfg:     cfg,
		light:   palettes[cfg.Variant%uint64(len(palettes))],
		still:   image.NewRGBA(size),
		picture: image.NewRGBA(size),
		random:  rand.New(rand.NewPCG(cfg.Variant, 0x63616d)),
	}
	s.pen = pen{sx: float64(cfg.Width) / canvasW, sy: float64(cfg.Height) / canvasH}
	var err error
	if s.letters, err = newLettering(s.pen.sx, s.pen.sy); err != nil {
		return nil, err
	}
	s.noise = noiseTable(s.random, cfg.Noise)
	s.pen.on(s.still)
	s.drawStreet()
	return s, nil
}

// Draw returns the picture of a moment. The picture belongs to the Scene and
// holds until the next Draw.
func (s *Scene) Draw(m Moment) *image.RGBA {
	copy(s.picture.Pix, s.still.Pix)
	s.pen.on(s.picture)
	frame := m.Frame
	if s.cfg.Still {
		frame = 0
	} else {
		s.drawTraffic(m.Phase, max(m.Laps, 1))
	}
	s.addNoise()
	s.drawLabels(m.Clock)
	framemark.Draw(s.picture, frame)
	return s.picture
}

func (s *Scene) drawLabels(clock string) {
	if s.cfg.Name != "" {
		s.letters.write(s.picture, s.cfg.Name, 14, 14+letterSize+8, alignLeft)
	}
	if clock != "" && !s.cfg.Still {
		s.letters.write(s.picture, clock, canvasW-14, canvasH-14, alignRight)
	}
}

// noiseTable holds normal deviates, long enough that no eye sees it repeat
// when each row starts at a random place of it.
func noiseTable(random *rand.Rand, deviation float64) []int8 {
	if deviation <= 0 {
		return nil
	}
	table := make([]int8, 1<<16)
	for i := range table {
		table[i] = int8(math.Round(max(-127, min(127, random.NormFloat64()*deviation))))
	}
	return table
}

func (s *Scene) addNoise() {
	if s.noise == nil {
		return
	}
	width := s.cfg.Width
	for y := range s.cfg.Height {
		row := s.picture.Pix[y*s.picture.Stride:][:4*width]
		at := s.random.IntN(len(s.noise))
		for x := 0; x < len(row); x += 4 {
			delta := int(s.noise[at&(len(s.noise)-1)])
			at++
			row[x] = clamp(int(row[x]) + delta)
			row[x+1] = clamp(int(row[x+1]) + delta)
			row[x+2] = clamp(int(row[x+2]) + delta)
		}
	}
}

func clamp(v int) uint8 {
	if v < 0 {
		return 0
	}
	if v > 255 {
		return 255
	}
	return uint8(v)
}

// palette is the light of one street.
type palette struct {
	skyTop, skyBottom color.RGBA
	sun               color.RGBA
	hill, grass       color.RGBA
	road, pavement    color.RGBA
	leaves            color.RGBA
	windowLit         color.RGBA
	windowDark        color.RGBA
	walls             [4]color.RGBA
}

func rgb(r, g, b uint8) color.RGBA { return color.RGBA{R: r, G: g, B: b, A: 255} }

// palettes are: morning, noon, dusk, overcast, night, autumn.
var palettes = []palette{
	{rgb(112, 164, 216), rgb(236, 214, 190), rgb(255, 240, 200), rgb(112, 138, 128), rgb(96, 132, 80), rgb(84, 86, 92), rgb(160, 156, 150), rgb(70, 112, 60), rgb(250, 226, 150), rgb(74, 90, 108), [4]color.RGBA{rgb(176, 112, 92), rgb(204, 184, 150), rgb(148, 152, 160), rgb(190, 146, 110)}},
	{rgb(70, 138, 220), rgb(184, 216, 240), rgb(255, 252, 224), rgb(96, 136, 108), rgb(104, 150, 76), rgb(92, 94, 98), rgb(176, 172, 164), rgb(62, 118, 54), rgb(210, 226, 236), rgb(84, 106, 130), [4]color.RGBA{rgb(214, 202, 178), rgb(186, 120, 96), rgb(168, 176, 182), rgb(222, 180, 124)}},
	{rgb(52, 52, 104), rgb(238, 140, 92), rgb(255, 190, 110), rgb(60, 60, 86), rgb(62, 78, 60), rgb(58, 58, 66), rgb(104, 98, 100), rgb(44, 66, 50), rgb(255, 212, 120), rgb(46, 50, 70), [4]color.RGBA{rgb(112, 76, 80), rgb(128, 106, 100), rgb(88, 88, 106), rgb(120, 90, 84)}},
	{rgb(150, 158, 168), rgb(206, 208, 210), rgb(222, 222, 220), rgb(122, 132, 134), rgb(98, 118, 90), rgb(78, 80, 84), rgb(146, 146, 144), rgb(72, 96, 70), rgb(232, 216, 160), rgb(80, 88, 98), [4]color.RGBA{rgb(150, 112, 100), rgb(172, 164, 148), rgb(130, 136, 142), rgb(162, 138, 116)}},
	{rgb(10, 14, 36), rgb(40, 46, 82), rgb(226, 230, 240), rgb(18, 24, 40), rgb(26, 38, 32), rgb(36, 38, 46), rgb(66, 66, 74), rgb(20, 38, 28), rgb(255, 214, 110), rgb(24, 28, 42), [4]color.RGBA{rgb(54, 44, 54), rgb(62, 58, 64), rgb(44, 48, 62), rgb(58, 50, 54)}},
	{rgb(128, 170, 206), rgb(226, 226, 212), rgb(255, 244, 206), rgb(156, 122, 84), rgb(140, 132, 72), rgb(88, 84, 82), rgb(166, 154, 142), rgb(196, 112, 44), rgb(246, 222, 156), rgb(82, 88, 100), [4]color.RGBA{rgb(166, 96, 76), rgb(208, 190, 160), rgb(140, 130, 128), rgb(196, 150, 108)}},
}

// mix returns the colour at share (0 to 1) of the way from a to b.
func mix(a, b color.RGBA, share float64) color.RGBA {
	part := func(a, b uint8) uint8 { return clamp(int(math.Round(float64(a) + (float64(b)-float64(a))*share))) }
	return rgb(part(a.R, b.R), part(a.G, b.G), part(a.B, b.B))
}

func fill(img draw.Image, r image.Rectangle, c color.Color) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Over)
}
