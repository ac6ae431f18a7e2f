package streaming

import (
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/hub"
	"camwall/internal/media"
)

// goal is one stream in one form.
type goal struct {
	stream *stream
	coded  bool
	codec  media.Codec // of coded units
	want   Request     // of JPEGs
}

// line is a goal that a Follower has joined. It is guarded by the Follower's
// lock.
type line struct {
	goal
	made    *rendition  // of JPEGs; nil for coded units
	seen    uint64      // Seq of the last picture that was taken
	units   *hub.Reader // of coded units; nil for JPEGs
	begun   bool        // units were taken
	skipped uint64      // units that were passed over since the last one
	taken   time.Time   // arrival of the last unit that was taken
	frozen  time.Time   // since when newer ones come and can't be taken; zero: they can
	sound   *hub.Reader // nil when it is not wanted
}

// join joins what g says.
func (f *Follower) join(g goal) (l *line, err error) {
	l = &line{goal: g}
	if g.coded {
		if err := g.stream.joinCoded(); err != nil {
			return nil, err
		}
		l.restart()
	} else if l.made, err = g.stream.join(g.want, false); err != nil {
		return nil, err
	}
	l.listen(f.want.Sound)
	return l, nil
}

func (l *line) leave() {
	if l.coded {
		l.stream.leaveCoded()
		return
	}
	l.stream.leave(l.made, false)
}

// restart begins with what the hub holds.
func (l *line) restart() {
	l.units, l.begun, l.skipped = l.stream.hub.NewVideoReader(), false, 0
}

// skip passes over the units up to a key unit that is there and arrived at since
// or later, else up to the next one to come.
func (l *line) skip(since time.Time) {
	l.skipped++
	l.units.Skip(since)
}

// unfreeze looks after a line for which no key unit comes: one that has not begun
// asks for it, and so does one that passed over units, unless the hub holds the
// last GOP: then it catches up with that.
func (l *line) unfreeze() {
	switch {
	case !l.live() || l.units.Ready():
		l.frozen = time.Time{}
	case !l.begun:
		l.stream.askKeyIfBlind()
	case !l.stream.arrived().After(l.taken): // else nothing is missed
		l.frozen = time.Time{}
	case l.frozen.IsZero():
		l.frozen = time.Now()
	case time.Since(l.frozen) < keyPatience:
	case l.stream.hub.Whole():
		l.units = l.stream.hub.NewVideoReader()
		l.skipped++ // the viewer has to know that it goes on elsewhere
		l.frozen = time.Time{}
	default:
		l.stream.askKeyIfBlind()
	}
}

func (l *line) listen(sound bool) {
	switch {
	case !sound:
		l.sound = nil
	case l.sound == nil:
		l.sound = l.stream.hub.NewSoundReader()
	}
}

// signals are closed when there is something new on a line.
type signals struct{ stream, picture, unit <-chan struct{} }

func (l *line) signals() (s signals) {
	_, s.stream = l.stream.watch()
	if l.coded {
		s.unit = l.units.Wake()
		return s
	}
	s.picture = l.made.latest.Load().next
	if l.sound != nil {
		s.unit = l.sound.Wake()
	}
	return s
}

// live tells whether the camera's pictures come.
func (l *line) live() bool {
	status, _ := l.stream.watch()
	return status.State == camera.Live
}

// begins tells whether the line has a live picture to go over to.
func (l *line) begins() bool {
	if l.coded {
		return l.live() && l.units.Ready()
	}
	return l.made.current() != nil
}

// ready tells whether there is something to take.
func (l *line) ready() bool {
	switch {
	case l.sound != nil && l.sound.Ready():
		return true
	case l.coded:
		return l.units.Ready()
	}
	p := l.made.current()
	return p != nil && p.Seq > l.seen
}

// takePicture returns the newest live picture that was not taken yet, or nil.
func (l *line) takePicture() *Picture {
	p := l.made.current()
	if p == nil || p.Seq <= l.seen {
		return nil
	}
	if l.seen > 0 {
		l.stream.counters.dropped.Add(p.Seq - l.seen - 1)
	}
	l.seen = p.Seq
	return p
}

// takeUnit returns the next unit; those that lay there for longer than maxAge
// are passed over, but not those to catch up with.
func (l *line) takeUnit(maxAge time.Duration) (item hub.Item, ok bool) {
	for {
		item, ok := l.units.Poll()
		if !ok {
			return hub.Item{}, false
		}
		l.skipped += item.Skipped
		oldest := time.Now().Add(-maxAge)
		switch {
		case item.Unit.Track.Codec != l.codec:
			l.skipped++
			continue
		case !item.There && item.Unit.Arrived.Before(oldest):
			l.skip(oldest)
			continue
		}
		if !l.begun {
			l.skipped = 0 // nothing was taken that something could miss after
		}
		item.Skipped, l.skipped, l.begun = l.skipped, 0, true
		l.taken, l.frozen = item.Unit.Arrived, time.Time{}
		return item, true
	}
}

// takeSound returns the next audio unit that is not older than maxAge, or nil.
func (l *line) takeSound(maxAge time.Duration) *media.AccessUnit {
	for l.sound != nil {
		item, ok := l.sound.Poll()
		if !ok {
			return nil
		}
		if time.Since(item.Unit.Arrived) <= maxAge {
			return item.Unit
		}
	}
	return nil
}

// standInAfter is how long a stream may be away until another one that is live
// stands in for it.
const standInAfter = 5 * time.Second

// ownTrouble tells whether the camera is there, but not with this stream.
func (l *line) ownTrouble() bool {
	status, _ := l.stream.watch()
	return ownTrouble(status)
}

func ownTrouble(status camera.Status) bool {
	if status.State != camera.Retrying {
		return false
	}
	switch status.Reason {
	case fault.StreamNotFound, fault.NoVideo, fault.UnknownCodec:
		return true
	}
	return false
}

// troubled tells whether another stream is looked for.
func (l *line) troubled() bool {
	status, _ := l.stream.watch()
	return ownTrouble(status) || status.State == camera.Retrying && time.Since(status.Since) >= standInAfter
}

// standsIn tells whether st may stand in: one that need not be tried, or where
// the camera is there, any that has no trouble of its own.
func standsIn(st *stream, there bool) bool {
	status, _ := st.watch()
	return status.State == camera.Live || there && !ownTrouble(status)
}
