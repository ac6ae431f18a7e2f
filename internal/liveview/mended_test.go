package liveview

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/liveview/wire"
	"camwall/internal/media"
	"camwall/internal/streaming"
	"camwall/internal/wait"
)

// TestStatesAmongUnitsThatCatchUp: what comes between the units of a GOP that is
// caught up does not stop them.
func TestStatesAmongUnitsThatCatchUp(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(`{"type":"watch","tile":1,"camera":"cam1","width":640,"height":360,"formats":["h264","jpeg"]}`)
	w.json("state")
	s.each("cam1", func(f *stageFollower) {
		item := func(data string, key, catchingUp bool) streaming.FollowItem {
			u := &media.AccessUnit{Track: &media.Track{Codec: media.H264}, Data: []byte(data), Key: key, Arrived: time.Now()}
			return streaming.FollowItem{Source: f.source, Unit: u, CatchingUp: catchingUp}
		}
		behind := shownAs(f.want)
		behind.Status.Behind = time.Second
		f.items = append(f.items, item("key", true, true), streaming.FollowItem{Source: f.source, State: behind},
			item("second", false, true), item("third", false, false))
	})
	for i, want := range []string{"key", "second", "third"} {
		if p := w.picture(); p.text != want {
			t.Errorf("unit %d is %+v, want %s", i, p, want)
		}
	}
}

// TestWishesAreSnapped: viewers share what is made, whatever they ask for.
func TestWishesAreSnapped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, out float64 }{{0, 0}, {0.01, 0.1}, {4.9, 3}, {24.99, 20}, {25, 25}, {60, 60}} {
		if got := snapped(c.in, rates); got != c.out {
			t.Errorf("%g pictures a second are %g, want %g", c.in, got, c.out)
		}
	}
	for _, c := range []struct{ in, out int }{{1, 20}, {74, 55}, {75, 75}, {100, 90}} {
		if got := snapped(c.in, qualities); got != c.out {
			t.Errorf("quality %d is %d, want %d", c.in, got, c.out)
		}
	}
}

// TestALinkIsForgotten: what was left out on a narrow way is not left out for ever
// when the last tile of JPEGs goes.
func TestALinkIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		f.link = throttle{cut: 0.5, reduced: true}
		l := f.lane(0, func() {})
		defer l.close()
		l.aimCoded(25)
		for range 6 {
			wait.For(context.Background(), beat)
			f.tick()
		}
		if l.narrowed() || f.link.part() != 1 {
			t.Errorf("after 3 s without JPEGs the link is %+v", f.link)
		}
	})
}

// TestAPauseIsNoSlowWay: what waits while nobody looks is not blamed on the way.
func TestAPauseIsNoSlowWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		l := f.lane(0, func() {})
		defer l.close()
		l.aim(street, 15)
		f.rest(true)
		if l.ask(1000) {
			t.Fatal("something is granted while nobody looks")
		}
		wait.For(context.Background(), time.Minute)
		f.rest(false)
		f.tick()
		if w := l.stats.window(); w.link > time.Second || f.pace.capacity(time.Now()) > 0 {
			t.Errorf("after the pause it waited %v for the way, which carries %v", w.link, f.pace.capacity(time.Now()))
		}
	})
}

// TestAFarWayIsNoSlowScreen: the time that a picture is under way says nothing
// about the screen.
func TestAFarWayIsNoSlowScreen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		f.pace.took(400*time.Millisecond, time.Now())
		l := f.lane(0, func() {})
		defer l.close()
		l.aimCoded(25)
		for range 3 {
			l.aged(600 * time.Millisecond)
		}
		if _, reduced := l.target(); reduced != "" {
			t.Errorf("pictures of 0.6 s over 0.4 s of way are %q", reduced)
		}
	})
}

// TestManyAcksAreManyCommands: one message of acknowledgements is not one command.
func TestManyAcksAreManyCommands(t *testing.T) {
	t.Parallel()
	if n := weight([]wire.Command{wire.Ack{Tiles: make([]wire.TileAck, 160)}, wire.Pause{}}); n != 12 {
		t.Errorf("it counts as %d", n)
	}
}

// TestLivenessOfLastUnits: units of a camera that is not live say so.
func TestLivenessOfLastUnits(t *testing.T) {
	t.Parallel()
	s := newSet()
	_, server := serveSet(t, s, Config{})
	w := dialWall(t, server).hello()
	w.do(`{"type":"watch","tile":1,"camera":"cam1","width":640,"height":360,"formats":["h264","jpeg"]}`)
	w.json("state")
	s.state("cam1", func(shown *streaming.Shown) { shown.Status.State = camera.Silent })
	w.json("state")
	s.unit("cam1", "late", true, false)
	if p := w.picture(); wire.Flags(p.flags)&wire.Last == 0 {
		t.Errorf("a unit of a silent camera comes as %+v", p)
	}
}
