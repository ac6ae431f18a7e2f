package streaming

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/fault"
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

	// mu guards the fields below.
	mu          sync.Mutex
	removed     bool
	anew        bool   // the session has to end and a new one to begin
	located     string // the address that was found; "" is the configured one
	status      camera.Status
	changed     chan struct{} // closed and replaced at each change of state
	alive       bool          // the life goroutine runs
	viewers     int
	unwatched   time.Time // when the last viewer went
	urgent      bool      // a person asks: don't wait
	renditions  map[Request]*rendition
	seqs        map[Request]uint64 // where a rendition that ended goes on
	stopDecode  func()             // ends the decoding goroutine; nil when none runs
	track       *media.Track       // of the video; nil until the first session
	sess        session            // the newest; nil before the first
	lastUnit    time.Time          // arrival of the newest video unit
	silentAfter time.Duration      // without a unit
	fps         float64            // measured
	frame       *codec.Frame       // the newest decoded picture; nil when there is none
	displaySize [2]int             // of the newest picture
	keyAsked    time.Time          // when a key unit was asked for
	keyAsking   bool               // and whether that goes on
}

// errRemoved is why nobody can join a stream any more.
var errRemoved = errors.New("streaming: the stream was removed")

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

// join adds a viewer to the rendition that want asks for, and starts what is
// needed for it.
func (s *stream) join(want Request) (*rendition, error) {
	want.Stream = s.name
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.removed {
		return nil, errRemoved
	}
	if s.svc.isClosed() {
		return nil, fault.New(fault.Stopping, "the server is stopping", "")
	}
	r := s.renditions[want]
	if r == nil {
		if n := len(s.renditions); n >= s.svc.cfg.MaxRenditionsPerStream {
			return nil, tooManyRenditions(n, " of this stream")
		}
		if err := s.svc.takeRendition(); err != nil {
			return nil, err
		}
		r = newRendition(s, want)
		s.renditions[want] = r
		s.svc.start(r.run)
		if s.fresh() {
			r.offer(source{frame: s.frame.Ref()})
		}
	}
	if s.viewers == 0 && s.status.State == camera.Retrying { // nobody watched when it failed
		soon := time.Now().Add(awayDelay(s.status.Reason, 1<<10, true, true))
		if soon.Before(s.status.NextTry) {
			s.status.NextTry = soon
		}
	}
	r.viewers++
	s.viewers++
	if s.blindLocked() {
		s.askKeyLocked()
	}
	s.startLocked()
	s.wake()
	return r, nil
}

// fresh tells whether the newest frame is the camera's newest picture, or nearly:
// not one of before the decoder rested, of another session, or of catching up.
func (s *stream) fresh() bool {
	return s.frame != nil && s.status.State == camera.Live && s.lastUnit.Sub(s.frame.Arrived()) < freshFor
}

// startLocked starts the life and the decoding of the stream where they don't run.
func (s *stream) startLocked() {
	if s.status.State == camera.Disabled {
		return
	}
	if !s.alive {
		s.alive = true
		s.setLocked(camera.Status{State: camera.Connecting})
		s.svc.start(s.live)
	}
	if s.stopDecode == nil {
		s.startDecodeLocked()
	}
}

// leave takes one viewer off r.
func (s *stream) leave(r *rendition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.viewers--
	if s.viewers == 0 {
		s.unwatched = time.Now()
	}
	if r.viewers--; r.viewers > 0 {
		return
	}
	delete(s.renditions, r.want)
	s.keepSeq(r)
	r.stop()
	s.wake()
}

// maxSeqs bounds how many ended renditions are remembered.
const maxSeqs = 64

// keepSeq lets a later rendition of the same request number its pictures on, so
// that who asks for one picture after another can tell them apart.
func (s *stream) keepSeq(r *rendition) {
	if len(s.seqs) >= maxSeqs {
		clear(s.seqs)
	}
	// One more picture may be on its way.
	s.seqs[r.want] = r.latest.Load().Seq + 1
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
	close(s.changed)
	s.changed = make(chan struct{})
	s.svc.feed.note(s)
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

// freshFor is how much older than the newest unit a frame may be that a new
// rendition begins with.
const freshFor = time.Second

type answer uint8

const (
	unknown answer = iota
	no
	yes
)

// fills tells whether the stream has all the pixels that want asks for.
func (s *stream) fills(want Request) answer {
	w, h := s.size()
	switch {
	case w == 0:
		return unknown
	case w < want.Width || h < want.Height:
		return no
	default:
		return yes
	}
}

// keepFrame makes f the newest decoded picture.
func (s *stream) keepFrame(f *codec.Frame) {
	w, h := f.DisplaySize()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.removed {
		return
	}
	if s.frame != nil {
		s.frame.Release()
	}
	s.frame = f.Ref()
	s.displaySize = [2]int{w, h}
}

// lastFrame returns a reference to the newest decoded picture, or nil.
func (s *stream) lastFrame() *codec.Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frame == nil {
		return nil
	}
	return s.frame.Ref()
}

func (s *stream) dropFrame() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropFrameLocked()
}

func (s *stream) dropFrameLocked() {
	if s.frame != nil {
		s.frame.Release()
		s.frame = nil
	}
}
