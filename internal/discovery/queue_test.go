package discovery

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestQueueTakesTurns: a host with many slow jobs does not keep another waiting.
func TestQueueTakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		var mu sync.Mutex
		most, running, done := 0, 0, 0
		for i := range 100 {
			q.push(job{name: fmt.Sprint("slow ", i), host: "slow", run: func(ctx context.Context) {
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				sleep(ctx, time.Second)
				mu.Lock()
				running--
				done++
				mu.Unlock()
			}})
		}
		var quick time.Duration
		start := time.Now()
		q.push(job{name: "quick", host: "quick", run: func(context.Context) { quick = time.Since(start) }})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { q.work(ctx) })
		q.idle(ctx)
		if took := time.Since(start); took != 50*time.Second || most != perHost || done != 100 || quick != 0 {
			t.Errorf("%d of %d jobs at once took %v, another host's waited %v", most, done, took, quick)
		}
		cancel()
		wg.Wait()
	})
}

func TestQueueBounds(t *testing.T) {
	t.Parallel()
	q := newQueue()
	nothing := func(context.Context) {}
	if !q.push(job{"a", "h", nothing}) || q.push(job{"a", "h", nothing}) {
		t.Error("the same job waits twice, or not at all")
	}
	for i := range 2 * maxWaiting {
		q.push(job{fmt.Sprint(i), fmt.Sprint("h", i), nothing})
	}
	if q.length != maxWaiting {
		t.Errorf("%d jobs wait", q.length)
	}
	q.drop()
	if !q.push(job{"a", "h", nothing}) || q.length != 1 {
		t.Errorf("%d jobs wait after a new beginning", q.length)
	}
}

// TestQueueEnds: jobs end with the context, and those that wait never start.
func TestQueueEnds(t *testing.T) {
	t.Parallel()
	q := newQueue()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range perHost + 1 {
		q.push(job{fmt.Sprint(i), "h", func(ctx context.Context) {
			if i == perHost {
				t.Error("a job started after the end")
			}
			cancel()
			<-ctx.Done()
		}})
	}
	q.work(ctx)
	q.idle(t.Context())
}
