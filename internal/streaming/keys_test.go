package streaming

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/camera"
	"camwall/internal/media"
	"camwall/internal/rtsp"
)

// smart is a camera that sends a key unit only when it is asked for one, as smart
// codecs nearly do.
type smart struct {
	mu    sync.Mutex
	asked []time.Time
	deaf  bool          // it gives none
	first bool          // it begins with a key unit
	hold  time.Duration // how long a question takes
	lost  uint32        // packets that get lost before the next unit
}

func (s *smart) request(id camera.ID, stream string) {
	if id != "cam1" || stream != "main" {
		panic(fmt.Sprintf("asked for %s/%s", id, stream))
	}
	s.mu.Lock()
	s.asked = append(s.asked, time.Now())
	hold := s.hold
	s.mu.Unlock()
	<-time.After(hold)
}

func (s *smart) times() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.asked...)
}

func (s *smart) loses(n uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = n
}

// session plays the clip at 25 fps; as rtsp.Session does, it begins with a key
// unit.
func (s *smart) session(cfg rtsp.Config) session {
	return &script{cfg, func(ctx context.Context, cfg rtsp.Config) error {
		cfg.OnPlaying()
		track := &media.Track{Codec: media.H264, ClockRate: 90000, Width: 640, Height: 360}
		cfg.OnTracks([]*media.Track{track})
		begun, given, seq := time.Now(), len(s.times()), 0
		for i := 1; ; i++ {
			s.mu.Lock()
			key := seq == 0 && s.first || len(s.asked) > given && !s.deaf
			given = len(s.asked)
			lost := s.lost
			s.mu.Unlock()
			if key || seq > 0 {
				s.loses(0)
				seq++
				unit := clip()[1+i%49]
				if key {
					i, unit = 0, clip()[0]
				}
				cfg.OnUnit(&media.AccessUnit{
					Track: track, Data: unit, Key: key, Seq: uint64(seq), Arrived: time.Now(), RTPTime: time.Since(begun), Lost: lost,
				})
			}
			if !wait(ctx, 40*time.Millisecond) {
				return ctx.Err()
			}
		}
	}}
}

func startSmart(t *testing.T, cam *smart) *Service {
	svc, _ := start(t, 1, func(c *Config) {
		c.newSession, c.RequestKey, c.IdleAfter = cam.session, cam.request, time.Minute
	})
	return svc
}

func wantAsked(t *testing.T, cam *smart, n int) {
	t.Helper()
	synctest.Wait()
	times := cam.times()
	if len(times) != n {
		t.Fatalf("asked %d times for a key unit, want %d", len(times), n)
	}
	for i := 1; i < n; i++ {
		if d := times[i].Sub(times[i-1]); d < keyPause {
			t.Errorf("asked again after %v", d)
		}
	}
}

func TestAKeyUnitIsAskedForAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{}
		svc := startSmart(t, cam)
		v := watchAs(t, svc, "cam1", tiny)
		begun := time.Now()
		until(t, v, 2*time.Second, "live", live)
		if d := time.Since(begun); d < keyPatience {
			t.Errorf("live after %v: a key unit may come by itself within %v", d, keyPatience)
		}
		wantAsked(t, cam, 1)
	})
}

func TestAKeyUnitIsAskedForNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{deaf: true}
		svc := startSmart(t, cam)
		v := watchAs(t, svc, "cam1", tiny)
		<-time.After(10 * time.Second)
		wantAsked(t, cam, 5) // at 1, 3, 5, 7, 9 s
		v.Close()
		<-time.After(10 * time.Second)
		wantAsked(t, cam, 5)
	})
}

// A stream whose last GOP is no longer kept whole is live at once for who comes
// while nothing decodes.
func TestAKeyUnitForWhoJoinsALongGOP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{first: true}
		svc := startSmart(t, cam)
		a := watchAs(t, svc, "cam1", tiny)
		until(t, a, time.Second, "live", live)
		st := svc.roster.find("cam1").view.Load().streams[0]
		<-time.After(5 * time.Second)
		b := watchAs(t, svc, "cam1", Request{Width: 64, Height: 36, Quality: 75})
		until(t, b, time.Second, "live: somebody watches", live)
		<-time.After(30 * time.Second)
		until(t, watchAs(t, svc, "cam1", Request{Width: 66, Height: 36, Quality: 75}), time.Second, "live: somebody decodes", live)
		wantAsked(t, cam, 0)

		st.mu.Lock() // as it is where the decoder rested before the GOP grew too long
		st.stopDecodeLocked()
		st.mu.Unlock()
		c := watchAs(t, svc, "cam1", Request{Width: 80, Height: 36, Quality: 75})
		watchAs(t, svc, "cam1", Request{Width: 82, Height: 36, Quality: 75})
		until(t, c, time.Second, "live", live)
		wantAsked(t, cam, 1)
	})
}

func TestAKeyUnitAfterALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{first: true}
		svc := startSmart(t, cam)
		v := watchAs(t, svc, "cam1", tiny)
		until(t, v, time.Second, "live", live)
		cam.loses(3)
		<-time.After(time.Second)
		wantAsked(t, cam, 0) // the next one may be near
		<-time.After(4 * time.Second)
		wantAsked(t, cam, 1)
		<-time.After(20 * time.Second)
		wantAsked(t, cam, 1) // the key unit has mended it
		cam.loses(1)
		<-time.After(time.Second)
		wantAsked(t, cam, 2)
		v.Close()
		<-time.After(10 * time.Second)
		cam.loses(1)
		<-time.After(time.Second)
		wantAsked(t, cam, 2) // nobody sees it
	})
}

func TestASlowQuestionIsTheOnlyOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cam := &smart{deaf: true, hold: 15 * time.Second}
		svc := startSmart(t, cam)
		watchAs(t, svc, "cam1", tiny)
		<-time.After(12 * time.Second)
		wantAsked(t, cam, 1)
		<-time.After(8 * time.Second)
		wantAsked(t, cam, 2)
	})
}
