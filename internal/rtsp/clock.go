package rtsp

import "time"

// rtpClock unwraps RTP timestamps (RFC 3550 section 5.1): each is taken as the
// nearest to the one before, so steps back (B-frames) and the wrap at 2^32 are
// both seen as what they are. A camera that starts its clock anew makes a
// jump of at most half the range.
type rtpClock struct {
	rate    int64
	started bool
	last    uint32
	ticks   int64 // of last, from the first
}

// at returns the time of a timestamp from the first one on.
func (c *rtpClock) at(timestamp uint32, offset int64) time.Duration {
	if !c.started {
		c.started, c.last = true, timestamp
	}
	c.ticks += int64(int32(timestamp - c.last))
	c.last = timestamp
	return ticksToDuration(c.ticks+offset, c.rate)
}

func ticksToDuration(ticks, rate int64) time.Duration {
	whole, rest := ticks/rate, ticks%rate
	return time.Duration(whole)*time.Second + time.Duration(rest*int64(time.Second)/rate)
}

// cameraClock maps RTP timestamps to the camera's wall clock, from its newest
// sender report (RFC 3550 section 6.4.1).
type cameraClock struct {
	rate      int64
	known     bool
	timestamp uint32
	wall      time.Time
}

// report takes in a sender report. One without a wall clock (NTP time 0) is
// passed over.
func (c *cameraClock) report(ntp uint64, timestamp uint32) {
	if ntp == 0 {
		return
	}
	c.known, c.timestamp, c.wall = true, timestamp, ntpTime(ntp)
}

// at returns the camera's time at a timestamp, zero while it is not known.
func (c *cameraClock) at(timestamp uint32, offset int64) time.Time {
	if !c.known {
		return time.Time{}
	}
	return c.wall.Add(ticksToDuration(int64(int32(timestamp-c.timestamp))+offset, c.rate))
}

// ntpTime returns an NTP timestamp (RFC 5905 section 6): seconds since 1900
// and a binary fraction. Without its highest bit it is one of the era that
// begins in 2036.
func ntpTime(ntp uint64) time.Time {
	const from1900To1970 = 2208988800
	seconds := int64(ntp >> 32)
	if seconds < 1<<31 {
		seconds += 1 << 32
	}
	nanos := (ntp & 0xffffffff) * 1e9 >> 32
	return time.Unix(seconds-from1900To1970, int64(nanos))
}
