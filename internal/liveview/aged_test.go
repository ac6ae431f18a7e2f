package liveview

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/wait"
)

// TestOldPictures: a viewer that tells that it paints old pictures gets fewer of
// them, and is told why, until they are young again. Once is not enough.
func TestOldPictures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		l := f.lane(0, func() {})
		defer l.close()
		l.aim(street, 15)
		told := func(age time.Duration, reports int) (target, string) {
			report(t, f, l, age, reports)
			return l.target()
		}
		if made, reduced := told(290*time.Millisecond, 4); made != street || reduced != "" {
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

// TestOldUnits: of coded units none can be left out for that, but it is told.
func TestOldUnits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		l := f.lane(0, func() {})
		defer l.close()
		l.aimCoded(25)
		for range oldReports {
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
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		defer f.close()
		l := f.lane(0, func() {})
		defer l.close()
		l.aim(street, 15)
		f.setBudget(8 * 3000) // three of these pictures a second
		report(t, f, l, 2*time.Second, 10)
		if _, reduced := l.target(); reduced != slowLink {
			t.Errorf("it is reduced by %q", reduced)
		}
		f.setBudget(0)
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
