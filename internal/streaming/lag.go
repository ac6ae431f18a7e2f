package streaming

import (
	"slices"
	"time"
)

const (
	lagWindow    = 10 * time.Minute // how far back the best is looked for
	lagBucket    = 5 * time.Second
	lagBuckets   = int(lagWindow / lagBucket)
	lagSmoothing = time.Second       // the mark wants the lag of a whole second
	lagMarkAt    = time.Second       // the mark is set from here on
	lagMarkUntil = time.Second / 2   // and stays until the lag is below
	clockJump    = 2 * time.Second   // RTP time that runs so far ahead of arrival was set anew
	maxDrift     = time.Second / 500 // of a camera's RTP clock, a second: 2,000 ppm
)

// lag measures by how much a stream is behind its own best: Arrived - RTPTime
// against its smallest value in a sliding window. It needs no clock of the
// camera's; a slow drift of the RTP clock is taken out. The zero value is
// ready. It belongs to one goroutine.
type lag struct {
	begun       bool
	epoch       time.Time     // Arrived of the first unit
	lastArrived time.Duration // since epoch
	lastRTP     time.Duration
	buckets     [lagBuckets]lagMinimum // ring, by arrival
	recent      [5]lagMinimum          // the last second in fifths
	marked      bool
}

type lagMinimum struct {
	slot  int64 // arrival divided by the slot's length; 0 with used false is empty
	used  bool
	delay time.Duration // smallest Arrived - RTPTime in the slot
}

func (m *lagMinimum) add(slot int64, delay time.Duration) {
	if !m.used || m.slot != slot {
		*m = lagMinimum{slot: slot, used: true, delay: delay}
		return
	}
	m.delay = min(m.delay, delay)
}

// add takes a unit's times and returns by how much the stream is behind: zero
// while the mark is not set.
func (l *lag) add(arrived time.Time, rtp time.Duration) time.Duration {
	if l.begun {
		dArrived, dRTP := arrived.Sub(l.epoch)-l.lastArrived, rtp-l.lastRTP
		if dRTP < -clockJump/2 || dRTP-dArrived > clockJump {
			*l = lag{}
		}
	}
	if !l.begun {
		*l = lag{begun: true, epoch: arrived}
	}
	at := max(arrived.Sub(l.epoch), l.lastArrived)
	l.lastArrived, l.lastRTP = at, rtp
	delay := at - rtp
	slot := int64(at / lagBucket)
	l.buckets[slot%int64(lagBuckets)].add(slot, delay)
	fifth := int64(at / (lagSmoothing / 5))
	l.recent[fifth%5].add(fifth, delay)
	return l.mark(l.smoothed(fifth, delay) - l.best(slot))
}

// smoothed returns the smallest delay of the last second.
func (l *lag) smoothed(fifth int64, delay time.Duration) time.Duration {
	for _, m := range l.recent {
		if m.used && fifth-m.slot < 5 {
			delay = min(delay, m.delay)
		}
	}
	return delay
}

// best returns the smallest delay of the window, brought forward to slot by the
// drift that the window shows.
func (l *lag) best(slot int64) time.Duration {
	drift := l.drift(slot)
	best, found := time.Duration(0), false
	for _, m := range l.buckets {
		if !m.used || slot-m.slot >= int64(lagBuckets) {
			continue
		}
		d := m.delay + time.Duration(slot-m.slot)*drift
		if !found || d < best {
			best, found = d, true
		}
	}
	return best
}

// drift returns by how much the delay grows a bucket: the median slope between
// the sixths of the window, so that one step (a delay that is real) is not
// taken for a drift; at most what a bad crystal does.
func (l *lag) drift(slot int64) time.Duration {
	const parts = 6
	first := slot
	for _, m := range l.buckets {
		if m.used && slot-m.slot < int64(lagBuckets) {
			first = min(first, m.slot)
		}
	}
	span := slot - first + 1
	if span < 2*parts { // a minute tells nothing about a drift
		return 0
	}
	var sum, n [parts]int64
	for _, m := range l.buckets {
		if m.used && slot-m.slot < int64(lagBuckets) {
			i := (m.slot - first) * parts / span
			sum[i] += int64(m.delay)
			n[i]++
		}
	}
	var room [parts - 1]int64
	slopes := room[:0]
	for i := range parts - 1 {
		if n[i] > 0 && n[i+1] > 0 {
			slopes = append(slopes, (sum[i+1]/n[i+1]-sum[i]/n[i])*parts/span)
		}
	}
	if len(slopes) < 3 {
		return 0
	}
	slices.Sort(slopes)
	limit := maxDrift * (lagBucket / time.Second)
	return min(max(time.Duration(slopes[len(slopes)/2]), -limit), limit)
}

func (l *lag) mark(behind time.Duration) time.Duration {
	switch {
	case behind >= lagMarkAt:
		l.marked = true
	case behind < lagMarkUntil:
		l.marked = false
	}
	if !l.marked {
		return 0
	}
	return behind
}

// pace measures the usual interval between units, to tell a pause from an
// outage. The zero value is ready.
type pace struct {
	last  time.Time
	usual time.Duration // moving average
}

// add takes the arrival of a unit.
func (p *pace) add(arrived time.Time) {
	if !p.last.IsZero() {
		d := min(arrived.Sub(p.last), p.silentAfter()) // an outage is no pace
		if p.usual == 0 {
			p.usual = d
		} else {
			p.usual += (d - p.usual) / 8
		}
	}
	p.last = arrived
}

// silentAfter returns after how long without a unit the stream is silent.
func (p *pace) silentAfter() time.Duration {
	return max(3*time.Second, 4*p.usual)
}

// fps returns the measured rate in pictures a second, 0 while unknown.
func (p *pace) fps() float64 {
	if p.usual <= 0 {
		return 0
	}
	return float64(time.Second) / float64(p.usual)
}
