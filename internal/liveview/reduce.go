package liveview

import (
	"math"
	"time"
)

// Why less is sent than was asked for.
const (
	slowLink   = "link"
	slowScreen = "screen"
)

// widths is the ladder of sizes.
var widths = []int{320, 480, 640, 960, 1280, 1920, 2560, 3840}

// target is how a tile's JPEGs are to be made.
type target struct {
	width   int
	quality int
	fps     float64 // 0 is every picture
}

// load is what pictures like that cost, in no unit: bytes follow the size a
// little less than in proportion, and quality as it was measured.
func (t target) load(fps float64) float64 {
	return t.rate(fps) * math.Pow(float64(t.width), 1.6) * (0.3 + 0.7*math.Pow(float64(t.quality)/75, 1.3))
}

// rate is how many pictures a second t makes of a camera's fps.
func (t target) rate(fps float64) float64 {
	if t.fps > 0 && t.fps < fps {
		return t.fps
	}
	return fps
}

// steps returns what to ask for in place of full, each less than the one before:
// fewer pictures first, then smaller ones, then coarser ones, then hardly any.
func steps(full target, fps float64) []target {
	list := []target{full}
	t := full
	for _, rate := range []float64{15, 10, few} {
		if rate < full.rate(fps)*0.9 {
			t.fps = rate
			list = append(list, t)
		}
	}
	for i := len(widths) - 1; i >= 0; i-- {
		if widths[i] < t.width {
			t.width = widths[i]
			list = append(list, t)
		}
	}
	for _, quality := range []int{55, 40} {
		if quality < t.quality {
			t.quality = quality
			list = append(list, t)
		}
	}
	for _, rate := range []float64{2, 1} {
		if rate < t.rate(fps)*0.9 {
			t.fps = rate
			list = append(list, t)
		}
	}
	return list
}

// scale is the steps between all that a tile wants of a camera and hardly any. The
// zero value wants nothing.
type scale struct {
	fps  float64 // of the camera; 0 while nothing comes
	list []target
	made float64 // the fps that list is for
}

// aim sets what is wanted of a camera of so many pictures a second.
func (s *scale) aim(full target, fps float64) {
	if fps > 0 && math.Abs(fps-s.made) < s.made/10 {
		fps = s.made // the same, measured
	}
	if s.fps = fps; fps == 0 {
		fps = max(s.made, 1)
	}
	if len(s.list) == 0 || s.list[0] != full || fps != s.made {
		s.list, s.made = steps(full, fps), fps
	}
}

// at returns the first step that costs at most a part of the whole.
func (s *scale) at(part float64) target {
	if len(s.list) == 0 {
		return target{}
	}
	most := s.list[0].load(s.made) * part * 1.02
	for _, t := range s.list {
		if t.load(s.made) <= most {
			return t
		}
	}
	return s.list[len(s.list)-1]
}

// low is the part that the last step before hardly any costs.
func (s *scale) low() float64 {
	if len(s.list) == 0 {
		return 0
	}
	low := 0
	for low < len(s.list)-1 && s.list[low+1].rate(s.made) >= min(few, s.made) {
		low++
	}
	return s.list[low].load(s.made) / s.list[0].load(s.made)
}

const (
	// few is how many pictures a second the size and the quality go down for.
	few = 5

	// enough is the part of the pictures that has to come through, and plenty
	// that from which on more may be tried.
	enough = 0.6
	plenty = 0.85

	// held is the part of the time that tiles have to wait before the way or
	// the screen is to blame.
	held = 0.25

	// settle is how long a choice is looked at before the next.
	settle = 2 * time.Second

	// More by raiseBy is tried after raiseAfter, and after twice that, up to
	// raiseMost, when it turned out within raiseTrial to be too much.
	raiseBy    = 1.35
	raiseAfter = 10 * time.Second
	raiseMost  = 2 * time.Minute
	raiseTrial = 8 * time.Second
)

// throttle chooses which part of what is wanted is sent, by what goes through.
type throttle struct {
	bold    bool      // hardly anything becomes some pictures a second in one step
	cut     float64   // what is left out: 0 is nothing, just below 1 nearly all
	changed time.Time // when cut last changed
	before  float64   // cut before more was tried
	raised  time.Time // when that was; zero when nothing is on trial
	patient time.Duration
	fine    time.Time // since when all goes through; zero while it does not
	reduced bool      // less is sent than is wanted
}

// part is which part of what is wanted may be sent.
func (t *throttle) part() float64 { return 1 - t.cut }

// judge looks at which part of what was to be sent went through, which part of
// the time it had to wait, and which part of what is wanted that was. It reports
// whether something is to be changed. It does not go below low in one step.
func (t *throttle) judge(now time.Time, through, waited, sent, low float64) (changed bool) {
	cut, reduced := t.cut, t.reduced
	if !t.raised.IsZero() && now.Sub(t.raised) > raiseTrial {
		t.raised, t.patient = time.Time{}, 0
	}
	switch {
	case through < enough && waited > held:
		t.reduced, t.fine = true, time.Time{}
		if now.Sub(t.changed) >= settle {
			part := sent * max(through, 0.02) * 1.1
			if low < sent*0.95 {
				part = max(part, low)
			}
			t.lower(part)
			t.changed = now
		}
	case t.cut > 0 && (through >= plenty || waited < held/2):
		if now.Sub(t.changed) >= max(t.patient, raiseAfter) {
			t.before, t.raised, t.changed = t.cut, now, now
			if t.cut = 1 - t.more(low); t.cut < 0.01 {
				t.cut = 0
			}
		}
	case t.cut == 0 && (through >= plenty || waited < held):
		if t.fine.IsZero() {
			t.fine = now
		}
		t.reduced = t.reduced && now.Sub(t.fine) < settle
	}
	return cut != t.cut || reduced != t.reduced
}

// more is the part that is tried next. Who is bold is not below low then.
func (t *throttle) more(low float64) float64 {
	part := t.part() * raiseBy
	if t.bold {
		part = max(part, low)
	}
	return part
}

// lower allows for a part, or for what went well before.
func (t *throttle) lower(part float64) {
	t.cut = 1 - max(part, 0.001)
	if !t.raised.IsZero() {
		t.patient = min(raiseMost, max(2*t.patient, 2*raiseAfter))
		t.cut, t.raised = max(t.before, 0.01), time.Time{}
	}
}

// statsSlot is how long one entry of stats is.
const statsSlot = 500 * time.Millisecond

// stats is what a lane did in the last two seconds.
type stats struct {
	slots [5]window
	began time.Time // of slots[0], the newest, which is not over
}

// window is what was sent in a time, and for how long a picture waited for the
// way and for the screen.
type window struct {
	span         time.Duration
	sent         int
	link, screen time.Duration
}

func (s *stats) clear(now time.Time) { *s = stats{began: now} }

func (s *stats) sent() { s.slots[0].sent++ }

func (s *stats) waited(d time.Duration, why standing) {
	if why == unshown {
		s.slots[0].screen += d
	} else {
		s.slots[0].link += d
	}
}

// next begins a new entry.
func (s *stats) next(now time.Time) {
	if s.began.IsZero() {
		s.began = now
		return
	}
	s.slots[0].span = now.Sub(s.began)
	copy(s.slots[1:], s.slots[:])
	s.slots[0], s.began = window{}, now
}

// window adds the entries up; the newest has no span yet.
func (s *stats) window() (w window) {
	for _, e := range s.slots {
		w.span += e.span
		w.sent += e.sent
		w.link += e.link
		w.screen += e.screen
	}
	return w
}
