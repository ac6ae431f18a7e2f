package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"camwall/internal/problem"
)

const (
	eventsType = "text/event-stream"

	// eventTime is how long a client may take for what it is sent.
	eventTime = 10 * time.Second

	// endTime is how long it may take when all ends.
	endTime = time.Second

	// reconnect is what browsers wait before they come back.
	reconnect = "retry: 2000\n\n"

	// batch is how many events are written at once while there are more.
	batch = 256
)

// stream is an answer that has no end: server-sent events (HTML Living Standard
// section 9.2). run sends them until it returns; it must when ctx ends.
func (a *API) stream(run func(ctx context.Context, out *eventWriter)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(h huma.Context) {
		r, w := humago.Unwrap(h)
		leave, err := a.cfg.Door.EnterRequest(r)
		if err != nil {
			a.refuse(w, problem.WithRetry(err, retryLater))
			return
		}
		defer leave()
		h.SetHeader("Content-Type", eventsType)
		h.SetHeader("X-Accel-Buffering", "no") // for proxies that collect answers
		h.SetStatus(http.StatusOK)
		if r.Method == http.MethodHead {
			return
		}
		ctx, cancel := context.WithCancel(h.Context())
		defer cancel() // ends what run listens to
		out := &eventWriter{w: w, control: http.NewResponseController(w)}
		// A write that waits for the client ends soon after ctx; the last one, which
		// tells that the answer is whole, has its time.
		stop := context.AfterFunc(ctx, func() { _ = out.control.SetWriteDeadline(time.Now().Add(endTime)) })
		defer stop()
		out.buffer.WriteString(reconnect)
		run(ctx, out)
	}}
}

// eventWriter writes events. It is used by one goroutine.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buffer  bytes.Buffer
}

// add puts an event into the next flush.
func (o *eventWriter) add(name string, data any) error {
	o.buffer.WriteString("event: " + name + "\ndata: ")
	if err := encode(&o.buffer, data); err != nil { // ends the line, and has no other
		return err
	}
	o.buffer.WriteByte('\n')
	return nil
}

// comment is what keeps a connection alive that has nothing to say.
func (o *eventWriter) comment() { o.buffer.WriteString(":\n\n") }

// flush sends what has been added.
func (o *eventWriter) flush() error {
	if o.buffer.Len() == 0 {
		return nil
	}
	_ = o.control.SetWriteDeadline(time.Now().Add(eventTime)) // the window has none
	_, err := o.w.Write(o.buffer.Bytes())
	o.buffer.Reset()
	if err != nil {
		return err
	}
	return o.control.Flush()
}

// merge sends what two channels bring, and comments between, until one of them is
// closed or the client is gone.
func merge[A, B any](out *eventWriter, heartbeat time.Duration, first <-chan A, second <-chan B, tellA func(A) error, tellB func(B) error) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		if out.flush() != nil {
			return
		}
		select {
		case v, ok := <-first:
			if !ok || tellA(v) != nil {
				return
			}
		case v, ok := <-second:
			if !ok || tellB(v) != nil {
				return
			}
		case <-beat.C:
			out.comment()
		}
		for waiting := 1; waiting < batch; waiting++ {
			select {
			case v, ok := <-first:
				if !ok || tellA(v) != nil {
					return
				}
				continue
			case v, ok := <-second:
				if !ok || tellB(v) != nil {
					return
				}
				continue
			default:
			}
			break
		}
	}
}
