package streaming

import (
	"sync/atomic"
	"time"

	"camwall/internal/camera"
	"camwall/internal/media"
)

// CameraInfo is a camera with what its streams do. The camera is not to be
// changed.
type CameraInfo struct {
	Camera  *camera.Camera
	Streams []StreamInfo
}

// StreamInfo is what a stream does.
type StreamInfo struct {
	Name          string
	Codec         media.Codec // unknown before the first session, unless configured
	Width, Height int         // display size in pixels; 0 is unknown
	FPS           float64     // measured; 0 is unknown
	Status        camera.Status
	Transport     string // tcp or udp, of the last session; "" before
	Viewers       int
	Counters      Counters
}

// Counters only grow.
type Counters struct {
	UnitsIn, BytesIn, PacketsLost  uint64 // video units, bytes of all tracks, RTP packets
	Decoded, Damaged, DecodeErrors uint64 // frames, frames with visible damage, units
	Skipped                        uint64 // units that the decoder passed over up to a key unit
	Encoded, PicturesSent, Dropped uint64 // pictures; dropped by slow viewers
	BytesSent                      uint64
	Connects, Reconnects           uint64 // tries
	DecodeTime, EncodeTime         time.Duration
}

type counters struct {
	unitsIn, bytesIn, packetsLost  atomic.Uint64
	decoded, damaged, decodeErrors atomic.Uint64
	skipped                        atomic.Uint64
	encoded, picturesSent, dropped atomic.Uint64
	bytesSent                      atomic.Uint64
	connects, reconnects           atomic.Uint64
	decodeTime, encodeTime         atomic.Int64 // nanoseconds
}

func (c *counters) load() Counters {
	return Counters{
		UnitsIn: c.unitsIn.Load(), BytesIn: c.bytesIn.Load(), PacketsLost: c.packetsLost.Load(),
		Decoded: c.decoded.Load(), Damaged: c.damaged.Load(), DecodeErrors: c.decodeErrors.Load(),
		Skipped: c.skipped.Load(),
		Encoded: c.encoded.Load(), PicturesSent: c.picturesSent.Load(), Dropped: c.dropped.Load(),
		BytesSent: c.bytesSent.Load(), Connects: c.connects.Load(), Reconnects: c.reconnects.Load(),
		DecodeTime: time.Duration(c.decodeTime.Load()), EncodeTime: time.Duration(c.encodeTime.Load()),
	}
}

// Snapshot returns all cameras: by number, then as added.
func (s *Service) Snapshot() []CameraInfo {
	all := s.roster.all()
	infos := make([]CameraInfo, len(all))
	for i, e := range all {
		infos[i] = e.view.Load().info()
	}
	return infos
}

// Info returns one camera, or fault.NotFound.
func (s *Service) Info(id camera.ID) (CameraInfo, error) {
	e, err := s.look(id)
	if err != nil {
		return CameraInfo{}, err
	}
	return e.view.Load().info(), nil
}

func (v *view) info() CameraInfo {
	info := CameraInfo{Camera: v.cam, Streams: make([]StreamInfo, len(v.streams))}
	for i, st := range v.streams {
		info.Streams[i] = st.info()
	}
	return info
}

func (s *stream) info() StreamInfo {
	w, h := s.size()
	s.mu.Lock()
	defer s.mu.Unlock()
	def := s.conf.Load().def
	info := StreamInfo{
		Name: s.name, Codec: def.Codec, Width: w, Height: h, FPS: def.FPS,
		Status: s.status, Viewers: s.viewers, Counters: s.counters.load(),
	}
	if s.sess != nil {
		info.Transport = s.sess.Info().Transport
	}
	if s.track != nil {
		info.Codec = s.track.Codec
	}
	if s.status.State == camera.Live && s.fps > 0 {
		info.FPS = s.fps
	}
	return info
}
