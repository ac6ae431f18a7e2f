package simcam

import (
	"slices"
	"sync"
	"time"
)

// sentFor is how far back Sent reaches.
const sentFor = 60 * time.Second

// Sent is one picture that a stream has sent.
type Sent struct {
	// Path is that of the stream.
	Path string `json:"path"`
	// Frame is the number in the frame mark: the place in the loop of a clip,
	// or a running number of a live camera.
	Frame uint16 `json:"frame"`
	// SentUnixMicros is when its first packet was handed to the network, in
	// microseconds since 1970.
	SentUnixMicros int64 `json:"sentUnixMicros"`
}

// sentLog keeps the last pictures of one stream in a ring.
type sentLog struct {
	path string

	mu   sync.Mutex // guards the fields below
	ring []sentEntry
	next int
	full bool
}

type sentEntry struct {
	micros int64
	frame  uint16
}

// newSentLog makes a log with room for the pictures of sentFor at a rate.
func newSentLog(path string, fps float64) *sentLog {
	return &sentLog{path: path, ring: make([]sentEntry, int(fps*sentFor.Seconds()*1.1)+8)}
}

func (l *sentLog) add(frame uint16, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.next] = sentEntry{micros: at.UnixMicro(), frame: frame}
	l.next++
	if l.next == len(l.ring) {
		l.next, l.full = 0, true
	}
}

// since returns what was sent at or after a time, oldest first.
func (l *sentLog) since(from time.Time) []Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []Sent
	for _, entry := range l.inOrder() {
		if entry.micros >= from.UnixMicro() {
			list = append(list, Sent{Path: l.path, Frame: entry.frame, SentUnixMicros: entry.micros})
		}
	}
	return list
}

// at returns when a frame was last sent, at or before a time.
func (l *sentLog) at(frame uint16, before time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, entry := range slices.Backward(l.inOrder()) {
		if entry.frame == frame && entry.micros <= before.UnixMicro() {
			return time.UnixMicro(entry.micros), true
		}
	}
	return time.Time{}, false
}

// inOrder needs mu.
func (l *sentLog) inOrder() []sentEntry {
	if !l.full {
		return l.ring[:l.next]
	}
	return append(slices.Clone(l.ring[l.next:]), l.ring[:l.next]...)
}
