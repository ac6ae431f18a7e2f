package streaming

import (
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/media"
)

// ingest takes in what one session delivers, in the session's goroutine.
type ingest struct {
	stream *stream
	pass   *admission.Pass
	pace   pace
	flow   flow
	lag    lag
	first  time.Time
	last   time.Time

	playing time.Time // when the camera agreed to play; guarded by stream.mu
	lastKey time.Time
	broken  bool // packets were lost since lastKey
}

func (in *ingest) plays() {
	in.pass.Accepted()
	s := in.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	in.playing = time.Now()
	s.wake() // its first key unit is waited for
}

func (in *ingest) tracks(tracks []*media.Track) {
	in.stream.mu.Lock()
	defer in.stream.mu.Unlock()
	for _, t := range tracks {
		if t.Codec.IsVideo() {
			in.stream.track = t
			in.stream.stirLocked() // its codec may be another
			return
		}
	}
}

func (in *ingest) unit(au *media.AccessUnit) {
	s := in.stream
	s.counters.bytesIn.Add(uint64(len(au.Data)))
	s.counters.packetsLost.Add(uint64(au.Lost))
	if !au.Track.Codec.IsVideo() {
		s.hub.Publish(au)
		return
	}
	s.counters.unitsIn.Add(1)
	in.pace.add(au.Arrived)
	in.flow.add(au.Arrived, len(au.Data))
	behind := in.lag.add(au.Arrived, au.RTPTime)
	if in.first.IsZero() {
		in.first = au.Arrived
	}
	in.last = au.Arrived
	in.note(au, behind)
	s.hub.Publish(au) // after the state: what is decoded of it is live
}

// note takes a video unit into the stream's state.
func (in *ingest) note(au *media.AccessUnit, behind time.Duration) {
	s := in.stream
	size, sized := in.size(au)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastUnit, s.silentAfter, s.fps, s.flow = au.Arrived, in.pace.silentAfter(), in.pace.fps(), in.flow
	if sized {
		s.displaySize = size
	}
	if s.status.State != camera.Live {
		if !s.alive || !s.status.State.MayFollow(camera.Live) {
			return // a unit in the moment of stopping
		}
		s.setLocked(camera.Status{State: camera.Live})
		s.wake() // silence is watched from now on
	}
	in.brokenLocked(au)
	told := s.status.Behind
	s.status.Behind = behind
	if (told == 0) != (behind == 0) || (behind-told).Abs() > lagMarkAt/2 {
		s.tellLocked()
	}
	if au.Arrived.Sub(s.judged) >= judgeEvery {
		s.judgeLocked(au.Arrived)
	}
}

// size reads the display size where a unit tells it.
func (in *ingest) size(au *media.AccessUnit) (size [2]int, ok bool) {
	if au.Track.Codec == media.MJPEG && !in.first.Equal(au.Arrived) {
		return size, false // who uses the JPEGs measures them
	}
	size[0], size[1], ok = codec.DisplaySize(au)
	return size, ok
}

// liveFor returns for how long units came.
func (in *ingest) liveFor() time.Duration {
	if in.first.IsZero() {
		return 0
	}
	return max(in.last.Sub(in.first), 1)
}
