package desktop

import (
	"testing"
	"time"
)

func TestRestsBetweenDeaths(t *testing.T) {
	var d deaths
	now := time.Now()
	for i, c := range []struct {
		lived time.Duration
		live  bool
		want  time.Duration
	}{
		{0, false, 100 * time.Millisecond},
		{time.Second, false, 200 * time.Millisecond},
		{time.Second, true, 400 * time.Millisecond},
		{59 * time.Second, false, 800 * time.Millisecond},
		{time.Second, true, time.Second},
		{time.Second, true, time.Second},
		{time.Second, false, 2 * time.Second},
		{time.Minute, false, 100 * time.Millisecond},
		{time.Second, true, 200 * time.Millisecond},
	} {
		now = now.Add(c.lived)
		if got := d.next(now, c.live); got != c.want {
			t.Errorf("death %d: rest %v, want %v", i, got, c.want)
		}
	}
	for range 20 {
		if got := d.next(now, false); got > maxRest {
			t.Fatalf("rest %v, more than %v", got, maxRest)
		}
	}
	if got := d.next(now, false); got != maxRest {
		t.Errorf("rest %v in the end, want %v", got, maxRest)
	}
	if got := d.next(now, true); got != liveRest {
		t.Errorf("rest %v of a page that was live, want %v", got, liveRest)
	}
}
