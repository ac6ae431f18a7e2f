package inventory

import (
	"context"
	"slices"
	"sync"
)

// feedLength is how many changes wait for a listener before some are lost.
const feedLength = 256

// Resync is the kind of a change that stands for those that a slow listener
// lost: it should read everything anew.
const Resync ChangeKind = "resync"

// feed hands changes to any number of listeners. A slow one loses its own and is
// told so; nobody waits for it.
type feed struct {
	// mu guards the fields below.
	mu        sync.Mutex
	listeners map[*listener]struct{}
	changed   chan struct{} // closed and replaced when listeners or devices came, changed or went
}

type listener struct {
	changes chan Change
	lost    bool
}

func newFeed() *feed {
	return &feed{listeners: make(map[*listener]struct{}), changed: make(chan struct{})}
}

// listen returns the changes from now on, until ctx ends. The channel is then
// closed.
func (f *feed) listen(ctx context.Context) <-chan Change {
	l := &listener{changes: make(chan Change, feedLength)}
	f.mu.Lock()
	f.listeners[l] = struct{}{}
	f.signalLocked()
	f.mu.Unlock()
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.listeners, l)
		close(l.changes)
		f.signalLocked()
	})
	return l.changes
}

func (f *feed) signalLocked() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// tell hands on changes in order.
func (f *feed) tell(changes ...Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.ContainsFunc(changes, func(c Change) bool { return c.Kind != Happened }) {
		f.signalLocked()
	}
	for _, c := range changes {
		for l := range f.listeners {
			l.tell(c)
		}
	}
}

// tell never waits: its caller holds the feed's lock, so it is the one sender.
func (l *listener) tell(c Change) {
	if l.lost {
		select {
		case l.changes <- Change{Kind: Resync}:
			l.lost = false
		default:
			return
		}
	}
	select {
	case l.changes <- c:
	default:
		l.lost = true
	}
}

// heard tells how many listen, and when that may be otherwise.
func (f *feed) heard() (listeners int, changed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.listeners), f.changed
}
