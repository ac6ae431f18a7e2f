package desktop

import (
	"testing"
	"time"
)

// patient is a judge and the time that it is told.
type patient struct {
	t *testing.T
	judge
	now time.Time
}

func newPatient(t *testing.T) *patient {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	return &patient{t: t, judge: newJudge(now), now: now}
}

// live is a patient whose page has lived long enough to be well.
func live(t *testing.T) *patient {
	t.Helper()
	p := newPatient(t)
	p.loading(true)
	p.beats(10*time.Second, beat{})
	if h := p.health(); h.Page != pageLive || !h.Healthy || p.ill {
		t.Fatalf("the page is %+v after beats", h)
	}
	return p
}

// passes lets time pass without a sign of life and returns after how much of it
// the page was to be ended, or what else came first; 0 when nothing did.
func (p *patient) passes(length time.Duration) (verdict, time.Duration) {
	for passed := time.Second; passed <= length; passed += time.Second {
		p.now = p.now.Add(time.Second)
		if v := p.tick(p.now); v != keepPage {
			return v, passed
		}
	}
	return keepPage, 0
}

// beats lets time pass with one beat every 2 s; it fails when anything is done.
func (p *patient) beats(length time.Duration, b beat) {
	p.t.Helper()
	for passed := time.Duration(0); passed < length; passed += 2 * time.Second {
		if p.beat(b); p.page != pageLive {
			p.t.Fatalf("a beat left the page %s", p.page)
		}
		if v, _ := p.passes(2 * time.Second); v != keepPage {
			p.t.Fatalf("verdict %d after %v of beats %+v", v, passed, b)
		}
	}
}

// ends lets the page's process end and another page come to life.
func (p *patient) ends() {
	p.ended()
	p.loading(false)
	p.loading(true)
	p.beat(beat{})
}

func TestPageThatBeatsIsKept(t *testing.T) {
	live(t).beats(time.Hour, beat{painted: 16 * time.Millisecond})
}

func TestPageThatStopsBeatingIsEnded(t *testing.T) {
	p := live(t)
	p.beat(beat{})
	v, after := p.passes(time.Minute)
	if v != endPage || after != beatLimit || p.page != pageFrozen {
		t.Fatalf("verdict %d after %v, %s", v, after, p.page)
	}
	p.ends()
	if h := p.health(); h.Page != pageLive || h.Renewed != 1 || !h.Healthy {
		t.Errorf("after it was loaded anew: %+v", h)
	}
	// A blocked page has to be back within 20 s; this leaves 8 for loading it.
	if beatLimit+2*time.Second > 12*time.Second {
		t.Errorf("a blocked page is noticed only after %v", beatLimit)
	}
}

// A machine that is too slow gets more time, until a page lives for longer, as the first one here does.
func TestPagesThatNeverGetFarAreEndedEverMoreSlowly(t *testing.T) {
	p := live(t)
	for i, want := range []time.Duration{beatLimit, beatLimit, beatLimit, beatLimit, 2 * beatLimit, 4 * beatLimit, slowLimit, slowLimit} {
		p.beat(beat{})
		if v, after := p.passes(2 * time.Minute); v != endPage || after != want {
			t.Fatalf("page %d: verdict %d after %v, want %v", i+1, v, after, want)
		}
		p.ends()
	}
	p.beats(time.Minute, beat{})
	for range 2 {
		if v, after := p.passes(2 * time.Minute); v != endPage || after > slowLimit {
			t.Fatalf("verdict %d after %v", v, after)
		}
		p.ends()
	}
	p.beats(time.Minute, beat{})
	if v, after := p.passes(2 * time.Minute); v != endPage || after > beatLimit {
		t.Fatalf("in the end: verdict %d after %v", v, after)
	}
}

func TestBeatsOfAPageThatIsBeingEndedDoNotCount(t *testing.T) {
	p := live(t)
	if v, _ := p.passes(time.Minute); v != endPage {
		t.Fatal("not ended")
	}
	if p.beat(beat{}); p.page != pageFrozen {
		t.Errorf("a late beat made it %s", p.page)
	}
	p.ended()
	if p.beat(beat{}); p.page != pageDead {
		t.Errorf("a late beat made the dead one %s", p.page)
	}
}

func TestEndThatNothingComesOfIsTriedAgain(t *testing.T) {
	p := live(t)
	if v, _ := p.passes(time.Minute); v != endPage {
		t.Fatal("not ended")
	}
	for i := range 3 {
		if v, after := p.passes(time.Minute); v != endPage || after < maxRest {
			t.Fatalf("try %d: verdict %d after %v", i, v, after)
		}
	}
}

func TestPageThatNeverBeatsIsEndedEverMoreSlowly(t *testing.T) {
	p := live(t)
	p.ended()
	for i, want := range []time.Duration{15, 30, 60, 60} {
		p.loading(false)
		if v, after := p.passes(2 * time.Minute); v != endPage || after != want*time.Second {
			t.Fatalf("load %d: verdict %d after %v, want %v s", i, v, after, want)
		}
		p.ended()
	}
	p.loading(true)
	p.beats(10*time.Second, beat{})
	p.ended()
	p.loading(true)
	if v, after := p.passes(2 * time.Minute); v != endPage || after != loadPatience {
		t.Errorf("after a good page: verdict %d after %v", v, after)
	}
}

func TestFirstPageMayComeOffASlowDisk(t *testing.T) {
	p := newPatient(t)
	if v, after := p.passes(time.Minute); v != endPage || after != firstPatience {
		t.Errorf("verdict %d after %v", v, after)
	}
}

func TestReloadByThePageItselfGivesItTime(t *testing.T) {
	p := live(t)
	p.beat(beat{hidden: true})
	p.loading(false) // the old page stands and beats
	if p.page != pageLive {
		t.Fatalf("the page is %s while the next one is asked for", p.page)
	}
	p.loading(true)
	if v, after := p.passes(time.Minute); v != endPage || after != loadPatience {
		t.Errorf("verdict %d after %v", v, after)
	}
}

func TestSleepDoesNotCount(t *testing.T) {
	for _, slept := range []time.Duration{20 * time.Second, time.Hour, -time.Hour} {
		p := live(t)
		p.beat(beat{})
		p.now = p.now.Add(slept)
		if v := p.tick(p.now); v != keepPage {
			t.Errorf("verdict %d on waking after %v", v, slept)
		}
		p.beats(time.Minute, beat{painted: max(0, slept-time.Hour)})
	}
}

func TestHiddenPageMayBeSlow(t *testing.T) {
	p := live(t)
	p.beat(beat{hidden: true, painted: time.Hour})
	if v, after := p.passes(10 * time.Minute); v != endPage || after != hiddenLimit {
		t.Errorf("verdict %d after %v", v, after)
	}
	p = live(t)
	p.beats(time.Hour, beat{hidden: true, painted: time.Hour})
}

// paints lets time pass with beats of that kind until something is to be done.
func (p *patient) paints(length time.Duration, b beat) (verdict, time.Duration) {
	for passed := time.Duration(0); passed < length; passed += 2 * time.Second {
		p.beat(b)
		if v, after := p.passes(2 * time.Second); v != keepPage {
			return v, passed + after
		}
	}
	return keepPage, 0
}

func TestPageThatDoesNotPaintIsEndedWhenTheScreenTakesPictures(t *testing.T) {
	p := live(t)
	still := beat{painted: stillLimit}
	if v, after := p.paints(time.Minute, still); v != askScreen || after > 10*time.Second {
		t.Fatalf("verdict %d after %v, want to ask the screen", v, after)
	}
	p.probed(180)
	if v, after := p.paints(time.Minute, still); v != endPage || after > 10*time.Second {
		t.Fatalf("verdict %d after %v, want the end", v, after)
	}
	p.ends()
	// Once, then not for ten minutes.
	v, _ := p.paints(8*time.Minute, still)
	for v == askScreen {
		p.probed(180)
		v, _ = p.paints(8*time.Minute, still)
	}
	if v != keepPage {
		t.Fatalf("verdict %d in the ten minutes after an end", v)
	}
	v, after := p.paints(10*time.Minute, still)
	if v != askScreen {
		t.Fatalf("verdict %d after %v, want to ask the screen", v, after)
	}
	p.probed(180)
	if v, _ := p.paints(time.Minute, still); v != endPage {
		t.Errorf("verdict %d, want the end", v)
	}
}

func TestScreenThatIsOffIsNotThePagesFault(t *testing.T) {
	p := live(t)
	still := beat{painted: time.Minute}
	asked := 0
	for range 40 {
		v, _ := p.paints(15*time.Second, still)
		switch v {
		case askScreen:
			asked++
			p.probed(asked % 3) // one picture goes out before the screen falls silent
		case endPage:
			t.Fatal("ended for a screen that is off")
		}
	}
	if asked < 5 || asked > 25 {
		t.Errorf("the screen was asked %d times in 10 minutes", asked)
	}
	p.beats(time.Minute, beat{})
}

func TestPageThatPaintsAgainWhileTheScreenIsAskedIsKept(t *testing.T) {
	p := live(t)
	if v, _ := p.paints(time.Minute, beat{painted: time.Minute}); v != askScreen {
		t.Fatal("the screen is not asked")
	}
	p.probed(100) // it went on just now
	p.beats(time.Minute, beat{painted: 16 * time.Millisecond})
	if v, _ := p.paints(time.Minute, beat{painted: time.Minute}); v != askScreen {
		t.Errorf("verdict %d, want to ask again", v)
	}
}

func TestRenewal(t *testing.T) {
	for _, c := range []struct {
		name string
		next func(*patient) // what the page does with what it is told
		want time.Duration
	}{
		{"handed on", func(p *patient) { p.renew() }, time.Second},
		{"nothing handed on", func(*patient) {}, renewLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := live(t)
			if p.renew() {
				t.Error("a page that nobody told may have itself ended")
			}
			p.wanted = true
			if !p.beat(beat{}) || p.page != pageRenewing {
				t.Fatalf("a beat does not tell it; it is %s", p.page)
			}
			c.next(p)
			var v verdict
			var after time.Duration
			for v == keepPage && after < time.Minute {
				p.beat(beat{})
				v, _ = p.passes(time.Second)
				after += time.Second
			}
			if v != endPage || after != c.want {
				t.Fatalf("verdict %d after %v, want %v", v, after, c.want)
			}
			p.ends()
			p.beats(time.Minute, beat{})
			if p.beat(beat{}) || p.ill {
				t.Errorf("the next page is %s, wanted: %v, ill: %v", p.page, p.wanted, p.ill)
			}
		})
	}
}

func TestPageThatFreezesWhileItIsRenewed(t *testing.T) {
	p := live(t)
	p.wanted = true
	p.beat(beat{})
	if v, after := p.passes(time.Minute); v != endPage || after > beatLimit {
		t.Errorf("verdict %d after %v", v, after)
	}
}

func TestHealth(t *testing.T) {
	p := newPatient(t)
	if h := p.health(); !h.Healthy || h.Page != pageLoading {
		t.Fatalf("at first: %+v", h)
	}
	p = live(t)
	p.ended()
	began := p.now
	for passed := time.Second; passed < 3*time.Minute; passed += time.Second {
		p.now = p.now.Add(time.Second)
		p.tick(p.now)
		if h := p.health(); h.Healthy != (passed < illLimit) {
			t.Fatalf("after %v of a dead page: %+v", passed, h)
		}
	}
	p.loading(true)
	p.beats(6*time.Second, beat{})
	if h := p.health(); !h.Healthy || h.Page != pageLive || !h.Since.After(began) {
		t.Errorf("after it came to life: %+v", h)
	}
}

func TestPageThatReloadsItselfAgainAndAgainIsHealthy(t *testing.T) {
	p := live(t)
	for range 200 {
		p.loading(false)
		p.loading(true)
		p.passes(time.Second)
		p.beat(beat{})
		p.passes(time.Second)
		if h := p.health(); !h.Healthy || h.Renewed != 0 {
			t.Fatalf("%+v", h)
		}
	}
}

// The server may be at fault: a page that takes the place of another one every
// few seconds is not mended by another process.
func TestPagesThatReplaceEachOtherMendWhatWasIll(t *testing.T) {
	for name, p := range map[string]*patient{"at first": newPatient(t), "after a death": live(t)} {
		if name != "at first" {
			p.ended()
		}
		for range 60 {
			p.loading(false)
			p.loading(true)
			p.beat(beat{})
			p.passes(2 * time.Second)
			if h := p.health(); !h.Healthy {
				t.Fatalf("%s: %+v after %v", name, h, p.lived)
			}
		}
		if p.ill {
			t.Errorf("%s: it is still ill", name)
		}
	}
}

func TestPageThatTakesTooMuchIsEndedAtOnce(t *testing.T) {
	for name, set := range map[string]func(*patient){
		"live":     func(*patient) {},
		"loading":  func(p *patient) { p.loading(true) },
		"renewing": func(p *patient) { p.wanted = true; p.beat(beat{}) },
	} {
		p := live(t)
		set(p)
		if !p.spend() || p.spend() {
			t.Errorf("%s: not taken note of once", name)
		}
		if v, after := p.passes(time.Minute); v != endPage || after != time.Second {
			t.Errorf("%s: verdict %d after %v", name, v, after)
		}
		if p.spend() {
			t.Errorf("%s: it is ended already", name)
		}
		p.ends()
		p.beats(time.Minute, beat{})
	}
}

func TestPageThatDiesAgainAndAgainIsNotHealthy(t *testing.T) {
	p := live(t)
	for range 30 {
		p.ends()
		p.passes(3 * time.Second)
	}
	if h := p.health(); h.Healthy || h.Renewed != 30 {
		t.Errorf("%+v, want an end of this process", h)
	}
	p.beats(10*time.Second, beat{})
	if h := p.health(); !h.Healthy {
		t.Errorf("%+v after it lived on", h)
	}
}
