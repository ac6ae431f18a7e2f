package hub

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var video = &media.Track{Codec: media.H264, ClockRate: 90000}

// source publishes units of a 25 fps camera; it is its own clock.
type source struct {
	hub *Stream
	at  time.Time
	seq uint64
}

func newSource(cfg Config) *source {
	return &source{hub: New(cfg), at: time.Unix(1000, 0)}
}

func (s *source) publish(key bool, size int) *media.AccessUnit {
	s.seq++
	s.at = s.at.Add(40 * time.Millisecond)
	au := &media.AccessUnit{Track: video, Data: make([]byte, size), Key: key, Seq: s.seq, Arrived: s.at}
	s.hub.Publish(au)
	return au
}

// gop publishes a key unit and n-1 others.
func (s *source) gop(n, size int) {
	for i := range n {
		s.publish(i == 0, size)
	}
}

func next(t *testing.T, r *Reader) Item {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what is there comes without waiting
	item, err := r.Next(ctx)
	if err != nil {
		t.Fatalf("next: %v", err)
	}
	return item
}

func wantEmpty(t *testing.T, r *Reader) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if item, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("next gave unit %+v, %v; want none", item.Unit, err)
	}
}

func wantItem(t *testing.T, got Item, seq, skipped uint64, catchingUp bool) {
	t.Helper()
	if got.Unit.Seq != seq || got.Skipped != skipped || got.CatchingUp != catchingUp {
		t.Fatalf("got unit %d, skipped %d, catching up %v; want %d, %d, %v",
			got.Unit.Seq, got.Skipped, got.CatchingUp, seq, skipped, catchingUp)
	}
}

func TestReaderStartsWithTheLastGOP(t *testing.T) {
	s := newSource(Config{})
	s.gop(10, 100)
	s.gop(4, 100)
	r := s.hub.NewReader()
	for seq := uint64(11); seq <= 13; seq++ {
		wantItem(t, next(t, r), seq, 0, true)
	}
	wantItem(t, next(t, r), 14, 0, false) // the newest is to be shown
	wantEmpty(t, r)
	s.publish(false, 100)
	wantItem(t, next(t, r), 15, 0, false)
}

func TestReaderOfAnEmptyHubStartsWithTheFirstKeyUnit(t *testing.T) {
	s := newSource(Config{})
	r := s.hub.NewReader()
	s.publish(false, 1)
	s.publish(false, 1)
	wantEmpty(t, r)
	s.publish(true, 1)
	if got := next(t, r); got.Unit.Seq != 3 || got.CatchingUp {
		t.Fatalf("got unit %d, catching up %v; want the key unit 3", got.Unit.Seq, got.CatchingUp)
	}
}

func TestGOPBeyondItsBoundsKeepsOnlyTheKeyUnit(t *testing.T) {
	for name, cfg := range map[string]Config{
		"bytes": {MaxBytes: 1000, MaxLag: 5},
		"age":   {MaxAge: 400 * time.Millisecond, MaxLag: 5},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSource(cfg)
			s.gop(10, 100)
			if !s.hub.Whole() {
				t.Fatal("a GOP within the bounds is not whole")
			}
			s.publish(false, 100)
			s.publish(false, 100)
			if s.hub.Whole() || s.hub.Key().Seq != 1 {
				t.Fatalf("whole %v, key %d; want a cut GOP and its key unit", s.hub.Whole(), s.hub.Key().Seq)
			}
			if n := len(s.hub.log); n > 5 {
				t.Fatalf("%d units are kept of a cut GOP, want at most 5", n)
			}
			r := s.hub.NewReader()
			wantItem(t, next(t, r), 1, 0, true)
			s.publish(false, 100)
			wantEmpty(t, r)
			s.publish(true, 100)
			if got := next(t, r); got.Unit.Seq != 14 || got.CatchingUp {
				t.Fatalf("got unit %d, catching up %v; want the next key unit", got.Unit.Seq, got.CatchingUp)
			}
		})
	}
}

func TestKeepsWantsAWholeGOPBefore(t *testing.T) {
	s := newSource(Config{MaxBytes: 1000})
	for i, step := range []struct {
		units int
		want  bool
	}{{5, false}, {5, true}, {20, false}, {5, false}, {5, true}} {
		s.gop(step.units, 100)
		if got := s.hub.Keeps(); got != step.want {
			t.Errorf("GOP %d: keeps %v, want %v", i, got, step.want)
		}
	}
	s.hub.Reset()
	s.gop(5, 100)
	if s.hub.Keeps() {
		t.Error("keeps the first GOP of a session")
	}
}

func TestSlowReaderSkipsToTheNextKeyUnit(t *testing.T) {
	s := newSource(Config{MaxLag: 8})
	s.gop(1, 100)
	slow, fast := s.hub.NewReader(), s.hub.NewReader()
	wantItem(t, next(t, slow), 1, 0, false)
	wantItem(t, next(t, fast), 1, 0, false)
	for i := range 24 {
		au := s.publish(i%12 == 11, 100) // keys are 13 and 25
		wantItem(t, next(t, fast), au.Seq, 0, false)
	}
	wantItem(t, next(t, slow), 25, 23, false)
	wantEmpty(t, slow)
}

func TestReaderWhoseUnitsAreGoneWaitsForAKeyUnit(t *testing.T) {
	s := newSource(Config{MaxLag: 4, MaxBytes: 300})
	s.publish(true, 100)
	r := s.hub.NewReader()
	wantItem(t, next(t, r), 1, 0, false)
	for range 20 {
		s.publish(false, 100)
	}
	wantEmpty(t, r)
	key := s.publish(true, 100)
	if got := next(t, r); got.Unit != key {
		t.Fatalf("got unit %d, want the key unit %d", got.Unit.Seq, key.Seq)
	}
}

func TestResetStartsWithTheNextSessionsKeyUnit(t *testing.T) {
	s := newSource(Config{})
	s.gop(5, 100)
	r := s.hub.NewReader()
	for range 3 {
		next(t, r)
	}
	s.hub.Reset()
	if s.hub.Whole() || s.hub.Key() != nil {
		t.Fatal("a hub that was reset still holds a GOP")
	}
	wantEmpty(t, r)
	key := s.publish(true, 100)
	got := next(t, r)
	if got.Unit != key || got.Skipped != 2 {
		t.Fatalf("got unit %d, skipped %d; want the new key unit, 2 skipped", got.Unit.Seq, got.Skipped)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := newSource(Config{MaxBytes: 1 << 20, MaxLag: 64})
	for range 20 {
		s.gop(300, 20_000)
		total := 0
		for _, au := range s.hub.log {
			total += len(au.Data)
		}
		if total > 2<<20 || len(s.hub.log) > 400 {
			t.Fatalf("hub holds %d units, %d bytes", len(s.hub.log), total)
		}
	}
}

func TestPublishNeverWaitsForReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(Config{})
		const readers = 50
		got := make([]uint64, readers)
		var wg sync.WaitGroup
		for i := range readers {
			r := s.hub.NewReader()
			wg.Go(func() {
				for {
					item, err := r.Next(t.Context())
					if err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Errorf("reader %d: %v", i, err)
						}
						return
					}
					got[i]++
					if i == 0 { // reads one unit a second
						<-time.After(time.Second)
					}
					_ = item
				}
			})
		}
		const units = 250
		for i := range units {
			s.publish(i%25 == 0, 1000)
			<-time.After(40 * time.Millisecond)
		}
		synctest.Wait()
		s.hub.Close()
		wg.Wait()
		for i, n := range got {
			if i > 0 && n != units {
				t.Errorf("reader %d got %d units, want %d", i, n, units)
			}
		}
		if got[0] < 5 || got[0] > 20 {
			t.Errorf("the slow reader got %d units, want about one a second", got[0])
		}
	})
}

func TestNextEndsWithItsContextAndTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(Config{})
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 2)
		a, b := s.hub.NewReader(), s.hub.NewReader()
		go func() { _, err := a.Next(ctx); errs <- err }()
		synctest.Wait()
		cancel()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		go func() { _, err := b.Next(t.Context()); errs <- err }()
		synctest.Wait()
		s.hub.Close()
		if err := <-errs; !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	})
}

func BenchmarkPublish(b *testing.B) {
	s := newSource(Config{})
	s.gop(50, 100)
	b.ReportAllocs()
	for b.Loop() {
		s.gop(50, 100)
	}
}
