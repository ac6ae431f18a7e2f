package inventory

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/store"
	"camwall/internal/wall"
)

// Wall is a wall with its revision.
type Wall struct {
	wall.Wall

	// Provisioned tells that it stands in camwall.yaml.
	Provisioned bool

	// Revision grows with each change; it is the wall's ETag.
	Revision int64
}

// loadWalls needs the cameras to be there.
func (v *Inventory) loadWalls(ctx context.Context) error {
	stored, err := v.cfg.Store.Walls(ctx)
	if err != nil {
		return err
	}
	v.walls = make(map[string]Wall, len(stored)+len(v.cfg.Walls))
	for _, w := range v.cfg.Walls {
		v.walls[w.Name] = Wall{Wall: w, Provisioned: true}
		if missing := v.missing(w); len(missing) > 0 {
			v.log.Warn("a wall of camwall.yaml shows cameras that are not there", "wall", w.Name, "cameras", missing)
		}
	}
	for _, w := range stored {
		if _, taken := v.walls[w.Name]; taken {
			v.log.Warn("a stored wall gives way to one of camwall.yaml", "wall", w.Name)
			continue
		}
		v.walls[w.Name] = Wall{Wall: w.Wall, Revision: w.Revision}
	}
	return nil
}

// Walls returns all walls, sorted by name.
func (v *Inventory) Walls() []Wall {
	v.mu.Lock()
	defer v.mu.Unlock()
	all, numbers := make([]Wall, 0, len(v.walls)), v.numbers()
	for _, w := range v.walls {
		all = append(all, v.told(w, numbers))
	}
	slices.SortFunc(all, func(a, b Wall) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Wall returns a wall; fault.NotFound when there is none of that name.
func (v *Inventory) Wall(name string) (Wall, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if w, ok := v.walls[strings.ToLower(name)]; ok {
		return v.told(w, v.numbers()), nil
	}
	return Wall{}, fault.Errorf(fault.NotFound, "there is no wall %.80q", name)
}

// PutWall stores a wall, new or in place of the one of its name. expect is the
// revision that it replaces, 0 any.
func (v *Inventory) PutWall(ctx context.Context, w wall.Wall, expect int64) (Wall, error) {
	w.Name = strings.ToLower(w.Name)
	if err := w.Validate(); err != nil {
		return Wall{}, err
	}
	v.edit.Lock()
	defer v.edit.Unlock()
	old, err := v.Wall(w.Name)
	if err != nil && expect != 0 {
		return Wall{}, err
	}
	if old.Provisioned {
		return Wall{}, wallNotEditable(w.Name)
	}
	if err := expected("wall "+w.Name, expect, old.Revision); err != nil {
		return Wall{}, err
	}
	next := Wall{Wall: w}
	err = v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		var err error
		next.Revision, err = tx.PutWall(w, expect)
		return err
	})
	if err != nil {
		return Wall{}, err
	}
	v.mu.Lock()
	v.walls[w.Name] = next
	v.mu.Unlock()
	v.feed.tell(Change{Kind: WallChanged, ID: w.Name})
	return next, nil
}

// RemoveWall removes a wall.
func (v *Inventory) RemoveWall(ctx context.Context, name string, expect int64) error {
	v.edit.Lock()
	defer v.edit.Unlock()
	w, err := v.Wall(name)
	if err != nil {
		return err
	}
	if w.Provisioned {
		return wallNotEditable(w.Name)
	}
	if err := expected("wall "+w.Name, expect, w.Revision); err != nil {
		return err
	}
	if err := v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteWall(w.Name, 0) }); err != nil {
		return err
	}
	v.mu.Lock()
	delete(v.walls, w.Name)
	v.mu.Unlock()
	v.feed.tell(Change{Kind: WallRemoved, ID: w.Name})
	return nil
}

// Settings are those that can be changed while it runs.
type Settings struct {
	// SiteName is what people call this installation.
	SiteName string

	// Interfaces are the names of the network interfaces on which devices are
	// looked for; empty: all. Ranges are searched address by address.
	Interfaces []string
	Ranges     []netip.Prefix
}

// settingsKey names the settings in the store.
const settingsKey = "settings"

func (v *Inventory) loadSettings(ctx context.Context) error {
	all, err := v.cfg.Store.Settings(ctx)
	if err != nil {
		return err
	}
	if raw, ok := all[settingsKey]; ok {
		if err := json.Unmarshal(raw, &v.settings); err != nil {
			v.log.Warn("stored settings can't be read, going on with the defaults", "error", err)
			v.settings = Settings{}
		}
	}
	return nil
}

// Settings returns the settings.
func (v *Inventory) Settings() Settings {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.settings
}

// SetSettings stores settings in place of the old.
func (v *Inventory) SetSettings(ctx context.Context, s Settings) error {
	v.edit.Lock()
	defer v.edit.Unlock()
	if err := v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.PutSetting(settingsKey, s) }); err != nil {
		return err
	}
	v.mu.Lock()
	v.settings = s
	v.mu.Unlock()
	v.feed.tell(Change{Kind: SettingsChanged})
	return nil
}
