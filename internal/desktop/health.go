package desktop

import "time"

// What Health.Page says.
const (
	pageLoading  = "loading"  // begun, and not heard of yet
	pageLive     = "live"     // it beats
	pageFrozen   = "frozen"   // it stopped beating or painting, its process is being ended
	pageDead     = "dead"     // its process has died
	pageRenewing = "renewing" // live, and told that another page takes its place
)

// The limits of a page, in time that this process was awake for.
const (
	beatLimit   = 10 * time.Second // without a beat: five of them
	slowLimit   = time.Minute      // the most that it grows to where pages never get far
	shortLife   = 6 * time.Second  // from the first beat to the last of a page that did not get far
	hiddenLimit = time.Minute      // the same for a page that nobody sees: WebKit slows its timers
	renewLimit  = 10 * time.Second // from telling the page to going without its keepsake
	endAgain    = 10 * time.Second // an end or a load that nothing came of

	// Until the first beat: of the first page, which may come off a slow card, of
	// later ones, and of ones that followed on pages that never beat.
	firstPatience   = 30 * time.Second
	loadPatience    = 15 * time.Second
	maxLoadPatience = time.Minute

	goodLife = 5 * time.Second // pages that live for so long, none of which died, are mended
	illLimit = time.Minute     // what is not mended in so long is not healthy
	maxStep  = 2 * time.Second // what one tick counts at most: the rest nobody lived through
)

// The rule for pages that beat but don't paint.
const (
	stillLimit   = 10 * time.Second // since the last frame
	stillFor     = 4 * time.Second  // it has to be told more than once
	probeEvery   = 30 * time.Second
	screenTicks  = 10 // of the screen in one probe: it takes pictures
	provenFor    = 5 * time.Second
	stillSpacing = 10 * time.Minute // between two ends of that kind
)

// verdict is what is to be done with a page.
type verdict int

const (
	keepPage  verdict = iota
	endPage           // end its process, which loads it anew
	askScreen         // find out whether the screen takes pictures, and call probed
)

// beat is what a page tells of itself every 2 s.
type beat struct {
	painted time.Duration // since its last animation frame
	hidden  bool          // by its own account
	shown   bool          // there are pictures on it
}

// judge decides from beats, loads and ends how a page is and what is to be done.
// It knows nothing of cameras, and its time is counted by ticks: a machine that
// slept and a process that was stopped have not waited for the page. It is used
// under its owner's lock.
type judge struct {
	ticked time.Time
	lived  time.Duration

	page    string
	since   time.Time     // when page began
	began   time.Duration // the same in lived time, as all below
	beaten  time.Duration // the last beat
	hidden  bool
	short   int           // pages in a row that fell silent as soon as they lived
	waits   time.Duration // for a first beat
	renewed int

	ill      bool
	illSince time.Duration
	fallen   bool          // none has beaten yet, or none since one froze or died
	revived  time.Duration // when one did. Pages that take each other's place are one life

	spent bool // its memory: it is ended with the next tick

	wanted bool          // a renewal
	told   time.Duration // when the page was told

	still      bool // it beats but does not paint, for so long
	stillSince time.Duration
	probing    bool
	nextProbe  time.Duration
	proven     bool // the screen takes pictures, since
	provenAt   time.Duration
	nextStill  time.Duration // when that rule may end a page again
}

func newJudge(now time.Time) judge {
	return judge{ticked: now, page: pageLoading, since: now, waits: firstPatience, ill: true, fallen: true}
}

// set begins a state.
func (j *judge) set(page string) {
	j.page, j.since, j.began = page, j.ticked, j.lived
	j.still, j.proven = false, false
	switch page {
	case pageFrozen, pageDead:
		// A page that takes the place of a live one by itself has done no harm so far.
		if !j.ill {
			j.ill, j.illSince = true, j.lived
		}
		j.fallen, j.spent = true, false
	case pageLive:
		if j.fallen {
			j.fallen, j.revived = false, j.lived
		}
	}
}

// tick is called about once a second.
func (j *judge) tick(now time.Time) verdict {
	j.lived += min(max(now.Sub(j.ticked), 0), maxStep)
	j.ticked = now
	if j.spent {
		return j.freeze()
	}
	switch j.page {
	case pageLive:
		if j.lived-j.revived >= goodLife {
			j.ill, j.waits = false, loadPatience
		}
		if j.silent() {
			if j.short++; j.beaten-j.began >= shortLife {
				j.short = 0
			}
			return j.freeze()
		}
		return j.painting()
	case pageRenewing:
		switch {
		case j.silent():
			return j.freeze()
		case j.lived-j.told >= renewLimit:
			return j.end()
		}
	case pageLoading:
		if j.lived-j.began >= j.waits {
			j.waits = min(2*j.waits, maxLoadPatience)
			return j.freeze()
		}
	case pageFrozen, pageDead:
		if j.lived-j.began >= endAgain+maxRest {
			return j.end()
		}
	}
	return keepPage
}

func (j *judge) silent() bool {
	// A machine that is too slow for us is not made faster by beginning anew.
	limit := min(beatLimit<<max(0, min(j.short, 8)-2), slowLimit)
	if j.hidden {
		limit = hiddenLimit
	}
	return j.lived-j.beaten >= limit
}

// painting looks after a page that beats but does not paint. A screen that is
// off takes no pictures, and then the page paints none: only when the screen
// proves to take them is it the page's fault.
func (j *judge) painting() verdict {
	switch {
	case !j.still || j.lived-j.stillSince < stillFor || j.lived < j.nextStill:
		return keepPage
	case j.proven && j.beaten > j.provenAt && j.lived-j.provenAt >= provenFor:
		j.nextStill = j.lived + stillSpacing
		return j.freeze()
	case !j.proven && !j.probing && j.lived >= j.nextProbe:
		j.probing, j.nextProbe = true, j.lived+probeEvery
		return askScreen
	}
	return keepPage
}

// probed tells how often the screen asked for a picture in a few seconds.
func (j *judge) probed(ticks int) {
	j.probing = false
	if j.still && ticks >= screenTicks {
		j.proven, j.provenAt = true, j.lived
	}
}

// freeze and end both mean to end the page's process; what comes of it is told
// by ended.
func (j *judge) freeze() verdict {
	j.set(pageFrozen)
	return endPage
}

func (j *judge) end() verdict {
	j.began = j.lived // so long until it is tried again
	j.told = j.lived
	return endPage
}

// beat counts a sign of life and tells whether the page is to hand on its
// pictures.
func (j *judge) beat(b beat) (renew bool) {
	if j.page == pageFrozen || j.page == pageDead {
		return false // it was under way when its page ended
	}
	j.beaten, j.hidden = j.lived, b.hidden
	if j.page == pageLoading {
		j.set(pageLive)
	}
	switch {
	case b.hidden || b.painted < stillLimit:
		j.still, j.proven = false, false
	case !j.still:
		j.still, j.stillSince = true, j.lived
	}
	if j.wanted && j.page == pageLive {
		j.wanted, j.told = false, j.lived
		j.set(pageRenewing)
	}
	return j.page == pageRenewing
}

// renew is called when the page has handed on its pictures; true when it was
// told to.
func (j *judge) renew() bool {
	if j.page != pageRenewing {
		return false
	}
	j.told = j.lived - renewLimit // the next tick ends it
	return true
}

// loading is called when a page has begun: committed is false while the one
// before still stands.
func (j *judge) loading(committed bool) {
	if committed || j.page == pageFrozen || j.page == pageDead {
		j.set(pageLoading)
		j.hidden = false
	}
}

// ended is called when the page's process is gone.
func (j *judge) ended() {
	j.renewed++
	j.wanted = false
	j.set(pageDead)
}

// spend is called when the page takes more memory than any may; false when it is
// being ended already.
func (j *judge) spend() bool {
	if j.spent || j.page == pageFrozen || j.page == pageDead {
		return false
	}
	j.spent = true
	return true
}

// lasted is how long the page has been as it is.
func (j *judge) lasted() time.Duration { return j.lived - j.began }

func (j *judge) health() Health {
	return Health{
		Page: j.page, Healthy: !j.ill || j.lived-j.illSince < illLimit,
		Since: j.since, Renewed: j.renewed,
	}
}
