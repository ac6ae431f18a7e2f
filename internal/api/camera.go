package api

import (
	"math"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/streaming"
)

// Camera is a camera as GET /api/v1/cameras tells it. Its state is that of its
// stream that does most. It has no address and no sign-in.
type Camera struct {
	ID     camera.ID `json:"id"`
	Name   string    `json:"name"`
	Number int       `json:"number"` // 0 is none
	Text   string    `json:"text"`
	Status
	Streams []Stream `json:"streams"`
}

// Stream is one of a camera's streams.
type Stream struct {
	Name      string  `json:"name"`
	Codec     string  `json:"codec"`     // "unknown" before the first session
	Width     int     `json:"width"`     // display size in pixels, 0 while unknown
	Height    int     `json:"height"`    //
	FPS       float64 `json:"fps"`       // pictures a second, 0 while unknown
	Transport string  `json:"transport"` // tcp, udp or "" before the first session
	Viewers   int     `json:"viewers"`
	Status
}

// Status is a state with all that explains it.
type Status struct {
	State   camera.State `json:"state"`
	Reason  fault.Code   `json:"reason"`
	Message string       `json:"message"`
	Hint    string       `json:"hint"`
	Since   *moment      `json:"since"`   // null when unknown
	NextTry *moment      `json:"nextTry"` // null when none is known
	Marks   Marks        `json:"marks"`
}

// Marks stand beside the state live.
type Marks struct {
	Unchanged bool  `json:"unchanged"`
	BehindMs  int64 `json:"behindMs"` // 0 when it is not behind
}

// moment is a time that is written as RFC 3339 in UTC with milliseconds.
type moment time.Time

// MarshalText writes the time.
func (m moment) MarshalText() ([]byte, error) {
	return time.Time(m).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z07:00"), nil
}

func describe(info *streaming.CameraInfo) Camera {
	c := Camera{
		ID: info.Camera.ID, Name: info.Camera.Name, Number: info.Camera.Number, Text: info.Camera.Text,
		Streams: make([]Stream, len(info.Streams)),
	}
	best := -1
	for i := range info.Streams {
		s := &info.Streams[i]
		c.Streams[i] = Stream{
			Name: s.Name, Codec: s.Codec.String(), Width: s.Width, Height: s.Height,
			FPS: math.Round(s.FPS*100) / 100, Transport: s.Transport, Viewers: s.Viewers, Status: status(&s.Status),
		}
		if best < 0 || activity[s.Status.State] > activity[info.Streams[best].Status.State] {
			best = i
		}
	}
	if best >= 0 {
		c.Status = c.Streams[best].Status
	}
	return c
}

// activity orders the states by how much a stream does; a camera shows the most.
var activity = map[camera.State]int{
	camera.Disabled:     0,
	camera.Idle:         1,
	camera.Unauthorized: 2,
	camera.Busy:         3,
	camera.Retrying:     4,
	camera.Silent:       5,
	camera.Connecting:   6,
	camera.Live:         7,
}

func status(s *camera.Status) Status {
	return Status{
		State: s.State, Reason: s.Reason, Message: s.Message, Hint: s.Hint,
		Since: at(s.Since), NextTry: at(s.NextTry),
		Marks: Marks{Unchanged: s.Unchanged(), BehindMs: s.Behind.Milliseconds()},
	}
}

func at(t time.Time) *moment {
	if t.IsZero() {
		return nil
	}
	m := moment(t)
	return &m
}
