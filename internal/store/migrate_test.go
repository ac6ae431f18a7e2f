package store

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
	"camwall/internal/wall"
)

// updateFixture writes the fixture of the newest version. Those of older ones
// are never written again: they are what older Camwalls left behind.
var updateFixture = flag.Bool("update", false, "write the fixture of the newest version")

func fixture(version int) string { return fmt.Sprintf("testdata/%04d.sql", version) }

// lay makes a folder with the database of a fixture, and its key.
func lay(t *testing.T, version int) string {
	t.Helper()
	dir := t.TempDir()
	script, err := os.ReadFile(fixture(version))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile("testdata/key.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, databaseFile)
	if err := makeFile(path); err != nil {
		t.Fatal(err)
	}
	db, err := openWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "PRAGMA foreign_keys = 0;"+string(script)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// dump writes a database as SQL.
func dump(ctx context.Context, db *sql.DB) (string, error) {
	var out strings.Builder
	var tables []string
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return "", err
	}
	schema := func(kinds string, row func(name, script string)) error {
		return eachRow(ctx, db, func(rows *sql.Rows) error {
			var name, script string
			err := rows.Scan(&name, &script)
			row(name, script)
			return err
		}, "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND type IN ("+kinds+") ORDER BY rowid")
	}
	err := schema("'table'", func(name, script string) {
		tables = append(tables, name)
		fmt.Fprintf(&out, "%s;\n", script)
	})
	if err != nil {
		return "", err
	}
	for _, table := range tables {
		var columns string
		err := db.QueryRowContext(ctx, `SELECT group_concat('quote("' || name || '")', ' || '', '' || ') FROM pragma_table_info(?)`, table).Scan(&columns)
		if err != nil {
			return "", err
		}
		err = eachRow(ctx, db, func(rows *sql.Rows) error {
			var values string
			err := rows.Scan(&values)
			fmt.Fprintf(&out, "INSERT INTO %s VALUES (%s);\n", table, values)
			return err
		}, "SELECT "+columns+" FROM "+table)
		if err != nil {
			return "", err
		}
	}
	err = schema("'index', 'trigger'", func(_, script string) { fmt.Fprintf(&out, "%s;\n", script) })
	fmt.Fprintf(&out, "PRAGMA application_id = %d;\nPRAGMA user_version = %d;\n", application, version)
	return out.String(), err
}

// fixtureWall is the wall of fixtures from version 2 on; crops are there from
// version 3 on, and tiles that draw nothing from version 4 on.
func fixtureWall() wall.Wall {
	return wall.Wall{
		Name: "hall", Title: "Hall 雨", Columns: 4, Rows: 3,
		Pages: []wall.Page{
			{Title: "Day", Dwell: 90 * time.Second, Tiles: []wall.Tile{
				{
					Width: 2, Height: 2, Cameras: []camera.ID{"gate", "of-file"}, Dwell: 1500 * time.Millisecond, Stream: "main", Fit: wall.Cover,
					Text: "it's here", Overlay: wall.Overlay{Number: true, Clock: true},
					Crop: wall.Crop{X: 0.25, Y: 1.0 / 3, Width: 0.5, Height: 2.0 / 3},
				},
				{
					Column: 2, Width: 1, Height: 1, Cameras: []camera.ID{"gate"}, Stream: wall.AutoStream, Fit: wall.Contain,
					Crop: wall.Crop{Width: 1, Height: 0.5},
				},
				{Column: 3, Row: 2, Width: 1, Height: 1, Cameras: []camera.ID{}, Stream: wall.AutoStream, Fit: wall.Contain},
			}},
			{Tiles: []wall.Tile{}},
		},
	}
}

// TestUpFromEveryVersion: what an older Camwall left behind is read by this one,
// all of it.
func TestUpFromEveryVersion(t *testing.T) {
	t.Parallel()
	all, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	if *updateFixture {
		writeFixture(t, len(all))
	}
	for version := 1; version <= len(all); version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			dir := lay(t, version)
			for _, readOnly := range []bool{true, false, true} { // an older one, too, can be read without writing
				s, err := Open(t.Context(), Config{Dir: dir, ReadOnly: readOnly})
				if err != nil {
					t.Fatal(err)
				}
				checkFixture(t, s, version)
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			fresh := openStore(t, t.TempDir())
			s := openStore(t, dir)
			if a, b := schemaOf(t, s), schemaOf(t, fresh); a != b {
				t.Errorf("the schema differs from that of new data:\n%s\n---\n%s", a, b)
			}
		})
	}
}

// TestOverlaysOfOlderWalls: a tile that said nothing is told with number and name,
// and its wall has a revision that nobody has read; others stay as they were.
func TestOverlaysOfOlderWalls(t *testing.T) {
	t.Parallel()
	dir := lay(t, 3)
	db, err := openWriter(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	const tile = "INSERT INTO wall_tiles VALUES (?1, 0, 0, 0, 0, 1, 1, 0, 'auto', 'contain', '', ?2)"
	for name, words := range map[string]string{"clock": "clock", "none": "", "all": "number name clock statistics"} {
		for _, script := range []string{
			"INSERT INTO walls VALUES (?1, '', 1, 1, 4, 0, 0)", "INSERT INTO wall_pages VALUES (?1, 0, '', 0)", tile,
		} {
			if _, err := db.ExecContext(t.Context(), script, name, words); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir)
	overlays := map[string]wall.Overlay{"clock": {Clock: true}, "none": wall.UsualOverlay(), "all": {Number: true, Name: true, Clock: true, Statistics: true}}
	for name, want := range overlays {
		if w, err := s.Wall(t.Context(), name); err != nil || w.Pages[0].Tiles[0].Overlay != want {
			t.Errorf("%s is %+v, want %+v: %v", name, w, want, err)
		}
	}
	walls, err := s.Walls(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	revisions := map[string]int64{}
	for _, w := range walls {
		revisions[w.Name] = w.Revision
	}
	// 4 was the last that was given.
	if want := map[string]int64{"all": 4, "clock": 4, "hall": 5, "none": 6}; !reflect.DeepEqual(revisions, want) {
		t.Errorf("revisions are %v, want %v", revisions, want)
	}
	update(t, s, func(tx *Tx) error {
		if next, err := tx.PutWall(fixtureWall(), 5); err != nil || next != 7 {
			t.Errorf("the next revision is %d: %v", next, err)
		}
		return nil
	})
	if w, err := s.Wall(t.Context(), "hall"); err != nil || !reflect.DeepEqual(w.Wall, fixtureWall()) {
		t.Errorf("it is %+v: %v", w, err)
	}
}

func checkFixture(t *testing.T, s *Store, version int) {
	t.Helper()
	d := recorder()
	c := load(t, s)
	if c.Notice != nil || len(c.Devices) != 1 || len(c.Cameras) != 2 {
		t.Fatalf("contents are %+v", c)
	}
	if !reflect.DeepEqual(c.Devices[0].Device, *d) || !reflect.DeepEqual(c.Cameras[0].Camera, gate(d)) || !reflect.DeepEqual(c.Cameras[1].Camera, plain(d, "plain")) {
		t.Errorf("contents are %+v", c)
	}
	if made := time.UnixMilli(1_800_000_000_123).UTC(); c.Devices[0].Created != made || c.Cameras[0].Updated != made {
		t.Errorf("made %v, changed %v", c.Devices[0].Created, c.Cameras[0].Updated)
	}
	pins, err := s.Pins(t.Context())
	if err != nil || len(pins) != 1 || pins[0].Device != "of-file" || len(pins[0].SHA256) != 32 {
		t.Errorf("pins are %+v: %v", pins, err)
	}
	walls, err := s.Walls(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if version < 2 {
		if len(walls) != 0 {
			t.Errorf("walls are %+v", walls)
		}
		return
	}
	want := fixtureWall()
	tiles := want.Pages[0].Tiles
	if version < 4 { // no word was one that did not say
		tiles[1].Overlay, tiles[2].Overlay = wall.UsualOverlay(), wall.UsualOverlay()
	}
	if version < 3 {
		tiles[0].Crop = wall.Crop{}
		want.Pages[0].Tiles = slices.Delete(tiles, 1, 2)
	}
	if len(walls) != 1 || !reflect.DeepEqual(walls[0].Wall, want) {
		t.Errorf("walls are %+v", walls)
	}
	settings, err := s.Settings(t.Context())
	if err != nil || string(settings["site"]) != `"Hall"` {
		t.Errorf("settings are %s: %v", settings, err)
	}
	worked, err := s.Worked(t.Context())
	if err != nil || worked["nvr"].Fingerprint != s.Fingerprint("nvr", d.Credentials) {
		t.Errorf("sign-ins that worked are %+v: %v", worked, err)
	}
	transports, err := s.Transports(t.Context())
	if err != nil || transports["of-file"] != camera.TransportUDP {
		t.Errorf("transports are %+v: %v", transports, err)
	}
}

func schemaOf(t *testing.T, s *Store) string {
	t.Helper()
	var all []string
	err := eachRow(t.Context(), s.reader, func(rows *sql.Rows) error {
		var script string
		err := rows.Scan(&script)
		all = append(all, script)
		return err
	}, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
	if err != nil || len(all) == 0 {
		t.Fatalf("schema is %q: %v", all, err)
	}
	return strings.Join(all, "\n")
}

// writeFixture writes what a Camwall of this version leaves behind.
func writeFixture(t *testing.T, version int) {
	t.Helper()
	dir := t.TempDir()
	key, err := os.ReadFile("testdata/key.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Dir: dir, now: func() time.Time { return time.UnixMilli(1_800_000_000_123) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fillFixture(t, s)
	out, err := dump(t.Context(), s.writer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fixture(version), []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
}

func fillFixture(t *testing.T, s *Store) {
	t.Helper()
	d := recorder()
	put(t, s, d, gate(d), plain(d, "plain"))
	err := s.SetPin(t.Context(), "of-file", ServiceRTSP, []byte(strings.Repeat("p", 32)))
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error {
		if _, err := tx.PutWall(fixtureWall(), 0); err != nil {
			return err
		}
		return tx.PutSetting("site", "Hall")
	})
	if err := s.SetWorked(t.Context(), "nvr", s.Fingerprint("nvr", d.Credentials), time.Unix(9, 0)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetTransport(t.Context(), "of-file", camera.TransportUDP); err != nil {
		t.Fatal(err)
	}
}

// TestEveryColumnSaysWhatItIs: a schema is read by people, too.
func TestEveryColumnSaysWhatItIs(t *testing.T) {
	t.Parallel()
	all, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range all {
		if !strings.HasPrefix(m.name, fmt.Sprintf("%04d_", i+1)) {
			t.Errorf("migration %d is called %s", i+1, m.name)
		}
		columns := 0
		for _, line := range strings.Split(m.script, "\n") {
			if column.MatchString(line) {
				columns++
				if !strings.Contains(line, " -- ") {
					t.Errorf("%s: no comment: %s", m.name, line)
				}
			}
		}
		if columns == 0 && strings.Contains(m.script, "CREATE TABLE") {
			t.Errorf("%s has no column", m.name)
		}
	}
}

// column is a line that defines one.
var column = regexp.MustCompile(`^  [a-z0-9_]+ +(TEXT|INTEGER|REAL|BLOB)\b`)

// TestAStepIsWholeOrNothing: a migration that fails leaves no trace.
func TestAStepIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	bad := migration{"9999_bad.sql", "CREATE TABLE half (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"}
	if err := step(t.Context(), s.writer, bad, 99); err == nil {
		t.Fatal("a bad step has no error")
	}
	var version, tables int
	row := s.writer.QueryRowContext(t.Context(), "SELECT user_version, (SELECT count(*) FROM sqlite_schema WHERE name = 'half') FROM pragma_user_version")
	if err := row.Scan(&version, &tables); err != nil || version == 99 || tables != 0 {
		t.Errorf("version is %d, there are %d tables of it: %v", version, tables, err)
	}
}

func TestLostKey(t *testing.T) {
	t.Parallel()
	dir := lay(t, 2)
	key := filepath.Join(dir, "key")
	right, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, s)
	if lost := c.LostSignIns(); !reflect.DeepEqual(lost, []string{"gate", "nvr"}) || c.Notice == nil ||
		!strings.Contains(c.Notice.Message, "gate, nvr") || !c.Devices[0].Credentials.IsZero() {
		t.Errorf("lost are %v, the notice is %v", lost, c.Notice)
	}
	// Edits without a sign-in keep what the right key opens.
	put(t, s, &c.Devices[0].Device)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, right, 0o600); err != nil {
		t.Fatal(err)
	}
	if c := load(t, openStore(t, dir)); c.Notice != nil || c.Devices[0].Credentials != recorder().Credentials {
		t.Errorf("with the right key the notice is %v", c.Notice)
	}
}

func TestForgetLostSignIns(t *testing.T) {
	t.Parallel()
	dir := lay(t, 2)
	if err := os.WriteFile(filepath.Join(dir, "key"), secret.FormatKey(secret.NewKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir)
	update(t, s, func(tx *Tx) error {
		if err := tx.ForgetCameraSignIn("gate"); err != nil {
			return err
		}
		return tx.ForgetDeviceSignIn("nvr")
	})
	if c := load(t, s); c.Notice != nil {
		t.Errorf("the notice is %v", c.Notice)
	}
}

func TestBadKeyFile(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"readable by others": func(path string) error { return os.Chmod(path, 0o640) },
		"no key":             func(path string) error { return os.WriteFile(path, []byte("12345\n"), 0o600) },
		"folder":             func(path string) error { os.Remove(path); return os.Mkdir(path, 0o700) },
	} {
		dir := lay(t, 2)
		if err := spoil(filepath.Join(dir, "key")); err != nil {
			t.Fatal(err)
		}
		for _, readOnly := range []bool{true, false} {
			_, err := Open(t.Context(), Config{Dir: dir, ReadOnly: readOnly})
			wantCode(t, err, fault.Config)
			if f, ok := err.(*fault.Error); !ok || f.Hint == "" || !strings.Contains(f.Message, "key") { //nolint:errorlint // it is itself
				t.Errorf("%s: error is %v", name, err)
			}
		}
	}
}
