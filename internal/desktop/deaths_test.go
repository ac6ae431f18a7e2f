package desktop

import (
	"testing"
	"time"
)

func TestRestsBetweenDeaths(t *testing.T) {
	var d deaths
	now := time.Now()
	for i, c := range []struct{ lived, want time.Duration }{
		{0, 100 * time.Millisecond},
		{time.Second, 200 * time.Millisecond},
		{time.Second, 400 * time.Millisecond},
		{59 * time.Second, 800 * time.Millisecond},
		{time.Minute, 100 * time.Millisecond},
		{time.Second, 200 * time.Millisecond},
	} {
		now = now.Add(c.lived)
		if got := d.next(now); got != c.want {
			t.Errorf("death %d: rest %v, want %v", i, got, c.want)
		}
	}
	for range 20 {
		if got := d.next(now); got > maxRest {
			t.Fatalf("rest %v, more than %v", got, maxRest)
		}
	}
	if got := d.next(now); got != maxRest {
		t.Errorf("rest %v in the end, want %v", got, maxRest)
	}
}
