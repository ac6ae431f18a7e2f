package compat

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"

	"camwall/internal/fault"
	"camwall/internal/streaming"
	"camwall/internal/wait"
)

const (
	// chunk is how many characters of a picture go into one message.
	chunk = 32 << 10

	// quality is that of the pictures: the protocol can't ask for one.
	quality = 75

	// switchPause is the shortest time between two switches: a client that
	// drags a window's edge resizes faster than encoders should be made.
	switchPause = 100 * time.Millisecond

	// cardPause is the time between two drawn pictures.
	cardPause = time.Second

	// retryPause is after how long a camera that was refused is asked for again.
	retryPause = 5 * time.Second

	// The size of a drawn picture when the client told none.
	cardWidth, cardHeight = 640, 360
)

// client is one WebSocket.
type client struct {
	h     *Handler
	conn  *websocket.Conn
	log   *slog.Logger
	slot  *slot
	text  []byte // the picture that is being written
	piece []byte // the message that is being written
}

// talk serves conn until it or ctx ends. All its goroutines end with it.
func (h *Handler) talk(ctx context.Context, conn *websocket.Conn, remote string) {
	c := &client{h: h, conn: conn, log: h.cfg.Log.With("remote", remote), slot: newSlot()}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var parts sync.WaitGroup
	for _, part := range []func(context.Context) error{c.listen, c.show, c.ping} {
		parts.Go(func() { cancel(part(ctx)) })
	}
	parts.Wait()
	c.log.LogAttrs(ctx, slog.LevelDebug, "client left", slog.Any("why", context.Cause(ctx)))
}

// listen reads what the client wants. It ends with the connection, which ends
// when a message is too long.
func (c *client) listen(ctx context.Context) error {
	var now *wish
	for {
		kind, data, err := c.conn.Read(ctx)
		if err != nil {
			return fmt.Errorf("read message: %w", err)
		}
		w, ok := read(data, now, c.h.cfg.MaxWidth, c.h.cfg.MaxHeight)
		if kind != websocket.MessageText || !ok {
			c.log.LogAttrs(ctx, slog.LevelDebug, "message ignored", slog.Int("bytes", len(data)))
			continue
		}
		if now == nil || w != *now {
			now = &w
			c.slot.put(w)
		}
	}
}

// ping ends when the client does not answer any more.
func (c *client) ping(ctx context.Context) error {
	tick := time.NewTicker(c.h.cfg.PingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		wait, cancel := context.WithTimeout(ctx, c.h.cfg.AnswerWithin)
		err := c.conn.Ping(wait)
		cancel()
		if err != nil {
			return fmt.Errorf("ping: %w", err)
		}
	}
}

// show sends pictures of what the client wants, the newest wish first.
func (c *client) show(ctx context.Context) error {
	for {
		w, stale, done, err := c.slot.take(ctx)
		if err != nil {
			return err
		}
		err = c.grant(ctx, stale, w)
		replaced := stale.Err() != nil && ctx.Err() == nil
		done()
		if !replaced {
			return err
		}
		wait.For(ctx, switchPause)
	}
}

// grant shows one wish until it is stale. Writes end with ctx alone, so that a
// picture that was begun is sent whole.
func (c *client) grant(ctx, stale context.Context, w wish) error {
	for {
		v, err := c.open(w)
		if err == nil {
			err = c.watch(ctx, stale, v)
			v.Close()
			if fault.CodeOf(err) != fault.NotFound {
				return err
			}
			// The camera was removed meanwhile.
		}
		if err := c.refuse(ctx, stale, w, err); err != nil {
			return err
		}
	}
}

// open starts to watch what the client wants.
func (c *client) open(w wish) (Viewer, error) {
	id, stream, ok := c.h.cfg.Match(w.url)
	if !ok {
		return nil, fault.New(fault.NotFound, "This address is none of our cameras'", "")
	}
	return c.h.cfg.Watch(id, streaming.Request{Stream: stream, Width: w.width, Height: w.height, Quality: quality})
}

// watch sends v's pictures.
func (c *client) watch(ctx, stale context.Context, v Viewer) error {
	for {
		p, err := v.Next(stale)
		if err != nil {
			return fmt.Errorf("wait for picture: %w", err)
		}
		n, err := c.send(ctx, p.JPEG)
		if err != nil {
			return err
		}
		v.Sent(n)
	}
}

// refuse sends a drawn picture that tells the reason each second, until it is
// time to ask again: the protocol has no word for a refusal, and closing makes
// this client come back after 1 ms.
func (c *client) refuse(ctx, stale context.Context, w wish, reason error) error {
	width, height := w.width, w.height
	if width == 0 {
		width, height = cardWidth, cardHeight
	}
	title, detail := words(reason)
	jpeg, err := c.h.cfg.Refused(width, height, title, detail)
	if err != nil {
		return fmt.Errorf("draw refusal: %w", err)
	}
	for until := time.Now().Add(retryPause); time.Now().Before(until); {
		if _, err := c.send(ctx, jpeg); err != nil {
			return err
		}
		wait.For(stale, cardPause)
		if stale.Err() != nil {
			return stale.Err()
		}
	}
	return nil
}

// words is what a drawn picture says about err.
func words(err error) (title, detail string) {
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok || f.Code == fault.Internal:
		return "No picture", "Internal error"
	case f.Code == fault.NotFound:
		return "No such camera", f.Message
	case f.Code == fault.TooMany:
		return "Too many viewers", f.Message
	}
	return "No picture", f.Message
}

// send writes one picture as the protocol wants it: "::N::", then N messages
// "~i~CHUNK" that joined are a data URL. It returns how many bytes went out.
func (c *client) send(ctx context.Context, jpeg []byte) (bytes int, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.h.cfg.WriteTimeout)
	defer cancel()
	c.text = append(c.text[:0], "data:image/jpeg;base64,"...)
	c.text = base64.StdEncoding.AppendEncode(c.text, jpeg)
	count := (len(c.text) + chunk - 1) / chunk
	c.piece = append(strconv.AppendInt(append(c.piece[:0], "::"...), int64(count), 10), "::"...)
	for i := 1; ; i++ {
		if err := c.conn.Write(ctx, websocket.MessageText, c.piece); err != nil {
			return bytes, fmt.Errorf("write picture: %w", err)
		}
		bytes += len(c.piece)
		if i > count {
			return bytes, nil
		}
		c.piece = append(strconv.AppendInt(append(c.piece[:0], '~'), int64(i), 10), '~')
		c.piece = append(c.piece, c.text[(i-1)*chunk:min(i*chunk, len(c.text))]...)
	}
}
