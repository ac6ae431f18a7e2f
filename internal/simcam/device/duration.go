package device

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

var errNoDuration = errors.New("not a duration")

// parseDuration reads an xs:duration of XML Schema part 2 section 3.2.6; years
// are 365 days, months 30.
func parseDuration(text string) (time.Duration, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "P")
	if !ok || rest == "" || strings.HasSuffix(rest, "T") {
		return 0, fmt.Errorf("%.40q: %w", text, errNoDuration)
	}
	date, clock, _ := strings.Cut(rest, "T")
	const day = 24 * time.Hour
	sum := 0.0
	for _, part := range []struct {
		text, units string
		sizes       []time.Duration
	}{
		{date, "YMD", []time.Duration{365 * day, 30 * day, day}},
		{clock, "HMS", []time.Duration{time.Hour, time.Minute, time.Second}},
	} {
		next := 0
		for part.text != "" {
			end := strings.IndexAny(part.text, part.units[next:])
			if end < 1 {
				return 0, fmt.Errorf("%.40q: %w", text, errNoDuration)
			}
			value, err := strconv.ParseFloat(part.text[:end], 64)
			if err != nil || strings.ContainsAny(part.text[:end], "+-eExXnN_") {
				return 0, fmt.Errorf("%.40q: %w", text, errNoDuration)
			}
			unit := strings.IndexByte(part.units, part.text[end])
			sum += value * float64(part.sizes[unit])
			next, part.text = unit+1, part.text[end+1:]
		}
	}
	const most = 200 * 365 * day
	return time.Duration(min(sum, float64(most))), nil
}

// formatDuration writes seconds as an xs:duration.
func formatDuration(d time.Duration) string {
	return "PT" + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "S"
}

// parseTermination reads a time to end at, which is a duration from now or a
// moment.
func parseTermination(text string, now time.Time) (time.Duration, error) {
	if at, err := time.Parse(time.RFC3339, strings.TrimSpace(text)); err == nil {
		return at.Sub(now), nil
	}
	return parseDuration(text)
}
