package simcam

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/pion/rtp"
)

// faults is what is wrong with a stream. The zero value is nothing.
type faults struct {
	silent    bool
	reach     reach
	frozen    bool
	loseShare float64
	loseNext  int
	reorder   float64
	delay     time.Duration
	delayRamp float64 // seconds of delay that come on top each second

	refusal   int
	refusedAt []base.Method
	refuseTCP int
	refuseUDP int
	limit     int // of sessions, -1 none
	overLimit int // status

	noReports   bool
	clockOffset time.Duration
	clockDrift  float64 // seconds a second
	driftSince  time.Time
	rtpDrift    float64 // share
}

// Refuse answers every later DESCRIBE, SETUP and PLAY of the stream, or only
// the methods named, with an RTSP status such as 401, 403, 404, 453 or 503.
// Status 0 ends it. Sessions that play are left alone.
func (s *Stream) Refuse(status int, methods ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.refusal = status
	s.faults.refusedAt = []base.Method{base.Describe, base.Setup, base.Play}
	if len(methods) > 0 {
		s.faults.refusedAt = nil
	}
	for _, method := range methods {
		s.faults.refusedAt = append(s.faults.refusedAt, base.Method(method))
	}
}

// RefuseTCP answers SETUP over TCP with a status, usually 461; 0 ends it.
func (s *Stream) RefuseTCP(status int) {
	s.change(func(f *faults) { f.refuseTCP = status })
}

// RefuseUDP answers SETUP over UDP with a status, usually 461; 0 ends it.
func (s *Stream) RefuseUDP(status int) {
	s.change(func(f *faults) { f.refuseUDP = status })
}

// LimitSessions lets at most n sessions be set up at a time; one more is
// answered with status, usually 453. A negative n ends it.
func (s *Stream) LimitSessions(n, status int) {
	s.change(func(f *faults) { f.limit, f.overLimit = n, status })
}

// SetSilent stops sending pictures, sound and reports; the connections stay.
// Sending goes on with a key frame.
func (s *Stream) SetSilent(on bool) {
	s.change(func(f *faults) { f.silent = on })
}

// SetFrozen sends one key frame (or JPEG) over and over: decoded pictures are
// identical, timestamps go on.
func (s *Stream) SetFrozen(on bool) {
	s.change(func(f *faults) { f.frozen = on })
}

// SetLoss loses a share of all video packets, 0 to 1.
func (s *Stream) SetLoss(share float64) {
	s.change(func(f *faults) { f.loseShare = share })
}

// LoseNext loses the next n video packets.
func (s *Stream) LoseNext(n int) {
	s.change(func(f *faults) { f.loseNext = n })
}

// SetReorder sends a share of all video packets, 0 to 1, after their follower.
func (s *Stream) SetReorder(share float64) {
	s.change(func(f *faults) { f.reorder = share })
}

// SetDelay sends everything later than it was taken. Timestamps tell when it
// was taken. Less delay than before drops what is in between: no burst.
func (s *Stream) SetDelay(delay time.Duration) {
	s.order(func(o *orders) { o.setDelay = true })
	s.change(func(f *faults) { f.delay, f.delayRamp = delay, 0 })
}

// GrowDelay lets the delay grow by some time each second, from what it is, up
// to 1 s each second (which is a stream that stands still).
func (s *Stream) GrowDelay(eachSecond time.Duration) {
	s.change(func(f *faults) { f.delayRamp = min(max(eachSecond.Seconds(), 0), 1) })
}

// SetClockOffset moves the camera's clock, as its RTCP reports tell it, by
// hours or years. A second call makes it jump. Picture times are left alone.
func (s *Stream) SetClockOffset(offset time.Duration) {
	s.change(func(f *faults) { f.clockOffset = offset })
}

// SetClockDrift lets the camera's clock run fast (or slow, when negative) by
// some time each second, from now on. 0 ends it and takes the drift back.
func (s *Stream) SetClockDrift(eachSecond time.Duration) {
	s.change(func(f *faults) { f.clockDrift, f.driftSince = eachSecond.Seconds(), time.Now() })
}

// SetNoReports stops all RTCP sender reports.
func (s *Stream) SetNoReports(on bool) {
	s.change(func(f *faults) { f.noReports = on })
}

// SetTimestampDrift lets the RTP timestamps run fast (or slow) by parts per
// million, as a cheap quartz does.
func (s *Stream) SetTimestampDrift(ppm float64) {
	s.change(func(f *faults) { f.rtpDrift = ppm / 1e6 })
}

// JumpTimestamps moves all later RTP timestamps.
func (s *Stream) JumpTimestamps(by time.Duration) {
	s.order(func(o *orders) { o.jump += by })
}

// RequestKey makes the next picture a key frame.
func (s *Stream) RequestKey() {
	s.order(func(o *orders) { o.key = true })
}

// SetClip goes on with another clip of the same codec, in mid-stream: usually
// with another size, so with other parameter sets.
func (s *Stream) SetClip(name string) error {
	next, err := s.server.clips.get(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.info.Codec != next.Codec {
		return fmt.Errorf("stream %s: clip %q is %s, not %s", s.info.Path, name, next.Codec, s.info.Codec)
	}
	s.videoTrack().pending.source = newClipSource(next, s.spec.Parameters)
	s.info.tellClip(next)
	s.announce(next)
	return nil
}

// SetLive goes on with another live scene, in mid-stream: another size, another
// rate. The stream must be a live one.
func (s *Stream) SetLive(live Live) error {
	if err := live.validate(); err != nil {
		return fmt.Errorf("stream %s: %w", s.spec.Path, err)
	}
	next, err := newLiveSource(s.spec.Name, live)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.info.Codec != CodecMJPEG {
		return fmt.Errorf("stream %s is not live", s.info.Path)
	}
	s.videoTrack().pending.source = next
	s.info.Width, s.info.Height, s.info.FPS = live.Width, live.Height, live.FPS
	return nil
}

// CloseConnections closes all connections that have set the stream up. It does
// not wait for them to be gone.
func (s *Stream) CloseConnections() {
	for _, session := range s.server.sessionsOf(s) {
		session.Close()
	}
}

// ClearFaults ends every fault of the stream. A changed clip, and a changed
// sign-in, stay.
func (s *Stream) ClearFaults() {
	s.order(func(o *orders) { o.setDelay = true })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = faults{limit: -1}
	s.signalLocked()
}

// orders is what a track is to do once, at its next tick.
type orders struct {
	source   source // go on with this one
	setDelay bool   // take the delay from the faults
	jump     time.Duration
	key      bool // a key frame next
	start    bool // the one at the start of the loop
	report   bool // a sender report next
}

// order tells all tracks to do something once.
func (s *Stream) order(edit func(*orders)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tracks {
		edit(&t.pending)
	}
}

func (s *Stream) change(edit func(*faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.faults)
}

// refusesAt returns the status to answer a method with, 0 for none.
func (f *faults) refusesAt(method base.Method) int {
	if f.refusal != 0 && slices.Contains(f.refusedAt, method) {
		return f.refusal
	}
	return 0
}

func (f *faults) refusesTransport(transport gortsplib.Transport) int {
	if transport == gortsplib.TransportTCP {
		return f.refuseTCP
	}
	return f.refuseUDP
}

// cameraTime is what the camera believes a moment to be.
func (f *faults) cameraTime(now time.Time) time.Time {
	at := now.Add(f.clockOffset)
	if f.clockDrift != 0 {
		at = at.Add(time.Duration(f.clockDrift * float64(now.Sub(f.driftSince))))
	}
	return at
}

// lossyLine loses and reorders packets.
type lossyLine struct {
	random *rand.Rand
	held   *rtp.Packet // goes out after the next one
}

// pass returns what of packets comes through, in the order it does, and how
// many were lost. loseNext is counted down.
func (l *lossyLine) pass(packets []*rtp.Packet, f faults, loseNext *int) (through []*rtp.Packet, lost int) {
	for _, packet := range packets {
		if *loseNext > 0 {
			*loseNext--
			lost++
			continue
		}
		if f.loseShare > 0 && l.random.Float64() < f.loseShare {
			lost++
			continue
		}
		if l.held == nil && f.reorder > 0 && l.random.Float64() < f.reorder {
			l.held = packet
			continue
		}
		through = append(through, packet)
		if l.held != nil {
			through = append(through, l.held)
			l.held = nil
		}
	}
	return through, lost
}
