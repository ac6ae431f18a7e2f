package simcam

import (
	"math"
	"testing"
	"time"
)

func TestPacerKeepsItsRate(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, fps := range []float64{0.5, 1, 10, 15, 25, 29.97} {
		p := newPacer(fps, start)
		p.tick = int64(fps * 3600 * 24 * 30)
		got := p.due().Sub(start).Seconds()
		if want := float64(p.tick) / fps; math.Abs(got-want) > 1e-6 {
			t.Errorf("%g fps: after 30 days due at %.9f s, want %.9f", fps, got, want)
		}
		if at := p.at(p.due()); math.Abs(at-float64(p.tick)) > 1e-3 {
			t.Errorf("%g fps: at(due) = %f, want tick %d", fps, at, p.tick)
		}
	}
}

func TestPacerAfterAStall(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		late    time.Duration
		skipped int64
	}{
		{0, 0},
		{-time.Second, 0},
		{39 * time.Millisecond, 0},
		{119 * time.Millisecond, 0},
		{120 * time.Millisecond, 3},
		{time.Second, 25},
		{time.Hour, 90000},
	} {
		p := newPacer(25, start)
		p.tick = 50
		now := p.due().Add(c.late)
		if got := p.skipMissed(now); got != c.skipped {
			t.Errorf("%v late: skipped %d, want %d", c.late, got, c.skipped)
		}
		if left := now.Sub(p.due()); c.skipped > 0 && (left < 0 || left >= p.period()) {
			t.Errorf("%v late: still %v late after it", c.late, left)
		}
	}
}

func TestRTPClockRunsOn(t *testing.T) {
	c := newRTPClock(math.MaxUint32-1000, 90000, 25)
	for tick := range int64(100) {
		step := c.stamp(float64(tick+1)) - c.stamp(float64(tick))
		if step != 3600 {
			t.Fatalf("step from tick %d is %d, want 3600", tick, step)
		}
	}
	before := c.stamp(100)
	c.change(100, 3600*(1+200e-6))
	if got := c.stamp(100); got != before {
		t.Errorf("a drift that starts moved the timestamp by %d", got-before)
	}
	if got, want := c.stamp(100+25*1000)-before, uint32(90000*1000+18000); got != want {
		t.Errorf("1000 s of 200 ppm are %d, want %d", got, want)
	}
	before = c.stamp(200)
	c.jump(90000)
	if got := c.stamp(200) - before; got != 90000 {
		t.Errorf("jump of 1 s moved it by %d", got)
	}
}

func TestRTPClockRebase(t *testing.T) {
	c := newRTPClock(77, 90000, 25)
	before := c.stamp(42)
	c.rebase(42, 0, 6000)
	if got := c.stamp(0); got != before {
		t.Errorf("the new origin is off by %d", got-before)
	}
	if got := c.stamp(1) - before; got != 6000 {
		t.Errorf("the new step is %d, want 6000", got)
	}
}

func TestRTPClockKeepsPrecision(t *testing.T) {
	c := newRTPClock(0, 90000, 30)
	year := float64(30 * 3600 * 24 * 365)
	if got := c.stamp(year+1) - c.stamp(year); got != 3000 {
		t.Errorf("step after a year is %d, want 3000", got)
	}
}
