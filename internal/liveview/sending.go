package liveview

import (
	"math"
	"slices"
	"time"

	"camwall/internal/camera"
	"camwall/internal/liveview/wire"
	"camwall/internal/media"
	"camwall/internal/streaming"
)

// sayEvery is the shortest time between two states of which only measured numbers
// differ.
const sayEvery = 250 * time.Millisecond

// otherCodec is why JPEGs come of a camera that sends another codec.
const otherCodec = "codec"

// catchUpSpan is how much of a stream comes to who catches up, about, and
// catchUpBits the rate of a stream that was not measured yet.
const (
	catchUpSpan = 2 * time.Second
	catchUpBits = 400e3
)

// sendHeld sends what is held when the lane lets it, and units that a decoder
// needs before it shows anything in one go. It reports whether something was done.
func (fw *following) sendHeld() bool {
	data := fw.held.Unit
	size := 0
	switch {
	case data == nil:
		size = len(fw.held.Picture.JPEG)
	case fw.held.CatchingUp && data.Key: // all up to the newest comes with it
		bits := fw.shown.BitsPerSecond
		if bits == 0 {
			bits = catchUpBits
		}
		size = max(len(data.Data), int(bits/8*catchUpSpan.Seconds()))
	default:
		size = len(data.Data)
	}
	if !fw.t.lane.ask(size) {
		return false
	}
	item := *fw.held
	fw.held = nil
	if data == nil {
		p := item.Picture
		flags := wire.Key
		if p.Live {
			fw.t.lane.sending(time.Since(p.Arrived))
		} else {
			flags |= wire.Last
		}
		fw.send(wire.Picture{Codec: wire.CodecJPEG, Flags: flags, Width: p.Width, Height: p.Height, Data: p.JPEG}, p.Arrived, true)
		return true
	}
	for fw.sendUnit(item.Unit, item.CatchingUp) && item.CatchingUp {
		next, ok := fw.nextUnit()
		if !ok {
			break
		}
		item = next
	}
	return true
}

// nextUnit takes the unit behind one that is not to be shown, and handles what
// comes between them. False: there is none of that source.
func (fw *following) nextUnit() (streaming.FollowItem, bool) {
	source := fw.t.lastSource()
	for {
		if fw.t.wanted().resting {
			fw.lost = true
			return streaming.FollowItem{}, false
		}
		item, ok := fw.f.Take()
		if !ok || item.Unit != nil {
			fw.skipped = fw.skipped || item.Skipped
			return item, ok
		}
		fw.handle(item)
		if fw.held != nil || fw.t.lastSource() != source {
			return item, false
		}
	}
}

// sendUnit sends one coded unit.
func (fw *following) sendUnit(u *media.AccessUnit, catchingUp bool) bool {
	codec, ok := wire.CodecOf(u.Track.Codec)
	if !ok {
		return false
	}
	var flags wire.Flags
	if u.Key {
		flags |= wire.Key
	}
	if catchingUp {
		flags |= wire.CatchingUp
	}
	if fw.shown.Status.State != camera.Live {
		flags |= wire.Last
	}
	if fw.skipped {
		flags |= wire.Skipped
		fw.skipped = false
	}
	return fw.send(wire.Picture{Codec: codec, Flags: flags, Data: u.Data}, u.Arrived, !catchingUp)
}

// send sends one picture, and reports whether that was possible.
func (fw *following) send(p wire.Picture, arrived time.Time, counts bool) bool {
	seq, ok := fw.t.lane.begin(len(p.Data), counts)
	if !ok {
		return false
	}
	c := fw.t.c
	p.Tile, p.Seq, p.Source, p.Arrived = fw.t.number, seq, fw.t.lastSource(), c.clock(arrived)
	c.write(func(b []byte, now time.Time) []byte {
		p.Sent = c.clock(now)
		return wire.AppendPicture(b, &p)
	})
	fw.f.Sent(len(p.Data))
	return true
}

// sound sends an audio unit, if the tile is the one that is listened to.
func (fw *following) sound(u *media.AccessUnit) {
	codec, ok := wire.CodecOf(u.Track.Codec)
	if !ok || !u.Track.Codec.IsAudio() || !fw.t.wanted().sound {
		return
	}
	c := fw.t.c
	s := wire.Sound{
		Codec: codec, Channels: uint8(u.Track.Channels), Tile: fw.t.number, //nolint:gosec // a few
		SampleRate: uint32(u.Track.SampleRate), //nolint:gosec // below 2^31
		Arrived:    c.clock(u.Arrived), Config: u.Track.Extradata, Data: u.Data,
	}
	c.flow.spend(c.write(func(b []byte, now time.Time) []byte {
		s.Sent = c.clock(now)
		return wire.AppendSound(b, &s)
	}))
}

// tell sends the state when something of it has changed. Numbers that are
// measured all the time are told less often.
func (fw *following) tell(now time.Time) {
	next := fw.stateNow(now)
	fw.t.mu.Lock()
	old := fw.t.told
	fw.t.mu.Unlock()
	if settled(next) == settled(old) {
		if measured(next) == measured(old) {
			return
		}
		if soon := fw.stateAt.Add(sayEvery); soon.After(now) {
			if fw.review.After(soon) {
				fw.review = soon
			}
			return
		}
	}
	fw.stateAt = now
	fw.t.mu.Lock()
	fw.t.told = next
	fw.t.mu.Unlock()
	fw.t.c.send(next)
}

// stateNow is what is shown now.
func (fw *following) stateNow(now time.Time) wire.State {
	s := fw.shown
	_, reduced := fw.t.lane.target()
	state := wire.State{
		Type: "state", Tile: fw.t.number, Camera: fw.camera, Source: fw.t.lastSource(), Stream: s.Stream,
		Format: wire.JPEG, Why: s.Why, Width: s.Width, Height: s.Height,
		FPS: math.Round(s.FPS*10) / 10, Bitrate: math.Round(s.BitsPerSecond), Rotation: s.Rotation,
		State: s.Status.State.String(), Reason: s.Status.Reason, Message: s.Status.Message, Hint: s.Status.Hint,
		Since: wire.Millis{Time: s.Status.Since}, NextTry: wire.Millis{Time: s.Status.NextTry},
		UnchangedAfter: s.UnchangedAfter.Seconds(), UnchangedSince: wire.Millis{Time: s.Status.UnchangedSince},
		Behind: s.Status.Behind.Milliseconds(),
	}
	if s.Codec != media.CodecUnknown {
		state.Codec = s.Codec.String()
	}
	if s.ShapeWidth > 0 && s.ShapeHeight > 0 {
		state.Shape = &[2]int{s.ShapeWidth, s.ShapeHeight}
	}
	if !s.LastArrived.IsZero() {
		age := float64(max(0, now.Sub(s.LastArrived))) / float64(time.Millisecond)
		state.Age = &age
	}
	if s.Status.State == camera.Live {
		state.Reduced = reduced
	}
	switch {
	case s.Coded == media.H264 && !fw.unwanted:
		state.Format = wire.H264
	case s.Coded == media.H265 && !fw.unwanted:
		state.Format = wire.H265
	default:
		if state.Why == "" && fw.linked {
			state.Why = fw.whyJPEG()
		}
		r := s.Rendition
		state.Rendition = &wire.Rendition{Width: r.Width, Height: r.Height, FPS: r.FPS, Quality: r.Quality}
	}
	return state
}

// whyJPEG is why JPEGs come where the way does not bear coded units: it makes no
// difference for a camera whose codec is not wanted.
func (fw *following) whyJPEG() string {
	if c := fw.shown.Codec; c != media.CodecUnknown && !slices.Contains(codecsOf(fw.t.wanted().wish.Formats), c) {
		return otherCodec
	}
	return slowLink
}

// fixed is what of a state is worth a message at once.
type fixed struct {
	state     wire.State
	shape     [2]int
	rendition wire.Rendition
	behind    bool
}

// settled returns s without what is measured all the time.
func settled(s wire.State) fixed {
	f := fixed{state: s, behind: s.Behind > 0}
	if s.Shape != nil {
		f.shape = *s.Shape
	}
	if s.Rendition != nil {
		f.rendition = *s.Rendition
	}
	f.state.Shape, f.state.Rendition, f.state.Age = nil, nil, nil
	f.state.FPS, f.state.Bitrate, f.state.Behind = 0, 0, 0
	return f
}

// measured returns the numbers of s that are worth a message now and then. The
// age is not: it grows by itself.
func measured(s wire.State) [3]float64 {
	return [3]float64{s.FPS, s.Bitrate, float64(s.Behind)}
}
