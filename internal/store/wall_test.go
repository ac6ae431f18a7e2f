package store

import (
	"reflect"
	"strconv"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/wall"
)

func TestWalls(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	putWall := func(w wall.Wall, expect int64) (rev int64, err error) {
		err = s.Update(t.Context(), func(tx *Tx) error {
			rev, err = tx.PutWall(w, expect)
			return err
		})
		return rev, err
	}
	var all []wall.Wall
	for _, p := range wall.Presets() {
		w := p.Wall("w"+strconv.Itoa(len(all)), p.Name, []camera.ID{"a", "b", "c"})
		all = append(all, w.WithDefaults())
		if _, err := putWall(w, AsNew); err != nil {
			t.Fatal(err)
		}
	}
	full := fixtureWall()
	if _, err := putWall(full, 0); err != nil {
		t.Fatal(err)
	}
	all = append([]wall.Wall{full}, all...)
	got, err := s.Walls(t.Context())
	if err != nil || len(got) != len(all) {
		t.Fatalf("walls are %+v: %v", got, err)
	}
	for i := range all {
		one, err := s.Wall(t.Context(), all[i].Name)
		if err != nil || !reflect.DeepEqual(one, got[i]) || !reflect.DeepEqual(got[i].Wall, all[i]) || got[i].Revision == 0 {
			t.Errorf("wall %d is %+v and %+v, want %+v: %v", i, got[i], one, all[i], err)
		}
	}

	first := got[0].Revision
	var crops int
	if err := s.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM wall_crops").Scan(&crops); err != nil || crops != 2 {
		t.Errorf("there are %d crops, want only those that are none of the whole: %v", crops, err)
	}
	full.Pages = full.Pages[1:]
	full.Pages[0].Tiles = []wall.Tile{{
		Width: 1, Height: 1, Cameras: []camera.ID{"gate"}, Stream: "auto", Fit: wall.Fill, Crop: wall.Crop{X: 1.0 / 3, Y: 0.1, Width: 2.0 / 3, Height: 0.05},
	}}
	full.Title = "Hall 2"
	second, err := putWall(full, first)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := s.Wall(t.Context(), "hall"); err != nil || !reflect.DeepEqual(w.Wall, full) || w.Revision != second || !w.Created.Equal(got[0].Created) {
		t.Errorf("wall is %+v, want %+v: %v", w, full, err)
	}
	_, err = putWall(full, first)
	wantCode(t, err, fault.Conflict)
	full.Columns = 0
	_, err = putWall(full, 0)
	wantCode(t, err, fault.BadRequest)

	remove := func(expect int64) error {
		return s.Update(t.Context(), func(tx *Tx) error { return tx.DeleteWall("hall", expect) })
	}
	wantCode(t, remove(first), fault.Conflict)
	if err := remove(second); err != nil {
		t.Fatal(err)
	}
	wantCode(t, remove(0), fault.NotFound)
	_, err = s.Wall(t.Context(), "hall")
	wantCode(t, err, fault.NotFound)
	_, err = s.Wall(t.Context(), "")
	wantCode(t, err, fault.NotFound)
	for _, table := range []string{"wall_pages", "wall_tiles", "wall_cameras", "wall_crops"} {
		var n int
		if err := s.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table+" WHERE wall = 'hall'").Scan(&n); err != nil || n != 0 {
			t.Errorf("%s has %d rows of it: %v", table, n, err)
		}
	}
}
