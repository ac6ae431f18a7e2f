package wait

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		if !For(ctx, time.Minute) || time.Since(start) != time.Minute {
			t.Errorf("a minute is over after %v", time.Since(start))
		}
		if !For(ctx, 0) || !For(ctx, -time.Second) || time.Since(start) != time.Minute {
			t.Errorf("no time took until %v", time.Since(start))
		}
		if For(ctx, 2*time.Hour) || time.Since(start) != time.Hour {
			t.Errorf("a context that ends after an hour was waited for until %v", time.Since(start))
		}
		for range 100 { // both are there
			if For(ctx, 0) {
				t.Fatal("no time, but the context has ended")
			}
		}
	})
}
