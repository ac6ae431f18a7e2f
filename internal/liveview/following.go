package liveview

import (
	"context"
	"slices"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/liveview/wire"
	"camwall/internal/media"
	"camwall/internal/streaming"
)

const (
	// switchPause is the shortest time between two changes of what a tile
	// follows: who drags a window's edge resizes faster than encoders should be
	// made.
	switchPause = 100 * time.Millisecond

	// tooManyPause is after how long a change that was refused is tried again.
	tooManyPause = 2 * time.Second

	// unitAge is from which age on coded units are passed over.
	unitAge = 500 * time.Millisecond

	// reviewEvery is how often a tile asks itself whether coded units fit.
	reviewEvery = time.Second
)

// following is what a tile's goroutine does with one camera.
type following struct {
	t      *tile
	f      Follower
	camera string
	base   uint8 // sources that were counted before

	asked  streaming.FollowRequest
	due    time.Time // from when on another request may be made
	review time.Time // when to look again what is to be requested

	shown   *streaming.Shown // nil before the first
	limit   int              // the stream's width where a picture would have to be enlarged; 0 is none
	linked  bool             // the way is why JPEGs come
	stateAt time.Time        // when a state was told

	rested   bool // nobody looked
	unwanted bool // units of this source come only while nobody looks

	held    *streaming.FollowItem // the picture or unit that is sent next
	since   time.Time             // when it was taken
	lost    bool                  // units were left out: only a key unit can go on
	skipped bool                  // that has to be told
}

// run returns when ctx or the camera ends, or another camera is wished for: nil.
func (fw *following) run(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if fw.t.takePoke() {
			fw.review = time.Time{}
		}
		if fw.t.wanted().wish.Camera != fw.camera {
			return nil
		}
		if err := fw.adapt(time.Now()); err != nil {
			return err
		}
		// A unit that waits must not be overtaken; of pictures the newest counts.
		if fw.held == nil || fw.held.Unit == nil {
			if item, ok := fw.f.Take(); ok {
				fw.handle(item)
				continue
			}
		}
		if fw.held != nil && fw.sendHeld() {
			continue
		}
		if err := fw.wait(ctx); err != nil {
			return err
		}
	}
}

// wait waits for something to do.
func (fw *following) wait(parent context.Context) error {
	ctx, awake := fw.t.wakeable(parent)
	defer awake()
	until := fw.review
	if fw.held != nil && fw.held.Unit != nil {
		until = fw.patience()
	}
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	if fw.held == nil || fw.held.Unit == nil {
		if err := fw.f.Wait(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return parent.Err()
	}
	<-ctx.Done()
	if !time.Now().Before(until) { // too old by now, and nothing else can come before it
		fw.drop()
	}
	return parent.Err()
}

// patience is until when the unit that is held may wait: it gets no older than
// others, but those that catch up are old from the start.
func (fw *following) patience() time.Time {
	if fw.held.CatchingUp {
		return fw.since.Add(unitAge)
	}
	until, atLeast := fw.held.Unit.Arrived.Add(unitAge), fw.since.Add(unitAge/5)
	if until.Before(atLeast) {
		return atLeast
	}
	return until
}

// drop gives up the unit that waits: a later key unit goes on.
func (fw *following) drop() {
	fw.slipped()
	fw.held, fw.lost = nil, true
	fw.f.Skip()
	fw.t.lane.withdraw()
}

// slipped takes note that units had to be left out.
func (fw *following) slipped() {
	now := time.Now()
	if fw.t.lane.slipped() {
		fw.t.coded.slipped(now)
	}
	fw.review = now // to tell it
}

// handle takes what came.
func (fw *following) handle(item streaming.FollowItem) {
	switch {
	case item.State != nil:
		fw.state(item)
	case item.Sound != nil:
		fw.sound(item.Sound)
	case item.Picture != nil:
		if item.Picture.Live && fw.t.wanted().resting {
			if fw.held != nil {
				fw.held = nil
				fw.t.lane.withdraw()
			}
			return
		}
		fw.hold(item)
	case item.Unit != nil:
		fw.unit(item)
	}
}

func (fw *following) hold(item streaming.FollowItem) {
	fw.held, fw.since = &item, time.Now()
}

// unit keeps a unit, unless it is not wanted now or can't be decoded.
func (fw *following) unit(item streaming.FollowItem) {
	switch {
	case fw.t.wanted().resting, fw.unwanted, fw.lost && !item.Unit.Key:
		fw.lost = true
		return
	case item.Skipped:
		fw.slipped()
	}
	fw.skipped = fw.skipped || fw.lost || item.Skipped
	fw.lost = false
	fw.hold(item)
}

// state takes what is shown from now on.
func (fw *following) state(item streaming.FollowItem) {
	want := fw.t.wanted()
	source := fw.base + uint8(item.Source) //nolint:gosec // it counts on from 255 to 0
	if source != fw.t.lastSource() {
		fw.unwanted = item.State.Coded != media.CodecUnknown && !slices.Contains(codecsOf(want.wish.Formats), item.State.Coded)
		if fw.held != nil { // of the source before
			fw.held = nil
			fw.t.lane.withdraw()
		}
	}
	if fw.shown == nil || fw.shown.Stream != item.State.Stream {
		fw.limit = 0
	}
	fw.shown = item.State
	if r := fw.shown.Rendition.Width; fw.shown.Coded == media.CodecUnknown && fw.shown.Width > 0 && r > fw.shown.Width {
		fw.limit = fw.shown.Width
	}
	fw.t.mu.Lock()
	fw.t.source = source
	fw.t.mu.Unlock()
	now := time.Now()
	fw.review = now
	fw.aim(want)
	fw.tell(now)
}

// full is what the tile wants of JPEGs when nothing is in the way.
func (fw *following) full(w wire.Wish) target {
	width := pictureWidth(w, fw.shape())
	if fw.limit > 0 {
		width = min(width, fw.limit)
	}
	return target{width: width, quality: snapped(w.Quality, qualities), fps: snapped(w.FPS, rates)}
}

func (fw *following) shape() shape {
	if fw.shown == nil {
		return shape{}
	}
	return shape{fw.shown.ShapeWidth, fw.shown.ShapeHeight}
}

// aim tells the lane what is to come.
func (fw *following) aim(want wants) {
	var fps float64
	if fw.shown != nil && fw.shown.Status.State == camera.Live && !want.resting {
		fps = fw.shown.FPS
	}
	if fw.shown != nil && fw.shown.Coded != media.CodecUnknown {
		fw.t.lane.aimCoded(fps)
		return
	}
	fw.t.lane.aim(fw.full(want.wish), fps)
}

// request is what is to be asked for now.
func (fw *following) request(now time.Time) streaming.FollowRequest {
	want := fw.t.wanted()
	full := fw.full(want.wish)
	made, _ := fw.t.lane.target()
	if made.width == 0 {
		made = full
	}
	coded := codecsOf(want.wish.Formats)
	fw.linked = false
	if len(coded) > 0 && !fw.fits(now) {
		fw.linked = slices.Contains(want.wish.Formats, wire.JPEG)
	}
	if fw.linked {
		coded = nil
	}
	width := pictureWidth(want.wish, fw.shape())
	if made.width < full.width {
		width = made.width
	}
	if want.resting { // nothing is decoded for who does not look
		coded, made.fps = []media.Codec{media.H264, media.H265}, 1
	}
	s := fw.shape()
	return streaming.FollowRequest{
		Stream: want.wish.Stream, Width: width, Height: s.heightAt(width), Coded: coded, MaxAge: unitAge, Sound: want.sound,
		JPEG: streaming.JPEG{Width: made.width, Height: s.heightAt(made.width), Quality: made.quality, FPS: made.fps},
	}
}

// fits reports whether the way bears the camera's stream as it is.
func (fw *following) fits(now time.Time) bool {
	var bits float64
	using := false
	if fw.shown != nil {
		bits, using = fw.shown.BitsPerSecond, fw.shown.Coded != media.CodecUnknown
	}
	share := fw.t.c.flow.share()
	if fw.t.lane.narrowed() {
		if using {
			fw.t.coded.rest(now)
		}
		if share == 0 || bits == 0 || bits*1.1 > share {
			return false // a whole GOP would come first
		}
	}
	return fw.t.coded.allowed(now, bits, share, using)
}

// adapt follows what is wanted when that has changed.
func (fw *following) adapt(now time.Time) error {
	if fw.review.After(now) {
		return nil
	}
	want := fw.t.wanted()
	fw.review = now.Add(reviewEvery)
	if fw.shown != nil {
		fw.unwanted = fw.unwanted && !slices.Contains(codecsOf(want.wish.Formats), fw.shown.Coded)
		fw.aim(want)
	}
	request := fw.request(now)
	switch {
	case same(request, fw.asked):
	case now.Before(fw.due):
		fw.review = fw.due
	default:
		if err := fw.change(now, request); err != nil {
			return err
		}
	}
	if !fw.rested && want.resting && fw.held != nil { // what waits will be old
		fw.lost = fw.lost || fw.held.Unit != nil
		fw.held = nil
		fw.t.lane.withdraw()
	}
	if fw.rested && !want.resting && fw.lost && len(request.Coded) > 0 {
		fw.t.restart()
	}
	fw.rested = want.resting
	if fw.shown != nil {
		fw.tell(now)
	}
	return nil
}

// change asks for something else. Where that would be one rendition too many,
// all stays as it is for a while.
func (fw *following) change(now time.Time, request streaming.FollowRequest) error {
	err := fw.f.Change(request)
	if fault.CodeOf(err) == fault.TooMany {
		fw.due = now.Add(tooManyPause)
		fw.review = fw.due
		return nil
	}
	fw.asked, fw.due = request, now.Add(switchPause)
	return err
}

// same reports whether two requests ask for the same.
func same(a, b streaming.FollowRequest) bool {
	return a.Stream == b.Stream && a.Width == b.Width && a.Height == b.Height && a.JPEG == b.JPEG &&
		a.MaxAge == b.MaxAge && a.Sound == b.Sound && slices.Equal(a.Coded, b.Coded)
}

// codecsOf returns the codecs that are accepted rather than JPEGs.
func codecsOf(formats []wire.Format) []media.Codec {
	var codecs []media.Codec
	for _, format := range formats {
		switch format {
		case wire.H264:
			codecs = append(codecs, media.H264)
		case wire.H265:
			codecs = append(codecs, media.H265)
		case wire.JPEG:
			return codecs
		}
	}
	return codecs
}
