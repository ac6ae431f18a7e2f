package desktop

import "image"

// fit returns s so that its window lies on monitors that are there: the areas
// that they leave to windows, the first being the main one. One that lies on
// them already, be it across several, stays. Without monitors s stays as it is.
func fit(s windowState, monitors []image.Rectangle) windowState {
	if len(monitors) == 0 {
		return s
	}
	at := image.Rect(s.X, s.Y, s.X+s.Width, s.Y+s.Height)
	best, covered, most := monitors[0], 0, 0
	for _, m := range monitors {
		area := extent(m.Intersect(at))
		covered += area
		if area > most {
			best, most = m, area
		}
	}
	const nearly = 0.95 // a frame may reach a little outside
	if s.Placed && float64(covered) >= nearly*float64(extent(at)) {
		return s
	}
	if !s.Placed {
		for _, m := range monitors { // where the desktop puts it, we don't know
			if extent(m) > extent(best) {
				best = m
			}
		}
	}
	s.Width = max(min(s.Width, best.Dx()), minWidth)
	s.Height = max(min(s.Height, best.Dy()), minHeight)
	s.X = max(min(s.X, best.Max.X-s.Width), best.Min.X)
	s.Y = max(min(s.Y, best.Max.Y-s.Height), best.Min.Y)
	return s
}

func extent(r image.Rectangle) int { return r.Dx() * r.Dy() }
