package liveview

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/wait"
)

// TestOldPictures: a viewer that tells that it paints old pictures gets fewer of
// them, and is told why, until they are young again. Once is not enough.
func TestOldPictures(t *testing.T) {
	t.Parallel()
	withLane(t, func(t *testing.T, f *flow, l *lane) {
		l.aim(street, 15)
		told := func(age time.Duration, reports int) (target, string) {
			report(t, f, l, age, reports)
			return l.target()
		}
		if made, reduced := told(140*time.Millisecond, 4); made != street || reduced != "" {
			t.Errorf("with young pictures it gets %+v, %q", made, reduced)
		}
		if made, reduced := told(800*time.Millisecond, 1); made != street || reduced != "" {
			t.Errorf("after one report of old pictures it gets %+v, %q", made, reduced)
		}
		if made, reduced := told(800*time.Millisecond, 4); made.rate(15) > 10 || reduced != slowScreen {
			t.Errorf("with old pictures it gets %+v, %q", made, reduced)
		}
		if made, reduced := told(50*time.Millisecond, 100); made != street || reduced != "" {
			t.Errorf("with young pictures again it gets %+v, %q", made, reduced)
		}
	})
}

// TestPicturesThatComeOld: a camera whose pictures are put in order by a decoder has
// old ones, which is no screen's fault.
func TestPicturesThatComeOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		for _, own := range []time.Duration{10 * time.Millisecond, 400 * time.Millisecond} {
			l := f.lane(0, func() {})
			defer l.close()
			l.aim(street, 15)
			l.sending(own + time.Second) // a busy moment
			l.sending(own)
			report(t, f, l, 450*time.Millisecond, 5)
			if made, reduced := l.target(); (made == street) != (own == 400*time.Millisecond) || (made == street) != (reduced == "") {
				t.Errorf("with pictures that come %v old it gets %+v, %q", own, made, reduced)
			}
		}
	})
}

// withLane runs a test of one tile in a time of its own.
func withLane(t *testing.T, run func(t *testing.T, f *flow, l *lane)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		l := f.lane(0, func() {})
		defer l.close()
		run(t, f, l)
	})
}

// report lets all go through that l asks for, 14 pictures a second, while the viewer
// tells every two seconds how old its pictures are.
func report(t *testing.T, f *flow, l *lane, age time.Duration, reports int) {
	t.Helper()
	for range reports {
		for i := range 28 {
			if l.ask(1000) {
				seq, _ := l.begin(1000, true)
				if err := l.ack(seq, seq); err != nil {
					t.Fatal(err)
				}
			}
			wait.For(context.Background(), 2*time.Second/28)
			if i%7 == 6 {
				f.tick()
			}
		}
		l.aged(age)
	}
}

// TestMoreOnTrial: more that was tried and makes pictures old is taken back by the
// first report that tells so.
func TestMoreOnTrial(t *testing.T) {
	t.Parallel()
	withLane(t, func(t *testing.T, f *flow, l *lane) {
		l.aim(street, 15)
		report(t, f, l, 800*time.Millisecond, 4)
		report(t, f, l, 50*time.Millisecond, 2)
		less, _ := l.target()
		for l.made() == less {
			report(t, f, l, 50*time.Millisecond, 1)
		}
		report(t, f, l, 800*time.Millisecond, 1) // of before, too
		if more, _ := l.target(); more == less {
			t.Error("what was told of the time before counted")
		}
		report(t, f, l, 800*time.Millisecond, 1)
		wait.For(context.Background(), statsSlot)
		f.tick()
		if made, _ := l.target(); made != less {
			t.Errorf("after a report of old pictures it gets %+v, before %+v", made, less)
		}
	})
}

// TestAgesAreShared: where several tiles paint old pictures, those that get the most are
// the first to get less, whichever told so.
func TestAgesAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		lanes := []*lane{f.lane(0, func() {}), f.lane(0, func() {}), f.lane(0, func() {})}
		for _, l := range lanes {
			defer l.close()
			l.aim(street, 15)
		}
		begun := lanes[2].made()
		parts := func() (parts []float64) {
			young, _ := f.old(time.Now())
			for _, l := range lanes {
				parts = append(parts, young(l))
			}
			return parts
		}
		for i, want := range [][]float64{{0.5, 1, 1}, {1, 1, 0.4}} {
			l := lanes[i]
			l.screen.cut, l.screen.changed = 0.7, time.Now().Add(-time.Minute)
			l.aging = aging{reports: oldReports, at: time.Now(), by: slowScreen, part: 0.5 - 0.2*float64(i)}
			if got := parts(); !slices.Equal(got, want) {
				t.Errorf("with %d old ones the parts are %v, want %v", i+1, got, want)
			}
		}
		report(t, f, lanes[2], 50*time.Millisecond, 2)
		if made, reduced := lanes[2].target(); made == begun || reduced != slowScreen {
			t.Errorf("who has more gets %+v, %q", made, reduced)
		}
	})
}

// TestJPEGsAfterOldUnits: a screen that did not bear the coded stream gets few JPEGs
// first.
func TestJPEGsAfterOldUnits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		for _, age := range []time.Duration{50 * time.Millisecond, time.Second} {
			l := f.lane(0, func() {})
			defer l.close()
			l.aimCoded(25)
			for range oldUnitReports {
				l.aged(age)
			}
			l.aim(street, 25)
			made, reduced := l.target()
			if few := made.rate(25) <= 10; few != (age == time.Second) || few != (reduced == slowScreen) {
				t.Errorf("after units of %v: %+v, %q", age, made, reduced)
			}
		}
	})
}

// TestOldUnits: of coded units none can be left out for that, but it is told.
func TestOldUnits(t *testing.T) {
	t.Parallel()
	withLane(t, func(t *testing.T, f *flow, l *lane) {
		l.aimCoded(25)
		for range oldUnitReports {
			l.aged(time.Second)
		}
		if _, reduced := l.target(); reduced != slowScreen {
			t.Errorf("with old units it is %q", reduced)
		}
		wait.For(context.Background(), slipTold)
		if _, reduced := l.target(); reduced != "" || l.narrowed() {
			t.Errorf("later it is %q, narrowed %t", reduced, l.narrowed())
		}
	})
}

// TestOldPicturesOfANarrowWay: what waits in a queue on the way is old on every
// screen, and the way gets the blame.
func TestOldPicturesOfANarrowWay(t *testing.T) {
	t.Parallel()
	withLane(t, func(t *testing.T, f *flow, l *lane) {
		l.aim(street, 15)
		f.setBudget(8 * 3000) // three of these pictures a second
		report(t, f, l, 2*time.Second, 10)
		if _, reduced := l.target(); reduced != slowLink {
			t.Errorf("it is reduced by %q", reduced)
		}
		f.setBudget(0)
		if made, _ := l.target(); made.rate(15) > 3 && made.width == street.width {
			t.Errorf("pictures that wait for the way are made like %+v", made)
		}
		l.screen.reduced = true // since before
		if _, reduced := l.target(); reduced != slowLink {
			t.Errorf("with a screen that is less to blame it is reduced by %q", reduced)
		}
		l.screen.cut = 0.999
		if _, reduced := l.target(); reduced != slowScreen {
			t.Errorf("with a screen that is more to blame it is reduced by %q", reduced)
		}
	})
}

// TestBurstsAreNoQueue: acknowledgements that are late now and then are those of a
// busy machine; a narrow way makes all of them late.
func TestBurstsAreNoQueue(t *testing.T) {
	t.Parallel()
	at := time.Now()
	p := newPace(at)
	for i := range 200 {
		delay := 5 * time.Millisecond
		if i%20 >= 13 { // 0.7 of 2 s
			delay = 120 * time.Millisecond
		}
		at = at.Add(100 * time.Millisecond)
		p.took(delay, at)
		if p.queue(at) {
			t.Fatalf("after %d acknowledgements there is a queue, for %.2f of the time", i, p.standing)
		}
	}
	for range 30 {
		at = at.Add(100 * time.Millisecond)
		p.took(120*time.Millisecond, at)
	}
	if !p.queue(at) {
		t.Errorf("all are late, and the queue stood for %.2f of the time", p.standing)
	}
}
