package simcam

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"
)

// rtpHeader is the size of the header of an RTP packet, in bytes: RFC 3550
// section 5.1.
const rtpHeader = 12

// track sends one medium of a stream: one goroutine paces it.
type track struct {
	stream    *Stream
	media     *description.Media
	clockRate int
	cut       packetizer
	source    source
	video     bool
	wake      chan struct{} // holds 1: somebody plays
	pending   orders        // guarded by stream.mu

	// The rest belongs to the goroutine.
	pacer    pacer
	clock    rtpClock
	deferred int64 // missed ticks that timestamps do not show yet
	line     lossyLine
	reports  reporter
	resting  bool // silent: starts again with a key frame
	delay    time.Duration
	drift    float64

	wantKey, wantStart bool
}

// newVideoTrack makes the track of pictures.
func newVideoTrack(s *Stream, src source, forma format.Format) (*track, error) {
	cut, err := newPacketizer(forma)
	if err != nil {
		return nil, err
	}
	media := &description.Media{Type: description.MediaTypeVideo, Formats: []format.Format{forma}}
	return &track{stream: s, media: media, clockRate: forma.ClockRate(), cut: cut, source: src, video: true, wake: make(chan struct{}, 1)}, nil
}

// newAudioTrack makes the track of sound.
func newAudioTrack(s *Stream) (*track, error) {
	var forma format.Format = &format.G711{PayloadTyp: 0, MULaw: true, SampleRate: toneRate, ChannelCount: 1}
	var src source = &toneSource{}
	if s.spec.AAC {
		sound, err := newAACSource()
		if err != nil {
			return nil, err
		}
		src = sound
		forma = &format.MPEG4Audio{ // RFC 3640 section 3.3.6: AAC-hbr
			PayloadTyp: 97, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3, ProfileLevelID: 1,
			Config: &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: sound.hertz, ChannelCount: 1},
		}
	}
	cut, err := newPacketizer(forma)
	if err != nil {
		return nil, err
	}
	media := &description.Media{Type: description.MediaTypeAudio, Formats: []format.Format{forma}}
	return &track{stream: s, media: media, clockRate: forma.ClockRate(), cut: cut, source: src, wake: make(chan struct{}, 1)}, nil
}

func newPacketizer(forma format.Format) (packetizer, error) {
	switch f := forma.(type) {
	case *format.H264:
		encoder, err := f.CreateEncoder()
		if err != nil {
			return nil, fmt.Errorf("make packetizer: %w", err)
		}
		return func(p piece) ([]*rtp.Packet, error) { return encoder.Encode(p.nalus) }, nil
	case *format.H265:
		encoder, err := f.CreateEncoder()
		if err != nil {
			return nil, fmt.Errorf("make packetizer: %w", err)
		}
		return func(p piece) ([]*rtp.Packet, error) { return encoder.Encode(p.nalus) }, nil
	case *format.MJPEG:
		encoder, err := f.CreateEncoder()
		if err != nil {
			return nil, fmt.Errorf("make packetizer: %w", err)
		}
		return func(p piece) ([]*rtp.Packet, error) { return encoder.Encode(p.data) }, nil
	case *format.MPEG4Audio:
		encoder, err := f.CreateEncoder()
		if err != nil {
			return nil, fmt.Errorf("make packetizer: %w", err)
		}
		return func(p piece) ([]*rtp.Packet, error) { return encoder.Encode([][]byte{p.data}) }, nil
	case *format.G711:
		sequence := uint16(rand.Uint32())
		return func(p piece) ([]*rtp.Packet, error) {
			sequence++
			header := rtp.Header{Version: 2, PayloadType: f.PayloadType(), SequenceNumber: sequence}
			return []*rtp.Packet{{Header: header, Payload: p.data}}, nil
		}, nil
	}
	return nil, fmt.Errorf("make packetizer: no way to send %s", forma.Codec())
}

// run sends until ctx ends.
func (t *track) run(ctx context.Context) {
	t.line.random = rand.New(rand.NewPCG(uint64(len(t.stream.spec.Path)), 0x6c6f7373))
	t.pacer = newPacer(t.source.rate(), time.Now().Add(-t.stream.spec.Ahead))
	t.clock = newRTPClock(rand.Uint32(), t.clockRate, t.source.rate())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if !t.stream.hasPlayers() && !t.idle(ctx) {
			return
		}
		timer.Reset(time.Until(t.pacer.due().Add(t.delay)))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		t.tick(time.Now())
	}
}

// idle waits until somebody plays. The camera's loop goes on meanwhile, though
// nothing is drawn or sent. False: ctx has ended.
func (t *track) idle(ctx context.Context) bool {
	for !t.stream.hasPlayers() {
		select {
		case <-ctx.Done():
			return false
		case <-t.wake:
		}
	}
	t.source.skip(t.pacer.skipMissed(time.Now().Add(-t.delay)))
	t.deferred = 0
	t.reports.restart()
	return true
}

// tick sends what is due, unless a fault is in the way.
func (t *track) tick(now time.Time) {
	f, once := t.stream.takeOrders(t)
	t.obey(f, once)
	t.deferred += t.pacer.skipMissed(now.Add(-t.delay))
	if t.source.clean() {
		t.deferred = 0
	}
	defer func() { t.pacer.tick++ }()
	t.delay += time.Duration(f.delayRamp * float64(t.pacer.period()))
	if f.silent || f.reach != answering {
		t.source.skip(1)
		t.resting = true
		return
	}
	if t.resting {
		t.source.toKey(false)
		t.resting = false
	}
	made, err := t.source.next(now, f.frozen)
	if err != nil {
		t.stream.log.Error("make picture", "path", t.stream.spec.Path, "error", err)
		return
	}
	t.send(now, made, f)
}

// obey takes over what has changed since the last tick.
func (t *track) obey(f faults, o orders) {
	shown := float64(t.pacer.tick - t.deferred)
	if o.source != nil {
		t.source = o.source
		start := t.pacer.due()
		t.pacer = newPacer(t.source.rate(), start)
		t.clock.rebase(shown, 0, t.step(f))
		t.deferred = 0
		t.drift = f.rtpDrift
	}
	if f.rtpDrift != t.drift {
		t.clock.change(shown, t.step(f))
		t.drift = f.rtpDrift
	}
	if o.setDelay {
		t.delay = f.delay
	}
	t.clock.jump(o.jump.Seconds() * float64(t.clockRate))
	t.wantKey = t.wantKey || o.key
	t.wantStart = t.wantStart || o.start
	if t.wantKey && t.source.clean() {
		t.source.toKey(t.wantStart)
		t.wantKey, t.wantStart = false, false
	}
	if o.report {
		t.reports.restart()
	}
}

func (t *track) step(f faults) float64 {
	return float64(t.clockRate) / t.source.rate() * (1 + f.rtpDrift)
}

// send cuts a piece in packets, stamps them, and hands them to the network.
func (t *track) send(now time.Time, made piece, f faults) {
	packets, err := t.cut(made)
	if err != nil {
		t.stream.log.Error("cut picture", "path", t.stream.spec.Path, "error", err)
		return
	}
	stamp := t.clock.stamp(float64(t.pacer.tick - t.deferred - int64(made.lag)))
	for _, packet := range packets {
		packet.Timestamp = stamp
	}
	lost := 0
	if t.video {
		packets, lost = t.stream.throughLine(&t.line, packets, f)
		t.stream.sent.add(made.frame, time.Now())
	}
	bytes := 0
	for _, packet := range packets {
		bytes += packet.MarshalSize()
	}
	t.stream.countSent(t.video, len(packets), bytes, lost)
	for _, packet := range packets {
		if err := t.stream.out.WritePacketRTP(t.media, packet); err != nil {
			t.stream.log.Debug("write packet", "path", t.stream.spec.Path, "error", err)
		}
	}
	if !f.noReports {
		t.report(now, f, len(packets), bytes)
	}
}

// report sends an RTCP sender report when one is due.
func (t *track) report(now time.Time, f faults, packets, bytes int) {
	t.reports.count(packets, bytes-packets*rtpHeader)
	at := t.clock.stamp(t.pacer.at(now) - float64(t.deferred))
	packet := t.reports.make(now, f.cameraTime(now), at)
	if packet == nil {
		return
	}
	if err := t.stream.out.WritePacketRTCP(t.media, packet); err != nil {
		t.stream.log.Debug("write report", "path", t.stream.spec.Path, "error", err)
	}
}
