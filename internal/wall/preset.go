package wall

import (
	"slices"
	"strconv"

	"camwall/internal/camera"
)

// Preset is one of the usual layouts.
type Preset struct {
	Name          string // 1, 4, 9, 16, 1+5, 1+7 or 2+8: its large and small tiles
	Columns, Rows int
	tiles         []Tile // the large ones first
}

// Presets returns the usual layouts, small ones first.
func Presets() []Preset {
	return []Preset{
		Even(1), Even(2), Even(3), Even(4),
		OneAndFive(), OneAndSeven(), TwoAndEight(),
	}
}

// FindPreset returns the usual layout of that name.
func FindPreset(name string) (Preset, bool) {
	all := Presets()
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return all[i], true
}

// Even returns the layout with side x side tiles of one size: 1, 4, 9 and 16 are
// Even(1) to Even(4). side is 1 to 8, so that a page holds its tiles.
func Even(side int) Preset {
	p := Preset{Name: strconv.Itoa(side * side), Columns: side, Rows: side}
	for row := range side {
		for column := range side {
			p.add(column, row, 1)
		}
	}
	return p
}

// OneAndFive returns a large tile with five small ones around it.
func OneAndFive() Preset { return oneLarge("1+5", 3) }

// OneAndSeven returns a large tile with seven small ones around it.
func OneAndSeven() Preset { return oneLarge("1+7", 4) }

// oneLarge has one tile that leaves a column at the right and a row below.
func oneLarge(name string, side int) Preset {
	p := Preset{Name: name, Columns: side, Rows: side}
	p.add(0, 0, side-1)
	for row := range side - 1 {
		p.add(side-1, row, 1)
	}
	for column := range side {
		p.add(column, side-1, 1)
	}
	return p
}

// TwoAndEight returns two large tiles with eight small ones below.
func TwoAndEight() Preset {
	p := Preset{Name: "2+8", Columns: 4, Rows: 4}
	p.add(0, 0, 2)
	p.add(2, 0, 2)
	for row := 2; row < 4; row++ {
		for column := range 4 {
			p.add(column, row, 1)
		}
	}
	return p
}

func (p *Preset) add(column, row, size int) {
	p.tiles = append(p.tiles, Tile{
		Column: column, Row: row, Width: size, Height: size, Stream: AutoStream, Fit: Contain, Overlay: UsualOverlay(),
	})
}

// Tiles returns the tiles, empty ones, the large first. They are the caller's.
func (p Preset) Tiles() []Tile { return slices.Clone(p.tiles) }

// Wall returns a wall of this layout that shows the cameras in order, on as many
// pages as they need, MaxPages at most; one with empty tiles without cameras.
func (p Preset) Wall(name, title string, cameras []camera.ID) Wall {
	w := Wall{Name: name, Title: title, Columns: p.Columns, Rows: p.Rows}
	for {
		tiles := p.Tiles()
		for i := range tiles {
			if i < len(cameras) {
				tiles[i].Cameras = []camera.ID{cameras[i]}
			}
		}
		w.Pages = append(w.Pages, Page{Tiles: tiles})
		cameras = cameras[min(len(tiles), len(cameras)):]
		if len(cameras) == 0 || len(w.Pages) == MaxPages {
			return w
		}
	}
}
