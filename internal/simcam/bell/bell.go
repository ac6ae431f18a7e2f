// Package bell tells goroutines that something has changed. It keeps nothing of
// what that was. The simulated cameras and their tests use it.
package bell

import (
	"context"
	"fmt"
	"sync"
)

// Bell wakes all who wait for the next change. Its zero value is one that nobody
// has rung; it is safe for use by many goroutines.
type Bell struct {
	mu sync.Mutex // guards the field below
	ch chan struct{}
}

// Next returns a channel that is closed at the next ring.
func (b *Bell) Next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

// Ring wakes those who wait now.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// Await waits until done, which it asks at once and after every ring. Its error is
// that of ctx.
func (b *Bell) Await(ctx context.Context, done func() bool) error {
	for {
		changed := b.Next()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("await counters: %w", ctx.Err())
		}
	}
}
