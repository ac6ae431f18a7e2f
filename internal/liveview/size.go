package liveview

import (
	"math"

	"camwall/internal/liveview/wire"
)

// shape is the proportions of a picture; 0, 0 is unknown.
type shape struct{ width, height int }

// usual is the shape of a camera of which nothing is known.
var usual = shape{16, 9}

// orUsual returns s, or the usual shape where s is unknown.
func (s shape) orUsual() shape {
	if s.width <= 0 || s.height <= 0 {
		return usual
	}
	return s
}

// heightAt returns the height of a picture of that width: even, and at least 2.
func (s shape) heightAt(width int) int {
	s = s.orUsual()
	return max(2, 2*int(math.Round(float64(width)*float64(s.height)/float64(s.width)/2)))
}

// pictureWidth returns how wide a picture of shape s has to be for a tile: the
// smallest width of the ladder that is at most a tenth too small.
func pictureWidth(w wire.Wish, s shape) int {
	s = s.orUsual()
	needed := float64(w.Width)
	byHeight := float64(w.Height) * float64(s.width) / float64(s.height)
	switch w.Fit {
	case wire.Contain:
		needed = min(needed, byHeight)
	case wire.Cover:
		needed = max(needed, byHeight)
	case wire.Fill:
	}
	for _, width := range widths {
		if float64(width)*1.1 >= needed {
			return width
		}
	}
	return widths[len(widths)-1]
}

// rates and qualities are the ladders of what wishes may be for: viewers share
// what is made.
var (
	rates     = []float64{0.1, 0.2, 0.5, 1, 2, 3, 5, 8, 10, 12, 15, 20, 25, 30, 50, 60}
	qualities = []int{20, 40, 55, 75, 90}
)

// snapped returns the largest of a ladder that is not more than v; the smallest
// where there is none. 0, which is no bound, stays.
func snapped[T int | float64](v T, ladder []T) T {
	if v == 0 {
		return 0
	}
	to := ladder[0]
	for _, step := range ladder {
		if step <= v {
			to = step
		}
	}
	return to
}
