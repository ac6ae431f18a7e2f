package onvif

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// clockOffset returns how far the device's clock is ahead, from its answer to
// GetSystemDateAndTime or else from the answer's Date. told is false when
// neither has a time; then it is 0.
func clockOffset(a *answer) (offset time.Duration, told bool) {
	middle := a.sent.Add(a.came.Sub(a.sent) / 2)
	if a.root != nil && a.fault == nil {
		if t, ok := parseClock(a.root); ok {
			return t.Sub(middle).Round(time.Millisecond), true
		}
	}
	if t, err := http.ParseTime(a.header.Get("Date")); err == nil && t.Year() >= 1970 {
		return t.Sub(middle).Round(time.Millisecond), false
	}
	return 0, false
}

// parseClock reads the answer to GetSystemDateAndTime. UTCDateTime is taken as
// it is, also by devices that put local time there: it is by that time that
// they check a signature. Without it, LocalDateTime is taken back by TZ.
func parseClock(root *node) (time.Time, bool) {
	n := root.find("SystemDateAndTime")
	if n == nil {
		n = root
	}
	if t, ok := dateTime(n.find("UTCDateTime")); ok {
		return t, true
	}
	t, ok := dateTime(n.find("LocalDateTime"))
	if !ok {
		return time.Time{}, false
	}
	if n.value("DaylightSavings") != "" && isTrue(n.value("DaylightSavings")) {
		t = t.Add(-time.Hour)
	}
	return t.Add(-zoneOffset(n.find("TimeZone").value("TZ"))), true
}

// dateTime reads a tt:DateTime.
func dateTime(n *node) (time.Time, bool) {
	part := func(path string, low, high int) (int, bool) {
		v, err := strconv.Atoi(n.value(path))
		return v, err == nil && v >= low && v <= high
	}
	year, ok1 := part("Date/Year", 1970, 9999)
	month, ok2 := part("Date/Month", 1, 12)
	day, ok3 := part("Date/Day", 1, 31)
	hour, ok4 := part("Time/Hour", 0, 24)
	minute, ok5 := part("Time/Minute", 0, 59)
	second, ok6 := part("Time/Second", 0, 60)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC), true
}

// zonePattern finds the first offset of a POSIX TZ: CST-8, GMT+01:00,
// <+03>-3, EST5EDT,M3.2.0,M11.1.0.
var zonePattern = regexp.MustCompile(`^(?:<[^>]*>|[A-Za-z/_]*)\s*([+-]?)(\d{1,2})(?::?(\d{2}))?(?::\d{2})?`)

// zoneOffset returns how far local time is ahead of UTC; 0 for what is no zone.
// In POSIX a positive number is west of Greenwich.
func zoneOffset(tz string) time.Duration {
	m := zonePattern.FindStringSubmatch(strings.TrimSpace(tz))
	if m == nil {
		return 0
	}
	hours, _ := strconv.Atoi(m[2]) // digits
	minutes := 0
	if m[3] != "" {
		minutes, _ = strconv.Atoi(m[3]) // digits
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if hours > 24 || minutes > 59 {
		return 0
	}
	if m[1] == "-" {
		return offset
	}
	return -offset
}

// readClockAgain reads the clock without credentials and reports whether it is
// another than before.
func (c *Client) readClockAgain(ctx context.Context) bool {
	a, err := c.post(ctx, getSystemDateAndTime(), c.Address(), false, 0)
	if err != nil {
		return false
	}
	offset, told := clockOffset(a)
	if !told {
		return false
	}
	return c.setOffset(offset) > 2*time.Second
}

// setOffset takes in an offset and returns by how much it changed.
func (c *Client) setOffset(offset time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	change := (offset - c.offset).Abs()
	c.offset, c.timed = offset, true
	return change
}

// readSignedClock reads the clock of a device that tells it only to those who
// have signed in.
func (c *Client) readSignedClock(ctx context.Context) {
	c.mu.Lock()
	told := c.timed
	c.mu.Unlock()
	if told || !c.sign.isProven() {
		return
	}
	a, err := c.ask(ctx, c.soapQuery(getSystemDateAndTime(), c.Address(), 0))
	if err != nil {
		return
	}
	if offset, told := clockOffset(a); told {
		c.setOffset(offset)
	}
}

// dateTimeShapes are how devices write moments.
var dateTimeShapes = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05",
}

// parseMoment reads an xsd:dateTime; without a zone it is UTC.
func parseMoment(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, shape := range dateTimeShapes {
		if t, err := time.Parse(shape, s); err == nil && t.Year() >= 1970 && t.Year() <= 9999 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
