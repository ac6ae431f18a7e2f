package bell

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Bell
		b.Ring() // nobody waits
		rung, asked := 0, 0
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if err := b.Await(t.Context(), func() bool { asked++; return rung == 3 }); err != nil {
				t.Error(err)
			}
		})
		for range 3 {
			synctest.Wait()
			rung++
			b.Ring()
		}
		waiting.Wait()
		if asked != 4 {
			t.Errorf("asked %d times for three rings", asked)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.Await(ctx, func() bool { return true }); err != nil {
			t.Errorf("what is so already: %v", err)
		}
		if err := b.Await(ctx, func() bool { return false }); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
	})
}
