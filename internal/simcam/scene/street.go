package scene

import (
	"image/color"
	"math"
)

// Heights of the street on the canvas, from far to near.
const (
	horizonY      = 170.0
	houseFootY    = 236.0
	farPavementY  = 236.0
	roadTopY      = 250.0
	roadMiddleY   = 284.0
	roadBottomY   = 318.0
	farLaneY      = 276.0 // where wheels stand
	nearLaneY     = 311.0
	walkerFootY   = 249.0
	walkerSpacing = 160.0
)

// drawStreet draws all that does not move.
func (s *Scene) drawStreet() {
	l := s.light
	s.pen.gradient(l.skyTop, l.skyBottom, 0, horizonY+20)
	s.pen.ellipse(l.sun, 90, 66, 22, 22)
	s.pen.gradient(mix(l.hill, l.skyBottom, 0.25), l.hill, horizonY+20, houseFootY)
	s.drawHills()
	s.drawHouses()
	s.pen.rect(l.pavement, 0, farPavementY, canvasW, roadTopY-farPavementY)
	s.pen.rect(mix(l.pavement, rgb(0, 0, 0), 0.35), 0, roadTopY-3, canvasW, 3)
	s.pen.gradient(mix(l.road, rgb(0, 0, 0), 0.15), l.road, roadTopY, roadBottomY)
	for x := 10.0; x < canvasW; x += 64 {
		s.pen.rect(mix(l.road, rgb(255, 255, 255), 0.6), x, roadMiddleY-1.5, 34, 3)
	}
	s.pen.rect(mix(l.pavement, rgb(0, 0, 0), 0.3), 0, roadBottomY, canvasW, 4)
	s.pen.gradient(l.pavement, mix(l.pavement, rgb(0, 0, 0), 0.2), roadBottomY+4, canvasH)
	s.drawTexture()
}

func (s *Scene) drawHills() {
	for ridge, height := range []float64{34, 20} {
		points := []point{{0, houseFootY}}
		shift := s.random.Float64() * 6
		for x := 0.0; x <= canvasW; x += 8 {
			rise := height * (1 + 0.6*math.Sin(x/70+shift) + 0.3*math.Sin(x/31+2*shift))
			points = append(points, point{x, horizonY + 30 - rise})
		}
		points = append(points, point{canvasW, houseFootY})
		s.pen.polygon(mix(s.light.hill, s.light.skyBottom, 0.5-0.3*float64(ridge)), points...)
	}
}

func (s *Scene) drawHouses() {
	for x := -8.0; x < canvasW; {
		w := 54 + 44*s.random.Float64()
		h := 62 + 62*s.random.Float64()
		wall := s.light.walls[s.random.IntN(len(s.light.walls))]
		top := houseFootY - h
		s.pen.rect(wall, x, top, w, h)
		s.pen.rect(mix(wall, rgb(0, 0, 0), 0.25), x+w-7, top, 7, h)
		if s.random.IntN(2) == 0 {
			s.pen.polygon(mix(wall, rgb(70, 30, 20), 0.6), point{x - 3, top}, point{x + w/2, top - 24}, point{x + w + 3, top})
		} else {
			s.pen.rect(mix(wall, rgb(0, 0, 0), 0.4), x-2, top-4, w+4, 5)
		}
		s.drawWindows(x, top, w, h)
		x += w + 2 + 12*s.random.Float64()
	}
}

func (s *Scene) drawWindows(x, top, w, h float64) {
	for wy := top + 9; wy < top+h-24; wy += 19 {
		for wx := x + 7; wx < x+w-16; wx += 16 {
			pane := s.light.windowDark
			if s.random.IntN(3) == 0 {
				pane = s.light.windowLit
			}
			s.pen.rect(mix(pane, rgb(255, 255, 255), 0.35), wx-1, wy-1, 10, 13)
			s.pen.rect(pane, wx, wy, 8, 11)
		}
	}
	s.pen.rect(mix(s.light.windowDark, rgb(60, 30, 10), 0.5), x+w/2-5, top+h-19, 10, 19)
}

// drawTexture gives road and pavement a grain that does not move, which is
// what an encoder meets in a real street.
func (s *Scene) drawTexture() {
	p := s.still
	for y := int(farPavementY * s.pen.sy); y < p.Rect.Max.Y; y++ {
		for x := range p.Rect.Max.X {
			pix := p.Pix[p.PixOffset(x, y):]
			delta := s.random.IntN(15) - 7
			for c := range 3 {
				pix[c] = clamp(int(pix[c]) + delta)
			}
		}
	}
}

// drawTraffic draws all that moves. Everything is back in place at phase 1.
func (s *Scene) drawTraffic(phase float64, laps int) {
	s.drawClouds(phase)
	s.drawFlag(phase, laps)
	for i := range 5 {
		s.drawTree(40+140*float64(i)+10*math.Sin(float64(i)*5), phase, laps, i)
	}
	travel := phase * float64(laps)
	for i := -1; i < int(canvasW/walkerSpacing)+1; i++ {
		s.drawWalker((float64(i)+math.Mod(travel, 1))*walkerSpacing, travel)
	}
	s.drawTrafficLight(phase)
	far := []color.RGBA{rgb(60, 110, 180), rgb(216, 216, 220)}
	for i, paint := range far {
		s.drawCar(crossing(-travel, 0.5*float64(i)+0.1), farLaneY, 0.8, -1, paint)
	}
	near := []color.RGBA{rgb(196, 40, 36), rgb(238, 186, 40)}
	for i, paint := range near {
		s.drawCar(crossing(travel, 0.5*float64(i)+0.3), nearLaneY, 1, 1, paint)
	}
}

// crossing turns a count of laps into a place on the road, from beyond the one
// edge to beyond the other.
func crossing(travel, start float64) float64 {
	const beyond = 90.0
	_, share := math.Modf(travel + start)
	if share < 0 {
		share++
	}
	return share*(canvasW+2*beyond) - beyond
}

func (s *Scene) drawClouds(phase float64) {
	white := mix(s.light.skyBottom, rgb(255, 255, 255), 0.45)
	white.A = 255
	for i := range 3 {
		x := 150 + 190*float64(i) + 14*math.Sin(2*math.Pi*(phase+0.3*float64(i)))
		y := 92 + 17*math.Sin(float64(7*i+1))
		s.pen.ellipse(white, x, y, 34, 9)
		s.pen.ellipse(white, x-16, y-5, 16, 9)
		s.pen.ellipse(white, x+10, y-8, 19, 11)
	}
}

func (s *Scene) drawFlag(phase float64, laps int) {
	const x, y, long, high = 566.0, 96.0, 40.0, 20.0
	s.pen.rect(rgb(120, 120, 124), x-3, y-4, 3, houseFootY-y+4)
	colours := []color.RGBA{rgb(30, 90, 160), rgb(240, 240, 236), rgb(210, 60, 50)}
	for band, c := range colours {
		upper, lower := []point{}, []point{}
		for step := range 9 {
			along := float64(step) / 8
			wave := 3.4 * along * math.Sin(2*math.Pi*(2*float64(laps)*phase-along))
			at := y + wave + high*float64(band)/3
			upper = append(upper, point{x + long*along, at})
			lower = append([]point{{x + long*along, at + high/3 + 0.3}}, lower...)
		}
		s.pen.polygon(c, append(upper, lower...)...)
	}
}

func (s *Scene) drawTree(x, phase float64, laps, i int) {
	foot := roadTopY - 5
	s.pen.rect(rgb(88, 66, 48), x-3, foot-34, 6, 34)
	sway := 2.5 * math.Sin(2*math.Pi*(phase*float64(laps)+0.2*float64(i)))
	dark, bright := mix(s.light.leaves, rgb(0, 0, 0), 0.2), s.light.leaves
	s.pen.ellipse(dark, x+sway*0.6, foot-44, 21, 17)
	s.pen.ellipse(bright, x-7+sway, foot-54, 14, 13)
	s.pen.ellipse(mix(bright, rgb(255, 255, 255), 0.08), x+8+1.2*sway, foot-50, 13, 12)
}

func (s *Scene) drawWalker(x, travel float64) {
	step := math.Sin(2 * math.Pi * travel * 6)
	coat := rgb(150, 60, 110)
	s.pen.polygon(rgb(40, 44, 60), point{x - 1, walkerFootY - 11}, point{x + 2, walkerFootY - 11}, point{x + 2 + 4*step, walkerFootY}, point{x - 1 + 4*step, walkerFootY})
	s.pen.polygon(rgb(54, 58, 76), point{x - 1, walkerFootY - 11}, point{x + 2, walkerFootY - 11}, point{x + 2 - 4*step, walkerFootY}, point{x - 1 - 4*step, walkerFootY})
	s.pen.ellipse(coat, x+0.5, walkerFootY-16, 4, 8)
	s.pen.ellipse(rgb(226, 184, 150), x+0.5, walkerFootY-27, 3.2, 3.6)
}

func (s *Scene) drawTrafficLight(phase float64) {
	const x, y = 470.0, 190.0
	s.pen.rect(rgb(50, 52, 56), x-2, y, 4, roadTopY-y)
	s.pen.rect(rgb(30, 32, 36), x-7, y-34, 14, 36)
	on := []color.RGBA{rgb(236, 50, 40), rgb(250, 190, 40), rgb(60, 210, 90)}
	lit := []int{0, 0, 1, 2, 2, 2, 1, 0}[int(phase*8)%8]
	for i, c := range on {
		if i != lit {
			c = mix(c, rgb(20, 20, 20), 0.8)
		}
		s.pen.ellipse(c, x, y-27+11*float64(i), 4.4, 4.4)
	}
}

// drawCar draws a car whose wheels stand at y around x; facing is 1 to the
// right, -1 to the left.
func (s *Scene) drawCar(x, y, scale, facing float64, paint color.RGBA) {
	at := func(dx, dy float64) point { return point{x + facing*dx*scale, y - dy*scale} }
	shade := color.RGBA{A: 90}
	s.pen.ellipse(shade, x, y, 48*scale, 4*scale)
	s.pen.polygon(paint, at(-46, 6), at(-45, 20), at(-34, 24), at(-22, 38), at(12, 38), at(26, 25), at(44, 21), at(47, 14), at(47, 6))
	glass := mix(s.light.windowDark, s.light.skyBottom, 0.4)
	s.pen.polygon(glass, at(-29, 25), at(-20, 35), at(-4, 35), at(-4, 25))
	s.pen.polygon(glass, at(-1, 25), at(-1, 35), at(10, 35), at(20, 25))
	s.pen.polygon(mix(paint, rgb(0, 0, 0), 0.3), at(-46, 6), at(-46, 10), at(47, 10), at(47, 6))
	for _, wheel := range []float64{-28, 28} {
		centre := at(wheel, 7)
		s.pen.ellipse(rgb(22, 22, 24), centre.x, centre.y, 8.5*scale, 8.5*scale)
		s.pen.ellipse(rgb(150, 152, 156), centre.x, centre.y, 4*scale, 4*scale)
	}
	lamp := at(45, 16)
	s.pen.ellipse(rgb(255, 246, 200), lamp.x, lamp.y, 2.6*scale, 2.6*scale)
}
