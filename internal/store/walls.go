package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/wall"
)

const wallRevision = "SELECT revision FROM walls WHERE name = ?"

// Wall is a wall as it is kept.
type Wall struct {
	wall.Wall

	// Revision is another after each change, and is never given twice.
	Revision         int64
	Created, Updated time.Time
}

// Walls returns all walls, sorted by name.
func (s *Store) Walls(ctx context.Context) ([]Wall, error) { return s.readWalls(ctx, "") }

// Wall returns the wall of that name, or a fault.NotFound.
func (s *Store) Wall(ctx context.Context, name string) (Wall, error) {
	walls, err := s.readWalls(ctx, name)
	if err != nil {
		return Wall{}, err
	}
	if len(walls) == 0 || name == "" {
		return Wall{}, fault.Errorf(fault.NotFound, "there is no wall %.80q", name)
	}
	return walls[0], nil
}

// readWalls reads one wall, or all for "", as of one moment.
func (s *Store) readWalls(ctx context.Context, name string) ([]Wall, error) {
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, diskFault("read walls", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	r := wallReader{places: map[string]int{}}
	for _, read := range []struct {
		query string
		row   func(*sql.Rows) error
	}{
		{"SELECT name, title, columns, rows, revision, created_ms, updated_ms FROM walls WHERE ?1 IN ('', name) ORDER BY name", r.wall},
		{"SELECT wall, title, dwell_ms FROM wall_pages WHERE ?1 IN ('', wall) ORDER BY wall, page", r.page},
		{`SELECT wall, page, grid_column, grid_row, width, height, dwell_ms, stream, fit, text, overlay FROM wall_tiles
			WHERE ?1 IN ('', wall) ORDER BY wall, page, tile`, r.tile},
		{"SELECT wall, page, tile, camera FROM wall_cameras WHERE ?1 IN ('', wall) ORDER BY wall, page, tile, position", r.camera},
		{"SELECT wall, page, tile, x, y, width, height FROM wall_crops WHERE ?1 IN ('', wall)", r.crop},
	} {
		if err := eachRow(ctx, tx, read.row, read.query, name); err != nil {
			return nil, diskFault("read walls", err)
		}
	}
	return r.walls, nil
}

// wallReader puts walls together from rows in order.
type wallReader struct {
	walls  []Wall
	places map[string]int // in walls, by name
}

func (r *wallReader) at(name string) *Wall { return &r.walls[r.places[name]] }

func (r *wallReader) wall(rows *sql.Rows) error {
	var w Wall
	var created, updated int64
	if err := rows.Scan(&w.Name, &w.Title, &w.Columns, &w.Rows, &w.Revision, &created, &updated); err != nil {
		return err
	}
	w.Created, w.Updated = fromMillis(created), fromMillis(updated)
	r.places[w.Name] = len(r.walls)
	r.walls = append(r.walls, w)
	return nil
}

func (r *wallReader) page(rows *sql.Rows) error {
	var name string
	var dwell int64
	p := wall.Page{Tiles: []wall.Tile{}}
	if err := rows.Scan(&name, &p.Title, &dwell); err != nil {
		return err
	}
	p.Dwell = time.Duration(dwell) * time.Millisecond
	w := r.at(name)
	w.Pages = append(w.Pages, p)
	return nil
}

func (r *wallReader) tile(rows *sql.Rows) error {
	var name, overlay string
	var page int
	var dwell int64
	t := wall.Tile{Cameras: []camera.ID{}}
	err := rows.Scan(&name, &page, &t.Column, &t.Row, &t.Width, &t.Height, &dwell, &t.Stream, &t.Fit, &t.Text, &overlay)
	if err != nil {
		return err
	}
	t.Dwell, t.Overlay = time.Duration(dwell)*time.Millisecond, parseOverlay(overlay)
	p := &r.at(name).Pages[page]
	p.Tiles = append(p.Tiles, t)
	return nil
}

func (r *wallReader) camera(rows *sql.Rows) error {
	var name string
	var page, tile int
	var id camera.ID
	if err := rows.Scan(&name, &page, &tile, &id); err != nil {
		return err
	}
	t := &r.at(name).Pages[page].Tiles[tile]
	t.Cameras = append(t.Cameras, id)
	return nil
}

func (r *wallReader) crop(rows *sql.Rows) error {
	var name string
	var page, tile int
	var c wall.Crop
	if err := rows.Scan(&name, &page, &tile, &c.X, &c.Y, &c.Width, &c.Height); err != nil {
		return err
	}
	r.at(name).Pages[page].Tiles[tile].Crop = c
	return nil
}

// overlayWords are the words of column overlay, each with its switch.
func overlayWords(o *wall.Overlay) map[string]*bool {
	return map[string]*bool{"number": &o.Number, "name": &o.Name, "clock": &o.Clock, "statistics": &o.Statistics}
}

func parseOverlay(words string) wall.Overlay {
	var o wall.Overlay
	switches := overlayWords(&o)
	for _, word := range strings.Fields(words) {
		if on := switches[word]; on != nil {
			*on = true
		}
	}
	return o
}

func formatOverlay(o wall.Overlay) string {
	switches := overlayWords(&o)
	var words []string
	for _, word := range []string{"number", "name", "clock", "statistics"} {
		if *switches[word] {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// PutWall keeps w, in place of one of its name, and returns its new revision. For
// expect see AsNew. The error is a fault.Conflict, or what Validate says.
func (t *Tx) PutWall(w wall.Wall, expect int64) (revision int64, err error) {
	if err := w.Validate(); err != nil {
		return 0, err
	}
	if _, err := t.expect(wallRevision, "wall", w.Name, expect); err != nil {
		return 0, err
	}
	if revision, err = t.nextRevision(); err != nil {
		return 0, err
	}
	_, err = t.exec(`INSERT INTO walls (name, title, columns, rows, revision, created_ms, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
		ON CONFLICT (name) DO UPDATE SET title = ?2, columns = ?3, rows = ?4, revision = ?5, updated_ms = ?6`,
		w.Name, w.Title, w.Columns, w.Rows, revision, t.now)
	if err != nil {
		return 0, err
	}
	if _, err := t.exec("DELETE FROM wall_pages WHERE wall = ?", w.Name); err != nil {
		return 0, err
	}
	w = w.WithDefaults()
	for i := range w.Pages {
		if err := t.putPage(w.Name, i, &w.Pages[i]); err != nil {
			return 0, err
		}
	}
	return revision, nil
}

func (t *Tx) putPage(name string, page int, p *wall.Page) error {
	_, err := t.exec("INSERT INTO wall_pages (wall, page, title, dwell_ms) VALUES (?, ?, ?, ?)",
		name, page, p.Title, p.Dwell.Milliseconds())
	if err != nil {
		return err
	}
	for i := range p.Tiles {
		if err := t.putTile(name, page, i, &p.Tiles[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) putTile(name string, page, place int, tile *wall.Tile) error {
	_, err := t.exec(`INSERT INTO wall_tiles (wall, page, tile, grid_column, grid_row, width, height, dwell_ms, stream, fit, text, overlay)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, name, page, place, tile.Column, tile.Row, tile.Width, tile.Height,
		tile.Dwell.Milliseconds(), tile.Stream, string(tile.Fit), tile.Text, formatOverlay(tile.Overlay))
	if err != nil {
		return err
	}
	if c := tile.Crop; !c.IsWhole() {
		_, err := t.exec("INSERT INTO wall_crops (wall, page, tile, x, y, width, height) VALUES (?, ?, ?, ?, ?, ?, ?)",
			name, page, place, c.X, c.Y, c.Width, c.Height)
		if err != nil {
			return err
		}
	}
	for i, id := range tile.Cameras {
		_, err := t.exec("INSERT INTO wall_cameras (wall, page, tile, position, camera) VALUES (?, ?, ?, ?, ?)",
			name, page, place, i, string(id))
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteWall removes a wall. For expect see PutDevice. A wall that is not there
// is a fault.NotFound.
func (t *Tx) DeleteWall(name string, expect int64) error {
	return t.remove(wallRevision, "DELETE FROM walls WHERE name = ?", "wall", name, expect)
}
