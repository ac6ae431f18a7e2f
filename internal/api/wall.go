package api

import (
	"context"
	"net/http"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/wall"
)

// maxWallBody has room for every tile that a wall may have.
const maxWallBody = 1 << 20

// Wall is a named layout. All its pages have one grid.
type Wall struct {
	Name        string     `json:"name"`
	Title       string     `json:"title" doc:"For people; empty: the name."`
	Columns     int        `json:"columns"`
	Rows        int        `json:"rows"`
	Pages       []WallPage `json:"pages" nullable:"false" doc:"Shown in turn."`
	Provisioned bool       `json:"provisioned" doc:"It stands in camwall.yaml: it is changed there."`
	Revision    int64      `json:"revision" doc:"Grows with each change; the ETag."`
}

// WallContent is a wall as it is written. What is told of a wall beside that may
// stand in it, and means nothing.
type WallContent struct {
	Name        string     `json:"name,omitempty" maxLength:"63" doc:"That of the path."`
	Title       string     `json:"title,omitempty" maxLength:"100" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`
	Columns     int        `json:"columns" minimum:"1" maximum:"16"`
	Rows        int        `json:"rows" minimum:"1" maximum:"16"`
	Pages       []WallPage `json:"pages" nullable:"false" minItems:"1" maxItems:"64"`
	Provisioned bool       `json:"provisioned,omitempty" readOnly:"true"`
	Revision    int64      `json:"revision,omitempty" readOnly:"true"`
}

// WallPage is one page of a wall.
type WallPage struct {
	Title string  `json:"title" required:"false" maxLength:"100" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`
	Dwell float64 `json:"dwell" required:"false" minimum:"0" maximum:"86400" doc:"Seconds before the next page; 0: it stays."`
	Tiles []Tile  `json:"tiles" nullable:"false" maxItems:"64" doc:"None over another."`
}

// Tile is a rectangle of whole cells of the grid.
type Tile struct {
	Column  int         `json:"column" minimum:"0" maximum:"15" doc:"From 0."`
	Row     int         `json:"row" minimum:"0" maximum:"15" doc:"From 0."`
	Width   int         `json:"width" minimum:"1" maximum:"16" doc:"Cells."`
	Height  int         `json:"height" minimum:"1" maximum:"16" doc:"Cells."`
	Cameras []camera.ID `json:"cameras" required:"false" nullable:"false" maxItems:"64" maxLength:"63" pattern:"^[a-z0-9][a-z0-9_-]*$" patternDescription:"the id of a camera" doc:"Shown in turn; none: an empty tile."`
	Dwell   float64     `json:"dwell" required:"false" minimum:"0" maximum:"86400" doc:"Seconds that each of several cameras is shown; 0 is 10."`
	Stream  string      `json:"stream" required:"false" maxLength:"16" pattern:"^([a-z][a-z0-9_-]*)?$" patternDescription:"the name of a stream" doc:"auto, or empty: the one that suits the tile's size."`
	Fit     string      `json:"fit" required:"false" enum:",contain,cover,fill" doc:"Empty is contain."`
	Crop    *Crop       `json:"crop,omitempty" doc:"The part of the picture that is shown; missing: the whole."`
	Text    string      `json:"text" required:"false" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters" doc:"Empty: the camera's."`
	Overlay *Overlay    `json:"overlay" required:"false" doc:"Drawn over the picture. Missing or null: number and name; given: what is true in it, and nothing else."`
}

// Crop is a part of a picture, in shares of its width and height.
type Crop struct {
	X      float64 `json:"x" minimum:"0" maximum:"1" doc:"Left edge."`
	Y      float64 `json:"y" minimum:"0" maximum:"1" doc:"Upper edge."`
	Width  float64 `json:"width" minimum:"0.05" maximum:"1" doc:"With x at most 1."`
	Height float64 `json:"height" minimum:"0.05" maximum:"1" doc:"With y at most 1."`
}

// Overlay switches what is drawn over a picture.
type Overlay struct {
	Number     bool `json:"number" required:"false"`
	Name       bool `json:"name" required:"false"`
	Clock      bool `json:"clock" required:"false"`
	Statistics bool `json:"statistics" required:"false"`
}

// WallList is every wall.
type WallList struct {
	Walls []Wall `json:"walls" nullable:"false"`
}

// WallPath names a wall.
type WallPath struct {
	Name string `path:"name" maxLength:"63" pattern:"^[a-z0-9][a-z0-9_-]*$" patternDescription:"a name: small letters, digits, _ and -" doc:"The wall's name."`
}

type wallsOut struct{ Body WallList }

type wallOut struct {
	ETag
	Body Wall
}

type putWallIn struct {
	WallPath
	IfMatch
	IfNoneMatch string `header:"If-None-Match" maxLength:"200" doc:"*: only if there is no such wall yet."`
	Body        WallContent
}

func (a *API) registerWalls() {
	register(a, operation("list-walls", http.MethodGet, "/api/v1/walls", tagWalls, "Walls", ""), a.listWalls)
	register(a, operation("get-wall", http.MethodGet, "/api/v1/walls/{name}", tagWalls, "One wall", ""), a.getWall)
	put := operation("put-wall", http.MethodPut, "/api/v1/walls/{name}", tagWalls,
		"Make or replace a wall", "A wall that is there wants If-Match with the ETag that was read, so that nobody's change is lost: 428 without, 412 when it was changed since.")
	put.MaxBodyBytes = maxWallBody
	register(a, put, a.putWall)
	register(a, operation("remove-wall", http.MethodDelete, "/api/v1/walls/{name}", tagWalls, "Remove a wall", ""), a.removeWall)
}

func (a *API) listWalls(context.Context, *nothing) (*wallsOut, error) {
	walls := a.cfg.Inventory.Walls()
	list := make([]Wall, len(walls))
	for i := range walls {
		list[i] = tellWall(&walls[i])
	}
	return &wallsOut{WallList{list}}, nil
}

func (a *API) getWall(_ context.Context, in *struct{ WallPath }) (*wallOut, error) {
	w, err := a.cfg.Inventory.Wall(in.Name)
	if err != nil {
		return nil, err
	}
	return &wallOut{tagOf(w.Revision), tellWall(&w)}, nil
}

func (a *API) putWall(ctx context.Context, in *putWallIn) (*wallOut, error) {
	if in.Body.Name != "" && in.Body.Name != in.Name {
		return nil, fault.New(fault.BadRequest, "the name in the body is not that of the path", "a wall is named by its path")
	}
	want := in.Body.wall(in.Name)
	if err := want.Validate(); err != nil {
		return nil, err
	}
	a.changing.Lock() // from looking whether it is there to writing it
	defer a.changing.Unlock()
	expect, err := a.wallExpected(in)
	if err != nil {
		return nil, err
	}
	w, err := a.cfg.Inventory.PutWall(ctx, want, expect)
	if err != nil {
		return nil, err
	}
	return &wallOut{tagOf(w.Revision), tellWall(&w)}, nil
}

// wallExpected returns the revision that is to be replaced; a wall that is there
// is not overwritten by who has not read it.
func (a *API) wallExpected(in *putWallIn) (int64, error) {
	now, err := a.cfg.Inventory.Wall(in.Name)
	switch {
	case fault.CodeOf(err) == fault.NotFound && in.IfMatch.IfMatch == "":
		return anyRevision, nil
	case fault.CodeOf(err) == fault.NotFound:
		return 0, fault.Errorf(fault.Conflict, "there is no wall %q any more", in.Name).WithHint("leave out If-Match to make it anew")
	case err != nil:
		return 0, err
	case now.Provisioned:
		return anyRevision, nil // the inventory says why it can't be changed
	case in.IfNoneMatch == "*":
		return 0, fault.Errorf(fault.Conflict, "there is a wall %q already", in.Name)
	case in.IfMatch.IfMatch == "":
		return 0, fault.Errorf(fault.Precondition, "wall %q is there already", in.Name).
			WithHint("read it first, and send its ETag as If-Match")
	}
	return in.expected(func() (int64, error) { return now.Revision, nil })
}

func (a *API) removeWall(ctx context.Context, in *struct {
	WallPath
	IfMatch
},
) (*nothing, error) {
	expect, err := in.expected(func() (int64, error) {
		w, err := a.cfg.Inventory.Wall(in.Name)
		return w.Revision, err
	})
	if err != nil {
		return nil, err
	}
	return nil, a.cfg.Inventory.RemoveWall(ctx, in.Name, expect)
}

// wall returns the wall that is asked for.
func (b *WallContent) wall(name string) wall.Wall {
	w := wall.Wall{Name: name, Title: b.Title, Columns: b.Columns, Rows: b.Rows, Pages: make([]wall.Page, len(b.Pages))}
	for i := range b.Pages {
		p := &b.Pages[i]
		w.Pages[i] = wall.Page{Title: p.Title, Dwell: duration(p.Dwell), Tiles: make([]wall.Tile, len(p.Tiles))}
		for j := range p.Tiles {
			t := &p.Tiles[j]
			w.Pages[i].Tiles[j] = wall.Tile{
				Column: t.Column, Row: t.Row, Width: t.Width, Height: t.Height, Cameras: t.Cameras,
				Dwell: duration(t.Dwell), Stream: t.Stream, Fit: wall.Fit(t.Fit), Crop: wall.Crop(taken(t.Crop)),
				Text: t.Text, Overlay: overlayOf(t.Overlay),
			}
		}
	}
	return w
}

// overlayOf returns what a tile is to draw; nil is a tile that does not say.
func overlayOf(o *Overlay) wall.Overlay {
	if o == nil {
		return wall.UsualOverlay()
	}
	return wall.Overlay(*o)
}

func tellWall(w *inventory.Wall) Wall {
	out := Wall{
		Name: w.Name, Title: shown(w.Title), Columns: w.Columns, Rows: w.Rows, Pages: make([]WallPage, len(w.Pages)),
		Provisioned: w.Provisioned, Revision: w.Revision,
	}
	for i := range w.Pages {
		p := &w.Pages[i]
		out.Pages[i] = WallPage{Title: shown(p.Title), Dwell: seconds(p.Dwell), Tiles: make([]Tile, len(p.Tiles))}
		for j := range p.Tiles {
			t := &p.Tiles[j]
			cameras, overlay := t.Cameras, Overlay(t.Overlay)
			if cameras == nil {
				cameras = []camera.ID{}
			}
			out.Pages[i].Tiles[j] = Tile{
				Column: t.Column, Row: t.Row, Width: t.Width, Height: t.Height, Cameras: cameras,
				Dwell: seconds(t.Dwell), Stream: t.Stream, Fit: string(t.Fit), Text: shown(t.Text), Overlay: &overlay,
			}
			if !t.Crop.IsWhole() {
				c := Crop(t.Crop)
				out.Pages[i].Tiles[j].Crop = &c
			}
		}
	}
	return out
}
