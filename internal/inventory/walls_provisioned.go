package inventory

import (
	"slices"
	"strconv"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/wall"
)

// missing returns the cameras of a wall that there are not, each once. Its
// caller holds mu, or is alone.
func (v *Inventory) missing(w wall.Wall) []string {
	var list []string
	numbers := v.numbers()
	for _, p := range w.Pages {
		for _, t := range p.Tiles {
			for _, id := range t.Cameras {
				if v.cameras[v.meant(id, numbers)] == nil && !slices.Contains(list, string(id)) {
					list = append(list, string(id))
				}
			}
		}
	}
	return list
}

// numbers returns the ids of the cameras that have a number. Its caller holds
// mu, or is alone.
func (v *Inventory) numbers() map[int]camera.ID {
	ids := make(map[int]camera.ID, len(v.order))
	for _, c := range v.cameras {
		if c.Number != 0 {
			ids[c.Number] = c.ID
		}
	}
	return ids
}

// meant returns the camera that a wall of camwall.yaml names: by its id, else by
// its number. Its caller holds mu, or is alone.
func (v *Inventory) meant(name camera.ID, numbers map[int]camera.ID) camera.ID {
	if v.cameras[name] != nil {
		return name
	}
	if n, err := strconv.Atoi(string(name)); err == nil && numbers[n] != "" {
		return numbers[n]
	}
	return name
}

// told returns a wall as it is told: a provisioned one with ids for numbers, by
// the cameras that there are now. Its caller holds mu.
func (v *Inventory) told(w Wall, numbers map[int]camera.ID) Wall {
	if !w.Provisioned {
		return w
	}
	w.Wall = w.WithDefaults() // a copy
	for i := range w.Pages {
		for j := range w.Pages[i].Tiles {
			cameras := w.Pages[i].Tiles[j].Cameras
			for k := range cameras {
				cameras[k] = v.meant(cameras[k], numbers)
			}
		}
	}
	return w
}

// shown returns which cameras each wall of camwall.yaml shows now, by its name.
// Its caller holds mu.
func (v *Inventory) shown() map[string]string {
	if len(v.cfg.Walls) == 0 {
		return nil
	}
	all, numbers := make(map[string]string, len(v.cfg.Walls)), v.numbers()
	for _, w := range v.cfg.Walls {
		var ids []byte
		for i := range w.Pages {
			for j := range w.Pages[i].Tiles {
				for _, id := range w.Pages[i].Tiles[j].Cameras {
					ids = append(append(ids, v.meant(id, numbers)...), ' ')
				}
			}
		}
		all[w.Name] = string(ids)
	}
	return all
}

// wallsSince tells which walls of camwall.yaml have come to show other cameras:
// numbers moved, or a camera came. Its caller holds mu.
func (v *Inventory) wallsSince(before map[string]string) []Change {
	var changes []Change
	now := v.shown()
	for _, w := range v.cfg.Walls {
		if before[w.Name] != now[w.Name] {
			changes = append(changes, Change{Kind: WallChanged, ID: w.Name})
		}
	}
	return changes
}

func wallNotEditable(name string) error {
	return fault.Errorf(fault.NotEditable, "wall %s comes from camwall.yaml", name).
		WithHint("change it there and start Camwall again, or make a wall of another name")
}
