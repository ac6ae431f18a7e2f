package liveview

import (
	"net/url"
	"strconv"
	"time"

	"camwall/internal/fault"
	"camwall/internal/streaming"
)

// boundary separates the parts of the multipart stream (RFC 2046 section 5.1).
const boundary = "frame"

// opening goes before the first part; trailer ends each part. The boundary that
// opens the next part comes right behind the picture: browsers paint a part
// when they see its end, so it must not wait for the next picture.
const (
	opening = "--" + boundary + "\r\n"
	trailer = "\r\n" + opening
)

// Pack makes of a picture the part that every viewer is sent: its headers, the
// JPEG and the boundary behind it, in one new buffer; offset is where the JPEG
// begins. p.JPEG and p.Part are not read. It is streaming.Config.Pack.
func Pack(p *streaming.Picture, jpeg []byte) (part []byte, offset int) {
	var scratch [512]byte
	head := append(scratch[:0], "Content-Type: image/jpeg\r\nContent-Length: "...)
	head = strconv.AppendInt(head, int64(len(jpeg)), 10)
	head = append(head, "\r\n"...)
	describe(p, func(name, value string) {
		head = append(head, name...)
		head = append(head, ": "...)
		head = append(head, value...)
		head = append(head, "\r\n"...)
	})
	head = append(head, "\r\n"...)
	part = make([]byte, 0, len(head)+len(jpeg)+len(trailer))
	part = append(part, head...)
	part = append(part, jpeg...)
	part = append(part, trailer...)
	return part, len(head)
}

// describe gives emit the headers of our own that tell what p shows. Values are
// ASCII without line breaks.
func describe(p *streaming.Picture, emit func(name, value string)) {
	s := &p.Status
	emit("X-Camwall-State", s.State.String())
	if s.Reason != fault.None {
		emit("X-Camwall-Reason", url.PathEscape(string(s.Reason)))
	}
	if s.Message != "" {
		emit("X-Camwall-Message", url.PathEscape(s.Message))
	}
	emitTime(emit, "X-Camwall-Since", s.Since)
	emitTime(emit, "X-Camwall-Next-Try", s.NextTry)
	emit("X-Camwall-Seq", strconv.FormatUint(p.Seq, 10))
	if !p.Arrived.IsZero() {
		emit("X-Camwall-Age", strconv.FormatInt(p.Made.Sub(p.Arrived).Milliseconds(), 10))
	}
	switch {
	case s.Unchanged() && s.Behind > 0:
		emit("X-Camwall-Marks", "unchanged,behind")
	case s.Unchanged():
		emit("X-Camwall-Marks", "unchanged")
	case s.Behind > 0:
		emit("X-Camwall-Marks", "behind")
	}
	if s.Behind > 0 {
		emit("X-Camwall-Behind", strconv.FormatInt(s.Behind.Milliseconds(), 10))
	}
	emit("X-Camwall-Size", strconv.Itoa(p.Width)+"x"+strconv.Itoa(p.Height))
	emit("X-Camwall-Stream", url.PathEscape(p.Stream))
}

func emitTime(emit func(name, value string), name string, t time.Time) {
	if !t.IsZero() {
		emit(name, strconv.FormatInt(t.UnixMilli(), 10))
	}
}
