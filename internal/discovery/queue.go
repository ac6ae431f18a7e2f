package discovery

import (
	"context"
	"slices"
	"sync"
)

const (
	workers    = 24   // jobs at once
	perHost    = 2    // of which at one host
	maxWaiting = 4096 // jobs that wait
)

// queue runs jobs, so many at once, and of one host so few, that none can keep
// the others waiting: hosts take turns.
type queue struct {
	// mu guards the fields below.
	mu      sync.Mutex
	waiting map[string][]job // by host
	turns   []string         // hosts that have waiting jobs, in turn
	running map[string]int   // by host
	active  int
	length  int
	queued  map[string]bool // names of waiting and running jobs
	wake    chan struct{}   // closed when a job may start, or the queue got empty
}

// job is one thing to ask. A job of the same name as one that waits or runs is
// left out.
type job struct {
	name, host string
	run        func(context.Context)
}

func newQueue() *queue {
	return &queue{
		waiting: map[string][]job{}, running: map[string]int{}, queued: map[string]bool{}, wake: make(chan struct{}),
	}
}

// push adds a job; false means that there are too many, or the same already.
func (q *queue) push(j job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.length >= maxWaiting || q.queued[j.name] {
		return false
	}
	if len(q.waiting[j.host]) == 0 {
		q.turns = append(q.turns, j.host)
	}
	q.waiting[j.host] = append(q.waiting[j.host], j)
	q.queued[j.name] = true
	q.length++
	q.notify()
	return true
}

// notify wakes who waits for a change. mu is held.
func (q *queue) notify() {
	close(q.wake)
	q.wake = make(chan struct{})
}

// pop takes the next job whose host has room, or tells what to wait for.
func (q *queue) pop() (j job, ok bool, wake <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, host := range q.turns {
		if q.running[host] >= perHost {
			continue
		}
		q.turns = slices.Delete(q.turns, i, i+1)
		list := q.waiting[host]
		j = list[0]
		if len(list) > 1 {
			q.waiting[host] = list[1:]
			q.turns = append(q.turns, host)
		} else {
			delete(q.waiting, host)
		}
		q.running[host]++
		q.active++
		q.length--
		return j, true, nil
	}
	return job{}, false, q.wake
}

// done ends a job.
func (q *queue) done(j job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running[j.host]--; q.running[j.host] == 0 {
		delete(q.running, j.host)
	}
	q.active--
	delete(q.queued, j.name)
	q.notify()
}

// drop forgets the jobs that wait.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, list := range q.waiting {
		for _, j := range list {
			delete(q.queued, j.name)
		}
	}
	clear(q.waiting)
	q.turns, q.length = nil, 0
	q.notify()
}

// idle waits until no job waits or runs, or until ctx ends.
func (q *queue) idle(ctx context.Context) {
	for {
		q.mu.Lock()
		busy, wake := q.length+q.active > 0, q.wake
		q.mu.Unlock()
		if !busy {
			return
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}

// work runs jobs until ctx ends, and returns when the last one has.
func (q *queue) work(ctx context.Context) {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				j, ok, wake := q.pop()
				if !ok {
					select {
					case <-wake:
					case <-ctx.Done():
					}
					continue
				}
				if ctx.Err() == nil {
					j.run(ctx)
				}
				q.done(j)
			}
		})
	}
	wg.Wait()
	q.drop()
}
