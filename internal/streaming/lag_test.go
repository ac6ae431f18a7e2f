package streaming

import (
	"math/rand/v2"
	"testing"
	"time"
)

// feeder drives a lag with a 25 fps camera whose pictures arrive after a delay.
type feeder struct {
	lag  lag
	now  time.Time
	rtp  time.Duration
	rate float64 // of the camera's RTP clock; 1 is right
}

func (l *feeder) run(d, delay time.Duration) (behind time.Duration) {
	const interval = 40 * time.Millisecond
	for end := l.now.Add(d); l.now.Before(end); {
		l.now = l.now.Add(interval)
		l.rtp += time.Duration(float64(interval) * l.rate)
		jitter := time.Duration(rand.Int64N(int64(20 * time.Millisecond)))
		behind = l.lag.add(l.now.Add(delay+jitter), l.rtp)
	}
	return behind
}

func TestLag(t *testing.T) {
	near := func(got, want time.Duration) bool {
		return got > want-100*time.Millisecond && got < want+100*time.Millisecond
	}
	t.Run("steady", func(t *testing.T) {
		l := feeder{now: t0, rate: 1}
		if got := l.run(time.Hour, 300*time.Millisecond); got != 0 {
			t.Errorf("a constant delay is %v behind", got)
		}
	})
	t.Run("grows", func(t *testing.T) {
		l := feeder{now: t0, rate: 1}
		l.run(time.Minute, 50*time.Millisecond)
		if got := l.run(3*time.Second, 900*time.Millisecond); got != 0 {
			t.Errorf("marked at 0.85 s: %v", got)
		}
		if got := l.run(5*time.Minute, 2450*time.Millisecond); !near(got, 2400*time.Millisecond) {
			t.Errorf("got %v, want 2.4 s", got)
		}
		if got := l.run(3*time.Second, 700*time.Millisecond); !near(got, 650*time.Millisecond) {
			t.Errorf("the mark is gone at 0.65 s: %v", got)
		}
		if got := l.run(3*time.Second, 450*time.Millisecond); got != 0 {
			t.Errorf("the mark stays at 0.4 s: %v", got)
		}
	})
	t.Run("one late burst", func(t *testing.T) {
		l := feeder{now: t0, rate: 1}
		l.run(time.Minute, 0)
		// Nothing for 1.5 s, then all of it within an instant.
		late := l.now.Add(1500 * time.Millisecond)
		for l.now.Before(late) {
			l.now = l.now.Add(40 * time.Millisecond)
			l.rtp += 40 * time.Millisecond
			if got := l.lag.add(late, l.rtp); got > 0 && l.now.Add(500*time.Millisecond).After(late) {
				t.Fatalf("still %v behind when the burst has caught up", got)
			}
		}
		if got := l.run(time.Second, 0); got != 0 {
			t.Errorf("%v behind after the burst", got)
		}
	})
	for name, rate := range map[string]float64{"slow clock": 0.9995, "fast clock": 1.0005} {
		t.Run(name, func(t *testing.T) {
			l := feeder{now: t0, rate: rate}
			for range 180 {
				if got := l.run(time.Minute, 0); got != 0 {
					t.Fatalf("a drifting clock is %v behind after %v", got, l.now.Sub(t0))
				}
			}
		})
	}
	for name, jump := range map[string]time.Duration{"forward": 3 * time.Hour, "backward": -3 * time.Hour, "a little back": -1500 * time.Millisecond} {
		t.Run("clock jumps "+name, func(t *testing.T) {
			l := feeder{now: t0, rate: 1}
			l.run(time.Minute, 0)
			l.rtp += jump
			if got := l.run(time.Minute, 0); got != 0 {
				t.Errorf("%v behind after the camera set its clock", got)
			}
		})
	}
	t.Run("delay from a stall", func(t *testing.T) {
		l := feeder{now: t0, rate: 1}
		l.run(time.Minute, 0)
		l.now = l.now.Add(5 * time.Second) // the network held back 5 s and never catches up
		if got := l.run(10*time.Second, 0); !near(got, 5*time.Second) {
			t.Errorf("got %v, want 5 s", got)
		}
	})
}

func TestPace(t *testing.T) {
	for name, c := range map[string]struct {
		interval, silent time.Duration
		fps              float64
	}{
		"25 fps":  {40 * time.Millisecond, 3 * time.Second, 25},
		"1 fps":   {time.Second, 4 * time.Second, 1},
		"0.2 fps": {5 * time.Second, 20 * time.Second, 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			var p pace
			at := t0
			for range 200 {
				p.add(at)
				at = at.Add(c.interval)
			}
			if got := p.silentAfter(); got < c.silent*99/100 || got > c.silent {
				t.Errorf("silent after %v, want %v", got, c.silent)
			}
			if got := p.fps(); got < c.fps*0.99 || got > c.fps*1.01 {
				t.Errorf("%v fps, want %v", got, c.fps)
			}
		})
	}
	t.Run("an outage is no pace", func(t *testing.T) {
		var p pace
		at := t0
		for range 100 {
			p.add(at)
			at = at.Add(40 * time.Millisecond)
		}
		p.add(at.Add(time.Hour))
		if got := p.silentAfter(); got > 3*time.Second {
			t.Errorf("silent after %v, want 3 s", got)
		}
	})
}

func TestUnchanged(t *testing.T) {
	const after = 30 * time.Second
	run := func(u *unchanged, at *time.Time, d, interval time.Duration, sum func(i int) uint64) (since time.Time, looks int) {
		for i := 0; d > 0; i, d = i+1, d-interval {
			since = u.add(*at, after, func() uint64 { looks++; return sum(i) })
			*at = at.Add(interval)
		}
		return since, looks
	}
	still := func(int) uint64 { return 7 }
	noisy := func(i int) uint64 { return uint64(i) }
	var u unchanged
	at := t0
	if since, looks := run(&u, &at, time.Minute, 40*time.Millisecond, noisy); !since.IsZero() || looks > 130 {
		t.Fatalf("a changing picture: unchanged since %v, %d checksums for 1,500 pictures", since, looks)
	}
	begin := at
	if since, _ := run(&u, &at, 29*time.Second, 40*time.Millisecond, still); !since.IsZero() {
		t.Fatalf("marked after 29 s")
	}
	since, _ := run(&u, &at, 2*time.Second, 40*time.Millisecond, still)
	if since.IsZero() || since.Sub(begin) > time.Second {
		t.Fatalf("unchanged since %v, want about %v", since, begin)
	}
	if since, _ := run(&u, &at, 40*time.Millisecond, 40*time.Millisecond, func(int) uint64 { return 8 }); !since.IsZero() {
		t.Fatal("the mark stays although the picture changed")
	}
	if since, _ := run(&u, &at, 5*time.Minute, time.Second, noisy); !since.IsZero() {
		t.Fatal("a 1 fps camera is called unchanged")
	}
}
