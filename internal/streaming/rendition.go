package streaming

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
)

// cardEvery is how often a picture is drawn while the stream is not live.
const cardEvery = time.Second

// rendition is one way of showing a stream, shared by all who want the same. Its
// goroutine scales and encodes the newest frame, and draws pictures of the state
// while there is none.
type rendition struct {
	stream *stream
	want   Request
	latest atomic.Pointer[Picture] // never nil
	ready  chan struct{}           // something was offered
	cancel chan struct{}           // closed when the last viewer has left
	ended  chan struct{}           // closed when the goroutine has ended

	viewers int // guarded by stream.mu
	cards   int // those of them who are drawn states; guarded by stream.mu

	trouble atomic.Pointer[camera.Status] // no picture can be made although units come; nil else

	// mu guards the fields below.
	mu   sync.Mutex
	slot source // the newest that was offered, not yet taken
	full bool
	over bool // nothing is taken any more
}

// newRendition returns a rendition without pictures; s is locked.
func newRendition(s *stream, want Request) *rendition {
	r := &rendition{
		stream: s,
		want:   want,
		ready:  make(chan struct{}, 1),
		cancel: make(chan struct{}),
		ended:  make(chan struct{}),
	}
	r.latest.Store(&Picture{Seq: s.seqs[want], next: make(chan struct{})})
	return r
}

func (r *rendition) leave() { r.stream.leave(r, true) }

// current returns the newest picture if it is the camera's own, and of the time
// since when it is live; else nil.
func (r *rendition) current() *Picture {
	p := r.latest.Load()
	status, _ := r.stream.watch()
	if !p.Live || status.State != camera.Live || !p.Status.Since.Equal(status.Since) {
		return nil
	}
	return p
}

// stale returns the number of the newest picture if that one is no longer live;
// else 0. Who is drawn states begins behind it.
func (r *rendition) stale() uint64 {
	if p := r.latest.Load(); p.Live && r.current() == nil {
		return p.Seq
	}
	return 0
}

// carded tells whether somebody is drawn states.
func (r *rendition) carded() bool {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	return r.cards > 0
}

// stop ends the goroutine; it is called once, by the last viewer.
func (r *rendition) stop() { close(r.cancel) }

// every is the shortest interval between two pictures; 0 is no bound.
func (r *rendition) every() time.Duration {
	if r.want.FPS == 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / r.want.FPS)
}

// offer gives r something newer to show, with one reference; what it has not
// taken yet is passed over.
func (r *rendition) offer(src source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		src.release()
		return
	}
	if r.full {
		r.slot.release()
	}
	r.slot, r.full = src, true
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

func (r *rendition) take() (source, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	src, ok := r.slot, r.full
	r.slot, r.full = source{}, false
	return src, ok
}

// end empties the slot and keeps it so.
func (r *rendition) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full {
		r.slot.release()
	}
	r.slot, r.full, r.over = source{}, false, true
}

// painter is what the goroutine of a rendition works with.
type painter struct {
	*rendition
	renderer *codec.Renderer
	rotation int       // that renderer was made for
	due      time.Time // the next picture may not have arrived earlier
	made     time.Time // when the last live picture was made, or when it began
}

// run makes pictures until the last viewer has left or ctx ends.
func (r *rendition) run(ctx context.Context) {
	p := &painter{rendition: r, made: time.Now()}
	p.turn()
	defer func() {
		p.renderer.Close()
		r.end()
		r.stream.svc.releaseRendition()
		close(r.ended)
	}()
	tick := time.NewTicker(cardEvery)
	defer tick.Stop()
	shown, changed := r.stream.watch()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.cancel:
			return
		case <-r.stream.gone:
			return
		case <-r.ready:
			if src, ok := r.take(); ok {
				p.paint(src)
			}
		case <-changed:
			var status camera.Status
			status, changed = r.stream.watch()
			if status.State != shown.State && status.State > camera.Live && p.carded() {
				p.card(status)
				tick.Reset(cardEvery)
			}
			shown = status
		case <-tick.C:
			shown, changed = r.stream.watch()
			if card, ok := p.overdue(shown); ok {
				p.worry(card)
				if p.carded() {
					p.card(card)
				}
			}
		}
	}
}

// turn makes a renderer for the camera's rotation, which may have been changed.
func (p *painter) turn() {
	rotation := p.stream.conf.Load().cam.Rotation
	if p.renderer != nil {
		if rotation == p.rotation {
			return
		}
		p.renderer.Close()
	}
	p.rotation = rotation
	p.renderer = codec.NewRenderer(codec.Spec{
		Width: p.want.Width, Height: p.want.Height, Fit: p.want.Fit, Quality: p.want.Quality, Rotation: rotation,
	})
}

// overdue tells whether viewers must be told that the picture is not live, and
// what.
func (p *painter) overdue(status camera.Status) (camera.Status, bool) {
	if status.State != camera.Live {
		return status, true
	}
	s := p.stream
	s.mu.Lock()
	patience := s.silentAfter
	s.mu.Unlock()
	if time.Since(p.made) <= max(patience, 2*p.every()) {
		return status, false
	}
	return undecodable(status, p.made), true
}

// worry tells those who are not drawn states that no picture can be made.
func (p *painter) worry(status camera.Status) {
	if status.State != camera.Live {
		return // that is told anyway
	}
	if old := p.trouble.Swap(&status); old == nil || *old != status {
		p.stream.mu.Lock()
		defer p.stream.mu.Unlock()
		p.stream.stirLocked()
	}
}

// paint makes a live picture of src and releases it.
func (p *painter) paint(src source) {
	defer src.release()
	arrived := src.arrived()
	if every := p.every(); every > 0 {
		if arrived.Before(p.due.Add(-every / 20)) {
			return
		}
		if p.due = p.due.Add(every); p.due.Before(arrived) {
			p.due = arrived.Add(every)
		}
	}
	p.turn()
	begun := time.Now()
	pic := &Picture{Live: true, Arrived: arrived}
	var jpeg []byte
	if src.unit != nil {
		jpeg = src.unit.Data
	} else {
		var err error
		if jpeg, err = p.renderer.JPEG(src.frame); err != nil {
			p.stream.log.Warn("encode picture", "error", err)
			return
		}
		c := &p.stream.counters
		c.encoded.Add(1)
		c.encodeTime.Add(int64(time.Since(begun)))
	}
	if pic.Status, _ = p.stream.watch(); pic.Status.State != camera.Live {
		return // its moment is over: a card tells more
	}
	p.made = time.Now()
	p.trouble.Store(nil)
	p.publish(pic, jpeg)
}

// publish completes pic and hands it to all viewers.
func (r *rendition) publish(pic *Picture, jpeg []byte) {
	old := r.latest.Load()
	if w, h, err := codec.JPEGSize(jpeg); err == nil {
		pic.Width, pic.Height = w, h
	}
	pic.Seq = old.Seq + 1
	pic.Stream = r.want.Stream
	pic.Made = time.Now()
	pic.next = make(chan struct{})
	part, offset := r.stream.svc.cfg.Pack(pic, jpeg)
	pic.Part, pic.JPEG = part, part[offset:offset+len(jpeg):offset+len(jpeg)]
	r.latest.Store(pic)
	close(old.next)
}
