package liveview

import (
	"context"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/fault"
	"camwall/internal/wait"
)

// way is a simulated way to a viewer: so many bytes a second, one behind the
// other, and a delay in each direction. It runs in a bubble.
type way struct {
	flow  *flow
	delay time.Duration
	paint time.Duration // for which the screen is busy with each picture; 0 is none

	// mu guards the fields below.
	mu    sync.Mutex
	rate  float64   // bytes a second; 0 is no bound
	empty time.Time // when all that was sent has left
	shown time.Time // when the screen is done with all that came
	bytes int
}

// viewed is what came of one tile.
type viewed struct {
	at      time.Time
	age     time.Duration
	target  target
	reduced string
}

// carry takes a picture of a lane to the viewer, who acknowledges it.
func (w *way) carry(l *lane, seq uint32, bytes int, painted func(now time.Time)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.empty.Before(now) {
		w.empty = now
	}
	if w.rate > 0 {
		w.empty = w.empty.Add(time.Duration(float64(bytes) / w.rate * float64(time.Second)))
	}
	w.bytes += bytes
	came := w.empty.Add(w.delay)
	if w.shown.Before(came) {
		w.shown = came
	}
	w.shown = w.shown.Add(w.paint)
	shown := w.shown
	// Acknowledgements leave every 50 ms.
	ack := func(at time.Time) time.Duration {
		return at.Truncate(50 * time.Millisecond).Add(50*time.Millisecond + w.delay).Sub(now)
	}
	time.AfterFunc(shown.Sub(now), func() { painted(time.Now()) })
	time.AfterFunc(ack(came), func() { _ = l.ack(max(seq, l.lastReceived()), l.lastPainted()) })
	time.AfterFunc(ack(shown), func() { _ = l.ack(max(seq, l.lastReceived()), seq) })
}

func (l *lane) lastReceived() uint32 {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	return l.received
}

func (l *lane) lastPainted() uint32 {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	return l.painted
}

// bytesOf is how large a picture of a busy street is.
func bytesOf(t target) int {
	return int(30e3 * math.Pow(float64(t.width)/640, 1.6) * (0.3 + 0.7*math.Pow(float64(t.quality)/75, 1.3)))
}

// play lets tiles send pictures of a camera of so many fps over w, for as long as
// span, and returns what came of each.
func play(w *way, tiles int, full target, fps float64, span time.Duration) [][]viewed {
	got := make([][]viewed, tiles)
	var mu sync.Mutex
	var all sync.WaitGroup
	end := time.Now().Add(span)
	all.Go(func() {
		for time.Now().Before(end) {
			wait.For(context.Background(), 500*time.Millisecond)
			w.flow.tick()
		}
	})
	for i := range tiles {
		all.Go(func() {
			poked := make(chan struct{}, 1)
			l := w.flow.lane(0, func() {
				select {
				case poked <- struct{}{}:
				default:
				}
			})
			defer l.close()
			wait.For(context.Background(), time.Duration(i)*7*time.Millisecond)
			l.aim(full, fps)
			camera := time.NewTicker(time.Duration(float64(time.Second) / fps))
			defer camera.Stop()
			var arrived, due time.Time
			held := false
			for time.Now().Before(end) {
				made, reduced := l.target()
				select {
				case now := <-camera.C:
					if made.fps > 0 {
						if now.Before(due) {
							continue
						}
						due = now.Add(time.Duration(float64(time.Second)/made.fps) - time.Duration(float64(time.Second)/fps)/2)
					}
					held, arrived = true, now
				case <-poked:
				}
				if !held || !l.ask(bytesOf(made)) {
					continue
				}
				held = false
				seq, _ := l.begin(bytesOf(made), true)
				picture := arrived
				w.carry(l, seq, bytesOf(made), func(now time.Time) {
					mu.Lock()
					defer mu.Unlock()
					got[i] = append(got[i], viewed{now, now.Sub(picture), made, reduced})
				})
			}
		})
	}
	all.Wait()
	wait.For(context.Background(), 30*time.Second) // what is under way comes
	mu.Lock()
	defer mu.Unlock()
	return got
}

// since returns what came from a moment on.
func since(all []viewed, at time.Time) []viewed {
	i := slices.IndexFunc(all, func(v viewed) bool { return !v.at.Before(at) })
	if i < 0 {
		return nil
	}
	return all[i:]
}

func oldest(all []viewed) (age time.Duration) {
	for _, v := range all {
		age = max(age, v.age)
	}
	return age
}

// nineteen is the age below which 19 of 20 pictures are.
func nineteen(all []viewed) time.Duration {
	ages := make([]time.Duration, len(all))
	for i, v := range all {
		ages[i] = v.age
	}
	slices.Sort(ages)
	return ages[len(ages)*19/20]
}

var street = target{width: 640, quality: 75}

// TestWideWay: all that is asked for comes at once.
func TestWideWay(t *testing.T) {
	t.Parallel()
	for name, delay := range map[string]time.Duration{"near": time.Millisecond, "far": 80 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &way{flow: newFlow(time.Now()), delay: delay}
				begun := time.Now()
				for i, all := range play(w, 16, street, 15, 20*time.Second) {
					steady := since(all, begun.Add(2*time.Second))
					if n := len(steady); n < 265 {
						t.Errorf("tile %d was sent %d pictures in 18 s", i, n)
					}
					if age := oldest(steady); age > delay+100*time.Millisecond {
						t.Errorf("tile %d had a picture of %v", i, age)
					}
					if last := all[len(all)-1]; last.reduced != "" || last.target != street {
						t.Errorf("tile %d is %q, %+v", i, last.reduced, last.target)
					}
				}
				w.flow.close()
			})
		})
	}
}

// TestNarrowWay: nine tiles over 2 Mbit/s stay under a second of age from the
// first picture on, say that they are reduced, and share evenly.
func TestNarrowWay(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*way){
		"throttled": func(w *way) { w.rate = 250e3 },
		"budget":    func(w *way) { w.flow.setBudget(2e6) },
		"far":       func(w *way) { w.rate, w.delay = 250e3, 100*time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &way{flow: newFlow(time.Now()), delay: 5 * time.Millisecond}
				prepare(w)
				begun := time.Now()
				got := play(w, 9, street, 15, time.Minute)
				if rate := float64(w.bytes) / 60; rate > 255e3 {
					t.Errorf("%.0f bytes a second were sent", rate)
				}
				fewest, most := math.MaxInt, 0
				for i, all := range got {
					if age := oldest(all); age > time.Second {
						t.Errorf("tile %d had a picture of %v", i, age)
					}
					steady := since(all, begun.Add(15*time.Second))
					fewest, most = min(fewest, len(steady)), max(most, len(steady))
					for _, v := range steady[:len(steady)-1] {
						if v.reduced != slowLink {
							t.Errorf("tile %d is %q at %v", i, v.reduced, v.at.Sub(begun))
							break
						}
					}
					if i == 0 {
						t.Logf("%d pictures in 45 s, ages to %v, at last %+v", len(steady), oldest(steady), steady[len(steady)-1].target)
					}
				}
				if fewest < 45*2 || fewest*3 < most*2 {
					t.Errorf("tiles were sent %d to %d pictures in 45 s", fewest, most)
				}
				w.flow.close()
			})
		})
	}
}

// TestWayThatGetsNarrowAndWide: what is reduced comes back.
func TestWayThatGetsNarrowAndWide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &way{flow: newFlow(time.Now()), delay: 5 * time.Millisecond}
		begun := time.Now()
		set := func(after time.Duration, rate float64) {
			time.AfterFunc(after, func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.rate = rate
			})
		}
		set(10*time.Second, 250e3)
		set(40*time.Second, 0)
		for i, all := range play(w, 9, street, 15, 4*time.Minute) {
			narrow := since(all, begun.Add(14*time.Second))
			narrow = narrow[:len(narrow)-len(since(all, begun.Add(40*time.Second)))]
			if age := oldest(narrow); age > time.Second || narrow[len(narrow)-1].reduced != slowLink {
				t.Errorf("tile %d had a picture of %v, at last %q", i, age, narrow[len(narrow)-1].reduced)
			}
			if last := all[len(all)-1]; last.reduced != "" || last.target != street {
				t.Errorf("tile %d is %q in the end, %+v", i, last.reduced, last.target)
			}
		}
		w.flow.close()
	})
}

// TestSlowScreen: one that paints less than comes is not flooded, and it is told
// why.
func TestSlowScreen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &way{flow: newFlow(time.Now()), delay: time.Millisecond, paint: 11 * time.Millisecond}
		begun := time.Now()
		for i, all := range play(w, 16, street, 15, 40*time.Second) { // 91 of 240 pictures a second
			steady := since(all, begun.Add(10*time.Second))
			if age := nineteen(steady); age > 300*time.Millisecond {
				t.Errorf("tile %d had pictures of %v", i, age)
			}
			if last := steady[len(steady)-1]; last.reduced != slowScreen {
				t.Errorf("tile %d is %q, %+v", i, last.reduced, last.target)
			}
			if n := len(steady); n < 30*3 {
				t.Errorf("tile %d was painted %d times in 30 s", i, n)
			}
		}
		w.flow.close()
	})
}

// TestBigPicture: one that is larger than what may be under way goes alone.
func TestBigPicture(t *testing.T) {
	t.Parallel()
	f := newFlow(time.Now())
	defer f.close()
	woken := 0
	a, b := f.lane(0, func() {}), f.lane(0, func() { woken++ })
	if !a.ask(10 << 20) {
		t.Fatal("a large picture may not go on an empty way")
	}
	if b.ask(1) {
		t.Error("another may go beside it")
	}
	if seq, ok := a.begin(10<<20, true); seq != 1 || !ok || woken > 0 {
		t.Errorf("the first picture is %d, %v; %d woken", seq, ok, woken)
	}
	if err := a.ack(1, 1); err != nil || woken != 1 || !b.ask(1) {
		t.Errorf("the other does not go on: %v, %d woken", err, woken)
	}
	if f.under != 1 {
		t.Errorf("%d bytes are under way", f.under)
	}
}

// TestTurns: tiles that wait get their turn in order, one that is too far ahead
// is passed over, and one that leaves makes room.
func TestTurns(t *testing.T) {
	t.Parallel()
	f := newFlow(time.Now())
	defer f.close()
	var order []int
	var lanes []*lane
	for i := range 4 {
		lanes = append(lanes, f.lane(0, func() { order = append(order, i) }))
	}
	first := lanes[0]
	first.ask(paceStart)
	first.begin(paceStart, true)
	for _, i := range []int{2, 1, 3, 0} {
		if lanes[i].ask(10) {
			t.Fatalf("lane %d goes on a full way", i)
		}
	}
	lanes[1].withdraw()
	if err := first.ack(1, 0); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(order, []int{2, 3, 0}) {
		t.Errorf("turns were %v", order)
	}
	if _, ok := lanes[2].begin(20, true); !ok || f.under != 40 {
		t.Errorf("%d bytes are under way", f.under)
	}
	first.begin(10, true) // its second that is not painted
	if first.ask(10) {
		t.Error("a third picture goes before any was painted")
	}
	for _, l := range lanes {
		l.close()
		l.close()
	}
	if f.under != 0 || len(f.queue) != 0 || len(f.lanes) != 0 {
		t.Errorf("%d bytes, %d waiting, %d lanes are left", f.under, len(f.queue), len(f.lanes))
	}
	if _, ok := first.begin(10, true); ok || first.ask(10) {
		t.Error("a closed lane sends")
	}
}

// TestAcks: those of what was not sent, and those that go back, are refused.
func TestAcks(t *testing.T) {
	t.Parallel()
	f := newFlow(time.Now())
	defer f.close()
	l := f.lane(100, func() {})
	if err := l.ack(100, 100); err != nil {
		t.Errorf("what an earlier tile of that number was sent: %v", err)
	}
	for range 3 {
		l.ask(10)
		l.begin(10, false)
	}
	for _, ok := range [][2]uint32{{101, 100}, {101, 101}, {103, 0}, {103, 103}, {103, 7}} {
		if err := l.ack(ok[0], ok[1]); err != nil {
			t.Errorf("%v is refused: %v", ok, err)
		}
	}
	for _, wrong := range [][2]uint32{{104, 103}, {102, 102}, {math.MaxUint32, 0}, {0, 0}} {
		if err := l.ack(wrong[0], wrong[1]); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%v is taken: %v", wrong, err)
		}
	}
	if f.under != 0 || len(l.parcels) != 0 || l.unpainted != 0 || l.unreceived != 0 {
		t.Errorf("left are %d bytes, %+v", f.under, l)
	}
}

// TestResting: nothing is granted while nobody looks, and it goes on after that.
func TestResting(t *testing.T) {
	t.Parallel()
	f := newFlow(time.Now())
	defer f.close()
	woken := 0
	l := f.lane(0, func() { woken++ })
	f.rest(true)
	if l.ask(10) {
		t.Error("something is sent while nobody looks")
	}
	f.tick()
	f.rest(false)
	if woken != 1 || !l.ask(10) {
		t.Errorf("it does not go on: %d woken", woken)
	}
}

// TestBudgetOfNearlyNothing: one picture goes, then nothing for long.
func TestBudgetOfNearlyNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFlow(time.Now())
		granted := make(chan struct{}, 1)
		l := f.lane(0, func() { granted <- struct{}{} })
		f.setBudget(8000) // 1,000 bytes a second
		l.ask(5000)
		l.begin(5000, true)
		_ = l.ack(1, 1)
		begun := time.Now()
		if l.ask(5000) {
			t.Fatal("a second picture goes at once")
		}
		<-granted
		if took := time.Since(begun); took < 4900*time.Millisecond || took > 5100*time.Millisecond {
			t.Errorf("it went after %v", took)
		}
		l.withdraw()
		f.setBudget(1e-9)
		l.ask(1)
		l.begin(1, true)
		_ = l.ack(2, 2)
		if l.ask(1) {
			t.Error("a second byte goes")
		}
		wait.For(context.Background(), 3*time.Hour)
		f.setBudget(0)
		<-granted
		if f.share() != 0 {
			t.Errorf("a wide way has shares of %v", f.share())
		}
		f.close()
	})
}
