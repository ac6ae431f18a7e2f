package liveview

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/problem"
	"camwall/internal/streaming"
)

// retryStill is when a client may ask again for a picture that did not come,
// where no next try of the camera is known.
const retryStill = 5 * time.Second

// drawnWait is how long a live picture is waited for where one that is not live
// will do, too.
const drawnWait = 3 * time.Second

// still answers with a live picture, or with the reason why there is none: at
// once when none can come in time, else after Config.StillWait. With orDrawn the
// answer is a picture all the same: the newest that was drawn, which says so.
func (h *Handler) still(ctx context.Context, w http.ResponseWriter, id camera.ID, v Viewer, orDrawn bool) {
	patience := h.cfg.StillWait
	if orDrawn {
		patience = min(patience, drawnWait)
	}
	deadline := time.Now().Add(patience)
	wait, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	var last camera.Status
	var drawn *streaming.Picture
	for {
		p, err := v.Next(wait)
		late := errors.Is(err, context.DeadlineExceeded)
		switch {
		case late && drawn != nil:
			h.writeStill(w, drawn)
			v.Sent(len(drawn.JPEG))
			return
		case late:
			h.refuse(w, noPicture(id, last))
			return
		case errors.Is(err, context.Canceled):
			return // nobody is there to be answered, or all ends
		case err != nil:
			h.refuse(w, retryLater(err))
			return
		case p.Live, orDrawn && hopeless(p.Status, deadline):
			h.writeStill(w, p)
			v.Sent(len(p.JPEG))
			return
		case hopeless(p.Status, deadline):
			h.refuse(w, noPicture(id, p.Status))
			return
		}
		last = p.Status
		if orDrawn {
			drawn = p
		}
	}
}

func (h *Handler) writeStill(w http.ResponseWriter, p *streaming.Picture) {
	header := w.Header()
	header.Set("Content-Type", "image/jpeg")
	header.Set("Content-Length", strconv.Itoa(len(p.JPEG)))
	header.Set("Cache-Control", "no-store")
	describe(p, header.Set)
	// Errors mean that the client is gone, or that the writer has no deadlines
	// (the window's); nobody else wants to know.
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(h.cfg.WriteTimeout))
	_, _ = w.Write(p.JPEG)
	_ = control.Flush()
	_ = control.SetWriteDeadline(time.Time{}) // the connection serves other requests
}

// hopeless reports whether a camera in that state can't be live by deadline.
func hopeless(s camera.Status, deadline time.Time) bool {
	return s.State == camera.Disabled || s.NextTry.After(deadline)
}

// noPicture is the 503 of a camera that is not live.
func noPicture(id camera.ID, s camera.Status) error {
	f := fault.Errorf(fault.PictureTimeout, "camera %s shows no live picture: %s", id, s.State)
	if s.Message != "" {
		f = fault.Errorf(fault.PictureTimeout, "camera %s shows no live picture: %s", id, s.Message).WithHint(s.Hint)
	}
	if s.Reason != fault.None {
		known := *f
		known.Code = s.Reason
		if fault.Status(&known) == http.StatusServiceUnavailable {
			f = &known
		}
	}
	after := retryStill
	if !s.NextTry.IsZero() {
		after = time.Until(s.NextTry)
	}
	return problem.WithRetry(f, after)
}
