package rtsp

import (
	"slices"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"camwall/internal/media"
)

// receiver turns the packets of one connection into units. Over UDP every
// track has a goroutine of the library's: mu makes one order of them.
type receiver struct {
	s     *Session
	watch *watchdog

	mu      sync.Mutex // guards the fields below, and everything of the tracks
	inputs  []*input   // in the order of their tracks' ids
	started bool       // the first key unit has come
	begin   time.Time  // when it came
	seq     uint64
}

// input is the state of one track.
type input struct {
	track   *media.Track
	units   assembler
	clock   rtpClock
	camera  cameraClock
	started bool // its first unit has been passed on
	lead    time.Duration

	synced bool
	next   uint16 // sequence number
	lost   uint32 // since the unit before

	dropped    int // packets that were of no use, since reported
	reportedAt time.Time
}

func newReceiver(s *Session, watch *watchdog) *receiver { return &receiver{s: s, watch: watch} }

// attach makes the packets of the tracks come to r. audio may be nil. It is
// called between SETUP and PLAY.
func (r *receiver) attach(client *gortsplib.Client, video, audio *track) {
	for _, t := range []*track{video, audio} {
		if t == nil {
			continue
		}
		info := t.info
		rate := int64(info.ClockRate)
		in := &input{track: &info, units: t.units, clock: rtpClock{rate: rate}, camera: cameraClock{rate: rate}}
		r.inputs = append(r.inputs, in)
		client.OnPacketRTP(t.media, t.format, func(pkt *rtp.Packet) {
			now := time.Now()
			if info.Codec.IsVideo() {
				r.watch.packet(now)
			}
			r.packet(in, pkt, now)
		})
		client.OnPacketRTCP(t.media, func(pkt rtcp.Packet) {
			if report, ok := pkt.(*rtcp.SenderReport); ok {
				r.mu.Lock()
				defer r.mu.Unlock()
				in.camera.report(report.NTPTime, report.RTPTime)
			}
		})
	}
	slices.SortFunc(r.inputs, func(a, b *input) int { return a.track.ID - b.track.ID })
}

// packet takes one packet in.
func (r *receiver) packet(in *input, pkt *rtp.Packet, now time.Time) {
	r.s.bytes.Add(uint64(pkt.MarshalSize()))
	r.mu.Lock()
	defer r.mu.Unlock()

	gap := in.missing(pkt.SequenceNumber)
	if gap > 0 {
		in.lost += uint32(gap)
		r.s.lost.Add(uint64(gap))
	}
	if len(pkt.Payload) == 0 {
		return // a keep-alive, or padding alone
	}
	err := in.units.push(pkt, gap > 0, now, func(u unit) { r.deliver(in, u) })
	if err != nil {
		in.dropped++
	}
	if in.dropped > 0 && now.Sub(in.reportedAt) >= time.Second {
		r.s.cfg.Log.Debug("packets of no use", "codec", in.track.Codec.String(), "count", in.dropped, "err", err)
		in.dropped, in.reportedAt = 0, now
	}
}

// missing returns how many packets are missing before this one. A step back
// is a sequence that begins anew, not a loss: late packets have been put in
// order before.
func (in *input) missing(number uint16) uint16 {
	gap := number - in.next
	first := !in.synced
	in.synced, in.next = true, number+1
	if first || gap >= 1<<15 {
		return 0
	}
	return gap
}

// deliver passes a unit on; r.mu is held.
func (r *receiver) deliver(in *input, u unit) {
	video := in.track.Codec.IsVideo()
	if !r.started {
		if !video || !u.key {
			if video {
				r.s.skipped.Add(1)
			}
			in.lost = 0
			return
		}
		r.begin = u.arrived
	}
	changed := in.reshape(u.shape)
	if changed || !r.started {
		r.started = true
		r.s.cfg.OnTracks(r.tracks())
	}
	if !in.started {
		in.started, in.lead = true, u.arrived.Sub(r.begin)
	}
	out := &media.AccessUnit{
		Track:      in.track,
		Data:       u.data,
		Key:        u.key,
		Arrived:    u.arrived,
		RTPTime:    in.lead + in.clock.at(u.timestamp, u.offset),
		CameraTime: in.camera.at(u.timestamp, u.offset),
		Lost:       in.lost,
	}
	in.lost = 0
	if video {
		r.seq++
		out.Seq = r.seq
	}
	r.s.cfg.OnUnit(out)
}

// reshape replaces the track when the stream tells something new about it.
func (in *input) reshape(s shape) bool {
	if s == (shape{}) {
		return false
	}
	t := in.track
	if s.width == 0 {
		s.width, s.height = t.Width, t.Height
	}
	if s.fps == 0 {
		s.fps = t.FPS
	}
	if s.config == "" {
		s.config = string(t.Extradata)
	}
	if s == (shape{t.Width, t.Height, t.FPS, string(t.Extradata)}) {
		return false
	}
	next := *t
	next.Width, next.Height, next.FPS = s.width, s.height, s.fps
	if s.config != "" {
		next.Extradata = []byte(s.config)
	}
	in.track = &next
	return true
}

func (r *receiver) tracks() []*media.Track {
	tracks := make([]*media.Track, len(r.inputs))
	for i, in := range r.inputs {
		tracks[i] = in.track
	}
	return tracks
}
