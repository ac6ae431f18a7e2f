package rtsp

import (
	"sync"
	"time"
)

// watchdog ends a connection on which nothing happens in time. At any moment
// it expects one thing, within one limit, and ends the connection with that
// thing's own error.
type watchdog struct {
	end func(error)

	mu      sync.Mutex // guards the fields below
	timer   *time.Timer
	turn    int           // of the timer: a late one is no longer meant
	silence time.Duration // the limit from packet to packet; 0 before PLAY was answered
	playing bool          // packets come
	last    time.Time     // when the last one came
	over    bool
}

func newWatchdog(end func(error)) *watchdog { return &watchdog{end: end} }

// expect gives the connection limit from now to get on.
func (w *watchdog) expect(limit time.Duration, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arm(limit, err)
}

// expectFirst gives the first packet limit from now, and every later one
// silence from the one before.
func (w *watchdog) expectFirst(limit time.Duration, err error, silence time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silence = silence
	if w.playing {
		w.arm(silence, errSilence)
		return
	}
	w.arm(limit, err)
}

// packet tells that a packet of the video track came.
func (w *watchdog) packet(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = now
	if w.playing {
		return
	}
	w.playing = true
	if w.silence > 0 {
		w.arm(w.silence, errSilence)
	}
}

func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
}

// arm sets the timer; w.mu is held.
func (w *watchdog) arm(limit time.Duration, err error) {
	if w.over {
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.turn++
	turn := w.turn
	w.timer = time.AfterFunc(limit, func() { w.expire(turn, err) })
}

func (w *watchdog) expire(turn int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.turn != turn {
		return
	}
	if w.playing && w.silence > 0 {
		if left := w.silence - time.Since(w.last); left > 0 {
			w.arm(left, err)
			return
		}
	}
	w.over = true
	w.end(err)
}
