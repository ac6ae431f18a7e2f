package liveview

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"camwall/internal/streaming"
)

// endless sends pictures until the viewer, the request or the Handler ends.
func (h *Handler) endless(ctx context.Context, w http.ResponseWriter, r *http.Request, raw bool, v Viewer) {
	header := w.Header()
	header.Set("Content-Type", "multipart/x-mixed-replace;boundary="+boundary)
	if raw {
		header.Set("Content-Type", "application/octet-stream")
	}
	header.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	sent, err := h.send(ctx, w, r, v)
	h.cfg.Log.LogAttrs(ctx, slog.LevelDebug, "viewer left", slog.String("path", r.URL.Path),
		slog.String("remote", r.RemoteAddr), slog.Int("pictures", sent), slog.Any("why", err))
}

// send picks the way to write: on the bare connection where there is one, which
// costs about half, else through net/http: HTTP/1.0, HTTP/2, the
// window's asset handler.
func (h *Handler) send(ctx context.Context, w http.ResponseWriter, r *http.Request, v Viewer) (sent int, err error) {
	control := http.NewResponseController(w)
	if r.ProtoMajor == 1 && r.ProtoMinor >= 1 {
		conn, _, err := control.Hijack()
		if err == nil {
			return h.sendBare(ctx, conn, w.Header(), v)
		}
		if !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
	}
	out := &answer{w: w, control: control, deadline: deadline{limit: h.cfg.WriteTimeout}}
	_ = control.SetReadDeadline(time.Time{}) // the server's own would end ctx
	w.WriteHeader(http.StatusOK)
	if err := out.write([]byte(opening), time.Now()); err != nil {
		return 0, err
	}
	return feed(ctx, v, out)
}

// sendBare owns conn and closes it.
func (h *Handler) sendBare(ctx context.Context, conn net.Conn, header http.Header, v Viewer) (sent int, err error) {
	defer conn.Close()
	if !h.takeOver() {
		return 0, nil
	}
	defer h.hijacked.Done()
	// A write that waits for the viewer ends with ctx too.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	tune(conn, h.cfg.SendBuffer, h.cfg.VanishTimeout)

	out := &bare{conn: conn, deadline: deadline{limit: h.cfg.WriteTimeout}}
	if err := out.write(append(bareHead(header), opening...), time.Now()); err != nil {
		return 0, err
	}
	return feed(ctx, v, out)
}

// bareHead is the head of an endless answer on a connection of our own.
func bareHead(header http.Header) []byte {
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	header.Set("Connection", "close") // the end of the connection is the end of the body (RFC 9112 section 6.3)
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&head)
	head.WriteString("\r\n")
	return head.Bytes()
}

// sink is where a viewer's pictures go.
type sink interface {
	// write writes all of b; now is the present.
	write(b []byte, now time.Time) error

	// gone reports whether the other end is known to have left. It never waits.
	gone() bool
}

// rare is the pause between pictures from which on a viewer is looked after
// while it waits: one that has left shows in no write then.
const rare = time.Second

// errGone is why feed ends when nobody is there any more.
var errGone = errors.New("the viewer has left")

// feed writes v's pictures to out, and returns how many when something ends it.
func feed(ctx context.Context, v Viewer, out sink) (sent int, err error) {
	watchful := true
	for {
		asked := time.Now()
		p, err := next(ctx, v, out, watchful)
		if err != nil {
			return sent, err
		}
		now := time.Now()
		watchful = now.Sub(asked) > rare
		if err := out.write(p.Part, now); err != nil {
			return sent, err
		}
		v.Sent(len(p.Part))
		sent++
	}
}

// next waits for a picture; with watchful it looks after the viewer meanwhile,
// which costs a timer, too much for 1,000 viewers at 25 pictures a second.
func next(ctx context.Context, v Viewer, out sink, watchful bool) (*streaming.Picture, error) {
	for watchful {
		wait, cancel := context.WithTimeout(ctx, 2*rare)
		p, err := v.Next(wait)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return p, err
		}
		if out.gone() {
			return nil, errGone
		}
	}
	return v.Next(ctx)
}

// deadline is moved once a second at most: a write may take limit, and up to a
// second less. Moving it for every picture costs as much as a tenth of a write.
type deadline struct {
	limit time.Duration
	moved time.Time
}

// due reports whether the deadline has to move, and to when.
func (d *deadline) due(now time.Time) (to time.Time, due bool) {
	if now.Sub(d.moved) < min(time.Second, d.limit/2) {
		return time.Time{}, false
	}
	d.moved = now
	return now.Add(d.limit), true
}

// bare writes to a connection of our own.
type bare struct {
	conn     net.Conn
	deadline deadline
}

func (b *bare) write(p []byte, now time.Time) error {
	if to, due := b.deadline.due(now); due {
		if err := b.conn.SetWriteDeadline(to); err != nil {
			return err
		}
	}
	_, err := b.conn.Write(p)
	return err
}

func (b *bare) gone() bool { return hungUp(b.conn) }

// answer writes through net/http, which may lack flushing and deadlines.
type answer struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	deadline deadline
}

func (a *answer) write(p []byte, now time.Time) error {
	if to, due := a.deadline.due(now); due {
		if err := a.control.SetWriteDeadline(to); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	if _, err := a.w.Write(p); err != nil {
		return err
	}
	if err := a.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// gone is net/http's to find out: it ends the request's context.
func (a *answer) gone() bool { return false }
