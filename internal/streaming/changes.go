package streaming

import (
	"context"
	"sync"

	"camwall/internal/camera"
)

// StateChange tells what a stream does since just now.
type StateChange struct {
	Camera camera.ID
	Stream string
	Status camera.Status
}

// Changes delivers every stream's newest status when its state, its reason, its
// next try or a mark has changed, from the call on until ctx ends or the Service
// is closed; then the channel is closed. Who reads slowly is told the newest
// status of each stream once, and holds up nobody. Cameras that are added are
// idle first, and those that are removed are not told of.
func (s *Service) Changes(ctx context.Context) <-chan StateChange {
	out := make(chan StateChange)
	listener := s.feed.join()
	if !s.start(func(service context.Context) {
		defer close(out)
		defer s.feed.leave(listener)
		s.deliver(ctx, service, listener, out)
	}) {
		s.feed.leave(listener)
		close(out)
	}
	return out
}

// deliver sends until ctx or service ends.
func (s *Service) deliver(ctx, service context.Context, l *listener, out chan<- StateChange) {
	for {
		st := s.feed.next(l)
		if st == nil {
			select {
			case <-ctx.Done():
				return
			case <-service.Done():
				return
			case <-l.wake:
			}
			continue
		}
		change, ok := st.change()
		if !ok {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-service.Done():
			return
		case out <- change:
		}
	}
}

// change returns what the stream does now; false once it was removed.
func (s *stream) change() (StateChange, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return StateChange{Camera: s.id, Stream: s.name, Status: s.status}, !s.removed
}

// feed knows who wants to hear of changes.
type feed struct {
	// mu guards the fields below, and all listeners. It is the innermost lock.
	mu        sync.Mutex
	listeners map[*listener]struct{}
}

// listener is one receiver: the streams that it has to be told of, each once.
type listener struct {
	wake  chan struct{} // something was noted
	queue []*stream     // in the order of their first change
	noted map[*stream]struct{}
}

func (f *feed) join() *listener {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := &listener{wake: make(chan struct{}, 1), noted: make(map[*stream]struct{})}
	if f.listeners == nil {
		f.listeners = make(map[*listener]struct{})
	}
	f.listeners[l] = struct{}{}
	return l
}

func (f *feed) leave(l *listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, l)
}

// note tells every listener that s has changed.
func (f *feed) note(s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		if _, known := l.noted[s]; known {
			continue
		}
		l.noted[s] = struct{}{}
		l.queue = append(l.queue, s)
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// next takes the stream that has waited the longest; nil when there is none.
func (f *feed) next(l *listener) *stream {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(l.queue) == 0 {
		return nil
	}
	st := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	delete(l.noted, st)
	return st
}
