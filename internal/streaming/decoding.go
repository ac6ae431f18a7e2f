package streaming

import (
	"context"
	"hash/maphash"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/hub"
	"camwall/internal/media"
)

// catchUpLimit is for how long nothing may be shown while a decoder catches up.
const catchUpLimit = time.Second

// source is what a rendition makes a picture of: a decoded frame, or a JPEG of
// an M-JPEG camera as it came.
type source struct {
	frame *codec.Frame // one reference, the holder's to release
	unit  *media.AccessUnit
}

func (s source) release() {
	if s.frame != nil {
		s.frame.Release()
	}
}

func (s source) arrived() time.Time {
	if s.frame != nil {
		return s.frame.Arrived()
	}
	return s.unit.Arrived
}

// startDecodeLocked starts the goroutine that decodes for all renditions.
func (s *stream) startDecodeLocked() {
	ctx, stop := context.WithCancel(context.Background())
	s.stopDecode = stop
	seen := s.status.UnchangedSince // by those who decode themselves
	s.svc.start(func(service context.Context) {
		defer context.AfterFunc(service, stop)()
		d := &decoding{stream: s, reader: s.hub.NewReader(), seed: maphash.MakeSeed(), shown: time.Now()}
		d.same.seen = seen
		d.run(ctx)
	})
}

func (s *stream) stopDecodeLocked() {
	s.stopDecode()
	s.stopDecode = nil
}

// decoding is one decoder's work: it reads the hub and hands every frame to all
// renditions. It belongs to one goroutine.
type decoding struct {
	stream   *stream
	reader   *hub.Reader
	decoder  *codec.Decoder
	track    *media.Track // that decoder was made for
	lastSeq  uint64
	refused  *media.Track // no decoder could be made for it
	same     unchanged
	seed     maphash.Seed
	lastKey  time.Time
	keyEvery time.Duration // between the last two key units
	passed   bool          // units since the last key unit were not decoded
	shown    time.Time     // when a frame was last shown, or decoding began
}

func (d *decoding) run(ctx context.Context) {
	defer d.close()
	for {
		item, err := d.reader.Next(ctx)
		if err != nil {
			return
		}
		d.stream.counters.skipped.Add(item.Skipped)
		if !item.Unit.Track.Codec.IsVideo() {
			continue
		}
		d.take(ctx, item)
	}
}

func (d *decoding) close() {
	if d.decoder != nil {
		d.decoder.Close()
		d.decoder = nil
	}
}

// take handles one unit.
func (d *decoding) take(ctx context.Context, item hub.Item) {
	au := item.Unit
	if au.Key {
		if !d.lastKey.IsZero() {
			d.keyEvery = au.Arrived.Sub(d.lastKey)
		}
		d.lastKey, d.passed = au.Arrived, false
	}
	if au.Track.Codec == media.MJPEG && !d.measure(au) {
		return
	}
	decode, forward, slowest := d.stream.wanted(au)
	if forward && !item.CatchingUp {
		d.forward(au)
	}
	if !decode {
		return
	}
	if !au.Key && d.keyEvery > 0 && slowest >= max(d.keyEvery, au.Arrived.Sub(d.lastKey)) {
		d.passed = true
		return // nobody looks at it: key units alone come often enough
	}
	if d.passed { // what it refers to is not decoded: go through the GOP again
		d.passed, d.reader = false, d.stream.hub.NewReader()
		if !d.stream.hub.Whole() {
			d.stream.askKey()
		}
		return
	}
	if !d.ready(au) {
		return
	}
	begun := time.Now()
	err := d.decoder.Decode(au, func(f *codec.Frame) {
		d.stream.counters.decoded.Add(1)
		if f.Damaged() {
			d.stream.counters.damaged.Add(1)
		}
		if ctx.Err() != nil {
			f.Release()
			return
		}
		d.stream.keepFrame(f)
		if item.CatchingUp && !d.overdue(f.Arrived()) {
			f.Release()
			return
		}
		d.shown = time.Now()
		if !forward {
			d.mark(f.Arrived(), f.Checksum)
		}
		d.stream.show(f)
		f.Release()
	})
	d.stream.counters.decodeTime.Add(int64(time.Since(begun)))
	if err != nil {
		d.stream.counters.decodeErrors.Add(1)
	}
}

// overdue tells whether a frame is shown although newer units wait: a machine that
// decodes slower than pictures come would catch up for ever and show nothing.
func (d *decoding) overdue(arrived time.Time) bool {
	return time.Since(d.shown) > catchUpLimit && time.Since(arrived) < 2*catchUpLimit
}

// ready makes the decoder for au's track where there is none yet, and tells
// whether there is one. A new session, which numbers its units anew, and a new
// codec get a new decoder; a new size does not need one.
func (d *decoding) ready(au *media.AccessUnit) bool {
	again := au.Seq <= d.lastSeq
	d.lastSeq = au.Seq
	if d.decoder != nil && !again && au.Track.Codec == d.track.Codec {
		return true
	}
	if au.Track == d.refused {
		return false
	}
	d.close()
	dec, err := codec.NewDecoder(codec.DecoderConfig{
		Track: au.Track, MaxPixels: d.stream.svc.cfg.MaxPixels, Log: d.stream.log,
	})
	if err != nil {
		d.refused = au.Track
		d.stream.log.Error("no decoder for the stream", "codec", au.Track.Codec.String(), "error", err)
		return false
	}
	d.decoder, d.track = dec, au.Track
	return true
}

// measure takes the size of a JPEG, which decides who is served by it as it is.
func (d *decoding) measure(au *media.AccessUnit) bool {
	w, h, err := codec.JPEGSize(au.Data)
	if err != nil {
		d.stream.counters.decodeErrors.Add(1)
		return false
	}
	s := d.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	s.displaySize = [2]int{w, h}
	return true
}

// forward hands a JPEG on as it is.
func (d *decoding) forward(au *media.AccessUnit) {
	d.mark(au.Arrived, func() uint64 { return maphash.Bytes(d.seed, au.Data) })
	s := d.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.renditions {
		if s.forwards(r.want, au.Track.Codec) {
			r.offer(source{unit: au})
		}
	}
}

// mark looks whether pictures still change.
func (d *decoding) mark(arrived time.Time, sum func() uint64) {
	after := d.stream.conf.Load().cam.UnchangedAfter
	if after == 0 {
		return
	}
	since := d.same.add(arrived, after, sum)
	s := d.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status.State == camera.Live && !s.status.UnchangedSince.Equal(since) {
		s.status.UnchangedSince = since
		s.tellLocked()
		if !since.IsZero() {
			s.log.Info("pictures do not change", "since", since)
		}
	}
}

// wanted tells what the renditions need of au, and the longest interval that
// all of them are content with; 0 is every picture.
func (s *stream) wanted(au *media.AccessUnit) (decode, forward bool, slowest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := true
	for _, r := range s.renditions {
		if s.forwards(r.want, au.Track.Codec) {
			forward = true
			continue
		}
		decode = true
		every := r.every()
		if first || every < slowest {
			slowest = every
		}
		first = false
	}
	if len(s.renditions) == 0 {
		decode = true // see leave: the GOP is too long to be kept
	}
	return decode, forward, slowest
}

// forwards tells whether want is served by the camera's own JPEGs. s is locked.
func (s *stream) forwards(want Request, c media.Codec) bool {
	if c != media.MJPEG || s.conf.Load().cam.Rotation != 0 {
		return false
	}
	return want.Width == 0 || [2]int{want.Width, want.Height} == s.displaySize
}

// show hands f to every rendition that does not forward.
func (s *stream) show(f *codec.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.renditions {
		if s.track == nil || !s.forwards(r.want, s.track.Codec) {
			r.offer(source{frame: f.Ref()})
		}
	}
}

// unchanged finds out since when pictures are identical. The zero value is
// ready. It belongs to one goroutine.
type unchanged struct {
	seen   time.Time // since when others saw no change; zero: they did
	begun  bool
	sum    uint64
	since  time.Time // first picture with this sum
	looked time.Time
}

// add looks at a picture that arrived at a time; sum computes its checksum. It
// returns since when pictures are identical once that is longer than after,
// else zero. As long as pictures change it looks at two a second only.
func (u *unchanged) add(arrived time.Time, after time.Duration, sum func() uint64) time.Time {
	same := arrived.Sub(u.since)
	if u.begun && same < after/2 && arrived.Sub(u.looked) < time.Second/2 {
		return time.Time{}
	}
	u.looked = arrived
	if now := sum(); !u.begun || now != u.sum {
		u.since = arrived
		if !u.begun && !u.seen.IsZero() {
			u.since = u.seen // it goes on, until a picture is another
		}
		u.begun, u.sum = true, now
	}
	same = arrived.Sub(u.since)
	if same < after {
		return time.Time{}
	}
	return u.since
}
