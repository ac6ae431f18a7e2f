package discovery

import (
	"context"
	"reflect"
	"time"

	"camwall/internal/fault"
)

// EventType says what happened.
type EventType string

// The events.
const (
	Added    EventType = "added"
	Changed  EventType = "changed"
	Removed  EventType = "removed"
	Problem  EventType = "problem"  // a problem of the search that was not there before
	Advanced EventType = "progress" // a search begins, goes on or ends
)

// Event is one change of the list.
type Event struct {
	Type     EventType
	Device   Device       // of added, changed; of removed as it was last
	Problem  *fault.Error // of problem
	Progress Progress     // of progress
}

const (
	gatherTime   = 150 * time.Millisecond // changes so near are told as one
	progressTime = time.Second
)

// Watch tells changes until ctx ends; then it closes the channel. It begins with
// the state of the search and one Added for each device that is known. A slow
// reader misses steps, never the last state.
func (f *Finder) Watch(ctx context.Context) <-chan Event {
	events := make(chan Event)
	go func() {
		defer close(events)
		w := watcher{finder: f, events: events, devices: map[string]Device{}}
		w.run(ctx)
	}()
	return events
}

// watcher knows what one reader was told.
type watcher struct {
	finder   *Finder
	events   chan<- Event
	order    []string
	devices  map[string]Device
	problems []*fault.Error
	progress Progress
	told     bool
}

func (w *watcher) run(ctx context.Context) {
	for {
		list, changed := w.finder.table.snapshot()
		if !w.tell(ctx, list) {
			return
		}
		var tick <-chan time.Time
		if w.progress.Running {
			tick = time.After(progressTime)
		}
		select {
		case <-changed:
			if !sleep(ctx, gatherTime) {
				return
			}
		case <-tick:
		case <-ctx.Done():
			return
		}
	}
}

// tell sends what is not known yet; false means that ctx has ended.
func (w *watcher) tell(ctx context.Context, list List) bool {
	var events []Event
	if p := w.finder.Searching(); !w.told || w.advanced(p) {
		w.progress, w.told = p, true
		events = append(events, Event{Type: Advanced, Progress: p})
	}
	now := make(map[string]Device, len(list.Devices))
	order := make([]string, 0, len(list.Devices))
	for _, d := range list.Devices {
		now[d.ID] = d
		order = append(order, d.ID)
	}
	for _, id := range w.order {
		if _, still := now[id]; !still {
			events = append(events, Event{Type: Removed, Device: w.devices[id]})
		}
	}
	for _, d := range list.Devices {
		if before, known := w.devices[d.ID]; !known {
			events = append(events, Event{Type: Added, Device: d})
		} else if differ(before, d) {
			events = append(events, Event{Type: Changed, Device: d})
		}
	}
	for _, p := range list.Problems {
		if !hasProblem(w.problems, p) {
			events = append(events, Event{Type: Problem, Problem: p})
		}
	}
	w.devices, w.order, w.problems = now, order, list.Problems
	for _, e := range events {
		select {
		case w.events <- e:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// advanced tells whether a search is a step further.
func (w *watcher) advanced(p Progress) bool {
	seconds := func(p Progress) int64 { return int64((p.Left + time.Second - 1) / time.Second) }
	return p.Running != w.progress.Running || p.Running && (seconds(p) != seconds(w.progress) || p.Devices != w.progress.Devices)
}

// differ tells whether a row has changed but for when it was last seen.
func differ(a, b Device) bool {
	a.LastSeen, b.LastSeen = time.Time{}, time.Time{}
	return !reflect.DeepEqual(a, b)
}

func hasProblem(list []*fault.Error, p *fault.Error) bool {
	for _, known := range list {
		if known.Code == p.Code && known.Message == p.Message {
			return true
		}
	}
	return false
}
