package streaming

import (
	"errors"
	"slices"
	"time"

	"camwall/internal/fault"
	"camwall/internal/media"
)

// goal returns the line on which a stream is wanted, as far as is known now.
func (f *Follower) goal(st *stream) goal {
	c := st.codec()
	switch {
	case len(f.want.Coded) == 0:
	case c == media.CodecUnknown:
		return goal{stream: st, coded: true, codec: f.want.Coded[0]}
	case slices.Contains(f.want.Coded, c):
		return goal{stream: st, coded: true, codec: c}
	}
	j := f.want.JPEG
	return goal{stream: st, want: Request{
		Stream: st.name, Width: j.Width, Height: j.Height, Quality: j.Quality, FPS: j.FPS,
	}}
}

// settle follows what is wanted, what there is, and what comes of it. What is
// shown stays until another line is live, unless it is not live itself.
func (f *Follower) settle() error {
	if f.closed || f.svc.isClosed() {
		return fault.New(fault.Stopping, "the server is stopping", "")
	}
	for {
		f.view = f.entry.view.Load()
		st, err := f.view.choose(f.want.Stream, f.want.Width, f.want.Height)
		if err != nil {
			return err
		}
		again, err := f.aim(f.goal(st))
		if err == nil {
			f.advance()
			return nil
		}
		if !again {
			return err
		}
	}
}

// aim makes to what is wanted. With again it is to be called with what is wanted
// of a newer view.
func (f *Follower) aim(to goal) (again bool, err error) {
	gone := f.now.stream.isRemoved()
	switch {
	case f.now.goal == to && !gone:
		f.drop(f.next)
		f.next, f.standIn = nil, false
		return false, nil
	case f.next != nil && f.next.goal == to && !f.next.stream.isRemoved():
		return false, nil
	case time.Now().Before(f.blocked) && !gone:
		return false, nil
	}
	l, err := f.join(to)
	switch {
	case errors.Is(err, errRemoved):
		return true, err
	case fault.CodeOf(err) == fault.TooMany && !gone:
		f.refused, f.blocked = err, time.Now().Add(lookAgain)
		return false, nil
	case err != nil:
		return false, err
	}
	f.refused = nil
	f.drop(f.next)
	f.next, f.standIn = l, false
	return false, nil
}

// advance goes over to the wanted line once that is live, or now is of no use,
// and has another stream stand in for one that has trouble.
func (f *Follower) advance() {
	if f.next != nil {
		holds := f.now.live() || f.standIn && f.next.ownTrouble() && !f.now.ownTrouble()
		if f.next.begins() || !holds || f.now.stream.isRemoved() {
			f.drop(f.now)
			f.show(f.next)
			f.next, f.standIn = nil, false
		}
	}
	if f.next != nil || f.want.Stream != Auto || !f.now.troubled() {
		return
	}
	for _, st := range f.view.streams {
		if st == f.now.stream || !standsIn(st, f.now.ownTrouble()) {
			continue
		}
		l, err := f.join(f.goal(st))
		if err != nil {
			return
		}
		f.next, f.standIn = f.now, true
		f.show(l)
		return
	}
}

// show makes l what is shown from now on.
func (f *Follower) show(l *line) {
	old := f.now
	if l.stream != old.stream || l.coded != old.coded || l.codec != old.codec {
		f.source++
		f.told = nil
		old.stream.withdraw(f)
	}
	f.now = l
	if l.coded && l.stream.hub.Whole() {
		l.restart() // what came since it was joined was nobody's to take
	}
}

func (f *Follower) drop(l *line) {
	if l == nil {
		return
	}
	if l == f.now || f.closed {
		l.stream.withdraw(f)
	}
	l.leave()
}
