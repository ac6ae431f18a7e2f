package wall

import (
	"fmt"
	"time"
	"unicode/utf8"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// Validate returns nil if w keeps the rules, else a fault.BadRequest that names
// the first field that does not, such as pages[0].tiles[2].width.
func (w Wall) Validate() error {
	if !namePattern.MatchString(w.Name) {
		return fault.Errorf(fault.BadRequest, "name %.80q can't name a wall", w.Name).
			WithHint("a name has 1 to 63 small letters, digits, _ or -, and begins with a letter or digit")
	}
	err := firstError(
		text("title", w.Title, MaxTitle),
		between("columns", w.Columns, 1, MaxGrid),
		between("rows", w.Rows, 1, MaxGrid),
		count("pages", len(w.Pages), 1, MaxPages),
	)
	if err != nil {
		return err
	}
	for i := range w.Pages {
		if err := w.page(fmt.Sprintf("pages[%d]", i), &w.Pages[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w Wall) page(at string, p *Page) error {
	err := firstError(
		text(at+".title", p.Title, MaxTitle),
		dwell(at+".dwell", p.Dwell),
		count(at+".tiles", len(p.Tiles), 0, MaxTiles),
	)
	if err != nil {
		return err
	}
	var taken [MaxGrid][MaxGrid]int // by row and column: number of the tile, from 1
	for i := range p.Tiles {
		t, at := &p.Tiles[i], fmt.Sprintf("%s.tiles[%d]", at, i)
		if err := w.tile(at, t); err != nil {
			return err
		}
		for row := t.Row; row < t.Row+t.Height; row++ {
			for column := t.Column; column < t.Column+t.Width; column++ {
				if other := taken[row][column]; other != 0 {
					return fault.Errorf(fault.BadRequest, "%s lies over tiles[%d] at column %d, row %d", at, other-1, column, row).
						WithHint("give each tile of a page cells of its own")
				}
				taken[row][column] = i + 1
			}
		}
	}
	return nil
}

func (w Wall) tile(at string, t *Tile) error {
	err := firstError(
		between(at+".column", t.Column, 0, w.Columns-1),
		between(at+".row", t.Row, 0, w.Rows-1),
		between(at+".width", t.Width, 1, w.Columns-t.Column),
		between(at+".height", t.Height, 1, w.Rows-t.Row),
		count(at+".cameras", len(t.Cameras), 0, MaxCameras),
		dwell(at+".dwell", t.Dwell),
		text(at+".text", t.Text, MaxText),
		crop(at+".crop", t.Crop),
	)
	if err != nil {
		return err
	}
	for i, id := range t.Cameras {
		if lower, err := camera.ParseID(string(id)); err != nil || lower != id {
			return fault.Errorf(fault.BadRequest, "%s.cameras[%d] is %.80q, which can't be the id of a camera", at, i, string(id)).
				WithHint("an id has 1 to 63 small letters, digits, _ or -, and begins with a letter or digit")
		}
	}
	if t.Stream != "" && !streamPattern.MatchString(t.Stream) {
		return fault.Errorf(fault.BadRequest, "%s.stream is %.80q, which can't name a stream", at, t.Stream).
			WithHint("auto, main, sub, or another word of up to 16 small letters, digits, _ and -")
	}
	switch t.Fit {
	case "", Contain, Cover, Fill:
		return nil
	}
	return fault.Errorf(fault.BadRequest, "%s.fit is %.80q, must be contain, cover or fill", at, string(t.Fit))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func between(field string, v, low, high int) error {
	if v >= low && v <= high {
		return nil
	}
	return fault.Errorf(fault.BadRequest, "%s is %d, must be %d to %d", field, v, low, high)
}

func count(field string, n, low, high int) error {
	if n >= low && n <= high {
		return nil
	}
	return fault.Errorf(fault.BadRequest, "%s has %d elements, must have %d to %d", field, n, low, high)
}

func dwell(field string, d time.Duration) error {
	if d >= 0 && d <= MaxDwell {
		return nil
	}
	return fault.Errorf(fault.BadRequest, "%s is %g s, must be 0 to %g", field, d.Seconds(), MaxDwell.Seconds())
}

// cropSlack is what shares may be beyond the edge: they are added up from
// decimals.
const cropSlack = 1e-9

// crop refuses what is no part of a picture; NaN is none either.
func crop(field string, c Crop) error {
	if c == (Crop{}) {
		return nil
	}
	for _, side := range []struct {
		from, length string
		at, size     float64
	}{{"x", "width", c.X, c.Width}, {"y", "height", c.Y, c.Height}} {
		switch {
		case !(side.at >= 0 && side.at <= 1):
			return fault.Errorf(fault.BadRequest, "%s.%s is %g, must be 0 to 1", field, side.from, side.at)
		case !(side.size >= MinCrop && side.size <= 1):
			return fault.Errorf(fault.BadRequest, "%s.%s is %g, must be %g to 1", field, side.length, side.size, MinCrop)
		case side.at+side.size > 1+cropSlack:
			return fault.Errorf(fault.BadRequest, "%s goes beyond the picture: %s and %s add up to %g", field, side.from, side.length, side.at+side.size).
				WithHint("the parts of a crop are shares of the picture, 0 to 1")
		}
	}
	return nil
}

func text(field, s string, most int) error {
	switch {
	case !utf8.ValidString(s):
		return fault.Errorf(fault.BadRequest, "%s is no UTF-8 text", field)
	case utf8.RuneCountInString(s) > most:
		return fault.Errorf(fault.BadRequest, "%s has more than %d characters", field, most)
	}
	return nil
}
