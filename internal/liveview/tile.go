package liveview

import (
	"context"
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/liveview/wire"
	"camwall/internal/problem"
	"camwall/internal/streaming"
	"camwall/internal/wait"
)

const (
	// refusedPause is after how long a camera that was refused is asked for
	// again.
	refusedPause = 5 * time.Second

	// restartPause is the shortest time between two restarts of a decoder.
	restartPause = 500 * time.Millisecond
)

// tile is one picture on a client's wall. Its goroutine follows the camera and
// sends what comes when the lane lets it.
type tile struct {
	c      *connection
	number uint32
	cancel func()
	lane   *lane
	coded  codedChoice // the goroutine's

	// mu guards the fields below.
	mu        sync.Mutex
	wants     wants
	poked     bool
	stop      context.CancelFunc // ends what the goroutine waits for; nil while it does not
	follower  Follower           // nil while there is none
	restarted time.Time
	source    uint8       // of the newest state
	told      wire.State  // the newest
	seen      wire.Report // the newest
}

// wants is what a tile is to do.
type wants struct {
	wish    wire.Wish
	sound   bool
	resting bool
}

func newTile(c *connection, number uint32, wish wire.Wish, was trace) *tile {
	t := &tile{c: c, number: number, wants: wants{wish: wish}, source: was.source}
	t.lane = c.flow.lane(was.seq, t.poke)
	return t
}

// poke makes the goroutine look again at what it is to do. It never waits.
func (t *tile) poke() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pokeLocked()
}

func (t *tile) pokeLocked() {
	t.poked = true
	if t.stop != nil {
		t.stop()
	}
}

// wishFor changes the wish; the newest counts.
func (t *tile) wishFor(change func(wire.Wish) wire.Wish) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wants.wish = change(t.wants.wish)
	t.pokeLocked()
}

func (t *tile) rest(resting bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wants.resting = resting
	t.pokeLocked()
}

func (t *tile) listen(sound bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wants.sound != sound {
		t.wants.sound = sound
		t.pokeLocked()
	}
}

// restart lets a decoder begin anew. A second one that comes at once is the same.
func (t *tile) restart() {
	if f := t.restarting(time.Now()); f != nil {
		f.Restart()
	}
}

// restarting returns what is to be restarted, or nil: followers may have to wait,
// so nothing is locked when they are called.
func (t *tile) restarting(now time.Time) Follower {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.follower == nil || now.Sub(t.restarted) < restartPause {
		return nil
	}
	t.restarted = now
	return t.follower
}

// report takes what the viewer sees.
func (t *tile) report(seen wire.Report) {
	t.lane.aged(time.Duration(seen.Delay * float64(time.Millisecond))) // the lane wakes us: nothing may be locked
	t.mu.Lock()
	t.seen = seen
	follower, format := t.follower, t.told.Format
	t.mu.Unlock()
	if follower == nil || format == wire.JPEG {
		return // of JPEGs we know better
	}
	since := seen.UnchangedSince.Time
	if now := time.Now(); since.After(now) {
		since = now
	}
	follower.Unchanged(since)
}

func (t *tile) wanted() wants {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wants
}

func (t *tile) lastSource() uint8 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.source
}

func (t *tile) setFollower(f Follower) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.follower = f
}

// run follows the camera until ctx ends.
func (t *tile) run(ctx context.Context) {
	defer t.lane.close()
	var refused wire.Refused
	for ctx.Err() == nil {
		want := t.wanted().wish
		err := t.follow(ctx, want, func() { refused = wire.Refused{} })
		switch {
		case err == nil || ctx.Err() != nil:
		case fault.CodeOf(err) == fault.Stopping:
			t.c.end(err)
			return
		default:
			told := t.refusal(err)
			if told != refused {
				refused = told
				t.c.send(told)
			}
			t.pause(ctx, want)
		}
	}
}

// refusal says why there is nothing to watch.
func (t *tile) refusal(err error) wire.Refused {
	body := problem.Describe(err)
	return wire.Refused{
		Type: "refused", Tile: t.number, Status: body.Status, Code: body.Code, Message: body.Detail, Hint: body.Hint,
	}
}

// pause waits until a camera that was refused is to be asked for again, or
// another is wished for.
func (t *tile) pause(ctx context.Context, old wire.Wish) {
	ctx, cancel := context.WithTimeout(ctx, refusedPause)
	defer cancel()
	for ctx.Err() == nil {
		t.takePoke()
		if w := t.wanted().wish; w.Camera != old.Camera || w.Stream != old.Stream {
			return
		}
		t.sleep(ctx)
	}
}

// sleep waits for a poke or the end of ctx.
func (t *tile) sleep(ctx context.Context) {
	ctx, awake := t.wakeable(ctx)
	defer awake()
	<-ctx.Done()
}

// wakeable returns a context that ends with the next poke, or has ended if one
// has come. awake has to be called.
func (t *tile) wakeable(parent context.Context) (ctx context.Context, awake func()) {
	ctx, cancel := context.WithCancel(parent)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.poked {
		cancel()
	} else {
		t.stop = cancel
	}
	return ctx, func() {
		cancel()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.stop = nil
	}
}

// takePoke reports whether a poke has come since it was last called.
func (t *tile) takePoke() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	poked := t.poked
	t.poked = false
	return poked
}

// follow sends what the wished camera gives. It returns nil when another one is
// wished for; begun is called once something is followed.
func (t *tile) follow(ctx context.Context, wish wire.Wish, begun func()) error {
	id, err := camera.ParseID(wish.Camera)
	if err != nil {
		return fault.Errorf(fault.NotFound, "there is no camera %.80q", wish.Camera)
	}
	if full := t.c.opens.take(1, time.Now()); full > 0 && !wait.For(ctx, full) {
		return ctx.Err()
	}
	fw := &following{t: t, camera: wish.Camera, base: t.lastSource()}
	request := fw.request(time.Now())
	if fw.f, err = t.c.cfg.Follow(id, request); err != nil {
		return err
	}
	begun()
	t.setFollower(fw.f)
	defer func() {
		t.setFollower(nil)
		t.lane.withdraw()
		fw.f.Close()
	}()
	fw.asked, fw.due = request, time.Now().Add(switchPause)
	return fw.run(ctx)
}

// Follower is a tile's interest in a camera, as streaming.Follower has it. Wait
// and Take are called by one goroutine, the others by any.
type Follower interface {
	// Change makes want what is followed; what is shown goes on until the first
	// picture of that. Else all stays as it was.
	Change(want streaming.FollowRequest) error

	// Restart begins with a key unit again.
	Restart()

	// Skip passes over coded units up to a key unit, the last one that was
	// taken among them.
	Skip()

	// Wait waits until Take may have something. Its error is ctx's, or says
	// that the camera was removed or that all ends.
	Wait(ctx context.Context) error

	// Take returns what is next, and does not wait.
	Take() (streaming.FollowItem, bool)

	// Sent counts one picture of that many bytes.
	Sent(bytes int)

	// Unchanged tells since when the pictures are identical for who decodes
	// them; zero: they change.
	Unchanged(since time.Time)

	Close()
}

var _ Follower = (*streaming.Follower)(nil)
