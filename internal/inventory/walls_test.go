package inventory

import (
	"fmt"
	"net/netip"
	"testing"

	"camwall/internal/fault"
	"camwall/internal/wall"
)

func lobby() wall.Wall {
	return wall.Wall{Name: "Lobby", Title: "Entrance", Columns: 2, Rows: 1, Pages: []wall.Page{{Tiles: []wall.Tile{
		{Column: 0, Row: 0, Width: 1, Height: 1}, {Column: 1, Row: 0, Width: 1, Height: 1},
	}}}}
}

func TestWalls(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	changes := s.Changes(t.Context())
	w, err := s.PutWall(t.Context(), lobby(), 0)
	if err != nil || w.Name != "lobby" || w.Revision == 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	if c := heard(t, changes, WallChanged); c.ID != "lobby" {
		t.Errorf("told %+v", c)
	}
	next := lobby()
	next.Title = "Hall"
	if _, err := s.PutWall(t.Context(), next, w.Revision); err != nil {
		t.Fatal(err)
	}
	_, err = s.PutWall(t.Context(), next, w.Revision)
	refused(t, err, fault.Conflict, "somebody else")
	next.Columns = 0
	_, err = s.PutWall(t.Context(), next, 0)
	refused(t, err, fault.BadRequest, "")
	again := s.restarted(nil)
	if all := again.Walls(); len(all) != 1 || all[0].Title != "Hall" || len(all[0].Pages[0].Tiles) != 2 {
		t.Fatalf("after a restart: %+v", all)
	}
	refused(t, again.RemoveWall(t.Context(), "lobby", 99), fault.Conflict, "")
	refused(t, again.RemoveWall(t.Context(), "none", 0), fault.NotFound, "")
	if err := again.RemoveWall(t.Context(), "LOBBY", 0); err != nil {
		t.Fatal(err)
	}
	_, err = again.Wall("lobby")
	refused(t, err, fault.NotFound, "")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	changes := s.Changes(t.Context())
	want := Settings{SiteName: "倉庫", Interfaces: []string{"lo"}, Ranges: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	if err := s.SetSettings(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	heard(t, changes, SettingsChanged)
	if got := s.restarted(nil).Settings(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("after a restart: %+v", got)
	}
}
