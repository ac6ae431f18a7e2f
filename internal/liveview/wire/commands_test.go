package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Command{
		`{"type":"watch","tile":1,"camera":"gate","width":16,"height":8192}`: Watch{1, Wish{"gate", "auto", 16, 8192, Contain, 0, 75, []Format{JPEG}}},
		`{"type":"watch","tile":2147483647,"camera":"Gate","width":640,"height":360.0,"stream":"sub","fit":"cover","fps":12.5,"quality":1,"formats":["h265","h264","jpeg"]}`: Watch{
			1<<31 - 1, Wish{"Gate", "sub", 640, 360, Cover, 12.5, 1, []Format{H265, H264, JPEG}},
		},
		`{"type":"unwatch","tile":3}`:                               Unwatch{3},
		`{"type":"restart","tile":3}`:                               Restart{3},
		`{"type":"ack","tiles":[[1,9,8],[2,0,0]]}`:                  Ack{[]TileAck{{1, 9, 8}, {2, 0, 0}}},
		`{"type":"ack","tiles":[]}`:                                 Ack{[]TileAck{}},
		`{"type":"pause"}`:                                          Pause{},
		"\n\t{ \"type\" : \"resume\" } \r\n":                        Resume{},
		`{"type":"ping","sent":-1.50e2}`:                            Ping{json.RawMessage("-1.50e2")},
		`{"type":"budget","bits":2000000}`:                          Budget{2e6},
		`{"type":"budget","bits":0}`:                                Budget{},
		`{"type":"sound","tile":0}`:                                 Listen{},
		`{"type":"sound","tile":4}`:                                 Listen{4},
		`{"type":"report","tile":4}`:                                Report{Tile: 4},
		`{"type":"report","tile":4,"unchangedSince":null}`:          Report{Tile: 4},
		`{"type":"report","tile":4,"unchangedSince":1.5e12}`:        Report{Tile: 4, UnchangedSince: Millis{time.UnixMilli(1.5e12)}},
		`{"type":"report","tile":4,"fps":14.9,"delay":31.5}`:        Report{Tile: 4, FPS: 14.9, Delay: 31.5},
		`[{"type":"pause"}]`:                                        Pause{},
		`{"type":"sound","tile":4,"tile":5}`:                        Listen{5},
		`{"type":"ack","tiles":[[2147483647,4294967295,1]]}`:        Ack{[]TileAck{{1<<31 - 1, 1<<32 - 1, 1}}},
		`{"type":"report","tile":4,"fps":null,"delay":-30.5}`:       Report{Tile: 4, Delay: -30.5},
		`{"type":"unwatch","tile":` + strings.Repeat("0", 0) + `7}`: Unwatch{7},
	} {
		got, err := ReadCommands([]byte(text))
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s\nis %+v, %v\nwant %+v", text, got, err, want)
		}
	}
}

func TestChangeKeepsTheRest(t *testing.T) {
	t.Parallel()
	old := Wish{"gate", "auto", 640, 360, Contain, 5, 75, []Format{H264, JPEG}}
	for text, change := range map[string]func(*Wish){
		``:                     func(*Wish) {},
		`,"camera":"hof"`:      func(w *Wish) { w.Camera = "hof" },
		`,"stream":"main"`:     func(w *Wish) { w.Stream = "main" },
		`,"width":1280`:        func(w *Wish) { w.Width = 1280 },
		`,"height":720`:        func(w *Wish) { w.Height = 720 },
		`,"fit":"fill"`:        func(w *Wish) { w.Fit = Fill },
		`,"fps":0`:             func(w *Wish) { w.FPS = 0 },
		`,"quality":40`:        func(w *Wish) { w.Quality = 40 },
		`,"formats":["jpeg"]`:  func(w *Wish) { w.Formats = []Format{JPEG} },
		`,"width":null`:        func(*Wish) {},
		`,"fps":1,"width":320`: func(w *Wish) { w.FPS, w.Width = 1, 320 },
	} {
		got, err := ReadCommands([]byte(`{"type":"change","tile":9` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		want := old
		change(&want)
		if c := got[0].(Change); c.Tile != 9 || !reflect.DeepEqual(c.Apply(old), want) {
			t.Errorf("%s makes %+v, want %+v", text, c.Apply(old), want)
		}
	}
}

func TestManyCommands(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{0: true, 2: true, 256: true, 257: false} {
		text := "[" + strings.TrimSuffix(strings.Repeat(`{"type":"pause"},`, n), ",") + "]"
		got, err := ReadCommands([]byte(text))
		if (err == nil) != ok || ok && len(got) != n {
			t.Errorf("%d commands are %d, %v", n, len(got), err)
		}
	}
}

// TestRefused: each names what is wrong.
func TestRefused(t *testing.T) {
	t.Parallel()
	watch := func(rest string) string {
		return `{"type":"watch","tile":1,"camera":"gate","width":640,"height":360` + rest + `}`
	}
	for text, names := range map[string]string{
		``:                                     "JSON",
		`null`:                                 "JSON",
		`7`:                                    "JSON",
		`"pause"`:                              "JSON",
		`{`:                                    "JSON",
		`[`:                                    "JSON",
		`{}{}`:                                 "JSON",
		`[null]`:                               "JSON",
		`[[]]`:                                 "JSON",
		`[{"type":"pause"},7]`:                 "JSON",
		`{}`:                                   "type",
		`{"type":""}`:                          "type",
		`{"type":"fly"}`:                       "type",
		`{"type":"Pause"}`:                     "type",
		`{"type":7}`:                           "type",
		`{"type":"pause","tile":1}`:            "tile",
		`{"type":"unwatch"}`:                   "tile",
		`{"type":"unwatch","tile":0}`:          "tile",
		`{"type":"unwatch","tile":-1}`:         "tile",
		`{"type":"unwatch","tile":1.5}`:        "tile",
		`{"type":"unwatch","tile":2147483648}`: "tile",
		`{"type":"unwatch","tile":1e300}`:      "tile",
		`{"type":"unwatch","tile":"1"}`:        "tile",
		`{"type":"unwatch","tile":null}`:       "tile",
		`{"type":"unwatch","tile":1,"x":1}`:    "x",
		`{"type":"unwatch","Tile":1}`:          "tile",
		watch(`,"width":15`):                   "width",
		watch(`,"height":8193`):                "height",
		watch(`,"height":null`):                "height",
		watch(`,"fit":"none"`):                 "fit",
		watch(`,"fps":-1`):                     "fps",
		watch(`,"fps":60.5`):                   "fps",
		watch(`,"quality":0`):                  "quality",
		watch(`,"quality":101`):                "quality",
		watch(`,"stream":"a b"`):               "stream",
		watch(`,"stream":"../x"`):              "stream",
		watch(`,"formats":[]`):                 "formats",
		watch(`,"formats":["jpeg","jpeg"]`):    "formats",
		watch(`,"formats":["gif"]`):            "formats",
		watch(`,"formats":"jpeg"`):             "formats",
		watch(`,"camera":""`):                  "camera",
		watch(`,"camera":{}`):                  "camera",
		watch(`,"camera":"` + strings.Repeat("x", 257) + `"`):                      "camera",
		`{"type":"watch","tile":1,"width":640,"height":360}`:                       "camera",
		`{"type":"watch","tile":1,"camera":"a","width":640}`:                       "height",
		`{"type":"change","tile":1,"width":1}`:                                     "width",
		`{"type":"ack"}`:                                                           "tiles",
		`{"type":"ack","tiles":{}}`:                                                "tiles",
		`{"type":"ack","tiles":[[1,2]]}`:                                           "tiles",
		`{"type":"ack","tiles":[[1,2,3,4]]}`:                                       "tiles",
		`{"type":"ack","tiles":[[0,2,2]]}`:                                         "tiles",
		`{"type":"ack","tiles":[[1,2,3]]}`:                                         "tiles",
		`{"type":"ack","tiles":[[1,-2,-3]]}`:                                       "tiles",
		`{"type":"ack","tiles":[[1,4294967296,1]]}`:                                "tiles",
		`{"type":"ack","tiles":[1,2,3]}`:                                           "tiles",
		`{"type":"ack","tiles":[null]}`:                                            "tiles",
		`{"type":"ack","tiles":[` + strings.Repeat("[1,1,1],", 1024) + `[1,1,1]]}`: "tiles",
		`{"type":"ping"}`:                                                          "sent",
		`{"type":"ping","sent":null}`:                                              "sent",
		`{"type":"ping","sent":"1"}`:                                               "sent",
		`{"type":"ping","sent":[]}`:                                                "sent",
		`{"type":"ping","sent":` + strings.Repeat("1", 65) + `}`:                   "sent",
		`{"type":"budget","bits":-1}`:                                              "bits",
		`{"type":"budget","bits":1e13}`:                                            "bits",
		`{"type":"report","tile":1,"unchangedSince":-1}`:                           "unchangedSince",
		`{"type":"report","tile":1,"fps":1e9}`:                                     "fps",
		`{"type":"report","tile":1,"delay":1e10}`:                                  "delay",
		strings.Repeat(" ", MaxCommands+1):                                         "long",
		"{\"type\":\"pa\u0000\n" + strings.Repeat("x", 900) + `"}`:                 "JSON",
		`{"type":"pause","` + strings.Repeat("x", 900) + `":1}`:                    "xxx",
	} {
		got, err := ReadCommands([]byte(text))
		if fault.CodeOf(err) != fault.BadRequest || got != nil {
			t.Errorf("%.80s is %+v, %v", text, got, err)
			continue
		}
		if !strings.Contains(err.Error(), names) || len(err.Error()) > 200 {
			t.Errorf("%.80s is refused with %q, which does not name %q", text, err, names)
		}
	}
}

func FuzzReadCommands(f *testing.F) {
	for _, seed := range []string{
		`{"type":"watch","tile":1,"camera":"gate","width":640,"height":360,"formats":["h264","jpeg"],"fit":"cover","fps":15,"quality":75,"stream":"auto"}`,
		`[{"type":"ack","tiles":[[1,9,8],[2,3,3]]},{"type":"ping","sent":1e3},{"type":"report","tile":1,"unchangedSince":null,"fps":15,"delay":30}]`,
		`{"type":"change","tile":1,"width":1280,"height":720}`, `{"type":"unwatch","tile":1}`, `{"type":"restart","tile":1}`,
		`[{"type":"pause"},{"type":"resume"},{"type":"budget","bits":2e6},{"type":"sound","tile":0}]`,
		`[`, `{"type":`, "\xff", `[[[[[[[[`, `{"type":"ping","sent":1e999}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		commands, err := ReadCommands(data)
		if err != nil {
			if fault.CodeOf(err) != fault.BadRequest || commands != nil {
				t.Fatalf("refused with %v and %d commands", err, len(commands))
			}
			return
		}
		for _, c := range commands {
			if err := plausible(c); err != nil {
				t.Errorf("%s: %v", data, err)
			}
		}
	})
}

// plausible checks what the rest of the server relies on.
func plausible(c Command) error {
	wish := Wish{Camera: "x", Stream: AutoStream, Width: minSide, Height: minSide, Fit: Fill, Quality: 1, Formats: []Format{JPEG}}
	switch c := c.(type) {
	case Watch:
		wish = c.Wish
	case Change:
		wish = c.Apply(wish)
	case Ping:
		if b := AppendJSON(nil, Pong{Sent: c.Sent}); !json.Valid(b[5:]) {
			return fmt.Errorf("the pong is %q", b)
		}
	case Ack:
		for _, a := range c.Tiles {
			if a.Tile == 0 || a.Tile > maxTile || a.Painted > a.Received {
				return fmt.Errorf("ack %+v", a)
			}
		}
	}
	if wish.Camera == "" || wish.Width < minSide || wish.Width > maxSide || wish.Height < minSide || wish.Height > maxSide ||
		wish.FPS < 0 || wish.FPS > maxFPS || wish.Quality < 1 || wish.Quality > 100 || len(wish.Formats) == 0 || len(wish.Formats) > 3 {
		return fmt.Errorf("wish %+v", wish)
	}
	return nil
}
