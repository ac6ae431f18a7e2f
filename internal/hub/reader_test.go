package hub

import (
	"testing"
	"time"

	"camwall/internal/media"
)

var speech = &media.Track{ID: 1, Codec: media.PCMA, ClockRate: 8000}

// say publishes an audio unit.
func (s *source) say() {
	s.hub.Publish(&media.AccessUnit{Track: speech, Data: make([]byte, 160), Arrived: s.at})
}

func poll(t *testing.T, r *Reader) Item {
	t.Helper()
	if !r.Ready() {
		t.Fatal("no unit is ready")
	}
	item, ok := r.Poll()
	if !ok {
		t.Fatal("no unit although one was ready")
	}
	return item
}

func wantNone(t *testing.T, r *Reader) {
	t.Helper()
	if item, ok := r.Poll(); ok || r.Ready() {
		t.Fatalf("got unit %+v, want none", item.Unit)
	}
}

func TestVideoReaderPassesOverSound(t *testing.T) {
	s := newSource(Config{})
	s.say()
	s.publish(true, 100)
	s.say()
	s.publish(false, 100)
	s.say()
	r := s.hub.NewVideoReader()
	wantItem(t, poll(t, r), 1, 0, true)
	wantItem(t, poll(t, r), 2, 0, false) // what is newer is sound
	wantNone(t, r)
	s.say()
	wantNone(t, r)
	s.publish(false, 100)
	wantItem(t, poll(t, r), 3, 0, false)
}

// A key unit alone is no picture of now.
func TestVideoReaderOfALongGOPWaitsForTheNextKeyUnit(t *testing.T) {
	s := newSource(Config{MaxAge: time.Second})
	s.gop(40, 100)
	r := s.hub.NewVideoReader()
	wantNone(t, r)
	s.publish(false, 100)
	wantNone(t, r)
	s.publish(true, 100)
	wantItem(t, poll(t, r), 42, 1, false)
}

func TestSoundReaderGetsWhatComes(t *testing.T) {
	s := newSource(Config{MaxLag: 8})
	s.publish(true, 100)
	s.say()
	r := s.hub.NewSoundReader()
	wantNone(t, r)
	s.publish(false, 100)
	wantNone(t, r)
	s.say()
	if item := poll(t, r); item.Unit.Track != speech || item.CatchingUp || item.Skipped != 0 {
		t.Errorf("got %+v", item)
	}
	// Who is too slow goes on with what there is: no key unit is needed.
	for range 20 {
		s.gop(1, 100)
		s.say()
	}
	n := 0
	for r.Ready() {
		if item := poll(t, r); item.Unit.Track != speech {
			t.Fatal("a picture was handed out as sound")
		}
		n++
	}
	if n < 1 || n > 8 {
		t.Errorf("%d audio units of the last 8 units", n)
	}
}

// What lay there when a reader came is not late because of it.
func TestWhatWasThereIsTold(t *testing.T) {
	s := newSource(Config{})
	s.gop(3, 100)
	r := s.hub.NewVideoReader()
	s.publish(false, 100)
	for seq, there := range []bool{true, true, true, false} {
		if item := poll(t, r); item.There != there || item.Unit.Seq != uint64(seq+1) {
			t.Errorf("unit %d was there: %v", item.Unit.Seq, item.There)
		}
	}
}

func TestSkipGoesOnAtAKeyUnit(t *testing.T) {
	s := newSource(Config{})
	s.gop(5, 100)
	r := s.hub.NewVideoReader()
	wantItem(t, poll(t, r), 1, 0, true)
	r.Skip(s.at.Add(-time.Second)) // no key unit is ahead
	wantNone(t, r)
	s.publish(false, 100)
	wantNone(t, r)
	s.gop(3, 100) // 7, 8, 9
	wantItem(t, poll(t, r), 7, 5, false)

	s.gop(4, 100) // 10 to 13, while 8 and 9 lie there
	r.Skip(s.at.Add(-time.Second))
	wantItem(t, poll(t, r), 10, 2, true)
	wantItem(t, poll(t, r), 11, 0, true)

	s.gop(4, 100) // 14 to 17
	r.Skip(s.at)  // that key unit is too old
	wantNone(t, r)
	s.gop(1, 100)
	wantItem(t, poll(t, r), 18, 6, false)
}

func TestSkipAfterAReset(t *testing.T) {
	s := newSource(Config{})
	s.gop(5, 100)
	r := s.hub.NewVideoReader()
	s.hub.Reset()
	r.Skip(time.Time{})
	wantNone(t, r)
	s.gop(2, 100)
	wantItem(t, poll(t, r), 6, 5, false)
	wantItem(t, poll(t, r), 7, 0, false)
}

func TestWakeMissesNothing(t *testing.T) {
	s := newSource(Config{})
	r := s.hub.NewVideoReader()
	for _, act := range []func(){func() { s.publish(true, 10) }, s.hub.Close} {
		wake := r.Wake()
		select {
		case <-wake:
			t.Fatal("woken by nothing")
		default:
		}
		act()
		select {
		case <-wake:
		default:
			t.Fatal("not woken")
		}
	}
	wantNone(t, r) // closed
}
