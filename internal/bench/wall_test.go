package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReadWallAnswer(t *testing.T) {
	t.Parallel()
	// As frontend/tests/bench/wall.ts prints it.
	const text = `a line before
{"worstRate":14.5,"meanRate":14.9,"worstMedianAge":50,"medianAge":40,"age95":80.5,"age99":90,"serverCPU":12,"browserCPU":80,"browserMemory":3e8,"formats":{"jpeg":2,"h264":14},"reduced":1,"longestFrame":30}
`
	var got wallAnswer
	if err := readWallAnswer([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.WorstRate != 14.5 || got.Age95 != 80.5 || got.BrowserMemory != 3e8 || got.Reduced != 1 || formatsOf(got.Formats) != "14 h264, 2 jpeg" {
		t.Errorf("%+v", got)
	}
	if only := formatsOf(map[string]int{"jpeg": 16}); only != "jpeg" {
		t.Errorf("%q", only)
	}
	for _, bad := range []string{"", "nothing", "{}\nhalf"} {
		if err := readWallAnswer([]byte(bad), &got); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestWallAims(t *testing.T) {
	t.Parallel()
	scenes := wallScenes()
	good := wallAnswer{WorstRate: 14.2, Age95: 249}
	for name, c := range map[string]struct {
		scene wallScene
		got   wallAnswer
		met   bool
	}{
		"sixteen":           {scenes[0], good, true},
		"sixteen, slow":     {scenes[0], wallAnswer{WorstRate: 13.9, Age95: 100, Reduced: 16}, false},
		"sixteen, old":      {scenes[0], wallAnswer{WorstRate: 15, Age95: 251}, false},
		"one":               {scenes[1], wallAnswer{WorstRate: 25, Age95: 299}, true},
		"one, old":          {scenes[1], wallAnswer{WorstRate: 25, Age95: 301}, false},
		"one, slow":         {scenes[1], wallAnswer{WorstRate: 12, Age95: 100}, false},
		"one, slow and so":  {scenes[1], wallAnswer{WorstRate: 12, Age95: 100, Reduced: 1}, true},
		"sixteen on 4K, so": {scenes[4], wallAnswer{WorstRate: 8, Age95: 290, Reduced: 16}, true},
	} {
		met := true
		for _, a := range wallAims(c.scene, "jpeg", c.got) {
			met = met && a.met
		}
		if met != c.met {
			t.Errorf("%s: met %v", name, met)
		}
	}
}

func TestPutWall(t *testing.T) {
	t.Parallel()
	var got struct {
		Columns, Rows int
		Pages         []struct {
			Tiles []struct {
				Column, Row, Width, Height int
				Cameras                    []string
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut || r.URL.Path != "/api/v1/walls/bench" || got.Columns > 0 {
			http.Error(w, "no", http.StatusConflict)
			return
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	if err := putWall(t.Context(), server.URL, wallJSON(4)); err != nil {
		t.Fatal(err)
	}
	tiles := got.Pages[0].Tiles
	if got.Columns != 4 || got.Rows != 4 || len(tiles) != 16 || tiles[5].Column != 1 || tiles[5].Row != 1 || tiles[5].Width != 1 || tiles[5].Cameras[0] != "wall6" {
		t.Errorf("%+v", got)
	}
	if err := putWall(t.Context(), server.URL, wallJSON(1)); err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("refused: %v", err)
	}
}

// TestWallTask holds the names that the browser's side reads.
func TestWallTask(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(wallTask{Address: "a", Width: 1, Height: 2, Tiles: 3, Seconds: 4, Sent: "s", Paths: map[string]string{"c": "p"}, Server: 5})
	const want = `{"address":"a","width":1,"height":2,"tiles":3,"seconds":4,"sent":"s","paths":{"c":"p"},"server":5}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
}

func TestLookAtWallTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := &bench{source: t.TempDir()}
	if _, err := b.lookAtWall(t.Context(), wallTask{}); err == nil {
		t.Error("a wall was looked at without a page's folder")
	}
}
