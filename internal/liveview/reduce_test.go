package liveview

import (
	"math"
	"testing"
	"time"

	"camwall/internal/liveview/wire"
)

// TestSteps: the rate falls first, then the size, then the quality, and each step
// costs less than the one before.
func TestSteps(t *testing.T) {
	t.Parallel()
	got := steps(target{width: 1280, quality: 75}, 25)
	want := []target{
		{1280, 75, 0},
		{1280, 75, 15},
		{1280, 75, 10},
		{1280, 75, 5},
		{960, 75, 5},
		{640, 75, 5},
		{480, 75, 5},
		{320, 75, 5},
		{320, 55, 5},
		{320, 40, 5},
		{320, 40, 2},
		{320, 40, 1},
	}
	if len(got) != len(want) {
		t.Fatalf("steps are %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("step %d is %v, want %v", i, got[i], want[i])
		}
		if i > 0 && got[i].load(25) >= got[i-1].load(25) {
			t.Errorf("step %d costs %v, the one before %v", i, got[i].load(25), got[i-1].load(25))
		}
	}
	for _, c := range []struct {
		full target
		fps  float64
		n    int
	}{
		{target{320, 30, 1}, 25, 1},  // nothing can be left out
		{target{320, 75, 0}, 1, 3},   // a slow camera: quality only
		{target{200, 75, 0}, 15, 7},  // smaller than the ladder
		{target{640, 75, 10}, 25, 8}, // ten were asked for
	} {
		if got := steps(c.full, c.fps); len(got) != c.n {
			t.Errorf("%+v at %v fps has steps %v", c.full, c.fps, got)
		}
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	var s scale
	if got := s.at(1); got != (target{}) {
		t.Errorf("nothing is wanted, and made is %+v", got)
	}
	full := target{1920, 75, 0}
	s.aim(full, 0)
	for part, want := range map[float64]target{1: full, 0.9: {1920, 75, 15}, 0.62: {1920, 75, 15}, 0.41: {1920, 75, 10}, 0.38: {1920, 75, 5}, 0: {320, 40, 1}} {
		s.aim(full, 25)
		if got := s.at(part); got != want {
			t.Errorf("%v of it is %+v, want %+v", part, got, want)
		}
		s.aim(full, 24.1) // measured, the same
		if got := s.at(part); got != want {
			t.Errorf("measured anew, %v of it is %+v", part, got)
		}
		s.aim(full, 0) // the camera is away
		if got := s.at(part); got != want {
			t.Errorf("while the camera is away, %v of it is %+v", part, got)
		}
	}
}

// TestThrottle: what does not go through is left out at once, and tried again
// later and later.
func TestThrottle(t *testing.T) {
	t.Parallel()
	var th throttle
	now := time.Now()
	wait := func(d time.Duration, through, waited float64) (changed bool) {
		for range int(d / statsSlot) {
			now = now.Add(statsSlot)
			changed = th.judge(now, through, waited, th.part(), 0) || changed
		}
		return changed
	}
	if wait(time.Minute, 1, 0) || th.part() != 1 || th.reduced {
		t.Fatalf("all goes through, and it is %+v", th)
	}
	if wait(time.Minute, 0.3, 0.1) || th.reduced {
		t.Fatalf("the camera is slow, not the way, and it is %+v", th)
	}
	if !wait(statsSlot, 0.3, 0.9) || !th.reduced || th.part() > 0.35 {
		t.Fatalf("a third goes through, and it is %+v", th)
	}
	low := th.part()
	if wait(9*time.Second, 1, 0) || th.part() != low {
		t.Fatalf("it is tried again too soon: %+v", th)
	}
	if !wait(2*time.Second, 1, 0) || th.part() <= low || !th.reduced {
		t.Fatalf("it is not tried again: %+v", th)
	}
	if wait(2*time.Second, 0.5, 0.9); th.part() != low {
		t.Fatalf("what went well before does not come back: %+v", th)
	}
	if wait(17*time.Second, 1, 0); th.part() != low {
		t.Fatalf("after a failure it is tried again too soon: %+v", th)
	}
	if wait(4*time.Second, 1, 0); th.part() <= low {
		t.Fatalf("after a failure it is not tried again: %+v", th)
	}
	if wait(2*time.Minute, 1, 0); th.part() != 1 || th.reduced {
		t.Fatalf("it does not end: %+v", th)
	}
	wait(10*time.Minute, 0, 1)
	if th.part() <= 0 || th.part() > 0.01 {
		t.Errorf("nothing goes through for long, and it is %+v", th)
	}
}

// TestABusyScreenComesBack: a machine that had no time for a moment shows some
// pictures a second soon after; a way, on which they would queue, takes its steps.
func TestABusyScreenComesBack(t *testing.T) {
	t.Parallel()
	const low = 0.07
	for _, bold := range []bool{true, false} {
		th, now := throttle{bold: bold}, time.Now()
		wait := func(d time.Duration, through, waited float64) {
			for range int(d / statsSlot) {
				now = now.Add(statsSlot)
				th.judge(now, through, waited, th.part(), low)
			}
		}
		wait(20*time.Second, 0.02, 1)
		few := th.part()
		if few > low/2 {
			t.Fatalf("nothing goes through, and a part of %v is sent", few)
		}
		wait(11*time.Second, 1, 0)
		if part := th.part(); bold && part < low*0.99 || !bold && part > few*raiseBy*1.01 {
			t.Errorf("bold %v: after eleven seconds a part of %v is sent", bold, part)
		}
		if wait(6*time.Minute, 1, 0); th.part() != 1 || th.reduced {
			t.Errorf("bold %v: it does not end: %+v", bold, th)
		}
	}
}

// TestLow: a way that is far too narrow leaves some pictures a second at first.
func TestLow(t *testing.T) {
	t.Parallel()
	var s scale
	s.aim(target{1280, 75, 0}, 25)
	if got := s.at(s.low()); got != (target{320, 40, 5}) {
		t.Errorf("low is %+v", got)
	}
	s.aim(target{320, 40, 0}, 2)
	if got := s.at(s.low()); s.low() != 1 || got != (target{320, 40, 0}) {
		t.Errorf("low of a slow camera is %+v", got)
	}
	var th throttle
	now := time.Now()
	th.judge(now, 0.01, 1, 1, 0.2)
	if math.Abs(th.part()-0.2) > 1e-9 {
		t.Errorf("at first a part of %v is left", th.part())
	}
	th.judge(now.Add(settle), 0.01, 1, 0.2, 0.2)
	if th.part() > 0.01 {
		t.Errorf("then a part of %v is left", th.part())
	}
}

func TestPictureWidth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		width, height int
		fit           wire.Fit
		shape         shape
		want, high    int
	}{
		{640, 360, wire.Contain, shape{1920, 1080}, 640, 360},
		{704, 396, wire.Contain, shape{1920, 1080}, 640, 360}, // a tenth is not worth a step
		{705, 397, wire.Contain, shape{1920, 1080}, 960, 540},
		{640, 360, wire.Contain, shape{}, 640, 360},
		{16, 16, wire.Contain, shape{16, 9}, 320, 180},
		{8192, 8192, wire.Cover, shape{16, 9}, 3840, 2160},
		{1280, 360, wire.Contain, shape{16, 9}, 640, 360},
		{1280, 360, wire.Cover, shape{16, 9}, 1280, 720},
		{1280, 360, wire.Fill, shape{16, 9}, 1280, 720},
		{400, 720, wire.Contain, shape{4, 3}, 480, 360},
		{400, 720, wire.Cover, shape{4, 3}, 960, 720},
		{400, 720, wire.Contain, shape{1080, 1920}, 480, 854}, // a camera that stands upright
		{2000, 2000, wire.Contain, shape{1000, 1}, 1920, 2},
	} {
		got := pictureWidth(wire.Wish{Width: c.width, Height: c.height, Fit: c.fit}, c.shape)
		if high := c.shape.heightAt(got); got != c.want || high != c.high {
			t.Errorf("%dx%d %s of %v is %dx%d, want %dx%d", c.width, c.height, c.fit, c.shape, got, high, c.want, c.high)
		}
	}
}

func TestCodedChoice(t *testing.T) {
	t.Parallel()
	now := time.Now()
	const second = time.Second
	for _, c := range []struct {
		name        string
		bits, share float64
		using, want bool
	}{
		{"a wide way", 0, 0, false, true},
		{"a wide way and a rich stream", 8e6, 0, true, true},
		{"fits", 400e3, 500e3, false, true},
		{"fits barely", 480e3, 500e3, false, false},
		{"comes already and fits barely", 480e3, 500e3, true, true},
		{"too much", 600e3, 500e3, true, false},
		{"unknown, a good share", 0, 2e6, false, true},
		{"unknown, a small share", 0, 200e3, false, false},
	} {
		var choice codedChoice
		if got := choice.allowed(now, c.bits, c.share, c.using); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	var choice codedChoice
	for i, pause := range []time.Duration{30 * second, 60 * second, 120 * second, 240 * second, 480 * second, 600 * second, 600 * second} {
		choice.slipped(now)
		if !choice.allowed(now, 1, 0, true) {
			t.Errorf("one gap is too much, the %dth time", i)
		}
		now = now.Add(9 * second)
		choice.slipped(now)
		if choice.allowed(now.Add(pause-1), 1, 0, false) || !choice.allowed(now.Add(pause), 1, 0, false) {
			t.Errorf("after the %dth failure it is not tried again after %v", i+1, pause)
		}
		now = now.Add(pause + 11*second)
	}
	now = now.Add(time.Hour)
	choice.slipped(now)
	choice.slipped(now.Add(second))
	if !choice.allowed(now.Add(32*second), 1, 0, false) {
		t.Error("an hour that went well is not honoured")
	}
	choice = codedChoice{}
	choice.slipped(now)
	choice.slipped(now.Add(11 * second))
	if !choice.allowed(now.Add(11*second), 1, 0, true) {
		t.Error("two gaps far from each other are too much")
	}
}

// TestMeter: the rate is that of the last time, whatever was before.
func TestMeter(t *testing.T) {
	t.Parallel()
	var m meter
	now := time.UnixMilli(1_000_000)
	for range 50 {
		m.add(10, now)
		now = now.Add(50 * time.Millisecond)
	}
	if got := m.rate(now.Add(-50*time.Millisecond), time.Second); got < 190 || got > 210 {
		t.Errorf("10 each 50 ms are %v a second", got)
	}
	if got := m.rate(now.Add(time.Hour), 2*time.Second); got != 0 {
		t.Errorf("an hour later it is %v", got)
	}
	m = meter{}
	m.add(10, now)
	if got := m.rate(now, time.Second); got < 10 || got > 100 {
		t.Errorf("10 at once are %v", got)
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	l := limiter{rate: 10, burst: 20}
	now := time.Now()
	if wait := l.take(20, now); wait != 0 {
		t.Errorf("a burst waits %v", wait)
	}
	if wait := l.take(5, now); wait != 500*time.Millisecond {
		t.Errorf("five more wait %v", wait)
	}
	if wait := l.take(1, now.Add(600*time.Millisecond)); wait != 0 {
		t.Errorf("later one waits %v", wait)
	}
	for range 100 {
		now = now.Add(100 * time.Millisecond)
		if wait := l.take(1, now.Add(time.Second)); wait != 0 {
			t.Fatalf("an even flow waits %v", wait)
		}
	}
}
