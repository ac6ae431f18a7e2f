package streaming

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/hub"
	"camwall/internal/media"
)

// stream is one stream of one camera. Its life (see life.go) runs in a
// goroutine of its own while somebody watches, and for IdleAfter longer;
// another decodes while there are renditions; each rendition has its own.
type stream struct {
	svc      *Service
	id       camera.ID
	name     string
	conf     atomic.Pointer[conf]
	hub      *hub.Stream
	log      *slog.Logger
	counters counters
	poke     chan struct{} // viewers came or went, or a person asks
	gone     chan struct{} // closed when the stream is removed

	keeping sync.Mutex // held by keepNewest; it is outside of mu

	// mu guards the fields below.
	mu          sync.Mutex
	removed     bool
	anew        bool   // the session has to end and a new one to begin
	located     string // the address that was found; "" is the configured one
	status      camera.Status
	changed     chan struct{} // closed and replaced at each change of state, a mark or the like
	alive       bool          // the life goroutine runs
	viewers     int
	unwatched   time.Time // when the last viewer went
	unrendered  time.Time // when the last rendition ended
	urgent      bool      // a person asks: don't wait
	renditions  map[Request]*rendition
	seqs        map[Request]uint64 // where a rendition that ended goes on
	stopDecode  func()             // ends the decoding goroutine; nil when none runs
	track       *media.Track       // of the video; nil until the first session
	sess        session            // the newest; nil before the first
	lastUnit    time.Time          // arrival of the newest video unit
	silentAfter time.Duration      // without a unit
	fps         float64            // measured
	flow        flow               // measured over some seconds
	frame       *codec.Frame       // the newest decoded picture; nil when there is none
	lastKey     *media.AccessUnit  // the newest key unit of the session before; may be nil
	kept        *media.AccessUnit  // what frame was last asked of; see keepNewest
	displaySize [2]int             // of the newest picture
	reports     map[*Follower]report
	judged      time.Time // when reports were last looked at
	keyAsked    time.Time // when a key unit was asked for
	keyAsking   bool      // and whether that goes on
}

func newStream(svc *Service, c *conf) *stream {
	s := &stream{
		svc:        svc,
		id:         c.cam.ID,
		name:       c.def.Name,
		hub:        hub.New(svc.cfg.Hub),
		log:        svc.cfg.Log.With("camera", string(c.cam.ID), "stream", c.def.Name),
		poke:       make(chan struct{}, 1),
		gone:       make(chan struct{}),
		changed:    make(chan struct{}),
		renditions: make(map[Request]*rendition),
		seqs:       make(map[Request]uint64),
		status:     camera.Status{State: camera.Idle, Since: time.Now()},
	}
	if c.cam.Disabled {
		s.status.State = camera.Disabled
	}
	s.conf.Store(c)
	return s
}

func (s *stream) wake() {
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

func (s *stream) retryNow() {
	s.conf.Load().device.Reopen()
	s.mu.Lock()
	s.urgent = true
	s.mu.Unlock()
	s.wake()
}

// set moves the stream into a state.
func (s *stream) set(next camera.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setLocked(next)
}

func (s *stream) setLocked(next camera.Status) {
	old := s.status
	if !old.State.MayFollow(next.State) {
		panic("streaming: state " + next.State.String() + " after " + old.State.String())
	}
	switch {
	case next.State == old.State:
		next.Since = old.Since
	case old.State == camera.Silent && next.State == camera.Retrying:
		next.Since = old.Since // the outage began with the silence
	case next.Since.IsZero():
		next.Since = time.Now()
	}
	if next.State == camera.Live && old.State == camera.Live {
		next.UnchangedSince, next.Behind = old.UnchangedSince, old.Behind
	}
	s.status = next
	if next.State != old.State || next.Reason != old.Reason {
		s.log.Info("stream state", "state", next.State.String(), "reason", string(next.Reason), "message", next.Message)
	}
	s.tellLocked()
}

// tellLocked tells everybody that the status has changed.
func (s *stream) tellLocked() {
	s.stirLocked()
	s.svc.feed.note(s)
}

// stirLocked wakes those who wait for a change of what watch, size or codec say.
func (s *stream) stirLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// watch returns the status and a channel that is closed when it has changed.
func (s *stream) watch() (camera.Status, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status, s.changed
}

// size returns the size at which the stream is shown, turned if the camera is,
// as far as it is known; else 0, 0.
func (s *stream) size() (width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conf.Load()
	switch {
	case s.displaySize[0] > 0:
		width, height = s.displaySize[0], s.displaySize[1]
	case s.track != nil && s.track.Width > 0:
		width, height = s.track.Width, s.track.Height
	default:
		width, height = c.def.Width, c.def.Height
	}
	if c.cam.Rotation == 90 || c.cam.Rotation == 270 {
		return height, width
	}
	return width, height
}

// arrived returns when the newest video unit did.
func (s *stream) arrived() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastUnit
}

type answer uint8

const (
	unknown answer = iota
	no
	yes
)

// codec returns the video's codec as far as it is known.
func (s *stream) codec() media.Codec {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codecLocked()
}

func (s *stream) codecLocked() media.Codec {
	if s.track != nil {
		return s.track.Codec
	}
	return s.conf.Load().def.Codec
}

// fills tells whether the stream has all the pixels of a size.
func (s *stream) fills(width, height int) answer {
	w, h := s.size()
	switch {
	case w == 0:
		return unknown
	case w < width || h < height:
		return no
	default:
		return yes
	}
}
