package liveview

import (
	"cmp"
	"slices"
	"time"

	"camwall/internal/liveview/wire"
)

// Connection is a live connection as statistics show it.
type Connection struct {
	Remote string
	Since  time.Time
	Paused bool
	Tiles  []Tile
}

// Tile is what a tile of a live connection shows.
type Tile struct {
	Number         uint32
	Camera, Stream string
	Format         wire.Format
	Why            string // why it is not the first of the accepted formats: "", codec or link
	Reduced        string // why less is sent than was asked for: "", link or screen

	// FPS is what the viewer paints, and Delay from arrival to paint, as the
	// viewer tells them; 0 is unknown.
	FPS   float64
	Delay time.Duration
}

// Connections returns the live connections, the oldest first.
func (h *Handler) Connections() []Connection {
	h.mu.Lock()
	all := make([]*connection, 0, len(h.connections))
	for c := range h.connections {
		all = append(all, c)
	}
	h.mu.Unlock()
	list := make([]Connection, 0, len(all))
	for _, c := range all {
		list = append(list, c.snapshot())
	}
	slices.SortFunc(list, func(a, b Connection) int { return a.Since.Compare(b.Since) })
	return list
}

func (c *connection) snapshot() Connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Connection{Remote: c.remote, Since: c.began, Paused: c.paused, Tiles: make([]Tile, 0, len(c.tiles))}
	for _, t := range c.tiles {
		s.Tiles = append(s.Tiles, t.snapshot())
	}
	slices.SortFunc(s.Tiles, func(a, b Tile) int { return cmp.Compare(a.Number, b.Number) })
	return s
}

func (t *tile) snapshot() Tile {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Tile{
		Number: t.number, Camera: t.wants.wish.Camera, Stream: t.told.Stream, Format: t.told.Format,
		Why: t.told.Why, Reduced: t.told.Reduced,
		FPS: t.seen.FPS, Delay: time.Duration(t.seen.Delay * float64(time.Millisecond)),
	}
}
