package screen

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"camwall/internal/fault"
)

// minutesOfDay is how long a day is that has no change of the clocks.
const minutesOfDay = 24 * 60

// Hours is a span of the day on some days of the week. One that ends at or before
// its beginning goes over midnight; its days are those on which it begins.
type Hours struct {
	Days [7]bool // by time.Weekday

	// From and To are minutes since midnight; To may be 24:00.
	From, To int
}

// Night is when a screen is dimmed, and to how much. Zero: never.
type Night struct {
	From, To int // minutes since midnight; over midnight when From is larger
	Level    int // percent
}

// IsZero reports whether the screen is never dimmed.
func (n Night) IsZero() bool { return n == Night{} }

func (n Night) hours() Hours { return Hours{Days: everyDay(), From: n.From, To: n.To} }

func everyDay() [7]bool { return [7]bool{true, true, true, true, true, true, true} }

// holds tells whether t is within the span.
func (h Hours) holds(t time.Time) bool {
	for day := -1; day <= 0; day++ {
		from, to, ok := h.span(t, day)
		if ok && !t.Before(from) && t.Before(to) {
			return true
		}
	}
	return false
}

// bounds returns the beginnings and ends of the span from yesterday to a week
// from t, in which it comes round once at least.
func (h Hours) bounds(t time.Time) []time.Time {
	var all []time.Time
	for day := -1; day <= 8; day++ {
		if from, to, ok := h.span(t, day); ok {
			all = append(all, from, to)
		}
	}
	return all
}

// span returns the beginning and end of the span that begins some days after t's;
// false when none begins on that day.
func (h Hours) span(t time.Time, days int) (from, to time.Time, ok bool) {
	year, month, day := t.Date()
	day += days
	if !h.Days[time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Weekday()] {
		return from, to, false
	}
	end := h.To
	if end <= h.From {
		end += minutesOfDay
	}
	return clock(year, month, day, h.From, t.Location()), clock(year, month, day, end, t.Location()), true
}

// clock returns when the clocks show a time: the first time when they show it
// twice, and the moment at which they jump over it when they never do.
func clock(year int, month time.Month, day, minutes int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, minutes, 0, 0, zone)
	start, end := t.ZoneBounds()
	if shown := t.Hour()*60 + t.Minute(); shown != minutes%minutesOfDay {
		// A jump is less than half a day: the shorter way round tells on which
		// side of it t is.
		if (shown-minutes%minutesOfDay+minutesOfDay)%minutesOfDay < minutesOfDay/2 {
			return start
		}
		return end
	}
	if start.IsZero() {
		return t
	}
	_, now := t.Zone()
	_, before := start.Add(-time.Nanosecond).Zone()
	if first := t.Add(time.Duration(now-before) * time.Second); first.Before(start) {
		return first
	}
	return t
}

var (
	dayNames = map[string]time.Weekday{
		"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
	}
	timePattern = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2})$`)
)

// ParseHours reads a span of hours, 07:00-19:30, with days before it or without:
// mon-fri 07:00-19:30, sat,sun 22:00-06:00; or days alone. The error is a
// fault.BadRequest.
func ParseHours(s string) (Hours, error) {
	words := strings.Fields(strings.ToLower(s))
	h := Hours{Days: everyDay(), To: minutesOfDay}
	ok := len(words) == 1 || len(words) == 2
	for i, word := range words {
		switch {
		case !ok:
		case strings.Contains(word, ":"):
			ok = i == len(words)-1 && h.parseSpan(word)
		default:
			ok = i == 0 && h.parseDays(word)
		}
	}
	if !ok {
		return Hours{}, fault.Errorf(fault.BadRequest, "hours are %.60q, must be days and a span, such as mon-fri 07:00-19:30, sat,sun 22:00-06:00 or 07:00-24:00", s)
	}
	return h, nil
}

func (h *Hours) parseSpan(s string) bool {
	from, to, ok := strings.Cut(s, "-")
	var okFrom, okTo bool
	h.From, okFrom = minutes(from)
	h.To, okTo = minutes(to)
	return ok && okFrom && okTo && h.From != h.To && h.From < minutesOfDay
}

func (h *Hours) parseDays(s string) bool {
	h.Days = [7]bool{}
	for part := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, okFrom := dayNames[first]
		to, okTo := dayNames[last]
		if !okFrom || !okTo {
			return false
		}
		for day := from; ; day = (day + 1) % 7 {
			h.Days[day] = true
			if day == to {
				break
			}
		}
	}
	return true
}

// minutes reads a time of day, 00:00 to 24:00.
func minutes(s string) (int, bool) {
	m := timePattern.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	hour, _ := strconv.Atoi(m[1]) // digits alone
	minute, _ := strconv.Atoi(m[2])
	return hour*60 + minute, minute < 60 && hour*60+minute <= minutesOfDay
}

// ParseTime reads a time of day, 00:00 to 23:59, as minutes since midnight. The
// error is a fault.BadRequest.
func ParseTime(s string) (int, error) {
	if at, ok := minutes(s); ok && at < minutesOfDay {
		return at, nil
	}
	return 0, fault.Errorf(fault.BadRequest, "time is %.40q, must be a time of day, such as 21:30", s)
}

// Check returns a fault.BadRequest for dimming that makes no sense.
func (n Night) Check() error {
	switch {
	case n.IsZero():
		return nil
	case n.Level < MinLevel || n.Level > FullBrightness:
		return fault.Errorf(fault.BadRequest, "level is %d, must be a percentage from %d to %d", n.Level, MinLevel, FullBrightness)
	case n.From == n.To:
		return fault.New(fault.BadRequest, "from and to are the same time", "write from: \"00:00\" and to: \"23:59\" for the whole day")
	}
	return nil
}

// CheckHours returns a fault.BadRequest for more spans than anybody needs.
func CheckHours(all []Hours) error {
	if len(all) > maxHours {
		return fault.Errorf(fault.BadRequest, "there are %d spans of hours, at most %d are possible", len(all), maxHours)
	}
	return nil
}
