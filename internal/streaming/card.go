package streaming

import (
	"fmt"
	"image"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
	"camwall/internal/fault"
	"camwall/internal/placard"
)

// The size of a drawn picture when neither the viewer nor the camera told one.
const cardWidth, cardHeight = 640, 360

// card draws the state on the last picture and publishes it.
func (p *painter) card(status camera.Status) {
	p.turn()
	pic := &Picture{Status: status}
	img := p.background(pic)
	placard.Draw(img, words(status, time.Now()))
	jpeg, err := codec.EncodeJPEG(img, p.want.Quality)
	if err != nil {
		p.stream.log.Warn("draw state", "error", err)
		return
	}
	p.publish(pic, jpeg)
}

// background returns the last picture at the rendition's size, or a plain one.
func (p *painter) background(pic *Picture) *image.YCbCr {
	p.stream.keepNewest()
	f := p.stream.lastFrame()
	if f != nil {
		defer f.Release()
		if img, err := p.renderer.Scale(f); err == nil {
			pic.Arrived = f.Arrived()
			return img
		}
	}
	w, h := p.want.Width, p.want.Height
	if w == 0 {
		w, h = p.stream.size()
	}
	if w == 0 {
		w, h = cardWidth, cardHeight
	}
	return placard.Blank(w, h)
}

// undecodable is what is told when units come but no pictures.
func undecodable(status camera.Status, since time.Time) camera.Status {
	status.Reason = fault.Undecodable
	status.Message = "the stream comes, but no picture can be decoded yet"
	status.Since = since
	return status
}

// words says a state to people in the way of a tile.
func words(status camera.Status, now time.Time) placard.Text {
	t := placard.Text{Detail: sentence(status.Message)}
	switch status.State {
	case camera.Disabled:
		t.Title, t.Glyph = "Switched off", placard.Off
	case camera.Idle, camera.Connecting:
		t.Title = "Connecting…"
	case camera.Live:
		t.Title, t.Glyph = "No picture", placard.Clock
	case camera.Silent:
		t.Title, t.Glyph = "No picture for "+span(now.Sub(status.Since)), placard.Clock
	case camera.Retrying:
		t.Title, t.Glyph = "Offline since "+clock(status.Since, now), placard.Off
		t.Detail = join(t.Detail, "Next try "+when(status.NextTry, now))
	case camera.Unauthorized:
		t.Title, t.Glyph = "Password refused", placard.Key
		if status.Reason == fault.Forbidden {
			t.Title = "Access refused"
		}
		t.Detail = "Next try " + clock(status.NextTry, now) + ", so that the camera does not lock."
		if status.NextTry.IsZero() {
			t.Detail = "Trying now."
		}
	case camera.Busy:
		t.Title, t.Glyph = "The camera serves no more viewers", placard.Busy
		t.Detail = join(t.Detail, "Next try "+when(status.NextTry, now))
	}
	return t
}

// sentence gives a message a capital, and a full stop unless it ends as a
// sentence does.
func sentence(message string) string {
	if message == "" {
		return ""
	}
	r := []rune(message)
	if r[0] >= 'a' && r[0] <= 'z' {
		r[0] -= 'a' - 'A'
	}
	if strings.ContainsRune(".!?", r[len(r)-1]) {
		return string(r)
	}
	return string(r) + "."
}

func join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	default:
		return a + " " + b
	}
}

// when says a time of trying again.
func when(at, now time.Time) string {
	d := at.Sub(now)
	switch {
	case at.IsZero() || d < time.Second/2:
		return "now."
	case d < 2*time.Minute:
		return "in " + span(d) + "."
	default:
		return clock(at, now) + "."
	}
}

// span says a duration in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	default:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
}

// clock says a time of day, with the day when it is another.
func clock(at, now time.Time) string {
	at = at.In(now.Location())
	if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		return at.Format("2006-01-02 15:04")
	}
	return at.Format("15:04")
}
