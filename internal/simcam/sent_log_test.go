package simcam

import (
	"testing"
	"time"
)

func TestSentLogIsBounded(t *testing.T) {
	log := newSentLog("cam", 25)
	start := time.Unix(5000, 0)
	for i := range 100_000 {
		log.add(uint16(i%100), start.Add(time.Duration(i)*40*time.Millisecond))
	}
	if len(log.ring) > 25*70 {
		t.Errorf("the ring has %d places", len(log.ring))
	}
	end := start.Add(100_000 * 40 * time.Millisecond)
	list := log.since(end.Add(-sentFor))
	if len(list) != 1500 {
		t.Fatalf("%d pictures in the last 60 s at 25 fps, want 1500", len(list))
	}
	for i := range list[1:] {
		if list[i+1].SentUnixMicros-list[i].SentUnixMicros != 40_000 {
			t.Fatal("the list is not in order")
		}
	}
	if last := list[len(list)-1]; last.Path != "cam" || last.Frame != 99 {
		t.Errorf("the last one is %+v", last)
	}
}

func TestSentLogFindsTheRightLoop(t *testing.T) {
	log := newSentLog("cam", 25)
	start := time.Unix(5000, 0)
	for i := range 300 {
		log.add(uint16(i%100), start.Add(time.Duration(i)*40*time.Millisecond))
	}
	for _, c := range []struct {
		frame  uint16
		before time.Duration
		want   time.Duration
		ok     bool
	}{
		{37, 20 * time.Second, 237 * 40 * time.Millisecond, true},
		{37, 9480 * time.Millisecond, 237 * 40 * time.Millisecond, true},
		{37, 9479 * time.Millisecond, 137 * 40 * time.Millisecond, true},
		{37, time.Second, 0, false},
		{100, time.Minute, 0, false},
	} {
		at, ok := log.at(c.frame, start.Add(c.before))
		if ok != c.ok || ok && !at.Equal(start.Add(c.want)) {
			t.Errorf("frame %d before %v: %v, %v", c.frame, c.before, at.Sub(start), ok)
		}
	}
}
