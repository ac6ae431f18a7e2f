package inventory

import (
	"fmt"
	"strings"
	"testing"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/wall"
)

// ofFile returns an edit that gives an inventory walls and cameras of camwall.yaml.
func ofFile(cameras []camera.Camera, walls ...wall.Wall) func(*Config) {
	return func(cfg *Config) {
		cfg.Walls, cfg.Cameras = walls, cameras
		for _, c := range cameras {
			cfg.Devices = append(cfg.Devices, c.Device)
		}
	}
}

// ofNumber returns a camera of camwall.yaml.
func ofNumber(id string, number int) camera.Camera {
	return camera.Camera{
		ID: camera.ID(id), Name: id, Number: number, Provisioned: true, Disabled: true,
		Device:  &camera.Device{ID: "of-" + id, Address: "192.0.2.1:" + fmt.Sprint(1000+number), Provisioned: true},
		Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.1:" + fmt.Sprint(1000+number) + "/"}},
	}
}

func preset(name string, cameras ...camera.ID) wall.Wall {
	return wall.Even(2).Wall(name, "of the file", cameras).WithDefaults()
}

// shownBy returns the cameras of a wall's first page.
func shownBy(w Wall) string {
	var ids []string
	for _, t := range w.Pages[0].Tiles {
		for _, id := range t.Cameras {
			ids = append(ids, string(id))
		}
	}
	return strings.Join(ids, " ")
}

// TestProvisionedWalls: they are told and can't be changed; a stored one of the
// same name gives way until it is gone from the file.
func TestProvisionedWalls(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	if _, err := s.PutWall(t.Context(), lobby(), 0); err != nil {
		t.Fatal(err)
	}
	s = s.restarted(ofFile([]camera.Camera{ofNumber("gate", 7)}, preset("lobby", "gate", "7", "8", "nobody", "gone", "gone")))
	w, err := s.Wall("LOBBY")
	if err != nil || !w.Provisioned || w.Title != "of the file" || w.Revision != 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	if got := shownBy(w); got != "gate gate 8 nobody" {
		t.Errorf("it shows %s", got)
	}
	if all := s.Walls(); len(all) != 1 || shownBy(all[0]) != shownBy(w) {
		t.Errorf("walls are %+v", all)
	}
	for _, want := range []string{"a stored wall gives way to one of camwall.yaml", `cameras that are not there" wall=lobby cameras="[8 nobody gone]"`} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("not in the log: %s", want)
		}
	}
	w.Pages[0].Tiles[0].Cameras[0] = "other"
	if again, err := s.Wall("lobby"); err != nil || shownBy(again) != "gate gate 8 nobody" {
		t.Errorf("who was told can change it: %+v, %v", again, err)
	}

	for _, expect := range []int64{0, 1} {
		_, err = s.PutWall(t.Context(), lobby(), expect)
		refused(t, err, fault.NotEditable, "wall lobby comes from camwall.yaml / change it there and start Camwall again")
		refused(t, s.RemoveWall(t.Context(), "lobby", expect), fault.NotEditable, "a wall of another name")
	}
	s = s.restarted(nil)
	if w, err := s.Wall("lobby"); err != nil || w.Provisioned || w.Title != "Entrance" {
		t.Errorf("the stored wall is %+v, %v", w, err)
	}
}

// TestWallsFollowNumbers: a number means the camera that has it now, and listeners
// are told.
func TestWallsFollowNumbers(t *testing.T) {
	t.Parallel()
	s := opened(t, "", ofFile([]camera.Camera{ofNumber("gate", 7)}, preset("lobby", "8", "7"), preset("other", "gate")))
	changes := s.Changes(t.Context())
	next := func(want ...string) {
		t.Helper()
		for _, w := range want {
			if c := <-changes; string(c.Kind)+" "+c.ID != w {
				t.Errorf("told %s %s, want %s", c.Kind, c.ID, w)
			}
		}
	}
	yard, err := s.AddCamera(t.Context(), NewCamera{ID: "yard", Number: 8, URL: "rtsp://127.0.0.1:9/x"})
	if err != nil {
		t.Fatal(err)
	}
	next("device.added "+yard.Device.ID, "camera.added yard", "wall.changed lobby")
	if w, _ := s.Wall("lobby"); shownBy(w) != "yard gate" {
		t.Errorf("it shows %s", shownBy(w))
	}
	name := "Yard"
	if _, err := s.EditCamera(t.Context(), "yard", 0, CameraEdit{Name: &name}); err != nil {
		t.Fatal(err)
	}
	next("camera.changed yard") // and no wall
	number := 9
	if _, err := s.EditCamera(t.Context(), "yard", 0, CameraEdit{Number: &number}); err != nil {
		t.Fatal(err)
	}
	next("camera.changed yard", "wall.changed lobby")
	number = 8
	if _, err := s.EditCamera(t.Context(), "yard", 0, CameraEdit{Number: &number}); err != nil {
		t.Fatal(err)
	}
	next("camera.changed yard", "wall.changed lobby")
	if err := s.RemoveCamera(t.Context(), "yard", 0); err != nil {
		t.Fatal(err)
	}
	next("camera.removed yard", "wall.changed lobby")
	if w, _ := s.Wall("lobby"); shownBy(w) != "8 gate" {
		t.Errorf("it shows %s", shownBy(w))
	}
}
