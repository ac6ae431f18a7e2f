package wire

import (
	"encoding/json"
	"time"

	"camwall/internal/fault"
)

// Millis is a time of day as the protocol tells it: milliseconds since 1970, UTC.
// The zero time is null.
type Millis struct{ time.Time }

// MarshalJSON writes the number, or null.
func (m Millis) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(m.UnixMilli())
}

// Hello is the first message.
type Hello struct {
	Type    string  `json:"type"` // hello
	Version int     `json:"version"`
	Server  string  `json:"server"`
	Page    string  `json:"page"`
	Now     Millis  `json:"now"`
	Clock   float64 `json:"clock"` // of the server, in ms
	Tiles   int     `json:"tiles"`
	ID      string  `json:"id,omitempty"`
}

// Pong answers a Ping.
type Pong struct {
	Type  string          `json:"type"` // pong
	Sent  json.RawMessage `json:"sent"` // as it came
	Clock float64         `json:"clock"`
}

// Rendition is how JPEGs are made.
type Rendition struct {
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	FPS     float64 `json:"fps"`
	Quality int     `json:"quality"`
}

// State tells what a tile shows.
type State struct {
	Type           string     `json:"type"` // state
	Tile           uint32     `json:"tile"`
	Camera         string     `json:"camera"`
	Source         uint8      `json:"source"`
	Stream         string     `json:"stream"`
	Format         Format     `json:"format"`
	Why            string     `json:"why"`
	Codec          string     `json:"codec"`
	Width          int        `json:"width"`
	Height         int        `json:"height"`
	FPS            float64    `json:"fps"`
	Bitrate        float64    `json:"bitrate"`
	Shape          *[2]int    `json:"shape"`
	Rotation       int        `json:"rotation"`
	Rendition      *Rendition `json:"rendition,omitempty"`
	State          string     `json:"state"`
	Reason         fault.Code `json:"reason"`
	Message        string     `json:"message"`
	Hint           string     `json:"hint"`
	Since          Millis     `json:"since"`
	NextTry        Millis     `json:"nextTry"`
	Age            *float64   `json:"age"`            // ms
	UnchangedAfter float64    `json:"unchangedAfter"` // seconds
	UnchangedSince Millis     `json:"unchangedSince"`
	Behind         int64      `json:"behind"` // ms
	Reduced        string     `json:"reduced"`
}

// Refused tells that there is nothing to watch for a tile.
type Refused struct {
	Type    string     `json:"type"` // refused
	Tile    uint32     `json:"tile"`
	Status  int        `json:"status"`
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Hint    string     `json:"hint"`
}

// Bye is the last message.
type Bye struct {
	Type       string     `json:"type"` // bye
	Code       fault.Code `json:"code"`
	Message    string     `json:"message"`
	RetryAfter int64      `json:"retryAfter"` // ms
}
