package liveview

import (
	"math"
	"time"
)

const (
	// paceStart is how many bytes may be under way while nothing is known; the
	// first acknowledgements let it grow. paceMin and paceMax bound what is
	// learned.
	paceStart = 64 << 10
	paceMin   = 16 << 10
	paceMax   = 8 << 20

	// queueLong is the delay beyond the shortest that means a queue on the way;
	// with less than queueShort there is none. queueAim is the queue that is
	// allowed for, so that the way is never empty.
	queueLong  = 150 * time.Millisecond
	queueShort = 50 * time.Millisecond
	queueAim   = 100 * time.Millisecond

	// queueFor is how long a queue is to blame for what waits, if it stood for most of
	// the time, averaged over queueOver: on a busy machine acknowledgements are late
	// in bursts, and a narrow way has a queue all the time.
	queueFor  = 3 * time.Second
	queueOver = 1500 * time.Millisecond

	// lagLong and lagAim are the same for painting.
	lagLong = 90 * time.Millisecond
	lagAim  = 50 * time.Millisecond

	// standingFor is for how long a delay has to stay before it means a queue: one
	// late answer of a busy machine is none.
	standingFor = 200 * time.Millisecond

	// fewSamples is how many delays it takes to know one without a queue.
	fewSamples = 6

	// shortestFor is how long the shortest delay is remembered, at least.
	shortestFor = 30 * time.Second

	// narrowFor is how long a way that was too narrow counts as such.
	narrowFor = 30 * time.Second
)

// pace learns from acknowledgements how much may be under way.
type pace struct {
	most    int  // bytes that may be under way
	limited bool // something waited for that since it grew

	recent   lowest        // delay
	shortest shortest      // delay
	round    time.Duration // from sending to the acknowledgement, smoothed
	moved    time.Time     // when most last changed
	queued   bool          // there has been a queue
	queuedAt time.Time     // when there last was
	standing float64       // for which part of the last time there was
	stoodAt  time.Time     // until when that is
	samples  int           // delays that were seen, up to fewSamples

	meter  meter
	narrow float64   // bytes a second that came while more waited
	asOf   time.Time // when that was
}

func newPace(now time.Time) pace { return pace{most: paceStart, shortest: shortest{began: now}} }

// came counts bytes that were received.
func (p *pace) came(bytes int, now time.Time) { p.meter.add(float64(bytes), now) }

// took learns from the time between a picture's sending and its acknowledgement.
func (p *pace) took(delay time.Duration, now time.Time) {
	p.shortest.add(delay, now)
	if p.round == 0 {
		p.round = delay
	}
	p.round = (p.round*7 + delay) / 8
	p.samples = min(p.samples+1, fewSamples)
	base := p.base()
	p.recent.add(delay, now)
	lowest, known := p.recent.value()
	queue := known && lowest-base >= queueShort
	if queue {
		p.queuedAt = now
	}
	p.stand(queue, now)
	switch {
	case known && lowest-base > queueLong:
		rate := p.meter.rate(now, time.Second)
		if most := p.clamp(rate * (base + queueAim).Seconds()); most < p.most {
			p.most, p.moved = most, now
		}
		p.limited, p.queued, p.queuedAt = false, true, now
	case min(delay, lowest)-base < queueShort && p.limited && p.known(delay) && now.Add(-delay).After(p.moved): // what it did last time shows
		by := 1.5
		if !p.queued {
			by = 2
		}
		p.most, p.moved, p.limited = p.clamp(float64(p.most)*by), now, false
	}
}

// lowest is the least of what was seen in the last one to two times standingFor.
type lowest struct {
	now, before time.Duration
	began       time.Time // of now
	whole       bool      // before is of a whole time
}

func (l *lowest) add(d time.Duration, at time.Time) {
	switch age := at.Sub(l.began); {
	case l.began.IsZero() || age > 3*standingFor: // nothing is known of the time between
		*l = lowest{now: d, began: at}
	case age > standingFor:
		*l = lowest{now: d, before: l.now, began: at, whole: true}
	default:
		l.now = min(l.now, d)
	}
}

// value returns the least, and whether it is of a whole time.
func (l *lowest) value() (d time.Duration, whole bool) {
	if !l.whole {
		return l.now, false
	}
	return min(l.now, l.before), true
}

// known reports whether the shortest delay can be told from a queue: not by the
// first acknowledgements, unless they come at once.
func (p *pace) known(delay time.Duration) bool { return p.samples >= fewSamples || delay < queueAim }

func (p *pace) clamp(bytes float64) int { return int(max(paceMin, min(paceMax, bytes))) }

// base is the shortest delay of the last time.
func (p *pace) base() time.Duration { return p.shortest.value() }

// shortest is the least of what was seen in the last one to two times shortestFor.
type shortest struct {
	seen  [2]time.Duration // of this time and of the one before; 0 is none
	began time.Time        // this one
}

func (s *shortest) add(d time.Duration, at time.Time) {
	if at.Sub(s.began) > shortestFor {
		s.seen, s.began = [2]time.Duration{0, s.seen[0]}, at
	}
	if s.seen[0] == 0 || d < s.seen[0] {
		s.seen[0] = max(d, 1)
	}
}

func (s *shortest) value() time.Duration {
	if s.seen[0] == 0 || s.seen[1] > 0 && s.seen[1] < s.seen[0] {
		return s.seen[1]
	}
	return s.seen[0]
}

// roundTrip is how long a picture is under way, the queue beyond what is aimed at
// left out.
func (p *pace) roundTrip() time.Duration { return min(p.round, p.base()+queueAim, time.Second) }

// tick is called twice a second; starved says that tiles waited for the way for a
// good part of the last time.
func (p *pace) tick(now time.Time, starved bool) {
	if rate := p.meter.rate(now, 2*time.Second); starved && rate > 0 {
		p.narrow, p.asOf = rate, now
	}
}

// stand averages for which part of the time there is a queue.
func (p *pace) stand(queue bool, now time.Time) {
	part := 0.0
	if queue {
		part = 1
	}
	if !p.stoodAt.IsZero() {
		part += (p.standing - part) * math.Exp(-float64(now.Sub(p.stoodAt))/float64(queueOver))
	}
	p.standing, p.stoodAt = part, now
}

// queue reports whether there has been a queue on the way just now: else what
// waits does so for another reason.
func (p *pace) queue(now time.Time) bool { return now.Sub(p.queuedAt) < queueFor && p.standing > 0.5 }

// growing reports whether it is still being learned how wide the way is.
func (p *pace) growing(now time.Time) bool { return !p.queued && now.Sub(p.moved) < settle/2 }

// capacity is how many bytes a second the way carries, where that was too few
// lately; else 0.
func (p *pace) capacity(now time.Time) float64 {
	if p.narrow == 0 || now.Sub(p.asOf) > narrowFor {
		return 0
	}
	return p.narrow
}

// screenPace learns how many pictures may wait to be painted, of all tiles
// together: painters share a thread.
type screenPace struct {
	most    float64 // 0 is no bound
	limited bool
	moved   time.Time
	recent  lowest
	meter   meter
}

// took learns from n pictures that were painted. lag is that of the tile that is
// painted soonest: one that is slow by itself says nothing about the others.
func (p *screenPace) took(n int, lag time.Duration, now time.Time) {
	p.meter.add(float64(n), now)
	p.recent.add(lag, now)
	lowest, known := p.recent.value()
	switch {
	case known && lowest > lagLong:
		most := max(1, p.meter.rate(now, time.Second)*lagAim.Seconds())
		if p.most == 0 || most < p.most {
			p.most, p.moved = most, now
		}
		p.limited = false
	case p.most > 0 && lowest < lagAim && p.limited && now.Sub(p.moved) > 2*lagLong:
		p.most, p.moved, p.limited = p.most*1.25, now, false
	case p.most > 0 && !p.limited && now.Sub(p.moved) > shortestFor:
		p.most = 0
	}
}

// meter is the rate of what was added over up to two seconds.
type meter struct {
	slots [20]float64
	began time.Time // of slot 1, which was the first
	last  int64     // the number of the newest slot; 0: none
}

const meterSlot = 100 * time.Millisecond

func (m *meter) roll(now time.Time) int64 {
	if m.last == 0 {
		m.began, m.last = now, 1
	}
	n := int64(now.Sub(m.began)/meterSlot) + 1 // of the monotonic clock
	for ; m.last < n; m.last++ {
		if n-m.last > int64(len(m.slots)) {
			m.last = n - int64(len(m.slots))
		}
		m.slots[(m.last+1)%int64(len(m.slots))] = 0
	}
	return m.last
}

func (m *meter) add(n float64, now time.Time) {
	m.slots[m.roll(now)%int64(len(m.slots))] += n
}

// rate returns what was added a second, of the last time as long as over.
func (m *meter) rate(now time.Time, over time.Duration) float64 {
	last := m.roll(now)
	count := min(int64(over/meterSlot), int64(len(m.slots)), last)
	var sum float64
	for i := range count {
		sum += m.slots[(last-i)%int64(len(m.slots))]
	}
	return sum / (float64(count) * meterSlot.Seconds())
}
