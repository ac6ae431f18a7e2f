package streaming

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// Viewer is one client's interest in one camera. It belongs to one goroutine.
type Viewer struct {
	svc     *Service
	entry   *entry
	view    *view // that current was chosen from
	want    Request
	current *rendition
	better  *rendition // of a stream that fits better, until its first live picture; else nil
	seen    uint64     // Seq of the last picture from current
	closed  bool
}

// Next returns the newest picture that the viewer has not had yet, and waits for
// one. While the stream is not live, one is drawn each second. Errors: ctx's,
// fault.NotFound once the camera, or the stream that was asked for, is removed,
// fault.Stopping once the Service is closed.
func (v *Viewer) Next(ctx context.Context) (*Picture, error) {
	for {
		if v.better != nil {
			if p := v.better.current(); p != nil {
				v.current.leave()
				v.current, v.better, v.seen = v.better, nil, p.Seq
				v.upgrade()
				return p, nil
			}
		}
		p := v.current.latest.Load()
		if p.Part != nil && p.Seq > v.seen {
			if v.seen > 0 {
				v.current.stream.counters.dropped.Add(p.Seq - v.seen - 1)
			}
			v.seen = p.Seq
			v.upgrade()
			return p, nil
		}
		var better <-chan struct{}
		if v.better != nil {
			better = v.better.latest.Load().next
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-v.current.ended:
			if err := v.rechoose(); err != nil {
				return nil, err
			}
		case <-v.view.changed:
			if err := v.rechoose(); err != nil {
				return nil, err
			}
		case <-p.next:
		case <-better:
		}
	}
}

// rechoose follows a camera whose streams have changed. What is shown stays until
// another stream is live, unless it is gone.
func (v *Viewer) rechoose() error {
	if v.svc.isClosed() {
		return fault.New(fault.Stopping, "the server is stopping", "")
	}
	if v.better != nil {
		v.better.leave()
		v.better = nil
	}
	r, err := v.join()
	gone := v.current.stream.isRemoved()
	switch {
	case err != nil && !gone && fault.CodeOf(err) == fault.TooMany:
		return nil
	case err != nil:
		return err
	case r == v.current:
		r.leave() // it had joined already
	case gone:
		v.current.leave()
		v.current, v.seen = r, r.stale()
	default:
		v.better = r
	}
	return nil
}

// join joins the stream to start with, of those that there are now.
func (v *Viewer) join() (*rendition, error) {
	for {
		v.view = v.entry.view.Load()
		st, err := v.choose()
		if err != nil {
			return nil, err
		}
		r, err := st.join(v.want, true)
		if !errors.Is(err, errRemoved) { // else there is a newer view
			return r, err
		}
	}
}

// Sent counts one picture of n bytes that was written to the viewer.
func (v *Viewer) Sent(n int) {
	v.current.stream.sent(n)
}

// sent counts a picture that was written to a viewer.
func (s *stream) sent(n int) {
	s.counters.picturesSent.Add(1)
	s.counters.bytesSent.Add(uint64(n)) //nolint:gosec // a length
}

// Close ends the interest. It may be called twice.
func (v *Viewer) Close() {
	if v.closed {
		return
	}
	v.closed = true
	v.current.leave()
	if v.better != nil {
		v.better.leave()
	}
}

// choose returns the stream to start with.
func (v *Viewer) choose() (*stream, error) {
	return v.view.choose(v.want.Stream, v.want.Width, v.want.Height)
}

// choose returns the stream that a Request asks for, as far as is known now.
func (v *view) choose(name string, width, height int) (*stream, error) {
	streams := v.streams
	if len(streams) == 0 {
		return nil, fault.Errorf(fault.NotFound, "camera %s was removed", v.cam.ID)
	}
	switch name {
	case "":
		return streams[0], nil
	case Auto:
		if width == 0 {
			return streams[0], nil
		}
		// From the last (smallest) up, the first that may fill the size.
		for i := len(streams) - 1; i > 0; i-- {
			if streams[i].fills(width, height) != no {
				return streams[i], nil
			}
		}
		return streams[0], nil
	}
	for _, st := range streams {
		if st.name == name {
			return st, nil
		}
	}
	return nil, fault.Errorf(fault.NotFound, "camera %s has no stream %q", v.cam.ID, name).
		WithHint("its streams are " + streamNames(streams))
}

// upgrade starts a larger stream when the one that is shown turns out to be too
// small for an automatic choice. What is shown stays until the other is live.
func (v *Viewer) upgrade() {
	if v.want.Stream != Auto || v.want.Width == 0 || v.better != nil {
		return
	}
	if v.current.stream.fills(v.want.Width, v.want.Height) != no {
		return
	}
	st, err := v.choose()
	if err != nil || st == v.current.stream {
		return
	}
	if r, err := st.join(v.want, true); err == nil { // else the smaller stream stays: a limit
		v.better = r
	}
}

func streamNames(streams []*stream) string {
	names := make([]string, len(streams))
	for i, st := range streams {
		names[i] = st.name
	}
	return strings.Join(names, ", ")
}

// matchKey brings an address into the form that two names of one stream share.
func matchKey(raw string) (string, bool) {
	clean, address, _, err := camera.ParseURL(raw)
	if err != nil {
		return "", false
	}
	u, err := url.Parse(clean)
	if err != nil {
		return "", false
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return u.Scheme + "://" + address + path + "?" + u.RawQuery, true
}
