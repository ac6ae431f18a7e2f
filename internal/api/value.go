package api

import (
	"math"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

// moment is a time that is written as RFC 3339 in UTC with milliseconds.
type moment time.Time

// MarshalText writes the time.
func (m moment) MarshalText() ([]byte, error) {
	return time.Time(m).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z07:00"), nil
}

// Schema describes it; times that are not known are null.
func (moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}

func at(t time.Time) *moment {
	if t.IsZero() {
		return nil
	}
	m := moment(t)
	return &m
}

// seconds is a duration in JSON, to the millisecond.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// duration is the reverse of seconds. The schema has bounded it.
func duration(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds*1000)) * time.Millisecond
}

// rounded is a number with two decimals. JSON has no infinity.
func rounded(f float64) float64 {
	f = math.Round(f*100) / 100
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// Trouble is what is wrong with a thing, as a problem tells it.
type Trouble struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Hint    string     `json:"hint"`
}

// Schema describes it; no trouble is null.
func (Trouble) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Nullable: true, Description: "What is wrong; null is nothing.",
		Properties: map[string]*huma.Schema{
			"code":    {Type: huma.TypeString, Description: "For programs; the codes of problems."},
			"message": {Type: huma.TypeString, Description: "For people."},
			"hint":    {Type: huma.TypeString, Description: "What can be done; may be empty."},
		},
		Required: []string{"code", "message", "hint"}, AdditionalProperties: false,
	}
}

func trouble(f *fault.Error) *Trouble {
	if f == nil {
		return nil
	}
	if f.Code == fault.Internal {
		return &Trouble{Code: f.Code, Message: "internal error"}
	}
	return &Trouble{f.Code, secret.Redact(f.Message), f.Hint}
}

// troubles is never nil: JSON has an empty list.
func troubles(faults []*fault.Error) []*Trouble {
	list := make([]*Trouble, 0, len(faults))
	for _, f := range faults {
		if f != nil {
			list = append(list, trouble(f))
		}
	}
	return list
}

// texts is s, or an empty list.
func texts[S ~string](s []S) []string {
	list := make([]string, len(s))
	for i := range s {
		list[i] = string(s[i])
	}
	return list
}

// taken returns what p points at, or the zero value.
func taken[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// fine is a number with four decimals. JSON has no infinity.
func fine(f float64) float64 {
	f = math.Round(f*1e4) / 1e4
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// pathSegment is a text as one part of a path.
func pathSegment(s string) string { return url.PathEscape(s) }
