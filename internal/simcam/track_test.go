package simcam

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// tape is an outlet that keeps all with the time it came.
type tape struct {
	mu      sync.Mutex // guards the fields below
	packets []taped
	reports []tapedReport
	stall   time.Duration // of the next packet
}

type taped struct {
	at     time.Time
	packet *rtp.Packet
	sound  bool
}

type tapedReport struct {
	at     time.Time
	report *rtcp.SenderReport
}

func (p *tape) WritePacketRTP(media *description.Media, packet *rtp.Packet) error {
	p.mu.Lock()
	stall := p.stall
	p.stall = 0
	p.packets = append(p.packets, taped{time.Now(), packet, media.Type == description.MediaTypeAudio})
	p.mu.Unlock()
	<-time.After(stall)
	return nil
}

func (p *tape) WritePacketRTCP(_ *description.Media, packet rtcp.Packet) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reports = append(p.reports, tapedReport{time.Now(), packet.(*rtcp.SenderReport)})
	return nil
}

// pictures returns the last packet of each picture.
func (p *tape) pictures() []taped {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []taped
	for _, one := range p.packets {
		if one.packet.Marker && !one.sound {
			list = append(list, one)
		}
	}
	return list
}

func (p *tape) all() []taped {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]taped{}, p.packets...)
}

func (p *tape) allReports() []tapedReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]tapedReport{}, p.reports...)
}

func (p *tape) stallNext(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stall = d
}

func pass(d time.Duration) { <-time.After(d) }

// onTape runs a stream with one player in the time of synctest.
func onTape(t *testing.T, spec StreamSpec, use func(s *Stream, p *tape)) {
	synctest.Test(t, func(t *testing.T) {
		s, err := newStream(&Server{cfg: Config{Log: quiet()}}, spec)
		if err != nil {
			t.Fatal(err)
		}
		p := &tape{}
		s.out = p
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { s.run(ctx) })
		s.addPlayers(1)
		s.greet()
		use(s, p)
		cancel()
		wg.Wait()
	})
}

func clipSpec(clip string) StreamSpec { return ClipStream("cam", "cam", clip) }

// stepsOf returns the time and the timestamps between following pictures.
func stepsOf(pictures []taped) (wall []time.Duration, stamps []int32) {
	for i := range len(pictures) - 1 {
		wall = append(wall, pictures[i+1].at.Sub(pictures[i].at))
		stamps = append(stamps, int32(pictures[i+1].packet.Timestamp-pictures[i].packet.Timestamp))
	}
	return wall, stamps
}

func TestConstantRateAcrossLoops(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		pass(20*time.Second + time.Millisecond)
		pictures := p.pictures()
		if len(pictures) < 500 || len(pictures) > 502 {
			t.Fatalf("%d pictures in 20 s at 25 fps", len(pictures))
		}
		wall, stamps := stepsOf(pictures)
		for i := range wall {
			if wall[i] != 40*time.Millisecond || stamps[i] != 3600 {
				t.Fatalf("picture %d comes %v and %d units later", i+1, wall[i], stamps[i])
			}
		}
		sent := s.sent.since(time.Now().Add(-sentFor))
		for i := range sent[1:] {
			if want := (sent[i].Frame + 1) % 100; sent[i+1].Frame != want {
				t.Fatalf("after frame %d comes %d, want %d", sent[i].Frame, sent[i+1].Frame, want)
			}
		}
	})
}

func TestSequenceNumbersRunOn(t *testing.T) {
	onTape(t, clipSpec("dusk-720-h265"), func(_ *Stream, p *tape) {
		pass(9 * time.Second)
		packets := p.all()
		for i := range packets[1:] {
			if packets[i+1].packet.SequenceNumber != packets[i].packet.SequenceNumber+1 {
				t.Fatalf("packet %d: %d after %d", i, packets[i+1].packet.SequenceNumber, packets[i].packet.SequenceNumber)
			}
		}
	})
}

func TestNoBurstAfterAStall(t *testing.T) {
	for _, clip := range []string{"street-360", "morning-720-b"} {
		onTape(t, clipSpec(clip), func(_ *Stream, p *tape) {
			pass(2010 * time.Millisecond)
			p.stallNext(3 * time.Second)
			pass(8 * time.Second)
			pictures := p.pictures()
			wall, _ := stepsOf(pictures)
			// The picture that was held up and the first one on the beat again
			// may come together; a third one may not.
			for i := range len(wall) - 1 {
				if wall[i]+wall[i+1] < 39*time.Millisecond {
					t.Fatalf("%s: three pictures up to %d come in %v: a burst", clip, i+2, wall[i]+wall[i+1])
				}
			}
			// Timestamps go on with the clock on the wall.
			first, last := pictures[0], pictures[len(pictures)-1]
			span := last.at.Sub(first.at).Seconds()
			if off := float64(last.packet.Timestamp-first.packet.Timestamp)/90000 - span; off < -0.13 || off > 0.13 {
				t.Errorf("%s: timestamps are %.3f s off after the stall", clip, off)
			}
		})
	}
}

func TestReorderedTimestampsStayUnique(t *testing.T) {
	onTape(t, clipSpec("morning-720-b"), func(_ *Stream, p *tape) {
		pass(3 * time.Second)
		p.stallNext(time.Second)
		pass(7 * time.Second)
		seen := map[uint32]bool{}
		for i, picture := range p.pictures() {
			if seen[picture.packet.Timestamp] {
				t.Fatalf("picture %d has the timestamp of another", i)
			}
			seen[picture.packet.Timestamp] = true
		}
	})
}

func TestSilence(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		pass(time.Second)
		s.SetSilent(true)
		pass(100 * time.Millisecond)
		before := len(p.pictures())
		pass(10 * time.Second)
		if got := len(p.pictures()); got != before {
			t.Fatalf("%d pictures while silent", got-before)
		}
		s.SetSilent(false)
		pass(time.Second)
		pictures := p.pictures()
		wall, stamps := stepsOf(pictures[before-1 : before+1])
		if off := float64(stamps[0])/90000 - wall[0].Seconds(); off < -0.001 || off > 0.001 {
			t.Errorf("the timestamp goes on by %d units in %v", stamps[0], wall[0])
		}
		sent := s.sent.since(time.Time{})
		if next := sent[before].Frame; next%50 != 0 {
			t.Errorf("goes on with frame %d, want a key frame", next)
		}
	})
}

func TestDelayGrowsAndEndsWithoutABurst(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		pass(time.Second)
		delay := func() float64 {
			pictures := p.pictures()
			first, last := pictures[0], pictures[len(pictures)-1]
			return last.at.Sub(first.at).Seconds() - float64(last.packet.Timestamp-first.packet.Timestamp)/90000
		}
		s.GrowDelay(100 * time.Millisecond)
		pass(20 * time.Second)
		if got := delay(); got < 1.6 || got > 2.2 {
			t.Errorf("after 20 s at 0.1 s a second the delay is %.2f s", got)
		}
		s.SetDelay(5 * time.Second)
		pass(10 * time.Second)
		if got := delay(); got < 4.9 || got > 5.1 {
			t.Errorf("the delay is %.2f s, want 5", got)
		}
		s.SetDelay(0)
		pass(3 * time.Second)
		if got := delay(); got < -0.01 || got > 0.13 {
			t.Errorf("the delay is %.2f s after it ended", got)
		}
		wall, _ := stepsOf(p.pictures())
		for i, step := range wall {
			if step < 35*time.Millisecond {
				t.Fatalf("picture %d comes %v after the one before: a burst", i+1, step)
			}
		}
	})
}

func TestTimestampFaults(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		pass(1010 * time.Millisecond)
		s.JumpTimestamps(time.Hour)
		pass(40 * time.Millisecond)
		_, stamps := stepsOf(p.pictures())
		if got, want := stamps[len(stamps)-1], int32(3600+90000*3600); got != want {
			t.Errorf("the jump is %d units, want %d", got, want)
		}
		s.SetTimestampDrift(1000)
		pass(40 * time.Millisecond)
		start := p.pictures()
		pass(100 * time.Second)
		end := p.pictures()
		units := end[len(end)-1].packet.Timestamp - start[len(start)-1].packet.Timestamp
		if want := uint32(100 * 90090); units < want-1 || units > want+1 {
			t.Errorf("100 s of 1000 ppm are %d units, want %d", units, want)
		}
	})
}

func TestReports(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		pass(12 * time.Second)
		reports := p.allReports()
		if len(reports) != 3 {
			t.Fatalf("%d reports in 12 s, want 3", len(reports))
		}
		for _, one := range reports {
			if off := fromNTP(one.report.NTPTime).Sub(one.at); off < -time.Microsecond || off > time.Microsecond {
				t.Errorf("the report is off by %v", off)
			}
		}
		s.SetClockOffset(-7 * time.Hour)
		pass(5 * time.Second)
		reports = p.allReports()
		last := reports[len(reports)-1]
		if off := last.at.Sub(fromNTP(last.report.NTPTime)); off.Round(time.Millisecond) != 7*time.Hour {
			t.Errorf("the camera's clock is %v behind, want 7 h", off)
		}
		s.SetClockOffset(0)
		s.SetClockDrift(10 * time.Millisecond)
		pass(100 * time.Second)
		reports = p.allReports()
		last = reports[len(reports)-1]
		if off := fromNTP(last.report.NTPTime).Sub(last.at); off < 900*time.Millisecond || off > 1100*time.Millisecond {
			t.Errorf("after 100 s of 10 ms a second the clock is %v ahead", off)
		}
		s.SetNoReports(true)
		pass(time.Minute)
		if got := len(p.allReports()); got != len(reports) {
			t.Errorf("%d reports while there should be none", got-len(reports))
		}
	})
}

// TestReportsMatchPictures holds that the report puts each picture at the time
// it was sent.
func TestReportsMatchPictures(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(_ *Stream, p *tape) {
		pass(11 * time.Second)
		report := p.allReports()[1].report
		for _, picture := range p.pictures() {
			ahead := float64(int32(picture.packet.Timestamp-report.RTPTime)) / 90000
			taken := fromNTP(report.NTPTime).Add(time.Duration(ahead * float64(time.Second)))
			if off := picture.at.Sub(taken); off < -time.Millisecond || off > time.Millisecond {
				t.Fatalf("a picture was taken %v before it was sent", off)
			}
		}
	})
}

func TestSizeChange(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		pass(1010 * time.Millisecond)
		before := len(p.pictures())
		if err := s.SetClip("autumn-720"); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		wall, stamps := stepsOf(p.pictures())
		for i := range wall {
			period, units := 40*time.Millisecond, int32(3600)
			if i >= before {
				period, units = 50*time.Millisecond, 4500
			}
			if wall[i].Round(time.Microsecond) != period || stamps[i] != units {
				t.Fatalf("picture %d of %d comes %v and %d units later", i+1, before, wall[i], stamps[i])
			}
		}
		if info := s.Info(); info.Width != 1280 || info.FPS != 20 {
			t.Errorf("info says %d wide at %g fps", info.Width, info.FPS)
		}
		if err := s.SetClip("dusk-720-h265"); err == nil {
			t.Error("another codec was taken")
		}
		if err := s.SetClip("none"); err == nil {
			t.Error("a clip that does not exist was taken")
		}
		if err := s.SetLive(Live{Width: 320, Height: 184, FPS: 5}); err == nil {
			t.Error("a clip stream went live")
		}
	})
}

func TestLiveSizeChange(t *testing.T) {
	onTape(t, Slow("cam", "cam"), func(s *Stream, p *tape) {
		pass(5500 * time.Millisecond)
		if got := len(p.pictures()); got < 5 || got > 6 {
			t.Errorf("%d pictures in 5.5 s at 1 fps", got)
		}
		if err := s.SetLive(Live{Width: 160, Height: 96, FPS: 4}); err != nil {
			t.Fatal(err)
		}
		before := len(p.pictures())
		pass(5 * time.Second)
		if got := len(p.pictures()) - before; got < 16 || got > 20 {
			t.Errorf("%d pictures in 5 s at 4 fps", got)
		}
		if err := s.SetLive(Live{Width: 161, Height: 96, FPS: 4}); err == nil {
			t.Error("a width of 161 was taken")
		}
	})
}

func TestKeyOnPlay(t *testing.T) {
	spec := clipSpec("night-360-smart")
	spec.KeyOnPlay = true
	onTape(t, spec, func(s *Stream, _ *tape) {
		pass(5 * time.Second)
		s.greet() // a second player
		pass(time.Second)
		sent := s.sent.since(time.Time{})
		if sent[0].Frame != 0 {
			t.Errorf("the first picture is %d, want 0", sent[0].Frame)
		}
		last := sent[len(sent)-1].Frame
		if last < 13 || last > 16 {
			t.Errorf("1 s after the second player came the picture is %d", last)
		}
	})
}

func TestRequestKey(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, _ *tape) {
		pass(410 * time.Millisecond)
		s.RequestKey()
		pass(100 * time.Millisecond)
		sent := s.sent.since(time.Time{})
		if next := sent[11].Frame; next != 50 {
			t.Errorf("after frame %d comes %d, want 50", sent[10].Frame, next)
		}
	})
}

// TestIdleCameraGoesOn holds that time passes in the camera while nobody looks.
func TestIdleCameraGoesOn(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		pass(1010 * time.Millisecond)
		s.addPlayers(-1)
		pass(10 * time.Second)
		before := len(p.pictures())
		s.addPlayers(1)
		s.greet()
		pass(500 * time.Millisecond)
		wall, stamps := stepsOf(p.pictures()[before-1 : before+1])
		if off := float64(stamps[0])/90000 - wall[0].Seconds(); off < -0.041 || off > 0.041 {
			t.Errorf("%d units in %v", stamps[0], wall[0])
		}
		if got := len(p.pictures()) - before; got < 12 || got > 14 {
			t.Errorf("%d pictures in 0.5 s after the pause", got)
		}
	})
}

func TestSoundBesidePictures(t *testing.T) {
	spec := clipSpec("street-360")
	spec.Audio = true
	onTape(t, spec, func(_ *Stream, p *tape) {
		pass(4 * time.Second)
		sound := 0
		for _, one := range p.all() {
			if one.sound {
				sound++
			}
		}
		if sound < 99 || sound > 102 {
			t.Errorf("%d packets of sound in 4 s, want 100", sound)
		}
	})
}

func TestLossAndReordering(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		s.SetReorder(0.1)
		pass(20 * time.Second)
		swapped, packets := 0, p.all()
		for i := range packets[1:] {
			if int16(packets[i+1].packet.SequenceNumber-packets[i].packet.SequenceNumber) < 0 {
				swapped++
			}
		}
		if share := float64(swapped) / float64(len(packets)); share < 0.04 || share > 0.16 {
			t.Errorf("%.3f of the packets come late, want about 0.1", share)
		}
		s.SetReorder(0)
		s.SetLoss(0.2)
		pass(40 * time.Millisecond)
		before := countOf(s)
		pass(20 * time.Second)
		after := countOf(s)
		lost := float64(after.PacketsLost - before.PacketsLost)
		if share := lost / (lost + float64(after.Packets-before.Packets)); share < 0.15 || share > 0.25 {
			t.Errorf("%.3f of the packets are lost, want about 0.2", share)
		}
		s.SetLoss(0)
		pass(40 * time.Millisecond)
		before = countOf(s)
		s.LoseNext(7)
		pass(10 * time.Second)
		if lost := countOf(s).PacketsLost - before.PacketsLost; lost != 7 {
			t.Errorf("%d packets are lost, want 7", lost)
		}
	})
}

func countOf(s *Stream) StreamCounters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

func TestClearFaults(t *testing.T) {
	onTape(t, clipSpec("street-360"), func(s *Stream, p *tape) {
		s.SetSilent(true)
		s.SetDelay(time.Second)
		s.LimitSessions(0, 453)
		pass(time.Second)
		s.ClearFaults()
		pass(2 * time.Second)
		if len(p.pictures()) < 20 {
			t.Errorf("%d pictures after the faults ended", len(p.pictures()))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.faults.limit >= 0 {
			t.Error("the limit is still there")
		}
	})
}

func fromNTP(v uint64) time.Time {
	nanos := (v & 0xffffffff) * uint64(time.Second) >> 32
	return time.Unix(int64(v>>32)-2208988800, int64(nanos))
}
