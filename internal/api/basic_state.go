package api

import (
	"strconv"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/streaming"
	"camwall/internal/wall"
)

// basicState is what is said of a picture beyond whose it is; all empty: it is
// live, and says it all.
type basicState struct {
	Kind  string `json:"kind"` // class: mark beside a picture, out in place of one
	State string `json:"state"`
	Why   string `json:"why"`
}

// basicState says what the stream does that a tile's pictures are of.
func (a *API) basicState(words *basicWords, c *inventory.Camera, name string, width, height int, now time.Time) basicState {
	info, err := a.cfg.Source.Info(c.ID)
	if err != nil || len(info.Streams) == 0 { // it is not known there yet
		return words.told(asleep(c.Disabled), now)
	}
	stream := streamOf(&info, name, width, height)
	if stream == nil {
		return basicState{"out", words.noPicture, words.sentence(fault.StreamNotFound, "the camera knows no such stream")}
	}
	if name == wall.AutoStream && stream.Status.State != camera.Live {
		stream = shownBefore(&info, stream)
	}
	return words.told(stream.Status, now)
}

// shownBefore returns the stream whose pictures go on while a better one is not
// there yet: one that is live and watched, else the better one.
func shownBefore(info *streaming.CameraInfo, better *streaming.StreamInfo) *streaming.StreamInfo {
	for i := range info.Streams {
		if s := &info.Streams[i]; s.Status.State == camera.Live && s.Viewers > 0 {
			return s
		}
	}
	return better
}

// streamOf returns the stream that pictures of a size are of, chosen as package
// streaming does; nil when there is none of that name.
func streamOf(info *streaming.CameraInfo, name string, width, height int) *streaming.StreamInfo {
	if name != wall.AutoStream {
		return streamInfo(info, name)
	}
	for i := len(info.Streams) - 1; i > 0; i-- {
		if s := &info.Streams[i]; s.Width == 0 || s.Width >= width && s.Height >= height {
			return s
		}
	}
	return &info.Streams[0]
}

// calmAfter is how long a camera may connect before its tile says so in place of
// the picture.
const calmAfter = time.Second

// told says a state to people in the way of the wall's tiles.
func (words *basicWords) told(s camera.Status, now time.Time) basicState {
	out := func(state string, why ...string) basicState {
		return basicState{"out", state, strings.Join(why, words.between)}
	}
	switch s.State {
	case camera.Disabled:
		return out(words.off)
	case camera.Idle, camera.Connecting:
		if s.State == camera.Idle || now.Sub(s.Since) < calmAfter {
			return basicState{"mark", words.connecting, ""}
		}
		return out(words.connecting)
	case camera.Silent:
		return out(fill(words.noPictureFor, words.span(now.Sub(s.Since))))
	case camera.Retrying:
		if s.Reason == fault.NoVideo {
			return out(words.noVideo, given(words.next(s.NextTry, now))...)
		}
		return out(fill(words.offlineSince, clockTime(s.Since, now)), given(words.sentence(s.Reason, s.Message), words.next(s.NextTry, now))...)
	case camera.Unauthorized:
		state := words.passwordRefused
		if s.Reason == fault.Forbidden {
			state = words.accessRefused
		}
		if s.NextTry.IsZero() {
			return out(state)
		}
		return out(state, fill(words.nextSoThat, clockTime(s.NextTry, now)))
	case camera.Busy:
		return out(words.busy, given(words.next(s.NextTry, now))...)
	case camera.Live:
		return words.marks(s, now)
	}
	return basicState{}
}

// marks says what is wrong with pictures that come.
func (words *basicWords) marks(s camera.Status, now time.Time) basicState {
	var marks []string
	if s.Behind > 0 {
		marks = append(marks, fill(words.behind, strconv.FormatFloat(s.Behind.Seconds(), 'f', 1, 64)))
	}
	if s.Unchanged() {
		marks = append(marks, fill(words.unchangedFor, words.span(now.Sub(s.UnchangedSince))))
	}
	if len(marks) == 0 {
		return basicState{}
	}
	return basicState{"mark", strings.Join(marks, words.comma), ""}
}

// given returns the texts that there are.
func given(texts ...string) (there []string) {
	for _, text := range texts {
		if text != "" {
			there = append(there, text)
		}
	}
	return there
}

// next says when a camera is tried again: seconds while they can be counted, else
// a time of day.
func (words *basicWords) next(at, now time.Time) string {
	switch d := at.Sub(now); {
	case at.IsZero() || d <= 0:
		return ""
	case d < time.Minute:
		return fill(words.nextIn, words.span(max(d, time.Second)))
	}
	return fill(words.nextAt, clockTime(at, now))
}

// span says a duration in its largest unit.
func (words *basicWords) span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fill(words.seconds, strconv.Itoa(int(max(d, 0).Round(time.Second)/time.Second)))
	case d < 2*time.Hour:
		return fill(words.minutes, strconv.Itoa(int(d/time.Minute)))
	}
	return fill(words.hours, strconv.Itoa(int(d/time.Hour)))
}

// clockTime says a time of day, with the day when it is another.
func clockTime(at, now time.Time) string {
	at = at.In(now.Location())
	if at.Format(time.DateOnly) != now.Format(time.DateOnly) {
		return at.Format("2006-01-02 15:04")
	}
	return at.Format("15:04")
}

// sentence says why: what the server says where people read that, else the words
// for its reason.
func (words *basicWords) sentence(reason fault.Code, message string) string {
	if own, ok := words.reasons[reason]; ok {
		message = own
	}
	if message == "" {
		return ""
	}
	if first := message[0]; 'a' <= first && first <= 'z' {
		message = string(first-'a'+'A') + message[1:]
	}
	if strings.HasSuffix(message, ".") || strings.HasSuffix(message, "!") || strings.HasSuffix(message, "?") {
		return message
	}
	return message + words.fullStop
}

func fill(sentence, with string) string { return strings.Replace(sentence, "%s", with, 1) }
