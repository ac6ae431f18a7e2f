package streaming

import (
	"context"
	"net/url"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// Viewer is one client's interest in one camera. It belongs to one goroutine.
type Viewer struct {
	streams []*stream
	want    Request
	current *rendition
	better  *rendition // of a larger stream, until its first live picture; else nil
	seen    uint64     // Seq of the last picture from current
	closed  bool
}

// Next returns the newest picture that the viewer has not had yet, and waits for
// one. While the stream is not live, one is drawn each second. Errors: ctx's, or
// fault.Ended once the Service is closed.
func (v *Viewer) Next(ctx context.Context) (*Picture, error) {
	for {
		if v.better != nil {
			if p := v.better.latest.Load(); p.Live {
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
			return nil, fault.New(fault.Ended, "the server is stopping", "")
		case <-p.next:
		case <-better:
		}
	}
}

// Sent counts one picture of n bytes that was written to the viewer.
func (v *Viewer) Sent(n int) {
	c := &v.current.stream.counters
	c.picturesSent.Add(1)
	c.bytesSent.Add(uint64(n)) //nolint:gosec // a length
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
	switch v.want.Stream {
	case "":
		return v.streams[0], nil
	case Auto:
		if v.want.Width == 0 {
			return v.streams[0], nil
		}
		// From the last (smallest) up, the first that may fill the size.
		for i := len(v.streams) - 1; i > 0; i-- {
			if v.streams[i].fills(v.want) != no {
				return v.streams[i], nil
			}
		}
		return v.streams[0], nil
	}
	for _, st := range v.streams {
		if st.def.Name == v.want.Stream {
			return st, nil
		}
	}
	return nil, fault.Errorf(fault.NotFound, "camera %s has no stream %q", v.streams[0].cam.ID, v.want.Stream).
		WithHint("its streams are " + streamNames(v.streams))
}

// upgrade starts a larger stream when the one that is shown turns out to be too
// small for an automatic choice. What is shown stays until the other is live.
func (v *Viewer) upgrade() {
	if v.want.Stream != Auto || v.want.Width == 0 || v.better != nil {
		return
	}
	if v.current.stream.fills(v.want) != no {
		return
	}
	st, err := v.choose()
	if err != nil || st == v.current.stream {
		return
	}
	if r, err := st.join(v.want); err == nil { // else the smaller stream stays: a limit
		v.better = r
	}
}

func streamNames(streams []*stream) string {
	names := make([]string, len(streams))
	for i, st := range streams {
		names[i] = st.def.Name
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
